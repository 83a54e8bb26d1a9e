/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which limit a VM has met: whose, how full, and which line has set it.
 */
#ifndef KVMWARDEN_BLAME_H
#define KVMWARDEN_BLAME_H

#include <stdbool.h>

#include "policy.h"
#include "record.h"

/* What is in force, and what the host's files say */
struct blame {
	int fd;
	struct kvmwarden_status status;
	struct policy in_force;
	struct policy file;
	struct complaints wrong;
};

/* Texts are to be freed, by limit_met_free() */
struct limit_met {
	char *section;			/* "class tenant"; NULL: set for the VM */
	const char *key;
	char *value;
	char *whose;			/* "user joe"; NULL: not known */
	__u64 used;
	__u64 limit;
	struct policy_line at;		/* line 0: no file says the same */
};

/* Returns an exit code, having said what is wrong */
int blame_read(struct blame *blame, int fd);
void blame_free(struct blame *blame);

/* False if @reason is not that of a limit, or the limit is gone by now */
bool blame_limit(const struct blame *blame, const struct record *rec,
		 unsigned int reason, struct limit_met *met);
void limit_met_free(struct limit_met *met);
/* For people: indented, below what was denied */
void limit_met_print(const struct limit_met *met, unsigned int reason);
struct json_object *limit_met_json(const struct limit_met *met,
				   unsigned int reason);

#endif
