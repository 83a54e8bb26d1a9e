// SPDX-License-Identifier: GPL-2.0
/* Who may call. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "uapi.h"

#define CALLS_MAX	16

/* Opened and prepared by one who may, handed to one who may not. */
static union argument args[CALLS_MAX];
static int inherited;

static void all_refused(void)
{
	unsigned int i;

	for (i = 0; i < nr_calls; i++) {
		expect_eq_msg(call(calls[i].draft ? inherited : device,
				   calls[i].cmd, &args[i]),
			      -EPERM, "%s", calls[i].name);
		/* nothing is told of what is wrong with it */
		expect_eq_msg(call(calls[i].draft ? inherited : device,
				   calls[i].cmd, NULL),
			      -EPERM, "%s", calls[i].name);
	}
}

static void drop_sys_admin(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		ksft_exit_fail_msg("capget: %s\n", strerror(errno));
	data[0].effective &= ~(1U << CAP_SYS_ADMIN);
	if (syscall(SYS_capset, &header, data))
		ksft_exit_fail_msg("capset: %s\n", strerror(errno));
}

static void without_capability(void *data)
{
	(void)data;
	drop_sys_admin();
	all_refused();
}

static void as_user(void *data)
{
	(void)data;
	if (setgid(1000) || setuid(1000))
		ksft_exit_fail_msg("setuid: %s\n", strerror(errno));
	all_refused();
	expect_eq(open(KVMWARDEN_DEVICE, O_RDWR), -1);
	expect_eq(errno, EACCES);
	expect_eq(open(KVMWARDEN_DEVICE, O_RDONLY), -1);
	expect_eq(errno, EACCES);
}

/* Has all capabilities, but only there. */
static void in_user_namespace(void *data)
{
	(void)data;
	if (unshare(CLONE_NEWUSER))
		ksft_exit_fail_msg("unshare: %s\n", strerror(errno));
	all_refused();
}

static void run(void (*who)(void *data))
{
	unsigned int i;

	inherited = draft_begin();
	for (i = 0; i < nr_calls; i++)
		call_ok(&calls[i], &args[i]);
	finish(start(who, NULL));
	/* it has not suffered */
	expect_eq(draft_add(inherited, "good"), 0);
	close(inherited);
}

static void access_capability(void)
{
	run(without_capability);
}

static void access_user(void)
{
	run(as_user);
}

static void access_namespace(void)
{
	run(in_user_namespace);
}

static void access_mode(void)
{
	struct stat stat;

	expect_eq(fstat(device, &stat), 0);
	expect(S_ISCHR(stat.st_mode));
	expect_eq(stat.st_mode & 07777, 0600);
	expect_eq(stat.st_uid, 0);
}

static void access_other(void)
{
	int draft = draft_begin();
	char byte = 0;

	expect(read(device, &byte, 1) == -1 && errno == EINVAL);
	expect(write(device, &byte, 1) == -1 && errno == EINVAL);
	expect(read(draft, &byte, 1) == -1 && errno == EINVAL);
	expect(write(draft, &byte, 1) == -1 && errno == EINVAL);
	expect(fcntl(draft, F_GETFD) & FD_CLOEXEC);
	close(draft);
}

static const struct test tests[] = {
	{ "access: mode of the device", access_mode, false },
	{ "access: without CAP_SYS_ADMIN", access_capability, false },
	{ "access: another user, inherited files", access_user, false },
	{ "access: root of a user namespace", access_namespace, false },
	{ "access: only by ioctl", access_other, false },
};

const struct suite access_suite = SUITE(tests);
