// SPDX-License-Identifier: GPL-2.0-only
/*
 * The terminal, by way of ncurses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "screen.h"
#include "tool.h"

/* behind all others: they take names like lines and columns */
#include <curses.h>
#include <term.h>

/* A lone Esc: how long to wait for the rest of a key, on a slow line */
#define ESCAPE_MS	100

static SCREEN *screen;
static attr_t looks[NR_STYLES];

/* Leaves nothing behind: screen_open() begins anew */
static bool can_place_text(void)
{
	bool can = tigetstr("cup");

	del_curterm(cur_term);
	return can;
}

bool screen_possible(const char **why)
{
	int error;

	*why = NULL;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	if (setupterm(NULL, STDOUT_FILENO, &error) != OK) {
		*why = "this kind of terminal is not known here (TERM)";
		return false;
	}
	if (can_place_text())
		return true;
	*why = "this terminal can only print line by line";
	return false;
}

/* For those who have no colours, or want none */
static const attr_t plain_looks[NR_STYLES] = {
	[STYLE_TITLE]	= A_BOLD,
	[STYLE_HEAD]	= A_REVERSE,
	[STYLE_HIGH]	= A_BOLD,
	[STYLE_FULL]	= A_BOLD,
	[STYLE_ALARM]	= A_STANDOUT,
	[STYLE_CHOSEN]	= A_REVERSE | A_BOLD,
};

static const short colours[NR_STYLES] = {
	[STYLE_LOW]	= COLOR_GREEN,
	[STYLE_HIGH]	= COLOR_YELLOW,
	[STYLE_FULL]	= COLOR_RED,
	[STYLE_ALARM]	= COLOR_RED,
};

static void take_colours(void)
{
	const char *unwanted = getenv("NO_COLOR");
	int i;

	for (i = 0; i < NR_STYLES; i++)
		looks[i] = plain_looks[i];
	if ((unwanted && *unwanted) || !has_colors() || start_color() != OK)
		return;
	use_default_colors();
	for (i = 0; i < NR_STYLES; i++) {
		if (colours[i] && init_pair(i + 1, colours[i], -1) == OK)
			looks[i] |= COLOR_PAIR(i + 1);
	}
}

bool screen_open(void)
{
	use_env(TRUE);
	/* what the terminal says, whatever $LINES and $COLUMNS were */
	use_tioctl(TRUE);
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return false;
	take_colours();
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	return true;
}

void screen_close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

void screen_size(int *width, int *height)
{
	getmaxyx(stdscr, *height, *width);
}

static void paint_line(const struct canvas *canvas, int y)
{
	const unsigned char *styles = canvas->styles + y * canvas->width;
	const char *text = canvas->text + y * canvas->width;
	int x, end;

	for (x = 0; x < canvas->width; x = end) {
		end = x + 1;
		while (end < canvas->width && styles[end] == styles[x])
			end++;
		attrset(looks[styles[x]]);
		/* an error tells no more than that the last cell is full */
		mvaddnstr(y, x, text + x, end - x);
	}
}

void screen_paint(const struct canvas *canvas)
{
	int y;

	for (y = 0; y < canvas->height; y++)
		paint_line(canvas, y);
	attrset(A_NORMAL);
	refresh();
}

int screen_key(void)
{
	static const struct {
		int theirs;
		enum screen_key ours;
	} keys[] = {
		{ '\r', KEY_OF_ENTER }, { '\n', KEY_OF_ENTER },
		{ KEY_ENTER, KEY_OF_ENTER }, { '\033', KEY_OF_ESCAPE },
		{ '\b', KEY_OF_BACKSPACE }, { '\177', KEY_OF_BACKSPACE },
		{ KEY_BACKSPACE, KEY_OF_BACKSPACE },
		{ KEY_UP, KEY_OF_UP }, { KEY_DOWN, KEY_OF_DOWN },
		{ KEY_PPAGE, KEY_OF_PAGE_UP }, { KEY_NPAGE, KEY_OF_PAGE_DOWN },
		{ KEY_HOME, KEY_OF_HOME }, { KEY_END, KEY_OF_END },
		{ KEY_RESIZE, KEY_OF_SIZE }, { '\f', KEY_OF_REDRAW },
	};
	int key = getch();
	size_t i;

	if (key == ERR)
		return KEY_OF_NONE;
	if (key == '\f')
		clearok(curscr, TRUE);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].theirs == key)
			return keys[i].ours;
	}
	/* some key that has a name, or half of a character */
	return key < 128 ? key : 0;
}
