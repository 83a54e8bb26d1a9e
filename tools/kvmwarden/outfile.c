// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing a file that is there whole or not at all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outfile.h"
#include "tool.h"

static int fail(const char *path, const char *why)
{
	say_error("cannot write %s: %s; it was not changed", brief(path), why);
	return EXIT_NOT_SO;
}

/* In the same directory, and not to be taken for one to be read: no *.prom */
static char *name_beside(const char *path)
{
	const char *slash = strrchr(path, '/');
	int dir = slash ? slash - path + 1 : 0;

	return text_of("%.*s.%s.XXXXXX", dir, path, path + dir);
}

/* As open() would have it; mkstemp() makes files for us alone */
static mode_t mode_of(const struct stat *old)
{
	mode_t mask;

	if (old)
		return old->st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

int outfile_begin(struct outfile *file, const char *path)
{
	struct stat st;
	bool there = !lstat(path, &st);
	int fd;

	/* to rename over a device would be the end of it */
	if (there && !S_ISREG(st.st_mode))
		return fail(path, "not a regular file");
	*file = (struct outfile) { .path = path, .temp = name_beside(path) };
	fd = mkstemp(file->temp);
	if (fd < 0) {
		free(file->temp);
		return fail(path, strerror(errno));
	}
	file->to = fdopen(fd, "w");
	if (!file->to || fchmod(fd, mode_of(there ? &st : NULL)))
		out_of_memory();
	return EXIT_DONE;
}

/* 0 or an errno */
static int finish(struct outfile *file)
{
	int error = ferror(file->to) ? EIO : 0;

	if (fclose(file->to))
		error = errno;
	if (!error && rename(file->temp, file->path))
		error = errno;
	return error;
}

int outfile_end(struct outfile *file)
{
	int error = finish(file);

	if (error)
		unlink(file->temp);
	free(file->temp);
	return error ? fail(file->path, strerror(error)) : EXIT_DONE;
}
