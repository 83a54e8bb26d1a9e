/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_ORIGIN_H
#define KVMWARDEN_ORIGIN_H

#include <stdbool.h>

#include "policy.h"

/*
 * What there is too little of, or may not be had at all. First, and in their
 * order, what &enum kvmwarden_limit has.
 */
enum matter {
	MATTER_VCPUS,
	MATTER_MEMORY,
	MATTER_MEMSLOTS,
	MATTER_IOEVENTFDS,
	MATTER_COALESCED,
	MATTER_IRQFDS,
	MATTER_HV_EVENTS,
	MATTER_IRQ_ROUTES,
	MATTER_GUEST_MEMFD,
	MATTER_VMS,
	MATTER_NESTED,
	MATTER_RECORD,
	MATTER_LAYOUT,
	NR_MATTERS,
};

/* Where a policy says what a denial is about */
struct origin {
	enum kvmwarden_level level;
	enum matter matter;
	enum policy_key key;		/* NR_KEYS: nothing says it */
};

/* NULL: only a newer module knows this reason */
const struct origin *origin_of(unsigned int reason);

/* It is a limit, and not a prohibition */
bool origin_is_limit(const struct origin *origin);
bool origin_is_bytes(const struct origin *origin);
/* Which section says it */
enum policy_place origin_place(const struct origin *origin);
/* The limit in @section, which is the right one */
__u64 *origin_limit(const struct origin *origin,
		    const struct policy_section *section);

/* The section of @policy that counts for that class, or that cgroup; or NULL */
const struct policy_section *origin_section(const struct origin *origin,
					    const struct policy *policy,
					    const char *class,
					    const char *cgroup);

#endif
