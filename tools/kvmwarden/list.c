// SPDX-License-Identifier: GPL-2.0-only
/*
 * list: the VMs on record, one line each.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amount.h"
#include "denial.h"
#include "device.h"
#include "json.h"
#include "names.h"
#include "record.h"
#include "tool.h"

enum column {
	COL_ID,
	COL_PID,
	COL_USER,
	COL_COMM,
	COL_CLASS,
	COL_MODE,
	COL_VCPUS,
	COL_MEMORY,
	COL_DENIED,
	NR_COLUMNS,
};

static const struct {
	const char *head;
	bool right;			/* numbers */
} columns[NR_COLUMNS] = {
	[COL_ID]	= { "ID",	true },
	[COL_PID]	= { "PID",	true },
	[COL_USER]	= { "USER",	false },
	[COL_COMM]	= { "COMM",	false },
	[COL_CLASS]	= { "CLASS",	false },
	[COL_MODE]	= { "MODE",	false },
	[COL_VCPUS]	= { "VCPUS",	true },
	[COL_MEMORY]	= { "MEMORY",	true },
	[COL_DENIED]	= { "DENIED",	true },
};

struct row {
	char *cell[NR_COLUMNS];
};

struct table {
	struct row *rows;
	size_t count;
	int width[NR_COLUMNS];
};

static char *pair(const char *used, const char *limit)
{
	if (!strcmp(limit, "unlimited"))
		limit = "-";
	return text_of("%s/%s", used, limit);
}

static void fill(struct row *row, const struct kvmwarden_vm *vm)
{
	char used[AMOUNT_LEN], limit[AMOUNT_LEN], user[NAME_LEN];

	row->cell[COL_ID] = text_of("%llu", (unsigned long long)vm->id);
	row->cell[COL_PID] = text_of("%u", vm->pid);
	row->cell[COL_USER] = copy_of(printable(user_name(user, vm->uid)));
	row->cell[COL_COMM] = copy_of(printable(vm->comm));
	row->cell[COL_CLASS] = copy_of(printable(vm->class_name));
	row->cell[COL_MODE] = copy_of(mode_name(vm->mode));
	row->cell[COL_VCPUS] = pair(amount_count(used, vm->used.vcpus),
				    amount_count(limit, vm->limit.vcpus));
	row->cell[COL_MEMORY] = pair(amount_human(used, vm->used.memory),
				     amount_human(limit, vm->limit.memory));
	row->cell[COL_DENIED] = text_of("%llu", (unsigned long long)
					denials_sum(&vm->denials));
}

static void table_add(struct table *table, const struct kvmwarden_vm *vm)
{
	struct row *row;
	int i;

	table->rows = grow(table->rows, table->count, sizeof(*table->rows));
	row = &table->rows[table->count++];
	fill(row, vm);
	for (i = 0; i < NR_COLUMNS; i++) {
		int len = strlen(row->cell[i]);

		if (len > table->width[i])
			table->width[i] = len;
	}
}

static void print_cell(const struct table *table, int i, const char *text)
{
	int width = table->width[i];

	if (columns[i].right)
		printf("%*s", width, text);
	else
		printf("%-*s", width, text);
	putchar(i == NR_COLUMNS - 1 ? '\n' : ' ');
}

static void table_print(struct table *table)
{
	size_t row;
	int i;

	if (!table->count) {
		puts("no VMs on record");
		return;
	}
	for (i = 0; i < NR_COLUMNS; i++) {
		if ((int)strlen(columns[i].head) > table->width[i])
			table->width[i] = strlen(columns[i].head);
		print_cell(table, i, columns[i].head);
	}
	for (row = 0; row < table->count; row++) {
		for (i = 0; i < NR_COLUMNS; i++)
			print_cell(table, i, table->rows[row].cell[i]);
	}
}

static void table_free(struct table *table)
{
	size_t row;
	int i;

	for (row = 0; row < table->count; row++) {
		for (i = 0; i < NR_COLUMNS; i++)
			free(table->rows[row].cell[i]);
	}
	free(table->rows);
}

static int list_text(int fd)
{
	struct record rec = { .vm.id = 0 };
	struct table table = { 0 };
	int ret;

	while (!(ret = record_next(fd, rec.vm.id, &rec)))
		table_add(&table, &rec.vm);
	if (ret == -ENOENT)
		table_print(&table);
	table_free(&table);
	return ret;
}

static int list_json(int fd)
{
	struct json_object *vms = json_list();
	struct json_object *root = json_new();
	struct record rec = { .vm.id = 0 };
	int ret;

	json_add(root, "vms", vms);
	while (!(ret = record_next(fd, rec.vm.id, &rec))) {
		struct json_object *o = json_map();

		record_json(o, &rec);
		json_append(vms, o);
	}
	if (ret == -ENOENT)
		json_print(root);
	else
		json_object_put(root);
	return ret;
}

int verb_list(const struct options *opt, int argc, char **argv)
{
	int fd, ret;

	(void)argc;
	(void)argv;
	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = opt->json ? list_json(fd) : list_text(fd);
	close(fd);
	if (ret == -ENOENT)
		return EXIT_DONE;
	return device_error(ret, "cannot list the VMs");
}
