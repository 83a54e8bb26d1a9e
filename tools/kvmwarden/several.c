// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names for a message that must not get too long.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "several.h"

static void append(struct several *several, const char *name)
{
	char *before = several->text;

	several->text = text_of("%s%s%s", before ? before : "",
				before ? ", " : "", name);
	free(before);
}

void several_add(struct several *several, const char *fmt, ...)
{
	va_list args;
	char *name;

	if (several->count++ == SEVERAL_NAMED)
		append(several, "...");
	if (several->count > SEVERAL_NAMED)
		return;
	va_start(args, fmt);
	if (vasprintf(&name, fmt, args) < 0)
		out_of_memory();
	va_end(args);
	append(several, name);
	free(name);
}

void several_free(struct several *several)
{
	free(several->text);
	*several = (struct several) { .count = 0 };
}
