/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_TIMES_H
#define KVMWARDEN_TIMES_H

#include <time.h>

#include <linux/types.h>

#define TIME_LEN	32
#define TIME_SECOND	1000000000ULL

/* Local time, ISO 8601: 2026-11-23T05:34:01+01:00 */
const char *time_text(char buf[TIME_LEN], time_t seconds);
const char *time_ns_text(char buf[TIME_LEN], __u64 ns);
/*
 * Back again, also without zone, seconds or time of day; or so long ago: 30s,
 * 10m, 2h, 7d. Returns what is wrong, to be freed, or NULL.
 */
char *time_parse(const char *text, __u64 *ns);

#endif
