// SPDX-License-Identifier: GPL-2.0
/* The least of a VMM: x86's part. */
#include <errno.h>
#include <sys/ioctl.h>

#include "vmm_arch.h"

#define PORT		0x3f8

static const uint8_t code[VMM_PAGE] __attribute__((aligned(VMM_PAGE))) = {
	0xba, PORT & 0xff, PORT >> 8,	/* mov $PORT, %dx */
	0xb0, 'x',			/* mov $'x', %al */
	0xee,				/* 1: out %al, %dx */
	0xeb, 0xfd,			/* jmp 1b */
};

static const uint8_t endless[VMM_PAGE] __attribute__((aligned(VMM_PAGE))) = {
	0xeb, 0xfe,			/* 1: jmp 1b */
};

const void *const vmm_arch_code = code;
const void *const vmm_arch_endless = endless;

/**
 * vmm_arch_init() - make a vCPU ready to be run
 * @vm: the VM
 * @vcpu: the vCPU, just created
 *
 * Return: 0; it is.
 */
int vmm_arch_init(int vm, int vcpu)
{
	(void)vm;
	(void)vcpu;
	return 0;
}

/*
 * With interrupts on, though none ever comes: a guest that spins with them off
 * keeps the host's own from a processor that Bochs 3.0 emulates with VMX.
 */
#define RFLAGS		0x202

/**
 * vmm_arch_start() - put a vCPU at the start of the guest's code
 * @vcpu: the vCPU
 *
 * Return: 0 or a negative errno.
 */
int vmm_arch_start(int vcpu)
{
	struct kvm_regs regs = { .rip = VMM_CODE_GPA, .rflags = RFLAGS };
	struct kvm_sregs sregs;

	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		return -errno;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs))
		return -errno;
	return ioctl(vcpu, KVM_SET_REGS, &regs) ? -errno : 0;
}

/**
 * vmm_arch_exited() - has a vCPU exited as vmm_arch_code does?
 * @run: what it shares with KVM
 *
 * Return: true if so.
 */
bool vmm_arch_exited(const struct kvm_run *run)
{
	const uint8_t *byte = (uint8_t *)run + run->io.data_offset;

	return run->exit_reason == KVM_EXIT_IO && run->io.port == PORT &&
	       *byte == 'x';
}

/**
 * vmm_own_slots() - do all that may make KVM have slots of its own
 * @vm: the VM, still without vCPUs
 *
 * Return: 0 or a negative errno; -EOPNOTSUPP where it never has any.
 */
int vmm_own_slots(int vm)
{
	uint64_t identity = VMM_IDENTITY_GPA;

	if (ioctl(vm, KVM_SET_TSS_ADDR, VMM_TSS_GPA) ||
	    ioctl(vm, KVM_SET_IDENTITY_MAP_ADDR, &identity))
		return -errno;
	return vmm_irqchip(vm);
}

/**
 * vmm_irqchip() - have KVM's interrupt controller
 * @vm: the VM, still without vCPUs
 *
 * Return: 0 or a negative errno.
 */
int vmm_irqchip(int vm)
{
	return ioctl(vm, KVM_CREATE_IRQCHIP, 0) ? -errno : 0;
}
