// SPDX-License-Identifier: GPL-2.0
/* What numbers of the uapi are called, where people and programs read them. */
#include <linux/kernel.h>
#include <linux/types.h>

#include "name.h"

static const char *const reasons[KVMWARDEN_NR_REASONS] = {
	[KVMWARDEN_REASON_VM_VCPUS]		= "vm-vcpus",
	[KVMWARDEN_REASON_VM_MEMORY]		= "vm-memory",
	[KVMWARDEN_REASON_CLASS_VMS]		= "class-vms",
	[KVMWARDEN_REASON_CLASS_VCPUS]		= "class-vcpus",
	[KVMWARDEN_REASON_CLASS_MEMORY]		= "class-memory",
	[KVMWARDEN_REASON_HOST_VMS]		= "host-vms",
	[KVMWARDEN_REASON_HOST_VCPUS]		= "host-vcpus",
	[KVMWARDEN_REASON_HOST_MEMORY]		= "host-memory",
	[KVMWARDEN_REASON_NO_RECORD]		= "no-record",
	[KVMWARDEN_REASON_LAYOUT]		= "layout",
	[KVMWARDEN_REASON_NESTED]		= "nested",
	[KVMWARDEN_REASON_USER_VMS]		= "user-vms",
	[KVMWARDEN_REASON_USER_VCPUS]		= "user-vcpus",
	[KVMWARDEN_REASON_USER_MEMORY]		= "user-memory",
	[KVMWARDEN_REASON_HOST_USER_VMS]	= "host-user-vms",
	[KVMWARDEN_REASON_HOST_USER_VCPUS]	= "host-user-vcpus",
	[KVMWARDEN_REASON_HOST_USER_MEMORY]	= "host-user-memory",
	[KVMWARDEN_REASON_CGROUP_VMS]		= "cgroup-vms",
	[KVMWARDEN_REASON_CGROUP_VCPUS]		= "cgroup-vcpus",
	[KVMWARDEN_REASON_CGROUP_MEMORY]	= "cgroup-memory",
	[KVMWARDEN_REASON_VM_MEMSLOTS]		= "vm-memslots",
	[KVMWARDEN_REASON_VM_IOEVENTFDS]	= "vm-ioeventfds",
	[KVMWARDEN_REASON_VM_COALESCED]		= "vm-coalesced",
	[KVMWARDEN_REASON_VM_IRQFDS]		= "vm-irqfds",
	[KVMWARDEN_REASON_VM_HV_EVENTS]		= "vm-hv-events",
	[KVMWARDEN_REASON_VM_IRQ_ROUTES]	= "vm-irq-routes",
	[KVMWARDEN_REASON_VM_GUEST_MEMFD]	= "vm-guest-memfd",
};

static const char *const operations[] = {
	[KVMWARDEN_OPERATION_UNKNOWN]		= "unknown",
	[KVMWARDEN_OPERATION_CREATE_VM]		= "KVM_CREATE_VM",
	[KVMWARDEN_OPERATION_CREATE_VCPU]	= "KVM_CREATE_VCPU",
	[KVMWARDEN_OPERATION_SET_MEMORY]	= "KVM_SET_USER_MEMORY_REGION",
	[KVMWARDEN_OPERATION_IOEVENTFD]		= "KVM_IOEVENTFD",
	[KVMWARDEN_OPERATION_COALESCED]		= "KVM_REGISTER_COALESCED_MMIO",
	[KVMWARDEN_OPERATION_IRQFD]		= "KVM_IRQFD",
	[KVMWARDEN_OPERATION_HV_EVENT]		= "KVM_HYPERV_EVENTFD",
	[KVMWARDEN_OPERATION_IRQ_ROUTES]	= "KVM_SET_GSI_ROUTING",
	[KVMWARDEN_OPERATION_GUEST_MEMFD]	= "KVM_CREATE_GUEST_MEMFD",
	[KVMWARDEN_OPERATION_NESTED_ENABLE]	= "nested-enable",
	[KVMWARDEN_OPERATION_VMXON]		= "VMXON",
	[KVMWARDEN_OPERATION_NESTED_ENTER]	= "nested-enter",
	[KVMWARDEN_OPERATION_NESTED_RETURN]	= "nested-return",
	[KVMWARDEN_OPERATION_SET_NESTED_STATE]	= "KVM_SET_NESTED_STATE",
};

static const char *const events[] = {
	[KVMWARDEN_EVENT_LOST]		= "events-lost",
	[KVMWARDEN_EVENT_DENIAL]	= "denial",
	[KVMWARDEN_EVENT_VM_CREATED]	= "vm-create",
	[KVMWARDEN_EVENT_VM_ADOPTED]	= "vm-adopt",
	[KVMWARDEN_EVENT_VM_DESTROYED]	= "vm-destroy",
	[KVMWARDEN_EVENT_VM_SET]	= "vm-set",
	[KVMWARDEN_EVENT_COMMITTED]	= "policy-commit",
	[KVMWARDEN_EVENT_CONFIRMED]	= "policy-confirm",
	[KVMWARDEN_EVENT_ROLLED_BACK]	= "policy-rollback",
	[KVMWARDEN_EVENT_LOCKED]	= "lock",
	[KVMWARDEN_EVENT_ARMED]		= "arm",
	[KVMWARDEN_EVENT_DISARMED]	= "disarm",
	[KVMWARDEN_EVENT_HOOK]		= "hook",
	[KVMWARDEN_EVENT_CANARY]	= "canary",
};

/**
 * kw_event_name() - what a kind of event is called
 * @type: &enum kvmwarden_event_type
 *
 * Return: its name, no longer than KW_NAME_ROOM.
 */
const char *kw_event_name(u32 type)
{
	return type < ARRAY_SIZE(events) ? events[type] : "unknown";
}

/**
 * kw_reason_name() - what a reason is called
 * @reason: &enum kvmwarden_reason
 *
 * Return: its name, no longer than KW_NAME_ROOM.
 */
const char *kw_reason_name(u32 reason)
{
	return reason < ARRAY_SIZE(reasons) ? reasons[reason] : "unknown";
}

/**
 * kw_operation_name() - what an operation is called
 * @operation: &enum kvmwarden_operation
 *
 * Return: its name, no longer than KW_NAME_ROOM.
 */
const char *kw_operation_name(u32 operation)
{
	return operations[operation < ARRAY_SIZE(operations) ? operation : 0];
}
