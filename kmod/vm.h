/* SPDX-License-Identifier: GPL-2.0 */
/* VM records: what is known of each struct kvm. */
#ifndef KW_VM_H
#define KW_VM_H

#include <linux/sched.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "account.h"
#include "policy.h"
#include "who.h"

struct kvm;

/* x86 has a second address space for system management mode. */
#define KW_ADDRESS_SPACES	2

/**
 * struct kw_pages - pages in a VM's live memory slots
 * @slots: how many of these are user space's
 * @space: in slots of user space, by address space
 * @own: in KVM's own slots, of all address spaces
 */
struct kw_pages {
	u64 slots;
	u64 space[KW_ADDRESS_SPACES];
	u64 own;
};

/**
 * struct kw_place - where a VM is in a ruleset
 * @ruleset: the ruleset, or NULL
 * @class: the VM's class in it
 * @climb: the accounts that its charges climb
 */
struct kw_place {
	struct kw_ruleset *ruleset;
	struct kw_class *class;
	struct kw_climb *climb;
};

/**
 * struct kw_own - what was decided for one VM, whatever its class says
 * @limits: bits (1 << &enum kvmwarden_limit) of @limit that are set
 * @limit: its own limits
 * @change: KVMWARDEN_DENY_* that are set
 * @deny: those of them that it may not do
 * @class: the name of the class that was chosen for it, owned by this, or NULL
 */
struct kw_own {
	u64 limits;
	u64 limit[KVMWARDEN_NR_LIMITS];
	u64 change;
	u64 deny;
	char *class;
};

/* Limits that no account but the VM's own has follow those that some have. */
#define KW_FIRST_PLAIN		KVMWARDEN_LIMIT_MEMSLOTS
#define KW_NR_PLAIN		(KVMWARDEN_NR_LIMITS - KW_FIRST_PLAIN)

/* Of these, those that KVM counts after it was asked, and under no lock of ours. */
#define KW_FIRST_LATE		KVMWARDEN_LIMIT_IRQFDS
#define KW_NR_LATE		(KVMWARDEN_LIMIT_HV_EVENTS - KW_FIRST_LATE + 1)

/**
 * struct kw_vm - what is known of one VM
 * @node: in the table by @kvm; protected by the table's lock, read under RCU
 * @kvm: the VM: a key, never followed here
 * @rcu: to free it
 * @id: its number, never used again
 * @created: CLOCK_BOOTTIME when the record was made, in ns
 * @who: its creator, owned by the record
 * @place: in the ruleset in force; protected by the placement lock
 * @next: in a ruleset that is going to be in force, or was, or NULL; protected by
 *	the ruleset's commit mutex
 * @own: what was decided for it, or NULL; protected by the placement lock, and
 *	changed under the ruleset's commit mutex
 * @account: what it uses
 * @lock: protects the step from KVM's own count to what is asked for
 * @adopted: the VM is older than the hooks
 * @pages: what @account's memory is made of; protected by the VM's slots_lock
 * @used: what it uses of what no other account has, from KW_FIRST_PLAIN on;
 *	protected by @lock
 * @begun: requests that were granted, ever, from KW_FIRST_LATE on; protected by
 *	@lock
 * @ended: those of them that KVM has counted, or failed; changed under @lock, read
 *	without
 * @had: KVMWARDEN_DENY_* that it was free to do at some time; protected by the
 *	placement lock
 * @leaving: for each vCPU that must leave its guest's guest, by id: how many
 *	exits it had when it was told so first
 * @counts: of requests that a limit did not allow; NULL before the first, then
 *	constant
 */
struct kw_vm {
	struct hlist_node node;
	struct kvm *kvm;
	struct rcu_head rcu;
	u64 id;
	u64 created;
	struct kw_who *who;
	struct kw_place place;
	struct kw_place *next;
	struct kw_own *own;
	struct kw_account account;
	raw_spinlock_t lock;
	bool adopted;
	struct kw_pages pages;
	u64 used[KW_NR_PLAIN];
	u64 begun[KW_NR_LATE];
	u64 ended[KW_NR_LATE];
	u64 had;
	struct xarray leaving;
	struct kw_counts *counts;
};

int kw_vm_init(void);
void kw_vm_exit(void);
int kw_vm_create(struct kvm *kvm);
struct kw_vm *kw_vm_adopt(struct kvm *kvm, struct task_struct *creator,
			  struct mm_struct *mm, const struct kw_pages *pages, u64 vcpus);
void kw_vm_destroy(const struct kvm *kvm);
void kw_vm_drop_all(void);
void kw_vm_barrier(void);
struct kw_vm *kw_vm_find(const struct kvm *kvm);
struct kw_vm *kw_vm_by_id(u64 id);
struct kw_vm *kw_vm_next(u64 after);
u64 kw_pages_bytes(const struct kw_pages *pages);
int kw_vm_request(struct kw_vm *vm, enum kw_resource what, u64 now, u64 want);
struct kw_counts *kw_vm_counts(struct kw_vm *vm);
u64 kw_vm_used(struct kw_vm *vm, enum kvmwarden_limit what);
u64 kw_vm_limit_of(const struct kw_vm *vm, const struct kw_class *class,
		   enum kvmwarden_limit what);
enum kvmwarden_reason kw_vm_reason(enum kvmwarden_limit what);
int kw_vm_limit(struct kw_vm *vm, enum kvmwarden_limit what, u64 now, u64 want);
int kw_vm_limit_begin(struct kw_vm *vm, enum kvmwarden_limit what,
		      u64 (*count)(struct kvm *kvm));
int kw_vm_limit_add(struct kw_vm *vm, enum kvmwarden_limit what, u64 more);
int kw_vm_forbidden(struct kw_vm *vm, u64 what, enum kvmwarden_reason reason,
		    enum kvmwarden_operation operation);
bool kw_vm_forbids(const struct kw_vm *vm, u64 what);
bool kw_vm_would_forbid(u64 what);
void kw_vm_note_leaving(struct kw_vm *vm, unsigned long vcpu, void *note);
void kw_vm_note_had(struct kw_vm *vm);
bool kw_vm_had(const struct kw_vm *vm, u64 what);
enum kvmwarden_revoke kw_vm_revoke(const struct kw_vm *vm);
u64 kw_vm_deny(const struct kw_vm *vm);
void kw_vm_each_forbidden(u64 what,
			  void (*do_to)(struct kvm *kvm, void *data),
			  void *data);
int kw_vm_request_counted(struct kw_vm *vm, enum kw_resource what,
			  const int *counted, unsigned int own);

#endif /* KW_VM_H */
