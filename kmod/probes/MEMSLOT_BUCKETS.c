// SPDX-License-Identifier: GPL-2.0
/* kvm_for_each_memslot() walks a hash table and needs a bucket variable */
#include <linux/kvm_host.h>

void probe(struct kvm_memslots *slots);
void probe(struct kvm_memslots *slots)
{
	struct kvm_memory_slot *slot;
	int bucket;

	kvm_for_each_memslot(slot, bucket, slots)
		;
}
