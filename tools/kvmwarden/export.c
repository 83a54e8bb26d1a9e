// SPDX-License-Identifier: GPL-2.0-only
/*
 * export: the ruleset in force, as a policy file.
 */
#include <stdio.h>
#include <unistd.h>

#include "amount.h"
#include "device.h"
#include "json.h"
#include "names.h"
#include "ruleset.h"
#include "tool.h"

/* --- text --------------------------------------------------------------- */

static void print_count(const char *key, __u64 count)
{
	char buf[AMOUNT_LEN];

	if (count != KVMWARDEN_UNLIMITED)
		printf("%s = %s\n", key, amount_count(buf, count));
}

static void print_size(const char *key, __u64 bytes)
{
	char buf[AMOUNT_LEN];

	if (bytes != KVMWARDEN_UNLIMITED)
		printf("%s = %s\n", key, amount_exact(buf, bytes));
}

static void print_host(const struct kvmwarden_amounts *limit)
{
	if (limit->vms == KVMWARDEN_UNLIMITED &&
	    limit->vcpus == KVMWARDEN_UNLIMITED &&
	    limit->memory == KVMWARDEN_UNLIMITED)
		return;
	printf("\n[host]\n");
	print_count("vms", limit->vms);
	print_count("vcpus", limit->vcpus);
	print_size("memory", limit->memory);
}

static void print_class(const struct ruleset_class *class, __u32 mode)
{
	const struct kvmwarden_class *c = &class->info;
	char user[NAME_LEN];

	printf("\n[class %s]\n", c->name);
	if (c->flags & KVMWARDEN_CLASS_MATCH_UID)
		printf("match.user = %s\n", user_name_exact(user, c->uid));
	if (class->cgroup)
		printf("match.cgroup = %s\n", class->cgroup);
	if (c->mode != mode)
		printf("mode = %s\n", mode_name(c->mode));
	print_count("vcpus", c->vm.vcpus);
	print_size("memory", c->vm.memory);
	print_count("total.vms", c->total.vms);
	print_count("total.vcpus", c->total.vcpus);
	print_size("total.memory", c->total.memory);
	if (c->deny & KVMWARDEN_DENY_NESTED)
		printf("nested = deny\n");
	if (c->revoke != KVMWARDEN_REVOKE_FAIL)
		printf("nested.revoke = %s\n", revoke_name(c->revoke));
}

static void print_text(const struct ruleset *rules)
{
	const struct kvmwarden_status *st = &rules->status;
	size_t i;

	printf("[policy]\n");
	printf("version = %llu\n", (unsigned long long)st->version);
	printf("mode = %s\n", mode_name(st->mode));
	print_host(&st->limit);
	for (i = 0; i < rules->count; i++)
		print_class(&rules->classes[i], st->mode);
}

/* --- JSON --------------------------------------------------------------- */

static struct json_object *class_json(const struct ruleset_class *class)
{
	const struct kvmwarden_class *c = &class->info;
	struct json_object *match = json_map();
	struct json_object *o = json_map();

	json_text(o, "name", c->name);
	json_text(o, "mode", mode_name(c->mode));
	if (c->flags & KVMWARDEN_CLASS_MATCH_UID)
		json_user(match, c->uid);
	if (class->cgroup)
		json_text(match, "cgroup", class->cgroup);
	json_add(o, "match", match);
	json_amounts(o, "vm", &c->vm, false);
	json_amounts(o, "total", &c->total, true);
	json_text(o, "nested", nested_name(c->deny));
	json_text(o, "nested_revoke", revoke_name(c->revoke));
	return o;
}

static void print_json(const struct ruleset *rules)
{
	const struct kvmwarden_status *st = &rules->status;
	struct json_object *list = json_list();
	struct json_object *root = json_new();
	size_t i;

	json_number(root, "generation", st->generation);
	json_number(root, "version", st->version);
	json_text(root, "mode", mode_name(st->mode));
	json_amounts(root, "host", &st->limit, true);
	for (i = 0; i < rules->count; i++)
		json_append(list, class_json(&rules->classes[i]));
	json_add(root, "classes", list);
	json_print(root);
}

/* --- what a policy file cannot say --------------------------------------- */

static bool pattern_fits(const char *pattern)
{
	const char *c;

	for (c = pattern; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
		/* would begin a comment, or be trimmed */
		if (*c == ' ' && (!c[1] || c[1] == '#' || c[1] == ';'))
			return false;
	}
	return true;
}

static bool class_fits(const struct ruleset_class *class)
{
	const struct kvmwarden_class *c = &class->info;

	if (c->flags & ~(KVMWARDEN_CLASS_MATCH_UID |
			 KVMWARDEN_CLASS_MATCH_CGROUP) ||
	    !mode_known(c->mode) || (c->deny & ~KVMWARDEN_DENY_NESTED) ||
	    !revoke_known(c->revoke)) {
		say_error("class %s has settings newer than this tool; use a newer one",
			  printable(c->name));
		return false;
	}
	if (class->cgroup && !pattern_fits(class->cgroup)) {
		say_error("class %s has a cgroup pattern that a policy file cannot hold: %s",
			  printable(c->name), printable(class->cgroup));
		return false;
	}
	return true;
}

static bool all_fits(const struct ruleset *rules)
{
	size_t i;

	if (!mode_known(rules->status.mode)) {
		say_error("the policy has a mode newer than this tool; use a newer one");
		return false;
	}
	for (i = 0; i < rules->count; i++) {
		if (!class_fits(&rules->classes[i]))
			return false;
	}
	return true;
}

int verb_export(const struct options *opt, int argc, char **argv)
{
	struct ruleset rules;
	int fd, ret;

	(void)argc;
	(void)argv;
	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = ruleset_read(&rules, fd);
	close(fd);
	if (ret)
		return ret;
	if (opt->json)
		print_json(&rules);
	else if (all_fits(&rules))
		print_text(&rules);
	else
		ret = EXIT_NOT_SO;
	ruleset_free(&rules);
	return ret;
}
