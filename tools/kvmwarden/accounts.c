// SPDX-License-Identifier: GPL-2.0-only
/*
 * accounts: what users and cgroups use of their limits.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

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

/* Where accounts are told */
struct teller {
	void (*tell)(void *to, const struct kvmwarden_account *account,
		     const char *cgroup);
	void *to;
};

static const char *level_name(__u32 level)
{
	return level == KVMWARDEN_LEVEL_CGROUP ? "cgroup" : "user";
}

static char *who(const struct kvmwarden_account *account, const char *cgroup)
{
	char user[NAME_LEN];

	if (account->level == KVMWARDEN_LEVEL_CGROUP)
		return copy_of(printable(cgroup));
	user_name(user, account->uid);
	if (account->level == KVMWARDEN_LEVEL_HOST_USER)
		return copy_of(printable(user));
	return text_of("%s, in class %s", printable(user),
		       printable(account->class_name));
}

static void tell_text(void *to, const struct kvmwarden_account *account,
		      const char *cgroup)
{
	const struct kvmwarden_amounts *limit = &account->limit;
	const struct kvmwarden_amounts *used = &account->used;
	char **cell = table_row(to);
	char a[AMOUNT_LEN], b[AMOUNT_LEN];

	cell[COL_OF] = copy_of(level_name(account->level));
	cell[COL_VMS] = table_share(amount_count(a, used->vms),
				    amount_count(b, limit->vms));
	cell[COL_VCPUS] = table_share(amount_count(a, used->vcpus),
				      amount_count(b, limit->vcpus));
	cell[COL_MEMORY] = table_share(amount_human(a, used->memory),
				       amount_human(b, limit->memory));
	cell[COL_WHO] = who(account, cgroup);
}

static void tell_json(void *to, const struct kvmwarden_account *account,
		      const char *cgroup)
{
	struct json_object *o = json_map();

	json_text(o, "of", level_name(account->level));
	if (account->level == KVMWARDEN_LEVEL_CGROUP)
		json_text(o, "cgroup", cgroup);
	else
		json_user(o, account->uid);
	json_text_or_null(o, "class", account->class_name);
	json_amounts(o, "used", &account->used);
	json_amounts(o, "limit", &account->limit);
	json_append(to, o);
}

/* -EAGAIN: another ruleset came into force meanwhile */
static int tell_all(int fd, const struct teller *teller)
{
	struct kvmwarden_account account = { .id = 0 };
	char cgroup[KVMWARDEN_CGROUP_LEN];
	__u64 generation = 0;
	int ret;

	for (;;) {
		ret = device_account_next(fd, account.id, &account, cgroup);
		if (ret)
			return ret == -ENOENT ? 0 : ret;
		if (generation && account.generation != generation)
			return -EAGAIN;
		generation = account.generation;
		account.class_name[sizeof(account.class_name) - 1] = '\0';
		teller->tell(teller->to, &account, cgroup);
	}
}

static int text(int fd)
{
	struct table table = { .columns = columns, .nr_columns = NR_COLUMNS };
	struct teller teller = { tell_text, &table };
	int ret = tell_all(fd, &teller);

	if (!ret && table.count)
		table_print(&table);
	else if (!ret)
		puts("no user and no cgroup with a limit has VMs");
	table_free(&table);
	return ret;
}

static int json(int fd)
{
	struct json_object *list = json_list();
	struct json_object *root = json_new();
	struct teller teller = { tell_json, list };
	int ret = tell_all(fd, &teller);

	json_add(root, "accounts", list);
	if (!ret)
		json_print(root);
	else
		json_object_put(root);
	return ret;
}

int verb_accounts(const struct options *opt, int argc, char **argv)
{
	int tries, fd, ret;

	(void)argc;
	(void)argv;
	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = -EAGAIN;
	for (tries = 0; tries < DEVICE_TRIES && ret == -EAGAIN; tries++)
		ret = opt->json ? json(fd) : text(fd);
	close(fd);
	if (!ret)
		return EXIT_DONE;
	return device_error(ret, "cannot read the accounts");
}
