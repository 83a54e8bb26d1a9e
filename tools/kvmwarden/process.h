/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes that have to do with VMs: those that have one of KVM, and by
 * their names QEMU and qemu-nbd, whatever these do.
 */
#ifndef KVMWARDEN_PROCESS_H
#define KVMWARDEN_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "host.h"

struct process {
	unsigned int pid;
	char *memory;			/* of the arguments */
	const char **args;
	size_t nr_args;
	const char *name;		/* the program's, without its directory */
	bool kvm;			/* has a VM of KVM's */
	bool qemu;
	bool nbd;			/* qemu-nbd */
};

struct processes {
	struct process *list;
	size_t count;
	size_t vmms;			/* those that have a VM, or are QEMU */
	size_t hidden;			/* those that we may not look into */
};

void processes_read(struct processes *all, const struct host *host);
void processes_free(struct processes *all);

/* Has a VM of KVM's, or is a QEMU */
bool process_is_vmm(const struct process *process);
/* "qemu-system-x86_64[17]", safe to print; one of a few static buffers */
const char *process_text(const struct process *process);
/* A file in its directory of /proc; to be freed */
char *process_path(const struct process *process, const char *file);
/* The user that it runs as; false: not known */
bool process_user(const struct process *process, const struct host *host,
		  unsigned int *uid);

#endif
