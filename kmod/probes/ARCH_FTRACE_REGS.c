// SPDX-License-Identifier: GPL-2.0
/* struct ftrace_regs is opaque and opened by arch_ftrace_regs() */
#include <linux/ftrace.h>

void *probe(struct ftrace_regs *regs);
void *probe(struct ftrace_regs *regs)
{
	return &arch_ftrace_regs(regs)->regs;
}
