// SPDX-License-Identifier: GPL-2.0-only
/*
 * An event from JSON, as event_json.c writes it. It comes from anywhere: a file,
 * or a log of another host.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json_tokener.h>
#include <json-c/json_util.h>

#include "event.h"
#include "names.h"
#include "tool.h"

/* Deeper than any event */
#define DEPTH_MAX	8
#define ERRNO_MAX	4095

struct reading {
	struct json_object *from;
	char *wrong;			/* the first thing that is */
};

static void complain(struct reading *r, char *text)
{
	if (r->wrong)
		free(text);
	else
		r->wrong = text;
}

/* What is missing or null stays zero */
static struct json_object *member(struct reading *r, const char *name,
				  enum json_type type)
{
	struct json_object *o;

	if (!json_object_object_get_ex(r->from, name, &o) || !o)
		return NULL;
	if (json_object_is_type(o, type))
		return o;
	complain(r, text_of("`%s' is no %s", name, json_type_to_name(type)));
	return NULL;
}

static __u64 read_number(struct reading *r, const char *name, __u64 max)
{
	struct json_object *o = member(r, name, json_type_int);
	__u64 number = o ? json_object_get_uint64(o) : 0;

	if (number <= max && (!o || json_object_get_int64(o) >= 0))
		return number;
	complain(r, text_of("`%s' is out of range", name));
	return 0;
}

static __u32 read_id(struct reading *r, const char *name)
{
	struct json_object *o;

	if (json_object_object_get_ex(r->from, name, &o) && o)
		return read_number(r, name, UINT_MAX);
	return KVMWARDEN_NOBODY;
}

static bool read_flag(struct reading *r, const char *name)
{
	struct json_object *o = member(r, name, json_type_boolean);

	return o && json_object_get_boolean(o);
}

/* NULL: not there */
static const char *read_text(struct reading *r, const char *name)
{
	struct json_object *o = member(r, name, json_type_string);

	return o ? json_object_get_string(o) : NULL;
}

#define READ_TEXT(r, name, to)	copy_text(r, name, to, sizeof(to))

static void copy_text(struct reading *r, const char *name, char *to,
		      size_t size)
{
	const char *text = read_text(r, name);

	if (text)
		snprintf(to, size, "%s", text);
}

static void read_name(struct reading *r, const char *name,
		      bool (*from)(const char *name, __u32 *number), __u32 *to)
{
	const char *text = read_text(r, name);

	if (text && !from(text, to))
		complain(r, text_of("`%s' is `%s', which this tool does not know",
				    name, brief(text)));
}

static void read_digest(struct reading *r, const char *name,
			__u8 to[KVMWARDEN_DIGEST_LEN])
{
	const char *text = read_text(r, name);
	int i;

	for (i = 0; text && i < KVMWARDEN_DIGEST_LEN; i++) {
		if (sscanf(text + 2 * i, "%2hhx", &to[i]) != 1)
			break;
	}
	if (text && (i < KVMWARDEN_DIGEST_LEN || text[2 * i]))
		complain(r, text_of("`%s' is no digest", name));
}

static void read_denial(struct reading *r, struct kvmwarden_event *event)
{
	if (read_flag(r, "refused"))
		event->flags |= KVMWARDEN_EVENT_REFUSED;
	if (!read_text(r, "reason"))
		complain(r, copy_of("it has no `reason'"));
	read_name(r, "reason", reason_from, &event->reason);
	read_name(r, "operation", operation_from, &event->operation);
	read_name(r, "level", account_level_from, &event->level);
	event->limit = read_number(r, "limit", ULLONG_MAX);
	event->used = read_number(r, "used", ULLONG_MAX);
	event->asked = read_number(r, "asked", ULLONG_MAX);
	event->account_uid = read_number(r, "account_uid", UINT_MAX);
	event->account_len = read_number(r, "account_len",
					 sizeof(event->cgroup));
}

static void read_who(struct reading *r, struct kvmwarden_event *event)
{
	event->pid = read_number(r, "pid", UINT_MAX);
	event->uid = read_number(r, "uid", UINT_MAX);
	event->gid = read_number(r, "gid", UINT_MAX);
	event->auid = read_id(r, "auid");
	event->session = read_id(r, "session");
	READ_TEXT(r, "comm", event->comm);
	READ_TEXT(r, "class", event->class_name);
	READ_TEXT(r, "cgroup", event->cgroup);
	READ_TEXT(r, "executable", event->exe);
	if (read_flag(r, "cut"))
		event->flags |= KVMWARDEN_EVENT_CUT;
}

static void read_policy(struct reading *r, struct kvmwarden_event *event)
{
	read_name(r, "mode", mode_from_name, &event->mode);
	event->generation = read_number(r, "generation", ULLONG_MAX);
	event->version = read_number(r, "version", ULLONG_MAX);
	read_digest(r, "digest", event->digest);
	read_digest(r, "old_digest", event->old_digest);
}

static void read_hook(struct reading *r, struct kvmwarden_event *event)
{
	READ_TEXT(r, "function", event->function);
	read_name(r, "hook_state", hook_state_from, &event->hook_state);
	if (read_flag(r, "hooks_fire"))
		event->hook_state = 1;
	event->hook_error = -(int)read_number(r, "errno", ERRNO_MAX);
}

static void read_event(struct reading *r, struct kvmwarden_event *event)
{
	*event = (struct kvmwarden_event) { .size = sizeof(*event) };
	if (!read_text(r, "type"))
		complain(r, copy_of("it has no `type'"));
	read_name(r, "type", event_type_from, &event->type);
	event->seq = read_number(r, "seq", ULLONG_MAX);
	event->time = read_number(r, "time_ns", ULLONG_MAX);
	event->vm = read_number(r, "vm", ULLONG_MAX);
	event->count = read_number(r, "count", ULLONG_MAX);
	event->total = read_number(r, "total", ULLONG_MAX);
	if (event_is_denial(event))
		read_denial(r, event);
	read_who(r, event);
	read_policy(r, event);
	read_hook(r, event);
}

static struct json_object *parse_object(const char *text)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *o = NULL;
	size_t len = strlen(text), end;

	if (!tokener)
		out_of_memory();
	if (len < INT_MAX)
		o = json_tokener_parse_ex(tokener, text, len + 1);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (json_object_is_type(o, json_type_object) &&
	    end + strspn(text + end, " \t\r\n") == len)
		return o;
	json_object_put(o);
	return NULL;
}

char *event_parse(const char *text, struct kvmwarden_event *event)
{
	struct reading r = { .from = parse_object(text) };

	if (!r.from)
		return copy_of("not a JSON object");
	read_event(&r, event);
	json_object_put(r.from);
	return r.wrong;
}
