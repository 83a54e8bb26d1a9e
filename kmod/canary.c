// SPDX-License-Identifier: GPL-2.0
/*
 * A hooked function of our own, which says whether hooks fire.
 *
 * It proves on the running kernel what the others rely on: that the verdict is
 * asked for, reads the right arguments, and that the function does not run
 * when it is refused.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "canary.h"

#define CANARY_ARGS	6
#define CANARY_ARG(n)	(0xca7a0000ca7a0000UL + (n))

/*
 * Not static and not inlined, so that there is one body and it can be traced;
 * all arguments are used, so that the compiler has to pass them.
 */
noinline int kw_canary(unsigned long a, unsigned long b, unsigned long c,
		       unsigned long d, unsigned long e, unsigned long f);
noinline int kw_canary(unsigned long a, unsigned long b, unsigned long c,
		       unsigned long d, unsigned long e, unsigned long f)
{
	OPTIMIZER_HIDE_VAR(a);
	return (a | b | c | d | e | f) ? 0 : 1;
}

static long canary_verdict(const struct kw_regs *regs)
{
	unsigned int n;

	for (n = 0; n < CANARY_ARGS; n++)
		if (kw_regs_arg(regs, n) != CANARY_ARG(n))
			return -EBADE;
	return -ECANCELED;
}

struct kw_hook kw_canary_hook = {
	.function = "kw_canary",
	.module = KBUILD_MODNAME,
	.target = kw_canary,
	.verdict = canary_verdict,
};

/**
 * kw_canary_check() - do hooks fire?
 *
 * Return: 0 if so; -ENODEV if the hooked function ran all the same; -EBADE if
 * its arguments were not read right.
 */
int kw_canary_check(void)
{
	int ret = kw_canary(CANARY_ARG(0), CANARY_ARG(1), CANARY_ARG(2),
			    CANARY_ARG(3), CANARY_ARG(4), CANARY_ARG(5));

	/* the function itself never returns that: the compiler may know */
	OPTIMIZER_HIDE_VAR(ret);
	if (ret == -ECANCELED)
		return 0;
	return ret == -EBADE ? -EBADE : -ENODEV;
}
