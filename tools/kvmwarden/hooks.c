// SPDX-License-Identifier: GPL-2.0-only
/*
 * The KVM functions that the module guards, and the state of each.
 */
#include <errno.h>
#include <stdlib.h>

#include "device.h"
#include "hooks.h"
#include "tool.h"

int hooks_read(struct hooks *hooks, int fd)
{
	struct kvmwarden_hook hook;
	int ret;

	*hooks = (struct hooks) { .count = 0 };
	for (;;) {
		ret = device_hook(fd, hooks->count, &hook);
		if (ret)
			return ret == -ENOENT ? 0 : ret;
		hook.function[sizeof(hook.function) - 1] = '\0';
		hook.module[sizeof(hook.module) - 1] = '\0';
		hooks->list = grow(hooks->list, hooks->count, sizeof(hook));
		hooks->list[hooks->count++] = hook;
	}
}

void hooks_free(struct hooks *hooks)
{
	free(hooks->list);
	*hooks = (struct hooks) { .count = 0 };
}
