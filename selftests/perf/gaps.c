// SPDX-License-Identifier: GPL-2.0
/*
 * How long a guest is held up by what an administrator does, in instructions. On
 * one processor the guest's thread has all that it wants of it, by its priority,
 * and sleeps between bursts of exits so that others get some. Then nothing holds
 * it up but what cannot be preempted: it wakes up late, or an exit takes longer.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "gaps.h"
#include "kselftest.h"
#include "warden.h"

#define BURST		20
#define PAUSE		100000ULL
#define PRIORITY	50
/* how long nothing is done, for comparison */
#define NOTHING		50000000ULL

/**
 * struct gaps - what has been seen by the guest's thread since it was reset
 * @exit: the longest exit
 * @late: by how much it woke up too late at worst
 * @exits: how many there were
 */
struct gaps {
	_Atomic uint64_t exit;
	_Atomic uint64_t late;
	_Atomic uint64_t exits;
};

static struct gaps gaps;
static const struct call *run;

static void greatest(_Atomic uint64_t *of, uint64_t value)
{
	if (value > *of)
		*of = value;
}

static void sleep_until(uint64_t when)
{
	const struct timespec at = {
		.tv_sec = when / 1000000000ULL,
		.tv_nsec = when % 1000000000ULL,
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static void *guest(void *unused)
{
	unsigned int i;
	uint64_t when;

	for (;;) {
		for (i = 0; i < BURST; i++)
			greatest(&gaps.exit, run->once());
		gaps.exits += BURST;
		when = now() + PAUSE;
		sleep_until(when);
		greatest(&gaps.late, now() - when);
	}
	return unused;
}

static void reset(void)
{
	gaps.exit = 0;
	gaps.late = 0;
	gaps.exits = 0;
}

static void report(const char *what, uint64_t start)
{
	uint64_t took = now() - start;

	/* whatever is under way may still hold it up */
	sleep_until(now() + 10 * PAUSE);
	printf("gap\t%s\t%llu\t%llu\t%llu\t%llu\n", what,
	       (unsigned long long)gaps.exit, (unsigned long long)gaps.late,
	       (unsigned long long)gaps.exits, (unsigned long long)took);
}

static void start_guest(void)
{
	const struct sched_param first = { .sched_priority = PRIORITY };
	pthread_attr_t attributes;
	pthread_t thread;

	run = call_named("KVM_RUN");
	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &first);
	errno = pthread_create(&thread, &attributes, guest, NULL);
	must(!errno, "a thread with a priority");
	sleep_until(now() + 100 * PAUSE);
}

static void load(const char *module)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC);

	must(fd >= 0, module);
	must(!syscall(SYS_finit_module, fd, "", 0), "finit_module");
	close(fd);
}

static void unload(const char *name)
{
	must(!syscall(SYS_delete_module, name, 0), name);
}

static void do_nothing(const char *unused)
{
	uint64_t until = now() + NOTHING;

	(void)unused;
	while (now() < until)
		;
}

static void apply(const char *unused)
{
	int fd = warden_open();

	(void)unused;
	warden_reset(fd);
	close(fd);
}

static void disarm(const char *unused)
{
	struct kvmwarden_disarm request = { .size = sizeof(request) };
	int fd = warden_open();

	(void)unused;
	must(!ioctl(fd, KVMWARDEN_DISARM, &request), "KVMWARDEN_DISARM");
	close(fd);
}

/**
 * measure_gaps() - hold a guest up, and see for how long
 * @args: the module's file, and the file and name of another one
 *
 * Prints what was done, the longest exit, the latest wake-up, how many exits
 * there were meanwhile and how long it took.
 *
 * Return: the exit status.
 */
int measure_gaps(char **args)
{
	const struct {
		const char *what;
		void (*act)(const char *arg);
		const char *arg;
	} acts[] = {
		{ "nothing", do_nothing, NULL },
		{ "load another module", load, args[1] },
		{ "unload that", unload, args[2] },
		{ "load kvmwarden", load, args[0] },
		{ "apply a policy", apply, NULL },
		{ "disarm", disarm, NULL },
		{ "arm again", apply, NULL },
		{ "disarm again", disarm, NULL },
		{ "unload kvmwarden", unload, "kvmwarden" },
	};
	uint64_t start;
	unsigned int i;

	make_vms();
	start_guest();
	for (i = 0; i < ARRAY_SIZE(acts); i++) {
		reset();
		start = now();
		acts[i].act(acts[i].arg);
		report(acts[i].what, start);
	}
	return 0;
}

/**
 * run_guest() - run a guest for ever
 * @args: none
 *
 * Return: never.
 */
int run_guest(char **args)
{
	(void)args;
	make_vms();
	puts("ready");
	for (run = call_named("KVM_RUN");;)
		run->once();
}
