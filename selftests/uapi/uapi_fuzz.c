// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls: what is in force must stay in force, and nothing may break.
 *
 * Usage: uapi_fuzz [CALLS [SEED]]
 *
 * What would take hooks off, put a ruleset in force, or lock it there, is spoiled
 * before it is sent. A VM may be set to whatever there is.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "kselftest.h"
#include "warden.h"

#define THREADS		3
#define DRAFTS		8
#define PAGE		4096
#define ERRORS		256

struct fuzzer {
	pthread_t thread;
	uint64_t random;
	unsigned long calls;
	unsigned char *pages;	/* two, and a hole behind */
	unsigned char *read_only;
	unsigned long results[ERRORS];
};

static const struct {
	unsigned long cmd;
	uint32_t size;
	bool draft;
} known[] = {
	{ KVMWARDEN_STATUS, sizeof(struct kvmwarden_status), false },
	{ KVMWARDEN_HOOK_GET, sizeof(struct kvmwarden_hook), false },
	{ KVMWARDEN_VM_NEXT, sizeof(struct kvmwarden_vm), false },
	{ KVMWARDEN_CLASS_GET, sizeof(struct kvmwarden_class), false },
	{ KVMWARDEN_RULESET_BEGIN, sizeof(struct kvmwarden_ruleset), false },
	{ KVMWARDEN_DISARM, sizeof(struct kvmwarden_disarm), false },
	{ KVMWARDEN_VM_SET, sizeof(struct kvmwarden_vm_set), false },
	{ KVMWARDEN_CGROUP_GET, sizeof(struct kvmwarden_cgroup), false },
	{ KVMWARDEN_ACCOUNT_NEXT, sizeof(struct kvmwarden_account), false },
	{ KVMWARDEN_CONFIRM, sizeof(struct kvmwarden_confirm), false },
	{ KVMWARDEN_LOCK, sizeof(struct kvmwarden_lock), false },
	{ KVMWARDEN_RULESET_ADD, sizeof(struct kvmwarden_class), true },
	{ KVMWARDEN_RULESET_ADD, sizeof(struct kvmwarden_class), true },
	{ KVMWARDEN_RULESET_ADD_CGROUP, sizeof(struct kvmwarden_cgroup), true },
	{ KVMWARDEN_RULESET_COMMIT, sizeof(struct kvmwarden_commit), true },
};

static int device;
static uint64_t vm_id;
static void *changes;	/* a page, and nothing in 2 GiB around it */
static atomic_int drafts[DRAFTS];
static atomic_ulong sets;

/* xorshift: the same on every machine. */
static uint64_t next(struct fuzzer *f)
{
	f->random ^= f->random << 13;
	f->random ^= f->random >> 7;
	f->random ^= f->random << 17;
	return f->random >> 8;
}

static unsigned int below(struct fuzzer *f, unsigned int n)
{
	return next(f) % n;
}

static void put_draft(struct fuzzer *f, int fd)
{
	int old = atomic_exchange(&drafts[below(f, DRAFTS)], fd);

	if (old >= 0)
		close(old);
}

static uint64_t random_value(struct fuzzer *f)
{
	static const uint64_t values[] = {
		0, 1, 2, 3, 4, 8, 64, 255, 4095, 4096, 1ULL << 31, ~0U,
		1ULL << 32, 1ULL << 63, ~0ULL, 0xffff888000000000,
	};

	if (below(f, 4))
		return values[below(f, ARRAY_SIZE(values))];
	return next(f);
}

static void random_class(struct fuzzer *f, struct kvmwarden_class *class)
{
	static const char pattern[] = "/**/a*";

	snprintf(class->name, sizeof(class->name), "c%u", below(f, 40));
	class->mode = below(f, 3);
	class->flags = 1 + below(f, 3);
	if (class->flags & KVMWARDEN_CLASS_MATCH_UID)
		class->uid = below(f, 5000);
	if (class->flags & KVMWARDEN_CLASS_MATCH_CGROUP)
		class->cgroup.address = (uintptr_t)pattern;
	class->deny = below(f, 2) * KVMWARDEN_DENY_NESTED;
	class->revoke = below(f, 2);
	warden_limits(&class->vm);
	warden_unlimited(&class->user);
	warden_unlimited(&class->total);
}

/* In order every now and then; there is one VM, or some test's before us. */
static void random_set(struct fuzzer *f, struct kvmwarden_vm_set *set)
{
	set->id = below(f, 2) ? vm_id : below(f, 4);
	set->change = below(f, 3);
	set->own = below(f, 3);
	set->deny = below(f, 3);
	if (below(f, 2)) {
		set->limits = below(f, 1 << KVMWARDEN_NR_LIMITS);
		set->own_limits = set->limits & below(f, 4);
		if (set->own_limits & 1 << KVMWARDEN_LIMIT_VCPUS)
			set->limit.of[KVMWARDEN_LIMIT_VCPUS] = random_value(f);
		if (set->own_limits & 1 << KVMWARDEN_LIMIT_MEMORY)
			set->limit.of[KVMWARDEN_LIMIT_MEMORY] = random_value(f);
	}
	if (!below(f, 3)) {
		set->flags = KVMWARDEN_SET_CLASS;
		strcpy(set->class_name, below(f, 2) ? "alpha" : "");
	}
}

static void random_cgroup(struct fuzzer *f, struct kvmwarden_cgroup *cgroup)
{
	static const char pattern[] = "/**/a*";

	cgroup->pattern.address = (uintptr_t)(pattern + below(f, 2));
	warden_unlimited(&cgroup->limit);
	cgroup->limit.vms = random_value(f);
}

/* More often than not, to be checked. */
static void random_commit(struct fuzzer *f, struct kvmwarden_commit *commit)
{
	struct kvmwarden_status status;

	warden_status(device, &status);
	commit->generation = status.generation;
	commit->flags = below(f, 4);
	commit->confirm = below(f, 3);
	commit->nr_changes = below(f, 5);
	commit->changes = (uintptr_t)changes;
}

/* Something in order, most of the time spoiled afterwards. */
static void random_argument(struct fuzzer *f, unsigned char *arg,
			    unsigned long cmd, uint32_t size)
{
	unsigned int spoil = below(f, 4);
	uint64_t value;
	uint32_t at;

	memset(arg, 0, size);
	switch (cmd) {
	case KVMWARDEN_RULESET_BEGIN:
		((struct kvmwarden_ruleset *)arg)->mode = below(f, 3);
		break;
	case KVMWARDEN_VM_SET:
		random_set(f, (struct kvmwarden_vm_set *)arg);
		break;
	case KVMWARDEN_RULESET_ADD:
		random_class(f, (struct kvmwarden_class *)arg);
		break;
	case KVMWARDEN_RULESET_ADD_CGROUP:
		random_cgroup(f, (struct kvmwarden_cgroup *)arg);
		break;
	case KVMWARDEN_RULESET_COMMIT:
		random_commit(f, (struct kvmwarden_commit *)arg);
		break;
	}
	while (spoil-- && size > 12) {
		value = random_value(f);
		at = 4 + below(f, size - 12);
		memcpy(arg + (below(f, 4) ? at & ~3U : at), &value,
		       below(f, 2) ? 8 : 4);
	}
	if (!below(f, 8))
		size = below(f, 2) ? below(f, PAGE) : random_value(f);
	memcpy(arg, &size, sizeof(size));
}

/* Never by chance: see above. */
static void defuse(unsigned char *arg, unsigned long cmd)
{
	struct kvmwarden_commit *commit = (void *)arg;

	if (cmd == KVMWARDEN_DISARM)
		((struct kvmwarden_disarm *)arg)->flags |= 1U << 30;
	else if (cmd == KVMWARDEN_LOCK)
		((struct kvmwarden_lock *)arg)->flags |= 1U << 30;
	else if (cmd == KVMWARDEN_RULESET_COMMIT &&
		 !(commit->flags & KVMWARDEN_COMMIT_CHECK))
		commit->generation |= 1ULL << 62;
}

static void *place(struct fuzzer *f, unsigned long cmd, uint32_t size)
{
	unsigned char *arg = f->pages;

	switch (below(f, 16)) {
	case 0:
		return (void *)random_value(f);
	case 1:
		/* cut off by the hole */
		arg = f->pages + 2 * PAGE - below(f, size);
		memset(f->pages, 0, 2 * PAGE);
		return arg;
	case 2:
		/* what cannot be answered is a matter of its own */
		return cmd == KVMWARDEN_STATUS ? f->read_only : NULL;
	case 3:
		arg = f->pages + 2 * PAGE - size;
		break;
	default:
		arg += below(f, 8) ? 0 : below(f, PAGE);
	}
	random_argument(f, arg, cmd, size);
	defuse(arg, cmd);
	return arg;
}

static void one_call(struct fuzzer *f)
{
	unsigned int which = below(f, ARRAY_SIZE(known));
	unsigned long cmd = known[which].cmd;
	int ret, fd = device;
	void *arg;

	arg = place(f, cmd, known[which].size);
	/* a call of an unknown number may carry anything */
	if (!below(f, 10)) {
		cmd = _IOC(below(f, 4), below(f, 2) ? KVMWARDEN_IOC : 0xae,
			   0x20 + below(f, 0xe0), below(f, 1 << 14));
		fd = below(f, 2) ? device : drafts[below(f, DRAFTS)];
	} else if (known[which].draft == !!below(f, 20)) {
		fd = drafts[below(f, DRAFTS)];
	}
	ret = ioctl(fd, cmd, arg);
	if (ret < 0)
		ret = -errno;
	f->results[ret < 0 ? -ret % ERRORS : 0]++;
	if (cmd == KVMWARDEN_VM_SET && !ret)
		sets++;
	if (cmd == KVMWARDEN_RULESET_BEGIN && ret >= 0)
		put_draft(f, ret);
	else if (!below(f, 50))
		put_draft(f, -1);
}

static void *fuzz(void *data)
{
	struct fuzzer *f = data;
	unsigned long i;

	for (i = 0; i < f->calls; i++)
		one_call(f);
	return NULL;
}

/* Where its address leads with some bytes of it spoiled, nothing may be ours. */
static void make_changes(void)
{
	const uintptr_t span = 1ULL << 32;
	char *reserved = mmap(NULL, 2 * span, PROT_NONE, MAP_PRIVATE |
			      MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (reserved == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	changes = reserved + (-(uintptr_t)reserved & (span - 1)) + span / 2;
	if (mprotect(changes, PAGE, PROT_READ | PROT_WRITE))
		ksft_exit_fail_msg("mprotect: %s\n", strerror(errno));
}

static void prepare(struct fuzzer *f, unsigned int i, uint64_t seed,
		    unsigned long calls)
{
	f->random = (seed + i + 1) * 0x9e3779b97f4a7c15;
	f->calls = calls / THREADS;
	f->pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	f->read_only = mmap(NULL, PAGE, PROT_READ,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (f->pages == MAP_FAILED || f->read_only == MAP_FAILED ||
	    mprotect(f->pages + 2 * PAGE, PAGE, PROT_NONE))
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	if (pthread_create(&f->thread, NULL, fuzz, f))
		ksft_exit_fail_msg("pthread_create failed\n");
}

static unsigned int open_files(void)
{
	unsigned int n = 0;
	DIR *dir = opendir("/proc/self/fd");

	while (dir && readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void run(unsigned long calls, uint64_t seed)
{
	static struct fuzzer fuzzers[THREADS];
	unsigned long results[ERRORS] = {};
	unsigned int i, j;

	make_changes();
	for (i = 0; i < DRAFTS; i++)
		drafts[i] = -1;
	for (i = 0; i < THREADS; i++)
		prepare(&fuzzers[i], i, seed, calls);
	for (i = 0; i < THREADS; i++) {
		pthread_join(fuzzers[i].thread, NULL);
		for (j = 0; j < ERRORS; j++)
			results[j] += fuzzers[i].results[j];
	}
	for (i = 0; i < DRAFTS; i++)
		if (drafts[i] >= 0)
			close(drafts[i]);
	for (j = 0; j < ERRORS; j++)
		if (results[j])
			ksft_print_msg("%lu: %s\n", results[j], strerror(j));
	/* else it has not come far */
	ksft_test_result(results[0] > calls / 10 && results[EINVAL] &&
			 results[E2BIG] && results[EFAULT] && results[ENOTTY],
			 "all kinds of answers\n");
}

static int vm_make(void)
{
	struct kvmwarden_vm vm;
	int fd, kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	fd = ioctl(kvm, KVM_CREATE_VM, 0);
	if (fd < 0 || warden_vm(device, getpid(), &vm))
		ksft_exit_fail_msg("no VM: %s\n", strerror(errno));
	close(kvm);
	vm_id = vm.id;
	return fd;
}

/* Its class denies nothing. */
static bool vm_is(uint64_t own, uint64_t deny)
{
	struct kvmwarden_vm vm;

	if (warden_vm(device, getpid(), &vm))
		return false;
	ksft_print_msg("set %lu times; own %#llx, deny %#llx, limits %#llx, class %s\n",
		       sets, (unsigned long long)vm.own,
		       (unsigned long long)vm.deny,
		       (unsigned long long)vm.own_limits, vm.class_name);
	return vm.own == own && vm.deny == deny;
}

static bool vm_has_class(const char *name, uint32_t flags)
{
	struct kvmwarden_vm vm;

	return !warden_vm(device, getpid(), &vm) && vm.flags == flags &&
	       !strcmp(vm.class_name, name);
}

/* All that can be set, given back. */
static bool vm_reset(void)
{
	struct kvmwarden_vm_set set = {
		.size = sizeof(set),
		.id = vm_id,
		.change = KVMWARDEN_DENY_NESTED,
		.limits = (1ULL << KVMWARDEN_NR_LIMITS) - 1,
		.flags = KVMWARDEN_SET_CLASS,
	};
	struct kvmwarden_vm vm;

	return !ioctl(device, KVMWARDEN_VM_SET, &set) && vm_is(0, 0) &&
	       vm_has_class("default", 0) &&
	       !warden_vm(device, getpid(), &vm) && !vm.own_limits &&
	       vm.limit.of[KVMWARDEN_LIMIT_VCPUS] == KVMWARDEN_UNLIMITED &&
	       vm.limit.of[KVMWARDEN_LIMIT_MEMORY] == KVMWARDEN_UNLIMITED;
}

static void vm_check(void)
{
	const uint64_t nested = KVMWARDEN_DENY_NESTED;
	bool good;

	good = sets && (vm_is(0, 0) || vm_is(nested, 0) ||
			vm_is(nested, nested)) &&
	       (vm_has_class("alpha", KVMWARDEN_VM_CLASS_SET) ||
		vm_has_class("default", 0)) &&
	       vm_reset();
	ksft_test_result(good, "the VM was set now and then, to what there is\n");
}

static void policy_fill(struct warden_policy *policy)
{
	struct kvmwarden_class *class;

	warden_policy_init(policy);
	policy->version = 77;
	class = warden_add(policy, "alpha");
	class->flags = KVMWARDEN_CLASS_MATCH_UID;
	class->uid = 4001;
	class->vm.of[KVMWARDEN_LIMIT_VCPUS] = 2;
}

int main(int argc, char **argv)
{
	unsigned long calls = argc > 1 ? strtoul(argv[1], NULL, 0) : 100000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) :
				   (uint64_t)time(NULL);
	struct kvmwarden_status before, after, last;
	struct rlimit limit = { 65536, 65536 };
	struct warden_policy policy;
	unsigned int files;
	int vm;

	setvbuf(stdout, NULL, _IOLBF, 0);
	ksft_print_header();
	device = warden_open();
	ksft_set_plan(5);
	ksft_print_msg("to do it again: uapi_fuzz %lu %llu\n", calls,
		       (unsigned long long)seed);
	setrlimit(RLIMIT_NOFILE, &limit);
	policy_fill(&policy);
	warden_apply(device, &policy);
	vm = vm_make();
	warden_status(device, &before);
	files = open_files();

	run(calls, seed);

	warden_status(device, &after);
	ksft_test_result(!memcmp(&before, &after, sizeof(before)),
			 "status as before\n");
	ksft_test_result(open_files() == files, "no file left open\n");
	vm_check();
	warden_apply(device, &policy);
	warden_status(device, &last);
	ksft_test_result(last.generation == before.generation + 1 &&
			 last.version == 77 && last.classes == 2 &&
			 last.state == (KVMWARDEN_STATE_ARMED |
					KVMWARDEN_STATE_CANARY),
			 "the next commit takes\n");
	warden_reset(device);
	close(vm);
	ksft_finished();
}
