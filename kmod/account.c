// SPDX-License-Identifier: GPL-2.0
/*
 * Accounts: what is in use, and how much may be.
 *
 * A charge climbs several accounts and must fit in each. All of them are locked
 * when that is decided, so no charge is refused that would have fitted, and no
 * limit is ever exceeded. All climb shared accounts in the same order: no
 * deadlock.
 *
 * Accounts are locked with interrupts off: pools' accounts are also locked under
 * the pools' own lock, which is taken to free them where RCU's callbacks run.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "account.h"

#ifdef CONFIG_LOCKDEP

/*
 * Held while several accounts are locked, in the order of the climb. Lockdep takes
 * them for one, locked so often, all under this; so the first one is as well.
 */
static struct {
	struct lockdep_map dep_map;
} climbing = { STATIC_LOCKDEP_MAP_INIT("kw_climbing", &climbing) };

#define climb_begin()		lock_map_acquire(&climbing.dep_map)
#define climb_end()		lock_map_release(&climbing.dep_map)
#define lock_another(_lock)	raw_spin_lock_nest_lock(_lock, &climbing)

#else

#define climb_begin()		do { } while (0)
#define climb_end()		do { } while (0)
#define lock_another(_lock)	raw_spin_lock(_lock)

#endif

/**
 * kw_account_init() - make an account without limits or charges
 * @account: the account
 * @level: &enum kvmwarden_level
 */
void kw_account_init(struct kw_account *account, u32 level)
{
	enum kw_resource what;

	raw_spin_lock_init(&account->lock);
	account->level = level;
	for (what = 0; what < KW_NR_RESOURCES; what++) {
		account->used[what] = 0;
		account->limit[what] = KW_UNLIMITED;
	}
}

/**
 * kw_account_set_limit() - change a limit
 * @account: the account
 * @what: the resource
 * @limit: the new limit; may be below what is in use
 */
void kw_account_set_limit(struct kw_account *account, enum kw_resource what,
			  u64 limit)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&account->lock, flags);
	account->limit[what] = limit;
	raw_spin_unlock_irqrestore(&account->lock, flags);
}

/**
 * kw_account_set_limits() - change all limits
 * @account: the account
 * @limit: the new limits; may be below what is in use
 */
void kw_account_set_limits(struct kw_account *account,
			   const u64 limit[KW_NR_RESOURCES])
{
	enum kw_resource what;

	for (what = 0; what < KW_NR_RESOURCES; what++)
		kw_account_set_limit(account, what, limit[what]);
}

/* Those who only read it take no lock. */
static void account_set(struct kw_account *account, enum kw_resource what,
			u64 used)
{
	WRITE_ONCE(account->used[what], used);
}

static bool has_room(const struct kw_account *account, enum kw_resource what,
		     u64 amount)
{
	u64 used = account->used[what], limit = account->limit[what];

	/* an unlimited account must not wrap around either */
	return used <= limit && amount <= limit - used;
}

/*
 * Lock one after the other. Return where it does not fit, or NULL; of several, the
 * one closest to the VM: pools are not in that order, but in one for locking.
 */
static const struct kw_account *lock_all(const struct kw_climb *climb,
					 enum kw_resource what, u64 amount)
	__acquires(CLIMB)
{
	const struct kw_account *full = NULL;
	struct kw_account *account;
	u32 i;

	climb_begin();
	for (i = 0; i < climb->nr; i++) {
		account = climb->at[i];
		lock_another(&account->lock);
		/* sparse cannot count: all of them are one to it */
		__release(&account->lock);
		if (unlikely(!has_room(account, what, amount)) &&
		    (!full || account->level < full->level))
			full = account;
	}
	__acquire(CLIMB);
	return full;
}

static void unlock_all(const struct kw_climb *climb) __releases(CLIMB)
{
	u32 nr = climb->nr;

	__release(CLIMB);
	while (nr--) {
		__acquire(&climb->at[nr]->lock);
		raw_spin_unlock(&climb->at[nr]->lock);
	}
	climb_end();
}

/**
 * kw_account_charge() - charge all accounts of a climb, or none
 * @climb: the accounts
 * @what: the resource
 * @amount: how much
 * @shortage: filled in if refused: for the account closest to the VM in which it
 *	does not fit
 *
 * Context: process context; does not sleep. The accounts must not be emptied
 * meanwhile.
 * Return: 0, or -EDQUOT if it does not fit somewhere.
 */
int kw_account_charge(const struct kw_climb *climb, enum kw_resource what,
		      u64 amount, struct kw_shortage *shortage)
{
	const struct kw_account *full;
	unsigned long flags;
	int err = 0;
	u32 i;

	local_irq_save(flags);
	full = lock_all(climb, what, amount);
	if (likely(!full)) {
		for (i = 0; i < climb->nr; i++)
			account_set(climb->at[i], what,
				    climb->at[i]->used[what] + amount);
	} else {
		shortage->account = full;
		shortage->used = full->used[what];
		shortage->limit = full->limit[what];
		err = -EDQUOT;
	}
	unlock_all(climb);
	local_irq_restore(flags);
	return err;
}

/**
 * kw_account_force() - charge whatever the limits are
 * @climb: the accounts
 * @from: how many of them to leave out, from the first on
 * @what: the resource
 * @amount: how much; what is in use already, or goes through though it should
 *	not
 *
 * Context: as kw_account_charge().
 */
void kw_account_force(const struct kw_climb *climb, u32 from,
		      enum kw_resource what, u64 amount)
{
	struct kw_account *account;
	u32 i;
	unsigned long flags;

	for (i = from; i < climb->nr; i++) {
		account = climb->at[i];
		raw_spin_lock_irqsave(&account->lock, flags);
		account_set(account, what, account->used[what] + amount);
		raw_spin_unlock_irqrestore(&account->lock, flags);
	}
}

/**
 * kw_account_uncharge() - give back what was charged
 * @climb: where it was charged
 * @from: how many of them to leave out, from the first on
 * @what: the resource
 * @amount: how much
 *
 * Context: as kw_account_charge().
 */
void kw_account_uncharge(const struct kw_climb *climb, u32 from,
			 enum kw_resource what, u64 amount)
{
	struct kw_account *account;
	u32 i;
	unsigned long flags;

	for (i = from; i < climb->nr; i++) {
		account = climb->at[i];
		raw_spin_lock_irqsave(&account->lock, flags);
		if (!WARN_ON_ONCE(account->used[what] < amount))
			account_set(account, what,
				    account->used[what] - amount);
		raw_spin_unlock_irqrestore(&account->lock, flags);
	}
}

static bool leads_over(const struct kw_climb *climb,
		       const struct kw_account *account)
{
	u32 i;

	for (i = 0; i < climb->nr; i++)
		if (climb->at[i] == account)
			return true;
	return false;
}

static void add_all(struct kw_account *to, const u64 used[KW_NR_RESOURCES])
{
	enum kw_resource what;
	unsigned long flags;

	raw_spin_lock_irqsave(&to->lock, flags);
	for (what = 0; what < KW_NR_RESOURCES; what++)
		account_set(to, what, to->used[what] + used[what]);
	raw_spin_unlock_irqrestore(&to->lock, flags);
}

static void take_all(struct kw_account *from, const u64 used[KW_NR_RESOURCES])
{
	enum kw_resource what;
	unsigned long flags;

	raw_spin_lock_irqsave(&from->lock, flags);
	for (what = 0; what < KW_NR_RESOURCES; what++)
		if (!WARN_ON_ONCE(from->used[what] < used[what]))
			account_set(from, what, from->used[what] - used[what]);
	raw_spin_unlock_irqrestore(&from->lock, flags);
}

/**
 * kw_account_move() - have what an account uses climb elsewhere from now on
 * @from: where that is charged; its first account is the one
 * @to: where it is to be charged, whatever the limits are; with the same first
 *	account
 *
 * Accounts on both are left alone: whoever reads them meanwhile must not find
 * anything else there than what is in use.
 *
 * Context: as kw_account_charge(); no charge of the first account may be under
 * way.
 */
void kw_account_move(const struct kw_climb *from, const struct kw_climb *to)
{
	const u64 *used = from->at[0]->used;
	u32 i;

	for (i = 0; i < to->nr; i++)
		if (!leads_over(from, to->at[i]))
			add_all(to->at[i], used);
	for (i = 0; i < from->nr; i++)
		if (!leads_over(to, from->at[i]))
			take_all(from->at[i], used);
}

/**
 * kw_account_clear() - give back all that the first account of a climb has
 * @climb: where it was charged
 *
 * Context: as kw_account_charge(); no charge of that account may be under way.
 */
void kw_account_clear(const struct kw_climb *climb)
{
	enum kw_resource what;

	for (what = 0; what < KW_NR_RESOURCES; what++)
		kw_account_uncharge(climb, 0, what, climb->at[0]->used[what]);
}

/**
 * kw_account_empty() - forget all charges
 * @account: the account; no climb leads over it just now
 */
void kw_account_empty(struct kw_account *account)
{
	enum kw_resource what;
	unsigned long flags;

	raw_spin_lock_irqsave(&account->lock, flags);
	for (what = 0; what < KW_NR_RESOURCES; what++)
		account_set(account, what, 0);
	raw_spin_unlock_irqrestore(&account->lock, flags);
}

/**
 * kw_account_used() - how much is in use
 * @account: the account
 * @what: the resource
 *
 * Return: the amount booked.
 */
u64 kw_account_used(const struct kw_account *account, enum kw_resource what)
{
	return READ_ONCE(account->used[what]);
}

/**
 * kw_account_limit() - how much may be in use
 * @account: the account
 * @what: the resource
 *
 * Return: the limit, or KW_UNLIMITED.
 */
u64 kw_account_limit(struct kw_account *account, enum kw_resource what)
{
	u64 limit;
	unsigned long flags;

	raw_spin_lock_irqsave(&account->lock, flags);
	limit = account->limit[what];
	raw_spin_unlock_irqrestore(&account->lock, flags);
	return limit;
}

/**
 * kw_account_over() - is more in use than a limit allows?
 * @account: the account
 * @what: set to the first such resource
 * @shortage: filled in for that
 *
 * Return: true if so.
 */
bool kw_account_over(struct kw_account *account, enum kw_resource *what,
		     struct kw_shortage *shortage)
{
	bool over = false;
	unsigned long flags;

	raw_spin_lock_irqsave(&account->lock, flags);
	for (*what = 0; *what < KW_NR_RESOURCES; (*what)++) {
		over = account->used[*what] > account->limit[*what];
		if (!over)
			continue;
		shortage->account = account;
		shortage->used = account->used[*what];
		shortage->limit = account->limit[*what];
		break;
	}
	raw_spin_unlock_irqrestore(&account->lock, flags);
	return over;
}
