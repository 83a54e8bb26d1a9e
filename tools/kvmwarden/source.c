// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a whole file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source.h"
#include "tool.h"

#define STEP	65536

static char *read_all(struct source *src, int fd)
{
	size_t room = 0;
	ssize_t got;

	while (src->len <= SOURCE_MAX) {
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

char *source_read(struct source *src, const char *path)
{
	struct stat st;
	char *wrong;
	int fd;

	*src = (struct source) { 0 };
	if (!strcmp(path, "-"))
		return read_all(src, STDIN_FILENO);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return text_of("cannot be opened: %s", strerror(errno));
	if (!fstat(fd, &st) && S_ISDIR(st.st_mode))
		wrong = text_of("is a directory; name a file in it");
	else
		wrong = read_all(src, fd);
	close(fd);
	return wrong;
}

void source_free(struct source *src)
{
	free(src->data);
	*src = (struct source) { 0 };
}
