// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the host, or what was put in its place.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/openat2.h>

#include "host.h"
#include "tool.h"

char *host_path(const struct host *host, const char *path)
{
	return text_of("%s%s", host->root, path);
}

int host_open(const struct host *host, const char *path, int flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT,
	};
	int fd;

	if (*host->root)
		fd = syscall(SYS_openat2, host->root_fd, path, &how,
			     sizeof(how));
	else
		fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

bool host_stat(const struct host *host, const char *path, struct stat *st)
{
	int fd = host_open(host, path, O_PATH);
	bool found = fd >= 0 && !fstat(fd, st);

	if (fd >= 0)
		close(fd);
	return found;
}

bool host_has(const struct host *host, const char *path)
{
	struct stat st;

	return host_stat(host, path, &st);
}

/* Not a device or a pipe that was put in the place of a file */
FILE *host_file(const struct host *host, const char *path)
{
	int fd = host_open(host, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	FILE *file;

	if (fd < 0)
		return NULL;
	file = !fstat(fd, &st) && S_ISREG(st.st_mode) ? fdopen(fd, "r") : NULL;
	if (!file)
		close(fd);
	return file;
}

bool next_line(FILE *file, char **line)
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
	FILE *file = host_file(host, path);
	char *line = NULL;

	if (!file)
		return NULL;
	next_line(file, &line);
	fclose(file);
	return line;
}

char *host_field(const struct host *host, const char *path, const char *key)
{
	FILE *file = host_file(host, path);
	char *line, *rest = NULL;
	size_t len = strlen(key);

	if (!file)
		return NULL;
	while (!rest && next_line(file, &line)) {
		if (!strncmp(line, key, len))
			rest = copy_of(line + len + strspn(line + len, " \t"));
		free(line);
	}
	fclose(file);
	return rest;
}

static bool read_number(const char *text, long long *number)
{
	char *end;

	if (*text == 'Y' || *text == 'N') {
		*number = *text == 'Y';
		return true;
	}
	errno = 0;
	*number = strtoll(text, &end, 0);
	return end != text && !errno && !*(end + strspn(end, " \t"));
}

bool host_number(const struct host *host, const char *path, long long *number)
{
	char *line = host_line(host, path);
	bool found = line && read_number(line, number);

	free(line);
	return found;
}

/* --- directories ----------------------------------------------------------- */

static int by_bytes(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static void add_name(struct host_names *names, const char *name)
{
	names->list = grow(names->list, names->count, sizeof(*names->list));
	names->list[names->count++] = copy_of(name);
}

static DIR *open_dir(const struct host *host, const char *path)
{
	int fd = host_open(host, path, O_RDONLY | O_DIRECTORY);
	DIR *dir;

	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

bool host_list(const struct host *host, const char *path,
	       struct host_names *names)
{
	DIR *dir = open_dir(host, path);
	const struct dirent *entry;

	*names = (struct host_names) { .count = 0 };
	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			add_name(names, entry->d_name);
	}
	closedir(dir);
	if (names->count)
		qsort(names->list, names->count, sizeof(*names->list),
		      by_bytes);
	return true;
}

void host_names_free(struct host_names *names)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
	*names = (struct host_names) { .count = 0 };
}

/* --- the processor --------------------------------------------------------- */

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
		else if (!strcmp(word, "hypervisor"))
			host->is_guest = true;
	}
}

/* All processors are alike: the first that has flags will do */
static void read_processor(struct host *host)
{
	FILE *file = host_file(host, "/proc/cpuinfo");
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

int host_read(struct host *host, const char *root)
{
	*host = (struct host) { .root = root, .root_fd = -1 };
	if (*root) {
		host->root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (host->root_fd < 0)
			return -errno;
	}
	read_processor(host);
	if (!host->vendor)
		return 0;
	host->vendor_loaded = host_has(host, !strcmp(host->vendor, "amd") ?
				       "/sys/module/kvm_amd" :
				       "/sys/module/kvm_intel");
	return 0;
}

void host_free(struct host *host)
{
	if (host->root_fd >= 0)
		close(host->root_fd);
}

bool host_parameter(const struct host *host, const char *name, bool *on)
{
	long long number;
	bool found;
	char *path;

	if (!host->vendor_loaded)
		return false;
	path = text_of("/sys/module/kvm_%s/parameters/%s", host->vendor, name);
	found = host_number(host, path, &number);
	free(path);
	if (found)
		*on = number;
	return found;
}

const char *host_paging_name(const struct host *host)
{
	return strcmp(host->vendor, "amd") ? "ept" : "npt";
}

unsigned long long host_memory(const struct host *host)
{
	char *total = host_field(host, "/proc/meminfo", "MemTotal:");
	unsigned long long kb = total ? strtoull(total, NULL, 10) : 0;

	free(total);
	return kb << 10;
}
