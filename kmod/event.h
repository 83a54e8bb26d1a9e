/* SPDX-License-Identifier: GPL-2.0 */
/* Saying so: counting and logging what was refused. */
#ifndef KW_EVENT_H
#define KW_EVENT_H

#include <linux/types.h>

#include "policy.h"

/**
 * struct kw_denial - one request that a limit did not allow
 * @vm: id of the VM, or 0 for one that is being created
 * @pid: process id of the VM's creator
 * @uid: its user id
 * @comm: its command name
 * @class: the VM's class
 * @reason: &enum kvmwarden_reason
 * @account: the account that is full, if @reason is one of those that are
 *	shared by VMs, or NULL
 * @limit: the limit, if @reason is one
 * @used: what was in use
 * @asked: what was asked for on top of it; 0 if it was nothing that is counted
 */
struct kw_denial {
	u64 vm;
	pid_t pid;
	u32 uid;
	const char *comm;
	const struct kw_class *class;
	enum kvmwarden_reason reason;
	const struct kw_account *account;
	u64 limit;
	u64 used;
	u64 asked;
};

extern struct kw_counts kw_event_total;

bool kw_event_denied(const struct kw_denial *denial, struct kw_counts *counts);
void kw_event_unrecorded(enum kvmwarden_reason reason, bool refused);

#endif /* KW_EVENT_H */
