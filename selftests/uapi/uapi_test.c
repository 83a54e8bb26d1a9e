// SPDX-License-Identifier: GPL-2.0
/*
 * The contract with user space: what is refused, and that it changes nothing.
 *
 * Usage: uapi_test [ROUNDS [PREFIX]]: so many of each race; only those tests whose
 * names begin so.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "puppet.h"
#include "uapi.h"
#include "vmm.h"
#include "warden.h"

#define SHOWN		4	/* classes, and cgroups, that are compared */
#define COMPLAINTS	20	/* of one test */
#define PATIENCE	60000	/* how long to wait at most, in ms */

/* What is in force, without what changes by itself. */
struct snapshot {
	struct kvmwarden_status status;
	struct kvmwarden_class classes[SHOWN];
	char cgroups[SHOWN][KVMWARDEN_CGROUP_LEN];
	struct kvmwarden_cgroup groups[SHOWN];
	struct kvmwarden_limits limit;	/* of own_vm(), and what follows */
	char class_name[KVMWARDEN_NAME_LEN];
	uint64_t deny, own, own_limits;
	uint32_t flags;
};

int device, kvm;
unsigned int rounds = 1000;

static unsigned int complaints;

static void complain(const char *file, int line, const char *fmt, va_list args,
		     const char *more)
{
	char text[512];

	if (complaints++ >= COMPLAINTS)
		return;
	vsnprintf(text, sizeof(text), fmt, args);
	ksft_print_msg("%s:%d: not so: %s%s\n", file, line, text, more);
}

/**
 * expect_that() - the test fails unless something holds; it goes on though
 * @holds: does it?
 * @file: where
 * @line: where
 * @fmt: what
 */
void expect_that(bool holds, const char *file, int line, const char *fmt, ...)
{
	va_list args;

	if (holds)
		return;
	va_start(args, fmt);
	complain(file, line, fmt, args, "");
	va_end(args);
}

/**
 * expect_value() - the test fails unless a value is what it should be
 * @value: the value; negative ones are shown as errors
 * @wanted: what it should be
 * @file: where
 * @line: where
 * @fmt: what has that value
 *
 * Return: true if it is so.
 */
bool expect_value(long value, long wanted, const char *file, int line,
		  const char *fmt, ...)
{
	char more[128];
	va_list args;

	if (value == wanted)
		return true;
	snprintf(more, sizeof(more), " is %ld (%s), wanted %ld (%s)", value,
		 value < 0 ? strerror(-value) : "good", wanted,
		 wanted < 0 ? strerror(-wanted) : "good");
	va_start(args, fmt);
	complain(file, line, fmt, args, more);
	va_end(args);
	return false;
}

/**
 * call() - an ioctl
 * @fd: on what
 * @cmd: its number
 * @arg: its argument
 *
 * Return: what it returns, or a negative errno.
 */
int call(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

/**
 * generation() - of the ruleset in force
 *
 * Return: it.
 */
uint64_t generation(void)
{
	struct kvmwarden_status status;

	warden_status(device, &status);
	return status.generation;
}

/**
 * ruleset_init() - a ruleset in order
 * @ruleset: to be filled in
 */
void ruleset_init(struct kvmwarden_ruleset *ruleset)
{
	memset(ruleset, 0, sizeof(*ruleset));
	ruleset->size = sizeof(*ruleset);
	ruleset->mode = KVMWARDEN_MODE_ENFORCE;
	ruleset->version = 7;
	warden_unlimited(&ruleset->host);
	warden_unlimited(&ruleset->user);
}

/**
 * class_init() - a class in order
 * @class: to be filled in
 * @name: its name
 */
void class_init(struct kvmwarden_class *class, const char *name)
{
	memset(class, 0, sizeof(*class));
	class->size = sizeof(*class);
	strncpy(class->name, name, sizeof(class->name) - 1);
	class->mode = KVMWARDEN_MODE_ENFORCE;
	warden_limits(&class->vm);
	warden_unlimited(&class->user);
	warden_unlimited(&class->total);
	if (strcmp(name, "default")) {
		class->flags = KVMWARDEN_CLASS_MATCH_UID;
		class->uid = 4000;
	}
}

/**
 * cgroup_init() - limits on cgroups in order
 * @cgroup: to be filled in
 * @pattern: of their paths
 */
void cgroup_init(struct kvmwarden_cgroup *cgroup, const char *pattern)
{
	memset(cgroup, 0, sizeof(*cgroup));
	cgroup->size = sizeof(*cgroup);
	cgroup->pattern.address = (uintptr_t)pattern;
	warden_unlimited(&cgroup->limit);
}

/**
 * commit_init() - a commit in order
 * @commit: to be filled in
 */
void commit_init(struct kvmwarden_commit *commit)
{
	memset(commit, 0, sizeof(*commit));
	commit->size = sizeof(*commit);
	commit->generation = generation();
}

/**
 * draft_begin() - begin a ruleset
 *
 * Return: its file descriptor.
 */
int draft_begin(void)
{
	struct kvmwarden_ruleset ruleset;
	int draft;

	ruleset_init(&ruleset);
	draft = call(device, KVMWARDEN_RULESET_BEGIN, &ruleset);
	if (draft < 0)
		ksft_exit_fail_msg("KVMWARDEN_RULESET_BEGIN: %s\n",
				   strerror(-draft));
	return draft;
}

/**
 * draft_add() - add a class in order
 * @draft: the ruleset
 * @name: its name
 *
 * Return: 0 or a negative errno.
 */
int draft_add(int draft, const char *name)
{
	struct kvmwarden_class class;

	class_init(&class, name);
	return call(draft, KVMWARDEN_RULESET_ADD, &class);
}

/**
 * draft_commit() - commit a ruleset over the one in force
 * @draft: the ruleset
 * @flags: KVMWARDEN_COMMIT_*
 *
 * Return: 0 or a negative errno.
 */
int draft_commit(int draft, uint32_t flags)
{
	struct kvmwarden_commit commit;

	commit_init(&commit);
	commit.flags = flags;
	return call(draft, KVMWARDEN_RULESET_COMMIT, &commit);
}

/**
 * new_vm() - create a VM
 *
 * Return: its file descriptor.
 */
int new_vm(void)
{
	int vm = vmm_vm(kvm);

	if (vm < 0)
		ksft_exit_fail_msg("KVM_CREATE_VM: %s\n", strerror(-vm));
	return vm;
}

/**
 * vm_next() - ask for a VM on record
 * @vm: the answer
 * @after: an id, or 0
 *
 * Return: 0 or a negative errno.
 */
int vm_next(struct kvmwarden_vm *vm, uint64_t after)
{
	memset(vm, 0, sizeof(*vm));
	vm->size = sizeof(*vm);
	vm->id = after;
	return call(device, KVMWARDEN_VM_NEXT, vm);
}

/**
 * vm_get() - ask for the record of a VM that must have one
 * @vm: the answer
 * @id: its id
 */
void vm_get(struct kvmwarden_vm *vm, uint64_t id)
{
	expect_eq(vm_next(vm, id - 1), 0);
	expect_eq(vm->id, id);
}

/**
 * own_vm() - the VM that is there all the time, in no class but default
 *
 * Return: its id, which changes when the hooks are taken off.
 */
uint64_t own_vm(void)
{
	struct kvmwarden_vm vm;

	if (warden_vm(device, getpid(), &vm))
		ksft_exit_fail_msg("the test's own VM is not on record\n");
	return vm.id;
}

/**
 * disarm() - take all hooks off
 */
void disarm(void)
{
	struct kvmwarden_disarm arg = { .size = sizeof(arg) };

	expect_eq(call(device, KVMWARDEN_DISARM, &arg), 0);
}

static void good_size(union argument *arg)
{
	(void)arg;
}

/* The same of all that have flags: none such. */
static void bad_flag(union argument *arg)
{
	arg->disarm.flags = 1U << 30;
}

static void good_ruleset(union argument *arg)
{
	ruleset_init(&arg->ruleset);
}

/* Never the same name twice. */
static void good_class(union argument *arg)
{
	static unsigned int n;
	char name[KVMWARDEN_NAME_LEN];

	snprintf(name, sizeof(name), "class-%u", n++);
	class_init(&arg->class, name);
}

static void good_cgroup(union argument *arg)
{
	cgroup_init(&arg->cgroup, "/good/*");
}

static void good_commit(union argument *arg)
{
	commit_init(&arg->commit);
	arg->commit.flags = KVMWARDEN_COMMIT_CHECK;
}

/* What was the class's remains the class's. */
static void good_set(union argument *arg)
{
	arg->set.id = own_vm();
	arg->set.change = KVMWARDEN_DENY_NESTED;
}

#define CALL(_name, _type, _draft, _fill, _answer)			\
	{								\
		.name = #_name,						\
		.cmd = KVMWARDEN_##_name,				\
		.size = sizeof(_type),					\
		.draft = (_draft),					\
		.fill = (_fill),					\
		.answer = (_answer),					\
	}

const struct call calls[] = {
	CALL(STATUS, struct kvmwarden_status, false, good_size, 0),
	CALL(HOOK_GET, struct kvmwarden_hook, false, good_size, 0),
	CALL(VM_NEXT, struct kvmwarden_vm, false, good_size, 0),
	CALL(CLASS_GET, struct kvmwarden_class, false, good_size, 0),
	CALL(RULESET_BEGIN, struct kvmwarden_ruleset, false, good_ruleset, 0),
	CALL(DISARM, struct kvmwarden_disarm, false, bad_flag, -EINVAL),
	CALL(VM_SET, struct kvmwarden_vm_set, false, good_set, 0),
	CALL(CGROUP_GET, struct kvmwarden_cgroup, false, good_size, 0),
	CALL(ACCOUNT_NEXT, struct kvmwarden_account, false, good_size, 0),
	/* nothing awaits it */
	CALL(CONFIRM, struct kvmwarden_confirm, false, good_size, -ENOENT),
	/* it would last: uapi_lock does that, after all others */
	CALL(LOCK, struct kvmwarden_lock, false, bad_flag, -EINVAL),
	CALL(RULESET_ADD, struct kvmwarden_class, true, good_class, 0),
	CALL(RULESET_ADD_CGROUP, struct kvmwarden_cgroup, true, good_cgroup, 0),
	CALL(RULESET_COMMIT, struct kvmwarden_commit, true, good_commit, 0),
};

const unsigned int nr_calls = ARRAY_SIZE(calls);

/**
 * call_ok() - fill in an argument that changes nothing that is in force
 * @c: the call
 * @arg: zeroed and filled in; with that, the call's answer is @c->answer
 */
void call_ok(const struct call *c, union argument *arg)
{
	memset(arg, 0, sizeof(*arg));
	arg->size = c->size;
	c->fill(arg);
}

/**
 * call_answers() - has a call answered as it does with call_ok()?
 * @c: the call
 * @ret: what it returned: perhaps a file descriptor
 *
 * Return: true if so.
 */
bool call_answers(const struct call *c, int ret)
{
	return c->answer ? ret == c->answer : ret >= 0;
}

/**
 * call_fd() - a file descriptor on which a call can be made
 * @c: the call
 *
 * Return: one of the caller's own, to be closed.
 */
int call_fd(const struct call *c)
{
	return c->draft ? draft_begin() : dup(device);
}

/**
 * restore() - put the ruleset in force that tests begin with
 */
void restore(void)
{
	struct kvmwarden_class *class;
	struct warden_policy policy;

	warden_policy_init(&policy);
	policy.version = 5;
	policy.host.vms = 100;
	class = warden_add(&policy, "alpha");
	class->flags = KVMWARDEN_CLASS_MATCH_UID;
	class->uid = 4001;
	class->vm.of[KVMWARDEN_LIMIT_VCPUS] = 2;
	policy.mode = KVMWARDEN_MODE_PERMISSIVE;
	class = warden_add(&policy, "beta");
	class->flags = KVMWARDEN_CLASS_MATCH_CGROUP;
	policy.cgroups[1] = "/some/**/where-*";
	class->total.memory = 1 << 30;
	policy.user.vms = 90;
	warden_add_cgroup(&policy, "/some/where/*")->vcpus = 80;
	warden_apply(device, &policy);
}

/**
 * unconfirmed() - does the ruleset in force await confirmation?
 *
 * Return: true if so.
 */
bool unconfirmed(void)
{
	struct kvmwarden_status status;

	warden_status(device, &status);
	return status.state & KVMWARDEN_STATE_CONFIRM;
}

/**
 * confirm() - decide about the ruleset in force, which awaits it
 * @flags: KVMWARDEN_CONFIRM_*
 *
 * Return: 0 or a negative errno.
 */
int confirm(uint32_t flags)
{
	struct kvmwarden_confirm arg = {
		.size = sizeof(arg),
		.flags = flags,
		.generation = generation(),
	};

	return call(device, KVMWARDEN_CONFIRM, &arg);
}

/**
 * open_files() - how many files this process has open
 *
 * Return: their number.
 */
unsigned int open_files(void)
{
	return count_entries("/proc/self/fd");
}

/**
 * now_ms() - what is the time?
 *
 * Return: milliseconds since some time in the past.
 */
uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/**
 * eventually() - wait for something that somebody else does
 * @so: is it so by now?
 *
 * Return: false if it was not in any reasonable time.
 */
bool eventually(bool (*so)(void))
{
	static const struct timespec pause = { .tv_nsec = 1000000 };
	uint64_t end = now_ms() + PATIENCE;

	while (!so()) {
		if (now_ms() > end)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

/**
 * start() - do something in another process
 * @run: what; its complaints count as the test's own
 * @data: passed on
 *
 * Return: the process, for finish().
 */
pid_t start(void (*run)(void *data), void *data)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	if (pid)
		return pid;
	complaints = 0;
	run(data);
	fflush(stdout);
	_exit(complaints ? 1 : 0);
}

/**
 * finish() - wait for a process
 * @pid: from start()
 */
void finish(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	expect_msg(!status, "child's status %#x is 0", (unsigned int)status);
}

/**
 * start_thread() - do something in another thread
 * @thread: to be joined
 * @run: what
 * @data: passed on
 */
void start_thread(pthread_t *thread, void *(*run)(void *), void *data)
{
	int err = pthread_create(thread, NULL, run, data);

	if (err)
		ksft_exit_fail_msg("pthread_create: %s\n", strerror(err));
}

/**
 * only_ours() - is nothing in use but by own_vm()?
 *
 * Return: true if so.
 */
bool only_ours(void)
{
	struct kvmwarden_status status;

	warden_status(device, &status);
	return status.used.vms == 1 && status.used.vcpus == 1 &&
	       !status.used.memory;
}

static void take_class(struct snapshot *shot, unsigned int i)
{
	struct kvmwarden_class *class = &shot->classes[i];
	int ret;

	class->size = sizeof(*class);
	class->index = i;
	class->cgroup.address = (uintptr_t)shot->cgroups[i];
	class->cgroup.len = sizeof(shot->cgroups[i]);
	ret = call(device, KVMWARDEN_CLASS_GET, class);
	expect_eq_msg(ret, i < shot->status.classes ? 0 : -ENOENT,
		      "class %u of %u", i, shot->status.classes);
	class->cgroup.address = 0;
	memset(&class->used, 0, sizeof(class->used));
	memset(&class->denials, 0, sizeof(class->denials));
}

static void take_cgroup(struct snapshot *shot, unsigned int i)
{
	struct kvmwarden_cgroup *group = &shot->groups[i];
	int ret;

	group->size = sizeof(*group);
	group->index = i;
	ret = call(device, KVMWARDEN_CGROUP_GET, group);
	expect_eq_msg(ret, i < shot->status.cgroups ? 0 : -ENOENT,
		      "cgroup %u of %u", i, shot->status.cgroups);
}

static void take(struct snapshot *shot)
{
	struct kvmwarden_vm vm;
	unsigned int i;

	memset(shot, 0, sizeof(*shot));
	warden_status(device, &shot->status);
	memset(&shot->status.used, 0, sizeof(shot->status.used));
	memset(&shot->status.denials, 0, sizeof(shot->status.denials));
	for (i = 0; i < SHOWN; i++) {
		take_class(shot, i);
		take_cgroup(shot, i);
	}
	vm_get(&vm, own_vm());
	shot->deny = vm.deny;
	shot->own = vm.own;
	shot->own_limits = vm.own_limits;
	shot->limit = vm.limit;
	shot->flags = vm.flags & KVMWARDEN_VM_CLASS_SET;
	memcpy(shot->class_name, vm.class_name, sizeof(shot->class_name));
}

/* Nothing else can be committed before. */
static void settle(void)
{
	if (!unconfirmed())
		return;
	expect_msg(false, "a ruleset was left unconfirmed");
	confirm(KVMWARDEN_CONFIRM_ROLLBACK);
}

static void run(const struct test *test)
{
	static struct snapshot before, after;
	unsigned int files = open_files();

	complaints = 0;
	take(&before);
	test->run();
	settle();
	if (test->changes)
		restore();
	expect_msg(eventually(only_ours), "nothing is left of the test's VMs");
	take(&after);
	expect_msg(test->changes || !memcmp(&before, &after, sizeof(before)),
		   "what is in force is as before");
	expect_eq(open_files(), files);
	if (memcmp(&before, &after, sizeof(before)))
		restore();
	if (complaints > COMPLAINTS)
		ksft_print_msg("... and %u more\n", complaints - COMPLAINTS);
	ksft_test_result(!complaints, "%s\n", test->name);
}

static const struct suite *const suites[] = {
	&size_suite, &access_suite, &query_suite, &class_suite, &cgroup_suite,
	&commit_suite, &change_suite, &confirm_suite, &draft_suite, &set_suite,
	&own_suite, &account_suite, &race_suite,
};

/* Run those that are wanted, or only count them. */
static unsigned int each(const char *prefix, bool count)
{
	const struct test *test;
	unsigned int i, j, n = 0;

	for (i = 0; i < ARRAY_SIZE(suites); i++) {
		for (j = 0; j < suites[i]->nr; j++) {
			test = &suites[i]->tests[j];
			if (strncmp(test->name, prefix, strlen(prefix)))
				continue;
			n++;
			if (!count)
				run(test);
		}
	}
	return n;
}

int main(int argc, char **argv)
{
	const char *prefix = argc > 2 ? argv[2] : "";
	int vm, vcpu;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1)
		rounds = strtoul(argv[1], NULL, 0);

	ksft_print_header();
	device = warden_open();
	ksft_set_plan(each(prefix, true));
	kvm = vmm_open();
	vm = new_vm();
	/* also for KVM, which patches code with its first and after its last */
	vcpu = vmm_vcpu(vm, 0);
	if (vcpu < 0)
		ksft_exit_fail_msg("KVM_CREATE_VCPU: %s\n", strerror(-vcpu));
	restore();
	each(prefix, false);
	warden_reset(device);
	close(vcpu);
	close(vm);
	ksft_finished();
}
