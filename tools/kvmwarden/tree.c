// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files below a directory. Who owns it may change it meanwhile: no link is
 * followed, and what was looked at is what is visited.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tree.h"
#include "tool.h"

#define DEPTH_MAX	8
#define ENTRIES_MAX	100000

struct walk {
	tree_visit visit;
	void *data;
	size_t entries;
	bool all;			/* nothing was left out */
};

static void walk_dir(struct walk *walk, int fd, const char *path, int depth);

static void descend(struct walk *walk, int dir, const char *name,
		    const char *path, int depth)
{
	int fd = openat(dir, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		walk_dir(walk, fd, path, depth);
	else if (errno != ENOENT)
		walk->all = false;
}

static void walk_entry(struct walk *walk, int dir, const char *name,
		       const char *path, int depth)
{
	struct tree_file file = {
		.fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC),
		.path = path,
	};

	if (file.fd < 0)
		return;
	if (!fstat(file.fd, &file.st)) {
		if (S_ISREG(file.st.st_mode))
			walk->visit(&file, walk->data);
		else if (S_ISDIR(file.st.st_mode) && file.st.st_mode & 01)
			descend(walk, dir, name, path, depth + 1);
	}
	close(file.fd);
}

/* Takes over @fd */
static void walk_dir(struct walk *walk, int fd, const char *path, int depth)
{
	DIR *dir = depth < DEPTH_MAX ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (!dir) {
		walk->all = false;
		close(fd);
		return;
	}
	while ((entry = readdir(dir)) && walk->entries++ < ENTRIES_MAX) {
		char *full = text_of("%s/%s", path, entry->d_name);

		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			walk_entry(walk, fd, entry->d_name, full, depth);
		free(full);
	}
	walk->all &= walk->entries < ENTRIES_MAX;
	closedir(dir);
}

/* Every user may pass through all directories that lead there */
static bool is_reached(const struct host *host, const char *dir)
{
	size_t len = 0;
	struct stat st;
	bool reached = true;
	char *part;

	while (reached && dir[len]) {
		len += 1 + strcspn(dir + len + 1, "/");
		part = text_of("%.*s", (int)len, dir);
		reached = host_stat(host, part, &st) && st.st_mode & 01;
		free(part);
	}
	return reached;
}

bool tree_walk(const struct host *host, const char *dir, tree_visit visit,
	       void *data)
{
	struct walk walk = { .visit = visit, .data = data, .all = true };
	int fd;

	if (!is_reached(host, dir))
		return true;
	fd = host_open(host, dir, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd == -ENOENT;
	walk_dir(&walk, fd, dir, 0);
	return walk.all;
}
