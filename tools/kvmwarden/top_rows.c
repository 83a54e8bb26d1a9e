// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which VMs top shows, in what order, and what of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amount.h"
#include "limit.h"
#include "names.h"
#include "table.h"
#include "tool.h"
#include "top_rows.h"

const struct top_head top_heads[NR_TOP_COLUMNS] = {
	[COL_ID]		= { "ID",	'I',	false },
	[COL_NAME]		= { "NAME",	'N',	false },
	[COL_CLASS]		= { "CLASS",	'C',	false },
	[COL_MODE]		= { "MODE",	'O',	false },
	[COL_VCPUS]		= { "VCPUS",	'V',	true },
	[COL_MEMORY]		= { "MEMORY",	'M',	true },
	[COL_DENIED]		= { "DENIED",	'D',	true },
	[COL_DENIAL_RATE]	= { "DENIED/s",	'S',	true },
	[COL_EXIT_RATE]		= { "EXITS/s",	'E',	true },
};

enum top_column column_find(const char *text)
{
	int i;

	for (i = 0; i < NR_TOP_COLUMNS; i++) {
		if (!strcasecmp(text, top_heads[i].text))
			break;
	}
	return i;
}

enum top_column column_of_key(int key)
{
	int i;

	for (i = 0; i < NR_TOP_COLUMNS; i++) {
		if (key == top_heads[i].key)
			break;
	}
	return i;
}

/* --- cells ---------------------------------------------------------------- */

enum kvmwarden_limit row_limit(enum top_column column)
{
	return column == COL_VCPUS ? KVMWARDEN_LIMIT_VCPUS :
				     KVMWARDEN_LIMIT_MEMORY;
}

static char *share(const struct kvmwarden_vm *vm, enum kvmwarden_limit limit)
{
	char used[AMOUNT_LEN], most[AMOUNT_LEN];

	return table_share(limit_human(used, limit, vm->used.of[limit]),
			   limit_human(most, limit, vm->limit.of[limit]));
}

char *row_cell(const struct top_vm *vm, enum top_column column)
{
	char buf[AMOUNT_LEN];

	switch (column) {
	case COL_ID:
		return text_of("%llu", (unsigned long long)vm->vm.id);
	case COL_NAME:
		return copy_of(vm->name);
	case COL_CLASS:
		return copy_of(printable(vm->vm.class_name));
	case COL_MODE:
		return copy_of(mode_name(vm->vm.mode));
	case COL_VCPUS:
	case COL_MEMORY:
		return share(&vm->vm, row_limit(column));
	case COL_DENIED:
		return copy_of(amount_short(buf, vm->denied));
	case COL_DENIAL_RATE:
		return copy_of(amount_rate(buf, vm->denial_rate));
	default:
		return text_of("%s%s", amount_rate(buf, vm->exit_rate),
			       vm->exits_shared ? "*" : "");
	}
}

/* --- which, and in what order --------------------------------------------- */

static bool matches(const struct top_vm *vm, const char *filter)
{
	static const enum top_column searched[] = {
		COL_ID, COL_NAME, COL_CLASS, COL_MODE
	};
	bool found = !*filter;
	char *text;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(searched) && !found; i++) {
		text = row_cell(vm, searched[i]);
		found = strcasestr(text, filter);
		free(text);
	}
	return found;
}

static int compare_numbers(double a, double b)
{
	return (a > b) - (a < b);
}

static int compare_texts(const struct top_vm *a, const struct top_vm *b,
			 enum top_column column)
{
	switch (column) {
	case COL_NAME:
		return strcmp(a->name, b->name);
	case COL_CLASS:
		return strcmp(a->vm.class_name, b->vm.class_name);
	case COL_MODE:
		return strcmp(mode_name(a->vm.mode), mode_name(b->vm.mode));
	default:
		return 0;
	}
}

static int compare(const struct top_vm *a, const struct top_vm *b,
		   enum top_column column)
{
	enum kvmwarden_limit limit = row_limit(column);

	switch (column) {
	case COL_VCPUS:
	case COL_MEMORY:
		return compare_numbers(a->vm.used.of[limit],
				       b->vm.used.of[limit]);
	case COL_DENIED:
		return compare_numbers(a->denied, b->denied);
	case COL_DENIAL_RATE:
		return compare_numbers(a->denial_rate, b->denial_rate);
	case COL_EXIT_RATE:
		return compare_numbers(a->exit_rate, b->exit_rate);
	default:
		return compare_texts(a, b, column);
	}
}

static int in_order(const void *left, const void *right, void *data)
{
	const struct top_vm *a = *(const struct top_vm *const *)left;
	const struct top_vm *b = *(const struct top_vm *const *)right;
	const struct view *view = data;
	int diff = compare(a, b, view->sort);
	bool falling = top_heads[view->sort].number != view->reverse;

	if (diff)
		return falling ? -diff : diff;
	/* the same order each time; ids are all different */
	diff = (a->vm.id > b->vm.id) - (a->vm.id < b->vm.id);
	return view->sort == COL_ID && view->reverse ? -diff : diff;
}

void rows_make(struct rows *rows, const struct sample *sample,
	       const struct view *view)
{
	size_t i;

	rows->count = 0;
	rows->list = calloc(sample->nr_vms + 1, sizeof(*rows->list));
	if (!rows->list)
		out_of_memory();
	for (i = 0; i < sample->nr_vms; i++) {
		if (matches(&sample->vms[i], view->filter))
			rows->list[rows->count++] = &sample->vms[i];
	}
	qsort_r(rows->list, rows->count, sizeof(*rows->list), in_order,
		(void *)view);
}

void rows_free(struct rows *rows)
{
	free(rows->list);
}

bool rows_share_exits(const struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->count; i++) {
		if (rows->list[i]->exits_shared)
			return true;
	}
	return false;
}
