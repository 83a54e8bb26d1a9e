/* SPDX-License-Identifier: GPL-2.0 */
/* What the fuzzers of the loaded module have in common. */
#ifndef LIVE_H
#define LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "warden.h"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

/* how many live_start() can have started */
#define LIVE_THREADS	32

/**
 * struct live_options - what the command line says
 * @seed: of all that is random
 * @steps: how many in all; 0 for no limit
 * @seconds: how long at most; 0 for no limit
 * @threads: how many, for what has threads
 * @verbose: tell each step of what has none
 * @rest: arguments that are no options
 * @nr_rest: how many
 */
struct live_options {
	uint64_t seed;
	unsigned long steps;
	unsigned int seconds;
	unsigned int threads;
	bool verbose;
	char **rest;
	int nr_rest;
};

extern struct live_options live_options;
extern int live_warden, live_kvm;

/**
 * struct live_random - numbers that are the same for the same seed
 * @state: never 0
 */
struct live_random {
	uint64_t state;
};

void live_seed(struct live_random *random, uint64_t seed, uint64_t stream);
uint64_t live_next(struct live_random *random);
unsigned int live_below(struct live_random *random, unsigned int n);
uint64_t live_value(struct live_random *random);

/* One of @n: true. */
static inline bool live_one_in(struct live_random *random, unsigned int n)
{
	return !live_below(random, n);
}

void live_main(int argc, char **argv, const char *what);
bool live_time_left(void);
void live_progress(unsigned long steps);

void live_wrong(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
unsigned int live_wrongs(void);

void live_become(uint32_t uid);
bool live_at_rest(void);

void live_start(void (*work)(void *data), void *data);
bool live_tick(void);
void live_join(void);

/**
 * struct live_events - a reader of all that happens
 * @fd: the device, not blocking
 * @seq: of the last event read
 * @lost: events that were overwritten before they were read
 * @lost_told: how many requests the denials among them stand for
 * @told: how many requests the denials stand for, by reason: refused ones and
 *	those that only permissive mode let through
 * @generation: of the ruleset that came into force last, 0 for none yet
 * @digest: its
 * @see: if set, called for each
 */
struct live_events {
	int fd;
	uint64_t seq;
	uint64_t lost;
	uint64_t lost_told;
	uint64_t told[2][KVMWARDEN_NR_REASONS];
	uint64_t generation;
	uint8_t digest[KVMWARDEN_DIGEST_LEN];
	void (*see)(const struct kvmwarden_event *event);
};

void live_events_open(struct live_events *events);
void live_events_read(struct live_events *events);
bool live_events_complete(struct live_events *events,
			  const struct kvmwarden_denials *since);
void live_events_close(struct live_events *events);

#endif /* LIVE_H */
