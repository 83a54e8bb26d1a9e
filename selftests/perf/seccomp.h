/* SPDX-License-Identifier: GPL-2.0 */
/* A VMM that confines itself. */
#ifndef SECCOMP_H
#define SECCOMP_H

int seccomp_begin(void);

#endif /* SECCOMP_H */
