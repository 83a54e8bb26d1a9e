// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages, and text that is safe to print.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

#define TEXT_MAX	4096
#define BRIEF_MAX	48

void out_of_memory(void)
{
	fputs("kvmwarden: out of memory\n", stderr);
	exit(EXIT_NOT_SO);
}

void say_error(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("kvmwarden: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

char *text_of(const char *fmt, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
		out_of_memory();
	return text;
}

char *copy_of(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		out_of_memory();
	return copy;
}

/* Room for one more element in a list of @count */
void *grow(void *list, size_t count, size_t size)
{
	/* powers of two only, so that a list of n costs log n calls */
	if (count & (count - 1))
		return list;
	list = reallocarray(list, count ? 2 * count : 1, size);
	if (!list)
		out_of_memory();
	return list;
}

const char *plural(unsigned long long n)
{
	return n == 1 ? "" : "s";
}

static const char *escape(const char *text, size_t max)
{
	static char ring[4][4 * TEXT_MAX + 4];
	static unsigned int turn;
	char *buf = ring[turn++ % ARRAY_SIZE(ring)];
	char *to = buf;

	for (; *text && max; text++, max--) {
		if (*text >= ' ' && *text <= '~')
			*to++ = *text;
		else
			to += sprintf(to, "\\x%02x", (unsigned char)*text);
	}
	strcpy(to, *text ? "..." : "");
	return buf;
}

const char *printable(const char *text)
{
	return escape(text, TEXT_MAX);
}

const char *brief(const char *text)
{
	return escape(text, BRIEF_MAX);
}
