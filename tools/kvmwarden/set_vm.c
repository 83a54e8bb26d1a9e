// SPDX-License-Identifier: GPL-2.0-only
/*
 * set VM: decide for one VM, whatever its class says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "limit.h"
#include "names.h"
#include "record.h"
#include "set.h"
#include "spell.h"
#include "tool.h"
#include "value.h"

/* Undo what was set */
#define AS_CLASS	"class"
#define AS_POLICY	"auto"

static int wrong_value(const char *key, char *wrong)
{
	if (!wrong)
		return EXIT_DONE;
	say_error("%s: %s\nOr `" AS_CLASS "', to undo what was set.", key,
		  wrong);
	free(wrong);
	return EXIT_USAGE;
}

static int take_nested(struct kvmwarden_vm_set *set, const char *value)
{
	set->change = KVMWARDEN_DENY_NESTED;
	if (!strcmp(value, AS_CLASS))
		return EXIT_DONE;
	set->own = KVMWARDEN_DENY_NESTED;
	return wrong_value("nested", value_nested(value, &set->deny));
}

static int take_limit(struct kvmwarden_vm_set *set, enum kvmwarden_limit limit,
		      const char *value)
{
	value_parser parse = limits[limit].bytes ? value_size : value_count;

	set->limits |= 1ULL << limit;
	if (!strcmp(value, AS_CLASS))
		return EXIT_DONE;
	set->own_limits |= 1ULL << limit;
	return wrong_value(limits[limit].key,
			   parse(value, &set->limit.of[limit]));
}

static int take_class(struct kvmwarden_vm_set *set, const char *value)
{
	set->flags |= KVMWARDEN_SET_CLASS;
	if (!strcmp(value, AS_POLICY))
		return EXIT_DONE;
	if (behind(value, CLASS_PREFIX))
		value = behind(value, CLASS_PREFIX);
	if (*value && strlen(value) < sizeof(set->class_name)) {
		strcpy(set->class_name, value);
		return EXIT_DONE;
	}
	say_error("class: `%s' is not a class name; write one, or `" AS_POLICY "' for the class that the policy has for the VM",
		  brief(value));
	return EXIT_USAGE;
}

static int unknown_key(const char *key)
{
	struct guess guess;
	int i;

	guess_start(&guess, key);
	guess_try(&guess, "class");
	guess_try(&guess, "nested");
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		guess_try(&guess, limits[i].key);
	if (guess.nearest)
		say_error("`%s' cannot be set for a VM; did you mean `%s'?",
			  brief(key), guess.nearest);
	else
		say_error("`%s' cannot be set for a VM; see kvmwarden set --help",
			  brief(key));
	return EXIT_USAGE;
}

static int take(struct kvmwarden_vm_set *set, const struct setting *setting)
{
	enum kvmwarden_limit limit = limit_find(setting->key);

	if (limit != KVMWARDEN_NR_LIMITS)
		return take_limit(set, limit, setting->value);
	if (!strcmp(setting->key, "nested"))
		return take_nested(set, setting->value);
	if (!strcmp(setting->key, "class"))
		return take_class(set, setting->value);
	return unknown_key(setting->key);
}

static int refused(int fd, const struct kvmwarden_vm_set *set, int error)
{
	char function[KVMWARDEN_NAME_LEN + 1] = "";

	memcpy(function, set->hook, sizeof(set->hook));
	if (error == -ENOENT)
		return record_missing(set->id);
	if (error == -EINVAL && set->bad_field == KVMWARDEN_FIELD_CLASS)
		return set_no_class(fd, set->class_name, false);
	if (error == -EOPNOTSUPP && function[0]) {
		say_error("this kernel cannot deny it: %s is not hooked\n"
			  "`kvmwarden status' says why.", printable(function));
		return EXIT_NOT_SO;
	}
	if (error == -EIO) {
		say_error("nothing can be denied: hooks do not fire; see `kvmwarden status'");
		return EXIT_NOT_SO;
	}
	return device_error(error, "cannot set it");
}

static void tell_who(const struct record *rec)
{
	const struct kvmwarden_vm *vm = &rec->vm;

	printf("VM %llu (", (unsigned long long)vm->id);
	if (rec->name[0])
		printf("%s, ", printable(rec->name));
	printf("%s[%u], class %s): ", printable(vm->comm), vm->pid,
	       printable(vm->class_name));
}

static const char *whose(bool own)
{
	return own ? "" : ", as its class has it";
}

static void tell_limit(const struct record *rec, int limit)
{
	const struct kvmwarden_vm *vm = &rec->vm;
	char used[AMOUNT_LEN], most[AMOUNT_LEN];

	tell_who(rec);
	printf("%s = %s%s\n", limits[limit].key,
	       limit_exact(most, limit, vm->limit.of[limit]),
	       whose(vm->own_limits & 1ULL << limit));
	if (vm->used.of[limit] > vm->limit.of[limit])
		printf("It uses %s, and keeps that, but gets no more.\n",
		       limit_human(used, limit, vm->used.of[limit]));
}

static void tell_nested(const struct record *rec)
{
	const struct kvmwarden_vm *vm = &rec->vm;

	tell_who(rec);
	printf("nested = %s%s\n", nested_name(vm->deny),
	       whose(vm->own & KVMWARDEN_DENY_NESTED));
}

static void tell_class(const struct record *rec)
{
	const struct kvmwarden_vm *vm = &rec->vm;

	tell_who(rec);
	printf("class = %s%s\n", printable(vm->class_name),
	       vm->flags & KVMWARDEN_VM_CLASS_SET ? "" :
	       ", as the policy has it");
}

static void tell(const struct kvmwarden_vm_set *set, const struct record *rec)
{
	const struct kvmwarden_vm *vm = &rec->vm;
	int i;

	if (set->flags & KVMWARDEN_SET_CLASS)
		tell_class(rec);
	if (set->change & KVMWARDEN_DENY_NESTED)
		tell_nested(rec);
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		if (set->limits & 1ULL << i)
			tell_limit(rec, i);
	}
	if ((set->limits || vm->deny & set->change) &&
	    vm->mode != KVMWARDEN_MODE_ENFORCE)
		printf("Its class is in mode %s: nothing is refused.\n",
		       mode_name(vm->mode));
}

static int set_found(int fd, const struct meant *meant,
		     struct kvmwarden_vm_set *set)
{
	struct record rec;
	int ret;

	ret = record_find(fd, meant, &rec);
	if (ret)
		return ret;
	set->id = rec.vm.id;
	ret = device_vm_set(fd, set);
	if (ret)
		return refused(fd, set, ret);
	ret = record_read(fd, set->id, &rec);
	if (!ret)
		tell(set, &rec);
	return ret;
}

int set_vm(const char *who, const struct setting *settings, int count)
{
	struct kvmwarden_vm_set set = { 0 };
	struct meant meant;
	int i, fd, ret;

	ret = record_meant(who, &meant);
	for (i = 0; i < count && !ret; i++)
		ret = take(&set, &settings[i]);
	if (!ret)
		ret = device_open(&fd);
	if (ret)
		return ret;
	ret = set_found(fd, &meant, &set);
	close(fd);
	return ret;
}
