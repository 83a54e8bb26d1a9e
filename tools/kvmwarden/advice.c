// SPDX-License-Identifier: GPL-2.0-only
/*
 * What people have to know of a denial.
 */
#include "advice.h"
#include "tool.h"

static const char *const operations[] = {
	[KVMWARDEN_OPERATION_UNKNOWN] =
		"It wanted something that this tool does not know.",
	[KVMWARDEN_OPERATION_CREATE_VM] =
		"A process wanted to create a VM.",
	[KVMWARDEN_OPERATION_CREATE_VCPU] =
		"The VMM wanted to create a vCPU.",
	[KVMWARDEN_OPERATION_SET_MEMORY] =
		"The VMM wanted to give its guest memory, as a slot of the guest's address space.",
	[KVMWARDEN_OPERATION_IOEVENTFD] =
		"The VMM wanted certain writes of its guest to be signalled by an eventfd.",
	[KVMWARDEN_OPERATION_COALESCED] =
		"The VMM wanted certain writes of its guest to be collected before it is told of them.",
	[KVMWARDEN_OPERATION_IRQFD] =
		"The VMM wanted an eventfd to raise an interrupt in its guest.",
	[KVMWARDEN_OPERATION_HV_EVENT] =
		"The VMM wanted a Hyper-V event of its guest to be signalled by an eventfd.",
	[KVMWARDEN_OPERATION_IRQ_ROUTES] =
		"The VMM wanted to say which interrupt of its guest leads where.",
	[KVMWARDEN_OPERATION_GUEST_MEMFD] =
		"The VMM wanted memory that only its guest can see.",
	[KVMWARDEN_OPERATION_NESTED_ENABLE] =
		"The guest, or the VMM for it, wanted to switch on what a processor has for VMs.",
	[KVMWARDEN_OPERATION_VMXON] =
		"The guest wanted to begin with VMX, that is, to run VMs of its own.",
	[KVMWARDEN_OPERATION_NESTED_ENTER] =
		"The guest wanted to enter a VM of its own.",
	[KVMWARDEN_OPERATION_NESTED_RETURN] =
		"The guest wanted to return, from system management mode, to a VM of its own.",
	[KVMWARDEN_OPERATION_SET_NESTED_STATE] =
		"The VMM wanted to put its guest, as it was saved or migrated, into a VM of the guest's own.",
};

static const struct {
	const char *what;
	const char *risk;
} matters[NR_MATTERS] = {
	[MATTER_VCPUS] = {
		"vCPUs",
		"A vCPU is a thread that computes as long as its guest likes, and takes some tens of KB of kernel memory. Up to the number of the host's processors this is usual. Beyond that, guests wait for each other; what really bounds their time is cpu.max of their cgroup."
	},
	[MATTER_MEMORY] = {
		"memory",
		"Whatever a guest is given it can take, and host memory is gone with it. Allow it if the host has that much to spare, all other limits added up; if not, the host swaps or kills. If nobody expected this guest to grow, ask its owner first."
	},
	[MATTER_MEMSLOTS] = {
		"memory slots",
		"Each slot takes kernel memory, in proportion to its size, which no other limit counts. A VMM with much hot-plugged memory or many passed-through devices may well need some hundred; thousands are no VMM's that we know of."
	},
	[MATTER_IOEVENTFDS] = {
		"ioeventfds",
		"Each takes kernel memory, and makes each I/O exit that searches them slower. virtio needs one for each queue: guests with many disks or many queues need hundreds. Thousands that grow on are an attack on the kernel's memory, or a leak in the VMM."
	},
	[MATTER_COALESCED] = {
		"zones of coalesced MMIO",
		"Each takes kernel memory, and VMMs use a handful, for old devices. The code behind it has let VMMs corrupt kernel memory (CVE-2019-14821). Whoever asks for more than the default has a reason that you should know."
	},
	[MATTER_IRQFDS] = {
		"irqfds",
		"Each takes kernel memory, and a place on an eventfd's wait queue. virtio and passed-through devices need one for each interrupt vector: hundreds are usual. Thousands that grow on are an attack on the kernel's memory, or a leak in the VMM."
	},
	[MATTER_HV_EVENTS] = {
		"Hyper-V event connections",
		"Each takes kernel memory. Only a VMM that offers Hyper-V's VMBus to Windows guests uses any, and few of them. More than the default is hardly ever meant well."
	},
	[MATTER_IRQ_ROUTES] = {
		"interrupt routes",
		"The table is kernel memory, and is copied whole whenever it changes. Each vector of each device has an entry: a guest with many devices may need a thousand. KVM itself allows 4096."
	},
	[MATTER_GUEST_MEMFD] = {
		"memory of guest_memfds",
		"This memory can neither be swapped nor be moved, and is not counted with memory slots. Only confidential guests need it, about as much as they have memory. Allow it to those that are meant to be confidential."
	},
	[MATTER_VMS] = {
		"VMs",
		"Each VM takes kernel memory, and is one more place from which to attack KVM. Allow it if you know who needs it. VMs that nobody knows of are what intruders hide in."
	},
	[MATTER_NESTED] = {
		"VMs within the VM",
		"Hardly. Nested virtualization is the largest way from a guest to its host: both escapes of 2026 (CVE-2026-53359, CVE-2026-64561) led through it, and so did most of KVM's other holes. Allow it only to guests that cannot do without and that you trust, in a class of their own, and see what kvmwarden doctor says of this kernel's fixes."
	},
	[MATTER_RECORD] = {
		"kernel memory for a VM's record",
		"The kernel had no memory for what it must know of each VM, or the VM's cgroup path or label is too long, or it would be charged to some hundred users and cgroups with limits. No policy allows it: a VM that is not on record could not be held to anything. Free memory, shorten the path, or set fewer limits on cgroups above each other."
	},
	[MATTER_LAYOUT] = {
		"a module that fits the kernel",
		"No: the module was built for another kernel than runs here and cannot tell VMs apart. No policy helps. Build it for this kernel, and load it anew: see kvmwarden doctor build."
	},
};

static const char *const levels[] = {
	[KVMWARDEN_LEVEL_VM] = "each VM",
	[KVMWARDEN_LEVEL_USER] =
		"all VMs of the class that belong to one user, together",
	[KVMWARDEN_LEVEL_HOST_USER] =
		"all VMs of the host that belong to one user, together",
	[KVMWARDEN_LEVEL_CGROUP] =
		"all VMs in a cgroup and below it, together",
	[KVMWARDEN_LEVEL_CLASS] = "all VMs of the class together",
	[KVMWARDEN_LEVEL_HOST] = "all VMs of the host together",
};

static const char *const events[] = {
	[KVMWARDEN_EVENT_LOST] =
		"Whoever read this was too slow, and the module keeps only so many events. What was lost is in the audit trail or the journal, if either is kept.",
	[KVMWARDEN_EVENT_DENIAL] = "",
	[KVMWARDEN_EVENT_VM_CREATED] =
		"Somebody has created a VM, and it is held to the policy from its first moment on. The class is the first one in the policy that takes its creator. If you do not know it, see who it was: `kvmwarden show` tells all that is known, as long as it runs.",
	[KVMWARDEN_EVENT_VM_ADOPTED] =
		"The VM was there before the hooks. It was found, charged for what it has, and is held to the policy since. What it had before, it keeps; for the rest it has to be restarted.",
	[KVMWARDEN_EVENT_VM_DESTROYED] =
		"The VM has ended, by itself or with its VMM, and what it was charged for is free again.",
	[KVMWARDEN_EVENT_VM_SET] =
		"Somebody has decided for this one VM, by `kvmwarden set`, whatever its class says. `kvmwarden show` tells what; it ends with the VM.",
	[KVMWARDEN_EVENT_COMMITTED] =
		"A policy was put in force, whole, and all VMs are in the classes that it has for them. If the digest is not that of a policy you know, `kvmwarden diff` shows what differs from the files.",
	[KVMWARDEN_EVENT_CONFIRMED] =
		"The policy in force had been put there for a while only. It was confirmed, and stays.",
	[KVMWARDEN_EVENT_ROLLED_BACK] =
		"The policy that was in force had been put there for a while only. It was not confirmed in time, or was taken back, and the one before is in force again.",
	[KVMWARDEN_EVENT_LOCKED] =
		"Until this host is rebooted nobody can change the policy, set a VM, disarm or unload the module.",
	[KVMWARDEN_EVENT_ARMED] =
		"KVM's functions are hooked, as far as they can be: from here on the policy holds. `kvmwarden status` tells of each hook.",
	[KVMWARDEN_EVENT_DISARMED] =
		"All hooks are off. Nothing is enforced and no VM is on record until a policy is put in force again: kvmwarden apply.",
	[KVMWARDEN_EVENT_HOOK] =
		"A function of KVM is hooked, or is not any more. That is usual while KVM's modules come and go. If the state is `failed' or `missing', what needs this hook is not enforced: kvmwarden doctor hooks.",
	[KVMWARDEN_EVENT_CANARY] =
		"The module calls a hooked function of its own now and then, which must be refused. Where it is not, ftrace does not work on this host, and nothing is guaranteed: kvmwarden doctor canary, kvmwarden doctor ftrace.",
};

static const char newer[] =
	"This tool does not know what that is; install the one that came with the module.";

const char *advice_operation(__u32 operation)
{
	return operations[operation < ARRAY_SIZE(operations) ? operation : 0];
}

const char *advice_matter(enum matter matter)
{
	return matters[matter].what;
}

const char *advice_risk(enum matter matter)
{
	return matters[matter].risk;
}

const char *advice_level(__u32 level)
{
	return level < ARRAY_SIZE(levels) ? levels[level] :
					    "something newer than this tool";
}

const char *advice_event(__u32 type)
{
	if (type < ARRAY_SIZE(events))
		return events[type];
	return newer;
}
