// SPDX-License-Identifier: GPL-2.0
/* get_file_rcu() is told where the pointer is; before, what it was */
#include <linux/fs.h>
#include <linux/mm_types.h>

struct file *probe(struct mm_struct *mm);
struct file *probe(struct mm_struct *mm)
{
	return get_file_rcu(&mm->exe_file);
}
