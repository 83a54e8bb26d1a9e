/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_FIXES_H
#define KVMWARDEN_FIXES_H

#include <stdbool.h>
#include <stddef.h>

#include "host.h"
#include "kernel.h"

#define FIXES_FILE	"kvm-fixes"
#define FIXES_MAX	16		/* releases that have one fix */

/* A line of the list; "-" is what is not known */
struct fix {
	char *line;			/* the memory of the rest */
	const char *id;
	bool nested;
	const char *cpu;
	const char *since;
	const char *mainline;
	const char *in[FIXES_MAX];
	size_t nr_in;
};

/* Vulnerabilities of KVM, and where they are fixed */
struct fixes {
	struct fix *list;
	size_t count;
	char *file;
	char *date;			/* nothing newer is in it */
};

enum fix_state {
	FIX_HERE,		/* fixed, or never there */
	FIX_LATER,		/* in a later release of this series */
	FIX_NONE,		/* in none of this series, as far as known */
	FIX_UNKNOWN,
};

/* Returns what is wrong, for the caller to free, or NULL */
char *fixes_read(struct fixes *fixes, const struct host *host);
void fixes_free(struct fixes *fixes);

enum fix_state fix_state(const struct fix *fix, const struct kernel *kernel);

#endif
