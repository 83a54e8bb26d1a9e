// SPDX-License-Identifier: GPL-2.0-only
/*
 * show: all that is known of one VM.
 */
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "blame.h"
#include "climb.h"
#include "denial.h"
#include "device.h"
#include "json.h"
#include "names.h"
#include "record.h"
#include "rule.h"
#include "tool.h"

static void print_group(__u32 gid)
{
	const struct group *group = getgrgid(gid);

	if (group)
		printf("%-10s %s (%u)\n", "group", printable(group->gr_name),
		       gid);
	else
		printf("%-10s %u\n", "group", gid);
}

struct view {
	const struct record *rec;
	const struct blame *blame;
};

static void print_limit(unsigned int reason, const void *data)
{
	const struct view *view = data;
	struct limit_met met;

	if (blame_limit(view->blame, view->rec, reason, &met))
		limit_met_print(&met, reason);
	limit_met_free(&met);
}

static void print_creator(const struct record *rec)
{
	const struct device_texts *texts = &rec->texts;
	const struct kvmwarden_vm *vm = &rec->vm;
	char user[NAME_LEN];

	printf("%-10s %u (%s)\n", "process", vm->pid, printable(vm->comm));
	if (texts->exe[0])
		printf("%-10s %s\n", "executable", printable(texts->exe));
	printf("%-10s %s (%u)\n", "user",
	       printable(user_name(user, vm->uid)), vm->uid);
	print_group(vm->gid);
	printf("%-10s %s\n", "cgroup",
	       texts->cgroup[0] ? printable(texts->cgroup) : "unknown");
	if (texts->label[0])
		printf("%-10s %s\n", "label", printable(texts->label));
}

static void print_text(const struct record *rec, const struct blame *blame)
{
	const struct view view = { rec, blame };
	const struct kvmwarden_vm *vm = &rec->vm;
	bool adopted = vm->flags & KVMWARDEN_VM_ADOPTED;
	char when[TIME_LEN];

	printf("%-10s %llu\n", "VM", (unsigned long long)vm->id);
	if (rec->name[0])
		printf("%-10s %s\n", "name", printable(rec->name));
	print_creator(rec);
	printf("%-10s %s%s\n", "on record", record_time(when, rec),
	       adopted ? ", adopted: the VM is older than the hooks" : "");
	rule_print(blame, rec);
	denials_print("denials", &vm->denials, print_limit, &view);
	putchar('\n');
	climb_print(blame, rec);
	blame_print_files(blame);
}

static struct json_object *met_json(const struct record *rec,
				    const struct blame *blame)
{
	struct json_object *list = json_list();
	struct limit_met met;
	unsigned int i;

	for (i = 0; i < KVMWARDEN_NR_REASONS; i++) {
		if (!rec->vm.denials.denied[i] && !rec->vm.denials.permitted[i])
			continue;
		if (blame_limit(blame, rec, i, &met))
			json_append(list, limit_met_json(&met, i));
		limit_met_free(&met);
	}
	return list;
}

static void print_json(const struct record *rec, const struct blame *blame)
{
	struct json_object *root = json_new();

	record_json(root, rec);
	rule_json(root, blame, rec);
	climb_json(root, blame, rec);
	json_add(root, "limits_met", met_json(rec, blame));
	blame_json_files(root, blame);
	json_print(root);
}

static int show(const struct options *opt, const struct record *rec, int fd)
{
	struct blame blame;
	int ret;

	ret = blame_read(&blame, fd);
	if (ret)
		return ret;
	if (opt->json)
		print_json(rec, &blame);
	else
		print_text(rec, &blame);
	blame_free(&blame);
	return EXIT_DONE;
}

int verb_show(const struct options *opt, int argc, char **argv)
{
	struct meant meant;
	struct record rec;
	int fd, ret;

	(void)argc;
	ret = record_meant(argv[0], &meant);
	if (ret)
		return ret;
	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = record_find(fd, &meant, &rec);
	if (!ret)
		ret = show(opt, &rec, fd);
	close(fd);
	return ret;
}
