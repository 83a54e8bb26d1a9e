/* SPDX-License-Identifier: GPL-2.0 */
/* What tests need of /dev/kvmwarden. */
#ifndef WARDEN_H
#define WARDEN_H

#include <stdint.h>
#include <sys/types.h>

#include <linux/kvmwarden.h>

#define WARDEN_CLASSES	8

/**
 * struct warden_policy - a ruleset to be, small as those of tests are
 * @mode: &enum kvmwarden_mode of the ruleset, and of classes added later on
 * @host: limits on all VMs of the host
 * @classes: filled in from warden_add() on
 * @cgroups: for each class its cgroup pattern, or NULL; goes with MATCH_CGROUP
 * @nr: number of classes
 * @version: of the ruleset
 */
struct warden_policy {
	uint32_t mode;
	struct kvmwarden_amounts host;
	struct kvmwarden_class classes[WARDEN_CLASSES];
	const char *cgroups[WARDEN_CLASSES];
	unsigned int nr;
	uint64_t version;
};

int warden_open(void);
void warden_status(int fd, struct kvmwarden_status *status);
int warden_vm(int fd, pid_t pid, struct kvmwarden_vm *vm);

void warden_unlimited(struct kvmwarden_amounts *amounts);
void warden_policy_init(struct warden_policy *policy);
struct kvmwarden_class *warden_add(struct warden_policy *policy,
				   const char *name);
int warden_commit(int fd, struct warden_policy *policy);
void warden_apply(int fd, struct warden_policy *policy);
void warden_deny(int fd, uint32_t mode, uint64_t deny, uint32_t revoke);
void warden_reset(int fd);

#endif /* WARDEN_H */
