// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which limit a VM has met.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blame.h"
#include "climb.h"
#include "compare.h"
#include "json.h"
#include "names.h"
#include "tool.h"

/* --- sections ------------------------------------------------------------- */

static const struct policy_section *find_cgroup(const struct policy *policy,
						const char *pattern)
{
	size_t i;

	for (i = 0; i < policy->nr_cgroups; i++) {
		if (!strcmp(policy->cgroups[i].pattern, pattern))
			return &policy->cgroups[i];
	}
	return NULL;
}

const struct policy_section *blame_class(const struct blame *blame,
					 const char *name)
{
	return policy_class(&blame->in_force, name);
}

/* The same section in the files; NULL if they have none */
static const struct policy_section *
in_files(const struct blame *blame, const struct policy_section *section)
{
	if (blame->files == FILES_UNREADABLE)
		return NULL;
	switch (section->place) {
	case IN_POLICY:
		return &blame->file.top;
	case IN_HOST:
		return &blame->file.host;
	case IN_CGROUP:
		return find_cgroup(&blame->file, section->pattern);
	default:
		return policy_class(&blame->file, section->name);
	}
}

/* A class that does not say its mode has that of [policy] */
static struct policy_line mode_line(const struct blame *blame,
				    const struct policy_section *section,
				    const struct policy_section *written)
{
	if (section->mode != written->mode)
		return (struct policy_line) { .line = 0 };
	if (written->key[KEY_MODE].line)
		return written->key[KEY_MODE];
	return blame->file.top.key[KEY_MODE];
}

struct policy_line blame_line(const struct blame *blame,
			      const struct policy_section *section,
			      enum policy_key key)
{
	const struct policy_section *written = in_files(blame, section);
	struct policy_line at = { .line = 0 };
	char *here, *there;

	if (!written)
		return at;
	if (key == KEY_MODE)
		return mode_line(blame, section, written);
	here = policy_value(&blame->in_force, section, key);
	there = policy_value(&blame->file, written, key);
	/* a file may also say the default */
	if (here && there ? !strcmp(here, there) : here == there)
		at = written->key[key];
	free(here);
	free(there);
	return at;
}

struct policy_line blame_header(const struct blame *blame,
				const struct policy_section *section)
{
	const struct policy_section *written = in_files(blame, section);

	return written ? written->at : (struct policy_line) { .line = 0 };
}

/* --- limits --------------------------------------------------------------- */

static __u64 room_in(const struct limit_met *met)
{
	return met->used < met->limit ? met->limit - met->used : 0;
}

/* Of several accounts that the VM is charged to, the fullest was it */
static struct limit_met *fullest(const struct climb *climb, unsigned int reason)
{
	struct limit_met *found = NULL;
	size_t i;

	for (i = 0; i < climb->count; i++) {
		struct limit_met *met = &climb->list[i];

		if (met->reason != reason || met->limit == KVMWARDEN_UNLIMITED)
			continue;
		if (!found || room_in(met) < room_in(found))
			found = met;
	}
	return found;
}

bool blame_limit(const struct blame *blame, const struct record *rec,
		 unsigned int reason, struct limit_met *met)
{
	struct limit_met *found;
	struct climb all;

	*met = (struct limit_met) { .section = NULL };
	climb(&all, blame, rec);
	found = fullest(&all, reason);
	if (found) {
		*met = *found;
		*found = (struct limit_met) { .section = NULL };
	}
	climb_free(&all);
	return found;
}

void limit_met_free(struct limit_met *met)
{
	free(met->section);
	free(met->value);
	free(met->whose);
}

void limit_met_print(const struct limit_met *met, unsigned int reason)
{
	char used[AMOUNT_LEN], limit[AMOUNT_LEN];

	printf("%-10s   %s of %s in use by %s\n", "",
	       reason_amount(used, reason, met->used),
	       reason_amount(limit, reason, met->limit),
	       printable(met->whose));
	printf("%-10s   %s = %s, ", "", met->key,
	       met->value ? met->value :
			    reason_amount(limit, reason, met->limit));
	if (met->section)
		printf("in [%s]", printable(met->section));
	else
		printf("set for this VM");
	if (met->at.line)
		printf(", %s:%u", printable(met->at.file), met->at.line);
	putchar('\n');
}

struct json_object *limit_met_json(const struct limit_met *met,
				   unsigned int reason)
{
	struct json_object *o = json_map();

	json_text(o, "reason", reason_name(reason).name);
	json_text(o, "of", account_of_name(met->level));
	json_text(o, "key", met->key);
	json_text_or_null(o, "section", met->section ? met->section : "");
	json_flag(o, "default", !met->value);
	json_text(o, "whose", met->whose);
	json_number(o, "used", met->used);
	json_limit(o, "limit", met->limit);
	json_place(o, &met->at);
	return o;
}

/* --- files ---------------------------------------------------------------- */

static enum files_say compare_files(const struct blame *blame)
{
	struct comparison cmp;
	bool same;

	if (blame->wrong.count)
		return FILES_UNREADABLE;
	compare(&cmp, &blame->in_force, &blame->file);
	same = !cmp.count;
	comparison_free(&cmp);
	return same ? FILES_SAY_SAME : FILES_DIFFER;
}

void blame_print_files(const struct blame *blame)
{
	if (blame->files == FILES_DIFFER)
		puts("\nThe policy files differ from what is in force, see kvmwarden diff. Lines are\n"
		     "told where both say the same.");
	if (blame->files == FILES_UNREADABLE)
		puts("\nNo lines are told: the policy files have errors, or there are none, see\n"
		     "kvmwarden check.");
}

void blame_json_files(struct json_object *to, const struct blame *blame)
{
	static const char *const names[] = {
		[FILES_SAY_SAME]	= "same",
		[FILES_DIFFER]		= "differ",
		[FILES_UNREADABLE]	= "unreadable",
	};

	json_text(to, "policy_files", names[blame->files]);
}

int blame_read(struct blame *blame, int fd)
{
	int ret;

	*blame = (struct blame) { .fd = fd };
	ret = policy_load(&blame->in_force, fd, &blame->status);
	if (ret)
		return ret;
	ret = accounts_read(&blame->accounts, fd);
	if (ret) {
		blame_free(blame);
		return ret;
	}
	/* what is wrong with the files is not what was asked for */
	policy_read(&blame->file, NULL, &blame->wrong);
	blame->files = compare_files(blame);
	return EXIT_DONE;
}

void blame_free(struct blame *blame)
{
	accounts_free(&blame->accounts);
	complaints_free(&blame->wrong);
	policy_free(&blame->file);
	policy_free(&blame->in_force);
}
