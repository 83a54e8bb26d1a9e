// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changing the host: only what is there, and nothing outside its root.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repair.h"
#include "tool.h"

static int failed(const struct host *host, const char *path, int error)
{
	say_error("%s%s: %s", host->root, printable(path), strerror(error));
	return error == EACCES || error == EPERM ? EXIT_NO_RIGHTS :
						   EXIT_NOT_SO;
}

/* 0 or an errno */
static int write_value(int fd, const char *value)
{
	char *line = text_of("%s\n", value);
	ssize_t len = strlen(line), done = write(fd, line, len);
	int error = errno;

	free(line);
	if (done < 0)
		return error;
	return done == len ? 0 : EIO;
}

int repair_write(const struct host *host, const char *path, const char *value)
{
	int fd, error;

	printf("+ echo %s >%s%s\n", value, host->root, printable(path));
	fflush(stdout);
	fd = host_open(host, path, O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return failed(host, path, -fd);
	error = write_value(fd, value);
	if (close(fd) && !error)
		error = errno;
	return error ? failed(host, path, error) : EXIT_DONE;
}

/* As chmod has it: "go-w" */
static const char *mode_text(mode_t bits)
{
	static char text[16];
	char *to = text;

	if (bits & 070)
		*to++ = 'g';
	if (bits & 07)
		*to++ = 'o';
	*to++ = '-';
	if (bits & 044)
		*to++ = 'r';
	if (bits & 022)
		*to++ = 'w';
	if (bits & 011)
		*to++ = 'x';
	*to = '\0';
	return text;
}

int repair_mode_of(const struct host *host, int fd, const char *path,
		   mode_t bits)
{
	char *self = text_of("/proc/self/fd/%d", fd);
	struct stat st;
	int ret = EXIT_DONE;

	printf("+ chmod %s %s%s\n", mode_text(bits), host->root,
	       printable(path));
	fflush(stdout);
	/* by way of /proc: an open device may already have done something */
	if (fstat(fd, &st) || chmod(self, st.st_mode & 07777 & ~bits))
		ret = failed(host, path, errno);
	free(self);
	return ret;
}

int repair_mode(const struct host *host, const char *path, mode_t bits)
{
	int fd = host_open(host, path, O_PATH);
	int ret;

	if (fd < 0)
		return failed(host, path, -fd);
	ret = repair_mode_of(host, fd, path, bits);
	close(fd);
	return ret;
}
