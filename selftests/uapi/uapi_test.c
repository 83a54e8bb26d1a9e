// SPDX-License-Identifier: GPL-2.0
/*
 * The contract with user space: what is refused, and that it changes nothing.
 *
 * Usage: uapi_test [ROUNDS], of each race.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "uapi.h"
#include "warden.h"

#define SHOWN		4	/* classes that are compared */
#define COMPLAINTS	20	/* of one test */

/* What is in force, without what changes by itself. */
struct snapshot {
	struct kvmwarden_status status;
	struct kvmwarden_class classes[SHOWN];
	char cgroups[SHOWN][KVMWARDEN_CGROUP_LEN];
	uint64_t deny, own;		/* of own_vm() */
};

int device;
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
	warden_unlimited(&class->vm);
	warden_unlimited(&class->total);
	if (strcmp(name, "default")) {
		class->flags = KVMWARDEN_CLASS_MATCH_UID;
		class->uid = 4000;
	}
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
	int vm, kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		ksft_exit_fail_msg("/dev/kvm: %s\n", strerror(errno));
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		ksft_exit_fail_msg("KVM_CREATE_VM: %s\n", strerror(errno));
	close(kvm);
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

#define END_OF(_type, _member) \
	(offsetof(_type, _member) + sizeof(((_type *)0)->_member))

#define CALL(_name, _type, _last, _draft, _good)			\
	{								\
		.name = #_name,						\
		.cmd = KVMWARDEN_##_name,				\
		.size = sizeof(_type),					\
		.min_size = END_OF(_type, _last),			\
		.draft = (_draft),					\
		.good = (_good),					\
	}

const struct call calls[] = {
	CALL(STATUS, struct kvmwarden_status, denials, false, good_size),
	CALL(HOOK_GET, struct kvmwarden_hook, module, false, good_size),
	CALL(VM_NEXT, struct kvmwarden_vm, reserved, false, good_size),
	CALL(CLASS_GET, struct kvmwarden_class, generation, false, good_size),
	CALL(RULESET_BEGIN, struct kvmwarden_ruleset, reserved, false,
	     good_ruleset),
	CALL(DISARM, struct kvmwarden_disarm, flags, false, NULL),
	CALL(VM_SET, struct kvmwarden_vm_set, hook, false, good_set),
	CALL(RULESET_ADD, struct kvmwarden_class, generation, true,
	     good_class),
	CALL(RULESET_COMMIT, struct kvmwarden_commit, hook, true, good_commit),
};

const unsigned int nr_calls = ARRAY_SIZE(calls);

/**
 * call_ok() - fill in an argument with which a call succeeds, or for want of
 *	one does nothing (-EINVAL)
 * @c: the call
 * @arg: zeroed and filled in
 */
void call_ok(const struct call *c, union argument *arg)
{
	memset(arg, 0, sizeof(*arg));
	arg->size = c->size;
	if (c->good)
		c->good(arg);
	else
		arg->disarm.flags = 1;
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
	class->vm.vcpus = 2;
	policy.mode = KVMWARDEN_MODE_PERMISSIVE;
	class = warden_add(&policy, "beta");
	class->flags = KVMWARDEN_CLASS_MATCH_CGROUP;
	policy.cgroups[1] = "/some/**/where-*";
	class->total.memory = 1 << 30;
	warden_apply(device, &policy);
}

/**
 * open_files() - how many files this process has open
 *
 * Return: their number.
 */
unsigned int open_files(void)
{
	unsigned int n = 0;
	DIR *dir = opendir("/proc/self/fd");

	if (!dir)
		ksft_exit_fail_msg("/proc/self/fd: %s\n", strerror(errno));
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
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

static void take(struct snapshot *shot)
{
	struct kvmwarden_class *class;
	struct kvmwarden_vm vm;
	unsigned int i;
	int ret;

	memset(shot, 0, sizeof(*shot));
	warden_status(device, &shot->status);
	memset(&shot->status.used, 0, sizeof(shot->status.used));
	memset(&shot->status.denials, 0, sizeof(shot->status.denials));
	for (i = 0; i < SHOWN; i++) {
		class = &shot->classes[i];
		class->size = sizeof(*class);
		class->index = i;
		class->cgroup = (uintptr_t)shot->cgroups[i];
		class->cgroup_len = sizeof(shot->cgroups[i]);
		ret = call(device, KVMWARDEN_CLASS_GET, class);
		expect_eq_msg(ret, i < shot->status.classes ? 0 : -ENOENT,
			      "class %u of %u", i, shot->status.classes);
		class->cgroup = 0;
		memset(&class->used, 0, sizeof(class->used));
		memset(&class->denials, 0, sizeof(class->denials));
	}
	vm_get(&vm, own_vm());
	shot->deny = vm.deny;
	shot->own = vm.own;
}

static void run(const struct test *test)
{
	static struct snapshot before, after;
	unsigned int files = open_files();

	complaints = 0;
	take(&before);
	test->run();
	if (test->changes)
		restore();
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

int main(int argc, char **argv)
{
	const struct suite *suites[] = {
		&size_suite, &access_suite, &query_suite, &class_suite,
		&commit_suite, &draft_suite, &set_suite,
	};
	unsigned int i, j, plan = 0;
	int vm;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1)
		rounds = strtoul(argv[1], NULL, 0);
	for (i = 0; i < ARRAY_SIZE(suites); i++)
		plan += suites[i]->nr;

	ksft_print_header();
	device = warden_open();
	ksft_set_plan(plan);
	vm = new_vm();
	restore();
	for (i = 0; i < ARRAY_SIZE(suites); i++)
		for (j = 0; j < suites[i]->nr; j++)
			run(&suites[i]->tests[j]);
	warden_reset(device);
	close(vm);
	ksft_finished();
}
