// SPDX-License-Identifier: GPL-2.0-only
/*
 * set CLASS: change one section of the policy in force.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "change.h"
#include "device.h"
#include "policy.h"
#include "set.h"
#include "tool.h"

#define TRIES		20

struct edit {
	const char *name;
	const struct setting *settings;
	int count;
	int fd;
	struct policy policy;
	struct kvmwarden_status status;
};

static int no_cgroup(const char *pattern)
{
	say_error("no [cgroup %s] in force; `kvmwarden export' shows them",
		  brief(pattern));
	return EXIT_NOT_SO;
}

static int find_cgroup(struct edit *edit, const char *pattern,
		       struct policy_section **section)
{
	size_t i;

	for (i = 0; i < edit->policy.nr_cgroups; i++) {
		*section = &edit->policy.cgroups[i];
		if (!strcmp((*section)->pattern, pattern))
			return EXIT_DONE;
	}
	return no_cgroup(pattern);
}

static int find_class(struct edit *edit, struct policy_section **section)
{
	const char *class = behind(edit->name, CLASS_PREFIX);
	const char *name = class ? class : edit->name;
	size_t i;

	for (i = 0; i < edit->policy.count; i++) {
		*section = &edit->policy.classes[i];
		if (!strcmp((*section)->name, name))
			return EXIT_DONE;
	}
	return set_no_class(edit->fd, name, !class);
}

static int find_section(struct edit *edit, struct policy_section **section)
{
	const char *pattern = behind(edit->name, CGROUP_PREFIX);

	*section = &edit->policy.host;
	if (!strcmp(edit->name, HOST_NAME))
		return EXIT_DONE;
	if (pattern)
		return find_cgroup(edit, pattern, section);
	return find_class(edit, section);
}

static int change(struct edit *edit, struct policy_section *section)
{
	char *wrong;
	int i;

	for (i = 0; i < edit->count; i++) {
		wrong = policy_set(section, edit->settings[i].key,
				   edit->settings[i].value);
		if (!wrong)
			continue;
		say_error("%s", wrong);
		free(wrong);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static void tell(const struct edit *edit, const struct changes *changes)
{
	int i;

	for (i = 0; i < edit->count; i++)
		printf("%s: %s = %s\n", printable(edit->name),
		       edit->settings[i].key,
		       printable(edit->settings[i].value));
	printf("in force: generation %llu; to keep it, write it in the policy file as well\n",
	       (unsigned long long)changes->commit->generation);
	if (changes_any(changes)) {
		puts("Of the VMs that run:");
		changes_print(changes);
	}
}

static int commit(struct edit *edit, bool *stale)
{
	struct kvmwarden_commit commit = {
		.generation = edit->status.generation,
	};
	struct changes changes;
	int ret;

	changes_prepare(&changes, &commit, &edit->status);
	ret = policy_commit_or_stale(&edit->policy, edit->fd, &commit, stale);
	if (!ret)
		tell(edit, &changes);
	changes_free(&changes);
	return ret;
}

static int try_once(struct edit *edit, bool *stale)
{
	struct policy_section *section;
	int ret;

	ret = policy_load(&edit->policy, edit->fd, &edit->status);
	if (ret)
		return ret;
	ret = find_section(edit, &section);
	if (!ret)
		ret = change(edit, section);
	if (!ret)
		ret = commit(edit, stale);
	policy_free(&edit->policy);
	return ret;
}

int set_section(const char *name, const struct setting *settings, int count)
{
	struct edit edit = {
		.name = name,
		.settings = settings,
		.count = count,
	};
	bool stale = true;
	int tries, ret;

	ret = device_open(&edit.fd);
	if (ret)
		return ret;
	for (tries = 0; tries < TRIES && stale; tries++) {
		stale = false;
		ret = try_once(&edit, &stale);
	}
	close(edit.fd);
	if (stale)
		say_error("other writers were faster %d times; nothing was changed; try again",
			  TRIES);
	return ret;
}
