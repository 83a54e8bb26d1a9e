// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reasons for denials, and the places in a policy that they come from.
 */
#include <string.h>

#include "origin.h"
#include "policy_keys.h"
#include "tool.h"

/* the kernel's own idea of what a pattern matches; its types have bool */
#include "../../kmod/glob.h"

_Static_assert((int)MATTER_GUEST_MEMFD == (int)KVMWARDEN_LIMIT_GUEST_MEMFD &&
	       (int)MATTER_VMS == (int)KVMWARDEN_NR_LIMITS,
	       "what is limited has the same numbers here");

#define OF_VM(_what)							\
	[KVMWARDEN_REASON_VM_##_what] =					\
		{ KVMWARDEN_LEVEL_VM, MATTER_##_what, KEY_##_what }

#define OF_ALL(_level, _key)						\
	[KVMWARDEN_REASON_##_level##_VMS] =				\
		{ KVMWARDEN_LEVEL_##_level, MATTER_VMS, _key##VMS },	\
	[KVMWARDEN_REASON_##_level##_VCPUS] =				\
		{ KVMWARDEN_LEVEL_##_level, MATTER_VCPUS, _key##VCPUS }, \
	[KVMWARDEN_REASON_##_level##_MEMORY] =				\
		{ KVMWARDEN_LEVEL_##_level, MATTER_MEMORY, _key##MEMORY }

static const struct origin origins[KVMWARDEN_NR_REASONS] = {
	OF_VM(VCPUS),
	OF_VM(MEMORY),
	OF_VM(MEMSLOTS),
	OF_VM(IOEVENTFDS),
	OF_VM(COALESCED),
	OF_VM(IRQFDS),
	OF_VM(HV_EVENTS),
	OF_VM(IRQ_ROUTES),
	OF_VM(GUEST_MEMFD),
	OF_ALL(USER, KEY_USER_),
	OF_ALL(HOST_USER, KEY_USER_),
	OF_ALL(CGROUP, KEY_),
	OF_ALL(CLASS, KEY_TOTAL_),
	OF_ALL(HOST, KEY_),
	[KVMWARDEN_REASON_NESTED] = {
		KVMWARDEN_LEVEL_VM, MATTER_NESTED, KEY_NESTED
	},
	[KVMWARDEN_REASON_NO_RECORD] = {
		KVMWARDEN_LEVEL_VM, MATTER_RECORD, NR_KEYS
	},
	[KVMWARDEN_REASON_LAYOUT] = {
		KVMWARDEN_LEVEL_VM, MATTER_LAYOUT, NR_KEYS
	},
};

const struct origin *origin_of(unsigned int reason)
{
	return reason < ARRAY_SIZE(origins) ? &origins[reason] : NULL;
}

bool origin_is_limit(const struct origin *origin)
{
	return origin->key != NR_KEYS && origin->key != KEY_NESTED;
}

bool origin_is_bytes(const struct origin *origin)
{
	return origin->matter == MATTER_MEMORY ||
	       origin->matter == MATTER_GUEST_MEMFD;
}

enum policy_place origin_place(const struct origin *origin)
{
	switch (origin->level) {
	case KVMWARDEN_LEVEL_CGROUP:
		return IN_CGROUP;
	case KVMWARDEN_LEVEL_HOST_USER:
	case KVMWARDEN_LEVEL_HOST:
		return IN_HOST;
	default:
		return IN_CLASS;
	}
}

__u64 *origin_limit(const struct origin *origin,
		    const struct policy_section *section)
{
	const char *name = policy_key_name(origin->key);

	return policy_field(policy_row_find(name, section->place), section);
}

/* The first that matches counts */
static const struct policy_section *find_cgroup(const struct policy *policy,
						const char *path)
{
	size_t i;

	for (i = 0; i < policy->nr_cgroups; i++) {
		if (kw_glob_match(policy->cgroups[i].pattern, path))
			return &policy->cgroups[i];
	}
	return NULL;
}

const struct policy_section *origin_section(const struct origin *origin,
					    const struct policy *policy,
					    const char *class,
					    const char *cgroup)
{
	switch (origin_place(origin)) {
	case IN_CLASS:
		return policy_class(policy, class);
	case IN_CGROUP:
		return find_cgroup(policy, cgroup);
	default:
		return &policy->host;
	}
}
