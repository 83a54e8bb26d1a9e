// SPDX-License-Identifier: GPL-2.0
/* sha256() is declared in crypto/sha2.h; before, in crypto/sha.h */
#include <crypto/sha2.h>

void (*probe)(const u8 *data, unsigned int len, u8 *out);
