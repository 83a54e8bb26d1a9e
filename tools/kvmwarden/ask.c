// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking whoever sits at the terminal.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "tool.h"

static volatile sig_atomic_t interrupted;

struct question {
	const char *text;
	unsigned int seconds;
	time_t end;
	sigset_t waiting;		/* signals held back but while waiting */
};

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/* One that comes just before we wait must not be missed */
static void catch_signals(struct question *q)
{
	struct sigaction action = { .sa_handler = on_signal };
	static const int numbers[] = { SIGINT, SIGTERM };
	sigset_t held;
	size_t i;

	sigemptyset(&held);
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		sigaddset(&held, numbers[i]);
		sigaction(numbers[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &held, &q->waiting);
}

static time_t now(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void show(const struct question *q)
{
	if (q->seconds)
		fprintf(stderr, "\r%s [y/N] (%5lld s left) ", q->text,
			(long long)(q->end - now()));
	else
		fprintf(stderr, "%s [y/N] ", q->text);
}

/* Positive: there is something to read; 0: a second has passed */
static int wait_a_second(const struct question *q)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	const struct timespec second = { .tv_sec = 1 };

	return ppoll(&input, 1, q->seconds ? &second : NULL, &q->waiting);
}

static enum answer read_answer(void)
{
	char line[16] = "";
	ssize_t len;

	len = read(STDIN_FILENO, line, sizeof(line) - 1);
	if (len <= 0)
		return ANSWER_NO;
	line[strcspn(line, "\n")] = '\0';
	return !strcasecmp(line, "y") || !strcasecmp(line, "yes") ?
	       ANSWER_YES : ANSWER_NO;
}

static enum answer await_answer(const struct question *q)
{
	int ret;

	for (;;) {
		show(q);
		ret = wait_a_second(q);
		if (interrupted)
			return ANSWER_NO;
		if (ret > 0)
			return read_answer();
		if (ret < 0 && errno != EINTR)
			return ANSWER_NO;
		if (q->seconds && now() >= q->end)
			return ANSWER_NONE;
	}
}

bool ask_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

enum answer ask(const char *text, unsigned int seconds)
{
	struct question q = {
		.text = text,
		.seconds = seconds,
		.end = now() + seconds,
	};
	enum answer answer;

	fflush(stdout);
	catch_signals(&q);
	answer = await_answer(&q);
	/* what was typed ended the line by itself */
	if (interrupted || answer == ANSWER_NONE)
		fputc('\n', stderr);
	return answer;
}
