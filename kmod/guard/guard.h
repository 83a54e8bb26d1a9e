/* SPDX-License-Identifier: GPL-2.0 */
/* What is asked at each KVM function, one file a concern. */
#ifndef KW_GUARD_H
#define KW_GUARD_H

#include <linux/types.h>
#include <linux/kvmwarden.h>

#include "../hook.h"

struct kvm;
struct kw_pages;
struct kw_vm;

extern const struct kw_hook_table kw_lifecycle_table;
extern const struct kw_hook_table kw_memory_table;
extern const struct kw_hook_table kw_vcpu_table;

int kw_unrecorded(enum kvmwarden_reason reason, int err);
int kw_find_or_adopt(struct kvm *kvm, struct kw_vm **vm);
void kw_adopt_running(void);
bool kw_layout_bad(void);
void kw_memory_count(struct kvm *kvm, struct kw_pages *pages);

#endif /* KW_GUARD_H */
