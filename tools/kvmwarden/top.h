/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_TOP_H
#define KVMWARDEN_TOP_H

#include <stdbool.h>

#include "tool.h"
#include "top_view.h"

#define TOP_DELAY	2000		/* ms */

/* Each sets its option; false, after it was said what is wrong */
bool top_delay(const char *text, struct options *opt);
bool top_frames(const char *text, struct options *opt);
bool top_sort(const char *text, struct options *opt);

/* Both return an exit code */
int top_screen(struct view *view);
/* Prints @frames; 0: for ever */
int top_batch(struct view *view, __u32 frames);

/* Says why there is no further sample; returns an exit code */
int top_lost(int error);

#endif
