/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All limits that stand between a VM and what it asks for: its own, and those of
 * every account that it is charged to, up to the host's.
 */
#ifndef KVMWARDEN_CLIMB_H
#define KVMWARDEN_CLIMB_H

#include "blame.h"

/* In the order of the climb. Each limit of the VM itself is there */
struct climb {
	struct limit_met *list;
	size_t count;
};

void climb(struct climb *climb, const struct blame *blame,
	   const struct record *rec);
void climb_free(struct climb *climb);

/* Prints a table */
void climb_print(const struct blame *blame, const struct record *rec);
/* Adds "limits" to @to */
void climb_json(struct json_object *to, const struct blame *blame,
		const struct record *rec);

#endif
