// SPDX-License-Identifier: GPL-2.0
/* Saying so: counting and logging what was refused. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "event.h"

/* How long one reason of one VM (or of VM creation in one class) is quiet. */
#define QUIET		(60 * HZ)

/* Backstop for a VMM that makes a new VM for each line it wants to log. */
static DEFINE_RATELIMIT_STATE(all_lines, 5 * HZ, 20);

/* Since the module was loaded; told by KVMWARDEN_STATUS. */
struct kw_counts kw_event_total;

static const char *const reason_text[KVMWARDEN_NR_REASONS] = {
	[KVMWARDEN_REASON_VM_VCPUS]	= "vcpus of the VM",
	[KVMWARDEN_REASON_VM_MEMORY]	= "memory of the VM",
	[KVMWARDEN_REASON_CLASS_VMS]	= "VMs of the class",
	[KVMWARDEN_REASON_CLASS_VCPUS]	= "vcpus of the class",
	[KVMWARDEN_REASON_CLASS_MEMORY]	= "memory of the class",
	[KVMWARDEN_REASON_HOST_VMS]	= "VMs of the host",
	[KVMWARDEN_REASON_HOST_VCPUS]	= "vcpus of the host",
	[KVMWARDEN_REASON_HOST_MEMORY]	= "memory of the host",
	[KVMWARDEN_REASON_NO_RECORD]	= "cannot be put on record",
	[KVMWARDEN_REASON_LAYOUT]	= "struct kvm is not as built for",
	[KVMWARDEN_REASON_NESTED]	= "nested virtualization",
	[KVMWARDEN_REASON_USER_VMS]	= "VMs of the user in the class",
	[KVMWARDEN_REASON_USER_VCPUS]	= "vcpus of the user in the class",
	[KVMWARDEN_REASON_USER_MEMORY]	= "memory of the user in the class",
	[KVMWARDEN_REASON_HOST_USER_VMS] = "VMs of the user",
	[KVMWARDEN_REASON_HOST_USER_VCPUS] = "vcpus of the user",
	[KVMWARDEN_REASON_HOST_USER_MEMORY] = "memory of the user",
	[KVMWARDEN_REASON_CGROUP_VMS]	= "VMs of the cgroup",
	[KVMWARDEN_REASON_CGROUP_VCPUS]	= "vcpus of the cgroup",
	[KVMWARDEN_REASON_CGROUP_MEMORY] = "memory of the cgroup",
	[KVMWARDEN_REASON_VM_MEMSLOTS]	= "memory slots of the VM",
	[KVMWARDEN_REASON_VM_IOEVENTFDS] = "ioeventfds of the VM",
	[KVMWARDEN_REASON_VM_COALESCED]	= "coalesced zones of the VM",
	[KVMWARDEN_REASON_VM_IRQFDS]	= "irqfds of the VM",
	[KVMWARDEN_REASON_VM_HV_EVENTS]	= "Hyper-V events of the VM",
	[KVMWARDEN_REASON_VM_IRQ_ROUTES] = "IRQ routes of the VM",
	[KVMWARDEN_REASON_VM_GUEST_MEMFD] = "guest_memfd of the VM",
};

/*
 * Two callers may both find it time and both log: one line more, no harm. The
 * counts are exact. What the backstop holds back is not taken for said.
 */
static bool time_to_log(struct kw_counts *counts, enum kvmwarden_reason reason)
{
	unsigned long until = READ_ONCE(counts->quiet_until[reason]);

	/* 0: never logged; jiffies themselves may well be around 0 */
	if (until && time_before(jiffies, until))
		return false;
	if (!__ratelimit(&all_lines))
		return false;
	WRITE_ONCE(counts->quiet_until[reason], (jiffies + QUIET) ?: 1);
	return true;
}

static void describe_amounts(const struct kw_denial *denial, char *to,
			     size_t size)
{
	*to = '\0';
	if (denial->asked)
		snprintf(to, size, ": limit %llu, used %llu, asked %llu",
			 denial->limit, denial->used, denial->asked);
}

/* Whose account is full, where there are several. */
static void describe_owner(const struct kw_denial *denial, char *to,
			   size_t size)
{
	const struct kw_account *account = denial->account;
	const struct kw_pool *pool;

	*to = '\0';
	if (!account)
		return;
	pool = container_of(account, struct kw_pool, account);
	if (account->level == KVMWARDEN_LEVEL_CGROUP)
		snprintf(to, size, " %*pE", (int)strlen(pool->cgroup),
			 pool->cgroup);
	else if (account->level == KVMWARDEN_LEVEL_USER ||
		 account->level == KVMWARDEN_LEVEL_HOST_USER)
		snprintf(to, size, " %u", pool->uid);
}

static void log_denial(const struct kw_denial *denial, bool refused, u64 times)
{
	char vm[32], amounts[96], owner[128];

	if (denial->vm)
		snprintf(vm, sizeof(vm), "VM %llu", denial->vm);
	else
		strscpy(vm, "new VM", sizeof(vm));

	describe_amounts(denial, amounts, sizeof(amounts));
	describe_owner(denial, owner, sizeof(owner));
	/* the command name is the VMM's own choice: let it forge no line */
	pr_notice("%s: %s (%*pE[%d], uid %u, class %s): %s%s%s (%llu so far)\n",
		  refused ? "denied" : "would deny", vm,
		  (int)strlen(denial->comm), denial->comm, denial->pid,
		  denial->uid, denial->class->name,
		  reason_text[denial->reason], owner, amounts, times);
}

/**
 * kw_event_denied() - a limit does not allow a request: count it, log it
 * @denial: what was asked for; its class says what comes of it
 * @counts: where it is counted, besides the total
 *
 * Context: process context; does not sleep.
 * Return: true if the request is to be refused, false if it is to pass.
 */
bool kw_event_denied(const struct kw_denial *denial, struct kw_counts *counts)
{
	bool refused = denial->class->mode == KVMWARDEN_MODE_ENFORCE;
	enum kvmwarden_reason reason = denial->reason;
	u64 times;

	if (denial->class->mode == KVMWARDEN_MODE_OFF)
		return false;
	if (refused) {
		times = atomic64_inc_return(&counts->denied[reason]);
		atomic64_inc(&kw_event_total.denied[reason]);
	} else {
		times = atomic64_inc_return(&counts->permitted[reason]);
		atomic64_inc(&kw_event_total.permitted[reason]);
	}
	if (time_to_log(counts, reason))
		log_denial(denial, refused, times);
	return refused;
}

/**
 * kw_event_unrecorded() - a request of a VM that is not on record
 * @reason: why it is not
 * @refused: what comes of it
 *
 * Context: process context; does not sleep.
 */
void kw_event_unrecorded(enum kvmwarden_reason reason, bool refused)
{
	atomic64_inc(refused ? &kw_event_total.denied[reason] :
			       &kw_event_total.permitted[reason]);
	if (__ratelimit(&all_lines))
		pr_notice("%s: %*pE[%d]: %s\n",
			  refused ? "denied" : "would deny",
			  (int)strlen(current->comm), current->comm,
			  task_tgid_nr(current), reason_text[reason]);
}
