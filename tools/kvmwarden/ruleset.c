// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading back the ruleset in force.
 */
#include <errno.h>
#include <stdlib.h>

#include "device.h"
#include "ruleset.h"
#include "tool.h"

/* -EAGAIN: another ruleset came into force meanwhile */
static int read_classes(struct ruleset *rules, int fd)
{
	struct kvmwarden_class info;
	int ret;

	for (;;) {
		ret = device_class(fd, rules->count, &info, NULL);
		if (ret == -ENOENT)
			break;
		if (ret)
			return ret;
		if (info.generation != rules->status.generation)
			return -EAGAIN;
		rules->classes = grow(rules->classes, rules->count,
				      sizeof(*rules->classes));
		rules->classes[rules->count++] = info;
	}
	return rules->count == rules->status.classes ? 0 : -EAGAIN;
}

int ruleset_read(struct ruleset *rules, int fd)
{
	int tries, ret = -EAGAIN;

	for (tries = 0; tries < DEVICE_TRIES && ret == -EAGAIN; tries++) {
		*rules = (struct ruleset) { .count = 0 };
		ret = device_status(fd, &rules->status);
		if (!ret)
			ret = read_classes(rules, fd);
		if (ret)
			ruleset_free(rules);
	}
	if (!ret)
		return EXIT_DONE;
	return device_error(ret, "cannot read the policy in force");
}

void ruleset_free(struct ruleset *rules)
{
	free(rules->classes);
	rules->classes = NULL;
	rules->count = 0;
}
