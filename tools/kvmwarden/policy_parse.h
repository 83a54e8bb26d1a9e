/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One policy out of several files, in their order.
 */
#ifndef KVMWARDEN_POLICY_PARSE_H
#define KVMWARDEN_POLICY_PARSE_H

#include "policy.h"

struct policy_reader {
	struct policy *policy;
	struct complaints *wrong;
	void *names;			/* of sections: a tree */
	bool full[2];			/* no room for more: classes, cgroups */
};

/* @policy: all defaults */
void policy_read_begin(struct policy_reader *reader, struct policy *policy,
		       struct complaints *wrong);
/* Another file of that name; the policy's own copy of it is returned */
const char *policy_read_file(struct policy_reader *reader, const char *name);
/* What is in it. Before, files may also be complained about */
void policy_read_data(struct policy_reader *reader, const char *file,
		      const char *data, size_t len);
/* @whole: all that there is was read, and is now judged as a whole */
void policy_read_end(struct policy_reader *reader, bool whole);

#endif
