/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What policy allows and what is charged, told without the module: a plain
 * reference, with no account but the VMs' own.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/kvmwarden.h>

#include "live.h"

#define MODEL_VMS	6
#define MODEL_CLASSES	3
#define MODEL_USERS	4
#define MODEL_USER	3000	/* the first one */

/* What climbs; as in &struct kvmwarden_amounts. */
enum model_what { MODEL_VM, MODEL_VCPU, MODEL_MEMORY, MODEL_NR_WHATS };

/**
 * struct model_class - a class; the last one is "default"
 * @there: it is in the ruleset
 * @mode: &enum kvmwarden_mode
 * @deny: KVMWARDEN_DENY_*
 * @limit: of each VM
 * @user: of each user
 * @total: of all
 */
struct model_class {
	bool there;
	uint32_t mode;
	uint64_t deny;
	uint64_t limit[KVMWARDEN_NR_LIMITS];
	uint64_t user[MODEL_NR_WHATS];
	uint64_t total[MODEL_NR_WHATS];
};

/**
 * struct model_vm - a VM
 * @there: it is on record
 * @id: of its record
 * @uid: whose it is
 * @class: in which class
 * @chosen: the class that was chosen for it, or -1
 * @own_limits: bits of those that are its own
 * @own_limit: these
 * @own: KVMWARDEN_DENY_* that are its own
 * @own_deny: those of them that are denied
 * @had: it was free to nest at some time
 * @adopted: it is older than the hooks
 * @charged: what it is charged with
 * @found: what only its own limits count, as found last
 * @denials: of it
 */
struct model_vm {
	bool there;
	uint64_t id;
	uint32_t uid;
	int class;
	int chosen;
	uint64_t own_limits;
	uint64_t own_limit[KVMWARDEN_NR_LIMITS];
	uint64_t own;
	uint64_t own_deny;
	bool had;
	bool adopted;
	uint64_t charged[MODEL_NR_WHATS];
	uint64_t found[KVMWARDEN_NR_LIMITS];
	struct kvmwarden_denials denials;
};

/**
 * struct model - all of it
 * @host: limits on all VMs
 * @user: limits on each user
 * @cgroup: limits on each cgroup
 * @cgroups: how many there are from ours up to the root
 * @class: the classes
 * @vm: the VMs
 * @denials: of all
 */
struct model {
	uint64_t host[MODEL_NR_WHATS];
	uint64_t user[MODEL_NR_WHATS];
	uint64_t cgroup[MODEL_NR_WHATS];
	unsigned int cgroups;
	struct model_class class[MODEL_CLASSES];
	struct model_vm vm[MODEL_VMS];
	struct kvmwarden_denials denials;
};

extern struct model model;

const char *model_class_name(int class);
void model_begin(void);
void model_random_policy(struct live_random *random);
void model_commit(void);
int model_set(struct live_random *random, unsigned int v);

int model_create(unsigned int v, uint32_t uid);
void model_created(unsigned int v);
void model_adopted(unsigned int v, uint32_t uid, uint64_t vcpus,
		   uint64_t memory, uint64_t slots);
void model_destroy(unsigned int v);
int model_request(unsigned int v, enum model_what what, uint64_t now,
		  uint64_t want);
int model_limit(unsigned int v, enum kvmwarden_limit what, uint64_t now,
		uint64_t want);
int model_nested(unsigned int v);
bool model_hidden(unsigned int v);

void model_compare(void);
void model_tell(void);

#endif /* MODEL_H */
