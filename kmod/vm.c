// SPDX-License-Identifier: GPL-2.0
/* VM records: what is known of each struct kvm. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/hashtable.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/xarray.h>

#include "event.h"
#include "later.h"
#include "place.h"
#include "vm.h"

/*
 * Records by VM and by id. table_lock protects changes of both; look-ups are
 * under RCU. It nests inside the placement lock.
 */
static DEFINE_HASHTABLE(by_kvm, 12);
static DEFINE_XARRAY(by_id);
static DEFINE_SPINLOCK(table_lock);
static u64 last_id;

/* Records have their own size, for there may be many. */
static struct kmem_cache *records;

/**
 * kw_vm_init() - have no records
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int kw_vm_init(void)
{
	records = KMEM_CACHE(kw_vm, SLAB_ACCOUNT);
	return records ? 0 : -ENOMEM;
}

/**
 * kw_vm_exit() - undo kw_vm_init(); all records have been freed
 *
 * Context: module unload.
 */
void kw_vm_exit(void)
{
	kmem_cache_destroy(records);
}

static struct kw_vm *record_new(struct kvm *kvm, struct task_struct *creator,
				struct mm_struct *mm)
{
	struct kw_vm *vm = kmem_cache_zalloc(records, GFP_ATOMIC);

	if (!vm)
		return NULL;
	vm->who = kw_who_new(creator, mm);
	if (!vm->who) {
		kmem_cache_free(records, vm);
		return NULL;
	}
	raw_spin_lock_init(&vm->lock);
	/* emptied by RCU's callback */
	xa_init_flags(&vm->leaving, XA_FLAGS_LOCK_IRQ);
	vm->kvm = kvm;
	vm->created = ktime_get_boottime_ns();
	return vm;
}

/* As kw_place_leave(). */
static void record_free(struct kw_vm *vm)
{
	kw_place_leave(vm);
	xa_destroy(&vm->leaving);
	kw_who_free(vm->who);
	kfree(vm->counts);
	kmem_cache_free(records, vm);
}

static void record_free_rcu(struct rcu_head *rcu)
{
	record_free(container_of(rcu, struct kw_vm, rcu));
}

static struct kw_vm *find_locked(const struct kvm *kvm)
{
	struct kw_vm *vm;

	hash_for_each_possible_rcu(by_kvm, vm, node, (unsigned long)kvm,
				   lockdep_is_held(&table_lock))
		if (vm->kvm == kvm)
			return vm;
	return NULL;
}

/* Return 0, -EEXIST if @vm's VM is on record already, or -ENOMEM. */
static int record_insert(struct kw_vm *vm)
{
	int err;

	spin_lock(&table_lock);
	if (find_locked(vm->kvm)) {
		err = -EEXIST;
	} else {
		vm->id = last_id + 1;
		err = xa_insert(&by_id, vm->id, vm, GFP_ATOMIC);
	}
	if (!err) {
		last_id = vm->id;
		hash_add_rcu(by_kvm, &vm->node, (unsigned long)vm->kvm);
	}
	spin_unlock(&table_lock);
	return err;
}

/*
 * Return whether it was there: of two who remove it, one does. Then it is freed as
 * soon as the caller leaves RCU. Whoever looks for it in vain, and has taken the
 * lock since, can wait for that.
 */
static bool record_remove(struct kw_vm *vm)
{
	bool found;

	spin_lock(&table_lock);
	found = xa_erase(&by_id, vm->id);
	if (found) {
		hash_del_rcu(&vm->node);
		call_rcu(&vm->rcu, record_free_rcu);
	}
	spin_unlock(&table_lock);
	return found;
}

static u64 *used_of(struct kw_vm *vm, enum kvmwarden_limit what)
{
	return &vm->used[what - KW_FIRST_PLAIN];
}

static u64 *begun_of(struct kw_vm *vm, enum kvmwarden_limit what)
{
	return &vm->begun[what - KW_FIRST_LATE];
}

static u64 *ended_of(struct kw_vm *vm, enum kvmwarden_limit what)
{
	return &vm->ended[what - KW_FIRST_LATE];
}

/* Between kw_place_lock() and kw_place_unlock(). Nothing is counted yet. */
static void fill_who(struct kw_denial *denial, const struct kw_vm *vm,
		     enum kvmwarden_reason reason,
		     enum kvmwarden_operation operation)
{
	*denial = (struct kw_denial){
		.vm = vm->id,
		.who = vm->who,
		.class = vm->place.class,
		.generation = vm->place.ruleset->generation,
		.version = vm->place.ruleset->version,
		.reason = reason,
		.operation = operation,
	};
}

static void fill_denial(struct kw_denial *denial, const struct kw_vm *vm,
			enum kw_resource what,
			const struct kw_shortage *shortage, u64 asked)
{
	static const u8 operation[KW_NR_RESOURCES] = {
		[KW_VMS]	= KVMWARDEN_OPERATION_CREATE_VM,
		[KW_VCPUS]	= KVMWARDEN_OPERATION_CREATE_VCPU,
		[KW_MEMORY]	= KVMWARDEN_OPERATION_SET_MEMORY,
	};

	fill_who(denial, vm, kw_place_reason(shortage->account, what),
		 operation[what]);
	denial->level = shortage->account->level;
	denial->account = shortage->account;
	denial->limit = shortage->limit;
	denial->used = shortage->used;
	denial->asked = asked;
}

/* Under RCU; @place as it is, or was just now. */
static void tell(enum kvmwarden_event_type type, const struct kw_vm *vm,
		 const struct kw_place *place, u64 id)
{
	const struct kw_birth birth = {
		.type = type,
		.vm = id,
		.who = vm->who,
		.class = place->class,
		.ruleset = place->ruleset,
	};

	kw_event_vm(&birth);
}

static bool passes(const struct kw_class *class)
{
	return class->mode != KVMWARDEN_MODE_ENFORCE;
}

/* Between kw_place_lock() and kw_place_unlock(). */
static int enter(struct kw_vm *vm, u64 vcpus, struct kw_shortage *shortage,
		 bool *short_of)
{
	int err;

	err = kw_place_enter(vm, vm->adopted, shortage);
	*short_of = err == -EDQUOT;
	if (*short_of && passes(vm->place.class)) {
		kw_account_force(vm->place.climb, 0, KW_VMS, 1);
		err = 0;
	}
	if (err)
		return err;
	if (vm->adopted) {
		kw_account_force(vm->place.climb, 0, KW_VCPUS, vcpus);
		kw_account_force(vm->place.climb, 0, KW_MEMORY,
				 kw_pages_bytes(&vm->pages));
	}
	err = record_insert(vm);
	if (err)
		kw_account_clear(vm->place.climb);
	return err;
}

/*
 * Put @vm on record, or free it. It may be gone by the time this returns, unless
 * the caller knows the VM to be alive.
 */
static int record_enter(struct kw_vm *vm, u64 vcpus)
{
	struct kw_shortage shortage;
	struct kw_counts *counts;
	struct kw_denial denial;
	struct kw_place place;
	bool short_of;
	u64 id;
	int err;

	/* for its place, which a commit may replace as soon as it is unlocked */
	rcu_read_lock();
	kw_place_lock();
	err = enter(vm, vcpus, &shortage, &short_of);
	if (short_of) {
		fill_denial(&denial, vm, KW_VMS, &shortage, 1);
		counts = &vm->place.class->counts;
	}
	place = vm->place;
	id = vm->id;
	kw_place_unlock();
	if (short_of)
		kw_event_denied(&denial, counts);
	if (err)
		record_free(vm);
	else
		tell(vm->adopted ? KVMWARDEN_EVENT_VM_ADOPTED :
				   KVMWARDEN_EVENT_VM_CREATED, vm, &place, id);
	rcu_read_unlock();
	return err;
}

/**
 * kw_pages_bytes() - how much memory to charge
 * @pages: what is mapped
 *
 * A VM's second address space, that of its system management mode, shows the
 * RAM of the first once more: the larger of the two counts.
 *
 * Return: bytes.
 */
u64 kw_pages_bytes(const struct kw_pages *pages)
{
	return max(pages->space[0], pages->space[1]) << PAGE_SHIFT;
}

/**
 * kw_vm_create() - a VM is being created by the current task
 * @kvm: the VM
 *
 * Context: process context; does not sleep.
 * Return: 0; -EDQUOT if there may be no more VMs; -ENOMEM if it could not be
 * put on record, which is no reason to refuse it unless policy says so.
 */
int kw_vm_create(struct kvm *kvm)
{
	struct kw_vm *vm;

	/* left behind only if the VM died unseen; its address lives on */
	kw_vm_destroy(kvm);
	vm = record_new(kvm, current, current->mm);
	return vm ? record_enter(vm, 0) : -ENOMEM;
}

/**
 * kw_vm_adopt() - put on record a VM that is older than the hooks
 * @kvm: the VM; must stay alive until this returns
 * @creator: whom to take for its creator
 * @mm: the creator's memory; the VM's, too
 * @pages: what it has mapped
 * @vcpus: how many vCPUs it has
 *
 * It is charged with what it has, whatever the limits are.
 *
 * Context: process context; does not sleep.
 * Return: its record, perhaps made by somebody else meanwhile, or NULL.
 */
struct kw_vm *kw_vm_adopt(struct kvm *kvm, struct task_struct *creator,
			  struct mm_struct *mm, const struct kw_pages *pages, u64 vcpus)
{
	struct kw_vm *vm = record_new(kvm, creator, mm);
	int err;

	if (!vm)
		return NULL;
	vm->adopted = true;
	/* there were no hooks */
	vm->had = ~0ULL;
	vm->pages = *pages;
	*used_of(vm, KVMWARDEN_LIMIT_MEMSLOTS) = pages->slots;
	err = record_enter(vm, vcpus);
	if (!err)
		return vm;
	return err == -EEXIST ? kw_vm_find(kvm) : NULL;
}

/* Under RCU. Return whether it was there, and @place where it was last. */
static bool record_drop(struct kw_vm *vm, struct kw_place *place)
{
	bool found;

	kw_place_lock();
	found = record_remove(vm);
	if (found)
		kw_account_clear(vm->place.climb);
	*place = vm->place;
	kw_place_unlock();
	return found;
}

/**
 * kw_vm_destroy() - a VM is being destroyed, or failed to be created
 * @kvm: the VM; need not be on record
 *
 * Context: process context; does not sleep. Nobody else may use @kvm.
 */
void kw_vm_destroy(const struct kvm *kvm)
{
	struct kw_place place;
	struct kw_vm *vm;

	rcu_read_lock();
	vm = kw_vm_find(kvm);
	if (vm && record_drop(vm, &place))
		tell(KVMWARDEN_EVENT_VM_DESTROYED, vm, &place, vm->id);
	rcu_read_unlock();
}

/**
 * kw_vm_barrier() - wait until all records that have been dropped are freed
 *
 * Context: may sleep.
 */
void kw_vm_barrier(void)
{
	/* whoever has dropped one has told RCU so before unlocking this */
	spin_lock(&table_lock);
	spin_unlock(&table_lock);
	rcu_barrier();
}

/**
 * kw_vm_drop_all() - forget all VMs, and wait until that is done
 *
 * Context: may sleep; no hook may be in force.
 */
void kw_vm_drop_all(void)
{
	struct kw_place place;
	struct kw_vm *vm;
	unsigned long id;

	rcu_read_lock();
	xa_for_each(&by_id, id, vm)
		record_drop(vm, &place);
	rcu_read_unlock();
	kw_vm_barrier();
}

/**
 * kw_vm_find() - look a VM up
 * @kvm: the VM
 *
 * Context: any. The record stays while the caller knows @kvm to be alive and
 * hooks to be in force.
 * Return: its record or NULL.
 */
struct kw_vm *kw_vm_find(const struct kvm *kvm)
{
	struct kw_vm *vm;

	rcu_read_lock();
	hash_for_each_possible_rcu(by_kvm, vm, node, (unsigned long)kvm)
		if (vm->kvm == kvm)
			break;
	rcu_read_unlock();
	return vm;
}

/**
 * kw_vm_by_id() - look a VM up by its number
 * @id: the number
 *
 * Context: under RCU.
 * Return: its record or NULL.
 */
struct kw_vm *kw_vm_by_id(u64 id)
{
	return xa_load(&by_id, id);
}

/**
 * kw_vm_next() - walk the records
 * @after: an id, or 0
 *
 * Context: under RCU.
 * Return: the record with the next id, or NULL.
 */
struct kw_vm *kw_vm_next(u64 after)
{
	unsigned long id = after;

	return xa_find_after(&by_id, &id, ULONG_MAX, XA_PRESENT);
}

/**
 * struct step - from what a VM has to what it asks for
 * @now: what KVM says that the VM has
 * @want: what it will have if the request is granted
 * @counted: where KVM has counted this and perhaps other requests for one more
 *	already, granted or not, under no lock; then the others are found there
 * @own: how many of those are this request
 */
struct step {
	u64 now;
	u64 want;
	const int *counted;
	unsigned int own;
};

/*
 * All that have been granted are charged, and all others that there are have
 * been counted: so both are limits to what the VM has, and the lower one holds.
 * Under vm->lock, or a grant could fall between the two.
 */
static void step_find(struct step *step, u64 charged)
{
	if (!step->counted)
		return;
	step->now = min_t(u64, charged, READ_ONCE(*step->counted) - step->own);
	step->want = step->now + 1;
}

/* Between kw_place_lock() and kw_place_unlock(). */
static int charge(struct kw_vm *vm, enum kw_resource what, struct step *step,
		  struct kw_shortage *shortage)
{
	const struct kw_climb *climb = vm->place.climb;
	u64 charged, now, want;
	int err = 0;

	raw_spin_lock(&vm->lock);
	charged = kw_account_used(&vm->account, what);
	step_find(step, charged);
	now = step->now;
	want = step->want;
	if (charged < now)
		kw_account_force(climb, 0, what, now - charged);
	else if (charged > now)
		kw_account_uncharge(climb, 0, what, charged - now);

	if (want > now)
		err = kw_account_charge(climb, what, want - now, shortage);
	else if (want < now)
		kw_account_uncharge(climb, 0, what, now - want);
	if (err && passes(vm->place.class))
		kw_account_force(climb, 0, what, want - now);
	raw_spin_unlock(&vm->lock);
	return err;
}

/**
 * kw_vm_counts() - how often a VM was refused something
 * @vm: its record
 *
 * Context: any.
 * Return: the counts, which stay with the record, or NULL if it never was.
 */
struct kw_counts *kw_vm_counts(struct kw_vm *vm)
{
	/* pairs with the cmpxchg() of counts_of() */
	return smp_load_acquire(&vm->counts);
}

/* Made when the first comes. Without memory for it, only totals count. */
static struct kw_counts *counts_of(struct kw_vm *vm)
{
	struct kw_counts *counts = kw_vm_counts(vm), *there;

	if (counts)
		return counts;
	counts = kzalloc(sizeof(*counts), GFP_ATOMIC | __GFP_ACCOUNT);
	if (!counts)
		return NULL;
	there = cmpxchg(&vm->counts, NULL, counts);
	if (!there)
		return counts;
	kfree(counts);
	return there;
}

/*
 * A request does not pass: does kw_place_unlock(), and says so. Return @err, or 0
 * if the VM's class lets it through all the same.
 */
static int deny(struct kw_vm *vm, const struct kw_denial *denial, int err)
	__releases(GATE)
{
	bool refused;

	/* for its place, which a commit may replace as soon as it is unlocked */
	rcu_read_lock();
	kw_place_unlock();
	refused = kw_event_denied(denial, counts_of(vm));
	rcu_read_unlock();
	return refused ? err : 0;
}

/* Apart, for what is on the stack is cleared whenever a function is entered. */
static noinline int deny_request(struct kw_vm *vm, enum kw_resource what,
				 const struct step *step,
				 const struct kw_shortage *shortage, int err)
	__releases(GATE)
{
	struct kw_denial denial;

	fill_denial(&denial, vm, what, shortage, step->want - step->now);
	return deny(vm, &denial, err);
}

static int request(struct kw_vm *vm, enum kw_resource what, struct step *step)
{
	struct kw_shortage shortage;
	int err;

	kw_place_lock();
	err = charge(vm, what, step, &shortage);
	if (unlikely(err))
		return deny_request(vm, what, step, &shortage, err);
	kw_place_unlock();
	return 0;
}

/**
 * kw_vm_request() - may a VM use that much?
 * @vm: its record
 * @what: of what
 * @now: what KVM itself says that the VM uses; what is charged is first set to
 *	that, so that nothing KVM does behind our back is ever lost or kept
 * @want: what it will use if the request is granted; if it is, charged. Less
 *	than @now is always granted
 *
 * Context: process context; does not sleep. Under the KVM lock that protects
 * KVM's own count.
 * Return: 0 or -EDQUOT.
 */
int kw_vm_request(struct kw_vm *vm, enum kw_resource what, u64 now, u64 want)
{
	struct step step = { .now = now, .want = want };

	return request(vm, what, &step);
}

/**
 * kw_vm_request_counted() - may a VM use one more, which KVM has counted?
 * @vm: its record
 * @what: of what
 * @counted: KVM's own count, incremented for this request before; KVM will
 *	decrement it if this is refused, or fails later on
 * @own: 1, or 0 if it is not sure that it is incremented: then what is charged
 *	too much may be found out a request later
 *
 * For a count that is protected by no KVM lock while this is asked.
 *
 * Context: process context; does not sleep.
 * Return: 0 or -EDQUOT.
 */
int kw_vm_request_counted(struct kw_vm *vm, enum kw_resource what,
			  const int *counted, unsigned int own)
{
	struct step step = { .counted = counted, .own = own };

	return request(vm, what, &step);
}

/**
 * struct more - a request for more of what only a VM's own limits count
 * @what: of what
 * @now: what the VM has
 * @want: what it will have if the request is granted
 * @begin: KVM will count it later: @now is only what KVM had counted
 * @ended: of requests that KVM counts later, those that it had, before @now was
 *	found
 * @add: KVM does not count it: @want is only what comes on top
 */
struct more {
	enum kvmwarden_limit what;
	u64 now;
	u64 want;
	u64 ended;
	bool begin;
	bool add;
};

/* Under vm->lock: what it really comes to. */
static void more_find(struct kw_vm *vm, struct more *more)
{
	if (more->begin) {
		more->now += *begun_of(vm, more->what) - more->ended;
		more->want = more->now + 1;
	}
	if (more->add) {
		more->now = *used_of(vm, more->what);
		if (check_add_overflow(more->now, more->want, &more->want))
			more->want = U64_MAX;
	}
}

/* Between kw_place_lock() and kw_place_unlock(). */
static int use_more(struct kw_vm *vm, struct more *more)
{
	bool refused;
	int err = 0;

	raw_spin_lock(&vm->lock);
	more_find(vm, more);
	if (more->want > more->now &&
	    more->want > kw_vm_limit_of(vm, vm->place.class, more->what))
		err = -EDQUOT;
	refused = err && !passes(vm->place.class);
	*used_of(vm, more->what) = refused ? more->now : more->want;
	if (more->begin && !refused)
		++*begun_of(vm, more->what);
	raw_spin_unlock(&vm->lock);
	return err;
}

/**
 * kw_vm_used() - how much does a VM have?
 * @vm: its record
 * @what: of what
 *
 * Context: process context.
 * Return: the amount; of what only its own limits count, as found last.
 */
u64 kw_vm_used(struct kw_vm *vm, enum kvmwarden_limit what)
{
	u64 used;

	if (what == KVMWARDEN_LIMIT_VCPUS)
		return kw_account_used(&vm->account, KW_VCPUS);
	if (what == KVMWARDEN_LIMIT_MEMORY)
		return kw_account_used(&vm->account, KW_MEMORY);
	raw_spin_lock(&vm->lock);
	used = *used_of(vm, what);
	raw_spin_unlock(&vm->lock);
	return used;
}

/**
 * kw_vm_limit_of() - how much may a VM have?
 * @vm: its record
 * @class: its class, or one that it may be in
 * @what: of what
 *
 * Context: between kw_place_lock() and kw_place_unlock(), or under the ruleset's
 * commit mutex.
 * Return: the limit, its own or its class's.
 */
u64 kw_vm_limit_of(const struct kw_vm *vm, const struct kw_class *class,
		   enum kvmwarden_limit what)
{
	const struct kw_own *own = vm->own;

	return own && own->limits & BIT_ULL(what) ? own->limit[what] :
						    class->limit[what];
}

/**
 * kw_vm_reason() - why a request is refused that exceeds a VM's own limit
 * @what: of what
 *
 * Return: the reason.
 */
enum kvmwarden_reason kw_vm_reason(enum kvmwarden_limit what)
{
	static const u8 reason[KVMWARDEN_NR_LIMITS] = {
		[KVMWARDEN_LIMIT_VCPUS]		= KVMWARDEN_REASON_VM_VCPUS,
		[KVMWARDEN_LIMIT_MEMORY]	= KVMWARDEN_REASON_VM_MEMORY,
		[KVMWARDEN_LIMIT_MEMSLOTS]	= KVMWARDEN_REASON_VM_MEMSLOTS,
		[KVMWARDEN_LIMIT_IOEVENTFDS]	= KVMWARDEN_REASON_VM_IOEVENTFDS,
		[KVMWARDEN_LIMIT_COALESCED]	= KVMWARDEN_REASON_VM_COALESCED,
		[KVMWARDEN_LIMIT_IRQFDS]	= KVMWARDEN_REASON_VM_IRQFDS,
		[KVMWARDEN_LIMIT_HV_EVENTS]	= KVMWARDEN_REASON_VM_HV_EVENTS,
		[KVMWARDEN_LIMIT_IRQ_ROUTES]	= KVMWARDEN_REASON_VM_IRQ_ROUTES,
		[KVMWARDEN_LIMIT_GUEST_MEMFD]	= KVMWARDEN_REASON_VM_GUEST_MEMFD,
	};

	return reason[what];
}

static enum kvmwarden_operation operation_of(enum kvmwarden_limit what)
{
	static const u8 operation[KVMWARDEN_NR_LIMITS] = {
		[KVMWARDEN_LIMIT_VCPUS]	     = KVMWARDEN_OPERATION_CREATE_VCPU,
		[KVMWARDEN_LIMIT_MEMORY]     = KVMWARDEN_OPERATION_SET_MEMORY,
		[KVMWARDEN_LIMIT_MEMSLOTS]   = KVMWARDEN_OPERATION_SET_MEMORY,
		[KVMWARDEN_LIMIT_IOEVENTFDS] = KVMWARDEN_OPERATION_IOEVENTFD,
		[KVMWARDEN_LIMIT_COALESCED]  = KVMWARDEN_OPERATION_COALESCED,
		[KVMWARDEN_LIMIT_IRQFDS]     = KVMWARDEN_OPERATION_IRQFD,
		[KVMWARDEN_LIMIT_HV_EVENTS]  = KVMWARDEN_OPERATION_HV_EVENT,
		[KVMWARDEN_LIMIT_IRQ_ROUTES] = KVMWARDEN_OPERATION_IRQ_ROUTES,
		[KVMWARDEN_LIMIT_GUEST_MEMFD] = KVMWARDEN_OPERATION_GUEST_MEMFD,
	};

	return operation[what];
}

static noinline int deny_more(struct kw_vm *vm, const struct more *more, int err)
	__releases(GATE)
{
	struct kw_denial denial;

	fill_who(&denial, vm, kw_vm_reason(more->what), operation_of(more->what));
	denial.limit = kw_vm_limit_of(vm, vm->place.class, more->what);
	denial.used = more->now;
	denial.asked = more->want - more->now;
	return deny(vm, &denial, err);
}

static int limit_request(struct kw_vm *vm, struct more *more)
{
	int err;

	kw_place_lock();
	err = use_more(vm, more);
	if (unlikely(err))
		return deny_more(vm, more, err);
	kw_place_unlock();
	return 0;
}

/**
 * kw_vm_limit() - may a VM have that much of what only its own limits count?
 * @vm: its record
 * @what: of what
 * @now: what KVM itself says that the VM has
 * @want: what it will have if the request is granted. No more than @now is
 *	always granted
 *
 * Context: process context; does not sleep. Under the KVM lock that protects
 * KVM's own count.
 * Return: 0 or -EDQUOT.
 */
int kw_vm_limit(struct kw_vm *vm, enum kvmwarden_limit what, u64 now, u64 want)
{
	struct more more = { .what = what, .now = now, .want = want };

	return limit_request(vm, &more);
}

/* By the time the task is back in user space, KVM has counted it or failed. */
static void limit_end(u64 which)
{
	struct kw_vm *vm;
	u64 *ended;

	rcu_read_lock();
	vm = kw_vm_by_id(which / KVMWARDEN_LIMITS_MAX);
	if (vm) {
		raw_spin_lock(&vm->lock);
		ended = ended_of(vm, which % KVMWARDEN_LIMITS_MAX);
		/* whoever reads this finds what KVM has counted */
		smp_store_release(ended, *ended + 1);
		raw_spin_unlock(&vm->lock);
	}
	rcu_read_unlock();
}

/**
 * kw_vm_limit_begin() - may a VM have one more, which KVM counts later?
 * @vm: its record
 * @what: of what
 * @count: tells what KVM itself has counted
 *
 * Until the current task is back in user space the request counts besides what
 * KVM has counted, for a while perhaps in both: so of those that race for the
 * last one, none may get it, but never one too many. What KVM has counted is old
 * by the time that it is looked at: so whatever has begun, and had not ended
 * before KVM was asked, is taken for missing there.
 *
 * Context: process context; does not sleep; on behalf of user space.
 * Return: 0, -EDQUOT or -ENOMEM.
 */
int kw_vm_limit_begin(struct kw_vm *vm, enum kvmwarden_limit what,
		      u64 (*count)(struct kvm *kvm))
{
	struct more more = { .what = what, .begin = true };
	u64 which = vm->id * KVMWARDEN_LIMITS_MAX + what;
	int err;

	/* before KVM is asked; pairs with limit_end() */
	more.ended = smp_load_acquire(ended_of(vm, what));
	more.now = count(vm->kvm);
	err = limit_request(vm, &more);
	if (err)
		return err;
	err = kw_later(limit_end, which);
	if (err)
		limit_end(which);
	return err;
}

/**
 * kw_vm_limit_add() - may a VM have more of what KVM does not count?
 * @vm: its record
 * @what: of what
 * @more: how much more; it is never given back
 *
 * Context: process context; does not sleep.
 * Return: 0 or -EDQUOT.
 */
int kw_vm_limit_add(struct kw_vm *vm, enum kvmwarden_limit what, u64 more)
{
	struct more request = { .what = what, .want = more, .add = true };

	return limit_request(vm, &request);
}

/**
 * kw_vm_deny() - what a VM may not do, as far as the mode of its class goes
 * @vm: its record
 *
 * Context: between kw_place_lock() and kw_place_unlock(), or as their writer.
 * Return: KVMWARDEN_DENY_*.
 */
u64 kw_vm_deny(const struct kw_vm *vm)
{
	u64 deny = vm->place.class->deny;

	return vm->own ? (deny & ~vm->own->change) | vm->own->deny : deny;
}

/* What of that is refused. Context: as kw_vm_deny(). */
static u64 refused(const struct kw_vm *vm)
{
	return passes(vm->place.class) ? 0 : kw_vm_deny(vm);
}

/**
 * kw_vm_forbidden() - may a VM do that?
 * @vm: its record
 * @what: one of KVMWARDEN_DENY_*
 * @reason: why not, if it may not
 * @operation: by what it would
 *
 * Context: process context; does not sleep.
 * Return: 0 or -EPERM.
 */
int kw_vm_forbidden(struct kw_vm *vm, u64 what, enum kvmwarden_reason reason,
		    enum kvmwarden_operation operation)
{
	struct kw_denial denial;

	kw_place_lock();
	if (likely(!(kw_vm_deny(vm) & what))) {
		kw_place_unlock();
		return 0;
	}
	fill_who(&denial, vm, reason, operation);
	return deny(vm, &denial, -EPERM);
}

/**
 * kw_vm_forbids() - is something to look to a VM as if it were not there?
 * @vm: its record
 * @what: one of KVMWARDEN_DENY_*
 *
 * Context: process context; does not sleep.
 * Return: true if so. Nothing is counted or logged.
 */
bool kw_vm_forbids(const struct kw_vm *vm, u64 what)
{
	bool ret;

	kw_place_lock();
	ret = refused(vm) & what;
	kw_place_unlock();
	return ret;
}

/**
 * kw_vm_would_forbid() - the same, for a VM that the current task would create
 * @what: one of KVMWARDEN_DENY_*
 *
 * Context: process context; does not sleep.
 * Return: true if so, or if it cannot be found out.
 */
bool kw_vm_would_forbid(u64 what)
{
	const struct kw_class *class;
	struct kw_who *who;
	bool ret;

	if (!kw_place_ever_denied(what))
		return false;
	/* to find out who asks takes long */
	rcu_read_lock();
	ret = kw_place_ruleset()->denied & what;
	rcu_read_unlock();
	if (!ret)
		return false;
	who = kw_who_brief();
	if (!who)
		return true;
	rcu_read_lock();
	class = kw_ruleset_match(kw_place_ruleset(), &who->id);
	ret = !passes(class) && (class->deny & what);
	rcu_read_unlock();
	kw_who_free(who);
	return ret;
}

/**
 * kw_vm_note_leaving() - remember something of a vCPU that is to leave a guest
 * @vm: its record
 * @vcpu: its id
 * @note: a value entry, or NULL to forget
 *
 * Context: process context; does not sleep. Without memory nothing is noted.
 */
void kw_vm_note_leaving(struct kw_vm *vm, unsigned long vcpu, void *note)
{
	unsigned long flags;

	xa_lock_irqsave(&vm->leaving, flags);
	__xa_store(&vm->leaving, vcpu, note, GFP_ATOMIC);
	xa_unlock_irqrestore(&vm->leaving, flags);
}

/**
 * kw_vm_note_had() - remember what a VM is free to do, for when it no longer is
 * @vm: its record
 *
 * Context: between kw_place_lock() and kw_place_unlock(), or as their writer.
 */
void kw_vm_note_had(struct kw_vm *vm)
{
	vm->had |= ~refused(vm);
}

/**
 * kw_vm_had() - was a VM ever free to do something?
 * @vm: its record
 * @what: one of KVMWARDEN_DENY_*
 *
 * Context: process context; does not sleep.
 * Return: true if so.
 */
bool kw_vm_had(const struct kw_vm *vm, u64 what)
{
	bool ret;

	kw_place_lock();
	ret = vm->had & what;
	kw_place_unlock();
	return ret;
}

/**
 * kw_vm_revoke() - what is to become of a VM that does what it may not any more
 * @vm: its record
 *
 * Context: process context; does not sleep.
 * Return: as its class has it.
 */
enum kvmwarden_revoke kw_vm_revoke(const struct kw_vm *vm)
{
	enum kvmwarden_revoke ret;

	kw_place_lock();
	ret = vm->place.class->revoke;
	kw_place_unlock();
	return ret;
}

/* Under RCU. A VM whose record is still there is not being destroyed yet. */
static void do_if_there(struct kw_vm *vm,
			void (*do_to)(struct kvm *kvm, void *data), void *data)
{
	spin_lock(&table_lock);
	if (kw_vm_by_id(vm->id) == vm)
		do_to(vm->kvm, data);
	spin_unlock(&table_lock);
}

/**
 * kw_vm_each_forbidden() - do something to all VMs that may not do something
 * @what: one of KVMWARDEN_DENY_*
 * @do_to: called for each; the VM is alive; must not sleep
 * @data: its second argument
 *
 * Context: may sleep.
 */
void kw_vm_each_forbidden(u64 what,
			  void (*do_to)(struct kvm *kvm, void *data),
			  void *data)
{
	struct kw_vm *vm;
	u64 id = 0;

	do {
		rcu_read_lock();
		vm = kw_vm_next(id);
		if (vm) {
			id = vm->id;
			if (kw_vm_forbids(vm, what))
				do_if_there(vm, do_to, data);
		}
		rcu_read_unlock();
		cond_resched();
	} while (vm);
}
