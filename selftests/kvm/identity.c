// SPDX-License-Identifier: GPL-2.0
/*
 * Whose VM it is: that of the process that created it, as the host sees it,
 * and for good.
 *
 * Called with "hold", it is what a process becomes that runs something else.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest.h"
#include "fixture.h"
#include "vmm.h"

#define CGROUPS		"/sys/fs/cgroup"

static void limit_user(uint32_t uid, uint64_t vms)
{
	struct warden_policy policy;

	warden_policy_init(&policy);
	add_user(&policy, "tenant", uid)->total.vms = vms;
	warden_apply(warden, &policy);
}

/* To be root, but only there. */
static int64_t do_user_namespace(const int64_t *args)
{
	char map[64];
	int err;

	if (unshare(CLONE_NEWUSER))
		return -errno;
	snprintf(map, sizeof(map), "0 %d 1", (int)args[0]);
	err = put_file("/proc/self/uid_map", map);
	if (!err)
		err = put_file("/proc/self/setgroups", "deny");
	if (!err)
		err = put_file("/proc/self/gid_map", map);
	return err;
}

static int64_t do_getuid(const int64_t *args)
{
	(void)args;
	return getuid();
}

static void user_namespace(void)
{
	struct kvmwarden_vm record;
	struct puppet tenant;

	limit_user(TENANT, 1);
	puppet_start_as(&tenant, TENANT);
	EQUAL(TELL(&tenant, do_user_namespace, TENANT), 0);
	EQUAL(TELL(&tenant, do_getuid), 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	EQUAL(warden_vm(warden, tenant.pid, &record), 0);
	EQUAL(record.uid, TENANT);
	EQUAL(record.gid, TENANT);
	CHECK(!strcmp(record.class_name, "tenant"));
	CLASS_USED("tenant", 1, 0, 0);
	puppet_end(&tenant);
}

static int64_t do_unshare_user(const int64_t *args)
{
	(void)args;
	return unshare(CLONE_NEWUSER) ? -errno : 0;
}

static int64_t do_become_root(const int64_t *args)
{
	(void)args;
	return setresuid(0, 0, 0) ? -errno : 0;
}

/* As newuidmap lets users do: to be somebody else on the host. */
static void subordinate_uid(void)
{
	struct kvmwarden_vm record;
	struct puppet tenant;
	char path[64];

	limit_user(TENANT, 1);
	puppet_start_as(&tenant, TENANT);
	EQUAL(TELL(&tenant, do_unshare_user), 0);
	snprintf(path, sizeof(path), "/proc/%d/uid_map", tenant.pid);
	EQUAL(put_file(path, "0 100000 1"), 0);
	EQUAL(TELL(&tenant, do_become_root), 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	EQUAL(warden_vm(warden, tenant.pid, &record), 0);
	EQUAL(record.uid, 100000);
	CHECK(!strcmp(record.class_name, "tenant"));
	puppet_end(&tenant);

	/* without the namespace it is not the tenant */
	puppet_start_as(&tenant, 100000);
	CHECK(TELL(&tenant, do_vm) >= 0);
	EQUAL(warden_vm(warden, tenant.pid, &record), 0);
	CHECK(!strcmp(record.class_name, "default"));
	puppet_end(&tenant);
}

static void not_root_of_host(void)
{
	struct warden_policy policy;
	struct puppet tenant;

	/* root's class is not for those who are root in their namespace */
	warden_policy_init(&policy);
	add_user(&policy, "root", 0);
	warden_add(&policy, "default")->total.vms = 0;
	warden_apply(warden, &policy);
	puppet_start_as(&tenant, TENANT);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	EQUAL(TELL(&tenant, do_user_namespace, TENANT), 0);
	EQUAL(TELL(&tenant, do_getuid), 0);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	CLASS_USED("root", 0, 0, 0);
	puppet_end(&tenant);

	puppet_start(&tenant);
	CHECK(TELL(&tenant, do_vm) >= 0);
	CLASS_USED("root", 1, 0, 0);
	puppet_end(&tenant);
}

static void passed_on(void)
{
	struct puppet tenant, other;
	struct kvmwarden_vm record;
	int64_t vm, copy;

	limit_user(TENANT, 1);
	puppet_start_as(&tenant, TENANT);
	puppet_start(&other);
	CHECK((vm = TELL(&tenant, do_vm)) >= 0);
	EQUAL(TELL(&tenant, do_slot, vm, 0, 0, 0, MiB), 0);
	CHECK((copy = TELL(&other, do_get_fd, tenant.pid, vm)) >= 0);
	EQUAL(TELL(&other, do_uid, OTHER), 0);
	/* KVM's own rule */
	EQUAL(TELL(&other, do_slot, copy, 1, 0, GiB, MiB), -EIO);
	EQUAL(TELL(&other, do_vcpu, copy, 0), -EIO);
	CLASS_USED("tenant", 1, 0, MiB);
	CLASS_USED("default", 0, 0, 0);

	/* whoever keeps it alive keeps it charged to whom it was */
	puppet_end(&tenant);
	CLASS_USED("tenant", 1, 0, MiB);
	EQUAL(warden_vm(warden, tenant.pid, &record), 0);
	EQUAL(record.uid, TENANT);
	puppet_start_as(&tenant, TENANT);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	EQUAL(TELL(&other, do_close, copy), 0);
	CLASS_USED("tenant", 0, 0, 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	puppet_end(&tenant);
	puppet_end(&other);
}

/* A VM, and a child that runs something else with it open until told to end. */
static int64_t do_exec(const int64_t *args)
{
	int vm = vmm_vm(kvm), ready[2], hold[2];
	char byte;
	pid_t pid;

	(void)args;
	if (vm < 0 || pipe(ready) || pipe(hold))
		return -errno;
	fcntl(vm, F_SETFD, 0);
	pid = fork();
	if (!pid) {
		dup2(hold[0], STDIN_FILENO);
		close(hold[0]);
		close(hold[1]);
		dup2(ready[1], STDOUT_FILENO);
		close(ready[0]);
		close(ready[1]);
		execl("/proc/self/exe", "hold", "hold", NULL);
		_exit(1);
	}
	close(vm);
	close(ready[1]);
	if (pid < 0 || read(ready[0], &byte, 1) != 1)
		return -ECHILD;
	return hold[1];
}

static int hold(void)
{
	char byte = 'r';

	if (write(STDOUT_FILENO, &byte, 1) != 1)
		return 1;
	return read(STDIN_FILENO, &byte, 1) != 0;
}

static void forked_and_executed(void)
{
	struct kvmwarden_vm record;
	struct puppet tenant;
	int64_t end;

	limit_user(TENANT, 1);
	puppet_start_as(&tenant, TENANT);
	CHECK((end = TELL(&tenant, do_exec)) >= 0);
	/* only another program has it open */
	USED(1, 0, 0);
	CLASS_USED("tenant", 1, 0, 0);
	EQUAL(warden_vm(warden, tenant.pid, &record), 0);
	CHECK(!strcmp(record.comm, "identity"));
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	EQUAL(TELL(&tenant, do_close, end), 0);
	CHECK(eventually_unused());
	CHECK(TELL(&tenant, do_vm) >= 0);
	puppet_end(&tenant);
}

static void other_user_later(void)
{
	struct warden_policy policy;
	struct kvmwarden_vm record;
	struct puppet tenant;
	int64_t vm;

	warden_policy_init(&policy);
	add_user(&policy, "root", 0)->vm.of[KVMWARDEN_LIMIT_MEMORY] = MiB;
	add_user(&policy, "tenant", TENANT)->total.vms = 0;
	warden_apply(warden, &policy);
	puppet_start(&tenant);
	CHECK((vm = TELL(&tenant, do_vm)) >= 0);
	EQUAL(TELL(&tenant, do_slot, vm, 0, 0, 0, MiB), 0);
	EQUAL(TELL(&tenant, do_uid, TENANT), 0);
	/* what there is stays root's, with root's limits; what is new is not */
	EQUAL(TELL(&tenant, do_slot, vm, 1, 0, GiB, VMM_PAGE), -EDQUOT);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	CHECK(TELL(&tenant, do_vcpu, vm, 0) >= 0);
	CLASS_USED("root", 1, 1, MiB);
	CLASS_USED("tenant", 0, 0, 0);
	/* also for a ruleset that comes later */
	policy.classes[0].vm.of[KVMWARDEN_LIMIT_MEMORY] = 2 * MiB;
	warden_apply(warden, &policy);
	CLASS_USED("root", 1, 1, MiB);
	EQUAL(TELL(&tenant, do_slot, vm, 1, 0, GiB, MiB), 0);
	EQUAL(warden_vm(warden, tenant.pid, &record), 0);
	EQUAL(record.uid, 0);
	puppet_end(&tenant);
}

static int64_t do_seteuid(const int64_t *args)
{
	return setresuid(args[0], args[1], args[2]) ? -errno : 0;
}

/* An effective user id is easily borrowed; whose process it is does count. */
static void real_user(void)
{
	struct kvmwarden_vm record;
	struct puppet tenant;

	limit_user(TENANT, 1);
	puppet_start(&tenant);
	EQUAL(TELL(&tenant, do_seteuid, TENANT, 0, 0), 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	EQUAL(warden_vm(warden, tenant.pid, &record), 0);
	EQUAL(record.uid, TENANT);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	puppet_end(&tenant);
}

static int move_to(pid_t pid, const char *cgroup)
{
	char path[256], id[16];

	snprintf(path, sizeof(path), CGROUPS "%s/cgroup.procs", cgroup);
	snprintf(id, sizeof(id), "%d", pid);
	return put_file(path, id);
}

static bool has_cgroup(const struct puppet *puppet, const char *cgroup)
{
	struct kvmwarden_vm record, again;
	char path[256] = "";

	if (!EQUAL(warden_vm(warden, puppet->pid, &record), 0))
		return false;
	memset(&again, 0, sizeof(again));
	again.size = sizeof(again);
	again.id = record.id - 1;
	again.cgroup.address = (uintptr_t)path;
	again.cgroup.len = sizeof(path);
	EQUAL(ioctl(warden, KVMWARDEN_VM_NEXT, &again), 0);
	EQUAL(again.cgroup.len, strlen(cgroup) + 1);
	return !strcmp(path, cgroup);
}

static void add_cgroup(struct warden_policy *policy, const char *name,
		       const char *pattern, uint64_t vms)
{
	struct kvmwarden_class *class = warden_add(policy, name);

	policy->cgroups[policy->nr - 1] = pattern;
	class->flags = KVMWARDEN_CLASS_MATCH_CGROUP;
	class->total.vms = vms;
}

static void make_cgroups(void)
{
	mkdir(CGROUPS "/kwtest", 0755);
	mkdir(CGROUPS "/kwtest/a", 0755);
	mkdir(CGROUPS "/kwtest/a/deep", 0755);
	CHECK(!mkdir(CGROUPS "/kwtest-b", 0755));
}

static void remove_cgroups(void)
{
	CHECK(!rmdir(CGROUPS "/kwtest-b"));
	CHECK(!rmdir(CGROUPS "/kwtest/a/deep"));
	CHECK(!rmdir(CGROUPS "/kwtest/a"));
	CHECK(!rmdir(CGROUPS "/kwtest"));
}

static void by_cgroup(void)
{
	struct puppet inside, deep, outside;
	struct warden_policy policy;

	if (access(CGROUPS "/cgroup.procs", W_OK)) {
		skip("no cgroup2 at " CGROUPS);
		return;
	}
	make_cgroups();
	warden_policy_init(&policy);
	add_cgroup(&policy, "kwtest", "/kwtest/*", 1);
	add_cgroup(&policy, "deep", "/kwtest/**", 1);
	warden_apply(warden, &policy);

	puppet_start_as(&inside, TENANT);
	puppet_start_as(&deep, TENANT);
	puppet_start_as(&outside, TENANT);
	EQUAL(move_to(inside.pid, "/kwtest/a"), 0);
	EQUAL(move_to(deep.pid, "/kwtest/a/deep"), 0);
	EQUAL(move_to(outside.pid, "/kwtest-b"), 0);
	CHECK(TELL(&inside, do_vm) >= 0);
	EQUAL(TELL(&inside, do_vm), -EDQUOT);
	CHECK(TELL(&deep, do_vm) >= 0);
	EQUAL(TELL(&deep, do_vm), -EDQUOT);
	CHECK(TELL(&outside, do_vm) >= 0);
	CHECK(TELL(&outside, do_vm) >= 0);
	CLASS_USED("kwtest", 1, 0, 0);
	CLASS_USED("deep", 1, 0, 0);
	CLASS_USED("default", 2, 0, 0);
	CHECK(has_cgroup(&inside, "/kwtest/a"));
	CHECK(has_cgroup(&deep, "/kwtest/a/deep"));
	CHECK(has_cgroup(&outside, "/kwtest-b"));

	/* wherever its creator goes, the VM stays where it was born */
	EQUAL(move_to(inside.pid, "/kwtest-b"), 0);
	CLASS_USED("kwtest", 1, 0, 0);
	CHECK(has_cgroup(&inside, "/kwtest/a"));
	warden_apply(warden, &policy);
	CLASS_USED("kwtest", 1, 0, 0);
	EQUAL(move_to(outside.pid, "/kwtest/a"), 0);
	EQUAL(TELL(&outside, do_vm), -EDQUOT);
	CLASS_USED("default", 2, 0, 0);
	puppet_end(&inside);
	puppet_end(&deep);
	puppet_end(&outside);
	CHECK(eventually_unused());
	remove_cgroups();
}

static const struct test tests[] = {
	{ "a user namespace hides no user", user_namespace },
	{ "nor does a subordinate user id", subordinate_uid },
	{ "root there is not root here", not_root_of_host },
	{ "a VM passed on stays where it was charged", passed_on },
	{ "and so does one that a child runs off with", forked_and_executed },
	{ "and one of who becomes another user", other_user_later },
	{ "it is the real user who counts", real_user },
	{ "a class by cgroup", by_cgroup },
};

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "hold"))
		return hold();
	return fixture_main(tests, ARRAY_SIZE(tests));
}
