// SPDX-License-Identifier: GPL-2.0
/* KUnit: the gate. */
#include <kunit/test.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include "random.h"
#include "threads.h"

#include "../gate.c"

#define WORKERS		4
#define EACH		(500 + kw_rounds / 20)
#define CLOSINGS	(5 + kw_rounds / 2000)

static DEFINE_MUTEX(closers);

/* Changed with the gate closed, first one and then the other. */
static u64 one, other;

/**
 * struct worker - a thread that passes the gate
 * @closes: rather one that closes it
 * @torn: how often it met a change half done
 * @seen: the last value it met
 */
struct worker {
	bool closes;
	unsigned int torn;
	u64 seen;
};

static void pass(struct worker *worker)
{
	u64 now;

	kw_gate_enter();
	now = one;
	worker->torn += now != other || now < worker->seen;
	worker->seen = now;
	kw_gate_leave();
}

static void close_once(void)
{
	mutex_lock(&closers);
	kw_gate_close();
	one++;
	cpu_relax();
	other++;
	kw_gate_open();
	mutex_unlock(&closers);
}

static void work(void *data)
{
	struct worker *worker = data;
	unsigned int i;

	for (i = 0; i < (worker->closes ? CLOSINGS : EACH); i++) {
		if (worker->closes)
			close_once();
		else
			pass(worker);
		cond_resched();
	}
}

/* Nobody passes while it is closed, and who passes then sees what was done. */
static void gate_threads(struct kunit *test)
{
	struct worker *workers;
	unsigned int i;

	one = 0;
	other = 0;
	workers = kunit_kcalloc(test, WORKERS, sizeof(*workers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, workers);
	workers[0].closes = true;
	workers[1].closes = true;
	kw_threads_run(test, WORKERS, work, workers, sizeof(*workers));
	for (i = 0; i < WORKERS; i++)
		KUNIT_EXPECT_EQ(test, workers[i].torn, 0U);
	KUNIT_EXPECT_EQ(test, one, 2ULL * CLOSINGS);
	KUNIT_EXPECT_EQ(test, other, one);
}

static struct kunit_case gate_cases[] = {
	KUNIT_CASE(gate_threads),
	{}
};

static struct kunit_suite gate_suite = {
	.name = "kvmwarden-gate",
	.test_cases = gate_cases,
};

kunit_test_suite(gate_suite);
