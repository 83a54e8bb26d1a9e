/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_TOP_ROWS_H
#define KVMWARDEN_TOP_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "top_view.h"

/* The VMs that are shown, in their order */
struct rows {
	const struct top_vm **list;
	size_t count;
};

/* To be freed */
char *row_cell(const struct top_vm *vm, enum top_column column);
/* What COL_VCPUS and COL_MEMORY tell of */
enum kvmwarden_limit row_limit(enum top_column column);

void rows_make(struct rows *rows, const struct sample *sample,
	       const struct view *view);
void rows_free(struct rows *rows);
bool rows_share_exits(const struct rows *rows);

/* top_table.c: rows from the one that is @first, as a table with its heading at @y */
void rows_draw(struct canvas *canvas, int y, const struct rows *rows,
	       size_t first, size_t count, const struct view *view);

#endif
