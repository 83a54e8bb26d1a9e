// SPDX-License-Identifier: GPL-2.0
/* A VM is given a connection for Hyper-V's events. */
#include <linux/idr.h>
#include <linux/kvm_host.h>

#include "../probes.h"
#include "../vm.h"
#include "guard.h"

#ifdef KW_HAVE_HYPERV_EVENTS
static u64 events(struct kvm *kvm)
{
	struct eventfd_ctx *event;
	u64 nr = 0;
	int id;

	rcu_read_lock();
	idr_for_each_entry(&kvm->arch.hyperv.conn_to_evt, event, id)
		nr++;
	rcu_read_unlock();
	return nr;
}
#else
/* A KVM without Hyper-V has no such function, either. */
static u64 events(struct kvm *kvm)
{
	return 0;
}
#endif

/*
 * int kvm_vm_ioctl_hv_eventfd(struct kvm *kvm, struct kvm_hyperv_eventfd *args)
 *
 * @args is KVM's own copy. No lock: KVM enters it into its table later.
 */
static long event_assign(const struct kw_regs *regs)
{
	struct kvm *kvm = (struct kvm *)kw_regs_arg(regs, 0);
	const struct kvm_hyperv_eventfd *args = (void *)kw_regs_arg(regs, 1);
	struct kw_vm *vm;
	int err;

	if (args->flags & KVM_HYPERV_EVENTFD_DEASSIGN)
		return 0;
	err = kw_find_or_adopt(kvm, KVMWARDEN_OPERATION_HV_EVENT, &vm);
	if (!vm)
		return err;
	return kw_vm_limit_begin(vm, KVMWARDEN_LIMIT_HV_EVENTS, events);
}

static struct kw_hook hyperv_hooks[] = {
	{
		.function = "kvm_vm_ioctl_hv_eventfd",
		.module = "kvm",
		.optional = true,
		.features = KVMWARDEN_FEATURE_HV_EVENTS,
		.verdict = event_assign,
	},
};

const struct kw_hook_table kw_hyperv_table = {
	.hooks = hyperv_hooks,
	.nr = ARRAY_SIZE(hyperv_hooks),
};
