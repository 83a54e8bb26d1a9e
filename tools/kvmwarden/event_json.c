// SPDX-License-Identifier: GPL-2.0-only
/*
 * An event as JSON. event_parse.c reads it back.
 */
#include "event.h"
#include "json.h"
#include "names.h"
#include "times.h"

static void add_id(struct json_object *o, const char *name, __u32 id)
{
	if (id == KVMWARDEN_NOBODY)
		json_add(o, name, NULL);
	else
		json_number(o, name, id);
}

static void add_amounts(struct json_object *o,
			const struct kvmwarden_event *event)
{
	char user[NAME_LEN];

	json_text(o, "level", account_level_name(event->level));
	json_number(o, "limit", event->limit);
	json_number(o, "used", event->used);
	json_number(o, "asked", event->asked);
	if (event->level == KVMWARDEN_LEVEL_USER ||
	    event->level == KVMWARDEN_LEVEL_HOST_USER) {
		json_number(o, "account_uid", event->account_uid);
		json_text(o, "account_user",
			  user_name(user, event->account_uid));
	}
	if (event->level == KVMWARDEN_LEVEL_CGROUP)
		json_number(o, "account_len", event->account_len);
}

static void add_denial(struct json_object *o,
		       const struct kvmwarden_event *event)
{
	json_flag(o, "refused", event->flags & KVMWARDEN_EVENT_REFUSED);
	json_text(o, "reason", reason_name(event->reason).name);
	json_text(o, "text", reason_name(event->reason).text);
	json_text(o, "operation", operation_name(event->operation));
	json_number(o, "count", event->count);
	json_number(o, "total", event->total);
	if (event->asked)
		add_amounts(o, event);
}

static void add_who(struct json_object *o, const struct kvmwarden_event *event)
{
	json_number(o, "pid", event->pid);
	json_text(o, "comm", event->comm);
	json_user(o, event->uid);
	json_number(o, "gid", event->gid);
	add_id(o, "auid", event->auid);
	add_id(o, "session", event->session);
	if (!event_is_of_vm(event))
		return;
	json_text_or_null(o, "class", event->class_name);
	json_text_or_null(o, "cgroup", event->cgroup);
	json_text_or_null(o, "executable", event->exe);
	json_flag(o, "cut", event->flags & KVMWARDEN_EVENT_CUT);
}

static void add_policy(struct json_object *o,
		       const struct kvmwarden_event *event)
{
	json_text(o, "mode", mode_name(event->mode));
	json_number(o, "generation", event->generation);
	json_number(o, "version", event->version);
	if (event->type < KVMWARDEN_EVENT_COMMITTED ||
	    event->type > KVMWARDEN_EVENT_LOCKED)
		return;
	json_digest(o, "digest", event->digest);
	json_digest(o, "old_digest", event->old_digest);
}

static void add_hook(struct json_object *o, const struct kvmwarden_event *event)
{
	json_text(o, "function", event->function);
	if (event->type == KVMWARDEN_EVENT_HOOK)
		json_text(o, "hook_state", hook_state_name(event->hook_state));
	else
		json_flag(o, "hooks_fire", event->hook_state);
	json_number(o, "errno", -event->hook_error);
}

struct json_object *event_json(const struct kvmwarden_event *event)
{
	struct json_object *o = json_new();
	char when[TIME_LEN];

	json_number(o, "seq", event->seq);
	json_text(o, "type", event_type_name(event->type));
	if (event->type == KVMWARDEN_EVENT_LOST) {
		json_number(o, "count", event->count);
		json_number(o, "total", event->total);
		return o;
	}
	json_text(o, "time", time_ns_text(when, event->time));
	json_number(o, "time_ns", event->time);
	if (event->vm)
		json_number(o, "vm", event->vm);
	else
		json_add(o, "vm", NULL);
	if (event_is_denial(event))
		add_denial(o, event);
	add_who(o, event);
	if (event->type == KVMWARDEN_EVENT_HOOK ||
	    event->type == KVMWARDEN_EVENT_CANARY)
		add_hook(o, event);
	else
		add_policy(o, event);
	return o;
}
