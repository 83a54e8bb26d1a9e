/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_HOST_H
#define KVMWARDEN_HOST_H

#include <stdbool.h>
#include <sys/stat.h>

/* What the host itself tells, in /proc, /sys and /dev */
struct host {
	const char *root;	/* the directory to take for "/"; "" is "/" */
	bool x86;
	const char *vendor;	/* "amd": AMD-V, "intel": VT-x; NULL: neither */
	bool vendor_loaded;	/* that half of KVM is loaded */
};

void host_read(struct host *host, const char *root);

/* Below the host's root; to be freed */
char *host_path(const struct host *host, const char *path);
bool host_has(const struct host *host, const char *path);
bool host_stat(const struct host *host, const char *path, struct stat *st);
/* Its first line, to be freed; NULL if it cannot be read */
char *host_line(const struct host *host, const char *path);
/* A parameter of the vendor's module: sets *@on; false if there is none */
bool host_parameter(const struct host *host, const char *name, bool *on);

/* EPT or NPT: the vendor's name for it, by which the parameter is called */
const char *host_paging_name(const struct host *host);

#endif
