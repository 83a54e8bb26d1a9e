/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_CANVAS_H
#define KVMWARDEN_CANVAS_H

#include <linux/types.h>

enum style {
	STYLE_PLAIN,
	STYLE_TITLE,
	STYLE_HEAD,		/* of a table */
	STYLE_LOW,		/* of a bar, by how full it is */
	STYLE_HIGH,
	STYLE_FULL,
	STYLE_ALARM,
	STYLE_CHOSEN,
	NR_STYLES,
};

/* Text to be shown, in ASCII; what is drawn beyond its edges is cut off */
struct canvas {
	int width;
	int height;
	char *text;		/* height lines of width characters */
	unsigned char *styles;	/* of each character */
};

void canvas_new(struct canvas *canvas, int width, int height);
void canvas_free(struct canvas *canvas);
/* That line, and all below */
void canvas_clear(struct canvas *canvas, int y);
/* Returns where the text ends */
int canvas_put(struct canvas *canvas, int y, int x, enum style style,
	       const char *text);
/* ... in a field of @width: what is too long ends in ~ */
void canvas_field(struct canvas *canvas, int y, int x, int width,
		  enum style style, const char *text);
/* ... up to the edge; frees @text */
void canvas_line(struct canvas *canvas, int y, int x, enum style style,
		 char *text);
/* ... so that it ends before @x */
void canvas_put_right(struct canvas *canvas, int y, int x, enum style style,
		      const char *text);
void canvas_style(struct canvas *canvas, int y, int x, int width,
		  enum style style);
/* The first @lines of @from, at @y */
void canvas_copy(struct canvas *canvas, int y, const struct canvas *from,
		 int lines);
/*
 * How much of @limit is in use, with that as @text on its right end; if there
 * is no limit, that alone.
 */
void canvas_bar(struct canvas *canvas, int y, int x, int width, __u64 used,
		__u64 limit, const char *text);

#endif
