// SPDX-License-Identifier: GPL-2.0-only
/*
 * disarm: take all hooks off.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "device.h"
#include "tool.h"

int verb_disarm(const struct options *opt, int argc, char **argv)
{
	int fd, ret;

	(void)opt;
	(void)argc;
	(void)argv;
	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = device_disarm(fd);
	close(fd);
	if (ret == -EIO) {
		say_error("ftrace did not release a hook: the module stays loaded until the host is rebooted\n"
			  "`kvmwarden status' shows which hook is stuck.");
		return EXIT_NOT_SO;
	}
	if (ret)
		return device_error(ret, "cannot disarm");
	puts("hooks off; the module can be unloaded with: rmmod kvmwarden");
	return EXIT_DONE;
}
