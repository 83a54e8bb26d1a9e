// SPDX-License-Identifier: GPL-2.0
/* A vCPU is created. */
#include <linux/kvm_host.h>

#include "../probes.h"
#include "../vm.h"
#include "guard.h"

#ifdef KW_HAVE_PRECREATE_LOCKED

/* kvm->lock is held from here until kvm->created_vcpus is incremented. */
static int one_more(struct kw_vm *vm, struct kvm *kvm)
{
	lockdep_assert_held(&kvm->lock);
	return kw_vm_request(vm, KW_VCPUS, kvm->created_vcpus,
			     (u64)kvm->created_vcpus + 1);
}

#else

/*
 * It is incremented already, and kvm->lock was released after that. Should this
 * kernel be another than it looks, and not have incremented it yet, then that
 * lock is held.
 */
static int one_more(struct kw_vm *vm, struct kvm *kvm)
{
	return kw_vm_request_counted(vm, KW_VCPUS, &kvm->created_vcpus,
				     !mutex_is_locked(&kvm->lock));
}

#endif

/*
 * int kvm_arch_vcpu_precreate(struct kvm *kvm, unsigned int id)
 *
 * If KVM fails later on, kvm->created_vcpus is decremented again, which the VM's
 * next request finds.
 */
static long vcpu_create(const struct kw_regs *regs)
{
	struct kvm *kvm = (struct kvm *)kw_regs_arg(regs, 0);
	struct kw_vm *vm;
	int err;

	err = kw_find_or_adopt(kvm, KVMWARDEN_OPERATION_CREATE_VCPU, &vm);
	return vm ? one_more(vm, kvm) : err;
}

static struct kw_hook vcpu_hooks[] = {
	{
		.function = "kvm_arch_vcpu_precreate",
		.module = "kvm",
		.features = KVMWARDEN_FEATURE_VCPUS,
		.verdict = vcpu_create,
	},
};

const struct kw_hook_table kw_vcpu_table = {
	.hooks = vcpu_hooks,
	.nr = ARRAY_SIZE(vcpu_hooks),
};
