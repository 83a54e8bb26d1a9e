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
 * @exes: for each class the path of an executable, or NULL; goes with MATCH_EXE
 * @labels: for each class its label pattern, or NULL; goes with MATCH_LABEL
 * @nr: number of classes
 * @user: limits on all VMs of each user of the host
 * @groups: patterns of cgroups that have limits, from warden_add_cgroup()
 * @group_limits: these limits
 * @nr_groups: how many
 * @version: of the ruleset
 */
struct warden_policy {
	uint32_t mode;
	struct kvmwarden_amounts host;
	struct kvmwarden_class classes[WARDEN_CLASSES];
	const char *cgroups[WARDEN_CLASSES];
	const char *exes[WARDEN_CLASSES];
	const char *labels[WARDEN_CLASSES];
	unsigned int nr;
	struct kvmwarden_amounts user;
	const char *groups[WARDEN_CLASSES];
	struct kvmwarden_amounts group_limits[WARDEN_CLASSES];
	unsigned int nr_groups;
	uint64_t version;
};

/**
 * struct warden_record - all there is to tell of a VM
 * @vm: the record
 * @cgroup: its creator's
 * @exe: its creator's
 * @label: its creator's
 */
struct warden_record {
	struct kvmwarden_vm vm;
	char cgroup[KVMWARDEN_CGROUP_LEN];
	char exe[KVMWARDEN_PATH_LEN];
	char label[KVMWARDEN_LABEL_LEN];
};

int warden_open(void);
void warden_status(int fd, struct kvmwarden_status *status);
int warden_vm(int fd, pid_t pid, struct kvmwarden_vm *vm);
int warden_newest(int fd, pid_t pid, struct warden_record *record);

void warden_unlimited(struct kvmwarden_amounts *amounts);
void warden_limits(struct kvmwarden_limits *limits);
void warden_policy_init(struct warden_policy *policy);
struct kvmwarden_class *warden_add(struct warden_policy *policy,
				   const char *name);
struct kvmwarden_amounts *warden_add_cgroup(struct warden_policy *policy,
					    const char *pattern);
int warden_commit(int fd, struct warden_policy *policy);
void warden_apply(int fd, struct warden_policy *policy);
void warden_deny(int fd, uint32_t mode, uint64_t deny, uint32_t revoke);
void warden_reset(int fd);

#endif /* WARDEN_H */
