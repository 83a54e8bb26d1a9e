/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_UTF8_H
#define KVMWARDEN_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character at @text, 0 if it is none */
size_t utf8_len(const char *text);
bool is_utf8(const char *text);

#endif
