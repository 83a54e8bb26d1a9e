// SPDX-License-Identifier: GPL-2.0
/*
 * What a module would answer to the control tool, read from a text file that
 * stands in the place of /dev/kvmwarden. Linked into the tool with --wrap, so
 * that all of the tool is as it is used: for what a module on a sound host
 * never says. $FAKE_MODULE is opened instead of the device. Lines:
 *
 *	status MODE GENERATION [armed] [canary] [layout] [old] [plain]
 *		old: of another ABI; plain: cannot deny nested virtualization
 *	class NAME MODE VMS [deny] [kill] [limited]
 *	vm CLASS MODE [deny] [kill] [own] [adopted]
 *	hook FUNCTION MODULE STATE [ERRNO] [two] [all] [newer]
 *		two, all: features need it; newer: and one that we do not know
 *	error ERRNO		of every request
 *	refuse FIELD		of the second class that is added
 *	set ERRNO [FUNCTION]	of what is to be set for a VM
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvmwarden.h>

#include "module.h"

#define TEXT_MAX	8192

static const struct kvmwarden_amounts unlimited = {
	KVMWARDEN_UNLIMITED, KVMWARDEN_UNLIMITED, KVMWARDEN_UNLIMITED
};

static const char *word_at(char *line, int n)
{
	static char copy[TEXT_MAX];
	char *save, *word;

	strcpy(copy, line);
	for (word = strtok_r(copy, " \t", &save); word && n; n--)
		word = strtok_r(NULL, " \t", &save);
	return word ? word : "";
}

static long number_at(char *line, int n)
{
	return strtol(word_at(line, n), NULL, 0);
}

static int has_word(char *line, const char *word)
{
	int i;

	for (i = 1; *word_at(line, i); i++) {
		if (!strcmp(word_at(line, i), word))
			return 1;
	}
	return 0;
}

/* The line number @n, from 0, of those that begin with @kind */
static char *line_of(int fd, const char *kind, unsigned int n)
{
	static char text[TEXT_MAX];
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
	char *save, *line;

	text[len < 0 ? 0 : len] = '\0';
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (!strcmp(word_at(line, 0), kind) && !n--)
			return line;
	}
	return NULL;
}

static unsigned int count_of(int fd, const char *kind)
{
	unsigned int n = 0;

	while (line_of(fd, kind, n))
		n++;
	return n;
}

static __u32 mode_of(const char *name)
{
	if (!strcmp(name, "enforce"))
		return KVMWARDEN_MODE_ENFORCE;
	return strcmp(name, "off") ? KVMWARDEN_MODE_PERMISSIVE :
				     KVMWARDEN_MODE_OFF;
}

static int status(int fd, struct kvmwarden_status *st)
{
	char *line = line_of(fd, "status", 0);

	st->mode = mode_of(word_at(line, 1));
	st->generation = number_at(line, 2);
	st->version = st->generation;
	st->abi = KVMWARDEN_ABI + has_word(line, "old");
	st->features = has_word(line, "plain") ? KVMWARDEN_FEATURE_MEMORY :
		       KVMWARDEN_FEATURE_NESTED | KVMWARDEN_FEATURE_MEMORY;
	st->state = has_word(line, "armed") * KVMWARDEN_STATE_ARMED |
		    has_word(line, "canary") * KVMWARDEN_STATE_CANARY |
		    has_word(line, "layout") * KVMWARDEN_STATE_LAYOUT_BAD;
	st->limit = unlimited;
	st->classes = count_of(fd, "class");
	st->hooks = count_of(fd, "hook");
	return 0;
}

static int class(int fd, struct kvmwarden_class *c)
{
	char *line = line_of(fd, "class", c->index);

	if (!line)
		return -ENOENT;
	snprintf(c->name, sizeof(c->name), "%s", word_at(line, 1));
	c->mode = mode_of(word_at(line, 2));
	c->deny = has_word(line, "deny") * KVMWARDEN_DENY_NESTED;
	c->revoke = has_word(line, "kill") * KVMWARDEN_REVOKE_KILL;
	c->vm = unlimited;
	c->total = unlimited;
	if (has_word(line, "limited"))
		c->vm.vcpus = 1;
	c->used.vms = number_at(line, 3);
	c->generation = number_at(line_of(fd, "status", 0), 2);
	return 0;
}

static int next_vm(int fd, struct kvmwarden_vm *vm)
{
	char *line = line_of(fd, "vm", vm->id);

	if (!line)
		return -ENOENT;
	vm->id++;
	snprintf(vm->class_name, sizeof(vm->class_name), "%s",
		 word_at(line, 1));
	vm->mode = mode_of(word_at(line, 2));
	vm->deny = has_word(line, "deny") * KVMWARDEN_DENY_NESTED;
	vm->own = has_word(line, "own") * KVMWARDEN_DENY_NESTED;
	vm->revoke = has_word(line, "kill") * KVMWARDEN_REVOKE_KILL;
	vm->flags = has_word(line, "adopted") * KVMWARDEN_VM_ADOPTED;
	return 0;
}

static int vm_set(int fd, struct kvmwarden_vm_set *set)
{
	char *line = line_of(fd, "set", 0);

	if (!line)
		return 0;
	snprintf(set->hook, sizeof(set->hook), "%s", word_at(line, 2));
	return -number_at(line, 1);
}

static __u32 state_of(const char *name)
{
	static const char *const states[] = {
		"off", "waiting", "armed", "missing", "failed", "stuck"
	};
	__u32 i = 0;

	while (strcmp(states[i], name))
		i++;
	return i;
}

static int hook(int fd, struct kvmwarden_hook *h)
{
	char *line = line_of(fd, "hook", h->index);

	if (!line)
		return -ENOENT;
	snprintf(h->function, sizeof(h->function), "%s", word_at(line, 1));
	snprintf(h->module, sizeof(h->module), "%s", word_at(line, 2));
	h->features = strcmp(h->module, "kvm") ? KVMWARDEN_FEATURE_NESTED :
						 KVMWARDEN_FEATURE_MEMORY;
	if (has_word(line, "two"))
		h->features |= KVMWARDEN_FEATURE_VMS;
	if (has_word(line, "all"))
		h->features = KVMWARDEN_FEATURE_VMS | KVMWARDEN_FEATURE_VCPUS |
			      KVMWARDEN_FEATURE_MEMORY |
			      KVMWARDEN_FEATURE_NESTED;
	if (has_word(line, "newer"))
		h->features |= 1ULL << 40;
	h->state = state_of(word_at(line, 3));
	h->error = -number_at(line, 4);
	return 0;
}

static int add(int fd, struct kvmwarden_class *c)
{
	static unsigned int added;
	char *line = line_of(fd, "refuse", 0);

	if (!line || ++added != 2)
		return 0;
	c->bad_field = number_at(line, 1);
	return -EINVAL;
}

static int answer(int fd, unsigned long request, void *arg)
{
	char *error = line_of(fd, "error", 0);

	if (error)
		return -number_at(error, 1);
	switch (request) {
	case KVMWARDEN_STATUS:
		return status(fd, arg);
	case KVMWARDEN_CLASS_GET:
		return class(fd, arg);
	case KVMWARDEN_VM_NEXT:
		return next_vm(fd, arg);
	case KVMWARDEN_VM_SET:
		return vm_set(fd, arg);
	case KVMWARDEN_HOOK_GET:
		return hook(fd, arg);
	case KVMWARDEN_RULESET_BEGIN:
		return dup(fd);
	case KVMWARDEN_RULESET_ADD:
		return add(fd, arg);
	default:
		return 0;
	}
}

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = answer(fd, request, arg);

	if (ret >= 0)
		return ret;
	errno = -ret;
	return -1;
}

int __wrap_open(const char *path, int flags, ...)
{
	const char *fake = getenv("FAKE_MODULE");

	if (fake && !strcmp(path, KVMWARDEN_DEVICE))
		path = fake;
	return __real_open(path, flags);
}
