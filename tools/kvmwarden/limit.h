/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_LIMIT_H
#define KVMWARDEN_LIMIT_H

#include <stdbool.h>

#include <linux/kvmwarden.h>

#include "amount.h"

/* What each VM for itself may have only so much of */
struct limit {
	const char *key;	/* in policy files and JSON */
	const char *text;	/* for people */
	bool bytes;
};

extern const struct limit limits[KVMWARDEN_NR_LIMITS];

/* KVMWARDEN_NR_LIMITS: there is no such key */
enum kvmwarden_limit limit_find(const char *key);
/* For people, or as a policy file has it */
const char *limit_human(char buf[AMOUNT_LEN], enum kvmwarden_limit limit,
			__u64 value);
const char *limit_exact(char buf[AMOUNT_LEN], enum kvmwarden_limit limit,
			__u64 value);

#endif
