// SPDX-License-Identifier: GPL-2.0
/*
 * Pools: accounts of users and cgroups, which come with their first VM and go
 * with their last; and which accounts a VM's charges climb.
 */
#include <linux/hash.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>

#include "policy.h"
#include "pool.h"

/* Of all pools there ever were, so that no climb has two in another order. */
static atomic64_t last_id = ATOMIC64_INIT(0);

/**
 * struct owner - whose pool it is
 * @level: &enum kvmwarden_level
 * @class: of LEVEL_USER, else NULL
 * @uid: of LEVEL_USER and LEVEL_HOST_USER, else 0
 * @cgroup: of LEVEL_CGROUP, else NULL
 * @limit: what it may use
 */
struct owner {
	u32 level;
	const struct kw_class *class;
	u32 uid;
	const char *cgroup;
	const u64 *limit;
};

/**
 * kw_pools_init() - have no pools
 * @pools: all pools of a ruleset
 */
void kw_pools_init(struct kw_pools *pools)
{
	unsigned int i;

	spin_lock_init(&pools->lock);
	for (i = 0; i < ARRAY_SIZE(pools->by_key); i++)
		INIT_HLIST_HEAD(&pools->by_key[i]);
	INIT_LIST_HEAD(&pools->by_id);
}

static void pool_free(struct kw_pool *pool)
{
	kfree(pool->cgroup);
	kfree(pool);
}

/**
 * kw_pools_free() - free all pools
 * @pools: all pools of a ruleset; no climb leads over them any more
 */
void kw_pools_free(struct kw_pools *pools)
{
	struct kw_pool *pool, *next;

	list_for_each_entry_safe(pool, next, &pools->by_id, by_id)
		pool_free(pool);
	INIT_LIST_HEAD(&pools->by_id);
}

/**
 * kw_pools_empty() - forget all charges
 * @pools: all pools of a ruleset that is not in force
 */
void kw_pools_empty(struct kw_pools *pools)
{
	struct kw_pool *pool;
	unsigned long flags;

	spin_lock_irqsave(&pools->lock, flags);
	list_for_each_entry(pool, &pools->by_id, by_id)
		kw_account_empty(&pool->account);
	spin_unlock_irqrestore(&pools->lock, flags);
}

/**
 * kw_pools_next() - walk all pools
 * @pools: all pools of a ruleset
 * @after: an id, or 0
 *
 * Context: under @pools->lock.
 * Return: the pool with the next id, or NULL.
 */
struct kw_pool *kw_pools_next(struct kw_pools *pools, u64 after)
{
	struct kw_pool *pool;

	list_for_each_entry(pool, &pools->by_id, by_id)
		if (pool->id > after)
			return pool;
	return NULL;
}

static struct hlist_head *chain_of(struct kw_pools *pools,
				   const struct owner *owner)
{
	unsigned long hash = owner->uid + ((unsigned long)owner->class >> 4);

	if (owner->cgroup)
		hash = full_name_hash(NULL, owner->cgroup,
				      strlen(owner->cgroup));
	return &pools->by_key[hash_long(hash, KW_POOL_BITS)];
}

static bool is_owners(const struct kw_pool *pool, const struct owner *owner)
{
	if (pool->account.level != owner->level || pool->uid != owner->uid ||
	    pool->class != owner->class)
		return false;
	return !owner->cgroup || !strcmp(pool->cgroup, owner->cgroup);
}

static struct kw_pool *pool_new(const struct owner *owner)
{
	struct kw_pool *pool = kzalloc(sizeof(*pool),
				       GFP_ATOMIC | __GFP_ACCOUNT);

	if (!pool)
		return NULL;
	if (owner->cgroup) {
		pool->cgroup = kstrdup(owner->cgroup,
				       GFP_ATOMIC | __GFP_ACCOUNT);
		if (!pool->cgroup) {
			kfree(pool);
			return NULL;
		}
	}
	kw_account_init(&pool->account, owner->level);
	kw_account_set_limits(&pool->account, owner->limit);
	pool->class = owner->class;
	pool->uid = owner->uid;
	return pool;
}

/* Under the lock. */
static struct kw_pool *pool_get(struct kw_pools *pools,
				const struct owner *owner)
{
	struct hlist_head *chain = chain_of(pools, owner);
	struct kw_pool *pool;

	hlist_for_each_entry(pool, chain, by_key)
		if (is_owners(pool, owner))
			return pool;
	pool = pool_new(owner);
	if (!pool)
		return NULL;
	pool->id = atomic64_inc_return(&last_id);
	hlist_add_head(&pool->by_key, chain);
	list_add_tail(&pool->by_id, &pools->by_id);
	return pool;
}

/* Under the lock. */
static void pool_put(struct kw_pool *pool)
{
	if (--pool->vms)
		return;
	hlist_del(&pool->by_key);
	list_del(&pool->by_id);
	pool_free(pool);
}

static bool is_pool(const struct kw_account *account)
{
	return account->level == KVMWARDEN_LEVEL_USER ||
	       account->level == KVMWARDEN_LEVEL_HOST_USER ||
	       account->level == KVMWARDEN_LEVEL_CGROUP;
}

static struct kw_pool *pool_at(const struct kw_climb *climb, u32 i)
{
	return container_of(climb->at[i], struct kw_pool, account);
}

/*
 * In its place by id, unless it is there: somebody may own more than one of the
 * namespaces.
 */
static void climb_insert(struct kw_climb *climb, struct kw_pool *pool)
{
	u32 i = climb->nr;

	while (i > 1 && pool_at(climb, i - 1)->id > pool->id)
		i--;
	if (i > 1 && pool_at(climb, i - 1) == pool)
		return;
	memmove(&climb->at[i + 1], &climb->at[i],
		(climb->nr - i) * sizeof(climb->at[0]));
	climb->at[i] = &pool->account;
	climb->nr++;
	pool->vms++;
}

static int climb_add(struct kw_climb *climb, struct kw_pools *pools,
		     const struct owner *owner)
{
	struct kw_pool *pool;

	/* the class and the host are yet to come */
	if (climb->nr == KW_CLIMB_MAX - 2) {
		climb->cut = true;
		return 0;
	}
	pool = pool_get(pools, owner);
	if (!pool)
		return -ENOMEM;
	climb_insert(climb, pool);
	return 0;
}

static int add_users(struct kw_climb *climb, struct kw_pools *pools,
		     struct owner *owner, const struct kw_identity *who)
{
	int err;
	u32 i;

	owner->uid = who->uid;
	err = climb_add(climb, pools, owner);
	for (i = 0; i < who->nr_owners && !err; i++) {
		owner->uid = who->owners[i].uid;
		err = climb_add(climb, pools, owner);
	}
	return err;
}

static int add_cgroup(struct kw_climb *climb, struct kw_ruleset *ruleset,
		      const char *path)
{
	const struct kw_cgroup *cgroup = kw_ruleset_cgroup(ruleset, path);
	struct owner owner = {
		.level = KVMWARDEN_LEVEL_CGROUP,
		.cgroup = path,
	};

	if (!cgroup)
		return 0;
	owner.limit = cgroup->limit;
	return climb_add(climb, &ruleset->pools, &owner);
}

/* From the root on: should there be too many, those count that have most in them. */
static int add_cgroups(struct kw_climb *climb, struct kw_ruleset *ruleset,
		       char *path)
{
	char after, *end = path;
	int err;

	err = add_cgroup(climb, ruleset, "/");
	while (!err && end[0] && end[1]) {
		end++;
		end += strcspn(end, "/");
		after = *end;
		*end = '\0';
		err = add_cgroup(climb, ruleset, path);
		*end = after;
	}
	return err;
}

static int add_pools(struct kw_climb *climb, struct kw_ruleset *ruleset,
		     const struct kw_class *class,
		     const struct kw_identity *who, char *path)
{
	struct owner user = {
		.level = KVMWARDEN_LEVEL_USER,
		.class = class,
		.limit = class->user_limit,
	};
	struct owner host_user = {
		.level = KVMWARDEN_LEVEL_HOST_USER,
		.limit = ruleset->user_limit,
	};
	unsigned long flags;
	int err = 0;

	spin_lock_irqsave(&ruleset->pools.lock, flags);
	if (class->user_limited)
		err = add_users(climb, &ruleset->pools, &user, who);
	if (!err && ruleset->user_limited)
		err = add_users(climb, &ruleset->pools, &host_user, who);
	if (!err && path)
		err = add_cgroups(climb, ruleset, path);
	spin_unlock_irqrestore(&ruleset->pools.lock, flags);
	return err;
}

static u32 count_slashes(const char *path)
{
	u32 nr = 0;

	for (; *path; path++)
		nr += *path == '/';
	return nr;
}

/* How many accounts a climb may have at most. */
static u32 climb_max(const struct kw_ruleset *ruleset,
		     const struct kw_class *class,
		     const struct kw_identity *who)
{
	u32 max = 3;

	if (class->user_limited)
		max += 1 + who->nr_owners;
	if (ruleset->user_limited)
		max += 1 + who->nr_owners;
	if (ruleset->nr_cgroups)
		max += 1 + count_slashes(who->cgroup);
	return min_t(u32, max, KW_CLIMB_MAX);
}

/**
 * kw_climb_new() - find out which accounts a VM's charges climb
 * @ruleset: the ruleset
 * @class: the VM's class in it
 * @who: the VM's creator
 * @own: the VM's own account
 *
 * From the VM over its users and cgroups, as far as there are limits on them,
 * to its class and the host.
 *
 * Context: any; does not sleep.
 * Return: the accounts, cut at KW_CLIMB_MAX, or NULL if there was no memory.
 */
struct kw_climb *kw_climb_new(struct kw_ruleset *ruleset, struct kw_class *class,
			      const struct kw_identity *who,
			      struct kw_account *own)
{
	struct kw_climb *climb;
	char *path = NULL;
	int err = 0;

	climb = kzalloc(struct_size(climb, at, climb_max(ruleset, class, who)),
			GFP_ATOMIC | __GFP_ACCOUNT);
	if (!climb)
		return NULL;
	climb->at[climb->nr++] = own;
	if (ruleset->nr_cgroups) {
		path = kstrdup(who->cgroup, GFP_ATOMIC);
		if (!path)
			err = -ENOMEM;
	}
	if (!err && (class->user_limited || ruleset->user_limited || path))
		err = add_pools(climb, ruleset, class, who, path);
	kfree(path);
	if (err) {
		kw_climb_free(ruleset, climb);
		return NULL;
	}
	climb->at[climb->nr++] = &class->account;
	climb->at[climb->nr++] = &ruleset->account;
	return climb;
}

/**
 * kw_climb_free() - undo kw_climb_new()
 * @ruleset: the ruleset
 * @climb: the accounts, which it has given back all charges to, or NULL
 *
 * Context: any; does not sleep.
 */
void kw_climb_free(struct kw_ruleset *ruleset, struct kw_climb *climb)
{
	unsigned long flags;
	u32 i;

	if (!climb)
		return;
	spin_lock_irqsave(&ruleset->pools.lock, flags);
	for (i = 1; i < climb->nr; i++)
		if (is_pool(climb->at[i]))
			pool_put(pool_at(climb, i));
	spin_unlock_irqrestore(&ruleset->pools.lock, flags);
	kfree(climb);
}
