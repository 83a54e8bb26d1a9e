// SPDX-License-Identifier: GPL-2.0
/* What a verdict cannot do itself: done on the way back to user space. */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "later.h"

static void later_run(struct callback_head *work)
{
	struct kw_later *later = container_of(work, struct kw_later, work);

	later->run(later);
	kfree(later);
	module_put(THIS_MODULE);
}

/**
 * kw_later() - have the current task do something, before it runs user space
 * @later: what, with @run set, at the head of memory from kmalloc()
 *
 * A task in KVM_RUN does it before it enters the guest again. Takes @later over
 * in any case, and keeps this module loaded meanwhile.
 *
 * Context: process context; does not sleep.
 * Return: 0, or -ESRCH if the task is coming to its end.
 */
int kw_later(struct kw_later *later)
{
	int err;

	init_task_work(&later->work, later_run);
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
