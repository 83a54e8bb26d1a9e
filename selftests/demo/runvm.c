// SPDX-License-Identifier: GPL-2.0
/*
 * The hypervisor within a guest: runs a VM, and tells each second how far its
 * guest has come. When it ends, tells by what, and a second later tries the next
 * one. For ever.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "vmm.h"

/**
 * struct machine - a VM with one vCPU
 * @vm: its file
 * @vcpu: the vCPU's
 * @run: what that shares with KVM
 */
struct machine {
	int vm;
	int vcpu;
	struct kvm_run *run;
};

/*
 * As guests do it spends more time in itself than on exits: that is where most
 * will be when they have to end.
 */
static const uint8_t code[VMM_PAGE] __attribute__((aligned(VMM_PAGE))) = {
	0x66, 0xb9, 0, 0, 0x80, 0,	/* 1: mov $0x800000, %ecx */
	0x67, 0xe2, 0xfd,		/* 2: loop 2b */
	0xe6, 0x38,			/* out %al, $0x38 */
	0xeb, 0xf3,			/* jmp 1b */
};

static int kvm, run_size;
static unsigned long exits;		/* of all VMs so far */

static int fails(const char *what, int err)
{
	printf("nested guest: %s: %s, after %lu exits\n", what,
	       strerrorname_np(-err), exits);
	return err;
}

/* Tell what other than the expected a guest exited by. */
static int other_exit(const struct kvm_run *run)
{
	printf("nested guest: ended by ");
	switch (run->exit_reason) {
	case KVM_EXIT_SHUTDOWN:
		printf("KVM_EXIT_SHUTDOWN");
		break;
	case KVM_EXIT_FAIL_ENTRY:
		printf("KVM_EXIT_FAIL_ENTRY (%#llx)",
		       run->fail_entry.hardware_entry_failure_reason);
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		printf("KVM_EXIT_INTERNAL_ERROR (%u)", run->internal.suberror);
		break;
	default:
		printf("exit reason %u", run->exit_reason);
	}
	printf(", after %lu exits\n", exits);
	return -ENOEXEC;
}

static void machine_end(const struct machine *m)
{
	if (m->run != MAP_FAILED)
		munmap(m->run, run_size);
	if (m->vcpu >= 0)
		close(m->vcpu);
	if (m->vm >= 0)
		close(m->vm);
}

static int put_code(int vm)
{
	struct kvm_userspace_memory_region region;

	vmm_region(&region, 0, KVM_MEM_READONLY, VMM_CODE_GPA, VMM_PAGE);
	region.userspace_addr = (uintptr_t)code;
	return vmm_set(vm, &region);
}

static int machine_start(struct machine *m)
{
	int err;

	m->vm = vmm_vm(kvm);
	if (m->vm < 0)
		return fails("no VM", m->vm);
	err = put_code(m->vm);
	if (err)
		return fails("no memory slot", err);
	m->vcpu = vmm_vcpu(m->vm, 0);
	if (m->vcpu < 0)
		return fails("no vCPU", m->vcpu);
	m->run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      m->vcpu, 0);
	if (m->run == MAP_FAILED)
		return fails("no kvm_run", -errno);
	/* only to its start */
	err = vmm_run(kvm, m->vcpu, 0);
	if (err)
		return fails("no start", err);
	return 0;
}

static int machine_run(const struct machine *m)
{
	time_t told = time(NULL), now;

	for (;;) {
		if (ioctl(m->vcpu, KVM_RUN, 0))
			return fails("KVM_RUN", -errno);
		if (m->run->exit_reason != KVM_EXIT_IO)
			return other_exit(m->run);
		exits++;
		now = time(NULL);
		if (now != told)
			printf("nested guest: alive, %lu exits\n", exits);
		told = now;
	}
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	kvm = vmm_open();
	run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	for (;;) {
		struct machine m = { .vm = -1, .vcpu = -1, .run = MAP_FAILED };

		if (!machine_start(&m))
			machine_run(&m);
		machine_end(&m);
		sleep(1);
	}
}
