// SPDX-License-Identifier: GPL-2.0
/* what an LSM says of a task is a number */
#include <linux/security.h>

int probe(struct task_struct *task, char **text, u32 *len);
int probe(struct task_struct *task, char **text, u32 *len)
{
	u32 secid;

	security_task_getsecid(task, &secid);
	security_release_secctx(*text, *len);
	return security_secid_to_secctx(secid, text, len);
}
