/* SPDX-License-Identifier: GPL-2.0 */
/* Placement: the ruleset in force, and the class that each VM is in. */
#ifndef KW_PLACE_H
#define KW_PLACE_H

#include "account.h"
#include "policy.h"
#include "vm.h"

/**
 * struct kw_setting - what is decided for one VM
 * @id: its id
 * @change: KVMWARDEN_DENY_* that this is about
 * @own: those of @change that are the VM's own from now on
 * @deny: those of @own that it may not do
 * @limits: bits (1 << &enum kvmwarden_limit) that this is about
 * @own_limits: those of @limits that are the VM's own from now on
 * @limit: those of @own_limits
 * @class: the class it is in from now on: a name from kmalloc(), which is taken
 *	over on success, NULL for the one that takes it, or an error pointer to
 *	leave that as it is
 */
struct kw_setting {
	u64 id;
	u64 change;
	u64 own;
	u64 deny;
	u64 limits;
	u64 own_limits;
	const u64 *limit;
	char *class;
};

/**
 * struct kw_survey - what a ruleset would mean for the VMs that there are
 * @tell: called for each VM that changes its class, or is over a limit; must
 *	not sleep. NULL if nobody wants to know
 * @data: its second argument
 * @over: how many accounts are over a limit
 */
struct kw_survey {
	void (*tell)(const struct kvmwarden_change *change, void *data);
	void *data;
	u32 over;
};

int kw_place_init(bool closed);
void kw_place_exit(void);

void kw_place_lock(void)
	__acquires(GATE);
void kw_place_unlock(void)
	__releases(GATE);
int kw_place_enter(struct kw_vm *vm, bool force, struct kw_shortage *shortage);
void kw_place_leave(struct kw_vm *vm);

struct kw_ruleset *kw_place_ruleset(void);
int kw_place_survey(struct kw_ruleset *ruleset, struct kw_survey *survey);
void kw_place_forget(void);
struct kw_ruleset *kw_place_commit(struct kw_ruleset *ruleset);
int kw_place_set(const struct kw_setting *setting);
bool kw_place_enforces(void);
bool kw_place_ever_denied(u64 what);
enum kvmwarden_reason kw_place_reason(const struct kw_account *full,
				      enum kw_resource what);

#endif /* KW_PLACE_H */
