// SPDX-License-Identifier: GPL-2.0-only
/*
 * show: all that is known of one VM.
 */
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "amount.h"
#include "denial.h"
#include "device.h"
#include "json.h"
#include "names.h"
#include "record.h"
#include "tool.h"

static void print_use(const char *what, const char *used, const char *limit)
{
	if (strcmp(limit, "unlimited"))
		printf("%-10s %s of %s\n", what, used, limit);
	else
		printf("%-10s %s, no limit of its own\n", what, used);
}

static void print_uses(const struct kvmwarden_vm *vm)
{
	char used[AMOUNT_LEN], limit[AMOUNT_LEN];

	print_use("vCPUs", amount_count(used, vm->used.vcpus),
		  amount_count(limit, vm->limit.vcpus));
	print_use("memory", amount_human(used, vm->used.memory),
		  amount_human(limit, vm->limit.memory));
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

static void print_text(const struct record *rec)
{
	const struct kvmwarden_vm *vm = &rec->vm;
	bool adopted = vm->flags & KVMWARDEN_VM_ADOPTED;
	char user[NAME_LEN], when[TIME_LEN];

	printf("%-10s %llu\n", "VM", (unsigned long long)vm->id);
	printf("%-10s %u (%s)\n", "process", vm->pid, printable(vm->comm));
	printf("%-10s %s (%u)\n", "user",
	       printable(user_name(user, vm->uid)), vm->uid);
	print_group(vm->gid);
	printf("%-10s %s\n", "cgroup",
	       rec->cgroup[0] ? printable(rec->cgroup) : "unknown");
	printf("%-10s %s%s\n", "on record", record_time(when, rec),
	       adopted ? ", adopted: the VM is older than the hooks" : "");
	printf("%-10s %s\n", "class", printable(vm->class_name));
	printf("%-10s %s\n", "mode", mode_name(vm->mode));
	print_uses(vm);
	printf("%-10s %s%s\n", "nested", nested_name(vm->deny),
	       vm->own & KVMWARDEN_DENY_NESTED ?
	       ", set for this VM, whatever its class says" : "");
	denials_print("denials", &vm->denials);
}

static int show(const struct options *opt, const struct record *rec)
{
	struct json_object *root;

	if (!opt->json) {
		print_text(rec);
		return EXIT_DONE;
	}
	root = json_new();
	record_json(root, rec);
	json_print(root);
	return EXIT_DONE;
}

int verb_show(const struct options *opt, int argc, char **argv)
{
	struct record rec;
	int fd, ret;
	__u64 id;

	(void)argc;
	ret = record_id(argv[0], &id);
	if (ret)
		return ret;
	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = record_read(fd, id, &rec);
	close(fd);
	return ret ? ret : show(opt, &rec);
}
