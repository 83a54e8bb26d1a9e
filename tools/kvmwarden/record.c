// SPDX-License-Identifier: GPL-2.0-only
/*
 * One VM on record.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "limit.h"
#include "names.h"
#include "record.h"
#include "tool.h"

#define NS	1000000000LL

int record_next(int fd, __u64 after, struct record *rec)
{
	int ret = device_vm_next(fd, after, &rec->vm, &rec->texts);

	rec->vm.comm[sizeof(rec->vm.comm) - 1] = '\0';
	rec->vm.class_name[sizeof(rec->vm.class_name) - 1] = '\0';
	vmname(rec->name, rec->texts.cgroup, rec->texts.exe);
	return ret;
}

char *record_title(const struct record *rec)
{
	if (rec->name[0])
		return copy_of(printable(rec->name));
	return text_of("(%s)", printable(rec->vm.comm));
}

static long long now(clockid_t clock)
{
	struct timespec ts = { 0 };

	clock_gettime(clock, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

const char *record_time(char buf[TIME_LEN], const struct record *rec)
{
	long long ns = now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME) +
		       (long long)rec->vm.created;

	return time_text(buf, ns / NS);
}

static void join(char **text, const char *key, const char *value)
{
	char *longer = text_of("%s%s%s=%s", *text ? *text : "",
			       *text ? " " : "", key, value);

	free(*text);
	*text = longer;
}

char *record_own(const struct kvmwarden_vm *vm)
{
	char amount[AMOUNT_LEN], *text = NULL;
	int i;

	if (vm->flags & KVMWARDEN_VM_CLASS_SET)
		join(&text, "class", printable(vm->class_name));
	if (vm->own & KVMWARDEN_DENY_NESTED)
		join(&text, "nested", nested_name(vm->deny));
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		if (vm->own_limits & 1ULL << i)
			join(&text, limits[i].key,
			     limit_exact(amount, i, vm->limit.of[i]));
	}
	return text;
}

/* The limits that are its own, and not its class's */
static void add_own(struct json_object *to, const struct kvmwarden_vm *vm)
{
	struct json_object *list = json_list();
	int i;

	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		if (vm->own_limits & 1ULL << i)
			json_append_text(list, limits[i].key);
	}
	json_add(to, "limit_own", list);
}

void record_json(struct json_object *to, const struct record *rec)
{
	const struct kvmwarden_vm *vm = &rec->vm;
	char when[TIME_LEN];

	json_number(to, "id", vm->id);
	json_text_or_null(to, "name", rec->name);
	json_number(to, "pid", vm->pid);
	json_user(to, vm->uid);
	json_number(to, "gid", vm->gid);
	json_text(to, "comm", vm->comm);
	json_text(to, "class", vm->class_name);
	json_flag(to, "class_own", vm->flags & KVMWARDEN_VM_CLASS_SET);
	json_text(to, "mode", mode_name(vm->mode));
	json_flag(to, "adopted", vm->flags & KVMWARDEN_VM_ADOPTED);
	json_text(to, "created", record_time(when, rec));
	json_number(to, "created_boottime_ns", vm->created);
	json_text_or_null(to, "cgroup", rec->texts.cgroup);
	json_text_or_null(to, "executable", rec->texts.exe);
	json_text_or_null(to, "label", rec->texts.label);
	json_limits(to, "used", &vm->used);
	json_limits(to, "limit", &vm->limit);
	add_own(to, vm);
	json_text(to, "nested", nested_name(vm->deny));
	json_flag(to, "nested_own", vm->own & KVMWARDEN_DENY_NESTED);
	json_text(to, "nested_revoke", revoke_name(vm->revoke));
	json_denials(to, &vm->denials);
}
