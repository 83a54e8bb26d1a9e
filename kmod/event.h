/* SPDX-License-Identifier: GPL-2.0 */
/* Saying so: counting and logging what was refused. */
#ifndef KW_EVENT_H
#define KW_EVENT_H

#include <linux/types.h>

#include "policy.h"

struct kw_who;

/**
 * struct kw_denial - one request that a limit did not allow
 * @vm: id of the VM, or 0 for one that is being created
 * @who: the VM's creator
 * @class: the VM's class
 * @generation: of the ruleset that @class is of
 * @version: of that
 * @reason: &enum kvmwarden_reason
 * @operation: what was asked for
 * @level: whose account is full, if @asked
 * @account: the account that is full, if @reason is one of those that are
 *	shared by VMs, or NULL
 * @limit: the limit, if @reason is one
 * @used: what was in use
 * @asked: what was asked for on top of it; 0 if it was nothing that is counted
 */
struct kw_denial {
	u64 vm;
	const struct kw_who *who;
	const struct kw_class *class;
	u64 generation;
	u64 version;
	enum kvmwarden_reason reason;
	enum kvmwarden_operation operation;
	enum kvmwarden_level level;
	const struct kw_account *account;
	u64 limit;
	u64 used;
	u64 asked;
};

/**
 * struct kw_birth - a VM that comes or goes
 * @type: &enum kvmwarden_event_type
 * @vm: its id
 * @who: its creator
 * @class: its class
 * @ruleset: the ruleset that @class is of
 */
struct kw_birth {
	enum kvmwarden_event_type type;
	u64 vm;
	const struct kw_who *who;
	const struct kw_class *class;
	const struct kw_ruleset *ruleset;
};

extern struct kw_counts kw_event_total;

bool kw_event_denied(const struct kw_denial *denial, struct kw_counts *counts);
void kw_event_unrecorded(enum kvmwarden_reason reason,
			 enum kvmwarden_operation operation, bool refused);
void kw_event_vm(const struct kw_birth *birth);
void kw_event_set(u64 vm, const struct kw_ruleset *ruleset);
void kw_event_policy(enum kvmwarden_event_type type,
		     const struct kw_ruleset *ruleset, const u8 *old_digest);
void kw_event_hook(const char *function, u32 state, int error);
void kw_event_canary(const char *function, bool alive, int error);

#endif /* KW_EVENT_H */
