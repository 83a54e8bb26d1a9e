/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_ACCOUNT_H
#define KVMWARDEN_ACCOUNT_H

#include <stddef.h>

#include <linux/kvmwarden.h>

/* What a user or a cgroup uses of its limits */
struct account {
	struct kvmwarden_account info;
	char *cgroup;			/* empty: of a user */
};

struct accounts {
	struct account *list;
	size_t count;
};

/*
 * All of one generation. Returns an exit code, having said what is wrong;
 * @all is to be freed in any case.
 */
int accounts_read(struct accounts *all, int fd);
void accounts_free(struct accounts *all);

#endif
