/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_TOP_KEYS_H
#define KVMWARDEN_TOP_KEYS_H

#include "top_view.h"

enum wish {
	WISH_NONE,
	WISH_QUIT,
	WISH_SAMPLE,		/* now, or when the new delay is over */
};

/* What a key, as screen_key() has them, does to the view */
enum wish keys_take(struct view *view, int key);

/* 0.1 to 3600 seconds, in ms; false: it is not that */
bool delay_read(const char *text, __u32 *delay);

#endif
