/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_PEAK_H
#define KVMWARDEN_PEAK_H

#include "past.h"

/* Which guests are meant */
typedef bool (*peak_filter)(size_t guest, const void *data);

/*
 * The most that these guests may have had together, as far as it is known what
 * they had: each the most it ever had, as long as it was there.
 */
struct kvmwarden_amounts peak(const struct past *past, peak_filter filter,
			      const void *data);

#endif
