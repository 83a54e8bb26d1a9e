/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_EXITS_H
#define KVMWARDEN_EXITS_H

#include <stddef.h>

#include <linux/types.h>

/* In debugfs, with a directory for each VM: THREAD-FD */
#define KVM_DEBUGFS	"/sys/kernel/debug/kvm"

/* KVM's own count of one VM's exits */
struct exit_count {
	__u32 thread;		/* that created the VM */
	__u32 fd;		/* that it got for it */
	__u32 pid;		/* that thread's process */
	long long born;		/* CLOCK_REALTIME, ns */
	__u64 exits;
	double rate;		/* per second; RATE_UNKNOWN */
};

/* By process, then by age */
struct exits {
	struct exit_count *list;
	size_t count;
	int error;		/* negative errno: why some or all are missing */
};

/*
 * To be freed. Rates are those since @before, @seconds ago; NULL: none. No
 * file is kept open: it would keep its VM alive.
 */
void exits_read(struct exits *exits, const struct exits *before,
		double seconds);
void exits_free(struct exits *exits);

#endif
