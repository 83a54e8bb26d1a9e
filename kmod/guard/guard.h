/* SPDX-License-Identifier: GPL-2.0 */
/* What is asked at each KVM function, one file a concern. */
#ifndef KW_GUARD_H
#define KW_GUARD_H

#include <linux/types.h>
#include <linux/kvmwarden.h>

#include "../hook.h"

struct kvm;
struct kvm_vcpu;
struct kw_pages;
struct kw_vm;

extern const struct kw_hook_table kw_lifecycle_table;
extern const struct kw_hook_table kw_memory_table;
extern const struct kw_hook_table kw_vcpu_table;
extern const struct kw_hook_table kw_bus_table;
extern const struct kw_hook_table kw_irq_table;
extern const struct kw_hook_table kw_hyperv_table;
extern const struct kw_hook_table kw_guest_memfd_table;
extern const struct kw_hook_table kw_capability_table;
extern const struct kw_hook_table kw_cpuid_table;
extern const struct kw_hook_table kw_msr_table;
extern const struct kw_hook_table kw_nested_amd_table;
extern const struct kw_hook_table kw_nested_intel_table;
extern const struct kw_hook_table kw_nested_arm64_table;

int kw_unrecorded(enum kvmwarden_reason reason,
		  enum kvmwarden_operation operation, int err);
int kw_find_or_adopt(struct kvm *kvm, enum kvmwarden_operation operation,
		     struct kw_vm **vm);
bool kw_is_function(unsigned long function, unsigned long found);
void kw_adopt_running(void);
bool kw_layout_bad(void);
long kw_nested_enter(const struct kvm_vcpu *vcpu);
bool kw_nested_had(const struct kvm_vcpu *vcpu);
long kw_nested_leave(const struct kw_regs *regs);
void kw_nested_revoke(void);
int kw_nested_verdict(const struct kvm_vcpu *vcpu,
		      enum kvmwarden_operation operation);
void kw_memory_count(struct kvm *kvm, struct kw_pages *pages);

#endif /* KW_GUARD_H */
