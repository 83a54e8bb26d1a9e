// SPDX-License-Identifier: GPL-2.0-only
/*
 * top: VMs, live.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "device.h"
#include "screen.h"
#include "spell.h"
#include "top.h"
#include "top_keys.h"

bool top_delay(const char *text, struct options *opt)
{
	if (delay_read(text, &opt->delay))
		return true;
	say_error("`%s' is not a number of seconds from 0.1 to 3600",
		  brief(text));
	return false;
}

bool top_frames(const char *text, struct options *opt)
{
	unsigned long frames = 0;
	char *end;

	errno = 0;
	/* strtoul() takes signs and leading spaces */
	if (isdigit((unsigned char)*text)) {
		frames = strtoul(text, &end, 10);
		if (errno || *end || frames > UINT_MAX)
			frames = 0;
	}
	opt->frames = frames;
	if (!frames)
		say_error("`%s' is not a number of frames", brief(text));
	return frames;
}

bool top_sort(const char *text, struct options *opt)
{
	struct guess guess;
	int i;

	opt->sort = text;
	if (column_find(text) != NR_TOP_COLUMNS)
		return true;
	guess_start(&guess, text);
	for (i = 0; i < NR_TOP_COLUMNS; i++)
		guess_try(&guess, top_heads[i].text);
	if (guess.nearest)
		say_error("no column `%s'; did you mean `%s'?", brief(text),
			  guess.nearest);
	else
		say_error("no column `%s'; kvmwarden top shows them",
			  brief(text));
	return false;
}

int top_lost(int error)
{
	if (error == -ENOENT || error == -ENXIO || error == -ENODEV) {
		say_error("the module was unloaded meanwhile");
		return EXIT_NO_MODULE;
	}
	return device_error(error, "cannot go on");
}

/* Says what is wrong while there is still nothing on the screen */
static int try_device(void)
{
	int fd, ret = device_open(&fd);

	if (!ret)
		close(fd);
	return ret;
}

int verb_top(const struct options *opt, int argc, char **argv)
{
	struct view view = {
		.sort = opt->sort ? column_find(opt->sort) : COL_DENIAL_RATE,
		.delay = opt->delay ? opt->delay : TOP_DELAY,
	};
	const char *why;
	int ret;

	(void)argc;
	(void)argv;
	ret = try_device();
	if (ret)
		return ret;
	if (opt->batch || opt->frames)
		return top_batch(&view, opt->frames);
	if (screen_possible(&why))
		return top_screen(&view);
	if (why)
		say_error("%s: plain text", why);
	return top_batch(&view, 0);
}
