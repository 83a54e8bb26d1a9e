// SPDX-License-Identifier: GPL-2.0
/* The least of a VMM: arm64's part. */
#include <errno.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vmm_arch.h"

/* A store to where there is no memory exits; no test has any up there. */
#define MMIO_HIGH	0xfff0
#define MMIO		((uint64_t)MMIO_HIGH << 16)

#define PC	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | \
		 KVM_REG_ARM_CORE_REG(regs.pc))

#define WORDS	(VMM_PAGE / sizeof(uint32_t))

/*
 * KVM steps over the store that exited when the vCPU runs again, even if that
 * is from the start: hence the NOP.
 */
static const uint32_t code[WORDS] __attribute__((aligned(VMM_PAGE))) = {
	0xd503201f,			/* nop */
	0x52800000 | 'x' << 5,		/* mov w0, #'x' */
	0xd2a00001 | MMIO_HIGH << 5,	/* mov x1, #MMIO */
	0x39000020,			/* 1: strb w0, [x1] */
	0x17ffffff,			/* b 1b */
};

static const uint32_t endless[WORDS] __attribute__((aligned(VMM_PAGE))) = {
	0xd503201f,			/* nop */
	0x14000000,			/* 1: b 1b */
};

const void *const vmm_arch_code = code;
const void *const vmm_arch_endless = endless;

/**
 * vmm_arch_init() - make a vCPU ready to be run
 * @vm: the VM
 * @vcpu: the vCPU, just created
 *
 * Return: 0 or a negative errno.
 */
int vmm_arch_init(int vm, int vcpu)
{
	struct kvm_vcpu_init init;

	if (ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init) ||
	    ioctl(vcpu, KVM_ARM_VCPU_INIT, &init))
		return -errno;
	return 0;
}

/**
 * vmm_arch_start() - put a vCPU at the start of the guest's code
 * @vcpu: the vCPU
 *
 * Return: 0 or a negative errno.
 */
int vmm_arch_start(int vcpu)
{
	uint64_t pc = VMM_CODE_GPA;
	struct kvm_one_reg reg = { .id = PC, .addr = (uintptr_t)&pc };

	return ioctl(vcpu, KVM_SET_ONE_REG, &reg) ? -errno : 0;
}

/**
 * vmm_arch_exited() - has a vCPU exited as vmm_arch_code does?
 * @run: what it shares with KVM
 *
 * Return: true if so.
 */
bool vmm_arch_exited(const struct kvm_run *run)
{
	return run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write &&
	       run->mmio.phys_addr == MMIO && run->mmio.len == 1 &&
	       run->mmio.data[0] == 'x';
}

/**
 * vmm_own_slots() - do all that may make KVM have slots of its own
 * @vm: the VM, still without vCPUs
 *
 * Return: -EOPNOTSUPP, for here it never has any.
 */
int vmm_own_slots(int vm)
{
	(void)vm;
	return -EOPNOTSUPP;
}

/**
 * vmm_irqchip() - have KVM's interrupt controller, set up as far as KVM needs it
 * @vm: the VM, still without vCPUs
 *
 * Return: 0 or a negative errno.
 */
int vmm_irqchip(int vm)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	struct kvm_device_attr init = {
		.group = KVM_DEV_ARM_VGIC_GRP_CTRL,
		.attr = KVM_DEV_ARM_VGIC_CTRL_INIT,
	};
	int err;

	if (ioctl(vm, KVM_CREATE_DEVICE, &device))
		return -errno;
	err = ioctl(device.fd, KVM_SET_DEVICE_ATTR, &init) ? -errno : 0;
	close(device.fd);
	return err;
}
