// SPDX-License-Identifier: GPL-2.0-only
/*
 * What top's keys do.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "screen.h"
#include "tool.h"
#include "top_keys.h"

#define DELAY_MIN	100
#define DELAY_MAX	3600000

bool delay_read(const char *text, __u32 *delay)
{
	__u64 ms = 0, unit = 1000;
	bool digits = false;

	for (; isdigit((unsigned char)*text) && ms <= DELAY_MAX; text++) {
		ms = 10 * ms + (*text - '0') * 1000;
		digits = true;
	}
	if (*text == '.')
		text++;
	for (; isdigit((unsigned char)*text); text++) {
		unit /= 10;
		ms += (*text - '0') * unit;
		digits = true;
	}
	if (*text || !digits || ms < DELAY_MIN || ms > DELAY_MAX)
		return false;
	*delay = ms;
	return true;
}

/* --- a line that is typed ------------------------------------------------- */

static void ask(struct view *view, enum prompt prompt, const char *text)
{
	view->prompt = prompt;
	strcpy(view->typed, text);
}

static enum wish answered(struct view *view)
{
	enum prompt prompt = view->prompt;

	view->prompt = PROMPT_NONE;
	if (prompt == PROMPT_FILTER || !*view->typed)
		return WISH_NONE;
	if (delay_read(view->typed, &view->delay))
		return WISH_SAMPLE;
	view->note = "not a number of seconds from 0.1 to 3600: nothing was changed";
	return WISH_NONE;
}

static void give_up(struct view *view)
{
	if (view->prompt == PROMPT_FILTER)
		view->filter[0] = '\0';
	view->prompt = PROMPT_NONE;
}

static void append(char typed[TYPED_LEN], char letter)
{
	size_t len = strlen(typed);

	typed[len] = letter;
	typed[len + 1] = '\0';
}

static enum wish type(struct view *view, int key)
{
	size_t len = strlen(view->typed);

	if (key == KEY_OF_ENTER)
		return answered(view);
	if (key == KEY_OF_ESCAPE) {
		give_up(view);
		return WISH_NONE;
	}
	if (key == KEY_OF_BACKSPACE && len)
		view->typed[len - 1] = '\0';
	else if (key == 'U' - '@')
		view->typed[0] = '\0';
	else if (key >= ' ' && key <= '~' && len < TYPED_LEN - 1)
		append(view->typed, key);
	/* what is typed so far counts at once */
	if (view->prompt == PROMPT_FILTER)
		strcpy(view->filter, view->typed);
	return WISH_NONE;
}

/* --- moving --------------------------------------------------------------- */

static void choose(struct view *view, size_t row)
{
	view->row = row;
	view->sticks = false;
	view->grab = true;
}

static void choose_up(struct view *view, size_t rows)
{
	choose(view, view->row > rows ? view->row - rows : 0);
}

/* Beyond the last there is but the last; see view_draw() */
static void choose_down(struct view *view, size_t rows)
{
	choose(view, view->row + rows);
}

static bool move(struct view *view, int key)
{
	size_t page = view->fit > 1 ? view->fit - 1 : 1;

	switch (key) {
	case 'k': case KEY_OF_UP:
		choose_up(view, 1);
		return true;
	case 'j': case KEY_OF_DOWN:
		choose_down(view, 1);
		return true;
	case KEY_OF_PAGE_UP:
		choose_up(view, page);
		return true;
	case KEY_OF_PAGE_DOWN:
		choose_down(view, page);
		return true;
	case KEY_OF_HOME:
		choose(view, 0);
		/* what comes to the top is seen there */
		view->grab = false;
		return true;
	case KEY_OF_END:
		choose(view, (size_t)1 << 30);
		return true;
	default:
		return false;
	}
}

/* --- sorting -------------------------------------------------------------- */

/* The first is looked at, unless one is looked at closely */
static void sort_by(struct view *view, enum top_column column)
{
	view->sort = column;
	if (!view->detail)
		choose(view, 0);
	view->grab = false;
}

static bool sort(struct view *view, int key)
{
	enum top_column column = column_of_key(key);

	if (column != NR_TOP_COLUMNS)
		sort_by(view, column);
	else if (key == '<')
		sort_by(view, (view->sort + NR_TOP_COLUMNS - 1) %
			      NR_TOP_COLUMNS);
	else if (key == '>')
		sort_by(view, (view->sort + 1) % NR_TOP_COLUMNS);
	else
		return false;
	return true;
}

/* --- all others ----------------------------------------------------------- */

static void toggle_detail(struct view *view)
{
	view->detail = !view->detail;
	view->grab = view->detail;
}

static enum wish command(struct view *view, int key)
{
	switch (key) {
	case 'q':
		return WISH_QUIT;
	case 'r':
		view->reverse = !view->reverse;
		sort_by(view, view->sort);
		break;
	case '/':
		ask(view, PROMPT_FILTER, view->filter);
		break;
	case 'd':
		ask(view, PROMPT_DELAY, "");
		break;
	case 'p':
		view->paused = !view->paused;
		return view->paused ? WISH_NONE : WISH_SAMPLE;
	case ' ':
		return WISH_SAMPLE;
	case 'h': case '?':
		view->help = 1;
		break;
	case KEY_OF_ENTER:
		toggle_detail(view);
		break;
	case KEY_OF_ESCAPE:
		view->filter[0] = '\0';
		view->detail = false;
		break;
	}
	return WISH_NONE;
}

enum wish keys_take(struct view *view, int key)
{
	if (key == KEY_OF_SIZE || key == KEY_OF_REDRAW)
		return WISH_NONE;
	view->note = NULL;
	if (view->help) {
		/* the next page, or none if that was the last */
		view->help = key == 'q' || key == KEY_OF_ESCAPE ? 0 :
							view->help + 1;
		return WISH_NONE;
	}
	if (view->prompt != PROMPT_NONE)
		return type(view, key);
	if (move(view, key) || sort(view, key))
		return WISH_NONE;
	return command(view, key);
}
