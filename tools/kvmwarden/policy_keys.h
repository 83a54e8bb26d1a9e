/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of a policy file: one table for those who read and who write it.
 */
#ifndef KVMWARDEN_POLICY_KEYS_H
#define KVMWARDEN_POLICY_KEYS_H

#include "policy.h"

/* What stands behind the `=' */
enum value_kind {
	VALUE_VERSION,
	VALUE_MODE,
	VALUE_USER,
	VALUE_GROUP,
	VALUE_CGROUP,
	VALUE_EXE,
	VALUE_LABEL,
	VALUE_COUNT,
	VALUE_SIZE,
	VALUE_SHARE,
	VALUE_NESTED,
	VALUE_REVOKE,
};

struct policy_row {
	enum policy_key key;
	const char *name;
	unsigned int places;		/* &enum policy_place */
	enum value_kind kind;
	size_t offset;			/* into &struct policy_section */
	__u32 flag;			/* KVMWARDEN_CLASS_MATCH_* */
};

/* In the order of a file; a key may be another field in another place */
extern const struct policy_row policy_rows[];
extern const size_t nr_policy_rows;

void policy_section_init(struct policy_section *section,
			 enum policy_place place);
void policy_section_free(struct policy_section *section);

bool policy_is_default(const struct policy_section *section);

/* "class NAME", of the first of @places */
const char *policy_place_name(unsigned int places);
/* NULL if there is none of that name in @places */
const struct policy_row *policy_row_find(const char *name, unsigned int places);
/* What to say of a key that @place does not have; to be freed */
char *policy_row_unknown(const char *name, enum policy_place place);
/* What is wrong, to be freed, or NULL */
char *policy_row_set(const struct policy_row *row,
		     struct policy_section *section, const char *value);

static inline void *policy_field(const struct policy_row *row,
				 const struct policy_section *section)
{
	return (char *)section + row->offset;
}

#endif
