// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names for numbers, and back.
 */
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include <linux/kvmwarden.h>

#include "names.h"
#include "tool.h"

static const char *const modes[] = {
	[KVMWARDEN_MODE_OFF]		= "off",
	[KVMWARDEN_MODE_PERMISSIVE]	= "permissive",
	[KVMWARDEN_MODE_ENFORCE]	= "enforce",
};

static const char *const hook_states[] = {
	[KVMWARDEN_HOOK_OFF]		= "off",
	[KVMWARDEN_HOOK_WAITING]	= "waiting",
	[KVMWARDEN_HOOK_ARMED]		= "armed",
	[KVMWARDEN_HOOK_MISSING]	= "missing",
	[KVMWARDEN_HOOK_FAILED]		= "failed",
	[KVMWARDEN_HOOK_STUCK]		= "stuck",
	[KVMWARDEN_HOOK_ABSENT]		= "absent",
};

static const char *const revokes[] = {
	[KVMWARDEN_REVOKE_FAIL]	= "fail",
	[KVMWARDEN_REVOKE_KILL]	= "kill",
};

static const char *const account_levels[] = {
	[KVMWARDEN_LEVEL_VM]		= "vm",
	[KVMWARDEN_LEVEL_USER]		= "user",
	[KVMWARDEN_LEVEL_HOST_USER]	= "host-user",
	[KVMWARDEN_LEVEL_CGROUP]	= "cgroup",
	[KVMWARDEN_LEVEL_CLASS]		= "class",
	[KVMWARDEN_LEVEL_HOST]		= "host",
};

static const struct reason reasons[KVMWARDEN_NR_REASONS] = {
	[KVMWARDEN_REASON_VM_VCPUS] = {
		"vm-vcpus", "vCPU limit of the VM", false
	},
	[KVMWARDEN_REASON_VM_MEMORY] = {
		"vm-memory", "memory limit of the VM", true
	},
	[KVMWARDEN_REASON_CLASS_VMS] = {
		"class-vms", "VM limit of the class", false
	},
	[KVMWARDEN_REASON_CLASS_VCPUS] = {
		"class-vcpus", "vCPU limit of the class", false
	},
	[KVMWARDEN_REASON_CLASS_MEMORY] = {
		"class-memory", "memory limit of the class", true
	},
	[KVMWARDEN_REASON_HOST_VMS] = {
		"host-vms", "VM limit of the host", false
	},
	[KVMWARDEN_REASON_HOST_VCPUS] = {
		"host-vcpus", "vCPU limit of the host", false
	},
	[KVMWARDEN_REASON_HOST_MEMORY] = {
		"host-memory", "memory limit of the host", true
	},
	[KVMWARDEN_REASON_NO_RECORD] = {
		"no-record", "no kernel memory for the VM's record", false
	},
	[KVMWARDEN_REASON_LAYOUT] = {
		"layout", "module built for another kernel", false
	},
	[KVMWARDEN_REASON_NESTED] = {
		"nested", "nested virtualization", false
	},
	[KVMWARDEN_REASON_USER_VMS] = {
		"user-vms", "VM limit of a user in the class", false
	},
	[KVMWARDEN_REASON_USER_VCPUS] = {
		"user-vcpus", "vCPU limit of a user in the class", false
	},
	[KVMWARDEN_REASON_USER_MEMORY] = {
		"user-memory", "memory limit of a user in the class", true
	},
	[KVMWARDEN_REASON_HOST_USER_VMS] = {
		"host-user-vms", "VM limit of a user of the host", false
	},
	[KVMWARDEN_REASON_HOST_USER_VCPUS] = {
		"host-user-vcpus", "vCPU limit of a user of the host", false
	},
	[KVMWARDEN_REASON_HOST_USER_MEMORY] = {
		"host-user-memory", "memory limit of a user of the host", true
	},
	[KVMWARDEN_REASON_CGROUP_VMS] = {
		"cgroup-vms", "VM limit of a cgroup", false
	},
	[KVMWARDEN_REASON_CGROUP_VCPUS] = {
		"cgroup-vcpus", "vCPU limit of a cgroup", false
	},
	[KVMWARDEN_REASON_CGROUP_MEMORY] = {
		"cgroup-memory", "memory limit of a cgroup", true
	},
	[KVMWARDEN_REASON_VM_MEMSLOTS] = {
		"vm-memslots", "memory slot limit of the VM", false
	},
	[KVMWARDEN_REASON_VM_IOEVENTFDS] = {
		"vm-ioeventfds", "ioeventfd limit of the VM", false
	},
	[KVMWARDEN_REASON_VM_COALESCED] = {
		"vm-coalesced", "limit on coalesced zones of the VM", false
	},
	[KVMWARDEN_REASON_VM_IRQFDS] = {
		"vm-irqfds", "irqfd limit of the VM", false
	},
	[KVMWARDEN_REASON_VM_HV_EVENTS] = {
		"vm-hv-events", "limit on Hyper-V events of the VM", false
	},
	[KVMWARDEN_REASON_VM_IRQ_ROUTES] = {
		"vm-irq-routes", "limit on IRQ routes of the VM", false
	},
	[KVMWARDEN_REASON_VM_GUEST_MEMFD] = {
		"vm-guest-memfd", "guest_memfd limit of the VM", true
	},
};

const struct feature features[] = {
	{ KVMWARDEN_FEATURE_VMS,	"vms",		"VMs" },
	{ KVMWARDEN_FEATURE_VCPUS,	"vcpus",	"vCPUs" },
	{ KVMWARDEN_FEATURE_MEMORY,	"memory",	"memory" },
	{ KVMWARDEN_FEATURE_NESTED,	"nested",	"nesting" },
	{ KVMWARDEN_FEATURE_MEMSLOTS,	"memslots",	"memory slots" },
	{ KVMWARDEN_FEATURE_IOEVENTFDS,	"ioeventfds",	"ioeventfds" },
	{ KVMWARDEN_FEATURE_COALESCED,	"coalesced",	"coalesced zones" },
	{ KVMWARDEN_FEATURE_IRQFDS,	"irqfds",	"irqfds" },
	{ KVMWARDEN_FEATURE_HV_EVENTS,	"hv-events",	"Hyper-V events" },
	{ KVMWARDEN_FEATURE_IRQ_ROUTES,	"irq-routes",	"IRQ routes" },
	{ KVMWARDEN_FEATURE_GUEST_MEMFD, "guest-memfd",	"guest_memfd" },
};

const unsigned int nr_features = ARRAY_SIZE(features);

const char *mode_name(__u32 mode)
{
	return mode_known(mode) ? modes[mode] : "unknown";
}

bool mode_known(__u32 mode)
{
	return mode < ARRAY_SIZE(modes);
}

bool mode_from_name(const char *name, __u32 *mode)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!strcmp(name, modes[i])) {
			*mode = i;
			return true;
		}
	}
	return false;
}

const char *nested_name(__u64 deny)
{
	return deny & KVMWARDEN_DENY_NESTED ? "deny" : "allow";
}

bool revoke_known(__u32 revoke)
{
	return revoke < ARRAY_SIZE(revokes);
}

const char *revoke_name(__u32 revoke)
{
	return revoke_known(revoke) ? revokes[revoke] : "unknown";
}

const char *hook_state_name(__u32 state)
{
	return state < ARRAY_SIZE(hook_states) ? hook_states[state] : "unknown";
}

const char *account_of_name(__u32 level)
{
	return level < ARRAY_SIZE(account_levels) ? account_levels[level] :
						    "unknown";
}

struct reason reason_name(unsigned int reason)
{
	static char names[KVMWARDEN_REASONS_MAX + 1][24];

	if (reason > KVMWARDEN_REASONS_MAX)
		reason = KVMWARDEN_REASONS_MAX;
	if (reason < ARRAY_SIZE(reasons))
		return reasons[reason];
	snprintf(names[reason], sizeof(names[reason]), "reason-%u", reason);
	return (struct reason) {
		names[reason], "a reason newer than this tool", false
	};
}

const char *reason_amount(char buf[AMOUNT_LEN], unsigned int reason,
			  __u64 value)
{
	return reason_name(reason).bytes ? amount_human(buf, value) :
					   amount_count(buf, value);
}

const char *feature_texts(__u64 bits)
{
	static char text[200];
	const char *joint = "limits on ";
	unsigned int i;

	text[0] = '\0';
	for (i = 0; i < nr_features; i++) {
		if (!(bits & features[i].bit))
			continue;
		bits &= ~features[i].bit;
		strcat(strcat(text, joint), features[i].text);
		/* one more is the last */
		joint = bits & (bits - 1) ? ", " : " and ";
	}
	if (bits)
		strcat(text, text[0] ? " and more" : "something newer");
	return text;
}

const char *user_name(char buf[NAME_LEN], __u32 uid)
{
	const struct passwd *user = getpwuid(uid);

	if (user)
		snprintf(buf, NAME_LEN, "%s", user->pw_name);
	else
		snprintf(buf, NAME_LEN, "%u", uid);
	return buf;
}
