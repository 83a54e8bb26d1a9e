/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_ASK_H
#define KVMWARDEN_ASK_H

#include <stdbool.h>

enum answer {
	ANSWER_NO,		/* or an end of input, or an interrupt */
	ANSWER_YES,
	ANSWER_NONE,		/* none in time */
};

/* Somebody is there to be asked */
bool ask_possible(void);
/* Waits for @seconds; 0: for as long as it takes */
enum answer ask(const char *text, unsigned int seconds);

#endif
