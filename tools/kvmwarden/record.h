/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_RECORD_H
#define KVMWARDEN_RECORD_H

#include <stdbool.h>

#include <json-c/json_object.h>

#include <linux/kvmwarden.h>

#include "device.h"
#include "times.h"
#include "vmname.h"

/* A VM on record */
struct record {
	struct kvmwarden_vm vm;
	struct device_texts texts;
	char name[VMNAME_LEN];		/* empty: nobody has named it */
};

/* The first VM whose id is greater; -ENOENT: none */
int record_next(int fd, __u64 after, struct record *rec);
/* For people: its name, or its creator's command in parentheses; to be freed */
char *record_title(const struct record *rec);
/* When it was put on record: local time, ISO 8601 */
const char *record_time(char buf[TIME_LEN], const struct record *rec);
/* What was set for the VM, as for `set': "class=a memory=8G"; NULL: nothing */
char *record_own(const struct kvmwarden_vm *vm);
/* Adds all that is known to @to */
void record_json(struct json_object *to, const struct record *rec);

/* record_find.c */

/* Names a VM where a name could mean something else */
#define VM_PREFIX	"vm:"

/* An id, or a name that may be that of several */
struct meant {
	const char *name;		/* NULL: an id */
	__u64 id;
};

/* Nothing but digits: never a name */
bool record_is_id(const char *text);
/* Some VM has that name */
bool record_is_name(int fd, const char *name);
/*
 * Reads who is meant, finds the only one that is. Both return an exit code,
 * having said what is wrong, as the next two do.
 */
int record_meant(const char *text, struct meant *meant);
int record_find(int fd, const struct meant *meant, struct record *rec);
int record_read(int fd, __u64 id, struct record *rec);
/* Says that there is none */
int record_missing(__u64 id);

#endif
