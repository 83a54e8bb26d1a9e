/* SPDX-License-Identifier: GPL-2.0 */
/*
 * By what a VM is matched: its creator's attributes.
 *
 * Knows no KVM types, so that it can be tested anywhere.
 */
#ifndef KW_IDENTITY_H
#define KW_IDENTITY_H

#include <linux/types.h>

/**
 * struct kw_exe - a file, whatever it is called
 * @ino: its number
 * @dev: of its filesystem
 * @generation: which of the files that ever had that number
 */
struct kw_exe {
	u64 ino;
	u32 dev;
	u32 generation;
};

/**
 * struct kw_owner - who owns a user namespace
 * @uid: in the initial user namespace
 * @gid: in the initial user namespace
 */
struct kw_owner {
	u32 uid;
	u32 gid;
};

/**
 * struct kw_identity - the attributes of a VM's creator
 * @uid: real user id, in the initial user namespace, as all ids
 * @gid: real group id
 * @egid: effective group id
 * @nr_groups: length of @groups
 * @nr_owners: length of @owners
 * @groups: supplementary groups, ascending
 * @owners: who owns the creator's user namespace, and each above it but the
 *	initial one, root excepted: a user is not somebody else for having made
 *	a namespace
 * @exe: the file it runs; all zero if there is none
 * @cgroup: path in the cgroup v2 hierarchy, from its root; never NULL
 * @label: what an LSM calls it, or empty; never NULL
 */
struct kw_identity {
	u32 uid;
	u32 gid;
	u32 egid;
	u32 nr_groups;
	u32 nr_owners;
	const u32 *groups;
	const struct kw_owner *owners;
	struct kw_exe exe;
	const char *cgroup;
	const char *label;
};

bool kw_identity_is_user(const struct kw_identity *who, u32 uid);
bool kw_identity_in_group(const struct kw_identity *who, u32 gid);
bool kw_identity_runs(const struct kw_identity *who, const struct kw_exe *exe);

#endif /* KW_IDENTITY_H */
