/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests from whom a policy is to learn, and the classes they get.
 */
#ifndef KVMWARDEN_SCHOOL_H
#define KVMWARDEN_SCHOOL_H

#include "past.h"
#include "policy.h"

#define NOWHERE		((size_t)-1)

/* Those of one class who come from one cgroup, as one user */
struct group {
	size_t old;			/* their class in the policy as it was */
	char *pattern;			/* NULL: whatever that class has */
	bool own_user;			/* not: whatever that class has */
	__u32 uid;
	size_t begin, end;		/* its members, in school.members */
	size_t needy;			/* how many of them needed more */
	size_t section;			/* its class in the policy as it is */
	size_t from;			/* ... and the one that was made of */
};

struct school {
	const struct past *past;
	struct policy *policy;
	struct group *groups;
	size_t nr_groups;
	size_t *group_of;		/* by guest; or NOWHERE */
	bool *is_needy;			/* by guest */
	size_t *members;		/* guests, by group */
	size_t by_hand;			/* guests that were left out */
	size_t elsewhere;		/* ... in classes not in force any more */
};

/*
 * Has @policy make classes for those in the classes @learn, by their place, who
 * needed more. False, after it was said why, if there would be too many.
 */
bool school_open(struct school *school, struct policy *policy,
		 const struct past *past, const bool *learn);
void school_close(struct school *school);

/* It has a class of its own, that was not there before */
bool group_is_new(const struct group *group);

#endif
