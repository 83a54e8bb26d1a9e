/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_DENIAL_H
#define KVMWARDEN_DENIAL_H

#include <linux/kvmwarden.h>

/* "nested virtualization: refused 2 times"; to be freed */
char *denial_text(const struct kvmwarden_denials *d, unsigned int reason);

/* Says more of one reason, in lines of its own */
typedef void (*denial_more)(unsigned int reason, const void *data);

/* One line a reason, after @head; "none" if there were none. @more: or NULL */
void denials_print(const char *head, const struct kvmwarden_denials *d,
		   denial_more more, const void *data);
/* Requests refused */
__u64 denials_sum(const struct kvmwarden_denials *d);
/* Requests let through only because a class is permissive */
__u64 permits_sum(const struct kvmwarden_denials *d);

#endif
