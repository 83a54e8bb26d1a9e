/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all checks of `kvmwarden doctor' share. A check is a row of its group's
 * table, and a small function that looks at the subject and says what it found.
 */
#ifndef KVMWARDEN_DOCTOR_H
#define KVMWARDEN_DOCTOR_H

#include <stddef.h>

#include "host.h"
#include "tool.h"
#include "warden.h"

/* In the order of what is worse */
enum level {
	LEVEL_NA,		/* not applicable: there is nothing to check */
	LEVEL_OK,
	LEVEL_NOTE,		/* to be known, or could not be found out */
	LEVEL_WARNING,
	LEVEL_PROBLEM,
	NR_LEVELS,
};

/* Whom the doctor looks at: what is read once, for all checks */
struct subject {
	struct host host;
	struct warden warden;
};

/* What a check found, and what helps; texts are freed with it */
struct finding {
	enum level level;
	char *found;
	char *help;		/* lines; an indented one is printed as it is */
};

struct check {
	const char *id;
	enum level worst;	/* what it can come to */
	const char *title;
	const char *why;	/* it matters */
	const char *reference;	/* or NULL */
	void (*run)(const struct subject *subject, struct finding *finding);
};

struct check_group {
	const char *name;
	const struct check *checks;
	size_t count;
};

extern const struct check_group kvm_group;
extern const struct check_group kernel_group;
extern const struct check_group module_group;
extern const struct check_group policy_group;

/* finding.c */
__printf(3, 4) void finding_set(struct finding *finding, enum level level,
				const char *fmt, ...);
/* Adds a line of help: text to be wrapped, or, indented, a command */
__printf(2, 3) void finding_help(struct finding *finding, const char *fmt, ...);
void finding_free(struct finding *finding);
/* "warning" */
const char *level_name(enum level level);

/* doctor_policy.c */
/* Somebody is known to be free to run VMs in VMs, by KVM and the policy */
bool nested_reachable(const struct subject *subject);

#endif
