/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_SOURCE_H
#define KVMWARDEN_SOURCE_H

#include <stddef.h>

#define SOURCE_MAX	(16 << 20)

/* A file in memory */
struct source {
	char *data;
	size_t len;
};

/*
 * All that is in @fd, but @max bytes at most. Returns what is wrong, for the
 * caller to free, or NULL.
 */
char *source_read(struct source *src, int fd, size_t max);
void source_free(struct source *src);

#endif
