/* SPDX-License-Identifier: GPL-2.0 */
/* A security module's program that is asked about each ioctl. */
#ifndef PERF_BPF_H
#define PERF_BPF_H

int bpf_begin(const char *object);

#endif /* PERF_BPF_H */
