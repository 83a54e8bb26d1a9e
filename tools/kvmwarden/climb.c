// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limits on a VM's way to the host.
 */
#include <stdlib.h>
#include <string.h>

#include "climb.h"
#include "device.h"
#include "json.h"
#include "limit.h"
#include "names.h"
#include "table.h"
#include "tool.h"

/* the kernel's types have bool */
#include "../../kmod/glob.h"

/* Reasons and keys of a level come in the order of &struct kvmwarden_amounts */
#define AMOUNTS	(sizeof(struct kvmwarden_amounts) / sizeof(__u64))

static const struct {
	unsigned int reason;
	enum policy_key key;
} levels[] = {
	[KVMWARDEN_LEVEL_USER]	= {
		KVMWARDEN_REASON_USER_VMS, KEY_USER_VMS
	},
	[KVMWARDEN_LEVEL_HOST_USER] = {
		KVMWARDEN_REASON_HOST_USER_VMS, KEY_USER_VMS
	},
	[KVMWARDEN_LEVEL_CGROUP] = { KVMWARDEN_REASON_CGROUP_VMS, KEY_VMS },
	[KVMWARDEN_LEVEL_CLASS]	= {
		KVMWARDEN_REASON_CLASS_VMS, KEY_TOTAL_VMS
	},
	[KVMWARDEN_LEVEL_HOST]	= { KVMWARDEN_REASON_HOST_VMS, KEY_VMS },
};

/* limits[] and the keys of a class go in step */
_Static_assert(KEY_GUEST_MEMFD - KEY_VCPUS == KVMWARDEN_LIMIT_GUEST_MEMFD,
	       "each limit has its key");

struct climber {
	struct climb *climb;
	const struct blame *blame;
	const struct record *rec;
	const struct policy_section *class;	/* NULL: gone meanwhile */
};

static struct limit_met *add(const struct climber *c, enum kvmwarden_level level)
{
	struct climb *to = c->climb;

	to->list = grow(to->list, to->count, sizeof(*to->list));
	to->list[to->count] = (struct limit_met) { .level = level };
	return &to->list[to->count++];
}

static void take_section(const struct climber *c,
			 const struct policy_section *section,
			 enum policy_key key, struct limit_met *met)
{
	met->section = policy_title(section);
	met->key = policy_key_name(key);
	met->value = policy_value(&c->blame->in_force, section, key);
	met->at = blame_line(c->blame, section, key);
}

/* --- the VM --------------------------------------------------------------- */

static unsigned int vm_reason(enum kvmwarden_limit limit)
{
	if (limit <= KVMWARDEN_LIMIT_MEMORY)
		return KVMWARDEN_REASON_VM_VCPUS + limit;
	return KVMWARDEN_REASON_VM_MEMSLOTS + limit - KVMWARDEN_LIMIT_MEMSLOTS;
}

static void add_vm(const struct climber *c, enum kvmwarden_limit limit)
{
	const struct kvmwarden_vm *vm = &c->rec->vm;
	struct limit_met *met = add(c, KVMWARDEN_LEVEL_VM);
	char buf[AMOUNT_LEN];

	met->reason = vm_reason(limit);
	met->used = vm->used.of[limit];
	met->limit = vm->limit.of[limit];
	met->whose = copy_of("this VM");
	if (c->class && !(vm->own_limits & 1ULL << limit)) {
		take_section(c, c->class, KEY_VCPUS + limit, met);
		return;
	}
	met->key = limits[limit].key;
	met->value = copy_of(limit_exact(buf, limit, met->limit));
}

/* --- accounts ------------------------------------------------------------- */

static bool says(const struct climber *c, const struct policy_section *section,
		 enum policy_key key)
{
	char *value = policy_value(&c->blame->in_force, section, key);
	bool said = value;

	free(value);
	return said;
}

static void add_amounts(const struct climber *c, enum kvmwarden_level level,
			const struct policy_section *section, const char *whose,
			const struct kvmwarden_amounts *used,
			const struct kvmwarden_amounts *limit)
{
	const __u64 *in_use = &used->vms, *most = &limit->vms;
	size_t i;

	for (i = 0; i < AMOUNTS; i++) {
		struct limit_met *met;

		/* where the section says nothing, another came meanwhile */
		if (most[i] == KVMWARDEN_UNLIMITED ||
		    !says(c, section, levels[level].key + i))
			continue;
		met = add(c, level);
		met->reason = levels[level].reason + i;
		met->used = in_use[i];
		met->limit = most[i];
		met->whose = copy_of(whose);
		take_section(c, section, levels[level].key + i, met);
	}
}

static bool is_above(const char *above, const char *path)
{
	size_t len = strlen(above);

	return !strcmp(above, "/") ||
	       (!strncmp(above, path, len) && (!path[len] || path[len] == '/'));
}

static bool is_account_of(const struct account *account,
			  const struct record *rec)
{
	const struct kvmwarden_account *info = &account->info;

	if (info->level == KVMWARDEN_LEVEL_CGROUP)
		return is_above(account->cgroup, rec->texts.cgroup);
	return info->uid == rec->vm.uid &&
	       (info->level == KVMWARDEN_LEVEL_HOST_USER ||
		!strcmp(info->class_name, rec->vm.class_name));
}

/* The first whose pattern matches, as in the kernel; NULL: gone meanwhile */
static const struct policy_section *cgroup_section(const struct policy *policy,
						   const char *cgroup)
{
	size_t i;

	for (i = 0; i < policy->nr_cgroups; i++) {
		if (kw_glob_match(policy->cgroups[i].pattern, cgroup))
			return &policy->cgroups[i];
	}
	return NULL;
}

static char *whose_account(const struct account *account)
{
	char user[NAME_LEN];

	switch (account->info.level) {
	case KVMWARDEN_LEVEL_CGROUP:
		return text_of("cgroup %s", account->cgroup);
	case KVMWARDEN_LEVEL_USER:
		return text_of("user %s in class %s",
			       user_name(user, account->info.uid),
			       account->info.class_name);
	default:
		return text_of("user %s", user_name(user, account->info.uid));
	}
}

static void add_account(const struct climber *c, const struct account *account)
{
	const struct policy *policy = &c->blame->in_force;
	const struct kvmwarden_account *info = &account->info;
	const struct policy_section *section = &policy->host;
	char *whose;

	if (info->level == KVMWARDEN_LEVEL_USER)
		section = c->class;
	if (info->level == KVMWARDEN_LEVEL_CGROUP)
		section = cgroup_section(policy, account->cgroup);
	if (!section)
		return;
	whose = whose_account(account);
	add_amounts(c, info->level, section, whose, &info->used, &info->limit);
	free(whose);
}

static void add_accounts(const struct climber *c, enum kvmwarden_level level)
{
	const struct accounts *all = &c->blame->accounts;
	size_t i;

	for (i = 0; i < all->count; i++) {
		if (all->list[i].info.level == level &&
		    is_account_of(&all->list[i], c->rec))
			add_account(c, &all->list[i]);
	}
}

/* --- class and host ------------------------------------------------------- */

static void add_class(const struct climber *c)
{
	const struct policy *policy = &c->blame->in_force;
	const struct policy_section *section = c->class;
	struct kvmwarden_class class;
	char *whose;

	if (!section || device_class(c->blame->fd, section - policy->classes,
				     &class, NULL) ||
	    strncmp(class.name, section->name, sizeof(class.name)))
		return;
	whose = text_of("class %s", section->name);
	add_amounts(c, KVMWARDEN_LEVEL_CLASS, section, whose, &class.used,
		    &section->total);
	free(whose);
}

void climb(struct climb *climb, const struct blame *blame,
	   const struct record *rec)
{
	const struct climber c = {
		.climb = climb,
		.blame = blame,
		.rec = rec,
		.class = blame_class(blame, rec->vm.class_name),
	};
	int i;

	*climb = (struct climb) { .count = 0 };
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		add_vm(&c, i);
	add_accounts(&c, KVMWARDEN_LEVEL_USER);
	add_accounts(&c, KVMWARDEN_LEVEL_HOST_USER);
	add_accounts(&c, KVMWARDEN_LEVEL_CGROUP);
	add_class(&c);
	add_amounts(&c, KVMWARDEN_LEVEL_HOST, &blame->in_force.host, "the host",
		    &blame->status.used, &blame->status.limit);
}

void climb_free(struct climb *climb)
{
	size_t i;

	for (i = 0; i < climb->count; i++)
		limit_met_free(&climb->list[i]);
	free(climb->list);
}

/* --- what is shown -------------------------------------------------------- */

enum column_id {
	COL_LIMIT,
	COL_USE,
	COL_OF,
	COL_SET,
	NR_COLUMNS,
};

static const struct column columns[NR_COLUMNS] = {
	[COL_LIMIT]	= { "LIMIT",	false,	false },
	[COL_USE]	= { "USE",	true,	false },
	[COL_OF]	= { "OF",	false,	true },
	[COL_SET]	= { "SET IN",	false,	false },
};

static char *set_in(const struct limit_met *met)
{
	if (!met->section)
		return copy_of("kvmwarden set");
	if (met->at.line)
		return text_of("%s:%u", printable(met->at.file), met->at.line);
	if (!met->value)
		return copy_of("default");
	return text_of("[%s]", printable(met->section));
}

static void fill(char **cell, const struct limit_met *met)
{
	char used[AMOUNT_LEN], most[AMOUNT_LEN];

	cell[COL_LIMIT] = copy_of(met->key);
	cell[COL_USE] = table_share(reason_amount(used, met->reason, met->used),
				    reason_amount(most, met->reason,
						  met->limit));
	cell[COL_OF] = copy_of(printable(met->whose));
	cell[COL_SET] = set_in(met);
}

void climb_print(const struct blame *blame, const struct record *rec)
{
	struct table table = { .columns = columns, .nr_columns = NR_COLUMNS };
	struct climb all;
	size_t i;

	climb(&all, blame, rec);
	for (i = 0; i < all.count; i++)
		fill(table_row(&table), &all.list[i]);
	table_print(&table);
	table_free(&table);
	climb_free(&all);
}

void climb_json(struct json_object *to, const struct blame *blame,
		const struct record *rec)
{
	struct json_object *list = json_list();
	struct climb all;
	size_t i;

	climb(&all, blame, rec);
	for (i = 0; i < all.count; i++)
		json_append(list, limit_met_json(&all.list[i],
						 all.list[i].reason));
	climb_free(&all);
	json_add(to, "limits", list);
}
