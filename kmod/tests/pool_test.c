// SPDX-License-Identifier: GPL-2.0
/* KUnit: pools, and which accounts a VM's charges climb. */
#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include "classes.h"
#include "random.h"
#include "threads.h"

#include "../pool.c"

/**
 * struct fixture - what a test works on
 * @ruleset: made by begin()
 * @class: its only class, which takes all
 * @draft: for what is to be added; too large for a stack
 * @own: the account of a VM
 */
struct fixture {
	struct kw_ruleset *ruleset;
	struct kw_class *class;
	struct kvmwarden_class draft;
	struct kw_account own;
};

#define LIMITED { 100, 100, 100 }

static int pool_test_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct fixture), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static void pool_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (f)
		kw_ruleset_free(f->ruleset);
}

static void begin(struct kunit *test, bool class_users, bool host_users,
		  const char * const *cgroups, unsigned int nr_cgroups)
{
	const struct kvmwarden_amounts limited = LIMITED;
	struct kvmwarden_ruleset from = kw_test_outset;
	struct fixture *f = test->priv;
	unsigned int i;

	kw_account_init(&f->own, KVMWARDEN_LEVEL_VM);
	if (host_users)
		from.user = (struct kvmwarden_amounts) { 1000, 1000, 1000 };
	f->ruleset = kw_ruleset_new(&from);
	KUNIT_ASSERT_NOT_NULL(test, f->ruleset);
	kw_test_class(&f->draft, "default");
	if (class_users)
		f->draft.user = limited;
	kw_test_add(test, f->ruleset, &f->draft, NULL);
	for (i = 0; i < nr_cgroups; i++)
		kw_test_add_cgroup(test, f->ruleset, cgroups[i], &limited);
	KUNIT_ASSERT_EQ(test, 0, kw_ruleset_seal(f->ruleset));
	f->class = kw_ruleset_class(f->ruleset, 0);
}

static unsigned int count_pools(struct kw_ruleset *ruleset)
{
	struct kw_pool *pool;
	unsigned int nr = 0;
	u64 id = 0;

	spin_lock(&ruleset->pools.lock);
	for (; (pool = kw_pools_next(&ruleset->pools, id)); nr++)
		id = pool->id;
	spin_unlock(&ruleset->pools.lock);
	return nr;
}

static struct kw_climb *climb_of(struct kunit *test,
				 const struct kw_identity *who)
{
	struct fixture *f = test->priv;
	struct kw_climb *climb;

	climb = kw_climb_new(f->ruleset, f->class, who, &f->own);
	KUNIT_ASSERT_NOT_NULL(test, climb);
	KUNIT_EXPECT_PTR_EQ(test, climb->at[0], &f->own);
	KUNIT_EXPECT_PTR_EQ(test, climb->at[climb->nr - 2],
			    &f->class->account);
	KUNIT_EXPECT_PTR_EQ(test, climb->at[climb->nr - 1],
			    &f->ruleset->account);
	return climb;
}

/* How many of a climb's accounts are that user's, or that cgroup's? */
static unsigned int count(const struct kw_climb *climb, u32 level, u32 uid,
			  const char *cgroup)
{
	unsigned int nr = 0;
	u32 i;

	for (i = 1; i < climb->nr - 2; i++) {
		const struct kw_pool *pool = pool_at(climb, i);

		nr += pool->account.level == level && pool->uid == uid &&
		      !cgroup == !pool->cgroup &&
		      (!cgroup || !strcmp(cgroup, pool->cgroup));
	}
	return nr;
}

static void pool_none(struct kunit *test)
{
	const struct kw_owner owner = { 3, 4 };
	const struct kw_identity who = {
		.uid = 1, .cgroup = "/a/b", .label = "",
		.nr_owners = 1, .owners = &owner,
	};
	struct fixture *f = test->priv;
	struct kw_climb *climb;

	begin(test, false, false, NULL, 0);
	climb = climb_of(test, &who);
	KUNIT_EXPECT_EQ(test, climb->nr, 3U);
	KUNIT_EXPECT_EQ(test, count_pools(f->ruleset), 0U);
	kw_climb_free(f->ruleset, climb);
	/* as after a failure */
	kw_climb_free(f->ruleset, NULL);
}

/* Each user once, however many of the namespaces are its own. */
static void pool_users(struct kunit *test)
{
	static const struct kw_owner owners[] = {
		{ 5, 1 }, { 1, 1 }, { 6, 1 }, { 5, 2 },
	};
	const struct kw_identity who = {
		.uid = 1, .cgroup = "/", .label = "",
		.nr_owners = ARRAY_SIZE(owners), .owners = owners,
	};
	struct fixture *f = test->priv;
	struct kw_climb *climb;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		const u32 in_class = i & 1, of_host = i >> 1;

		begin(test, in_class, of_host, NULL, 0);
		climb = climb_of(test, &who);
		KUNIT_EXPECT_EQ(test, climb->nr, 3 + 3 * (in_class + of_host));
		KUNIT_EXPECT_EQ(test, count_pools(f->ruleset), climb->nr - 3);
		KUNIT_EXPECT_EQ(test, in_class,
				count(climb, KVMWARDEN_LEVEL_USER, 1, NULL));
		KUNIT_EXPECT_EQ(test, in_class,
				count(climb, KVMWARDEN_LEVEL_USER, 5, NULL));
		KUNIT_EXPECT_EQ(test, in_class,
				count(climb, KVMWARDEN_LEVEL_USER, 6, NULL));
		KUNIT_EXPECT_EQ(test, of_host,
				count(climb, KVMWARDEN_LEVEL_HOST_USER, 5,
				      NULL));
		kw_climb_free(f->ruleset, climb);
		KUNIT_EXPECT_EQ(test, count_pools(f->ruleset), 0U);
		kw_ruleset_free(f->ruleset);
		f->ruleset = NULL;
	}
}

/* The cgroup and each above it, down from the root, that a pattern matches. */
static void pool_cgroups(struct kunit *test)
{
	static const char * const patterns[] = { "/a/*", "/", "/a/b/c*" };
	static const struct {
		const char *path;
		const char *limited[3];
	} paths[] = {
		{ "/", { "/" } },
		{ "/a", { "/" } },
		{ "/a/b", { "/", "/a/b" } },
		{ "/a/b/d", { "/", "/a/b" } },
		{ "/a/b/cc", { "/", "/a/b", "/a/b/cc" } },
		{ "/a/b/cc/d/e/f", { "/", "/a/b", "/a/b/cc" } },
		{ "/b/a/b", { "/" } },
	};
	struct kw_identity who = { .uid = 1, .label = "" };
	struct fixture *f = test->priv;
	struct kw_climb *climb;
	unsigned int i, j;

	begin(test, false, false, patterns, ARRAY_SIZE(patterns));
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		who.cgroup = paths[i].path;
		climb = climb_of(test, &who);
		for (j = 0; j < 3 && paths[i].limited[j]; j++)
			KUNIT_EXPECT_EQ_MSG(test, 1U,
					    count(climb, KVMWARDEN_LEVEL_CGROUP,
						  0, paths[i].limited[j]),
					    "%s for %s", paths[i].limited[j],
					    paths[i].path);
		KUNIT_EXPECT_EQ_MSG(test, climb->nr, 3 + j, "%s",
				    paths[i].path);
		kw_climb_free(f->ruleset, climb);
		KUNIT_EXPECT_EQ(test, count_pools(f->ruleset), 0U);
	}
}

/* Of more than there is room for, those that have most in them; and it says so. */
static void pool_cut(struct kunit *test)
{
	static const char * const patterns[] = { "/**" };
	char path[2 * KW_CLIMB_MAX + 1], outer[2 * KW_CLIMB_MAX + 1];
	struct kw_identity who = { .uid = 1, .label = "", .cgroup = path };
	struct fixture *f = test->priv;
	struct kw_climb *climb;
	u32 i, depth;

	begin(test, false, false, patterns, ARRAY_SIZE(patterns));
	for (depth = KW_CLIMB_MAX - 4; depth < KW_CLIMB_MAX; depth++) {
		for (i = 0; i < depth; i++)
			memcpy(path + 2 * i, "/a", 3);
		climb = climb_of(test, &who);
		/* besides the VM's own, the root's, the class's and the host's */
		KUNIT_EXPECT_EQ_MSG(test, climb->cut, depth > KW_CLIMB_MAX - 4,
				    "depth %u", depth);
		KUNIT_EXPECT_EQ(test, climb->nr, (u32)KW_CLIMB_MAX);
		KUNIT_EXPECT_EQ(test, 1U, count(climb, KVMWARDEN_LEVEL_CGROUP,
						0, "/"));
		for (i = 1; i <= KW_CLIMB_MAX - 4; i++) {
			strscpy(outer, path, 2 * i + 1);
			KUNIT_EXPECT_EQ(test, 1U,
					count(climb, KVMWARDEN_LEVEL_CGROUP, 0,
					      outer));
		}
		kw_climb_free(f->ruleset, climb);
		KUNIT_EXPECT_EQ(test, count_pools(f->ruleset), 0U);
	}
}

/* Each has the limits of the first pattern that matches. */
static void pool_limits(struct kunit *test)
{
	static const char * const patterns[] = { "/a" };
	const struct kw_identity who = { .uid = 7, .cgroup = "/a", .label = "" };
	struct fixture *f = test->priv;
	struct kw_climb *climb;
	u32 i;

	begin(test, true, true, patterns, ARRAY_SIZE(patterns));
	climb = climb_of(test, &who);
	KUNIT_EXPECT_EQ(test, climb->nr, 6U);
	for (i = 1; i < climb->nr - 2; i++) {
		const struct kw_pool *pool = pool_at(climb, i);
		const u32 level = pool->account.level;

		KUNIT_EXPECT_EQ(test, pool->account.limit[KW_VCPUS],
				level == KVMWARDEN_LEVEL_HOST_USER ? 1000ULL :
				100ULL);
		KUNIT_EXPECT_EQ(test, pool->uid,
				level == KVMWARDEN_LEVEL_CGROUP ? 0U : 7U);
		KUNIT_EXPECT_PTR_EQ(test, pool->class,
				    level == KVMWARDEN_LEVEL_USER ? f->class :
				    NULL);
	}
	kw_climb_free(f->ruleset, climb);
}

/* Who shares a pool shares its account, until the last one goes. */
static void pool_shared(struct kunit *test)
{
	const struct kw_identity one = { .uid = 1, .cgroup = "/", .label = "" };
	const struct kw_identity two = { .uid = 2, .cgroup = "/", .label = "" };
	struct kw_climb *first, *second, *third;
	struct fixture *f = test->priv;

	begin(test, true, false, NULL, 0);
	first = climb_of(test, &one);
	second = climb_of(test, &one);
	third = climb_of(test, &two);
	KUNIT_EXPECT_PTR_EQ(test, first->at[1], second->at[1]);
	KUNIT_EXPECT_TRUE(test, first->at[1] != third->at[1]);
	KUNIT_EXPECT_EQ(test, pool_at(first, 1)->vms, 2U);
	KUNIT_EXPECT_EQ(test, count_pools(f->ruleset), 2U);
	kw_account_force(first, 0, KW_VCPUS, 3);
	kw_climb_free(f->ruleset, second);
	KUNIT_EXPECT_EQ(test, first->at[1]->used[KW_VCPUS], 3ULL);
	KUNIT_EXPECT_EQ(test, count_pools(f->ruleset), 2U);
	kw_account_clear(first);
	kw_climb_free(f->ruleset, first);
	kw_climb_free(f->ruleset, third);
	KUNIT_EXPECT_EQ(test, count_pools(f->ruleset), 0U);
}

static void pool_next(struct kunit *test)
{
	struct kw_identity who = { .cgroup = "/", .label = "" };
	struct fixture *f = test->priv;
	struct kw_climb *climbs[5];
	struct kw_pool *pool;
	u64 id = 0;

	begin(test, false, true, NULL, 0);
	for (who.uid = 0; who.uid < ARRAY_SIZE(climbs); who.uid++)
		climbs[who.uid] = climb_of(test, &who);
	kw_climb_free(f->ruleset, climbs[2]);
	for (who.uid = 0; who.uid < ARRAY_SIZE(climbs); who.uid++) {
		if (who.uid == 2)
			continue;
		pool = kw_pools_next(&f->ruleset->pools, id);
		KUNIT_ASSERT_NOT_NULL(test, pool);
		KUNIT_EXPECT_GT(test, pool->id, id);
		KUNIT_EXPECT_EQ(test, pool->uid, who.uid);
		id = pool->id;
		kw_climb_free(f->ruleset, climbs[who.uid]);
	}
	KUNIT_EXPECT_NULL(test, kw_pools_next(&f->ruleset->pools, id));
	KUNIT_EXPECT_NULL(test, kw_pools_next(&f->ruleset->pools, 0));
}

static void pool_emptied(struct kunit *test)
{
	const struct kw_identity who = { .uid = 1, .cgroup = "/", .label = "" };
	struct fixture *f = test->priv;
	struct kw_climb *climb;

	begin(test, true, true, NULL, 0);
	climb = climb_of(test, &who);
	kw_account_force(climb, 0, KW_VMS, 7);
	kw_pools_empty(&f->ruleset->pools);
	KUNIT_EXPECT_EQ(test, climb->at[1]->used[KW_VMS], 0ULL);
	KUNIT_EXPECT_EQ(test, climb->at[2]->used[KW_VMS], 0ULL);
	KUNIT_EXPECT_EQ(test, f->class->account.used[KW_VMS], 7ULL);
	kw_climb_free(f->ruleset, climb);
}

#define WORKERS		4
#define ROUNDS		1500
#define USERS		3

/**
 * struct worker - a thread that has VMs come and go
 * @ruleset: where
 * @class: in which class
 * @seed: of who they are
 * @own: the VM's account
 * @errors: what should not be
 */
struct worker {
	struct kw_ruleset *ruleset;
	struct kw_class *class;
	u32 seed;
	struct kw_account own;
	unsigned int errors;
};

static void work_once(struct worker *worker, struct rnd_state *rnd)
{
	static const char * const cgroups[] = { "/a/b", "/a/c", "/b" };
	const struct kw_owner owner = { kw_random_below(rnd, USERS), 0 };
	const struct kw_identity who = {
		.uid = kw_random_below(rnd, USERS),
		.cgroup = cgroups[kw_random_below(rnd, ARRAY_SIZE(cgroups))],
		.label = "", .nr_owners = 1, .owners = &owner,
	};
	struct kw_shortage shortage;
	struct kw_climb *climb;
	u32 i;

	climb = kw_climb_new(worker->ruleset, worker->class, &who,
			     &worker->own);
	if (!climb) {
		worker->errors++;
		return;
	}
	for (i = 2; i < climb->nr - 2; i++)
		worker->errors += pool_at(climb, i - 1)->id >=
				  pool_at(climb, i)->id;
	if (kw_account_charge(climb, KW_VMS, 1, &shortage))
		worker->errors++;
	else
		kw_account_clear(climb);
	kw_climb_free(worker->ruleset, climb);
}

static void work(void *data)
{
	struct worker *worker = data;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, worker->seed);
	for (i = 0; i < ROUNDS; i++) {
		work_once(worker, &rnd);
		cond_resched();
	}
}

/* All at once, and all of them fits at any time. */
static void pool_concurrent(struct kunit *test)
{
	static const char * const patterns[] = { "/a", "/a/*", "/**" };
	struct fixture *f = test->priv;
	struct worker *workers;
	struct rnd_state rnd;
	u32 i, seed;

	begin(test, true, true, patterns, ARRAY_SIZE(patterns));
	workers = kunit_kcalloc(test, WORKERS, sizeof(*workers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, workers);
	seed = kw_random_begin(test, &rnd);
	for (i = 0; i < WORKERS; i++) {
		workers[i].ruleset = f->ruleset;
		workers[i].class = f->class;
		workers[i].seed = seed + i;
		kw_account_init(&workers[i].own, KVMWARDEN_LEVEL_VM);
	}
	kw_threads_run(test, WORKERS, work, workers, sizeof(*workers));
	for (i = 0; i < WORKERS; i++)
		KUNIT_EXPECT_EQ(test, workers[i].errors, 0U);
	KUNIT_EXPECT_EQ(test, count_pools(f->ruleset), 0U);
	for (i = 0; i < KW_NR_RESOURCES; i++) {
		KUNIT_EXPECT_EQ(test, f->class->account.used[i], 0ULL);
		KUNIT_EXPECT_EQ(test, f->ruleset->account.used[i], 0ULL);
	}
}

static struct kunit_case pool_cases[] = {
	KUNIT_CASE(pool_none),
	KUNIT_CASE(pool_users),
	KUNIT_CASE(pool_cgroups),
	KUNIT_CASE(pool_cut),
	KUNIT_CASE(pool_limits),
	KUNIT_CASE(pool_shared),
	KUNIT_CASE(pool_next),
	KUNIT_CASE(pool_emptied),
	KUNIT_CASE(pool_concurrent),
	{}
};

static struct kunit_suite pool_suite = {
	.name = "kvmwarden-pool",
	.init = pool_test_init,
	.exit = pool_test_exit,
	.test_cases = pool_cases,
};

kunit_test_suite(pool_suite);
