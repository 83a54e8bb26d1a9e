/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that others read while it is written anew: at any time there is all of
 * the old one or all of the new.
 */
#ifndef KVMWARDEN_OUTFILE_H
#define KVMWARDEN_OUTFILE_H

#include <stdio.h>

struct outfile {
	const char *path;
	char *temp;
	FILE *to;
};

/*
 * Both return an exit code, having said what is wrong; then @path is as it was.
 * Only what was begun with success is to be ended.
 */
int outfile_begin(struct outfile *file, const char *path);
int outfile_end(struct outfile *file);

#endif
