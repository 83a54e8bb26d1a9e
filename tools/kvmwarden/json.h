/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_JSON_H
#define KVMWARDEN_JSON_H

#include <stdbool.h>

#include <json-c/json_object.h>

#include <linux/kvmwarden.h>

#include "policy.h"

/* The number in "schema", raised when what is there changes its meaning */
#define JSON_SCHEMA	1

/* A new object with "schema" */
struct json_object *json_new(void);
struct json_object *json_map(void);
struct json_object *json_list(void);
void json_append(struct json_object *list, struct json_object *o);
void json_append_text(struct json_object *list, const char *text);
/* Prints @root and frees it */
void json_print(struct json_object *root);
/* The same in one line */
void json_print_line(struct json_object *root);

/* Each adds @name to @to */
void json_add(struct json_object *to, const char *name, struct json_object *o);
void json_text(struct json_object *to, const char *name, const char *text);
/* Null where it is empty */
void json_text_or_null(struct json_object *to, const char *name,
		       const char *text);
void json_number(struct json_object *to, const char *name, __u64 number);
void json_limit(struct json_object *to, const char *name, __u64 limit);
void json_flag(struct json_object *to, const char *name, bool set);
void json_amounts(struct json_object *to, const char *name,
		  const struct kvmwarden_amounts *amounts);
void json_limits(struct json_object *to, const char *name,
		 const struct kvmwarden_limits *of);
/* In hexadecimal digits; null for none */
void json_digest(struct json_object *to, const char *name,
		 const __u8 digest[KVMWARDEN_DIGEST_LEN]);
/* "file" and "line"; null for none */
void json_place(struct json_object *to, const struct policy_line *at);
void json_denials(struct json_object *to, const struct kvmwarden_denials *d);
void json_features(struct json_object *to, const char *name, __u64 bits);
/* All that a policy says; see policy_json.c */
void policy_json(struct json_object *to, const struct policy *policy);
/* "uid" and "user" */
void json_user(struct json_object *to, __u32 uid);

#endif
