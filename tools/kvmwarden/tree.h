/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_TREE_H
#define KVMWARDEN_TREE_H

#include <sys/stat.h>

#include "host.h"

/* A regular file that every user of the host gets to, by name */
struct tree_file {
	int fd;				/* opened as O_PATH */
	const char *path;
	struct stat st;
};

typedef void (*tree_visit)(const struct tree_file *file, void *data);

/*
 * Visits those below @dir. False if there are such, or may be, that could not be
 * looked at.
 */
bool tree_walk(const struct host *host, const char *dir, tree_visit visit,
	       void *data);

#endif
