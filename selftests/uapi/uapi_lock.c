// SPDX-License-Identifier: GPL-2.0
/*
 * Policy and module are locked: that lasts until reboot, so nothing that wants
 * to change them can be run after this.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kvmwarden.h>

#include "kselftest.h"
#include "vmm.h"
#include "warden.h"

static int device, kvm;

static int call(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

static int lock(uint32_t flags)
{
	struct kvmwarden_lock arg = { .size = sizeof(arg), .flags = flags };

	return call(device, KVMWARDEN_LOCK, &arg);
}

static int disarm(void)
{
	struct kvmwarden_disarm arg = { .size = sizeof(arg) };

	return call(device, KVMWARDEN_DISARM, &arg);
}

static int confirm(uint32_t flags)
{
	struct kvmwarden_confirm arg = { .size = sizeof(arg), .flags = flags };
	struct kvmwarden_status status;

	warden_status(device, &status);
	arg.generation = status.generation;
	return call(device, KVMWARDEN_CONFIRM, &arg);
}

static int draft_begin(void)
{
	struct kvmwarden_ruleset ruleset = {
		.size = sizeof(ruleset),
		.mode = KVMWARDEN_MODE_ENFORCE,
		.version = 9,
	};
	int draft;

	warden_unlimited(&ruleset.host);
	warden_unlimited(&ruleset.user);
	draft = call(device, KVMWARDEN_RULESET_BEGIN, &ruleset);
	if (draft < 0)
		ksft_exit_fail_msg("begin: %s\n", strerror(-draft));
	return draft;
}

static int commit(int draft, uint32_t flags, uint32_t seconds)
{
	struct kvmwarden_commit arg = {
		.size = sizeof(arg),
		.flags = flags,
		.confirm = seconds,
	};
	struct kvmwarden_status status;

	warden_status(device, &status);
	arg.generation = status.generation;
	return call(draft, KVMWARDEN_RULESET_COMMIT, &arg);
}

static int vm_set(uint64_t id, uint64_t deny, uint32_t flags)
{
	struct kvmwarden_vm_set set = {
		.size = sizeof(set),
		.id = id,
		.change = KVMWARDEN_DENY_NESTED,
		.own = deny,
		.deny = deny,
		.flags = flags,
	};

	return call(device, KVMWARDEN_VM_SET, &set);
}

static bool locked(void)
{
	struct kvmwarden_status status;

	warden_status(device, &status);
	return status.state & KVMWARDEN_STATE_LOCKED;
}

/* As rmmod does. */
static int remove_module(void)
{
	return syscall(SYS_delete_module, "kvmwarden", O_NONBLOCK) ? -errno : 0;
}

/* Two VMs at most, ours included. */
static void apply(void)
{
	struct warden_policy policy;

	warden_policy_init(&policy);
	policy.version = 5;
	policy.host.vms = 2;
	warden_apply(device, &policy);
}

static void before(uint64_t id)
{
	struct kvmwarden_lock small = { .size = 4 };
	int draft = draft_begin();
	bool bits = true;
	unsigned int i;

	for (i = 0; i < 32; i++)
		bits = bits && lock(1U << i) == -EINVAL;
	ksft_test_result(bits && !locked(), "unknown flags refused\n");
	ksft_test_result(call(device, KVMWARDEN_LOCK, &small) == -EINVAL &&
			 !locked(), "too small an argument refused\n");
	/* what will be refused is allowed now */
	ksft_test_result(!vm_set(id, KVMWARDEN_DENY_NESTED, 0) &&
			 !vm_set(id, 0, 0), "a VM can be set\n");
	ksft_test_result(!commit(draft, 0, 600) && lock(0) == -EBUSY &&
			 !locked() && !confirm(KVMWARDEN_CONFIRM_ROLLBACK),
			 "not while a ruleset awaits confirmation\n");
	ksft_test_result(!disarm() && lock(0) == -ENOENT && !locked(),
			 "not while the hooks are off\n");
	close(draft);
}

/* Without what VMs and their refusals change. */
static void fixed(struct kvmwarden_status *status)
{
	warden_status(device, status);
	memset(&status->used, 0, sizeof(status->used));
	memset(&status->denials, 0, sizeof(status->denials));
}

static void after(uint64_t id)
{
	struct kvmwarden_status first, last;
	int draft = draft_begin(), vm;
	struct kvmwarden_class class = {
		.size = sizeof(class),
	};

	fixed(&first);
	ksft_test_result(commit(draft, 0, 0) == -EROFS &&
			 commit(draft, KVMWARDEN_COMMIT_FORCE, 0) == -EROFS &&
			 commit(draft, 0, 1) == -EROFS, "nothing is committed\n");
	ksft_test_result(!commit(draft, KVMWARDEN_COMMIT_CHECK, 0),
			 "a ruleset can be checked\n");
	ksft_test_result(vm_set(id, KVMWARDEN_DENY_NESTED, 0) == -EROFS &&
			 vm_set(id, 0, 0) == -EROFS &&
			 vm_set(id, 0, KVMWARDEN_SET_CLASS) == -EROFS,
			 "no VM is set\n");
	ksft_test_result(disarm() == -EROFS, "the hooks stay\n");
	ksft_test_result(remove_module() == -EWOULDBLOCK,
			 "the module stays\n");
	ksft_test_result(confirm(0) == -ENOENT &&
			 confirm(KVMWARDEN_CONFIRM_ROLLBACK) == -ENOENT,
			 "there is nothing to confirm\n");
	ksft_test_result(!lock(0) && lock(1) == -EINVAL && locked(),
			 "locked twice\n");
	ksft_test_result(!call(device, KVMWARDEN_CLASS_GET, &class) &&
			 !strcmp(class.name, "default"), "it can be asked\n");
	fixed(&last);
	ksft_test_result(!memcmp(&first, &last, sizeof(first)),
			 "all is as before\n");
	vm = vmm_vm(kvm);
	ksft_test_result(vm >= 0 && vmm_vm(kvm) == -EDQUOT,
			 "VMs are created, and refused, as before\n");
	close(vm);
	vm = vmm_vm(kvm);
	ksft_test_result(vm >= 0, "and destroyed\n");
	close(vm);
	close(draft);
	close(device);
	ksft_test_result(remove_module() == -EWOULDBLOCK,
			 "the module stays, though nobody has it open\n");
}

int main(void)
{
	struct kvmwarden_vm vm;
	int fd;

	ksft_print_header();
	device = warden_open();
	kvm = vmm_open();
	ksft_set_plan(18);
	apply();
	fd = vmm_vm(kvm);
	if (fd < 0 || warden_vm(device, getpid(), &vm))
		ksft_exit_fail_msg("no VM: %s\n", strerror(errno));
	before(vm.id);

	apply();
	if (warden_vm(device, getpid(), &vm))
		ksft_exit_fail_msg("the VM is not on record\n");
	ksft_test_result(!lock(0) && locked(), "locked\n");
	after(vm.id);
	close(fd);
	ksft_finished();
}
