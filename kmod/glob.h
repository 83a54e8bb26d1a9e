/* SPDX-License-Identifier: GPL-2.0 */
/* Patterns for paths. */
#ifndef KW_GLOB_H
#define KW_GLOB_H

#include <linux/types.h>

bool kw_glob_match(const char *pattern, const char *path);

#endif /* KW_GLOB_H */
