// SPDX-License-Identifier: GPL-2.0
/* kmod/tests/threads.h for user space. */
#include <pthread.h>

#include <kunit/test.h>

#include "tests/threads.h"

struct thread {
	pthread_t id;
	void (*run)(void *arg);
	void *arg;
	unsigned int number;
	u32 seed;
};

static void *thread_main(void *data)
{
	struct thread *thread = data;

	shim_thread = thread->number;
	shim_yield_state = thread->seed;
	thread->run(thread->arg);
	BUG_ON(shim_atomic);
	return NULL;
}

void kw_threads_run(struct kunit *test, unsigned int nr,
		    void (*run)(void *arg), void *args, size_t size)
{
	struct thread *threads = calloc(nr, sizeof(*threads));
	unsigned int i;

	BUG_ON(nr >= SHIM_THREADS_MAX);
	for (i = 0; i < nr; i++) {
		threads[i].number = i + 1;
		threads[i].run = run;
		threads[i].arg = (char *)args + i * size;
		threads[i].seed = ktime_get_ns() | 1;
		BUG_ON(pthread_create(&threads[i].id, NULL, thread_main,
				      &threads[i]));
	}
	for (i = 0; i < nr; i++)
		BUG_ON(pthread_join(threads[i].id, NULL));
	free(threads);
}
