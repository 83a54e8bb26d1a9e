// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy as JSON.
 */
#include "json.h"
#include "names.h"
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

void policy_json(struct json_object *to, const struct policy *policy)
{
	struct json_object *cgroups = json_list();
	struct json_object *classes = json_list();
	size_t i;

	json_number(to, "version", policy->top.version);
	json_text(to, "mode", mode_name(policy->top.mode));
	json_amounts(to, "host", &policy->host.total);
	json_amounts(to, "per_user", &policy->host.user);
	for (i = 0; i < policy->nr_cgroups; i++)
		json_append(cgroups, cgroup_json(&policy->cgroups[i]));
	json_add(to, "cgroups", cgroups);
	for (i = 0; i < policy->count; i++)
		json_append(classes, class_json(&policy->classes[i]));
	json_add(to, "classes", classes);
}
