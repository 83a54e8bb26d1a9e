/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KW_CANARY_H
#define KW_CANARY_H

#include "hook.h"

extern struct kw_hook kw_canary_hook;

int kw_canary_check(void);

#endif /* KW_CANARY_H */
