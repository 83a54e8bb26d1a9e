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
#include "fold.h"
#include "ring.h"
#include "trace.h"
#include "who.h"

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
	unsigned long until;

	if (!counts)
		return __ratelimit(&all_lines);
	until = READ_ONCE(counts->quiet_until[reason]);
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
		  (int)strlen(denial->who->comm), denial->who->comm,
		  denial->who->pid, denial->who->id.uid, denial->class->name,
		  reason_text[denial->reason], owner, amounts, times);
}

/* Texts that are longer than there is room for are cut off. */
static void put_text(struct kvmwarden_event *event, char *to, const char *from,
		     size_t size)
{
	if (strscpy(to, from, size) < 0)
		event->flags |= KVMWARDEN_EVENT_CUT;
}

static void put_who(struct kvmwarden_event *event, const struct kw_who *who)
{
	event->pid = who->pid;
	event->uid = who->id.uid;
	event->gid = who->id.gid;
	event->auid = who->auid;
	event->session = who->session;
	strscpy(event->comm, who->comm, sizeof(event->comm));
	put_text(event, event->cgroup, who->id.cgroup, sizeof(event->cgroup));
	put_text(event, event->exe, who->exe_path, sizeof(event->exe));
}

static void put_class(struct kvmwarden_event *event,
		      const struct kw_class *class)
{
	event->mode = class->mode;
	strscpy(event->class_name, class->name, sizeof(event->class_name));
}

static void put_account(struct kvmwarden_event *event,
			const struct kw_account *account)
{
	const struct kw_pool *pool;

	if (!account)
		return;
	pool = container_of(account, struct kw_pool, account);
	if (account->level == KVMWARDEN_LEVEL_CGROUP)
		event->account_len = strlen(pool->cgroup);
	else if (account->level == KVMWARDEN_LEVEL_USER ||
		 account->level == KVMWARDEN_LEVEL_HOST_USER)
		event->account_uid = pool->uid;
}

/* Somebody who has many user ids to go by is one user all the same. */
static u32 user_of(const struct kw_identity *id)
{
	return id->nr_owners ? id->owners[id->nr_owners - 1].uid : id->uid;
}

static void tell_denial(const struct kw_denial *denial, bool refused, u64 times)
{
	struct kvmwarden_event event = {
		.type = KVMWARDEN_EVENT_DENIAL,
		.vm = denial->vm,
		.count = 1,
		.total = times,
		.flags = refused ? KVMWARDEN_EVENT_REFUSED : 0,
		.reason = denial->reason,
		.operation = denial->operation,
		.level = denial->level,
		.limit = denial->limit,
		.used = denial->used,
		.asked = denial->asked,
		.generation = denial->generation,
		.version = denial->version,
	};

	put_who(&event, denial->who);
	put_class(&event, denial->class);
	put_account(&event, denial->account);
	kw_trace(&event);
	kw_fold_put(&event, user_of(&denial->who->id));
}

/* Return how many there are by now. */
static u64 count(struct kw_counts *counts, enum kvmwarden_reason reason,
		 bool refused)
{
	return atomic64_inc_return(refused ? &counts->denied[reason] :
					     &counts->permitted[reason]);
}

/**
 * kw_event_denied() - a limit does not allow a request: count it, log it
 * @denial: what was asked for; its class says what comes of it
 * @counts: where it is counted, besides the total; NULL if there was no memory,
 *	and then nobody knows how many there were before
 *
 * Context: process context; does not sleep.
 * Return: true if the request is to be refused, false if it is to pass.
 */
bool kw_event_denied(const struct kw_denial *denial, struct kw_counts *counts)
{
	bool refused = denial->class->mode == KVMWARDEN_MODE_ENFORCE;
	enum kvmwarden_reason reason = denial->reason;
	u64 times = 1;

	if (denial->class->mode == KVMWARDEN_MODE_OFF)
		return false;
	count(&kw_event_total, reason, refused);
	if (counts)
		times = count(counts, reason, refused);
	tell_denial(denial, refused, times);
	if (time_to_log(counts, reason))
		log_denial(denial, refused, times);
	return refused;
}

/**
 * kw_event_unrecorded() - a request of a VM that is not on record
 * @reason: why it is not
 * @operation: what was asked for
 * @refused: what comes of it
 *
 * Context: process context; does not sleep.
 */
void kw_event_unrecorded(enum kvmwarden_reason reason,
			 enum kvmwarden_operation operation, bool refused)
{
	struct kvmwarden_event event = {
		.type = KVMWARDEN_EVENT_DENIAL,
		.count = 1,
		.flags = refused ? KVMWARDEN_EVENT_REFUSED : 0,
		.reason = reason,
		.operation = operation,
	};

	event.total = count(&kw_event_total, reason, refused);
	kw_who_sign(&event);
	kw_trace(&event);
	kw_fold_put(&event, event.uid);
	if (__ratelimit(&all_lines))
		pr_notice("%s: %*pE[%d]: %s\n",
			  refused ? "denied" : "would deny",
			  (int)strlen(current->comm), current->comm,
			  task_tgid_nr(current), reason_text[reason]);
}

/**
 * kw_event_vm() - a VM comes or goes
 * @birth: which, and what it is
 *
 * Context: process context; does not sleep.
 */
void kw_event_vm(const struct kw_birth *birth)
{
	struct kvmwarden_event event = {
		.type = birth->type,
		.vm = birth->vm,
		.generation = birth->ruleset->generation,
		.version = birth->ruleset->version,
	};

	put_who(&event, birth->who);
	put_class(&event, birth->class);
	kw_trace(&event);
	/* what it was refused comes before its end */
	if (birth->type == KVMWARDEN_EVENT_VM_DESTROYED)
		kw_fold_end(birth->vm);
	kw_ring_put(&event);
}

/**
 * kw_event_set() - the current task has decided for one VM
 * @vm: its id
 * @ruleset: the ruleset in force
 *
 * Context: process context; does not sleep.
 */
void kw_event_set(u64 vm, const struct kw_ruleset *ruleset)
{
	struct kvmwarden_event event = {
		.type = KVMWARDEN_EVENT_VM_SET,
		.vm = vm,
		.mode = ruleset->mode,
		.generation = ruleset->generation,
		.version = ruleset->version,
	};

	kw_who_sign(&event);
	kw_trace(&event);
	kw_ring_put(&event);
}

/**
 * kw_event_policy() - the current task has done something about policy
 * @type: what
 * @ruleset: the ruleset in force
 * @old_digest: of the one before, or NULL if there is no other
 *
 * Context: process context; does not sleep.
 */
void kw_event_policy(enum kvmwarden_event_type type,
		     const struct kw_ruleset *ruleset, const u8 *old_digest)
{
	struct kvmwarden_event event = {
		.type = type,
		.mode = ruleset->mode,
		.generation = ruleset->generation,
		.version = ruleset->version,
	};

	memcpy(event.digest, ruleset->digest, sizeof(event.digest));
	if (old_digest)
		memcpy(event.old_digest, old_digest, sizeof(event.old_digest));
	kw_who_sign(&event);
	kw_trace(&event);
	kw_ring_put(&event);
}

static void tell_hook(enum kvmwarden_event_type type, const char *function,
		      u32 state, int error)
{
	struct kvmwarden_event event = {
		.type = type,
		.hook_state = state,
		.hook_error = error,
	};

	strscpy(event.function, function, sizeof(event.function));
	kw_who_sign(&event);
	kw_trace(&event);
	kw_ring_put(&event);
}

/**
 * kw_event_hook() - a hook's state has changed
 * @function: the function that is hooked
 * @state: &enum kvmwarden_hook_state
 * @error: negative errno, or 0
 *
 * Context: process context; does not sleep.
 */
void kw_event_hook(const char *function, u32 state, int error)
{
	tell_hook(KVMWARDEN_EVENT_HOOK, function, state, error);
}

/**
 * kw_event_canary() - hooks do not fire any more, or do again
 * @function: by which this was found out
 * @alive: whether they do
 * @error: negative errno, or 0
 *
 * Context: process context; does not sleep.
 */
void kw_event_canary(const char *function, bool alive, int error)
{
	tell_hook(KVMWARDEN_EVENT_CANARY, function, alive, error);
}
