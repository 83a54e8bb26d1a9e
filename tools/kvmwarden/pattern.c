// SPDX-License-Identifier: GPL-2.0-only
/*
 * Patterns for cgroups, made of the paths of some.
 *
 * What runs VMs gives each its own cgroup: machine-qemu\x2d5\x2dweb.scope by
 * libvirt, 100.scope by Proxmox, docker-<64 digits>.scope, pod<UUID>. The
 * next one differs, from the first digit on, in what names the instance, and
 * not in the slices above, except for hashes.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "tool.h"

/* the kernel's own idea of what a pattern matches; its types have bool */
#include "../../kmod/glob.h"

/* As many hexadecimal digits in a row are no word */
#define HASH_LEAST	8

/* --- one component -------------------------------------------------------- */

struct component {
	const char *text;
	size_t len;
	bool last;
};

static bool has_suffix(const struct component *c, const char *suffix)
{
	size_t len = strlen(suffix);

	return c->len > len && !strncmp(c->text + c->len - len, suffix, len);
}

static bool has_prefix(const struct component *c, const char *prefix)
{
	size_t len = strlen(prefix);

	return c->len > len && !strncmp(c->text, prefix, len);
}

/* Digits and letters from @from to @to, both */
static bool is_hash(const char *from, const char *to)
{
	bool digit = false, letter = false;
	const char *c;

	for (c = from; c < to; c++) {
		digit |= isdigit((unsigned char)*c);
		letter |= isalpha((unsigned char)*c);
	}
	return to - from >= HASH_LEAST && digit && letter;
}

/* Where a hash begins; @len if there is none */
static size_t hash_at(const char *text, size_t len)
{
	size_t from, to;

	for (from = 0; from < len; from = to + 1) {
		for (to = from; to < len; to++) {
			if (!isxdigit((unsigned char)text[to]))
				break;
		}
		if (is_hash(text + from, text + to))
			return from;
	}
	return len;
}

/* Where a number begins; of systemd's \x2d the 2 does not count */
static size_t digit_at(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (isdigit((unsigned char)text[i]))
			return i;
		if (text[i] == '\\' && len - i >= 4 && text[i + 1] == 'x')
			i += 3;
	}
	return len;
}

/* What is up to @len and differs from one instance to the next: from where on */
static size_t instance_at(const struct component *c, size_t len, bool number)
{
	size_t hash = hash_at(c->text, len);
	size_t digit = number ? digit_at(c->text, len) : len;

	return hash < digit ? hash : digit;
}

/* NAME@INSTANCE.service; a user's own is always called the same */
static size_t service_at(const struct component *c, size_t len)
{
	const char *at = memchr(c->text, '@', len);

	if (at && !has_prefix(c, "user@"))
		return at + 1 - c->text;
	return at ? len : instance_at(c, len, false);
}

/* What is said in a pattern stands for itself, or at least for one character */
static char *put(char *to, const char *from, size_t len)
{
	for (; len; from++, len--) {
		unsigned char c = *from;

		*to++ = c <= ' ' || c == 0x7f || strchr("*?", c) ? '?' : c;
	}
	return to;
}

/* @from to @end may be anything */
static char *put_instance(char *to, const struct component *c, size_t from,
			  size_t end)
{
	to = put(to, c->text, from);
	if (from < end)
		*to++ = '*';
	return put(to, c->text + end, c->len - end);
}

static char *put_component(char *to, const struct component *c)
{
	static const char slice[] = ".slice", service[] = ".service";
	static const char scope[] = ".scope";
	size_t end = c->len;

	if (has_suffix(c, slice)) {
		end -= strlen(slice);
		return put_instance(to, c, instance_at(c, end, false), end);
	}
	if (has_suffix(c, service)) {
		end -= strlen(service);
		return put_instance(to, c, service_at(c, end), end);
	}
	if (has_suffix(c, scope)) {
		end -= strlen(scope);
		return put_instance(to, c, instance_at(c, end, true), end);
	}
	return put_instance(to, c, instance_at(c, end, c->last), end);
}

/* --- the path ------------------------------------------------------------- */

char *pattern_of(const char *path, bool cut)
{
	/* each component is at most a star longer */
	char *pattern = text_of("%s%s**", path, path), *to = pattern;

	while (*path) {
		struct component c = { .text = path };

		c.len = strcspn(path, "/");
		c.last = !path[c.len];
		if (c.last && cut) {
			to = stpcpy(to, "**");
			break;
		}
		to = put_component(to, &c);
		path += c.len;
		if (*path == '/')
			*to++ = *path++;
	}
	*to = '\0';
	return pattern;
}

/* @narrow, with @few instead of each star, and @deep instead of two */
static char *example(const char *narrow, const char *few, const char *deep)
{
	char *text = copy_of(""), *longer;

	for (; *narrow; narrow++) {
		if (narrow[0] == '*' && narrow[1] == '*') {
			longer = text_of("%s%s", text, deep);
			narrow++;
		} else if (*narrow == '*') {
			longer = text_of("%s%s", text, few);
		} else {
			/* no other character is like it */
			longer = text_of("%s%c", text,
					 *narrow == '?' ? '\1' : *narrow);
		}
		free(text);
		text = longer;
	}
	return text;
}

/*
 * What no pattern has in it can only be matched by its wildcards. One that
 * matches nothing, one such character and many of them in the place of each
 * wildcard of @narrow, matches whatever else may stand there.
 */
bool pattern_covers(const char *wide, const char *narrow)
{
	char *many = copy_of(wide), *deep, *path;
	bool covers = true;
	size_t i;

	memset(many, '\1', strlen(many));
	deep = text_of("%s/%s/%s", many, many, many);
	for (i = 0; i < 3 && covers; i++) {
		const char *const few[] = { "", "\1", many };
		const char *const far[] = { "", "\1/", deep };

		path = example(narrow, few[i], far[i]);
		covers = kw_glob_match(wide, path);
		free(path);
	}
	free(many);
	free(deep);
	return covers;
}
