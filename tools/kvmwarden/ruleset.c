// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading back the ruleset in force.
 */
#include <errno.h>
#include <stdlib.h>

#include "device.h"
#include "ruleset.h"
#include "tool.h"

#define TRIES	20

/* -EAGAIN: another ruleset came into force meanwhile */
static int read_classes(struct ruleset *rules, int fd)
{
	char cgroup[KVMWARDEN_CGROUP_LEN];
	struct kvmwarden_class info;
	int ret;

	for (;;) {
		ret = device_class(fd, rules->count, &info, cgroup);
		if (ret == -ENOENT)
			break;
		if (ret)
			return ret;
		if (info.generation != rules->status.generation)
			return -EAGAIN;
		rules->classes = grow(rules->classes, rules->count,
				      sizeof(*rules->classes));
		rules->classes[rules->count++] = (struct ruleset_class) {
			.info = info,
			.cgroup = info.flags & KVMWARDEN_CLASS_MATCH_CGROUP ?
				  copy_of(cgroup) : NULL,
		};
	}
	return rules->count == rules->status.classes ? 0 : -EAGAIN;
}

int ruleset_read(struct ruleset *rules, int fd)
{
	int tries, ret = -EAGAIN;

	for (tries = 0; tries < TRIES && ret == -EAGAIN; tries++) {
		*rules = (struct ruleset) { .count = 0 };
		ret = device_status(fd, &rules->status);
		if (!ret)
			ret = read_classes(rules, fd);
		if (ret)
			ruleset_free(rules);
	}
	if (!ret)
		return EXIT_DONE;
	if (ret != -EAGAIN)
		return device_error(ret, "cannot read the policy in force");
	say_error("the policy changes faster than it can be read; try again");
	return EXIT_NOT_SO;
}

void ruleset_free(struct ruleset *rules)
{
	size_t i;

	for (i = 0; i < rules->count; i++)
		free(rules->classes[i].cgroup);
	free(rules->classes);
	rules->classes = NULL;
	rules->count = 0;
}
