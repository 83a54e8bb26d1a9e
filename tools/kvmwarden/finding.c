// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a check found.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "finding.h"

static const char *const levels[NR_LEVELS] = {
	[LEVEL_NA]	= "not-applicable",
	[LEVEL_OK]	= "ok",
	[LEVEL_NOTE]	= "note",
	[LEVEL_WARNING]	= "warning",
	[LEVEL_PROBLEM]	= "problem",
};

const char *level_name(enum level level)
{
	return levels[level];
}

static char *format(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		out_of_memory();
	return text;
}

void finding_set(struct finding *finding, enum level level, const char *fmt,
		 ...)
{
	va_list args;

	finding_free(finding);
	finding->level = level;
	va_start(args, fmt);
	finding->found = format(fmt, args);
	va_end(args);
}

void finding_help(struct finding *finding, const char *fmt, ...)
{
	char *before = finding->help;
	va_list args;
	char *line;

	va_start(args, fmt);
	line = format(fmt, args);
	va_end(args);
	finding->help = text_of("%s%s%s", before ? before : "",
				before ? "\n" : "", line);
	free(before);
	free(line);
}

void finding_free(struct finding *finding)
{
	free(finding->found);
	free(finding->help);
	*finding = (struct finding) { .level = LEVEL_NA };
}
