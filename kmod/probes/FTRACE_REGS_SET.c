// SPDX-License-Identifier: GPL-2.0
/* struct ftrace_regs can be read and written without a full pt_regs */
#include <linux/ftrace.h>

unsigned long probe(struct ftrace_regs *regs);
unsigned long probe(struct ftrace_regs *regs)
{
	ftrace_regs_set_instruction_pointer(regs, 0);
	ftrace_regs_set_return_value(regs, 0);
	return ftrace_regs_get_argument(regs, 0);
}
