// SPDX-License-Identifier: GPL-2.0
/*
 * Many threads want more than there is, at the same time: all that there is
 * must be given out, not a unit more and not a unit less, and come back.
 *
 *	race_quota [SEED [PERCENT]]
 *
 * SEED may be -, for any; PERCENT is of the rounds that are run by default.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"
#include "fixture.h"
#include "vmm.h"

#define THREADS		8

/* what a thread asks for in a round; together more than any limit here */
#define ASKED		2

#define UNIT		MiB

static unsigned int seed, percent = 100;

static pthread_barrier_t barrier;
static atomic_bool finished;

/**
 * struct race - a race, of rounds; the threads run each at the same time
 * @rounds: how many
 * @limit: how many units there are
 * @ask: a thread asks for units, ASKED times; returns how many it got
 * @give_back: a thread gives back what it got
 * @check: after all have asked, and none has given back
 * @before: before a round begins
 * @after: when all have given back
 */
struct race {
	unsigned int rounds;
	unsigned int limit;
	unsigned int (*ask)(unsigned int thread);
	void (*give_back)(unsigned int thread);
	void (*check)(unsigned int got);
	void (*before)(void);
	void (*after)(void);
};

static const struct race *race;
static atomic_uint got;
static unsigned int bad_rounds;

static void wait_for_all(void)
{
	pthread_barrier_wait(&barrier);
}

/* Threads set out together, but not always in the same order. */
static void stumble(unsigned int *random)
{
	unsigned int i, spins = rand_r(random) % 2000;

	for (i = 0; i < spins; i++)
		relax();
}

static void judge(void)
{
	if (atomic_load(&got) != race->limit && bad_rounds++ < 5)
		EQUAL(atomic_load(&got), race->limit);
	race->check(atomic_load(&got));
	atomic_store(&got, 0);
}

static void *racer(void *arg)
{
	unsigned int thread = (uintptr_t)arg, i, rounds, random;

	random = seed * THREADS + thread;
	rounds = race->rounds * percent / 100;
	for (i = 0; i < rounds; i++) {
		if (!thread && race->before)
			race->before();
		wait_for_all();
		stumble(&random);
		atomic_fetch_add(&got, race->ask(thread));
		wait_for_all();
		if (!thread)
			judge();
		wait_for_all();
		race->give_back(thread);
		wait_for_all();
		if (!thread && race->after)
			race->after();
	}
	return NULL;
}

static void start(pthread_t *threads, void *(*run)(void *))
{
	uintptr_t i;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, run, (void *)i))
			ksft_exit_fail_msg("no thread %u\n", (unsigned int)i);
}

static void join(const pthread_t *threads)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void run(const struct race *which)
{
	pthread_t threads[THREADS];

	race = which;
	bad_rounds = 0;
	atomic_store(&got, 0);
	pthread_barrier_init(&barrier, NULL, THREADS);
	start(threads, racer);
	join(threads);
	pthread_barrier_destroy(&barrier);
	ksft_print_msg("%u rounds, %u of them wrong\n",
		       which->rounds * percent / 100, bad_rounds);
}

static int vms[THREADS];
static int files[THREADS][ASKED];

static void close_files(unsigned int thread)
{
	unsigned int i;

	for (i = 0; i < ASKED; i++) {
		if (files[thread][i] >= 0)
			close(files[thread][i]);
		files[thread][i] = -1;
	}
}

/* Whoever does not get what it asked for must be told that it is the quota. */
static unsigned int took(int ret)
{
	if (ret < 0)
		EQUAL(ret, -EDQUOT);
	return ret >= 0;
}

static unsigned int ask_vms(unsigned int thread)
{
	unsigned int i, nr = 0;

	for (i = 0; i < ASKED; i++) {
		files[thread][i] = vmm_vm(kvm);
		nr += took(files[thread][i]);
	}
	return nr;
}

static void check_vms(unsigned int nr)
{
	USED(nr, 0, 0);
}

static void nothing_used(void)
{
	USED(0, 0, 0);
}

static void race_vms(void)
{
	static const struct race of_vms = {
		.rounds = 40,
		.limit = 5,
		.ask = ask_vms,
		.give_back = close_files,
		.check = check_vms,
		.after = nothing_used,
	};
	struct warden_policy policy;

	warden_policy_init(&policy);
	warden_add(&policy, "default")->total.vms = of_vms.limit;
	warden_apply(warden, &policy);
	run(&of_vms);
}

static void new_vms(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		CHECK((vms[i] = vmm_vm(kvm)) >= 0);
}

static void close_vms(unsigned int nr)
{
	while (nr--)
		close(vms[nr]);
}

static void one_vm(void)
{
	new_vms(1);
}

static void all_vms(void)
{
	new_vms(THREADS);
}

static unsigned int ask_vcpus(int vm, unsigned int thread)
{
	unsigned int i, nr = 0;

	for (i = 0; i < ASKED; i++) {
		files[thread][i] = vmm_vcpu(vm, thread * ASKED + i);
		nr += took(files[thread][i]);
	}
	return nr;
}

static unsigned int ask_vcpus_of_one(unsigned int thread)
{
	return ask_vcpus(vms[0], thread);
}

static unsigned int ask_vcpus_of_all(unsigned int thread)
{
	return ask_vcpus(vms[thread], thread);
}

static void check_vcpus_of_one(unsigned int nr)
{
	USED(1, nr, 0);
}

static void check_vcpus_of_all(unsigned int nr)
{
	USED(THREADS, nr, 0);
}

static void close_one(void)
{
	close_vms(1);
	USED(0, 0, 0);
}

static void close_every(void)
{
	close_vms(THREADS);
	USED(0, 0, 0);
}

static void race_vcpus_of_one(void)
{
	static const struct race of_vcpus = {
		.rounds = 40,
		.limit = 7,
		.before = one_vm,
		.ask = ask_vcpus_of_one,
		.check = check_vcpus_of_one,
		.give_back = close_files,
		.after = close_one,
	};
	struct warden_policy policy;

	warden_policy_init(&policy);
	warden_add(&policy, "default")->vm.of[KVMWARDEN_LIMIT_VCPUS] = of_vcpus.limit;
	warden_apply(warden, &policy);
	run(&of_vcpus);
}

static void race_vcpus_of_all(void)
{
	static const struct race of_vcpus = {
		.rounds = 12,
		.limit = 11,
		.before = all_vms,
		.ask = ask_vcpus_of_all,
		.check = check_vcpus_of_all,
		.give_back = close_files,
		.after = close_every,
	};
	struct warden_policy policy;

	warden_policy_init(&policy);
	warden_add(&policy, "default")->total.vcpus = of_vcpus.limit;
	warden_apply(warden, &policy);
	run(&of_vcpus);
}

/* Slots: those that are there are remembered in files[] as 0. */
static unsigned int ask_slots(int vm, unsigned int first, unsigned int thread)
{
	unsigned int i, nr = 0;

	for (i = 0; i < ASKED; i++) {
		files[thread][i] = vmm_slot(vm, first + i, 0,
					    (first + i) * UNIT, UNIT);
		nr += took(files[thread][i]);
	}
	return nr;
}

static void delete_slots(int vm, unsigned int first, unsigned int thread)
{
	unsigned int i;

	for (i = 0; i < ASKED; i++)
		if (!files[thread][i])
			EQUAL(vmm_delete(vm, first + i), 0);
}

static unsigned int ask_slots_of_one(unsigned int thread)
{
	return ask_slots(vms[0], thread * ASKED, thread);
}

static void delete_slots_of_one(unsigned int thread)
{
	delete_slots(vms[0], thread * ASKED, thread);
}

static unsigned int ask_slots_of_all(unsigned int thread)
{
	return ask_slots(vms[thread], 0, thread);
}

static void delete_slots_of_all(unsigned int thread)
{
	delete_slots(vms[thread], 0, thread);
}

static void check_memory(unsigned int nr)
{
	EQUAL(used_memory(), nr * UNIT);
}

static void no_memory_used(void)
{
	EQUAL(used_memory(), 0);
}

static void race_slots_of_one(void)
{
	static const struct race of_slots = {
		.rounds = 200,
		.limit = 9,
		.ask = ask_slots_of_one,
		.give_back = delete_slots_of_one,
		.check = check_memory,
		.after = no_memory_used,
	};
	struct warden_policy policy;

	warden_policy_init(&policy);
	warden_add(&policy, "default")->vm.of[KVMWARDEN_LIMIT_MEMORY] = of_slots.limit * UNIT;
	warden_apply(warden, &policy);
	new_vms(1);
	run(&of_slots);
	close_vms(1);
	USED(0, 0, 0);
}

static const struct race slots_of_all = {
	.rounds = 800,
	.limit = 9,
	.ask = ask_slots_of_all,
	.give_back = delete_slots_of_all,
	.check = check_memory,
	.after = no_memory_used,
};

static void race_slots_of_all(void)
{
	struct warden_policy policy;

	warden_policy_init(&policy);
	warden_add(&policy, "default")->total.memory =
		slots_of_all.limit * UNIT;
	warden_apply(warden, &policy);
	new_vms(THREADS);
	run(&slots_of_all);
	close_vms(THREADS);
	USED(0, 0, 0);
}

/*
 * Two rulesets take turns: other class names, in other numbers; limits of the
 * class come and go. Only that of the host is always the same.
 */
static void *take_turns(void *arg)
{
	struct warden_policy policies[2], *first = &policies[0],
			     *second = &policies[1];
	unsigned int i = 0;

	warden_policy_init(first);
	first->host.vms = *(unsigned int *)arg;
	first->host.memory = first->host.vms * UNIT;
	warden_policy_init(second);
	second->host = first->host;
	add_user(second, "root", 0)->total.memory = first->host.memory + UNIT;
	add_user(first, "nobody", 65534)->total.vms = 0;
	warden_add(first, "default")->total.memory = first->host.memory;

	do {
		warden_apply(warden, &policies[i++ % 2]);
	} while (!finished);
	ksft_print_msg("%u commits alongside\n", i);
	return NULL;
}

static void with_commits(const struct race *which)
{
	unsigned int limit = which->limit;
	struct warden_policy policy;
	pthread_t thread;

	warden_policy_init(&policy);
	policy.host.vms = limit;
	policy.host.memory = limit * UNIT;
	warden_apply(warden, &policy);
	finished = false;
	if (pthread_create(&thread, NULL, take_turns, &limit))
		ksft_exit_fail_msg("no thread to commit\n");
	run(which);
	finished = true;
	pthread_join(thread, NULL);
}

static void race_slots_and_commits(void)
{
	new_vms(THREADS);
	with_commits(&slots_of_all);
	close_vms(THREADS);
	USED(0, 0, 0);
}

static void race_vms_and_commits(void)
{
	static const struct race of_vms = {
		.rounds = 40,
		.limit = 5,
		.ask = ask_vms,
		.give_back = close_files,
		.check = check_vms,
		.after = nothing_used,
	};

	with_commits(&of_vms);
}

/*
 * No rounds: everybody does anything at any time. There are never more units
 * than the limit among those that threads know to be theirs.
 */
#define CHAOS_ROUNDS	300
#define CHAOS_LIMIT	24
#define CHAOS_SLOTS	4

static atomic_uint live, most;
static bool fails_late;

static void gained(unsigned int units)
{
	unsigned int now = atomic_fetch_add(&live, units) + units;
	unsigned int seen = atomic_load(&most);

	while (now > seen && !atomic_compare_exchange_weak(&most, &seen, now))
		;
}

static void lost(unsigned int units)
{
	atomic_fetch_sub(&live, units);
}

static void chaos_slot(int vm, unsigned int slot, unsigned int *units,
		       unsigned int *random)
{
	unsigned int want = 1 + rand_r(random) % 8;
	int err;

	if (*units) {
		lost(*units);
		*units = 0;
		EQUAL(vmm_delete(vm, slot), 0);
		return;
	}
	err = vmm_slot(vm, slot, 0, slot * GiB, want * UNIT);
	if (took(err)) {
		*units = want;
		gained(want);
	}
}

static void chaos_vm(unsigned int *random)
{
	unsigned int i, slot, units[CHAOS_SLOTS] = { 0 };
	int vm = vmm_vm(kvm);

	CHECK(vm >= 0);
	for (i = 0; i < 40; i++) {
		slot = rand_r(random) % CHAOS_SLOTS;
		/* granted, and then KVM fails; or refused */
		if (fails_late && !units[slot] && rand_r(random) % 8 == 0)
			CHECK(vmm_slot(vm, slot, 0, VMM_BEYOND, UNIT));
		else
			chaos_slot(vm, slot, &units[slot], random);
	}
	/* some slots die with their VM */
	for (slot = 0; slot < CHAOS_SLOTS; slot++)
		lost(units[slot]);
	close(vm);
}

static void *chaos(void *arg)
{
	unsigned int random = seed * THREADS + (uintptr_t)arg;
	unsigned int i;

	for (i = 0; i < CHAOS_ROUNDS * percent / 100 / THREADS; i++)
		chaos_vm(&random);
	return NULL;
}

static void race_chaos(void)
{
	struct warden_policy policy;
	pthread_t threads[THREADS];

	warden_policy_init(&policy);
	policy.host.memory = CHAOS_LIMIT * UNIT;
	warden_apply(warden, &policy);
	atomic_store(&live, 0);
	atomic_store(&most, 0);
	fails_late = refuses_beyond();
	if (!fails_late)
		tell("this KVM takes slots at any address");
	start(threads, chaos);
	join(threads);
	ksft_print_msg("at most %u units of %u\n", most, CHAOS_LIMIT);
	CHECK(most <= CHAOS_LIMIT);
	/* or it would be no race */
	CHECK(most > CHAOS_LIMIT / 2);
	USED(0, 0, 0);
}

static const struct test tests[] = {
	{ "VMs", race_vms },
	{ "vCPUs of one VM", race_vcpus_of_one },
	{ "vCPUs of many VMs", race_vcpus_of_all },
	{ "slots of one VM", race_slots_of_one },
	{ "slots of many VMs", race_slots_of_all },
	{ "slots of many VMs, while rulesets change", race_slots_and_commits },
	{ "VMs, while rulesets change", race_vms_and_commits },
	{ "anything at any time", race_chaos },
};

int main(int argc, char **argv)
{
	seed = seed_of(argc, argv, &percent);
	return fixture_main(tests, ARRAY_SIZE(tests));
}
