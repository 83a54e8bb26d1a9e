// SPDX-License-Identifier: GPL-2.0-only
/*
 * log: what has happened.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "event.h"
#include "journal.h"
#include "json.h"
#include "names.h"
#include "record.h"
#include "spell.h"
#include "times.h"
#include "tool.h"

/* What is asked for */
struct wanted {
	__u64 since;			/* ns */
	bool of_vm;
	struct meant vm;
	bool of_reason;
	__u32 reason;
};

static volatile sig_atomic_t stopped;

/* --- arguments ------------------------------------------------------------ */

static int take_since(struct wanted *wanted, const char *text)
{
	char *wrong = time_parse(text, &wanted->since);

	if (!wrong)
		return EXIT_DONE;
	say_error("--since: %s", wrong);
	free(wrong);
	return EXIT_USAGE;
}

static int take_reason(struct wanted *wanted, const char *name)
{
	struct guess guess;
	__u32 i;

	wanted->of_reason = true;
	if (reason_from(name, &wanted->reason))
		return EXIT_DONE;
	guess_start(&guess, name);
	for (i = 0; i < KVMWARDEN_NR_REASONS; i++)
		guess_try(&guess, reason_name(i).name);
	if (guess.nearest)
		say_error("--reason: there is no reason `%s'; did you mean `%s'?",
			  brief(name), guess.nearest);
	else
		say_error("--reason: there is no reason `%s'; see kvmwarden log --help",
			  brief(name));
	return EXIT_USAGE;
}

static int take_options(struct wanted *wanted, const struct options *opt)
{
	int ret = EXIT_DONE;

	*wanted = (struct wanted) { .since = 0 };
	if (opt->journal && opt->json) {
		say_error("--journal sends to the journal and prints nothing; leave out --json");
		return EXIT_USAGE;
	}
	if (opt->since)
		ret = take_since(wanted, opt->since);
	if (!ret && opt->vm) {
		wanted->of_vm = true;
		ret = record_meant(opt->vm, &wanted->vm);
	}
	if (!ret && opt->reason)
		ret = take_reason(wanted, opt->reason);
	return ret;
}

/* --- one event ------------------------------------------------------------ */

/* What is lost might have been */
static bool is_wanted(const struct wanted *wanted,
		      const struct kvmwarden_event *event)
{
	if (event->type == KVMWARDEN_EVENT_LOST)
		return true;
	if (event->time < wanted->since)
		return false;
	if (wanted->of_vm && event->vm != wanted->vm.id)
		return false;
	return !wanted->of_reason ||
	       (event_is_denial(event) && event->reason == wanted->reason);
}

/* 0 or a negative errno; -EPIPE: nobody reads it any more */
static int print(const struct options *opt, const struct kvmwarden_event *event)
{
	if (opt->json)
		json_print_line(event_json(event));
	else
		event_print(event, stdout);
	return fflush(stdout) ? -errno : 0;
}

static int emit(const struct options *opt, const struct kvmwarden_event *event)
{
	return opt->journal ? journal_send(event) : print(opt, event);
}

/* Not to be taken for all that ever happened */
static void tell_first(const struct options *opt, const struct wanted *wanted,
		       const struct kvmwarden_event *event)
{
	if (opt->json || opt->journal || event->seq <= 1 ||
	    event->type == KVMWARDEN_EVENT_LOST || event->time < wanted->since)
		return;
	printf("-- what was before #%llu is no longer kept --\n",
	       (unsigned long long)event->seq);
}

/* --- all of them ---------------------------------------------------------- */

static int drain(const struct options *opt, const struct wanted *wanted,
		 struct event_reader *reader)
{
	static bool begun;
	struct kvmwarden_event event;
	int ret;

	while (!stopped) {
		ret = event_next(reader, &event);
		if (ret)
			return ret;
		if (!begun)
			tell_first(opt, wanted, &event);
		begun = true;
		if (is_wanted(wanted, &event))
			ret = emit(opt, &event);
		if (ret)
			return ret;
	}
	return -EINTR;
}

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/* They come only while we wait: none is missed, and no line is torn */
static void prepare_signals(sigset_t *waiting)
{
	const struct sigaction end = { .sa_handler = stop };
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigprocmask(SIG_BLOCK, &ours, waiting);
	sigdelset(waiting, SIGINT);
	sigdelset(waiting, SIGTERM);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
}

static int follow(const struct options *opt, const struct wanted *wanted,
		  struct event_reader *reader)
{
	sigset_t waiting;
	int ret;

	prepare_signals(&waiting);
	do {
		ret = drain(opt, wanted, reader);
		if (ret == -EAGAIN)
			ret = event_wait(reader, -1, &waiting);
	} while (!ret || ret == -EAGAIN);
	return ret;
}

static int finish(const struct options *opt, int ret)
{
	switch (ret) {
	case -EAGAIN:
	case -EINTR:
		return EXIT_DONE;
	case -EPIPE:
		/* what could not be written is of no use to anybody */
		__fpurge(stdout);
		clearerr(stdout);
		return EXIT_DONE;
	default:
		if (opt->journal)
			return device_error(ret, "cannot send to the journal");
		/* main() says what became of the output */
		return ferror(stdout) ? EXIT_NOT_SO : event_error(ret);
	}
}

static int show(const struct options *opt, const struct wanted *wanted, int fd)
{
	static struct event_reader reader;
	int ret;

	/* to be told of it, not to be killed by it */
	signal(SIGPIPE, SIG_IGN);
	reader.printing = !opt->journal;
	ret = event_begin(&reader, fd);
	if (!ret && opt->follow)
		ret = follow(opt, wanted, &reader);
	else if (!ret)
		ret = drain(opt, wanted, &reader);
	return finish(opt, ret);
}

/* Events have no names of VMs: those on record tell whose it is */
static int name_vm(struct wanted *wanted, int fd)
{
	struct record rec;
	int ret;

	if (!wanted->vm.name)
		return EXIT_DONE;
	ret = record_find(fd, &wanted->vm, &rec);
	wanted->vm.id = rec.vm.id;
	return ret;
}

int verb_log(const struct options *opt, int argc, char **argv)
{
	struct wanted wanted;
	int fd, ret;

	(void)argc;
	(void)argv;
	ret = take_options(&wanted, opt);
	if (!ret && opt->journal)
		ret = journal_open();
	if (!ret)
		ret = device_open(&fd);
	if (ret)
		return ret;
	ret = name_vm(&wanted, fd);
	if (!ret)
		ret = show(opt, &wanted, fd);
	close(fd);
	return ret;
}
