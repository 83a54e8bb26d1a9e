/* SPDX-License-Identifier: GPL-2.0 */
/* Threads for tests: the kernel's own, or those of selftests/unit. */
#ifndef KW_TESTS_THREADS_H
#define KW_TESTS_THREADS_H

#include <linux/types.h>

struct kunit;

/**
 * kw_threads_run() - run a function in several threads, and wait for all
 * @test: fails if there are none, or if they take too long
 * @nr: how many
 * @run: the function
 * @args: an array, of which each gets one
 * @size: of each
 */
void kw_threads_run(struct kunit *test, unsigned int nr,
		    void (*run)(void *arg), void *args, size_t size);

#endif /* KW_TESTS_THREADS_H */
