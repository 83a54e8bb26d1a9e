/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_RECORD_H
#define KVMWARDEN_RECORD_H

#include <json-c/json_object.h>

#include <linux/kvmwarden.h>

#include "device.h"
#include "vmname.h"

#define TIME_LEN	32

/* A VM on record */
struct record {
	struct kvmwarden_vm vm;
	struct device_texts texts;
	char name[VMNAME_LEN];		/* empty: nobody has named it */
};

/* The first VM whose id is greater; -ENOENT: none */
int record_next(int fd, __u64 after, struct record *rec);
/*
 * Reads an id, and the VM that has it. These two and record_missing(), which
 * says that there is none, return an exit code.
 */
int record_id(const char *text, __u64 *id);
int record_read(int fd, __u64 id, struct record *rec);
int record_missing(__u64 id);
/* When it was put on record: local time, ISO 8601 */
const char *record_time(char buf[TIME_LEN], const struct record *rec);
/* What was set for the VM, as for `set': "class=a memory=8G"; NULL: nothing */
char *record_own(const struct kvmwarden_vm *vm);
/* Adds all that is known to @to */
void record_json(struct json_object *to, const struct record *rec);

#endif
