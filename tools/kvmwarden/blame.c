// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which limit a VM has met.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blame.h"
#include "device.h"
#include "json.h"
#include "limit.h"
#include "names.h"
#include "tool.h"

/* Where a reason's limit is set */
struct origin {
	enum kvmwarden_level level;
	enum policy_key key;
	size_t amount;			/* into &struct kvmwarden_amounts */
};

#define AMOUNT(name)	offsetof(struct kvmwarden_amounts, name)

#define LEVEL(_level, _key)						\
	[KVMWARDEN_REASON_##_level##_VMS] =				\
		{ KVMWARDEN_LEVEL_##_level, _key##VMS, AMOUNT(vms) },	\
	[KVMWARDEN_REASON_##_level##_VCPUS] =				\
		{ KVMWARDEN_LEVEL_##_level, _key##VCPUS, AMOUNT(vcpus) }, \
	[KVMWARDEN_REASON_##_level##_MEMORY] =				\
		{ KVMWARDEN_LEVEL_##_level, _key##MEMORY, AMOUNT(memory) }

static const struct origin origins[KVMWARDEN_NR_REASONS] = {
	LEVEL(USER, KEY_USER_),
	LEVEL(HOST_USER, KEY_USER_),
	LEVEL(CGROUP, KEY_),
	LEVEL(CLASS, KEY_TOTAL_),
	LEVEL(HOST, KEY_),
};

static __u64 amount_of(const struct kvmwarden_amounts *amounts,
		       const struct origin *origin)
{
	return *(const __u64 *)((const char *)amounts + origin->amount);
}

/* --- sections ------------------------------------------------------------- */

static const struct policy_section *find_class(const struct policy *policy,
					       const char *name)
{
	size_t i;

	for (i = 0; i < policy->count; i++) {
		if (!strcmp(policy->classes[i].name, name))
			return &policy->classes[i];
	}
	return NULL;
}

static const struct policy_section *find_cgroup(const struct policy *policy,
						const char *pattern)
{
	size_t i;

	for (i = 0; i < policy->nr_cgroups; i++) {
		if (!strcmp(policy->cgroups[i].pattern, pattern))
			return &policy->cgroups[i];
	}
	return NULL;
}

/* The same section in the files; NULL if they have none */
static const struct policy_section *
in_files(const struct blame *blame, const struct policy_section *section)
{
	if (blame->wrong.count)
		return NULL;
	if (section->place == IN_CLASS)
		return find_class(&blame->file, section->name);
	if (section->place == IN_CGROUP)
		return find_cgroup(&blame->file, section->pattern);
	return &blame->file.host;
}

static struct policy_line line_of(const struct blame *blame,
				  const struct policy_section *section,
				  enum policy_key key)
{
	const struct policy_section *written = in_files(blame, section);
	struct policy_line at = { .line = 0 };
	char *here, *there;

	if (!written)
		return at;
	here = policy_value(&blame->in_force, section, key);
	there = policy_value(&blame->file, written, key);
	if (here && there && !strcmp(here, there))
		at = written->key[key];
	free(here);
	free(there);
	return at;
}

static void take_section(const struct blame *blame,
			 const struct policy_section *section,
			 enum policy_key key, struct limit_met *met)
{
	met->section = policy_title(section);
	met->key = policy_key_name(key);
	met->value = policy_value(&blame->in_force, section, key);
	met->at = line_of(blame, section, key);
}

/* --- levels --------------------------------------------------------------- */

/* limits[] and the keys of a class go in step */
_Static_assert(KEY_GUEST_MEMFD - KEY_VCPUS == KVMWARDEN_LIMIT_GUEST_MEMFD,
	       "each limit has its key");

static bool blame_vm(const struct blame *blame, const struct record *rec,
		     enum kvmwarden_limit limit, struct limit_met *met)
{
	const struct kvmwarden_vm *vm = &rec->vm;
	const struct policy_section *section;
	char buf[AMOUNT_LEN];

	section = find_class(&blame->in_force, vm->class_name);
	if (section && !(vm->own_limits & 1ULL << limit))
		take_section(blame, section, KEY_VCPUS + limit, met);
	met->key = limits[limit].key;
	if (!met->value)
		met->value = copy_of(limit_exact(buf, limit,
						 vm->limit.of[limit]));
	met->whose = copy_of("this VM");
	met->used = vm->used.of[limit];
	met->limit = vm->limit.of[limit];
	return met->limit != KVMWARDEN_UNLIMITED;
}

static bool blame_class(const struct blame *blame, const struct record *rec,
			const struct origin *origin, struct limit_met *met)
{
	const struct policy_section *section;
	struct kvmwarden_class class;

	section = find_class(&blame->in_force, rec->vm.class_name);
	if (!section)
		return false;
	take_section(blame, section, origin->key, met);
	met->limit = amount_of(&section->total, origin);
	if (device_class(blame->fd, section - blame->in_force.classes, &class,
			 NULL))
		return met->value;
	met->used = amount_of(&class.used, origin);
	met->whose = text_of("class %s", section->name);
	return met->value;
}

static bool blame_host(const struct blame *blame, const struct origin *origin,
		       struct limit_met *met)
{
	take_section(blame, &blame->in_force.host, origin->key, met);
	met->limit = amount_of(&blame->status.limit, origin);
	met->used = amount_of(&blame->status.used, origin);
	met->whose = copy_of("the host");
	return met->value;
}

/* --- accounts ------------------------------------------------------------- */

static bool is_above(const char *above, const char *path)
{
	size_t len = strlen(above);

	return !strcmp(above, "/") ||
	       (!strncmp(above, path, len) && (!path[len] || path[len] == '/'));
}

static bool is_account_of(const struct kvmwarden_account *account,
			  const char *cgroup, const struct record *rec,
			  enum kvmwarden_level level)
{
	if (account->level != level)
		return false;
	if (level == KVMWARDEN_LEVEL_CGROUP)
		return is_above(cgroup, rec->texts.cgroup);
	return account->uid == rec->vm.uid &&
	       (level == KVMWARDEN_LEVEL_HOST_USER ||
		!strcmp(account->class_name, rec->vm.class_name));
}

static __u64 room_in(__u64 used, __u64 limit)
{
	return used < limit ? limit - used : 0;
}

/* Of several accounts that the VM is charged to, the fullest was it */
static void take_account(const struct kvmwarden_account *account,
			 const char *cgroup, const struct origin *origin,
			 struct limit_met *met)
{
	__u64 limit = amount_of(&account->limit, origin);
	__u64 used = amount_of(&account->used, origin);
	char user[NAME_LEN];

	if (limit == KVMWARDEN_UNLIMITED)
		return;
	if (met->whose &&
	    room_in(used, limit) >= room_in(met->used, met->limit))
		return;
	free(met->whose);
	met->limit = limit;
	met->used = used;
	met->whose = origin->level == KVMWARDEN_LEVEL_CGROUP ?
		     text_of("cgroup %s", cgroup) :
		     text_of("user %s", user_name(user, account->uid));
}

static void find_account(const struct blame *blame, const struct record *rec,
			 const struct origin *origin, struct limit_met *met)
{
	struct kvmwarden_account account = { .id = 0 };
	char cgroup[KVMWARDEN_CGROUP_LEN];

	while (!device_account_next(blame->fd, account.id, &account, cgroup)) {
		if (is_account_of(&account, cgroup, rec, origin->level))
			take_account(&account, cgroup, origin, met);
	}
}

static bool blame_user(const struct blame *blame, const struct record *rec,
		       const struct origin *origin, struct limit_met *met)
{
	const struct policy_section *section = &blame->in_force.host;

	if (origin->level == KVMWARDEN_LEVEL_USER)
		section = find_class(&blame->in_force, rec->vm.class_name);
	if (!section)
		return false;
	take_section(blame, section, origin->key, met);
	met->limit = amount_of(&section->user, origin);
	find_account(blame, rec, origin, met);
	return met->value;
}

/* The kernel does not say by which pattern: the limit does, if it is unique */
static const struct policy_section *cgroup_with(const struct blame *blame,
						const struct origin *origin,
						__u64 limit)
{
	const struct policy_section *found = NULL;
	size_t i;

	for (i = 0; i < blame->in_force.nr_cgroups; i++) {
		const struct policy_section *sec = &blame->in_force.cgroups[i];

		if (amount_of(&sec->total, origin) != limit)
			continue;
		if (found)
			return NULL;
		found = sec;
	}
	return found;
}

static bool blame_cgroup(const struct blame *blame, const struct record *rec,
			 const struct origin *origin, struct limit_met *met)
{
	const struct policy_section *section;

	find_account(blame, rec, origin, met);
	if (!met->whose)
		return false;
	section = cgroup_with(blame, origin, met->limit);
	if (section)
		take_section(blame, section, origin->key, met);
	return section;
}

/* --- all of it ------------------------------------------------------------ */

static enum kvmwarden_limit vm_limit(unsigned int reason)
{
	if (reason <= KVMWARDEN_REASON_VM_MEMORY)
		return KVMWARDEN_LIMIT_VCPUS + reason;
	if (reason >= KVMWARDEN_REASON_VM_MEMSLOTS &&
	    reason <= KVMWARDEN_REASON_VM_GUEST_MEMFD)
		return KVMWARDEN_LIMIT_MEMSLOTS + reason -
		       KVMWARDEN_REASON_VM_MEMSLOTS;
	return KVMWARDEN_NR_LIMITS;
}

bool blame_limit(const struct blame *blame, const struct record *rec,
		 unsigned int reason, struct limit_met *met)
{
	enum kvmwarden_limit limit = vm_limit(reason);
	const struct origin *origin;

	*met = (struct limit_met) { .section = NULL };
	if (limit != KVMWARDEN_NR_LIMITS)
		return blame_vm(blame, rec, limit, met);
	if (reason >= ARRAY_SIZE(origins))
		return false;
	origin = &origins[reason];
	switch (origin->level) {
	case KVMWARDEN_LEVEL_USER:
	case KVMWARDEN_LEVEL_HOST_USER:
		return blame_user(blame, rec, origin, met);
	case KVMWARDEN_LEVEL_CGROUP:
		return blame_cgroup(blame, rec, origin, met);
	case KVMWARDEN_LEVEL_CLASS:
		return blame_class(blame, rec, origin, met);
	case KVMWARDEN_LEVEL_HOST:
		return blame_host(blame, origin, met);
	default:
		return false;
	}
}

void limit_met_free(struct limit_met *met)
{
	free(met->section);
	free(met->value);
	free(met->whose);
}

static const char *amount(char buf[AMOUNT_LEN], unsigned int reason,
			  __u64 value)
{
	return reason_name(reason).bytes ? amount_human(buf, value) :
					   amount_count(buf, value);
}

void limit_met_print(const struct limit_met *met, unsigned int reason)
{
	char used[AMOUNT_LEN], limit[AMOUNT_LEN];

	if (met->whose)
		printf("%-10s   %s of %s in use by %s\n", "",
		       amount(used, reason, met->used),
		       amount(limit, reason, met->limit),
		       printable(met->whose));
	printf("%-10s   %s = %s, ", "", met->key, met->value);
	if (met->section)
		printf("in [%s]", printable(met->section));
	else
		printf("set for this VM");
	if (met->at.line)
		printf(", %s:%u", met->at.file, met->at.line);
	putchar('\n');
}

struct json_object *limit_met_json(const struct limit_met *met,
				   unsigned int reason)
{
	struct json_object *o = json_map();

	json_text(o, "reason", reason_name(reason).name);
	json_text(o, "key", met->key);
	json_text_or_null(o, "section", met->section ? met->section : "");
	json_text_or_null(o, "whose", met->whose ? met->whose : "");
	json_number(o, "used", met->used);
	json_limit(o, "limit", met->limit);
	json_place(o, &met->at);
	return o;
}

int blame_read(struct blame *blame, int fd)
{
	int ret;

	*blame = (struct blame) { .fd = fd };
	ret = policy_load(&blame->in_force, fd, &blame->status);
	if (ret)
		return ret;
	/* what is wrong with the files is not what was asked for */
	policy_read(&blame->file, NULL, &blame->wrong);
	return EXIT_DONE;
}

void blame_free(struct blame *blame)
{
	complaints_free(&blame->wrong);
	policy_free(&blame->file);
	policy_free(&blame->in_force);
}
