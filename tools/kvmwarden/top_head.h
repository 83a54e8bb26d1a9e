/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_TOP_HEAD_H
#define KVMWARDEN_TOP_HEAD_H

#include "top_view.h"

#define HEAD_LINES	5

/* How many lines it gets on a screen of that size */
int head_lines(int width, int height);
/* @shown: how many VMs are */
void head_draw(struct canvas *canvas, int y, int lines,
	       const struct sample *sample, const struct view *view,
	       size_t shown);

#endif
