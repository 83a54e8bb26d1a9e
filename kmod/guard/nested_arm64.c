// SPDX-License-Identifier: GPL-2.0
/* A VM runs VMs of its own, on arm64; a kernel without the function cannot. */
#include <linux/kvm_host.h>

#include "guard.h"

/*
 * int kvm_vcpu_init_nested(struct kvm_vcpu *vcpu)
 *
 * Called for KVM_ARM_VCPU_INIT of a vCPU that is to have an EL2, under
 * kvm->arch.config_lock. If it is refused the vCPU stays as it was, and cannot
 * run.
 */
static long nested_init(const struct kw_regs *regs)
{
	return kw_nested_verdict((struct kvm_vcpu *)kw_regs_arg(regs, 0),
				 KVMWARDEN_OPERATION_NESTED_ENABLE);
}

static struct kw_hook arm64_hooks[] = {
	{
		.function = "kvm_vcpu_init_nested",
		.module = "kvm",
		.optional = true,
		.features = KVMWARDEN_FEATURE_NESTED,
		.verdict = nested_init,
	},
};

const struct kw_hook_table kw_nested_arm64_table = {
	.hooks = arm64_hooks,
	.nr = ARRAY_SIZE(arm64_hooks),
};
