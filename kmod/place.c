// SPDX-License-Identifier: GPL-2.0
/* Placement: the ruleset in force, and the class that each VM is in. */
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "place.h"

/*
 * Held for reading by whoever charges, or puts a VM into a class or takes it
 * out, and for writing while another ruleset takes over: so no charge is ever
 * split between two rulesets, and no VM is left in the old one.
 */
static DEFINE_RWLOCK(place_lock);

/* Changed under the ruleset's commit mutex and place_lock; read under RCU. */
static struct kw_ruleset __rcu *in_force;

struct kw_account kw_host_account;

/**
 * kw_place_lock() - keep every VM in its class
 *
 * Context: process context; no sleeping until kw_place_unlock(), and no second
 * kw_place_lock(). VM locks and account locks nest inside.
 */
void kw_place_lock(void)
	__acquires(&place_lock)
{
	read_lock(&place_lock);
}

/**
 * kw_place_unlock() - undo kw_place_lock()
 */
void kw_place_unlock(void)
	__releases(&place_lock)
{
	read_unlock(&place_lock);
}

static void apply_limits(struct kw_vm *vm)
{
	enum kw_resource what;

	for (what = 0; what < KW_NR_RESOURCES; what++)
		kw_account_set_limit(&vm->account, what,
				     vm->class->vm_limit[what]);
}

/**
 * kw_place_enter() - put a new VM into its class and charge it there
 * @vm: a record with its identity filled in
 * @force: the VM exists already: charge it whatever the limits are
 * @shortage: filled in if refused
 *
 * On return @vm's class is set, also if refused.
 *
 * Context: between kw_place_lock() and kw_place_unlock().
 * Return: 0, or -EDQUOT if there may be no more VMs.
 */
int kw_place_enter(struct kw_vm *vm, bool force, struct kw_shortage *shortage)
{
	const struct kw_ruleset *ruleset;

	ruleset = rcu_dereference_check(in_force, lockdep_is_held(&place_lock));
	vm->class = kw_ruleset_match(ruleset, &vm->who);
	kw_account_init(&vm->account, &vm->class->account);
	apply_limits(vm);
	kw_vm_note_had(vm);
	if (force) {
		kw_account_force(&vm->account, KW_VMS, 1);
		return 0;
	}
	return kw_account_charge(&vm->account, KW_VMS, 1, shortage);
}

/**
 * kw_place_ruleset() - the ruleset in force
 *
 * Context: under RCU, the placement lock, or the ruleset's commit mutex.
 * Return: the ruleset; there always is one.
 */
const struct kw_ruleset *kw_place_ruleset(void)
{
	/* one of the three, the mutex, belongs to ruleset.c */
	return rcu_dereference_check(in_force, 1);
}

/* Matching may take long with many classes: do it while VMs go on. */
static void find_next_classes(const struct kw_ruleset *ruleset)
{
	struct kw_vm *vm;
	u64 id = 0;

	for (;;) {
		rcu_read_lock();
		vm = kw_vm_next(id);
		if (vm) {
			id = vm->id;
			vm->next = kw_ruleset_match(ruleset, &vm->who);
			vm->next_ruleset = ruleset;
		}
		rcu_read_unlock();
		if (!vm)
			return;
		cond_resched();
	}
}

static void move(struct kw_vm *vm, const struct kw_ruleset *ruleset)
{
	/* put on record since find_next_classes() */
	if (vm->next_ruleset != ruleset)
		vm->next = kw_ruleset_match(ruleset, &vm->who);
	kw_account_move(&vm->account, &vm->next->account);
	WRITE_ONCE(vm->class, vm->next);
	apply_limits(vm);
	kw_vm_note_had(vm);
}

/**
 * kw_place_set() - decide for one VM what it may do
 * @id: its id
 * @change: KVMWARDEN_DENY_* that this is about
 * @own: those of @change that are the VM's own from now on
 * @deny: those of @own that it may not do
 *
 * Context: process context.
 * Return: 0 or -ENOENT.
 */
int kw_place_set(u64 id, u64 change, u64 own, u64 deny)
{
	struct kw_vm *vm;
	int err = -ENOENT;

	write_lock(&place_lock);
	rcu_read_lock();
	vm = kw_vm_next(id - 1);
	if (vm && vm->id == id) {
		vm->own = (vm->own & ~change) | own;
		vm->own_deny = (vm->own_deny & ~change) | deny;
		kw_vm_note_had(vm);
		err = 0;
	}
	rcu_read_unlock();
	write_unlock(&place_lock);
	return err;
}

/**
 * kw_place_commit() - put a ruleset in force and all VMs into its classes
 * @ruleset: a sealed ruleset; owned by this file from now on
 *
 * Context: may sleep; under the ruleset's commit mutex.
 */
void kw_place_commit(struct kw_ruleset *ruleset)
{
	struct kw_ruleset *old;
	enum kw_resource what;
	struct kw_vm *vm;
	u64 id = 0;

	find_next_classes(ruleset);

	write_lock(&place_lock);
	rcu_read_lock();
	while ((vm = kw_vm_next(id))) {
		id = vm->id;
		move(vm, ruleset);
	}
	rcu_read_unlock();
	for (what = 0; what < KW_NR_RESOURCES; what++)
		kw_account_set_limit(&kw_host_account, what,
				     ruleset->host_limit[what]);
	old = rcu_replace_pointer(in_force, ruleset,
				  lockdep_is_held(&place_lock));
	write_unlock(&place_lock);

	synchronize_rcu();
	kw_ruleset_free(old);
}

/**
 * kw_place_enforces() - does policy rely on anything being refused?
 *
 * Context: any.
 * Return: true if any class does.
 */
bool kw_place_enforces(void)
{
	bool enforces;

	rcu_read_lock();
	enforces = kw_ruleset_enforces(kw_place_ruleset());
	rcu_read_unlock();
	return enforces;
}

/**
 * kw_place_over() - how many VMs, classes and hosts use more than they may
 *
 * Context: may sleep; under the ruleset's commit mutex.
 * Return: their number.
 */
u32 kw_place_over(void)
{
	const struct kw_ruleset *ruleset = kw_place_ruleset();
	u32 over = kw_account_over(&kw_host_account);
	struct kw_class *class;
	struct kw_vm *vm;
	u64 id = 0;

	list_for_each_entry(class, &ruleset->classes, list)
		over += kw_account_over(&class->account);
	do {
		rcu_read_lock();
		vm = kw_vm_next(id);
		if (vm) {
			id = vm->id;
			over += kw_account_over(&vm->account);
		}
		rcu_read_unlock();
		cond_resched();
	} while (vm);
	return over;
}

/**
 * kw_place_init() - begin with a ruleset that allows everything
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int kw_place_init(void)
{
	struct kw_ruleset *ruleset;
	int err;

	kw_account_init(&kw_host_account, NULL);
	ruleset = kw_ruleset_new(0, KVMWARDEN_MODE_PERMISSIVE);
	if (!ruleset)
		return -ENOMEM;
	err = kw_ruleset_seal(ruleset, &kw_host_account);
	if (err) {
		kw_ruleset_free(ruleset);
		return err;
	}
	RCU_INIT_POINTER(in_force, ruleset);
	return 0;
}

/**
 * kw_place_exit() - free the ruleset in force; no VM may be on record
 *
 * Context: module unload.
 */
void kw_place_exit(void)
{
	kw_ruleset_free(rcu_dereference_protected(in_force, 1));
}
