// SPDX-License-Identifier: GPL-2.0
/* A VM runs VMs of its own, with AMD's SVM. */
#include <linux/kvm_host.h>
#include <linux/uaccess.h>

#include "../later.h"
#include "guard.h"

/* Where in a VMCB its exit code is, two words about it following */
#define VMCB_EXIT_CODE	0x70
#define EXIT_INVALID	(~0ULL)

/* Where SMRAM, from its byte 0xfe00 on, tells that an SMI came in a guest */
#define SMRAM_GUEST	0xd8

static void tell_failure(u64 to)
{
	static const u64 exit[3] = { EXIT_INVALID };

	/* a VMM that has taken this memory away from its guest has to do without */
	if (copy_to_user(u64_to_user_ptr(to), exit, sizeof(exit)))
		return;
}

/* The guest memory at @gpa, which is going to be written; or NULL. */
static void __user *guest_memory(struct kvm *kvm, gpa_t gpa)
{
	gfn_t gfn = gpa >> PAGE_SHIFT;
	struct kvm_memory_slot *slot;

	slot = __gfn_to_memslot(kvm_memslots(kvm), gfn);
	if (!slot || (slot->flags & KVM_MEM_READONLY))
		return NULL;
	if (slot->dirty_bitmap)
		set_bit_le(gfn - slot->base_gfn,
			   (unsigned long *)slot->dirty_bitmap);
	return (void __user *)(__gfn_to_hva_memslot(slot, gfn) +
			       offset_in_page(gpa));
}

static int fail_entry(struct kvm_vcpu *vcpu)
{
	/* RAX is where VMRUN finds its VMCB */
	gpa_t gpa = vcpu->arch.regs[VCPU_REGS_RAX] & PAGE_MASK;
	void __user *vmcb = guest_memory(vcpu->kvm, gpa);

	if (!vmcb)
		return 0;
	return kw_later(tell_failure, (uintptr_t)vmcb + VMCB_EXIT_CODE);
}

/*
 * int svm_allocate_nested(struct vcpu_svm *svm)
 *
 * Called whenever EFER.SVME is to be set: by the guest, by any ioctl, by sync
 * regs, by RSM. If it is refused EFER stays as it is, and without SVME neither
 * VMRUN nor a nested state is possible. That is for VMs that were never told of
 * SVM; one that was is let down more gently, by what follows. struct vcpu_svm
 * begins with struct kvm_vcpu; its mutex is held.
 */
static long svme_set(const struct kw_regs *regs)
{
	const struct kvm_vcpu *vcpu = (void *)kw_regs_arg(regs, 0);

	if (kw_nested_had(vcpu))
		return 0;
	return kw_nested_verdict(vcpu, KVMWARDEN_OPERATION_NESTED_ENABLE);
}

/*
 * int nested_svm_vmrun(struct kvm_vcpu *vcpu)
 *
 * Called for the guest's VMRUN, with SVME set and by its kernel. Its mutex and
 * kvm->srcu are held. What runs instead goes on behind VMRUN, and so does KVM's
 * own failure. Not #UD: it is GIF that a hypervisor has cleared by then, and
 * one that dies of #UD never gets another interrupt.
 */
static long vmrun(const struct kw_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)kw_regs_arg(regs, 0);
	int err = kw_nested_verdict(vcpu, KVMWARDEN_OPERATION_NESTED_ENTER);
	long ret;

	if (!err)
		return 0;
	ret = kw_nested_refuse(vcpu, err);
	return ret == KW_INSTEAD ? fail_entry(vcpu) ?: ret : ret;
}

/*
 * int svm_leave_smm(struct kvm_vcpu *vcpu, const char *smram)
 *
 * Called for RSM; @smram is KVM's copy of what SMRAM holds, which is the guest's
 * to write. It tells of a 64-bit processor, if it tells of a guest of its own.
 * If it is refused KVM shuts the VM down.
 */
static long smm_leave(const struct kw_regs *regs)
{
	const char *smram = (const char *)kw_regs_arg(regs, 1);

	if (!*(const u64 *)(smram + SMRAM_GUEST))
		return 0;
	return kw_nested_verdict((struct kvm_vcpu *)kw_regs_arg(regs, 0),
				 KVMWARDEN_OPERATION_NESTED_RETURN);
}

/*
 * int svm_set_nested_state(struct kvm_vcpu *vcpu,
 *			    struct kvm_nested_state __user *user_state,
 *			    struct kvm_nested_state *state)
 *
 * @state is KVM's copy of the header. Only with a guest in it is anything asked
 * for. The vCPU's mutex is held.
 */
static long nested_state_set(const struct kw_regs *regs)
{
	const struct kvm_nested_state *state = (void *)kw_regs_arg(regs, 2);

	if (!(state->flags & KVM_STATE_NESTED_GUEST_MODE))
		return 0;
	return kw_nested_verdict((struct kvm_vcpu *)kw_regs_arg(regs, 0),
				 KVMWARDEN_OPERATION_SET_NESTED_STATE);
}

static struct kw_hook amd_hooks[] = {
	{
		.function = "svm_allocate_nested",
		.module = "kvm_amd",
		.features = KVMWARDEN_FEATURE_NESTED,
		.verdict = svme_set,
	},
	{
		.function = "nested_svm_vmrun",
		.module = "kvm_amd",
		.instead = "kvm_skip_emulated_instruction",
		.instead_module = "kvm",
		.features = KVMWARDEN_FEATURE_NESTED,
		.verdict = vmrun,
	},
	{
		.function = "svm_leave_smm",
		.former = "svm_pre_leave_smm",
		.module = "kvm_amd",
		.features = KVMWARDEN_FEATURE_NESTED,
		.verdict = smm_leave,
	},
	{
		.function = "svm_set_nested_state",
		.module = "kvm_amd",
		.features = KVMWARDEN_FEATURE_NESTED,
		.verdict = nested_state_set,
	},
	{
		.function = "svm_check_nested_events",
		.module = "kvm_amd",
		.features = KVMWARDEN_FEATURE_NESTED,
		.verdict = kw_nested_leave,
	},
};

const struct kw_hook_table kw_nested_amd_table = {
	.hooks = amd_hooks,
	.nr = ARRAY_SIZE(amd_hooks),
};
