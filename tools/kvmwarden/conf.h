/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_CONF_H
#define KVMWARDEN_CONF_H

#include "host.h"

/*
 * What a file of lines "key = value" has for @key, without quotes, to be freed;
 * NULL: nothing. The last one counts.
 */
char *conf_value(const struct host *host, const char *path, const char *key);

#endif
