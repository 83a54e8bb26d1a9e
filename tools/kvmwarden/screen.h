/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_SCREEN_H
#define KVMWARDEN_SCREEN_H

#include <stdbool.h>

#include "canvas.h"

/* Keys that are no letters */
enum screen_key {
	KEY_OF_NONE = -1,
	KEY_OF_ENTER = 1000,
	KEY_OF_ESCAPE,
	KEY_OF_BACKSPACE,
	KEY_OF_UP,
	KEY_OF_DOWN,
	KEY_OF_PAGE_UP,
	KEY_OF_PAGE_DOWN,
	KEY_OF_HOME,
	KEY_OF_END,
	KEY_OF_SIZE,		/* the screen has another size now */
	KEY_OF_REDRAW,		/* it is to be drawn anew */
};

/*
 * Standard input and output are a terminal on which text can be put anywhere.
 * If not, but it is one, *@why says why; else that is NULL.
 */
bool screen_possible(const char **why);
/* False: it cannot be had after all */
bool screen_open(void);
/* Leaves the terminal as it was */
void screen_close(void);

void screen_size(int *width, int *height);
void screen_paint(const struct canvas *canvas);
/* A letter or an enum screen_key; does not wait */
int screen_key(void);

#endif
