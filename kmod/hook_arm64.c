// SPDX-License-Identifier: GPL-2.0
/* Reading arguments and returning early on arm64. */
#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/ptrace.h>

#include "hook.h"
#include "probes.h"

/*
 * Where a refused call goes. By then ftrace has put its caller's address back
 * into LR, be it the one that a function graph tracer, asked after us, wants to
 * see returned to: so it is not up to the callback to go there. It is not
 * signed yet, for ftrace's patch comes before PACIASP.
 *
 * ftrace arrives here by RET, which needs no landing pad. A BPF trampoline, run
 * after us, may come by a call: that is what the hint is for, BTI C where the
 * kernel has BTI and nothing elsewhere.
 */
void kw_return_stub(void);
asm(".pushsection .text, \"ax\"\n"
	".type kw_return_stub, %function\n"
	".globl kw_return_stub\n"
	"kw_return_stub:\n"
	"hint #34\n"
	"ret\n"
	".size kw_return_stub, . - kw_return_stub\n"
	".popsection\n");

#ifdef KW_HAVE_FTRACE_REGS_SET

/* The callback gets its arguments without the cost of a full pt_regs. */
const unsigned long kw_regs_ftrace_flags;

static void return_value(struct ftrace_regs *regs, unsigned long value)
{
	ftrace_regs_set_return_value(regs, value);
}

static void set_second(struct ftrace_regs *regs, unsigned long value)
{
	arch_ftrace_regs(regs)->regs[1] = value;
}

static void go(struct ftrace_regs *regs, unsigned long address)
{
	ftrace_regs_set_instruction_pointer(regs, address);
}

#else

/*
 * Here ftrace_instruction_pointer_set() exists as well, but does nothing. In
 * the full pt_regs, x30 is what the function would return to and pc is where
 * ftrace goes.
 */
const unsigned long kw_regs_ftrace_flags = FTRACE_OPS_FL_SAVE_REGS;

static void return_value(struct kw_ftrace_regs *regs, unsigned long value)
{
	regs_set_return_value(ftrace_get_regs(regs), value);
}

static void set_second(struct kw_ftrace_regs *regs, unsigned long value)
{
	ftrace_get_regs(regs)->regs[1] = value;
}

static void go(struct kw_ftrace_regs *regs, unsigned long address)
{
	instruction_pointer_set(ftrace_get_regs(regs), address);
}

#endif

/**
 * kw_regs_return() - have the hooked function return without running
 * @regs: the registers at its call
 * @value: what it is to return
 */
void kw_regs_return(struct kw_regs *regs, unsigned long value)
{
	return_value((struct kw_ftrace_regs *)regs, value);
	go((struct kw_ftrace_regs *)regs, (unsigned long)kw_return_stub);
}

/**
 * kw_regs_go() - have another function run instead of the hooked one
 * @regs: the registers at the call; they are its arguments, but for @second
 * @address: of the other
 * @second: its second argument
 */
void kw_regs_go(struct kw_regs *regs, unsigned long address,
		unsigned long second)
{
	set_second((struct kw_ftrace_regs *)regs, second);
	go((struct kw_ftrace_regs *)regs, address);
}
