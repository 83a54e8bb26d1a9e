/* SPDX-License-Identifier: GPL-2.0 */
/* The least of a VMM: what tests need of /dev/kvm. */
#ifndef VMM_H
#define VMM_H

#include <errno.h>
#include <stdint.h>

#include <linux/kvm.h>

#define VMM_PAGE	4096ULL

/* where vmm_code() puts the guest's code */
#define VMM_CODE_GPA	0x1000ULL

/* the slot number to use in the address space of system management mode */
#define VMM_SMM(slot)	((slot) | 1U << 16)

/* where no guest can have memory, and KVM's answer when all else is right */
#define VMM_BEYOND	(1ULL << 56)
#ifdef __aarch64__
#define VMM_BEYOND_ERROR	EFAULT
#else
#define VMM_BEYOND_ERROR	EINVAL
#endif

/* on x86, where KVM may put a TSS of three pages and a page table */
#define VMM_TSS_GPA		0xfffbd000UL
#define VMM_IDENTITY_GPA	0xfffbc000ULL

int vmm_open(void);
int vmm_vm(int kvm);

void vmm_region(struct kvm_userspace_memory_region *region, uint32_t slot,
		uint32_t flags, uint64_t gpa, uint64_t size);
int vmm_set(int vm, const struct kvm_userspace_memory_region *region);
int vmm_slot(int vm, uint32_t slot, uint32_t flags, uint64_t gpa,
	     uint64_t size);
int vmm_delete(int vm, uint32_t slot);

int vmm_vcpu(int vm, uint32_t id);
int vmm_own_slots(int vm);
int vmm_irqchip(int vm);
int vmm_check(int vm, int capability);

int vmm_code(int vm, uint32_t slot);
int vmm_code_endless(int vm, uint32_t slot);
int vmm_run(int kvm, int vcpu, unsigned int exits);

#endif /* VMM_H */
