// SPDX-License-Identifier: GPL-2.0
/*
 * The whole engine, with all that it does at once: VMs come, grow and go, while
 * rulesets take over, are rolled back, and are looked at. User space only, for
 * what is around the engine here is not the kernel.
 */
#include <kunit/test.h>

#include "engine.h"
#include "tests/classes.h"
#include "tests/random.h"
#include "tests/threads.h"

#define USERS		3
#define THREADS		(USERS + 3)
#define VMS		3
#define LIMIT		4	/* on VMs, and on vCPUs */

/**
 * struct worker - a thread
 * @number: what it does: has VMs, or commits, or looks, or reads
 * @rnd: where from
 * @rounds: how often
 * @vcpus: of each VM, as KVM has counted them; 0: there is no such VM
 * @done: what has come about as wanted
 * @refused: what has not
 * @wrong: what should not have come about
 */
struct worker {
	u32 number;
	struct rnd_state rnd;
	u32 rounds;
	u64 vcpus[VMS];
	u32 done;
	u32 refused;
	u32 wrong;
};

static u32 user_threads_left;

/* Of who commits and who looks, those who have not done so yet. */
static u32 idle;

static void *user(unsigned long offset)
{
	return shim_user + offset;
}

static long call(struct file *file, unsigned int cmd, void *arg, u32 size)
{
	long ret;

	*(u32 *)arg = size;
	memcpy(user(0), arg, size);
	ret = engine_ioctl(file, cmd, SHIM_USER_START);
	memcpy(arg, user(0), size);
	return ret;
}

/* -- who has VMs -- */

static void act(struct worker *worker)
{
	u32 i = kw_random_below(&worker->rnd, VMS);
	struct kvm *kvm = (struct kvm *)(0x1000UL * (1 + worker->number) + i);
	u64 *vcpus = &worker->vcpus[i];
	int err = 0;

	engine_who.uid = worker->number % 2;
	strscpy(engine_who.cgroup, kw_random_chance(&worker->rnd, 50) ? "/a" :
		"/a/b", sizeof(engine_who.cgroup));
	if (!*vcpus) {
		err = kw_vm_create(kvm);
		*vcpus = !err;
	} else if (kw_random_chance(&worker->rnd, 40)) {
		kw_vm_destroy(kvm);
		*vcpus = 0;
	} else {
		/* the first one is but for telling that there is a VM */
		err = kw_vm_request(kw_vm_find(kvm), KW_VCPUS, *vcpus - 1,
				    *vcpus);
		*vcpus += !err;
	}
	if (err)
		worker->refused++;
	else
		worker->done++;
	worker->wrong += err && err != -EDQUOT;
}

static void have_vms(struct worker *worker)
{
	u32 i, most = worker->rounds * 100;
	bool enough = false;

	/* the others may not have had a processor yet */
	for (i = 0; i < worker->rounds || (!enough && i < most); i++) {
		act(worker);
		enough = worker->refused &&
			 !__atomic_load_n(&idle, __ATOMIC_ACQUIRE);
		cond_resched();
	}
	for (i = 0; i < VMS; i++)
		kw_vm_destroy((struct kvm *)(0x1000UL * (1 + worker->number) +
					     i));
	__atomic_fetch_sub(&user_threads_left, 1, __ATOMIC_RELEASE);
}

static bool over(void)
{
	return !__atomic_load_n(&user_threads_left, __ATOMIC_ACQUIRE);
}

/* -- who commits -- */

static long begin(struct worker *worker)
{
	struct kvmwarden_ruleset from = kw_test_outset;

	if (kw_random_chance(&worker->rnd, 50))
		from.user.vcpus = LIMIT;
	if (kw_random_chance(&worker->rnd, 50))
		from.host.vms = LIMIT;
	return call(&shim_device, KVMWARDEN_RULESET_BEGIN, &from, sizeof(from));
}

static long add(struct worker *worker, struct file *draft)
{
	struct kvmwarden_class class;

	kw_test_class(&class, kw_random_chance(&worker->rnd, 50) ? "a" : "b");
	class.uid = kw_random_below(&worker->rnd, 2);
	if (kw_random_chance(&worker->rnd, 50))
		class.user.vms = LIMIT;
	if (kw_random_chance(&worker->rnd, 50))
		class.total.vcpus = LIMIT;
	return call(draft, KVMWARDEN_RULESET_ADD, &class, sizeof(class));
}

static long add_cgroup(struct worker *worker, struct file *draft)
{
	struct kvmwarden_cgroup cgroup = { .limit = kw_test_unlimited };

	strscpy(user(0x2000), "/a*", 4);
	cgroup.pattern.address = SHIM_USER_START + 0x2000;
	cgroup.limit.vcpus = LIMIT;
	return call(draft, KVMWARDEN_RULESET_ADD_CGROUP, &cgroup,
		    sizeof(cgroup));
}

static long commit(struct worker *worker, struct file *draft)
{
	struct kvmwarden_confirm confirm = { };
	struct kvmwarden_commit commit = { };
	long ret;

	commit.generation = kw_place_ruleset()->generation;
	commit.confirm = kw_random_below(&worker->rnd, 2);
	commit.flags = kw_random_chance(&worker->rnd, 20) ?
		       KVMWARDEN_COMMIT_CHECK : 0;
	commit.nr_changes = 2;
	commit.changes = SHIM_USER_START + 0x4000;
	ret = call(draft, KVMWARDEN_RULESET_COMMIT, &commit, sizeof(commit));
	if (ret || !engine_awaits())
		return ret;
	confirm.generation = commit.generation;
	confirm.flags = kw_random_below(&worker->rnd, 2);
	return call(&shim_device, KVMWARDEN_CONFIRM, &confirm, sizeof(confirm));
}

static void commit_once(struct worker *worker)
{
	long fd = begin(worker);
	struct file *draft;

	if (fd < 0) {
		worker->wrong++;
		return;
	}
	draft = &shim_files[fd];
	worker->wrong += !!add(worker, draft);
	if (kw_random_chance(&worker->rnd, 50))
		worker->wrong += !!add_cgroup(worker, draft);
	worker->wrong += !!commit(worker, draft);
	shim_close(draft);
	worker->wrong += !engine_exact();
	worker->done++;
}

/* -- who looks -- */

static void look_once(struct worker *worker)
{
	struct kvmwarden_status status = { };
	struct kvmwarden_account account = { };
	struct kvmwarden_class class = { };
	struct kvmwarden_vm vm = { };

	worker->wrong += !!call(&shim_device, KVMWARDEN_STATUS, &status,
				sizeof(status));
	worker->wrong += !!call(&shim_device, KVMWARDEN_CLASS_GET, &class,
				sizeof(class));
	while (!call(&shim_device, KVMWARDEN_ACCOUNT_NEXT, &account,
		     sizeof(account)))
		;
	while (!call(&shim_device, KVMWARDEN_VM_NEXT, &vm, sizeof(vm)))
		worker->done++;
}

/* -- who reads -- */

static struct file reader;
static u64 read_to;

/* Return how many denied requests were told of. */
static u32 read_all(struct worker *worker)
{
	struct kvmwarden_event event;
	u32 requests = 0;

	while (engine_read(&reader, &event)) {
		if (event.type == KVMWARDEN_EVENT_LOST) {
			worker->wrong += event.seq != read_to + event.count;
			requests += event.total;
		} else {
			worker->wrong += event.seq != read_to + 1;
		}
		if (event.type == KVMWARDEN_EVENT_DENIAL)
			requests += event.count;
		read_to = event.seq;
	}
	return requests;
}

/* What was folded is told when a second has passed. */
static void read_rest(struct worker *worker)
{
	shim_pass(HZ);
	shim_run_works();
	worker->done += read_all(worker);
}

static void until_over(struct worker *worker,
		       void (*do_once)(struct worker *worker))
{
	bool was_idle = true;

	while (!over()) {
		do_once(worker);
		if (was_idle && worker->done) {
			was_idle = false;
			__atomic_fetch_sub(&idle, 1, __ATOMIC_RELEASE);
		}
	}
}

static void work(void *data)
{
	struct worker *worker = data;

	if (worker->number < USERS)
		have_vms(worker);
	if (worker->number == USERS)
		until_over(worker, commit_once);
	if (worker->number == USERS + 1)
		until_over(worker, look_once);
	while (!over() && worker->number == USERS + 2)
		worker->done += read_all(worker);
}

static void engine_threads(struct kunit *test)
{
	struct worker workers[THREADS] = { };
	struct kvmwarden_status status = { };
	struct rnd_state rnd;
	u32 i, seed;

	engine_begin();
	engine_open(&reader);
	seed = kw_random_begin(test, &rnd);
	user_threads_left = USERS;
	idle = 2;
	for (i = 0; i < THREADS; i++) {
		workers[i].number = i;
		workers[i].rounds = 1000 + kw_rounds / 5;
		prandom_seed_state(&workers[i].rnd, seed + i);
	}
	kw_threads_run(test, THREADS, work, workers, sizeof(workers[0]));
	read_rest(&workers[USERS + 2]);
	KUNIT_EXPECT_EQ(test, workers[USERS + 2].done, engine_denials());
	for (i = 0; i < THREADS; i++) {
		KUNIT_EXPECT_EQ_MSG(test, workers[i].wrong, 0U, "thread %u", i);
		KUNIT_EXPECT_GT_MSG(test, workers[i].done, 0U, "thread %u", i);
	}
	KUNIT_EXPECT_GT(test, workers[0].refused, 0U);
	kunit_info(test, "%u commits, %u looks, %u read, %u done, %u refused",
		   workers[USERS].done, workers[USERS + 1].done,
		   workers[USERS + 2].done, workers[0].done,
		   workers[0].refused);
	KUNIT_EXPECT_TRUE(test, engine_exact());
	KUNIT_EXPECT_EQ(test, 0, call(&shim_device, KVMWARDEN_STATUS, &status,
				      sizeof(status)));
	KUNIT_EXPECT_EQ(test, status.used.vms, 0ULL);
	KUNIT_EXPECT_EQ(test, status.used.vcpus, 0ULL);
	engine_close(&reader);
	engine_end();
}

/* -- what KVM counts after it was asked -- */

static struct kvm *const late_vm = (struct kvm *)0x1000;
static u64 late_have;
static bool late_overtaken;

static int late_ask(void);

/* What is counted is old as soon as somebody else has been to KVM meanwhile. */
static u64 late_count(struct kvm *kvm)
{
	u64 have = late_have;

	if (late_overtaken) {
		late_overtaken = false;
		late_ask();
	}
	return have;
}

/* All of a request, as KVM counts one that is granted, until user mode. */
static int late_ask(void)
{
	int err = kw_vm_limit_begin(kw_vm_find(late_vm),
				    KVMWARDEN_LIMIT_IRQFDS, late_count);

	late_have += !err;
	engine_user_mode();
	return err;
}

static void late_limit(struct kunit *test)
{
	struct kvmwarden_ruleset outset = kw_test_outset;
	struct kvmwarden_commit commit = { };
	struct kvmwarden_class class;
	struct file *draft;
	long fd;

	fd = call(&shim_device, KVMWARDEN_RULESET_BEGIN, &outset, sizeof(outset));
	KUNIT_ASSERT_TRUE(test, fd >= 0);
	draft = &shim_files[fd];
	kw_test_class(&class, "default");
	class.vm.of[KVMWARDEN_LIMIT_IRQFDS] = LIMIT;
	KUNIT_EXPECT_EQ(test, 0L, call(draft, KVMWARDEN_RULESET_ADD, &class,
				       sizeof(class)));
	commit.generation = kw_place_ruleset()->generation;
	KUNIT_EXPECT_EQ(test, 0L, call(draft, KVMWARDEN_RULESET_COMMIT, &commit,
				       sizeof(commit)));
	shim_close(draft);
}

static void engine_late(struct kunit *test)
{
	engine_begin();
	late_limit(test);
	KUNIT_ASSERT_EQ(test, 0, kw_vm_create(late_vm));
	for (late_have = 0; late_have < LIMIT;)
		KUNIT_ASSERT_EQ(test, 0, late_ask());
	KUNIT_EXPECT_EQ(test, -EDQUOT, late_ask());
	late_have = LIMIT - 1;
	late_overtaken = true;
	KUNIT_EXPECT_EQ(test, -EDQUOT, late_ask());
	KUNIT_EXPECT_EQ(test, late_have, (u64)LIMIT);
	late_have = LIMIT - 1;
	KUNIT_EXPECT_EQ(test, 0, late_ask());
	kw_vm_destroy(late_vm);
	engine_end();
}

static struct kunit_case engine_cases[] = {
	KUNIT_CASE(engine_threads),
	KUNIT_CASE(engine_late),
	{}
};

static struct kunit_suite engine_suite = {
	.name = "kvmwarden-engine",
	.test_cases = engine_cases,
};

kunit_test_suite(engine_suite);
