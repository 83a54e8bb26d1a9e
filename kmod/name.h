/* SPDX-License-Identifier: GPL-2.0 */
/* What numbers of the uapi are called, where people and programs read them. */
#ifndef KW_NAME_H
#define KW_NAME_H

#include <linux/kvmwarden.h>

/* Longest name, final NUL included */
#define KW_NAME_ROOM	32

const char *kw_event_name(u32 type);
const char *kw_reason_name(u32 reason);
const char *kw_operation_name(u32 operation);

#endif /* KW_NAME_H */
