/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_DENIAL_H
#define KVMWARDEN_DENIAL_H

#include <linux/kvmwarden.h>

/* One line a reason, after @head; "none" if there were none */
void denials_print(const char *head, const struct kvmwarden_denials *d);
/* Requests refused */
__u64 denials_sum(const struct kvmwarden_denials *d);
/* Requests let through only because a class is permissive */
__u64 permits_sum(const struct kvmwarden_denials *d);

#endif
