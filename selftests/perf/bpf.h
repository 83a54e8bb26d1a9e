/* SPDX-License-Identifier: GPL-2.0 */
/* A security module's program that is asked about each ioctl. */
#ifndef BPF_H
#define BPF_H

int bpf_begin(const char *object);

#endif /* BPF_H */
