// SPDX-License-Identifier: GPL-2.0
/* What can be asked. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "uapi.h"
#include "warden.h"

/* All that there are. */
#ifdef __x86_64__
#define FEATURES	(2 * KVMWARDEN_FEATURE_GUEST_MEMFD - 1)
#else
#define FEATURES	((2 * KVMWARDEN_FEATURE_GUEST_MEMFD - 1) &	\
			 ~KVMWARDEN_FEATURE_HV_EVENTS)
#endif

static void query_status(void)
{
	struct kvmwarden_status status;
	unsigned int i;

	/* what is in there beforehand has no meaning */
	memset(&status, 0xff, sizeof(status));
	status.size = sizeof(status);
	expect_eq(call(device, KVMWARDEN_STATUS, &status), 0);
	expect_eq(status.abi, KVMWARDEN_ABI);
	expect_eq(status.features, FEATURES);
	expect_eq(status.version, 5);
	expect_eq(status.state,
		  KVMWARDEN_STATE_ARMED | KVMWARDEN_STATE_CANARY);
	expect_eq(status.mode, KVMWARDEN_MODE_PERMISSIVE);
	expect_eq(status.classes, 3);
	expect_eq(status.limit.vms, 100);
	expect_eq(status.limit.vcpus, KVMWARDEN_UNLIMITED);
	expect_eq(status.user.vms, 90);
	expect_eq(status.user.memory, KVMWARDEN_UNLIMITED);
	expect_eq(status.cgroups, 1);
	expect_eq(status.confirm_left, 0);
	for (i = KVMWARDEN_NR_REASONS; i < KVMWARDEN_REASONS_MAX; i++)
		expect_eq(status.denials.denied[i] |
			  status.denials.permitted[i], 0);
}

/* KVM itself is, and of the modules for processors, which depend on it, one. */
static bool loaded(const char *module)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%.64s", module);
	return !strcmp(module, "kvm") || !access(path, F_OK);
}

static void query_hooks(void)
{
	struct kvmwarden_status status;
	struct kvmwarden_hook hook;
	uint32_t beyond[3] = { 0, 1U << 31, ~0U };
	unsigned int i;
	uint64_t features = 0;

	warden_status(device, &status);
	expect(status.hooks > 0);
	for (i = 0; i < status.hooks; i++) {
		memset(&hook, 0, sizeof(hook));
		hook.size = sizeof(hook);
		hook.index = i;
		expect_eq(call(device, KVMWARDEN_HOOK_GET, &hook), 0);
		expect_eq(hook.index, i);
		/* an old kernel may have nothing to guard there */
		if (hook.state != KVMWARDEN_HOOK_ABSENT)
			expect_eq_msg(hook.state, loaded(hook.module) ?
				      KVMWARDEN_HOOK_ARMED :
				      KVMWARDEN_HOOK_WAITING,
				      "%.64s", hook.function);
		expect_eq(hook.error, 0);
		expect(hook.function[0]);
		expect(!strncmp(hook.module, "kvm", 3));
		features |= hook.features;
	}
	expect_eq(features, status.features);

	beyond[0] = status.hooks;
	for (i = 0; i < 3; i++) {
		hook.index = beyond[i];
		expect_eq_msg(call(device, KVMWARDEN_HOOK_GET, &hook), -ENOENT,
			      "hook %u", hook.index);
	}
}

static int class_get(struct kvmwarden_class *class, uint32_t index, char *buf,
		     uint32_t len)
{
	memset(class, 0, sizeof(*class));
	class->size = sizeof(*class);
	class->index = index;
	class->cgroup.address = (uintptr_t)buf;
	class->cgroup.len = len;
	return call(device, KVMWARDEN_CLASS_GET, class);
}

static void query_classes(void)
{
	struct kvmwarden_class class;

	expect_eq(class_get(&class, 0, NULL, 0), 0);
	expect(!strcmp(class.name, "alpha"));
	expect_eq(class.mode, KVMWARDEN_MODE_ENFORCE);
	expect_eq(class.flags, KVMWARDEN_CLASS_MATCH_UID);
	expect_eq(class.uid, 4001);
	expect_eq(class.vm.of[KVMWARDEN_LIMIT_VCPUS], 2);
	expect_eq(class.cgroup.len, 0);
	expect_eq(class.generation, generation());
	expect_eq(class.deny, 0);
	expect_eq(class.revoke, 0);
	expect_eq(class.reserved, 0);
	expect_eq(class_get(&class, 1, NULL, 0), 0);
	expect(!strcmp(class.name, "beta"));
	expect_eq(class.total.memory, 1 << 30);
	expect_eq(class_get(&class, 2, NULL, 0), 0);
	expect(!strcmp(class.name, "default"));
	expect_eq(class.mode, KVMWARDEN_MODE_PERMISSIVE);
	expect_eq(class_get(&class, 3, NULL, 0), -ENOENT);
	expect_eq(class_get(&class, ~0U, NULL, 0), -ENOENT);
	memset(&class, 0, sizeof(class));
	class.size = sizeof(class);
	class.reserved = 1;
	expect_eq(call(device, KVMWARDEN_CLASS_GET, &class), -EINVAL);
}

static void query_cgroup(void)
{
	static const char pattern[] = "/some/**/where-*";
	struct kvmwarden_class class;
	char buf[64];
	uint32_t len;

	for (len = 0; len < sizeof(buf); len++) {
		uint32_t fits = len < sizeof(pattern) ? len : sizeof(pattern);

		memset(buf, 'X', sizeof(buf));
		expect_eq(class_get(&class, 1, buf, len), 0);
		expect_eq(class.cgroup.len, sizeof(pattern));
		expect(class.cgroup.address == (uintptr_t)buf);
		expect_msg(!memcmp(buf, pattern, fits), "%u bytes right", len);
		expect_msg(buf[fits] == 'X', "not more than %u bytes", len);
	}
	expect_eq(class_get(&class, 1, NULL, 100), 0);
	expect_eq(class.cgroup.len, sizeof(pattern));
	expect_eq(class_get(&class, 1, NULL, ~0U), 0);
	expect_eq(class_get(&class, 1, (char *)0xffff888000000000, 100),
		  -EFAULT);
	expect_eq(class_get(&class, 1, (char *)1, 1), -EFAULT);
	/* nothing to be written there */
	expect_eq(class_get(&class, 1, (char *)1, 0), 0);
	expect_eq(class_get(&class, 0, (char *)1, 100), 0);
	expect_eq(class.cgroup.len, 0);
}

/* All records after @id, which must be growing; their ids in @ids. */
static unsigned int list(uint64_t id, uint64_t *ids, unsigned int max)
{
	struct kvmwarden_vm vm;
	unsigned int n = 0;

	while (n < max && !vm_next(&vm, id)) {
		expect(vm.id > id);
		id = vm.id;
		ids[n++] = id;
	}
	return n;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

#define VMS	5

static void query_vms(void)
{
	uint64_t ids[2 * VMS], last = 0, before = now();
	struct kvmwarden_vm vm;
	unsigned int i;
	int vms[VMS];

	while (!vm_next(&vm, last))
		last = vm.id;
	for (i = 0; i < VMS; i++)
		vms[i] = new_vm();
	expect_eq(list(last, ids, 2 * VMS), VMS);
	expect_eq(vm_next(&vm, ids[0] - 1), 0);
	expect_eq(vm.id, ids[0]);
	expect_eq(vm_next(&vm, ids[VMS - 1]), -ENOENT);
	expect_eq(vm_next(&vm, ~0ULL), -ENOENT);

	for (i = 0; i < VMS; i++) {
		expect_eq(vm_next(&vm, ids[i] - 1), 0);
		expect_eq(vm.pid, getpid());
		expect_eq(vm.uid, 0);
		expect_eq(vm.gid, 0);
		expect_eq(vm.flags, 0);
		expect_eq(vm.used.of[KVMWARDEN_LIMIT_VCPUS], 0);
		expect_eq(vm.mode, KVMWARDEN_MODE_PERMISSIVE);
		expect_eq(vm.deny, 0);
		expect_eq(vm.own, 0);
		expect_eq(vm.revoke, 0);
		expect(!strcmp(vm.class_name, "default"));
		expect(!strcmp(vm.comm, "uapi_test"));
		expect(vm.created >= before && vm.created <= now());
		expect_eq(vm.cgroup.len, strlen("/") + 1);
	}

	/* gone in between: the walk goes on */
	close(vms[2]);
	expect_eq(vm_next(&vm, ids[1]), 0);
	expect_eq(vm.id, ids[3]);
	expect_eq(vm_next(&vm, ids[2]), 0);
	expect_eq(vm.id, ids[3]);
	/* and an id does not come back */
	vms[2] = new_vm();
	expect_eq(vm_next(&vm, ids[VMS - 1]), 0);
	expect(vm.id > ids[VMS - 1]);
	for (i = 0; i < VMS; i++)
		close(vms[i]);
	expect_eq(vm_next(&vm, ids[0] - 1), -ENOENT);
}

static void query_vm_checks(void)
{
	struct kvmwarden_vm vm;
	uint64_t last = 0;
	char buf[8];
	int fd;

	while (!vm_next(&vm, last))
		last = vm.id;
	fd = new_vm();
	memset(&vm, 0, sizeof(vm));
	vm.size = sizeof(vm);
	vm.id = last;
	vm.reserved = 1;
	expect_eq(call(device, KVMWARDEN_VM_NEXT, &vm), -EINVAL);
	vm.reserved = 0;
	vm.cgroup.address = 0xffff888000000000;
	vm.cgroup.len = 100;
	expect_eq(call(device, KVMWARDEN_VM_NEXT, &vm), -EFAULT);
	vm.id = last;
	vm.cgroup.address = 1;
	vm.cgroup.len = 0;
	expect_eq(call(device, KVMWARDEN_VM_NEXT, &vm), 0);

	/* what is in the fields of the answer beforehand has no meaning */
	memset(&vm, 0xff, sizeof(vm));
	vm.size = sizeof(vm);
	vm.id = last;
	vm.cgroup.address = (uintptr_t)buf;
	vm.cgroup.len = 1;
	vm.cgroup.reserved = 0;
	memset(&vm.exe, 0, sizeof(vm.exe));
	memset(&vm.label, 0, sizeof(vm.label));
	vm.reserved = 0;
	memset(buf, 'X', 2);
	expect_eq(call(device, KVMWARDEN_VM_NEXT, &vm), 0);
	expect(buf[0] == '/' && buf[1] == 'X');
	expect_eq(vm.cgroup.len, 2);
	expect_eq(vm.flags, 0);
	expect_eq(vm.denials.denied[KVMWARDEN_REASONS_MAX - 1], 0);
	expect(!memchr(vm.class_name, 0xff, sizeof(vm.class_name)));
	expect_eq(vm.deny, 0);
	expect_eq(vm.own, 0);
	expect_eq(vm.revoke, 0);
	close(fd);
}

/*
 * Of a text each buffer gets what it has room for, and no more. @string is in
 * @arg, which is asked with as it is.
 */
static void expect_text(const char *text, struct kvmwarden_string *string,
			unsigned long cmd, void *arg, size_t size)
{
	const uint32_t whole = strlen(text) + 1;
	char buf[PATH_MAX + 1];
	union argument ask;
	uint32_t len, fits;

	memcpy(&ask, arg, size);
	for (len = 0; len <= whole + 1; len++) {
		fits = len < whole ? len : whole;
		memset(buf, 'X', sizeof(buf));
		memcpy(arg, &ask, size);
		string->address = (uintptr_t)buf;
		string->len = len;
		expect_eq(call(device, cmd, arg), 0);
		expect_eq(string->len, whole);
		expect_msg(!memcmp(buf, text, fits), "%u bytes of %s", len,
			   text);
		expect_msg(buf[fits] == 'X', "not more than %u bytes", len);
	}
	memcpy(arg, &ask, size);
	string->address = 1;
	string->len = 1;
	expect_eq(call(device, cmd, arg), -EFAULT);
	/* to know how long it is */
	memcpy(arg, &ask, size);
	expect_eq(call(device, cmd, arg), 0);
	expect_eq(string->len, whole);
}

static void query_exe(void)
{
	struct kvmwarden_class class;
	char path[PATH_MAX];
	struct kvmwarden_vm vm;
	int draft;

	expect(realpath("/proc/self/exe", path));
	memset(&vm, 0, sizeof(vm));
	vm.size = sizeof(vm);
	vm.id = own_vm() - 1;
	expect_text(path, &vm.exe, KVMWARDEN_VM_NEXT, &vm, sizeof(vm));

	class_init(&class, "exe");
	class.flags = KVMWARDEN_CLASS_MATCH_EXE;
	class.uid = 0;
	class.exe.address = (uintptr_t)path;
	class.exe_fd = 9999;
	draft = draft_begin();
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD, &class), -EBADF);
	class.exe_fd = open(path, O_PATH | O_CLOEXEC);
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD, &class), 0);
	close(class.exe_fd);
	expect_eq(draft_commit(draft, 0), 0);
	close(draft);
	memset(&class, 0, sizeof(class));
	class.size = sizeof(class);
	expect_text(path, &class.exe, KVMWARDEN_CLASS_GET, &class,
		    sizeof(class));
	expect_eq(class.exe_fd, 0);
	expect_eq(class.flags, KVMWARDEN_CLASS_MATCH_EXE);
	vm_get(&vm, own_vm());
	expect(!strcmp(vm.class_name, "exe"));
}

/* What may once have a meaning is refused, or zero, until then. */
static void query_reserved(void)
{
	struct kvmwarden_class class;
	struct kvmwarden_vm vm;

	memset(&class, 0, sizeof(class));
	class.size = sizeof(class);
	class.label.reserved = 1;
	expect_eq(call(device, KVMWARDEN_CLASS_GET, &class), -EINVAL);
	memset(&vm, 0, sizeof(vm));
	vm.size = sizeof(vm);
	vm.exe.reserved = ~0U;
	expect_eq(call(device, KVMWARDEN_VM_NEXT, &vm), -EINVAL);
}

static const struct test tests[] = {
	{ "status", query_status, false },
	{ "hooks: armed where KVM is loaded, none beyond", query_hooks, false },
	{ "classes: all, none beyond", query_classes, false },
	{ "classes: buffer for the pattern", query_cgroup, false },
	{ "VMs: iteration", query_vms, false },
	{ "VMs: what is refused", query_vm_checks, false },
	{ "texts: as much as there is room for", query_exe, true },
	{ "reserved: refused, and 0 in answers", query_reserved, false },
};

const struct suite query_suite = SUITE(tests);
