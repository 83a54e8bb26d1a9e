// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text, and how it is to look.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kvmwarden.h>

#include "canvas.h"
#include "tool.h"

static size_t cells(const struct canvas *canvas)
{
	return (size_t)canvas->width * canvas->height;
}

void canvas_new(struct canvas *canvas, int width, int height)
{
	canvas->width = width > 0 ? width : 1;
	canvas->height = height > 0 ? height : 1;
	canvas->text = malloc(cells(canvas));
	canvas->styles = malloc(cells(canvas));
	if (!canvas->text || !canvas->styles)
		out_of_memory();
	canvas_clear(canvas, 0);
}

void canvas_free(struct canvas *canvas)
{
	free(canvas->text);
	free(canvas->styles);
}

void canvas_clear(struct canvas *canvas, int y)
{
	size_t from = (size_t)y * canvas->width;

	memset(canvas->text + from, ' ', cells(canvas) - from);
	memset(canvas->styles + from, STYLE_PLAIN, cells(canvas) - from);
}

/* All that is ever drawn comes through here. NUL: only the style */
static void set(struct canvas *canvas, int y, int x, enum style style,
		char letter)
{
	size_t at = (size_t)y * canvas->width + x;

	if (y < 0 || x < 0 || y >= canvas->height || x >= canvas->width)
		return;
	if (letter)
		canvas->text[at] = letter;
	canvas->styles[at] = style;
}

int canvas_put(struct canvas *canvas, int y, int x, enum style style,
	       const char *text)
{
	while (*text)
		set(canvas, y, x++, style, *text++);
	return x;
}

void canvas_field(struct canvas *canvas, int y, int x, int width,
		  enum style style, const char *text)
{
	int i;

	for (i = 0; i < width && text[i]; i++)
		set(canvas, y, x + i, style, text[i]);
	if (width > 0 && i == width && text[i])
		set(canvas, y, x + i - 1, style, '~');
}

void canvas_line(struct canvas *canvas, int y, int x, enum style style,
		 char *text)
{
	canvas_field(canvas, y, x, canvas->width - x, style, text);
	free(text);
}

void canvas_put_right(struct canvas *canvas, int y, int x, enum style style,
		      const char *text)
{
	canvas_put(canvas, y, x - (int)strlen(text), style, text);
}

void canvas_style(struct canvas *canvas, int y, int x, int width,
		  enum style style)
{
	while (width-- > 0)
		set(canvas, y, x++, style, '\0');
}

void canvas_copy(struct canvas *canvas, int y, const struct canvas *from,
		 int lines)
{
	int i, x;

	for (i = 0; i < lines && i < from->height; i++) {
		for (x = 0; x < from->width; x++)
			set(canvas, y + i, x,
			    from->styles[i * from->width + x],
			    from->text[i * from->width + x]);
	}
}

static enum style style_of(__u64 used, __u64 limit)
{
	if (used >= limit)
		return STYLE_FULL;
	return used >= limit / 5 * 4 && limit >= 5 ? STYLE_HIGH : STYLE_LOW;
}

/* Neither empty nor full, unless it is */
static int filled(int room, __u64 used, __u64 limit)
{
	int fill;

	if (used >= limit)
		return room;
	fill = (double)used / limit * room;
	if (fill >= room)
		fill = room - 1;
	return used && !fill ? 1 : fill;
}

/* What does not fit is told as a share of a hundred */
static const char *text_within(char percent[16], int room, __u64 used,
			       __u64 limit, const char *text)
{
	if ((int)strlen(text) <= room)
		return text;
	if (!limit)
		return "full";
	if (used / limit >= 10)
		return ">999%";
	snprintf(percent, 16, "%d%%", (int)((double)used / limit * 100));
	return percent;
}

void canvas_bar(struct canvas *canvas, int y, int x, int width, __u64 used,
		__u64 limit, const char *text)
{
	enum style style = style_of(used, limit);
	int i, fill, room = width - 2;
	char percent[16];

	if (limit == KVMWARDEN_UNLIMITED) {
		/* as it stands in a bar */
		canvas_put_right(canvas, y, x + width - 1, STYLE_PLAIN, text);
		return;
	}
	set(canvas, y, x, STYLE_PLAIN, '[');
	fill = filled(room, used, limit);
	for (i = 0; i < fill; i++)
		set(canvas, y, x + 1 + i, style, used > limit ? '!' : '|');
	text = text_within(percent, room, used, limit, text);
	x += width - 1;
	set(canvas, y, x, STYLE_PLAIN, ']');
	if (used < limit)
		style = STYLE_PLAIN;
	canvas_put_right(canvas, y, x, style, text);
	/* where there is room, the text stands for itself */
	if ((int)strlen(text) < room)
		set(canvas, y, x - strlen(text) - 1, style, ' ');
}
