/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KW_SYMBOL_H
#define KW_SYMBOL_H

int kw_symbol_find(const char *module, const char *function,
		   unsigned long *address);
void kw_symbol_done(void);

#endif /* KW_SYMBOL_H */
