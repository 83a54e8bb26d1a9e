// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times as text, and back.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "times.h"
#include "tool.h"

#define YEAR_MAX	2500	/* in ns, 64 bits end later */

const char *time_text(char buf[TIME_LEN], time_t seconds)
{
	struct tm tm;
	size_t len;

	if (!localtime_r(&seconds, &tm))
		return strcpy(buf, "unknown");
	len = strftime(buf, TIME_LEN - 1, "%Y-%m-%dT%H:%M:%S%z", &tm);
	if (len < 2)
		return strcpy(buf, "unknown");
	/* +0200 to +02:00 */
	memmove(buf + len - 1, buf + len - 2, 3);
	buf[len - 2] = ':';
	return buf;
}

const char *time_ns_text(char buf[TIME_LEN], __u64 ns)
{
	return time_text(buf, ns / TIME_SECOND);
}

/* --- so long ago ---------------------------------------------------------- */

static __u64 unit_seconds(const char *unit)
{
	static const struct {
		const char *name;
		__u64 seconds;
	} units[] = { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (!strcmp(unit, units[i].name))
			return units[i].seconds;
	}
	return 0;
}

static bool read_ago(const char *text, __u64 *ns)
{
	__u64 count, unit, ago;
	struct timespec now;
	char *end;

	errno = 0;
	count = strtoull(text, &end, 10);
	unit = unit_seconds(end);
	if (errno || !unit)
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	*ns = now.tv_sec * TIME_SECOND + now.tv_nsec;
	/* what is longer ago than the clock goes is the beginning */
	if (__builtin_mul_overflow(count, unit * TIME_SECOND, &ago) ||
	    ago > *ns)
		ago = *ns;
	*ns -= ago;
	return true;
}

/* --- date and time of day ------------------------------------------------- */

/* Two digits up to @max, which @text then points behind */
static bool read_pair(const char **text, int max, int *to)
{
	const char *c = *text;

	if (!isdigit((unsigned char)c[0]) || !isdigit((unsigned char)c[1]))
		return false;
	*to = 10 * (c[0] - '0') + c[1] - '0';
	*text = c + 2;
	return *to <= max;
}

static bool skip(const char **text, char c)
{
	if (**text != c)
		return false;
	++*text;
	return true;
}

static bool read_date(const char **text, struct tm *tm)
{
	int century, year;

	if (!read_pair(text, 99, &century) || !read_pair(text, 99, &year) ||
	    !skip(text, '-') || !read_pair(text, 12, &tm->tm_mon) ||
	    !skip(text, '-') || !read_pair(text, 31, &tm->tm_mday))
		return false;
	tm->tm_mon--;
	tm->tm_year = 100 * century + year - 1900;
	return 100 * century + year >= 1970 && 100 * century + year < YEAR_MAX;
}

/* Of a second no more than the whole is asked for */
static void skip_fraction(const char **text)
{
	if (**text != '.' && **text != ',')
		return;
	++*text;
	*text += strspn(*text, "0123456789");
}

static bool read_clock(const char **text, struct tm *tm)
{
	if (!skip(text, 'T') && !skip(text, ' '))
		return true;
	if (!read_pair(text, 23, &tm->tm_hour) || !skip(text, ':') ||
	    !read_pair(text, 59, &tm->tm_min))
		return false;
	if (!skip(text, ':'))
		return true;
	if (!read_pair(text, 60, &tm->tm_sec))
		return false;
	skip_fraction(text);
	return true;
}

/* East of Greenwich; *@local: it does not say */
static bool read_zone(const char *text, bool *local, long *seconds)
{
	int sign = *text == '-' ? -1 : 1;
	int hours = 0, minutes = 0;

	*local = !*text;
	*seconds = 0;
	if (*local || !strcmp(text, "Z"))
		return true;
	if (!skip(&text, '+') && !skip(&text, '-'))
		return false;
	if (!read_pair(&text, 23, &hours))
		return false;
	skip(&text, ':');
	if (*text && !read_pair(&text, 59, &minutes))
		return false;
	*seconds = sign * (3600L * hours + 60L * minutes);
	return !*text;
}

static bool read_moment(const char *text, __u64 *ns)
{
	struct tm tm = { .tm_isdst = -1 };
	time_t seconds;
	bool local;
	long east;
	int day;

	if (!read_date(&text, &tm) || !read_clock(&text, &tm) ||
	    !read_zone(text, &local, &east))
		return false;
	day = tm.tm_mday;
	seconds = local ? mktime(&tm) : timegm(&tm) - east;
	/* the 31st of June would be the 1st of July */
	if (seconds < 0 || (tm.tm_mday != day && tm.tm_sec < 60))
		return false;
	*ns = seconds * TIME_SECOND;
	return true;
}

char *time_parse(const char *text, __u64 *ns)
{
	if (isdigit((unsigned char)*text) &&
	    (read_ago(text, ns) || read_moment(text, ns)))
		return NULL;
	return text_of("`%s' is not a time; write 2026-11-23T14:30, 2026-11-23, or how long ago: 30s, 10m, 2h, 7d",
		       brief(text));
}
