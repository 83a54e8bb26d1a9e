/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_COMPLAINT_H
#define KVMWARDEN_COMPLAINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Enough for anybody; a file of junk must not take all memory */
#define COMPLAINTS_MAX	1000

struct complaint {
	const char *file;	/* the policy's: it must not be freed before */
	size_t rank;		/* of the file, in reading order */
	unsigned int line;	/* 0: the file as a whole */
	size_t order;
	char *text;
};

/* All that is wrong with the files of a policy */
struct complaints {
	struct complaint *list;
	size_t count;
	size_t dropped;		/* beyond COMPLAINTS_MAX */
	bool mild;		/* they are warnings */
};

/* More of them are only counted, and need no text */
bool complaints_full(const struct complaints *all);
/* Takes over @text */
void complaint_add(struct complaints *all, const char *file, unsigned int line,
		   char *text);
/* By file, in the order of @files, and line */
void complaints_sort(struct complaints *all, char *const *files,
		     size_t nr_files);
/* @name: all the files together */
void complaints_print(const struct complaints *all, const char *name,
		      FILE *out);
void complaints_free(struct complaints *all);

#endif
