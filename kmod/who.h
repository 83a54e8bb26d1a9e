/* SPDX-License-Identifier: GPL-2.0 */
/* Who creates a VM: what can be told of a task, and kept. */
#ifndef KW_WHO_H
#define KW_WHO_H

#include <linux/sched.h>
#include <linux/types.h>

#include "identity.h"

struct group_info;
struct kvmwarden_event;
struct mm_struct;

/**
 * struct kw_who - what is known of a task
 * @id: by what its VMs are matched; all that it points to lasts as long as this
 * @exe_path: where the file that it runs was, seen from the root directory of
 *	whoever asked; empty if it has none, or if it was not asked for
 * @pid: its process id in the initial pid namespace
 * @auid: audit's login user id, or KVMWARDEN_NOBODY
 * @session: audit's session id, or KVMWARDEN_NOBODY
 * @comm: its command name
 * @groups: of which id.groups are part
 * @owners: of which id.owners are part; the texts follow
 */
struct kw_who {
	struct kw_identity id;
	const char *exe_path;
	pid_t pid;
	u32 auid;
	u32 session;
	char comm[TASK_COMM_LEN];
	struct group_info *groups;
	struct kw_owner owners[];
};

struct kw_who *kw_who_new(struct task_struct *task, struct mm_struct *mm);
struct kw_who *kw_who_brief(void);
void kw_who_free(struct kw_who *who);
void kw_who_sign(struct kvmwarden_event *event);
bool kw_who_has_labels(void);
int kw_exe_of_fd(int fd, struct kw_exe *exe);

#endif /* KW_WHO_H */
