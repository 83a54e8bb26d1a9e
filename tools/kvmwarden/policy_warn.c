// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a policy may well say, but hardly can mean.
 */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "policy_keys.h"
#include "tool.h"

/* A class, by the text of all its criteria */
struct criteria {
	char *text;
	const struct policy_section *class;
};

static int by_text(const void *left, const void *right)
{
	const struct criteria *a = left;
	const struct criteria *b = right;

	return strcmp(a->text, b->text);
}

static void criteria_free(void *node)
{
	struct criteria *criteria = node;

	free(criteria->text);
	free(criteria);
}

/* Those of @flags; no text that a policy holds has a line break */
static char *criteria_text(const struct policy_section *class, __u32 flags)
{
	return text_of("%x\n%u\n%u\n%s\n%s\n%s", flags,
		       flags & KVMWARDEN_CLASS_MATCH_UID ? class->uid : 0,
		       flags & KVMWARDEN_CLASS_MATCH_GID ? class->gid : 0,
		       flags & KVMWARDEN_CLASS_MATCH_CGROUP ? class->cgroup :
							      "",
		       flags & KVMWARDEN_CLASS_MATCH_EXE ? class->exe : "",
		       flags & KVMWARDEN_CLASS_MATCH_LABEL ? class->label : "");
}

static const struct policy_section *find(void *const *tree,
					 const struct policy_section *class,
					 __u32 flags)
{
	struct criteria key = { .text = criteria_text(class, flags) };
	struct criteria **found = tfind(&key, tree, by_text);

	free(key.text);
	return found ? (*found)->class : NULL;
}

static void add(void **tree, const struct policy_section *class)
{
	struct criteria *new = malloc(sizeof(*new));

	if (!new)
		out_of_memory();
	new->text = criteria_text(class, class->flags);
	new->class = class;
	if (!tsearch(new, tree, by_text))
		out_of_memory();
}

/* The class before it that asks for no more than @class does */
static const struct policy_section *taker(void *const *tree,
					  const struct policy_section *class)
{
	const struct policy_section *found = NULL;
	__u32 flags = class->flags;

	/* all the subsets there are: five criteria make 31 */
	while (flags && !found) {
		found = find(tree, class, flags);
		flags = (flags - 1) & class->flags;
	}
	return found;
}

void policy_warn(const struct policy *policy, struct complaints *warnings)
{
	const struct policy_section *class, *other;
	void *tree = NULL;
	size_t i;

	*warnings = (struct complaints) { .mild = true };
	for (i = 0; i < policy->count; i++) {
		class = &policy->classes[i];
		if (policy_is_default(class))
			continue;
		other = taker(&tree, class);
		if (other)
			complaint_add(warnings, class->at.file, class->at.line,
				      text_of("class %s takes no VM: class %s, in %s:%u, takes them before",
					      class->name, other->name,
					      other->at.file, other->at.line));
		else
			add(&tree, class);
	}
	tdestroy(tree, criteria_free);
	complaints_sort(warnings, policy->files, policy->nr_files);
}
