/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy file in memory. The language is described in
 * Documentation/policy.md.
 */
#ifndef KVMWARDEN_POLICY_H
#define KVMWARDEN_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/kvmwarden.h>

#include "complaint.h"

enum policy_key {
	KEY_VERSION,
	KEY_MODE,
	KEY_USER,
	KEY_CGROUP,
	KEY_VMS,
	KEY_VCPUS,
	KEY_MEMORY,
	KEY_TOTAL_VMS,
	KEY_TOTAL_VCPUS,
	KEY_TOTAL_MEMORY,
	KEY_NESTED,
	KEY_REVOKE,
	NR_KEYS,
};

/* [policy], [host], or one class. What a section cannot say keeps its default */
struct policy_section {
	char name[KVMWARDEN_NAME_LEN];		/* of a class */
	unsigned int at;			/* its line, 0: not in the file */
	unsigned int line[NR_KEYS];		/* of each key, 0: not given */
	__u64 version;
	__u32 mode;
	__u32 uid;
	char *cgroup;
	struct kvmwarden_amounts own;		/* of each VM, or the host */
	struct kvmwarden_amounts total;		/* of the class */
	__u64 deny;				/* KVMWARDEN_DENY_* */
	__u32 revoke;				/* KVMWARDEN_REVOKE_* */
};

struct policy {
	const char *file;			/* as it is called in messages */
	struct policy_section top;
	struct policy_section host;
	struct policy_section *classes;		/* ends with ``default`` */
	size_t count;
};

/*
 * Reads @path ("-": standard input). What is wrong is added to @wrong, sorted
 * by line; if that stays empty, @policy is fit for the kernel.
 */
void policy_read(struct policy *policy, const char *path,
		 struct complaints *wrong);
void policy_free(struct policy *policy);

/* The line to blame for a &enum kvmwarden_field of @section; 0: none */
unsigned int policy_line(const struct policy *policy,
			 const struct policy_section *section,
			 enum kvmwarden_field field);

#endif
