/* SPDX-License-Identifier: GPL-2.0 */
/* Events, for Linux's audit trail. */
#ifndef KW_AUDIT_H
#define KW_AUDIT_H

#include <linux/kconfig.h>

#if IS_ENABLED(CONFIG_AUDIT)
int kw_audit_init(void);
void kw_audit_exit(void);
#else
static inline int kw_audit_init(void) { return 0; }
static inline void kw_audit_exit(void) { }
#endif

#endif /* KW_AUDIT_H */
