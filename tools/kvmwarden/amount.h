/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_AMOUNT_H
#define KVMWARDEN_AMOUNT_H

#include <linux/types.h>

#define AMOUNT_LEN	32

/* For people: 7.5G. May lose digits */
const char *amount_human(char buf[AMOUNT_LEN], __u64 bytes);
/* For a policy file: reads back to the very same number */
const char *amount_exact(char buf[AMOUNT_LEN], __u64 bytes);
/* A number, or "unlimited" */
const char *amount_count(char buf[AMOUNT_LEN], __u64 count);

/* In five characters or less: 99999, 123k, 1.2M. Cut, not rounded */
const char *amount_short(char buf[AMOUNT_LEN], __u64 count);

#define RATE_UNKNOWN	(-1.0)

/* So many a second, as short: 0.5, 12345; "-" if it is not known */
const char *amount_rate(char buf[AMOUNT_LEN], double rate);

#endif
