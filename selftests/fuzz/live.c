// SPDX-License-Identifier: GPL-2.0
/* What the fuzzers of the loaded module have in common. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/futex.h>

#include "kselftest.h"
#include "live.h"
#include "vmm.h"

#define PROGRESS	30	/* s */
#define PATIENCE	60	/* s */
#define BATCH		64
#define TICK		10	/* ms */

struct live_options live_options = { .threads = 4 };
int live_warden = -1, live_kvm = -1;

static time_t begun, told;
static atomic_uint wrongs;

static time_t now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec;
}

/**
 * live_seed() - begin a series of numbers
 * @random: the series
 * @seed: of the whole run
 * @stream: which of its series
 */
void live_seed(struct live_random *random, uint64_t seed, uint64_t stream)
{
	random->state = (seed + 1) * 0x9e3779b97f4a7c15 ^
			(stream + 1) * 0xc2b2ae3d27d4eb4f;
	random->state = random->state ?: 1;
	/* seeds that are close to each other begin alike */
	for (stream = 0; stream < 8; stream++)
		live_next(random);
}

/**
 * live_next() - the next number: xorshift, the same on every machine
 * @random: the series
 *
 * Return: 56 bits.
 */
uint64_t live_next(struct live_random *random)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return random->state >> 8;
}

/**
 * live_below() - a number from 0 on
 * @random: the series
 * @n: what it is below
 *
 * Return: the number.
 */
unsigned int live_below(struct live_random *random, unsigned int n)
{
	return live_next(random) % n;
}

/**
 * live_value() - any value, those at the edges more often than others
 * @random: the series
 *
 * Return: the value.
 */
uint64_t live_value(struct live_random *random)
{
	static const uint64_t values[] = {
		0, 1, 2, 3, 4, 8, 64, 255, 4095, 4096, 1ULL << 31, ~0U,
		1ULL << 32, 1ULL << 63, ~0ULL, 0xffff888000000000,
	};

	if (live_below(random, 4))
		return values[live_below(random, ARRAY_SIZE(values))];
	return live_next(random);
}

static void usage(const char *what)
{
	printf("Usage: %s [-s SEED] [-n STEPS] [-t SECONDS] [-j THREADS] [-v]\n%s\n",
	       program_invocation_short_name, what);
}

static uint64_t number(const char *text, const char *what)
{
	char *end;
	uint64_t value = strtoull(text, &end, 0);

	if (end != text && !*end)
		return value;
	usage(what);
	exit(KSFT_FAIL);
}

static void options(int argc, char **argv, const char *what)
{
	struct live_options *to = &live_options;
	int option;

	to->seed = time(NULL);
	while ((option = getopt(argc, argv, "s:n:t:j:vh")) != -1) {
		switch (option) {
		case 's':
			to->seed = number(optarg, what);
			break;
		case 'n':
			to->steps = number(optarg, what);
			break;
		case 't':
			to->seconds = number(optarg, what);
			break;
		case 'j':
			to->threads = number(optarg, what) ?: 1;
			break;
		case 'v':
			to->verbose = true;
			break;
		default:
			usage(what);
			exit(option == 'h' ? KSFT_PASS : KSFT_FAIL);
		}
	}
	to->rest = argv + optind;
	to->nr_rest = argc - optind;
}

/* glibc's threads of 32 bits need a call that not all kernels have. */
static void need_threads(void)
{
#if !defined(__LP64__) && defined(SYS_futex)
	int word = 0;

	if (syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0) < 0)
		ksft_exit_skip("futex: %s\n", strerror(errno));
#endif
}

static void woken(int signal)
{
	(void)signal;
}

/**
 * live_main() - what main() begins with
 * @argc: its argument
 * @argv: its argument
 * @what: of what the program does, for its help
 */
void live_main(int argc, char **argv, const char *what)
{
	const struct sigaction action = { .sa_handler = woken };

	options(argc, argv, what);
	sigaction(SIGUSR1, &action, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	ksft_print_header();
	need_threads();
	live_warden = warden_open();
	live_kvm = vmm_open();
	begun = now();
	told = begun;
	ksft_print_msg("seed %llu\n", (unsigned long long)live_options.seed);
}

/**
 * live_time_left() - is there time left to go on?
 *
 * Return: true if so.
 */
bool live_time_left(void)
{
	return !live_options.seconds ||
	       now() - begun < (time_t)live_options.seconds;
}

/**
 * live_progress() - say now and then how far it has come
 * @steps: so many are done
 */
void live_progress(unsigned long steps)
{
	if (now() - told < PROGRESS)
		return;
	told = now();
	ksft_print_msg("%lu steps, %lld s\n", steps, (long long)(told - begun));
}

/* -- threads -- */

static struct thread {
	pthread_t thread;
	void (*work)(void *data);
	void *data;
	atomic_bool done;
} threads[LIVE_THREADS];
static unsigned int nr_threads;

static void *at_work(void *data)
{
	struct thread *thread = data;

	thread->work(thread->data);
	atomic_store(&thread->done, true);
	return NULL;
}

/**
 * live_start() - start one more thread
 * @work: what it does
 * @data: for that
 */
void live_start(void (*work)(void *data), void *data)
{
	struct thread *thread = &threads[nr_threads++];
	int err;

	thread->work = work;
	thread->data = data;
	atomic_store(&thread->done, false);
	err = pthread_create(&thread->thread, NULL, at_work, thread);
	if (err)
		ksft_exit_fail_msg("no thread: %s\n", strerror(err));
}

/**
 * live_tick() - let threads work for a while, and wake those that wait
 *
 * They may wait for an event, or run a guest or a vCPU that is never started.
 *
 * Return: false when all are done.
 */
bool live_tick(void)
{
	static const struct timespec tick = { .tv_nsec = TICK * 1000000 };
	bool any = false;
	unsigned int i;

	for (i = 0; i < nr_threads; i++)
		any |= !atomic_load(&threads[i].done);
	if (!any)
		return false;
	nanosleep(&tick, NULL);
	for (i = 0; i < nr_threads; i++)
		if (!atomic_load(&threads[i].done))
			pthread_kill(threads[i].thread, SIGUSR1);
	return true;
}

/**
 * live_join() - wait until all threads have ended
 */
void live_join(void)
{
	while (nr_threads)
		pthread_join(threads[--nr_threads].thread, NULL);
}

/**
 * live_wrong() - say that something is not as it has to be
 * @format: as printf()'s
 */
void live_wrong(const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* those that follow from it are of little interest */
	if (atomic_fetch_add(&wrongs, 1) < 20)
		ksft_print_msg("WRONG: %s\n", text);
}

/**
 * live_wrongs() - how often was live_wrong() called?
 *
 * Return: so often.
 */
unsigned int live_wrongs(void)
{
	return atomic_load(&wrongs);
}

/**
 * live_become() - have this thread, alone, create VMs as another user
 * @uid: the user; only the real id changes, all rights stay
 */
void live_become(uint32_t uid)
{
	if (syscall(SYS_setresuid, uid, -1, -1))
		ksft_exit_fail_msg("setresuid: %s\n", strerror(errno));
}

static bool any_vm(void)
{
	struct kvmwarden_vm vm = { .size = sizeof(vm) };

	return !ioctl(live_warden, KVMWARDEN_VM_NEXT, &vm);
}

/**
 * live_at_rest() - with no VM left, is nothing charged, no VM on record?
 *
 * KVM may destroy VMs in a worker; there is nothing to wait for but that.
 *
 * Return: true if so, soon.
 */
bool live_at_rest(void)
{
	static const struct timespec ms = { .tv_nsec = 1000000 };
	struct kvmwarden_status status;
	time_t end = now() + PATIENCE;

	do {
		warden_status(live_warden, &status);
		if (!status.used.vms && !status.used.vcpus &&
		    !status.used.memory && !any_vm())
			return true;
		nanosleep(&ms, NULL);
	} while (now() < end);
	live_wrong("with no VM left, %llu VMs, %llu vCPUs, %llu bytes are in use",
		   (unsigned long long)status.used.vms,
		   (unsigned long long)status.used.vcpus,
		   (unsigned long long)status.used.memory);
	return false;
}

/**
 * live_events_open() - read all that happens from now on
 * @events: the reader
 */
void live_events_open(struct live_events *events)
{
	memset(events, 0, sizeof(*events));
	events->fd = open(KVMWARDEN_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (events->fd < 0 || lseek(events->fd, 0, SEEK_END))
		ksft_exit_fail_msg("%s: %s\n", KVMWARDEN_DEVICE, strerror(errno));
}

static void note(struct live_events *events,
		 const struct kvmwarden_event *event)
{
	bool lost = event->type == KVMWARDEN_EVENT_LOST;

	if (events->seq && event->seq != events->seq + (lost ? event->count : 1))
		live_wrong("event %llu follows %llu",
			   (unsigned long long)event->seq,
			   (unsigned long long)events->seq);
	events->seq = event->seq;
	if (lost) {
		events->lost += event->count;
		events->lost_told += event->total;
	} else if (event->type == KVMWARDEN_EVENT_DENIAL &&
		   event->reason < KVMWARDEN_NR_REASONS) {
		events->told[!(event->flags & KVMWARDEN_EVENT_REFUSED)]
			    [event->reason] += event->count;
	} else if (event->type == KVMWARDEN_EVENT_COMMITTED ||
		   event->type == KVMWARDEN_EVENT_ROLLED_BACK) {
		events->generation = event->generation;
		memcpy(events->digest, event->digest, sizeof(events->digest));
	}
	if (events->see)
		events->see(event);
}

/**
 * live_events_read() - read what there is
 * @events: the reader
 */
void live_events_read(struct live_events *events)
{
	static struct kvmwarden_event batch[BATCH];
	ssize_t i, len;

	while ((len = read(events->fd, batch, sizeof(batch))) > 0)
		for (i = 0; i < len / (ssize_t)sizeof(batch[0]); i++)
			note(events, &batch[i]);
	if (len < 0 && errno != EAGAIN && errno != EINTR)
		live_wrong("read: %s", strerror(errno));
}

/* Of those that were lost only the sum is known. */
static bool sums_told(const struct live_events *events,
		      const struct kvmwarden_denials *since,
		      const struct kvmwarden_denials *by)
{
	uint64_t sum = events->lost_told, counted = 0;
	unsigned int i;

	for (i = 0; i < KVMWARDEN_NR_REASONS; i++) {
		sum += events->told[0][i] + events->told[1][i];
		counted += by->denied[i] - since->denied[i];
		counted += by->permitted[i] - since->permitted[i];
	}
	return sum == counted;
}

/* The status tells of what was counted since the module was loaded. */
static bool all_told(const struct live_events *events,
		     const struct kvmwarden_denials *since,
		     const struct kvmwarden_denials *by)
{
	unsigned int i;

	if (events->lost)
		return sums_told(events, since, by);
	for (i = 0; i < KVMWARDEN_NR_REASONS; i++)
		if (events->told[0][i] != by->denied[i] - since->denied[i] ||
		    events->told[1][i] != by->permitted[i] - since->permitted[i])
			return false;
	return true;
}

static void tell_difference(const struct live_events *events,
			    const struct kvmwarden_denials *since,
			    const struct kvmwarden_denials *by)
{
	unsigned int i;

	if (events->lost)
		live_wrong("events, %llu of which were lost, do not tell of all",
			   (unsigned long long)events->lost);
	for (i = 0; i < KVMWARDEN_NR_REASONS && !events->lost; i++)
		if (events->told[0][i] != by->denied[i] - since->denied[i] ||
		    events->told[1][i] != by->permitted[i] - since->permitted[i])
			live_wrong("reason %u: events tell of %llu refused, %llu permitted; counted were %llu, %llu",
				   i, (unsigned long long)events->told[0][i],
				   (unsigned long long)events->told[1][i],
				   (unsigned long long)(by->denied[i] -
							since->denied[i]),
				   (unsigned long long)(by->permitted[i] -
							since->permitted[i]));
}

/**
 * live_events_complete() - has each denial been told of, and none too many?
 * @events: the reader
 * @since: what was counted when it was opened
 *
 * While no more come. What is told together comes within two seconds.
 *
 * Return: true if so.
 */
bool live_events_complete(struct live_events *events,
			  const struct kvmwarden_denials *since)
{
	static const struct timespec ms = { .tv_nsec = 10000000 };
	struct kvmwarden_status status;
	time_t end = now() + PATIENCE;

	warden_status(live_warden, &status);
	do {
		live_events_read(events);
		if (all_told(events, since, &status.denials))
			return true;
		nanosleep(&ms, NULL);
	} while (now() < end);
	tell_difference(events, since, &status.denials);
	return false;
}

/**
 * live_events_close() - read no more
 * @events: the reader
 */
void live_events_close(struct live_events *events)
{
	close(events->fd);
}
