/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/kvmwarden. All but device_open() and device_error() return 0 or a
 * negative errno, and print nothing.
 */
#ifndef KVMWARDEN_DEVICE_H
#define KVMWARDEN_DEVICE_H

#include <stdbool.h>

#include <linux/kvmwarden.h>

/* Sets *@fd and returns EXIT_DONE, or says what to do */
int device_open(int *fd);
/* How often to read what another writer may change meanwhile: -EAGAIN */
#define DEVICE_TRIES	20

/* Says that @what failed with @error; returns the exit code */
int device_error(int error, const char *what);

/* What a class or a VM is told by; empty: there is none */
struct device_texts {
	char cgroup[KVMWARDEN_CGROUP_LEN];
	char exe[KVMWARDEN_PATH_LEN];
	char label[KVMWARDEN_LABEL_LEN];
};

int device_open_at(const char *path, int *fd);
/* Is that what opening it gives where there is no module? */
bool device_is_missing(int error);
int device_status(int fd, struct kvmwarden_status *status);
/* Hooks are armed and fire, and the module fits the kernel */
bool device_is_sound(const struct kvmwarden_status *status);
int device_hook(int fd, __u32 index, struct kvmwarden_hook *hook);
/* @texts: may be NULL */
int device_vm_next(int fd, __u64 after, struct kvmwarden_vm *vm,
		   struct device_texts *texts);
int device_class(int fd, __u32 index, struct kvmwarden_class *class,
		 struct device_texts *texts);
int device_cgroup(int fd, __u32 index, struct kvmwarden_cgroup *cgroup,
		  char pattern[KVMWARDEN_CGROUP_LEN]);
int device_account_next(int fd, __u64 after, struct kvmwarden_account *account,
			char cgroup[KVMWARDEN_CGROUP_LEN]);
int device_vm_set(int fd, struct kvmwarden_vm_set *set);
int device_confirm(int fd, struct kvmwarden_confirm *confirm);
int device_lock(int fd);
int device_disarm(int fd);

/* Returns the ruleset's file descriptor; sets @ruleset->bad_field */
int device_begin(int fd, struct kvmwarden_ruleset *ruleset);
int device_add(int ruleset, struct kvmwarden_class *class);
int device_add_cgroup(int ruleset, struct kvmwarden_cgroup *cgroup);
int device_commit(int ruleset, struct kvmwarden_commit *commit);

#endif
