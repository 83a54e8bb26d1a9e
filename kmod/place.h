/* SPDX-License-Identifier: GPL-2.0 */
/* Placement: the ruleset in force, and the class that each VM is in. */
#ifndef KW_PLACE_H
#define KW_PLACE_H

#include "account.h"
#include "policy.h"
#include "vm.h"

/* What all VMs on record use; the root of all accounts. */
extern struct kw_account kw_host_account;

int kw_place_init(void);
void kw_place_exit(void);

void kw_place_lock(void);
void kw_place_unlock(void);
int kw_place_enter(struct kw_vm *vm, bool force, struct kw_shortage *shortage);

const struct kw_ruleset *kw_place_ruleset(void);
void kw_place_commit(struct kw_ruleset *ruleset);
int kw_place_set(u64 id, u64 change, u64 own, u64 deny);
u32 kw_place_over(void);
bool kw_place_enforces(void);

#endif /* KW_PLACE_H */
