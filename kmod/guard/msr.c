// SPDX-License-Identifier: GPL-2.0
/*
 * Which MSRs a VMM is told that there are: none that its VMs may not have. One
 * that saves all that it is told of would fail with those that its vCPUs lack.
 */
#include <linux/kvm_host.h>
#include <linux/ptrace.h>
#include <linux/uaccess.h>

#include <asm/msr-index.h>

#include "../later.h"
#include "../vm.h"
#include "guard.h"

/* KVM has no more of them than these */
#define MSRS_MAX	4096

static bool is_vmx(u32 msr)
{
	return msr >= MSR_IA32_VMX_BASIC && msr <= MSR_IA32_VMX_VMFUNC;
}

static int find_other(struct kvm_msr_list __user *to, u32 nr, u32 *other)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		if (get_user(*other, &to->indices[i]))
			return -EFAULT;
		if (!is_vmx(*other))
			return 0;
	}
	return -ENOENT;
}

/*
 * Another one, twice, stands in for each of them: KVM has told how long the list
 * is when the VMM asked for that, and the VMM may rely on it.
 */
static void replace_all(struct kvm_msr_list __user *to, u32 nr, u32 other)
{
	u32 i, msr;

	for (i = 0; i < nr; i++) {
		if (get_user(msr, &to->indices[i]))
			return;
		if (is_vmx(msr) && put_user(other, &to->indices[i]))
			return;
	}
}

static void strip_all(u64 answer)
{
	struct kvm_msr_list __user *to = u64_to_user_ptr(answer);
	u32 nr, other;

	/* KVM also tells the length where it had no room for the list */
	if (regs_return_value(current_pt_regs()) || get_user(nr, &to->nmsrs))
		return;
	nr = min_t(u32, nr, MSRS_MAX);
	if (!find_other(to, nr, &other))
		replace_all(to, nr, other);
}

/*
 * long kvm_arch_dev_ioctl(struct file *file, unsigned int ioctl,
 *			   unsigned long arg)
 *
 * Called for ioctls on /dev/kvm itself, before there is a VM: what counts is who
 * asks. It always runs, but for want of memory.
 */
static long dev_ioctl(const struct kw_regs *regs)
{
	switch ((unsigned int)kw_regs_arg(regs, 1)) {
	case KVM_GET_MSR_INDEX_LIST:
	case KVM_GET_MSR_FEATURE_INDEX_LIST:
		break;
	default:
		return 0;
	}
	if (!kw_vm_would_forbid(KVMWARDEN_DENY_NESTED))
		return 0;
	return kw_later(strip_all, kw_regs_arg(regs, 2));
}

static struct kw_hook msr_hooks[] = {
	{
		.function = "kvm_arch_dev_ioctl",
		.module = "kvm",
		.features = KVMWARDEN_FEATURE_NESTED,
		.verdict = dev_ioctl,
	},
};

const struct kw_hook_table kw_msr_table = {
	.hooks = msr_hooks,
	.nr = ARRAY_SIZE(msr_hooks),
};
