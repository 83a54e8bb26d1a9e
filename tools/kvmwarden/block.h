/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_BLOCK_H
#define KVMWARDEN_BLOCK_H

#include "host.h"

enum block_state {
	BLOCK_PLAIN,
	BLOCK_ENCRYPTED,
	BLOCK_MEMORY,		/* it is but compressed memory */
	BLOCK_UNKNOWN,
};

/* What becomes of what is written to a device, by its path below /dev */
enum block_state block_state(const struct host *host, const char *device);
/* ... to a file */
enum block_state block_state_of_file(const struct host *host, const char *path);

#endif
