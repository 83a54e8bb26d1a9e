// SPDX-License-Identifier: GPL-2.0
/* A VM is given memory that only it can use. */
#include <linux/kvm_host.h>

#include "../vm.h"
#include "guard.h"

#ifdef KVM_CREATE_GUEST_MEMFD
static u64 size_of(const struct kw_regs *regs)
{
	const struct kvm_create_guest_memfd *args =
		(void *)kw_regs_arg(regs, 1);

	return args->size;
}
#else
/* A KVM that does not know of it has no such function, either. */
static u64 size_of(const struct kw_regs *regs)
{
	return U64_MAX;
}
#endif

/*
 * int kvm_gmem_create(struct kvm *kvm, struct kvm_create_guest_memfd *args)
 *
 * @args is KVM's own copy. No lock, and KVM does not count: so what was asked
 * for is added up, if KVM fails later on as well, and stays when the file is
 * closed, which the VM may outlive.
 */
static long memfd_create(const struct kw_regs *regs)
{
	struct kvm *kvm = (struct kvm *)kw_regs_arg(regs, 0);
	struct kw_vm *vm;
	int err;

	err = kw_find_or_adopt(kvm, KVMWARDEN_OPERATION_GUEST_MEMFD, &vm);
	if (!vm)
		return err;
	return kw_vm_limit_add(vm, KVMWARDEN_LIMIT_GUEST_MEMFD, size_of(regs));
}

static struct kw_hook memfd_hooks[] = {
	{
		.function = "kvm_gmem_create",
		.module = "kvm",
		.optional = true,
		.features = KVMWARDEN_FEATURE_GUEST_MEMFD,
		.verdict = memfd_create,
	},
};

const struct kw_hook_table kw_guest_memfd_table = {
	.hooks = memfd_hooks,
	.nr = ARRAY_SIZE(memfd_hooks),
};
