// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys of a policy file, and what they set.
 */
#include <stdlib.h>
#include <string.h>

#include "policy_keys.h"
#include "spell.h"
#include "tool.h"
#include "value.h"

#define ROW(_key, _name, _places, _kind, _field, ...) {			\
	.key = KEY_##_key,						\
	.name = _name,							\
	.places = _places,						\
	.kind = VALUE_##_kind,						\
	.offset = offsetof(struct policy_section, _field),		\
	__VA_ARGS__							\
}

#define MATCH(_key, _name, _kind, _field, _flag) \
	ROW(_key, _name, IN_CLASS, _kind, _field, \
	    .flag = KVMWARDEN_CLASS_MATCH_##_flag)

#define LIMIT(_key, _name, _kind) \
	ROW(_key, _name, IN_CLASS, _kind, vm.of[KVMWARDEN_LIMIT_##_key])

#define IN_WHOLE	(IN_HOST | IN_CGROUP)
#define PER_USER	(IN_HOST | IN_CLASS)

const struct policy_row policy_rows[] = {
	ROW(VERSION, "version", IN_POLICY, VERSION, version),
	MATCH(USER, "match.user", USER, uid, UID),
	MATCH(GROUP, "match.group", GROUP, gid, GID),
	MATCH(CGROUP, "match.cgroup", CGROUP, cgroup, CGROUP),
	MATCH(EXE, "match.exe", EXE, exe, EXE),
	MATCH(LABEL, "match.label", LABEL, label, LABEL),
	ROW(MODE, "mode", IN_POLICY | IN_CLASS, MODE, mode),
	ROW(VMS, "vms", IN_WHOLE, COUNT, total.vms),
	ROW(VCPUS, "vcpus", IN_WHOLE, COUNT, total.vcpus),
	ROW(MEMORY, "memory", IN_WHOLE, SHARE, total.memory),
	LIMIT(VCPUS, "vcpus", COUNT),
	LIMIT(MEMORY, "memory", SIZE),
	LIMIT(MEMSLOTS, "memslots", COUNT),
	LIMIT(IOEVENTFDS, "ioeventfds", COUNT),
	LIMIT(COALESCED, "coalesced", COUNT),
	LIMIT(IRQFDS, "irqfds", COUNT),
	LIMIT(HV_EVENTS, "hv-events", COUNT),
	LIMIT(IRQ_ROUTES, "irq-routes", COUNT),
	LIMIT(GUEST_MEMFD, "guest-memfd", SIZE),
	ROW(TOTAL_VMS, "total.vms", IN_CLASS, COUNT, total.vms),
	ROW(TOTAL_VCPUS, "total.vcpus", IN_CLASS, COUNT, total.vcpus),
	ROW(TOTAL_MEMORY, "total.memory", IN_CLASS, SHARE, total.memory),
	ROW(USER_VMS, "per-user.vms", PER_USER, COUNT, user.vms),
	ROW(USER_VCPUS, "per-user.vcpus", PER_USER, COUNT, user.vcpus),
	ROW(USER_MEMORY, "per-user.memory", PER_USER, SHARE, user.memory),
	ROW(NESTED, "nested", IN_CLASS, NESTED, deny),
	ROW(REVOKE, "nested.revoke", IN_CLASS, REVOKE, revoke),
};

const size_t nr_policy_rows = ARRAY_SIZE(policy_rows);

static const value_parser parsers[] = {
	[VALUE_VERSION]	= value_version,
	[VALUE_MODE]	= value_mode,
	[VALUE_USER]	= value_user,
	[VALUE_GROUP]	= value_group,
	[VALUE_CGROUP]	= value_cgroup,
	[VALUE_EXE]	= value_exe,
	[VALUE_LABEL]	= value_label,
	[VALUE_COUNT]	= value_count,
	[VALUE_SIZE]	= value_size,
	[VALUE_SHARE]	= value_share,
	[VALUE_NESTED]	= value_nested,
	[VALUE_REVOKE]	= value_revoke,
};

/* --- sections ----------------------------------------------------------- */

static const struct kvmwarden_amounts unlimited = {
	KVMWARDEN_UNLIMITED, KVMWARDEN_UNLIMITED, KVMWARDEN_UNLIMITED
};

static const struct kvmwarden_limits default_limits = { .of = {
	[KVMWARDEN_LIMIT_VCPUS]		= KVMWARDEN_UNLIMITED,
	[KVMWARDEN_LIMIT_MEMORY]	= KVMWARDEN_UNLIMITED,
	[KVMWARDEN_LIMIT_MEMSLOTS]	= KVMWARDEN_DEFAULT_MEMSLOTS,
	[KVMWARDEN_LIMIT_IOEVENTFDS]	= KVMWARDEN_DEFAULT_IOEVENTFDS,
	[KVMWARDEN_LIMIT_COALESCED]	= KVMWARDEN_DEFAULT_COALESCED,
	[KVMWARDEN_LIMIT_IRQFDS]	= KVMWARDEN_DEFAULT_IRQFDS,
	[KVMWARDEN_LIMIT_HV_EVENTS]	= KVMWARDEN_DEFAULT_HV_EVENTS,
	[KVMWARDEN_LIMIT_IRQ_ROUTES]	= KVMWARDEN_DEFAULT_IRQ_ROUTES,
	[KVMWARDEN_LIMIT_GUEST_MEMFD]	= KVMWARDEN_DEFAULT_GUEST_MEMFD,
} };

void policy_section_init(struct policy_section *section,
			 enum policy_place place)
{
	*section = (struct policy_section) {
		.place = place,
		.mode = KVMWARDEN_MODE_PERMISSIVE,
		.vm = default_limits,
		.user = unlimited,
		.total = unlimited,
	};
}

void policy_section_free(struct policy_section *section)
{
	free(section->pattern);
	free(section->cgroup);
	free(section->exe);
	free(section->label);
	section->pattern = NULL;
	section->cgroup = NULL;
	section->exe = NULL;
	section->label = NULL;
}

bool policy_is_default(const struct policy_section *section)
{
	return section->place == IN_CLASS && !strcmp(section->name, "default");
}

const char *policy_place_name(unsigned int places)
{
	if (places & IN_POLICY)
		return "policy";
	if (places & IN_HOST)
		return "host";
	return places & IN_CGROUP ? "cgroup PATTERN" : "class NAME";
}

char *policy_title(const struct policy_section *section)
{
	switch (section->place) {
	case IN_POLICY:
		return copy_of("policy");
	case IN_HOST:
		return copy_of("host");
	case IN_CGROUP:
		return text_of("cgroup %s", section->pattern);
	default:
		return text_of("class %s", section->name);
	}
}

/* --- keys --------------------------------------------------------------- */

const struct policy_row *policy_row_find(const char *name, unsigned int places)
{
	size_t i;

	for (i = 0; i < nr_policy_rows; i++) {
		if ((policy_rows[i].places & places) &&
		    !strcmp(policy_rows[i].name, name))
			return &policy_rows[i];
	}
	return NULL;
}

static char *key_list(enum policy_place place)
{
	char *list = copy_of("");
	size_t i;

	for (i = 0; i < nr_policy_rows; i++) {
		char *longer;

		if (!(policy_rows[i].places & place))
			continue;
		longer = text_of("%s%s%s", list, *list ? ", " : "",
				 policy_rows[i].name);
		free(list);
		list = longer;
	}
	return list;
}

static const char *key_nearest(const char *name, enum policy_place place)
{
	struct guess guess;
	size_t i;

	guess_start(&guess, name);
	for (i = 0; i < nr_policy_rows; i++) {
		if (policy_rows[i].places & place)
			guess_try(&guess, policy_rows[i].name);
	}
	return guess.nearest;
}

char *policy_row_unknown(const char *name, enum policy_place place)
{
	const struct policy_row *other = policy_row_find(name, ~0U);
	const char *nearest = key_nearest(name, place);
	const char *here = policy_place_name(place);
	char *list, *text;

	if (nearest)
		return text_of("[%s] has no key `%s'; did you mean `%s'?", here,
			       brief(name), nearest);
	if (other)
		return text_of("[%s] has no key `%s'; it belongs in [%s]", here,
			       name, policy_place_name(other->places));
	list = key_list(place);
	text = text_of("[%s] has no key `%s'; its keys are %s", here,
		       brief(name), list);
	free(list);
	return text;
}

char *policy_row_set(const struct policy_row *row,
		     struct policy_section *section, const char *value)
{
	char *wrong, *text;

	if (!*value)
		return text_of("`%s' has no value; write `%s = ...'", row->name,
			       row->name);
	wrong = parsers[row->kind](value, policy_field(row, section));
	if (!wrong) {
		section->flags |= row->flag;
		return NULL;
	}
	text = text_of("%s: %s", row->name, wrong);
	free(wrong);
	return text;
}

char *policy_set(struct policy_section *section, const char *key,
		 const char *value)
{
	const struct policy_row *row = policy_row_find(key, section->place);

	if (!row)
		return policy_row_unknown(key, section->place);
	if (row->flag && policy_is_default(section))
		return text_of("class default takes all the rest and has no `%s'",
			       key);
	return policy_row_set(row, section, value);
}

const char *policy_key_name(enum policy_key key)
{
	size_t i = 0;

	while (policy_rows[i].key != key)
		i++;
	return policy_rows[i].name;
}
