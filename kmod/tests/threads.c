// SPDX-License-Identifier: GPL-2.0
/* KUnit: threads. */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>

#include "threads.h"

#define TIMEOUT		(100 * HZ)

/**
 * struct thread - a kernel thread
 * @task: the thread
 * @run: what it does
 * @arg: with that
 * @done: it has done so
 */
struct thread {
	struct task_struct *task;
	void (*run)(void *arg);
	void *arg;
	struct completion done;
};

static int thread_main(void *data)
{
	struct thread *thread = data;

	thread->run(thread->arg);
	complete(&thread->done);
	return 0;
}

static void thread_new(struct kunit *test, struct thread *thread)
{
	init_completion(&thread->done);
	thread->task = kthread_create(thread_main, thread, "kw_test");
	if (IS_ERR(thread->task)) {
		thread->task = NULL;
		KUNIT_FAIL(test, "no thread");
		return;
	}
	get_task_struct(thread->task);
}

/* Its memory cannot be given back before it has come to its end. */
static void thread_end(struct kunit *test, struct thread *thread)
{
	if (!thread->task)
		return;
	if (!wait_for_completion_timeout(&thread->done, TIMEOUT)) {
		KUNIT_FAIL(test, "a thread takes too long");
		wait_for_completion(&thread->done);
	}
	kthread_stop(thread->task);
	put_task_struct(thread->task);
}

void kw_threads_run(struct kunit *test, unsigned int nr,
		    void (*run)(void *arg), void *args, size_t size)
{
	struct thread *threads;
	unsigned int i;

	threads = kunit_kcalloc(test, nr, sizeof(*threads), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, threads);
	for (i = 0; i < nr; i++) {
		threads[i].run = run;
		threads[i].arg = args + i * size;
		thread_new(test, &threads[i]);
	}
	for (i = 0; i < nr; i++)
		if (threads[i].task)
			wake_up_process(threads[i].task);
	for (i = 0; i < nr; i++)
		thread_end(test, &threads[i]);
}
