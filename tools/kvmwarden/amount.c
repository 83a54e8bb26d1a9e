// SPDX-License-Identifier: GPL-2.0-only
/*
 * Amounts as text.
 */
#include <stdio.h>
#include <string.h>

#include <linux/kvmwarden.h>

#include "amount.h"

static const char units[] = "KMGTPE";

static const char *unlimited(char buf[AMOUNT_LEN])
{
	return strcpy(buf, "unlimited");
}

const char *amount_count(char buf[AMOUNT_LEN], __u64 count)
{
	if (count == KVMWARDEN_UNLIMITED)
		return unlimited(buf);
	snprintf(buf, AMOUNT_LEN, "%llu", (unsigned long long)count);
	return buf;
}

const char *amount_exact(char buf[AMOUNT_LEN], __u64 bytes)
{
	int unit = -1;

	if (bytes == KVMWARDEN_UNLIMITED)
		return unlimited(buf);
	while (bytes && !(bytes % 1024) && units[unit + 1]) {
		bytes /= 1024;
		unit++;
	}
	snprintf(buf, AMOUNT_LEN, "%llu%.1s", (unsigned long long)bytes,
		 unit < 0 ? "" : &units[unit]);
	return buf;
}

const char *amount_human(char buf[AMOUNT_LEN], __u64 bytes)
{
	__u64 tenths;
	int unit;

	for (unit = strlen(units); unit > 0; unit--) {
		if (bytes >> (10 * unit))
			break;
	}
	if (!unit || !(bytes & ((1ULL << (10 * unit)) - 1)) ||
	    bytes == KVMWARDEN_UNLIMITED)
		return amount_exact(buf, bytes);
	/* cut, not rounded: never more than there is */
	tenths = ((bytes >> (10 * unit - 10)) & 1023) * 10 / 1024;
	snprintf(buf, AMOUNT_LEN, "%llu.%llu%c",
		 (unsigned long long)(bytes >> (10 * unit)),
		 (unsigned long long)tenths, units[unit - 1]);
	return buf;
}
