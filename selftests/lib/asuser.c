// SPDX-License-Identifier: GPL-2.0
/*
 * Starts a program as somebody else, with no other groups: what setpriv(1) does,
 * which under emulation takes half a second to load its libraries.
 *
 * Usage: asuser UID GID PROGRAM [ARGUMENT...]
 */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static unsigned int id_of(const char *text)
{
	unsigned long id;
	char *end;

	errno = 0;
	id = strtoul(text, &end, 10);
	if (errno || end == text || *end || id >= (unsigned int)-1) {
		fprintf(stderr, "asuser: not an id: '%s'\n", text);
		exit(2);
	}
	return id;
}

int main(int argc, char **argv)
{
	unsigned int uid, gid;

	if (argc < 4) {
		fprintf(stderr, "usage: asuser UID GID PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	uid = id_of(argv[1]);
	gid = id_of(argv[2]);
	if (setgroups(0, NULL) || setgid(gid) || setuid(uid)) {
		perror("asuser");
		return 125;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 127;
}
