/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KW_SYMBOL_H
#define KW_SYMBOL_H

unsigned long kw_symbol_address(const char *module, const char *function);

#endif /* KW_SYMBOL_H */
