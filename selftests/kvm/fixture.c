// SPDX-License-Identifier: GPL-2.0
/* What the test programs share: a frame, checks, and VMMs to order about. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

/**
 * send_fd() - pass a file on; until it is received it is open in the message
 * @wire: a socket
 * @fd: the file
 *
 * Return: 0, or -errno.
 */
int send_fd(int wire, int fd)
{
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

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(wire, &message, 0) == 1 ? 0 : -errno;
}

/**
 * receive_fd() - take over a file that send_fd() has passed on
 * @wire: the other end of the socket
 *
 * Return: its descriptor, or -errno.
 */
int receive_fd(int wire)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(wire, &message, MSG_CMSG_CLOEXEC) != 1)
		return -errno;
	if (!CMSG_FIRSTHDR(&message))
		return -ENOMSG;
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

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
	int vm, vcpu, wire[2];

	take_off_hooks();
	vm = vmm_vm(kvm);
	vcpu = vmm_vcpu(vm, 0);
	if (vm < 0 || vcpu < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wire) ||
	    send_fd(wire[0], vm))
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
 * test_failed() - has the test that is running failed already?
 *
 * Return: true if so.
 */
bool test_failed(void)
{
	return failed;
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
 * check_class() - fail the test that is running unless a VM is in a class
 * @pid: the VM's creator, who has created no other since
 * @name: the class
 * @file: where
 * @line: where
 *
 * Return: whether it is.
 */
bool check_class(pid_t pid, const char *name, const char *file, int line)
{
	struct warden_record record;

	if (warden_newest(warden, pid, &record))
		return check(false, "there is a VM", file, line);
	if (!strcmp(record.vm.class_name, name))
		return true;
	failed = true;
	ksft_print_msg("%s:%d: in class %s, not %s\n", file, line,
		       record.vm.class_name, name);
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
 * seed_of() - what all that is random depends on: told, to be given again
 * @argc: number of arguments
 * @argv: [SEED|- [NUMBER]]
 * @number: stays as it is if it is not given
 *
 * Return: the seed.
 */
unsigned int seed_of(int argc, char **argv, unsigned int *number)
{
	unsigned int seed = now_ms();

	if (argc > 1 && strcmp(argv[1], "-"))
		seed = strtoul(argv[1], NULL, 0);
	if (argc > 2)
		*number = strtoul(argv[2], NULL, 0);
	printf("# seed %u\n", seed);
	return seed;
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
 * take_off_hooks() - have the module's hooks taken off
 */
void take_off_hooks(void)
{
	struct kvmwarden_disarm disarm = { .size = sizeof(disarm) };
	struct kvmwarden_status status;

	if (ioctl(warden, KVMWARDEN_DISARM, &disarm))
		ksft_exit_fail_msg("KVMWARDEN_DISARM: %s\n", strerror(errno));
	warden_status(warden, &status);
	CHECK(!(status.state & KVMWARDEN_STATE_ARMED));
}

/**
 * unload_module() - disarm and unload the module
 */
void unload_module(void)
{
	take_off_hooks();
	close(warden);
	warden = -1;
	if (syscall(SYS_delete_module, "kvmwarden", O_NONBLOCK))
		ksft_exit_fail_msg("rmmod: %s\n", strerror(errno));
	CHECK(access(KVMWARDEN_DEVICE, F_OK));
}

/* What is in the file that KVMWARDEN_KO names; it stays. */
static const void *module_image(size_t *size)
{
	const char *path = getenv("KVMWARDEN_KO") ?: "";
	static struct stat file;
	static char *image;
	ssize_t got;
	off_t have;
	int fd;

	*size = file.st_size;
	if (image)
		return image;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &file))
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	image = malloc(file.st_size);
	for (have = 0; image && have < file.st_size; have += got) {
		got = read(fd, image + have, file.st_size - have);
		if (got <= 0)
			ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	}
	close(fd);
	*size = file.st_size;
	return image;
}

/**
 * load_module() - load the module, whose path is in KVMWARDEN_KO
 *
 * Not from the file: 9p reads it, and where an allocation fails as it closes a
 * file, the next that is opened gets a number which the host has still in use.
 *
 * Return: 0 or a negative errno; 0 if only its device is still to be opened.
 */
int load_module(void)
{
	const void *image;
	size_t size;

	image = module_image(&size);
	return syscall(SYS_init_module, image, size, "") ? -errno : 0;
}

/**
 * load_and_open() - undo unload_module(), but for what was in force
 */
void load_and_open(void)
{
	int err = load_module();

	if (err)
		ksft_exit_fail_msg("insmod: %s\n", strerror(-err));
	warden = warden_open();
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
 * put_file() - write something to a file that is there
 * @path: of the file
 * @content: what to write, at once
 *
 * Return: 0 or a negative errno.
 */
int put_file(const char *path, const char *content)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t size = strlen(content);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, content, size) != size)
		err = -errno;
	close(fd);
	return err;
}
