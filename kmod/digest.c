// SPDX-License-Identifier: GPL-2.0
/* Digests: what tells two rulesets apart. */
#include <linux/build_bug.h>
#include <linux/string.h>

#include "digest.h"
#include "probes.h"

#ifdef KW_HAVE_SHA2_HEADER
#include <crypto/sha2.h>
#else
#include <crypto/sha.h>
#endif

/**
 * kw_digest_add() - make a digest depend on something more
 * @digest: of all until now, in order; zeroes at first
 * @data: what is added
 * @size: its size
 */
void kw_digest_add(u8 digest[KVMWARDEN_DIGEST_LEN], const void *data,
		   size_t size)
{
	u8 both[2 * KVMWARDEN_DIGEST_LEN];

	BUILD_BUG_ON(KVMWARDEN_DIGEST_LEN != SHA256_DIGEST_SIZE);
	memcpy(both, digest, KVMWARDEN_DIGEST_LEN);
	sha256(data, size, both + KVMWARDEN_DIGEST_LEN);
	sha256(both, sizeof(both), digest);
}

/**
 * kw_digest_add_text() - the same, with a text
 * @digest: as with kw_digest_add()
 * @text: the text, or NULL, which is as if it were empty
 */
void kw_digest_add_text(u8 digest[KVMWARDEN_DIGEST_LEN], const char *text)
{
	kw_digest_add(digest, text ?: "", text ? strlen(text) : 0);
}
