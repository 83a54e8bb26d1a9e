/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a QEMU was started with.
 */
#ifndef KVMWARDEN_QEMU_H
#define KVMWARDEN_QEMU_H

#include "process.h"

/* Who reaches an address that is listened on */
enum reach {
	REACH_NONE,		/* it is no address, or a socket file */
	REACH_HOST,		/* users of the host */
	REACH_NETWORK,
};

/*
 * The value of the next option -@name from *@at on, "" if it has none; NULL
 * when there is no more. *@at begins as 0.
 */
const char *qemu_option(const struct process *process, const char *name,
			size_t *at);
/*
 * What @value, "first,key=value,...", has for @key, to be freed; NULL: it has
 * no such key. A key without a value is "on".
 */
char *qemu_value(const char *value, const char *key);
/* It has @key, and that is not off */
bool qemu_is_on(const char *value, const char *key);
bool qemu_has(const char *value, const char *key);

/* Of "HOST:PORT", "[HOST]:PORT", ":PORT", up to the first comma */
enum reach qemu_reach(const char *address);
/* Of HOST alone; "" is all addresses */
enum reach qemu_host_reach(const char *host);

#endif
