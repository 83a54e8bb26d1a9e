// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where in its files a policy says something.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "place.h"
#include "tool.h"

#define WIDTH	80

void place_print(const struct policy_line *at, int column, int indent)
{
	char *place;

	if (!at->line) {
		putchar('\n');
		return;
	}
	place = text_of("  %s:%u", printable(at->file), at->line);
	if (column + strlen(place) > WIDTH)
		printf("\n%*s", indent, "");
	puts(place);
	free(place);
}
