// SPDX-License-Identifier: GPL-2.0
/*
 * What each criterion of a class takes and what it does not, and what becomes of
 * those who would rather be somebody else.
 *
 * Which class a VM is in is asked anew at every commit, by what was recorded
 * when it was created: so one VM is enough to try many criteria.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest.h"
#include "fixture.h"
#include "vmm.h"

#define CGROUPS		"/sys/fs/cgroup"
#define SUBORDINATE	100000
#define GROUP		2000
#define PROFILE		"kwmatch"
#define COMPLAINING	"kwmatch-complains"

static bool takes(const struct puppet *puppet, struct warden_policy *policy)
{
	struct warden_record record;

	warden_apply(warden, policy);
	return EQUAL(warden_newest(warden, puppet->pid, &record), 0) &&
	       !strcmp(record.vm.class_name, "matching");
}

static struct kvmwarden_class *one_class(struct warden_policy *policy,
					 uint32_t criteria)
{
	struct kvmwarden_class *class;

	warden_policy_init(policy);
	class = warden_add(policy, "matching");
	class->flags = criteria;
	return class;
}

static bool is_user(const struct puppet *puppet, uint32_t uid)
{
	struct warden_policy policy;

	one_class(&policy, KVMWARDEN_CLASS_MATCH_UID)->uid = uid;
	return takes(puppet, &policy);
}

static bool in_group(const struct puppet *puppet, uint32_t gid)
{
	struct warden_policy policy;

	one_class(&policy, KVMWARDEN_CLASS_MATCH_GID)->gid = gid;
	return takes(puppet, &policy);
}

static bool in_cgroup(const struct puppet *puppet, const char *pattern)
{
	struct warden_policy policy;

	one_class(&policy, KVMWARDEN_CLASS_MATCH_CGROUP);
	policy.cgroups[0] = pattern;
	return takes(puppet, &policy);
}

static bool has_label(const struct puppet *puppet, const char *pattern)
{
	struct warden_policy policy;

	one_class(&policy, KVMWARDEN_CLASS_MATCH_LABEL);
	policy.labels[0] = pattern;
	return takes(puppet, &policy);
}

static int64_t do_unshare(const int64_t *args)
{
	if (unshare(args[0]))
		return -errno;
	prctl(PR_SET_DUMPABLE, 1);
	return 0;
}

static int64_t do_ids(const int64_t *args)
{
	if (setgroups(0, NULL) || setresgid(args[1], args[1], args[1]) ||
	    setresuid(args[0], args[0], args[0]))
		return -errno;
	prctl(PR_SET_DUMPABLE, 1);
	return 0;
}

/* As newuidmap and newgidmap do for those whom they may. */
static void map_root(const struct puppet *puppet, uint32_t id)
{
	char path[64], map[64];

	snprintf(map, sizeof(map), "0 %u 1", id);
	snprintf(path, sizeof(path), "/proc/%d/uid_map", puppet->pid);
	EQUAL(put_file(path, map), 0);
	snprintf(path, sizeof(path), "/proc/%d/gid_map", puppet->pid);
	EQUAL(put_file(path, map), 0);
}

static void users(void)
{
	struct puppet tenant;

	puppet_start_as(&tenant, TENANT);
	CHECK(TELL(&tenant, do_vm) >= 0);
	CHECK(is_user(&tenant, TENANT));
	CHECK(!is_user(&tenant, OTHER));
	CHECK(!is_user(&tenant, 0));
	puppet_end(&tenant);
}

static void user_namespaces(void)
{
	struct puppet tenant;

	puppet_start_as(&tenant, TENANT);
	EQUAL(TELL(&tenant, do_unshare, CLONE_NEWUSER), 0);
	map_root(&tenant, SUBORDINATE);
	EQUAL(TELL(&tenant, do_ids, 0, 0), 0);
	/* and again, by somebody who has nothing to do with the tenant */
	EQUAL(TELL(&tenant, do_unshare, CLONE_NEWUSER), 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	CHECK(is_user(&tenant, TENANT));
	CHECK(is_user(&tenant, SUBORDINATE));
	CHECK(!is_user(&tenant, OTHER));
	CHECK(!is_user(&tenant, 0));
	CHECK(in_group(&tenant, TENANT));
	CHECK(in_group(&tenant, SUBORDINATE));
	CHECK(!in_group(&tenant, 0));
	puppet_end(&tenant);
}

static void namespaces_of_root(void)
{
	struct puppet tenant;

	puppet_start(&tenant);
	EQUAL(TELL(&tenant, do_unshare, CLONE_NEWUSER), 0);
	map_root(&tenant, SUBORDINATE);
	EQUAL(TELL(&tenant, do_ids, 0, 0), 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	CHECK(is_user(&tenant, SUBORDINATE));
	CHECK(!is_user(&tenant, 0));
	CHECK(!in_group(&tenant, 0));
	puppet_end(&tenant);
}

/* Before and after: whatever comes of it, it is the same class's. */
static void namespace_later(void)
{
	struct warden_policy policy;
	struct puppet tenant;
	int64_t vm;

	warden_policy_init(&policy);
	add_user(&policy, "tenant", TENANT)->total.vms = 2;
	warden_apply(warden, &policy);
	puppet_start_as(&tenant, TENANT);
	CHECK((vm = TELL(&tenant, do_vm)) >= 0);
	EQUAL(TELL(&tenant, do_unshare, CLONE_NEWUSER), 0);
	CLASS_OF(tenant.pid, "tenant");
	CHECK(TELL(&tenant, do_vcpu, vm, 0) >= 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	CLASS_OF(tenant.pid, "tenant");
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	map_root(&tenant, SUBORDINATE);
	EQUAL(TELL(&tenant, do_ids, 0, 0), 0);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	CLASS_USED("tenant", 2, 1, 0);
	CLASS_USED("default", 0, 0, 0);
	puppet_end(&tenant);
}

/* Supplementary groups: each step-th from first on. */
static int64_t do_groups(const int64_t *args)
{
	gid_t groups[128];
	int64_t i;

	for (i = 0; i < args[2]; i++)
		/* in no order at all */
		groups[i * 37 % args[2]] = args[3] + i * args[4];
	if (setgroups(args[2], groups) || setresgid(args[0], args[1], args[1]))
		return -errno;
	return 0;
}

static void groups(void)
{
	struct puppet tenant;
	unsigned int i;

	puppet_start(&tenant);
	EQUAL(TELL(&tenant, do_groups, GROUP, GROUP + 1, 100, 3000, 2), 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	CHECK(in_group(&tenant, GROUP));
	CHECK(in_group(&tenant, GROUP + 1));
	CHECK(!in_group(&tenant, 0));
	CHECK(!in_group(&tenant, GROUP - 1));
	for (i = 0; i < 100; i += 9) {
		CHECK(in_group(&tenant, 3000 + i * 2));
		CHECK(!in_group(&tenant, 3000 + i * 2 + 1));
	}
	CHECK(in_group(&tenant, 3198));
	CHECK(!in_group(&tenant, 2999));
	CHECK(!in_group(&tenant, 3200));
	puppet_end(&tenant);
}

static int64_t do_no_groups(const int64_t *args)
{
	(void)args;
	return setgroups(0, NULL) ? -errno : 0;
}

/*
 * What a group is given, who leaves it loses. What is kept from a group is not
 * kept from who leaves it, be it only for a namespace: that is for users.
 */
static void groups_left(void)
{
	struct puppet tenant;

	puppet_start(&tenant);
	EQUAL(TELL(&tenant, do_groups, GROUP, GROUP, 1, 3000, 1), 0);
	EQUAL(TELL(&tenant, do_unshare, CLONE_NEWUSER), 0);
	map_root(&tenant, SUBORDINATE);
	EQUAL(TELL(&tenant, do_no_groups), 0);
	EQUAL(TELL(&tenant, do_ids, 0, 0), 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	CHECK(!in_group(&tenant, 3000));
	/* nor is this namespace's group anybody's, for it is root's */
	CHECK(!in_group(&tenant, GROUP));
	puppet_end(&tenant);

	puppet_start(&tenant);
	EQUAL(TELL(&tenant, do_ids, TENANT, GROUP), 0);
	EQUAL(TELL(&tenant, do_unshare, CLONE_NEWUSER), 0);
	map_root(&tenant, SUBORDINATE);
	EQUAL(TELL(&tenant, do_ids, 0, 0), 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	CHECK(in_group(&tenant, GROUP));
	CHECK(is_user(&tenant, TENANT));
	puppet_end(&tenant);
}

static int move_to(pid_t pid, const char *cgroup)
{
	char path[256], id[16];

	snprintf(path, sizeof(path), CGROUPS "%s/cgroup.procs", cgroup);
	snprintf(id, sizeof(id), "%d", pid);
	return put_file(path, id);
}

static void try_patterns(const struct puppet *puppet)
{
	static const struct {
		const char *pattern;
		bool takes;
	} tries[] = {
		{ "/kwmatch/a.slice/machine-qemu-1.scope", true },
		{ "/kwmatch/a.slice/machine-qemu*", true },
		{ "/kwmatch/a.slice/*", true },
		{ "/kwmatch/*/machine-qemu-?.scope", true },
		{ "/kwmatch/**", true },
		{ "/**", true },
		{ "/**.scope", true },
		{ "/kwmatch/**/machine-qemu-1.scope", true },
		{ "/kwmatch", false },
		{ "/kwmatch/", false },
		{ "/kwmatch/*", false },
		{ "/kwmatch/a.slice", false },
		{ "/kwmatch/a.slice/machine-qemu-1", false },
		{ "/kwmatch/a.slice/machine-qemu-1.scope/*", false },
		{ "/kwmatch/a.slice/machine-qemu-1.scope/**", false },
		{ "/kwmatch?a.slice/machine-qemu-1.scope", false },
		{ "/a.slice/**", false },
		{ "/machine-qemu*", false },
		{ "/*", false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tries); i++)
		if (in_cgroup(puppet, tries[i].pattern) != tries[i].takes)
			CHECK(!tries[i].pattern);
}

static void cgroups(void)
{
	static const char * const paths[] = {
		CGROUPS "/kwmatch",
		CGROUPS "/kwmatch/a.slice",
		CGROUPS "/kwmatch/a.slice/machine-qemu-1.scope",
	};
	struct warden_record record;
	struct puppet tenant;
	unsigned int i;
	int64_t vm;

	if (access(CGROUPS "/cgroup.procs", W_OK)) {
		skip("no cgroup2 at " CGROUPS);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		CHECK(!mkdir(paths[i], 0755));
	puppet_start(&tenant);
	EQUAL(move_to(tenant.pid, "/kwmatch/a.slice/machine-qemu-1.scope"), 0);
	CHECK((vm = TELL(&tenant, do_vm)) >= 0);
	try_patterns(&tenant);

	/* the whole path all the same */
	EQUAL(TELL(&tenant, do_unshare, CLONE_NEWCGROUP), 0);
	EQUAL(TELL(&tenant, do_close, vm), 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	EQUAL(warden_newest(warden, tenant.pid, &record), 0);
	CHECK(!strcmp(record.cgroup, "/kwmatch/a.slice/machine-qemu-1.scope"));
	/* where it was born */
	EQUAL(move_to(tenant.pid, "/kwmatch"), 0);
	CHECK(in_cgroup(&tenant, "/kwmatch/a.slice/*"));
	CHECK(!in_cgroup(&tenant, "/kwmatch"));
	puppet_end(&tenant);
	CHECK(eventually_unused());
	for (i = ARRAY_SIZE(paths); i--; )
		CHECK(!rmdir(paths[i]));
}

#define DEEP	20

/* A part of it could match what the whole would not: better no VM. */
static void cgroup_too_deep(void)
{
	struct warden_policy policy;
	struct puppet tenant;
	char name[251], pid[16];
	int i, here;

	if (access(CGROUPS "/cgroup.procs", W_OK)) {
		skip("no cgroup2 at " CGROUPS);
		return;
	}
	here = open(".", O_PATH | O_CLOEXEC);
	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	one_class(&policy, KVMWARDEN_CLASS_MATCH_CGROUP);
	policy.cgroups[0] = "/**";
	warden_apply(warden, &policy);
	puppet_start(&tenant);
	snprintf(pid, sizeof(pid), "%d", tenant.pid);
	CHECK(!chdir(CGROUPS));
	for (i = 0; i < DEEP; i++)
		CHECK(!mkdir(name, 0755) && !chdir(name));
	EQUAL(put_file("cgroup.procs", pid), 0);
	EQUAL(TELL(&tenant, do_vm), -ENOMEM);
	EQUAL(put_file(CGROUPS "/cgroup.procs", pid), 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	puppet_end(&tenant);
	for (i = 0; i < DEEP; i++)
		CHECK(!chdir("..") && !rmdir(name));
	CHECK(!fchdir(here));
	close(here);
}

static void all_must_hold(void)
{
	struct kvmwarden_class *class;
	struct warden_policy policy;
	struct puppet tenant;

	puppet_start(&tenant);
	EQUAL(TELL(&tenant, do_ids, TENANT, GROUP), 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	class = one_class(&policy, KVMWARDEN_CLASS_MATCH_UID |
			  KVMWARDEN_CLASS_MATCH_GID |
			  KVMWARDEN_CLASS_MATCH_CGROUP |
			  KVMWARDEN_CLASS_MATCH_EXE);
	class->uid = TENANT;
	class->gid = GROUP;
	policy.cgroups[0] = "/**";
	policy.exes[0] = "/proc/self/exe";
	CHECK(takes(&tenant, &policy));
	class->uid = OTHER;
	CHECK(!takes(&tenant, &policy));
	class->uid = TENANT;
	class->gid = GROUP + 1;
	CHECK(!takes(&tenant, &policy));
	class->gid = GROUP;
	policy.cgroups[0] = "/nowhere/**";
	CHECK(!takes(&tenant, &policy));
	policy.cgroups[0] = "/**";
	policy.exes[0] = "/bin/sh";
	CHECK(!takes(&tenant, &policy));
	policy.exes[0] = "/proc/self/exe";
	CHECK(takes(&tenant, &policy));
	puppet_end(&tenant);
}

static void first_wins(void)
{
	struct kvmwarden_class *class;
	struct warden_policy policy;
	struct puppet tenant;

	warden_policy_init(&policy);
	add_user(&policy, "other", OTHER);
	class = warden_add(&policy, "group");
	class->flags = KVMWARDEN_CLASS_MATCH_GID;
	class->gid = TENANT;
	class = warden_add(&policy, "everywhere");
	class->flags = KVMWARDEN_CLASS_MATCH_CGROUP;
	policy.cgroups[2] = "/**";
	add_user(&policy, "tenant", TENANT);
	warden_apply(warden, &policy);
	puppet_start_as(&tenant, TENANT);
	CHECK(TELL(&tenant, do_vm) >= 0);
	CLASS_OF(tenant.pid, "group");
	policy.classes[1].gid = OTHER;
	warden_apply(warden, &policy);
	CLASS_OF(tenant.pid, "everywhere");
	policy.cgroups[2] = "/nowhere/**";
	warden_apply(warden, &policy);
	CLASS_OF(tenant.pid, "tenant");
	policy.classes[3].uid = OTHER;
	warden_apply(warden, &policy);
	CLASS_OF(tenant.pid, "default");
	puppet_end(&tenant);
}

static int64_t do_receive(const int64_t *args)
{
	return receive_fd(args[0]);
}

static int64_t do_send(const int64_t *args)
{
	return send_fd(args[0], args[1]);
}

static int64_t do_pair(const int64_t *args)
{
	int wire[2];

	(void)args;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wire))
		return -errno;
	return (int64_t)wire[0] << 32 | wire[1];
}

static int64_t do_open_kvm(const int64_t *args)
{
	(void)args;
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	return kvm < 0 ? -errno : kvm;
}

static int64_t do_use_kvm(const int64_t *args)
{
	kvm = args[0];
	return 0;
}

/* Whoever opened the device, who creates a VM is who pays for it. */
static void device_passed_on(void)
{
	struct puppet root, tenant;
	struct warden_policy policy;
	int64_t pair, fd, there;

	warden_policy_init(&policy);
	add_user(&policy, "root", 0);
	add_user(&policy, "tenant", TENANT)->total.vms = 1;
	warden_apply(warden, &policy);
	puppet_start(&root);
	puppet_start(&tenant);
	CHECK((fd = TELL(&root, do_open_kvm)) >= 0);
	CHECK((pair = TELL(&root, do_pair)) >= 0);
	CHECK((there = TELL(&tenant, do_get_fd, root.pid,
			    pair & 0xffffffff)) >= 0);
	EQUAL(TELL(&tenant, do_uid, TENANT), 0);
	EQUAL(TELL(&root, do_send, pair >> 32, fd), 0);
	CHECK((fd = TELL(&tenant, do_receive, there)) >= 0);
	EQUAL(TELL(&tenant, do_use_kvm, fd), 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	CLASS_OF(tenant.pid, "tenant");
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	/* nor does it help who was root when opening it */
	EQUAL(TELL(&root, do_uid, TENANT), 0);
	EQUAL(TELL(&root, do_vm), -EDQUOT);
	CLASS_USED("root", 0, 0, 0);
	puppet_end(&tenant);
	puppet_end(&root);
}

static int64_t do_label(const int64_t *args)
{
	return put_file("/proc/self/attr/current",
			args[0] ? "changeprofile " COMPLAINING :
				  "changeprofile " PROFILE);
}

/* A shell's, in which what there is of it is quoted once. */
#define LOAD_PROFILES							\
	"PATH=$PATH:/usr/sbin:/sbin; command -v apparmor_parser >/dev/null &&" \
	"apparmor_parser -Kr <<'END'\n"					\
	"profile " PROFILE " { file, signal, unix, }\n"			\
	"profile " COMPLAINING " flags=(complain) { }\n"		\
	"END"

static bool load_profiles(void)
{
	mkdir("/sys/kernel/security", 0755);
	mount("none", "/sys/kernel/security", "securityfs", 0, NULL);
	if (access("/sys/kernel/security/apparmor/.load", W_OK))
		return false;
	return !system(LOAD_PROFILES);
}

static bool label_of(const struct puppet *puppet, char *label, size_t size)
{
	struct warden_record record;

	if (!EQUAL(warden_newest(warden, puppet->pid, &record), 0))
		return false;
	snprintf(label, size, "%.*s", (int)size - 1, record.label);
	ksft_print_msg("labelled \"%s\"\n", label);
	return true;
}

static bool labels_offered(void)
{
	struct warden_policy policy;
	int err;

	one_class(&policy, KVMWARDEN_CLASS_MATCH_LABEL);
	policy.labels[0] = "*";
	err = warden_commit(warden, &policy);
	if (err)
		EQUAL(err, -EOPNOTSUPP);
	return !err;
}

/* Of whatever security module there is. */
static void by_label(void)
{
	struct puppet tenant;
	char label[256], longer[sizeof(label) + 1];
	bool offered = labels_offered();

	puppet_start(&tenant);
	CHECK(TELL(&tenant, do_vm) >= 0);
	if (label_of(&tenant, label, sizeof(label)) && !offered)
		EQUAL(strlen(label), 0);
	if (!offered) {
		skip("no security module that has labels, so none are matched");
	} else if (CHECK(strlen(label))) {
		CHECK(has_label(&tenant, label));
		CHECK(has_label(&tenant, "**"));
		snprintf(longer, sizeof(longer), "%sx", label);
		CHECK(!has_label(&tenant, longer));
		label[strlen(label) - 1] = '\0';
		CHECK(!has_label(&tenant, label));
		strcat(label, "?");
		CHECK(has_label(&tenant, label));
	}
	puppet_end(&tenant);
}

static void profiles(void)
{
	struct puppet confined, complaining, tenant;

	if (!load_profiles()) {
		skip("no AppArmor, or no apparmor_parser to load a profile with");
		return;
	}
	puppet_start(&confined);
	puppet_start(&complaining);
	puppet_start(&tenant);
	EQUAL(TELL(&confined, do_label, 0), 0);
	EQUAL(TELL(&complaining, do_label, 1), 0);
	CHECK(TELL(&confined, do_vm) >= 0);
	CHECK(TELL(&complaining, do_vm) >= 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	CHECK(has_label(&confined, PROFILE));
	CHECK(has_label(&confined, "kw*"));
	CHECK(!has_label(&confined, COMPLAINING));
	CHECK(!has_label(&confined, "unconfined"));
	CHECK(has_label(&complaining, COMPLAINING));
	CHECK(has_label(&complaining, "kw*"));
	CHECK(!has_label(&complaining, PROFILE));
	CHECK(has_label(&tenant, "unconfined"));
	CHECK(!has_label(&tenant, "kw*"));
	/* what it was when its VM was created */
	EQUAL(TELL(&tenant, do_label, 0), 0);
	CHECK(!has_label(&tenant, "kw*"));
	CHECK(TELL(&tenant, do_vm) >= 0);
	CHECK(has_label(&tenant, "kw*"));
	puppet_end(&confined);
	puppet_end(&complaining);
	puppet_end(&tenant);
}

static const struct test tests[] = {
	{ "a class by user", users },
	{ "takes all who own a user namespace above", user_namespaces },
	{ "but not root for what root made for others", namespaces_of_root },
	{ "a namespace before or after is the same user's", namespace_later },
	{ "a class by group takes all kinds of groups", groups },
	{ "but not one that was left, unless for a namespace", groups_left },
	{ "a class by cgroup, and patterns", cgroups },
	{ "but nothing, if its path is too long", cgroup_too_deep },
	{ "all criteria must hold", all_must_hold },
	{ "the first class whose criteria hold takes the VM", first_wins },
	{ "the device is nobody's, whoever opened it", device_passed_on },
	{ "a class by label", by_label },
	{ "and by AppArmor profile, whatever its mode", profiles },
};

int main(void)
{
	return fixture_main(tests, ARRAY_SIZE(tests));
}
