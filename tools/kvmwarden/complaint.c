// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is wrong with a file, line by line.
 */
#include <stdlib.h>

#include "complaint.h"
#include "tool.h"

void complaint_add(struct complaints *all, unsigned int line, char *text)
{
	if (all->count == COMPLAINTS_MAX) {
		all->dropped++;
		free(text);
		return;
	}
	all->list = grow(all->list, all->count, sizeof(*all->list));
	all->list[all->count] = (struct complaint) {
		.line = line,
		.order = all->count,
		.text = text,
	};
	all->count++;
}

static int by_line(const void *left, const void *right)
{
	const struct complaint *a = left;
	const struct complaint *b = right;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

void complaints_sort(struct complaints *all)
{
	if (all->count)
		qsort(all->list, all->count, sizeof(*all->list), by_line);
}

void complaints_print(const struct complaints *all, const char *file, FILE *out)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		const struct complaint *c = &all->list[i];

		if (c->line)
			fprintf(out, "%s:%u: %s\n", file, c->line, c->text);
		else
			fprintf(out, "%s: %s\n", file, c->text);
	}
	if (all->dropped)
		fprintf(out, "%s: and %zu more error%s\n", file, all->dropped,
			plural(all->dropped));
}

void complaints_free(struct complaints *all)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		free(all->list[i].text);
	free(all->list);
	*all = (struct complaints) { 0 };
}
