// SPDX-License-Identifier: GPL-2.0
/* A VM is created or destroyed. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>

#include "../vm.h"
#include "guard.h"

static bool layout_bad;

/**
 * kw_layout_bad() - is struct kvm something else than we were built for?
 *
 * Return: true if so; then none of its fields may be read.
 */
bool kw_layout_bad(void)
{
	return READ_ONCE(layout_bad);
}

/* Of a VM as new as this one KVM has set these and only its creator knows it. */
static bool layout_fits(const struct kvm *kvm)
{
	return kvm->mm == current->mm && !kvm->created_vcpus &&
	       !atomic_read(&kvm->online_vcpus);
}

/*
 * int kvm_coalesced_mmio_init(struct kvm *kvm)
 *
 * Called once for each VM, when struct kvm is complete and still private to
 * its creator; no locks. From here on, and if this is refused, KVM calls
 * kvm_arch_destroy_vm() exactly once.
 */
static long vm_create(const struct kw_regs *regs)
{
	struct kvm *kvm = (struct kvm *)kw_regs_arg(regs, 0);
	int err;

	if (!kw_layout_bad() && !layout_fits(kvm)) {
		WRITE_ONCE(layout_bad, true);
		pr_err("struct kvm is not what this module was built for: build it anew for the running kernel\n");
	}
	if (kw_layout_bad())
		return kw_unrecorded(KVMWARDEN_REASON_LAYOUT,
				     KVMWARDEN_OPERATION_CREATE_VM, -EPERM);

	err = kw_ends_seen() ? kw_vm_create(kvm) : -ENOMEM;
	if (err == -ENOMEM)
		return kw_unrecorded(KVMWARDEN_REASON_NO_RECORD,
				     KVMWARDEN_OPERATION_CREATE_VM, err);
	return err;
}

/*
 * void kvm_arch_destroy_vm(struct kvm *kvm)
 *
 * Called once, when nobody else can use the VM any more, by any task or by a
 * kernel worker; also for VMs that failed to be created. The address of struct
 * kvm may be used for another VM as soon as this returns.
 */
static long vm_destroy(const struct kw_regs *regs)
{
	kw_vm_destroy((struct kvm *)kw_regs_arg(regs, 0));
	return 0;
}

/* The one that removes records goes first, to be armed as long as any are made. */
static struct kw_hook lifecycle_hooks[] = {
	{
		.function = "kvm_arch_destroy_vm",
		.module = "kvm",
		.features = KW_FEATURES,
		.verdict = vm_destroy,
	},
	{
		.function = "kvm_coalesced_mmio_init",
		.module = "kvm",
		.features = KW_FEATURES,
		.verdict = vm_create,
	},
};

/**
 * kw_ends_seen() - are we told when a VM ends?
 *
 * Return: true if so; else no record may be made, for it would stay behind, and
 * lead to memory that is another's by then.
 */
bool kw_ends_seen(void)
{
	u32 state = READ_ONCE(lifecycle_hooks[0].state);

	return state == KVMWARDEN_HOOK_ARMED || state == KVMWARDEN_HOOK_STUCK;
}

const struct kw_hook_table kw_lifecycle_table = {
	.hooks = lifecycle_hooks,
	.nr = ARRAY_SIZE(lifecycle_hooks),
};
