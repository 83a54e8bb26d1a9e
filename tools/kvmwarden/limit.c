// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits on one VM.
 */
#include <string.h>

#include "limit.h"

const struct limit limits[KVMWARDEN_NR_LIMITS] = {
	[KVMWARDEN_LIMIT_VCPUS]		= { "vcpus", "vCPUs", false },
	[KVMWARDEN_LIMIT_MEMORY]	= { "memory", "memory", true },
	[KVMWARDEN_LIMIT_MEMSLOTS]	= { "memslots", "memory slots", false },
	[KVMWARDEN_LIMIT_IOEVENTFDS]	= { "ioeventfds", "ioeventfds", false },
	[KVMWARDEN_LIMIT_COALESCED]	= { "coalesced", "coalesced zones", false },
	[KVMWARDEN_LIMIT_IRQFDS]	= { "irqfds", "irqfds", false },
	[KVMWARDEN_LIMIT_HV_EVENTS]	= { "hv-events", "Hyper-V events", false },
	[KVMWARDEN_LIMIT_IRQ_ROUTES]	= { "irq-routes", "IRQ routes", false },
	[KVMWARDEN_LIMIT_GUEST_MEMFD]	= { "guest-memfd", "guest_memfd", true },
};

enum kvmwarden_limit limit_find(const char *key)
{
	int i;

	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		if (!strcmp(key, limits[i].key))
			break;
	}
	return i;
}

const char *limit_human(char buf[AMOUNT_LEN], enum kvmwarden_limit limit,
			__u64 value)
{
	return limits[limit].bytes ? amount_human(buf, value) :
				     amount_count(buf, value);
}

const char *limit_exact(char buf[AMOUNT_LEN], enum kvmwarden_limit limit,
			__u64 value)
{
	return limits[limit].bytes ? amount_exact(buf, value) :
				     amount_count(buf, value);
}
