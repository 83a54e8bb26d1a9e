// SPDX-License-Identifier: GPL-2.0
/* Patterns for paths. */
#include <linux/string.h>

#include "glob.h"

/**
 * kw_glob_match() - does a cgroup path match a pattern?
 * @pattern: ``?`` is any character but a slash, ``*`` any number of these,
 *	``**`` any number of any characters
 * @path: the path
 *
 * A star first takes nothing and, when what follows it does not match, one
 * more character. Of several, only the last one need be tried again, for it can
 * take all that an earlier one of its kind could leave to it; after the last
 * ``*`` has come to a slash, it is the last ``**`` that takes more. Then all
 * tries are in vain in which the first ``*`` behind it begins within the same
 * part of the path, for it could have taken what lies between: go on behind the
 * next slash. So the time is at worst the product of the two lengths.
 *
 * Context: any; no recursion.
 * Return: true if all of @path matches all of @pattern.
 */
bool kw_glob_match(const char *pattern, const char *path)
{
	const char *star = NULL, *star_path = NULL;
	const char *deep = NULL, *deep_path = NULL;
	const char *first = NULL, *slash;

	for (;;) {
		if (pattern[0] == '*' && pattern[1] == '*') {
			while (*pattern == '*')
				pattern++;
			deep = pattern;
			deep_path = path;
			star = NULL;
			continue;
		}
		if (*pattern == '*') {
			if (!star)
				first = path;
			star = ++pattern;
			star_path = path;
			continue;
		}
		if (!*path && !*pattern)
			return true;
		if (*path && (*pattern == *path ||
			      (*pattern == '?' && *path != '/'))) {
			pattern++;
			path++;
			continue;
		}
		if (star && *star_path && *star_path != '/') {
			path = ++star_path;
			pattern = star;
			continue;
		}
		if (!deep || !*deep_path)
			return false;
		if (star) {
			slash = strchr(first, '/');
			if (!slash)
				return false;
			deep_path = slash - (first - deep_path);
			star = NULL;
		}
		path = ++deep_path;
		pattern = deep;
	}
}
