// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: what is wrong with this host, and what helps?
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "doctor.h"
#include "json.h"
#include "spell.h"

#define WIDTH	80
#define INDENT	9

static const struct check_group *const groups[] = {
	&module_group,
	&policy_group,
	&kvm_group,
	&kernel_group,
};

/* A check that was chosen, and what it found */
struct result {
	const struct check_group *group;
	const struct check *check;
	struct finding finding;
};

struct results {
	struct result *list;
	size_t count;
	size_t sum[NR_LEVELS];
};

/* --- choosing ------------------------------------------------------------- */

static bool is_chosen(const char *id, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], id))
			return true;
	}
	return !argc;
}

static void choose(struct results *results, int argc, char **argv)
{
	size_t g, i;

	for (g = 0; g < ARRAY_SIZE(groups); g++) {
		for (i = 0; i < groups[g]->count; i++) {
			const struct check *check = &groups[g]->checks[i];

			if (!is_chosen(check->id, argc, argv))
				continue;
			results->list = grow(results->list, results->count,
					     sizeof(*results->list));
			results->list[results->count++] = (struct result) {
				.group = groups[g],
				.check = check,
			};
		}
	}
}

static bool is_check(const char *id, struct guess *guess)
{
	bool found = false;
	size_t g, i;

	for (g = 0; g < ARRAY_SIZE(groups); g++) {
		for (i = 0; i < groups[g]->count; i++) {
			guess_try(guess, groups[g]->checks[i].id);
			found |= !strcmp(groups[g]->checks[i].id, id);
		}
	}
	return found;
}

static int check_id(const char *id)
{
	struct guess guess;

	guess_start(&guess, id);
	if (is_check(id, &guess))
		return EXIT_DONE;
	if (guess.nearest)
		say_error("unknown check `%s'; did you mean `%s'?", brief(id),
			  guess.nearest);
	else
		say_error("unknown check `%s'; see kvmwarden doctor --list",
			  brief(id));
	return EXIT_USAGE;
}

static int check_arguments(const struct options *opt, int argc, char **argv)
{
	struct stat st;
	int i, ret = EXIT_DONE;

	if (opt->root && (stat(opt->root, &st) || !S_ISDIR(st.st_mode))) {
		say_error("--root: `%s' is not a directory", brief(opt->root));
		return EXIT_USAGE;
	}
	for (i = 0; i < argc && !ret; i++)
		ret = check_id(argv[i]);
	return ret;
}

/* --- text ----------------------------------------------------------------- */

/* Prints the words of @text from @column on; further lines are indented */
static void print_wrapped(const char *text, int len, int column)
{
	const char *end = text + len;
	bool first = true;

	while (text < end) {
		int word = strcspn(text, "\n ");

		if (!first && column + 1 + word > WIDTH) {
			printf("\n%*s", INDENT, "");
			column = INDENT;
			first = true;
		}
		column += printf("%s%.*s", first ? "" : " ", word, text);
		text += word;
		text += strspn(text, " ");
		first = false;
		if (text < end && *text == '\n')
			break;
	}
	putchar('\n');
}

static void print_line(const char *line, int len)
{
	printf("%*s", INDENT, "");
	if (*line == ' ')
		printf("%.*s\n", len, line);
	else
		print_wrapped(line, len, INDENT);
}

static void print_lines(const char *text)
{
	while (text && *text) {
		int len = strcspn(text, "\n");

		print_line(text, len);
		text += len + (text[len] == '\n');
	}
}

static void print_result(const struct result *result)
{
	const struct finding *f = &result->finding;
	const char *level = f->level == LEVEL_NA ? "n/a" : level_name(f->level);
	char *line = text_of("%s: %s", result->check->id, f->found);

	printf("%-*s", INDENT, level);
	print_wrapped(line, strlen(line), INDENT);
	free(line);
	if (f->level <= LEVEL_OK)
		return;
	print_lines(result->check->why);
	print_lines(f->help);
	if (result->check->reference)
		printf("%*sSee: %s\n", INDENT, "", result->check->reference);
	putchar('\n');
}

/* What is in order is shown only if it was asked for */
static void print_text(const struct results *results, bool all)
{
	const size_t *sum = results->sum;
	size_t i;

	for (i = 0; i < results->count; i++) {
		if (all || results->list[i].finding.level > LEVEL_OK)
			print_result(&results->list[i]);
	}
	printf("%zu check%s: %zu ok, %zu note%s, %zu warning%s, %zu problem%s, %zu not applicable\n",
	       results->count, plural(results->count), sum[LEVEL_OK],
	       sum[LEVEL_NOTE], plural(sum[LEVEL_NOTE]), sum[LEVEL_WARNING],
	       plural(sum[LEVEL_WARNING]), sum[LEVEL_PROBLEM],
	       plural(sum[LEVEL_PROBLEM]), sum[LEVEL_NA]);
}

static void list_text(const struct results *results)
{
	size_t i;

	for (i = 0; i < results->count; i++) {
		const struct check *check = results->list[i].check;

		printf("%-12s  %-7s %s\n", check->id, level_name(check->worst),
		       check->title);
	}
}

/* --- JSON ------------------------------------------------------------------ */

static struct json_object *check_json(const struct result *result)
{
	const struct check *check = result->check;
	struct json_object *o = json_map();

	json_text(o, "id", check->id);
	json_text(o, "group", result->group->name);
	json_text(o, "severity", level_name(check->worst));
	json_text(o, "title", check->title);
	json_text(o, "why", check->why);
	if (check->reference)
		json_text(o, "reference", check->reference);
	else
		json_add(o, "reference", NULL);
	return o;
}

static struct json_object *result_json(const struct result *result)
{
	struct json_object *o = check_json(result);

	json_text(o, "result", level_name(result->finding.level));
	json_text(o, "found", result->finding.found);
	if (result->finding.help)
		json_text(o, "help", result->finding.help);
	else
		json_add(o, "help", NULL);
	return o;
}

static struct json_object *sum_json(const struct results *results)
{
	struct json_object *o = json_map();

	json_number(o, "checks", results->count);
	json_number(o, "ok", results->sum[LEVEL_OK]);
	json_number(o, "notes", results->sum[LEVEL_NOTE]);
	json_number(o, "warnings", results->sum[LEVEL_WARNING]);
	json_number(o, "problems", results->sum[LEVEL_PROBLEM]);
	json_number(o, "not_applicable", results->sum[LEVEL_NA]);
	return o;
}

static void print_json(const struct results *results, bool run)
{
	struct json_object *checks = json_list();
	struct json_object *root = json_new();
	size_t i;

	for (i = 0; i < results->count; i++) {
		const struct result *result = &results->list[i];

		json_append(checks, run ? result_json(result) :
			    check_json(result));
	}
	json_add(root, "checks", checks);
	if (run)
		json_add(root, "sum", sum_json(results));
	json_print(root);
}

/* --- the verb --------------------------------------------------------------- */

static void run_all(struct results *results, const struct subject *subject)
{
	size_t i;

	for (i = 0; i < results->count; i++) {
		struct result *result = &results->list[i];

		result->check->run(subject, &result->finding);
		results->sum[result->finding.level]++;
	}
}

/* By the worst that was found */
static int exit_code(const struct results *results,
		     const struct subject *subject)
{
	if (results->sum[LEVEL_PROBLEM])
		return EXIT_PROBLEM;
	if (results->sum[LEVEL_WARNING])
		return EXIT_WARNING;
	/* what was not to be seen is not in order */
	if (subject->warden.state == WARDEN_NO_RIGHTS)
		return EXIT_NO_RIGHTS;
	return EXIT_DONE;
}

static int examine(const struct options *opt, struct results *results,
		   bool all)
{
	struct subject subject;
	int ret;

	host_read(&subject.host, opt->root ? opt->root : "");
	warden_read(&subject.warden, &subject.host);
	run_all(results, &subject);
	if (opt->json)
		print_json(results, true);
	else
		print_text(results, all);
	ret = exit_code(results, &subject);
	warden_free(&subject.warden);
	return ret;
}

static void results_free(struct results *results)
{
	size_t i;

	for (i = 0; i < results->count; i++)
		finding_free(&results->list[i].finding);
	free(results->list);
}

int verb_doctor(const struct options *opt, int argc, char **argv)
{
	struct results results = { .count = 0 };
	int ret = check_arguments(opt, argc, argv);

	if (ret)
		return ret;
	choose(&results, argc, argv);
	if (!opt->list)
		ret = examine(opt, &results, argc);
	else if (opt->json)
		print_json(&results, false);
	else
		list_text(&results);
	results_free(&results);
	return ret;
}
