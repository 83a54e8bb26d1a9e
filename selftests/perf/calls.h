/* SPDX-License-Identifier: GPL-2.0 */
/* What is measured: calls of KVM's, each in instructions. */
#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

#define MiB		(1ULL << 20)
#define GiB		(1ULL << 30)

/**
 * struct call - a call that is measured
 * @name: what it is called in the output
 * @once: makes it, all else being prepared and cleaned up unmeasured
 * @times: how often it is made
 */
struct call {
	const char *name;
	uint64_t (*once)(void);
	unsigned int times;
};

/* All that are allowed; those that limits can refuse; the clock itself. */
extern const struct call calls[], refusals[], refuse_vm, loops[];
extern const unsigned int nr_calls, nr_refusals, nr_loops;

/* Set to have all done in less time. */
extern bool is_short;

int kvm_open(void);
void make_vms(void);
void more_vms(unsigned int there, unsigned int wanted);
void leave_vms(void);
const struct call *call_named(const char *name);
void measure(const char *configuration, const struct call *call);
void measure_calls(const char *configuration);

#endif /* CALLS_H */
