/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_HOST_H
#define KVMWARDEN_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

/* What the host itself tells, in /proc, /sys, /dev and /etc */
struct host {
	const char *root;	/* the directory to take for "/"; "" is "/" */
	int root_fd;
	bool x86;
	bool is_guest;		/* it is a VM itself, and knows */
	const char *vendor;	/* "amd": AMD-V, "intel": VT-x; NULL: neither */
	bool vendor_loaded;	/* that half of KVM is loaded */
};

/* The names in a directory, in order */
struct host_names {
	char **list;
	size_t count;
};

/* 0 or a negative errno */
int host_read(struct host *host, const char *root);
void host_free(struct host *host);

/* For messages, and those who cannot open it by host_open(); to be freed */
char *host_path(const struct host *host, const char *path);
/*
 * Below the host's root, which no link leads out of. A file descriptor, or a
 * negative errno.
 */
int host_open(const struct host *host, const char *path, int flags);
/* To be read; NULL if it cannot be */
FILE *host_file(const struct host *host, const char *path);
bool host_has(const struct host *host, const char *path);
bool host_stat(const struct host *host, const char *path, struct stat *st);
/* Its first line, to be freed; NULL if it cannot be read */
char *host_line(const struct host *host, const char *path);
/* The rest of its line that begins with @key, to be freed; NULL: none does */
char *host_field(const struct host *host, const char *path, const char *key);
/* A number, or Y or N for 1 and 0, in its first line; false if there is none */
bool host_number(const struct host *host, const char *path, long long *number);
/* False if it cannot be read; to be freed in any case */
bool host_list(const struct host *host, const char *dir,
	       struct host_names *names);
void host_names_free(struct host_names *names);
/* Reads a line without its end; false at the end of the file; to be freed */
bool next_line(FILE *file, char **line);

/* A parameter of the vendor's module: sets *@on; false if there is none */
bool host_parameter(const struct host *host, const char *name, bool *on);

/* Bytes of RAM; 0: not known */
unsigned long long host_memory(const struct host *host);

/* EPT or NPT: the vendor's name for it, by which the parameter is called */
const char *host_paging_name(const struct host *host);

#endif
