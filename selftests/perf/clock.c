// SPDX-License-Identifier: GPL-2.0
/* The clock, which counts instructions. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "kselftest.h"

/**
 * must() - end the program unless all is well
 * @so: is it?
 * @what: was tried
 */
void must(bool so, const char *what)
{
	if (!so)
		ksft_exit_fail_msg("%s: %s\n", what, strerror(errno));
}

static uint64_t clock_of(clockid_t id)
{
	struct timespec time;

	clock_gettime(id, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

/**
 * now() - how many instructions have been executed
 *
 * Return: their number, of all programs and the kernel.
 */
uint64_t now(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

/**
 * ours() - how many instructions have been executed by this thread
 *
 * Return: their number, the kernel's for it included: without those while it
 * waits.
 */
uint64_t ours(void)
{
	return clock_of(CLOCK_THREAD_CPUTIME_ID);
}
