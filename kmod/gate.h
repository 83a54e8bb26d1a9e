/* SPDX-License-Identifier: GPL-2.0 */
/* The gate: many pass it at no cost, unless somebody has it to himself. */
#ifndef KW_GATE_H
#define KW_GATE_H

#include <linux/compiler.h>

void kw_gate_enter(void)
	__acquires(GATE);
void kw_gate_leave(void)
	__releases(GATE);
void kw_gate_close(void)
	__acquires(GATE);
void kw_gate_open(void)
	__releases(GATE);

#endif /* KW_GATE_H */
