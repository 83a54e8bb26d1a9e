// SPDX-License-Identifier: GPL-2.0-only
/*
 * What -j prints. Documented in Documentation/json.md.
 */
#include <stdio.h>
#include <string.h>

#include "digest.h"
#include "json.h"
#include "limit.h"
#include "names.h"
#include "tool.h"
#include "utf8.h"

static struct json_object *must(struct json_object *o)
{
	if (!o)
		out_of_memory();
	return o;
}

void json_add(struct json_object *to, const char *name, struct json_object *o)
{
	/* no object is null */
	if (json_object_object_add(to, name, o))
		out_of_memory();
}

void json_append(struct json_object *list, struct json_object *o)
{
	if (json_object_array_add(list, o))
		out_of_memory();
}

struct json_object *json_map(void)
{
	return must(json_object_new_object());
}

struct json_object *json_list(void)
{
	return must(json_object_new_array());
}

struct json_object *json_new(void)
{
	struct json_object *root = json_map();

	json_number(root, "schema", JSON_SCHEMA);
	return root;
}

static void print_with(struct json_object *root, int flags)
{
	const char *text;

	text = json_object_to_json_string_ext(root, flags |
					      JSON_C_TO_STRING_SPACED |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text)
		out_of_memory();
	puts(text);
	json_object_put(root);
}

void json_print(struct json_object *root)
{
	print_with(root, JSON_C_TO_STRING_PRETTY);
}

void json_print_line(struct json_object *root)
{
	print_with(root, 0);
}

static struct json_object *text_object(const char *text)
{
	/* names that VMMs chose may be anything */
	if (!is_utf8(text))
		text = printable(text);
	return must(json_object_new_string(text));
}

void json_text(struct json_object *to, const char *name, const char *text)
{
	json_add(to, name, text_object(text));
}

void json_append_text(struct json_object *list, const char *text)
{
	json_append(list, text_object(text));
}

void json_text_or_null(struct json_object *to, const char *name,
		       const char *text)
{
	json_add(to, name, *text ? text_object(text) : NULL);
}

void json_number(struct json_object *to, const char *name, __u64 number)
{
	json_add(to, name, must(json_object_new_uint64(number)));
}

void json_limit(struct json_object *to, const char *name, __u64 limit)
{
	if (limit == KVMWARDEN_UNLIMITED)
		json_add(to, name, NULL);
	else
		json_number(to, name, limit);
}

void json_flag(struct json_object *to, const char *name, bool set)
{
	json_add(to, name, must(json_object_new_boolean(set)));
}

void json_amounts(struct json_object *to, const char *name,
		  const struct kvmwarden_amounts *amounts)
{
	struct json_object *o = json_map();

	json_limit(o, "vms", amounts->vms);
	json_limit(o, "vcpus", amounts->vcpus);
	json_limit(o, "memory", amounts->memory);
	json_add(to, name, o);
}

void json_limits(struct json_object *to, const char *name,
		 const struct kvmwarden_limits *of)
{
	struct json_object *o = json_map();
	int i;

	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		json_limit(o, limits[i].key, of->of[i]);
	json_add(to, name, o);
}

void json_digest(struct json_object *to, const char *name,
		 const __u8 digest[KVMWARDEN_DIGEST_LEN])
{
	char text[DIGEST_LEN];

	json_text_or_null(to, name, digest_text(text, digest));
}

void json_place(struct json_object *to, const struct policy_line *at)
{
	bool known = at && at->line;

	json_text_or_null(to, "file", known ? at->file : "");
	if (known)
		json_number(to, "line", at->line);
	else
		json_add(to, "line", NULL);
}

void json_denials(struct json_object *to, const struct kvmwarden_denials *d)
{
	struct json_object *list = json_list();
	unsigned int i;

	for (i = 0; i < KVMWARDEN_REASONS_MAX; i++) {
		struct json_object *o;

		if (!d->denied[i] && !d->permitted[i])
			continue;
		o = json_map();
		json_text(o, "reason", reason_name(i).name);
		json_text(o, "text", reason_name(i).text);
		json_number(o, "denied", d->denied[i]);
		json_number(o, "permitted", d->permitted[i]);
		json_append(list, o);
	}
	json_add(to, "denials", list);
}

void json_features(struct json_object *to, const char *name, __u64 bits)
{
	struct json_object *list = json_list();
	unsigned int i;

	for (i = 0; i < nr_features; i++) {
		if (bits & features[i].bit)
			json_append_text(list, features[i].name);
	}
	json_add(to, name, list);
}

void json_user(struct json_object *to, __u32 uid)
{
	char user[NAME_LEN];

	json_number(to, "uid", uid);
	json_text(to, "user", user_name(user, uid));
}
