// SPDX-License-Identifier: GPL-2.0
/* what LSMs say of a task is a struct lsm_prop, and its text an lsm_context */
#include <linux/security.h>

int probe(struct task_struct *task, struct lsm_context *context);
int probe(struct task_struct *task, struct lsm_context *context)
{
	struct lsm_prop prop;

	security_task_getlsmprop_obj(task, &prop);
	security_release_secctx(context);
	return security_lsmprop_to_secctx(&prop, context, LSM_ID_UNDEF);
}
