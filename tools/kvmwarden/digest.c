// SPDX-License-Identifier: GPL-2.0-only
/*
 * The digest of a policy.
 */
#include <stdio.h>

#include "digest.h"

const char *digest_text(char buf[DIGEST_LEN],
			const __u8 digest[KVMWARDEN_DIGEST_LEN])
{
	bool any = false;
	int i;

	for (i = 0; i < KVMWARDEN_DIGEST_LEN; i++) {
		any |= digest[i];
		sprintf(buf + 2 * i, "%02x", digest[i]);
	}
	if (!any)
		buf[0] = '\0';
	return buf;
}
