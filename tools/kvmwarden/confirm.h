/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_CONFIRM_H
#define KVMWARDEN_CONFIRM_H

#include <stdbool.h>

#include <linux/kvmwarden.h>

/* Seconds left until a policy is rolled back that nobody confirms */
unsigned int confirm_seconds(const struct kvmwarden_status *status);

/* @text as seconds: 60, 60s, 5m, 1h; false, after it was said what is wrong */
bool confirm_time(const char *text, __u32 *seconds);

/*
 * The policy of @generation is in force and awaits confirmation: asks for it on
 * a terminal, or says how to confirm. Returns an exit code.
 */
int confirm_ask(int fd, __u64 generation);

#endif
