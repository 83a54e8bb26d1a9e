/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sections of one file of a policy, and where they go.
 */
#ifndef KVMWARDEN_POLICY_SECTIONS_H
#define KVMWARDEN_POLICY_SECTIONS_H

#include "policy_parse.h"

struct sections {
	struct policy_reader *reader;
	struct policy_line at;		/* what is being read */
	unsigned int policy;		/* line of [policy] in this file */
	unsigned int host;
	unsigned int dflt;		/* ... of [class default] */
	unsigned int late;		/* ... of the last new class after it */
	char late_name[KVMWARDEN_NAME_LEN];
	struct policy_section spare;	/* for sections that do not count */
};

void sections_begin(struct sections *s, struct policy_reader *reader,
		    const char *file);
void sections_end(struct sections *s);

/* Of the line that is being read; takes over @text */
void sections_complain(struct sections *s, char *text);

/*
 * The section to put keys in that follow. If something is wrong with it, a
 * spare one, so that its keys are checked; or NULL.
 */
struct policy_section *section_enter(struct sections *s,
				     enum policy_place place, const char *name);

#endif
