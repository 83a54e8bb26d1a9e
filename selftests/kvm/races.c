// SPDX-License-Identifier: GPL-2.0
/*
 * Each hooked function against what may happen at the same time: its VM is
 * destroyed, policy changes, limits are set, vCPUs are added, the hooks are taken
 * off and put on again.
 *
 *	races [SEED [MS]]
 *	races churn		the VMs of races.sh, until SIGTERM
 *
 * MS is for how long each function meets each of these. SEED may be -, for any.
 * Whatever is refused must be counted, and nothing be charged in the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fixture.h"
#include "items.h"
#include "kselftest.h"
#include "vmm.h"

#define ASKERS		2
#define VCPU_IDS	6
#define TURNS		2	/* what happens does so, at least */
#define PATIENCE	30000	/* ms */

#define IA32_EFER	0xc0000080
#define EFER_SVME	(1ULL << 12)

static unsigned int seed, ms = 150;

/* Of all threads: a VM, and one of its vCPUs. */
static atomic_int vm = -1, vcpu = -1;
static int event;
static atomic_bool over;
static atomic_ulong asked, refused;

/* All a thread needs to do something of its own. */
struct actor {
	pthread_t thread;
	unsigned int random;
	unsigned int n;
	unsigned int turns;
	void (*run)(struct actor *actor);
};

/* By turns one thing and the other, or a coin could keep either from being seen. */
static bool odd(const struct actor *actor)
{
	return actor->turns % 2;
}

static unsigned int below(struct actor *actor, unsigned int n)
{
	return rand_r(&actor->random) % n;
}

static int answer(int ret)
{
	atomic_fetch_add(&asked, 1);
	if (ret == -EDQUOT)
		atomic_fetch_add(&refused, 1);
	return ret;
}

static void put(atomic_int *at, int fd)
{
	int old = atomic_exchange(at, fd);

	if (old >= 0)
		close(old);
}

/* -- what asks: a function or two for each hook -- */

static void ask_vm(struct actor *actor)
{
	int fd = answer(vmm_vm(kvm));

	(void)actor;
	if (fd >= 0)
		close(fd);
}

static void ask_slot(struct actor *actor)
{
	unsigned int slot = 1 + actor->n;

	answer(vmm_slot(vm, slot, 0, slot * GiB, MiB));
	answer(vmm_delete(vm, slot));
}

static void ask_vcpu(struct actor *actor)
{
	int fd = answer(vmm_vcpu(vm, below(actor, VCPU_IDS)));

	if (fd >= 0)
		close(fd);
}

static void ask_ioeventfd(struct actor *actor)
{
	answer(vmm_ioeventfd(vm, actor->n, event, true));
	answer(vmm_ioeventfd(vm, actor->n, event, false));
}

static void ask_zone(struct actor *actor)
{
	answer(vmm_zone(vm, actor->n, true));
	answer(vmm_zone(vm, actor->n, false));
}

static void ask_irqfd(struct actor *actor)
{
	answer(vmm_irqfd(vm, actor->n, event, true));
	answer(vmm_irqfd(vm, actor->n, event, false));
}

static void ask_routes(struct actor *actor)
{
	answer(vmm_routes(vm, below(actor, 4)));
}

static void ask_memfd(struct actor *actor)
{
	int fd = answer(vmm_memfd(vm, VMM_PAGE));

	(void)actor;
	if (fd >= 0)
		close(fd);
}

static void ask_capability(struct actor *actor)
{
	answer(vmm_check(below(actor, 2) ? vm : kvm, KVM_CAP_NESTED_STATE));
}

#ifndef __aarch64__
static void ask_connection(struct actor *actor)
{
	answer(vmm_hv_event(vm, actor->n, event, true));
	answer(vmm_hv_event(vm, actor->n, event, false));
}

static void ask_cpuid(struct actor *actor)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[100];
	} cpuid = { .head.nent = 100 };

	(void)actor;
	ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid);
	answer(0);
}

static void ask_msrs(struct actor *actor)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { .head.nmsrs = 1, .entry.index = 0x480 };

	(void)actor;
	ioctl(kvm, KVM_GET_MSRS, &msrs);
	answer(0);
}

static void set_efer(uint64_t value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = {
		.head.nmsrs = 1,
		.entry = { .index = IA32_EFER, .data = value },
	};

	ioctl(vcpu, KVM_SET_MSRS, &msrs);
	answer(0);
}

static void ask_svme(struct actor *actor)
{
	(void)actor;
	set_efer(EFER_SVME);
	set_efer(0);
}

static void ask_nested_state(struct actor *actor)
{
	struct kvm_nested_state state = {
		.format = below(actor, 2),
		.flags = KVM_STATE_NESTED_GUEST_MODE,
		.size = sizeof(state),
	};

	ioctl(vcpu, KVM_SET_NESTED_STATE, &state);
	answer(0);
}
#endif

static const struct {
	const char *function;
	void (*ask)(struct actor *actor);
} askers[] = {
	{ "kvm_coalesced_mmio_init, kvm_arch_destroy_vm", ask_vm },
	{ "kvm_arch_prepare_memory_region", ask_slot },
	{ "kvm_arch_vcpu_precreate", ask_vcpu },
	{ "kvm_io_bus_register_dev, ioeventfd", ask_ioeventfd },
	{ "kvm_io_bus_register_dev, zone", ask_zone },
	{ "kvm_irqfd", ask_irqfd },
	{ "kvm_set_irq_routing", ask_routes },
	{ "kvm_gmem_create", ask_memfd },
	{ "kvm_vm_ioctl_check_extension", ask_capability },
#ifndef __aarch64__
	{ "kvm_vm_ioctl_hv_eventfd", ask_connection },
	{ "kvm_dev_ioctl_get_cpuid", ask_cpuid },
	{ "kvm_arch_dev_ioctl", ask_msrs },
	{ "svm_allocate_nested, vmx_is_valid_cr4", ask_svme },
	{ "svm_set_nested_state, vmx_set_nested_state", ask_nested_state },
#endif
};

/* -- what happens meanwhile -- */

static void make_vm(void)
{
	int fd = answer(vmm_vm(kvm));

	put(&vcpu, -1);
	if (fd < 0)
		return;
#ifndef __aarch64__
	ioctl(fd, KVM_CREATE_IRQCHIP, 0);
#endif
	put(&vm, fd);
	fd = answer(vmm_vcpu(fd, 0));
	if (fd >= 0)
		put(&vcpu, fd);
}

static void destroy(struct actor *actor)
{
	if (below(actor, 2)) {
		put(&vcpu, -1);
		put(&vm, -1);
	}
	make_vm();
}

/* All that is asked for is at one time too much, and at another is not. */
static void fill(struct warden_policy *policy, bool tight)
{
	struct kvmwarden_class *class;
	unsigned int i;

	warden_policy_init(policy);
	policy->host.vms = 8;
	class = warden_add(policy, "default");
	class->deny = tight * KVMWARDEN_DENY_NESTED;
	for (i = 0; i < KVMWARDEN_NR_LIMITS && tight; i++)
		class->vm.of[i] = 1;
	if (tight)
		class->total.memory = 0;
	else
		class->user.vcpus = 100;
}

static void commit(struct actor *actor)
{
	struct warden_policy policy;

	fill(&policy, !odd(actor));
	warden_apply(warden, &policy);
}

/* What is too much now has to be refused to somebody. */
static void await_refusal(unsigned long before)
{
	uint64_t until = now_ms() + PATIENCE;

	while (atomic_load(&refused) == before && CHECK(now_ms() < until))
		usleep(1000);
}

static void set(struct actor *actor)
{
	struct kvmwarden_vm record = { .size = sizeof(record) };
	struct kvmwarden_vm_set set = {
		.size = sizeof(set),
		.change = KVMWARDEN_DENY_NESTED,
		.own = KVMWARDEN_DENY_NESTED,
		.deny = !odd(actor),
		.limits = (1 << KVMWARDEN_NR_LIMITS) - 1,
		.flags = KVMWARDEN_SET_CLASS,
	};
	int ret;

	if (ioctl(warden, KVMWARDEN_VM_NEXT, &record))
		return;
	set.id = record.id;
	if (!odd(actor))
		set.own_limits = set.limits;
	ret = ioctl(warden, KVMWARDEN_VM_SET, &set);
	CHECK(!ret || errno == ENOENT);
}

static void add_vcpus(struct actor *actor)
{
	ask_vcpu(actor);
	/* or soon there is no room for more */
	if (!below(actor, 8))
		make_vm();
}

static void disarm(struct actor *actor)
{
	unsigned long before;

	take_off_hooks();
	before = atomic_load(&refused);
	commit(actor);
	if (!odd(actor))
		await_refusal(before);
}

/* -- one against the other -- */

static void *act(void *data)
{
	struct actor *actor = data;

	while (!atomic_load(&over))
		actor->run(actor);
	return NULL;
}

/* Ends it for all. */
static void *happen(void *data)
{
	struct actor *actor = data;
	uint64_t until = now_ms() + ms;

	while (actor->turns < TURNS || now_ms() < until) {
		actor->run(actor);
		actor->turns++;
	}
	atomic_store(&over, true);
	return NULL;
}

static void start(struct actor *actor, unsigned int n,
		  void (*run)(struct actor *actor), void *(*body)(void *))
{
	actor->n = n;
	actor->random = seed * 64 + n;
	actor->turns = 0;
	actor->run = run;
	if (pthread_create(&actor->thread, NULL, body, actor))
		ksft_exit_fail_msg("no thread\n");
}

static uint64_t counted(void)
{
	struct kvmwarden_status status;
	uint64_t sum = 0;
	unsigned int i;

	warden_status(warden, &status);
	for (i = 0; i < KVMWARDEN_NR_REASONS; i++)
		if (i != KVMWARDEN_REASON_NESTED)
			sum += status.denials.denied[i];
	return sum;
}

static void begin(void)
{
	struct warden_policy policy;

	fill(&policy, false);
	warden_apply(warden, &policy);
	atomic_store(&over, false);
	atomic_store(&asked, 0);
	atomic_store(&refused, 0);
	make_vm();
}

static void end(const char *what, uint64_t before)
{
	put(&vcpu, -1);
	put(&vm, -1);
	if (!CHECK(eventually_unused()) ||
	    !EQUAL(counted() - before, atomic_load(&refused)) ||
	    !CHECK(asked > 0))
		ksft_print_msg("%s: %lu asked, %lu refused\n", what, asked,
			       refused);
}

/* Each function by itself, against one thing that happens. */
static void against(void (*what)(struct actor *actor), bool refuses)
{
	unsigned long all = 0, no = 0, turns = 0;
	struct actor actors[ASKERS + 1];
	unsigned int i, j;
	uint64_t before;

	for (i = 0; i < ARRAY_SIZE(askers); i++) {
		before = counted();
		begin();
		for (j = 0; j < ASKERS; j++)
			start(&actors[j], j, askers[i].ask, act);
		start(&actors[j], j, what, happen);
		for (j = 0; j <= ASKERS; j++)
			pthread_join(actors[j].thread, NULL);
		all += asked;
		no += refused;
		turns += actors[ASKERS].turns;
		end(askers[i].function, before);
	}
	ksft_print_msg("%lu asked, %lu refused, it happened %lu times\n", all,
		       no, turns);
	CHECK(no || !refuses);
}

/* All of them at once, for it takes a while. */
static void all_against_disarm(void)
{
	struct actor actors[ARRAY_SIZE(askers) + 2];
	unsigned int i;
	uint64_t before = counted();

	begin();
	for (i = 0; i < ARRAY_SIZE(askers); i++)
		start(&actors[i], i, askers[i].ask, act);
	start(&actors[i], i, destroy, act);
	i++;
	start(&actors[i], i, disarm, happen);
	for (i = 0; i < ARRAY_SIZE(actors); i++)
		pthread_join(actors[i].thread, NULL);
	ksft_print_msg("%lu asked, %lu refused\n", asked, refused);
	end("disarm", before);
}

static void against_destroy(void)
{
	against(destroy, false);
}

static void against_commits(void)
{
	against(commit, true);
}

static void against_sets(void)
{
	against(set, true);
}

static void against_vcpus(void)
{
	against(add_vcpus, false);
}

/* -- for races.sh: module and KVM come and go -- */

static void stop(int signal)
{
	(void)signal;
	atomic_store(&over, true);
}

/* KVM, or we, may not be there just now. */
static int churn(void)
{
	struct actor actor = { .random = now_ms(), .n = 0 };
	unsigned long vms = 0;
	unsigned int i;

	signal(SIGTERM, stop);
	event = eventfd(0, EFD_CLOEXEC);
	while (!atomic_load(&over)) {
		kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
		if (kvm < 0)
			continue;
		make_vm();
		vms += atomic_load(&vm) >= 0;
		for (i = 0; i < ARRAY_SIZE(askers); i++)
			askers[i].ask(&actor);
		put(&vcpu, -1);
		put(&vm, -1);
		close(kvm);
	}
	printf("%lu VMs, %lu requests, %lu refused\n", vms, asked, refused);
	return !vms;
}

static const struct test tests[] = {
	{ "every hook, and its VM is destroyed", against_destroy },
	{ "every hook, and commits", against_commits },
	{ "every hook, and limits that are set", against_sets },
	{ "every hook, and vCPUs that are added", against_vcpus },
	{ "every hook, and hooks that come and go", all_against_disarm },
};

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "churn"))
		return churn();
	seed = seed_of(argc, argv, &ms);
	event = eventfd(0, EFD_CLOEXEC);
	return fixture_main(tests, ARRAY_SIZE(tests));
}
