/* SPDX-License-Identifier: GPL-2.0 */
/* The clock, which counts instructions. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

void must(bool so, const char *what);
uint64_t now(void);
uint64_t ours(void);

#endif /* CLOCK_H */
