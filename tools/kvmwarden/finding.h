/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_FINDING_H
#define KVMWARDEN_FINDING_H

#include "tool.h"

/* In the order of what is worse */
enum level {
	LEVEL_NA,		/* not applicable: there is nothing to check */
	LEVEL_OK,
	LEVEL_NOTE,		/* to be known, or could not be found out */
	LEVEL_WARNING,
	LEVEL_PROBLEM,
	NR_LEVELS,
};

/* What a check found, and what helps; texts are freed with it */
struct finding {
	enum level level;
	char *found;
	char *help;		/* lines; an indented one is printed as it is */
};

__printf(3, 4) void finding_set(struct finding *finding, enum level level,
				const char *fmt, ...);
/* Adds a line of help: text to be wrapped, or, indented, a command */
__printf(2, 3) void finding_help(struct finding *finding, const char *fmt, ...);
void finding_free(struct finding *finding);
/* "warning" */
const char *level_name(enum level level);

#endif
