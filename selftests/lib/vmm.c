// SPDX-License-Identifier: GPL-2.0
/* The least of a VMM: what tests need of /dev/kvm. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest.h"
#include "vmm.h"
#include "vmm_arch.h"

/*
 * Slots are put at addresses where nothing is mapped: KVM does not look at
 * them before the guest does. Low enough for 32-bit programs.
 */
#define NOWHERE		0x10000000ULL

static int result(int ret)
{
	return ret < 0 ? -errno : ret;
}

/**
 * vmm_open() - open /dev/kvm, or skip the whole program without it
 *
 * Return: its file descriptor.
 */
int vmm_open(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		ksft_exit_skip("/dev/kvm: %s\n", strerror(errno));
	return fd;
}

/**
 * vmm_vm() - create a VM
 * @kvm: /dev/kvm
 *
 * Return: its file descriptor, or a negative errno.
 */
int vmm_vm(int kvm)
{
	return result(ioctl(kvm, KVM_CREATE_VM, 0));
}

/**
 * vmm_region() - describe a memory slot whose memory is never touched
 * @region: filled in
 * @slot: its number, of both address spaces; see VMM_SMM()
 * @flags: KVM_MEM_*
 * @gpa: where the guest sees it
 * @size: in bytes; 0 to delete the slot
 */
void vmm_region(struct kvm_userspace_memory_region *region, uint32_t slot,
		uint32_t flags, uint64_t gpa, uint64_t size)
{
	region->slot = slot;
	region->flags = flags;
	region->guest_phys_addr = gpa;
	region->memory_size = size;
	region->userspace_addr = NOWHERE;
}

/**
 * vmm_set() - create, change or delete a memory slot
 * @vm: the VM
 * @region: what is wanted
 *
 * Return: 0 or a negative errno.
 */
int vmm_set(int vm, const struct kvm_userspace_memory_region *region)
{
	return result(ioctl(vm, KVM_SET_USER_MEMORY_REGION, region));
}

/**
 * vmm_slot() - create, move or change a slot whose memory is never touched
 * @vm: the VM
 * @slot: as for vmm_region()
 * @flags: as for vmm_region()
 * @gpa: as for vmm_region()
 * @size: as for vmm_region()
 *
 * Return: 0 or a negative errno.
 */
int vmm_slot(int vm, uint32_t slot, uint32_t flags, uint64_t gpa, uint64_t size)
{
	struct kvm_userspace_memory_region region;

	vmm_region(&region, slot, flags, gpa, size);
	return vmm_set(vm, &region);
}

/**
 * vmm_delete() - delete a memory slot
 * @vm: the VM
 * @slot: its number
 *
 * Return: 0 or a negative errno.
 */
int vmm_delete(int vm, uint32_t slot)
{
	return vmm_slot(vm, slot, 0, 0, 0);
}

/**
 * vmm_vcpu() - create a vCPU, ready to be run
 * @vm: the VM
 * @id: its number
 *
 * Return: its file descriptor, or a negative errno.
 */
int vmm_vcpu(int vm, uint32_t id)
{
	int vcpu = result(ioctl(vm, KVM_CREATE_VCPU, (unsigned long)id));
	int err = vcpu < 0 ? 0 : vmm_arch_init(vm, vcpu);

	if (!err)
		return vcpu;
	close(vcpu);
	return err;
}

/**
 * vmm_check() - what is a capability of a VM, or of KVM?
 * @vm: the VM, or /dev/kvm
 * @capability: KVM_CAP_*
 *
 * Return: its value, 0 if there is none, or a negative errno.
 */
int vmm_check(int vm, int capability)
{
	return result(ioctl(vm, KVM_CHECK_EXTENSION, (long)capability));
}

static int put_code(int vm, uint32_t slot, const void *page)
{
	struct kvm_userspace_memory_region region;

	vmm_region(&region, slot, KVM_MEM_READONLY, VMM_CODE_GPA, VMM_PAGE);
	region.userspace_addr = (uintptr_t)page;
	return vmm_set(vm, &region);
}

/**
 * vmm_code() - give the guest code that exits for ever, in a slot of one page
 * @vm: the VM
 * @slot: its number
 *
 * Return: 0 or a negative errno.
 */
int vmm_code(int vm, uint32_t slot)
{
	return put_code(vm, slot, vmm_arch_code);
}

/**
 * vmm_code_endless() - give the guest code that never exits
 * @vm: the VM
 * @slot: its number
 *
 * Return: 0 or a negative errno.
 */
int vmm_code_endless(int vm, uint32_t slot)
{
	return put_code(vm, slot, vmm_arch_endless);
}

static int run(int vcpu, struct kvm_run *run, unsigned int exits)
{
	int err;

	err = vmm_arch_start(vcpu);
	if (err)
		return err;
	while (exits--) {
		if (ioctl(vcpu, KVM_RUN, 0))
			return -errno;
		if (!vmm_arch_exited(run))
			return -ENOEXEC;
	}
	return 0;
}

/**
 * vmm_run() - run a guest's code from its start
 * @kvm: /dev/kvm
 * @vcpu: the vCPU
 * @exits: until how many exits; each must be that of vmm_code()
 *
 * Return: 0 or a negative errno; -ENOEXEC if it did not do what it should.
 */
int vmm_run(int kvm, int vcpu, unsigned int exits)
{
	int size, err;
	void *shared;

	size = result(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	if (size < 0)
		return size;
	shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (shared == MAP_FAILED)
		return -errno;
	err = run(vcpu, shared, exits);
	munmap(shared, size);
	return err;
}
