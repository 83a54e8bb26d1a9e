// SPDX-License-Identifier: GPL-2.0
/*
 * Events, for Linux's audit trail.
 *
 * A reader of the ring as others are, by a work item: audit may wait for its
 * daemon, and a verdict may not.
 */
#include <linux/audit.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "audit.h"
#include "name.h"
#include "ring.h"

static struct kw_reader *reader;

/* When there was an event, and audit was off: CLOCK_REALTIME, in ns. */
static u64 last_off;

static void audit_work(struct work_struct *work);
static DECLARE_WORK(audit_item, audit_work);

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (!isascii(*text) || !isgraph(*text) || *text == '"')
			return false;
	return true;
}

/* As audit itself writes what others chose: in quotes, or else in hex. */
static void log_text(struct audit_buffer *ab, const char *name,
		     const char *text)
{
	if (!*text)
		return;
	if (is_plain(text))
		audit_log_format(ab, " %s=\"%s\"", name, text);
	else
		audit_log_format(ab, " %s=%*phN", name,
				 (int)min_t(size_t, strlen(text), 64), text);
}

static void log_who(struct audit_buffer *ab,
		    const struct kvmwarden_event *event)
{
	audit_log_format(ab, " pid=%u uid=%u auid=%u ses=%u", event->pid,
			 event->uid, event->auid, event->session);
	log_text(ab, "comm", event->comm);
	log_text(ab, "exe", event->exe);
	log_text(ab, "cgroup", event->cgroup);
}

static void log_denial(struct audit_buffer *ab,
		       const struct kvmwarden_event *event)
{
	audit_log_format(ab, " operation=%s reason=%s count=%llu total=%llu",
			 kw_operation_name(event->operation),
			 kw_reason_name(event->reason), event->count,
			 event->total);
	if (event->asked)
		audit_log_format(ab, " limit=%llu used=%llu asked=%llu",
				 event->limit, event->used, event->asked);
}

static void log_policy(struct audit_buffer *ab,
		       const struct kvmwarden_event *event)
{
	audit_log_format(ab, " mode=%u generation=%llu version=%llu",
			 event->mode, event->generation, event->version);
	audit_log_format(ab, " old_digest=%*phN digest=%*phN",
			 KVMWARDEN_DIGEST_LEN, event->old_digest,
			 KVMWARDEN_DIGEST_LEN, event->digest);
}

static void log_details(struct audit_buffer *ab,
			const struct kvmwarden_event *event)
{
	switch (event->type) {
	case KVMWARDEN_EVENT_DENIAL:
		log_denial(ab, event);
		break;
	case KVMWARDEN_EVENT_LOST:
		audit_log_format(ab, " count=%llu total=%llu", event->count,
				 event->total);
		break;
	case KVMWARDEN_EVENT_HOOK:
	case KVMWARDEN_EVENT_CANARY:
		audit_log_format(ab, " state=%u error=%d", event->hook_state,
				 event->hook_error);
		log_text(ab, "function", event->function);
		break;
	case KVMWARDEN_EVENT_VM_CREATED:
	case KVMWARDEN_EVENT_VM_ADOPTED:
	case KVMWARDEN_EVENT_VM_DESTROYED:
	case KVMWARDEN_EVENT_VM_SET:
		break;
	default:
		log_policy(ab, event);
	}
}

static void log_event(const struct kvmwarden_event *event)
{
	struct audit_buffer *ab;

	/* what happened before audit was switched on is not its concern */
	if (!audit_enabled || event->time <= READ_ONCE(last_off))
		return;
	ab = audit_log_start(NULL, GFP_KERNEL, AUDIT_KERNEL_OTHER);
	if (!ab)
		return;
	audit_log_format(ab, "kvmwarden op=%s seq=%llu vm=%llu",
			 kw_event_name(event->type), event->seq, event->vm);
	log_text(ab, "class", event->class_name);
	log_details(ab, event);
	log_who(ab, event);
	audit_log_format(ab, " res=%d",
			 !(event->flags & KVMWARDEN_EVENT_REFUSED));
	audit_log_end(ab);
}

static void log_all(void)
{
	while (kw_reader_next(reader)) {
		log_event(&reader->event);
		cond_resched();
	}
}

static void audit_work(struct work_struct *work)
{
	log_all();
}

/* Called for each event, where nothing can sleep. */
static int audit_wake(struct wait_queue_entry *entry, unsigned int mode,
		      int flags, void *key)
{
	if (audit_enabled)
		queue_work(system_long_wq, &audit_item);
	else
		WRITE_ONCE(last_off, ktime_get_real_ns());
	return 0;
}

static struct wait_queue_entry audit_entry;

/**
 * kw_audit_init() - have events written to the audit trail
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int kw_audit_init(void)
{
	reader = kw_reader_new();
	if (!reader)
		return -ENOMEM;
	init_waitqueue_func_entry(&audit_entry, audit_wake);
	add_wait_queue(&kw_ring_wait, &audit_entry);
	return 0;
}

/**
 * kw_audit_exit() - undo kw_audit_init(), once all events are written
 *
 * Context: module unload.
 */
void kw_audit_exit(void)
{
	remove_wait_queue(&kw_ring_wait, &audit_entry);
	cancel_work_sync(&audit_item);
	log_all();
	kfree(reader);
}
