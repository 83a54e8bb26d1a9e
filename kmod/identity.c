// SPDX-License-Identifier: GPL-2.0
/* By what a VM is matched: its creator's attributes. */
#include <linux/types.h>

#include "identity.h"

/**
 * kw_identity_is_user() - is a VM a user's?
 * @who: its creator
 * @uid: the user
 *
 * Return: true if so, as the creator's own or by a user namespace of theirs.
 */
bool kw_identity_is_user(const struct kw_identity *who, u32 uid)
{
	u32 i;

	for (i = 0; i < who->nr_owners; i++)
		if (who->owners[i].uid == uid)
			return true;
	return who->uid == uid;
}

static bool has_group(const struct kw_identity *who, u32 gid)
{
	u32 from = 0, to = who->nr_groups;

	while (from < to) {
		u32 middle = from + (to - from) / 2;

		if (who->groups[middle] == gid)
			return true;
		if (who->groups[middle] < gid)
			from = middle + 1;
		else
			to = middle;
	}
	return false;
}

/**
 * kw_identity_in_group() - is a VM a group's?
 * @who: its creator
 * @gid: the group
 *
 * Return: true if so, as one of the creator's own groups or by that of a user
 * namespace.
 */
bool kw_identity_in_group(const struct kw_identity *who, u32 gid)
{
	u32 i;

	for (i = 0; i < who->nr_owners; i++)
		if (who->owners[i].gid == gid)
			return true;
	return who->gid == gid || who->egid == gid || has_group(who, gid);
}

/**
 * kw_identity_runs() - does a VM's creator run a file?
 * @who: the creator
 * @exe: the file
 *
 * Return: true if so.
 */
bool kw_identity_runs(const struct kw_identity *who, const struct kw_exe *exe)
{
	return who->exe.ino == exe->ino && who->exe.dev == exe->dev &&
	       who->exe.generation == exe->generation;
}
