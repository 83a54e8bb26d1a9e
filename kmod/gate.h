/* SPDX-License-Identifier: GPL-2.0 */
/* The gate: many pass it at no cost, unless somebody has it to himself. */
#ifndef KW_GATE_H
#define KW_GATE_H

void kw_gate_enter(void);
void kw_gate_leave(void);
void kw_gate_close(void);
void kw_gate_open(void);

#endif /* KW_GATE_H */
