// SPDX-License-Identifier: GPL-2.0-only
/*
 * list: the VMs on record, one line each.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "climb.h"
#include "denial.h"
#include "device.h"
#include "json.h"
#include "limit.h"
#include "names.h"
#include "record.h"
#include "rule.h"
#include "table.h"
#include "tool.h"

enum column_id {
	COL_ID,
	COL_PID,
	COL_USER,
	COL_NAME,
	COL_CLASS,
	COL_MODE,
	COL_VCPUS,
	COL_MEMORY,
	COL_DENIED,
	NR_COLUMNS,
};

static const struct column columns[NR_COLUMNS] = {
	[COL_ID]	= { "ID",	true,	false },
	[COL_PID]	= { "PID",	true,	false },
	[COL_USER]	= { "USER",	false,	true },
	[COL_NAME]	= { "NAME",	false,	true },
	[COL_CLASS]	= { "CLASS",	false,	true },
	[COL_MODE]	= { "MODE",	false,	false },
	[COL_VCPUS]	= { "VCPUS",	true,	false },
	[COL_MEMORY]	= { "MEMORY",	true,	false },
	[COL_DENIED]	= { "DENIED",	true,	false },
};

static char *share(const struct kvmwarden_vm *vm, enum kvmwarden_limit limit)
{
	char used[AMOUNT_LEN], most[AMOUNT_LEN];

	return table_share(limit_human(used, limit, vm->used.of[limit]),
			   limit_human(most, limit, vm->limit.of[limit]));
}

static void fill(char **cell, const struct record *rec)
{
	const struct kvmwarden_vm *vm = &rec->vm;
	char user[NAME_LEN];

	cell[COL_ID] = text_of("%llu", (unsigned long long)vm->id);
	cell[COL_PID] = text_of("%u", vm->pid);
	cell[COL_USER] = copy_of(printable(user_name(user, vm->uid)));
	cell[COL_NAME] = record_title(rec);
	cell[COL_CLASS] = copy_of(printable(vm->class_name));
	cell[COL_MODE] = copy_of(mode_name(vm->mode));
	cell[COL_VCPUS] = share(vm, KVMWARDEN_LIMIT_VCPUS);
	cell[COL_MEMORY] = share(vm, KVMWARDEN_LIMIT_MEMORY);
	cell[COL_DENIED] = text_of("%llu", (unsigned long long)
				   denials_sum(&vm->denials));
}

static int list_text(int fd)
{
	struct record rec = { .vm.id = 0 };
	struct table table = { .columns = columns, .nr_columns = NR_COLUMNS };
	int ret;

	while (!(ret = record_next(fd, rec.vm.id, &rec)))
		fill(table_row(&table), &rec);
	if (ret == -ENOENT && table.count)
		table_print(&table);
	else if (ret == -ENOENT)
		puts("no VMs on record");
	table_free(&table);
	return ret;
}

static struct json_object *vm_json(const struct record *rec,
				   const struct blame *blame)
{
	struct json_object *o = json_map();

	record_json(o, rec);
	rule_json(o, blame, rec);
	climb_json(o, blame, rec);
	return o;
}

static int list_json(int fd, const struct blame *blame)
{
	struct json_object *vms = json_list();
	struct json_object *root = json_new();
	struct record rec = { .vm.id = 0 };
	int ret;

	json_add(root, "vms", vms);
	blame_json_files(root, blame);
	while (!(ret = record_next(fd, rec.vm.id, &rec)))
		json_append(vms, vm_json(&rec, blame));
	if (ret == -ENOENT)
		json_print(root);
	else
		json_object_put(root);
	return ret;
}

/* Returns an exit code */
static int print(const struct options *opt, int fd)
{
	struct blame blame;
	int ret;

	if (opt->json) {
		ret = blame_read(&blame, fd);
		if (ret)
			return ret;
		ret = list_json(fd, &blame);
		blame_free(&blame);
	} else {
		ret = list_text(fd);
	}
	return ret == -ENOENT ? EXIT_DONE :
	       device_error(ret, "cannot list the VMs");
}

int verb_list(const struct options *opt, int argc, char **argv)
{
	int fd, ret;

	(void)argc;
	(void)argv;
	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = print(opt, fd);
	close(fd);
	return ret;
}
