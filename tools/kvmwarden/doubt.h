/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_DOUBT_H
#define KVMWARDEN_DOUBT_H

#include "lesson.h"

/*
 * VMs of which it is not known how much they had, where that counts: those who
 * met a limit of their own were not asked for sums that these are part of.
 */
size_t doubt(const struct lesson *lesson);

#endif
