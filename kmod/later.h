/* SPDX-License-Identifier: GPL-2.0 */
/* What a verdict cannot do itself: done on the way back to user space. */
#ifndef KW_LATER_H
#define KW_LATER_H

#include <linux/types.h>

int kw_later(void (*run)(u64 arg), u64 arg);
void kw_later_exit(void);

#endif /* KW_LATER_H */
