// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_arch_vcpu_precreate() is called with kvm->lock held, before the vCPU is
 * counted: no header shows that, but it came together with these fields
 */
#include <linux/kvm_host.h>

unsigned long probe(struct kvm *kvm);
unsigned long probe(struct kvm *kvm)
{
#ifdef CONFIG_X86
	return kvm->arch.max_vcpu_ids;
#else
	return kvm->max_vcpus;
#endif
}
