/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rulesets: classes, in order, and which of them takes a VM.
 *
 * Knows no KVM types, so that it can be tested anywhere.
 */
#ifndef KW_POLICY_H
#define KW_POLICY_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/kvmwarden.h>

#include "account.h"

/* User namespaces nest that deep at most, the initial one not counted. */
#define KW_OWNERS_MAX	34

/* All there is that can be denied */
#define KW_DENY_ALL	KVMWARDEN_DENY_NESTED

/**
 * struct kw_identity - by what a VM is matched: its creator's attributes
 * @uid: in the initial user namespace
 * @nr_owners: how many of @owners there are
 * @owners: who owns the creator's user namespace, and each above it but the
 *	initial one, root excepted: a user is not somebody else for having made
 *	a namespace
 * @cgroup: path in the cgroup v2 hierarchy, from its root
 */
struct kw_identity {
	u32 uid;
	u32 nr_owners;
	u32 owners[KW_OWNERS_MAX];
	const char *cgroup;
};

/**
 * struct kw_counts - how often each reason was met, as &kvmwarden_denials
 * @denied: requests refused
 * @permitted: requests let through though they would be refused
 * @quiet_until: for each reason, jiffies until which it is not logged again
 */
struct kw_counts {
	atomic64_t denied[KVMWARDEN_NR_REASONS];
	atomic64_t permitted[KVMWARDEN_NR_REASONS];
	unsigned long quiet_until[KVMWARDEN_NR_REASONS];
};

/**
 * struct kw_class - one class of a ruleset; constant but for what it counts
 * @list: in kw_ruleset.classes
 * @name: as in &kvmwarden_class
 * @mode: &enum kvmwarden_mode
 * @flags: KVMWARDEN_CLASS_MATCH_*
 * @uid: with MATCH_UID
 * @cgroup: with MATCH_CGROUP: the pattern, owned by the class; else NULL
 * @vm_limit: limits on each VM
 * @deny: KVMWARDEN_DENY_*
 * @revoke: &enum kvmwarden_revoke
 * @account: of all its VMs; its parent is the host's account
 * @counts: of VMs refused at creation
 */
struct kw_class {
	struct list_head list;
	char name[KVMWARDEN_NAME_LEN];
	u32 mode;
	u32 flags;
	u32 uid;
	char *cgroup;
	u64 vm_limit[KW_NR_RESOURCES];
	u64 deny;
	u32 revoke;
	struct kw_account account;
	struct kw_counts counts;
};

/**
 * struct kw_ruleset - a whole policy; constant once it is in force
 * @version: as its author numbers it
 * @generation: which commit put it in force
 * @mode: as shown; what counts is each class's
 * @nr_classes: length of @classes
 * @default_added: the last class is not its author's
 * @classes: in the order in which they are tried; the last takes every VM
 * @host_limit: limits on all VMs of the host
 */
struct kw_ruleset {
	u64 version;
	u64 generation;
	u32 mode;
	u32 nr_classes;
	bool default_added;
	struct list_head classes;
	u64 host_limit[KW_NR_RESOURCES];
};

struct kw_ruleset *kw_ruleset_new(u64 version, u32 mode);
void kw_ruleset_free(struct kw_ruleset *ruleset);
int kw_ruleset_add(struct kw_ruleset *ruleset, const struct kvmwarden_class *from,
		   const char *cgroup, u32 *bad_field);
int kw_ruleset_seal(struct kw_ruleset *ruleset, struct kw_account *host);
void kw_ruleset_unseal(struct kw_ruleset *ruleset);
struct kw_class *kw_ruleset_match(const struct kw_ruleset *ruleset,
				  const struct kw_identity *who);
struct kw_class *kw_ruleset_class(const struct kw_ruleset *ruleset, u32 index);
u64 kw_deny_needs(u64 deny);
u64 kw_ruleset_enforces(const struct kw_ruleset *ruleset);
bool kw_mode_valid(u32 mode);
bool kw_glob_match(const char *pattern, const char *path);

#endif /* KW_POLICY_H */
