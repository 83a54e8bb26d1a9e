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

#define FILTER	"/sys/kernel/debug/failslab/cache-filter"
#define WAITING	"/sys/kernel/debug/failslab/ignore-gfp-wait"
#define ORDER	"/sys/kernel/debug/fail_page_alloc/min-order"
/* More than the kernel has */
#define NO_ORDER	"100"
#define CHOSEN	"/sys/kernel/slab/kmalloc-64/failslab"

static int nth = -1;

static const struct {
	const char *path;
	const char *value;
} knobs[] = {
	{ "/sys/kernel/debug/failslab/verbose", "0" },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N" },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N" },
	{ "/sys/kernel/debug/fail_page_alloc/verbose", "0" },
};

/* Has the kernel been told which caches fail? Then this one does. */
static bool caches_chosen(void)
{
	int fd = open(CHOSEN, O_RDONLY | O_CLOEXEC);
	char flag = 0;

	if (fd < 0)
		return false;
	if (read(fd, &flag, 1) != 1)
		flag = 0;
	close(fd);
	return flag == '1';
}

static void put_or_skip(const char *path, const char *value)
{
	if (put_file(path, value))
		ksft_exit_skip("%s: %s\n", path, strerror(errno));
}

/**
 * nth_open() - make ready; or skip all tests where there is no such thing
 *
 * For the calling thread only. With slub_debug=A;-,kmemleak_*,debug_objects_cache the
 * kernel spares its own allocations: kmemleak's, one for each of the others, and those
 * of DEBUG_OBJECTS, which come now and then.
 */
void nth_open(void)
{
	unsigned int i;

	nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth < 0)
		ksft_exit_skip("this kernel has no fault injection\n");
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		put_or_skip(knobs[i].path, knobs[i].value);
	put_or_skip(FILTER, caches_chosen() ? "Y" : "N");
	nth_choose(NTH_OBJECTS);
}

/**
 * nth_choose() - choose what is counted, and fails
 * @kind: of the calls that follow
 */
void nth_choose(enum nth_kind kind)
{
	put_or_skip(WAITING, kind == NTH_OBJECTS ? "N" : "Y");
	put_or_skip(ORDER, kind == NTH_OBJECTS ? NO_ORDER : "0");
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
 * @left: set to how many fewer than @n it made; 0: one failed
 *
 * Return: what @call returned.
 */
int nth_call(unsigned int n, int (*call)(void), unsigned int *left)
{
	char text[16] = "";
	int ret;

	write_nth(n);
	ret = call();
	if (pread(nth, text, sizeof(text) - 1, 0) < 0)
		ksft_exit_fail_msg("fail-nth: %s\n", strerror(errno));
	write_nth(0);
	*left = atoi(text);
	return ret;
}
