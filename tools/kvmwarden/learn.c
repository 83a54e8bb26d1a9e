// SPDX-License-Identifier: GPL-2.0-only
/*
 * learn: the smallest policy that would have allowed what was seen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "amount.h"
#include "device.h"
#include "doubt.h"
#include "json.h"
#include "lesson.h"
#include "names.h"
#include "policy_keys.h"
#include "set.h"
#include "times.h"
#include "tool.h"
#include "wrap.h"

#define ULL(n)	((unsigned long long)(n))
#define COMMENT	"# "

/* --- which classes -------------------------------------------------------- */

static bool choose_class(const struct policy *policy, const char *name,
			 bool *learn)
{
	size_t i;

	for (i = 0; i < policy->count; i++) {
		if (strcmp(policy->classes[i].name, name))
			continue;
		learn[i] = true;
		return true;
	}
	return false;
}

static int choose_permissive(const struct policy *policy, bool *learn)
{
	bool any = false;
	size_t i;

	for (i = 0; i < policy->count; i++) {
		learn[i] = policy->classes[i].mode == KVMWARDEN_MODE_PERMISSIVE;
		any |= learn[i];
	}
	if (any)
		return EXIT_DONE;
	say_error("no class is permissive, so that there is none to learn for; name one to learn from what it was refused");
	return EXIT_NOT_SO;
}

static int choose(const struct policy *policy, int fd, int argc, char **argv,
		  bool *learn)
{
	int i;

	if (!argc)
		return choose_permissive(policy, learn);
	for (i = 0; i < argc; i++) {
		if (!choose_class(policy, argv[i], learn))
			return set_no_class(fd, argv[i], false);
	}
	return EXIT_DONE;
}

/* --- comments ------------------------------------------------------------- */

/* As a file has it */
static char *value_of(const struct policy_section *section, enum policy_key key,
		      __u64 value)
{
	const struct policy_row *row =
		policy_row_find(policy_key_name(key), section->place);
	char buf[AMOUNT_LEN];

	if (key == KEY_NESTED)
		return copy_of("deny");
	if (row->kind == VALUE_SIZE || row->kind == VALUE_SHARE)
		return copy_of(amount_exact(buf, value));
	return copy_of(amount_count(buf, value));
}

static char *times_of(const struct met *met)
{
	char first[TIME_LEN], last[TIME_LEN];

	if (met->first / TIME_SECOND == met->last / TIME_SECOND)
		return text_of("at %s", time_ns_text(first, met->first));
	return text_of("%s to %s", time_ns_text(first, met->first),
		       time_ns_text(last, met->last));
}

/* "by VMs 3, 7"; empty if they have no number */
static char *vms_of(const struct raise *raise)
{
	char *text = copy_of(""), *longer;
	size_t i;

	for (i = 0; i < RAISE_VMS && raise->vms[i]; i++) {
		longer = text_of("%s%s%llu", text, i ? ", " :
				 raise->vms[1] ? ", by VMs " : ", by VM ",
				 ULL(raise->vms[i]));
		free(text);
		text = longer;
	}
	if (i < RAISE_VMS)
		return text;
	longer = text_of("%s and maybe more", text);
	free(text);
	return longer;
}

/* Of requests that are told together, only the last says how much it was about */
static char *unknown_of(const struct met *met, enum policy_key key)
{
	__u64 unknown = met->count - met->events;

	if (key == KEY_NESTED || met->count <= met->events)
		return copy_of("");
	return text_of("; the amounts of %llu of these were not told",
		       ULL(unknown));
}

static char *met_text(const struct raise *raise, enum policy_key key)
{
	char *times, *vms, *unknown, *text;

	if (!raise->met.count)
		return copy_of("more was in use at a time, though no event tells of that");
	times = times_of(&raise->met);
	vms = vms_of(raise);
	unknown = unknown_of(&raise->met, key);
	text = text_of("%llu request%s %s, %s%s%s", ULL(raise->met.count),
		       plural(raise->met.count),
		       key == KEY_NESTED ? "for it" : "beyond that", times, vms,
		       unknown);
	free(times);
	free(vms);
	free(unknown);
	return text;
}

static void print_raise(const struct raise *raise,
			const struct policy_section *section,
			enum policy_key key, FILE *to)
{
	char *from = value_of(section, key, raise->from);
	char *met = met_text(raise, key);
	char *text = text_of("was %s: %s", from, met);

	wrap(to, COMMENT, text);
	free(from);
	free(met);
	free(text);
}

static void print_group(const struct lesson *lesson, const struct group *group,
			FILE *to)
{
	const struct policy *policy = lesson->policy;
	char *text;

	text = text_of("For %zu VM%s that class %s took and that needed more than it allows",
		       group->needy, plural(group->needy),
		       printable(policy->classes[group->from].name));
	wrap(to, COMMENT, text);
	free(text);
}

static bool has_note(const void *data, const struct policy_section *section,
		     enum policy_key key)
{
	if (key == NR_KEYS)
		return lesson_group(data, section);
	return lesson_raise(data, section, key);
}

static void print_note(const void *data, const struct policy_section *section,
		       enum policy_key key, FILE *to)
{
	if (key == NR_KEYS)
		print_group(data, lesson_group(data, section), to);
	else
		print_raise(lesson_raise(data, section, key), section, key, to);
}

/* --- the head of the file ------------------------------------------------- */

struct course {
	const struct options *opt;
	struct kvmwarden_status status;
	struct policy policy;
	bool *learn;
	char *names;			/* of the classes learned for */
	struct past past;
	struct lesson lesson;
};

static void comment(char *text)
{
	wrap(stdout, COMMENT, text);
	free(text);
}

static char *list_names(const struct policy *policy, const bool *learn)
{
	char *text = copy_of(""), *longer;
	size_t i;

	for (i = 0; i < policy->count; i++) {
		if (!learn[i])
			continue;
		longer = text_of("%s%s%s", text, *text ? ", " : "",
				 policy->classes[i].name);
		free(text);
		text = longer;
	}
	return text;
}

static void print_source(const struct course *course)
{
	const struct past *past = &course->past;
	char now[TIME_LEN], first[TIME_LEN], last[TIME_LEN];

	comment(text_of("Learned by kvmwarden at %s for class %s, from version %llu of the policy, which was in force, and from %llu event%s%s%s%s%s.",
			time_text(now, time(NULL)), course->names,
			ULL(course->status.version), ULL(past->events),
			plural(past->events), past->events ? ", " : "",
			past->events ? time_ns_text(first, past->first) : "",
			past->events ? " to " : "",
			past->events ? time_ns_text(last, past->last) : ""));
	if (!course->lesson.school.nr_groups)
		comment(copy_of("Nothing was seen that this policy does not allow already."));
}

static void print_lost(const struct past *past)
{
	unsigned int i;

	if (!past->lost)
		return;
	comment(text_of("%llu event%s no longer kept: limits may be too small for what %s told of.",
			ULL(past->lost), past->lost == 1 ? " is" : "s are",
			past->lost == 1 ? "it" : "they"));
	for (i = 0; i < KVMWARDEN_NR_REASONS; i++) {
		if (past->missing[i])
			comment(text_of("Lost: %s, met %llu time%s in any class",
					reason_name(i).text,
					ULL(past->missing[i]),
					plural(past->missing[i])));
	}
}

/* What no policy would have allowed */
static __u64 count_hopeless(const struct past *past)
{
	__u64 count = 0;
	size_t i;

	for (i = 0; i < past->nr_guests; i++)
		count += past->guests[i].met[KVMWARDEN_REASON_NO_RECORD].count +
			 past->guests[i].met[KVMWARDEN_REASON_LAYOUT].count;
	return count;
}

static void print_doubt(const struct lesson *lesson)
{
	size_t vms = doubt(lesson);

	if (vms)
		comment(text_of("Limits that VMs share may be too small: limits of a single VM hid them, and of %zu VM%s no event tells what %s had.",
				vms, plural(vms), vms == 1 ? "it" : "they"));
}

static void print_left_out(const struct course *course)
{
	const struct school *school = &course->lesson.school;
	__u64 hopeless = count_hopeless(&course->past);

	if (school->by_hand)
		comment(text_of("Left out: %zu VM%s whose class was chosen by kvmwarden set, not by the policy",
				school->by_hand, plural(school->by_hand)));
	if (school->elsewhere)
		comment(text_of("Left out: %zu VM%s of classes that are not in force any more",
				school->elsewhere, plural(school->elsewhere)));
	if (hopeless)
		comment(text_of("Left out: %llu request%s that no policy would have allowed: kvmwarden log --reason no-record, or layout",
				ULL(hopeless), plural(hopeless)));
}

static void print_text(const struct course *course)
{
	const struct policy_notes notes = {
		.has = has_note,
		.print = print_note,
		.data = &course->lesson,
	};

	print_source(course);
	print_lost(&course->past);
	print_doubt(&course->lesson);
	print_left_out(course);
	policy_print_noted(&course->policy, &notes, stdout);
}

/* --- JSON ----------------------------------------------------------------- */

static void add_time(struct json_object *to, const char *name, __u64 ns)
{
	char when[TIME_LEN];

	json_text_or_null(to, name, ns ? time_ns_text(when, ns) : "");
}

static struct json_object *raise_json(const struct raise *raise,
				      const struct policy *policy,
				      const struct policy_section *section,
				      enum policy_key key)
{
	struct json_object *o = json_map(), *vms = json_list();
	char *title = policy_title(section);
	char *from = value_of(section, key, raise->from);
	char *to = policy_value(policy, section, key);
	size_t i;

	json_text(o, "section", title);
	json_text(o, "key", policy_key_name(key));
	json_text(o, "from", from);
	/* what need not be said is the default */
	json_text_or_null(o, "to", to ? to : "");
	json_number(o, "count", raise->met.count);
	json_number(o, "events", raise->met.events);
	add_time(o, "first", raise->met.first);
	add_time(o, "last", raise->met.last);
	for (i = 0; i < RAISE_VMS && raise->vms[i]; i++)
		json_append(vms, json_object_new_uint64(raise->vms[i]));
	json_add(o, "vms", vms);
	free(title);
	free(from);
	free(to);
	return o;
}

static void add_raises(struct json_object *list, const struct lesson *lesson,
		       const struct policy_section *section)
{
	const struct raise *raise;
	int key;

	for (key = 0; key < NR_KEYS; key++) {
		raise = lesson_raise(lesson, section, key);
		if (raise)
			json_append(list, raise_json(raise, lesson->policy,
						     section, key));
	}
}

static struct json_object *raises_json(const struct lesson *lesson)
{
	const struct policy *policy = lesson->policy;
	struct json_object *list = json_list();
	size_t i;

	add_raises(list, lesson, &policy->host);
	for (i = 0; i < policy->nr_cgroups; i++)
		add_raises(list, lesson, &policy->cgroups[i]);
	for (i = 0; i < policy->count; i++)
		add_raises(list, lesson, &policy->classes[i]);
	return list;
}

static struct json_object *groups_json(const struct lesson *lesson)
{
	const struct school *school = &lesson->school;
	const struct policy_section *classes = lesson->policy->classes;
	struct json_object *list = json_list();
	size_t i;

	for (i = 0; i < school->nr_groups; i++) {
		const struct group *group = &school->groups[i];
		struct json_object *o;

		if (!group_is_new(group))
			continue;
		o = json_map();
		json_text(o, "class", classes[group->section].name);
		json_text(o, "made_of", classes[group->from].name);
		json_number(o, "vms", group->needy);
		json_append(list, o);
	}
	return list;
}

static struct json_object *missing_json(const struct past *past)
{
	struct json_object *list = json_list();
	unsigned int i;

	for (i = 0; i < KVMWARDEN_NR_REASONS; i++) {
		struct json_object *o;

		if (!past->missing[i])
			continue;
		o = json_map();
		json_text(o, "reason", reason_name(i).name);
		json_text(o, "text", reason_name(i).text);
		json_number(o, "count", past->missing[i]);
		json_append(list, o);
	}
	return list;
}

static void print_json(const struct course *course)
{
	struct json_object *root = json_new(), *policy = json_map();
	const struct school *school = &course->lesson.school;
	const struct past *past = &course->past;

	json_number(root, "events", past->events);
	add_time(root, "first", past->first);
	add_time(root, "last", past->last);
	json_number(root, "lost_events", past->lost);
	json_add(root, "lost", missing_json(past));
	json_number(root, "in_doubt", doubt(&course->lesson));
	json_number(root, "left_out_by_hand", school->by_hand);
	json_number(root, "left_out_elsewhere", school->elsewhere);
	json_number(root, "left_out_hopeless", count_hopeless(past));
	json_add(root, "classes_made", groups_json(&course->lesson));
	json_add(root, "raised", raises_json(&course->lesson));
	policy_json(policy, &course->policy);
	json_add(root, "policy", policy);
	json_print(root);
}

/* --- the whole ------------------------------------------------------------ */

static int print(const struct course *course)
{
	if (course->opt->json)
		print_json(course);
	else if (policy_printable(&course->policy))
		print_text(course);
	else
		return EXIT_NOT_SO;
	return EXIT_DONE;
}

static int teach(struct course *course)
{
	int ret = EXIT_NOT_SO;

	course->names = list_names(&course->policy, course->learn);
	if (lesson_learn(&course->lesson, &course->policy, &course->past,
			 course->learn, course->opt->enforce))
		ret = print(course);
	lesson_free(&course->lesson);
	free(course->names);
	return ret;
}

static int learn(struct course *course, int fd, __u64 since, int argc,
		 char **argv)
{
	int ret;

	course->learn = calloc(course->policy.count + 1, sizeof(bool));
	if (!course->learn)
		out_of_memory();
	ret = choose(&course->policy, fd, argc, argv, course->learn);
	if (!ret)
		ret = past_read(&course->past, fd, since);
	if (!ret)
		ret = teach(course);
	past_free(&course->past);
	free(course->learn);
	return ret;
}

static int read_since(const struct options *opt, __u64 *since)
{
	char *wrong = NULL;

	*since = 0;
	if (opt->since)
		wrong = time_parse(opt->since, since);
	if (!wrong)
		return EXIT_DONE;
	say_error("--since: %s", wrong);
	free(wrong);
	return EXIT_USAGE;
}

int verb_learn(const struct options *opt, int argc, char **argv)
{
	struct course course = { .opt = opt };
	__u64 since;
	int fd, ret;

	ret = read_since(opt, &since);
	if (!ret)
		ret = device_open(&fd);
	if (ret)
		return ret;
	ret = policy_load(&course.policy, fd, &course.status);
	if (!ret) {
		ret = learn(&course, fd, since, argc, argv);
		policy_free(&course.policy);
	}
	close(fd);
	return ret;
}
