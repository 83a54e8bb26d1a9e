// SPDX-License-Identifier: GPL-2.0
/* Placement: the ruleset in force, and the class that each VM is in. */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "gate.h"
#include "place.h"

/*
 * The gate is passed by whoever charges, or puts a VM into a class or takes it
 * out, and closed while another ruleset takes over: so no charge is ever split
 * between two rulesets, and no VM is left in the old one.
 *
 * Changed under the ruleset's commit mutex and with the gate closed; read under
 * RCU.
 */
static struct kw_ruleset __rcu *in_force;

/*
 * KVMWARDEN_DENY_* that any VM was denied at any time, or is about to be. It only
 * grows, under the ruleset's commit mutex; read without.
 */
static u64 ever_denied;

/**
 * kw_place_lock() - keep every VM in its class
 *
 * Context: process context; no sleeping until kw_place_unlock(), and no second
 * kw_place_lock(). VM locks and account locks nest inside.
 */
void kw_place_lock(void)
	__acquires(GATE)
{
	kw_gate_enter();
}

/**
 * kw_place_unlock() - undo kw_place_lock()
 */
void kw_place_unlock(void)
	__releases(GATE)
{
	kw_gate_leave();
}

/**
 * kw_place_ever_denied() - can there be a VM that may not do that?
 * @what: KVMWARDEN_DENY_*
 *
 * Until there can, nobody needs to find out which VM it is that asks.
 *
 * Context: any.
 * Return: true if a VM may ever have been denied it, even in mode permissive.
 */
bool kw_place_ever_denied(u64 what)
{
	return READ_ONCE(ever_denied) & what;
}

/* Before kw_gate_close(), by whose grace period every processor sees it. */
static void note_denied(u64 what)
{
	WRITE_ONCE(ever_denied, ever_denied | what);
}

static void note_all_denied(const struct kw_ruleset *ruleset)
{
	u32 i;

	for (i = 0; i < ruleset->nr_classes; i++)
		note_denied(ruleset->classes[i]->deny);
}

static void apply_limits(struct kw_vm *vm)
{
	const struct kw_class *class = vm->place.class;

	kw_account_set_limit(&vm->account, KW_VCPUS,
			     kw_vm_limit_of(vm, class, KVMWARDEN_LIMIT_VCPUS));
	kw_account_set_limit(&vm->account, KW_MEMORY,
			     kw_vm_limit_of(vm, class, KVMWARDEN_LIMIT_MEMORY));
}

/* The VM's place in a ruleset; @name is the class chosen for it, or NULL. */
static int find_place(struct kw_vm *vm, struct kw_ruleset *ruleset,
		      const char *name, struct kw_place *place)
{
	const struct kw_identity *who = &vm->who->id;

	place->ruleset = ruleset;
	place->class = name ? kw_ruleset_find(ruleset, name) : NULL;
	if (!place->class)
		place->class = kw_ruleset_match(ruleset, who);
	place->climb = kw_climb_new(ruleset, place->class, who, &vm->account);
	if (place->climb)
		return 0;
	place->ruleset = NULL;
	return -ENOMEM;
}

static void place_free(struct kw_place *place)
{
	if (place->climb)
		kw_climb_free(place->ruleset, place->climb);
	place->climb = NULL;
	place->ruleset = NULL;
}

static void next_free(struct kw_vm *vm)
{
	if (vm->next)
		place_free(vm->next);
	kfree(vm->next);
	vm->next = NULL;
}

static void own_free(struct kw_own *own)
{
	if (own)
		kfree(own->class);
	kfree(own);
}

/**
 * kw_place_enter() - put a new VM into its class and charge it there
 * @vm: a record with its identity filled in
 * @force: the VM exists already: charge it whatever the limits are
 * @shortage: filled in if refused
 *
 * On return @vm has its place, also if refused with -EDQUOT.
 *
 * Context: between kw_place_lock() and kw_place_unlock().
 * Return: 0; -EDQUOT if there may be no more VMs; -ENOMEM, also if its user
 * namespaces and cgroups have more limits than can be kept.
 */
int kw_place_enter(struct kw_vm *vm, bool force, struct kw_shortage *shortage)
{
	int err;

	kw_account_init(&vm->account, KVMWARDEN_LEVEL_VM);
	err = find_place(vm, kw_place_ruleset(), NULL, &vm->place);
	if (err)
		return err;
	/* no reason for which a VM that runs could keep a policy from being applied */
	if (vm->place.climb->cut && !force)
		return -ENOMEM;
	apply_limits(vm);
	kw_vm_note_had(vm);
	if (force) {
		kw_account_force(vm->place.climb, 0, KW_VMS, 1);
		return 0;
	}
	return kw_account_charge(vm->place.climb, KW_VMS, 1, shortage);
}

/**
 * kw_place_leave() - let a VM's place go
 * @vm: a record that nobody else knows, or knows any more; charged nothing
 *
 * Context: does not sleep. Since the record was last known to others no ruleset
 * has been freed: under RCU, or in its callback.
 */
void kw_place_leave(struct kw_vm *vm)
{
	place_free(&vm->place);
	next_free(vm);
	own_free(vm->own);
}

/**
 * kw_place_ruleset() - the ruleset in force
 *
 * Context: under RCU, the placement lock, or the ruleset's commit mutex.
 * Return: the ruleset; there always is one.
 */
struct kw_ruleset *kw_place_ruleset(void)
{
	/* one of the three, the mutex, belongs to ruleset.c */
	return rcu_dereference_check(in_force, 1);
}

/* Under RCU. */
static int find_next(struct kw_vm *vm, struct kw_ruleset *ruleset)
{
	const char *chosen = vm->own ? vm->own->class : NULL;

	if (!vm->next)
		vm->next = kzalloc(sizeof(*vm->next), GFP_ATOMIC | __GFP_ACCOUNT);
	if (!vm->next)
		return -ENOMEM;
	if (vm->next->ruleset == ruleset)
		return 0;
	return find_place(vm, ruleset, chosen, vm->next);
}

/*
 * One VM after the other, under RCU, and others may run in between. Stops when
 * @run returns an error.
 */
static int walk_vms(int (*run)(struct kw_vm *vm, void *data), void *data)
{
	struct kw_vm *vm;
	u64 id = 0;
	int err = 0;

	do {
		rcu_read_lock();
		vm = kw_vm_next(id);
		if (vm) {
			id = vm->id;
			err = run(vm, data);
		}
		rcu_read_unlock();
		cond_resched();
	} while (vm && !err);
	return err;
}

static void force_use(struct kw_vm *vm, const struct kw_place *place)
{
	enum kw_resource what;

	for (what = 0; what < KW_NR_RESOURCES; what++)
		kw_account_force(place->climb, 1, what,
				 kw_account_used(&vm->account, what));
}

/* Matching and charging takes long with many VMs: done while they go on. */
static int survey_place(struct kw_vm *vm, void *data)
{
	int err = find_next(vm, data);

	if (!err)
		force_use(vm, vm->next);
	return err;
}

/* By the limits that it would have. */
static bool vm_over(struct kw_vm *vm, struct kvmwarden_change *change)
{
	u64 used, limit;
	u32 i;

	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		used = kw_vm_used(vm, i);
		limit = kw_vm_limit_of(vm, vm->next->class, i);
		if (used <= limit)
			continue;
		change->reason = kw_vm_reason(i);
		change->used = used;
		change->limit = limit;
		return true;
	}
	return false;
}

/* The one closest to the VM, which pools are not in the order of. */
static bool shared_over(const struct kw_climb *climb,
			struct kvmwarden_change *change)
{
	const struct kw_account *first = NULL;
	struct kw_shortage shortage;
	enum kw_resource what;
	u32 i;

	for (i = 1; i < climb->nr; i++) {
		if ((first && climb->at[i]->level >= first->level) ||
		    !kw_account_over(climb->at[i], &what, &shortage))
			continue;
		first = climb->at[i];
		change->reason = kw_place_reason(first, what);
		change->used = shortage.used;
		change->limit = shortage.limit;
	}
	return first;
}

static int survey_tell(struct kw_vm *vm, void *data)
{
	struct kvmwarden_change change = { .vm = vm->id };
	struct kw_survey *survey = data;

	/* came after all others had been placed */
	if (!vm->next || !vm->next->climb)
		return 0;
	if (strcmp(vm->next->class->name, vm->place.class->name))
		change.flags |= KVMWARDEN_CHANGE_CLASS;
	if (vm_over(vm, &change)) {
		change.flags |= KVMWARDEN_CHANGE_OVER;
		survey->over++;
	} else if (shared_over(vm->next->climb, &change)) {
		change.flags |= KVMWARDEN_CHANGE_OVER;
	}
	strscpy(change.class_name, vm->next->class->name,
		sizeof(change.class_name));
	if (change.flags && survey->tell)
		survey->tell(&change, survey->data);
	return 0;
}

static u32 is_over(struct kw_account *account)
{
	struct kw_shortage shortage;
	enum kw_resource what;

	return kw_account_over(account, &what, &shortage);
}

static u32 accounts_over(struct kw_ruleset *ruleset)
{
	u32 i, over = is_over(&ruleset->account);
	struct kw_pool *pool;
	unsigned long flags;

	for (i = 0; i < ruleset->nr_classes; i++)
		over += is_over(&ruleset->classes[i]->account);
	spin_lock_irqsave(&ruleset->pools.lock, flags);
	list_for_each_entry(pool, &ruleset->pools.by_id, by_id)
		over += is_over(&pool->account);
	spin_unlock_irqrestore(&ruleset->pools.lock, flags);
	return over;
}

/**
 * kw_place_survey() - find out what a ruleset would mean for the VMs on record
 * @ruleset: a sealed ruleset, not in force
 * @survey: the outcome
 *
 * To be followed by kw_place_commit() or kw_place_forget().
 *
 * Context: may sleep; under the ruleset's commit mutex.
 * Return: 0 or -ENOMEM.
 */
int kw_place_survey(struct kw_ruleset *ruleset, struct kw_survey *survey)
{
	int err;

	survey->over = 0;
	kw_ruleset_empty(ruleset);
	err = walk_vms(survey_place, ruleset);
	if (!err) {
		walk_vms(survey_tell, survey);
		survey->over += accounts_over(ruleset);
	}
	kw_ruleset_empty(ruleset);
	return err;
}

static int forget(struct kw_vm *vm, void *data)
{
	next_free(vm);
	return 0;
}

/**
 * kw_place_forget() - undo kw_place_survey()
 *
 * When this returns, the ruleset that was surveyed can be freed.
 *
 * Context: may sleep; under the ruleset's commit mutex.
 */
void kw_place_forget(void)
{
	/* somebody may yet read whose account was full */
	synchronize_rcu();
	walk_vms(forget, NULL);
	/* records dropped meanwhile: that RCU knows of them, and is through */
	synchronize_rcu();
	rcu_barrier();
}

static void move(struct kw_vm *vm)
{
	force_use(vm, vm->next);
	swap(vm->place, *vm->next);
	apply_limits(vm);
	kw_vm_note_had(vm);
}

/* With the gate closed: VMs put on record since they were surveyed, too. */
static int find_all(struct kw_ruleset *ruleset)
{
	struct kw_vm *vm;
	u64 id = 0;
	int err = 0;

	while (!err && (vm = kw_vm_next(id))) {
		id = vm->id;
		err = find_next(vm, ruleset);
	}
	return err;
}

static void move_all(void)
{
	struct kw_vm *vm;
	u64 id = 0;

	while ((vm = kw_vm_next(id))) {
		id = vm->id;
		move(vm);
	}
}

/**
 * kw_place_commit() - put a ruleset in force and all VMs into its classes
 * @ruleset: a ruleset that was surveyed; owned by this file from now on
 *
 * Context: may sleep; under the ruleset's commit mutex.
 * Return: the ruleset that was in force, which belongs to the caller now; or
 * ERR_PTR(-ENOMEM), and nothing was changed.
 */
struct kw_ruleset *kw_place_commit(struct kw_ruleset *ruleset)
{
	struct kw_ruleset *old = kw_place_ruleset();
	int err;

	note_all_denied(ruleset);
	kw_gate_close();
	rcu_read_lock();
	err = find_all(ruleset);
	if (!err) {
		move_all();
		rcu_assign_pointer(in_force, ruleset);
	}
	rcu_read_unlock();
	kw_gate_open();

	kw_place_forget();
	return err ? ERR_PTR(err) : old;
}

/* With the gate closed. */
static int change_class(struct kw_vm *vm, const char *name,
			struct kw_place *place)
{
	int err = find_place(vm, kw_place_ruleset(), name, place);

	if (err)
		return err;
	kw_account_move(vm->place.climb, place->climb);
	swap(vm->place, *place);
	return 0;
}

/* What @vm is to have of its own, but for its class. */
static void own_fill(struct kw_own *own, const struct kw_vm *vm,
		     const struct kw_setting *setting)
{
	static const struct kw_own none;
	const struct kw_own *old = vm->own ?: &none;
	u32 i;

	own->change = (old->change & ~setting->change) | setting->own;
	own->deny = (old->deny & ~setting->change) | setting->deny;
	own->limits = (old->limits & ~setting->limits) | setting->own_limits;
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		own->limit[i] = setting->own_limits & BIT_ULL(i) ?
				setting->limit[i] : old->limit[i];
}

/*
 * With the gate closed, under RCU. What is to be freed afterwards is swapped into
 * @own and @place.
 */
static int set(const struct kw_setting *setting, struct kw_own **own,
	       struct kw_place *place)
{
	struct kw_vm *vm = kw_vm_by_id(setting->id);
	int err;

	if (!vm)
		return -ENOENT;
	if (!IS_ERR(setting->class)) {
		err = change_class(vm, setting->class, place);
		if (err)
			return err;
	}
	own_fill(*own, vm, setting);
	if (!IS_ERR(setting->class))
		(*own)->class = setting->class;
	else if (vm->own)
		swap((*own)->class, vm->own->class);
	swap(vm->own, *own);
	apply_limits(vm);
	kw_vm_note_had(vm);
	return 0;
}

/**
 * kw_place_set() - decide for one VM what it may have and do
 * @setting: what
 *
 * Context: may sleep; under the ruleset's commit mutex.
 * Return: 0, -ENOENT or -ENOMEM.
 */
int kw_place_set(const struct kw_setting *setting)
{
	struct kw_own *own = kzalloc(sizeof(*own), GFP_KERNEL_ACCOUNT);
	struct kw_place place = { };
	int err;

	if (!own)
		return -ENOMEM;
	note_denied(setting->deny);
	kw_gate_close();
	rcu_read_lock();
	err = set(setting, &own, &place);
	rcu_read_unlock();
	kw_gate_open();

	/* somebody may yet read whose account was full */
	synchronize_rcu();
	place_free(&place);
	own_free(own);
	return err;
}

/**
 * kw_place_enforces() - is anything refused?
 *
 * Context: any.
 * Return: true if any class is in enforce mode.
 */
bool kw_place_enforces(void)
{
	bool enforces;

	rcu_read_lock();
	enforces = kw_place_ruleset()->enforced;
	rcu_read_unlock();
	return enforces;
}

/**
 * kw_place_reason() - why a request is refused if an account is full
 * @full: the account
 * @what: the resource
 *
 * Return: the reason.
 */
enum kvmwarden_reason kw_place_reason(const struct kw_account *full,
				      enum kw_resource what)
{
	static const u8 reason[][KW_NR_RESOURCES] = {
		[KVMWARDEN_LEVEL_VM] = {
			[KW_VCPUS]	= KVMWARDEN_REASON_VM_VCPUS,
			[KW_MEMORY]	= KVMWARDEN_REASON_VM_MEMORY,
		},
		[KVMWARDEN_LEVEL_USER] = {
			[KW_VMS]	= KVMWARDEN_REASON_USER_VMS,
			[KW_VCPUS]	= KVMWARDEN_REASON_USER_VCPUS,
			[KW_MEMORY]	= KVMWARDEN_REASON_USER_MEMORY,
		},
		[KVMWARDEN_LEVEL_HOST_USER] = {
			[KW_VMS]	= KVMWARDEN_REASON_HOST_USER_VMS,
			[KW_VCPUS]	= KVMWARDEN_REASON_HOST_USER_VCPUS,
			[KW_MEMORY]	= KVMWARDEN_REASON_HOST_USER_MEMORY,
		},
		[KVMWARDEN_LEVEL_CGROUP] = {
			[KW_VMS]	= KVMWARDEN_REASON_CGROUP_VMS,
			[KW_VCPUS]	= KVMWARDEN_REASON_CGROUP_VCPUS,
			[KW_MEMORY]	= KVMWARDEN_REASON_CGROUP_MEMORY,
		},
		[KVMWARDEN_LEVEL_CLASS] = {
			[KW_VMS]	= KVMWARDEN_REASON_CLASS_VMS,
			[KW_VCPUS]	= KVMWARDEN_REASON_CLASS_VCPUS,
			[KW_MEMORY]	= KVMWARDEN_REASON_CLASS_MEMORY,
		},
		[KVMWARDEN_LEVEL_HOST] = {
			[KW_VMS]	= KVMWARDEN_REASON_HOST_VMS,
			[KW_VCPUS]	= KVMWARDEN_REASON_HOST_VCPUS,
			[KW_MEMORY]	= KVMWARDEN_REASON_HOST_MEMORY,
		},
	};

	return reason[full->level][what];
}

/* Nothing is limited; or there may be no VM until a policy is committed. */
static struct kw_ruleset *first_ruleset(bool closed)
{
	const struct kvmwarden_amounts unlimited = {
		.vms = KVMWARDEN_UNLIMITED,
		.vcpus = KVMWARDEN_UNLIMITED,
		.memory = KVMWARDEN_UNLIMITED,
	};
	struct kvmwarden_ruleset from = {
		.mode = closed ? KVMWARDEN_MODE_ENFORCE :
				 KVMWARDEN_MODE_PERMISSIVE,
		.host = unlimited,
		.user = unlimited,
	};

	if (closed)
		from.host.vms = 0;
	return kw_ruleset_new(&from);
}

/**
 * kw_place_init() - begin with a ruleset
 * @closed: allow no VM to be created, instead of everything
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int kw_place_init(bool closed)
{
	struct kw_ruleset *ruleset = first_ruleset(closed);
	int err;

	if (!ruleset)
		return -ENOMEM;
	err = kw_ruleset_seal(ruleset);
	if (err) {
		kw_ruleset_free(ruleset);
		return err;
	}
	note_all_denied(ruleset);
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
