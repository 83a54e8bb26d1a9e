// SPDX-License-Identifier: GPL-2.0-only
/*
 * export: the policy in force, as a policy file.
 */
#include <stdio.h>
#include <unistd.h>

#include "device.h"
#include "json.h"
#include "names.h"
#include "policy.h"
#include "tool.h"
#include "users.h"

static struct json_object *match_json(const struct policy_section *class)
{
	struct json_object *match = json_map();
	char group[NAME_LEN];

	if (class->flags & KVMWARDEN_CLASS_MATCH_UID)
		json_user(match, class->uid);
	if (class->flags & KVMWARDEN_CLASS_MATCH_GID) {
		json_number(match, "gid", class->gid);
		json_text(match, "group", who_exact(&groups, group, class->gid));
	}
	if (class->cgroup)
		json_text(match, "cgroup", class->cgroup);
	if (class->exe)
		json_text(match, "executable", class->exe);
	if (class->label)
		json_text(match, "label", class->label);
	return match;
}

static struct json_object *class_json(const struct policy_section *class)
{
	struct json_object *o = json_map();

	json_text(o, "name", class->name);
	json_text(o, "mode", mode_name(class->mode));
	json_add(o, "match", match_json(class));
	json_limits(o, "vm", &class->vm);
	json_amounts(o, "total", &class->total);
	json_amounts(o, "per_user", &class->user);
	json_text(o, "nested", nested_name(class->deny));
	json_text(o, "nested_revoke", revoke_name(class->revoke));
	return o;
}

static struct json_object *cgroup_json(const struct policy_section *cgroup)
{
	struct json_object *o = json_map();

	json_text(o, "pattern", cgroup->pattern);
	json_amounts(o, "limit", &cgroup->total);
	return o;
}

static void print_json(const struct policy *policy,
		       const struct kvmwarden_status *status)
{
	struct json_object *cgroups = json_list();
	struct json_object *classes = json_list();
	struct json_object *root = json_new();
	size_t i;

	json_number(root, "generation", status->generation);
	json_digest(root, "digest", status->digest);
	json_number(root, "version", policy->top.version);
	json_text(root, "mode", mode_name(policy->top.mode));
	json_amounts(root, "host", &policy->host.total);
	json_amounts(root, "per_user", &policy->host.user);
	for (i = 0; i < policy->nr_cgroups; i++)
		json_append(cgroups, cgroup_json(&policy->cgroups[i]));
	json_add(root, "cgroups", cgroups);
	for (i = 0; i < policy->count; i++)
		json_append(classes, class_json(&policy->classes[i]));
	json_add(root, "classes", classes);
	json_print(root);
}

int verb_export(const struct options *opt, int argc, char **argv)
{
	struct kvmwarden_status status;
	struct policy policy;
	int fd, ret;

	(void)argc;
	(void)argv;
	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = policy_load(&policy, fd, &status);
	close(fd);
	if (ret)
		return ret;
	if (opt->json)
		print_json(&policy, &status);
	else if (policy_printable(&policy))
		policy_print(&policy, stdout);
	else
		ret = EXIT_NOT_SO;
	policy_free(&policy);
	return ret;
}
