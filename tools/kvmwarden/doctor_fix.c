// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor --fix: what can be set right at once, and nothing else.
 */
#include <stdio.h>

#include "doctor.h"

static bool is_well(const struct result *result)
{
	return result->finding.level <= LEVEL_OK;
}

static void no_fix(const struct result *result)
{
	const char *id = result->check->id;

	if (is_well(result)) {
		say_error("there is no safe fix for `%s', nor is one needed",
			  id);
		return;
	}
	say_error("there is no safe fix for `%s'; this helps:", id);
	result_print(result);
}

static int do_fix(const struct check *check, const struct subject *subject)
{
	if (check->setting)
		return setting_fix(check->setting, &subject->host);
	if (check->node)
		return node_fix(check->node, &subject->host);
	return check->fix(subject);
}

static int fix(struct result *result, const struct subject *subject)
{
	int ret;

	if (is_well(result)) {
		result_print(result);
		return EXIT_DONE;
	}
	ret = do_fix(result->check, subject);
	if (ret)
		return ret;
	result_run(result, subject);
	result_print(result);
	return EXIT_DONE;
}

/* True if all that was asked for can be done */
static bool all_have_fixes(struct results *results,
			   const struct subject *subject)
{
	bool all = true;
	size_t i;

	for (i = 0; i < results->count; i++) {
		struct result *result = &results->list[i];

		result_run(result, subject);
		if (check_can_fix(result->check))
			continue;
		no_fix(result);
		all = false;
	}
	return all;
}

int results_fix(struct results *results, const struct subject *subject)
{
	size_t i;
	int ret;

	if (!all_have_fixes(results, subject))
		return EXIT_NOT_SO;
	for (i = 0; i < results->count; i++) {
		ret = fix(&results->list[i], subject);
		if (ret)
			return ret;
		results->sum[results->list[i].finding.level]++;
	}
	return results_exit(results, subject);
}
