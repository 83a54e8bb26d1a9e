// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: properties of charges that race up random trees of accounts.
 *
 * Two ways. In short histories of a few charges each, what came of them has to
 * be what some order, one after the other, would have brought about as well. In
 * long runs, in which VMs move and rulesets take over, as place.c has it, all
 * accounts have to be exact whenever they can be looked at.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/kvmwarden.h>

#include "../account.h"
#include "../gate.h"
#include "random.h"
#include "threads.h"

static struct kw_climb *climb_new(struct kunit *test, u32 max)
{
	struct kw_climb *climb;

	climb = kunit_kzalloc(test, struct_size(climb, at, max), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, climb);
	return climb;
}

/* Some of them, in their order. */
static void climb_fill(struct kw_climb *climb, struct rnd_state *rnd,
		       struct kw_account *own, struct kw_account *shared,
		       u32 nr)
{
	u32 i;

	climb->nr = 0;
	climb->at[climb->nr++] = own;
	for (i = 0; i < nr; i++)
		if (kw_random_chance(rnd, 60))
			climb->at[climb->nr++] = &shared[i];
}

/* -- short histories -- */

#define THREADS		3
#define OPS		4
#define SHARED		3
#define ALL		(SHARED + THREADS)	/* accounts, VMs' own ones last */
/* What an uncharge does to one account is a step; a charge is one as a whole */
#define STEPS		(OPS * (SHARED + 1))
/* before the first of them, and after each */
#define STATES		(STEPS + 1)

/**
 * struct op - what a thread does
 * @of: uncharges what that one of the thread's charged; -1: a charge
 * @amount: of a charge
 * @err: what came of it
 * @shortage: if that was a refusal
 * @begun: when, by a clock that all threads share
 * @ended: ...
 */
struct op {
	int of;
	u64 amount;
	int err;
	struct kw_shortage shortage;
	u64 begun;
	u64 ended;
};

/**
 * struct step - a part of an operation that happens at once
 * @op: the operation
 * @account: an uncharge's; -1: those of a charge
 */
struct step {
	const struct op *op;
	int account;
};

struct history;

/**
 * struct actor - one thread
 * @history: what it takes part in
 * @number: from 0
 * @climb: what it charges
 * @ops: what it does, in that order
 * @nr_steps: length of @steps
 * @steps: what these come to
 * @delta: by how many of these were taken: what they add to each account
 */
struct actor {
	struct history *history;
	u32 number;
	struct kw_climb *climb;
	struct op ops[OPS];
	u32 nr_steps;
	struct step steps[STEPS];
	u64 delta[STATES][ALL];
};

/**
 * struct history - what some threads did at the same time
 * @rnd: where from
 * @seed: of this
 * @at: the accounts
 * @initial: what was in use at first
 * @limit: and the limits
 * @actors: the threads
 * @clock: of their operations
 * @round: which round has begun
 * @done: how many threads are through with it
 * @rounds: how many there are
 * @reached: by steps of each thread, whether some order leads there
 * @bad: rounds that no order explains
 * @bad_seed: of the last of these
 * @met: rounds in which operations overlapped
 * @refused: operations
 */
struct history {
	struct rnd_state rnd;
	u32 seed;
	struct kw_account at[ALL];
	u64 initial[ALL];
	u64 limit[ALL];
	struct actor actors[THREADS];
	atomic64_t clock;
	atomic_t round;
	atomic_t done;
	u32 rounds;
	bool reached[STATES][STATES][STATES];
	u32 bad;
	u32 bad_seed;
	u32 met;
	u32 refused;
};

static void make_actor(struct history *history, struct actor *actor)
{
	struct rnd_state *rnd = &history->rnd;
	struct op *op;
	u32 i;

	climb_fill(actor->climb, rnd, &history->at[SHARED + actor->number],
		   history->at, SHARED);
	memset(actor->ops, 0, sizeof(actor->ops));
	for (i = 0; i < OPS; i++) {
		op = &actor->ops[i];
		op->of = -1;
		op->amount = 1 + kw_random_below(rnd, 3);
		/* each is given back once at most */
		if (i && actor->ops[i - 1].of < 0 && kw_random_chance(rnd, 40))
			op->of = i - 1;
	}
}

static void make_history(struct history *history)
{
	struct rnd_state *rnd = &history->rnd;
	u32 i;

	prandom_seed_state(rnd, history->seed);
	for (i = 0; i < ALL; i++) {
		kw_account_init(&history->at[i], i);
		history->limit[i] = kw_random_chance(rnd, 20) ? KW_UNLIMITED :
				    2 + kw_random_below(rnd, 8);
		history->initial[i] = i < SHARED ? kw_random_below(rnd, 4) : 0;
		history->at[i].limit[KW_VMS] = history->limit[i];
		history->at[i].used[KW_VMS] = history->initial[i];
	}
	for (i = 0; i < THREADS; i++)
		make_actor(history, &history->actors[i]);
	atomic64_set(&history->clock, 0);
}

static void act_once(struct actor *actor, struct op *op)
{
	const struct op *of = op->of < 0 ? NULL : &actor->ops[op->of];

	op->begun = atomic64_inc_return(&actor->history->clock);
	if (!of)
		op->err = kw_account_charge(actor->climb, KW_VMS, op->amount,
					    &op->shortage);
	else if (!of->err)
		kw_account_uncharge(actor->climb, 0, KW_VMS, of->amount);
	op->ended = atomic64_inc_return(&actor->history->clock);
}

static void act(struct actor *actor)
{
	u32 i;

	for (i = 0; i < OPS; i++)
		act_once(actor, &actor->ops[i]);
}

static u32 index_of(const struct history *history,
		    const struct kw_account *account)
{
	return account - history->at;
}

static void add_step(struct actor *actor, const struct op *op, int account,
		     u64 amount)
{
	const u64 *before = actor->delta[actor->nr_steps];
	u64 *after = actor->delta[actor->nr_steps + 1];
	u32 i;

	actor->steps[actor->nr_steps++] = (struct step) { op, account };
	memcpy(after, before, sizeof(actor->delta[0]));
	if (account >= 0)
		after[account] -= amount;
	for (i = 0; account < 0 && i < actor->climb->nr; i++)
		after[index_of(actor->history, actor->climb->at[i])] += amount;
}

static void make_steps(struct actor *actor)
{
	const struct op *op, *of;
	u32 i, j;

	actor->nr_steps = 0;
	memset(actor->delta[0], 0, sizeof(actor->delta[0]));
	for (i = 0; i < OPS; i++) {
		op = &actor->ops[i];
		if (op->of < 0) {
			add_step(actor, op, -1, op->err ? 0 : op->amount);
			continue;
		}
		of = &actor->ops[op->of];
		for (j = 0; !of->err && j < actor->climb->nr; j++)
			add_step(actor, op,
				 index_of(actor->history, actor->climb->at[j]),
				 of->amount);
	}
}

static u64 used_at(const struct history *history, const u32 taken[THREADS],
		   u32 account)
{
	u64 used = history->initial[account];
	u32 i;

	for (i = 0; i < THREADS; i++)
		used += history->actors[i].delta[taken[i]][account];
	return used;
}

static bool could_fit(const struct history *history, const u32 taken[THREADS],
		      const struct actor *actor, u64 amount)
{
	u64 used;
	u32 i, account;

	for (i = 0; i < actor->climb->nr; i++) {
		account = index_of(history, actor->climb->at[i]);
		used = used_at(history, taken, account);
		if (used > history->limit[account] ||
		    amount > history->limit[account] - used)
			return false;
	}
	return true;
}

/* Was that account, with as much in use at least as was told, short of it? */
static bool could_be_short(const struct history *history,
			   const u32 taken[THREADS], const struct op *op)
{
	u32 account = index_of(history, op->shortage.account);

	return op->shortage.limit == history->limit[account] &&
	       op->shortage.used + op->amount > op->shortage.limit &&
	       used_at(history, taken, account) >= op->shortage.used;
}

/* Has somebody ended by then who has not yet had his turn? */
static bool is_late(const struct history *history, const u32 taken[THREADS],
		    const struct op *op)
{
	const struct actor *actor;
	u32 i;

	for (i = 0; i < THREADS; i++) {
		actor = &history->actors[i];
		if (taken[i] < actor->nr_steps &&
		    actor->steps[taken[i]].op->ended < op->begun)
			return true;
	}
	return false;
}

/* Can this thread's next step be the next of all? */
static bool could_be_next(const struct history *history,
			  const u32 taken[THREADS], const struct actor *actor)
{
	const struct step *step = &actor->steps[taken[actor->number]];

	if (is_late(history, taken, step->op))
		return false;
	if (step->account >= 0)
		return true;
	if (step->op->err)
		return could_be_short(history, taken, step->op);
	return could_fit(history, taken, actor, step->op->amount);
}

static bool *reached(struct history *history, const u32 taken[THREADS])
{
	return &history->reached[taken[0]][taken[1]][taken[2]];
}

static void go_on(struct history *history, u32 taken[THREADS])
{
	u32 i;

	if (!*reached(history, taken))
		return;
	for (i = 0; i < THREADS; i++) {
		if (taken[i] == history->actors[i].nr_steps ||
		    !could_be_next(history, taken, &history->actors[i]))
			continue;
		taken[i]++;
		*reached(history, taken) = true;
		taken[i]--;
	}
}

/* Is there an order in which all this could have happened step by step? */
static bool explained(struct history *history)
{
	const struct actor *actors = history->actors;
	u32 taken[THREADS];

	BUILD_BUG_ON(THREADS != 3);
	memset(history->reached, 0, sizeof(history->reached));
	history->reached[0][0][0] = true;
	for (taken[0] = 0; taken[0] <= actors[0].nr_steps; taken[0]++)
		for (taken[1] = 0; taken[1] <= actors[1].nr_steps; taken[1]++)
			for (taken[2] = 0; taken[2] <= actors[2].nr_steps;
			     taken[2]++)
				go_on(history, taken);
	return history->reached[actors[0].nr_steps][actors[1].nr_steps]
			       [actors[2].nr_steps];
}

static bool exact(const struct history *history)
{
	u32 i, taken[THREADS];

	for (i = 0; i < THREADS; i++)
		taken[i] = history->actors[i].nr_steps;
	for (i = 0; i < ALL; i++)
		if (history->at[i].used[KW_VMS] != used_at(history, taken, i))
			return false;
	return true;
}

static void judge(struct history *history)
{
	const struct actor *actors = history->actors;
	u64 first_end = ~0ULL, last_begin = 0;
	u32 i, j;

	for (i = 0; i < THREADS; i++) {
		make_steps(&history->actors[i]);
		for (j = 0; j < OPS; j++)
			history->refused += !!actors[i].ops[j].err;
		first_end = min(first_end, actors[i].ops[OPS - 1].ended);
		last_begin = max(last_begin, actors[i].ops[0].begun);
	}
	history->met += first_end > last_begin;
	if (exact(history) && explained(history))
		return;
	history->bad++;
	history->bad_seed = history->seed;
}

static void conduct(struct history *history)
{
	u32 i;

	for (i = 1; i <= history->rounds; i++) {
		make_history(history);
		atomic_set(&history->done, 0);
		/* pairs with follow(): it finds all that was made */
		smp_store_release(&history->round.counter, i);
		act(&history->actors[0]);
		/* what they did is seen: atomic_inc_return() is ordered */
		while (smp_load_acquire(&history->done.counter) < THREADS - 1)
			schedule();
		judge(history);
		history->seed++;
		cond_resched();
	}
}

static void follow(struct actor *actor)
{
	struct history *history = actor->history;
	u32 i;

	for (i = 1; i <= history->rounds; i++) {
		/* pairs with conduct() */
		while (smp_load_acquire(&history->round.counter) < (int)i)
			schedule();
		act(actor);
		atomic_inc_return(&history->done);
	}
}

static void history_thread(void *data)
{
	struct actor *actor = data;

	if (actor->number)
		follow(actor);
	else
		conduct(actor->history);
}

static struct history *history_new(struct kunit *test)
{
	struct history *history = kunit_kzalloc(test, sizeof(*history),
						GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, history);
	for (i = 0; i < THREADS; i++) {
		history->actors[i].history = history;
		history->actors[i].number = i;
		history->actors[i].climb = climb_new(test, SHARED + 1);
	}
	return history;
}

static void trees_histories(struct kunit *test)
{
	struct history *history = history_new(test);

	history->seed = kw_random_begin(test, &history->rnd);
	history->rounds = 40 + kw_rounds / 5;
	kw_threads_run(test, THREADS, history_thread, history->actors,
		       sizeof(history->actors[0]));
	kunit_info(test, "%u histories, of which %u overlapped; %u of %u operations refused",
		   history->rounds, history->met, history->refused,
		   history->rounds * THREADS * OPS);
	KUNIT_EXPECT_EQ_MSG(test, history->bad, 0U, "the last by seed=%u",
			    history->bad_seed);
	KUNIT_EXPECT_GT(test, history->refused, history->rounds / 10);
	/* processors that take turns hardly ever meet */
	if (history->rounds > 10000)
		KUNIT_EXPECT_GT(test, history->met, 0U);
}

/* What is expected of the search itself, lest it finds everything possible. */
static void trees_unexplained(struct kunit *test)
{
	struct history *history = history_new(test);
	struct op *op;
	u32 i;

	for (i = 0; i < 2000; i++) {
		history->seed = i;
		make_history(history);
		act(&history->actors[0]);
		act(&history->actors[1]);
		act(&history->actors[2]);
		judge(history);
		KUNIT_ASSERT_EQ_MSG(test, history->bad, 0U, "history %u", i);

		/* a refusal for no reason, or a charge too many */
		op = &history->actors[i % THREADS].ops[0];
		op->err = op->err ? 0 : -EDQUOT;
		if (op->err) {
			op->shortage.account =
				history->actors[i % THREADS].climb->at[0];
			op->shortage.limit = op->shortage.account->limit[KW_VMS];
			op->shortage.used = op->shortage.limit;
		}
		make_steps(&history->actors[i % THREADS]);
		KUNIT_ASSERT_FALSE_MSG(test, explained(history), "history %u",
				       i);
	}
}

/* -- long runs -- */

#define WORKERS		4
#define WORKER_VMS	2
#define VMS		(WORKERS * WORKER_VMS)
#define TREES		2
#define WAYS		3
#define TREE		6	/* accounts of a tree, the host's last */
#define MOST		10	/* of each resource that a VM uses */
#define HOG		(VMS * MOST + 1)

/**
 * struct tree_vm - a VM
 * @own: its account
 * @ways: climbs, of each tree
 * @way: the one it takes; changed with the gate closed
 * @used: what it is charged, by the model
 */
struct tree_vm {
	struct kw_account own;
	struct kw_climb *ways[TREES][WAYS];
	u32 way;
	u64 used[KW_NR_RESOURCES];
};

/**
 * struct run - what all workers work on
 * @shared: accounts of rulesets
 * @tree: the one in force; changed with the gate closed
 * @vms: the VMs
 * @roomy: all of them fit at any time, and nothing is forced
 * @may: what each account may use at most, unless somebody is forced again
 * @seed: of all of it
 */
struct run {
	struct kw_account shared[TREES][TREE];
	u32 tree;
	struct tree_vm vms[VMS];
	bool roomy;
	u64 may[TREES][TREE][KW_NR_RESOURCES];
	u32 seed;
};

/**
 * struct run_worker - a thread
 * @run: what it works on
 * @number: which VMs are its own
 * @rnd: where from
 * @granted: charges
 * @refused: charges
 * @closings: how often it closed the gate
 * @wrong: charges that should have had another end
 * @over: accounts found above what they may use
 * @inexact: accounts found to differ from the model
 */
struct run_worker {
	struct run *run;
	u32 number;
	struct rnd_state rnd;
	u32 granted;
	u32 refused;
	u32 closings;
	u32 wrong;
	u32 over;
	u32 inexact;
};

static DEFINE_MUTEX(run_mutex);

static struct kw_climb *way_of(const struct run *run, const struct tree_vm *vm)
{
	return vm->ways[run->tree][vm->way];
}

/* In the gate, or with it closed. */
static bool on_the_way(const struct kw_climb *climb,
		       const struct kw_account *account)
{
	u32 i;

	for (i = 0; i < climb->nr; i++)
		if (climb->at[i] == account)
			return true;
	return false;
}

static void set_random_limits(struct run *run, struct rnd_state *rnd)
{
	struct kw_account *account;
	enum kw_resource what;
	u64 limit;
	u32 i;

	for (i = 0; i < TREES * TREE; i++) {
		account = &run->shared[i / TREE][i % TREE];
		for (what = 0; what < KW_NR_RESOURCES; what++) {
			limit = kw_random_chance(rnd, 20) ? KW_UNLIMITED :
				kw_random_below(rnd, VMS * MOST / 2);
			kw_account_set_limit(account, what, limit);
		}
	}
}

/* A hog has room everywhere, if it is alone, but at the host's. */
static void set_roomy_limits(struct run *run)
{
	enum kw_resource what;
	u32 i;

	for (i = 0; i < TREES * TREE; i++)
		for (what = 0; what < KW_NR_RESOURCES; what++)
			kw_account_set_limit(&run->shared[i / TREE][i % TREE],
					     what, i % TREE == TREE - 1 ?
					     VMS * MOST : HOG + 4 * i);
}

static u64 model_of(const struct run *run, const struct kw_account *account,
		    enum kw_resource what)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < VMS; i++)
		if (on_the_way(way_of(run, &run->vms[i]), account))
			sum += run->vms[i].used[what];
	return sum;
}

/* With the gate closed, or when all is over: is the model right? */
static void take_stock(struct run *run, struct run_worker *worker)
{
	struct kw_account *account;
	enum kw_resource what;
	u32 i;

	for (i = 0; i < TREE; i++) {
		account = &run->shared[run->tree][i];
		for (what = 0; what < KW_NR_RESOURCES; what++) {
			worker->inexact += account->used[what] !=
				model_of(run, account, what);
			run->may[run->tree][i][what] =
				max(account->limit[what], account->used[what]);
		}
	}
	for (i = 0; i < VMS; i++)
		worker->inexact += !!memcmp(run->vms[i].own.used,
					    run->vms[i].used,
					    sizeof(run->vms[i].used));
}

static void force_use(const struct kw_climb *climb, const struct tree_vm *vm)
{
	enum kw_resource what;

	for (what = 0; what < KW_NR_RESOURCES; what++)
		kw_account_force(climb, 1, what, vm->used[what]);
}

/* To another class of the same ruleset. */
static void change_way(struct run *run, struct tree_vm *vm, u32 way)
{
	const struct kw_climb *from = way_of(run, vm);

	vm->way = way;
	kw_account_move(from, way_of(run, vm));
}

/* Another ruleset takes over. */
static void change_tree(struct run *run)
{
	u32 i;

	run->tree = !run->tree;
	for (i = 0; i < TREE; i++)
		kw_account_empty(&run->shared[run->tree][i]);
	for (i = 0; i < VMS; i++)
		force_use(way_of(run, &run->vms[i]), &run->vms[i]);
}

static void adopt(struct run *run, struct rnd_state *rnd, struct tree_vm *vm)
{
	enum kw_resource what = kw_random_below(rnd, KW_NR_RESOURCES);
	u64 amount = kw_random_below(rnd, MOST + 1 - vm->used[what]);

	kw_account_force(way_of(run, vm), 0, what, amount);
	vm->used[what] += amount;
}

static void alone(struct run_worker *worker)
{
	struct rnd_state *rnd = &worker->rnd;
	struct run *run = worker->run;
	struct tree_vm *vm = &run->vms[kw_random_below(rnd, VMS)];

	mutex_lock(&run_mutex);
	kw_gate_close();
	take_stock(run, worker);
	switch (kw_random_below(rnd, run->roomy ? 2 : 4)) {
	case 0:
		change_tree(run);
		break;
	case 1:
		change_way(run, vm, kw_random_below(rnd, WAYS));
		break;
	case 2:
		adopt(run, rnd, vm);
		break;
	case 3:
		set_random_limits(run, rnd);
		break;
	}
	take_stock(run, worker);
	kw_gate_open();
	mutex_unlock(&run_mutex);
	worker->closings++;
}

/* In the gate. */
static void look(struct run_worker *worker)
{
	struct run *run = worker->run;
	u32 i = kw_random_below(&worker->rnd, TREE);
	enum kw_resource what = kw_random_below(&worker->rnd, KW_NR_RESOURCES);

	worker->over += kw_account_used(&run->shared[run->tree][i], what) >
			run->may[run->tree][i][what];
}

/* In the gate. A refusal has to name an account that was short of it. */
static void charge(struct run_worker *worker, struct tree_vm *vm,
		   enum kw_resource what, u64 amount)
{
	const struct kw_climb *climb = way_of(worker->run, vm);
	struct kw_shortage shortage;

	if (!kw_account_charge(climb, what, amount, &shortage)) {
		vm->used[what] += amount;
		worker->granted++;
		worker->wrong += amount == HOG;
		return;
	}
	worker->refused++;
	worker->wrong += !on_the_way(climb, shortage.account) ||
			 shortage.limit != shortage.account->limit[what] ||
			 shortage.used + amount <= shortage.limit;
	worker->wrong += worker->run->roomy && amount != HOG;
}

/* In the gate. */
static void act_at_random(struct run_worker *worker)
{
	struct rnd_state *rnd = &worker->rnd;
	struct run *run = worker->run;
	struct tree_vm *vm = &run->vms[worker->number * WORKER_VMS +
				       kw_random_below(rnd, WORKER_VMS)];
	enum kw_resource what = kw_random_below(rnd, KW_NR_RESOURCES);
	u64 amount;

	switch (kw_random_below(rnd, 16)) {
	case 0:
		kw_account_clear(way_of(run, vm));
		memset(vm->used, 0, sizeof(vm->used));
		break;
	case 1 ... 5:
		amount = kw_random_below(rnd, vm->used[what] + 1);
		kw_account_uncharge(way_of(run, vm), 0, what, amount);
		vm->used[what] -= amount;
		break;
	case 6 ... 8:
		if (run->roomy)
			charge(worker, vm, what, HOG);
		break;
	default:
		amount = kw_random_below(rnd, MOST + 1 - vm->used[what]);
		charge(worker, vm, what, amount);
	}
	look(worker);
}

static void run_thread(void *data)
{
	struct run_worker *worker = data;
	u32 i, close_every = 500;

	prandom_seed_state(&worker->rnd, worker->run->seed + worker->number);
	for (i = 1; i <= 2000 + kw_rounds / 4; i++) {
		if (i % close_every == 0) {
			alone(worker);
			continue;
		}
		kw_gate_enter();
		act_at_random(worker);
		kw_gate_leave();
		cond_resched();
	}
}

static struct run *run_new(struct kunit *test, bool roomy)
{
	struct run *run = kunit_kzalloc(test, sizeof(*run), GFP_KERNEL);
	struct rnd_state rnd;
	struct tree_vm *vm;
	u32 i, j;

	KUNIT_ASSERT_NOT_NULL(test, run);
	run->seed = kw_random_begin(test, &rnd);
	run->roomy = roomy;
	for (i = 0; i < TREES * TREE; i++)
		kw_account_init(&run->shared[i / TREE][i % TREE], i % TREE);
	for (i = 0; i < VMS; i++) {
		vm = &run->vms[i];
		kw_account_init(&vm->own, KVMWARDEN_LEVEL_VM);
		for (j = 0; j < TREES * WAYS; j++) {
			struct kw_climb *climb = climb_new(test, TREE + 1);
			struct kw_account *tree = run->shared[j / WAYS];

			climb_fill(climb, &rnd, &vm->own, tree, TREE - 1);
			climb->at[climb->nr++] = &tree[TREE - 1];
			vm->ways[j / WAYS][j % WAYS] = climb;
		}
	}
	if (roomy)
		set_roomy_limits(run);
	else
		set_random_limits(run, &rnd);
	return run;
}

static void check_worker(struct kunit *test, const struct run *run,
			 const struct run_worker *worker)
{
	KUNIT_EXPECT_EQ_MSG(test, worker->wrong, 0U, "seed=%u", run->seed);
	KUNIT_EXPECT_EQ_MSG(test, worker->over, 0U, "seed=%u", run->seed);
	KUNIT_EXPECT_EQ_MSG(test, worker->inexact, 0U, "seed=%u", run->seed);
	KUNIT_EXPECT_GT(test, worker->granted, 0U);
	KUNIT_EXPECT_GT(test, worker->refused, 0U);
	KUNIT_EXPECT_GT(test, worker->closings, 0U);
}

static void run_all(struct kunit *test, bool roomy)
{
	struct run *run = run_new(test, roomy);
	struct run_worker *workers;
	struct run_worker last = { };
	u32 i, granted = 0, refused = 0;

	workers = kunit_kcalloc(test, WORKERS, sizeof(*workers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, workers);
	for (i = 0; i < WORKERS; i++) {
		workers[i].run = run;
		workers[i].number = i;
	}
	take_stock(run, &last);
	kw_threads_run(test, WORKERS, run_thread, workers, sizeof(*workers));
	for (i = 0; i < WORKERS; i++) {
		check_worker(test, run, &workers[i]);
		granted += workers[i].granted;
		refused += workers[i].refused;
	}
	kunit_info(test, "%u charges granted, %u refused", granted, refused);

	take_stock(run, &last);
	for (i = 0; i < VMS; i++) {
		kw_account_clear(way_of(run, &run->vms[i]));
		memset(run->vms[i].used, 0, sizeof(run->vms[i].used));
	}
	take_stock(run, &last);
	KUNIT_EXPECT_EQ_MSG(test, last.inexact, 0U, "seed=%u", run->seed);
}

/* Limits that are met, changed, and exceeded by force. */
static void trees_tight(struct kunit *test)
{
	run_all(test, false);
}

/*
 * All that VMs ever ask for fits, whatever else they do; but for some requests
 * that the first accounts on the way might grant, and the last one never does.
 */
static void trees_roomy(struct kunit *test)
{
	run_all(test, true);
}

static struct kunit_case trees_cases[] = {
	KUNIT_CASE(trees_unexplained),
	KUNIT_CASE(trees_histories),
	KUNIT_CASE(trees_tight),
	KUNIT_CASE(trees_roomy),
	{}
};

static struct kunit_suite trees_suite = {
	.name = "kvmwarden-trees",
	.test_cases = trees_cases,
};

kunit_test_suite(trees_suite);
