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
 * struct kw_account - what is in use of each resource, and may be
 * @lock: protects what follows but @level; a leaf lock, but for others further on
 *	in a climb. @used may be read without
 * @level: &enum kvmwarden_level; constant
 * @used: charged
 * @limit: largest @used that kw_account_charge() allows
 */
struct kw_account {
	raw_spinlock_t lock;
	u32 level;
	u64 used[KW_NR_RESOURCES];
	u64 limit[KW_NR_RESOURCES];
};

/**
 * struct kw_climb - the accounts that a charge climbs
 * @nr: how many
 * @cut: there are more that should be charged
 * @at: each of them once. All climbs have those that they share in the same
 *	order
 */
struct kw_climb {
	u32 nr;
	bool cut;
	struct kw_account *at[];
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

void kw_account_init(struct kw_account *account, u32 level);
void kw_account_set_limit(struct kw_account *account, enum kw_resource what,
			  u64 limit);
void kw_account_set_limits(struct kw_account *account,
			   const u64 limit[KW_NR_RESOURCES]);
int kw_account_charge(const struct kw_climb *climb, enum kw_resource what,
		      u64 amount, struct kw_shortage *shortage);
void kw_account_force(const struct kw_climb *climb, u32 from,
		      enum kw_resource what, u64 amount);
void kw_account_uncharge(const struct kw_climb *climb, u32 from,
			 enum kw_resource what, u64 amount);
void kw_account_move(const struct kw_climb *from, const struct kw_climb *to);
void kw_account_clear(const struct kw_climb *climb);
void kw_account_empty(struct kw_account *account);
u64 kw_account_used(const struct kw_account *account, enum kw_resource what);
u64 kw_account_limit(struct kw_account *account, enum kw_resource what);
bool kw_account_over(struct kw_account *account, enum kw_resource *what,
		     struct kw_shortage *shortage);

#endif /* KW_ACCOUNT_H */
