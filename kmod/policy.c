// SPDX-License-Identifier: GPL-2.0
/*
 * Rulesets: classes, in order, and which of them takes a VM.
 *
 * Nothing here trusts what the control tool has checked.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uidgid.h>

#include "policy.h"

#define DEFAULT_CLASS	"default"
#define MATCH_FLAGS	(KVMWARDEN_CLASS_MATCH_UID | KVMWARDEN_CLASS_MATCH_CGROUP)

/**
 * kw_mode_valid() - is this one of &enum kvmwarden_mode?
 * @mode: the value to check
 *
 * Return: true if so.
 */
bool kw_mode_valid(u32 mode)
{
	return mode <= KVMWARDEN_MODE_ENFORCE;
}

/**
 * kw_ruleset_new() - begin a ruleset
 * @version: as its author numbers it
 * @mode: a valid mode
 *
 * Context: may sleep.
 * Return: a ruleset without classes and without host limits, or NULL.
 */
struct kw_ruleset *kw_ruleset_new(u64 version, u32 mode)
{
	struct kw_ruleset *ruleset;
	enum kw_resource what;

	ruleset = kzalloc(sizeof(*ruleset), GFP_KERNEL_ACCOUNT);
	if (!ruleset)
		return NULL;
	ruleset->version = version;
	ruleset->mode = mode;
	INIT_LIST_HEAD(&ruleset->classes);
	for (what = 0; what < KW_NR_RESOURCES; what++)
		ruleset->host_limit[what] = KW_UNLIMITED;
	return ruleset;
}

static void class_free(struct kw_class *class)
{
	kfree(class->cgroup);
	kfree(class);
}

/**
 * kw_ruleset_free() - free a ruleset that nobody uses any more
 * @ruleset: the ruleset, or NULL
 */
void kw_ruleset_free(struct kw_ruleset *ruleset)
{
	struct kw_class *class, *next;

	if (!ruleset)
		return;
	list_for_each_entry_safe(class, next, &ruleset->classes, list)
		class_free(class);
	kfree(ruleset);
}

static struct kw_class *find_class(const struct kw_ruleset *ruleset,
				   const char *name)
{
	struct kw_class *class;

	list_for_each_entry(class, &ruleset->classes, list)
		if (!strcmp(class->name, name))
			return class;
	return NULL;
}

/* It can only be the last. */
static bool has_default(const struct kw_ruleset *ruleset)
{
	return !list_empty(&ruleset->classes) &&
	       !strcmp(list_last_entry(&ruleset->classes, struct kw_class,
				       list)->name, DEFAULT_CLASS);
}

static bool name_valid(const char *name)
{
	size_t i, len = strnlen(name, KVMWARDEN_NAME_LEN);

	if (!len || len == KVMWARDEN_NAME_LEN)
		return false;
	for (i = 0; i < len; i++)
		if (!isascii(name[i]) ||
		    !(isalnum(name[i]) || strchr("._-", name[i])))
			return false;
	return true;
}

/* The first field that is not acceptable, else KVMWARDEN_FIELD_NONE. */
static u32 bad_field_of(const struct kvmwarden_class *from, const char *cgroup)
{
	bool by_uid = from->flags & KVMWARDEN_CLASS_MATCH_UID;
	bool by_cgroup = from->flags & KVMWARDEN_CLASS_MATCH_CGROUP;

	if (!name_valid(from->name))
		return KVMWARDEN_FIELD_NAME;
	if (!kw_mode_valid(from->mode))
		return KVMWARDEN_FIELD_MODE;
	if (from->flags & ~MATCH_FLAGS)
		return KVMWARDEN_FIELD_FLAGS;
	/* a class without criteria is the default one, and the other way round */
	if (!from->flags != !strcmp(from->name, DEFAULT_CLASS))
		return KVMWARDEN_FIELD_FLAGS;
	if (by_uid ? from->uid == (u32)-1 : from->uid)
		return KVMWARDEN_FIELD_UID;
	if (by_cgroup != !!cgroup || (cgroup && cgroup[0] != '/'))
		return KVMWARDEN_FIELD_CGROUP;
	if (from->vm.vms != KVMWARDEN_UNLIMITED)
		return KVMWARDEN_FIELD_VM_VMS;
	if (from->deny & ~KW_DENY_ALL)
		return KVMWARDEN_FIELD_DENY;
	if (from->revoke > KVMWARDEN_REVOKE_KILL)
		return KVMWARDEN_FIELD_REVOKE;
	return KVMWARDEN_FIELD_NONE;
}

static struct kw_class *class_new(const struct kvmwarden_class *from,
				  const char *cgroup)
{
	struct kw_class *class = kzalloc(sizeof(*class), GFP_KERNEL_ACCOUNT);

	if (!class)
		return NULL;
	if (cgroup) {
		class->cgroup = kstrdup(cgroup, GFP_KERNEL_ACCOUNT);
		if (!class->cgroup) {
			kfree(class);
			return NULL;
		}
	}
	strscpy(class->name, from->name, sizeof(class->name));
	class->mode = from->mode;
	class->flags = from->flags;
	class->uid = from->uid;
	class->vm_limit[KW_VMS] = from->vm.vms;
	class->vm_limit[KW_VCPUS] = from->vm.vcpus;
	class->vm_limit[KW_MEMORY] = from->vm.memory;
	class->deny = from->deny;
	class->revoke = from->revoke;
	kw_account_init(&class->account, NULL);
	kw_account_set_limit(&class->account, KW_VMS, from->total.vms);
	kw_account_set_limit(&class->account, KW_VCPUS, from->total.vcpus);
	kw_account_set_limit(&class->account, KW_MEMORY, from->total.memory);
	return class;
}

/**
 * kw_ruleset_add() - add a class at the end of a ruleset
 * @ruleset: a ruleset that is not in force
 * @from: the class; its cgroup pointer is not followed
 * @cgroup: its cgroup pattern, or NULL
 * @bad_field: set with -EINVAL to the &enum kvmwarden_field that is wrong
 *
 * Context: may sleep.
 * Return: 0, -EINVAL, -ENOSPC with KVMWARDEN_CLASSES_MAX classes, or -ENOMEM.
 */
int kw_ruleset_add(struct kw_ruleset *ruleset, const struct kvmwarden_class *from,
		   const char *cgroup, u32 *bad_field)
{
	struct kw_class *class;

	*bad_field = bad_field_of(from, cgroup);
	if (*bad_field != KVMWARDEN_FIELD_NONE)
		return -EINVAL;
	if (has_default(ruleset) || find_class(ruleset, from->name)) {
		*bad_field = KVMWARDEN_FIELD_NAME;
		return -EINVAL;
	}
	if (ruleset->nr_classes >= KVMWARDEN_CLASSES_MAX)
		return -ENOSPC;

	class = class_new(from, cgroup);
	if (!class)
		return -ENOMEM;
	list_add_tail(&class->list, &ruleset->classes);
	ruleset->nr_classes++;
	return 0;
}

static int add_default(struct kw_ruleset *ruleset)
{
	struct kvmwarden_class from = {
		.name = DEFAULT_CLASS,
		.mode = ruleset->mode,
		.vm.vms = KVMWARDEN_UNLIMITED,
		.vm.vcpus = KVMWARDEN_UNLIMITED,
		.vm.memory = KVMWARDEN_UNLIMITED,
		.total.vms = KVMWARDEN_UNLIMITED,
		.total.vcpus = KVMWARDEN_UNLIMITED,
		.total.memory = KVMWARDEN_UNLIMITED,
	};
	u32 bad_field;

	return kw_ruleset_add(ruleset, &from, NULL, &bad_field);
}

/**
 * kw_ruleset_seal() - make a ruleset ready to be put in force
 * @ruleset: the ruleset
 * @host: the account that its classes are to be charged to
 *
 * Context: may sleep.
 * Return: 0, or -ENOSPC or -ENOMEM if the class ``default`` is missing and
 * cannot be added.
 */
int kw_ruleset_seal(struct kw_ruleset *ruleset, struct kw_account *host)
{
	struct kw_class *class;
	int err;

	if (!has_default(ruleset)) {
		err = add_default(ruleset);
		if (err)
			return err;
		ruleset->default_added = true;
	}
	list_for_each_entry(class, &ruleset->classes, list)
		class->account.parent = host;
	return 0;
}

/**
 * kw_ruleset_unseal() - undo kw_ruleset_seal(): let classes be added again
 * @ruleset: the ruleset; must not have been in force
 */
void kw_ruleset_unseal(struct kw_ruleset *ruleset)
{
	struct kw_class *class;

	if (!ruleset->default_added)
		return;
	class = list_last_entry(&ruleset->classes, struct kw_class, list);
	list_del(&class->list);
	class_free(class);
	ruleset->nr_classes--;
	ruleset->default_added = false;
}

static bool is_user(const struct kw_identity *who, u32 uid)
{
	u32 i;

	for (i = 0; i < who->nr_owners; i++)
		if (who->owners[i] == uid)
			return true;
	return who->uid == uid;
}

static bool class_takes(const struct kw_class *class,
			const struct kw_identity *who)
{
	if ((class->flags & KVMWARDEN_CLASS_MATCH_UID) &&
	    !is_user(who, class->uid))
		return false;
	if ((class->flags & KVMWARDEN_CLASS_MATCH_CGROUP) &&
	    !kw_glob_match(class->cgroup, who->cgroup))
		return false;
	return true;
}

/**
 * kw_ruleset_match() - the class that takes a VM
 * @ruleset: a sealed ruleset
 * @who: the VM's creator
 *
 * Context: any.
 * Return: the first class whose criteria all hold; there always is one.
 */
struct kw_class *kw_ruleset_match(const struct kw_ruleset *ruleset,
				  const struct kw_identity *who)
{
	struct kw_class *class;

	list_for_each_entry(class, &ruleset->classes, list)
		if (class_takes(class, who))
			return class;
	/* not reached: the last class is ``default``, which takes all */
	return list_last_entry(&ruleset->classes, struct kw_class, list);
}

/**
 * kw_ruleset_class() - the class at a position
 * @ruleset: the ruleset
 * @index: from 0
 *
 * Return: the class, or NULL beyond the last.
 */
struct kw_class *kw_ruleset_class(const struct kw_ruleset *ruleset, u32 index)
{
	struct kw_class *class;

	list_for_each_entry(class, &ruleset->classes, list)
		if (!index--)
			return class;
	return NULL;
}

static u64 limited(const u64 limit[KW_NR_RESOURCES])
{
	u64 features = 0;

	if (limit[KW_VMS] != KW_UNLIMITED)
		features |= KVMWARDEN_FEATURE_VMS;
	if (limit[KW_VCPUS] != KW_UNLIMITED)
		features |= KVMWARDEN_FEATURE_VCPUS;
	if (limit[KW_MEMORY] != KW_UNLIMITED)
		features |= KVMWARDEN_FEATURE_MEMORY;
	return features;
}

/**
 * kw_deny_needs() - what it takes to deny something
 * @deny: KVMWARDEN_DENY_*
 *
 * Return: KVMWARDEN_FEATURE_*.
 */
u64 kw_deny_needs(u64 deny)
{
	return deny & KVMWARDEN_DENY_NESTED ? KVMWARDEN_FEATURE_NESTED : 0;
}

/**
 * kw_ruleset_enforces() - what a ruleset relies on being refused
 * @ruleset: a sealed ruleset
 *
 * Return: KVMWARDEN_FEATURE_* that a class in enforce mode has limits on, or
 * that the host has while any class is in enforce mode.
 */
u64 kw_ruleset_enforces(const struct kw_ruleset *ruleset)
{
	const struct kw_class *class;
	u64 features = 0;

	list_for_each_entry(class, &ruleset->classes, list) {
		if (class->mode != KVMWARDEN_MODE_ENFORCE)
			continue;
		features |= limited(class->vm_limit);
		features |= limited(class->account.limit);
		features |= kw_deny_needs(class->deny);
		features |= limited(ruleset->host_limit);
	}
	return features;
}

/**
 * kw_glob_match() - does a cgroup path match a pattern?
 * @pattern: ``?`` is any character but a slash, ``*`` any number of these,
 *	``**`` any number of any characters
 * @path: the path
 *
 * A star first takes nothing and, when what follows it does not match, one
 * more character. Of several, only the last one need be tried again, for it can
 * take all that an earlier one of its kind could leave to it; after the last
 * ``*`` has come to a slash, it is the last ``**`` that takes more. Then all
 * tries are in vain in which the first ``*`` behind it begins within the same
 * part of the path, for it could have taken what lies between: go on behind the
 * next slash. So the time is at worst the product of the two lengths.
 *
 * Context: any; no recursion.
 * Return: true if all of @path matches all of @pattern.
 */
bool kw_glob_match(const char *pattern, const char *path)
{
	const char *star = NULL, *star_path = NULL;
	const char *deep = NULL, *deep_path = NULL;
	const char *first = NULL, *slash;

	for (;;) {
		if (pattern[0] == '*' && pattern[1] == '*') {
			while (*pattern == '*')
				pattern++;
			deep = pattern;
			deep_path = path;
			star = NULL;
			continue;
		}
		if (*pattern == '*') {
			if (!star)
				first = path;
			star = ++pattern;
			star_path = path;
			continue;
		}
		if (!*path && !*pattern)
			return true;
		if (*path && (*pattern == *path ||
			      (*pattern == '?' && *path != '/'))) {
			pattern++;
			path++;
			continue;
		}
		if (star && *star_path && *star_path != '/') {
			path = ++star_path;
			pattern = star;
			continue;
		}
		if (!deep || !*deep_path)
			return false;
		if (star) {
			slash = strchr(first, '/');
			if (!slash)
				return false;
			deep_path = slash - (first - deep_path);
			star = NULL;
		}
		path = ++deep_path;
		pattern = deep;
	}
}
