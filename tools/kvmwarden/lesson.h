/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest policy that would have allowed what was seen.
 */
#ifndef KVMWARDEN_LESSON_H
#define KVMWARDEN_LESSON_H

#include "school.h"

#define RAISE_VMS	4

/* Why a key in a section is what it is now */
struct raise {
	__u64 from, to;			/* limits */
	struct met met;			/* count 0: nobody came to ask for it */
	__u64 vms[RAISE_VMS];		/* some of the VMs; 0: no more */
};

struct lesson {
	const struct past *past;
	struct policy *policy;
	struct school school;
	struct raise **raises;		/* by section and key */
};

/*
 * Changes @policy, the one in force, so that it allows what guests of the classes
 * in @learn, by their place in it, were seen to need. @enforce: these are in mode
 * enforce from now on. False, after it was said why, if that cannot be.
 */
bool lesson_learn(struct lesson *lesson, struct policy *policy,
		  const struct past *past, const bool *learn, bool enforce);
void lesson_free(struct lesson *lesson);

/* NULL: nothing had to be changed there */
const struct raise *lesson_raise(const struct lesson *lesson,
				 const struct policy_section *section,
				 enum policy_key key);
/* NULL: the class was there before */
const struct group *lesson_group(const struct lesson *lesson,
				 const struct policy_section *section);

#endif
