/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What said no, and the smallest change that would allow it.
 */
#ifndef KVMWARDEN_CAUSE_H
#define KVMWARDEN_CAUSE_H

#include "blame.h"
#include "event.h"
#include "origin.h"

/* What can be known of policies here */
struct rulings {
	bool asked;			/* the module: blame is filled in */
	struct blame blame;
};

enum cause_state {
	CAUSE_UNKNOWN,			/* no policy can be asked */
	CAUSE_GONE,			/* no such section is in force any more */
	CAUSE_STANDS,			/* it would say the same again */
	CAUSE_CHANGED,			/* another value by now, that is too low */
	CAUSE_LIFTED,			/* it would be allowed by now */
};

/* Texts are to be freed, by cause_free() */
struct cause {
	const struct origin *origin;
	enum cause_state state;
	bool own;			/* set for that VM, not by its class */
	bool alive;			/* the VM is still on record */
	char *section;			/* "class tenant" */
	const char *key;
	char *said;			/* the value that said no */
	char *now;			/* the value in force; NULL: not known */
	char *needed;			/* the smallest value that would do */
	char *command;			/* "kvmwarden set 3 memory=1G" */
	struct policy_line at;		/* line 0: no file says what is in force */
};

/* False, with nothing filled in, if no policy says what @event is about */
bool cause_find(struct cause *cause, const struct rulings *rulings,
		const struct kvmwarden_event *event);
void cause_free(struct cause *cause);

#endif
