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

const char *amount_short(char buf[AMOUNT_LEN], __u64 count)
{
	static const char thousands[] = "kMGTPE";
	unsigned int unit = 0, rest = 0;

	if (count < 100000) {
		snprintf(buf, AMOUNT_LEN, "%llu", (unsigned long long)count);
		return buf;
	}
	for (; count >= 1000; unit++) {
		rest = count % 1000 / 100;
		count /= 1000;
	}
	if (count < 10)
		snprintf(buf, AMOUNT_LEN, "%u.%u%c", (unsigned int)count, rest,
			 thousands[unit - 1]);
	else
		snprintf(buf, AMOUNT_LEN, "%u%c", (unsigned int)count,
			 thousands[unit - 1]);
	return buf;
}

const char *amount_rate(char buf[AMOUNT_LEN], double rate)
{
	if (rate < 0)
		return strcpy(buf, "-");
	/* something is not nothing */
	if (rate > 0 && rate < 0.05)
		return strcpy(buf, "<0.1");
	if (rate > 0 && rate < 9.95) {
		snprintf(buf, AMOUNT_LEN, "%.1f", rate);
		return buf;
	}
	return amount_short(buf, rate + 0.5);
}
