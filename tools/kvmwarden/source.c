// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a whole file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source.h"
#include "tool.h"

#define STEP	65536

char *source_read(struct source *src, int fd, size_t max)
{
	size_t room = 0;
	ssize_t got;

	*src = (struct source) { 0 };
	while (src->len <= max) {
		if (room - src->len < STEP) {
			room = 2 * room + STEP;
			src->data = realloc(src->data, room);
			if (!src->data)
				out_of_memory();
		}
		got = read(fd, src->data + src->len, room - src->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return text_of("cannot be read: %s", strerror(errno));
		if (!got)
			return NULL;
		src->len += got;
	}
	return text_of("too large; a policy has at most %d MB",
		       SOURCE_MAX >> 20);
}

void source_free(struct source *src)
{
	free(src->data);
	*src = (struct source) { 0 };
}
