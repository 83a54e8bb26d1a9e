// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: what was found, for people and for programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "json.h"

#define WIDTH	80
#define INDENT	9

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

static void print_reference(const struct check *check)
{
	char *line;

	if (!check->reference)
		return;
	line = text_of("See: %s", check->reference);
	print_line(line, strlen(line));
	free(line);
}

void result_print(const struct result *result)
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
	print_reference(result->check);
	if (f->help && check_can_fix(result->check))
		printf("%*sTo do it now: kvmwarden doctor --fix %s\n", INDENT,
		       "", result->check->id);
	putchar('\n');
}

/* What is in order is shown only if it was asked for */
void results_print(const struct results *results, bool all)
{
	const size_t *sum = results->sum;
	size_t i;

	for (i = 0; i < results->count; i++) {
		if (all || results->list[i].finding.level > LEVEL_OK)
			result_print(&results->list[i]);
	}
	printf("%zu check%s: %zu ok, %zu note%s, %zu warning%s, %zu problem%s, %zu not applicable\n",
	       results->count, plural(results->count), sum[LEVEL_OK],
	       sum[LEVEL_NOTE], plural(sum[LEVEL_NOTE]), sum[LEVEL_WARNING],
	       plural(sum[LEVEL_WARNING]), sum[LEVEL_PROBLEM],
	       plural(sum[LEVEL_PROBLEM]), sum[LEVEL_NA]);
}

void checks_print(const struct results *results)
{
	size_t i;

	for (i = 0; i < results->count; i++) {
		const struct check *check = results->list[i].check;

		printf("%-17s %-7s %s%s\n", check->id,
		       level_name(check->worst), check->title,
		       check_can_fix(check) ? " (--fix)" : "");
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
	json_flag(o, "fix", check_can_fix(check));
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

void results_json(const struct results *results)
{
	print_json(results, true);
}

void checks_json(const struct results *results)
{
	print_json(results, false);
}
