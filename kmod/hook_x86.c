// SPDX-License-Identifier: GPL-2.0
/* Reading arguments and returning early on x86-64. */
#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <linux/ptrace.h>

#include "hook.h"
#include "probes.h"

/*
 * Where a refused call goes: straight back to its caller. ftrace arrives here
 * by RET, so it needs no ENDBR on kernels with IBT.
 */
void kw_return_stub(void);
asm(".pushsection .text, \"ax\"\n"
	".type kw_return_stub, @function\n"
	".globl kw_return_stub\n"
	"kw_return_stub:\n"
#ifdef ANNOTATE_NOENDBR
	ANNOTATE_NOENDBR "\n"
#endif
	ASM_RET
	".size kw_return_stub, . - kw_return_stub\n"
	".popsection\n");

#ifdef KW_HAVE_FTRACE_REGS

/* The callback gets its arguments without the cost of a full pt_regs. */
const unsigned long kw_regs_ftrace_flags;

static struct pt_regs *to_pt_regs(const struct kw_regs *regs)
{
#ifdef KW_HAVE_ARCH_FTRACE_REGS
	return &arch_ftrace_regs((struct ftrace_regs *)regs)->regs;
#else
	return &((struct ftrace_regs *)regs)->regs;
#endif
}

#else

/* Only a full pt_regs makes ftrace go to another address here. */
const unsigned long kw_regs_ftrace_flags = FTRACE_OPS_FL_SAVE_REGS |
					   FTRACE_OPS_FL_RECURSION_SAFE;

static struct pt_regs *to_pt_regs(const struct kw_regs *regs)
{
	return (struct pt_regs *)regs;
}

#endif

/**
 * kw_regs_arg() - an argument of the hooked function
 * @regs: the registers at its call
 * @n: which argument, 0 to 5; integers and pointers only
 *
 * Return: its value.
 */
unsigned long kw_regs_arg(const struct kw_regs *regs, unsigned int n)
{
	return regs_get_kernel_argument(to_pt_regs(regs), n);
}

/**
 * kw_regs_go() - have another function run instead of the hooked one
 * @regs: the registers at the call; they are its arguments, but for @second
 * @address: of the other; ftrace goes there by RET, so that an ENDBR may have
 *	been passed over already, or sealed
 * @second: its second argument
 */
void kw_regs_go(struct kw_regs *regs, unsigned long address,
		unsigned long second)
{
	struct pt_regs *pt = to_pt_regs(regs);

	pt->si = second;
	pt->ip = address;
}

/**
 * kw_regs_return() - have the hooked function return without running
 * @regs: the registers at its call
 * @value: what it is to return
 */
void kw_regs_return(struct kw_regs *regs, unsigned long value)
{
	struct pt_regs *pt = to_pt_regs(regs);

	pt->ax = value;
	pt->ip = (unsigned long)kw_return_stub;
}
