// SPDX-License-Identifier: GPL-2.0-only
/*
 * show: all that is known of one VM.
 */
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "blame.h"
#include "denial.h"
#include "device.h"
#include "json.h"
#include "limit.h"
#include "names.h"
#include "record.h"
#include "tool.h"

#define OWN_TEXT	", set for this VM, whatever its class says"

static void print_use(const char *what, const char *used, const char *limit,
		      bool own)
{
	const char *set = own ? OWN_TEXT : "";

	if (strcmp(limit, "unlimited"))
		printf("%-10s %s of %s%s\n", what, used, limit, set);
	else
		printf("%-10s %s, no limit%s\n", what, used,
		       own ? OWN_TEXT : " of its own");
}

/* What hardly any VM uses is told of where it does, or is set for it */
static bool is_worth_a_line(const struct kvmwarden_vm *vm, int limit)
{
	return limit == KVMWARDEN_LIMIT_VCPUS ||
	       limit == KVMWARDEN_LIMIT_MEMORY || vm->used.of[limit] ||
	       !vm->limit.of[limit] || vm->own_limits & 1ULL << limit;
}

static void print_uses(const struct kvmwarden_vm *vm)
{
	char used[AMOUNT_LEN], limit[AMOUNT_LEN];
	int i;

	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		if (is_worth_a_line(vm, i))
			print_use(limits[i].text,
				  limit_human(used, i, vm->used.of[i]),
				  limit_human(limit, i, vm->limit.of[i]),
				  vm->own_limits & 1ULL << i);
	}
}

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

static bool any_denials(const struct kvmwarden_vm *vm)
{
	return denials_sum(&vm->denials) || permits_sum(&vm->denials);
}

static void print_limit(unsigned int reason, const void *data)
{
	const struct view *view = data;
	struct limit_met met;

	if (blame_limit(view->blame, view->rec, reason, &met))
		limit_met_print(&met, reason);
	limit_met_free(&met);
}

static void print_text(const struct record *rec, const struct blame *blame)
{
	const struct view view = { rec, blame };
	const struct device_texts *texts = &rec->texts;
	const struct kvmwarden_vm *vm = &rec->vm;
	bool adopted = vm->flags & KVMWARDEN_VM_ADOPTED;
	char user[NAME_LEN], when[TIME_LEN];

	printf("%-10s %llu\n", "VM", (unsigned long long)vm->id);
	if (rec->name[0])
		printf("%-10s %s\n", "name", printable(rec->name));
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
	printf("%-10s %s%s\n", "on record", record_time(when, rec),
	       adopted ? ", adopted: the VM is older than the hooks" : "");
	printf("%-10s %s%s\n", "class", printable(vm->class_name),
	       vm->flags & KVMWARDEN_VM_CLASS_SET ?
	       ", set for this VM, whatever the policy says" : "");
	printf("%-10s %s\n", "mode", mode_name(vm->mode));
	print_uses(vm);
	printf("%-10s %s%s\n", "nested", nested_name(vm->deny),
	       vm->own & KVMWARDEN_DENY_NESTED ?
	       OWN_TEXT : "");
	denials_print("denials", &vm->denials, print_limit, &view);
}

static void print_json(const struct record *rec, const struct blame *blame)
{
	struct json_object *list = json_list();
	struct json_object *root = json_new();
	struct limit_met met;
	unsigned int i;

	record_json(root, rec);
	for (i = 0; i < KVMWARDEN_NR_REASONS; i++) {
		if (!rec->vm.denials.denied[i] && !rec->vm.denials.permitted[i])
			continue;
		if (blame_limit(blame, rec, i, &met))
			json_append(list, limit_met_json(&met, i));
		limit_met_free(&met);
	}
	json_add(root, "limits_met", list);
	json_print(root);
}

static int show(const struct options *opt, const struct record *rec, int fd)
{
	struct blame blame = { .fd = fd };
	int ret = EXIT_DONE;

	/* it takes time, and rights to files, that most VMs do not need */
	if (any_denials(&rec->vm))
		ret = blame_read(&blame, fd);
	if (ret)
		return ret;
	if (opt->json)
		print_json(rec, &blame);
	else
		print_text(rec, &blame);
	blame_free(&blame);
	return ret;
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
