// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines in columns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "tool.h"

/* What is cut still has so much */
#define LEAST_WIDTH	8

char **table_row(struct table *table)
{
	table->rows = grow(table->rows, table->count, sizeof(*table->rows));
	memset(table->rows[table->count], 0, sizeof(*table->rows));
	return table->rows[table->count++];
}

static int width_of(const struct table *table, int column)
{
	size_t width = strlen(table->columns[column].head);
	size_t i;

	for (i = 0; i < table->count; i++) {
		size_t len = strlen(table->rows[i][column]);

		if (len > width)
			width = len;
	}
	return width;
}

/* The widest of those that may be cut, and can be; or -1 */
static int widest(const struct table *table, const int *width)
{
	int i, found = -1;

	for (i = 0; i < table->nr_columns; i++) {
		if (table->columns[i].cut && width[i] > LEAST_WIDTH &&
		    (found < 0 || width[i] > width[found]))
			found = i;
	}
	return found;
}

static void fit(const struct table *table, int *width)
{
	int i, column, sum = table->nr_columns - 1;

	for (i = 0; i < table->nr_columns; i++)
		sum += width[i];
	for (; sum > TABLE_WIDTH; sum--) {
		column = widest(table, width);
		if (column < 0)
			break;
		width[column]--;
	}
}

static void print_cell(const struct table *table, int column, int width,
		       const char *text)
{
	if ((int)strlen(text) > width)
		printf("%.*s..", width - 2, text);
	else if (table->columns[column].right)
		printf("%*s", width, text);
	else if (column < table->nr_columns - 1)
		printf("%-*s", width, text);
	else
		printf("%s", text);
	putchar(column < table->nr_columns - 1 ? ' ' : '\n');
}

void table_print(const struct table *table)
{
	int width[COLUMNS_MAX], i;
	size_t row;

	for (i = 0; i < table->nr_columns; i++)
		width[i] = width_of(table, i);
	fit(table, width);
	for (i = 0; i < table->nr_columns; i++)
		print_cell(table, i, width[i], table->columns[i].head);
	for (row = 0; row < table->count; row++) {
		for (i = 0; i < table->nr_columns; i++)
			print_cell(table, i, width[i], table->rows[row][i]);
	}
}

void table_free(struct table *table)
{
	size_t row;
	int i;

	for (row = 0; row < table->count; row++) {
		for (i = 0; i < table->nr_columns; i++)
			free(table->rows[row][i]);
	}
	free(table->rows);
}

char *table_share(const char *used, const char *limit)
{
	if (!strcmp(limit, "unlimited"))
		limit = "-";
	return text_of("%s/%s", used, limit);
}
