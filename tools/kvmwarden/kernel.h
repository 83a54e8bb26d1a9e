/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_KERNEL_H
#define KVMWARDEN_KERNEL_H

#include <stdbool.h>

#include "host.h"

/* The kernel that runs */
struct kernel {
	char *release;		/* as uname -r has it; NULL: not known */
	char *upstream;		/* the Linux it was made of; 7.2~rc1 for an rc */
	char *debian;		/* version of its package; NULL: not Debian's */
};

/* @kernel is to be freed in any case; false: it cannot be told */
bool kernel_read(struct kernel *kernel, const struct host *host);
void kernel_free(struct kernel *kernel);

#endif
