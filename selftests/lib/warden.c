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
 * warden_policy_init() - begin a policy: mode enforce, no limits, no classes
 * @policy: the policy
 */
void warden_policy_init(struct warden_policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	policy->mode = KVMWARDEN_MODE_ENFORCE;
	policy->version = 1;
	warden_unlimited(&policy->host);
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
	warden_unlimited(&class->vm);
	warden_unlimited(&class->total);
	return class;
}

static int add_all(int draft, const struct warden_policy *policy)
{
	struct kvmwarden_class class;
	unsigned int i;

	for (i = 0; i < policy->nr; i++) {
		/* the answer must not spoil what the next commit sends */
		class = policy->classes[i];
		class.cgroup = (uintptr_t)policy->cgroups[i];
		if (ioctl(draft, KVMWARDEN_RULESET_ADD, &class))
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
	struct kvmwarden_status status;

	warden_status(fd, &status);
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
	};
	int draft, ret;

	draft = ioctl(fd, KVMWARDEN_RULESET_BEGIN, &ruleset);
	if (draft < 0)
		return -errno;
	ret = add_all(draft, policy);
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
