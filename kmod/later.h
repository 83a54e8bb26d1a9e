/* SPDX-License-Identifier: GPL-2.0 */
/* What a verdict cannot do itself: done on the way back to user space. */
#ifndef KW_LATER_H
#define KW_LATER_H

#include <linux/compiler_types.h>

int kw_later(void (*run)(void __user *to), void __user *to);
void kw_later_exit(void);

#endif /* KW_LATER_H */
