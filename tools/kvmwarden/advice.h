/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What people have to know of a denial, in plain words.
 */
#ifndef KVMWARDEN_ADVICE_H
#define KVMWARDEN_ADVICE_H

#include <linux/types.h>

#include "origin.h"

/* What was wanted, in a sentence; never NULL */
const char *advice_operation(__u32 operation);
/* What it is that there is a limit on */
const char *advice_matter(enum matter matter);
/* Whether it is wise to have more of it, or to be allowed to */
const char *advice_risk(enum matter matter);
/* Whose sum the limit is on */
const char *advice_level(__u32 level);
/* What a kind of event means; "" for those of which explain says more */
const char *advice_event(__u32 type);

#endif
