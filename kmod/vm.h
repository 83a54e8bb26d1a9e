/* SPDX-License-Identifier: GPL-2.0 */
/* VM records: what is known of each struct kvm. */
#ifndef KW_VM_H
#define KW_VM_H

#include <linux/sched.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "account.h"
#include "policy.h"

struct kvm;

/* x86 has a second address space for system management mode. */
#define KW_ADDRESS_SPACES	2

/**
 * struct kw_pages - pages in a VM's live memory slots
 * @space: in slots of user space, by address space
 * @own: in KVM's own slots, of all address spaces
 */
struct kw_pages {
	u64 space[KW_ADDRESS_SPACES];
	u64 own;
};

/**
 * struct kw_vm - what is known of one VM
 * @node: in the table by @kvm; protected by the table's lock, read under RCU
 * @kvm: the VM: a key, never followed here
 * @rcu: to free it
 * @id: its number, never used again
 * @created: CLOCK_BOOTTIME when the record was made, in ns
 * @adopted: the VM is older than the hooks
 * @pid: of its creator
 * @gid: of its creator
 * @who: of its creator; who.cgroup is owned by the record
 * @comm: of its creator
 * @class: what limits it; protected by the placement lock, read under RCU
 * @next: the class that a commit under way has found for it
 * @next_ruleset: the ruleset that @next is in
 * @account: what it uses; its parent is the account of @class
 * @lock: protects the step from KVM's own count to what is asked for
 * @pages: what @account's memory is made of; protected by the VM's slots_lock
 * @own: KVMWARDEN_DENY_* that are set for this VM, whatever its class says
 * @own_deny: those of them that it may not do
 * @had: KVMWARDEN_DENY_* that it was free to do at some time; protected, like
 *	the two above, by the placement lock
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
	pid_t pid;
	u32 gid;
	struct kw_identity who;
	char comm[TASK_COMM_LEN];
	struct kw_class *class;
	struct kw_class *next;
	const struct kw_ruleset *next_ruleset;
	struct kw_account account;
	raw_spinlock_t lock;
	struct kw_pages pages;
	u64 own;
	u64 own_deny;
	u64 had;
	struct xarray leaving;
	struct kw_counts counts;
};

int kw_vm_create(struct kvm *kvm);
struct kw_vm *kw_vm_adopt(struct kvm *kvm, struct task_struct *creator,
			  const struct kw_pages *pages, u64 vcpus);
void kw_vm_destroy(const struct kvm *kvm);
void kw_vm_drop_all(void);
struct kw_vm *kw_vm_find(const struct kvm *kvm);
struct kw_vm *kw_vm_next(u64 after);
u64 kw_pages_bytes(const struct kw_pages *pages);
int kw_vm_request(struct kw_vm *vm, enum kw_resource what, u64 now, u64 want);
int kw_vm_forbidden(struct kw_vm *vm, u64 what, enum kvmwarden_reason reason);
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
