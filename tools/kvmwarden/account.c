// SPDX-License-Identifier: GPL-2.0-only
/*
 * The accounts of users and cgroups.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "device.h"
#include "tool.h"

static void take(struct accounts *all, const struct kvmwarden_account *info,
		 const char *cgroup)
{
	struct account *account;

	all->list = grow(all->list, all->count, sizeof(*all->list));
	account = &all->list[all->count++];
	account->info = *info;
	account->info.class_name[sizeof(info->class_name) - 1] = '\0';
	account->cgroup = copy_of(cgroup);
}

/* -EAGAIN: another ruleset came into force meanwhile */
static int read_all(struct accounts *all, int fd)
{
	struct kvmwarden_account info = { .id = 0 };
	char cgroup[KVMWARDEN_CGROUP_LEN];
	__u64 generation = 0;
	int ret;

	for (;;) {
		ret = device_account_next(fd, info.id, &info, cgroup);
		if (ret)
			return ret == -ENOENT ? 0 : ret;
		if (generation && info.generation != generation)
			return -EAGAIN;
		generation = info.generation;
		take(all, &info, cgroup);
	}
}

/* --- one of each ---------------------------------------------------------- */

static int by_id(const void *left, const void *right)
{
	const struct account *a = left;
	const struct account *b = right;

	if (a->info.id == b->info.id)
		return 0;
	return a->info.id < b->info.id ? -1 : 1;
}

static int by_owner(const struct account *a, const struct account *b)
{
	int diff;

	if (a->info.level != b->info.level)
		return a->info.level < b->info.level ? -1 : 1;
	if (a->info.uid != b->info.uid)
		return a->info.uid < b->info.uid ? -1 : 1;
	diff = strcmp(a->info.class_name, b->info.class_name);
	return diff ? diff : strcmp(a->cgroup, b->cgroup);
}

static int by_owner_and_id(const void *left, const void *right)
{
	int diff = by_owner(left, right);

	return diff ? diff : by_id(left, right);
}

/* An account that went and came again while we read: the last one counts */
static void drop_old(struct accounts *all)
{
	size_t i, kept = 0;

	if (!all->count)
		return;
	qsort(all->list, all->count, sizeof(*all->list), by_owner_and_id);
	for (i = 0; i < all->count; i++) {
		struct account *next = &all->list[i + 1];

		if (i + 1 < all->count && !by_owner(&all->list[i], next))
			free(all->list[i].cgroup);
		else
			all->list[kept++] = all->list[i];
	}
	all->count = kept;
	qsort(all->list, kept, sizeof(*all->list), by_id);
}

int accounts_read(struct accounts *all, int fd)
{
	int tries, ret = -EAGAIN;

	*all = (struct accounts) { .count = 0 };
	for (tries = 0; tries < DEVICE_TRIES && ret == -EAGAIN; tries++) {
		accounts_free(all);
		ret = read_all(all, fd);
	}
	drop_old(all);
	return ret ? device_error(ret, "cannot read the accounts") : EXIT_DONE;
}

void accounts_free(struct accounts *all)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		free(all->list[i].cgroup);
	free(all->list);
	*all = (struct accounts) { .count = 0 };
}
