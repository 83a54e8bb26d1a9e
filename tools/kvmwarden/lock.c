// SPDX-License-Identifier: GPL-2.0-only
/*
 * lock: policy and module are to stay as they are until reboot.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "ask.h"
#include "device.h"
#include "tool.h"

#define UNTIL	"Until this host is rebooted, nobody can change the policy, set a VM, disarm,\n" \
		"or unload the module, root neither. There is no way back but a reboot.\n"

static int make_sure(const struct options *opt)
{
	if (opt->yes)
		return EXIT_DONE;
	if (!ask_possible()) {
		say_error("lock lasts until reboot, and nobody is here to be asked; say so with --yes");
		return EXIT_USAGE;
	}
	fputs(UNTIL, stderr);
	return ask("Lock it?", 0) == ANSWER_YES ? EXIT_DONE : EXIT_NOT_SO;
}

static int refused(int error)
{
	if (error == -ENOENT) {
		say_error("hooks are off: locked like this nothing would ever be enforced; kvmwarden apply arms them");
		return EXIT_NOT_SO;
	}
	return device_error(error, "cannot lock");
}

int verb_lock(const struct options *opt, int argc, char **argv)
{
	int fd, ret;

	(void)argc;
	(void)argv;
	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = make_sure(opt);
	if (ret) {
		close(fd);
		return ret;
	}
	ret = device_lock(fd);
	close(fd);
	if (ret)
		return refused(ret);
	puts("locked: policy and module stay as they are until this host is rebooted");
	return EXIT_DONE;
}
