// SPDX-License-Identifier: GPL-2.0
/* A VM runs VMs of its own, with Intel's VMX. */
#include <linux/kvm_host.h>

#include <asm/vmx.h>

#include "guard.h"

/*
 * bool vmx_is_valid_cr4(struct kvm_vcpu *vcpu, unsigned long cr4)
 *
 * Called whenever CR4 is to be set, by whatever way. Of no use against a VMM,
 * which may write sync regs between this and what comes of it: but a processor
 * without VMX has no VMXE. A VM that was told of VMX keeps it.
 */
static long cr4_set(const struct kw_regs *regs)
{
	const struct kvm_vcpu *vcpu = (void *)kw_regs_arg(regs, 0);

	if (!(kw_regs_arg(regs, 1) & ~vcpu->arch.cr4 & X86_CR4_VMXE))
		return 0;
	if (kw_nested_had(vcpu))
		return 0;
	return kw_nested_verdict(vcpu, KVMWARDEN_OPERATION_NESTED_ENABLE) ?
	       KW_NOTHING : 0;
}

/*
 * int handle_vmxon(struct kvm_vcpu *vcpu)
 *
 * Called for the guest's VMXON. The vCPU's mutex is held. What runs instead
 * makes the guest see #UD, as on a processor without VMX, whatever CR4 says.
 */
static long vmxon(const struct kw_regs *regs)
{
	return kw_nested_verdict((struct kvm_vcpu *)kw_regs_arg(regs, 0),
				 KVMWARDEN_OPERATION_VMXON) ? KW_INSTEAD : 0;
}

/*
 * int handle_vmlaunch(struct kvm_vcpu *vcpu), handle_vmresume()
 *
 * Called for the guest's instructions of these names; for a VM that was in VMX
 * operation before it was forbidden. The vCPU's mutex and kvm->srcu are held.
 * What runs instead is KVM's own VMfail: for #UD, a hypervisor has no answer.
 *
 * The processor has asked neither for a privilege nor for VMX operation by then, so
 * this may be a process of a guest that never had VMX: nobody is killed for it.
 */
static long vmenter(const struct kw_regs *regs)
{
	const struct kvm_vcpu *vcpu = (void *)kw_regs_arg(regs, 0);
	int err = kw_nested_verdict(vcpu, KVMWARDEN_OPERATION_NESTED_ENTER);

	if (!err)
		return 0;
	if (!(vcpu->arch.cr4 & X86_CR4_VMXE) || !kw_nested_had(vcpu))
		return KW_INSTEAD;
	return kw_nested_refuse(vcpu, err);
}

/*
 * enum nvmx_vmentry_status nested_vmx_enter_non_root_mode(struct kvm_vcpu *vcpu,
 *							   bool from_vmentry)
 *
 * Called for RSM that goes back to where an SMI came, if not @from_vmentry, and
 * for a nested state. If RSM is refused KVM shuts the VM down.
 */
static long guest_enter(const struct kw_regs *regs)
{
	if ((bool)(u8)kw_regs_arg(regs, 1))
		return 0;
	return kw_nested_verdict((struct kvm_vcpu *)kw_regs_arg(regs, 0),
				 KVMWARDEN_OPERATION_NESTED_RETURN);
}

/*
 * int vmx_set_nested_state(struct kvm_vcpu *vcpu,
 *			    struct kvm_nested_state __user *user_state,
 *			    struct kvm_nested_state *state)
 *
 * @state is KVM's copy of the header. Without VMX operation in it nothing is
 * asked for: VMMs say so at a reset. The vCPU's mutex is held.
 */
static long nested_state_set(const struct kw_regs *regs)
{
	const struct kvm_nested_state *state = (void *)kw_regs_arg(regs, 2);

	if (state->hdr.vmx.vmxon_pa == ~0ULL)
		return 0;
	return kw_nested_verdict((struct kvm_vcpu *)kw_regs_arg(regs, 0),
				 KVMWARDEN_OPERATION_SET_NESTED_STATE);
}

#define VMENTER(_function)						\
	{								\
		.function = _function,					\
		.module = "kvm_intel",					\
		.instead = "nested_vmx_fail",				\
		.instead_second = VMXERR_ENTRY_INVALID_CONTROL_FIELD,	\
		.features = KVMWARDEN_FEATURE_NESTED,			\
		.verdict = vmenter,					\
	}

static struct kw_hook intel_hooks[] = {
	{
		.function = "vmx_is_valid_cr4",
		.module = "kvm_intel",
		.features = KVMWARDEN_FEATURE_NESTED,
		.verdict = cr4_set,
	},
	{
		.function = "handle_vmxon",
		.former = "handle_vmon",
		.module = "kvm_intel",
		.instead = "handle_vmx_instruction",
		.features = KVMWARDEN_FEATURE_NESTED,
		.verdict = vmxon,
	},
	VMENTER("handle_vmlaunch"),
	VMENTER("handle_vmresume"),
	{
		.function = "nested_vmx_enter_non_root_mode",
		.module = "kvm_intel",
		.features = KVMWARDEN_FEATURE_NESTED,
		.verdict = guest_enter,
	},
	{
		.function = "vmx_set_nested_state",
		.module = "kvm_intel",
		.features = KVMWARDEN_FEATURE_NESTED,
		.verdict = nested_state_set,
	},
	{
		.function = "vmx_check_nested_events",
		.module = "kvm_intel",
		.features = KVMWARDEN_FEATURE_NESTED,
		.verdict = kw_nested_leave,
	},
};

const struct kw_hook_table kw_nested_intel_table = {
	.hooks = intel_hooks,
	.nr = ARRAY_SIZE(intel_hooks),
};
