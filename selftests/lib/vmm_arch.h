/* SPDX-License-Identifier: GPL-2.0 */
/* What of a VMM is different on each architecture; for vmm.c alone. */
#ifndef VMM_ARCH_H
#define VMM_ARCH_H

#include <stdbool.h>

#include <linux/kvm.h>

#include "vmm.h"

/* A page for the guest: a loop that exits, and one that never does. */
extern const void *const vmm_arch_code;
extern const void *const vmm_arch_endless;

int vmm_arch_init(int vm, int vcpu);
int vmm_arch_start(int vcpu);
bool vmm_arch_exited(const struct kvm_run *run);

#endif /* VMM_ARCH_H */
