// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of Debian's version numbers, [EPOCH:]UPSTREAM[-REVISION], as the
 * Debian policy manual (5.6.12) has it. strverscmp(3) knows no `~', which comes
 * before all, even the end (7.2~rc3 before 7.2), and takes leading zeros for
 * fractions; libapt and libdpkg are large for one function.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "debversion.h"

struct span {
	const char *at, *end;
};

struct parts {
	struct span epoch, upstream, revision;
};

static struct parts split(const char *version)
{
	const char *end = version + strlen(version);
	const char *colon = strchr(version, ':');
	const char *start = colon ? colon + 1 : version;
	const char *dash = strrchr(start, '-');

	return (struct parts) {
		.epoch = { version, colon ? colon : version },
		.upstream = { start, dash ? dash : end },
		.revision = { dash ? dash + 1 : end, end },
	};
}

static bool at_digit(struct span s)
{
	return s.at < s.end && isdigit((unsigned char)*s.at);
}

static bool at_text(struct span s)
{
	return s.at < s.end && !isdigit((unsigned char)*s.at);
}

/* `~', then the end or a number, then letters, then all else */
static int rank(struct span s)
{
	if (!at_text(s))
		return 0;
	if (*s.at == '~')
		return -1;
	if (isalpha((unsigned char)*s.at))
		return (unsigned char)*s.at;
	return (unsigned char)*s.at + 256;
}

/* The text up to the next number in either; both are moved there */
static int compare_text(struct span *a, struct span *b)
{
	while (at_text(*a) || at_text(*b)) {
		int diff = rank(*a) - rank(*b);

		if (diff)
			return diff;
		/* of the same rank, so neither is at its end */
		a->at++;
		b->at++;
	}
	return 0;
}

static void skip_zeros(struct span *s)
{
	while (s->at < s->end && *s->at == '0')
		s->at++;
}

/* The number at which both are, or 0, of any length; both are moved behind */
static int compare_number(struct span *a, struct span *b)
{
	int first = 0;

	skip_zeros(a);
	skip_zeros(b);
	while (at_digit(*a) && at_digit(*b)) {
		if (!first)
			first = *a->at - *b->at;
		a->at++;
		b->at++;
	}
	if (at_digit(*a))
		return 1;
	if (at_digit(*b))
		return -1;
	return first;
}

static int compare_span(struct span a, struct span b)
{
	int diff = 0;

	while (!diff && (a.at < a.end || b.at < b.end)) {
		diff = compare_text(&a, &b);
		if (!diff)
			diff = compare_number(&a, &b);
	}
	return diff;
}

int debversion_compare(const char *left, const char *right)
{
	struct parts a = split(left), b = split(right);
	int diff;

	diff = compare_span(a.epoch, b.epoch);
	if (!diff)
		diff = compare_span(a.upstream, b.upstream);
	if (!diff)
		diff = compare_span(a.revision, b.revision);
	return diff;
}
