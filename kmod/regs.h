/* SPDX-License-Identifier: GPL-2.0 */
/* The arguments of a hooked function; inline, for each verdict begins with them. */
#ifndef KW_REGS_H
#define KW_REGS_H

#include <linux/ftrace.h>
#include <linux/ptrace.h>

#include "probes.h"

/* The registers with which a hooked function was called. */
struct kw_regs;

#ifdef CONFIG_X86_64

/**
 * kw_pt_regs() - where the registers are
 * @regs: the registers at the call of a hooked function
 *
 * Return: of a full pt_regs, those that a function gets and gives; the others are
 * not filled in.
 */
static __always_inline struct pt_regs *kw_pt_regs(const struct kw_regs *regs)
{
#if defined(KW_HAVE_ARCH_FTRACE_REGS)
	return &arch_ftrace_regs((struct ftrace_regs *)regs)->regs;
#elif defined(KW_HAVE_FTRACE_REGS)
	return &((struct ftrace_regs *)regs)->regs;
#else
	return (struct pt_regs *)regs;
#endif
}

#endif

#if defined(CONFIG_X86_64) || defined(CONFIG_ARM64)

/**
 * kw_regs_arg() - an argument of the hooked function
 * @regs: the registers at its call
 * @n: which argument, 0 to 5; integers and pointers only
 *
 * Return: its value.
 */
static __always_inline unsigned long kw_regs_arg(const struct kw_regs *regs,
						 unsigned int n)
{
#if defined(CONFIG_X86_64)
	return regs_get_kernel_argument(kw_pt_regs(regs), n);
#elif defined(KW_HAVE_FTRACE_REGS_SET)
	return ftrace_regs_get_argument((struct ftrace_regs *)regs, n);
#else
	return regs_get_kernel_argument(ftrace_get_regs((struct kw_ftrace_regs *)regs),
					n);
#endif
}

#endif

#endif /* KW_REGS_H */
