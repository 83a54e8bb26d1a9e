// SPDX-License-Identifier: GPL-2.0
/* KUnit: accounts. */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include "../account.c"

#define LEVELS	4

/**
 * struct chain - accounts above one another, as those of a VM are
 * @at: the VM's own first, the host's last
 */
struct chain {
	struct kw_account at[LEVELS];
};

static int account_test_init(struct kunit *test)
{
	struct chain *chain = kunit_kzalloc(test, sizeof(*chain), GFP_KERNEL);
	unsigned int i;

	if (!chain)
		return -ENOMEM;
	for (i = LEVELS; i--;)
		kw_account_init(&chain->at[i],
				i + 1 < LEVELS ? &chain->at[i + 1] : NULL);
	test->priv = chain;
	return 0;
}

/* All levels use that much, and nothing is set aside any more. */
static void expect_used(struct kunit *test, struct chain *chain,
			enum kw_resource what, u64 used, const char *when)
{
	unsigned int i;

	for (i = 0; i < LEVELS; i++) {
		KUNIT_EXPECT_EQ_MSG(test, kw_account_used(&chain->at[i], what),
				    used, "level %u, %s", i, when);
		KUNIT_EXPECT_EQ_MSG(test, chain->at[i].held[what], 0ULL,
				    "level %u, %s", i, when);
	}
}

/* Nothing was refused: then the shortage must be left alone. */
static int charge_ok(struct kunit *test, struct kw_account *account,
		     enum kw_resource what, u64 amount)
{
	struct kw_shortage shortage = { .used = 1, .limit = 2 };
	int err = kw_account_charge(account, what, amount, &shortage);

	KUNIT_EXPECT_EQ_MSG(test, err, 0, "charge of %llu", amount);
	return err;
}

static void charge_short(struct kunit *test, struct kw_account *account,
			 enum kw_resource what, u64 amount,
			 const struct kw_account *full, u64 used)
{
	struct kw_shortage shortage = {};

	KUNIT_EXPECT_EQ_MSG(test, -EDQUOT,
			    kw_account_charge(account, what, amount,
					      &shortage),
			    "charge of %llu", amount);
	KUNIT_EXPECT_PTR_EQ(test, shortage.account, full);
	KUNIT_EXPECT_EQ(test, shortage.used, used);
	KUNIT_EXPECT_EQ(test, shortage.limit, full->limit[what]);
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
	KUNIT_EXPECT_FALSE(test, kw_account_over(&chain->at[0]));
}

static void account_charge(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_account *vm = &chain->at[0];

	charge_ok(test, vm, KW_MEMORY, 5);
	charge_ok(test, vm, KW_MEMORY, 0);
	charge_ok(test, vm, KW_VCPUS, 2);
	expect_used(test, chain, KW_MEMORY, 5, "charged");
	expect_used(test, chain, KW_VCPUS, 2, "charged");
	expect_used(test, chain, KW_VMS, 0, "not charged");
	kw_account_uncharge(vm, KW_MEMORY, 3);
	expect_used(test, chain, KW_MEMORY, 2, "uncharged in part");
	kw_account_uncharge(vm, KW_MEMORY, 2);
	expect_used(test, chain, KW_MEMORY, 0, "uncharged");
	expect_used(test, chain, KW_VCPUS, 2, "untouched");

	/* what is charged further up is not seen below */
	charge_ok(test, &chain->at[2], KW_VMS, 1);
	KUNIT_EXPECT_EQ(test, kw_account_used(vm, KW_VMS), 0ULL);
	KUNIT_EXPECT_EQ(test, kw_account_used(&chain->at[1], KW_VMS), 0ULL);
	KUNIT_EXPECT_EQ(test, kw_account_used(&chain->at[2], KW_VMS), 1ULL);
	KUNIT_EXPECT_EQ(test, kw_account_used(&chain->at[3], KW_VMS), 1ULL);
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
			struct kw_account *vm = &chain->at[0];
			struct kw_account *full = &chain->at[level];

			snprintf(when, sizeof(when), "fittings[%u]", i);
			kw_account_force(vm, KW_MEMORY, used);
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
					full = vm;
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
	struct kw_account *vm = &chain->at[0];
	unsigned int level;

	kw_account_force(vm, KW_VCPUS, 7);
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

static void account_force(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_account *vm = &chain->at[0], *host = &chain->at[3];

	kw_account_set_limit(host, KW_VMS, 2);
	kw_account_force(vm, KW_VMS, 5);
	expect_used(test, chain, KW_VMS, 5, "forced");
	KUNIT_EXPECT_TRUE(test, kw_account_over(host));
	KUNIT_EXPECT_FALSE(test, kw_account_over(vm));

	charge_short(test, vm, KW_VMS, 1, host, 5);
	kw_account_uncharge(vm, KW_VMS, 2);
	KUNIT_EXPECT_TRUE(test, kw_account_over(host));
	charge_short(test, vm, KW_VMS, 1, host, 3);
	kw_account_uncharge(vm, KW_VMS, 1);
	KUNIT_EXPECT_FALSE(test, kw_account_over(host));
	charge_short(test, vm, KW_VMS, 1, host, 2);
	kw_account_uncharge(vm, KW_VMS, 1);
	charge_ok(test, vm, KW_VMS, 1);
	expect_used(test, chain, KW_VMS, 2, "below again");
}

static void account_over(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_account *vm = &chain->at[0];
	enum kw_resource what;

	for (what = 0; what < KW_NR_RESOURCES; what++) {
		kw_account_force(vm, what, 4);
		kw_account_set_limit(vm, what, 4);
		KUNIT_EXPECT_FALSE(test, kw_account_over(vm));
		kw_account_set_limit(vm, what, 3);
		KUNIT_EXPECT_TRUE(test, kw_account_over(vm));
		KUNIT_EXPECT_FALSE(test, kw_account_over(&chain->at[1]));
		KUNIT_EXPECT_EQ(test, kw_account_limit(vm, what), 3ULL);
		kw_account_set_limit(vm, what, KW_UNLIMITED);
		KUNIT_EXPECT_FALSE(test, kw_account_over(vm));
	}
}

static void account_clear(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_account *vm = &chain->at[0];
	struct kw_account other;
	enum kw_resource what;

	kw_account_init(&other, &chain->at[1]);
	for (what = 0; what < KW_NR_RESOURCES; what++) {
		kw_account_force(vm, what, what + 1);
		kw_account_force(&other, what, 10);
	}
	kw_account_clear(vm);
	for (what = 0; what < KW_NR_RESOURCES; what++) {
		KUNIT_EXPECT_EQ(test, kw_account_used(vm, what), 0ULL);
		KUNIT_EXPECT_EQ(test, kw_account_used(&chain->at[1], what),
				10ULL);
		KUNIT_EXPECT_EQ(test, kw_account_used(&chain->at[3], what),
				10ULL);
	}
	kw_account_clear(vm);
	kw_account_clear(&other);
	for (what = 0; what < KW_NR_RESOURCES; what++)
		expect_used(test, chain, what, 0, "cleared");
}

/* As a commit does: from one ruleset's class to another's, one host above. */
static void account_move(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_account *host = &chain->at[3], *old = &chain->at[2];
	struct kw_account class, vm, stays;
	enum kw_resource what;

	kw_account_init(&class, host);
	kw_account_init(&vm, old);
	kw_account_init(&stays, old);
	for (what = 0; what < KW_NR_RESOURCES; what++) {
		kw_account_force(&vm, what, 3 + what);
		kw_account_force(&stays, what, 1);
		/* what exists moves, whatever fits */
		kw_account_set_limit(&class, what, 0);
		kw_account_set_limit(host, what, 0);
	}
	kw_account_move(&vm, &class);
	KUNIT_EXPECT_PTR_EQ(test, vm.parent, &class);
	for (what = 0; what < KW_NR_RESOURCES; what++) {
		KUNIT_EXPECT_EQ(test, kw_account_used(&vm, what), 3ULL + what);
		KUNIT_EXPECT_EQ(test, kw_account_used(&class, what),
				3ULL + what);
		KUNIT_EXPECT_EQ(test, kw_account_used(old, what), 1ULL);
		KUNIT_EXPECT_EQ(test, kw_account_used(host, what), 4ULL + what);
	}
	KUNIT_EXPECT_TRUE(test, kw_account_over(&class));
	kw_account_move(&vm, &class);
	KUNIT_EXPECT_EQ(test, kw_account_used(&class, KW_VMS), 3ULL);
	kw_account_clear(&vm);
	KUNIT_EXPECT_EQ(test, kw_account_used(&class, KW_VMS), 0ULL);
	KUNIT_EXPECT_EQ(test, kw_account_used(host, KW_VMS), 1ULL);
}

#define WORKERS		4
#define ROUNDS		5000
#define MOST		10	/* that a worker asks for at once */
#define TIMEOUT		(60 * HZ)

/**
 * struct worker - a kernel thread that charges and uncharges
 * @account: where it begins
 * @top: the account that has a limit
 * @limit: and which
 * @amount: what it asks for; 0: at random
 * @seed: of that
 * @granted: how often it got it
 * @refused: how often not
 * @exceeded: how often a limit was found to be exceeded
 * @done: no more to do
 */
struct worker {
	struct kw_account *account;
	struct kw_account *top;
	u64 limit;
	u64 amount;
	u32 seed;
	unsigned int granted;
	unsigned int refused;
	unsigned int exceeded;
	struct completion done;
};

static int work(void *data)
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
		if (kw_account_charge(worker->account, KW_VCPUS, amount,
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
		kw_account_uncharge(worker->account, KW_VCPUS, amount);
		cond_resched();
	}
	complete(&worker->done);
	return 0;
}

/* Without an end none of the threads' memory can be given back: stay here. */
static void run_workers(struct kunit *test, struct worker *workers)
{
	struct task_struct *threads[WORKERS] = {};
	unsigned long end = jiffies + TIMEOUT;
	bool late = false;
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		init_completion(&workers[i].done);
		workers[i].seed = i + 1;
		threads[i] = kthread_create(work, &workers[i], "kw_test/%u", i);
		if (!IS_ERR(threads[i]))
			continue;
		KUNIT_EXPECT_FALSE_MSG(test, true, "no thread %u", i);
		complete(&workers[i].done);
	}
	for (i = 0; i < WORKERS; i++)
		if (!IS_ERR(threads[i]))
			wake_up_process(threads[i]);
	for (i = 0; i < WORKERS; i++) {
		unsigned long now = jiffies;
		unsigned long left = time_before(now, end) ? end - now : 1;

		if (wait_for_completion_timeout(&workers[i].done, left))
			continue;
		late = true;
		kunit_err(test, "worker %u is not done after %u s", i,
			  TIMEOUT / HZ);
		wait_for_completion(&workers[i].done);
	}
	KUNIT_EXPECT_FALSE(test, late);
}

static struct worker *new_workers(struct kunit *test)
{
	struct worker *workers;

	workers = kunit_kcalloc(test, WORKERS, sizeof(*workers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, workers);
	return workers;
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
		kw_account_init(&vms[i], &chain->at[i % 3]);
		workers[i].account = &vms[i];
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
		workers[i].account = &chain->at[0];
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
 * had it: what he sets aside there on his way up must refuse nobody else.
 */
static void account_hog(struct kunit *test)
{
	struct worker *workers = new_workers(test);
	struct chain *chain = test->priv;
	unsigned int i;

	kw_account_set_limit(&chain->at[1], KW_VCPUS, 85);
	kw_account_set_limit(&chain->at[3], KW_VCPUS, 60);
	for (i = 0; i < WORKERS; i++) {
		workers[i].account = &chain->at[0];
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

/* What another charge has set aside is neither free nor taken. */
static void account_set_aside(struct kunit *test)
{
	struct chain *chain = test->priv;
	struct kw_account *account = &chain->at[0];
	struct kw_shortage shortage;

	kw_account_set_limit(account, KW_VCPUS, 4);
	KUNIT_EXPECT_EQ(test, account_hold(account, KW_VCPUS, 3, &shortage), 0);
	KUNIT_EXPECT_EQ(test, account_hold(account, KW_VCPUS, 1, &shortage), 0);
	KUNIT_EXPECT_EQ(test, account_hold(account, KW_VCPUS, 1, &shortage),
			-EAGAIN);
	/* it would not fit either way: no need to wait */
	KUNIT_EXPECT_EQ(test, account_hold(account, KW_VCPUS, 5, &shortage),
			-EDQUOT);

	account_settle(account, KW_VCPUS, 1, false);
	KUNIT_EXPECT_EQ(test, account_hold(account, KW_VCPUS, 1, &shortage), 0);
	account_settle(account, KW_VCPUS, 3, true);
	account_settle(account, KW_VCPUS, 1, true);
	KUNIT_EXPECT_EQ(test, account_hold(account, KW_VCPUS, 1, &shortage),
			-EDQUOT);
	KUNIT_EXPECT_EQ(test, shortage.used, 4ULL);
	KUNIT_EXPECT_EQ(test, shortage.limit, 4ULL);
}

static struct kunit_case account_cases[] = {
	KUNIT_CASE(account_fresh),
	KUNIT_CASE(account_charge),
	KUNIT_CASE(account_fits),
	KUNIT_CASE(account_set_aside),
	KUNIT_CASE(account_refused),
	KUNIT_CASE(account_force),
	KUNIT_CASE(account_over),
	KUNIT_CASE(account_clear),
	KUNIT_CASE(account_move),
	KUNIT_CASE(account_concurrent),
	KUNIT_CASE(account_always_fits),
	KUNIT_CASE(account_hog),
	{}
};

static struct kunit_suite account_suite = {
	.name = "kvmwarden-account",
	.init = account_test_init,
	.test_cases = account_cases,
};

kunit_test_suite(account_suite);
