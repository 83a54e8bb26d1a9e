// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests from whom a policy is to learn.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "origin.h"
#include "pattern.h"
#include "school.h"
#include "tool.h"

/* the kernel's own idea of what a pattern matches; its types have bool */
#include "../../kmod/glob.h"

static void *zeroed(size_t count, size_t size)
{
	void *list = calloc(count ? count : 1, size);

	if (!list)
		out_of_memory();
	return list;
}

bool group_is_new(const struct group *group)
{
	return group->pattern || group->own_user;
}

/* --- who needed more ------------------------------------------------------ */

static size_t find_class(const struct policy *policy, const char *name)
{
	size_t i;

	for (i = 0; i < policy->count; i++) {
		if (!strcmp(policy->classes[i].name, name))
			return i;
	}
	return NOWHERE;
}

/* Has it met anything that a policy could allow, or does it use too much? */
static bool needs_more(const struct guest *guest,
		       const struct policy_section *class)
{
	unsigned int i;

	for (i = 0; i < KVMWARDEN_NR_REASONS; i++) {
		if (guest->met[i].count && origin_of(i)->key != NR_KEYS)
			return true;
	}
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		if (guest->used.of[i] > class->vm.of[i])
			return true;
	}
	return false;
}

static bool has_met(const struct guest *guest)
{
	unsigned int i = 0;

	while (i < KVMWARDEN_NR_REASONS && !guest->met[i].count)
		i++;
	return i < KVMWARDEN_NR_REASONS;
}

/* The class of each guest that is to be learned from; NOWHERE of others */
static size_t *find_classes(struct school *school, const bool *learn)
{
	const struct past *past = school->past;
	size_t *class_of = zeroed(past->nr_guests, sizeof(*class_of));
	size_t i, class;

	for (i = 0; i < past->nr_guests; i++) {
		class_of[i] = NOWHERE;
		class = find_class(school->policy, past->guests[i].class_name);
		if (class == NOWHERE && has_met(&past->guests[i]))
			school->elsewhere++;
		if (class == NOWHERE || !learn[class])
			continue;
		if (past->guests[i].by_hand) {
			school->by_hand++;
			continue;
		}
		class_of[i] = class;
		school->is_needy[i] =
			needs_more(&past->guests[i],
				   &school->policy->classes[class]);
	}
	return class_of;
}

/* --- groups --------------------------------------------------------------- */

/* As narrow as can be, but never wider than what the class has */
static char *find_pattern(const struct guest *guest,
			  const struct policy_section *class)
{
	char *pattern;

	if (!guest->cgroup[0])
		return NULL;
	pattern = pattern_of(guest->cgroup, guest->cut);
	if (!class->cgroup || (strcmp(class->cgroup, pattern) &&
			       pattern_covers(class->cgroup, pattern)))
		return pattern;
	free(pattern);
	return NULL;
}

static void add_group(struct school *school, const struct guest *guest,
		      size_t class)
{
	const struct policy_section *section = &school->policy->classes[class];
	struct group *new;

	school->groups = grow(school->groups, school->nr_groups,
			      sizeof(*school->groups));
	new = &school->groups[school->nr_groups++];
	*new = (struct group) {
		.old = class,
		.pattern = find_pattern(guest, section),
		.own_user = !(section->flags & KVMWARDEN_CLASS_MATCH_UID) &&
			    guest->uid != KVMWARDEN_NOBODY,
	};
	if (new->own_user)
		new->uid = guest->uid;
}

/* Of two patterns one of which matches all of the other, the longer is narrower */
static int by_pattern(const char *a, const char *b)
{
	size_t a_len = a ? strlen(a) : 0;
	size_t b_len = b ? strlen(b) : 0;

	if (a_len != b_len)
		return a_len > b_len ? -1 : 1;
	return a && b ? strcmp(a, b) : 0;
}

/* In the order of their classes to be; what needs no new one is the last */
static int by_place(const void *left, const void *right)
{
	const struct group *a = left;
	const struct group *b = right;
	int order;

	if (a->old != b->old)
		return a->old < b->old ? -1 : 1;
	order = by_pattern(a->pattern, b->pattern);
	if (order)
		return order;
	if (a->own_user != b->own_user)
		return a->own_user ? -1 : 1;
	if (a->uid != b->uid)
		return a->uid < b->uid ? -1 : 1;
	return 0;
}

/* Of all groups, those that are to be kept beside the last one that was */
static void thin_out(struct school *school,
		     bool (*keep)(const struct group *group,
				  const struct group *last))
{
	struct group *groups = school->groups;
	size_t i, kept = 0;

	for (i = 0; i < school->nr_groups; i++) {
		if (keep(&groups[i], kept ? &groups[kept - 1] : NULL))
			groups[kept++] = groups[i];
		else
			free(groups[i].pattern);
	}
	school->nr_groups = kept;
}

static bool differs(const struct group *group, const struct group *last)
{
	return !last || by_place(last, group);
}

static bool has_needy(const struct group *group, const struct group *last)
{
	(void)last;
	return group->needy;
}

static bool takes(const struct group *group, const struct guest *guest)
{
	if (group->own_user && group->uid != guest->uid)
		return false;
	return !group->pattern || kw_glob_match(group->pattern, guest->cgroup);
}

/* Each to the first that takes it, as the kernel will do */
static void assign(struct school *school, const size_t *class_of)
{
	const struct past *past = school->past;
	size_t i, g;

	for (g = 0; g < school->nr_groups; g++)
		school->groups[g].needy = 0;
	for (i = 0; i < past->nr_guests; i++) {
		school->group_of[i] = NOWHERE;
		for (g = 0; g < school->nr_groups; g++) {
			if (school->groups[g].old != class_of[i] ||
			    !takes(&school->groups[g], &past->guests[i]))
				continue;
			school->group_of[i] = g;
			school->groups[g].needy += school->is_needy[i];
			break;
		}
	}
}

static void find_groups(struct school *school, const size_t *class_of)
{
	const struct past *past = school->past;
	size_t i;

	for (i = 0; i < past->nr_guests; i++) {
		if (school->is_needy[i])
			add_group(school, &past->guests[i], class_of[i]);
	}
	if (school->nr_groups)
		qsort(school->groups, school->nr_groups,
		      sizeof(*school->groups), by_place);
	thin_out(school, differs);
	assign(school, class_of);
	/* those whose guests an earlier one takes */
	thin_out(school, has_needy);
	assign(school, class_of);
}

static void list_members(struct school *school)
{
	size_t nr_guests = school->past->nr_guests;
	size_t i, g, at = 0;

	school->members = zeroed(nr_guests, sizeof(*school->members));
	for (i = 0; i < nr_guests; i++) {
		if (school->group_of[i] != NOWHERE)
			school->groups[school->group_of[i]].end++;
	}
	for (g = 0; g < school->nr_groups; g++) {
		school->groups[g].begin = at;
		at += school->groups[g].end;
		school->groups[g].end = school->groups[g].begin;
	}
	for (i = 0; i < nr_guests; i++) {
		g = school->group_of[i];
		if (g != NOWHERE)
			school->members[school->groups[g].end++] = i;
	}
}

/* --- their classes -------------------------------------------------------- */

static char *copy_or_null(const char *text)
{
	return text ? copy_of(text) : NULL;
}

static void make_class(struct policy_section *to,
		       const struct policy_section *from,
		       const struct group *group)
{
	*to = *from;
	to->cgroup = copy_or_null(group->pattern ? group->pattern :
						   from->cgroup);
	to->exe = copy_or_null(from->exe);
	to->label = copy_or_null(from->label);
	if (group->pattern)
		to->flags |= KVMWARDEN_CLASS_MATCH_CGROUP;
	if (group->own_user) {
		to->uid = group->uid;
		to->flags |= KVMWARDEN_CLASS_MATCH_UID;
	}
}

struct growth {
	struct policy_section *list;
	size_t count;
	unsigned int number;		/* of the last class that was made */
};

/* The name of the class with a number behind it; those made so far go on */
static void name_class(const struct policy *policy, struct growth *to)
{
	struct policy_section *section = &to->list[to->count];
	const struct policy made = { .classes = to->list, .count = to->count };
	char number[16], name[KVMWARDEN_NAME_LEN];

	do {
		snprintf(number, sizeof(number), ".%u", ++to->number);
		snprintf(name, sizeof(name), "%.*s%s",
			 (int)(sizeof(name) - 1 - strlen(number)),
			 section->name, number);
	} while (find_class(policy, name) != NOWHERE ||
		 find_class(&made, name) != NOWHERE);
	strcpy(section->name, name);
}

/* The classes for groups of the class number @old, and then that itself */
static void grow_class(struct school *school, struct growth *to, size_t old)
{
	struct policy *policy = school->policy;
	size_t g;

	for (g = 0; g < school->nr_groups; g++) {
		struct group *group = &school->groups[g];

		if (group->old != old)
			continue;
		group->section = to->count;
		if (!group_is_new(group))
			continue;
		make_class(&to->list[to->count], &policy->classes[old], group);
		name_class(policy, to);
		to->count++;
	}
	for (g = 0; g < school->nr_groups; g++) {
		if (school->groups[g].old == old)
			school->groups[g].from = to->count;
	}
	to->list[to->count++] = policy->classes[old];
}

static bool make_classes(struct school *school)
{
	struct policy *policy = school->policy;
	struct growth to = { .count = 0 };
	size_t i, all = policy->count;

	for (i = 0; i < school->nr_groups; i++)
		all += group_is_new(&school->groups[i]);
	if (all > KVMWARDEN_CLASSES_MAX) {
		say_error("that would be %zu classes, and a policy has at most %d; name the class to learn for, or learn from less with --since",
			  all, KVMWARDEN_CLASSES_MAX);
		return false;
	}
	to.list = zeroed(all, sizeof(*to.list));
	for (i = 0; i < policy->count; i++) {
		to.number = 0;
		grow_class(school, &to, i);
	}
	free(policy->classes);
	policy->classes = to.list;
	policy->count = to.count;
	return true;
}

bool school_open(struct school *school, struct policy *policy,
		 const struct past *past, const bool *learn)
{
	size_t *class_of;

	*school = (struct school) { .past = past, .policy = policy };
	school->is_needy = zeroed(past->nr_guests, sizeof(bool));
	school->group_of = zeroed(past->nr_guests, sizeof(size_t));
	class_of = find_classes(school, learn);
	find_groups(school, class_of);
	free(class_of);
	list_members(school);
	return make_classes(school);
}

void school_close(struct school *school)
{
	size_t i;

	for (i = 0; i < school->nr_groups; i++)
		free(school->groups[i].pattern);
	free(school->groups);
	free(school->group_of);
	free(school->is_needy);
	free(school->members);
}
