/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_TABLE_H
#define KVMWARDEN_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define COLUMNS_MAX	12
#define TABLE_WIDTH	80

struct column {
	const char *head;
	bool right;			/* numbers */
	bool cut;			/* if lines are too wide otherwise */
};

struct table {
	const struct column *columns;
	int nr_columns;
	char *(*rows)[COLUMNS_MAX];
	size_t count;
};

/* The cells of a new row, valid until the next one, for texts it takes over */
char **table_row(struct table *table);
void table_print(const struct table *table);
void table_free(struct table *table);

/* "USED/LIMIT", "-" for no limit; to be freed */
char *table_share(const char *used, const char *limit);

#endif
