// SPDX-License-Identifier: GPL-2.0
/*
 * What a module would answer to the control tool, read from a text file that
 * stands in the place of /dev/kvmwarden. Linked into the tool with --wrap, so
 * that all of the tool is as it is used: for what a module on a sound host
 * never says. $FAKE_MODULE is opened instead of the device. Lines:
 *
 *	status MODE GENERATION [armed] [canary] [layout] [old] [plain] [locked]
 *			[confirm=MS] [digest=BYTE] [LIMIT] [user-LIMIT] [USE]
 *			[DENIAL]
 *		old: of another ABI; plain: cannot deny nested virtualization
 *	class NAME MODE VMS [deny] [kill] [limited] [match.cgroup=PATTERN]
 *			[match.uid=UID] [LIMIT] [total-LIMIT] [user-LIMIT] [USE]
 *			[DENIAL]
 *	cgroup PATTERN VMS [LIMIT]
 *	vm CLASS MODE [deny] [kill] [own] [adopted] [moved] [own-LIMIT] [USE]
 *			[DENIAL] [exe=PATH] [cgroup=PATH] [label=TEXT]
 *			[comm=NAME] [pid=PID] [uid=UID] [created=NS] [times=N]
 *		moved: into its class, by hand; times: so many VMs, each of
 *		a process of its own
 *	account user UID VMS LIMIT [CLASS]
 *	account cgroup PATH VMS LIMIT
 *		and [limit-LIMIT] [USE] of each
 *	hook FUNCTION MODULE STATE [ERRNO] [two] [all] [newer]
 *		two, all: features need it; newer: and one that we do not know
 *	error ERRNO		of every request
 *	refuse FIELD		of the second class that is added
 *	set ERRNO [FUNCTION] [FIELD]	of what is to be set for a VM
 *	commit ERRNO TIMES	of the first so many commits
 *	digest BYTE		of what is committed
 *	change VM FLAGS REASON USED LIMIT CLASS	of what is committed
 *	confirm ERRNO, lock ERRNO	of these
 *	store FILE		policies are taken, and told again; see store.c
 *
 * LIMIT is KEY=NUMBER, as in policy files; USE is used-KEY=NUMBER; DENIAL is
 * denied=REASON, [refused=COUNT] times or once, or permitted=REASON, once; or
 * met=REASON:TIMES, permitted so often, for several reasons.
 *
 * Events: see events.c. What is changed is added to that file's name with .log, a line each.
 * $FAKE_ETC stands in the place of /etc/kvmwarden, $FAKE_KVM in that of KVM's
 * directory in debugfs, $FAKE_PROC in that of /proc.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvmwarden.h>

#include "events.h"
#include "module.h"
#include "store.h"

#define TEXT_MAX	8192

static const struct kvmwarden_limits default_limits = { .of = {
	KVMWARDEN_UNLIMITED, KVMWARDEN_UNLIMITED, KVMWARDEN_DEFAULT_MEMSLOTS,
	KVMWARDEN_DEFAULT_IOEVENTFDS, KVMWARDEN_DEFAULT_COALESCED,
	KVMWARDEN_DEFAULT_IRQFDS, KVMWARDEN_DEFAULT_HV_EVENTS,
	KVMWARDEN_DEFAULT_IRQ_ROUTES, KVMWARDEN_DEFAULT_GUEST_MEMFD
} };

static const char *const limit_keys[KVMWARDEN_NR_LIMITS] = {
	"vcpus", "memory", "memslots", "ioeventfds", "coalesced", "irqfds",
	"hv-events", "irq-routes", "guest-memfd"
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

/* The text behind @key, with its `=', of a word; empty if there is none */
static const char *value_at(char *line, const char *key)
{
	int i;

	for (i = 1; *word_at(line, i); i++) {
		if (!strncmp(word_at(line, i), key, strlen(key)))
			return word_at(line, i) + strlen(key);
	}
	return "";
}

static __u64 amount_at(char *line, const char *key, __u64 otherwise)
{
	const char *value = value_at(line, key);

	return *value ? strtoull(value, NULL, 0) : otherwise;
}

static __u64 key_at(char *line, const char *prefix, const char *name,
		    __u64 otherwise)
{
	char key[64];

	snprintf(key, sizeof(key), "%s%s=", prefix, name);
	return amount_at(line, key, otherwise);
}

static struct kvmwarden_amounts amounts_at(char *line, const char *prefix,
					   __u64 otherwise)
{
	return (struct kvmwarden_amounts) {
		.vms = key_at(line, prefix, "vms", otherwise),
		.vcpus = key_at(line, prefix, "vcpus", otherwise),
		.memory = key_at(line, prefix, "memory", otherwise),
	};
}

/* Those that the line does not say stay as they are. Returns which it says */
static __u64 limits_at(char *line, const char *prefix,
		       struct kvmwarden_limits *to)
{
	__u64 said = 0;
	int i;

	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		__u64 value = key_at(line, prefix, limit_keys[i], -2);

		if (value == (__u64)-2)
			continue;
		to->of[i] = value;
		said |= 1ULL << i;
	}
	return said;
}

/* All words that are @key and REASON:TIMES */
static void counts_at(char *line, const char *key, __u64 *counts)
{
	unsigned long reason, times;
	int i;

	for (i = 1; *word_at(line, i); i++) {
		if (strncmp(word_at(line, i), key, strlen(key)) ||
		    sscanf(word_at(line, i) + strlen(key), "%lu:%lu", &reason,
			   &times) != 2)
			continue;
		counts[reason] = times;
	}
}

static void denials_at(char *line, struct kvmwarden_denials *denials)
{
	if (*value_at(line, "denied="))
		denials->denied[amount_at(line, "denied=", 0)] =
			amount_at(line, "refused=", 1);
	if (*value_at(line, "permitted="))
		denials->permitted[amount_at(line, "permitted=", 0)] = 1;
	counts_at(line, "met=", denials->permitted);
}

/* A text into the caller's buffer */
static void give(struct kvmwarden_string *to, const char *text)
{
	if (to->address && *text)
		snprintf((char *)(uintptr_t)to->address, to->len, "%s", text);
}

__attribute__((__format__(printf, 1, 2)))
static void note(const char *fmt, ...)
{
	char path[TEXT_MAX];
	va_list args;
	FILE *log;

	snprintf(path, sizeof(path), "%s.log", getenv("FAKE_MODULE"));
	log = fopen(path, "a");
	if (!log)
		return;
	va_start(args, fmt);
	vfprintf(log, fmt, args);
	va_end(args);
	fclose(log);
}

/* What this run of the tool has done */
static struct {
	__u64 commits;
	__u32 confirm;			/* seconds */
} done;

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

/* How many VMs a line stands for */
static unsigned int times_of(char *line)
{
	return amount_at(line, "times=", 1);
}

/* The line of the VM number @n, from 0, which is left with that in its line */
static char *line_of_vm(int fd, __u64 *n)
{
	unsigned int i;
	char *line;

	for (i = 0; (line = line_of(fd, "vm", i)); i++) {
		if (*n < times_of(line))
			break;
		*n -= times_of(line);
	}
	return line;
}

static unsigned int count_of_vms(int fd)
{
	unsigned int i, n = 0;
	char *line;

	for (i = 0; (line = line_of(fd, "vm", i)); i++)
		n += times_of(line);
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
	st->version = number_at(line, 2);
	st->generation = st->version + done.commits;
	st->abi = KVMWARDEN_ABI + has_word(line, "old");
	st->features = has_word(line, "plain") ? KVMWARDEN_FEATURE_MEMORY :
		       KVMWARDEN_FEATURE_NESTED | KVMWARDEN_FEATURE_MEMORY;
	st->state = has_word(line, "armed") * KVMWARDEN_STATE_ARMED |
		    has_word(line, "canary") * KVMWARDEN_STATE_CANARY |
		    has_word(line, "layout") * KVMWARDEN_STATE_LAYOUT_BAD;
	st->limit = amounts_at(line, "", KVMWARDEN_UNLIMITED);
	st->user = amounts_at(line, "user-", KVMWARDEN_UNLIMITED);
	st->used = amounts_at(line, "used-", 0);
	denials_at(line, &st->denials);
	if (has_word(line, "locked"))
		st->state |= KVMWARDEN_STATE_LOCKED;
	st->confirm_left = amount_at(line, "confirm=", done.confirm * 1000);
	if (st->confirm_left)
		st->state |= KVMWARDEN_STATE_CONFIRM;
	memset(st->digest, amount_at(line, "digest=", 0), sizeof(st->digest));
	st->cgroups = count_of(fd, "cgroup");
	st->classes = count_of(fd, "class");
	st->hooks = count_of(fd, "hook");
	st->used.vms = count_of_vms(fd);
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
	c->vm = default_limits;
	limits_at(line, "", &c->vm);
	c->total = amounts_at(line, "total-", KVMWARDEN_UNLIMITED);
	c->user = amounts_at(line, "user-", KVMWARDEN_UNLIMITED);
	c->used = amounts_at(line, "used-", 0);
	denials_at(line, &c->denials);
	if (has_word(line, "limited"))
		c->vm.of[KVMWARDEN_LIMIT_VCPUS] = 1;
	if (*value_at(line, "match.uid=")) {
		c->flags |= KVMWARDEN_CLASS_MATCH_UID;
		c->uid = amount_at(line, "match.uid=", 0);
	}
	if (*value_at(line, "match.cgroup=")) {
		c->flags |= KVMWARDEN_CLASS_MATCH_CGROUP;
		give(&c->cgroup, value_at(line, "match.cgroup="));
	}
	c->used.vms = number_at(line, 3);
	c->generation = number_at(line_of(fd, "status", 0), 2);
	return 0;
}

/* The limits that its class has for @vm; of none, no VM is in these tests */
static void class_limits(int fd, struct kvmwarden_vm *vm)
{
	char *line;
	int i;

	vm->limit = default_limits;
	for (i = 0; (line = line_of(fd, "class", i)); i++) {
		if (!strcmp(word_at(line, 1), vm->class_name))
			limits_at(line, "", &vm->limit);
	}
}

static void tell_creator(char *line, struct kvmwarden_vm *vm)
{
	vm->pid = amount_at(line, "pid=", 0);
	vm->created = amount_at(line, "created=", 0);
	vm->uid = amount_at(line, "uid=", 0);
	snprintf(vm->comm, sizeof(vm->comm), "%s", value_at(line, "comm="));
	give(&vm->exe, value_at(line, "exe="));
	give(&vm->cgroup, value_at(line, "cgroup="));
	give(&vm->label, value_at(line, "label="));
}

static int next_vm(int fd, struct kvmwarden_vm *vm)
{
	__u64 nth = vm->id;
	char *line = line_of_vm(fd, &nth);
	char copy[TEXT_MAX];

	if (!line)
		return -ENOENT;
	line = strcpy(copy, line);
	vm->id++;
	snprintf(vm->class_name, sizeof(vm->class_name), "%s",
		 word_at(line, 1));
	vm->mode = mode_of(word_at(line, 2));
	vm->deny = has_word(line, "deny") * KVMWARDEN_DENY_NESTED;
	vm->own = has_word(line, "own") * KVMWARDEN_DENY_NESTED;
	vm->revoke = has_word(line, "kill") * KVMWARDEN_REVOKE_KILL;
	vm->flags = has_word(line, "adopted") * KVMWARDEN_VM_ADOPTED |
		    has_word(line, "moved") * KVMWARDEN_VM_CLASS_SET;
	class_limits(fd, vm);
	vm->own_limits = limits_at(line, "own-", &vm->limit);
	limits_at(line, "used-", &vm->used);
	denials_at(line, &vm->denials);
	tell_creator(line, vm);
	vm->pid += nth;
	return 0;
}

static int cgroup(int fd, struct kvmwarden_cgroup *c)
{
	char *line = line_of(fd, "cgroup", c->index);

	if (!line)
		return -ENOENT;
	give(&c->pattern, word_at(line, 1));
	c->limit = amounts_at(line, "", KVMWARDEN_UNLIMITED);
	c->limit.vms = number_at(line, 2);
	c->generation = number_at(line_of(fd, "status", 0), 2);
	return 0;
}

static int next_account(int fd, struct kvmwarden_account *a)
{
	char *line = line_of(fd, "account", a->id);

	if (!line)
		return -ENOENT;
	a->id++;
	if (!strchr(word_at(line, 5), '='))
		snprintf(a->class_name, sizeof(a->class_name), "%s",
			 word_at(line, 5));
	a->level = KVMWARDEN_LEVEL_CGROUP;
	if (strcmp(word_at(line, 1), "user"))
		give(&a->cgroup, word_at(line, 2));
	else
		a->level = a->class_name[0] ? KVMWARDEN_LEVEL_USER :
					      KVMWARDEN_LEVEL_HOST_USER;
	a->uid = number_at(line, 2);
	a->used = amounts_at(line, "used-", 0);
	a->used.vms = number_at(line, 3);
	a->limit = amounts_at(line, "limit-", KVMWARDEN_UNLIMITED);
	a->limit.vms = number_at(line, 4);
	a->generation = number_at(line_of(fd, "status", 0), 2);
	return 0;
}

static int vm_set(int fd, struct kvmwarden_vm_set *set)
{
	char *line = line_of(fd, "set", 0);
	int i;

	note("set %llu change %llx own %llx deny %llx limits %llx own %llx flags %x class %s:",
	     set->id, set->change, set->own, set->deny, set->limits,
	     set->own_limits, set->flags, set->class_name);
	for (i = 0; i < KVMWARDEN_LIMITS_MAX; i++)
		note(" %llu", set->limit.of[i]);
	note("\n");
	if (!line)
		return 0;
	set->bad_field = number_at(line, 3);
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

static int take_class(int fd, struct kvmwarden_class *c)
{
	static unsigned int added;
	char *line = line_of(fd, "refuse", 0);

	note("add %s mode %u vcpus %llu memory %llu deny %llx\n", c->name,
	     c->mode, c->vm.of[KVMWARDEN_LIMIT_VCPUS],
	     c->vm.of[KVMWARDEN_LIMIT_MEMORY], c->deny);

	if (!line || ++added != 2)
		return 0;
	c->bad_field = number_at(line, 1);
	return -EINVAL;
}

static int add_cgroup(struct kvmwarden_cgroup *c)
{
	note("add-cgroup %s vms %llu\n",
	     (const char *)(uintptr_t)c->pattern.address, c->limit.vms);
	return 0;
}

static void tell_changes(int fd, struct kvmwarden_commit *c)
{
	struct kvmwarden_change *to =
		(struct kvmwarden_change *)(uintptr_t)c->changes;
	__u32 i, room = c->nr_changes;

	c->nr_changes = count_of(fd, "change");
	for (i = 0; i < c->nr_changes && i < room; i++) {
		char *line = line_of(fd, "change", i);

		to[i].vm = number_at(line, 1);
		to[i].flags = number_at(line, 2);
		to[i].reason = number_at(line, 3);
		to[i].used = number_at(line, 4);
		to[i].limit = number_at(line, 5);
		strcpy(to[i].class_name, word_at(line, 6));
		c->over += to[i].flags & KVMWARDEN_CHANGE_OVER ? 1 : 0;
	}
}

static int take_commit(int fd, struct kvmwarden_commit *c)
{
	static long commits;
	char *line = line_of(fd, "commit", 0);

	note("commit flags %x generation %llu confirm %u\n", c->flags,
	     c->generation, c->confirm);
	if (line && commits++ < number_at(line, 2))
		return -number_at(line, 1);
	line = line_of(fd, "digest", 0);
	memset(c->digest, line ? number_at(line, 1) : 0, sizeof(c->digest));
	tell_changes(fd, c);
	if (c->flags & KVMWARDEN_COMMIT_CHECK)
		return 0;
	c->generation++;
	done.commits++;
	done.confirm = c->confirm;
	return 0;
}

static int take_confirm(int fd, struct kvmwarden_confirm *c)
{
	char *line = line_of(fd, "confirm", 0);

	note("confirm flags %x generation %llu\n", c->flags, c->generation);
	if (line)
		return -number_at(line, 1);
	done.confirm = 0;
	done.commits += c->flags & KVMWARDEN_CONFIRM_ROLLBACK ? 1 : 0;
	return 0;
}

static int take_lock(int fd)
{
	char *line = line_of(fd, "lock", 0);

	note("lock\n");
	return line ? -number_at(line, 1) : 0;
}

static int stored(int fd, unsigned long request, void *arg)
{
	char *store = line_of(fd, "store", 0);
	struct kvmwarden_status *st = arg;
	int ret = -ENOTTY;

	if (store)
		ret = store_answer(word_at(store, 1), request, arg);
	if (!ret && request == KVMWARDEN_STATUS)
		denials_at(line_of(fd, "status", 0), &st->denials);
	return ret;
}

static int answer(int fd, unsigned long request, void *arg)
{
	char *error = line_of(fd, "error", 0);
	int ret;

	if (error)
		return -number_at(error, 1);
	ret = stored(fd, request, arg);
	if (ret != -ENOTTY)
		return ret;
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
		return take_class(fd, arg);
	case KVMWARDEN_RULESET_ADD_CGROUP:
		return add_cgroup(arg);
	case KVMWARDEN_RULESET_COMMIT:
		return take_commit(fd, arg);
	case KVMWARDEN_CGROUP_GET:
		return cgroup(fd, arg);
	case KVMWARDEN_ACCOUNT_NEXT:
		return next_account(fd, arg);
	case KVMWARDEN_CONFIRM:
		return take_confirm(fd, arg);
	case KVMWARDEN_LOCK:
		return take_lock(fd);
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

/* What stands in the place of @path; NULL: nothing does */
static const char *stand_in(char other[TEXT_MAX], const char *path)
{
	static const char *const places[][2] = {
		{ "FAKE_ETC", "/etc/kvmwarden" },
		{ "FAKE_KVM", "/sys/kernel/debug/kvm" },
		{ "FAKE_PROC", "/proc" },
		{ NULL }
	};
	size_t i;

	for (i = 0; places[i][0]; i++) {
		const char *dir = getenv(places[i][0]);
		size_t len = strlen(places[i][1]);

		if (!dir || strncmp(path, places[i][1], len))
			continue;
		snprintf(other, TEXT_MAX, "%s%s", dir, path + len);
		return other;
	}
	return NULL;
}

int __wrap_open(const char *path, int flags, ...)
{
	const char *fake = getenv("FAKE_MODULE");
	char other[TEXT_MAX];
	const char *instead;
	int fd;

	if (fake && !strcmp(path, KVMWARDEN_DEVICE)) {
		fd = __real_open(fake, flags);
		events_opened(fd);
		return fd;
	}
	instead = stand_in(other, path);
	return __real_open(instead ? instead : path, flags);
}
