/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_DIGEST_H
#define KVMWARDEN_DIGEST_H

#include <stdbool.h>

#include <linux/kvmwarden.h>

#define DIGEST_LEN	(2 * KVMWARDEN_DIGEST_LEN + 1)

/* In hexadecimal digits; empty while no policy was ever put in force */
const char *digest_text(char buf[DIGEST_LEN],
			const __u8 digest[KVMWARDEN_DIGEST_LEN]);

#endif
