// SPDX-License-Identifier: GPL-2.0
/*
 * Accounts: what is in use, and how much may be.
 *
 * A charge climbs from an account to the root and must fit everywhere. It does
 * so in two passes: the first sets the amount aside on each level, the second
 * books it. Only what is booked can refuse another charge: one that does not
 * fit for the sake of an amount merely set aside waits for that climb to end,
 * since it may yet turn back. So no charge is refused that would have fitted,
 * no limit is ever exceeded, and no two accounts are locked at a time. All
 * climb towards the root and wait only for those above them: no deadlock.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/processor.h>

#include "account.h"

/**
 * kw_account_init() - make an account without limits or charges
 * @account: the account
 * @parent: the account above it, or NULL
 */
void kw_account_init(struct kw_account *account, struct kw_account *parent)
{
	enum kw_resource what;

	raw_spin_lock_init(&account->lock);
	account->parent = parent;
	for (what = 0; what < KW_NR_RESOURCES; what++) {
		account->used[what] = 0;
		account->held[what] = 0;
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
	raw_spin_lock(&account->lock);
	account->limit[what] = limit;
	raw_spin_unlock(&account->lock);
}

static bool fits(u64 used, u64 amount, u64 limit)
{
	return used <= limit && amount <= limit - used;
}

/* Return 0 if set aside, -EDQUOT if full, -EAGAIN if that is still open. */
static int account_hold(struct kw_account *account, enum kw_resource what,
			u64 amount, struct kw_shortage *shortage)
{
	u64 used, held, limit;
	int err = 0;

	raw_spin_lock(&account->lock);
	used = account->used[what];
	held = account->held[what];
	limit = account->limit[what];
	/* an unlimited account must not wrap around either */
	if (!fits(used, amount, limit))
		err = -EDQUOT;
	else if (!fits(used + held, amount, limit))
		err = -EAGAIN;
	else
		account->held[what] += amount;
	raw_spin_unlock(&account->lock);

	if (err == -EDQUOT) {
		shortage->account = account;
		shortage->used = used;
		shortage->limit = limit;
	}
	return err;
}

static void account_settle(struct kw_account *account, enum kw_resource what,
			   u64 amount, bool book)
{
	raw_spin_lock(&account->lock);
	account->held[what] -= amount;
	if (book)
		account->used[what] += amount;
	raw_spin_unlock(&account->lock);
}

/**
 * kw_account_charge() - charge an account and all above it, or none
 * @account: where to begin
 * @what: the resource
 * @amount: how much
 * @shortage: filled in if refused
 *
 * Context: process context; does not sleep. @account and those above it must
 * not be moved meanwhile.
 * Return: 0, or -EDQUOT if it does not fit somewhere.
 */
int kw_account_charge(struct kw_account *account, enum kw_resource what,
		      u64 amount, struct kw_shortage *shortage)
{
	struct kw_account *at, *stop;
	int err = 0;

	/* whoever waits for an amount set aside must not wait for a sleeper */
	preempt_disable();
	for (at = account; at; at = at->parent) {
		while ((err = account_hold(at, what, amount, shortage)) == -EAGAIN)
			cpu_relax();
		if (err)
			break;
	}
	stop = at;
	for (at = account; at != stop; at = at->parent)
		account_settle(at, what, amount, !err);
	preempt_enable();
	return err;
}

/**
 * kw_account_force() - charge whatever the limits are
 * @account: where to begin
 * @what: the resource
 * @amount: how much; what is in use already, or goes through though it should
 *	not
 *
 * Context: as kw_account_charge().
 */
void kw_account_force(struct kw_account *account, enum kw_resource what,
		      u64 amount)
{
	for (; account; account = account->parent) {
		raw_spin_lock(&account->lock);
		account->used[what] += amount;
		raw_spin_unlock(&account->lock);
	}
}

/**
 * kw_account_uncharge() - give back what was charged
 * @account: where it was charged
 * @what: the resource
 * @amount: how much
 *
 * Context: as kw_account_charge().
 */
void kw_account_uncharge(struct kw_account *account, enum kw_resource what,
			 u64 amount)
{
	for (; account; account = account->parent) {
		raw_spin_lock(&account->lock);
		if (!WARN_ON_ONCE(account->used[what] < amount))
			account->used[what] -= amount;
		raw_spin_unlock(&account->lock);
	}
}

/**
 * kw_account_clear() - give back all that an account was charged
 * @account: the account
 *
 * Context: as kw_account_charge(); no charge of @account may be under way.
 */
void kw_account_clear(struct kw_account *account)
{
	enum kw_resource what;

	for (what = 0; what < KW_NR_RESOURCES; what++)
		kw_account_uncharge(account, what, account->used[what]);
}

/**
 * kw_account_move() - put an account, and what it uses, below another parent
 * @account: the account
 * @parent: the new parent
 *
 * Context: does not sleep; no charge may be under way anywhere.
 */
void kw_account_move(struct kw_account *account, struct kw_account *parent)
{
	enum kw_resource what;

	for (what = 0; what < KW_NR_RESOURCES; what++) {
		kw_account_uncharge(account->parent, what, account->used[what]);
		kw_account_force(parent, what, account->used[what]);
	}
	account->parent = parent;
}

/**
 * kw_account_used() - how much is in use
 * @account: the account
 * @what: the resource
 *
 * Return: the amount booked.
 */
u64 kw_account_used(struct kw_account *account, enum kw_resource what)
{
	u64 used;

	raw_spin_lock(&account->lock);
	used = account->used[what];
	raw_spin_unlock(&account->lock);
	return used;
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

	raw_spin_lock(&account->lock);
	limit = account->limit[what];
	raw_spin_unlock(&account->lock);
	return limit;
}

/**
 * kw_account_over() - is more in use than a limit allows?
 * @account: the account
 *
 * Return: true if so, for any resource.
 */
bool kw_account_over(struct kw_account *account)
{
	enum kw_resource what;
	bool over = false;

	raw_spin_lock(&account->lock);
	for (what = 0; what < KW_NR_RESOURCES; what++)
		over |= account->used[what] > account->limit[what];
	raw_spin_unlock(&account->lock);
	return over;
}
