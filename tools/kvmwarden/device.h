/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/kvmwarden. All but device_open() and device_error() return 0 or a
 * negative errno, and print nothing.
 */
#ifndef KVMWARDEN_DEVICE_H
#define KVMWARDEN_DEVICE_H

#include <linux/kvmwarden.h>

/* Sets *@fd and returns EXIT_DONE, or says what to do */
int device_open(int *fd);
/* Says that @what failed with @error; returns the exit code */
int device_error(int error, const char *what);

int device_open_at(const char *path, int *fd);
int device_status(int fd, struct kvmwarden_status *status);
int device_hook(int fd, __u32 index, struct kvmwarden_hook *hook);
/* @cgroup: KVMWARDEN_CGROUP_LEN bytes, or NULL; empty if there is none */
int device_next_vm(int fd, __u64 after, struct kvmwarden_vm *vm, char *cgroup);
int device_class(int fd, __u32 index, struct kvmwarden_class *class,
		 char *cgroup);
int device_disarm(int fd);
int device_vm_set(int fd, struct kvmwarden_vm_set *set);

/* Returns the ruleset's file descriptor; sets @ruleset->bad_field */
int device_begin(int fd, struct kvmwarden_ruleset *ruleset);
int device_add(int ruleset, struct kvmwarden_class *class);
int device_commit(int ruleset, struct kvmwarden_commit *commit);

#endif
