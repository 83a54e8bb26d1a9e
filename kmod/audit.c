// SPDX-License-Identifier: GPL-2.0
/*
 * Events, for Linux's audit trail.
 *
 * A reader of the ring as others are, in a thread of its own: audit may wait for
 * its daemon, and a verdict may not.
 */
#include <linux/audit.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "audit.h"
#include "name.h"
#include "ring.h"

static struct kw_reader *reader;
static struct task_struct *thread;

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

	if (!audit_enabled)
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

static int audit_all(void *unused)
{
	while (!kthread_should_stop()) {
		wait_event_interruptible(kw_ring_wait,
					 kw_reader_behind(reader) ||
					 kthread_should_stop());
		log_all();
	}
	return 0;
}

/**
 * kw_audit_init() - have events written to the audit trail
 *
 * Context: module load.
 * Return: 0 or a negative errno.
 */
int kw_audit_init(void)
{
	reader = kw_reader_new();
	if (!reader)
		return -ENOMEM;
	thread = kthread_run(audit_all, NULL, "kvmwarden-audit");
	if (!IS_ERR(thread))
		return 0;
	kfree(reader);
	return PTR_ERR(thread);
}

/**
 * kw_audit_exit() - undo kw_audit_init(), once all events are written
 *
 * Context: module unload.
 */
void kw_audit_exit(void)
{
	kthread_stop(thread);
	log_all();
	kfree(reader);
}
