// SPDX-License-Identifier: GPL-2.0
/* kvm_arch_prepare_memory_region() is given the new slot and the request */
#include <linux/kvm_host.h>

int (*probe)(struct kvm *kvm, struct kvm_memory_slot *memslot,
	     const struct kvm_userspace_memory_region *mem,
	     enum kvm_mr_change change) = kvm_arch_prepare_memory_region;
