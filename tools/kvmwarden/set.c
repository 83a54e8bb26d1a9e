// SPDX-License-Identifier: GPL-2.0-only
/*
 * set: decide for one VM, whatever its class says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "names.h"
#include "record.h"
#include "tool.h"
#include "value.h"

#define KEY	"nested="

static int read_setting(const char *text, struct kvmwarden_vm_set *set)
{
	char *wrong;

	if (strncmp(text, KEY, strlen(KEY))) {
		say_error("`%s' cannot be set for a VM; write nested=allow, nested=deny or nested=class",
			  brief(text));
		return EXIT_USAGE;
	}
	text += strlen(KEY);
	set->change = KVMWARDEN_DENY_NESTED;
	if (!strcmp(text, "class"))
		return EXIT_DONE;
	set->own = KVMWARDEN_DENY_NESTED;
	wrong = value_nested(text, &set->deny);
	if (!wrong)
		return EXIT_DONE;
	say_error("%s\nOr `class', to undo what was set.", wrong);
	free(wrong);
	return EXIT_USAGE;
}

static int refused(const struct kvmwarden_vm_set *set, int error)
{
	char function[KVMWARDEN_NAME_LEN + 1] = "";

	memcpy(function, set->hook, sizeof(set->hook));
	if (error == -ENOENT)
		return record_missing(set->id);
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

static void tell(const struct record *rec)
{
	const struct kvmwarden_vm *vm = &rec->vm;
	bool own = vm->own & KVMWARDEN_DENY_NESTED;

	printf("VM %llu (%s[%u], class %s): nested = %s%s\n",
	       (unsigned long long)vm->id, printable(vm->comm), vm->pid,
	       printable(vm->class_name), nested_name(vm->deny),
	       own ? "" : ", as its class has it");
	if ((vm->deny & KVMWARDEN_DENY_NESTED) &&
	    vm->mode != KVMWARDEN_MODE_ENFORCE)
		printf("Its class is in mode %s: nothing is refused.\n",
		       mode_name(vm->mode));
}

int verb_set(const struct options *opt, int argc, char **argv)
{
	struct kvmwarden_vm_set set = { 0 };
	struct record rec;
	int fd, ret;

	(void)opt;
	(void)argc;
	ret = record_id(argv[0], &set.id);
	if (!ret)
		ret = read_setting(argv[1], &set);
	if (!ret)
		ret = device_open(&fd);
	if (ret)
		return ret;
	ret = device_vm_set(fd, &set);
	ret = ret ? refused(&set, ret) : record_read(fd, set.id, &rec);
	close(fd);
	if (!ret)
		tell(&rec);
	return ret;
}
