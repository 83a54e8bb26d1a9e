/* SPDX-License-Identifier: GPL-2.0 */
/* What a security module (LSM) calls a task. */
#ifndef KW_LABEL_H
#define KW_LABEL_H

#include <linux/sched.h>
#include <linux/security.h>
#include <linux/types.h>

#include "probes.h"

/**
 * struct kw_label - what a security module calls a task
 * @text: the label, not NUL-terminated
 * @len: its length; 0 if no security module has labels
 * @said: what the security module gave, to be given back
 * @said_len: its length
 */
struct kw_label {
	const char *text;
	size_t len;
#ifdef KW_HAVE_LABEL_OF_PROP
	struct lsm_context said;
#else
	char *said;
	u32 said_len;
#endif
};

int kw_label_get(struct kw_label *label, struct task_struct *task);
void kw_label_put(struct kw_label *label);

#endif /* KW_LABEL_H */
