// SPDX-License-Identifier: GPL-2.0-only
/*
 * check: is a policy right? Needs neither module nor rights.
 */
#include <stdio.h>

#include "json.h"
#include "names.h"
#include "policy.h"
#include "tool.h"

static void add_complaints(struct json_object *to, const char *name,
			   const struct complaints *all)
{
	struct json_object *list = json_list();
	size_t i;

	for (i = 0; i < all->count; i++) {
		struct json_object *o = json_map();

		json_text(o, "file", all->list[i].file);
		if (all->list[i].line)
			json_number(o, "line", all->list[i].line);
		else
			json_add(o, "line", NULL);
		json_text(o, "text", all->list[i].text);
		json_append(list, o);
	}
	json_add(to, name, list);
}

static void print_json(const struct policy *policy,
		       const struct complaints *wrong,
		       const struct complaints *warnings)
{
	struct json_object *root = json_new();
	struct json_object *files = json_list();
	size_t i;

	json_text(root, "file", policy->file);
	for (i = 0; i < policy->nr_files; i++)
		json_append_text(files, policy->files[i]);
	json_add(root, "files", files);
	json_flag(root, "ok", !wrong->count);
	json_number(root, "version", policy->top.version);
	json_text(root, "mode", mode_name(policy->top.mode));
	json_number(root, "classes", policy->count);
	json_number(root, "cgroups", policy->nr_cgroups);
	add_complaints(root, "errors", wrong);
	json_number(root, "errors_left_out", wrong->dropped);
	add_complaints(root, "warnings", warnings);
	json_number(root, "warnings_left_out", warnings->dropped);
	json_print(root);
}

static void print_text(const struct policy *policy)
{
	printf("%s", policy->file);
	if (policy->nr_files > 1)
		printf(" (%zu files)", policy->nr_files);
	printf(": ok, %zu class%s\n", policy->count,
	       policy->count == 1 ? "" : "es");
}

int verb_check(const struct options *opt, int argc, char **argv)
{
	struct complaints wrong = { 0 }, warnings = { 0 };
	struct policy policy;
	int ret;

	policy_read(&policy, argc ? argv[0] : NULL, &wrong);
	if (!wrong.count)
		policy_warn(&policy, &warnings);
	ret = wrong.count ? EXIT_BAD_FILE : EXIT_DONE;
	if (opt->json) {
		print_json(&policy, &wrong, &warnings);
	} else {
		complaints_print(&wrong, policy.file, stderr);
		complaints_print(&warnings, policy.file, stderr);
		if (!ret)
			print_text(&policy);
	}
	complaints_free(&wrong);
	complaints_free(&warnings);
	policy_free(&policy);
	return ret;
}
