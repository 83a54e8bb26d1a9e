// SPDX-License-Identifier: GPL-2.0
/* ftrace callbacks get struct ftrace_regs; before, struct pt_regs */
#include <linux/ftrace.h>

static void callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *ops, struct ftrace_regs *regs)
{
}

struct ftrace_ops probe = { .func = callback };
