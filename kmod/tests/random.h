/* SPDX-License-Identifier: GPL-2.0 */
/* What tests that are random share. */
#ifndef KW_TESTS_RANDOM_H
#define KW_TESTS_RANDOM_H

#include <linux/types.h>

struct kunit;
struct rnd_state;

extern unsigned int kw_rounds;

u32 kw_random_begin(struct kunit *test, struct rnd_state *rnd);
u32 kw_random_below(struct rnd_state *rnd, u32 end);
bool kw_random_chance(struct rnd_state *rnd, u32 percent);
void kw_random_text(struct rnd_state *rnd, char *to, unsigned int max,
		    const char *from);
bool kw_naive_glob(const char *pattern, const char *path);

#endif /* KW_TESTS_RANDOM_H */
