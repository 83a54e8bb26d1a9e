// SPDX-License-Identifier: GPL-2.0
/*
 * A VMM that confines itself, by a filter of the size of Firecracker's for a
 * vCPU's thread (resources/seccomp/x86_64-unknown-linux-musl.json there, at
 * 01a3b57933e4): 22 system calls and 25 ioctls, one comparison each, in order of
 * the calls' numbers, and of ioctls KVM_RUN first. What Firecracker also asks of
 * other calls' arguments does not matter to what an ioctl takes. Of its ioctls,
 * those that are measured here take the places of others.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "kselftest.h"
#include "seccomp.h"

#define FIELD(field)	offsetof(struct seccomp_data, field)
/* the lower half, which is all that there is of an ioctl's number */
#define REQUEST		FIELD(args[1])

static const unsigned int before[] = {
	SYS_read, SYS_write, SYS_open, SYS_close, SYS_fstat, SYS_mmap,
	SYS_munmap, SYS_brk, SYS_rt_sigaction, SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
};

static const unsigned int after[] = {
	SYS_mremap, SYS_madvise, SYS_exit, SYS_tkill, SYS_futex,
	SYS_clock_gettime, SYS_exit_group, SYS_timerfd_settime,
	SYS_newfstatat, SYS_sigaltstack,
};

static const unsigned int ioctls[] = {
	KVM_RUN, KVM_GET_MP_STATE, KVM_SET_MP_STATE, KVM_GET_VCPU_EVENTS,
	KVM_SET_VCPU_EVENTS, KVM_GET_REGS, KVM_SET_REGS, KVM_GET_SREGS,
	KVM_IRQ_LINE, KVM_SIGNAL_MSI, KVM_IOEVENTFD, KVM_IRQFD,
	KVM_SET_GSI_ROUTING, KVM_CHECK_EXTENSION, KVM_GET_SUPPORTED_CPUID,
	KVM_GET_MSR_INDEX_LIST, KVM_SET_USER_MEMORY_REGION, KVM_CREATE_VM,
	KVM_CREATE_VCPU, KVM_GET_LAPIC, KVM_SET_LAPIC, KVM_GET_XSAVE,
	KVM_SET_XSAVE, KVM_GET_XCRS, KVM_SET_XCRS,
};

#define LOAD(offset)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define RETURN(value)	BPF_STMT(BPF_RET | BPF_K, value)

static struct sock_filter code[2 * ARRAY_SIZE(before) + 2 * ARRAY_SIZE(after) +
			       3 * ARRAY_SIZE(ioctls) + 8];
static unsigned short length;

static void add(struct sock_filter step)
{
	code[length++] = step;
}

/* If it is something else, the next step is what comes next. */
static void allow_if(unsigned int value)
{
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value,
					 0, 1));
	add((struct sock_filter)RETURN(SECCOMP_RET_ALLOW));
}

static void write_filter(void)
{
	unsigned int i;

	add((struct sock_filter)LOAD(FIELD(arch)));
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
					 AUDIT_ARCH_X86_64, 1, 0));
	add((struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS));
	add((struct sock_filter)LOAD(FIELD(nr)));
	for (i = 0; i < ARRAY_SIZE(before); i++)
		allow_if(before[i]);
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl,
					 0, 3 * ARRAY_SIZE(ioctls) + 1));
	/* each rule loads what it compares, as there */
	for (i = 0; i < ARRAY_SIZE(ioctls); i++) {
		add((struct sock_filter)LOAD(REQUEST));
		allow_if(ioctls[i]);
	}
	add((struct sock_filter)RETURN(SECCOMP_RET_TRAP));
	for (i = 0; i < ARRAY_SIZE(after); i++)
		allow_if(after[i]);
	add((struct sock_filter)RETURN(SECCOMP_RET_TRAP));
}

/**
 * seccomp_begin() - allow this thread no more than the filter does
 *
 * Return: 0 or a negative errno.
 */
int seccomp_begin(void)
{
	struct sock_fprog program = { .filter = code };

	write_filter();
	program.len = length;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return -errno;
	return 0;
}
