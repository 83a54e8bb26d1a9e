/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What top shows of a sample. It asks nobody, and knows no terminal.
 */
#ifndef KVMWARDEN_TOP_VIEW_H
#define KVMWARDEN_TOP_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "canvas.h"
#include "top_data.h"

enum top_column {
	COL_ID,
	COL_NAME,
	COL_CLASS,
	COL_MODE,
	COL_VCPUS,
	COL_MEMORY,
	COL_DENIED,
	COL_DENIAL_RATE,
	COL_EXIT_RATE,
	NR_TOP_COLUMNS,
};

struct top_head {
	const char *text;	/* in capitals, as it is shown */
	char key;		/* that sorts by it */
	bool number;		/* the largest comes first */
};

extern const struct top_head top_heads[NR_TOP_COLUMNS];

enum prompt {
	PROMPT_NONE,
	PROMPT_FILTER,
	PROMPT_DELAY,
};

#define TYPED_LEN	40

/* What its user has asked for */
struct view {
	bool plain;			/* text in which the time is told */
	enum top_column sort;
	bool reverse;
	char filter[TYPED_LEN];		/* what a row must have; empty: any */
	bool detail;
	bool paused;
	int help;			/* its page, from 1; 0: none */
	__u32 delay;			/* in ms */
	enum prompt prompt;
	char typed[TYPED_LEN];
	const char *note;		/* instead of keys; or NULL */

	/* which VM is chosen: whichever is in the row, or that one */
	size_t row;
	__u64 chosen;
	bool sticks;			/* that one */
	bool grab;			/* ... as soon as it is drawn */
	/* set by view_draw() */
	size_t first;			/* row that is at the top */
	size_t fit;			/* rows that can be seen */
};

/* NR_TOP_COLUMNS: there is none with that heading, or that key */
enum top_column column_find(const char *text);
enum top_column column_of_key(int key);

/* On a canvas as large as the screen is */
void view_draw(struct canvas *canvas, const struct sample *sample,
	       struct view *view);
/* All there is, to be printed; @canvas is made here */
void view_plain(struct canvas *canvas, const struct sample *sample,
		const struct view *view, int width);

#endif
