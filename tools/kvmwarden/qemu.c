// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading QEMU's command line.
 */
#include <stdlib.h>
#include <string.h>

#include "qemu.h"
#include "tool.h"

/* -vnc and --vnc are the same */
static bool is_option(const char *arg, const char *name)
{
	if (*arg++ != '-')
		return false;
	return !strcmp(arg + (*arg == '-'), name);
}

const char *qemu_option(const struct process *process, const char *name,
			size_t *at)
{
	while (*at < process->nr_args) {
		size_t i = (*at)++;

		if (!is_option(process->args[i], name))
			continue;
		return i + 1 < process->nr_args ? process->args[i + 1] : "";
	}
	return NULL;
}

/* --- key=value,... --------------------------------------------------------- */

/* A comma that belongs to a value is doubled */
static const char *next_part(const char *part)
{
	while (*part && (*part != ',' || part[1] == ','))
		part += 1 + (*part == ',');
	return *part ? part + 1 : NULL;
}

static size_t part_len(const char *part)
{
	const char *next = next_part(part);

	return next ? (size_t)(next - part - 1) : strlen(part);
}

char *qemu_value(const char *value, const char *key)
{
	size_t len = strlen(key);
	const char *part;

	for (part = value; part; part = next_part(part)) {
		size_t all = part_len(part);

		if (all < len || strncmp(part, key, len))
			continue;
		if (all == len)
			return copy_of("on");
		if (part[len] == '=')
			return text_of("%.*s", (int)(all - len - 1),
				       part + len + 1);
	}
	return NULL;
}

bool qemu_has(const char *value, const char *key)
{
	char *found = qemu_value(value, key);
	bool has = found;

	free(found);
	return has;
}

bool qemu_is_on(const char *value, const char *key)
{
	char *found = qemu_value(value, key);
	bool on = found && strcmp(found, "off") && strcmp(found, "no");

	free(found);
	return on;
}

/* --- addresses ------------------------------------------------------------- */

enum reach qemu_host_reach(const char *host)
{
	if (!strncmp(host, "127.", 4) || !strcmp(host, "localhost") ||
	    !strcmp(host, "::1") || !strcmp(host, "[::1]"))
		return REACH_HOST;
	return REACH_NETWORK;
}

enum reach qemu_reach(const char *address)
{
	char *copy = text_of("%.*s", (int)strcspn(address, ","), address);
	char *port = strrchr(copy, ':');
	enum reach reach = REACH_NONE;

	if (port) {
		*port = '\0';
		reach = qemu_host_reach(copy);
	}
	free(copy);
	return reach;
}
