// SPDX-License-Identifier: GPL-2.0-only
/*
 * The values of a policy file.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/kvmwarden.h>

#include "names.h"
#include "spell.h"
#include "tool.h"
#include "users.h"
#include "value.h"

#define COUNT_RIGHT	"write a whole number, or `unlimited'"
#define SIZE_RIGHT \
	"write bytes, or a whole number with K, M, G, T, P or E, or `unlimited'"
#define VERSION_RIGHT	"write a whole number"

enum number {
	NUMBER_OK,
	NUMBER_JUNK,
	NUMBER_NEGATIVE,
	NUMBER_TOO_LARGE,
};

/* The digits that @text begins with; *@end is what follows them */
static enum number read_digits(const char *text, __u64 *to, const char **end)
{
	enum number ret = NUMBER_OK;
	__u64 sum = 0;

	if (*text == '-' && isdigit((unsigned char)text[1]))
		return NUMBER_NEGATIVE;
	if (!isdigit((unsigned char)*text))
		return NUMBER_JUNK;
	for (; isdigit((unsigned char)*text); text++) {
		if (__builtin_mul_overflow(sum, 10ULL, &sum) ||
		    __builtin_add_overflow(sum, *text - '0', &sum))
			ret = NUMBER_TOO_LARGE;
	}
	*to = sum;
	*end = text;
	return ret;
}

static char *number_error(enum number error, const char *text, const char *what,
			  const char *right)
{
	switch (error) {
	case NUMBER_OK:
		return NULL;
	case NUMBER_NEGATIVE:
		return text_of("`%s' is negative; %s", brief(text), right);
	case NUMBER_TOO_LARGE:
		return text_of("`%s' is too large for 64 bits; %s",
			       brief(text), right);
	default:
		return text_of("`%s' is not a %s; %s", brief(text), what,
			       right);
	}
}

static enum number read_whole(const char *text, __u64 *to)
{
	enum number ret;
	const char *end;

	ret = read_digits(text, to, &end);
	if ((ret == NUMBER_OK || ret == NUMBER_TOO_LARGE) && *end)
		ret = NUMBER_JUNK;
	return ret;
}

char *value_version(const char *text, void *to)
{
	return number_error(read_whole(text, to), text, "version",
			    VERSION_RIGHT);
}

/* A number that happens to be the largest of all must not mean no limit */
static enum number no_sentinel(enum number ret, const __u64 *value)
{
	if (ret == NUMBER_OK && *value == KVMWARDEN_UNLIMITED)
		return NUMBER_TOO_LARGE;
	return ret;
}

static bool read_unlimited(const char *text, __u64 *to)
{
	if (strcmp(text, "unlimited"))
		return false;
	*to = KVMWARDEN_UNLIMITED;
	return true;
}

char *value_count(const char *text, void *to)
{
	__u64 *count = to;
	enum number ret;

	if (read_unlimited(text, count))
		return NULL;
	ret = no_sentinel(read_whole(text, count), count);
	return number_error(ret, text, "number", COUNT_RIGHT);
}

static enum number read_size(const char *text, __u64 *to)
{
	static const char units[] = "KMGTPE";
	const char *end, *unit;
	enum number ret;
	int shift;

	ret = read_digits(text, to, &end);
	if (ret == NUMBER_JUNK || ret == NUMBER_NEGATIVE || !*end)
		return ret;
	unit = strchr(units, *end);
	if (!unit || end[1])
		return NUMBER_JUNK;
	shift = 10 * (unit - units + 1);
	if (*to > KVMWARDEN_UNLIMITED >> shift)
		return NUMBER_TOO_LARGE;
	*to <<= shift;
	return ret;
}

char *value_size(const char *text, void *to)
{
	__u64 *size = to;
	enum number ret;

	if (read_unlimited(text, size))
		return NULL;
	ret = no_sentinel(read_size(text, size), size);
	return number_error(ret, text, "size", SIZE_RIGHT);
}

/* In bytes; it stays the same for all the shares of a policy */
static __u64 ram_bytes(void)
{
	static __u64 bytes;
	unsigned long long kbytes;
	FILE *file;

	if (bytes)
		return bytes;
	file = fopen("/proc/meminfo", "re");
	if (!file)
		return 0;
	if (fscanf(file, "MemTotal: %llu kB", &kbytes) == 1)
		bytes = kbytes << 10;
	fclose(file);
	return bytes;
}

static char *read_percent(const char *text, __u64 *to)
{
	__u64 percent, ram = ram_bytes();
	const char *end;

	if (read_digits(text, &percent, &end) != NUMBER_OK ||
	    strcmp(end, "%") || percent < 1 || percent > 100)
		return text_of("`%s' is not a share of RAM; write 1%% to 100%%",
			       brief(text));
	if (!ram)
		return text_of("/proc/meminfo does not tell how much RAM there is; write a size");
	ram = ram / 100 * percent + ram % 100 * percent / 100;
	*to = ram - ram % sysconf(_SC_PAGESIZE);
	return NULL;
}

char *value_share(const char *text, void *to)
{
	return strchr(text, '%') ? read_percent(text, to) :
				   value_size(text, to);
}

char *value_mode(const char *text, void *to)
{
	struct guess guess;
	__u32 mode;

	if (mode_from_name(text, to))
		return NULL;
	guess_start(&guess, text);
	for (mode = 0; mode_known(mode); mode++)
		guess_try(&guess, mode_name(mode));
	if (guess.nearest)
		return text_of("`%s' is not a mode; did you mean `%s'?",
			       brief(text), guess.nearest);
	return text_of("`%s' is not a mode; write `off', `permissive' or `enforce'",
		       brief(text));
}

/* Which of two words, 0 or 1; or what is wrong */
static char *read_either(const char *text, const char *const words[2],
			 unsigned int *which)
{
	struct guess guess;

	guess_start(&guess, text);
	for (*which = 0; *which < 2; ++*which) {
		if (!strcmp(text, words[*which]))
			return NULL;
		guess_try(&guess, words[*which]);
	}
	if (guess.nearest)
		return text_of("`%s' is neither `%s' nor `%s'; did you mean `%s'?",
			       brief(text), words[0], words[1], guess.nearest);
	return text_of("`%s' is not an answer; write `%s' or `%s'",
		       brief(text), words[0], words[1]);
}

char *value_nested(const char *text, void *to)
{
	static const char *const words[] = { "allow", "deny" };
	__u64 *deny = to;
	unsigned int which;
	char *wrong;

	wrong = read_either(text, words, &which);
	if (wrong)
		return wrong;
	*deny &= ~KVMWARDEN_DENY_NESTED;
	if (which)
		*deny |= KVMWARDEN_DENY_NESTED;
	return NULL;
}

char *value_revoke(const char *text, void *to)
{
	const char *const words[] = {
		revoke_name(KVMWARDEN_REVOKE_FAIL),
		revoke_name(KVMWARDEN_REVOKE_KILL),
	};
	__u32 *revoke = to;

	return read_either(text, words, revoke);
}

static char *unknown_who(const struct who *who, const char *name)
{
	char *best = who->nearest(name);
	char *wrong;

	if (best)
		wrong = text_of("this host has no %s `%s'; did you mean `%s'?",
				who->what, brief(name), printable(best));
	else
		wrong = text_of("this host has no %s `%s'; write an existing name, or a number",
				who->what, brief(name));
	free(best);
	return wrong;
}

static char *read_who(const struct who *who, const char *text, __u32 *id)
{
	enum number ret;
	__u64 number;

	ret = read_whole(text, &number);
	if (ret == NUMBER_JUNK)
		return who->from_name(text, id) ? NULL : unknown_who(who, text);
	/* the largest is "nobody" */
	if (ret != NUMBER_OK || number >= (__u32)-1)
		return text_of("`%s' is not a %s id; write 0 to 4294967294, or a name",
			       brief(text), who->what);
	*id = number;
	return NULL;
}

char *value_user(const char *text, void *to)
{
	return read_who(&users, text, to);
}

char *value_group(const char *text, void *to)
{
	return read_who(&groups, text, to);
}

static char *take_text(const char *text, const char *what, size_t room,
		       char **to)
{
	if (strlen(text) >= room)
		return text_of("a %s of %zu bytes is too long; write at most %zu",
			       what, strlen(text), room - 1);
	free(*to);
	*to = copy_of(text);
	return NULL;
}

char *value_cgroup(const char *text, void *to)
{
	if (*text != '/')
		return text_of("`%s' does not begin with `/'; write the path from the root of the cgroup v2 hierarchy, such as /machine.slice/*",
			       brief(text));
	return take_text(text, "pattern", KVMWARDEN_CGROUP_LEN, to);
}

char *value_exe(const char *text, void *to)
{
	struct stat st;

	if (*text != '/')
		return text_of("`%s' does not begin with `/'; write the whole path of the executable",
			       brief(text));
	if (strlen(text) < KVMWARDEN_PATH_LEN && stat(text, &st))
		return text_of("`%s' cannot be found: %s", printable(text),
			       strerror(errno));
	if (strlen(text) < KVMWARDEN_PATH_LEN && !S_ISREG(st.st_mode))
		return text_of("`%s' is not a regular file; write the path of an executable",
			       printable(text));
	return take_text(text, "path", KVMWARDEN_PATH_LEN, to);
}

char *value_label(const char *text, void *to)
{
	/* `label = #' is read as a comment, however it came here */
	if (strchr("#;", *text))
		return text_of("`%s' begins as a comment does; no label does",
			       brief(text));
	return take_text(text, "label", KVMWARDEN_LABEL_LEN, to);
}
