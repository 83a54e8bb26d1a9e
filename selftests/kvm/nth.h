/* SPDX-License-Identifier: GPL-2.0 */
/* Allocations that fail (fail-nth, of kernels with FAULT_INJECTION). */
#ifndef NTH_H
#define NTH_H

/**
 * enum nth_kind - what is counted, and fails
 * @NTH_OBJECTS: objects of the kernel's caches
 * @NTH_PAGES: pages, and with them what may not wait
 *
 * Not both at a time: now and then an object needs a new page, or a table does, and
 * what comes after it would be counted differently from one call to the next, so
 * that an allocation may never be the one to fail.
 */
enum nth_kind {
	NTH_OBJECTS,
	NTH_PAGES,
};

void nth_open(void);
void nth_choose(enum nth_kind kind);
int nth_call(unsigned int n, int (*call)(void), unsigned int *left);

#endif /* NTH_H */
