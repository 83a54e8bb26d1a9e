// SPDX-License-Identifier: GPL-2.0-only
/*
 * What differs between two policies.
 */
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "names.h"
#include "tool.h"

#define NOWHERE	((size_t)-1)

/* Sections whose order counts: classes, or cgroups */
struct sections {
	const struct policy_section *list;
	size_t count;
};

/* A section, to be found by its name */
struct entry {
	const char *name;
	size_t index;
};

/* For each section of the new list, where the old one has it */
struct match {
	size_t *old_of;
	bool *moved;
	bool *kept;			/* for each of the old list */
};

static void *zeroed(size_t count, size_t size)
{
	void *list = calloc(count ? count : 1, size);

	if (!list)
		out_of_memory();
	return list;
}

static const char *name_of(const struct policy_section *section)
{
	return section->place == IN_CGROUP ? section->pattern : section->name;
}

/* --- keys --------------------------------------------------------------- */

/* A mode may be inherited: what counts is what it comes to */
static char *value_of(const struct policy *policy,
		      const struct policy_section *section, enum policy_key key)
{
	if (!section)
		return NULL;
	if (key == KEY_MODE && section->place == IN_CLASS)
		return copy_of(mode_name(section->mode));
	return policy_value(policy, section, key);
}

static bool is_same(const char *old, const char *new)
{
	if (!old || !new)
		return old == new;
	return !strcmp(old, new);
}

static void compare_keys(const struct comparison *cmp, struct difference *diff)
{
	int key;

	for (key = 0; key < NR_KEYS; key++) {
		char *old = value_of(cmp->old, diff->old, key);
		char *new = value_of(cmp->new, diff->new, key);

		if (is_same(old, new)) {
			free(old);
			free(new);
			continue;
		}
		diff->keys = grow(diff->keys, diff->count, sizeof(*diff->keys));
		diff->keys[diff->count++] = (struct key_difference) {
			.key = key,
			.old = old,
			.new = new,
		};
	}
}

static void compare_sections(struct comparison *cmp,
			     const struct policy_section *old,
			     const struct policy_section *new, bool moved)
{
	struct difference diff = { .old = old, .new = new, .moved = moved };

	compare_keys(cmp, &diff);
	if (old && new && !moved && !diff.count)
		return;
	cmp->list = grow(cmp->list, cmp->count, sizeof(*cmp->list));
	cmp->list[cmp->count++] = diff;
}

/* --- which is which ----------------------------------------------------- */

static int by_name(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;

	return strcmp(a->name, b->name);
}

static struct entry *sort_names(const struct sections *sections)
{
	struct entry *entries = zeroed(sections->count, sizeof(*entries));
	size_t i;

	for (i = 0; i < sections->count; i++)
		entries[i] = (struct entry) { name_of(&sections->list[i]), i };
	qsort(entries, sections->count, sizeof(*entries), by_name);
	return entries;
}

static void find_all(struct match *match, const struct sections *old,
		     const struct sections *new)
{
	struct entry *entries = sort_names(old);
	size_t i;

	for (i = 0; i < new->count; i++) {
		const struct entry key = { name_of(&new->list[i]), i };
		const struct entry *found;

		found = bsearch(&key, entries, old->count, sizeof(key),
				by_name);
		match->old_of[i] = found ? found->index : NOWHERE;
		if (found)
			match->kept[found->index] = true;
	}
	free(entries);
}

/* --- which have moved --------------------------------------------------- */

/*
 * The last of the rising rows of each length ends in @ends; where one for
 * @value belongs among the first @count.
 */
static size_t place_in(const size_t *old_of, const size_t *ends, size_t count,
		       size_t value)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;

		if (old_of[ends[middle]] < value)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

/* All but a longest row of sections that are in the same order in both */
static void find_moved(struct match *match, size_t count)
{
	size_t *before = zeroed(count, sizeof(*before));
	size_t *ends = zeroed(count, sizeof(*ends));
	size_t i, place, longest = 0;

	for (i = 0; i < count; i++) {
		if (match->old_of[i] == NOWHERE)
			continue;
		match->moved[i] = true;
		place = place_in(match->old_of, ends, longest,
				 match->old_of[i]);
		before[i] = place ? ends[place - 1] : NOWHERE;
		ends[place] = i;
		if (place == longest)
			longest++;
	}
	i = longest ? ends[longest - 1] : NOWHERE;
	for (; i != NOWHERE; i = before[i])
		match->moved[i] = false;
	free(before);
	free(ends);
}

static void compare_lists(struct comparison *cmp, const struct sections *old,
			  const struct sections *new)
{
	struct match match = {
		.old_of = zeroed(new->count, sizeof(*match.old_of)),
		.moved = zeroed(new->count, sizeof(*match.moved)),
		.kept = zeroed(old->count, sizeof(*match.kept)),
	};
	size_t i, at;

	find_all(&match, old, new);
	find_moved(&match, new->count);
	for (i = 0; i < new->count; i++) {
		at = match.old_of[i];
		compare_sections(cmp, at == NOWHERE ? NULL : &old->list[at],
				 &new->list[i], match.moved[i]);
	}
	for (i = 0; i < old->count; i++) {
		if (!match.kept[i])
			compare_sections(cmp, &old->list[i], NULL, false);
	}
	free(match.old_of);
	free(match.moved);
	free(match.kept);
}

/* --- the whole ---------------------------------------------------------- */

static struct sections cgroups_of(const struct policy *policy)
{
	return (struct sections) { policy->cgroups, policy->nr_cgroups };
}

static struct sections classes_of(const struct policy *policy)
{
	return (struct sections) { policy->classes, policy->count };
}

void compare(struct comparison *cmp, const struct policy *old,
	     const struct policy *new)
{
	const struct sections old_cgroups = cgroups_of(old);
	const struct sections new_cgroups = cgroups_of(new);
	const struct sections old_classes = classes_of(old);
	const struct sections new_classes = classes_of(new);

	*cmp = (struct comparison) { .old = old, .new = new };
	compare_sections(cmp, &old->top, &new->top, false);
	compare_sections(cmp, &old->host, &new->host, false);
	compare_lists(cmp, &old_cgroups, &new_cgroups);
	compare_lists(cmp, &old_classes, &new_classes);
}

void comparison_free(struct comparison *cmp)
{
	size_t i, k;

	for (i = 0; i < cmp->count; i++) {
		for (k = 0; k < cmp->list[i].count; k++) {
			free(cmp->list[i].keys[k].old);
			free(cmp->list[i].keys[k].new);
		}
		free(cmp->list[i].keys);
	}
	free(cmp->list);
}

char *section_position(const struct policy *policy,
		       const struct policy_section *section)
{
	const struct policy_section *first = section->place == IN_CGROUP ?
					     policy->cgroups : policy->classes;
	char *title, *text;

	if (section == first)
		return copy_of("first");
	title = policy_title(section - 1);
	text = text_of("after %s", title);
	free(title);
	return text;
}
