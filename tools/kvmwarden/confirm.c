// SPDX-License-Identifier: GPL-2.0-only
/*
 * confirm, rollback: keep a policy that awaits it, or not.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "confirm.h"
#include "device.h"
#include "tool.h"

unsigned int confirm_seconds(const struct kvmwarden_status *st)
{
	return (st->confirm_left + 999) / 1000;
}

static __u64 unit_seconds(const char *unit)
{
	static const struct {
		const char *name;
		__u64 seconds;
	} units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (!strcmp(unit, units[i].name))
			return units[i].seconds;
	}
	return 0;
}

bool confirm_time(const char *text, __u32 *seconds)
{
	__u64 number, unit;
	char *end;

	/* strtoull() takes signs and leading spaces, and saturates */
	if (isdigit((unsigned char)*text)) {
		number = strtoull(text, &end, 10);
		unit = unit_seconds(end);
		if (number && unit && number <= KVMWARDEN_CONFIRM_MAX / unit) {
			*seconds = number * unit;
			return true;
		}
	}
	say_error("`%s' is not a time to wait for a confirmation; write 60s, 5m or 1h, at most %dh",
		  brief(text), KVMWARDEN_CONFIRM_MAX / 3600);
	return false;
}

static bool awaits(const struct kvmwarden_status *st)
{
	return st->state & KVMWARDEN_STATE_CONFIRM;
}

static void tell(const char *what, const struct kvmwarden_status *st)
{
	printf("%s: version %llu in force, generation %llu\n", what,
	       (unsigned long long)st->version,
	       (unsigned long long)st->generation);
}

/* Somebody, or the time, has decided about @generation before us */
static int too_late(const struct kvmwarden_status *st, __u64 generation,
		    bool keep)
{
	bool kept = st->generation == generation;

	tell(kept ? "it was confirmed meanwhile" : "it was rolled back meanwhile",
	     st);
	return kept == keep ? EXIT_DONE : EXIT_NOT_SO;
}

/* EXIT_DONE: it came as @keep says */
static int decide(int fd, __u64 generation, bool keep)
{
	struct kvmwarden_confirm confirm = {
		.flags = keep ? 0 : KVMWARDEN_CONFIRM_ROLLBACK,
		.generation = generation,
	};
	struct kvmwarden_status st;
	int ret, error;

	ret = device_confirm(fd, &confirm);
	if (ret && ret != -ENOENT && ret != -ESTALE)
		return device_error(ret, keep ? "cannot confirm" :
						"cannot roll back");
	error = device_status(fd, &st);
	if (error)
		return device_error(error, "cannot read the status");
	if (ret)
		return too_late(&st, generation, keep);
	tell(keep ? "kept" : "rolled back", &st);
	return EXIT_DONE;
}

static int ask_at_terminal(int fd, const struct kvmwarden_status *st)
{
	__u64 generation = st->generation;

	if (ask("Keep this policy?", confirm_seconds(st)) == ANSWER_YES)
		return decide(fd, generation, true);
	decide(fd, generation, false);
	return EXIT_NOT_SO;
}

int confirm_ask(int fd, __u64 generation)
{
	struct kvmwarden_status st;
	int ret;

	ret = device_status(fd, &st);
	if (ret)
		return device_error(ret, "cannot read the status");
	if (st.generation != generation || !awaits(&st))
		return too_late(&st, generation, true);
	if (ask_possible())
		return ask_at_terminal(fd, &st);
	printf("It awaits confirmation, and is rolled back by itself in %u s.\n"
	       "To keep it: kvmwarden confirm\n", confirm_seconds(&st));
	return EXIT_DONE;
}

static int open_and_decide(bool keep)
{
	struct kvmwarden_status st;
	int fd, ret;

	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = device_status(fd, &st);
	if (ret) {
		ret = device_error(ret, "cannot read the status");
	} else if (!awaits(&st)) {
		say_error("no policy awaits confirmation");
		ret = EXIT_NOT_SO;
	} else {
		ret = decide(fd, st.generation, keep);
	}
	close(fd);
	return ret;
}

int verb_confirm(const struct options *opt, int argc, char **argv)
{
	(void)opt;
	(void)argc;
	(void)argv;
	return open_and_decide(true);
}

int verb_rollback(const struct options *opt, int argc, char **argv)
{
	(void)opt;
	(void)argc;
	(void)argv;
	return open_and_decide(false);
}
