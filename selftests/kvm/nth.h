/* SPDX-License-Identifier: GPL-2.0 */
/* Allocations that fail (fail-nth, of kernels with FAULT_INJECTION). */
#ifndef NTH_H
#define NTH_H

void nth_open(void);
int nth_call(unsigned int n, int (*call)(void), unsigned int *left);

#endif /* NTH_H */
