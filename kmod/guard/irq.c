// SPDX-License-Identifier: GPL-2.0
/* Ways for interrupts into a VM. */
#include <linux/kvm_host.h>

#ifdef CONFIG_ARM64
#include <kvm/arm_vgic.h>
#endif

#include "../vm.h"
#include "guard.h"

static u64 irqfds(struct kvm *kvm)
{
	struct list_head *at;
	unsigned long flags;
	u64 nr = 0;

	spin_lock_irqsave(&kvm->irqfds.lock, flags);
	list_for_each(at, &kvm->irqfds.items)
		nr++;
	spin_unlock_irqrestore(&kvm->irqfds.lock, flags);
	return nr;
}

/*
 * int kvm_irqfd(struct kvm *kvm, struct kvm_irqfd *args)
 *
 * @args is KVM's own copy. No lock: KVM puts it on its list later.
 */
static long irqfd_assign(const struct kw_regs *regs)
{
	struct kvm *kvm = (struct kvm *)kw_regs_arg(regs, 0);
	const struct kvm_irqfd *args = (void *)kw_regs_arg(regs, 1);
	struct kw_vm *vm;
	int err;

	if (args->flags & KVM_IRQFD_FLAG_DEASSIGN)
		return 0;
	err = kw_find_or_adopt(kvm, KVMWARDEN_OPERATION_IRQFD, &vm);
	if (!vm)
		return err;
	return kw_vm_limit_begin(vm, KVMWARDEN_LIMIT_IRQFDS, irqfds);
}

/*
 * KVM makes the first table itself: on x86 before the VMM may; on arm64, where the
 * VMM may at any time, with a route for each of the interrupt controller's lines.
 */
static bool is_kvms_own(struct kvm *kvm, unsigned int nr)
{
#ifdef CONFIG_ARM64
	return !vgic_initialized(kvm) && nr == READ_ONCE(kvm->arch.vgic.nr_spis);
#else
	return kvm->arch.irqchip_mode != KVM_IRQCHIP_KERNEL &&
	       kvm->arch.irqchip_mode != KVM_IRQCHIP_SPLIT;
#endif
}

/*
 * int kvm_set_irq_routing(struct kvm *kvm,
 *			   const struct kvm_irq_routing_entry *entries,
 *			   unsigned int nr, unsigned int flags)
 *
 * Replaces the whole table: what there was does not matter.
 */
static long routing_set(const struct kw_regs *regs)
{
	struct kvm *kvm = (struct kvm *)kw_regs_arg(regs, 0);
	unsigned int nr = kw_regs_arg(regs, 2);
	struct kw_vm *vm;
	int err;

	if (kw_layout_bad())
		return kw_unrecorded(KVMWARDEN_REASON_LAYOUT,
				     KVMWARDEN_OPERATION_IRQ_ROUTES, -EPERM);
	if (is_kvms_own(kvm, nr))
		return 0;
	err = kw_find_or_adopt(kvm, KVMWARDEN_OPERATION_IRQ_ROUTES, &vm);
	return vm ? kw_vm_limit(vm, KVMWARDEN_LIMIT_IRQ_ROUTES, 0, nr) : err;
}

static struct kw_hook irq_hooks[] = {
	{
		.function = "kvm_irqfd",
		.module = "kvm",
		.features = KVMWARDEN_FEATURE_IRQFDS,
		.verdict = irqfd_assign,
	},
	{
		.function = "kvm_set_irq_routing",
		.module = "kvm",
		.features = KVMWARDEN_FEATURE_IRQ_ROUTES,
		.verdict = routing_set,
	},
};

const struct kw_hook_table kw_irq_table = {
	.hooks = irq_hooks,
	.nr = ARRAY_SIZE(irq_hooks),
};
