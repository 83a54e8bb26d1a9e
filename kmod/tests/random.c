// SPDX-License-Identifier: GPL-2.0
/* KUnit: what tests that are random share, and the module they are in. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/string.h>

#include "random.h"

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "of all that is random; 0: another one each time");

/*
 * KASAN notes down who allocates: up to 30 ms a ruleset, if emulated. Of fewer, one
 * run in some hundred has too few pools to show anything.
 */
unsigned int kw_rounds = IS_ENABLED(CONFIG_KASAN) ? 600 : 100000;
module_param_named(rounds, kw_rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "how many random rulesets are tried");

/**
 * kw_random_begin() - begin with what can be begun with again
 * @test: says with what
 * @rnd: set
 *
 * Return: the seed.
 */
u32 kw_random_begin(struct kunit *test, struct rnd_state *rnd)
{
	u32 with = seed ?: get_random_u32();

	kunit_info(test, "to do it again: seed=%u", with);
	prandom_seed_state(rnd, with);
	return with;
}

/**
 * kw_random_below() - any number below another
 * @rnd: where from
 * @end: the other; not 0
 *
 * Return: the number.
 */
u32 kw_random_below(struct rnd_state *rnd, u32 end)
{
	return prandom_u32_state(rnd) % end;
}

/**
 * kw_random_chance() - now and then true
 * @rnd: where from
 * @percent: how often
 *
 * Return: true or false.
 */
bool kw_random_chance(struct rnd_state *rnd, u32 percent)
{
	return kw_random_below(rnd, 100) < percent;
}

/**
 * kw_random_text() - any text
 * @rnd: where from
 * @to: set; has room for it
 * @max: its greatest length
 * @from: its characters
 */
void kw_random_text(struct rnd_state *rnd, char *to, unsigned int max,
		    const char *from)
{
	unsigned int len = kw_random_below(rnd, max + 1);

	while (len--)
		*to++ = from[kw_random_below(rnd, strlen(from))];
	*to = '\0';
}

/**
 * kw_naive_glob() - what a pattern means, as plainly as can be
 * @pattern: as kw_glob_match() takes it
 * @path: the path
 *
 * Takes exponential time.
 *
 * Return: true if it matches.
 */
bool kw_naive_glob(const char *pattern, const char *path)
{
	bool deep;

	if (!*pattern)
		return !*path;
	if (*pattern != '*') {
		if (!*path || (*pattern == '?' ? *path == '/' :
						 *pattern != *path))
			return false;
		return kw_naive_glob(pattern + 1, path + 1);
	}
	deep = pattern[1] == '*';
	do {
		pattern++;
	} while (deep && *pattern == '*');
	for (;; path++) {
		if (kw_naive_glob(pattern, path))
			return true;
		if (!*path || (*path == '/' && !deep))
			return false;
	}
}

MODULE_DESCRIPTION("KUnit suites of kvmwarden");
MODULE_LICENSE("GPL");
