// SPDX-License-Identifier: GPL-2.0
/* What a verdict cannot do itself: done on the way back to user space. */
#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/wait_bit.h>

#include "later.h"

/**
 * struct later - something to be done later
 * @work: on the task's way back to user space
 * @run: does it
 * @arg: given to @run
 */
struct later {
	struct callback_head work;
	void (*run)(u64 arg);
	u64 arg;
};

/* How much is still to be done. */
static atomic_t pending = ATOMIC_INIT(0);

static void later_done(void)
{
	if (atomic_dec_and_test(&pending))
		wake_up_var(&pending);
	module_put(THIS_MODULE);
}

static void later_run(struct callback_head *work)
{
	struct later *later = container_of(work, struct later, work);

	later->run(later->arg);
	kfree(later);
	later_done();
}

/**
 * kw_later() - have the current task do something, before it runs user space
 * @run: does it; may sleep, and read and write user memory
 * @arg: given to @run
 *
 * A task in KVM_RUN does it before it enters the guest again. Keeps this module
 * loaded meanwhile.
 *
 * Context: process context; does not sleep.
 * Return: 0, -ENOMEM, or -ESRCH if the task is coming to its end.
 */
int kw_later(void (*run)(u64 arg), u64 arg)
{
	struct later *later = kmalloc(sizeof(*later), GFP_ATOMIC);
	int err;

	if (!later)
		return -ENOMEM;
	init_task_work(&later->work, later_run);
	later->run = run;
	later->arg = arg;
	__module_get(THIS_MODULE);
	atomic_inc(&pending);
	err = task_work_add(current, &later->work, TWA_RESUME);
	if (err) {
		later_done();
		kfree(later);
	}
	return err;
}

/**
 * kw_later_exit() - wait until nobody is in here any more
 *
 * Whatever was to be done holds a reference on this module, which does not keep
 * one that has failed to load; and may just be returning from having dropped it.
 *
 * Context: module unload, or a load that fails; no hook is in force.
 */
void kw_later_exit(void)
{
	wait_var_event(&pending, !atomic_read(&pending));
	synchronize_rcu_tasks();
}
