// SPDX-License-Identifier: GPL-2.0
/* a triple fault of a VM's own guest is that guest's end, not the VM's */
#include <linux/kvm_host.h>

void *probe(struct kvm_x86_nested_ops *ops);
void *probe(struct kvm_x86_nested_ops *ops)
{
	return ops->triple_fault;
}
