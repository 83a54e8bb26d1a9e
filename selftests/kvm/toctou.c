// SPDX-License-Identifier: GPL-2.0
/*
 * A second thread rewrites the struct that KVM is just reading: what is
 * charged must be what KVM takes.
 *
 *	toctou [TRIES [SEED]]
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest.h"
#include "fixture.h"
#include "vmm.h"

#define TRIES		100000

/* A slot costs KVM a hundred times what a refusal costs: one in so many. */
#define RARELY		32

/* How often a try must have been a race, and how long we go on for that. */
#define OFTEN(nr)	((nr) / 100)
#define PATIENCE	60000

/* one fits, the other does not */
#define SMALL		MiB
#define LIMIT		(4 * MiB)
#define BIG		(64 * MiB)

/* after how many slots KVM's own idea of their size is looked at */
#define SAMPLE		16

static unsigned int tries = TRIES, seed;

static struct kvm_userspace_memory_region region;
static uint64_t beyond;
static volatile unsigned int rewritten;
static volatile bool finished;

/* Written and read in one piece, also by 32-bit programs' KVM. */
static void put(volatile __u64 *to, uint64_t value)
{
	*to = value;
}

static void wait_a_little(unsigned int *random)
{
	unsigned int i, spins = rand_r(random) % 1024;

	/* no PAUSE: an emulated processor would take a long one */
	for (i = 0; i < spins; i++)
		__asm__ volatile("");
}

static void *rewrite_size(void *unused)
{
	unsigned int random = seed;

	(void)unused;
	while (!finished) {
		put(&region.memory_size, BIG);
		rewritten++;
		wait_a_little(&random);
		put(&region.memory_size, SMALL);
		rewritten++;
		wait_a_little(&random);
	}
	return NULL;
}

static void *rewrite_all(void *unused)
{
	unsigned int random = seed + 1;

	(void)unused;
	while (!finished) {
		put(&region.memory_size, rand_r(&random) & 1 ? BIG : SMALL);
		put(&region.guest_phys_addr, rand_r(&random) & 1 ? beyond : 0);
		rewritten++;
		wait_a_little(&random);
	}
	return NULL;
}

/* KVM's own idea of slot 0: its end is where another slot fits just so. */
static void check_end(int vm)
{
	EQUAL(vmm_slot(vm, 1, 0, SMALL - VMM_PAGE, VMM_PAGE), -EEXIST);
	if (EQUAL(vmm_slot(vm, 1, 0, SMALL, VMM_PAGE), 0))
		EQUAL(vmm_delete(vm, 1), 0);
}

struct outcomes {
	unsigned int granted, refused, invalid, other, rewritten;
};

/* Side by side, for the scheduler may like them better one after the other. */
static void run_on(pthread_t thread, unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (pthread_setaffinity_np(thread, sizeof(set), &set))
		tell("there is no second processor for a second thread");
}

/* With no more than two processors the other thread may be out of work. */
static void wait_for_other(void)
{
	unsigned int before = rewritten, spins = 1000;

	while (rewritten == before && --spins)
		;
}

static void begin_with(unsigned int *random)
{
	put(&region.memory_size, rand_r(random) % RARELY ? BIG : SMALL);
	put(&region.guest_phys_addr, rand_r(random) % RARELY ? 0 : beyond);
}

static void one_try(int vm, struct outcomes *outcomes)
{
	unsigned int before = rewritten;
	int err = vmm_set(vm, &region);

	outcomes->rewritten += rewritten != before;
	switch (err) {
	case 0:
		/* more than the one size that fits is never charged */
		EQUAL(used_memory(), SMALL);
		if (outcomes->granted++ % SAMPLE == 0)
			check_end(vm);
		EQUAL(vmm_delete(vm, 0), 0);
		break;
	case -EDQUOT:
		outcomes->refused++;
		break;
	case -VMM_BEYOND_ERROR:
		outcomes->invalid++;
		break;
	default:
		outcomes->other++;
	}
}

/* Has all been seen that there is to be seen, of @nr tries? */
static bool enough(const struct outcomes *outcomes, unsigned int nr)
{
	return outcomes->rewritten >= OFTEN(nr) &&
	       outcomes->granted >= OFTEN(nr) &&
	       (!beyond || outcomes->invalid);
}

static struct outcomes race(void *(*rewrite)(void *), unsigned int nr)
{
	uint64_t end = now_ms() + PATIENCE;
	struct outcomes outcomes = { 0 };
	struct warden_policy policy;
	unsigned int i, random = seed + 2;
	pthread_t thread;
	int vm;

	warden_policy_init(&policy);
	warden_add(&policy, "default")->vm.of[KVMWARDEN_LIMIT_MEMORY] = LIMIT;
	warden_apply(warden, &policy);
	CHECK((vm = vmm_vm(kvm)) >= 0);

	vmm_region(&region, 0, 0, 0, SMALL);
	finished = false;
	if (pthread_create(&thread, NULL, rewrite, NULL))
		ksft_exit_fail_msg("no second thread\n");
	run_on(pthread_self(), 0);
	run_on(thread, 1);
	for (i = 0; i < nr || (!enough(&outcomes, nr) && now_ms() < end); i++) {
		begin_with(&random);
		wait_for_other();
		one_try(vm, &outcomes);
	}
	finished = true;
	pthread_join(thread, NULL);

	ksft_print_msg("%u tries, %u of them rewritten meanwhile: %u granted, %u refused, %u invalid\n",
		       i, outcomes.rewritten, outcomes.granted,
		       outcomes.refused, outcomes.invalid);
	EQUAL(outcomes.other, 0);
	/* it is no race if always the same one wins, or nobody runs */
	CHECK(outcomes.granted >= OFTEN(nr));
	CHECK(outcomes.refused >= OFTEN(nr));
	CHECK(outcomes.rewritten >= OFTEN(nr));
	EQUAL(vmm_slot(vm, 0, 0, 0, LIMIT), 0);
	USED(1, 0, LIMIT);
	EQUAL(vmm_slot(vm, 1, 0, GiB, VMM_PAGE), -EDQUOT);
	close(vm);
	return outcomes;
}

static void size(void)
{
	struct outcomes outcomes;

	beyond = 0;
	outcomes = race(rewrite_size, tries);
	EQUAL(outcomes.invalid, 0);
}

/* With addresses that KVM refuses only after policy has granted them. */
static void size_and_address(void)
{
	unsigned int nr = tries / 10;
	struct outcomes outcomes;

	if (!refuses_beyond()) {
		skip("this KVM takes slots at any address");
		return;
	}
	beyond = VMM_BEYOND;
	outcomes = race(rewrite_all, nr);
	CHECK(outcomes.invalid);
}

static const struct test tests[] = {
	{ "the size of a slot is rewritten", size },
	{ "its size and address are rewritten", size_and_address },
};

int main(int argc, char **argv)
{
	seed = now_ms();
	if (argc > 1)
		tries = strtoul(argv[1], NULL, 0);
	if (argc > 2)
		seed = strtoul(argv[2], NULL, 0);
	printf("# seed %u\n", seed);
	return fixture_main(tests, ARRAY_SIZE(tests));
}
