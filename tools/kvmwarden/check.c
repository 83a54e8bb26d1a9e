// SPDX-License-Identifier: GPL-2.0-only
/*
 * check: is a policy file right? Needs neither module nor rights.
 */
#include <stdio.h>

#include "json.h"
#include "names.h"
#include "policy.h"
#include "tool.h"

static void print_json(const struct policy *policy,
		       const struct complaints *wrong)
{
	struct json_object *root = json_new();
	struct json_object *list = json_list();
	size_t i;

	json_text(root, "file", policy->file);
	json_flag(root, "ok", !wrong->count);
	json_number(root, "version", policy->top.version);
	json_text(root, "mode", mode_name(policy->top.mode));
	json_number(root, "classes", policy->count);
	for (i = 0; i < wrong->count; i++) {
		struct json_object *o = json_map();

		if (wrong->list[i].line)
			json_number(o, "line", wrong->list[i].line);
		else
			json_add(o, "line", NULL);
		json_text(o, "text", wrong->list[i].text);
		json_append(list, o);
	}
	json_add(root, "errors", list);
	json_number(root, "errors_left_out", wrong->dropped);
	json_print(root);
}

int verb_check(const struct options *opt, int argc, char **argv)
{
	struct complaints wrong = { 0 };
	struct policy policy;
	int ret;

	policy_read(&policy, argc ? argv[0] : POLICY_FILE, &wrong);
	ret = wrong.count ? EXIT_BAD_FILE : EXIT_DONE;
	if (opt->json)
		print_json(&policy, &wrong);
	else if (wrong.count)
		complaints_print(&wrong, policy.file, stderr);
	else
		printf("%s: ok, %zu class%s\n", policy.file, policy.count,
		       policy.count == 1 ? "" : "es");
	complaints_free(&wrong);
	policy_free(&policy);
	return ret;
}
