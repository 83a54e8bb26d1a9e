// SPDX-License-Identifier: GPL-2.0-only
/*
 * Did you mean ...?
 */
#include <ctype.h>
#include <string.h>

#include "spell.h"
#include "tool.h"

#define WORD_MAX	32

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int min = a < b ? a : b;

	return min < c ? min : c;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Letters to insert, delete, replace or swap to make @b of @a */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int cost[WORD_MAX + 1][WORD_MAX + 1];
	size_t rows = strlen(a), cols = strlen(b);
	size_t i, j;

	for (i = 0; i <= rows; i++)
		cost[i][0] = i;
	for (j = 0; j <= cols; j++)
		cost[0][j] = j;
	for (i = 1; i <= rows; i++) {
		for (j = 1; j <= cols; j++) {
			bool hit = same(a[i - 1], b[j - 1]);

			cost[i][j] = least(cost[i - 1][j] + 1,
					   cost[i][j - 1] + 1,
					   cost[i - 1][j - 1] + !hit);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]))
				cost[i][j] = least(cost[i][j], cost[i][j],
						   cost[i - 2][j - 2] + 1);
		}
	}
	return cost[rows][cols];
}

/* match.user for user, total.vms for vms */
static bool is_last_part(const char *word, const char *candidate)
{
	const char *dot = strrchr(candidate, '.');

	return dot && !strcmp(dot + 1, word);
}

void guess_start(struct guess *guess, const char *word)
{
	guess->word = word;
	guess->nearest = NULL;
	/* one letter in three may be wrong, but more than three never */
	guess->distance = strlen(word) < 9 ? (strlen(word) + 2) / 3 + 1 : 4;
}

/* What it takes at least: to count letters is cheap, to compare them is not */
static unsigned int least_distance(size_t len, size_t other)
{
	return len > other ? len - other : other - len;
}

void guess_try(struct guess *guess, const char *candidate)
{
	size_t len = strlen(guess->word), other = strlen(candidate);
	unsigned int far = 0;

	if (len > WORD_MAX || other > WORD_MAX)
		return;
	if (!is_last_part(guess->word, candidate)) {
		if (least_distance(len, other) >= guess->distance)
			return;
		far = distance(guess->word, candidate);
	}
	if (far < guess->distance && far < other) {
		guess->nearest = candidate;
		guess->distance = far;
	}
}
