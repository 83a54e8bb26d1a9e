/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_WRAP_H
#define KVMWARDEN_WRAP_H

#include <stdio.h>

#define WRAP_WIDTH	80

/*
 * Prints the words of @text, each line of it behind @lead, and as many as fit;
 * a word that fits nowhere has a line of its own. Lines of @text that are
 * indented are printed as they are.
 */
void wrap(FILE *to, const char *lead, const char *text);

#endif
