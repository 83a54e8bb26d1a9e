// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines that fit a terminal.
 */
#include <string.h>

#include "wrap.h"

static void wrap_line(FILE *to, const char *lead, const char *text, size_t len)
{
	const char *end = text + len;
	size_t column = 0, word;

	while (text < end) {
		word = strcspn(text, "\n ");
		if (column && column + 1 + word > WRAP_WIDTH) {
			putc('\n', to);
			column = 0;
		}
		column += fprintf(to, "%s%.*s", column ? " " : lead, (int)word,
				  text);
		text += word;
		while (text < end && *text == ' ')
			text++;
	}
	putc('\n', to);
}

void wrap(FILE *to, const char *lead, const char *text)
{
	size_t len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (*text == ' ')
			fprintf(to, "%s%.*s\n", lead, (int)len, text);
		else
			wrap_line(to, lead, text, len);
	}
}
