/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's network links, as far as guests are on them.
 */
#ifndef KVMWARDEN_LINK_H
#define KVMWARDEN_LINK_H

#include <stdbool.h>
#include <stddef.h>

#include "host.h"

struct link {
	char *name;
	bool tap;
	bool macvtap;
	bool bridge;
	bool port;		/* of a bridge, bond or the like */
	char *lower;		/* of a macvtap: what it lies on; or NULL */
};

struct links {
	struct link *list;
	size_t count;
};

/* A bridge, and the taps among its ports */
struct bridge {
	const struct link *link;
	size_t taps;
	size_t isolated;	/* of those */
	bool vlans;		/* it keeps VLANs apart */
};

void links_read(struct links *links, const struct host *host);
void links_free(struct links *links);
void bridge_read(struct bridge *bridge, const struct host *host,
		 const struct links *links, const struct link *link);

/* A file of the link's directory in /sys; false if there is no number in it */
bool link_number(const struct link *link, const struct host *host,
		 const char *file, long long *number);
/* Returns an exit code, having said why */
int link_write(const struct link *link, const struct host *host,
	       const char *file, const char *value);
/* A sysctl of that link, or of all, is on; @family: ipv4 or ipv6 */
bool link_sysctl(const char *link, const struct host *host,
		 const char *family, const char *name);
/* The host is in a network there, link-local ones not counted */
bool link_has_address(const struct link *link, const struct host *host);

#endif
