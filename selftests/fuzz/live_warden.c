// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls of /dev/kvmwarden, on the loaded module, while VMs come and go.
 *
 * From many threads, some of which have no right to, with files that others
 * close, in order more often than not: so rulesets are committed, confirmed and
 * rolled back, VMs are set, and hooks taken off. Errors have to be those that the
 * header lists. After each round the ruleset in force is the one that came last,
 * by what the callers were told and by what the events say; all sums are right;
 * and nothing is left when VMs and files are closed.
 *
 * LOCK is always spoiled, for it is until reboot; see selftests/uapi/uapi_lock.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "live.h"
#include "vmm.h"

#include "calls.h"

#define DEVICES		6
#define DRAFTS		8
#define VMS		4
#define PAGE		4096
#define ROUND		1000	/* calls of each thread */
#define COMMITS		4096	/* of a round, at most */

/* Files that any thread uses, and any may close. */
static atomic_int devices[DEVICES], drafts[DRAFTS], vms[VMS];

static const char * const words[] = {
	"/", "/a", "/a/*", "/**", "/a?/**/c", "a", "", "*", "unconfined",
	"/usr/bin/env", "/*/*", "l?b**",
};

/**
 * struct worker - a thread that makes calls
 * @random: its own
 * @nobody: it has no right to
 * @pages: two, and a hole behind them
 * @read_only: a page
 * @results: how often each error came; 0 is success
 */
struct worker {
	struct live_random random;
	bool nobody;
	unsigned char *pages;
	unsigned char *read_only;
	unsigned long results[256];
};

static struct worker workers[LIVE_THREADS];
static atomic_ulong calls;
static unsigned int rounds, disarmed;

/* Somewhere with nothing else of ours for 2 GiB around it */
static unsigned char *changes;

/**
 * struct commit - one that has come into force, as its caller was told
 * @digest: of the ruleset
 * @known: the caller was told
 */
struct commit {
	uint8_t digest[KVMWARDEN_DIGEST_LEN];
	atomic_bool known;
};

static struct commit commits[COMMITS];
static uint64_t first_generation;
static atomic_bool may_be_off;	/* somebody has disarmed */

static unsigned int below(struct worker *worker, unsigned int n)
{
	return live_below(&worker->random, n);
}

static void put(atomic_int *at, int fd)
{
	int old = atomic_exchange(at, fd);

	if (old >= 0)
		close(old);
}

/* -- what comes of a call -- */

/* Its number may be another file's by now. */
static bool excused(int err)
{
	return err == EBADF || err == ENOTTY || err == EBADFD;
}

static void judge(struct worker *worker, unsigned int cmd, int ret)
{
	int err = ret < 0 ? -ret : 0;

	atomic_fetch_add(&calls, 1);
	worker->results[err % ARRAY_SIZE(worker->results)]++;
	if (!err && worker->nobody)
		live_wrong("ioctl %#x succeeded without the right to", cmd);
	if (err && !is_listed(cmd, err) && !excused(err))
		live_wrong("ioctl %#x: %s", cmd, strerror(err));
	if (err == EPERM && !worker->nobody)
		live_wrong("ioctl %#x: not permitted", cmd);
}

static int call(struct worker *worker, int fd, unsigned int cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	ret = ret < 0 ? -errno : ret;
	judge(worker, cmd, ret);
	return ret;
}

static void note_commit(const struct kvmwarden_commit *commit)
{
	uint64_t n = commit->generation - first_generation;

	if (n >= COMMITS) {
		live_wrong("generation %llu after %llu",
			   (unsigned long long)commit->generation,
			   (unsigned long long)first_generation);
		return;
	}
	if (atomic_load(&commits[n].known))
		live_wrong("two rulesets of generation %llu",
			   (unsigned long long)commit->generation);
	memcpy(commits[n].digest, commit->digest, sizeof(commits[n].digest));
	atomic_store(&commits[n].known, true);
}

/* -- arguments -- */

static uint64_t limit(struct worker *worker)
{
	return below(worker, 3) ? KVMWARDEN_UNLIMITED :
	       below(worker, 4) ? below(worker, 6) :
				  live_value(&worker->random);
}

static struct kvmwarden_amounts limits(struct worker *worker)
{
	struct kvmwarden_amounts amounts;

	amounts.vms = limit(worker);
	amounts.vcpus = limit(worker);
	amounts.memory = limit(worker);
	return amounts;
}

static struct kvmwarden_string text(struct worker *worker, bool wanted)
{
	struct kvmwarden_string string = { .address = 0 };

	if (wanted)
		string.address =
			(uintptr_t)words[below(worker, ARRAY_SIZE(words))];
	return string;
}

static void fill_ruleset(struct worker *worker,
			 struct kvmwarden_ruleset *ruleset)
{
	ruleset->mode = below(worker, 3);
	ruleset->version = below(worker, 3);
	ruleset->host = limits(worker);
	ruleset->user = limits(worker);
}

static void fill_class(struct worker *worker, struct kvmwarden_class *class)
{
	bool last = !below(worker, 6);
	unsigned int i;

	if (last)
		strcpy(class->name, "default");
	else
		snprintf(class->name, sizeof(class->name), "c%u",
			 below(worker, 10));
	class->flags = last ? 0 : 1 + below(worker, 7);
	class->mode = below(worker, 3);
	if (class->flags & KVMWARDEN_CLASS_MATCH_UID)
		class->uid = below(worker, 4);
	if (class->flags & KVMWARDEN_CLASS_MATCH_GID)
		class->gid = below(worker, 4);
	class->cgroup = text(worker,
			     class->flags & KVMWARDEN_CLASS_MATCH_CGROUP);
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		class->vm.of[i] = limit(worker);
	class->user = limits(worker);
	class->total = limits(worker);
	class->deny = below(worker, 2);
	class->revoke = below(worker, 2);
}

/* 0 for those who have no right to know. */
static uint64_t generation_now(void)
{
	struct kvmwarden_status status = { .size = sizeof(status) };

	ioctl(live_warden, KVMWARDEN_STATUS, &status);
	return status.generation;
}

static void fill_commit(struct worker *worker, struct kvmwarden_commit *commit)
{
	commit->generation = generation_now() - !below(worker, 10);
	commit->flags = KVMWARDEN_COMMIT_FORCE;
	if (!below(worker, 3))
		commit->flags = below(worker, 4);
	if (!below(worker, 6))
		commit->confirm = 1 + below(worker, 2);
	commit->nr_changes = below(worker, 6);
	commit->changes = (uintptr_t)changes;
}

static void fill_set(struct worker *worker, struct kvmwarden_vm_set *set)
{
	struct kvmwarden_vm vm = { .size = sizeof(vm) };
	unsigned int i, n = below(worker, VMS);

	do {
		if (ioctl(live_warden, KVMWARDEN_VM_NEXT, &vm))
			break;
	} while (n--);
	set->id = vm.id;
	set->change = below(worker, 2);
	set->own = set->change & below(worker, 2);
	set->deny = set->own & below(worker, 2);
	if (below(worker, 2)) {
		set->limits = below(worker, 1 << KVMWARDEN_NR_LIMITS);
		set->own_limits = set->limits & below(worker, 512);
		for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
			if (set->own_limits & 1ULL << i)
				set->limit.of[i] = limit(worker);
	}
	if (!below(worker, 3)) {
		set->flags = KVMWARDEN_SET_CLASS;
		if (below(worker, 2))
			snprintf(set->class_name, sizeof(set->class_name),
				 "c%u", below(worker, 10));
	}
}

/* A buffer for a text, or what looks like one. */
static struct kvmwarden_string buffer(struct worker *worker)
{
	struct kvmwarden_string string = {
		.address = (uintptr_t)changes,
		.len = below(worker, PAGE),
	};

	if (!below(worker, 3))
		string.address = 0;
	return string;
}

static void fill(struct worker *worker, unsigned int cmd, void *arg)
{
	switch (cmd) {
	case KVMWARDEN_RULESET_BEGIN:
		fill_ruleset(worker, arg);
		break;
	case KVMWARDEN_RULESET_ADD:
		fill_class(worker, arg);
		break;
	case KVMWARDEN_RULESET_ADD_CGROUP:
		((struct kvmwarden_cgroup *)arg)->pattern = text(worker, true);
		((struct kvmwarden_cgroup *)arg)->limit = limits(worker);
		break;
	case KVMWARDEN_RULESET_COMMIT:
		fill_commit(worker, arg);
		break;
	case KVMWARDEN_VM_SET:
		fill_set(worker, arg);
		break;
	case KVMWARDEN_VM_NEXT:
		((struct kvmwarden_vm *)arg)->id = below(worker, 20);
		((struct kvmwarden_vm *)arg)->cgroup = buffer(worker);
		((struct kvmwarden_vm *)arg)->exe = buffer(worker);
		((struct kvmwarden_vm *)arg)->label = buffer(worker);
		break;
	case KVMWARDEN_CLASS_GET:
		((struct kvmwarden_class *)arg)->index = below(worker, 6);
		((struct kvmwarden_class *)arg)->cgroup = buffer(worker);
		break;
	case KVMWARDEN_CGROUP_GET:
		((struct kvmwarden_cgroup *)arg)->index = below(worker, 4);
		((struct kvmwarden_cgroup *)arg)->pattern = buffer(worker);
		break;
	case KVMWARDEN_ACCOUNT_NEXT:
		((struct kvmwarden_account *)arg)->id = below(worker, 50);
		((struct kvmwarden_account *)arg)->cgroup = buffer(worker);
		break;
	case KVMWARDEN_HOOK_GET:
		((struct kvmwarden_hook *)arg)->index = below(worker, 40);
		break;
	case KVMWARDEN_CONFIRM:
		((struct kvmwarden_confirm *)arg)->generation =
			generation_now();
		((struct kvmwarden_confirm *)arg)->flags = below(worker, 2);
		break;
	}
}

/* In 32 bits any address may be one where something of ours is. */
static bool is_written_to(unsigned int cmd)
{
#ifdef __LP64__
	(void)cmd;
	return false;
#else
	return cmd == KVMWARDEN_VM_NEXT || cmd == KVMWARDEN_CLASS_GET ||
	       cmd == KVMWARDEN_CGROUP_GET || cmd == KVMWARDEN_ACCOUNT_NEXT ||
	       cmd == KVMWARDEN_RULESET_COMMIT;
#endif
}

/* Some bytes, or the size. */
static void spoil(struct worker *worker, unsigned char *arg,
		  const struct kind *kind)
{
	unsigned int n = is_written_to(kind->cmd) ? 0 : below(worker, 3);
	uint32_t at, size = kind->size;
	uint64_t value;

	while (n-- && size > 12) {
		value = live_value(&worker->random);
		at = 4 + below(worker, size - 12);
		memcpy(arg + (below(worker, 4) ? at & ~3U : at), &value,
		       below(worker, 2) ? 8 : 4);
	}
	if (below(worker, 3))
		return;
	size = below(worker, 2) ? below(worker, PAGE + 64) :
				  live_value(&worker->random);
	memcpy(arg, &size, sizeof(size));
}

/*
 * What is until reboot, and what takes a while each time, only where it was
 * meant.
 */
static void defuse(unsigned int cmd, void *arg)
{
	if (cmd == KVMWARDEN_LOCK)
		((struct kvmwarden_lock *)arg)->flags |= 1U << 30;
	else if (cmd == KVMWARDEN_DISARM)
		((struct kvmwarden_disarm *)arg)->flags |= 1U << 30;
}

/* In order, spoiled, or where it cannot be read or written. */
static void *argument(struct worker *worker, const struct kind *kind)
{
	unsigned char *arg = worker->pages;
	unsigned int where = below(worker, 32);

	memset(worker->pages, 0, 2 * PAGE);
	/* where nothing is, at either end */
	if (where == 0)
		return (void *)((uintptr_t)below(worker, PAGE) -
				below(worker, 2) * PAGE);
	if (where == 1)
		return worker->pages + 2 * PAGE - below(worker, kind->size);
	if (where == 2 && kind->cmd == KVMWARDEN_STATUS)
		return worker->read_only;
	if (where < 8)
		arg = worker->pages + 2 * PAGE - kind->size;
	memcpy(arg, &kind->size, sizeof(kind->size));
	fill(worker, kind->cmd, arg);
	if (below(worker, 2))
		spoil(worker, arg, kind);
	defuse(kind->cmd, arg);
	return arg;
}

/* -- calls -- */

static int some_device(struct worker *worker)
{
	return atomic_load(&devices[below(worker, DEVICES)]);
}

static int some_draft(struct worker *worker)
{
	return atomic_load(&drafts[below(worker, DRAFTS)]);
}

static bool is_drafts(unsigned int cmd)
{
	return cmd == KVMWARDEN_RULESET_ADD ||
	       cmd == KVMWARDEN_RULESET_ADD_CGROUP ||
	       cmd == KVMWARDEN_RULESET_COMMIT;
}

static void one_ioctl(struct worker *worker)
{
	const struct kind *begin = kind_of(KVMWARDEN_RULESET_BEGIN);
	const struct kind *kind = &kinds[below(worker, NR_KINDS)];
	struct kvmwarden_commit *commit;
	bool check = false;
	int ret, fd;
	void *arg;

	/* most calls of a draft that there is not would say little */
	if (is_drafts(kind->cmd) && below(worker, 8) &&
	    some_draft(worker) < 0 && begin)
		kind = begin;
	fd = is_drafts(kind->cmd) == !!below(worker, 30) ? some_draft(worker) :
							   some_device(worker);
	arg = argument(worker, kind);
	commit = arg;
	if (kind->cmd == KVMWARDEN_RULESET_COMMIT && commit &&
	    (unsigned char *)arg >= worker->pages &&
	    (unsigned char *)arg <= worker->pages + 2 * PAGE - sizeof(*commit))
		check = commit->flags & KVMWARDEN_COMMIT_CHECK;
	ret = call(worker, fd, kind->cmd, arg);
	if (ret < 0)
		return;
	if (kind->cmd == KVMWARDEN_RULESET_BEGIN)
		put(&drafts[below(worker, DRAFTS)], ret);
	/* of a caller who is told less, the events know */
	if (kind->cmd == KVMWARDEN_RULESET_COMMIT && !check &&
	    commit->size >= sizeof(*commit))
		note_commit(commit);
}

/* Any number, in any of its parts. */
static void wrong_ioctl(struct worker *worker)
{
	const struct kind *kind = &kinds[below(worker, NR_KINDS)];
	unsigned int cmd = kind->cmd;
	int ret;

	memset(worker->pages, 0, 2 * PAGE);
	switch (below(worker, 3)) {
	case 0:
		cmd = _IOC(1 + below(worker, 3), KVMWARDEN_IOC, _IOC_NR(cmd),
			   kind->size);
		break;
	case 1:
		cmd = _IOC(0, KVMWARDEN_IOC, _IOC_NR(cmd),
			   1 + below(worker, 1 << 13));
		break;
	default:
		cmd = _IOC(below(worker, 4), below(worker, 256),
			   0x20 + below(worker, 0xe0), below(worker, 1 << 14));
		/* what any file understands */
		if (_IOC_TYPE(cmd) != KVMWARDEN_IOC)
			cmd = _IOC(0, KVMWARDEN_IOC, 0xff, 0);
	}
	/* not of those that may be KVM's by now, which has errors of its own */
	ret = ioctl(live_warden, cmd, worker->pages);
	if (ret >= 0 || errno != ENOTTY)
		live_wrong("ioctl %#x: %d, %s", cmd, ret, strerror(errno));
	atomic_fetch_add(&calls, 1);
}

/* One after the other, with nothing wrong but what others do to it. */
static void whole_commit(struct worker *worker)
{
	struct kvmwarden_ruleset ruleset = { .size = sizeof(ruleset) };
	struct kvmwarden_commit commit = { .size = sizeof(commit) };
	struct kvmwarden_class class;
	unsigned int i, n = below(worker, 4);
	int draft;

	fill_ruleset(worker, &ruleset);
	draft = call(worker, some_device(worker), KVMWARDEN_RULESET_BEGIN,
		     &ruleset);
	if (draft < 0)
		return;
	for (i = 0; i < n; i++) {
		memset(&class, 0, sizeof(class));
		class.size = sizeof(class);
		fill_class(worker, &class);
		call(worker, draft, KVMWARDEN_RULESET_ADD, &class);
	}
	fill_commit(worker, &commit);
	commit.flags = KVMWARDEN_COMMIT_FORCE;
	if (!call(worker, draft, KVMWARDEN_RULESET_COMMIT, &commit))
		note_commit(&commit);
	if (below(worker, 2))
		close(draft);
	else
		put(&drafts[below(worker, DRAFTS)], draft);
}

static void disarm(struct worker *worker)
{
	struct kvmwarden_disarm disarm = { .size = sizeof(disarm) };

	atomic_store(&may_be_off, true);
	if (!call(worker, live_warden, KVMWARDEN_DISARM, &disarm))
		disarmed++;
}

static void other_call(struct worker *worker)
{
	int fd = below(worker, 2) ? some_device(worker) : some_draft(worker);
	struct pollfd wait = { .fd = fd, .events = live_next(&worker->random) };
	struct iovec vector = { worker->pages, below(worker, 2 * PAGE) };
	ssize_t got = -1;

	switch (below(worker, 8)) {
	case 0:
		lseek(fd, below(worker, 2) ? 0 : live_value(&worker->random),
		      below(worker, 4));
		break;
	case 1:
		poll(&wait, 1, below(worker, 2));
		break;
	case 2:
		got = pread(fd, worker->pages, below(worker, PAGE), 0);
		break;
	case 3:
		got = write(fd, worker->pages, below(worker, PAGE));
		break;
	case 4:
		got = readv(fd, &vector, 1);
		break;
	case 5:
		if (mmap(NULL, PAGE, PROT_READ, MAP_SHARED, live_warden, 0) !=
		    MAP_FAILED)
			live_wrong("the device can be mapped");
		break;
	default:
		got = read(fd, worker->pages + below(worker, 2) * PAGE,
			   below(worker, 2 * PAGE));
	}
	if (got > 0 && worker->nobody)
		live_wrong("events were read without the right to");
}

/* Of what a call has in hand, perhaps. */
static void file_call(struct worker *worker)
{
	unsigned int what = below(worker, 8);

	/* for want of the right to, it would only be closed */
	if (what < 2 && !worker->nobody)
		put(&devices[below(worker, DEVICES)],
		    open(KVMWARDEN_DEVICE, O_RDWR | O_CLOEXEC |
			 (below(worker, 4) ? O_NONBLOCK : 0)));
	else if (what == 2)
		put(&devices[below(worker, DEVICES)], dup(some_device(worker)));
	else if (what == 3)
		put(&drafts[below(worker, DRAFTS)], dup(some_draft(worker)));
	else
		put(&drafts[below(worker, DRAFTS)], -1);
}

static void vm_call(struct worker *worker)
{
	unsigned int v = below(worker, VMS);
	int vm = atomic_load(&vms[v]), vcpu;

	if (vm < 0 || !below(worker, 6)) {
		put(&vms[v], vmm_vm(live_kvm));
		return;
	}
	if (below(worker, 2)) {
		vmm_slot(vm, below(worker, 4), 0, below(worker, 8) << 20,
			 below(worker, 2) << 20);
		return;
	}
	vcpu = vmm_vcpu(vm, below(worker, 4));
	if (vcpu >= 0)
		close(vcpu);
}

/* All files are another process's as well, which makes a few calls. */
static void other_process(struct worker *worker)
{
	unsigned int i, wrongs = live_wrongs();
	pid_t child;
	int status;

	child = fork();
	if (child < 0)
		return;
	if (!child) {
		for (i = 0; i < 10; i++)
			wrong_ioctl(worker);
		_exit(live_wrongs() != wrongs);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (status)
		live_wrong("a process ended with status %d", status);
}

static void one(struct worker *worker)
{
	unsigned int what = below(worker, 1000);

	if (what < 600)
		one_ioctl(worker);
	else if (what < 650)
		wrong_ioctl(worker);
	/* each takes some grace periods of RCU */
	else if (what < 665)
		whole_commit(worker);
	else if (what < 850)
		other_call(worker);
	else if (what < 900)
		file_call(worker);
	else if (what == 900 && !below(worker, 3))
		other_process(worker);
	else
		vm_call(worker);
}

/* This thread alone, which then has no right to anything here. */
static void drop_rights(void)
{
	if (syscall(SYS_setresuid, 65534, 65534, 65534))
		ksft_exit_fail_msg("setresuid: %s\n", strerror(errno));
}

static void work(void *data)
{
	struct worker *worker = data;
	unsigned int i;

	if (worker->nobody)
		drop_rights();
	for (i = 0; i < ROUND; i++) {
		if (i == ROUND / 2 && worker == &workers[0] && rounds % 8 == 1)
			disarm(worker);
		one(worker);
	}
}

/* -- what has to hold when all are at rest -- */

static void wait_confirmed(void)
{
	struct kvmwarden_confirm confirm = { .size = sizeof(confirm) };

	confirm.generation = generation_now();
	if (ioctl(live_warden, KVMWARDEN_CONFIRM, &confirm) &&
	    errno != ENOENT && errno != ESTALE)
		live_wrong("confirm: %s", strerror(errno));
}

static void check_digest(const struct kvmwarden_status *status,
			 const struct live_events *events)
{
	uint64_t n = status->generation - first_generation;

	if (n >= COMMITS) {
		live_wrong("generation %llu",
			   (unsigned long long)status->generation);
		return;
	}
	/* one that has come back has a generation that no caller was told */
	if (atomic_load(&commits[n].known) &&
	    memcmp(commits[n].digest, status->digest, sizeof(status->digest)))
		live_wrong("another ruleset is in force than was committed");
	if (!n)
		return;
	if (events->generation != status->generation)
		live_wrong("events tell of generation %llu, in force is %llu",
			   (unsigned long long)events->generation,
			   (unsigned long long)status->generation);
	if (memcmp(events->digest, status->digest, sizeof(status->digest)))
		live_wrong("another ruleset is in force than events tell of");
}

/* Each that a caller was told of has to have been told to all. */
static void see(const struct kvmwarden_event *event)
{
	uint64_t n = event->generation - first_generation;

	if (event->type != KVMWARDEN_EVENT_COMMITTED)
		return;
	if (n < COMMITS && atomic_load(&commits[n].known) &&
	    memcmp(commits[n].digest, event->digest, sizeof(event->digest)))
		live_wrong("an event tells of another ruleset than its caller was told");
}

static void add(struct kvmwarden_amounts *to, uint64_t nr, uint64_t vcpus,
		uint64_t memory)
{
	to->vms += nr;
	to->vcpus += vcpus;
	to->memory += memory;
}

static void check_sum(const struct kvmwarden_amounts *sum,
		      const struct kvmwarden_amounts *used, const char *of)
{
	if (memcmp(sum, used, sizeof(*sum)))
		live_wrong("the sum of all %s is %llu VMs, %llu vCPUs, %llu bytes, not %llu, %llu, %llu",
			   of, (unsigned long long)sum->vms,
			   (unsigned long long)sum->vcpus,
			   (unsigned long long)sum->memory,
			   (unsigned long long)used->vms,
			   (unsigned long long)used->vcpus,
			   (unsigned long long)used->memory);
}

static void sum_classes(struct kvmwarden_amounts *sum)
{
	struct kvmwarden_class class;
	uint32_t index = 0;

	for (;;) {
		memset(&class, 0, sizeof(class));
		class.size = sizeof(class);
		class.index = index++;
		if (ioctl(live_warden, KVMWARDEN_CLASS_GET, &class))
			return;
		add(sum, class.used.vms, class.used.vcpus, class.used.memory);
	}
}

static void sum_vms(struct kvmwarden_amounts *sum)
{
	struct kvmwarden_vm vm;
	uint64_t id = 0;

	for (;;) {
		memset(&vm, 0, sizeof(vm));
		vm.size = sizeof(vm);
		vm.id = id;
		if (ioctl(live_warden, KVMWARDEN_VM_NEXT, &vm))
			return;
		if (vm.id <= id)
			live_wrong("VM %llu after %llu",
				   (unsigned long long)vm.id,
				   (unsigned long long)id);
		id = vm.id;
		add(sum, 1, vm.used.of[KVMWARDEN_LIMIT_VCPUS],
		    vm.used.of[KVMWARDEN_LIMIT_MEMORY]);
	}
}

static void check_hooks(bool on)
{
	struct kvmwarden_hook hook;
	unsigned int i;
	bool off;

	for (i = 0; ; i++) {
		memset(&hook, 0, sizeof(hook));
		hook.size = sizeof(hook);
		hook.index = i;
		if (ioctl(live_warden, KVMWARDEN_HOOK_GET, &hook))
			return;
		off = hook.state == KVMWARDEN_HOOK_OFF;
		if (off == on ||
		    hook.state == KVMWARDEN_HOOK_FAILED ||
		    hook.state == KVMWARDEN_HOOK_STUCK)
			live_wrong("hook %s has state %u", hook.function,
				   hook.state);
	}
}

static void check_state(const struct kvmwarden_status *status)
{
	const uint32_t on = KVMWARDEN_STATE_ARMED | KVMWARDEN_STATE_CANARY;

	if (status->abi != KVMWARDEN_ABI ||
	    status->state & ~(on | KVMWARDEN_STATE_CONFIRM))
		live_wrong("state %#x", status->state);
	if ((status->state & on) != on &&
	    ((status->state & on) || !atomic_load(&may_be_off)))
		live_wrong("state %#x", status->state);
	check_hooks(status->state & KVMWARDEN_STATE_ARMED);
}

static void check_all(struct live_events *events)
{
	struct kvmwarden_amounts classes = { 0 }, records = { 0 };
	struct kvmwarden_status status;

	wait_confirmed();
	warden_status(live_warden, &status);
	live_events_read(events);
	if (!events->lost)
		check_digest(&status, events);
	check_state(&status);
	sum_classes(&classes);
	check_sum(&classes, &status.used, "classes");
	sum_vms(&records);
	check_sum(&records, &status.used, "VMs");
}

/* -- rounds -- */

static void *map(size_t size, int prot)
{
	void *at = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS |
			MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	return at;
}

/* A spoiled address of it must not lead to anything else of ours. */
static void make_changes(void)
{
#ifdef __LP64__
	const uintptr_t span = 1ULL << 32;
	unsigned char *reserved = map(2 * span, PROT_NONE);

	changes = reserved + (-(uintptr_t)reserved & (span - 1)) + span / 2;
#else
	changes = (unsigned char *)map(16 * PAGE, PROT_NONE) + 8 * PAGE;
#endif
	if (mprotect(changes, PAGE, PROT_READ | PROT_WRITE))
		ksft_exit_fail_msg("mprotect: %s\n", strerror(errno));
}

static void make_worker(struct worker *worker)
{
	worker->pages = map(3 * PAGE, PROT_READ | PROT_WRITE);
	worker->read_only = map(PAGE, PROT_READ);
	if (mprotect(worker->pages + 2 * PAGE, PAGE, PROT_NONE))
		ksft_exit_fail_msg("mprotect: %s\n", strerror(errno));
}

static void begin(unsigned int n)
{
	struct worker *worker;
	unsigned int i;

	warden_reset(live_warden);
	first_generation = generation_now();
	memset(commits, 0, sizeof(commits));
	atomic_store(&may_be_off, false);
	for (i = 0; i < DEVICES; i++)
		atomic_store(&devices[i], open(KVMWARDEN_DEVICE,
					       O_RDWR | O_CLOEXEC | O_NONBLOCK));
	for (i = 0; i < DRAFTS; i++)
		atomic_store(&drafts[i], -1);
	for (i = 0; i < VMS; i++)
		atomic_store(&vms[i], -1);
	for (i = 0; i < live_options.threads; i++) {
		worker = &workers[i];
		/* never the only one */
		worker->nobody = i % 4 == 3;
		live_seed(&worker->random, live_options.seed,
			  n * LIVE_THREADS + i);
	}
}

static void end(void)
{
	unsigned int i;

	for (i = 0; i < VMS; i++)
		put(&vms[i], -1);
	for (i = 0; i < DRAFTS; i++)
		put(&drafts[i], -1);
	for (i = 0; i < DEVICES; i++)
		put(&devices[i], -1);
}

static void one_round(unsigned int n)
{
	struct live_events events;
	unsigned int i;

	begin(n);
	live_events_open(&events);
	events.see = see;
	for (i = 0; i < live_options.threads; i++)
		live_start(work, &workers[i]);
	while (live_tick())
		live_events_read(&events);
	live_join();
	check_all(&events);
	end();
	live_at_rest();
	live_events_close(&events);
}

static void tell_results(void)
{
	unsigned long sum;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(workers[0].results); i++) {
		sum = 0;
		for (j = 0; j < live_options.threads; j++)
			sum += workers[j].results[i];
		if (sum)
			ksft_print_msg("%lu: %s\n", sum, strerror(i));
	}
}

/* Else it has not come far. */
static bool all_kinds(void)
{
	static const int wanted[] = {
		0, EPERM, EINVAL, E2BIG, EFAULT, ESTALE, ENOENT, EBADFD,
	};
	unsigned long sum;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		sum = 0;
		for (j = 0; j < live_options.threads; j++)
			sum += workers[j].results[wanted[i]];
		/* without others there is nobody without the right */
		if (!sum && (wanted[i] != EPERM || live_options.threads > 3))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct rlimit files = { 4096, 4096 };
	unsigned int i;

	live_main(argc, argv,
		  "Until as many STEPS are done or SECONDS have passed; 20 if neither is given.");
	if (!live_options.steps && !live_options.seconds)
		live_options.seconds = 20;
	if (live_options.threads > LIVE_THREADS)
		live_options.threads = LIVE_THREADS;
	setrlimit(RLIMIT_NOFILE, &files);
	make_changes();
	for (i = 0; i < LIVE_THREADS; i++)
		make_worker(&workers[i]);
	ksft_set_plan(2);
	do {
		one_round(rounds++);
		live_progress(atomic_load(&calls));
	} while (!live_wrongs() && live_time_left() &&
		 (!live_options.steps ||
		  atomic_load(&calls) < live_options.steps));
	tell_results();
	ksft_print_msg("%u rounds, hooks were taken off in %u\n", rounds,
		       disarmed);
	ksft_test_result(!live_wrongs(), "%lu calls, and all is well\n",
			 atomic_load(&calls));
	ksft_test_result(all_kinds(), "all kinds of answers\n");
	warden_reset(live_warden);
	ksft_print_cnts();
	return ksft_get_fail_cnt() ? KSFT_FAIL : KSFT_PASS;
}
