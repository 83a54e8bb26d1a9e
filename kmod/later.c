// SPDX-License-Identifier: GPL-2.0
/* What a verdict cannot do itself: done on the way back to user space. */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/task_work.h>

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

static void later_run(struct callback_head *work)
{
	struct later *later = container_of(work, struct later, work);

	later->run(later->arg);
	kfree(later);
	module_put(THIS_MODULE);
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
	err = task_work_add(current, &later->work, TWA_RESUME);
	if (err) {
		module_put(THIS_MODULE);
		kfree(later);
	}
	return err;
}

/**
 * kw_later_exit() - wait until nobody is in here any more
 *
 * Whatever was to be done held a reference on this module, and may just be
 * returning from having dropped it.
 *
 * Context: module unload.
 */
void kw_later_exit(void)
{
	synchronize_rcu_tasks();
}
