// SPDX-License-Identifier: GPL-2.0
/* KUnit: accounts. */
#include <kunit/test.h>
#include <linux/overflow.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/kvmwarden.h>

#include "threads.h"

#include "../account.c"

#define LEVELS	4

/**
 * struct chain - accounts above one another, as those of a VM are
 * @at: the VM's own first, the host's last
 * @from: for each of them, the climb from there to the top
 */
struct chain {
	struct kw_account at[LEVELS];
	struct kw_climb *from[LEVELS];
};

static struct kw_climb *climb_new(struct kunit *test, unsigned int max)
{
	struct kw_climb *climb;

	climb = kunit_kzalloc(test, struct_size(climb, at, max), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, climb);
	return climb;
}

/* From an account over those of a chain, from a level on. */
static struct kw_climb *climb_over(struct kunit *test, struct kw_account *own,
				   struct chain *chain, unsigned int level)
{
	struct kw_climb *climb = climb_new(test, LEVELS + 1);

	climb->at[climb->nr++] = own;
	while (level < LEVELS)
		climb->at[climb->nr++] = &chain->at[level++];
	return climb;
}

static int account_test_init(struct kunit *test)
{
	struct chain *chain = kunit_kzalloc(test, sizeof(*chain), GFP_KERNEL);
	unsigned int i;

	if (!chain)
		return -ENOMEM;
	for (i = 0; i < LEVELS; i++)
		kw_account_init(&chain->at[i], i);
	for (i = 0; i < LEVELS; i++)
		chain->from[i] = climb_over(test, &chain->at[i], chain, i + 1);
	test->priv = chain;
	return 0;
}

/* All levels use that much. */
static void expect_used(struct kunit *test, struct chain *chain,
			enum kw_resource what, u64 used, const char *when)
{
	unsigned int i;

	for (i = 0; i < LEVELS; i++)
		KUNIT_EXPECT_EQ_MSG(test, kw_account_used(&chain->at[i], what),
				    used, "level %u, %s", i, when);
}

/* Nothing was refused: then the shortage must be left alone. */
static void charge_ok(struct kunit *test, const struct kw_climb *climb,
		      enum kw_resource what, u64 amount)
{
	struct kw_shortage shortage = { .used = 1, .limit = 2 };

	KUNIT_EXPECT_EQ_MSG(test, 0,
			    kw_account_charge(climb, what, amount, &shortage),
			    "charge of %llu", amount);
	KUNIT_EXPECT_NULL(test, shortage.account);
	KUNIT_EXPECT_EQ(test, shortage.used, 1ULL);
	KUNIT_EXPECT_EQ(test, shortage.limit, 2ULL);
}

static void charge_short(struct kunit *test, const struct kw_climb *climb,
			 enum kw_resource what, u64 amount,
			 const struct kw_account *full, u64 used)
{
	struct kw_shortage shortage = {};

	KUNIT_EXPECT_EQ_MSG(test, -EDQUOT,
			    kw_account_charge(climb, what, amount, &shortage),
			    "charge of %llu", amount);
	KUNIT_EXPECT_PTR_EQ(test, shortage.account, full);
	KUNIT_EXPECT_EQ(test, shortage.used, used);
	KUNIT_EXPECT_EQ(test, shortage.limit, full->limit[what]);
}

/* Is it over its limit on that resource, and only on that? */
static bool over(struct kunit *test, struct kw_account *account,
		 enum kw_resource expected)
{
	struct kw_shortage shortage = { };
	enum kw_resource what;

	if (!kw_account_over(account, &what, &shortage))
		return false;
	KUNIT_EXPECT_EQ(test, (u32)what, (u32)expected);
	KUNIT_EXPECT_PTR_EQ(test, shortage.account, account);
	KUNIT_EXPECT_EQ(test, shortage.used, account->used[expected]);
	KUNIT_EXPECT_EQ(test, shortage.limit, account->limit[expected]);
	return true;
}

static void account_fresh(struct kunit *test)
{
	struct chain *chain = test->priv;
	enum kw_resource what;

	for (what = 0; what < KW_NR_RESOURCES; what++) {
		expect_used(test, chain, what, 0, "fresh");
		KUNIT_EXPECT_EQ(test, kw_account_limit(&chain->at[0], what),
				KW_UNLIMITED);
	}
	for (what = 0; what < LEVELS; what++) {
		KUNIT_EXPECT_EQ(test, chain->at[what].level, (u32)what);
		KUNIT_EXPECT_FALSE(test, over(test, &chain->at[what], 0));
	}
}

static void account_charge(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_climb *vm = chain->from[0];

	charge_ok(test, vm, KW_MEMORY, 5);
	charge_ok(test, vm, KW_MEMORY, 0);
	charge_ok(test, vm, KW_VCPUS, 2);
	expect_used(test, chain, KW_MEMORY, 5, "charged");
	expect_used(test, chain, KW_VCPUS, 2, "charged");
	expect_used(test, chain, KW_VMS, 0, "not charged");
	kw_account_uncharge(vm, 0, KW_MEMORY, 3);
	expect_used(test, chain, KW_MEMORY, 2, "uncharged in part");
	kw_account_uncharge(vm, 0, KW_MEMORY, 2);
	expect_used(test, chain, KW_MEMORY, 0, "uncharged");
	expect_used(test, chain, KW_VCPUS, 2, "untouched");

	/* what is charged further up is not seen below */
	charge_ok(test, chain->from[2], KW_VMS, 1);
	KUNIT_EXPECT_EQ(test, kw_account_used(&chain->at[0], KW_VMS), 0ULL);
	KUNIT_EXPECT_EQ(test, kw_account_used(&chain->at[1], KW_VMS), 0ULL);
	KUNIT_EXPECT_EQ(test, kw_account_used(&chain->at[2], KW_VMS), 1ULL);
	KUNIT_EXPECT_EQ(test, kw_account_used(&chain->at[3], KW_VMS), 1ULL);
}

/* The first ones may be left out, all of them even. */
static void account_from(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_climb *vm = chain->from[0];
	unsigned int i, from;

	for (from = 0; from <= LEVELS; from++) {
		kw_account_force(vm, 0, KW_VCPUS, 1);
		kw_account_force(vm, from, KW_VCPUS, 4);
		for (i = 0; i < LEVELS; i++)
			KUNIT_EXPECT_EQ(test, chain->at[i].used[KW_VCPUS],
					i < from ? 1ULL : 5ULL);
		kw_account_uncharge(vm, from, KW_VCPUS, 4);
		expect_used(test, chain, KW_VCPUS, 1, "given back");
		kw_account_uncharge(vm, 0, KW_VCPUS, 1);
	}
}

static const struct {
	u64 limit;
	u64 used;
	u64 amount;
	bool fits;
} fittings[] = {
	{ 0, 0, 0, true },
	{ 0, 0, 1, false },
	{ 0, 0, KW_UNLIMITED, false },
	{ 1, 0, 1, true },
	{ 1, 1, 0, true },
	{ 1, 1, 1, false },
	{ 10, 4, 6, true },
	{ 10, 4, 7, false },
	{ 10, 4, KW_UNLIMITED, false },
	{ 10, 4, KW_UNLIMITED - 3, false },	/* 0 if it wrapped around */
	{ 10, 4, KW_UNLIMITED - 2, false },
	{ 10, 11, 0, false },
	{ 10, 11, 1, false },
	{ 10, 11, KW_UNLIMITED, false },
	{ 1ULL << 63, 1ULL << 62, 1ULL << 62, true },
	{ 1ULL << 63, 1ULL << 63, 1ULL << 63, false },
	{ KW_UNLIMITED - 1, 0, KW_UNLIMITED - 1, true },
	{ KW_UNLIMITED - 1, 0, KW_UNLIMITED, false },
	{ KW_UNLIMITED - 1, KW_UNLIMITED - 1, 1, false },
	/* unlimited is no reason to wrap around */
	{ KW_UNLIMITED, 0, KW_UNLIMITED, true },
	{ KW_UNLIMITED, 1, KW_UNLIMITED, false },
	{ KW_UNLIMITED, KW_UNLIMITED, 0, true },
	{ KW_UNLIMITED, KW_UNLIMITED, 1, false },
	{ KW_UNLIMITED, KW_UNLIMITED - 1, 1, true },
	{ KW_UNLIMITED, 1ULL << 63, 1ULL << 63, false },
	{ KW_UNLIMITED, 1ULL << 63, (1ULL << 63) - 1, true },
};

/* The same at each level, with nothing in the way at the others. */
static void account_fits(struct kunit *test)
{
	struct chain *chain = test->priv;
	unsigned int i, level;
	char when[32];

	for (i = 0; i < ARRAY_SIZE(fittings); i++) {
		u64 used = fittings[i].used;

		for (level = 0; level < LEVELS; level++) {
			struct kw_climb *vm = chain->from[0];
			struct kw_account *full = &chain->at[level];

			snprintf(when, sizeof(when), "fittings[%u]", i);
			kw_account_force(vm, 0, KW_MEMORY, used);
			kw_account_set_limit(full, KW_MEMORY,
					     fittings[i].limit);
			if (fittings[i].fits) {
				charge_ok(test, vm, KW_MEMORY,
					  fittings[i].amount);
				expect_used(test, chain, KW_MEMORY,
					    used + fittings[i].amount, when);
			} else {
				/* unlimited levels below may be full first */
				if (fittings[i].limit == KW_UNLIMITED ||
				    fittings[i].amount > KW_UNLIMITED - used)
					full = &chain->at[0];
				charge_short(test, vm, KW_MEMORY,
					     fittings[i].amount, full, used);
				expect_used(test, chain, KW_MEMORY, used, when);
			}
			kw_account_clear(vm);
			kw_account_set_limit(&chain->at[level], KW_MEMORY,
					     KW_UNLIMITED);
		}
	}
}

/* Whichever level refuses, no level keeps anything. */
static void account_refused(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_climb *vm = chain->from[0];
	unsigned int level;

	kw_account_force(vm, 0, KW_VCPUS, 7);
	for (level = 0; level < LEVELS; level++) {
		kw_account_set_limit(&chain->at[level], KW_VCPUS, 9);
		charge_short(test, vm, KW_VCPUS, 3, &chain->at[level], 7);
		expect_used(test, chain, KW_VCPUS, 7, "refused");
		kw_account_set_limit(&chain->at[level], KW_VCPUS,
				     KW_UNLIMITED);
	}

	/* of several, the first on the way up is told */
	kw_account_set_limit(&chain->at[3], KW_VCPUS, 7);
	kw_account_set_limit(&chain->at[1], KW_VCPUS, 8);
	charge_short(test, vm, KW_VCPUS, 2, &chain->at[1], 7);
	charge_short(test, vm, KW_VCPUS, 1, &chain->at[3], 7);
	/* one resource says nothing of another */
	charge_ok(test, vm, KW_MEMORY, 100);
	expect_used(test, chain, KW_VCPUS, 7, "refused");
}

/* Pools are in the order of their ages: of two, the closer one is told. */
static void account_told(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_climb *vm = climb_new(test, LEVELS);
	unsigned int i;

	vm->at[vm->nr++] = &chain->at[0];
	vm->at[vm->nr++] = &chain->at[2];
	vm->at[vm->nr++] = &chain->at[1];
	vm->at[vm->nr++] = &chain->at[3];
	for (i = 1; i < LEVELS; i++)
		kw_account_set_limit(&chain->at[i], KW_VMS, 0);
	charge_short(test, vm, KW_VMS, 1, &chain->at[1], 0);
	kw_account_set_limit(&chain->at[1], KW_VMS, 1);
	charge_short(test, vm, KW_VMS, 1, &chain->at[2], 0);
	kw_account_set_limit(&chain->at[2], KW_VMS, 1);
	charge_short(test, vm, KW_VMS, 1, &chain->at[3], 0);
	kw_account_set_limit(&chain->at[3], KW_VMS, 1);
	charge_ok(test, vm, KW_VMS, 1);
}

static void account_force(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_climb *vm = chain->from[0];
	struct kw_account *host = &chain->at[3];

	kw_account_set_limit(host, KW_VMS, 2);
	kw_account_force(vm, 0, KW_VMS, 5);
	expect_used(test, chain, KW_VMS, 5, "forced");
	KUNIT_EXPECT_TRUE(test, over(test, host, KW_VMS));
	KUNIT_EXPECT_FALSE(test, over(test, &chain->at[0], KW_VMS));

	charge_short(test, vm, KW_VMS, 1, host, 5);
	kw_account_uncharge(vm, 0, KW_VMS, 2);
	KUNIT_EXPECT_TRUE(test, over(test, host, KW_VMS));
	charge_short(test, vm, KW_VMS, 1, host, 3);
	kw_account_uncharge(vm, 0, KW_VMS, 1);
	KUNIT_EXPECT_FALSE(test, over(test, host, KW_VMS));
	charge_short(test, vm, KW_VMS, 1, host, 2);
	kw_account_uncharge(vm, 0, KW_VMS, 1);
	charge_ok(test, vm, KW_VMS, 1);
	expect_used(test, chain, KW_VMS, 2, "below again");
}

static void account_over(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_account *vm = &chain->at[0];
	enum kw_resource what;

	for (what = 0; what < KW_NR_RESOURCES; what++) {
		kw_account_force(chain->from[0], 0, what, 4);
		kw_account_set_limit(vm, what, 4);
		KUNIT_EXPECT_FALSE(test, over(test, vm, what));
		kw_account_set_limit(vm, what, 3);
		KUNIT_EXPECT_TRUE(test, over(test, vm, what));
		KUNIT_EXPECT_FALSE(test, over(test, &chain->at[1], what));
		KUNIT_EXPECT_EQ(test, kw_account_limit(vm, what), 3ULL);
		kw_account_set_limit(vm, what, KW_UNLIMITED);
		KUNIT_EXPECT_FALSE(test, over(test, vm, what));
	}
	/* of several, the first is told */
	kw_account_set_limit(vm, KW_MEMORY, 0);
	kw_account_set_limit(vm, KW_VCPUS, 1);
	KUNIT_EXPECT_TRUE(test, over(test, vm, KW_VCPUS));
}

static void account_limits(struct kunit *test)
{
	const u64 limits[KW_NR_RESOURCES] = { 3, 5, KW_UNLIMITED };
	struct chain *chain = test->priv;
	enum kw_resource what;

	kw_account_set_limits(&chain->at[0], limits);
	for (what = 0; what < KW_NR_RESOURCES; what++) {
		KUNIT_EXPECT_EQ(test, kw_account_limit(&chain->at[0], what),
				limits[what]);
		KUNIT_EXPECT_EQ(test, kw_account_limit(&chain->at[1], what),
				KW_UNLIMITED);
	}
}

static void account_clear(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_climb *vm = chain->from[0], *over_other;
	struct kw_account other;
	enum kw_resource what;

	kw_account_init(&other, KVMWARDEN_LEVEL_VM);
	over_other = climb_over(test, &other, chain, 1);
	for (what = 0; what < KW_NR_RESOURCES; what++) {
		kw_account_force(vm, 0, what, what + 1);
		kw_account_force(over_other, 0, what, 10);
	}
	kw_account_clear(vm);
	for (what = 0; what < KW_NR_RESOURCES; what++) {
		KUNIT_EXPECT_EQ(test, kw_account_used(&chain->at[0], what),
				0ULL);
		KUNIT_EXPECT_EQ(test, kw_account_used(&chain->at[1], what),
				10ULL);
		KUNIT_EXPECT_EQ(test, kw_account_used(&chain->at[3], what),
				10ULL);
	}
	kw_account_clear(vm);
	kw_account_clear(over_other);
	for (what = 0; what < KW_NR_RESOURCES; what++)
		expect_used(test, chain, what, 0, "cleared");
}

static void account_empty(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_account *class = &chain->at[2];
	enum kw_resource what;

	for (what = 0; what < KW_NR_RESOURCES; what++) {
		kw_account_force(chain->from[0], 0, what, 9);
		kw_account_set_limit(class, what, 3);
	}
	kw_account_empty(class);
	for (what = 0; what < KW_NR_RESOURCES; what++) {
		KUNIT_EXPECT_EQ(test, class->used[what], 0ULL);
		KUNIT_EXPECT_EQ(test, class->limit[what], 3ULL);
		KUNIT_EXPECT_EQ(test, chain->at[1].used[what], 9ULL);
	}
}

/* From one class to another; what leads over both is left alone. */
static void account_move(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_account own, stays, class, *old = &chain->at[2];
	struct kw_account *host = &chain->at[3];
	struct kw_climb *from, *staying, *to = climb_new(test, 3);
	enum kw_resource what;

	kw_account_init(&own, KVMWARDEN_LEVEL_VM);
	kw_account_init(&stays, KVMWARDEN_LEVEL_VM);
	kw_account_init(&class, KVMWARDEN_LEVEL_CLASS);
	from = climb_over(test, &own, chain, 2);
	staying = climb_over(test, &stays, chain, 2);
	to->nr = 3;
	to->at[0] = &own;
	to->at[1] = &class;
	to->at[2] = host;
	for (what = 0; what < KW_NR_RESOURCES; what++) {
		kw_account_force(from, 0, what, 3 + what);
		kw_account_force(staying, 0, what, 1);
		/* what exists moves, whatever fits */
		kw_account_set_limit(&class, what, 0);
		kw_account_set_limit(host, what, 0);
	}
	kw_account_move(from, to);
	for (what = 0; what < KW_NR_RESOURCES; what++) {
		KUNIT_EXPECT_EQ(test, own.used[what], 3ULL + what);
		KUNIT_EXPECT_EQ(test, class.used[what], 3ULL + what);
		KUNIT_EXPECT_EQ(test, host->used[what], 4ULL + what);
		KUNIT_EXPECT_EQ(test, old->used[what], 1ULL);
	}
	KUNIT_EXPECT_TRUE(test, over(test, &class, KW_VMS));
	kw_account_move(to, to);
	KUNIT_EXPECT_EQ(test, class.used[KW_VCPUS], 4ULL);
	kw_account_clear(to);
	KUNIT_EXPECT_EQ(test, class.used[KW_MEMORY], 0ULL);
	KUNIT_EXPECT_EQ(test, host->used[KW_MEMORY], 1ULL);
	KUNIT_EXPECT_EQ(test, old->used[KW_MEMORY], 1ULL);
}

#define WORKERS		4
#define ROUNDS		5000
#define MOST		10	/* that a worker asks for at once */

/**
 * struct worker - a thread that charges and uncharges
 * @climb: where
 * @top: the account that has a limit
 * @limit: and which
 * @amount: what it asks for; 0: at random
 * @seed: of that
 * @granted: how often it got it
 * @refused: how often not
 * @exceeded: how often a limit was found to be exceeded
 */
struct worker {
	struct kw_climb *climb;
	struct kw_account *top;
	u64 limit;
	u64 amount;
	u32 seed;
	unsigned int granted;
	unsigned int refused;
	unsigned int exceeded;
};

static void work(void *data)
{
	struct worker *worker = data;
	struct kw_shortage shortage;
	struct rnd_state rnd;
	unsigned int i;
	u64 amount;

	prandom_seed_state(&rnd, worker->seed);
	for (i = 0; i < ROUNDS; i++) {
		amount = worker->amount ?:
			 1 + prandom_u32_state(&rnd) % MOST;
		if (kw_account_charge(worker->climb, KW_VCPUS, amount,
				      &shortage)) {
			worker->refused++;
			cond_resched();
			continue;
		}
		worker->granted++;
		if (kw_account_used(worker->top, KW_VCPUS) > worker->limit)
			worker->exceeded++;
		/* now and then somebody else should find it in use */
		if (!(i % 16))
			schedule();
		kw_account_uncharge(worker->climb, 0, KW_VCPUS, amount);
		cond_resched();
	}
}

static struct worker *new_workers(struct kunit *test)
{
	struct worker *workers;
	unsigned int i;

	workers = kunit_kcalloc(test, WORKERS, sizeof(*workers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, workers);
	for (i = 0; i < WORKERS; i++)
		workers[i].seed = i + 1;
	return workers;
}

static void run_workers(struct kunit *test, struct worker *workers)
{
	kw_threads_run(test, WORKERS, work, workers, sizeof(*workers));
}

/* Many VMs, all short of the host's: no limit exceeded, no charge lost. */
static void account_concurrent(struct kunit *test)
{
	struct worker *workers = new_workers(test);
	struct chain *chain = test->priv;
	struct kw_account *host = &chain->at[3];
	struct kw_account *vms;
	unsigned int i;

	vms = kunit_kcalloc(test, WORKERS, sizeof(*vms), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vms);
	kw_account_set_limit(host, KW_VCPUS, 2 * MOST);
	for (i = 0; i < WORKERS; i++) {
		kw_account_init(&vms[i], KVMWARDEN_LEVEL_VM);
		workers[i].climb = climb_over(test, &vms[i], chain, i % 3);
		workers[i].top = host;
		workers[i].limit = 2 * MOST;
	}
	run_workers(test, workers);
	for (i = 0; i < WORKERS; i++) {
		KUNIT_EXPECT_EQ(test, workers[i].exceeded, 0U);
		KUNIT_EXPECT_GT(test, workers[i].granted, 0U);
		KUNIT_EXPECT_EQ(test, workers[i].granted + workers[i].refused,
				(unsigned int)ROUNDS);
		KUNIT_EXPECT_EQ(test, kw_account_used(&vms[i], KW_VCPUS), 0ULL);
	}
	expect_used(test, chain, KW_VCPUS, 0, "after all");
}

/* Who asks for what there always is gets it, whoever else asks. */
static void account_always_fits(struct kunit *test)
{
	struct worker *workers = new_workers(test);
	struct chain *chain = test->priv;
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		workers[i].climb = chain->from[0];
		workers[i].top = &chain->at[3];
		workers[i].limit = WORKERS * MOST;
		workers[i].amount = MOST;
	}
	for (i = 0; i < LEVELS; i++)
		kw_account_set_limit(&chain->at[i], KW_VCPUS, WORKERS * MOST);
	run_workers(test, workers);
	for (i = 0; i < WORKERS; i++) {
		KUNIT_EXPECT_EQ(test, workers[i].refused, 0U);
		KUNIT_EXPECT_EQ(test, workers[i].exceeded, 0U);
	}
	expect_used(test, chain, KW_VCPUS, 0, "after all");
}

/*
 * One asks for more than the host ever has, and his class would only just have
 * had it: what he is short of on his way up must refuse nobody else.
 */
static void account_hog(struct kunit *test)
{
	struct worker *workers = new_workers(test);
	struct chain *chain = test->priv;
	unsigned int i;

	kw_account_set_limit(&chain->at[1], KW_VCPUS, 85);
	kw_account_set_limit(&chain->at[3], KW_VCPUS, 60);
	for (i = 0; i < WORKERS; i++) {
		workers[i].climb = chain->from[0];
		workers[i].top = &chain->at[3];
		workers[i].limit = 60;
		workers[i].amount = i < 2 ? 70 : MOST;
	}
	run_workers(test, workers);
	for (i = 0; i < WORKERS; i++) {
		KUNIT_EXPECT_EQ(test, workers[i].exceeded, 0U);
		KUNIT_EXPECT_EQ(test, workers[i].granted,
				i < 2 ? 0U : (unsigned int)ROUNDS);
	}
	expect_used(test, chain, KW_VCPUS, 0, "after all");
}

/**
 * struct mover - a thread that moves charges, or one that looks on
 * @from: where they are; NULL: it looks on
 * @to: where they go, and come back from
 * @host: above both
 * @used: what is in use there all the time
 * @over: set when all has been moved
 * @wrong: how often it looked otherwise
 */
struct mover {
	struct kw_climb *from;
	struct kw_climb *to;
	struct kw_account *host;
	u64 used;
	bool *over;
	unsigned int wrong;
};

static void move_or_look(void *data)
{
	struct mover *mover = data;
	unsigned int i;

	for (i = 0; mover->from && i < ROUNDS; i++) {
		kw_account_move(mover->from, mover->to);
		swap(mover->from, mover->to);
		cond_resched();
	}
	while (!mover->from && !READ_ONCE(*mover->over)) {
		mover->wrong += kw_account_used(mover->host, KW_VMS) !=
				mover->used;
		schedule();
	}
	if (mover->from)
		WRITE_ONCE(*mover->over, true);
}

/* Who looks on while charges move sees nothing of it further up. */
static void account_move_unseen(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct mover *movers;
	struct kw_account own;
	bool over = false;
	unsigned int i;

	movers = kunit_kcalloc(test, WORKERS, sizeof(*movers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, movers);
	kw_account_init(&own, KVMWARDEN_LEVEL_VM);
	for (i = 0; i < WORKERS; i++) {
		movers[i].host = &chain->at[3];
		movers[i].used = 7;
		movers[i].over = &over;
	}
	movers[0].from = climb_over(test, &own, chain, 1);
	movers[0].to = climb_over(test, &own, chain, 3);
	kw_account_force(movers[0].from, 0, KW_VMS, 7);
	kw_threads_run(test, WORKERS, move_or_look, movers, sizeof(*movers));
	for (i = 0; i < WORKERS; i++)
		KUNIT_EXPECT_EQ(test, movers[i].wrong, 0U);
	KUNIT_EXPECT_EQ(test, own.used[KW_VMS], 7ULL);
	kw_account_clear(movers[0].from);
	expect_used(test, chain, KW_VMS, 0, "after all");
}

static struct kunit_case account_cases[] = {
	KUNIT_CASE(account_fresh),
	KUNIT_CASE(account_charge),
	KUNIT_CASE(account_from),
	KUNIT_CASE(account_fits),
	KUNIT_CASE(account_refused),
	KUNIT_CASE(account_told),
	KUNIT_CASE(account_force),
	KUNIT_CASE(account_over),
	KUNIT_CASE(account_limits),
	KUNIT_CASE(account_clear),
	KUNIT_CASE(account_empty),
	KUNIT_CASE(account_move),
	KUNIT_CASE(account_concurrent),
	KUNIT_CASE(account_always_fits),
	KUNIT_CASE(account_hog),
	KUNIT_CASE(account_move_unseen),
	{}
};

static struct kunit_suite account_suite = {
	.name = "kvmwarden-account",
	.init = account_test_init,
	.test_cases = account_cases,
};

kunit_test_suite(account_suite);
