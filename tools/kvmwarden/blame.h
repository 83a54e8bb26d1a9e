/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which limit a VM has met: whose, how full, and which line has set it.
 */
#ifndef KVMWARDEN_BLAME_H
#define KVMWARDEN_BLAME_H

#include <stdbool.h>

#include "account.h"
#include "policy.h"
#include "record.h"

/* What the host's files say, beside what is in force */
enum files_say {
	FILES_SAY_SAME,
	FILES_DIFFER,
	FILES_UNREADABLE,		/* or have errors, or are not there */
};

/* What is in force, and what the host's files say */
struct blame {
	int fd;
	struct kvmwarden_status status;
	struct accounts accounts;
	struct policy in_force;
	struct policy file;
	struct complaints wrong;
	enum files_say files;
};

/* Texts are to be freed, by limit_met_free() */
struct limit_met {
	enum kvmwarden_level level;
	unsigned int reason;		/* of what is refused beyond it */
	char *section;			/* "class tenant"; NULL: set for the VM */
	const char *key;
	char *value;			/* NULL: the default */
	char *whose;			/* "user joe" */
	__u64 used;
	__u64 limit;
	struct policy_line at;		/* line 0: no file says the same */
};

/* Returns an exit code, having said what is wrong */
int blame_read(struct blame *blame, int fd);
void blame_free(struct blame *blame);

/* The class in force of that name; NULL: by now there is none */
const struct policy_section *blame_class(const struct blame *blame,
					 const char *name);
/* The line of the files that says of @key what a section in force says of it */
struct policy_line blame_line(const struct blame *blame,
			      const struct policy_section *section,
			      enum policy_key key);
/* That of the section's header */
struct policy_line blame_header(const struct blame *blame,
				const struct policy_section *section);
/* Says that lines are left out, if they are */
void blame_print_files(const struct blame *blame);
void blame_json_files(struct json_object *to, const struct blame *blame);

/* False if @reason is not that of a limit, or the limit is gone by now */
bool blame_limit(const struct blame *blame, const struct record *rec,
		 unsigned int reason, struct limit_met *met);
void limit_met_free(struct limit_met *met);
/* For people: indented, below what was denied */
void limit_met_print(const struct limit_met *met, unsigned int reason);
struct json_object *limit_met_json(const struct limit_met *met,
				   unsigned int reason);

#endif
