/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which class a VM is in, and what has put it there.
 */
#ifndef KVMWARDEN_RULE_H
#define KVMWARDEN_RULE_H

#include "blame.h"

void rule_print(const struct blame *blame, const struct record *rec);
void rule_json(struct json_object *to, const struct blame *blame,
	       const struct record *rec);

#endif
