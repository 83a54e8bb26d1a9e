// SPDX-License-Identifier: GPL-2.0
/* kvm_arch_prepare_memory_region() is given the old and the new slot */
#include <linux/kvm_host.h>

int (*probe)(struct kvm *kvm, const struct kvm_memory_slot *old,
	     struct kvm_memory_slot *new, enum kvm_mr_change change) =
	kvm_arch_prepare_memory_region;
