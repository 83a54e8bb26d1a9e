// SPDX-License-Identifier: GPL-2.0
/* Allocations that fail (fail-nth, of kernels with FAULT_INJECTION). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "kselftest.h"
#include "nth.h"

static int nth = -1;

static const struct {
	const char *path;
	const char *value;
} knobs[] = {
	{ "/sys/kernel/debug/failslab/ignore-gfp-wait", "N" },
	{ "/sys/kernel/debug/failslab/verbose", "0" },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N" },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N" },
	{ "/sys/kernel/debug/fail_page_alloc/min-order", "0" },
	{ "/sys/kernel/debug/fail_page_alloc/verbose", "0" },
};

/**
 * nth_open() - make ready; or skip all tests where there is no such thing
 *
 * For the calling thread only.
 */
void nth_open(void)
{
	unsigned int i;

	nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth < 0)
		ksft_exit_skip("this kernel has no fault injection\n");
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		if (put_file(knobs[i].path, knobs[i].value))
			ksft_exit_skip("%s: %s\n", knobs[i].path, strerror(errno));
}

static void write_nth(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(nth, text, len, 0) != len)
		ksft_exit_fail_msg("fail-nth: %s\n", strerror(errno));
}

/**
 * nth_call() - have an allocation fail
 * @n: which of those that @call makes, from 1
 * @call: makes a call
 * @failed: set to whether there was one
 *
 * Return: what @call returned.
 */
int nth_call(unsigned int n, int (*call)(void), bool *failed)
{
	char left[16] = "";
	int ret;

	write_nth(n);
	ret = call();
	if (pread(nth, left, sizeof(left) - 1, 0) < 0)
		ksft_exit_fail_msg("fail-nth: %s\n", strerror(errno));
	write_nth(0);
	*failed = !atoi(left);
	return ret;
}
