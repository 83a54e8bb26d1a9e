// SPDX-License-Identifier: GPL-2.0
/* What the test programs share: a frame, checks, and VMMs to order about. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "fixture.h"
#include "vmm.h"

/* How long KVM's worker may take to destroy a VM, at most; in ms. */
#define PATIENCE	30000

int warden = -1, kvm = -1;

static bool failed;
static const char *skipped;

/*
 * With its first VM and vCPU, and after its last, KVM patches the scheduler's
 * code (static keys). An emulated processor (QEMU 7.2 TCG, with several) may
 * go on to run the breakpoint that is there in between, for ever, with or
 * without our module. So there is always one more VM; it is none of ours, for
 * it was created while the hooks were off, and is held only by a message on
 * its way, where it is not found when they are armed again.
 */
static void keep_a_vm(void)
{
	struct kvmwarden_disarm disarm = { .size = sizeof(disarm) };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .head = {
		.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	} };
	struct iovec iov = { .iov_base = "", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int vm, vcpu, wire[2];

	if (ioctl(warden, KVMWARDEN_DISARM, &disarm))
		ksft_exit_fail_msg("KVMWARDEN_DISARM: %s\n", strerror(errno));
	vm = vmm_vm(kvm);
	vcpu = vmm_vcpu(vm, 0);
	memcpy(CMSG_DATA(&control.head), &vm, sizeof(vm));
	if (vm < 0 || vcpu < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wire) ||
	    sendmsg(wire[0], &message, 0) != 1)
		ksft_exit_fail_msg("no VM of its own: %s\n", strerror(errno));
	close(vcpu);
	close(vm);
	warden_reset(warden);
}

static void run_one(const struct test *test)
{
	uint64_t start = now_ms();
	bool clean;

	failed = false;
	skipped = NULL;
	warden_reset(warden);
	test->run();
	clean = eventually_unused();
	if (!clean) {
		ksft_print_msg("something is still charged:\n");
		USED(0, 0, 0);
	}
	ksft_print_msg("%" PRIu64 " ms\n", now_ms() - start);
	if (skipped && !failed)
		ksft_test_result_skip("%s: %s\n", test->name, skipped);
	else
		ksft_test_result(!failed, "%s\n", test->name);
	if (!clean)
		ksft_exit_fail_msg("what is left would be counted in all other tests\n");
}

/**
 * fixture_main() - run tests, each with no limits in force and nothing in use
 * @tests: the tests
 * @nr: how many
 *
 * Return: what main() is to return.
 */
int fixture_main(const struct test *tests, unsigned int nr)
{
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	ksft_print_header();
	warden = warden_open();
	kvm = vmm_open();
	ksft_set_plan(nr);
	keep_a_vm();
	for (i = 0; i < nr; i++)
		run_one(&tests[i]);
	warden_reset(warden);
	ksft_print_cnts();
	return ksft_get_fail_cnt() ? KSFT_FAIL : KSFT_PASS;
}

/**
 * check() - fail the test that is running unless a condition holds
 * @holds: the condition
 * @what: how it is written
 * @file: where
 * @line: where
 *
 * Return: @holds.
 */
bool check(bool holds, const char *what, const char *file, int line)
{
	if (holds)
		return true;
	failed = true;
	ksft_print_msg("%s:%d: not so: %s\n", file, line, what);
	return false;
}

/**
 * check_equal() - fail the test that is running unless two numbers are equal
 * @got: the one that was found
 * @want: the one that is right
 * @what: how @got is written
 * @file: where
 * @line: where
 *
 * Return: whether they are.
 */
bool check_equal(int64_t got, int64_t want, const char *what, const char *file,
		 int line)
{
	if (got == want)
		return true;
	failed = true;
	ksft_print_msg("%s:%d: %s: %" PRId64 ", not %" PRId64 "\n", file, line,
		       what, got, want);
	return false;
}

/**
 * check_used() - fail the test that is running unless so much is in use
 * @name: of a class, or NULL for the host
 * @vms: VMs
 * @vcpus: vCPUs
 * @memory: bytes
 * @file: where
 * @line: where
 *
 * Return: whether it is.
 */
bool check_used(const char *name, uint64_t vms, uint64_t vcpus, uint64_t memory,
		const char *file, int line)
{
	struct kvmwarden_status status;
	struct kvmwarden_class class;
	struct kvmwarden_amounts *used = &status.used;

	if (!name) {
		warden_status(warden, &status);
	} else {
		if (!class_get(name, &class))
			return check(false, name, file, line);
		used = &class.used;
	}
	if (used->vms == vms && used->vcpus == vcpus && used->memory == memory)
		return true;
	failed = true;
	ksft_print_msg("%s:%d: %s uses %llu VMs, %llu vCPUs, %llu bytes; not %"
		       PRIu64 ", %" PRIu64 ", %" PRIu64 "\n", file, line,
		       name ? name : "host", (unsigned long long)used->vms,
		       (unsigned long long)used->vcpus,
		       (unsigned long long)used->memory, vms, vcpus, memory);
	return false;
}

/**
 * tell() - print what a reader of the results may want to know
 * @what: in a few words
 */
void tell(const char *what)
{
	ksft_print_msg("%s\n", what);
}

/**
 * skip() - this machine does not let the test that is running show anything
 * @why: in a few words
 */
void skip(const char *why)
{
	skipped = why;
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
 * new_vm() - create a VM, which is to be allowed
 *
 * Return: its file descriptor.
 */
int new_vm(void)
{
	int vm = vmm_vm(kvm);

	CHECK(vm >= 0);
	return vm;
}

/**
 * refuses_beyond() - does KVM refuse a slot where no guest can have memory?
 *
 * That is the only way to make it fail in what policy has granted already; old
 * ones do not look.
 *
 * Return: true if so.
 */
bool refuses_beyond(void)
{
	int vm = vmm_vm(kvm);
	int err = vmm_slot(vm, 0, 0, VMM_BEYOND, VMM_PAGE);

	close(vm);
	return err == -VMM_BEYOND_ERROR;
}

/**
 * eventually_unused() - wait until nothing is charged to the host
 *
 * KVM destroys a VM when the last reference goes, maybe in a worker; there is
 * nothing to wait for but the outcome.
 *
 * Return: false if that did not happen in any reasonable time.
 */
bool eventually_unused(void)
{
	static const struct timespec ms = { .tv_nsec = 1000000 };
	uint64_t end = now_ms() + PATIENCE;
	struct kvmwarden_status status;

	for (;;) {
		warden_status(warden, &status);
		if (!status.used.vms && !status.used.vcpus &&
		    !status.used.memory)
			return true;
		if (now_ms() > end)
			return false;
		nanosleep(&ms, NULL);
	}
}

/**
 * used_memory() - how much memory does the host use?
 *
 * Return: bytes.
 */
uint64_t used_memory(void)
{
	struct kvmwarden_status status;

	warden_status(warden, &status);
	return status.used.memory;
}

/**
 * denied() - how often was anything refused for a reason?
 * @reason: the reason
 *
 * Return: so often, since the module was loaded.
 */
uint64_t denied(enum kvmwarden_reason reason)
{
	struct kvmwarden_status status;

	warden_status(warden, &status);
	return status.denials.denied[reason];
}

/**
 * permitted() - how often was anything let through only by permissive mode?
 * @reason: for which it would have been refused
 *
 * Return: so often, since the module was loaded.
 */
uint64_t permitted(enum kvmwarden_reason reason)
{
	struct kvmwarden_status status;

	warden_status(warden, &status);
	return status.denials.permitted[reason];
}

/**
 * class_get() - look a class up
 * @name: its name
 * @class: the answer
 *
 * Return: false if there is no such class.
 */
bool class_get(const char *name, struct kvmwarden_class *class)
{
	unsigned int i;

	for (i = 0; ; i++) {
		memset(class, 0, sizeof(*class));
		class->size = sizeof(*class);
		class->index = i;
		if (ioctl(warden, KVMWARDEN_CLASS_GET, class))
			return false;
		if (!strcmp(class->name, name))
			return true;
	}
}

/**
 * add_user() - add a class for a user, without limits
 * @policy: the policy
 * @name: the class's name
 * @uid: the user
 *
 * Return: the class, to be completed.
 */
struct kvmwarden_class *add_user(struct warden_policy *policy,
				 const char *name, uint32_t uid)
{
	struct kvmwarden_class *class = warden_add(policy, name);

	class->flags = KVMWARDEN_CLASS_MATCH_UID;
	class->uid = uid;
	return class;
}

/**
 * count_entries() - count what is in a directory
 * @directory: its path
 *
 * Return: how many entries.
 */
unsigned int count_entries(const char *directory)
{
	DIR *dir = opendir(directory);
	unsigned int nr = 0;

	if (!dir)
		return 0;
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

struct order {
	puppet_fn run;
	int64_t args[PUPPET_ARGS];
};

/* A puppet holds nothing but its wire and /dev/kvm. */
static void drop_files(int *wire)
{
	int high = fcntl(*wire, F_DUPFD, 10);

	kvm = fcntl(kvm, F_DUPFD, high + 1);
	if (high < 0 || kvm < 0)
		_exit(1);
	close_range(3, high - 1, 0);
	if (kvm > high + 1)
		close_range(high + 1, kvm - 1, 0);
	close_range(kvm + 1, ~0U, 0);
	*wire = high;
	warden = -1;
}

static void obey(int wire)
{
	struct order order;
	int64_t answer;

	drop_files(&wire);
	while (read(wire, &order, sizeof(order)) == sizeof(order)) {
		answer = order.run(order.args);
		if (write(wire, &answer, sizeof(answer)) != sizeof(answer))
			break;
	}
	_exit(0);
}

/**
 * puppet_start() - start a process that does what it is told
 * @puppet: the process
 */
void puppet_start(struct puppet *puppet)
{
	int wire[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, wire))
		ksft_exit_fail_msg("socketpair: %s\n", strerror(errno));
	fflush(stdout);
	puppet->pid = fork();
	if (puppet->pid < 0)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	if (!puppet->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		obey(wire[1]);
	}
	close(wire[1]);
	puppet->wire = wire[0];
}

/**
 * puppet_start_as() - start a process that is another user's
 * @puppet: the process
 * @uid: its user and group id
 */
void puppet_start_as(struct puppet *puppet, uid_t uid)
{
	puppet_start(puppet);
	EQUAL(TELL(puppet, do_uid, uid), 0);
}

/**
 * puppet_tell() - have a puppet run something, and wait for its result
 * @puppet: the process
 * @order: what to run there
 * @args: PUPPET_ARGS arguments
 *
 * Return: what @order returns; as a rule, or a negative errno.
 */
int64_t puppet_tell(struct puppet *puppet, puppet_fn order,
		    const int64_t *args)
{
	struct order message = { .run = order };
	int64_t answer;

	memcpy(message.args, args, sizeof(message.args));
	if (send(puppet->wire, &message, sizeof(message), MSG_NOSIGNAL) !=
	    sizeof(message))
		return -EPIPE;
	if (read(puppet->wire, &answer, sizeof(answer)) != sizeof(answer))
		return -EPIPE;
	return answer;
}

static void puppet_reap(struct puppet *puppet)
{
	waitpid(puppet->pid, NULL, 0);
	close(puppet->wire);
}

/**
 * puppet_end() - let a puppet exit, and wait until it has
 * @puppet: the process
 */
void puppet_end(struct puppet *puppet)
{
	shutdown(puppet->wire, SHUT_RDWR);
	puppet_reap(puppet);
}

/**
 * puppet_kill() - kill a puppet, and wait until it is dead
 * @puppet: the process
 */
void puppet_kill(struct puppet *puppet)
{
	kill(puppet->pid, SIGKILL);
	puppet_reap(puppet);
}

int64_t do_uid(const int64_t *args)
{
	uid_t uid = args[0];

	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		return -errno;
	/* a change of credentials cancels that, and takes its /proc files away */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 1);
	return 0;
}

int64_t do_vm(const int64_t *args)
{
	(void)args;
	return vmm_vm(kvm);
}

int64_t do_close(const int64_t *args)
{
	return close(args[0]) ? -errno : 0;
}

int64_t do_slot(const int64_t *args)
{
	return vmm_slot(args[0], args[1], args[2], args[3], args[4]);
}

int64_t do_delete(const int64_t *args)
{
	return vmm_delete(args[0], args[1]);
}

int64_t do_code(const int64_t *args)
{
	return vmm_code(args[0], args[1]);
}

int64_t do_vcpu(const int64_t *args)
{
	return vmm_vcpu(args[0], args[1]);
}

int64_t do_run(const int64_t *args)
{
	return vmm_run(kvm, args[0], args[1]);
}

int64_t do_get_fd(const int64_t *args)
{
	int pidfd = syscall(SYS_pidfd_open, (pid_t)args[0], 0);
	int fd;

	if (pidfd < 0)
		return -errno;
	fd = syscall(SYS_pidfd_getfd, pidfd, (int)args[1], 0);
	if (fd < 0)
		fd = -errno;
	close(pidfd);
	return fd;
}

int64_t do_count_fds(const int64_t *args)
{
	(void)args;
	return count_entries("/proc/self/fd");
}

int64_t do_vms_refused(const int64_t *args)
{
	int64_t i, refused = 0;

	for (i = 0; i < args[0]; i++)
		refused += vmm_vm(kvm) == -EDQUOT;
	return refused;
}
