// SPDX-License-Identifier: GPL-2.0
/*
 * The least that a security module can do about ioctls, on every one of them: by
 * its number, without knowing whose file it is or what the argument points to.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define EPERM	1
/* which nobody here asks for: KVM_SET_TSS_ADDR */
#define DENIED	0xae47

struct file;

SEC("lsm/file_ioctl")
int BPF_PROG(no_such_ioctl, struct file *file, unsigned int cmd,
	     unsigned long arg)
{
	return cmd == DENIED ? -EPERM : 0;
}

char LICENSE[] SEC("license") = "GPL";
