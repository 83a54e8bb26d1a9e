/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_NAMES_H
#define KVMWARDEN_NAMES_H

#include <stdbool.h>

#include <linux/types.h>

#include "amount.h"

#define NAME_LEN	256

struct reason {
	const char *name;	/* for programs */
	const char *text;	/* for people */
	bool bytes;		/* it is about bytes */
};

struct feature {
	__u64 bit;
	const char *name;
	const char *text;
};

extern const struct feature features[];
extern const unsigned int nr_features;

/* "unknown" for what only a newer module knows; never NULL */
const char *mode_name(__u32 mode);
const char *hook_state_name(__u32 state);
/* Whose account: of a &enum kvmwarden_level */
const char *account_of_name(__u32 level);
struct reason reason_name(unsigned int reason);
/* An amount of what it is about, for people */
const char *reason_amount(char buf[AMOUNT_LEN], unsigned int reason,
			  __u64 value);

/* What a class's or VM's deny makes of the key nested, and its revoke of another */
const char *nested_name(__u64 deny);
const char *revoke_name(__u32 revoke);

bool revoke_known(__u32 revoke);

bool mode_known(__u32 mode);
/* Sets *@mode and returns true if @name is one */
bool mode_from_name(const char *name, __u32 *mode);

/* "limits on VMs and memory"; a static buffer */
const char *feature_texts(__u64 bits);

/* The user's name, or the number if nobody has it */
const char *user_name(char buf[NAME_LEN], __u32 uid);

#endif
