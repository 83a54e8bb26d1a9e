// SPDX-License-Identifier: GPL-2.0
/* Users and cgroups: their limits hold, and their accounts are told. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "puppet.h"
#include "uapi.h"
#include "vmm.h"
#include "warden.h"

#define TENANT	1000
#define OTHER	1001
#define MiB	(1ULL << 20)
#define CGROUPS	"/sys/fs/cgroup"

static int account_next(struct kvmwarden_account *account, uint64_t after,
			char *buf, uint32_t len)
{
	memset(account, 0, sizeof(*account));
	account->size = sizeof(*account);
	account->id = after;
	account->cgroup.address = (uintptr_t)buf;
	account->cgroup.len = len;
	return call(device, KVMWARDEN_ACCOUNT_NEXT, account);
}

/* Whose account: what is not of its level is 0, or empty. */
static bool account_find(struct kvmwarden_account *account, uint32_t level,
			 uint32_t uid, const char *class_name,
			 const char *cgroup)
{
	char path[256] = "";
	uint64_t id = 0;

	while (!account_next(account, id, path, sizeof(path))) {
		id = account->id;
		if (account->level == level && account->uid == uid &&
		    !strcmp(account->class_name, class_name) &&
		    account->cgroup.len == (*cgroup ? strlen(cgroup) + 1 : 0) &&
		    !strcmp(path, cgroup))
			return true;
		path[0] = '\0';
	}
	return false;
}

static void expect_account(uint32_t level, uint32_t uid, const char *class_name,
			   const char *cgroup, uint64_t vms, uint64_t vcpus,
			   uint64_t memory)
{
	struct kvmwarden_account account;

	if (!account_find(&account, level, uid, class_name, cgroup)) {
		expect_msg(!vms, "there is an account of level %u, %u%s%s",
			   level, uid, class_name, cgroup);
		return;
	}
	expect_eq_msg(account.used.vms, vms, "VMs of %u%s", uid, cgroup);
	expect_eq_msg(account.used.vcpus, vcpus, "vCPUs of %u%s", uid, cgroup);
	expect_eq_msg(account.used.memory, memory, "memory of %u%s", uid,
		      cgroup);
	expect_eq(account.generation, generation());
}

static unsigned int accounts(void)
{
	struct kvmwarden_account account;
	unsigned int n = 0;
	uint64_t id = 0;

	while (!account_next(&account, id, NULL, 0)) {
		expect(account.id > id);
		id = account.id;
		n++;
	}
	return n;
}

static uint64_t denied(enum kvmwarden_reason reason)
{
	struct kvmwarden_status status;

	warden_status(device, &status);
	return status.denials.denied[reason];
}

/* Root's own VM, with its vCPU, is in a class by itself. */
static void policy_init(struct warden_policy *policy)
{
	struct kvmwarden_class *class;

	warden_policy_init(policy);
	class = warden_add(policy, "ours");
	class->flags = KVMWARDEN_CLASS_MATCH_UID;
	warden_add(policy, "default");
}

#define THEIRS(policy)	((policy)->classes[1])

/*
 * VMs of one user by two processes, then vCPUs and memory in them; those of
 * another user do not matter.
 */
static void use_up(uint32_t vms_reason)
{
	struct puppet first, second, other;
	int64_t a, b, c;
	uint64_t before;

	puppet_start_as(&first, TENANT);
	puppet_start_as(&second, TENANT);
	puppet_start_as(&other, OTHER);
	before = denied(vms_reason);
	expect((a = TELL(&first, do_vm)) >= 0);
	expect((b = TELL(&second, do_vm)) >= 0);
	expect_eq(TELL(&first, do_vm), -EDQUOT);
	expect_eq(TELL(&second, do_vm), -EDQUOT);
	expect_eq(denied(vms_reason), before + 2);
	expect((c = TELL(&other, do_vm)) >= 0);
	expect(TELL(&other, do_vm) >= 0);
	expect_eq(TELL(&other, do_vm), -EDQUOT);

	before = denied(vms_reason + 1);
	expect(TELL(&first, do_vcpu, a, 0) >= 0);
	expect(TELL(&first, do_vcpu, a, 1) >= 0);
	expect(TELL(&second, do_vcpu, b, 0) >= 0);
	expect_eq(TELL(&second, do_vcpu, b, 1), -EDQUOT);
	expect_eq(TELL(&first, do_vcpu, a, 2), -EDQUOT);
	expect_eq(denied(vms_reason + 1), before + 2);
	expect(TELL(&other, do_vcpu, c, 0) >= 0);

	before = denied(vms_reason + 2);
	expect_eq(TELL(&first, do_slot, a, 0, 0, 0, MiB), 0);
	expect_eq(TELL(&second, do_slot, b, 0, 0, 0, 2 * MiB), 0);
	expect_eq(TELL(&second, do_slot, b, 1, 0, 4 * MiB, 4096), -EDQUOT);
	expect_eq(denied(vms_reason + 2), before + 1);
	expect_eq(TELL(&other, do_slot, c, 0, 0, 0, 3 * MiB), 0);
	expect_eq(TELL(&first, do_delete, a, 0), 0);
	expect_eq(TELL(&second, do_slot, b, 1, 0, 4 * MiB, MiB), 0);

	/* what one gives back is the other's to take */
	expect_eq(TELL(&first, do_close, a), 0);
	puppet_end(&first);
	puppet_start_as(&first, TENANT);
	expect(TELL(&second, do_vm) >= 0);
	expect_eq(TELL(&first, do_vm), -EDQUOT);
	puppet_end(&first);
	puppet_end(&second);
	puppet_end(&other);
	expect(eventually(only_ours));
}

static const struct kvmwarden_amounts few = { 2, 3, 3 * MiB };

/* Without the limit, what was refused there is allowed. */
static void use_freely(void)
{
	struct puppet first;
	int64_t vm;

	puppet_start_as(&first, TENANT);
	expect(TELL(&first, do_vm) >= 0);
	expect(TELL(&first, do_vm) >= 0);
	expect((vm = TELL(&first, do_vm)) >= 0);
	expect(TELL(&first, do_vcpu, vm, 0) >= 0);
	expect(TELL(&first, do_vcpu, vm, 1) >= 0);
	expect(TELL(&first, do_vcpu, vm, 2) >= 0);
	expect(TELL(&first, do_vcpu, vm, 3) >= 0);
	expect_eq(TELL(&first, do_slot, vm, 0, 0, 0, 4 * MiB), 0);
	puppet_end(&first);
	expect(eventually(only_ours));
}

static void limit_class_user(void)
{
	struct warden_policy policy;

	policy_init(&policy);
	warden_apply(device, &policy);
	use_freely();
	THEIRS(&policy).user = few;
	warden_apply(device, &policy);
	use_up(KVMWARDEN_REASON_USER_VMS);
	THEIRS(&policy).mode = KVMWARDEN_MODE_PERMISSIVE;
	warden_apply(device, &policy);
	use_freely();
}

static void limit_host_user(void)
{
	struct kvmwarden_class *class;
	struct warden_policy policy;

	policy_init(&policy);
	policy.user = few;
	warden_apply(device, &policy);
	use_up(KVMWARDEN_REASON_HOST_USER_VMS);
	/* it is for each user, not for each user in each class */
	policy.nr--;
	class = warden_add(&policy, "tenant");
	class->flags = KVMWARDEN_CLASS_MATCH_UID;
	class->uid = TENANT;
	warden_apply(device, &policy);
	use_up(KVMWARDEN_REASON_HOST_USER_VMS);
	class->mode = KVMWARDEN_MODE_OFF;
	warden_apply(device, &policy);
	use_freely();
}

static void make_cgroups(void)
{
	mkdir(CGROUPS "/kwuapi", 0755);
	mkdir(CGROUPS "/kwuapi/a", 0755);
	mkdir(CGROUPS "/kwuapi/a/deep", 0755);
	mkdir(CGROUPS "/kwuapi/b", 0755);
	if (mkdir(CGROUPS "/kwuapi-b", 0755))
		ksft_exit_fail_msg("no cgroups: %s\n", strerror(errno));
}

static void remove_cgroups(void)
{
	expect(!rmdir(CGROUPS "/kwuapi-b"));
	expect(!rmdir(CGROUPS "/kwuapi/b"));
	expect(!rmdir(CGROUPS "/kwuapi/a/deep"));
	expect(!rmdir(CGROUPS "/kwuapi/a"));
	expect(!rmdir(CGROUPS "/kwuapi"));
}

/* Start a tenant's process in a cgroup. */
static void start_in(struct puppet *puppet, const char *cgroup)
{
	char path[256], pid[16];
	int fd, len;

	puppet_start_as(puppet, TENANT);
	snprintf(path, sizeof(path), CGROUPS "%s/cgroup.procs", cgroup);
	len = snprintf(pid, sizeof(pid), "%d", puppet->pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, pid, len) != len)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	close(fd);
}

struct family {
	struct puppet a, deep, b, outside;
};

static void family_start(struct family *family)
{
	make_cgroups();
	start_in(&family->a, "/kwuapi/a");
	start_in(&family->deep, "/kwuapi/a/deep");
	start_in(&family->b, "/kwuapi/b");
	start_in(&family->outside, "/kwuapi-b");
}

static void family_end(struct family *family)
{
	puppet_end(&family->a);
	puppet_end(&family->deep);
	puppet_end(&family->b);
	puppet_end(&family->outside);
	expect(eventually(only_ours));
	remove_cgroups();
}

#define EXPECT_CGROUP(path, vms, vcpus, memory)				\
	expect_account(KVMWARDEN_LEVEL_CGROUP, 0, "", path, vms, vcpus,	\
		       memory)

static void limit_cgroup(void)
{
	struct kvmwarden_amounts *each, *all;
	struct warden_policy policy;
	struct family family;
	uint64_t before;
	int64_t a, deep;

	family_start(&family);
	policy_init(&policy);
	each = warden_add_cgroup(&policy, "/kwuapi/*");
	all = warden_add_cgroup(&policy, "/kwuapi");
	each->vms = 2;
	all->vms = 3;
	all->vcpus = 2;
	each->memory = MiB;
	warden_apply(device, &policy);
	expect_eq(accounts(), 0);

	before = denied(KVMWARDEN_REASON_CGROUP_VMS);
	expect((deep = TELL(&family.deep, do_vm)) >= 0);
	expect((a = TELL(&family.a, do_vm)) >= 0);
	/* what is below counts above; and above that */
	expect_eq(TELL(&family.a, do_vm), -EDQUOT);
	expect_eq(TELL(&family.deep, do_vm), -EDQUOT);
	expect(TELL(&family.b, do_vm) >= 0);
	expect_eq(TELL(&family.b, do_vm), -EDQUOT);
	expect_eq(denied(KVMWARDEN_REASON_CGROUP_VMS), before + 3);
	/* a name that only begins alike is another one */
	expect(TELL(&family.outside, do_vm) >= 0);
	expect(TELL(&family.outside, do_vm) >= 0);
	expect(TELL(&family.outside, do_vm) >= 0);
	EXPECT_CGROUP("/kwuapi/a", 2, 0, 0);
	EXPECT_CGROUP("/kwuapi/b", 1, 0, 0);
	EXPECT_CGROUP("/kwuapi", 3, 0, 0);
	EXPECT_CGROUP("/kwuapi/a/deep", 0, 0, 0);
	EXPECT_CGROUP("/kwuapi-b", 0, 0, 0);
	expect_eq(accounts(), 3);

	before = denied(KVMWARDEN_REASON_CGROUP_VCPUS);
	expect(TELL(&family.deep, do_vcpu, deep, 0) >= 0);
	expect(TELL(&family.a, do_vcpu, a, 0) >= 0);
	expect_eq(TELL(&family.deep, do_vcpu, deep, 1), -EDQUOT);
	expect_eq(denied(KVMWARDEN_REASON_CGROUP_VCPUS), before + 1);
	before = denied(KVMWARDEN_REASON_CGROUP_MEMORY);
	expect_eq(TELL(&family.deep, do_slot, deep, 0, 0, 0, MiB), 0);
	expect_eq(TELL(&family.a, do_slot, a, 0, 0, 0, 4096), -EDQUOT);
	expect_eq(denied(KVMWARDEN_REASON_CGROUP_MEMORY), before + 1);
	EXPECT_CGROUP("/kwuapi/a", 2, 2, MiB);
	EXPECT_CGROUP("/kwuapi", 3, 2, MiB);

	/* and with more room it is allowed */
	each->vms = 3;
	all->vms = 4;
	all->vcpus = 3;
	each->memory = MiB + 4096;
	warden_apply(device, &policy);
	EXPECT_CGROUP("/kwuapi/a", 2, 2, MiB);
	expect(TELL(&family.deep, do_vcpu, deep, 1) >= 0);
	expect_eq(TELL(&family.a, do_slot, a, 0, 0, 0, 4096), 0);
	expect(TELL(&family.a, do_vm) >= 0);
	expect_eq(TELL(&family.b, do_vm), -EDQUOT);
	EXPECT_CGROUP("/kwuapi", 4, 3, MiB + 4096);
	family_end(&family);
	expect_eq(accounts(), 0);
}

/* Of several patterns the first; and the root is a cgroup like others. */
static void limit_cgroup_first(void)
{
	struct kvmwarden_account account;
	struct warden_policy policy;
	struct family family;

	family_start(&family);
	policy_init(&policy);
	warden_add_cgroup(&policy, "/kwuapi/b")->vms = 2;
	warden_add_cgroup(&policy, "/kwuapi/**")->vms = 1;
	warden_add_cgroup(&policy, "/kwuapi/a")->vms = 50;
	/* our own is there, too */
	warden_add_cgroup(&policy, "/")->vms = 5;
	warden_apply(device, &policy);
	expect(TELL(&family.a, do_vm) >= 0);
	expect_eq(TELL(&family.a, do_vm), -EDQUOT);
	expect_eq(TELL(&family.deep, do_vm), -EDQUOT);
	expect(TELL(&family.b, do_vm) >= 0);
	expect(TELL(&family.b, do_vm) >= 0);
	expect_eq(TELL(&family.b, do_vm), -EDQUOT);
	expect(TELL(&family.outside, do_vm) >= 0);
	expect_eq(TELL(&family.outside, do_vm), -EDQUOT);
	EXPECT_CGROUP("/", 5, 1, 0);
	EXPECT_CGROUP("/kwuapi/b", 2, 0, 0);
	EXPECT_CGROUP("/kwuapi/a", 1, 0, 0);
	expect(account_find(&account, KVMWARDEN_LEVEL_CGROUP, 0, "",
			    "/kwuapi/a"));
	expect_eq(account.limit.vms, 1);
	expect_eq(account.limit.vcpus, KVMWARDEN_UNLIMITED);
	family_end(&family);
}

static void query_levels(void)
{
	struct kvmwarden_account account;
	struct warden_policy policy;
	struct family family;
	struct puppet other;
	int64_t vm;

	family_start(&family);
	puppet_start_as(&other, OTHER);
	policy_init(&policy);
	THEIRS(&policy).user.vms = 40;
	policy.user.vcpus = 41;
	warden_add_cgroup(&policy, "/kwuapi/*")->memory = 42 * MiB;
	warden_apply(device, &policy);
	/* of ours, which is in a class without such limits */
	expect_eq(accounts(), 1);
	expect_account(KVMWARDEN_LEVEL_HOST_USER, 0, "", "", 1, 1, 0);

	expect((vm = TELL(&family.a, do_vm)) >= 0);
	expect(TELL(&family.a, do_vcpu, vm, 0) >= 0);
	expect_eq(TELL(&family.a, do_slot, vm, 0, 0, 0, MiB), 0);
	expect(TELL(&family.b, do_vm) >= 0);
	expect(TELL(&other, do_vm) >= 0);
	expect_eq(accounts(), 7);
	expect_account(KVMWARDEN_LEVEL_USER, TENANT, "default", "", 2, 1, MiB);
	expect_account(KVMWARDEN_LEVEL_USER, OTHER, "default", "", 1, 0, 0);
	expect_account(KVMWARDEN_LEVEL_HOST_USER, TENANT, "", "", 2, 1, MiB);
	expect_account(KVMWARDEN_LEVEL_HOST_USER, OTHER, "", "", 1, 0, 0);
	EXPECT_CGROUP("/kwuapi/a", 1, 1, MiB);
	EXPECT_CGROUP("/kwuapi/b", 1, 0, 0);
	expect(account_find(&account, KVMWARDEN_LEVEL_USER, TENANT, "default",
			    ""));
	expect_eq(account.limit.vms, 40);
	expect_eq(account.limit.vcpus, KVMWARDEN_UNLIMITED);
	expect(account_find(&account, KVMWARDEN_LEVEL_HOST_USER, OTHER, "", ""));
	expect_eq(account.limit.vcpus, 41);
	expect(account_find(&account, KVMWARDEN_LEVEL_CGROUP, 0, "",
			    "/kwuapi/b"));
	expect_eq(account.limit.memory, 42 * MiB);

	/* they go with their last VM, those of others stay */
	puppet_end(&other);
	puppet_end(&family.a);
	puppet_start(&other);
	puppet_start(&family.a);
	expect_account(KVMWARDEN_LEVEL_USER, TENANT, "default", "", 1, 0, 0);
	EXPECT_CGROUP("/kwuapi/b", 1, 0, 0);
	EXPECT_CGROUP("/kwuapi/a", 0, 0, 0);
	expect_eq(accounts(), 4);
	puppet_end(&other);
	family_end(&family);
	expect_eq(accounts(), 1);
}

static void query_ids(void)
{
	struct kvmwarden_account account;
	struct warden_policy policy;
	struct puppet tenant;
	uint64_t first, last;

	policy_init(&policy);
	policy.user.vms = 10;
	warden_apply(device, &policy);
	puppet_start_as(&tenant, TENANT);
	expect(TELL(&tenant, do_vm) >= 0);
	expect_eq(accounts(), 2);
	expect_eq(account_next(&account, 0, NULL, 0), 0);
	first = account.id;
	expect_eq(account_next(&account, first, NULL, 0), 0);
	last = account.id;
	expect_eq(account_next(&account, first - 1, NULL, 0), 0);
	expect_eq(account.id, first);
	expect_eq(account_next(&account, last, NULL, 0), -ENOENT);
	expect_eq(account_next(&account, ~0ULL, NULL, 0), -ENOENT);
	expect_eq(account.id, ~0ULL);

	/* all others in the next ruleset, and none without limits */
	warden_apply(device, &policy);
	expect_eq(account_next(&account, 0, NULL, 0), 0);
	expect(account.id > last);
	expect_eq(account.generation, generation());
	expect_eq(accounts(), 2);
	policy.user.vms = KVMWARDEN_UNLIMITED;
	warden_apply(device, &policy);
	expect_eq(accounts(), 0);
	puppet_end(&tenant);
}

static void query_buffer(void)
{
	static const char path[] = "/kwuapi/a/deep";
	struct kvmwarden_account account;
	struct warden_policy policy;
	struct family family;
	char buf[64];
	uint32_t len;

	family_start(&family);
	policy_init(&policy);
	warden_add_cgroup(&policy, "/**/deep")->vms = 10;
	warden_apply(device, &policy);
	expect(TELL(&family.deep, do_vm) >= 0);
	for (len = 0; len < sizeof(buf); len++) {
		uint32_t fits = len < sizeof(path) ? len : sizeof(path);

		memset(buf, 'X', sizeof(buf));
		expect_eq(account_next(&account, 0, buf, len), 0);
		expect_eq(account.cgroup.len, sizeof(path));
		expect_msg(!memcmp(buf, path, fits), "%u bytes right", len);
		expect_msg(buf[fits] == 'X', "not more than %u bytes", len);
	}
	expect_eq(account_next(&account, 0, NULL, ~0U), 0);
	expect_eq(account.cgroup.len, sizeof(path));
	expect_eq(account_next(&account, 0, (char *)1, 1), -EFAULT);
	expect_eq(account_next(&account, 0, (char *)~0UL, 100), -EFAULT);
	expect_eq(account_next(&account, 0, (char *)1, 0), 0);

	memset(&account, 0, sizeof(account));
	account.size = sizeof(account);
	account.reserved = 1;
	expect_eq(call(device, KVMWARDEN_ACCOUNT_NEXT, &account), -EINVAL);
	account.reserved = 0;
	account.cgroup.reserved = 1;
	expect_eq(call(device, KVMWARDEN_ACCOUNT_NEXT, &account), -EINVAL);
	/* what is in the fields of the answer beforehand has no meaning */
	memset(&account, 0xff, sizeof(account));
	account.size = sizeof(account);
	account.id = 0;
	account.reserved = 0;
	memset(&account.cgroup, 0, sizeof(account.cgroup));
	expect_eq(call(device, KVMWARDEN_ACCOUNT_NEXT, &account), 0);
	expect_eq(account.level, KVMWARDEN_LEVEL_CGROUP);
	expect_eq(account.uid, 0);
	expect(!account.class_name[0]);
	expect_eq(account.used.vms, 1);
	expect_eq(account.limit.vms, 10);
	family_end(&family);
}

static const struct test tests[] = {
	{ "limits on users of a class", limit_class_user, true },
	{ "limits on users of the host", limit_host_user, true },
	{ "limits on cgroups: each one above counts", limit_cgroup, true },
	{ "limits on cgroups: the first that matches", limit_cgroup_first,
	  true },
	{ "accounts: of each level, as long as there are VMs", query_levels,
	  true },
	{ "accounts: iteration", query_ids, true },
	{ "accounts: buffer for the path, what is refused", query_buffer,
	  true },
};

const struct suite account_suite = SUITE(tests);
