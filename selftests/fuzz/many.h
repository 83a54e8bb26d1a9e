/* SPDX-License-Identifier: GPL-2.0 */
/* Random calls of KVM from many threads. */
#ifndef MANY_H
#define MANY_H

#include <stdbool.h>

bool many(unsigned long nr, unsigned int seconds);

#endif /* MANY_H */
