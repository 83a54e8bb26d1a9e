// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of known vulnerabilities, and what it means for a kernel. Its form
 * is described in the file itself.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debversion.h"
#include "fixes.h"
#include "tool.h"

#define UNKNOWN	"-"

static bool is_known(const char *version)
{
	return strcmp(version, UNKNOWN);
}

/* --- reading ------------------------------------------------------------- */

/* Where the tool was built, its data lies beside it */
static char *beside_tool(void)
{
	char tool[4096];
	ssize_t len = readlink("/proc/self/exe", tool, sizeof(tool) - 1);
	char *slash;

	if (len < 0)
		return NULL;
	tool[len] = '\0';
	slash = strrchr(tool, '/');
	return slash ? text_of("%.*s/" FIXES_FILE, (int)(slash - tool), tool) :
		       NULL;
}

/* Takes over @file */
static FILE *try_file(struct fixes *fixes, char *file)
{
	free(fixes->file);
	fixes->file = file;
	return file ? fopen(file, "re") : NULL;
}

static FILE *open_list(struct fixes *fixes, const struct host *host)
{
	FILE *found;

	found = try_file(fixes, host_path(host, "/etc/kvmwarden/" FIXES_FILE));
	if (!found)
		found = try_file(fixes, beside_tool());
	if (!found)
		found = try_file(fixes, copy_of(DATADIR "/" FIXES_FILE));
	return found;
}

/* Takes over @line; false if it is not what it should be */
static bool add(struct fixes *fixes, char *line)
{
	struct fix fix = { .line = line };
	char *save, *path, *word;

	fix.id = strtok_r(line, " \t", &save);
	path = strtok_r(NULL, " \t", &save);
	fix.cpu = strtok_r(NULL, " \t", &save);
	fix.since = strtok_r(NULL, " \t", &save);
	fix.mainline = strtok_r(NULL, " \t", &save);
	while ((word = strtok_r(NULL, " \t", &save)) && fix.nr_in < FIXES_MAX)
		fix.in[fix.nr_in++] = word;
	fixes->list = grow(fixes->list, fixes->count, sizeof(fix));
	if (path)
		fix.nested = !strcmp(path, "nested");
	fixes->list[fixes->count++] = fix;
	return fix.mainline && !word && (fix.nested || !strcmp(path, "other"));
}

static void set_date(struct fixes *fixes, const char *text)
{
	free(fixes->date);
	fixes->date = text_of("%.*s", (int)strcspn(text, " \t\n"), text);
}

static bool take_line(struct fixes *fixes, const char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strcspn(text, "#\n");
	if (!len)
		return true;
	if (!strncmp(text, "date ", 5)) {
		set_date(fixes, text + 5);
		return true;
	}
	return add(fixes, text_of("%.*s", (int)len, text));
}

char *fixes_read(struct fixes *fixes, const struct host *host)
{
	unsigned int number = 0;
	char *line = NULL;
	size_t room = 0;
	bool ok = true;
	FILE *file;

	*fixes = (struct fixes) { .count = 0 };
	file = open_list(fixes, host);
	if (!file)
		return text_of("%s: %s", fixes->file, strerror(errno));
	while (ok && getline(&line, &room, file) >= 0) {
		number++;
		ok = take_line(fixes, line);
	}
	free(line);
	fclose(file);
	if (!ok)
		return text_of("%s:%u: not a line of such a list", fixes->file,
			       number);
	if (!fixes->date || !fixes->count)
		return text_of("%s: has no date or no vulnerability",
			       fixes->file);
	return NULL;
}

void fixes_free(struct fixes *fixes)
{
	size_t i;

	for (i = 0; i < fixes->count; i++)
		free(fixes->list[i].line);
	free(fixes->list);
	free(fixes->file);
	free(fixes->date);
	*fixes = (struct fixes) { 0 };
}

/* --- judging ------------------------------------------------------------- */

static size_t series_len(const char *version)
{
	size_t len = strspn(version, "0123456789");

	if (version[len] == '.')
		len += 1 + strspn(version + len + 1, "0123456789");
	return len;
}

static bool same_series(const char *a, const char *b)
{
	size_t len = series_len(a);

	return len == series_len(b) && !memcmp(a, b, len);
}

/* A backport is the package it was made of */
static char *without_backport(const char *package)
{
	const char *end = strstr(package, "~bpo");

	if (!end)
		end = strstr(package, "~deb");
	return text_of("%.*s", end ? (int)(end - package) : (int)strlen(package),
		       package);
}

static bool package_has(const char *package, const char *first)
{
	char *plain = without_backport(package);
	bool has = debversion_compare(plain, first) >= 0;

	free(plain);
	return has;
}

static bool release_has(const struct kernel *kernel, const char *first)
{
	/* only a package has a revision */
	if (!strchr(first, '-'))
		return debversion_compare(kernel->upstream, first) >= 0;
	return kernel->debian && package_has(kernel->debian, first);
}

enum fix_state fix_state(const struct fix *fix, const struct kernel *kernel)
{
	bool in_series = false;
	size_t i;

	if (is_known(fix->since) &&
	    debversion_compare(kernel->upstream, fix->since) < 0)
		return FIX_HERE;
	if (is_known(fix->mainline) &&
	    debversion_compare(kernel->upstream, fix->mainline) >= 0)
		return FIX_HERE;
	for (i = 0; i < fix->nr_in; i++) {
		if (!same_series(fix->in[i], kernel->upstream))
			continue;
		if (release_has(kernel, fix->in[i]))
			return FIX_HERE;
		in_series = true;
	}
	if (in_series)
		return FIX_LATER;
	/* that it is there at all has to be known, too */
	return is_known(fix->since) && is_known(fix->mainline) ? FIX_NONE :
	       FIX_UNKNOWN;
}
