// SPDX-License-Identifier: GPL-2.0
/* A VM runs VMs of its own. */
#include <linux/kvm_host.h>

#include "../place.h"
#include "../vm.h"
#include "guard.h"

/**
 * kw_nested_verdict() - may a VM run VMs of its own?
 * @vcpu: its vCPU that is about to
 * @operation: by what
 *
 * Context: process context; does not sleep.
 * Return: 0 or a negative errno.
 */
int kw_nested_verdict(const struct kvm_vcpu *vcpu,
		      enum kvmwarden_operation operation)
{
	struct kw_vm *vm;
	int err;

	if (!kw_place_ever_denied(KVMWARDEN_DENY_NESTED))
		return 0;
	err = kw_find_or_adopt(vcpu->kvm, operation, &vm);
	if (!vm)
		return err;
	err = kw_vm_forbidden(vm, KVMWARDEN_DENY_NESTED,
			      KVMWARDEN_REASON_NESTED, operation);
	/* what was asked of it when it had to leave the last time is over */
	if (!err && !xa_empty(&vm->leaving))
		kw_vm_note_leaving(vm, vcpu->vcpu_id, NULL);
	return err;
}

/**
 * kw_nested_had() - may a VM have been told that it can run VMs of its own?
 * @vcpu: its vCPU
 *
 * Then its hypervisor finds what it was told of, but none of its VMs runs.
 *
 * Context: process context; does not sleep.
 * Return: true if so.
 */
bool kw_nested_had(const struct kvm_vcpu *vcpu)
{
	struct kw_vm *vm = kw_vm_find(vcpu->kvm);

	return vm && kw_vm_had(vm, KVMWARDEN_DENY_NESTED);
}
