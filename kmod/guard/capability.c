// SPDX-License-Identifier: GPL-2.0
/* What a VMM is told that KVM can do: nothing that its VMs may not do. */
#include <linux/kvm_host.h>

#include "../vm.h"
#include "guard.h"

static bool is_nesting(long capability)
{
	switch (capability) {
	case KVM_CAP_NESTED_STATE:
#ifdef KVM_CAP_ARM_EL2
	case KVM_CAP_ARM_EL2:
	case KVM_CAP_ARM_EL2_E2H0:
#endif
		return true;
	}
	return false;
}

/*
 * int kvm_vm_ioctl_check_extension(struct kvm *kvm, long ext)
 *
 * @kvm is NULL if /dev/kvm is asked.
 */
static long extension_check(const struct kw_regs *regs)
{
	const struct kvm *kvm = (struct kvm *)kw_regs_arg(regs, 0);
	struct kw_vm *vm;
	bool hidden;

	if (!is_nesting(kw_regs_arg(regs, 1)))
		return 0;
	vm = kvm ? kw_vm_find(kvm) : NULL;
	hidden = vm ? kw_vm_forbids(vm, KVMWARDEN_DENY_NESTED) :
		      kw_vm_would_forbid(KVMWARDEN_DENY_NESTED);
	return hidden ? KW_NOTHING : 0;
}

static struct kw_hook capability_hooks[] = {
	{
		.function = "kvm_vm_ioctl_check_extension",
		.module = "kvm",
		.features = KVMWARDEN_FEATURE_NESTED,
		.verdict = extension_check,
	},
};

const struct kw_hook_table kw_capability_table = {
	.hooks = capability_hooks,
	.nr = ARRAY_SIZE(capability_hooks),
};
