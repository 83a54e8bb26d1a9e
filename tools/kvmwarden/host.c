// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the host, or what was put in its place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "tool.h"

char *host_path(const struct host *host, const char *path)
{
	return text_of("%s%s", host->root, path);
}

bool host_stat(const struct host *host, const char *path, struct stat *st)
{
	char *full = host_path(host, path);
	bool found = !stat(full, st);

	free(full);
	return found;
}

bool host_has(const struct host *host, const char *path)
{
	struct stat st;

	return host_stat(host, path, &st);
}

static FILE *open_file(const struct host *host, const char *path)
{
	char *full = host_path(host, path);
	FILE *file = fopen(full, "re");

	free(full);
	return file;
}

static bool next_line(FILE *file, char **line)
{
	size_t room = 0;
	ssize_t len;

	*line = NULL;
	len = getline(line, &room, file);
	if (len > 0 && (*line)[len - 1] == '\n')
		(*line)[len - 1] = '\0';
	if (len < 0) {
		free(*line);
		*line = NULL;
	}
	return len >= 0;
}

char *host_line(const struct host *host, const char *path)
{
	FILE *file = open_file(host, path);
	char *line = NULL;

	if (!file)
		return NULL;
	next_line(file, &line);
	fclose(file);
	return line;
}

static void read_flags(struct host *host, char *line)
{
	char *save, *word;

	host->x86 = true;
	for (word = strtok_r(line, " \t:", &save); word;
	     word = strtok_r(NULL, " \t:", &save)) {
		if (!strcmp(word, "svm"))
			host->vendor = "amd";
		else if (!strcmp(word, "vmx"))
			host->vendor = "intel";
	}
}

/* All processors are alike: the first that has flags will do */
static void read_processor(struct host *host)
{
	FILE *file = open_file(host, "/proc/cpuinfo");
	char *line;

	if (!file)
		return;
	while (!host->x86 && next_line(file, &line)) {
		if (!strncmp(line, "flags", 5))
			read_flags(host, line);
		free(line);
	}
	fclose(file);
}

void host_read(struct host *host, const char *root)
{
	*host = (struct host) { .root = root };
	read_processor(host);
	if (!host->vendor)
		return;
	host->vendor_loaded = host_has(host, !strcmp(host->vendor, "amd") ?
				       "/sys/module/kvm_amd" :
				       "/sys/module/kvm_intel");
}

bool host_parameter(const struct host *host, const char *name, bool *on)
{
	char *path, *line;

	if (!host->vendor_loaded)
		return false;
	path = text_of("/sys/module/kvm_%s/parameters/%s", host->vendor, name);
	line = host_line(host, path);
	free(path);
	if (!line)
		return false;
	/* Y or N of a bool, a number of an int */
	*on = *line && !strchr("N0", *line);
	free(line);
	return true;
}

const char *host_paging_name(const struct host *host)
{
	return strcmp(host->vendor, "amd") ? "ept" : "npt";
}
