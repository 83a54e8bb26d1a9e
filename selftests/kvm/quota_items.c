// SPDX-License-Identifier: GPL-2.0
/* Limits on what a VM can have many of: slots, events, zones, routes, memfds. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "items.h"
#include "kselftest.h"
#include "vmm.h"

#define LIMIT	5
#define MANY	64
#define THREADS	3
#ifdef __x86_64__
#define X86	true
#else
#define X86	false
#endif

/* one for each thread of a race, and for each thing it may have */
static int events[THREADS * MANY];

static unsigned int seed, rounds = 200;

static int add_slot(int vm, unsigned int n)
{
	return vmm_slot(vm, n, 0, n * MiB, VMM_PAGE);
}

static int take_slot(int vm, unsigned int n)
{
	return vmm_delete(vm, n);
}

static int add_ioeventfd(int vm, unsigned int n)
{
	return vmm_ioeventfd(vm, n, events[n], true);
}

static int take_ioeventfd(int vm, unsigned int n)
{
	return vmm_ioeventfd(vm, n, events[n], false);
}

static int add_zone(int vm, unsigned int n)
{
	return vmm_zone(vm, n, true);
}

static int take_zone(int vm, unsigned int n)
{
	return vmm_zone(vm, n, false);
}

static int add_irqfd(int vm, unsigned int n)
{
	return vmm_irqfd(vm, n, events[n], true);
}

static int take_irqfd(int vm, unsigned int n)
{
	return vmm_irqfd(vm, n, events[n], false);
}

#ifdef __x86_64__
static int add_hv_event(int vm, unsigned int n)
{
	return vmm_hv_event(vm, n, events[n], true);
}

static int take_hv_event(int vm, unsigned int n)
{
	return vmm_hv_event(vm, n, events[n], false);
}
#endif

/**
 * struct kind - what a VM can have many of
 * @name: what it is called
 * @limit: its limit
 * @reason: why one too many is refused
 * @add: have one more, the @n-th
 * @take: give it back
 * @irqchip: only for VMs with KVM's interrupt controller
 */
struct kind {
	const char *name;
	enum kvmwarden_limit limit;
	enum kvmwarden_reason reason;
	int (*add)(int vm, unsigned int n);
	int (*take)(int vm, unsigned int n);
	bool irqchip;
};

static const struct kind kinds[] = {
	{ "memory slots", KVMWARDEN_LIMIT_MEMSLOTS,
	  KVMWARDEN_REASON_VM_MEMSLOTS, add_slot, take_slot, false },
	{ "ioeventfds", KVMWARDEN_LIMIT_IOEVENTFDS,
	  KVMWARDEN_REASON_VM_IOEVENTFDS, add_ioeventfd, take_ioeventfd, false },
	{ "coalesced zones", KVMWARDEN_LIMIT_COALESCED,
	  KVMWARDEN_REASON_VM_COALESCED, add_zone, take_zone, false },
	{ "irqfds", KVMWARDEN_LIMIT_IRQFDS, KVMWARDEN_REASON_VM_IRQFDS,
	  add_irqfd, take_irqfd, true },
#ifdef __x86_64__
	{ "Hyper-V events", KVMWARDEN_LIMIT_HV_EVENTS,
	  KVMWARDEN_REASON_VM_HV_EVENTS, add_hv_event, take_hv_event, false },
#endif
};

static void limit_all(uint32_t mode, uint64_t limit)
{
	struct kvmwarden_class *class;
	struct warden_policy policy;
	unsigned int i;

	warden_policy_init(&policy);
	policy.mode = mode;
	class = warden_add(&policy, "default");
	for (i = KVMWARDEN_LIMIT_MEMSLOTS; i < KVMWARDEN_NR_LIMITS; i++)
		class->vm.of[i] = limit;
	warden_apply(warden, &policy);
}

static int vm_for(const struct kind *kind)
{
	int vm = new_vm();

	if (kind->irqchip)
		EQUAL(vmm_irqchip(vm), 0);
	return vm;
}

static uint64_t used_of(enum kvmwarden_limit limit)
{
	struct kvmwarden_vm record;

	return warden_vm(warden, getpid(), &record) ? ~0ULL :
	       record.used.of[limit];
}

static void fill(const struct kind *kind, int vm, unsigned int from,
		 unsigned int to)
{
	unsigned int n;

	for (n = from; n < to; n++)
		EQUAL(kind->add(vm, n), 0);
}

static void one_kind(const struct kind *kind)
{
	uint64_t before = denied(kind->reason);
	int vm;

	ksft_print_msg("%s\n", kind->name);
	limit_all(KVMWARDEN_MODE_ENFORCE, LIMIT);
	vm = vm_for(kind);
	fill(kind, vm, 0, LIMIT);
	EQUAL(kind->add(vm, LIMIT), -EDQUOT);
	EQUAL(used_of(kind->limit), LIMIT);
	EQUAL(denied(kind->reason) - before, 1);
	EQUAL(kind->take(vm, 2), 0);
	EQUAL(kind->add(vm, LIMIT), 0);
	EQUAL(kind->add(vm, 2), -EDQUOT);
	/* a limit below what there is takes nothing, and allows nothing */
	limit_all(KVMWARDEN_MODE_ENFORCE, 1);
	EQUAL(kind->add(vm, 2), -EDQUOT);
	EQUAL(kind->take(vm, 0), 0);
	EQUAL(kind->add(vm, 2), -EDQUOT);
	limit_all(KVMWARDEN_MODE_ENFORCE, LIMIT + 1);
	EQUAL(kind->add(vm, 0), 0);
	EQUAL(kind->add(vm, 2), 0);
	EQUAL(kind->add(vm, LIMIT + 1), -EDQUOT);
	close(vm);
}

static void up_to_the_limit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		one_kind(&kinds[i]);
}

static void permissive_counts(void)
{
	const struct kind *kind;
	uint64_t before;
	unsigned int i;
	int vm;

	limit_all(KVMWARDEN_MODE_PERMISSIVE, LIMIT);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		kind = &kinds[i];
		before = permitted(kind->reason);
		vm = vm_for(kind);
		fill(kind, vm, 0, LIMIT + 3);
		EQUAL(permitted(kind->reason) - before, 3);
		close(vm);
	}
}

static void nobody_meets_defaults(void)
{
	struct warden_policy policy;
	unsigned int i;
	int vm;

	warden_policy_init(&policy);
	policy.mode = KVMWARDEN_MODE_ENFORCE;
	warden_apply(warden, &policy);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		vm = vm_for(&kinds[i]);
		fill(&kinds[i], vm, 0, MANY);
		close(vm);
	}
}

static void routes(void)
{
	uint64_t before = denied(KVMWARDEN_REASON_VM_IRQ_ROUTES);
	int vm;

	limit_all(KVMWARDEN_MODE_ENFORCE, LIMIT);
	vm = new_vm();
	/* only here before there is an interrupt controller */
	if (!X86)
		EQUAL(vmm_routes(vm, LIMIT + 1), -EDQUOT);
	/* KVM's own table is larger */
	EQUAL(vmm_irqchip(vm), 0);
	EQUAL(vmm_routes(vm, LIMIT), 0);
	EQUAL(vmm_routes(vm, LIMIT + 1), -EDQUOT);
	EQUAL(vmm_routes(vm, LIMIT), 0);
	EQUAL(vmm_routes(vm, 0), 0);
	EQUAL(denied(KVMWARDEN_REASON_VM_IRQ_ROUTES) - before, X86 ? 1 : 2);
	limit_all(KVMWARDEN_MODE_ENFORCE, 2 * LIMIT);
	EQUAL(vmm_routes(vm, 2 * LIMIT), 0);
	EQUAL(vmm_routes(vm, 2 * LIMIT + 1), -EDQUOT);
	close(vm);
}

/* What KVM puts on the buses for itself is nobody's. */
static void own_devices(void)
{
#ifdef __x86_64__
	struct kvm_pit_config pit = { 0 };
#endif
	int vm;

	limit_all(KVMWARDEN_MODE_ENFORCE, 0);
	vm = new_vm();
	EQUAL(vmm_irqchip(vm), 0);
#ifdef __x86_64__
	EQUAL(ioctl(vm, KVM_CREATE_PIT2, &pit), 0);
#endif
	EQUAL(add_ioeventfd(vm, 0), -EDQUOT);
	EQUAL(add_zone(vm, 0), -EDQUOT);
	EQUAL(add_irqfd(vm, 0), -EDQUOT);
	close(vm);
}

static void memfds(void)
{
	int vm, fd;

	limit_all(KVMWARDEN_MODE_ENFORCE, MiB);
	vm = new_vm();
	fd = vmm_memfd(vm, MiB / 2);
	if (fd < 0) {
		/* as KVM calls what it does not know */
		EQUAL(fd, X86 ? -ENOTTY : -EINVAL);
		close(vm);
		skip("no guest_memfd here");
		return;
	}
	/* not given back: its pages may live on */
	close(fd);
	EQUAL(vmm_memfd(vm, MiB), -EDQUOT);
	EQUAL(vmm_memfd(vm, ~0ULL), -EDQUOT);
	EQUAL(used_of(KVMWARDEN_LIMIT_GUEST_MEMFD), MiB / 2);
	fd = vmm_memfd(vm, MiB / 2);
	CHECK(fd >= 0);
	close(fd);
	EQUAL(vmm_memfd(vm, VMM_PAGE), -EDQUOT);
	close(vm);
}

/**
 * struct race - threads that want the same
 * @kind: what they want
 * @vm: for which VM
 * @have: what is there for sure
 * @above: how often that was above the limit
 * @granted: how often one was had
 */
struct race {
	const struct kind *kind;
	int vm;
	atomic_int have;
	atomic_int above;
	atomic_int granted;
};

struct racer {
	struct race *race;
	unsigned int first;
	unsigned int random;
	pthread_t thread;
};

static void race_once(struct racer *racer, bool *has, unsigned int n)
{
	struct race *race = racer->race;
	unsigned int item = racer->first + n;

	if (has[n]) {
		/* from here on it may be gone */
		atomic_fetch_sub(&race->have, 1);
		if (race->kind->take(race->vm, item))
			atomic_fetch_add(&race->above, 1000);
		has[n] = false;
		return;
	}
	if (race->kind->add(race->vm, item))
		return;
	has[n] = true;
	atomic_fetch_add(&race->granted, 1);
	if (atomic_fetch_add(&race->have, 1) + 1 > LIMIT)
		atomic_fetch_add(&race->above, 1);
}

static void *race_run(void *data)
{
	struct racer *racer = data;
	bool has[LIMIT + 1] = { false };
	unsigned int i;

	for (i = 0; i < rounds; i++)
		race_once(racer, has, rand_r(&racer->random) % (LIMIT + 1));
	for (i = 0; i <= LIMIT; i++)
		if (has[i])
			race_once(racer, has, i);
	return NULL;
}

static void race_kind(const struct kind *kind)
{
	struct race race = { .kind = kind, .vm = vm_for(kind) };
	struct racer racers[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		racers[i] = (struct racer) {
			.race = &race,
			.first = i * MANY,
			.random = seed + i,
		};
		pthread_create(&racers[i].thread, NULL, race_run, &racers[i]);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(racers[i].thread, NULL);
	ksft_print_msg("%s: granted %d times\n", kind->name, race.granted);
	EQUAL(race.above, 0);
	EQUAL(race.have, 0);
	/* nothing is left of them */
	fill(kind, race.vm, 0, LIMIT);
	EQUAL(kind->add(race.vm, LIMIT), -EDQUOT);
	close(race.vm);
}

static void races(void)
{
	unsigned int i;

	limit_all(KVMWARDEN_MODE_ENFORCE, LIMIT);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		race_kind(&kinds[i]);
}

static const struct test tests[] = {
	{ "up to the limit, and again after some were given back",
	  up_to_the_limit },
	{ "permissive lets all through and counts", permissive_counts },
	{ "limits by default are out of the way", nobody_meets_defaults },
	{ "routes, but not KVM's own", routes },
	{ "KVM's own devices do not count", own_devices },
	{ "guest_memfds, all there ever were", memfds },
	{ "threads race for the last one", races },
};

int main(int argc, char **argv)
{
	unsigned int i;

	seed = argc > 1 ? strtoul(argv[1], NULL, 0) : (unsigned int)time(NULL);
	if (argc > 2)
		rounds = strtoul(argv[2], NULL, 0);
	printf("# seed %u\n", seed);
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		events[i] = eventfd(0, EFD_CLOEXEC);
		if (events[i] < 0)
			ksft_exit_fail_msg("eventfd: %s\n", strerror(errno));
	}
	return fixture_main(tests, ARRAY_SIZE(tests));
}
