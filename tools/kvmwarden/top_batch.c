// SPDX-License-Identifier: GPL-2.0-only
/*
 * top without a screen: one frame after the other, as plain text.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "record.h"
#include "top.h"

#define WIDTH		80
#define WIDTH_MAX	1000

/* As wide as $COLUMNS has it, or the terminal is, if it is one */
static int width_of_output(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = { 0 };
	long width = columns ? strtol(columns, NULL, 10) : 0;

	if (width <= 0 && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		width = size.ws_col;
	if (width <= 0)
		return WIDTH;
	return width < WIDTH_MAX ? width : WIDTH_MAX;
}

static void print_canvas(const struct canvas *canvas)
{
	int y, len;

	for (y = 0; y < canvas->height; y++) {
		const char *line = canvas->text + y * canvas->width;

		len = canvas->width;
		while (len && line[len - 1] == ' ')
			len--;
		if (len || y < canvas->height - 1)
			printf("%.*s\n", len, line);
	}
}

static void print_frame(const struct sample *sample, const struct view *view)
{
	struct canvas canvas;
	char now[TIME_LEN];

	printf("%s\n", time_text(now, sample->time));
	view_plain(&canvas, sample, view, width_of_output());
	print_canvas(&canvas);
	canvas_free(&canvas);
	/* whoever reads it is not to wait for the next one */
	fflush(stdout);
}

static void wait_until(struct timespec *due, __u32 ms)
{
	due->tv_sec += ms / 1000;
	due->tv_nsec += ms % 1000 * 1000000;
	if (due->tv_nsec >= 1000000000) {
		due->tv_nsec -= 1000000000;
		due->tv_sec++;
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, due, NULL) ==
	       EINTR)
		;
}

static void note_once(const struct sample *sample, bool *noted)
{
	const char *note = *noted ? NULL : sample_note(sample);

	if (!note)
		return;
	fprintf(stderr, "kvmwarden: %s\n", note);
	*noted = true;
}

/* Each frame tells of the time since the one before, the first one, too */
int top_batch(struct view *view, __u32 frames)
{
	struct sample before, now = { .nr_vms = 0 };
	bool noted = false;
	struct timespec due;
	__u32 done = 0;
	int ret;

	view->plain = true;
	clock_gettime(CLOCK_MONOTONIC, &due);
	ret = sample_read(&before, NULL);
	while (!ret && !ferror(stdout) && (!frames || done++ < frames)) {
		wait_until(&due, view->delay);
		ret = sample_read(&now, &before);
		if (!ret) {
			note_once(&now, &noted);
			print_frame(&now, view);
		}
		sample_free(&before);
		before = now;
	}
	sample_free(&before);
	return ret ? top_lost(ret) : EXIT_DONE;
}
