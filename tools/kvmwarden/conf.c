// SPDX-License-Identifier: GPL-2.0-only
/*
 * libvirt's configuration, as far as it is looked at: single values.
 */
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "tool.h"

struct wanted {
	const char *key;
	char *value;
};

/* "0.0.0.0" and 0.0.0.0 are the same */
static char *unquoted(const char *value)
{
	size_t len = strlen(value);

	if (len > 1 && strchr("\"'", *value) && value[len - 1] == *value)
		return text_of("%.*s", (int)len - 2, value + 1);
	return copy_of(value);
}

static int on_pair(void *data, const char *section, const char *name,
		   const char *value)
{
	struct wanted *wanted = data;

	(void)section;
	if (!strcmp(name, wanted->key) && value) {
		free(wanted->value);
		wanted->value = unquoted(value);
	}
	return 1;
}

/* Lines that are of another form are none of ours */
char *conf_value(const struct host *host, const char *path, const char *key)
{
	struct wanted wanted = { .key = key };
	FILE *file = host_file(host, path);

	if (!file)
		return NULL;
	ini_parse_file(file, on_pair, &wanted);
	fclose(file);
	return wanted.value;
}
