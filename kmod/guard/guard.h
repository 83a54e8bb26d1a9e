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

#ifdef CONFIG_X86
#define KW_FEATURES_X86	KVMWARDEN_FEATURE_HV_EVENTS
#else
#define KW_FEATURES_X86	0
#endif

/* All there are. */
#define KW_FEATURES	(KVMWARDEN_FEATURE_VMS | KVMWARDEN_FEATURE_VCPUS |	\
			 KVMWARDEN_FEATURE_MEMORY | KVMWARDEN_FEATURE_NESTED |	\
			 KVMWARDEN_FEATURE_MEMSLOTS |				\
			 KVMWARDEN_FEATURE_IOEVENTFDS |				\
			 KVMWARDEN_FEATURE_COALESCED |				\
			 KVMWARDEN_FEATURE_IRQFDS |				\
			 KW_FEATURES_X86 |					\
			 KVMWARDEN_FEATURE_IRQ_ROUTES |				\
			 KVMWARDEN_FEATURE_GUEST_MEMFD)

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
bool kw_ends_seen(void);
long kw_nested_refuse(const struct kvm_vcpu *vcpu, int err);
bool kw_nested_had(const struct kvm_vcpu *vcpu);
long kw_nested_leave(const struct kw_regs *regs);
void kw_nested_revoke(void);
int kw_nested_verdict(const struct kvm_vcpu *vcpu,
		      enum kvmwarden_operation operation);
void kw_memory_count(struct kvm *kvm, struct kw_pages *pages);

#endif /* KW_GUARD_H */
