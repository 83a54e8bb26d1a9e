/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_SEVERAL_H
#define KVMWARDEN_SEVERAL_H

#include <stddef.h>

#include "tool.h"

#define SEVERAL_NAMED	4

/* What is counted, the first few by name: "a, b, c, d, ..." */
struct several {
	size_t count;
	char *text;		/* NULL: none */
};

__printf(2, 3) void several_add(struct several *several, const char *fmt, ...);
void several_free(struct several *several);

#endif
