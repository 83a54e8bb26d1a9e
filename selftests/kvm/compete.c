// SPDX-License-Identifier: GPL-2.0
/*
 * Two users, one of them with subordinate ids, and two cgroups compete for what
 * there is, with 64 processes that create VMs at once, while rulesets change and
 * VMs are put into other classes: whatever is told to be in use, at whatever
 * moment, is so.
 *
 *	compete [SEED [PERCENT]]
 *
 * SEED may be -, for any; PERCENT is of the rounds and commits that are made by
 * default.
 *
 * Each process keeps books, where all can see them, of what it has begun and what
 * is settled. From these it is known between what bounds a total must be that is
 * read meanwhile; now and then all pause, and both bounds are the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <grp.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest.h"
#include "fixture.h"
#include "vmm.h"

#define WORKERS		64
#define ROUNDS		12
#define ROUNDS_MAX	200	/* if something was not scarce by then */
#define COMMITS		100
#define COMMITS_MAX	4096

/* of a VM */
#define VCPUS_MAX	4
#define SLOTS_MAX	4

#define UNIT		MiB

/* an id that OTHER may use, as /etc/subuid gives them out */
#define SUBUID		101000

#define CGROUPS		"/sys/fs/cgroup"
#define PARENT		"/kwcompete"

/* Limits that are the same in all rulesets: never is more seen in use. */
#define HOST_VMS	36
#define USER_VCPUS	18
#define PARENT_MEMORY	(100 * UNIT)
#define VM_VCPUS	3

/* What hangs for so long hangs for ever; in s. */
#define PATIENCE	600

enum what { VMS, VCPUS, MEMORY, NR_WHAT };

/**
 * struct book - what a worker has done, in units of one resource; all but grow
 * @asked: it began to ask for so much in all
 * @got: so much of that was granted
 * @refused: and so much was not
 * @leaving: it began to give back so much
 * @gone: so much is given back
 */
struct book {
	atomic_ullong asked;
	atomic_ullong got;
	atomic_ullong refused;
	atomic_ullong leaving;
	atomic_ullong gone;
};

/**
 * struct worker - a process that creates VMs, one at a time
 * @pid: its process id
 * @uid: its user id, on the host
 * @owner: who owns its user namespace; or its own id again
 * @cgroup: its path
 * @movable: its VMs may be put into another class
 * @books: by &enum what
 * @failed: what it could not do, or NULL
 * @error: why
 */
struct worker {
	pid_t pid;
	uint32_t uid;
	uint32_t owner;
	const char *cgroup;
	bool movable;
	struct book books[NR_WHAT];
	const char *failed;
	int error;
};

/**
 * struct scene - what all processes share
 * @barrier: all meet there, twice a round
 * @parked: workers that have done with the round
 * @halt: the round is over for all
 * @over: it was the last
 * @sets: VMs that were put into another class
 * @commits: rulesets that were put in force
 * @base: the generation of the first
 * @kinds: by generation from @base on: which of the policies it is
 * @helper_failed: what a process that is no worker could not do, or NULL
 * @helper_error: why
 * @workers: all
 */
struct scene {
	pthread_barrier_t barrier;
	atomic_uint parked;
	atomic_bool halt;
	atomic_bool over;
	atomic_uint sets;
	atomic_uint commits;
	uint64_t base;
	atomic_uchar kinds[COMMITS_MAX];
	const char *helper_failed;
	int helper_error;
	struct worker workers[WORKERS];
};

static struct scene *scene;
static unsigned int seed, percent = 100;

/* Rulesets that take turns, and how many of them do in this test. */
#define KINDS		5
static struct warden_policy policies[KINDS];

static uint64_t amount(const struct kvmwarden_amounts *amounts, enum what what)
{
	return what == VMS ? amounts->vms :
	       what == VCPUS ? amounts->vcpus : amounts->memory;
}

static bool any_limit(const struct kvmwarden_amounts *limit)
{
	enum what what;

	for (what = 0; what < NR_WHAT; what++)
		if (amount(limit, what) != KVMWARDEN_UNLIMITED)
			return true;
	return false;
}

static struct warden_policy *begin_policy(unsigned int kind)
{
	struct warden_policy *policy = &policies[kind];

	warden_policy_init(policy);
	policy->host.vms = HOST_VMS;
	policy->user.vcpus = USER_VCPUS;
	warden_add_cgroup(policy, PARENT)->memory = PARENT_MEMORY;
	return policy;
}

static struct kvmwarden_class *limit_vm(struct kvmwarden_class *class)
{
	class->vm.of[KVMWARDEN_LIMIT_VCPUS] = VM_VCPUS;
	return class;
}

static struct kvmwarden_class *user_class(struct warden_policy *policy,
					  const char *name, uint32_t uid)
{
	return limit_vm(add_user(policy, name, uid));
}

static struct kvmwarden_class *cgroup_class(struct warden_policy *policy,
					    const char *name,
					    const char *pattern)
{
	struct kvmwarden_class *class = limit_vm(warden_add(policy, name));

	class->flags = KVMWARDEN_CLASS_MATCH_CGROUP;
	policy->cgroups[policy->nr - 1] = pattern;
	return class;
}

static struct kvmwarden_class *default_class(struct warden_policy *policy)
{
	return limit_vm(warden_add(policy, "default"));
}

static void by_user_loose(struct warden_policy *policy)
{
	user_class(policy, "tenant", TENANT)->total.vms = 28;
	user_class(policy, "other", OTHER)->user.memory = 64 * UNIT;
	default_class(policy);
	warden_add_cgroup(policy, PARENT "/a")->vms = 30;
	warden_add_cgroup(policy, PARENT "/b")->vcpus = 30;
}

static void by_user_tight(struct warden_policy *policy)
{
	struct kvmwarden_class *class;

	policy->host.vcpus = 30;
	policy->host.memory = 120 * UNIT;
	class = user_class(policy, "tenant", TENANT);
	class->total.vms = 10;
	class->vm.of[KVMWARDEN_LIMIT_MEMORY] = 8 * UNIT;
	class = user_class(policy, "other", OTHER);
	class->user.vms = 12;
	class->total.vcpus = 14;
	default_class(policy);
}

static void by_cgroup(struct warden_policy *policy)
{
	struct kvmwarden_class *class;

	policy->user.vms = 20;
	class = cgroup_class(policy, "red", PARENT "/a");
	class->total.memory = 60 * UNIT;
	class->user.vcpus = 12;
	default_class(policy)->total.vcpus = 25;
	warden_add_cgroup(policy, PARENT "/?")->memory = 90 * UNIT;
}

static void all_alike(struct warden_policy *policy)
{
	policy->user.vms = 18;
	policy->user.memory = 100 * UNIT;
	default_class(policy)->user.vms = 24;
	warden_add_cgroup(policy, "/")->vms = 44;
}

static void by_subuid(struct warden_policy *policy)
{
	user_class(policy, "sub", SUBUID)->user.vms = 9;
	cgroup_class(policy, "red", PARENT "/b")->user.vms = 11;
	user_class(policy, "tenant", TENANT)->total.memory = 40 * UNIT;
	default_class(policy);
	warden_add_cgroup(policy, PARENT "/b")->vms = 17;
}

static void write_policies(void)
{
	static void (*const write[KINDS])(struct warden_policy *policy) = {
		by_user_loose, by_user_tight, by_cgroup, all_alike, by_subuid,
	};
	unsigned int i;

	for (i = 0; i < KINDS; i++)
		write[i](begin_policy(i));
}

static bool is_user(const struct worker *worker, uint32_t uid)
{
	return worker->uid == uid || worker->owner == uid;
}

/* Is a worker in that cgroup, or in one below? */
static bool is_below(const struct worker *worker, const char *cgroup)
{
	size_t len = strlen(cgroup);

	if (!strcmp(cgroup, "/"))
		return true;
	return !strncmp(worker->cgroup, cgroup, len) &&
	       (!worker->cgroup[len] || worker->cgroup[len] == '/');
}

static bool takes(const struct warden_policy *policy, unsigned int i,
		  const struct worker *worker)
{
	const struct kvmwarden_class *class = &policy->classes[i];

	if (class->flags & KVMWARDEN_CLASS_MATCH_UID)
		return is_user(worker, class->uid);
	if (class->flags & KVMWARDEN_CLASS_MATCH_CGROUP)
		return !fnmatch(policy->cgroups[i], worker->cgroup,
				FNM_PATHNAME);
	return true;
}

/* The class that takes a worker's VMs; the last one takes all. */
static const char *class_of(const struct warden_policy *policy,
			    const struct worker *worker)
{
	unsigned int i = 0;

	while (!takes(policy, i, worker))
		i++;
	return policy->classes[i].name;
}

static const struct kvmwarden_class *
find_class(const struct warden_policy *policy, const char *name)
{
	unsigned int i;

	for (i = 0; i < policy->nr; i++)
		if (!strcmp(policy->classes[i].name, name))
			return &policy->classes[i];
	return NULL;
}

static void meet(void)
{
	pthread_barrier_wait(&scene->barrier);
}

static unsigned int pick(unsigned int *random, unsigned int of)
{
	return rand_r(random) / 7 % of;
}

/* What a worker has: just one VM, or none. */
static struct worker *self;
static int vm = -1, vcpus[VCPUS_MAX];
static unsigned int nr_vcpus;
static uint64_t slots[SLOTS_MAX];

static void worker_failed(const char *what, int err)
{
	self->error = -err;
	self->failed = what;
}

static void ask(enum what what, uint64_t units)
{
	atomic_fetch_add(&self->books[what].asked, units);
}

/* Return whether it was granted. */
static bool settle(enum what what, uint64_t units, int ret, const char *name)
{
	struct book *book = &self->books[what];

	atomic_fetch_add(ret < 0 ? &book->refused : &book->got, units);
	if (ret < 0 && ret != -EDQUOT)
		worker_failed(name, ret);
	return ret >= 0;
}

static void leave(enum what what, uint64_t units)
{
	atomic_fetch_add(&self->books[what].leaving, units);
}

static void left(enum what what, uint64_t units)
{
	atomic_fetch_add(&self->books[what].gone, units);
}

static void create_vm(void)
{
	ask(VMS, 1);
	vm = vmm_vm(kvm);
	settle(VMS, 1, vm, "KVM_CREATE_VM");
}

static uint64_t memory_held(void)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < SLOTS_MAX; i++)
		sum += slots[i];
	return sum;
}

/* With nobody else to hold it, KVM destroys it before close() returns. */
static void destroy_vm(void)
{
	uint64_t memory = memory_held();
	unsigned int i;

	leave(VMS, 1);
	leave(VCPUS, nr_vcpus);
	leave(MEMORY, memory);
	for (i = 0; i < nr_vcpus; i++)
		close(vcpus[i]);
	close(vm);
	left(VMS, 1);
	left(VCPUS, nr_vcpus);
	left(MEMORY, memory);
	vm = -1;
	nr_vcpus = 0;
	memset(slots, 0, sizeof(slots));
}

static void create_vcpu(void)
{
	ask(VCPUS, 1);
	vcpus[nr_vcpus] = vmm_vcpu(vm, nr_vcpus);
	if (settle(VCPUS, 1, vcpus[nr_vcpus], "KVM_CREATE_VCPU"))
		nr_vcpus++;
}

static void create_slot(unsigned int slot, uint64_t size)
{
	ask(MEMORY, size);
	if (settle(MEMORY, size, vmm_slot(vm, slot, 0, slot * GiB, size),
		   "KVM_SET_USER_MEMORY_REGION"))
		slots[slot] = size;
}

static void delete_slot(unsigned int slot)
{
	int err;

	leave(MEMORY, slots[slot]);
	err = vmm_delete(vm, slot);
	if (err)
		worker_failed("deleting a slot", err);
	left(MEMORY, slots[slot]);
	slots[slot] = 0;
}

static void change_slot(unsigned int *random)
{
	unsigned int slot = pick(random, SLOTS_MAX);

	if (slots[slot])
		delete_slot(slot);
	else
		create_slot(slot, (1 + pick(random, 6)) * UNIT);
}

static void step(unsigned int *random)
{
	unsigned int what = pick(random, 10);

	if (vm < 0)
		create_vm();
	else if (what == 0)
		destroy_vm();
	else if (what < 4 && nr_vcpus < VCPUS_MAX)
		create_vcpu();
	else
		change_slot(random);
}

/* All create a VM at once; then each goes its own way, and keeps what it has. */
static void work_round(unsigned int *random)
{
	unsigned int steps = pick(random, 14);

	if (vm >= 0)
		destroy_vm();
	create_vm();
	while (steps--)
		step(random);
	if (pick(random, 2) && vm >= 0)
		destroy_vm();
}

static void work(void)
{
	unsigned int random = seed * WORKERS + (self - scene->workers);

	for (;;) {
		meet();
		if (scene->over)
			break;
		work_round(&random);
		scene->parked++;
		meet();
	}
	if (vm >= 0)
		destroy_vm();
}

static int enter_cgroup(const char *cgroup)
{
	char path[256];

	snprintf(path, sizeof(path), CGROUPS "%s/cgroup.procs", cgroup);
	return put_file(path, "0");
}

static bool has_subuid(const struct worker *worker)
{
	return worker->uid != worker->owner;
}

/* As that user, in a namespace of its own where others are to be mapped. */
static int become_user(void)
{
	uint32_t uid = self->owner;

	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		return -errno;
	/* cancelled by that; and its files in /proc are taken away */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 1);
	if (has_subuid(self) && unshare(CLONE_NEWUSER))
		return -errno;
	return 0;
}

static void worker_main(void)
{
	int err = enter_cgroup(self->cgroup);

	close(warden);
	if (err)
		worker_failed("cgroup.procs", err);
	err = become_user();
	if (err)
		worker_failed("setresuid, unshare", err);
	meet();
	/* root maps ids */
	meet();
	if (has_subuid(self) && setresuid(0, 0, 0))
		worker_failed("setresuid in the namespace", -errno);
	work();
}

static void helper_failed(const char *what, int err)
{
	scene->helper_error = -err;
	scene->helper_failed = what;
}

/* Commits are numbered: which policy has which generation is known before. */
static void commit_one(unsigned int *random)
{
	unsigned int nr = scene->commits + 1, kind = pick(random, KINDS);
	int err;

	if (nr >= COMMITS_MAX)
		return;
	scene->kinds[nr] = kind;
	err = warden_commit(warden, &policies[kind]);
	if (err)
		helper_failed("committing", err);
	else
		scene->commits++;
}

/* One of the VMs that may be moved, or 0. */
static uint64_t pick_vm(unsigned int *random)
{
	struct worker *worker = &scene->workers[pick(random, WORKERS)];
	struct kvmwarden_vm record;

	if (!worker->movable || warden_vm(warden, worker->pid, &record))
		return 0;
	return record.id;
}

/* It may be gone by then, and so may the class. */
static void set_one(unsigned int *random)
{
	static const char *const names[] = {
		"tenant", "other", "red", "sub", "default", "",
	};
	struct kvmwarden_vm_set set = {
		.size = sizeof(set),
		.id = pick_vm(random),
		.flags = KVMWARDEN_SET_CLASS,
	};

	if (!set.id)
		return;
	strcpy(set.class_name, names[pick(random, ARRAY_SIZE(names))]);
	if (!ioctl(warden, KVMWARDEN_VM_SET, &set))
		scene->sets++;
	else if (errno != ENOENT && errno != EINVAL)
		helper_failed("KVMWARDEN_VM_SET", -errno);
}

static void help(void (*once)(unsigned int *random), unsigned int random)
{
	for (;;) {
		meet();
		if (scene->over)
			break;
		do {
			once(&random);
		} while (!scene->halt);
		meet();
	}
}

static pid_t start(void (*run)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(PATIENCE);
	run();
	_exit(0);
}

static void committer(void)
{
	meet();
	meet();
	help(commit_one, seed + 1);
}

static void setter(void)
{
	meet();
	meet();
	help(set_one, seed + 2);
}

/**
 * struct window - the time in which something was read
 * @got: of each worker, before
 * @refused: of each worker, before
 * @gone: of each worker, before
 * @asked: of each worker, after
 * @leaving: of each worker, after
 */
struct window {
	uint64_t got[WORKERS][NR_WHAT];
	uint64_t refused[WORKERS][NR_WHAT];
	uint64_t gone[WORKERS][NR_WHAT];
	uint64_t asked[WORKERS][NR_WHAT];
	uint64_t leaving[WORKERS][NR_WHAT];
};

static struct window window;

static void open_window(void)
{
	const struct book *book;
	enum what what;
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		for (what = 0; what < NR_WHAT; what++) {
			book = &scene->workers[i].books[what];
			window.got[i][what] = book->got;
			window.refused[i][what] = book->refused;
			window.gone[i][what] = book->gone;
		}
	}
}

static void close_window(void)
{
	const struct book *book;
	enum what what;
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		for (what = 0; what < NR_WHAT; what++) {
			book = &scene->workers[i].books[what];
			window.asked[i][what] = book->asked;
			window.leaving[i][what] = book->leaving;
		}
	}
}

/* What a worker had, at any moment of the window, at least. */
static uint64_t least(unsigned int worker, enum what what)
{
	uint64_t got = window.got[worker][what];
	uint64_t leaving = window.leaving[worker][what];

	return got > leaving ? got - leaving : 0;
}

/* ... and at most. */
static uint64_t most(unsigned int worker, enum what what)
{
	return window.asked[worker][what] - window.refused[worker][what] -
	       window.gone[worker][what];
}

/**
 * struct account - something that was read
 * @level: &enum kvmwarden_level
 * @uid: of the USER levels
 * @class: of CLASS and USER
 * @policy: the policy that this class is of
 * @cgroup: of CGROUP
 * @worker: of VM: whose it is
 * @used: what was read
 */
struct account {
	uint32_t level;
	uint32_t uid;
	const char *class;
	const struct warden_policy *policy;
	const char *cgroup;
	const struct worker *worker;
	struct kvmwarden_amounts used;
};

/* Whether what a worker has is charged somewhere. */
enum part { OUT, MAYBE, IN };

/* While all is still, the class of each worker's VM, as its record has it. */
static char told_class[WORKERS][KVMWARDEN_NAME_LEN];
static bool still;

static enum part in_class(const struct account *account,
			  const struct worker *worker)
{
	const char *class = told_class[worker - scene->workers];

	if (!still) {
		if (worker->movable)
			return MAYBE;
		class = class_of(account->policy, worker);
	}
	return strcmp(class, account->class) ? OUT : IN;
}

static enum part part_of(const struct account *account,
			 const struct worker *worker)
{
	switch (account->level) {
	case KVMWARDEN_LEVEL_VM:
		return worker == account->worker ? IN : OUT;
	case KVMWARDEN_LEVEL_HOST_USER:
		return is_user(worker, account->uid) ? IN : OUT;
	case KVMWARDEN_LEVEL_USER:
		return is_user(worker, account->uid) ?
		       in_class(account, worker) : OUT;
	case KVMWARDEN_LEVEL_CLASS:
		return in_class(account, worker);
	case KVMWARDEN_LEVEL_CGROUP:
		return is_below(worker, account->cgroup) ? IN : OUT;
	default:
		return IN;
	}
}

/* How much was read, how much of that left no room for any other value. */
static uint64_t readings, exact, wrong;

static void tell_wrong(const struct account *account, enum what what,
		       uint64_t low, uint64_t high)
{
	static const char *const levels[] = {
		"VM", "user in class", "user", "cgroup", "class", "host",
	};
	static const char *const whats[] = { "VMs", "vCPUs", "bytes" };

	if (wrong++ >= 10)
		return;
	ksft_print_msg("%s%s %s%s%s%s uid %u: %" PRIu64 " %s, not %" PRIu64
		       " to %" PRIu64 "\n", still ? "still: " : "",
		       levels[account->level],
		       account->class ? account->class : "",
		       account->cgroup ? account->cgroup : "",
		       account->policy ? " of policy " : "",
		       account->policy ?
		       (char []){ '0' + (account->policy - policies), '\0' } :
		       "", account->uid, amount(&account->used, what),
		       whats[what], low, high);
}

static void check_amount(const struct account *account, enum what what)
{
	uint64_t used = amount(&account->used, what), low = 0, high = 0;
	enum part part;
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		part = part_of(account, &scene->workers[i]);
		if (part == IN)
			low += least(i, what);
		if (part != OUT)
			high += most(i, what);
	}
	readings++;
	exact += low == high;
	if (used < low || used > high)
		tell_wrong(account, what, low, high);
}

/* Those limits that no ruleset changes. */
static uint64_t constant_limit(const struct account *account, enum what what)
{
	if (account->level == KVMWARDEN_LEVEL_HOST && what == VMS)
		return HOST_VMS;
	if (account->level == KVMWARDEN_LEVEL_HOST_USER && what == VCPUS)
		return USER_VCPUS;
	if (account->level == KVMWARDEN_LEVEL_CGROUP && what == MEMORY &&
	    !strcmp(account->cgroup, PARENT))
		return PARENT_MEMORY;
	if (account->level == KVMWARDEN_LEVEL_VM && what == VCPUS)
		return VM_VCPUS;
	return KVMWARDEN_UNLIMITED;
}

static void check_account(const struct account *account)
{
	uint64_t limit;
	enum what what;

	for (what = 0; what < NR_WHAT; what++) {
		check_amount(account, what);
		limit = constant_limit(account, what);
		if (amount(&account->used, what) > limit)
			tell_wrong(account, what, 0, limit);
	}
}

static const struct warden_policy *policy_of(uint64_t generation)
{
	return &policies[scene->kinds[generation - scene->base]];
}

static void read_host(void)
{
	struct account account = { .level = KVMWARDEN_LEVEL_HOST };
	struct kvmwarden_status status;

	open_window();
	warden_status(warden, &status);
	close_window();
	account.used = status.used;
	check_account(&account);
}

/* The class of that index, or false if there is none. */
static bool read_class(uint32_t index)
{
	struct kvmwarden_class class = { .size = sizeof(class),
					 .index = index };
	struct account account = { .level = KVMWARDEN_LEVEL_CLASS };

	open_window();
	if (ioctl(warden, KVMWARDEN_CLASS_GET, &class))
		return false;
	close_window();
	account.class = class.name;
	account.policy = policy_of(class.generation);
	account.used = class.used;
	check_account(&account);
	return true;
}

/*
 * The sums of accounts that were read while all was still: each VM is in as many
 * as it has users and cgroups.
 */
static struct kvmwarden_amounts sums[KVMWARDEN_LEVEL_HOST + 1];

static void add_to_sum(const struct account *account)
{
	struct kvmwarden_amounts *sum = &sums[account->level];

	sum->vms += account->used.vms;
	sum->vcpus += account->used.vcpus;
	sum->memory += account->used.memory;
}

/* The account of a user or a cgroup after that id; 0 if there is none. */
static uint64_t read_account(uint64_t id)
{
	char cgroup[256] = "";
	struct kvmwarden_account got = {
		.size = sizeof(got),
		.id = id,
		.cgroup = { (uintptr_t)cgroup, sizeof(cgroup), 0 },
	};
	struct account account = { .cgroup = cgroup };

	open_window();
	if (ioctl(warden, KVMWARDEN_ACCOUNT_NEXT, &got))
		return 0;
	close_window();
	account.level = got.level;
	account.uid = got.uid;
	account.class = got.class_name;
	account.policy = policy_of(got.generation);
	account.used = got.used;
	check_account(&account);
	if (still)
		add_to_sum(&account);
	return got.id;
}

static struct worker *find_worker(pid_t pid)
{
	unsigned int i;

	for (i = 0; i < WORKERS; i++)
		if (scene->workers[i].pid == pid)
			return &scene->workers[i];
	return NULL;
}

static void check_vm(const struct kvmwarden_vm *record)
{
	struct account account = { .level = KVMWARDEN_LEVEL_VM };
	enum what what;

	account.worker = find_worker(record->pid);
	if (!CHECK(account.worker))
		return;
	account.uid = record->uid;
	account.used.vcpus = record->used.of[KVMWARDEN_LIMIT_VCPUS];
	account.used.memory = record->used.of[KVMWARDEN_LIMIT_MEMORY];
	for (what = VCPUS; what < NR_WHAT; what++)
		check_amount(&account, what);
	if (account.used.vcpus > VM_VCPUS)
		tell_wrong(&account, VCPUS, 0, VM_VCPUS);
	if (!still)
		return;
	account.used.vms = 1;
	add_to_sum(&account);
	strcpy(told_class[account.worker - scene->workers],
	       record->class_name);
}

/* The VM after that id; 0 if there is none. */
static uint64_t read_vm(uint64_t id)
{
	struct kvmwarden_vm record = { .size = sizeof(record), .id = id };

	open_window();
	if (ioctl(warden, KVMWARDEN_VM_NEXT, &record))
		return 0;
	close_window();
	check_vm(&record);
	return record.id;
}

static bool all_parked(void)
{
	return scene->parked == WORKERS;
}

/*
 * One thing after the other, each between others that are read. The host less
 * often: its state cannot be asked for while rulesets change.
 */
static void read_all_the_time(void)
{
	uint64_t account = 0, id = 0;
	uint32_t class = 0, i;

	for (i = 0; !all_parked(); i++) {
		if (i % 8 == 0)
			read_host();
		class = read_class(class) ? class + 1 : 0;
		account = read_account(account);
		id = read_vm(id);
	}
}

/* How many accounts of a level have what a worker has. */
static unsigned int nr_accounts(const struct warden_policy *policy,
				const struct worker *worker, uint32_t level)
{
	const struct kvmwarden_class *class;
	unsigned int i, nr = 0, users = 1 + has_subuid(worker);

	switch (level) {
	case KVMWARDEN_LEVEL_VM:
		return 1;
	case KVMWARDEN_LEVEL_HOST_USER:
		return users;
	case KVMWARDEN_LEVEL_USER:
		class = find_class(policy,
				   told_class[worker - scene->workers]);
		return class && any_limit(&class->user) ? users : 0;
	default:
		for (i = 0; i < policy->nr_groups; i++)
			nr += !strcmp(policy->groups[i], "/") ||
			      !strcmp(policy->groups[i], PARENT) ||
			      !fnmatch(policy->groups[i], worker->cgroup,
				       FNM_PATHNAME);
		return nr;
	}
}

/* No account is missing: what those of a level have together is known. */
static void check_sum(const struct warden_policy *policy, uint32_t level)
{
	struct account sum = { .level = level, .used = sums[level] };
	uint64_t want;
	enum what what;
	unsigned int i;

	for (what = 0; what < NR_WHAT; what++) {
		want = 0;
		for (i = 0; i < WORKERS; i++)
			want += least(i, what) *
				nr_accounts(policy, &scene->workers[i], level);
		if (amount(&sum.used, what) == want)
			continue;
		if (!wrong)
			ksft_print_msg("the sum of all such accounts:\n");
		tell_wrong(&sum, what, want, want);
	}
}

/* Where nobody moves its VM, a worker's class is known. */
static void check_told_classes(const struct warden_policy *policy)
{
	const struct worker *worker;
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		worker = &scene->workers[i];
		if (told_class[i][0] && !worker->movable &&
		    strcmp(told_class[i], class_of(policy, worker)))
			CHECK(!"a VM is in another class than it should be");
	}
}

/* Nobody does anything: all must be equal, on all levels. */
static void check_still(void)
{
	const struct warden_policy *policy;
	struct kvmwarden_status status;
	uint64_t id = 0;
	uint32_t i = 0;

	still = true;
	memset(told_class, 0, sizeof(told_class));
	memset(sums, 0, sizeof(sums));
	warden_status(warden, &status);
	policy = policy_of(status.generation);
	do {
		id = read_vm(id);
	} while (id);
	check_told_classes(policy);
	read_host();
	while (read_class(i))
		i++;
	EQUAL(i, policy->nr);
	do {
		id = read_account(id);
	} while (id);
	open_window();
	close_window();
	for (i = 0; i <= KVMWARDEN_LEVEL_CGROUP; i++)
		check_sum(policy, i);
	still = false;
}

static void make_worker(unsigned int i)
{
	struct worker *worker = &scene->workers[i];

	worker->owner = i % 4 < 2 ? TENANT : OTHER;
	worker->uid = i % 4 == 3 ? SUBUID : worker->owner;
	worker->cgroup = i / 4 % 2 ? PARENT "/b" : PARENT "/a";
	worker->movable = i / 8 % 4 == 0;
	self = worker;
	worker->pid = start(worker_main);
}

static void map_subuids(void)
{
	char path[64], map[64];
	unsigned int i;

	snprintf(map, sizeof(map), "0 %d 1", SUBUID);
	for (i = 0; i < WORKERS; i++) {
		if (!has_subuid(&scene->workers[i]))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/uid_map",
			 scene->workers[i].pid);
		EQUAL(put_file(path, map), 0);
	}
}

static void begin_scene(unsigned int helpers)
{
	struct kvmwarden_status status;
	pthread_barrierattr_t attr;

	memset(scene, 0, sizeof(*scene));
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&scene->barrier, &attr, WORKERS + 1 + helpers);
	warden_apply(warden, &policies[0]);
	warden_status(warden, &status);
	scene->base = status.generation;
	readings = 0;
	exact = 0;
	wrong = 0;
}

static void play_round(void)
{
	scene->parked = 0;
	scene->halt = false;
	meet();
	read_all_the_time();
	scene->halt = true;
	meet();
	check_still();
}

static unsigned int played;

static unsigned int share_of(unsigned int all)
{
	unsigned int share = all * percent / 100;

	/* in fewer rounds it is not sure that there is not enough for all */
	return share < 2 ? 2 : share;
}

/* It was no competition unless all of these had to be shared out. */
static const enum kvmwarden_reason scarce[] = {
	KVMWARDEN_REASON_HOST_VMS,
	KVMWARDEN_REASON_HOST_USER_VCPUS,
	KVMWARDEN_REASON_CGROUP_MEMORY,
	KVMWARDEN_REASON_VM_VCPUS,
};

static uint64_t before[ARRAY_SIZE(scarce)];

static bool was_scarce(unsigned int i)
{
	return denied(scarce[i]) > before[i];
}

static bool all_were_scarce(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scarce); i++)
		if (!was_scarce(i))
			return false;
	return true;
}

static bool enough(bool commits)
{
	if (played < share_of(ROUNDS) ||
	    (commits && scene->commits < share_of(COMMITS)))
		return false;
	return all_were_scarce() || played >= ROUNDS_MAX;
}

static void play(bool commits)
{
	meet();
	map_subuids();
	meet();
	for (played = 0; !enough(commits); played++) {
		play_round();
		if (scene->helper_failed)
			break;
	}
	scene->over = true;
	meet();
}

static void wait_for_all(void)
{
	int status;

	while (wait(&status) > 0)
		CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
}

static void check_failures(void)
{
	const struct worker *worker;
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		worker = &scene->workers[i];
		if (worker->failed)
			ksft_print_msg("worker %u: %s: %s\n", i,
				       worker->failed,
				       strerror(worker->error));
		CHECK(!worker->failed);
	}
	if (scene->helper_failed)
		ksft_print_msg("%s: %s\n", scene->helper_failed,
			       strerror(scene->helper_error));
	CHECK(!scene->helper_failed);
}

static void nothing_left(void)
{
	struct kvmwarden_account account = { .size = sizeof(account) };
	struct kvmwarden_vm record = { .size = sizeof(record) };

	CHECK(eventually_unused());
	EQUAL(ioctl(warden, KVMWARDEN_ACCOUNT_NEXT, &account), -1);
	EQUAL(errno, ENOENT);
	EQUAL(ioctl(warden, KVMWARDEN_VM_NEXT, &record), -1);
	EQUAL(errno, ENOENT);
}

static void compete(bool commits, bool sets)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scarce); i++)
		before[i] = denied(scarce[i]);
	alarm(PATIENCE);
	begin_scene(commits + sets);
	for (i = 0; i < WORKERS; i++)
		make_worker(i);
	if (commits)
		start(committer);
	if (sets)
		start(setter);
	play(commits);
	wait_for_all();
	alarm(0);
	check_failures();
	nothing_left();
	ksft_print_msg("%" PRIu64 " readings, %" PRIu64
		       " without play, %" PRIu64 " wrong; %u rounds, %u commits, %u VMs moved\n",
		       readings, exact, wrong, played, scene->commits,
		       scene->sets);
	CHECK(!wrong);
	for (i = 0; i < ARRAY_SIZE(scarce); i++)
		if (!CHECK(was_scarce(i)))
			ksft_print_msg("there was enough for all, reason %u\n",
				       scarce[i]);
}

static bool make_cgroups(void)
{
	mkdir(CGROUPS PARENT, 0755);
	mkdir(CGROUPS PARENT "/a", 0755);
	mkdir(CGROUPS PARENT "/b", 0755);
	return !access(CGROUPS PARENT "/b/cgroup.procs", W_OK);
}

static void remove_cgroups(void)
{
	rmdir(CGROUPS PARENT "/a");
	rmdir(CGROUPS PARENT "/b");
	rmdir(CGROUPS PARENT);
}

static void in_cgroups(bool commits, bool sets)
{
	if (make_cgroups())
		compete(commits, sets);
	else
		skip("no cgroup2 at " CGROUPS);
	remove_cgroups();
}

static void one_ruleset(void)
{
	in_cgroups(false, false);
}

static void rulesets_change(void)
{
	in_cgroups(true, false);
}

static void vms_are_moved(void)
{
	in_cgroups(true, true);
}

static const struct test tests[] = {
	{ "what is told to be in use is so", one_ruleset },
	{ "while rulesets change", rulesets_change },
	{ "while VMs are put into other classes, too", vms_are_moved },
};

int main(int argc, char **argv)
{
	seed = seed_of(argc, argv, &percent);
	scene = mmap(NULL, sizeof(*scene), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (scene == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	write_policies();
	return fixture_main(tests, ARRAY_SIZE(tests));
}
