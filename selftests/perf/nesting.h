/* SPDX-License-Identifier: GPL-2.0 */
/* A guest that runs a guest of its own. */
#ifndef NESTING_H
#define NESTING_H

#include <stdint.h>

void nesting_begin(void);
uint64_t once_nested(void);

#endif /* NESTING_H */
