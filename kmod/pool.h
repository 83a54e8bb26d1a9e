/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pools: accounts of users and cgroups, which come with their first VM and go
 * with their last; and which accounts a VM's charges climb.
 *
 * Knows no KVM types, so that it can be tested anywhere.
 */
#ifndef KW_POOL_H
#define KW_POOL_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "account.h"

struct kw_class;
struct kw_identity;
struct kw_ruleset;

#define KW_POOL_BITS	10

/*
 * As many accounts a climb may have: more than any user has reason for, and few
 * enough to have all of them locked at a time.
 */
#define KW_CLIMB_MAX	100

/**
 * struct kw_pools - all pools of a ruleset
 * @lock: protects what follows, and all pools but their accounts
 * @by_key: by the hash of whose they are
 * @by_id: in the order in which they were made
 */
struct kw_pools {
	spinlock_t lock;	/* of all pools */
	struct hlist_head by_key[1 << KW_POOL_BITS];
	struct list_head by_id;
};

/**
 * struct kw_pool - the account of a user or a cgroup
 * @account: the account; its level says what else there is
 * @by_key: in kw_pools.by_key
 * @by_id: in kw_pools.by_id
 * @id: its number, greater than that of any pool before
 * @vms: how many climbs lead over it
 * @class: of LEVEL_USER, else NULL
 * @uid: of LEVEL_USER and LEVEL_HOST_USER, else 0
 * @cgroup: of LEVEL_CGROUP: the path, else NULL
 */
struct kw_pool {
	struct kw_account account;
	struct hlist_node by_key;
	struct list_head by_id;
	u64 id;
	u32 vms;
	const struct kw_class *class;
	u32 uid;
	char *cgroup;
};

void kw_pools_init(struct kw_pools *pools);
void kw_pools_free(struct kw_pools *pools);
void kw_pools_empty(struct kw_pools *pools);
struct kw_pool *kw_pools_next(struct kw_pools *pools, u64 after);
struct kw_climb *kw_climb_new(struct kw_ruleset *ruleset, struct kw_class *class,
			      const struct kw_identity *who,
			      struct kw_account *own);
void kw_climb_free(struct kw_ruleset *ruleset, struct kw_climb *climb);

#endif /* KW_POOL_H */
