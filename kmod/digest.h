/* SPDX-License-Identifier: GPL-2.0 */
/* Digests: what tells two rulesets apart. */
#ifndef KW_DIGEST_H
#define KW_DIGEST_H

#include <linux/types.h>
#include <linux/kvmwarden.h>

void kw_digest_add(u8 digest[KVMWARDEN_DIGEST_LEN], const void *data,
		   size_t size);
void kw_digest_add_text(u8 digest[KVMWARDEN_DIGEST_LEN], const char *text);

#endif /* KW_DIGEST_H */
