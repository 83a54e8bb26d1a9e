// SPDX-License-Identifier: GPL-2.0
/* Reading arguments and returning early on x86-64. */
#include <linux/errno.h>
#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <linux/ptrace.h>
#include <linux/stringify.h>

#ifdef CONFIG_X86_KERNEL_IBT
#include <asm/ibt.h>
#endif

#include "hook.h"

/*
 * Where a refused call goes: back to its caller, with a value. Each value has a
 * place of its own, for a BPF trampoline on the same function, which runs after
 * us, keeps the arguments and where to go on, but not RAX.
 *
 * ftrace arrives here by RET, and a trampoline of fexit by an indirect call, which
 * needs an ENDBR on kernels with IBT.
 */
#ifdef ASM_ENDBR
#define LANDING		ASM_ENDBR
#else
#define LANDING
#endif

#define RETURN_STUB(_name, _value)					\
	asm(".pushsection .text, \"ax\"\n"				\
	    ".type " #_name ", @function\n"				\
	    ".globl " #_name "\n"					\
	    #_name ":\n"						\
	    LANDING							\
	    "movq $" _value ", %rax\n"					\
	    ASM_RET							\
	    ".size " #_name ", . - " #_name "\n"				\
	    ".popsection\n")

RETURN_STUB(kw_return_zero, "0");
RETURN_STUB(kw_return_eperm, "-" __stringify(EPERM));
RETURN_STUB(kw_return_enomem, "-" __stringify(ENOMEM));
RETURN_STUB(kw_return_ebusy, "-" __stringify(EBUSY));
RETURN_STUB(kw_return_ebade, "-" __stringify(EBADE));
RETURN_STUB(kw_return_edquot, "-" __stringify(EDQUOT));
RETURN_STUB(kw_return_ecanceled, "-" __stringify(ECANCELED));

/* What a verdict may be; any other refusal is told as -EPERM. */
static void (*return_stub(long value))(void)
{
	switch (value) {
	case 0:
		return kw_return_zero;
	case -ENOMEM:
		return kw_return_enomem;
	case -EBUSY:
		return kw_return_ebusy;
	case -EBADE:
		return kw_return_ebade;
	case -EDQUOT:
		return kw_return_edquot;
	case -ECANCELED:
		return kw_return_ecanceled;
	default:
		return kw_return_eperm;
	}
}

#ifdef KW_HAVE_FTRACE_REGS
/* The callback gets its arguments without the cost of a full pt_regs. */
const unsigned long kw_regs_ftrace_flags;
#else
/* Only a full pt_regs makes ftrace go to another address here. */
const unsigned long kw_regs_ftrace_flags = FTRACE_OPS_FL_SAVE_REGS |
					   FTRACE_OPS_FL_RECURSION_SAFE;
#endif

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
	struct pt_regs *pt = kw_pt_regs(regs);

	pt->si = second;
	pt->ip = address;
}

/**
 * kw_regs_return() - have the hooked function return without running
 * @regs: the registers at its call
 * @value: what it is to return: 0 or one of those that verdicts may be
 */
void kw_regs_return(struct kw_regs *regs, unsigned long value)
{
	kw_pt_regs(regs)->ip = (unsigned long)return_stub(value);
}
