/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Accounts: what is in use, and how much may be.
 *
 * Knows no KVM types, so that it can be tested anywhere.
 */
#ifndef KW_ACCOUNT_H
#define KW_ACCOUNT_H

#include <linux/spinlock.h>
#include <linux/types.h>

/* What can be charged; the order of struct kvmwarden_amounts. */
enum kw_resource {
	KW_VMS,
	KW_VCPUS,
	KW_MEMORY,	/* bytes */
	KW_NR_RESOURCES,
};

#define KW_UNLIMITED	(~0ULL)

/**
 * struct kw_account - a node in the tree that charges climb
 * @lock: protects @used, @held and @limit; a leaf lock, no two of them are
 *	ever held together
 * @parent: the account that is charged with every charge of this one, or NULL.
 *	Changed by kw_account_move() only, while no charge is under way
 * @used: charged
 * @held: set aside by charges that are still climbing towards the root
 * @limit: largest @used + @held that kw_account_charge() allows
 */
struct kw_account {
	raw_spinlock_t lock;
	struct kw_account *parent;
	u64 used[KW_NR_RESOURCES];
	u64 held[KW_NR_RESOURCES];
	u64 limit[KW_NR_RESOURCES];
};

/**
 * struct kw_shortage - why a charge was refused
 * @account: the account that is full
 * @used: what was in use there
 * @limit: its limit
 */
struct kw_shortage {
	const struct kw_account *account;
	u64 used;
	u64 limit;
};

void kw_account_init(struct kw_account *account, struct kw_account *parent);
void kw_account_set_limit(struct kw_account *account, enum kw_resource what,
			  u64 limit);
int kw_account_charge(struct kw_account *account, enum kw_resource what,
		      u64 amount, struct kw_shortage *shortage);
void kw_account_force(struct kw_account *account, enum kw_resource what,
		      u64 amount);
void kw_account_uncharge(struct kw_account *account, enum kw_resource what,
			 u64 amount);
void kw_account_clear(struct kw_account *account);
void kw_account_move(struct kw_account *account, struct kw_account *parent);
u64 kw_account_used(struct kw_account *account, enum kw_resource what);
u64 kw_account_limit(struct kw_account *account, enum kw_resource what);
bool kw_account_over(struct kw_account *account);

#endif /* KW_ACCOUNT_H */
