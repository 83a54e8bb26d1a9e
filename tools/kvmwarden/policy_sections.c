// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sections of a policy: one policy out of several files.
 */
#include <ctype.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy_keys.h"
#include "policy_sections.h"
#include "tool.h"
#include "value.h"

#define COMPLAIN(s, ...) sections_complain(s, text_of(__VA_ARGS__))

/* What the tree holds: sections move in memory while their list grows */
struct section_name {
	enum policy_place place;
	size_t index;
	struct policy_line at;		/* where it was written last */
	char *name;
};

static int by_name(const void *left, const void *right)
{
	const struct section_name *a = left;
	const struct section_name *b = right;

	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	return strcmp(a->name, b->name);
}

void sections_complain(struct sections *s, char *text)
{
	complaint_add(s->reader->wrong, s->at.file, s->at.line, text);
}

static struct policy_section *spare(struct sections *s, enum policy_place place)
{
	policy_section_free(&s->spare);
	policy_section_init(&s->spare, place);
	return &s->spare;
}

/* --- [policy] and [host] -------------------------------------------------- */

static struct policy_section *enter_single(struct sections *s,
					   struct policy_section *sec,
					   unsigned int *line, const char *rest)
{
	const char *name = policy_place_name(sec->place);

	if (*rest) {
		COMPLAIN(s, "[%s] has no name; write `[%s]'", name, name);
		return spare(s, sec->place);
	}
	if (*line) {
		COMPLAIN(s, "a second [%s], after line %u; write both as one",
			 name, *line);
		return spare(s, sec->place);
	}
	*line = s->at.line;
	if (!sec->at.line)
		sec->at = s->at;
	return sec;
}

/* --- [class NAME] and [cgroup PATTERN] ------------------------------------ */

static bool class_name_ok(struct sections *s, const char *name)
{
	const char *c;

	if (!*name) {
		COMPLAIN(s, "a class without a name; write `[class NAME]'");
		return false;
	}
	for (c = name; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("._-", *c)) {
			COMPLAIN(s, "`%s' is not a class name; write only A-Z, a-z, 0-9, `.', `_' and `-'",
				 brief(name));
			return false;
		}
	}
	if (c - name >= KVMWARDEN_NAME_LEN) {
		COMPLAIN(s, "a class name of %td bytes is too long; write at most %d",
			 c - name, KVMWARDEN_NAME_LEN - 1);
		return false;
	}
	return true;
}

static bool pattern_ok(struct sections *s, const char *pattern)
{
	char *copy = NULL, *wrong;

	if (!*pattern) {
		COMPLAIN(s, "a cgroup without a pattern; write `[cgroup PATTERN]'");
		return false;
	}
	wrong = value_cgroup(pattern, &copy);
	free(copy);
	if (wrong)
		sections_complain(s, wrong);
	return !wrong;
}

static struct section_name *name_find(const struct policy_reader *reader,
				      enum policy_place place, const char *name)
{
	struct section_name key = { .place = place, .name = (char *)name };
	struct section_name **found = tfind(&key, &reader->names, by_name);

	return found ? *found : NULL;
}

static void name_add(struct policy_reader *reader,
		     const struct section_name *name)
{
	struct section_name *new = malloc(sizeof(*new));

	if (!new)
		out_of_memory();
	*new = *name;
	new->name = copy_of(name->name);
	if (!tsearch(new, &reader->names, by_name))
		out_of_memory();
}

static void name_free(void *node)
{
	struct section_name *name = node;

	free(name->name);
	free(name);
}

static size_t *list_of(struct policy *policy, enum policy_place place,
		       struct policy_section ***list)
{
	*list = place == IN_CLASS ? &policy->classes : &policy->cgroups;
	return place == IN_CLASS ? &policy->count : &policy->nr_cgroups;
}

static struct policy_section *append(struct policy *policy,
				     enum policy_place place, const char *name)
{
	struct policy_section **list, *sec;
	size_t *count = list_of(policy, place, &list);

	*list = grow(*list, *count, sizeof(**list));
	sec = &(*list)[(*count)++];
	policy_section_init(sec, place);
	if (place == IN_CLASS)
		strcpy(sec->name, name);
	else
		sec->pattern = copy_of(name);
	return sec;
}

/* Complains once, if the list is full */
static bool is_full(struct sections *s, enum policy_place place)
{
	bool class = place == IN_CLASS;
	bool *full = &s->reader->full[class];
	struct policy_section **list;
	size_t count = *list_of(s->reader->policy, place, &list);

	if (count < (class ? KVMWARDEN_CLASSES_MAX : KVMWARDEN_CGROUPS_MAX))
		return false;
	if (!*full && class)
		COMPLAIN(s, "too many classes; a policy has at most %d",
			 KVMWARDEN_CLASSES_MAX);
	else if (!*full)
		COMPLAIN(s, "too many cgroups; a policy has at most %d",
			 KVMWARDEN_CGROUPS_MAX);
	*full = true;
	return true;
}

/* The order of classes counts within a file; `default' is put last by us */
static void note_order(struct sections *s, const struct policy_section *sec,
		       bool new)
{
	if (policy_is_default(sec)) {
		s->dflt = s->at.line;
	} else if (new && s->dflt) {
		s->late = s->at.line;
		strcpy(s->late_name, sec->name);
	}
}

static struct policy_section *enter_new(struct sections *s,
					enum policy_place place,
					const char *name)
{
	struct policy *policy = s->reader->policy;
	struct policy_section **list, *sec;
	struct section_name new = {
		.place = place,
		.index = *list_of(policy, place, &list),
		.at = s->at,
		.name = (char *)name,
	};

	name_add(s->reader, &new);
	sec = append(policy, place, name);
	sec->at = s->at;
	if (place == IN_CLASS)
		note_order(s, sec, true);
	return sec;
}

static struct policy_section *enter_known(struct sections *s,
					  struct section_name *known)
{
	struct policy *policy = s->reader->policy;
	bool class = known->place == IN_CLASS;

	if (known->at.file == s->at.file && class) {
		COMPLAIN(s, "a second class %s, after line %u; write both as one, or rename one",
			 known->name, known->at.line);
		return spare(s, known->place);
	}
	if (known->at.file == s->at.file) {
		COMPLAIN(s, "a second [cgroup %s], after line %u; write both as one",
			 brief(known->name), known->at.line);
		return spare(s, known->place);
	}
	known->at = s->at;
	if (!class)
		return &policy->cgroups[known->index];
	note_order(s, &policy->classes[known->index], false);
	return &policy->classes[known->index];
}

static struct policy_section *enter_named(struct sections *s,
					  enum policy_place place,
					  const char *name)
{
	struct section_name *known;

	if (place == IN_CLASS ? !class_name_ok(s, name) : !pattern_ok(s, name))
		return spare(s, place);
	known = name_find(s->reader, place, name);
	if (known)
		return enter_known(s, known);
	return is_full(s, place) ? NULL : enter_new(s, place, name);
}

struct policy_section *section_enter(struct sections *s,
				     enum policy_place place, const char *name)
{
	struct policy *policy = s->reader->policy;

	if (place == IN_POLICY)
		return enter_single(s, &policy->top, &s->policy, name);
	if (place == IN_HOST)
		return enter_single(s, &policy->host, &s->host, name);
	return enter_named(s, place, name);
}

/* --- one file ------------------------------------------------------------- */

void sections_begin(struct sections *s, struct policy_reader *reader,
		    const char *file)
{
	*s = (struct sections) { .reader = reader, .at.file = file };
	policy_section_init(&s->spare, IN_POLICY);
}

void sections_end(struct sections *s)
{
	policy_section_free(&s->spare);
	if (!s->late)
		return;
	s->at.line = s->dflt;
	COMPLAIN(s, "class default must be the last, or class %s in line %u would never match; move it to the end",
		 s->late_name, s->late);
}

/* --- all files ------------------------------------------------------------ */

void policy_read_begin(struct policy_reader *reader, struct policy *policy,
		       struct complaints *wrong)
{
	*reader = (struct policy_reader) { .policy = policy, .wrong = wrong };
	*policy = (struct policy) { .count = 0 };
	policy_section_init(&policy->top, IN_POLICY);
	policy_section_init(&policy->host, IN_HOST);
}

const char *policy_read_file(struct policy_reader *reader, const char *name)
{
	struct policy *policy = reader->policy;

	policy->files = grow(policy->files, policy->nr_files,
			     sizeof(*policy->files));
	policy->files[policy->nr_files] = copy_of(name);
	return policy->files[policy->nr_files++];
}

#define BLAME(reader, at, ...) \
	complaint_add((reader)->wrong, (at).file, (at).line, \
		      text_of(__VA_ARGS__))

static bool has_criteria(const struct policy_section *sec)
{
	size_t i;

	for (i = 0; i < nr_policy_rows; i++) {
		if (policy_rows[i].flag && sec->key[policy_rows[i].key].line)
			return true;
	}
	return false;
}

static void check_default(struct policy_reader *reader,
			  const struct policy_section *sec)
{
	size_t i;

	for (i = 0; i < nr_policy_rows; i++) {
		const struct policy_row *row = &policy_rows[i];

		if (row->flag && sec->key[row->key].line)
			BLAME(reader, sec->key[row->key],
			      "class default takes all the rest and has no `%s'; remove it, or rename the class",
			      row->name);
	}
}

static void check_class(struct policy_reader *reader,
			const struct policy_section *sec)
{
	if (policy_is_default(sec))
		check_default(reader, sec);
	else if (has_criteria(sec))
		return;
	else if (!strcasecmp(sec->name, "default"))
		BLAME(reader, sec->at,
		      "class %s has no `match.' key; did you mean [class default]?",
		      sec->name);
	else
		BLAME(reader, sec->at,
		      "class %s has no `match.' key, such as `match.user'; say whose VMs it takes",
		      sec->name);
}

/* What files leave unsaid is said here, not by the kernel */
static void add_default(struct policy_reader *reader)
{
	struct policy *policy = reader->policy;

	if (reader->full[true])
		return;
	if (policy->count == KVMWARDEN_CLASSES_MAX)
		BLAME(reader, policy->classes[policy->count - 1].at,
		      "too many classes; a policy has at most %d with `default', which is added if missing",
		      KVMWARDEN_CLASSES_MAX);
	else
		append(policy, IN_CLASS, "default");
}

static void move_last(struct policy *policy, size_t i)
{
	struct policy_section sec = policy->classes[i];

	policy->count--;
	memmove(&policy->classes[i], &policy->classes[i + 1],
		(policy->count - i) * sizeof(sec));
	policy->classes[policy->count++] = sec;
}

static void put_default_last(struct policy_reader *reader)
{
	struct policy *policy = reader->policy;
	size_t i;

	for (i = 0; i < policy->count; i++) {
		if (policy_is_default(&policy->classes[i])) {
			move_last(policy, i);
			return;
		}
	}
	add_default(reader);
}

static void judge(struct policy_reader *reader)
{
	struct policy *policy = reader->policy;
	size_t i;

	for (i = 0; i < policy->count; i++)
		check_class(reader, &policy->classes[i]);
	put_default_last(reader);
	for (i = 0; i < policy->count; i++) {
		struct policy_section *sec = &policy->classes[i];

		if (!sec->key[KEY_MODE].line)
			sec->mode = policy->top.mode;
	}
}

void policy_read_end(struct policy_reader *reader, bool whole)
{
	const struct policy *policy = reader->policy;

	if (whole)
		judge(reader);
	tdestroy(reader->names, name_free);
	reader->names = NULL;
	complaints_sort(reader->wrong, policy->files, policy->nr_files);
}
