// SPDX-License-Identifier: GPL-2.0-only
/*
 * What numbers in events are called; the audit trail has the same names.
 */
#include <stdio.h>
#include <string.h>

#include "event.h"
#include "names.h"
#include "tool.h"

static const char *const types[] = {
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

static const char *const levels[] = {
	[KVMWARDEN_LEVEL_VM]		= "vm",
	[KVMWARDEN_LEVEL_USER]		= "user",
	[KVMWARDEN_LEVEL_HOST_USER]	= "host-user",
	[KVMWARDEN_LEVEL_CGROUP]	= "cgroup",
	[KVMWARDEN_LEVEL_CLASS]		= "class",
	[KVMWARDEN_LEVEL_HOST]		= "host",
};

const char *event_type_name(__u32 type)
{
	static char newer[24];

	if (type < ARRAY_SIZE(types))
		return types[type];
	snprintf(newer, sizeof(newer), "event-%u", type);
	return newer;
}

const char *operation_name(__u32 operation)
{
	return operations[operation < ARRAY_SIZE(operations) ? operation : 0];
}

const char *account_level_name(__u32 level)
{
	return level < ARRAY_SIZE(levels) ? levels[level] : "unknown";
}

static bool find(const char *const *names, size_t count, const char *name,
		 __u32 *number)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(names[i], name))
			continue;
		*number = i;
		return true;
	}
	return false;
}

bool event_type_from(const char *name, __u32 *type)
{
	return find(types, ARRAY_SIZE(types), name, type);
}

bool operation_from(const char *name, __u32 *operation)
{
	return find(operations, ARRAY_SIZE(operations), name, operation);
}

bool account_level_from(const char *name, __u32 *level)
{
	return find(levels, ARRAY_SIZE(levels), name, level);
}

bool reason_from(const char *name, __u32 *reason)
{
	for (*reason = 0; *reason < KVMWARDEN_NR_REASONS; ++*reason) {
		if (!strcmp(reason_name(*reason).name, name))
			return true;
	}
	return false;
}

bool hook_state_from(const char *name, __u32 *state)
{
	for (*state = 0; *state <= KVMWARDEN_HOOK_ABSENT; ++*state) {
		if (!strcmp(hook_state_name(*state), name))
			return true;
	}
	return false;
}
