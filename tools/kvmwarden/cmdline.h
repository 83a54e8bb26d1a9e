/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_CMDLINE_H
#define KVMWARDEN_CMDLINE_H

#include <stdbool.h>

#include "host.h"

/* The next word of the kernel's command line from *@at on, to be freed, or NULL */
char *cmdline_next(const char **at);
/* There is a word that begins with @prefix */
bool cmdline_has(const struct host *host, const char *prefix);

#endif
