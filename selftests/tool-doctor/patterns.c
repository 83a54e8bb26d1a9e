// SPDX-License-Identifier: GPL-2.0
/*
 * patterns PATH [cut]		the pattern that the tool makes of it; status 1 if
 *				the path itself does not match
 * patterns WIDE covers NARROW	status 0 if so
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"

#include "../../kmod/glob.h"

int main(int argc, char **argv)
{
	bool matches;
	char *pattern;

	if (argc == 4 && !strcmp(argv[2], "covers"))
		return !pattern_covers(argv[1], argv[3]);
	if (argc < 2 || argc > 3)
		return 2;
	pattern = pattern_of(argv[1], argc == 3);
	matches = kw_glob_match(pattern, argv[1]);
	puts(pattern);
	free(pattern);
	return !matches;
}
