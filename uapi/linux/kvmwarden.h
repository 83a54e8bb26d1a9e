/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * kvmwarden - host-side policy for KVM
 *
 * The whole contract between kvmwarden.ko and user space.
 *
 * Everything goes through ioctls on /dev/kvmwarden (mode 0600), each of which
 * also needs CAP_SYS_ADMIN in the initial user namespace, and through the
 * ruleset file descriptor that KVMWARDEN_RULESET_BEGIN returns. What happens is
 * read from /dev/kvmwarden: see &struct kvmwarden_event.
 *
 * Every ioctl takes a pointer to a struct that begins with its own size, as
 * the caller was built with. A struct may grow at its end:
 *
 * - a caller built with an older header passes a smaller size and gets the
 *   behaviour it knows: what is missing counts as zero;
 * - a caller built with a newer header may pass a larger size, as long as all
 *   bytes that this kernel does not know are zero, else it gets -E2BIG.
 *
 * The ioctl number does not change when its struct grows. Bits and values that
 * are not listed here are refused with -EINVAL, and so are reserved fields that
 * are not zero. All structs have the same layout for 32- and 64-bit callers.
 *
 * Errors common to all: -EPERM (no CAP_SYS_ADMIN), -EFAULT (bad pointer),
 * -EINVAL (size too small, or as above), -E2BIG, -ENOTTY (unknown ioctl),
 * -ENOMEM, -EINTR; of those that change something, -EROFS (KVMWARDEN_LOCK). That
 * the struct is in memory that can be written is checked before anything is
 * done.
 */
#ifndef _UAPI_LINUX_KVMWARDEN_H
#define _UAPI_LINUX_KVMWARDEN_H

#include <linux/ioctl.h>
#include <linux/types.h>

/** KVMWARDEN_ABI: what &kvmwarden_status.abi reads for this header */
#define KVMWARDEN_ABI		1

#define KVMWARDEN_DEVICE	"/dev/kvmwarden"

/** KVMWARDEN_UNLIMITED: a limit that refuses nothing */
#define KVMWARDEN_UNLIMITED	(~0ULL)

/** KVMWARDEN_NAME_LEN: room for a name with its final NUL */
#define KVMWARDEN_NAME_LEN	64

/** KVMWARDEN_CGROUP_LEN: longest cgroup path or pattern, final NUL included */
#define KVMWARDEN_CGROUP_LEN	4096

/** KVMWARDEN_LABEL_LEN: longest LSM label or pattern, final NUL included */
#define KVMWARDEN_LABEL_LEN	4096

/** KVMWARDEN_PATH_LEN: longest path of an executable, final NUL included */
#define KVMWARDEN_PATH_LEN	4096

/** KVMWARDEN_DIGEST_LEN: bytes of a ruleset's digest, SHA-256 */
#define KVMWARDEN_DIGEST_LEN	32

/** KVMWARDEN_CLASSES_MAX: classes a ruleset may hold, ``default`` included */
#define KVMWARDEN_CLASSES_MAX	10000

/** KVMWARDEN_CGROUPS_MAX: &struct kvmwarden_cgroup that a ruleset may hold */
#define KVMWARDEN_CGROUPS_MAX	1000

/** KVMWARDEN_CONFIRM_MAX: longest time to wait for a confirmation, in seconds */
#define KVMWARDEN_CONFIRM_MAX	86400

/**
 * enum kvmwarden_mode - what happens to a request that a limit does not allow
 * @KVMWARDEN_MODE_OFF: it passes and nothing is said; charges are still kept
 * @KVMWARDEN_MODE_PERMISSIVE: it passes, and is counted and logged
 * @KVMWARDEN_MODE_ENFORCE: it is refused, counted and logged
 */
enum kvmwarden_mode {
	KVMWARDEN_MODE_OFF		= 0,
	KVMWARDEN_MODE_PERMISSIVE	= 1,
	KVMWARDEN_MODE_ENFORCE		= 2
};

/**
 * struct kvmwarden_amounts - amounts in use, or limits on them
 * @vms: virtual machines
 * @vcpus: vCPUs created; KVM frees them only together with their VM
 * @memory: bytes of live memory slots of user space, read-only ones included
 *	and KVM's own excepted; of a VM with two address spaces (x86 SMM maps
 *	its RAM in both) the larger one counts
 *
 * As a limit, each is the largest amount allowed, or KVMWARDEN_UNLIMITED.
 */
struct kvmwarden_amounts {
	__u64 vms;
	__u64 vcpus;
	__u64 memory;
};

/**
 * enum kvmwarden_limit - what each VM for itself may have only so much of
 * @KVMWARDEN_LIMIT_VCPUS: as &kvmwarden_amounts.vcpus
 * @KVMWARDEN_LIMIT_MEMORY: as &kvmwarden_amounts.memory
 * @KVMWARDEN_LIMIT_MEMSLOTS: live memory slots of user space, of all address
 *	spaces
 * @KVMWARDEN_LIMIT_IOEVENTFDS: ioeventfds
 * @KVMWARDEN_LIMIT_COALESCED: zones of coalesced MMIO and port I/O
 * @KVMWARDEN_LIMIT_IRQFDS: irqfds
 * @KVMWARDEN_LIMIT_HV_EVENTS: Hyper-V event connections
 *	(KVM_HYPERV_EVENTFD), x86
 * @KVMWARDEN_LIMIT_IRQ_ROUTES: entries of the table of KVM_SET_GSI_ROUTING
 * @KVMWARDEN_LIMIT_GUEST_MEMFD: bytes of all guest_memfds the VM ever created
 * @KVMWARDEN_NR_LIMITS: how many there are
 */
enum kvmwarden_limit {
	KVMWARDEN_LIMIT_VCPUS		= 0,
	KVMWARDEN_LIMIT_MEMORY		= 1,
	KVMWARDEN_LIMIT_MEMSLOTS	= 2,
	KVMWARDEN_LIMIT_IOEVENTFDS	= 3,
	KVMWARDEN_LIMIT_COALESCED	= 4,
	KVMWARDEN_LIMIT_IRQFDS		= 5,
	KVMWARDEN_LIMIT_HV_EVENTS	= 6,
	KVMWARDEN_LIMIT_IRQ_ROUTES	= 7,
	KVMWARDEN_LIMIT_GUEST_MEMFD	= 8,
	KVMWARDEN_NR_LIMITS
};

/** KVMWARDEN_LIMITS_MAX: room for limits in a &struct kvmwarden_limits */
#define KVMWARDEN_LIMITS_MAX	16

/**
 * struct kvmwarden_limits - limits on one VM, or what it uses of them
 * @of: by &enum kvmwarden_limit; as a limit, the largest amount allowed, or
 *	KVMWARDEN_UNLIMITED. Those from KVMWARDEN_NR_LIMITS on must be 0
 */
struct kvmwarden_limits {
	__u64 of[KVMWARDEN_LIMITS_MAX];
};

/*
 * What a class allows that says nothing else: more than VMMs are known to use.
 * vCPUs and memory are unlimited.
 */
#define KVMWARDEN_DEFAULT_MEMSLOTS	8192
#define KVMWARDEN_DEFAULT_IOEVENTFDS	16384
#define KVMWARDEN_DEFAULT_COALESCED	256
#define KVMWARDEN_DEFAULT_IRQFDS	8192
#define KVMWARDEN_DEFAULT_HV_EVENTS	256
#define KVMWARDEN_DEFAULT_IRQ_ROUTES	4096
#define KVMWARDEN_DEFAULT_GUEST_MEMFD	(64ULL << 40)

/**
 * struct kvmwarden_string - a text in the caller's memory
 * @address: of a NUL-terminated text, or of a buffer for one; 0 for none
 * @len: text given: must be 0. Buffer: in: its size; out: bytes that the whole
 *	text takes, its final NUL included, of which those that did not fit were
 *	cut off; 0 where there is no text
 * @reserved: must be 0
 */
struct kvmwarden_string {
	__u64 address;
	__u32 len;
	__u32 reserved;
};

/**
 * enum kvmwarden_reason - why a request was refused, or would have been
 * @KVMWARDEN_REASON_VM_VCPUS: the VM's own limit on vCPUs is reached (-EDQUOT)
 * @KVMWARDEN_REASON_VM_MEMORY: ... on memory (-EDQUOT)
 * @KVMWARDEN_REASON_CLASS_VMS: the limit on VMs of the class (-EDQUOT)
 * @KVMWARDEN_REASON_CLASS_VCPUS: ... on vCPUs of all its VMs (-EDQUOT)
 * @KVMWARDEN_REASON_CLASS_MEMORY: ... on memory of all its VMs (-EDQUOT)
 * @KVMWARDEN_REASON_HOST_VMS: the limit on VMs of the host (-EDQUOT)
 * @KVMWARDEN_REASON_HOST_VCPUS: ... on vCPUs of all VMs (-EDQUOT)
 * @KVMWARDEN_REASON_HOST_MEMORY: ... on memory of all VMs (-EDQUOT)
 * @KVMWARDEN_REASON_NO_RECORD: the VM could not be put on record, for want of
 *	memory, or because its cgroup path or label is too long, or because some
 *	100 users and cgroups with limits would be charged (-ENOMEM)
 * @KVMWARDEN_REASON_LAYOUT: struct kvm is not what the module was built for
 *	(-EPERM)
 * @KVMWARDEN_REASON_NESTED: the VM may not run VMs of its own (-EPERM, or as
 *	&enum kvmwarden_revoke has it)
 * @KVMWARDEN_REASON_USER_VMS: the limit on VMs of a user in the class (-EDQUOT)
 * @KVMWARDEN_REASON_USER_VCPUS: ... on vCPUs (-EDQUOT)
 * @KVMWARDEN_REASON_USER_MEMORY: ... on memory (-EDQUOT)
 * @KVMWARDEN_REASON_HOST_USER_VMS: the limit on VMs of a user on the host
 *	(-EDQUOT)
 * @KVMWARDEN_REASON_HOST_USER_VCPUS: ... on vCPUs (-EDQUOT)
 * @KVMWARDEN_REASON_HOST_USER_MEMORY: ... on memory (-EDQUOT)
 * @KVMWARDEN_REASON_CGROUP_VMS: the limit on VMs of a cgroup (-EDQUOT)
 * @KVMWARDEN_REASON_CGROUP_VCPUS: ... on vCPUs (-EDQUOT)
 * @KVMWARDEN_REASON_CGROUP_MEMORY: ... on memory (-EDQUOT)
 * @KVMWARDEN_REASON_VM_MEMSLOTS: the VM's limit KVMWARDEN_LIMIT_MEMSLOTS
 *	(-EDQUOT)
 * @KVMWARDEN_REASON_VM_IOEVENTFDS: ... KVMWARDEN_LIMIT_IOEVENTFDS (-EDQUOT)
 * @KVMWARDEN_REASON_VM_COALESCED: ... KVMWARDEN_LIMIT_COALESCED (-EDQUOT)
 * @KVMWARDEN_REASON_VM_IRQFDS: ... KVMWARDEN_LIMIT_IRQFDS (-EDQUOT)
 * @KVMWARDEN_REASON_VM_HV_EVENTS: ... KVMWARDEN_LIMIT_HV_EVENTS (-EDQUOT)
 * @KVMWARDEN_REASON_VM_IRQ_ROUTES: ... KVMWARDEN_LIMIT_IRQ_ROUTES (-EDQUOT)
 * @KVMWARDEN_REASON_VM_GUEST_MEMFD: ... KVMWARDEN_LIMIT_GUEST_MEMFD (-EDQUOT)
 * @KVMWARDEN_NR_REASONS: how many reasons there are
 */
enum kvmwarden_reason {
	KVMWARDEN_REASON_VM_VCPUS	= 0,
	KVMWARDEN_REASON_VM_MEMORY	= 1,
	KVMWARDEN_REASON_CLASS_VMS	= 2,
	KVMWARDEN_REASON_CLASS_VCPUS	= 3,
	KVMWARDEN_REASON_CLASS_MEMORY	= 4,
	KVMWARDEN_REASON_HOST_VMS	= 5,
	KVMWARDEN_REASON_HOST_VCPUS	= 6,
	KVMWARDEN_REASON_HOST_MEMORY	= 7,
	KVMWARDEN_REASON_NO_RECORD	= 8,
	KVMWARDEN_REASON_LAYOUT		= 9,
	KVMWARDEN_REASON_NESTED		= 10,
	KVMWARDEN_REASON_USER_VMS	= 11,
	KVMWARDEN_REASON_USER_VCPUS	= 12,
	KVMWARDEN_REASON_USER_MEMORY	= 13,
	KVMWARDEN_REASON_HOST_USER_VMS	= 14,
	KVMWARDEN_REASON_HOST_USER_VCPUS = 15,
	KVMWARDEN_REASON_HOST_USER_MEMORY = 16,
	KVMWARDEN_REASON_CGROUP_VMS	= 17,
	KVMWARDEN_REASON_CGROUP_VCPUS	= 18,
	KVMWARDEN_REASON_CGROUP_MEMORY	= 19,
	KVMWARDEN_REASON_VM_MEMSLOTS	= 20,
	KVMWARDEN_REASON_VM_IOEVENTFDS	= 21,
	KVMWARDEN_REASON_VM_COALESCED	= 22,
	KVMWARDEN_REASON_VM_IRQFDS	= 23,
	KVMWARDEN_REASON_VM_HV_EVENTS	= 24,
	KVMWARDEN_REASON_VM_IRQ_ROUTES	= 25,
	KVMWARDEN_REASON_VM_GUEST_MEMFD	= 26,
	KVMWARDEN_NR_REASONS
};

/** KVMWARDEN_REASONS_MAX: room for reasons in a &struct kvmwarden_denials */
#define KVMWARDEN_REASONS_MAX	64

/**
 * struct kvmwarden_denials - how often each &enum kvmwarden_reason was met
 * @denied: requests refused
 * @permitted: requests let through only because the class is permissive
 */
struct kvmwarden_denials {
	__u64 denied[KVMWARDEN_REASONS_MAX];
	__u64 permitted[KVMWARDEN_REASONS_MAX];
};

/*
 * kvmwarden_status.state
 *
 * ARMED: the hooks are armed, as far as they can be; KVMWARDEN_HOOK_GET tells of
 * each. Without it nothing is enforced; the next commit arms them again.
 * CANARY: when asked just now, a hooked function of the module's own was
 * refused as it must be. Without it ftrace is broken on this host, and hooks
 * may not fire: nothing is guaranteed any more.
 * LAYOUT_BAD: struct kvm was found to differ from what the module was built
 * for; while enforcing, new VMs are refused.
 * LOCKED: KVMWARDEN_LOCK: policy and module stay as they are until reboot.
 * CONFIRM: the ruleset in force awaits KVMWARDEN_CONFIRM, and gives way to the
 * one before if that does not come.
 */
#define KVMWARDEN_STATE_ARMED		(1U << 0)
#define KVMWARDEN_STATE_CANARY		(1U << 1)
#define KVMWARDEN_STATE_LAYOUT_BAD	(1U << 2)
#define KVMWARDEN_STATE_LOCKED		(1U << 3)
#define KVMWARDEN_STATE_CONFIRM		(1U << 4)

/* kvmwarden_status.features: what this module can limit */
#define KVMWARDEN_FEATURE_VMS		(1ULL << 0)
#define KVMWARDEN_FEATURE_VCPUS		(1ULL << 1)
#define KVMWARDEN_FEATURE_MEMORY	(1ULL << 2)
#define KVMWARDEN_FEATURE_NESTED	(1ULL << 3)
#define KVMWARDEN_FEATURE_MEMSLOTS	(1ULL << 4)
#define KVMWARDEN_FEATURE_IOEVENTFDS	(1ULL << 5)
#define KVMWARDEN_FEATURE_COALESCED	(1ULL << 6)
#define KVMWARDEN_FEATURE_IRQFDS	(1ULL << 7)
#define KVMWARDEN_FEATURE_HV_EVENTS	(1ULL << 8)
#define KVMWARDEN_FEATURE_IRQ_ROUTES	(1ULL << 9)
#define KVMWARDEN_FEATURE_GUEST_MEMFD	(1ULL << 10)

/* kvmwarden_class.deny and others: what a VM may not do */
#define KVMWARDEN_DENY_NESTED		(1ULL << 0)	/* run VMs of its own */

/**
 * enum kvmwarden_revoke - what becomes of a VM that runs VMs of its own when
 *	that is denied to it from now on
 * @KVMWARDEN_REVOKE_FAIL: what its hypervisor runs comes to an end by a triple
 *	fault, and cannot be entered again: VMRUN ends with VMEXIT_INVALID,
 *	VMLAUNCH and VMRESUME with VMfail, VMXON with #UD. The VM itself goes on,
 *	unless it was in SMM with a VM of its own behind that: then RSM ends it
 *	with a triple fault. A KVM that cannot take a vCPU out of the VM's own
 *	VM, as that of Linux 5.10, leaves only KILL for one that is in there
 * @KVMWARDEN_REVOKE_KILL: its VMM gets a SIGKILL when it is in a VM of its own
 *	or about to enter one
 */
enum kvmwarden_revoke {
	KVMWARDEN_REVOKE_FAIL	= 0,
	KVMWARDEN_REVOKE_KILL	= 1
};

/**
 * struct kvmwarden_status - the state of the whole (KVMWARDEN_STATUS)
 * @size: in: size of this struct
 * @abi: out: KVMWARDEN_ABI of the module
 * @features: out: KVMWARDEN_FEATURE_* that the module was built with; whether
 *	one works on this host is told by its hooks
 * @generation: out: counts commits; 0 while no ruleset was ever committed
 * @version: out: version of the ruleset in force, as its file states it
 * @state: out: KVMWARDEN_STATE_*
 * @mode: out: &enum kvmwarden_mode of the ruleset in force; its classes may
 *	differ
 * @classes: out: number of classes in force, ``default`` included
 * @hooks: out: number of hooks that KVMWARDEN_HOOK_GET can tell of
 * @used: out: what all VMs on record use
 * @limit: out: the limits on that
 * @denials: out: counted since the module was loaded
 * @user: out: the limits on each user of the host
 * @cgroups: out: number of &struct kvmwarden_cgroup in force
 * @confirm_left: out: with STATE_CONFIRM, milliseconds left to confirm
 * @digest: out: SHA-256 of all that the ruleset in force was made of; zeroes
 *	while no ruleset was ever committed
 */
struct kvmwarden_status {
	__u32 size;
	__u32 abi;
	__u64 features;
	__u64 generation;
	__u64 version;
	__u32 state;
	__u32 mode;
	__u32 classes;
	__u32 hooks;
	struct kvmwarden_amounts used;
	struct kvmwarden_amounts limit;
	struct kvmwarden_denials denials;
	struct kvmwarden_amounts user;
	__u32 cgroups;
	__u32 confirm_left;
	__u8 digest[KVMWARDEN_DIGEST_LEN];
};

/**
 * enum kvmwarden_hook_state - whether a KVM function is guarded
 * @KVMWARDEN_HOOK_OFF: not armed: the module is disarmed
 * @KVMWARDEN_HOOK_WAITING: the KVM module it belongs to is not loaded; it will
 *	be armed before that module's first instruction runs
 * @KVMWARDEN_HOOK_ARMED: in force
 * @KVMWARDEN_HOOK_MISSING: this kernel has no such function, or none that can
 *	be hooked
 * @KVMWARDEN_HOOK_FAILED: could not be armed, as kvmwarden_hook.error says; tried
 *	again with each commit and each KVMWARDEN_VM_SET
 * @KVMWARDEN_HOOK_ABSENT: this kernel has no such function, and nothing that it
 *	would have to be asked for
 * @KVMWARDEN_HOOK_STUCK: ftrace refused to release it; the module can no
 *	longer be unloaded
 */
enum kvmwarden_hook_state {
	KVMWARDEN_HOOK_OFF	= 0,
	KVMWARDEN_HOOK_WAITING	= 1,
	KVMWARDEN_HOOK_ARMED	= 2,
	KVMWARDEN_HOOK_MISSING	= 3,
	KVMWARDEN_HOOK_FAILED	= 4,
	KVMWARDEN_HOOK_STUCK	= 5,
	KVMWARDEN_HOOK_ABSENT	= 6
};

/**
 * struct kvmwarden_hook - one guarded KVM function (KVMWARDEN_HOOK_GET)
 * @size: in: size of this struct
 * @index: in: 0 .. kvmwarden_status.hooks - 1; beyond: -ENOENT
 * @state: out: &enum kvmwarden_hook_state
 * @error: out: negative errno behind MISSING, FAILED and STUCK, else 0
 * @features: out: KVMWARDEN_FEATURE_* that are lost without it
 * @function: out: name of the function
 * @module: out: kernel module it is looked for in
 */
struct kvmwarden_hook {
	__u32 size;
	__u32 index;
	__u32 state;
	__s32 error;
	__u64 features;
	char function[KVMWARDEN_NAME_LEN];
	char module[KVMWARDEN_NAME_LEN];
};

/* kvmwarden_vm.flags */
#define KVMWARDEN_VM_ADOPTED	(1U << 0)	/* older than the hooks */
#define KVMWARDEN_VM_CLASS_SET	(1U << 1)	/* KVMWARDEN_VM_SET chose its class */

/**
 * struct kvmwarden_vm - one VM on record (KVMWARDEN_VM_NEXT)
 * @size: in: size of this struct
 * @flags: out: KVMWARDEN_VM_*
 * @id: in: 0 or an id; out: the smallest id on record that is greater. Ids
 *	start at 1, grow, and are not used again until the module is loaded
 *	anew. None left: -ENOENT
 * @created: out: CLOCK_BOOTTIME in ns when the VM was put on record
 * @pid: out: process id of the creator, in the initial pid namespace
 * @uid: out: its user id, in the initial user namespace
 * @gid: out: its group id, in the initial user namespace
 * @mode: out: &enum kvmwarden_mode that applies
 * @used: out: what it uses. From LIMIT_IOEVENTFDS on: as found when it last
 *	asked for one more
 * @limit: out: its own limits
 * @denials: out: of this VM
 * @comm: out: the creator's command name, NUL-terminated
 * @class_name: out: the class it is in
 * @cgroup: in: a buffer for the creator's cgroup v2 path, or none
 * @exe: in: ... for the path of the creator's executable, as seen from its own
 *	root directory; empty if it cannot be told
 * @label: in: ... for the creator's LSM label, as in &struct kvmwarden_class
 * @deny: out: KVMWARDEN_DENY_* that apply, as far as @mode goes
 * @own: out: KVMWARDEN_DENY_* of which @deny tells what was set for this VM
 *	(KVMWARDEN_VM_SET), and not what its class says
 * @own_limits: out: a bit (1 << &enum kvmwarden_limit) for each limit that was
 *	set for this VM
 * @revoke: out: &enum kvmwarden_revoke that applies
 * @reserved: must be 0
 *
 * Identity is that of the task that created the VM; for an adopted VM, of the
 * task it was found with.
 */
struct kvmwarden_vm {
	__u32 size;
	__u32 flags;
	__u64 id;
	__u64 created;
	__u32 pid;
	__u32 uid;
	__u32 gid;
	__u32 mode;
	struct kvmwarden_limits used;
	struct kvmwarden_limits limit;
	struct kvmwarden_denials denials;
	char comm[16];
	char class_name[KVMWARDEN_NAME_LEN];
	struct kvmwarden_string cgroup;
	struct kvmwarden_string exe;
	struct kvmwarden_string label;
	__u64 deny;
	__u64 own;
	__u64 own_limits;
	__u32 revoke;
	__u32 reserved;
};

/* kvmwarden_class.flags: the criteria that must all hold */
#define KVMWARDEN_CLASS_MATCH_UID	(1U << 0)
#define KVMWARDEN_CLASS_MATCH_CGROUP	(1U << 1)
#define KVMWARDEN_CLASS_MATCH_GID	(1U << 2)
#define KVMWARDEN_CLASS_MATCH_EXE	(1U << 3)
#define KVMWARDEN_CLASS_MATCH_LABEL	(1U << 4)

/**
 * enum kvmwarden_field - the field that made a ruleset or class unacceptable
 * @KVMWARDEN_FIELD_NONE: no single field is to blame
 * @KVMWARDEN_FIELD_VERSION: an older version than the one in force
 * @KVMWARDEN_FIELD_MODE: not an &enum kvmwarden_mode
 * @KVMWARDEN_FIELD_NAME: empty, not NUL-terminated, with a character other
 *	than ``A-Z a-z 0-9 . _ -``, or used twice
 * @KVMWARDEN_FIELD_FLAGS: unknown bits; or ``default`` has criteria; or
 *	another class has none
 * @KVMWARDEN_FIELD_UID: not a valid user id; or not 0 without MATCH_UID
 * @KVMWARDEN_FIELD_CGROUP: not an absolute path, or too long; or not 0 without
 *	MATCH_CGROUP
 * @KVMWARDEN_FIELD_LIMIT: of a &enum kvmwarden_limit that there is not
 * @KVMWARDEN_FIELD_RESERVED: a reserved field, or one that is only told, is
 *	not 0
 * @KVMWARDEN_FIELD_DENY: unknown bits
 * @KVMWARDEN_FIELD_REVOKE: not an &enum kvmwarden_revoke
 * @KVMWARDEN_FIELD_GID: not a valid group id; or not 0 without MATCH_GID
 * @KVMWARDEN_FIELD_EXE: not an absolute path, or too long, or not that of a
 *	regular file; or not 0 without MATCH_EXE
 * @KVMWARDEN_FIELD_LABEL: empty or too long; or not 0 without MATCH_LABEL
 * @KVMWARDEN_FIELD_CLASS: no such class
 * @KVMWARDEN_FIELD_CONFIRM: above KVMWARDEN_CONFIRM_MAX
 */
enum kvmwarden_field {
	KVMWARDEN_FIELD_NONE		= 0,
	KVMWARDEN_FIELD_VERSION		= 1,
	KVMWARDEN_FIELD_MODE		= 2,
	KVMWARDEN_FIELD_NAME		= 3,
	KVMWARDEN_FIELD_FLAGS		= 4,
	KVMWARDEN_FIELD_UID		= 5,
	KVMWARDEN_FIELD_CGROUP		= 6,
	KVMWARDEN_FIELD_LIMIT		= 7,
	KVMWARDEN_FIELD_RESERVED	= 8,
	KVMWARDEN_FIELD_DENY		= 9,
	KVMWARDEN_FIELD_REVOKE		= 10,
	KVMWARDEN_FIELD_GID		= 11,
	KVMWARDEN_FIELD_EXE		= 12,
	KVMWARDEN_FIELD_LABEL		= 13,
	KVMWARDEN_FIELD_CLASS		= 14,
	KVMWARDEN_FIELD_CONFIRM		= 15
};

/**
 * struct kvmwarden_class - a named set of limits and who is in it
 *	(KVMWARDEN_RULESET_ADD on a ruleset fd, KVMWARDEN_CLASS_GET on the
 *	device)
 * @size: in: size of this struct
 * @index: ADD: must be 0; out: position in the ruleset, from 0.
 *	GET: in: position in the ruleset in force; beyond its end: -ENOENT
 * @name: [a-zA-Z0-9._-]+, unique, NUL-terminated. A class named ``default``
 *	takes the VMs that no class before it takes, must be the last, and is
 *	added by the commit, with default limits, where it is missing
 * @mode: &enum kvmwarden_mode
 * @flags: KVMWARDEN_CLASS_MATCH_*: all criteria given must hold for the
 *	creator of the VM; the first class whose criteria hold takes it
 * @uid: with MATCH_UID: the creator's user id, in the initial user namespace,
 *	or that of the owner, other than root, of its user namespace or of one
 *	above it; else 0
 * @gid: with MATCH_GID: one of the creator's group ids, in the initial user
 *	namespace: real, effective or supplementary, or the group of the owner,
 *	other than root, of its user namespace or of one above it; else 0
 * @exe_fd: ADD, with MATCH_EXE: a file descriptor, opened with O_PATH at
 *	least, of the file that the creator runs: that file, whatever its name,
 *	and no other one that replaces it; else 0. GET: out: 0
 * @bad_field: out, ADD: with -EINVAL, an &enum kvmwarden_field
 * @cgroup: with MATCH_CGROUP: a pattern for the creator's cgroup v2 path, from
 *	the root of the hierarchy; else none. ``*`` stands for any characters but
 *	``/``, ``?`` for one of these, ``**`` for any characters at all.
 *	GET: in: a buffer, or none
 * @exe: with MATCH_EXE: the path at which the file of @exe_fd was found, told by
 *	GET and not used for anything else; else none
 * @label: with MATCH_LABEL: a pattern, as @cgroup, for the creator's LSM label,
 *	without what AppArmor puts behind it, as in ``name (enforce)``; else none.
 *	If there is no LSM that has labels: -EOPNOTSUPP
 * @vm: limits on each VM
 * @user: limits on all VMs of the class that belong to one user: the creator,
 *	and each owner, other than root, of its user namespace or of one above it
 * @total: limits on all VMs of the class together
 * @used: out, GET: what all VMs of the class use. ADD: must be 0
 * @denials: out, GET: counted since the ruleset was committed, of VMs refused
 *	at their creation; those of a VM on record are in its
 *	&struct kvmwarden_vm. ADD: must be 0
 * @generation: out, GET: the ruleset's; ask again from index 0 if it changed
 * @deny: KVMWARDEN_DENY_*: what its VMs may not do. That takes effect for those
 *	that run before the commit returns; on arm64 not for vCPUs that have been
 *	given an EL2
 * @revoke: &enum kvmwarden_revoke
 * @reserved: must be 0
 */
struct kvmwarden_class {
	__u32 size;
	__u32 index;
	char name[KVMWARDEN_NAME_LEN];
	__u32 mode;
	__u32 flags;
	__u32 uid;
	__u32 gid;
	__s32 exe_fd;
	__u32 bad_field;
	struct kvmwarden_string cgroup;
	struct kvmwarden_string exe;
	struct kvmwarden_string label;
	struct kvmwarden_limits vm;
	struct kvmwarden_amounts user;
	struct kvmwarden_amounts total;
	struct kvmwarden_amounts used;
	struct kvmwarden_denials denials;
	__u64 generation;
	__u64 deny;
	__u32 revoke;
	__u32 reserved;
};

/**
 * struct kvmwarden_cgroup - limits on cgroups (KVMWARDEN_RULESET_ADD_CGROUP on a
 *	ruleset fd, KVMWARDEN_CGROUP_GET on the device)
 * @size: in: size of this struct
 * @index: as in &struct kvmwarden_class
 * @pattern: of cgroup v2 paths, as &kvmwarden_class.cgroup
 * @limit: limits on all VMs in and below each one cgroup whose path matches;
 *	the first pattern that a path matches counts
 * @bad_field: out, ADD_CGROUP: with -EINVAL, an &enum kvmwarden_field
 * @reserved: must be 0
 * @generation: out, CGROUP_GET: as in &struct kvmwarden_class
 */
struct kvmwarden_cgroup {
	__u32 size;
	__u32 index;
	struct kvmwarden_string pattern;
	struct kvmwarden_amounts limit;
	__u32 bad_field;
	__u32 reserved;
	__u64 generation;
};

/**
 * enum kvmwarden_level - whose account
 * @KVMWARDEN_LEVEL_VM: a VM's
 * @KVMWARDEN_LEVEL_USER: a user's, for all its VMs of a class
 * @KVMWARDEN_LEVEL_HOST_USER: a user's, for all its VMs
 * @KVMWARDEN_LEVEL_CGROUP: a cgroup's
 * @KVMWARDEN_LEVEL_CLASS: a class's
 * @KVMWARDEN_LEVEL_HOST: the host's
 */
enum kvmwarden_level {
	KVMWARDEN_LEVEL_VM		= 0,
	KVMWARDEN_LEVEL_USER		= 1,
	KVMWARDEN_LEVEL_HOST_USER	= 2,
	KVMWARDEN_LEVEL_CGROUP		= 3,
	KVMWARDEN_LEVEL_CLASS		= 4,
	KVMWARDEN_LEVEL_HOST		= 5
};

/**
 * struct kvmwarden_account - the account of a user or a cgroup
 *	(KVMWARDEN_ACCOUNT_NEXT)
 * @size: in: size of this struct
 * @level: out: KVMWARDEN_LEVEL_USER, HOST_USER or CGROUP
 * @id: in: 0 or an id; out: the smallest id in use that is greater. Ids grow,
 *	and accounts get new ones with each ruleset. None left: -ENOENT
 * @uid: out: of a user
 * @reserved: must be 0
 * @class_name: out: of LEVEL_USER
 * @cgroup: in: a buffer for the path of a cgroup, or none
 * @used: out: what all VMs use that are charged there
 * @limit: out: the limits on that
 * @generation: out: as in &struct kvmwarden_class
 *
 * There are accounts only where there are limits, and VMs.
 */
struct kvmwarden_account {
	__u32 size;
	__u32 level;
	__u64 id;
	__u32 uid;
	__u32 reserved;
	char class_name[KVMWARDEN_NAME_LEN];
	struct kvmwarden_string cgroup;
	struct kvmwarden_amounts used;
	struct kvmwarden_amounts limit;
	__u64 generation;
};

/**
 * struct kvmwarden_ruleset - begin a new ruleset (KVMWARDEN_RULESET_BEGIN)
 * @size: in: size of this struct
 * @mode: in: &enum kvmwarden_mode shown as the ruleset's own; each class has
 *	its own, which is what counts
 * @version: in: the ruleset's version; an older one than that in force is
 *	refused at commit
 * @host: in: limits on all VMs of the host together
 * @user: in: limits on all VMs of the host that belong to one user, as
 *	&kvmwarden_class.user
 * @bad_field: out: with -EINVAL, an &enum kvmwarden_field
 * @reserved: must be 0
 *
 * Return: a file descriptor, close-on-exec, to add classes to and to commit.
 * Closing it drops what was not committed.
 */
struct kvmwarden_ruleset {
	__u32 size;
	__u32 mode;
	__u64 version;
	struct kvmwarden_amounts host;
	struct kvmwarden_amounts user;
	__u32 bad_field;
	__u32 reserved;
};

/* kvmwarden_change.flags */
#define KVMWARDEN_CHANGE_CLASS	(1U << 0)	/* it comes into another class */
#define KVMWARDEN_CHANGE_OVER	(1U << 1)	/* more is in use than allowed */

/**
 * struct kvmwarden_change - what a ruleset means for one VM that runs
 * @vm: its id
 * @flags: KVMWARDEN_CHANGE_*
 * @reason: with OVER: &enum kvmwarden_reason: the first limit exceeded on the
 *	way from the VM to the host
 * @used: with OVER: what is in use there
 * @limit: with OVER: that limit
 * @class_name: the class it comes into, or stays in
 */
struct kvmwarden_change {
	__u64 vm;
	__u32 flags;
	__u32 reason;
	__u64 used;
	__u64 limit;
	char class_name[KVMWARDEN_NAME_LEN];
};

/* kvmwarden_commit.flags */
#define KVMWARDEN_COMMIT_CHECK	(1U << 0)	/* check, change nothing */
#define KVMWARDEN_COMMIT_FORCE	(1U << 1)	/* an older version, too */

/**
 * struct kvmwarden_commit - put a ruleset in force (KVMWARDEN_RULESET_COMMIT)
 * @size: in: size of this struct
 * @flags: in: KVMWARDEN_COMMIT_*
 * @generation: in: kvmwarden_status.generation that the caller has seen;
 *	another in force: -ESTALE. out: the one now in force
 * @bad_field: out: with -EINVAL, an &enum kvmwarden_field
 * @confirm: in: if not 0, seconds after which the ruleset that was in force
 *	until now comes into force again, unless KVMWARDEN_CONFIRM says otherwise.
 *	Until then no other ruleset can be committed (-EBUSY)
 * @over: out: VMs, users, cgroups, classes and the host whose use exceeds a
 *	limit of the new ruleset; nothing of theirs is touched, but they get no
 *	more
 * @nr_changes: in: room at @changes; out: how many there are, of which no more
 *	were written than there was room for
 * @changes: in: address of an array of &struct kvmwarden_change, by VM id, or
 *	0: those VMs that come into another class, or are over a limit
 * @digest: out: as &kvmwarden_status.digest, of the new ruleset
 * @hook: out: with -EOPNOTSUPP, the function that cannot be hooked though a
 *	class in enforce mode needs it; with KVMWARDEN_COMMIT_CHECK while the
 *	hooks are off this is not known
 *
 * All or nothing: on any error the ruleset in force stays as it is. -EIO says
 * that limits are to be enforced while hooks do not fire (no CANARY). VMs on
 * record are matched anew by the identity of their creator. Disarmed hooks are
 * armed. After success, or with -ESTALE, the fd serves for nothing more
 * (-EBADFD); after other errors and with KVMWARDEN_COMMIT_CHECK it can be used
 * again.
 */
struct kvmwarden_commit {
	__u32 size;
	__u32 flags;
	__u64 generation;
	__u32 bad_field;
	__u32 confirm;
	__u32 over;
	__u32 nr_changes;
	__u64 changes;
	__u8 digest[KVMWARDEN_DIGEST_LEN];
	char hook[KVMWARDEN_NAME_LEN];
};

/* kvmwarden_confirm.flags */
#define KVMWARDEN_CONFIRM_ROLLBACK	(1U << 0)	/* the one before, now */

/**
 * struct kvmwarden_confirm - keep a ruleset that awaits it (KVMWARDEN_CONFIRM)
 * @size: in: size of this struct
 * @flags: in: KVMWARDEN_CONFIRM_*
 * @generation: in: of the ruleset meant; another in force: -ESTALE. out: the
 *	one now in force
 *
 * -ENOENT if nothing awaits confirmation.
 */
struct kvmwarden_confirm {
	__u32 size;
	__u32 flags;
	__u64 generation;
};

/**
 * struct kvmwarden_lock - policy and module are to stay (KVMWARDEN_LOCK)
 * @size: in: size of this struct
 * @flags: must be 0
 *
 * Until the host is booted anew no ruleset is committed, no VM set, nothing
 * disarmed (-EROFS), and the module cannot be unloaded. -EBUSY while a ruleset
 * awaits confirmation; -ENOENT while the hooks are off.
 */
struct kvmwarden_lock {
	__u32 size;
	__u32 flags;
};

/* kvmwarden_vm_set.flags */
#define KVMWARDEN_SET_CLASS	(1U << 0)	/* its class, too */

/**
 * struct kvmwarden_vm_set - decide for one VM (KVMWARDEN_VM_SET)
 * @size: in: size of this struct
 * @bad_field: out: with -EINVAL, an &enum kvmwarden_field
 * @id: in: its id; none such on record: -ENOENT
 * @change: in: KVMWARDEN_DENY_* that this is about; others stay as they are
 * @own: in: those of @change that are the VM's own from now on, whatever its
 *	class says and is changed to; the rest of @change is its class's again
 * @deny: in: those of @own that it may not do
 * @limits: in: bits (1 << &enum kvmwarden_limit) that this is about
 * @own_limits: in: those of @limits that are the VM's own from now on; the rest
 *	of @limits are its class's again
 * @limit: in: those of @own_limits; others must be 0
 * @flags: in: KVMWARDEN_SET_*
 * @reserved: must be 0
 * @class_name: in, with SET_CLASS: the class it is in from now on, also in
 *	rulesets to come, as long as they have one of that name; empty: the one
 *	that takes it again. Without SET_CLASS: must be empty
 * @hook: out: with -EOPNOTSUPP, as in &struct kvmwarden_commit
 *
 * Its class still says by its mode whether anything is refused. When this
 * returns 0, what is denied has been taken from a VM that runs. Errors are those
 * of KVMWARDEN_RULESET_COMMIT. What was set ends with the VM, and with
 * KVMWARDEN_DISARM.
 */
struct kvmwarden_vm_set {
	__u32 size;
	__u32 bad_field;
	__u64 id;
	__u64 change;
	__u64 own;
	__u64 deny;
	__u64 limits;
	__u64 own_limits;
	struct kvmwarden_limits limit;
	__u32 flags;
	__u32 reserved;
	char class_name[KVMWARDEN_NAME_LEN];
	char hook[KVMWARDEN_NAME_LEN];
};

/**
 * struct kvmwarden_disarm - take all hooks off (KVMWARDEN_DISARM)
 * @size: in: size of this struct
 * @flags: must be 0
 *
 * From then on nothing is enforced, no VM is on record, and the module can be
 * unloaded. -EIO if ftrace does not release a hook; the module then stays.
 */
struct kvmwarden_disarm {
	__u32 size;
	__u32 flags;
};

/**
 * enum kvmwarden_operation - what a VM's VMM or guest was about to do
 * @KVMWARDEN_OPERATION_UNKNOWN: none of those that follow
 * @KVMWARDEN_OPERATION_CREATE_VM: KVM_CREATE_VM
 * @KVMWARDEN_OPERATION_CREATE_VCPU: KVM_CREATE_VCPU
 * @KVMWARDEN_OPERATION_SET_MEMORY: KVM_SET_USER_MEMORY_REGION, or its second
 *	version
 * @KVMWARDEN_OPERATION_IOEVENTFD: KVM_IOEVENTFD
 * @KVMWARDEN_OPERATION_COALESCED: KVM_REGISTER_COALESCED_MMIO
 * @KVMWARDEN_OPERATION_IRQFD: KVM_IRQFD
 * @KVMWARDEN_OPERATION_HV_EVENT: KVM_HYPERV_EVENTFD
 * @KVMWARDEN_OPERATION_IRQ_ROUTES: KVM_SET_GSI_ROUTING, or, of a VM that begins,
 *	the routes that KVM makes for KVM_CREATE_IRQCHIP and KVM_CAP_SPLIT_IRQCHIP
 * @KVMWARDEN_OPERATION_GUEST_MEMFD: KVM_CREATE_GUEST_MEMFD
 * @KVMWARDEN_OPERATION_NESTED_ENABLE: the processor's switch for VMs of its own:
 *	EFER.SVME, CR4.VMXE, by the guest or any ioctl; arm64: a vCPU with EL2
 * @KVMWARDEN_OPERATION_VMXON: the guest's VMXON
 * @KVMWARDEN_OPERATION_NESTED_ENTER: the guest's VMRUN, VMLAUNCH or VMRESUME
 * @KVMWARDEN_OPERATION_NESTED_RETURN: the guest's RSM, back to a VM of its own
 * @KVMWARDEN_OPERATION_SET_NESTED_STATE: KVM_SET_NESTED_STATE
 */
enum kvmwarden_operation {
	KVMWARDEN_OPERATION_UNKNOWN		= 0,
	KVMWARDEN_OPERATION_CREATE_VM		= 1,
	KVMWARDEN_OPERATION_CREATE_VCPU		= 2,
	KVMWARDEN_OPERATION_SET_MEMORY		= 3,
	KVMWARDEN_OPERATION_IOEVENTFD		= 4,
	KVMWARDEN_OPERATION_COALESCED		= 5,
	KVMWARDEN_OPERATION_IRQFD		= 6,
	KVMWARDEN_OPERATION_HV_EVENT		= 7,
	KVMWARDEN_OPERATION_IRQ_ROUTES		= 8,
	KVMWARDEN_OPERATION_GUEST_MEMFD		= 9,
	KVMWARDEN_OPERATION_NESTED_ENABLE	= 10,
	KVMWARDEN_OPERATION_VMXON		= 11,
	KVMWARDEN_OPERATION_NESTED_ENTER	= 12,
	KVMWARDEN_OPERATION_NESTED_RETURN	= 13,
	KVMWARDEN_OPERATION_SET_NESTED_STATE	= 14
};

/**
 * enum kvmwarden_event_type - what happened
 * @KVMWARDEN_EVENT_LOST: this reader was too slow: events were overwritten that
 *	it had not read
 * @KVMWARDEN_EVENT_DENIAL: a request was refused, or would have been
 * @KVMWARDEN_EVENT_VM_CREATED: a VM was put on record; KVM may yet fail to
 *	create it, and then it is destroyed at once
 * @KVMWARDEN_EVENT_VM_ADOPTED: ... that is older than the hooks
 * @KVMWARDEN_EVENT_VM_DESTROYED: a VM is gone
 * @KVMWARDEN_EVENT_VM_SET: KVMWARDEN_VM_SET decided for one VM
 * @KVMWARDEN_EVENT_COMMITTED: a ruleset came into force
 * @KVMWARDEN_EVENT_CONFIRMED: the one in force, which awaited that, stays
 * @KVMWARDEN_EVENT_ROLLED_BACK: the one before came into force again
 * @KVMWARDEN_EVENT_LOCKED: policy and module stay as they are until reboot
 * @KVMWARDEN_EVENT_ARMED: the hooks are armed, as far as they can be
 * @KVMWARDEN_EVENT_DISARMED: they are off, and no VM is on record any more
 * @KVMWARDEN_EVENT_HOOK: a hook's state has changed
 * @KVMWARDEN_EVENT_CANARY: hooks do not fire any more, or do again
 */
enum kvmwarden_event_type {
	KVMWARDEN_EVENT_LOST		= 0,
	KVMWARDEN_EVENT_DENIAL		= 1,
	KVMWARDEN_EVENT_VM_CREATED	= 2,
	KVMWARDEN_EVENT_VM_ADOPTED	= 3,
	KVMWARDEN_EVENT_VM_DESTROYED	= 4,
	KVMWARDEN_EVENT_VM_SET		= 5,
	KVMWARDEN_EVENT_COMMITTED	= 6,
	KVMWARDEN_EVENT_CONFIRMED	= 7,
	KVMWARDEN_EVENT_ROLLED_BACK	= 8,
	KVMWARDEN_EVENT_LOCKED		= 9,
	KVMWARDEN_EVENT_ARMED		= 10,
	KVMWARDEN_EVENT_DISARMED	= 11,
	KVMWARDEN_EVENT_HOOK		= 12,
	KVMWARDEN_EVENT_CANARY		= 13
};

/* kvmwarden_event.flags */
#define KVMWARDEN_EVENT_REFUSED	(1U << 0)	/* DENIAL: not only would be */
#define KVMWARDEN_EVENT_CUT	(1U << 1)	/* cgroup or exe is cut off */

/** KVMWARDEN_EVENTS: how many events are kept for those who come to read them */
#define KVMWARDEN_EVENTS	4096

/** KVMWARDEN_NOBODY: an auid or session that there is not */
#define KVMWARDEN_NOBODY	(~0U)

/**
 * struct kvmwarden_event - something that happened (read() on the device)
 * @size: size of this struct, as the kernel has it: the next one begins there
 * @type: &enum kvmwarden_event_type
 * @seq: counts events from 1, since the module was loaded. With LOST: of the
 *	last one that was lost
 * @time: CLOCK_REALTIME in ns; with LOST: 0
 * @vm: id of the VM; 0 for one that was not created, and where there is none
 * @count: DENIAL: how many requests this stands for: all for the same reason, of
 *	one VM or, where none was created, of one user in one class. The first is
 *	told at once, others that follow it closely are told together within two
 *	seconds, or when the VM is destroyed. LOST: how many events were lost
 * @total: DENIAL: how many there were by then, of the VM or the class, since it
 *	was put on record or the ruleset committed. LOST: how many requests the
 *	denials among them stood for
 * @pid: process id of the VM's creator, or of whoever did it, in the initial pid
 *	namespace; 0 for the kernel itself
 * @uid: user id, in the initial user namespace
 * @gid: group id, in the initial user namespace
 * @auid: audit's login user id, or KVMWARDEN_NOBODY
 * @session: audit's session id, or KVMWARDEN_NOBODY
 * @flags: KVMWARDEN_EVENT_*
 * @mode: &enum kvmwarden_mode of the VM's class; of the ruleset in force
 * @reason: DENIAL: &enum kvmwarden_reason; this and what follows up to
 *	@account_len of the last request
 * @operation: DENIAL: &enum kvmwarden_operation
 * @level: DENIAL: &enum kvmwarden_level of the account that is full, if @asked
 * @limit: DENIAL: the limit there, if @asked
 * @used: DENIAL: what was in use there, if @asked
 * @asked: DENIAL: how much more was asked for; 0 if nothing that is counted
 * @account_uid: DENIAL: of a user's account
 * @account_len: DENIAL: of a cgroup's account: the cgroup's path is that many
 *	bytes of @cgroup
 * @generation: of the ruleset in force
 * @version: its version
 * @old_digest: COMMITTED, ROLLED_BACK: of the ruleset that was in force
 * @digest: COMMITTED, CONFIRMED, ROLLED_BACK, LOCKED: of the one in force
 * @hook_state: HOOK: &enum kvmwarden_hook_state; CANARY: 1 if hooks fire
 * @hook_error: HOOK, CANARY: negative errno, or 0
 * @comm: command name of @pid
 * @class_name: of the VM; of the class that it was to be in; or empty
 * @function: HOOK: name of the function
 * @cgroup: cgroup v2 path of the VM's creator; empty where there is no VM
 * @exe: path of the creator's executable; empty where there is no VM
 *
 * Each file descriptor that the device is opened as reads all events, from the
 * oldest that is kept (lseek() to SEEK_SET 0) or from now on (SEEK_END 0).
 * Nothing but whole events is read: -EINVAL if there is no room for one. read()
 * waits for an event, unless O_NONBLOCK is set (-EAGAIN); poll() says whether
 * there is one. It needs CAP_SYS_ADMIN (-EPERM), as ioctls do.
 */
struct kvmwarden_event {
	__u32 size;
	__u32 type;
	__u64 seq;
	__u64 time;
	__u64 vm;
	__u64 count;
	__u64 total;
	__u32 pid;
	__u32 uid;
	__u32 gid;
	__u32 auid;
	__u32 session;
	__u32 flags;
	__u32 mode;
	__u32 reason;
	__u32 operation;
	__u32 level;
	__u64 limit;
	__u64 used;
	__u64 asked;
	__u32 account_uid;
	__u32 account_len;
	__u64 generation;
	__u64 version;
	__u8 old_digest[KVMWARDEN_DIGEST_LEN];
	__u8 digest[KVMWARDEN_DIGEST_LEN];
	__u32 hook_state;
	__s32 hook_error;
	char comm[16];
	char class_name[KVMWARDEN_NAME_LEN];
	char function[KVMWARDEN_NAME_LEN];
	char cgroup[272];
	char exe[128];
};

#define KVMWARDEN_IOC		0xba

/* on /dev/kvmwarden */
#define KVMWARDEN_STATUS	_IO(KVMWARDEN_IOC, 0x00)
#define KVMWARDEN_HOOK_GET	_IO(KVMWARDEN_IOC, 0x01)
#define KVMWARDEN_VM_NEXT	_IO(KVMWARDEN_IOC, 0x02)
#define KVMWARDEN_CLASS_GET	_IO(KVMWARDEN_IOC, 0x03)
#define KVMWARDEN_RULESET_BEGIN	_IO(KVMWARDEN_IOC, 0x04)
#define KVMWARDEN_DISARM	_IO(KVMWARDEN_IOC, 0x05)
#define KVMWARDEN_VM_SET	_IO(KVMWARDEN_IOC, 0x06)
#define KVMWARDEN_CGROUP_GET	_IO(KVMWARDEN_IOC, 0x07)
#define KVMWARDEN_ACCOUNT_NEXT	_IO(KVMWARDEN_IOC, 0x08)
#define KVMWARDEN_CONFIRM	_IO(KVMWARDEN_IOC, 0x09)
#define KVMWARDEN_LOCK		_IO(KVMWARDEN_IOC, 0x0a)

/* on a ruleset's file descriptor */
#define KVMWARDEN_RULESET_ADD		_IO(KVMWARDEN_IOC, 0x10)
#define KVMWARDEN_RULESET_COMMIT	_IO(KVMWARDEN_IOC, 0x11)
#define KVMWARDEN_RULESET_ADD_CGROUP	_IO(KVMWARDEN_IOC, 0x12)

#endif /* _UAPI_LINUX_KVMWARDEN_H */
