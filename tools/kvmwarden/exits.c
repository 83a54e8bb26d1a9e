// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM's own counts of exits.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "amount.h"
#include "exits.h"
#include "tool.h"

#define NS	1000000000LL

static bool read_id(const char **text, __u32 *id)
{
	char *end;

	/* strtoul() takes signs and leading spaces */
	if (!isdigit((unsigned char)**text))
		return false;
	*id = strtoul(*text, &end, 10);
	*text = end;
	return true;
}

static bool read_name(const char *name, struct exit_count *count)
{
	return read_id(&name, &count->thread) && *name++ == '-' &&
	       read_id(&name, &count->fd) && !*name;
}

/* Returns a negative errno if there is nothing to be read */
static int read_text(int fd, char *text, size_t len)
{
	ssize_t got = read(fd, text, len - 1);

	text[got < 0 ? 0 : got] = '\0';
	if (got < 0)
		return -errno;
	return got ? 0 : -ENODATA;
}

static int read_count(int dir, const char *name, struct exit_count *count)
{
	char path[280], text[32];
	struct stat st;
	int fd, ret;

	snprintf(path, sizeof(path), "%s/exits", name);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = fstat(fd, &st) ? -errno : read_text(fd, text, sizeof(text));
	close(fd);
	if (ret)
		return ret;
	count->exits = strtoull(text, NULL, 10);
	count->born = st.st_mtim.tv_sec * NS + st.st_mtim.tv_nsec;
	count->rate = RATE_UNKNOWN;
	return 0;
}

/* A thread that is gone may have been the process's first, and only one */
static __u32 process_of(__u32 thread)
{
	char path[32], text[512];
	const char *line;
	__u32 pid = thread;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/status", thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return thread;
	line = read_text(fd, text, sizeof(text)) ? NULL :
						   strstr(text, "\nTgid:\t");
	if (line)
		pid = strtoul(line + strlen("\nTgid:\t"), NULL, 10);
	close(fd);
	return pid;
}

static int by_name(const void *left, const void *right)
{
	const struct exit_count *a = left, *b = right;

	if (a->thread != b->thread)
		return a->thread < b->thread ? -1 : 1;
	return (a->fd > b->fd) - (a->fd < b->fd);
}

static int by_process(const void *left, const void *right)
{
	const struct exit_count *a = left, *b = right;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->born != b->born)
		return a->born < b->born ? -1 : 1;
	return by_name(a, b);
}

/* A number of a thread or file is soon used again: the age tells */
static void compare(struct exit_count *now, const struct exit_count *before,
		    double seconds)
{
	if (!before || before->born != now->born) {
		now->pid = process_of(now->thread);
		return;
	}
	now->pid = before->pid;
	/* it can be written to, which makes it 0 */
	if (now->exits >= before->exits && seconds > 0)
		now->rate = (now->exits - before->exits) / seconds;
}

static void compare_all(struct exits *exits, const struct exits *before,
			double seconds)
{
	struct exit_count *old = NULL;
	size_t i, count = before ? before->count : 0;

	if (count) {
		old = reallocarray(NULL, count, sizeof(*old));
		if (!old)
			out_of_memory();
		memcpy(old, before->list, count * sizeof(*old));
		qsort(old, count, sizeof(*old), by_name);
	}
	for (i = 0; i < exits->count; i++)
		compare(&exits->list[i],
			count ? bsearch(&exits->list[i], old, count,
					sizeof(*old), by_name) : NULL,
			seconds);
	free(old);
}

static void read_all(struct exits *exits, DIR *dir)
{
	struct exit_count count = { 0 };
	const struct dirent *entry;
	int ret;

	while ((entry = readdir(dir))) {
		if (!read_name(entry->d_name, &count))
			continue;
		ret = read_count(dirfd(dir), entry->d_name, &count);
		if (!ret) {
			exits->list = grow(exits->list, exits->count,
					   sizeof(count));
			exits->list[exits->count++] = count;
		} else if (!exits->error) {
			exits->error = ret;
		}
	}
	/* some VMs come to their end while we look */
	if (exits->error == -ENOENT && exits->count)
		exits->error = 0;
}

void exits_read(struct exits *exits, const struct exits *before,
		double seconds)
{
	DIR *dir;
	int fd;

	*exits = (struct exits) { .count = 0 };
	fd = open(KVM_DEBUGFS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		exits->error = -errno;
		return;
	}
	dir = fdopendir(fd);
	if (!dir)
		out_of_memory();
	read_all(exits, dir);
	closedir(dir);
	compare_all(exits, before, seconds);
	if (exits->count)
		qsort(exits->list, exits->count, sizeof(*exits->list),
		      by_process);
}

void exits_free(struct exits *exits)
{
	free(exits->list);
	*exits = (struct exits) { .count = 0 };
}
