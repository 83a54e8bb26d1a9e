// SPDX-License-Identifier: GPL-2.0-only
/*
 * top on a screen.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "screen.h"
#include "top.h"
#include "top_keys.h"

struct top {
	struct view *view;
	struct sample samples[2];
	struct sample *now;
	bool noted;			/* why there are no rates of exits */
	long long due;			/* the next sample, in ms */
	bool asked;			/* ... even before, or in a pause */
	sigset_t waiting;		/* signals held back but while waiting */
	bool lost;			/* there is no terminal any more */
	bool ended;
	int error;			/* of the last sample */
};

/* --- signals -------------------------------------------------------------- */

static volatile sig_atomic_t ended_by;

static void on_signal(int number)
{
	ended_by = number;
}

/* One that comes just before we wait must not be missed */
static void catch_signals(sigset_t *waiting)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction old, action = { .sa_handler = on_signal };
	sigset_t held;
	size_t i;

	sigemptyset(&held);
	/* that one is ncurses' */
	sigaddset(&held, SIGWINCH);
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		sigaddset(&held, numbers[i]);
		/* nohup(1) and others have it ignored */
		if (!sigaction(numbers[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &held, waiting);
}

/* As if it had not been caught, so that those who wait for us know */
static void end_by_signal(const struct top *top)
{
	say_error("ended by a signal: %s", strsignal(ended_by));
	signal(ended_by, SIG_DFL);
	raise(ended_by);
	sigprocmask(SIG_SETMASK, &top->waiting, NULL);
}

/* --- samples -------------------------------------------------------------- */

static long long now_ms(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Nobody likes to wait for the first rates */
static __u32 first_delay(const struct top *top)
{
	return top->view->delay < 500 ? top->view->delay : 500;
}

static bool is_due(const struct top *top)
{
	return top->asked || (!top->view->paused && now_ms() >= top->due);
}

static void take_sample(struct top *top)
{
	struct sample *before = top->now;
	struct sample *now = &top->samples[before == &top->samples[0]];

	sample_free(now);
	top->error = sample_read(now, before);
	top->ended = top->error;
	top->now = now;
	top->due = now_ms() + (before ? top->view->delay : first_delay(top));
	top->asked = false;
	if (!top->noted && !top->error) {
		top->view->note = sample_note(now);
		top->noted = top->view->note;
	}
}

/* --- the screen ----------------------------------------------------------- */

static void draw(const struct top *top)
{
	struct canvas canvas;
	int width, height;

	screen_size(&width, &height);
	canvas_new(&canvas, width, height);
	view_draw(&canvas, top->now, top->view);
	screen_paint(&canvas);
	canvas_free(&canvas);
}

static void take_keys(struct top *top)
{
	int key;

	while (!top->ended && (key = screen_key()) != KEY_OF_NONE) {
		switch (keys_take(top->view, key)) {
		case WISH_QUIT:
			top->ended = true;
			break;
		case WISH_SAMPLE:
			top->asked = true;
			break;
		default:
			break;
		}
	}
}

static void wait_for_more(struct top *top)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	long long left = top->due - now_ms();
	struct timespec time;
	int ret;

	if (left < 0)
		left = 0;
	time.tv_sec = left / 1000;
	time.tv_nsec = left % 1000 * 1000000;
	ret = ppoll(&input, 1, top->view->paused ? NULL : &time,
		    &top->waiting);
	top->lost = (ret < 0 && errno != EINTR) ||
		    (ret > 0 && input.revents & (POLLHUP | POLLERR | POLLNVAL));
	top->ended = top->lost || ended_by;
}

static void run(struct top *top)
{
	take_sample(top);
	while (!top->ended) {
		draw(top);
		wait_for_more(top);
		take_keys(top);
		if (!top->ended && is_due(top))
			take_sample(top);
	}
}

int top_screen(struct view *view)
{
	struct top top = { .view = view };

	catch_signals(&top.waiting);
	if (!screen_open()) {
		say_error("the terminal cannot be had: plain text");
		sigprocmask(SIG_SETMASK, &top.waiting, NULL);
		return top_batch(view, 0);
	}
	run(&top);
	screen_close();
	sample_free(&top.samples[0]);
	sample_free(&top.samples[1]);
	if (ended_by)
		end_by_signal(&top);
	if (top.error)
		return top_lost(top.error);
	if (top.lost)
		say_error("the terminal is gone");
	return top.lost ? EXIT_NOT_SO : EXIT_DONE;
}
