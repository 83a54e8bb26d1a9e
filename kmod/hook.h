/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hooks: being asked before a function of another module runs.
 *
 * Knows neither KVM nor policy.
 */
#ifndef KW_HOOK_H
#define KW_HOOK_H

#include <linux/ftrace.h>
#include <linux/types.h>
#include <linux/kvmwarden.h>

#include "regs.h"

/* Verdicts: it is not to run, and returns 0; kw_hook.instead runs. */
#define KW_NOTHING	1L
#define KW_INSTEAD	2L

void kw_regs_return(struct kw_regs *regs, unsigned long value);
void kw_regs_go(struct kw_regs *regs, unsigned long address,
		unsigned long second);
extern const unsigned long kw_regs_ftrace_flags;

/**
 * struct kw_symbol - a function that a verdict has to know
 * @function: its name
 * @address: hook.c's; where the kernel has IBT, perhaps that of the instruction
 *	behind its ENDBR
 */
struct kw_symbol {
	const char *function;
	unsigned long address;
};

/**
 * struct kw_hook - a function that is not to run unasked
 * @function: its name
 * @former: its name in older kernels, or NULL
 * @module: the kernel module it is in; it may as well be built in
 * @target: the function itself, if it is one of ours
 * @optional: on a kernel without the function there is nothing to be asked
 * @features: KVMWARDEN_FEATURE_* that are lost without the hook
 * @instead: a function with the same first argument, that runs in its stead for
 *	KW_INSTEAD; or NULL
 * @instead_module: the module that is in; NULL: @module
 * @instead_second: its second argument, if it has one
 * @knows: what @verdict has to know of @module, or it is not armed; ends with an
 *	empty one; or NULL
 * @verdict: called before the function: 0 lets it run, a negative errno is
 *	returned to its caller in its stead; or KW_NOTHING or KW_INSTEAD. Must
 *	not sleep, nor call anything that may call a hooked function
 * @address: hook.c's: of the function, when it was looked for last; 0: not there
 * @instead_address: hook.c's
 * @ops: hook.c's
 * @state: hook.c's: &enum kvmwarden_hook_state
 * @error: hook.c's: negative errno behind the state
 */
struct kw_hook {
	const char *function;
	const char *former;
	const char *module;
	const void *target;
	const char *instead;
	const char *instead_module;
	unsigned long instead_second;
	bool optional;
	struct kw_symbol *knows;
	u64 features;
	long (*verdict)(const struct kw_regs *regs);

	unsigned long address;
	unsigned long instead_address;
	struct ftrace_ops ops;
	enum kvmwarden_hook_state state;
	int error;
};

/**
 * struct kw_hook_table - a list of hooks
 * @hooks: the hooks, in the order in which they are to be armed
 * @nr: how many
 */
struct kw_hook_table {
	struct kw_hook *hooks;
	unsigned int nr;
};

/**
 * struct kw_hook_owner - a module whose functions are hooked
 * @module: its name
 * @anchor: a symbol it exports, by which it is found; NULL if it exports none
 * @marks: then, functions of its own by any of which it is found; more than one,
 *	for a kernel may have another name for it. To look for one that is not there
 *	takes long
 * @gone: called when it has been unloaded and its hooks are off, or NULL
 */
struct kw_hook_owner {
	const char *module;
	const char *anchor;
	const char *marks[2];
	void (*gone)(void);
};

/**
 * struct kw_hook_setup - all there is to hook
 * @tables: the hooks
 * @nr_tables: how many tables
 * @owners: the modules they are in
 * @nr_owners: how many
 */
struct kw_hook_setup {
	const struct kw_hook_table *const *tables;
	unsigned int nr_tables;
	const struct kw_hook_owner *owners;
	unsigned int nr_owners;
};

int kw_hook_init(const struct kw_hook_setup *setup);
void kw_hook_exit(void);
int kw_hook_arm(void);
bool kw_hook_retry(void);
int kw_hook_disarm(void);
bool kw_hook_armed(void);
bool kw_hook_alive(void);
void kw_hook_need(u64 features);
const char *kw_hook_lacking(u64 features);
unsigned int kw_hook_count(void);
int kw_hook_get(unsigned int index, struct kvmwarden_hook *to);

/* Of hook_x86.c: where refused calls return from; never called by us. */
void kw_return_zero(void);
void kw_return_eperm(void);
void kw_return_enomem(void);
void kw_return_ebusy(void);
void kw_return_ebade(void);
void kw_return_edquot(void);
void kw_return_ecanceled(void);

#endif /* KW_HOOK_H */
