// SPDX-License-Identifier: GPL-2.0
/*
 * What a VMM is told by CPUID that KVM can do: nothing that its VMs may not do.
 * One that goes by it never asks for what would be refused.
 */
#include <linux/kvm_host.h>
#include <linux/ptrace.h>
#include <linux/uaccess.h>

#include "../later.h"
#include "../vm.h"
#include "guard.h"

/* CPUID: where AMD's and Intel's way to run VMs are told of */
#define LEAF_VMX	1
#define VMX		BIT(5)		/* in ECX */
#define LEAF_SVM	0x80000001
#define SVM		BIT(2)		/* in ECX */
#define LEAF_SVM_MORE	0x8000000a

/* KVM has no more entries than these */
#define ENTRIES_MAX	256

static bool strip(struct kvm_cpuid_entry2 *entry)
{
	switch (entry->function) {
	case LEAF_VMX:
		entry->ecx &= ~VMX;
		return true;
	case LEAF_SVM:
		entry->ecx &= ~SVM;
		return true;
	case LEAF_SVM_MORE:
		entry->eax = 0;
		entry->ebx = 0;
		entry->ecx = 0;
		entry->edx = 0;
		return true;
	}
	return false;
}

/*
 * It is the VMM's own memory by now, and whatever it makes of it is its own
 * affair: what is hidden here is refused elsewhere.
 */
static void strip_all(u64 answer)
{
	struct kvm_cpuid2 __user *to = u64_to_user_ptr(answer);
	struct kvm_cpuid_entry2 entry;
	u32 i, nr;

	if (regs_return_value(current_pt_regs()) || get_user(nr, &to->nent))
		return;
	for (i = 0; i < min_t(u32, nr, ENTRIES_MAX); i++) {
		if (copy_from_user(&entry, &to->entries[i], sizeof(entry)))
			return;
		if (strip(&entry) &&
		    copy_to_user(&to->entries[i], &entry, sizeof(entry)))
			return;
	}
}

/*
 * int kvm_dev_ioctl_get_cpuid(struct kvm_cpuid2 *cpuid,
 *			       struct kvm_cpuid_entry2 __user *entries,
 *			       unsigned int type)
 *
 * Called for KVM_GET_SUPPORTED_CPUID and KVM_GET_EMULATED_CPUID, before there
 * is a VM: what counts is who asks. It always runs, but for want of memory; the
 * answer is put right on the way back to user space.
 */
static long cpuid_get(const struct kw_regs *regs)
{
	if (!kw_vm_would_forbid(KVMWARDEN_DENY_NESTED))
		return 0;
	return kw_later(strip_all, kw_regs_arg(regs, 1) -
				   offsetof(struct kvm_cpuid2, entries));
}

static struct kw_hook cpuid_hooks[] = {
	{
		.function = "kvm_dev_ioctl_get_cpuid",
		.module = "kvm",
		.features = KVMWARDEN_FEATURE_NESTED,
		.verdict = cpuid_get,
	},
};

const struct kw_hook_table kw_cpuid_table = {
	.hooks = cpuid_hooks,
	.nr = ARRAY_SIZE(cpuid_hooks),
};
