// SPDX-License-Identifier: GPL-2.0-only
/*
 * accounts: what users and cgroups use of their limits.
 */
#include <stdio.h>
#include <unistd.h>

#include "account.h"
#include "amount.h"
#include "device.h"
#include "json.h"
#include "names.h"
#include "table.h"
#include "tool.h"

enum column_id {
	COL_OF,
	COL_VMS,
	COL_VCPUS,
	COL_MEMORY,
	COL_WHO,
	NR_COLUMNS,
};

static const struct column columns[NR_COLUMNS] = {
	[COL_OF]	= { "OF",	false,	false },
	[COL_VMS]	= { "VMS",	true,	false },
	[COL_VCPUS]	= { "VCPUS",	true,	false },
	[COL_MEMORY]	= { "MEMORY",	true,	false },
	[COL_WHO]	= { "WHO",	false,	false },
};

static const char *level_name(__u32 level)
{
	return level == KVMWARDEN_LEVEL_CGROUP ? "cgroup" : "user";
}

static char *who(const struct account *account)
{
	char user[NAME_LEN];

	if (account->info.level == KVMWARDEN_LEVEL_CGROUP)
		return copy_of(printable(account->cgroup));
	user_name(user, account->info.uid);
	if (account->info.level == KVMWARDEN_LEVEL_HOST_USER)
		return copy_of(printable(user));
	return text_of("%s, in class %s", printable(user),
		       printable(account->info.class_name));
}

static void fill(char **cell, const struct account *account)
{
	const struct kvmwarden_amounts *limit = &account->info.limit;
	const struct kvmwarden_amounts *used = &account->info.used;
	char a[AMOUNT_LEN], b[AMOUNT_LEN];

	cell[COL_OF] = copy_of(level_name(account->info.level));
	cell[COL_VMS] = table_share(amount_count(a, used->vms),
				    amount_count(b, limit->vms));
	cell[COL_VCPUS] = table_share(amount_count(a, used->vcpus),
				      amount_count(b, limit->vcpus));
	cell[COL_MEMORY] = table_share(amount_human(a, used->memory),
				       amount_human(b, limit->memory));
	cell[COL_WHO] = who(account);
}

static struct json_object *account_json(const struct account *account)
{
	const struct kvmwarden_account *info = &account->info;
	struct json_object *o = json_map();

	json_text(o, "of", level_name(info->level));
	if (info->level == KVMWARDEN_LEVEL_CGROUP)
		json_text(o, "cgroup", account->cgroup);
	else
		json_user(o, info->uid);
	json_text_or_null(o, "class", info->class_name);
	json_amounts(o, "used", &info->used);
	json_amounts(o, "limit", &info->limit);
	return o;
}

static void print_text(const struct accounts *all)
{
	struct table table = { .columns = columns, .nr_columns = NR_COLUMNS };
	size_t i;

	for (i = 0; i < all->count; i++)
		fill(table_row(&table), &all->list[i]);
	if (table.count)
		table_print(&table);
	else
		puts("no user and no cgroup with a limit has VMs");
	table_free(&table);
}

static void print_json(const struct accounts *all)
{
	struct json_object *list = json_list();
	struct json_object *root = json_new();
	size_t i;

	for (i = 0; i < all->count; i++)
		json_append(list, account_json(&all->list[i]));
	json_add(root, "accounts", list);
	json_print(root);
}

int verb_accounts(const struct options *opt, int argc, char **argv)
{
	struct accounts all;
	int fd, ret;

	(void)argc;
	(void)argv;
	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = accounts_read(&all, fd);
	close(fd);
	if (!ret && opt->json)
		print_json(&all);
	else if (!ret)
		print_text(&all);
	accounts_free(&all);
	return ret;
}
