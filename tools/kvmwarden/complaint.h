/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_COMPLAINT_H
#define KVMWARDEN_COMPLAINT_H

#include <stddef.h>
#include <stdio.h>

/* Enough for anybody; a file of junk must not take all memory */
#define COMPLAINTS_MAX	1000

struct complaint {
	unsigned int line;	/* 0: the file as a whole */
	size_t order;
	char *text;
};

/* All that is wrong with one file */
struct complaints {
	struct complaint *list;
	size_t count;
	size_t dropped;		/* beyond COMPLAINTS_MAX */
};

/* Takes over @text */
void complaint_add(struct complaints *all, unsigned int line, char *text);
void complaints_sort(struct complaints *all);
void complaints_print(const struct complaints *all, const char *file,
		      FILE *out);
void complaints_free(struct complaints *all);

#endif
