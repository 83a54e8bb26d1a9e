/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_SPELL_H
#define KVMWARDEN_SPELL_H

#include <stdbool.h>

/* The best guess so far at what was meant by a misspelt word */
struct guess {
	const char *word;
	const char *nearest;	/* NULL: nothing comes near */
	unsigned int distance;
};

void guess_start(struct guess *guess, const char *word);
void guess_try(struct guess *guess, const char *candidate);

#endif
