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
#include "identity.h"
#include "index.h"
#include "pool.h"

/* All there is that can be denied */
#define KW_DENY_ALL	KVMWARDEN_DENY_NESTED

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
 * @by_name: in kw_ruleset.by_name
 * @entry: in kw_ruleset.index; its order is the position in the ruleset
 * @name: as in &kvmwarden_class
 * @mode: &enum kvmwarden_mode
 * @flags: KVMWARDEN_CLASS_MATCH_*
 * @uid: with MATCH_UID
 * @gid: with MATCH_GID
 * @exe: with MATCH_EXE: the file
 * @exe_path: with MATCH_EXE: where it was found, owned by the class; else NULL
 * @cgroup: with MATCH_CGROUP: the pattern, owned by the class; else NULL
 * @label: with MATCH_LABEL: the pattern, owned by the class; else NULL
 * @limit: on each VM, by &enum kvmwarden_limit
 * @user_limit: on all of its VMs that belong to one user
 * @user_limited: whether there is any
 * @deny: KVMWARDEN_DENY_*
 * @revoke: &enum kvmwarden_revoke
 * @account: of all its VMs
 * @counts: of VMs refused at creation
 */
struct kw_class {
	struct hlist_node by_name;
	struct kw_index_entry entry;
	char name[KVMWARDEN_NAME_LEN];
	u32 mode;
	u32 flags;
	u32 uid;
	u32 gid;
	struct kw_exe exe;
	char *exe_path;
	char *cgroup;
	char *label;
	u64 limit[KVMWARDEN_NR_LIMITS];
	u64 user_limit[KW_NR_RESOURCES];
	bool user_limited;
	u64 deny;
	u32 revoke;
	struct kw_account account;
	struct kw_counts counts;
};

/**
 * struct kw_class_texts - what a &struct kvmwarden_class points to
 * @cgroup: a pattern, or NULL
 * @label: a pattern, or NULL
 * @exe_path: a path, or NULL
 * @exe: the file that exe_fd is, with @exe_path
 */
struct kw_class_texts {
	const char *cgroup;
	const char *label;
	const char *exe_path;
	struct kw_exe exe;
};

/**
 * struct kw_cgroup - limits on each cgroup that matches; constant
 * @entry: in kw_ruleset.cgroup_index; its order is the position in the ruleset
 * @pattern: of their paths, owned by this
 * @limit: the limits
 */
struct kw_cgroup {
	struct kw_index_entry entry;
	char *pattern;
	u64 limit[KW_NR_RESOURCES];
};

/**
 * struct kw_ruleset - a whole policy; constant once it is in force
 * @version: as its author numbers it
 * @generation: which commit put it in force
 * @mode: as shown; what counts is each class's
 * @digest: of all that was added
 * @nr_classes: length of @classes
 * @room: for how many classes @classes has room
 * @default_added: the last class is not its author's
 * @enforced: sealed: whether any class is in enforce mode
 * @denied: sealed: KVMWARDEN_DENY_* of all those that are
 * @classes: in the order in which they are tried; the last takes every VM
 * @by_name: the classes, by the hash of their names
 * @index: sealed: the classes, by what they match
 * @nr_cgroups: length of @cgroups
 * @cgroups_room: for how many @cgroups has room
 * @cgroups: in the order in which they are tried
 * @cgroup_index: sealed: them, by their patterns
 * @host_limit: limits on all VMs of the host
 * @user_limit: limits on all VMs of one user
 * @user_limited: whether there is any
 * @account: of all VMs
 * @pools: accounts of users and cgroups
 */
struct kw_ruleset {
	u64 version;
	u64 generation;
	u32 mode;
	u8 digest[KVMWARDEN_DIGEST_LEN];
	u32 nr_classes;
	u32 room;
	bool default_added;
	bool enforced;
	u64 denied;
	struct kw_class **classes;
	struct hlist_head *by_name;
	struct kw_index index;
	u32 nr_cgroups;
	u32 cgroups_room;
	struct kw_cgroup **cgroups;
	struct kw_index cgroup_index;
	u64 host_limit[KW_NR_RESOURCES];
	u64 user_limit[KW_NR_RESOURCES];
	bool user_limited;
	struct kw_account account;
	struct kw_pools pools;
};

struct kw_ruleset *kw_ruleset_new(const struct kvmwarden_ruleset *from);
void kw_ruleset_free(struct kw_ruleset *ruleset);
int kw_ruleset_add(struct kw_ruleset *ruleset, const struct kvmwarden_class *from,
		   const struct kw_class_texts *texts, u32 *bad_field);
int kw_ruleset_add_cgroup(struct kw_ruleset *ruleset,
			  const struct kvmwarden_cgroup *from,
			  const char *pattern, u32 *bad_field);
int kw_ruleset_seal(struct kw_ruleset *ruleset);
void kw_ruleset_unseal(struct kw_ruleset *ruleset);
void kw_ruleset_empty(struct kw_ruleset *ruleset);
struct kw_class *kw_ruleset_match(const struct kw_ruleset *ruleset,
				  const struct kw_identity *who);
struct kw_class *kw_ruleset_find(const struct kw_ruleset *ruleset,
				 const char *name);
struct kw_class *kw_ruleset_class(const struct kw_ruleset *ruleset, u32 index);
const struct kw_cgroup *kw_ruleset_cgroup(const struct kw_ruleset *ruleset,
					  const char *path);
bool kw_class_takes(const struct kw_class *class, const struct kw_identity *who);
u64 kw_deny_needs(u64 deny);
u64 kw_limits_need(const u64 limit[KVMWARDEN_NR_LIMITS]);
u64 kw_ruleset_enforces(const struct kw_ruleset *ruleset);
bool kw_mode_valid(u32 mode);
void kw_limits_default(u64 limit[KVMWARDEN_NR_LIMITS]);

#endif /* KW_POLICY_H */
