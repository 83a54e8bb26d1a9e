// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls of KVM from many threads, which share VMs and close each other's
 * files, while policy changes and VMs are put elsewhere.
 *
 * In rounds. In some all is enforced, and limits on the host, its users and
 * cgroups stay: what is used there never exceeds them. After each nothing is
 * used, and as much was counted and told of as was refused.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "items.h"
#include "kselftest.h"
#include "live.h"
#include "many.h"
#include "model.h"
#include "vmm.h"

#define VMS		8
#define VCPUS		4
#define EVENTS		8
#define ARENA		(64 * VMM_PAGE)
#define ROUND		2000	/* calls of each thread */

#define MiB		(1ULL << 20)

#define IA32_EFER	0xc0000080
#define EFER_SVME	(1ULL << 12)

/* Files that any thread uses, and any may close. */
static atomic_int vms[VMS], vcpus[VMS][VCPUS], events[EVENTS];

static unsigned char *arena;
static int shared_size;
static atomic_bool over;

/**
 * struct worker - a thread that makes calls
 * @random: its own
 * @refused: how often it was refused for a quota
 * @forbidden: ... to be in a guest of its own
 */
struct worker {
	struct live_random random;
	unsigned long refused;
	unsigned long forbidden;
};

static struct worker workers[LIVE_THREADS];
static atomic_ulong calls;

static int answer(struct worker *worker, int ret)
{
	worker->refused += ret == -EDQUOT;
	atomic_fetch_add(&calls, 1);
	return ret;
}

static int call(struct worker *worker, int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return answer(worker, ret < 0 ? -errno : ret);
}

static unsigned int below(struct worker *worker, unsigned int n)
{
	return live_below(&worker->random, n);
}

/* Whoever takes it out closes it; others may just be using it. */
static void put(atomic_int *at, int fd)
{
	int old = atomic_exchange(at, fd);

	if (old >= 0)
		close(old);
}

static int event(struct worker *worker)
{
	return atomic_load(&events[below(worker, EVENTS)]);
}

/* -- calls -- */

static void close_if(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void make_vm(struct worker *worker, unsigned int v)
{
	int fd;

	live_become(MODEL_USER + below(worker, MODEL_USERS));
	fd = answer(worker, vmm_vm(live_kvm));
	live_become(0);
	if (fd >= 0)
		put(&vms[v], fd);
}

static void make_vcpu(struct worker *worker, unsigned int v, int vm)
{
	int fd = answer(worker, vmm_vcpu(vm, below(worker, VCPUS)));

	if (fd >= 0)
		put(&vcpus[v][below(worker, VCPUS)], fd);
}

static void memory(struct worker *worker, int vm)
{
	struct kvm_userspace_memory_region region;
	uint64_t size = (1 + below(worker, 8)) * MiB / 2;

	if (!below(worker, 3))
		size = 0;
	vmm_region(&region, below(worker, 6) | (below(worker, 4) ? 0 : 1 << 16),
		   below(worker, 4), below(worker, 8) * 4 * MiB, size);
	if (!below(worker, 8)) {
		/* what a guest can run */
		region.guest_phys_addr = VMM_CODE_GPA;
		region.userspace_addr = (uintptr_t)arena;
		region.memory_size = ARENA;
	} else if (!below(worker, 8)) {
		region.guest_phys_addr = VMM_BEYOND;
	} else if (!below(worker, 8)) {
		region.memory_size = live_value(&worker->random);
	}
	answer(worker, vmm_set(vm, &region));
}

static void item(struct worker *worker, int vm)
{
	unsigned int n = below(worker, 6), what = below(worker, 8);
	bool there = below(worker, 3);

	if (what == 0)
		answer(worker, vmm_ioeventfd(vm, n, event(worker), there));
	else if (what == 1)
		answer(worker, vmm_zone(vm, n, there));
	else if (what == 2)
		answer(worker, vmm_irqfd(vm, n, event(worker), there));
	else if (what == 3)
		answer(worker, vmm_hv_event(vm, n, event(worker), there));
	else if (what == 4)
		answer(worker, vmm_routes(vm, below(worker, 60)));
	else if (what == 5)
		call(worker, vm, KVM_CREATE_IRQCHIP, NULL);
	else if (what == 6)
		answer(worker, vmm_check(vm, below(worker, 250)));
	else
		close_if(answer(worker, vmm_memfd(vm, VMM_PAGE)));
}

static void create_device(struct worker *worker, int fd, const uint64_t *arg)
{
	struct kvm_create_device device = {
		.type = below(worker, 2) ? KVM_DEV_TYPE_VFIO : arg[0],
		.flags = !below(worker, 4),
	};

	if (!call(worker, fd, KVM_CREATE_DEVICE, &device) &&
	    !(device.flags & KVM_CREATE_DEVICE_TEST))
		close(device.fd);
}

/* Anything that an ioctl of KVM may be, with anything for an argument. */
static void anything(struct worker *worker, int fd)
{
	static const unsigned long cmds[] = {
		KVM_CHECK_EXTENSION, KVM_GET_DIRTY_LOG, KVM_SET_TSS_ADDR,
		KVM_SET_IDENTITY_MAP_ADDR, KVM_IRQ_LINE, KVM_GET_IRQCHIP,
		KVM_SET_IRQCHIP, KVM_SIGNAL_MSI, KVM_CREATE_DEVICE,
		KVM_ENABLE_CAP, KVM_CREATE_PIT2, KVM_SET_CLOCK, KVM_GET_CLOCK,
		KVM_SET_REGS, KVM_GET_REGS, KVM_SET_FPU, KVM_INTERRUPT,
		KVM_SET_MSRS, KVM_SET_CPUID2, KVM_SET_SIGNAL_MASK, KVM_SMI,
		KVM_SET_LAPIC, KVM_GET_LAPIC, KVM_SET_MP_STATE, KVM_NMI,
		KVM_SET_VCPU_EVENTS, KVM_SET_DEBUGREGS, KVM_SET_XCRS,
		KVM_SET_NESTED_STATE, KVM_GET_NESTED_STATE, KVM_TRANSLATE,
		KVM_SET_TSC_KHZ, KVM_KVMCLOCK_CTRL, KVM_SET_GUEST_DEBUG,
		KVM_SET_SREGS, KVM_REINJECT_CONTROL, KVM_SET_BOOT_CPU_ID,
		KVM_CREATE_VCPU, KVM_IOEVENTFD, KVM_IRQFD,
		KVM_SET_GSI_ROUTING, KVM_REGISTER_COALESCED_MMIO,
		KVM_UNREGISTER_COALESCED_MMIO, KVM_HYPERV_EVENTFD,
	};
	unsigned long cmd = cmds[below(worker, ARRAY_SIZE(cmds))];
	uint64_t arg[512] = { 0 };
	unsigned int i, n = below(worker, 12);

	for (i = 0; i < n; i++)
		arg[below(worker, 16)] = live_value(&worker->random);
	if (below(worker, 2))
		arg[0] = (arg[0] & ~0xffffffffULL) | below(worker, 8);
	if (cmd == KVM_CREATE_VCPU)
		close_if(call(worker, fd, cmd, (void *)(uintptr_t)arg[0]));
	else if (cmd == KVM_CREATE_DEVICE)
		create_device(worker, fd, arg);
	else if (cmd == KVM_CHECK_EXTENSION)
		call(worker, fd, cmd, (void *)(uintptr_t)arg[0]);
	else
		call(worker, fd, cmd, arg);
}

static void nesting(struct worker *worker, int vcpu)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = {
		.head.nmsrs = 1,
		.entry = {
			.index = IA32_EFER,
			.data = below(worker, 2) * EFER_SVME,
		},
	};
	struct kvm_nested_state state = {
		.format = below(worker, 3),
		.flags = below(worker, 2) * KVM_STATE_NESTED_GUEST_MODE,
		.size = sizeof(state),
	};

	if (below(worker, 2))
		call(worker, vcpu, KVM_SET_MSRS, &msrs);
	else if (call(worker, vcpu, KVM_SET_NESTED_STATE, &state) == -EPERM)
		worker->forbidden++;
}

/* Whatever its guest does, a signal comes soon. */
static void run(struct worker *worker, int vcpu)
{
	struct kvm_run *run;

	run = mmap(NULL, shared_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu,
		   0);
	if (run == MAP_FAILED)
		return;
	run->immediate_exit = below(worker, 2);
	if (below(worker, 2))
		run->kvm_dirty_regs = live_value(&worker->random);
	call(worker, vcpu, KVM_RUN, NULL);
	munmap(run, shared_size);
}

static void on_vcpu(struct worker *worker, int vcpu)
{
	unsigned int what = below(worker, 8);

	if (what < 2)
		nesting(worker, vcpu);
	else if (what < 4)
		run(worker, vcpu);
	else
		anything(worker, vcpu);
}

static void on_event(struct worker *worker)
{
	unsigned int i = below(worker, EVENTS);
	uint64_t one = 1;

	/* an irqfd goes with the last file of its event */
	if (below(worker, 2))
		put(&events[i], eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	else if (write(atomic_load(&events[i]), &one, sizeof(one)) < 0)
		return;
}

/* Another process has all files open for a while, and VMs that end with it. */
static void other_process(struct worker *worker)
{
	struct worker other = *worker;
	int vm, status;
	pid_t child;

	child = fork();
	if (child < 0)
		return;
	if (!child) {
		other.refused = 0;
		vm = answer(&other, vmm_vm(live_kvm));
		if (vm >= 0) {
			answer(&other, vmm_vcpu(vm, 0));
			answer(&other, vmm_slot(vm, 0, 0, 0, MiB));
		}
		answer(&other, vmm_slot(atomic_load(&vms[0]), 0, 0, 0, MiB));
		_exit(other.refused);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status))
		live_wrong("a process ended with status %d", status);
	worker->refused += WEXITSTATUS(status);
}

static void one(struct worker *worker)
{
	unsigned int v = below(worker, VMS), what = below(worker, 100);
	int vm = atomic_load(&vms[v]);
	int vcpu = atomic_load(&vcpus[v][below(worker, VCPUS)]);

	if (vm < 0 || what < 2)
		make_vm(worker, v);
	else if (what < 4)
		put(&vms[v], -1);
	else if (what < 7)
		put(&vcpus[v][below(worker, VCPUS)], -1);
	else if (what < 17)
		make_vcpu(worker, v, vm);
	else if (what < 45)
		memory(worker, vm);
	else if (what < 70)
		item(worker, vm);
	else if (what < 74)
		on_event(worker);
	else if (what < 80)
		anything(worker, vm);
	else if (what == 80 && !below(worker, 10))
		other_process(worker);
	else
		on_vcpu(worker, vcpu);
}

static void work(void *data)
{
	struct worker *worker = data;
	unsigned int i;

	for (i = 0; i < ROUND; i++)
		one(worker);
}

/* -- what goes on beside them -- */

static uint64_t some_vm(struct live_random *random)
{
	struct kvmwarden_vm vm = { .size = sizeof(vm) };
	unsigned int n = live_below(random, VMS);

	do {
		if (ioctl(live_warden, KVMWARDEN_VM_NEXT, &vm))
			break;
	} while (n--);
	return vm.id;
}

static void set_one(struct live_random *random)
{
	struct kvmwarden_vm_set set = {
		.size = sizeof(set),
		.id = some_vm(random),
		.change = KVMWARDEN_DENY_NESTED,
		.own = KVMWARDEN_DENY_NESTED,
		.deny = live_below(random, 2),
		.flags = KVMWARDEN_SET_CLASS,
		.limits = 1 << KVMWARDEN_LIMIT_VCPUS,
		.own_limits = live_below(random, 2),
	};

	set.limit.of[KVMWARDEN_LIMIT_VCPUS] =
		set.own_limits * live_below(random, 5);
	if (live_below(random, 2))
		strcpy(set.class_name,
		       model_class_name(live_below(random, MODEL_CLASSES)));
	if (ioctl(live_warden, KVMWARDEN_VM_SET, &set) && errno != ENOENT &&
	    errno != EINVAL)
		live_wrong("set: %s", strerror(errno));
}

/* Those limits that are looked at stay as they are. */
static void change_policy(struct live_random *random, bool enforce)
{
	struct model kept = model;
	unsigned int i;

	model_random_policy(random);
	memcpy(model.host, kept.host, sizeof(kept.host));
	memcpy(model.user, kept.user, sizeof(kept.user));
	memcpy(model.cgroup, kept.cgroup, sizeof(kept.cgroup));
	for (i = 0; i < MODEL_CLASSES && enforce; i++)
		model.class[i].mode = KVMWARDEN_MODE_ENFORCE;
	model_commit();
}

struct governor {
	pthread_t thread;
	struct live_random random;
	bool enforce;
};

static void *govern(void *data)
{
	static const struct timespec pause = { .tv_nsec = 20000000 };
	struct governor *governor = data;

	while (!atomic_load(&over)) {
		if (live_below(&governor->random, 3))
			set_one(&governor->random);
		else
			change_policy(&governor->random, governor->enforce);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static void check_amounts(const struct kvmwarden_amounts *used,
			  const struct kvmwarden_amounts *limit,
			  const char *whose)
{
	if (used->vms > limit->vms || used->vcpus > limit->vcpus ||
	    used->memory > limit->memory)
		live_wrong("%s: %llu VMs of %llu, %llu vCPUs of %llu, %llu bytes of %llu",
			   whose, (unsigned long long)used->vms,
			   (unsigned long long)limit->vms,
			   (unsigned long long)used->vcpus,
			   (unsigned long long)limit->vcpus,
			   (unsigned long long)used->memory,
			   (unsigned long long)limit->memory);
}

static void check_totals(void)
{
	struct kvmwarden_status status;
	struct kvmwarden_account account;
	uint64_t id = 0;

	warden_status(live_warden, &status);
	check_amounts(&status.used, &status.limit, "host");
	for (;;) {
		memset(&account, 0, sizeof(account));
		account.size = sizeof(account);
		account.id = id;
		if (ioctl(live_warden, KVMWARDEN_ACCOUNT_NEXT, &account))
			return;
		id = account.id;
		if (account.level == KVMWARDEN_LEVEL_HOST_USER)
			check_amounts(&account.used, &account.limit, "user");
		else if (account.level == KVMWARDEN_LEVEL_CGROUP)
			check_amounts(&account.used, &account.limit, "cgroup");
	}
}

/* -- rounds -- */

static void begin(uint64_t stream)
{
	unsigned int i, j;

	atomic_store(&over, false);
	for (i = 0; i < VMS; i++) {
		atomic_store(&vms[i], -1);
		for (j = 0; j < VCPUS; j++)
			atomic_store(&vcpus[i][j], -1);
	}
	for (i = 0; i < EVENTS; i++)
		atomic_store(&events[i],
			     eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	for (i = 0; i < live_options.threads; i++) {
		workers[i] = (struct worker) { .refused = 0 };
		live_seed(&workers[i].random, live_options.seed,
			  stream * LIVE_THREADS + i);
	}
}

static void end(void)
{
	unsigned int i, j;

	for (i = 0; i < VMS; i++) {
		for (j = 0; j < VCPUS; j++)
			put(&vcpus[i][j], -1);
		put(&vms[i], -1);
	}
	for (i = 0; i < EVENTS; i++)
		put(&events[i], -1);
}

static void start(pthread_t *thread, void *(*todo)(void *), void *data)
{
	int err = pthread_create(thread, NULL, todo, data);

	if (err)
		ksft_exit_fail_msg("no thread: %s\n", strerror(err));
}

/* Beside nested virtualization, whose refusals have other looks as well. */
static uint64_t counted(const struct kvmwarden_denials *denials)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < KVMWARDEN_NR_REASONS; i++)
		if (i != KVMWARDEN_REASON_NESTED)
			sum += denials->denied[i];
	return sum;
}

static void check_counts(const struct kvmwarden_denials *since)
{
	const unsigned int nested = KVMWARDEN_REASON_NESTED;
	unsigned long refused = 0, forbidden = 0;
	struct kvmwarden_status status;
	uint64_t denied;
	unsigned int i;

	for (i = 0; i < live_options.threads; i++) {
		refused += workers[i].refused;
		forbidden += workers[i].forbidden;
	}
	warden_status(live_warden, &status);
	denied = counted(&status.denials) - counted(since);
	if (denied != refused)
		live_wrong("%lu calls were refused for a quota, %llu were counted",
			   refused, (unsigned long long)denied);
	denied = status.denials.denied[nested] - since->denied[nested];
	if (denied < forbidden)
		live_wrong("%lu calls were refused for nesting, %llu were counted",
			   forbidden, (unsigned long long)denied);
}

static void one_round(unsigned int n)
{
	struct live_random random;
	struct governor governor;
	struct kvmwarden_status status;
	struct live_events reader;
	unsigned int i;

	live_seed(&random, live_options.seed, (n + 1) * LIVE_THREADS - 1);
	begin(n + 1);
	warden_status(live_warden, &status);
	live_events_open(&reader);
	model_begin();
	model_random_policy(&random);
	governor.enforce = !(n % 2);
	change_policy(&random, governor.enforce);
	live_seed(&governor.random, live_options.seed,
		  (n + 1) * LIVE_THREADS - 2);
	for (i = 0; i < live_options.threads; i++)
		live_start(work, &workers[i]);
	start(&governor.thread, govern, &governor);
	while (live_tick()) {
		if (governor.enforce)
			check_totals();
		live_events_read(&reader);
	}
	live_join();
	atomic_store(&over, true);
	pthread_join(governor.thread, NULL);
	end();
	live_at_rest();
	check_counts(&status.denials);
	live_events_complete(&reader, &status.denials);
	live_events_close(&reader);
}

/**
 * many() - rounds of calls by many threads
 * @nr: how many calls at least, or 0
 * @seconds: if 0, for how long at least
 *
 * Return: true if something came of it; live_wrongs() tells the rest.
 */
bool many(unsigned long nr, unsigned int seconds)
{
	time_t last = time(NULL) + seconds;
	unsigned int n = 0, wrongs = live_wrongs();

	if (live_options.threads > LIVE_THREADS - 2)
		live_options.threads = LIVE_THREADS - 2;
	shared_size = ioctl(live_kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED || shared_size < 0)
		ksft_exit_fail_msg("no memory for guests\n");
	while (live_wrongs() == wrongs &&
	       (nr ? atomic_load(&calls) < nr : time(NULL) < last)) {
		one_round(n++);
		live_progress(atomic_load(&calls));
	}
	ksft_print_msg("%u rounds, %lu calls\n", n, atomic_load(&calls));
	return n > 0;
}
