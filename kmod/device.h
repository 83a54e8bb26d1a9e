/* SPDX-License-Identifier: GPL-2.0 */
/* What the two kinds of file descriptors have in common. */
#ifndef KW_DEVICE_H
#define KW_DEVICE_H

#include <linux/fs.h>
#include <linux/kvmwarden.h>

/**
 * struct kw_ioctl - one ioctl
 * @cmd: its number
 * @min_size: the size that its struct had when it was first published
 * @size: the size that it has now
 * @run: does it: @arg is a kernel copy of the struct, padded with zeroes to
 *	@size, and is copied back afterwards, whatever is returned
 */
struct kw_ioctl {
	unsigned int cmd;
	u32 min_size;
	u32 size;
	long (*run)(struct file *file, void *arg);
};

#define KW_IOCTL(_cmd, _run, _type, _last)				\
	{								\
		.cmd = (_cmd),						\
		.min_size = offsetofend(_type, _last),			\
		.size = sizeof(_type),					\
		.run = (_run),						\
	}

long kw_ioctl_run(const struct kw_ioctl *table, unsigned int nr,
		  struct file *file, unsigned int cmd, unsigned long arg);

int kw_device_init(void);
void kw_device_exit(void);

int kw_ruleset_begin(struct kvmwarden_ruleset *from);
int kw_ruleset_disarm(void);
int kw_ruleset_vm_set(struct kvmwarden_vm_set *set);
int kw_ruleset_confirm(struct kvmwarden_confirm *confirm);
int kw_ruleset_lock(void);
void kw_ruleset_state(struct kvmwarden_status *status);
void kw_ruleset_exit(void);

/* main.c: hooks and records, together */
int kw_start(void);
int kw_stop(void);
void kw_revoke(void);

#endif /* KW_DEVICE_H */
