/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One setting of the kernel: a sysctl, a module's parameter, a file of /sys.
 */
#ifndef KVMWARDEN_SETTING_H
#define KVMWARDEN_SETTING_H

#include <limits.h>
#include <stdbool.h>

#include "finding.h"
#include "host.h"

struct setting {
	const char *path;
	long long from, to;	/* what it should not be: from .. to */
	const char *found;	/* what it means then */
	const char *value;	/* what it should be; NULL: it cannot be changed */
	bool safe;		/* ... at any time, by anybody who may */
	const char *missing;	/* what it means if it is not there; or NULL */
	const char *advice;	/* more help, or NULL */
};

/* @worst: what it comes to if it is what it should not be */
void setting_check(const struct setting *setting, const struct host *host,
		   enum level worst, struct finding *finding);
/* Returns an exit code, having said why */
int setting_fix(const struct setting *setting, const struct host *host);

#endif
