// SPDX-License-Identifier: GPL-2.0
/*
 * Rulesets: classes, in order, and which of them takes a VM.
 *
 * Nothing here trusts what the control tool has checked.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>

#include "glob.h"
#include "policy.h"

#define DEFAULT_CLASS	"default"
#define NAME_BITS	10

#define MATCH_FLAGS	(KVMWARDEN_CLASS_MATCH_UID | KVMWARDEN_CLASS_MATCH_GID | \
			 KVMWARDEN_CLASS_MATCH_CGROUP |			\
			 KVMWARDEN_CLASS_MATCH_EXE |			\
			 KVMWARDEN_CLASS_MATCH_LABEL)

/* As many keys as there are criteria, or the one of an entry without any */
#define KEYS_MAX	5

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
 * kw_limits_default() - what a VM may have if its class says nothing of it
 * @limit: set, by &enum kvmwarden_limit
 */
void kw_limits_default(u64 limit[KVMWARDEN_NR_LIMITS])
{
	limit[KVMWARDEN_LIMIT_VCPUS] = KVMWARDEN_UNLIMITED;
	limit[KVMWARDEN_LIMIT_MEMORY] = KVMWARDEN_UNLIMITED;
	limit[KVMWARDEN_LIMIT_MEMSLOTS] = KVMWARDEN_DEFAULT_MEMSLOTS;
	limit[KVMWARDEN_LIMIT_IOEVENTFDS] = KVMWARDEN_DEFAULT_IOEVENTFDS;
	limit[KVMWARDEN_LIMIT_COALESCED] = KVMWARDEN_DEFAULT_COALESCED;
	limit[KVMWARDEN_LIMIT_IRQFDS] = KVMWARDEN_DEFAULT_IRQFDS;
	limit[KVMWARDEN_LIMIT_HV_EVENTS] = KVMWARDEN_DEFAULT_HV_EVENTS;
	limit[KVMWARDEN_LIMIT_IRQ_ROUTES] = KVMWARDEN_DEFAULT_IRQ_ROUTES;
	limit[KVMWARDEN_LIMIT_GUEST_MEMFD] = KVMWARDEN_DEFAULT_GUEST_MEMFD;
}

static void take_amounts(u64 to[KW_NR_RESOURCES],
			 const struct kvmwarden_amounts *from)
{
	to[KW_VMS] = from->vms;
	to[KW_VCPUS] = from->vcpus;
	to[KW_MEMORY] = from->memory;
}

static bool any_limit(const u64 limit[KW_NR_RESOURCES])
{
	enum kw_resource what;

	for (what = 0; what < KW_NR_RESOURCES; what++)
		if (limit[what] != KW_UNLIMITED)
			return true;
	return false;
}

/**
 * kw_ruleset_new() - begin a ruleset
 * @from: its outset; its mode must be valid
 *
 * Context: may sleep.
 * Return: a ruleset without classes, or NULL.
 */
struct kw_ruleset *kw_ruleset_new(const struct kvmwarden_ruleset *from)
{
	struct kw_ruleset *ruleset;

	ruleset = kvzalloc(sizeof(*ruleset), GFP_KERNEL_ACCOUNT);
	if (!ruleset)
		return NULL;
	ruleset->by_name = kvcalloc(1 << NAME_BITS, sizeof(*ruleset->by_name),
				    GFP_KERNEL_ACCOUNT);
	if (!ruleset->by_name) {
		kvfree(ruleset);
		return NULL;
	}
	ruleset->version = from->version;
	ruleset->mode = from->mode;
	take_amounts(ruleset->host_limit, &from->host);
	take_amounts(ruleset->user_limit, &from->user);
	ruleset->user_limited = any_limit(ruleset->user_limit);
	kw_account_init(&ruleset->account, KVMWARDEN_LEVEL_HOST);
	kw_account_set_limits(&ruleset->account, ruleset->host_limit);
	kw_pools_init(&ruleset->pools);
	return ruleset;
}

static void class_free(struct kw_class *class)
{
	kfree(class->cgroup);
	kfree(class->label);
	kfree(class->exe_path);
	kfree(class);
}

static void cgroup_free(struct kw_cgroup *cgroup)
{
	kfree(cgroup->pattern);
	kfree(cgroup);
}

/**
 * kw_ruleset_free() - free a ruleset that nobody uses any more
 * @ruleset: the ruleset, or NULL
 *
 * Context: may sleep.
 */
void kw_ruleset_free(struct kw_ruleset *ruleset)
{
	u32 i;

	if (!ruleset)
		return;
	kw_pools_free(&ruleset->pools);
	kw_index_free(&ruleset->index);
	kw_index_free(&ruleset->cgroup_index);
	for (i = 0; i < ruleset->nr_classes; i++)
		class_free(ruleset->classes[i]);
	for (i = 0; i < ruleset->nr_cgroups; i++)
		cgroup_free(ruleset->cgroups[i]);
	kvfree(ruleset->classes);
	kvfree(ruleset->cgroups);
	kvfree(ruleset->by_name);
	kvfree(ruleset);
}

static struct hlist_head *name_chain(const struct kw_ruleset *ruleset,
				     const char *name)
{
	u32 hash = full_name_hash(NULL, name, strlen(name));

	return &ruleset->by_name[hash & ((1 << NAME_BITS) - 1)];
}

/**
 * kw_ruleset_find() - the class of a name
 * @ruleset: the ruleset
 * @name: its name
 *
 * Context: any.
 * Return: the class or NULL.
 */
struct kw_class *kw_ruleset_find(const struct kw_ruleset *ruleset,
				 const char *name)
{
	struct kw_class *class;

	hlist_for_each_entry(class, name_chain(ruleset, name), by_name)
		if (!strcmp(class->name, name))
			return class;
	return NULL;
}

/* It can only be the last. */
static bool has_default(const struct kw_ruleset *ruleset)
{
	u32 nr = ruleset->nr_classes;

	return nr && !strcmp(ruleset->classes[nr - 1]->name, DEFAULT_CLASS);
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

static bool path_valid(const char *path, size_t room)
{
	return path && path[0] == '/' && strnlen(path, room) < room;
}

/* As bad_field_of(), of the criteria. */
static u32 bad_criterion(const struct kvmwarden_class *from,
			 const struct kw_class_texts *texts)
{
	if (from->flags & KVMWARDEN_CLASS_MATCH_UID ? from->uid == (u32)-1 :
	    from->uid)
		return KVMWARDEN_FIELD_UID;
	if (from->flags & KVMWARDEN_CLASS_MATCH_GID ? from->gid == (u32)-1 :
	    from->gid)
		return KVMWARDEN_FIELD_GID;
	if (from->flags & KVMWARDEN_CLASS_MATCH_CGROUP ?
	    !path_valid(texts->cgroup, KVMWARDEN_CGROUP_LEN) :
	    !!texts->cgroup)
		return KVMWARDEN_FIELD_CGROUP;
	if (from->flags & KVMWARDEN_CLASS_MATCH_EXE ?
	    !path_valid(texts->exe_path, KVMWARDEN_PATH_LEN) :
	    texts->exe_path || from->exe_fd)
		return KVMWARDEN_FIELD_EXE;
	if (from->flags & KVMWARDEN_CLASS_MATCH_LABEL ?
	    !texts->label || !texts->label[0] : !!texts->label)
		return KVMWARDEN_FIELD_LABEL;
	return KVMWARDEN_FIELD_NONE;
}

static bool limits_valid(const struct kvmwarden_limits *limits)
{
	u32 i;

	for (i = KVMWARDEN_NR_LIMITS; i < KVMWARDEN_LIMITS_MAX; i++)
		if (limits->of[i])
			return false;
	return true;
}

/* The first field that is not acceptable, else KVMWARDEN_FIELD_NONE. */
static u32 bad_field_of(const struct kvmwarden_class *from,
			const struct kw_class_texts *texts)
{
	u32 bad_field;

	if (!name_valid(from->name))
		return KVMWARDEN_FIELD_NAME;
	if (!kw_mode_valid(from->mode))
		return KVMWARDEN_FIELD_MODE;
	if (from->flags & ~MATCH_FLAGS)
		return KVMWARDEN_FIELD_FLAGS;
	/* a class without criteria is the default one, and the other way round */
	if (!from->flags != !strcmp(from->name, DEFAULT_CLASS))
		return KVMWARDEN_FIELD_FLAGS;
	bad_field = bad_criterion(from, texts);
	if (bad_field != KVMWARDEN_FIELD_NONE)
		return bad_field;
	if (!limits_valid(&from->vm))
		return KVMWARDEN_FIELD_LIMIT;
	if (from->deny & ~KW_DENY_ALL)
		return KVMWARDEN_FIELD_DENY;
	if (from->revoke > KVMWARDEN_REVOKE_KILL)
		return KVMWARDEN_FIELD_REVOKE;
	return KVMWARDEN_FIELD_NONE;
}

/* Return whether there was memory for it. */
static bool copy_text(char **to, const char *from)
{
	*to = from ? kstrdup(from, GFP_KERNEL_ACCOUNT) : NULL;
	return *to || !from;
}

static void class_fill(struct kw_class *class,
		       const struct kvmwarden_class *from)
{
	u64 total[KW_NR_RESOURCES];

	strscpy(class->name, from->name, sizeof(class->name));
	class->mode = from->mode;
	class->flags = from->flags;
	class->uid = from->uid;
	class->gid = from->gid;
	memcpy(class->limit, from->vm.of, sizeof(class->limit));
	take_amounts(class->user_limit, &from->user);
	class->user_limited = any_limit(class->user_limit);
	class->deny = from->deny;
	class->revoke = from->revoke;
	take_amounts(total, &from->total);
	kw_account_init(&class->account, KVMWARDEN_LEVEL_CLASS);
	kw_account_set_limits(&class->account, total);
}

static struct kw_class *class_new(const struct kvmwarden_class *from,
				  const struct kw_class_texts *texts)
{
	struct kw_class *class = kzalloc(sizeof(*class), GFP_KERNEL_ACCOUNT);

	if (!class)
		return NULL;
	if (!copy_text(&class->cgroup, texts->cgroup) ||
	    !copy_text(&class->label, texts->label) ||
	    !copy_text(&class->exe_path, texts->exe_path)) {
		class_free(class);
		return NULL;
	}
	class->exe = texts->exe;
	class_fill(class, from);
	return class;
}

/* Return @list with room for one more than @nr, or NULL. */
static void *list_grow(void *list, u32 nr, u32 *room)
{
	u32 wider = *room ? 2 * *room : 16;
	void **to;

	if (nr < *room)
		return list;
	to = kvmalloc_array(wider, sizeof(*to), GFP_KERNEL_ACCOUNT);
	if (!to)
		return NULL;
	if (nr)
		memcpy(to, list, nr * sizeof(*to));
	kvfree(list);
	*room = wider;
	return to;
}

static int class_append(struct kw_ruleset *ruleset, struct kw_class *class)
{
	void *list = list_grow(ruleset->classes, ruleset->nr_classes,
			       &ruleset->room);

	if (!list)
		return -ENOMEM;
	ruleset->classes = list;
	class->entry.order = ruleset->nr_classes;
	ruleset->classes[ruleset->nr_classes++] = class;
	hlist_add_head(&class->by_name, name_chain(ruleset, class->name));
	return 0;
}

/**
 * kw_ruleset_add() - add a class at the end of a ruleset
 * @ruleset: a ruleset that is not sealed
 * @from: the class; its pointers are not followed
 * @texts: what they point to
 * @bad_field: set with -EINVAL to the &enum kvmwarden_field that is wrong
 *
 * Context: may sleep.
 * Return: 0, -EINVAL, -ENOSPC with KVMWARDEN_CLASSES_MAX classes, or -ENOMEM.
 */
int kw_ruleset_add(struct kw_ruleset *ruleset, const struct kvmwarden_class *from,
		   const struct kw_class_texts *texts, u32 *bad_field)
{
	struct kw_class *class;
	int err;

	*bad_field = bad_field_of(from, texts);
	if (*bad_field != KVMWARDEN_FIELD_NONE)
		return -EINVAL;
	if (has_default(ruleset) || kw_ruleset_find(ruleset, from->name)) {
		*bad_field = KVMWARDEN_FIELD_NAME;
		return -EINVAL;
	}
	if (ruleset->nr_classes >= KVMWARDEN_CLASSES_MAX)
		return -ENOSPC;

	class = class_new(from, texts);
	if (!class)
		return -ENOMEM;
	err = class_append(ruleset, class);
	if (err)
		class_free(class);
	return err;
}

static struct kw_cgroup *cgroup_new(const struct kvmwarden_cgroup *from,
				    const char *pattern)
{
	struct kw_cgroup *cgroup = kzalloc(sizeof(*cgroup), GFP_KERNEL_ACCOUNT);

	if (!cgroup)
		return NULL;
	if (!copy_text(&cgroup->pattern, pattern)) {
		kfree(cgroup);
		return NULL;
	}
	take_amounts(cgroup->limit, &from->limit);
	return cgroup;
}

/**
 * kw_ruleset_add_cgroup() - add limits on cgroups
 * @ruleset: a ruleset that is not sealed
 * @from: the limits; its pointer is not followed
 * @pattern: what it points to
 * @bad_field: as with kw_ruleset_add()
 *
 * Context: may sleep.
 * Return: 0, -EINVAL, -ENOSPC with KVMWARDEN_CGROUPS_MAX of them, or -ENOMEM.
 */
int kw_ruleset_add_cgroup(struct kw_ruleset *ruleset,
			  const struct kvmwarden_cgroup *from,
			  const char *pattern, u32 *bad_field)
{
	struct kw_cgroup *cgroup;
	void *list;

	*bad_field = KVMWARDEN_FIELD_NONE;
	if (!path_valid(pattern, KVMWARDEN_CGROUP_LEN)) {
		*bad_field = KVMWARDEN_FIELD_CGROUP;
		return -EINVAL;
	}
	if (ruleset->nr_cgroups >= KVMWARDEN_CGROUPS_MAX)
		return -ENOSPC;
	list = list_grow(ruleset->cgroups, ruleset->nr_cgroups,
			 &ruleset->cgroups_room);
	if (!list)
		return -ENOMEM;
	ruleset->cgroups = list;
	cgroup = cgroup_new(from, pattern);
	if (!cgroup)
		return -ENOMEM;
	cgroup->entry.order = ruleset->nr_cgroups;
	ruleset->cgroups[ruleset->nr_cgroups++] = cgroup;
	return 0;
}

static int add_default(struct kw_ruleset *ruleset)
{
	const struct kvmwarden_amounts unlimited = {
		.vms = KVMWARDEN_UNLIMITED,
		.vcpus = KVMWARDEN_UNLIMITED,
		.memory = KVMWARDEN_UNLIMITED,
	};
	struct kvmwarden_class from = {
		.name = DEFAULT_CLASS,
		.mode = ruleset->mode,
		.user = unlimited,
		.total = unlimited,
	};
	const struct kw_class_texts texts = { };
	u32 bad_field;

	kw_limits_default(from.vm.of);
	return kw_ruleset_add(ruleset, &from, &texts, &bad_field);
}

static unsigned int class_keys(const struct kw_ruleset *ruleset,
			       const struct kw_class *class,
			       struct kw_index_key keys[KEYS_MAX])
{
	const struct kw_index *index = &ruleset->index;
	unsigned int nr = 0;

	if (class->flags & KVMWARDEN_CLASS_MATCH_UID)
		keys[nr++] = kw_index_number(index, KW_INDEX_UID, class->uid);
	if (class->flags & KVMWARDEN_CLASS_MATCH_GID)
		keys[nr++] = kw_index_number(index, KW_INDEX_GID, class->gid);
	if (class->flags & KVMWARDEN_CLASS_MATCH_EXE)
		keys[nr++] = kw_index_number(index, KW_INDEX_EXE,
					     class->exe.ino);
	if (class->flags & KVMWARDEN_CLASS_MATCH_CGROUP)
		keys[nr++] = kw_index_pattern(index, KW_INDEX_CGROUP,
					      class->cgroup);
	if (class->flags & KVMWARDEN_CLASS_MATCH_LABEL)
		keys[nr++] = kw_index_pattern(index, KW_INDEX_LABEL,
					      class->label);
	if (!nr)
		keys[nr++] = kw_index_number(index, KW_INDEX_ALL, 0);
	return nr;
}

static int index_classes(struct kw_ruleset *ruleset)
{
	struct kw_index_key keys[KEYS_MAX];
	unsigned int nr;
	u32 i;
	int err;

	err = kw_index_init(&ruleset->index, ruleset->nr_classes);
	if (err)
		return err;
	for (i = 0; i < ruleset->nr_classes; i++) {
		nr = class_keys(ruleset, ruleset->classes[i], keys);
		kw_index_weigh(&ruleset->index, keys, nr);
	}
	for (i = ruleset->nr_classes; i--;) {
		nr = class_keys(ruleset, ruleset->classes[i], keys);
		kw_index_add(&ruleset->index, &ruleset->classes[i]->entry,
			     keys, nr);
	}
	return 0;
}

static int index_cgroups(struct kw_ruleset *ruleset)
{
	struct kw_index_key key;
	u32 i;
	int err;

	err = kw_index_init(&ruleset->cgroup_index, ruleset->nr_cgroups);
	if (err)
		return err;
	for (i = ruleset->nr_cgroups; i--;) {
		key = kw_index_pattern(&ruleset->cgroup_index, KW_INDEX_CGROUP,
				       ruleset->cgroups[i]->pattern);
		kw_index_add(&ruleset->cgroup_index,
			     &ruleset->cgroups[i]->entry, &key, 1);
	}
	return 0;
}

static void note_enforced(struct kw_ruleset *ruleset)
{
	const struct kw_class *class;
	u32 i;

	ruleset->enforced = false;
	ruleset->denied = 0;
	for (i = 0; i < ruleset->nr_classes; i++) {
		class = ruleset->classes[i];
		if (class->mode != KVMWARDEN_MODE_ENFORCE)
			continue;
		ruleset->enforced = true;
		ruleset->denied |= class->deny;
	}
}

/**
 * kw_ruleset_seal() - make a ruleset ready to be put in force
 * @ruleset: the ruleset
 *
 * Context: may sleep.
 * Return: 0; or -ENOSPC, if the class ``default`` is missing and cannot be
 * added, or -ENOMEM, and it is not sealed.
 */
int kw_ruleset_seal(struct kw_ruleset *ruleset)
{
	int err;

	if (!has_default(ruleset)) {
		err = add_default(ruleset);
		if (err)
			return err;
		ruleset->default_added = true;
	}
	err = index_classes(ruleset);
	if (!err)
		err = index_cgroups(ruleset);
	if (err)
		kw_ruleset_unseal(ruleset);
	else
		note_enforced(ruleset);
	return err;
}

/**
 * kw_ruleset_unseal() - undo kw_ruleset_seal(): let classes be added again
 * @ruleset: the ruleset; no VM may be in it
 *
 * Context: may sleep.
 */
void kw_ruleset_unseal(struct kw_ruleset *ruleset)
{
	struct kw_class *class;

	kw_index_free(&ruleset->index);
	kw_index_free(&ruleset->cgroup_index);
	if (!ruleset->default_added)
		return;
	class = ruleset->classes[--ruleset->nr_classes];
	hlist_del(&class->by_name);
	class_free(class);
	ruleset->default_added = false;
}

/**
 * kw_ruleset_empty() - forget all charges
 * @ruleset: a sealed ruleset that is not in force
 */
void kw_ruleset_empty(struct kw_ruleset *ruleset)
{
	u32 i;

	kw_account_empty(&ruleset->account);
	for (i = 0; i < ruleset->nr_classes; i++)
		kw_account_empty(&ruleset->classes[i]->account);
	kw_pools_empty(&ruleset->pools);
}

/**
 * kw_class_takes() - do all criteria of a class hold?
 * @class: the class
 * @who: a VM's creator
 *
 * Context: any.
 * Return: true if so.
 */
bool kw_class_takes(const struct kw_class *class, const struct kw_identity *who)
{
	if ((class->flags & KVMWARDEN_CLASS_MATCH_UID) &&
	    !kw_identity_is_user(who, class->uid))
		return false;
	if ((class->flags & KVMWARDEN_CLASS_MATCH_GID) &&
	    !kw_identity_in_group(who, class->gid))
		return false;
	if ((class->flags & KVMWARDEN_CLASS_MATCH_EXE) &&
	    !kw_identity_runs(who, &class->exe))
		return false;
	if ((class->flags & KVMWARDEN_CLASS_MATCH_CGROUP) &&
	    !kw_glob_match(class->cgroup, who->cgroup))
		return false;
	if ((class->flags & KVMWARDEN_CLASS_MATCH_LABEL) &&
	    !kw_glob_match(class->label, who->label))
		return false;
	return true;
}

static bool class_fits(const struct kw_index_entry *entry, const void *who)
{
	return kw_class_takes(container_of(entry, struct kw_class, entry), who);
}

static void try_groups(struct kw_index_search *search,
		       const struct kw_identity *who)
{
	u32 i;

	if (!test_bit(KW_INDEX_GID, &search->index->kinds))
		return;
	kw_index_try_number(search, KW_INDEX_GID, who->gid);
	kw_index_try_number(search, KW_INDEX_GID, who->egid);
	for (i = 0; i < who->nr_groups; i++)
		kw_index_try_number(search, KW_INDEX_GID, who->groups[i]);
	for (i = 0; i < who->nr_owners; i++)
		kw_index_try_number(search, KW_INDEX_GID, who->owners[i].gid);
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
	struct kw_index_search search = {
		.index = &ruleset->index,
		.fits = class_fits,
		.what = who,
		/* ``default``, which takes all */
		.best = ruleset->nr_classes - 1,
	};
	u32 i;

	kw_index_try_number(&search, KW_INDEX_UID, who->uid);
	for (i = 0; i < who->nr_owners; i++)
		kw_index_try_number(&search, KW_INDEX_UID, who->owners[i].uid);
	try_groups(&search, who);
	kw_index_try_number(&search, KW_INDEX_EXE, who->exe.ino);
	kw_index_try_text(&search, KW_INDEX_CGROUP, who->cgroup);
	kw_index_try_text(&search, KW_INDEX_LABEL, who->label);
	return ruleset->classes[search.best];
}

static bool cgroup_fits(const struct kw_index_entry *entry, const void *path)
{
	return kw_glob_match(container_of(entry, struct kw_cgroup,
					  entry)->pattern, path);
}

/**
 * kw_ruleset_cgroup() - the limits on a cgroup
 * @ruleset: a sealed ruleset
 * @path: of the cgroup
 *
 * Context: any.
 * Return: the first whose pattern matches, or NULL.
 */
const struct kw_cgroup *kw_ruleset_cgroup(const struct kw_ruleset *ruleset,
					  const char *path)
{
	struct kw_index_search search = {
		.index = &ruleset->cgroup_index,
		.fits = cgroup_fits,
		.what = path,
		.best = ruleset->nr_cgroups,
	};

	kw_index_try_text(&search, KW_INDEX_CGROUP, path);
	return search.best < ruleset->nr_cgroups ?
	       ruleset->cgroups[search.best] : NULL;
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
	return index < ruleset->nr_classes ? ruleset->classes[index] : NULL;
}

static u64 amounts_need(const u64 limit[KW_NR_RESOURCES])
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
 * kw_limits_need() - what it takes to enforce limits on a VM
 * @limit: by &enum kvmwarden_limit
 *
 * Nobody relies on a limit that nobody has set: where one of the default ones
 * cannot be enforced, that is no reason to refuse a policy.
 *
 * Return: KVMWARDEN_FEATURE_*.
 */
u64 kw_limits_need(const u64 limit[KVMWARDEN_NR_LIMITS])
{
	static const u64 feature[KVMWARDEN_NR_LIMITS] = {
		[KVMWARDEN_LIMIT_VCPUS]		= KVMWARDEN_FEATURE_VCPUS,
		[KVMWARDEN_LIMIT_MEMORY]	= KVMWARDEN_FEATURE_MEMORY,
		[KVMWARDEN_LIMIT_MEMSLOTS]	= KVMWARDEN_FEATURE_MEMSLOTS,
		[KVMWARDEN_LIMIT_IOEVENTFDS]	= KVMWARDEN_FEATURE_IOEVENTFDS,
		[KVMWARDEN_LIMIT_COALESCED]	= KVMWARDEN_FEATURE_COALESCED,
		[KVMWARDEN_LIMIT_IRQFDS]	= KVMWARDEN_FEATURE_IRQFDS,
		[KVMWARDEN_LIMIT_HV_EVENTS]	= KVMWARDEN_FEATURE_HV_EVENTS,
		[KVMWARDEN_LIMIT_IRQ_ROUTES]	= KVMWARDEN_FEATURE_IRQ_ROUTES,
		[KVMWARDEN_LIMIT_GUEST_MEMFD]	= KVMWARDEN_FEATURE_GUEST_MEMFD,
	};
	u64 usual[KVMWARDEN_NR_LIMITS], features = 0;
	u32 i;

	kw_limits_default(usual);
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		if (limit[i] != usual[i] && limit[i] != KW_UNLIMITED)
			features |= feature[i];
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

static u64 shared_needs(const struct kw_ruleset *ruleset)
{
	u64 features = amounts_need(ruleset->host_limit) |
		       amounts_need(ruleset->user_limit);
	u32 i;

	for (i = 0; i < ruleset->nr_cgroups; i++)
		features |= amounts_need(ruleset->cgroups[i]->limit);
	return features;
}

/**
 * kw_ruleset_enforces() - what a ruleset relies on being refused
 * @ruleset: a sealed ruleset
 *
 * Return: KVMWARDEN_FEATURE_* that a class in enforce mode has limits on, or
 * that the host, its users or cgroups have while any class is in enforce mode.
 */
u64 kw_ruleset_enforces(const struct kw_ruleset *ruleset)
{
	const struct kw_class *class;
	u64 features = 0;
	u32 i;

	for (i = 0; i < ruleset->nr_classes; i++) {
		class = ruleset->classes[i];
		if (class->mode != KVMWARDEN_MODE_ENFORCE)
			continue;
		features |= kw_limits_need(class->limit);
		features |= amounts_need(class->user_limit);
		features |= amounts_need(class->account.limit);
		features |= kw_deny_needs(class->deny);
	}
	return ruleset->enforced ? features | shared_needs(ruleset) : 0;
}
