/* SPDX-License-Identifier: GPL-2.0 */
/* What a verdict cannot do itself: done on the way back to user space. */
#ifndef KW_LATER_H
#define KW_LATER_H

#include <linux/sched.h>
#include <linux/task_work.h>

/**
 * struct kw_later - something to be done later, at the head of what it needs
 * @run: does it; by the same task, which may sleep and read and write its user
 *	memory
 * @work: later.c's
 */
struct kw_later {
	void (*run)(const struct kw_later *later);

	struct callback_head work;
};

int kw_later(struct kw_later *later);
void kw_later_exit(void);

#endif /* KW_LATER_H */
