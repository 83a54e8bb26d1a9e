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
 * struct kw_vm - what is known of one VM
 * @node: in the table by @kvm; protected by the table's lock, read under RCU
 * @kvm: the VM: a key, never followed here
 * @rcu: to free it
 * @id: its number, never used again
 * @created: CLOCK_BOOTTIME when the record was made, in ns
 * @adopted: the VM is older than the hooks
 * @who: its creator, owned by the record
 * @place: in the ruleset in force; protected by the placement lock
 * @next: in a ruleset that is going to be in force, or was; protected by the
 *	ruleset's commit mutex
 * @chosen: the name of the class that was chosen for it, owned by the record, or
 *	NULL; protected by the placement lock
 * @account: what it uses
 * @lock: protects the step from KVM's own count to what is asked for
 * @pages: what @account's memory is made of; protected by the VM's slots_lock
 * @limit: its own limits, by &enum kvmwarden_limit; protected by the placement
 *	lock
 * @used: what it uses of those that no other account has; protected by @lock
 * @under_way: of each of these, requests that were granted and may not have been
 *	counted by KVM yet; protected by @lock
 * @own_limits: bits (1 << &enum kvmwarden_limit) of @limit that are set for this
 *	VM, whatever its class says; protected, like what follows up to @had, by
 *	the placement lock
 * @own: KVMWARDEN_DENY_* that are set for this VM, whatever its class says
 * @own_deny: those of them that it may not do
 * @had: KVMWARDEN_DENY_* that it was free to do at some time
 * @leaving: for each vCPU that must leave its guest's guest, by id: how many
 *	exits it had when it was told so first
 * @counts: of requests that a limit did not allow
 */
struct kw_vm {
	struct hlist_node node;
	struct kvm *kvm;
	struct rcu_head rcu;
	u64 id;
	u64 created;
	bool adopted;
	struct kw_who *who;
	struct kw_place place;
	struct kw_place next;
	char *chosen;
	struct kw_account account;
	raw_spinlock_t lock;
	struct kw_pages pages;
	u64 limit[KVMWARDEN_NR_LIMITS];
	u64 used[KVMWARDEN_NR_LIMITS];
	u32 under_way[KVMWARDEN_NR_LIMITS];
	u64 own_limits;
	u64 own;
	u64 own_deny;
	u64 had;
	struct xarray leaving;
	struct kw_counts counts;
};

int kw_vm_create(struct kvm *kvm);
struct kw_vm *kw_vm_adopt(struct kvm *kvm, struct task_struct *creator,
			  struct mm_struct *mm, const struct kw_pages *pages, u64 vcpus);
void kw_vm_destroy(const struct kvm *kvm);
void kw_vm_drop_all(void);
void kw_vm_barrier(void);
struct kw_vm *kw_vm_find(const struct kvm *kvm);
struct kw_vm *kw_vm_next(u64 after);
u64 kw_pages_bytes(const struct kw_pages *pages);
int kw_vm_request(struct kw_vm *vm, enum kw_resource what, u64 now, u64 want);
u64 kw_vm_used(struct kw_vm *vm, enum kvmwarden_limit what);
enum kvmwarden_reason kw_vm_reason(enum kvmwarden_limit what);
int kw_vm_limit(struct kw_vm *vm, enum kvmwarden_limit what, u64 now, u64 want);
int kw_vm_limit_begin(struct kw_vm *vm, enum kvmwarden_limit what, u64 now);
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
