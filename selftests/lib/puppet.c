// SPDX-License-Identifier: GPL-2.0
/* Processes to order about. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest.h"
#include "puppet.h"
#include "vmm.h"

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
	if (TELL(puppet, do_uid, uid))
		ksft_exit_fail_msg("cannot become user %u\n", uid);
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
