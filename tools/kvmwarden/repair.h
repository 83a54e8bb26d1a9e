/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `doctor --fix' does to the host. Each says beforehand, as a command,
 * what it does, and returns an exit code, having said why it could not.
 */
#ifndef KVMWARDEN_REPAIR_H
#define KVMWARDEN_REPAIR_H

#include <sys/types.h>

#include "host.h"

/* Into a file of /proc/sys or /sys that is there */
int repair_write(const struct host *host, const char *path, const char *value);
/* Takes these bits off the mode of what is at @path */
int repair_mode(const struct host *host, const char *path, mode_t bits);
/* The same of an open file, however it is open; @path: for the message */
int repair_mode_of(const struct host *host, int fd, const char *path,
		   mode_t bits);

#endif
