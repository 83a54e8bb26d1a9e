/* SPDX-License-Identifier: GPL-2.0 */
/* What a VM can have many of, besides vCPUs and memory. */
#ifndef ITEMS_H
#define ITEMS_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/kvm.h>

/* The @n-th of a VM, put there or taken away: 0 or a negative errno. */
int vmm_ioeventfd(int vm, unsigned int n, int event, bool there);
int vmm_zone(int vm, unsigned int n, bool there);
int vmm_irqfd(int vm, unsigned int n, int event, bool there);
#ifdef KVM_HYPERV_EVENTFD
int vmm_hv_event(int vm, unsigned int n, int event, bool there);
#endif

/* A table of so many interrupt routes. */
int vmm_routes(int vm, unsigned int nr);

/* Return: a file descriptor or a negative errno. */
int vmm_memfd(int vm, uint64_t size);

#endif /* ITEMS_H */
