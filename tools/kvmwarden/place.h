/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_PLACE_H
#define KVMWARDEN_PLACE_H

#include "policy.h"

/*
 * Ends a line of @column characters with the place, if there is one, or goes
 * on in the next, behind @indent spaces
 */
void place_print(const struct policy_line *at, int column, int indent);

#endif
