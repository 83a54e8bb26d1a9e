// SPDX-License-Identifier: GPL-2.0
/* Extensible ioctl structs: in, checked, and out again. */
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"

static const struct kw_ioctl *find(const struct kw_ioctl *table,
				   unsigned int nr, unsigned int cmd)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (table[i].cmd == cmd)
			return &table[i];
	return NULL;
}

static long run(const struct kw_ioctl *ioctl, struct file *file,
		void __user *user, void *arg, u32 size)
{
	long ret, err;

	err = copy_struct_from_user(arg, ioctl->size, user, size);
	if (err)
		return err;
	/* it may have been changed since it was checked */
	*(u32 *)arg = size;
	/* before anything is changed: can we tell what came of it? */
	if (copy_to_user(user, arg, min(size, ioctl->size)))
		return -EFAULT;

	ret = ioctl->run(file, arg);
	if (copy_to_user(user, arg, min(size, ioctl->size)))
		return -EFAULT;
	return ret;
}

/**
 * kw_ioctl_run() - run one ioctl of a table
 * @table: the ioctls
 * @nr: how many
 * @file: on which it was called
 * @cmd: its number
 * @arg: its argument, a user address
 *
 * The struct is copied back also when the ioctl fails, for it tells then what
 * was wrong.
 *
 * Context: may sleep.
 * Return: what it returns, or a negative errno.
 */
long kw_ioctl_run(const struct kw_ioctl *table, unsigned int nr,
		  struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct kw_ioctl *ioctl = find(table, nr, cmd);
	void __user *user = (void __user *)arg;
	void *copy;
	long ret;
	u32 size;

	if (!ioctl)
		return -ENOTTY;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (size < ioctl->min_size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;

	copy = kzalloc(ioctl->size, GFP_KERNEL_ACCOUNT);
	if (!copy)
		return -ENOMEM;
	ret = run(ioctl, file, user, copy, size);
	kfree(copy);
	return ret;
}
