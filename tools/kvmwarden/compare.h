/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_COMPARE_H
#define KVMWARDEN_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "policy.h"

/* What is said of one key; NULL: nothing */
struct key_difference {
	enum policy_key key;
	char *old;
	char *new;
};

/* A section that is in one policy only, has moved, or has other keys */
struct difference {
	const struct policy_section *old;	/* NULL: not there */
	const struct policy_section *new;
	bool moved;
	struct key_difference *keys;
	size_t count;
};

/* In the order of the new policy; what only the old one has comes last */
struct comparison {
	const struct policy *old;
	const struct policy *new;
	struct difference *list;
	size_t count;
};

void compare(struct comparison *cmp, const struct policy *old,
	     const struct policy *new);
void comparison_free(struct comparison *cmp);

/* "after class x", or "first", to be freed */
char *section_position(const struct policy *policy,
		       const struct policy_section *section);

#endif
