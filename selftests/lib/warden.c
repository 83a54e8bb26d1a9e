// SPDX-License-Identifier: GPL-2.0
/* What tests need of /dev/kvmwarden. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest.h"
#include "warden.h"

/**
 * warden_open() - open the device, or skip the whole program without it
 *
 * Return: its file descriptor.
 */
int warden_open(void)
{
	int fd = open(KVMWARDEN_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		ksft_exit_skip("%s: %s\n", KVMWARDEN_DEVICE, strerror(errno));
	return fd;
}

/**
 * warden_status() - ask for the state of the whole; ends the program on error
 * @fd: the device
 * @status: the answer
 */
void warden_status(int fd, struct kvmwarden_status *status)
{
	memset(status, 0, sizeof(*status));
	status->size = sizeof(*status);
	if (ioctl(fd, KVMWARDEN_STATUS, status))
		ksft_exit_fail_msg("KVMWARDEN_STATUS: %s\n", strerror(errno));
}

/**
 * warden_vm() - find a VM by its creator
 * @fd: the device
 * @pid: the creator's process id (not a thread's), in the initial pid namespace
 * @vm: the record, of the oldest VM if there are several
 *
 * Return: 0, or -ENOENT.
 */
int warden_vm(int fd, pid_t pid, struct kvmwarden_vm *vm)
{
	uint64_t id = 0;

	for (;;) {
		memset(vm, 0, sizeof(*vm));
		vm->size = sizeof(*vm);
		vm->id = id;
		if (ioctl(fd, KVMWARDEN_VM_NEXT, vm)) {
			if (errno == ENOENT)
				return -ENOENT;
			ksft_exit_fail_msg("KVMWARDEN_VM_NEXT: %s\n",
					   strerror(errno));
		}
		if (vm->pid == (uint32_t)pid)
			return 0;
		id = vm->id;
	}
}

static int next_record(int fd, struct warden_record *record)
{
	uint64_t id = record->vm.id;

	memset(record, 0, sizeof(*record));
	record->vm.size = sizeof(record->vm);
	record->vm.id = id;
	record->vm.cgroup.address = (uintptr_t)record->cgroup;
	record->vm.cgroup.len = sizeof(record->cgroup);
	record->vm.exe.address = (uintptr_t)record->exe;
	record->vm.exe.len = sizeof(record->exe);
	record->vm.label.address = (uintptr_t)record->label;
	record->vm.label.len = sizeof(record->label);
	return ioctl(fd, KVMWARDEN_VM_NEXT, &record->vm) ? -errno : 0;
}

/**
 * warden_newest() - find the VM that a process has created last
 * @fd: the device
 * @pid: as with warden_vm()
 * @record: all there is to tell of the VM
 *
 * Return: 0, or -ENOENT.
 */
int warden_newest(int fd, pid_t pid, struct warden_record *record)
{
	struct warden_record each = { .vm.id = 0 };
	int found = -ENOENT;

	while (!next_record(fd, &each)) {
		if (each.vm.pid != (uint32_t)pid)
			continue;
		*record = each;
		found = 0;
	}
	return found;
}

/**
 * warden_unlimited() - lift all limits
 * @amounts: the limits
 */
void warden_unlimited(struct kvmwarden_amounts *amounts)
{
	amounts->vms = KVMWARDEN_UNLIMITED;
	amounts->vcpus = KVMWARDEN_UNLIMITED;
	amounts->memory = KVMWARDEN_UNLIMITED;
}

/**
 * warden_limits() - lift all limits on a VM
 * @limits: the limits
 */
void warden_limits(struct kvmwarden_limits *limits)
{
	unsigned int i;

	memset(limits, 0, sizeof(*limits));
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		limits->of[i] = KVMWARDEN_UNLIMITED;
}

/**
 * warden_policy_init() - begin a policy: mode enforce, no limits, no classes
 * @policy: the policy
 */
void warden_policy_init(struct warden_policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	policy->mode = KVMWARDEN_MODE_ENFORCE;
	policy->version = 1;
	warden_unlimited(&policy->host);
	warden_unlimited(&policy->user);
}

/**
 * warden_add() - add a class without limits, in the policy's mode
 * @policy: the policy
 * @name: its name; unless it is "default", the caller sets flags and criteria
 *
 * Return: the class, to be completed.
 */
struct kvmwarden_class *warden_add(struct warden_policy *policy,
				   const char *name)
{
	struct kvmwarden_class *class = &policy->classes[policy->nr];

	if (policy->nr == WARDEN_CLASSES)
		ksft_exit_fail_msg("%s: too many classes\n", name);
	policy->nr++;
	memset(class, 0, sizeof(*class));
	class->size = sizeof(*class);
	class->mode = policy->mode;
	strncpy(class->name, name, sizeof(class->name) - 1);
	warden_limits(&class->vm);
	warden_unlimited(&class->user);
	warden_unlimited(&class->total);
	return class;
}

/**
 * warden_add_cgroup() - add limits on cgroups, none yet
 * @policy: the policy
 * @pattern: of their paths; must stay
 *
 * Return: the limits, to be completed.
 */
struct kvmwarden_amounts *warden_add_cgroup(struct warden_policy *policy,
					    const char *pattern)
{
	struct kvmwarden_amounts *limit = &policy->group_limits[policy->nr_groups];

	if (policy->nr_groups == WARDEN_CLASSES)
		ksft_exit_fail_msg("%s: too many cgroups\n", pattern);
	policy->groups[policy->nr_groups++] = pattern;
	warden_unlimited(limit);
	return limit;
}

static int add_one(int draft, const struct warden_policy *policy,
		   unsigned int i)
{
	/* the answer must not spoil what the next commit sends */
	struct kvmwarden_class class = policy->classes[i];
	int exe = -1, ret = 0;

	class.cgroup.address = (uintptr_t)policy->cgroups[i];
	class.label.address = (uintptr_t)policy->labels[i];
	if (policy->exes[i]) {
		exe = open(policy->exes[i], O_PATH | O_CLOEXEC);
		if (exe < 0)
			return -errno;
		class.exe.address = (uintptr_t)policy->exes[i];
		class.exe_fd = exe;
	}
	if (ioctl(draft, KVMWARDEN_RULESET_ADD, &class))
		ret = -errno;
	if (exe >= 0)
		close(exe);
	return ret;
}

static int add_all(int draft, const struct warden_policy *policy)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < policy->nr && !ret; i++)
		ret = add_one(draft, policy, i);
	return ret;
}

static int add_groups(int draft, const struct warden_policy *policy)
{
	struct kvmwarden_cgroup cgroup;
	unsigned int i;

	for (i = 0; i < policy->nr_groups; i++) {
		memset(&cgroup, 0, sizeof(cgroup));
		cgroup.size = sizeof(cgroup);
		cgroup.pattern.address = (uintptr_t)policy->groups[i];
		cgroup.limit = policy->group_limits[i];
		if (ioctl(draft, KVMWARDEN_RULESET_ADD_CGROUP, &cgroup))
			return -errno;
	}
	return 0;
}

static int commit(int fd, int draft)
{
	struct kvmwarden_commit commit = {
		.size = sizeof(commit),
		.flags = KVMWARDEN_COMMIT_FORCE,
	};
	struct kvmwarden_status status = { .size = sizeof(status) };

	/* who lets allocations fail is told, as of all the others */
	if (ioctl(fd, KVMWARDEN_STATUS, &status))
		return -errno;
	commit.generation = status.generation;
	return ioctl(draft, KVMWARDEN_RULESET_COMMIT, &commit) ? -errno : 0;
}

/**
 * warden_commit() - put a policy in force, whatever the version is
 * @fd: the device
 * @policy: the policy; can be used again
 *
 * Return: 0 or a negative errno.
 */
int warden_commit(int fd, struct warden_policy *policy)
{
	struct kvmwarden_ruleset ruleset = {
		.size = sizeof(ruleset),
		.mode = policy->mode,
		.version = policy->version,
		.host = policy->host,
		.user = policy->user,
	};
	int draft, ret;

	draft = ioctl(fd, KVMWARDEN_RULESET_BEGIN, &ruleset);
	if (draft < 0)
		return -errno;
	ret = add_all(draft, policy);
	if (!ret)
		ret = add_groups(draft, policy);
	if (!ret)
		ret = commit(fd, draft);
	close(draft);
	return ret;
}

/**
 * warden_apply() - put a policy in force, or end the program
 * @fd: the device
 * @policy: the policy
 */
void warden_apply(int fd, struct warden_policy *policy)
{
	int ret = warden_commit(fd, policy);

	if (ret)
		ksft_exit_fail_msg("policy not accepted: %s\n", strerror(-ret));
}

/**
 * warden_deny() - have all VMs in one class without limits
 * @fd: the device
 * @mode: its mode
 * @deny: KVMWARDEN_DENY_*
 * @revoke: &enum kvmwarden_revoke
 */
void warden_deny(int fd, uint32_t mode, uint64_t deny, uint32_t revoke)
{
	struct kvmwarden_class *class;
	struct warden_policy policy;

	warden_policy_init(&policy);
	policy.mode = mode;
	class = warden_add(&policy, "default");
	class->deny = deny;
	class->revoke = revoke;
	warden_apply(fd, &policy);
}

/**
 * warden_reset() - allow everything, as when the module was just loaded
 * @fd: the device
 */
void warden_reset(int fd)
{
	struct warden_policy policy;

	warden_policy_init(&policy);
	policy.mode = KVMWARDEN_MODE_PERMISSIVE;
	warden_apply(fd, &policy);
}
