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

#endif
