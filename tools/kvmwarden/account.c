// SPDX-License-Identifier: GPL-2.0-only
/*
 * The accounts of users and cgroups.
 */
#include <errno.h>
#include <stdlib.h>

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

int accounts_read(struct accounts *all, int fd)
{
	int tries, ret = -EAGAIN;

	*all = (struct accounts) { .count = 0 };
	for (tries = 0; tries < DEVICE_TRIES && ret == -EAGAIN; tries++) {
		accounts_free(all);
		ret = read_all(all, fd);
	}
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
