// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy as text, of which there is just one for each policy.
 */
#include <stdlib.h>
#include <string.h>

#include "amount.h"
#include "names.h"
#include "policy_keys.h"
#include "tool.h"
#include "users.h"

/* --- values --------------------------------------------------------------- */

static char *count_text(const __u64 *count)
{
	char buf[AMOUNT_LEN];

	return copy_of(amount_count(buf, *count));
}

static char *size_text(const __u64 *bytes)
{
	char buf[AMOUNT_LEN];

	return copy_of(amount_exact(buf, *bytes));
}

static char *who_text(const struct who *who, const __u32 *id)
{
	char buf[NAME_LEN];

	return copy_of(who_exact(who, buf, *id));
}

static char *version_text(const __u64 *version)
{
	return text_of("%llu", (unsigned long long)*version);
}

static char *text_value(const char *const *text)
{
	return copy_of(*text);
}

static char *value_text(enum value_kind kind, const void *field)
{
	switch (kind) {
	case VALUE_VERSION:
		return version_text(field);
	case VALUE_MODE:
		return copy_of(mode_name(*(const __u32 *)field));
	case VALUE_USER:
		return who_text(&users, field);
	case VALUE_GROUP:
		return who_text(&groups, field);
	case VALUE_COUNT:
		return count_text(field);
	case VALUE_SIZE:
	case VALUE_SHARE:
		return size_text(field);
	case VALUE_NESTED:
		return copy_of(nested_name(*(const __u64 *)field));
	case VALUE_REVOKE:
		return copy_of(revoke_name(*(const __u32 *)field));
	default:
		return text_value(field);
	}
}

/* Is it what a file means that does not say it? */
static bool is_unsaid(const struct policy_row *row, const struct policy *policy,
		      const struct policy_section *section)
{
	const void *field = policy_field(row, section);
	struct policy_section unsaid;
	const void *other;

	if (row->flag)
		return !(section->flags & row->flag);
	if (section->place == IN_POLICY)
		return false;
	policy_section_init(&unsaid, section->place);
	unsaid.mode = policy->top.mode;
	other = policy_field(row, &unsaid);
	if (row->kind == VALUE_MODE || row->kind == VALUE_REVOKE)
		return *(const __u32 *)field == *(const __u32 *)other;
	return *(const __u64 *)field == *(const __u64 *)other;
}

static char *row_value(const struct policy_row *row,
		       const struct policy *policy,
		       const struct policy_section *section)
{
	if (!(row->places & section->place) || is_unsaid(row, policy, section))
		return NULL;
	return value_text(row->kind, policy_field(row, section));
}

char *policy_value(const struct policy *policy,
		   const struct policy_section *section, enum policy_key key)
{
	char *value = NULL;
	size_t i;

	for (i = 0; i < nr_policy_rows && !value; i++) {
		if (policy_rows[i].key == key)
			value = row_value(&policy_rows[i], policy, section);
	}
	return value;
}

/* --- a file --------------------------------------------------------------- */

struct printing {
	const struct policy *policy;
	const struct policy_notes *notes;
	FILE *to;
};

static bool has_note(const struct printing *print,
		     const struct policy_section *section, enum policy_key key)
{
	const struct policy_notes *notes = print->notes;

	return notes && notes->has(notes->data, section, key);
}

static void note(const struct printing *print,
		 const struct policy_section *section, enum policy_key key)
{
	const struct policy_notes *notes = print->notes;

	if (has_note(print, section, key))
		notes->print(notes->data, section, key, print->to);
}

static void print_key(const struct printing *print,
		      const struct policy_row *row,
		      const struct policy_section *section)
{
	char *value = row_value(row, print->policy, section);

	/* what there is something to say of is said, also the default */
	if (!value && row->places & section->place &&
	    has_note(print, section, row->key))
		value = value_text(row->kind, policy_field(row, section));
	if (!value)
		return;
	note(print, section, row->key);
	fprintf(print->to, "%s = %s\n", row->name, value);
	free(value);
}

static void print_keys(const struct printing *print,
		       const struct policy_section *section)
{
	size_t i;

	for (i = 0; i < nr_policy_rows; i++)
		print_key(print, &policy_rows[i], section);
}

static bool says_nothing(const struct policy *policy,
			 const struct policy_section *section)
{
	bool nothing = true;
	size_t i;

	for (i = 0; i < nr_policy_rows && nothing; i++) {
		char *value = row_value(&policy_rows[i], policy, section);

		nothing = !value;
		free(value);
	}
	return nothing;
}

static void print_named(const struct printing *print,
			const struct policy_section *section)
{
	char *title = policy_title(section);

	fputc('\n', print->to);
	note(print, section, NR_KEYS);
	fprintf(print->to, "[%s]\n", title);
	free(title);
	print_keys(print, section);
}

void policy_print_noted(const struct policy *policy,
			const struct policy_notes *notes, FILE *to)
{
	const struct printing print = { policy, notes, to };
	size_t i;

	fprintf(to, "[policy]\n");
	print_keys(&print, &policy->top);
	if (!says_nothing(policy, &policy->host))
		print_named(&print, &policy->host);
	for (i = 0; i < policy->nr_cgroups; i++)
		print_named(&print, &policy->cgroups[i]);
	for (i = 0; i < policy->count; i++)
		print_named(&print, &policy->classes[i]);
}

void policy_print(const struct policy *policy, FILE *to)
{
	policy_print_noted(policy, NULL, to);
}

/* --- what a file cannot say ----------------------------------------------- */

#define KNOWN_FLAGS	(KVMWARDEN_CLASS_MATCH_UID |			\
			 KVMWARDEN_CLASS_MATCH_CGROUP |			\
			 KVMWARDEN_CLASS_MATCH_GID |			\
			 KVMWARDEN_CLASS_MATCH_EXE |			\
			 KVMWARDEN_CLASS_MATCH_LABEL)

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* What would be read back is @text, and not a comment or less of it */
static bool text_fits(const char *text)
{
	const char *c;

	if (!*text || is_space(*text) || strchr("#;", *text))
		return false;
	for (c = text; *c; c++) {
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			return false;
		if (is_space(*c) && (!c[1] || c[1] == '#' || c[1] == ';'))
			return false;
	}
	return true;
}

static bool texts_fit(const struct policy_section *sec)
{
	size_t i;

	for (i = 0; i < nr_policy_rows; i++) {
		const struct policy_row *row = &policy_rows[i];
		const char *const *text = policy_field(row, sec);

		if (!(sec->flags & row->flag) ||
		    row->kind < VALUE_CGROUP || row->kind > VALUE_LABEL)
			continue;
		if (text_fits(*text))
			continue;
		say_error("class %s has a `%s' that a policy file cannot hold: %s",
			  printable(sec->name), row->name, printable(*text));
		return false;
	}
	return true;
}

static bool is_known(const struct policy_section *sec)
{
	int i;

	for (i = KVMWARDEN_NR_LIMITS; i < KVMWARDEN_LIMITS_MAX; i++) {
		if (sec->vm.of[i])
			return false;
	}
	return !(sec->flags & ~KNOWN_FLAGS) && mode_known(sec->mode) &&
	       !(sec->deny & ~KVMWARDEN_DENY_NESTED) &&
	       revoke_known(sec->revoke);
}

static bool class_fits(const struct policy_section *sec)
{
	if (is_known(sec))
		return texts_fit(sec);
	say_error("class %s has settings newer than this tool; use a newer one",
		  printable(sec->name));
	return false;
}

static bool cgroup_fits(const struct policy_section *sec)
{
	if (text_fits(sec->pattern))
		return true;
	say_error("a cgroup has a pattern that a policy file cannot hold: %s",
		  printable(sec->pattern));
	return false;
}

bool policy_printable(const struct policy *policy)
{
	size_t i;

	if (!mode_known(policy->top.mode)) {
		say_error("the policy has a mode newer than this tool; use a newer one");
		return false;
	}
	for (i = 0; i < policy->nr_cgroups; i++) {
		if (!cgroup_fits(&policy->cgroups[i]))
			return false;
	}
	for (i = 0; i < policy->count; i++) {
		if (!class_fits(&policy->classes[i]))
			return false;
	}
	return true;
}
