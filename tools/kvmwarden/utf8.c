// SPDX-License-Identifier: GPL-2.0-only
/*
 * UTF-8.
 */
#include "utf8.h"

size_t utf8_len(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int code;
	size_t len, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc0 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	code = s[0] & (0x7f >> len);
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least[len] || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;
	return len;
}

bool is_utf8(const char *text)
{
	size_t len;

	for (; *text; text += len) {
		len = utf8_len(text);
		if (!len)
			return false;
	}
	return true;
}
