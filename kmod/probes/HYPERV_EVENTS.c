// SPDX-License-Identifier: GPL-2.0
/* a VM has a table of Hyper-V's event connections */
#include <linux/kvm_host.h>

bool probe(struct kvm *kvm);
bool probe(struct kvm *kvm)
{
	return idr_is_empty(&kvm->arch.hyperv.conn_to_evt);
}
