/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_RULESET_H
#define KVMWARDEN_RULESET_H

#include <stddef.h>

#include <linux/kvmwarden.h>

/* The ruleset in force */
struct ruleset {
	struct kvmwarden_status status;
	struct kvmwarden_class *classes;
	size_t count;
};

/* All of one generation. Returns an exit code, having said what is wrong */
int ruleset_read(struct ruleset *rules, int fd);
void ruleset_free(struct ruleset *rules);

#endif
