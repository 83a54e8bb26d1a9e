// SPDX-License-Identifier: GPL-2.0-only
/*
 * top's table of VMs: how wide columns are, and how it is drawn.
 */
#include <stdlib.h>
#include <string.h>

#include "tool.h"
#include "top_rows.h"

#define NONE	(-1)		/* a column for which there is no room */
#define MARK	1		/* before the first: which row is chosen */

struct layout {
	int width[NR_TOP_COLUMNS];
	int want[NR_TOP_COLUMNS];
};

static bool is_bar(enum top_column column)
{
	return column == COL_VCPUS || column == COL_MEMORY;
}

/* Numbers */
static bool is_right(enum top_column column)
{
	return top_heads[column].number || column == COL_ID;
}

/* --- the width of columns ------------------------------------------------- */

static int total(const struct layout *layout)
{
	int i, sum = MARK - 1;

	for (i = 0; i < NR_TOP_COLUMNS; i++) {
		if (layout->width[i] != NONE)
			sum += layout->width[i] + 1;
	}
	return sum;
}

/* What all rows want of a column */
static int wanted(const struct rows *rows, enum top_column column)
{
	int len, most = strlen(top_heads[column].text);
	char *text;
	size_t i;

	for (i = 0; i < rows->count; i++) {
		text = row_cell(rows->list[i], column);
		len = strlen(text);
		free(text);
		if (len > most)
			most = len;
	}
	/* with a bar behind it that tells more than the text */
	return is_bar(column) ? most + 8 : most;
}

/* What is least is at the end is dropped first */
static void drop(struct layout *layout, int width)
{
	static const enum top_column order[] = {
		COL_MODE, COL_CLASS, COL_DENIAL_RATE, COL_VCPUS, COL_EXIT_RATE,
		COL_DENIED, COL_MEMORY
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order) && total(layout) > width; i++)
		layout->width[order[i]] = NONE;
}

/* Who gets the room that is left, and up to what */
static void stretch(struct layout *layout, int width)
{
	static const struct {
		enum top_column column;
		int most;
	} order[] = {
		{ COL_NAME, 16 }, { COL_CLASS, 10 }, { COL_MODE, 10 },
		{ COL_MEMORY, 18 }, { COL_VCPUS, 12 }, { COL_NAME, 32 },
		{ COL_CLASS, 20 }, { COL_MEMORY, 28 }, { COL_VCPUS, 20 },
		{ COL_NAME, 64 }, { COL_CLASS, 64 },
	};
	int *column, want, room;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		column = &layout->width[order[i].column];
		room = width - total(layout);
		if (*column == NONE || room <= 0)
			continue;
		want = layout->want[order[i].column];
		if (want > order[i].most)
			want = order[i].most;
		if (want > *column)
			*column += want - *column < room ? want - *column :
							   room;
	}
}

static void lay_out(struct layout *layout, const struct rows *rows, int width)
{
	int i;

	*layout = (struct layout) { .width = {
		[COL_NAME] = 6,
		[COL_CLASS] = 7,
		[COL_MODE] = 7,
		[COL_VCPUS] = 9,
		[COL_MEMORY] = 13,
		[COL_DENIED] = 6,
		[COL_DENIAL_RATE] = 8,
		[COL_EXIT_RATE] = 7,
	} };
	for (i = 0; i < NR_TOP_COLUMNS; i++)
		layout->want[i] = wanted(rows, i);
	layout->width[COL_ID] = layout->want[COL_ID];
	drop(layout, width);
	stretch(layout, width);
}

/* --- drawing -------------------------------------------------------------- */

static void draw_head(struct canvas *canvas, int y, const struct layout *layout,
		      const struct view *view)
{
	int i, x = MARK;

	canvas_style(canvas, y, 0, canvas->width, STYLE_HEAD);
	for (i = 0; i < NR_TOP_COLUMNS; i++) {
		enum style style = i == (int)view->sort ? STYLE_CHOSEN :
							  STYLE_HEAD;
		const char *text = top_heads[i].text;
		int width = layout->width[i];

		if (width == NONE)
			continue;
		if (is_right(i))
			canvas_put_right(canvas, y, x + width, style, text);
		else
			canvas_put(canvas, y, x, style, text);
		x += width + 1;
	}
}

static void draw_cell(struct canvas *canvas, int y, int x, int width,
		      const struct top_vm *vm, enum top_column column)
{
	enum kvmwarden_limit limit = row_limit(column);
	char *text = row_cell(vm, column);

	if (is_bar(column))
		canvas_bar(canvas, y, x, width, vm->vm.used.of[limit],
			   vm->vm.limit.of[limit], text);
	else if (is_right(column))
		canvas_put_right(canvas, y, x + width, STYLE_PLAIN, text);
	else
		canvas_field(canvas, y, x, width, STYLE_PLAIN, text);
	free(text);
}

static void draw_row(struct canvas *canvas, int y, const struct layout *layout,
		     const struct top_vm *vm, bool chosen)
{
	int i, x = MARK;

	for (i = 0; i < NR_TOP_COLUMNS; i++) {
		if (layout->width[i] == NONE)
			continue;
		draw_cell(canvas, y, x, layout->width[i], vm, i);
		x += layout->width[i] + 1;
	}
	if (!chosen)
		return;
	canvas_put(canvas, y, 0, STYLE_CHOSEN, ">");
	canvas_style(canvas, y, 0, canvas->width, STYLE_CHOSEN);
}

void rows_draw(struct canvas *canvas, int y, const struct rows *rows,
	       size_t first, size_t count, const struct view *view)
{
	struct layout layout;
	size_t i;

	lay_out(&layout, rows, canvas->width);
	draw_head(canvas, y, &layout, view);
	for (i = 0; i < count && first + i < rows->count; i++)
		draw_row(canvas, y + 1 + i, &layout, rows->list[first + i],
			 view->chosen == rows->list[first + i]->vm.id);
}
