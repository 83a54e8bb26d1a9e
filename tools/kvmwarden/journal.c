// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events, with all their fields, for systemd's journal.
 *
 * libsystemd is loaded when it is used: it brings half a dozen libraries along
 * that all other verbs, run by root, are better off without.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <sys/uio.h>
#include <unistd.h>

#include "digest.h"
#include "event.h"
#include "journal.h"
#include "names.h"
#include "tool.h"

#define LIBRARY		"libsystemd.so.0"
#define SOCKET		"/run/systemd/journal/socket"
#define ULL(n)		((unsigned long long)(n))

/* For journalctl MESSAGE_ID=...: never to be changed */
static const char *const message_ids[] = {
	[KVMWARDEN_EVENT_LOST]		= "a8fc5cfbf690413fa84d1a94814364b0",
	[KVMWARDEN_EVENT_DENIAL]	= "62ec0ca4f993416dbd9ce8c04460a0df",
	[KVMWARDEN_EVENT_VM_CREATED]	= "9f4aa401d35c4da19a7583009eb3fd34",
	[KVMWARDEN_EVENT_VM_ADOPTED]	= "2a11b0b49b07465cbb7c46eb176eadf0",
	[KVMWARDEN_EVENT_VM_DESTROYED]	= "892239b8f30d4020a50bf32ad302ab8d",
	[KVMWARDEN_EVENT_VM_SET]	= "30ca4959d567428e896b07bbd2e416cc",
	[KVMWARDEN_EVENT_COMMITTED]	= "a182bddc94684145811890b561f3612e",
	[KVMWARDEN_EVENT_CONFIRMED]	= "77ce2d86a60049818f77d6956fe94a28",
	[KVMWARDEN_EVENT_ROLLED_BACK]	= "332c15fb8790435391df3c13d0102ffd",
	[KVMWARDEN_EVENT_LOCKED]	= "ff930c03240143158928b353fd65754c",
	[KVMWARDEN_EVENT_ARMED]		= "0ddacda971d243ccb7404e5ea164f606",
	[KVMWARDEN_EVENT_DISARMED]	= "d69f79dc8a6245fc8b1841effc10c15f",
	[KVMWARDEN_EVENT_HOOK]		= "87d4faf7d011453f8e2d05e28ab068b2",
	[KVMWARDEN_EVENT_CANARY]	= "226fa79ed932477a88fcf84c20422e1f",
};

static int (*sendv)(const struct iovec *fields, int count);

static int cannot(const char *why)
{
	say_error("there is no journal to send to: %s", why);
	return EXIT_NOT_SO;
}

int journal_open(void)
{
	void *library;

	/* the library itself says nothing if nobody listens */
	if (access(SOCKET, W_OK))
		return cannot("systemd-journald does not run here");
	library = dlopen(LIBRARY, RTLD_NOW);
	if (!library)
		return cannot(dlerror());
	*(void **)&sendv = dlsym(library, "sd_journal_sendv");
	return sendv ? EXIT_DONE : cannot(dlerror());
}

/* --- fields --------------------------------------------------------------- */

struct fields {
	struct iovec *list;
	size_t count;
};

#define FIELD(to, ...) add_field(to, text_of(__VA_ARGS__))

static void add_field(struct fields *to, char *text)
{
	to->list = grow(to->list, to->count, sizeof(*to->list));
	to->list[to->count++] = (struct iovec) { text, strlen(text) };
}

static void add_number(struct fields *to, const char *name, __u64 number)
{
	FIELD(to, "KVMWARDEN_%s=%llu", name, ULL(number));
}

/* Whatever it is: each field is sent with its length */
static void add_text(struct fields *to, const char *name, const char *text)
{
	if (*text)
		FIELD(to, "KVMWARDEN_%s=%s", name, text);
}

static void add_id(struct fields *to, const char *name, __u32 id)
{
	if (id != KVMWARDEN_NOBODY)
		add_number(to, name, id);
}

static void add_digest(struct fields *to, const char *name,
		       const __u8 digest[KVMWARDEN_DIGEST_LEN])
{
	char text[DIGEST_LEN];

	add_text(to, name, digest_text(text, digest));
}

static void add_message(struct fields *to, const struct kvmwarden_event *event)
{
	char *what = event_what(event), *who = event_who(event);
	char *how = event_how(event);

	FIELD(to, "MESSAGE=%s%s%s%s%s", what, who ? ": " : "", who ? who : "",
	      how ? ": " : "", how ? how : "");
	free(what);
	free(who);
	free(how);
}

static void add_denial(struct fields *to, const struct kvmwarden_event *event)
{
	add_text(to, "REASON", reason_name(event->reason).name);
	add_text(to, "OPERATION", operation_name(event->operation));
	add_number(to, "REFUSED", !!(event->flags & KVMWARDEN_EVENT_REFUSED));
	if (!event->asked)
		return;
	add_text(to, "LEVEL", account_level_name(event->level));
	add_number(to, "LIMIT", event->limit);
	add_number(to, "USED", event->used);
	add_number(to, "ASKED", event->asked);
}

static void add_who(struct fields *to, const struct kvmwarden_event *event)
{
	if (event->vm)
		add_number(to, "VM", event->vm);
	if (event->pid) {
		/* of which journald finds out more, if it still runs */
		FIELD(to, "OBJECT_PID=%u", event->pid);
		add_number(to, "PID", event->pid);
	}
	add_number(to, "UID", event->uid);
	add_number(to, "GID", event->gid);
	add_id(to, "AUID", event->auid);
	add_id(to, "SESSION", event->session);
	add_text(to, "COMM", event->comm);
	add_text(to, "CLASS", event->class_name);
	add_text(to, "CGROUP", event->cgroup);
	add_text(to, "EXE", event->exe);
}

static void add_rest(struct fields *to, const struct kvmwarden_event *event)
{
	if (event->type == KVMWARDEN_EVENT_HOOK ||
	    event->type == KVMWARDEN_EVENT_CANARY) {
		add_text(to, "FUNCTION", event->function);
		add_number(to, "STATE", event->hook_state);
		return;
	}
	add_text(to, "MODE", mode_name(event->mode));
	add_number(to, "GENERATION", event->generation);
	add_number(to, "VERSION", event->version);
	add_digest(to, "DIGEST", event->digest);
	add_digest(to, "OLD_DIGEST", event->old_digest);
}

static int priority_of(const struct kvmwarden_event *event)
{
	switch (event->type) {
	case KVMWARDEN_EVENT_VM_CREATED:
	case KVMWARDEN_EVENT_VM_ADOPTED:
	case KVMWARDEN_EVENT_VM_DESTROYED:
		return LOG_INFO;
	case KVMWARDEN_EVENT_LOST:
	case KVMWARDEN_EVENT_DISARMED:
		return LOG_WARNING;
	case KVMWARDEN_EVENT_DENIAL:
		return event->flags & KVMWARDEN_EVENT_REFUSED ? LOG_WARNING :
								LOG_NOTICE;
	case KVMWARDEN_EVENT_HOOK:
		return event->hook_error ? LOG_ERR : LOG_NOTICE;
	case KVMWARDEN_EVENT_CANARY:
		return event->hook_state ? LOG_NOTICE : LOG_CRIT;
	default:
		return LOG_NOTICE;
	}
}

static void add_head(struct fields *to, const struct kvmwarden_event *event)
{
	add_message(to, event);
	if (event->type < ARRAY_SIZE(message_ids))
		FIELD(to, "MESSAGE_ID=%s", message_ids[event->type]);
	FIELD(to, "PRIORITY=%d", priority_of(event));
	FIELD(to, "SYSLOG_IDENTIFIER=kvmwarden");
	add_text(to, "EVENT", event_type_name(event->type));
	add_number(to, "SEQ", event->seq);
}

static void fields_free(struct fields *fields)
{
	size_t i;

	for (i = 0; i < fields->count; i++)
		free(fields->list[i].iov_base);
	free(fields->list);
}

int journal_send(const struct kvmwarden_event *event)
{
	struct fields fields = { .count = 0 };
	int ret;

	add_head(&fields, event);
	if (event_is_denial(event))
		add_denial(&fields, event);
	if (event_is_denial(event) || event->type == KVMWARDEN_EVENT_LOST) {
		add_number(&fields, "COUNT", event->count);
		add_number(&fields, "TOTAL", event->total);
	}
	if (event->type != KVMWARDEN_EVENT_LOST) {
		add_number(&fields, "TIME_NS", event->time);
		add_who(&fields, event);
		add_rest(&fields, event);
	}
	ret = sendv(fields.list, fields.count);
	fields_free(&fields);
	return ret;
}
