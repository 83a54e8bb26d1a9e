// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is wrong with a policy, by file and line.
 */
#include <stdlib.h>

#include "complaint.h"
#include "tool.h"

bool complaints_full(const struct complaints *all)
{
	return all->count == COMPLAINTS_MAX;
}

void complaint_add(struct complaints *all, const char *file, unsigned int line,
		   char *text)
{
	if (complaints_full(all)) {
		all->dropped++;
		free(text);
		return;
	}
	all->list = grow(all->list, all->count, sizeof(*all->list));
	all->list[all->count] = (struct complaint) {
		.file = file,
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

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

void complaints_sort(struct complaints *all, char *const *files,
		     size_t nr_files)
{
	size_t i, rank;

	for (i = 0; i < all->count; i++) {
		for (rank = 0; rank < nr_files; rank++) {
			if (all->list[i].file == files[rank])
				break;
		}
		all->list[i].rank = rank;
	}
	if (all->count)
		qsort(all->list, all->count, sizeof(*all->list), by_line);
}

void complaints_print(const struct complaints *all, const char *name, FILE *out)
{
	const char *mark = all->mild ? "warning: " : "";
	size_t i;

	for (i = 0; i < all->count; i++) {
		const struct complaint *c = &all->list[i];

		fprintf(out, "%s:", c->file);
		if (c->line)
			fprintf(out, "%u:", c->line);
		fprintf(out, " %s%s\n", mark, c->text);
	}
	if (all->dropped)
		fprintf(out, "%s: and %zu more %s%s\n", name, all->dropped,
			all->mild ? "warning" : "error", plural(all->dropped));
}

void complaints_free(struct complaints *all)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		free(all->list[i].text);
	free(all->list);
	*all = (struct complaints) { 0 };
}
