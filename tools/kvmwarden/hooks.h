/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_HOOKS_H
#define KVMWARDEN_HOOKS_H

#include <stddef.h>

#include <linux/kvmwarden.h>

/* The hooks of the module */
struct hooks {
	struct kvmwarden_hook *list;
	size_t count;
};

/* Returns 0 or a negative errno; @hooks is to be freed in any case */
int hooks_read(struct hooks *hooks, int fd);
void hooks_free(struct hooks *hooks);

#endif
