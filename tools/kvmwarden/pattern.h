/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_PATTERN_H
#define KVMWARDEN_PATTERN_H

#include <stdbool.h>

/*
 * A pattern, to be freed, for the cgroup @path and those that come after it: what
 * looks like the number or name of one instance may be anything. @cut: the end
 * of the path is not known.
 */
char *pattern_of(const char *path, bool cut);

/* All that @narrow matches is matched by @wide, too */
bool pattern_covers(const char *wide, const char *narrow);

#endif
