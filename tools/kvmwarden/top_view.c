// SPDX-License-Identifier: GPL-2.0-only
/*
 * top's screen: its parts, one below the other.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tool.h"
#include "top_detail.h"
#include "top_head.h"
#include "top_rows.h"
#include "top_view.h"

#define SHARED	"* all VMs of that process together: KVM does not tell which is which"

/* --- help ----------------------------------------------------------------- */

static const char *const help[] = {
	"q            quit",
	"up down k j  choose a VM",
	"PgUp PgDn    ... a page away",
	"Home End     ... the first, the last",
	"Enter        its limits and denials",
	"< >          sort by another column",
	"I N C O V    ... id, name, class, mode,",
	"M D S E      vCPUs, memory, denied,",
	"             denied/s, exits/s",
	"r            in reverse order",
	"/            only what has this text",
	"d            seconds between samples",
	"p            pause, and go on",
	"space        a sample now",
	"h ?          this help",
	"",
	"Rates are those since the last sample;",
	"- is not known. [||| 2/4] is 2 of 4 in",
	"use; ! where it is more than allowed.",
	"EXITS/s with * is that of all VMs of",
	"the same process together.",
};

static void draw_help(struct canvas *canvas, struct view *view)
{
	int i, lines = canvas->height > 1 ? canvas->height - 1 : 1;
	int count = ARRAY_SIZE(help), first = (view->help - 1) * lines;

	if (first >= count) {
		view->help = 0;
		return;
	}
	for (i = 0; i < lines && first + i < count; i++)
		canvas_put(canvas, i, 0, STYLE_PLAIN, help[first + i]);
	canvas_put(canvas, canvas->height - 1, 0, STYLE_TITLE,
		   first + lines < count ? "any key: more" : "any key: back");
}

/* --- which row ------------------------------------------------------------ */

static void find_chosen(struct view *view, const struct rows *rows)
{
	size_t i;

	for (i = 0; view->sticks && i < rows->count; i++) {
		if (rows->list[i]->vm.id == view->chosen)
			view->row = i;
	}
	/* one that is gone gives way to the next */
	if (view->row >= rows->count)
		view->row = rows->count ? rows->count - 1 : 0;
	view->chosen = rows->count ? rows->list[view->row]->vm.id : 0;
	view->sticks |= view->grab && rows->count;
	view->grab = false;
}

static void scroll(struct view *view, const struct rows *rows, size_t fit)
{
	view->fit = fit;
	if (view->first + fit > rows->count)
		view->first = rows->count > fit ? rows->count - fit : 0;
	if (view->row < view->first)
		view->first = view->row;
	if (fit && view->row >= view->first + fit)
		view->first = view->row - fit + 1;
}

/* --- all of it ------------------------------------------------------------ */

static void draw_foot(struct canvas *canvas, const struct rows *rows,
		      const struct view *view)
{
	static const char keys[] =
		"q quit  h help  / filter  < > sort  r reverse  Enter detail  p pause  d delay";
	const char *text = view->note ? view->note : keys;
	char asked[2 * TYPED_LEN];

	if (view->prompt != PROMPT_NONE) {
		snprintf(asked, sizeof(asked), "%s%s_",
			 view->prompt == PROMPT_FILTER ?
			 "only VMs with: " : "seconds: ", view->typed);
		text = asked;
	} else if (!view->note && rows_share_exits(rows)) {
		text = SHARED;
	}
	canvas_field(canvas, canvas->height - 1, 0, canvas->width,
		     STYLE_TITLE, text);
}

static const char *empty_text(const struct sample *sample)
{
	return sample->nr_vms ? "no VM has that text" : "no VMs on record";
}

/* Returns how many lines are left above */
static int draw_detail(struct canvas *canvas, int y, int end,
		       const struct rows *rows, const struct view *view)
{
	/* the heading of the table, and some rows at least */
	int lines = end - y - (canvas->height < 20 ? 2 : 4);
	struct canvas pane;

	if (!view->detail || !rows->count || lines < 1)
		return end;
	canvas_new(&pane, canvas->width, lines);
	lines = detail_draw(&pane, 0, lines, rows->list[view->row]);
	canvas_copy(canvas, end - lines, &pane, lines);
	canvas_free(&pane);
	return end - lines;
}

static void draw_screen(struct canvas *canvas, const struct sample *sample,
			struct view *view, const struct rows *rows)
{
	int y = head_lines(canvas->width, canvas->height);
	int end = canvas->height - 1;

	find_chosen(view, rows);
	head_draw(canvas, 0, y, sample, view, rows->count);
	end = draw_detail(canvas, y, end, rows, view);
	scroll(view, rows, end > y + 1 ? end - y - 1 : 0);
	rows_draw(canvas, y, rows, view->first, view->fit, view);
	if (!rows->count)
		canvas_put(canvas, y + 1, 1, STYLE_PLAIN, empty_text(sample));
	draw_foot(canvas, rows, view);
}

void view_draw(struct canvas *canvas, const struct sample *sample,
	       struct view *view)
{
	struct rows rows;

	canvas_clear(canvas, 0);
	if (view->help)
		draw_help(canvas, view);
	if (view->help)
		return;
	rows_make(&rows, sample, view);
	draw_screen(canvas, sample, view, &rows);
	rows_free(&rows);
}

void view_plain(struct canvas *canvas, const struct sample *sample,
		const struct view *view, int width)
{
	int y = head_lines(width, INT_MAX);
	struct rows rows;

	rows_make(&rows, sample, view);
	canvas_new(canvas, width, y + rows.count + 2);
	head_draw(canvas, 0, y, sample, view, rows.count);
	rows_draw(canvas, y, &rows, 0, rows.count, view);
	if (!rows.count)
		canvas_put(canvas, y + 1, 1, STYLE_PLAIN, empty_text(sample));
	else if (rows_share_exits(&rows))
		canvas_put(canvas, y + 1 + rows.count, 0, STYLE_PLAIN, SHARED);
	rows_free(&rows);
}
