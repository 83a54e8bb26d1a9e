/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * kvmwarden - host-side policy for KVM
 *
 * The whole contract between kvmwarden.ko and user space.
 *
 * Everything goes through ioctls on /dev/kvmwarden (mode 0600), each of which
 * also needs CAP_SYS_ADMIN in the initial user namespace, and through the
 * ruleset file descriptor that KVMWARDEN_RULESET_BEGIN returns.
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
 * -ENOMEM, -EINTR. That the struct is in memory that can be written is checked
 * before anything is done.
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

/** KVMWARDEN_CLASSES_MAX: classes a ruleset may hold, ``default`` included */
#define KVMWARDEN_CLASSES_MAX	10000

/**
 * enum kvmwarden_mode - what happens to a request that a limit does not allow
 * @KVMWARDEN_MODE_OFF: it passes and nothing is said; charges are still kept
 * @KVMWARDEN_MODE_PERMISSIVE: it passes, and is counted and logged
 * @KVMWARDEN_MODE_ENFORCE: it is refused, counted and logged
 */
enum kvmwarden_mode {
	KVMWARDEN_MODE_OFF		= 0,
	KVMWARDEN_MODE_PERMISSIVE	= 1,
	KVMWARDEN_MODE_ENFORCE		= 2,
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
 *	memory or because its cgroup path exceeds KVMWARDEN_CGROUP_LEN (-ENOMEM)
 * @KVMWARDEN_REASON_LAYOUT: struct kvm is not what the module was built for
 *	(-EPERM)
 * @KVMWARDEN_REASON_NESTED: the VM may not run VMs of its own (-EPERM, or as
 *	&enum kvmwarden_revoke has it)
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
	KVMWARDEN_NR_REASONS,
};

/** KVMWARDEN_REASONS_MAX: room for reasons in a &struct kvmwarden_denials */
#define KVMWARDEN_REASONS_MAX	32

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
 */
#define KVMWARDEN_STATE_ARMED		(1U << 0)
#define KVMWARDEN_STATE_CANARY		(1U << 1)
#define KVMWARDEN_STATE_LAYOUT_BAD	(1U << 2)

/* kvmwarden_status.features: what this module can limit */
#define KVMWARDEN_FEATURE_VMS		(1ULL << 0)
#define KVMWARDEN_FEATURE_VCPUS		(1ULL << 1)
#define KVMWARDEN_FEATURE_MEMORY	(1ULL << 2)
#define KVMWARDEN_FEATURE_NESTED	(1ULL << 3)

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
	KVMWARDEN_REVOKE_KILL	= 1,
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
};

/**
 * enum kvmwarden_hook_state - whether a KVM function is guarded
 * @KVMWARDEN_HOOK_OFF: not armed: the module is disarmed
 * @KVMWARDEN_HOOK_WAITING: the KVM module it belongs to is not loaded; it will
 *	be armed before that module's first instruction runs
 * @KVMWARDEN_HOOK_ARMED: in force
 * @KVMWARDEN_HOOK_MISSING: this kernel has no such function, or none that can
 *	be hooked
 * @KVMWARDEN_HOOK_FAILED: ftrace refused; kvmwarden_hook.error says why
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
	KVMWARDEN_HOOK_ABSENT	= 6,
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
 * @used: out: what it uses; vms is 1
 * @limit: out: its own limits; vms is KVMWARDEN_UNLIMITED
 * @denials: out: of this VM
 * @comm: out: the creator's command name, NUL-terminated
 * @class_name: out: the class it is in
 * @cgroup: in: address of a buffer for the creator's cgroup v2 path, or 0;
 *	out: unchanged
 * @cgroup_len: in: size of that buffer; out: bytes that the whole path takes,
 *	its final NUL included; what did not fit was cut off
 * @reserved: must be 0
 * @deny: out: KVMWARDEN_DENY_* that apply, as far as @mode goes
 * @own: out: KVMWARDEN_DENY_* of which @deny tells what was set for this VM
 *	(KVMWARDEN_VM_SET), and not what its class says
 * @revoke: out: &enum kvmwarden_revoke that applies
 * @reserved2: out: 0
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
	struct kvmwarden_amounts used;
	struct kvmwarden_amounts limit;
	struct kvmwarden_denials denials;
	char comm[16];
	char class_name[KVMWARDEN_NAME_LEN];
	__u64 cgroup;
	__u32 cgroup_len;
	__u32 reserved;
	__u64 deny;
	__u64 own;
	__u32 revoke;
	__u32 reserved2;
};

/* kvmwarden_class.flags: the criteria that must all hold */
#define KVMWARDEN_CLASS_MATCH_UID	(1U << 0)
#define KVMWARDEN_CLASS_MATCH_CGROUP	(1U << 1)

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
 * @KVMWARDEN_FIELD_VM_VMS: must be KVMWARDEN_UNLIMITED
 * @KVMWARDEN_FIELD_RESERVED: a reserved field is not 0
 * @KVMWARDEN_FIELD_DENY: unknown bits
 * @KVMWARDEN_FIELD_REVOKE: not an &enum kvmwarden_revoke
 */
enum kvmwarden_field {
	KVMWARDEN_FIELD_NONE		= 0,
	KVMWARDEN_FIELD_VERSION		= 1,
	KVMWARDEN_FIELD_MODE		= 2,
	KVMWARDEN_FIELD_NAME		= 3,
	KVMWARDEN_FIELD_FLAGS		= 4,
	KVMWARDEN_FIELD_UID		= 5,
	KVMWARDEN_FIELD_CGROUP		= 6,
	KVMWARDEN_FIELD_VM_VMS		= 7,
	KVMWARDEN_FIELD_RESERVED	= 8,
	KVMWARDEN_FIELD_DENY		= 9,
	KVMWARDEN_FIELD_REVOKE		= 10,
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
 *	added by the commit, without limits, where it is missing
 * @mode: &enum kvmwarden_mode
 * @flags: KVMWARDEN_CLASS_MATCH_*: all criteria given must hold for the
 *	creator of the VM; the first class whose criteria hold takes it
 * @uid: with MATCH_UID: the creator's user id, in the initial user namespace,
 *	or that of the owner, other than root, of its user namespace or of one
 *	above it; else 0
 * @bad_field: out, ADD: with -EINVAL, an &enum kvmwarden_field
 * @cgroup: with MATCH_CGROUP: address of a NUL-terminated pattern for the
 *	creator's cgroup v2 path, from the root of the hierarchy; else 0.
 *	``*`` stands for any characters but ``/``, ``?`` for one of these,
 *	``**`` for any characters at all. GET: in: address of a buffer, or 0
 * @cgroup_len: ADD: must be 0. GET: in: size of the buffer; out: bytes that
 *	the whole pattern takes, its final NUL included; 0 without MATCH_CGROUP
 * @reserved: must be 0
 * @vm: limits on each VM; vms must be KVMWARDEN_UNLIMITED
 * @total: limits on all VMs of the class together
 * @used: out, GET: what all VMs of the class use. ADD: must be 0
 * @denials: out, GET: counted since the ruleset was committed, of VMs refused
 *	at their creation; those of a VM on record are in its
 *	&struct kvmwarden_vm. ADD: must be 0
 * @generation: out, GET: the ruleset's; ask again from index 0 if it changed
 * @deny: KVMWARDEN_DENY_*: what its VMs may not do. That takes effect for those
 *	that run before the commit returns
 * @revoke: &enum kvmwarden_revoke
 * @reserved2: must be 0
 */
struct kvmwarden_class {
	__u32 size;
	__u32 index;
	char name[KVMWARDEN_NAME_LEN];
	__u32 mode;
	__u32 flags;
	__u32 uid;
	__u32 bad_field;
	__u64 cgroup;
	__u32 cgroup_len;
	__u32 reserved;
	struct kvmwarden_amounts vm;
	struct kvmwarden_amounts total;
	struct kvmwarden_amounts used;
	struct kvmwarden_denials denials;
	__u64 generation;
	__u64 deny;
	__u32 revoke;
	__u32 reserved2;
};

/**
 * struct kvmwarden_ruleset - begin a new ruleset (KVMWARDEN_RULESET_BEGIN)
 * @size: in: size of this struct
 * @mode: in: &enum kvmwarden_mode shown as the ruleset's own; each class has
 *	its own, which is what counts
 * @version: in: the ruleset's version; an older one than that in force is
 *	refused at commit
 * @host: in: limits on all VMs of the host together
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
	__u32 bad_field;
	__u32 reserved;
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
 * @over: out: VMs, classes and the host whose use exceeds a limit of the new
 *	ruleset; nothing of theirs is touched, but they get no more. 0 with
 *	KVMWARDEN_COMMIT_CHECK
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
	__u32 over;
	char hook[KVMWARDEN_NAME_LEN];
};

/**
 * struct kvmwarden_vm_set - decide for one VM (KVMWARDEN_VM_SET)
 * @size: in: size of this struct
 * @bad_field: out: with -EINVAL, an &enum kvmwarden_field
 * @id: in: its id; none such on record: -ENOENT
 * @change: in: KVMWARDEN_DENY_* that this is about; others stay as they are
 * @own: in: those of @change that are the VM's own from now on, whatever its
 *	class says and is changed to; the rest of @change is its class's again
 * @deny: in: those of @own that it may not do
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

#define KVMWARDEN_IOC		0xba

/* on /dev/kvmwarden */
#define KVMWARDEN_STATUS	_IO(KVMWARDEN_IOC, 0x00)
#define KVMWARDEN_HOOK_GET	_IO(KVMWARDEN_IOC, 0x01)
#define KVMWARDEN_VM_NEXT	_IO(KVMWARDEN_IOC, 0x02)
#define KVMWARDEN_CLASS_GET	_IO(KVMWARDEN_IOC, 0x03)
#define KVMWARDEN_RULESET_BEGIN	_IO(KVMWARDEN_IOC, 0x04)
#define KVMWARDEN_DISARM	_IO(KVMWARDEN_IOC, 0x05)
#define KVMWARDEN_VM_SET	_IO(KVMWARDEN_IOC, 0x06)

/* on a ruleset's file descriptor */
#define KVMWARDEN_RULESET_ADD		_IO(KVMWARDEN_IOC, 0x10)
#define KVMWARDEN_RULESET_COMMIT	_IO(KVMWARDEN_IOC, 0x11)

#endif /* _UAPI_LINUX_KVMWARDEN_H */
