// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel was booted with.
 */
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"
#include "tool.h"

#define SPACE	" \t\n"

char *cmdline_next(const char **at)
{
	size_t len;
	char *word;

	*at += strspn(*at, SPACE);
	len = strcspn(*at, SPACE);
	if (!len)
		return NULL;
	word = text_of("%.*s", (int)len, *at);
	*at += len;
	return word;
}

bool cmdline_has(const struct host *host, const char *prefix)
{
	char *line = host_line(host, "/proc/cmdline"), *word;
	const char *at = line ? line : "";
	bool found = false;

	while ((word = cmdline_next(&at))) {
		found |= !strncmp(word, prefix, strlen(prefix));
		free(word);
	}
	free(line);
	return found;
}
