/* SPDX-License-Identifier: GPL-2.0 */
/* Denials that follow each other closely, told as one. */
#ifndef KW_FOLD_H
#define KW_FOLD_H

#include <linux/types.h>
#include <linux/kvmwarden.h>

void kw_fold_put(struct kvmwarden_event *event, u32 user);
void kw_fold_end(u64 vm);
void kw_fold_exit(void);

#endif /* KW_FOLD_H */
