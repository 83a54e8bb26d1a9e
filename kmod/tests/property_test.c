// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: properties of random rulesets.
 *
 * What is expected is found out from the classes as they were made up, one
 * after the other, and from nothing that is under test. To do a round that
 * failed again: its seed, and rounds=1.
 */
#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "classes.h"
#include "random.h"

#define CLASSES		10
#define CGROUPS		4
#define PEOPLE		6
#define IDS		5
#define GROUPS		3
#define OWNERS		3
#define TEXT		8

/**
 * struct made_class - a class as it was made up
 * @name: its name
 * @flags: its criteria
 * @uid: ...
 * @gid: ...
 * @exe: ...
 * @cgroup: ...
 * @label: ...
 * @user_limited: whether it limits users
 */
struct made_class {
	char name[8];
	u32 flags;
	u32 uid;
	u32 gid;
	struct kw_exe exe;
	char cgroup[TEXT + 2];
	char label[TEXT + 2];
	bool user_limited;
};

/**
 * struct person - a VM's creator as it was made up
 * @who: points into what follows
 * @groups: ...
 * @owners: ...
 * @cgroup: ...
 * @label: ...
 */
struct person {
	struct kw_identity who;
	u32 groups[GROUPS];
	struct kw_owner owners[OWNERS];
	char cgroup[3 * 4 + 2];
	char label[TEXT + 1];
};

/**
 * struct round - what is tried at once
 * @test: the test
 * @seed: of all of it
 * @rnd: from that
 * @nr_classes: length of @classes
 * @classes: in their order
 * @nr_cgroups: length of @cgroups
 * @cgroups: patterns, in their order
 * @user_limited: whether the host limits users
 * @people: to be matched
 * @ruleset: made from all that
 * @own: the accounts of VMs
 * @climbs: where they lead
 * @draft: for what is to be added; too large for a stack
 * @outset: of @ruleset
 */
struct round {
	struct kunit *test;
	u32 seed;
	struct rnd_state rnd;
	u32 nr_classes;
	struct made_class classes[CLASSES];
	u32 nr_cgroups;
	char cgroups[CGROUPS][TEXT + 2];
	bool user_limited;
	struct person people[PEOPLE];
	struct kw_ruleset *ruleset;
	struct kw_account own[PEOPLE];
	struct kw_climb *climbs[PEOPLE];
	struct kvmwarden_class draft;
	struct kvmwarden_ruleset outset;
};

/**
 * struct tally - what was met, lest all of it was the same
 * @matched: VMs that a class took
 * @by_default: VMs that none did
 * @kinds: by criterion, how often it alone of several kept a class from a VM
 * @accounts: users' and cgroups', in climbs
 */
struct tally {
	unsigned int matched;
	unsigned int by_default;
	unsigned int kinds[5];
	unsigned int accounts;
};

static struct kw_exe random_exe(struct rnd_state *rnd)
{
	return (struct kw_exe) {
		.ino = 1 + kw_random_below(rnd, 2),
		.dev = 1 + kw_random_below(rnd, 2),
		.generation = kw_random_below(rnd, 2),
	};
}

static void make_class(struct round *round, struct made_class *class, u32 i)
{
	struct rnd_state *rnd = &round->rnd;

	memset(class, 0, sizeof(*class));
	snprintf(class->name, sizeof(class->name), "c%u", i);
	/* few criteria more often than many */
	do {
		class->flags = kw_random_below(rnd, 32);
		if (kw_random_chance(rnd, 70))
			class->flags &= kw_random_below(rnd, 32);
	} while (!class->flags);
	if (class->flags & BY_UID)
		class->uid = kw_random_below(rnd, IDS);
	if (class->flags & BY_GID)
		class->gid = kw_random_below(rnd, IDS);
	if (class->flags & BY_EXE)
		class->exe = random_exe(rnd);
	class->cgroup[0] = '/';
	kw_random_text(rnd, class->cgroup + 1, TEXT, "ab/?***");
	class->label[0] = "ab?**"[kw_random_below(rnd, 5)];
	kw_random_text(rnd, class->label + 1, TEXT, "ab/?***");
	class->user_limited = kw_random_chance(rnd, 30);
}

/* As the kernel has them: no component is empty. */
static void make_path(struct rnd_state *rnd, char *to)
{
	u32 parts = kw_random_below(rnd, 5);

	strcpy(to, "/");
	for (; parts; parts--) {
		*to++ = '/';
		*to++ = 'a' + kw_random_below(rnd, 2);
		if (kw_random_chance(rnd, 30))
			*to++ = 'a' + kw_random_below(rnd, 2);
		*to = '\0';
	}
}

static void make_groups(struct rnd_state *rnd, struct person *person)
{
	u32 i, gid = 0;

	person->who.nr_groups = kw_random_below(rnd, GROUPS + 1);
	for (i = 0; i < person->who.nr_groups; i++) {
		gid += kw_random_below(rnd, 3);
		person->groups[i] = gid;
	}
}

static void make_person(struct round *round, struct person *person)
{
	struct rnd_state *rnd = &round->rnd;
	struct kw_identity *who = &person->who;
	u32 i;

	memset(who, 0, sizeof(*who));
	who->groups = person->groups;
	who->owners = person->owners;
	who->cgroup = person->cgroup;
	who->label = person->label;
	who->uid = kw_random_below(rnd, IDS);
	who->gid = kw_random_below(rnd, IDS);
	who->egid = kw_random_chance(rnd, 80) ? who->gid :
		    kw_random_below(rnd, IDS);
	make_groups(rnd, person);
	who->nr_owners = kw_random_chance(rnd, 60) ? 0 :
			 kw_random_below(rnd, OWNERS + 1);
	for (i = 0; i < who->nr_owners; i++) {
		person->owners[i].uid = 1 + kw_random_below(rnd, IDS - 1);
		person->owners[i].gid = kw_random_below(rnd, IDS);
	}
	if (kw_random_chance(rnd, 90))
		who->exe = random_exe(rnd);
	make_path(rnd, person->cgroup);
	kw_random_text(rnd, person->label, TEXT, "ab/");
}

static void make_up(struct round *round)
{
	struct rnd_state *rnd = &round->rnd;
	u32 i;

	prandom_seed_state(rnd, round->seed);
	round->nr_classes = kw_random_below(rnd, CLASSES + 1);
	for (i = 0; i < round->nr_classes; i++)
		make_class(round, &round->classes[i], i);
	round->nr_cgroups = kw_random_chance(rnd, 50) ? 0 :
			    kw_random_below(rnd, CGROUPS + 1);
	for (i = 0; i < round->nr_cgroups; i++) {
		round->cgroups[i][0] = '/';
		kw_random_text(rnd, round->cgroups[i] + 1, TEXT, "ab/?***");
	}
	round->user_limited = kw_random_chance(rnd, 30);
	for (i = 0; i < PEOPLE; i++)
		make_person(round, &round->people[i]);
}

static void build_class(struct round *round, const struct made_class *class)
{
	struct kw_class_texts texts = { .exe = class->exe };

	kw_test_class(&round->draft, class->name);
	round->draft.flags = class->flags;
	round->draft.uid = class->uid;
	round->draft.gid = class->gid;
	if (class->user_limited)
		round->draft.user.vcpus = 1000;
	if (class->flags & BY_CGROUP)
		texts.cgroup = class->cgroup;
	if (class->flags & BY_LABEL)
		texts.label = class->label;
	if (class->flags & BY_EXE)
		texts.exe_path = "/x";
	kw_test_add(round->test, round->ruleset, &round->draft, &texts);
}

/* Now and then it is sealed for a look before all of it is there. */
static void look(struct round *round)
{
	if (!kw_random_chance(&round->rnd, 10))
		return;
	KUNIT_ASSERT_EQ(round->test, 0, kw_ruleset_seal(round->ruleset));
	kw_ruleset_unseal(round->ruleset);
}

static void build(struct round *round)
{
	struct kvmwarden_amounts limit = kw_test_unlimited;
	u32 i;

	round->outset = kw_test_outset;
	if (round->user_limited)
		round->outset.user.memory = 1000;
	round->ruleset = kw_ruleset_new(&round->outset);
	KUNIT_ASSERT_NOT_NULL(round->test, round->ruleset);
	for (i = 0; i < round->nr_classes; i++) {
		build_class(round, &round->classes[i]);
		look(round);
	}
	for (i = 0; i < round->nr_cgroups; i++) {
		limit.vms = 1000 + i;
		kw_test_add_cgroup(round->test, round->ruleset,
				   round->cgroups[i], &limit);
		look(round);
	}
	if (kw_random_chance(&round->rnd, 50)) {
		kw_test_class(&round->draft, "default");
		kw_test_add(round->test, round->ruleset, &round->draft, NULL);
	}
	KUNIT_ASSERT_EQ(round->test, 0, kw_ruleset_seal(round->ruleset));
}

static bool naive_user(const struct kw_identity *who, u32 uid)
{
	bool is = who->uid == uid;
	u32 i;

	for (i = 0; i < who->nr_owners; i++)
		is |= who->owners[i].uid == uid;
	return is;
}

static bool naive_group(const struct kw_identity *who, u32 gid)
{
	bool is = who->gid == gid || who->egid == gid;
	u32 i;

	for (i = 0; i < who->nr_groups; i++)
		is |= who->groups[i] == gid;
	for (i = 0; i < who->nr_owners; i++)
		is |= who->owners[i].gid == gid;
	return is;
}

/* The criteria that do not hold. */
static u32 naive_misses(const struct made_class *class,
			const struct kw_identity *who)
{
	u32 misses = 0;

	if (!naive_user(who, class->uid))
		misses |= BY_UID;
	if (!naive_group(who, class->gid))
		misses |= BY_GID;
	if (memcmp(&who->exe, &class->exe, sizeof(class->exe)))
		misses |= BY_EXE;
	if (!kw_naive_glob(class->cgroup, who->cgroup))
		misses |= BY_CGROUP;
	if (!kw_naive_glob(class->label, who->label))
		misses |= BY_LABEL;
	return misses & class->flags;
}

static u32 naive_match(const struct round *round, const struct kw_identity *who,
		       struct tally *tally)
{
	u32 i, kind, misses;

	for (i = 0; i < round->nr_classes; i++) {
		misses = naive_misses(&round->classes[i], who);
		if (!misses)
			break;
		/* just this one decided, and others held */
		for (kind = 0; kind < ARRAY_SIZE(tally->kinds); kind++)
			tally->kinds[kind] += misses == BIT(kind) &&
					      misses != round->classes[i].flags;
	}
	return i;
}

static u32 naive_cgroup(const struct round *round, const char *path)
{
	u32 i;

	for (i = 0; i < round->nr_cgroups; i++)
		if (kw_naive_glob(round->cgroups[i], path))
			break;
	return i;
}

static void check_match(struct round *round, const struct kw_identity *who,
			struct tally *tally)
{
	u32 expected = naive_match(round, who, tally);
	struct kw_class *class = kw_ruleset_match(round->ruleset, who);

	KUNIT_ASSERT_STREQ_MSG(round->test, class->name,
			       expected < round->nr_classes ?
			       round->classes[expected].name : "default",
			       "uid %u in %s, seed=%u", who->uid, who->cgroup,
			       round->seed);
	KUNIT_ASSERT_PTR_EQ_MSG(round->test, class,
				kw_ruleset_class(round->ruleset, expected),
				"seed=%u", round->seed);
	if (expected < round->nr_classes)
		tally->matched++;
	else
		tally->by_default++;
}

static void check_cgroup(struct round *round, const char *path)
{
	u32 expected = naive_cgroup(round, path);
	const struct kw_cgroup *cgroup = kw_ruleset_cgroup(round->ruleset, path);

	KUNIT_ASSERT_EQ_MSG(round->test, !!cgroup,
			    expected < round->nr_cgroups, "%s, seed=%u", path,
			    round->seed);
	if (cgroup)
		KUNIT_ASSERT_EQ_MSG(round->test, cgroup->limit[KW_VMS],
				    1000ULL + expected, "%s, seed=%u", path,
				    round->seed);
}

static void check_names(struct round *round)
{
	u32 i;

	for (i = 0; i < round->nr_classes; i++)
		KUNIT_ASSERT_PTR_EQ_MSG(round->test,
					kw_ruleset_class(round->ruleset, i),
					kw_ruleset_find(round->ruleset,
							round->classes[i].name),
					"seed=%u", round->seed);
	KUNIT_ASSERT_TRUE_MSG(round->test,
			      kw_ruleset_find(round->ruleset, "default") &&
			      !kw_ruleset_find(round->ruleset, "x"), "seed=%u",
			      round->seed);
}

/* How many accounts of a climb are of that user or cgroup, with that limit. */
static u32 count(const struct kw_climb *climb, u32 level, u32 uid,
		 const char *cgroup, enum kw_resource what, u64 limit)
{
	const struct kw_pool *pool;
	u32 i, nr = 0;

	for (i = 1; i < climb->nr - 2; i++) {
		pool = container_of(climb->at[i], struct kw_pool, account);
		if (pool->account.level != level || pool->uid != uid ||
		    (cgroup && strcmp(pool->cgroup, cgroup)))
			continue;
		nr += pool->account.limit[what] == limit;
	}
	return nr;
}

static void check_users(struct round *round, const struct kw_identity *who,
			const struct kw_climb *climb, u32 level, bool limited,
			enum kw_resource what, u32 *expected)
{
	u32 uid, there;

	for (uid = 0; uid < IDS; uid++) {
		there = limited && naive_user(who, uid);
		*expected += there;
		KUNIT_ASSERT_EQ_MSG(round->test, there,
				    count(climb, level, uid, NULL, what, 1000),
				    "level %u, uid %u, seed=%u", level, uid,
				    round->seed);
	}
}

static void check_cgroups(struct round *round, const struct kw_identity *who,
			  const struct kw_climb *climb, u32 *expected)
{
	char path[sizeof(round->people[0].cgroup)];
	u32 len, index;

	strcpy(path, who->cgroup);
	for (len = strlen(path); len; len--) {
		/* an ancestor, or the root, ends before a slash, or at its own */
		if (who->cgroup[len] && who->cgroup[len] != '/' && len > 1)
			continue;
		path[len] = '\0';
		index = naive_cgroup(round, path);
		if (index == round->nr_cgroups)
			continue;
		++*expected;
		KUNIT_ASSERT_EQ_MSG(round->test, 1U,
				    count(climb, KVMWARDEN_LEVEL_CGROUP, 0,
					  path, KW_VMS, 1000 + index),
				    "%s of %s, seed=%u", path, who->cgroup,
				    round->seed);
	}
}

static void check_climb(struct round *round, u32 i, struct tally *tally)
{
	const struct kw_identity *who = &round->people[i].who;
	struct kw_class *class = kw_ruleset_match(round->ruleset, who);
	bool limited = class->entry.order < round->nr_classes &&
		       round->classes[class->entry.order].user_limited;
	struct kw_climb *climb;
	u32 expected = 3;

	kw_account_init(&round->own[i], KVMWARDEN_LEVEL_VM);
	climb = kw_climb_new(round->ruleset, class, who, &round->own[i]);
	KUNIT_ASSERT_NOT_NULL(round->test, climb);
	round->climbs[i] = climb;
	KUNIT_ASSERT_TRUE_MSG(round->test, climb->nr >= 3 &&
			      climb->at[0] == &round->own[i] &&
			      climb->at[climb->nr - 2] == &class->account &&
			      climb->at[climb->nr - 1] ==
			      &round->ruleset->account,
			      "seed=%u", round->seed);
	check_users(round, who, climb, KVMWARDEN_LEVEL_USER, limited, KW_VCPUS,
		    &expected);
	check_users(round, who, climb, KVMWARDEN_LEVEL_HOST_USER,
		    round->user_limited, KW_MEMORY, &expected);
	check_cgroups(round, who, climb, &expected);
	KUNIT_ASSERT_EQ_MSG(round->test, climb->nr, expected, "seed=%u",
			    round->seed);
	tally->accounts += expected - 3;
}

static u32 place_in(const struct kw_climb *climb,
		    const struct kw_account *account)
{
	u32 i;

	for (i = 0; i < climb->nr; i++)
		if (climb->at[i] == account)
			break;
	return i;
}

/* What two climbs share comes in the same order, or they wait for each other. */
static void check_order(struct round *round, const struct kw_climb *one,
			const struct kw_climb *other)
{
	u32 i, place, last = 0;

	for (i = 0; i < one->nr; i++) {
		place = place_in(other, one->at[i]);
		if (place == other->nr)
			continue;
		KUNIT_ASSERT_TRUE_MSG(round->test, place >= last, "seed=%u",
				      round->seed);
		last = place;
	}
}

static void check_climbs(struct round *round, struct tally *tally)
{
	u32 i, j;

	for (i = 0; i < PEOPLE; i++) {
		check_climb(round, i, tally);
		for (j = 0; j < i; j++)
			check_order(round, round->climbs[i], round->climbs[j]);
	}
}

static void end_round(struct round *round)
{
	u32 i;

	if (!round->ruleset)
		return;
	for (i = 0; i < PEOPLE; i++) {
		kw_climb_free(round->ruleset, round->climbs[i]);
		round->climbs[i] = NULL;
	}
	KUNIT_EXPECT_TRUE(round->test, list_empty(&round->ruleset->pools.by_id));
	kw_ruleset_free(round->ruleset);
	round->ruleset = NULL;
}

static void run_round(struct round *round, struct tally *tally, bool climbs)
{
	u32 i;

	make_up(round);
	build(round);
	for (i = 0; i < PEOPLE; i++) {
		check_match(round, &round->people[i].who, tally);
		check_cgroup(round, round->people[i].cgroup);
	}
	check_names(round);
	if (climbs)
		check_climbs(round, tally);
	end_round(round);
}

static int property_init(struct kunit *test)
{
	struct round *round = kunit_kzalloc(test, sizeof(*round), GFP_KERNEL);

	if (!round)
		return -ENOMEM;
	round->test = test;
	test->priv = round;
	return 0;
}

static void property_exit(struct kunit *test)
{
	if (test->priv)
		end_round(test->priv);
}

/* The index finds what trying each class in turn would find. */
static void property_match(struct kunit *test)
{
	struct round *round = test->priv;
	struct tally tally = { };
	u32 i, seed = kw_random_begin(test, &round->rnd);

	for (i = 0; i < kw_rounds; i++) {
		round->seed = seed + i;
		run_round(round, &tally, i % 4 == 0);
		cond_resched();
	}
	kunit_info(test, "%u rulesets: %u times a class, %u times default",
		   kw_rounds, tally.matched, tally.by_default);
	kunit_info(test, "%u times only the uid differed, %u the cgroup, %u the gid, %u the exe, %u the label; %u pools",
		   tally.kinds[0], tally.kinds[1], tally.kinds[2],
		   tally.kinds[3], tally.kinds[4], tally.accounts);
	if (kw_rounds < 100)
		return;
	/* else little was shown */
	KUNIT_EXPECT_GT(test, tally.matched, kw_rounds);
	KUNIT_EXPECT_GT(test, tally.by_default, kw_rounds);
	for (i = 0; i < ARRAY_SIZE(tally.kinds); i++)
		KUNIT_EXPECT_GT(test, tally.kinds[i], kw_rounds / 10);
	KUNIT_EXPECT_GT(test, tally.accounts, kw_rounds);
}

static struct kunit_case property_cases[] = {
	KUNIT_CASE(property_match),
	{}
};

static struct kunit_suite property_suite = {
	.name = "kvmwarden-property",
	.init = property_init,
	.exit = property_exit,
	.test_cases = property_cases,
};

kunit_test_suite(property_suite);
