// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking for VMMs in /proc. What they say of themselves is theirs: it is taken
 * for what it is said to be, but not printed as it is.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"
#include "tool.h"

#define ARGUMENTS_MAX	(1 << 20)	/* bytes that are looked at */
#define VM_LINK		"anon_inode:kvm-vm"

char *process_path(const struct process *process, const char *file)
{
	return text_of("/proc/%u/%s", process->pid, file);
}

const char *process_text(const struct process *process)
{
	static char ring[8][256];
	static unsigned int turn;
	char *text = ring[turn++ % ARRAY_SIZE(ring)];

	snprintf(text, sizeof(ring[0]), "%s[%u]", brief(process->name),
		 process->pid);
	return text;
}

bool process_is_vmm(const struct process *process)
{
	return process->kvm || process->qemu;
}

bool process_user(const struct process *process, const struct host *host,
		  unsigned int *uid)
{
	char *path = process_path(process, "status");
	char *line = host_field(host, path, "Uid:");
	/* real, effective, saved, of files */
	bool found = line && sscanf(line, "%*u %u", uid) == 1;

	free(line);
	free(path);
	return found;
}

/* --- arguments ------------------------------------------------------------- */

static void split(struct process *process, size_t len)
{
	char *at = process->memory, *end = at + len;

	while (at < end) {
		process->args = grow(process->args, process->nr_args,
				     sizeof(*process->args));
		process->args[process->nr_args++] = at;
		at += strlen(at) + 1;
	}
}

static void set_name(struct process *process)
{
	const char *slash;

	if (!process->nr_args)
		return;
	slash = strrchr(process->args[0], '/');
	process->name = slash ? slash + 1 : process->args[0];
	process->qemu = !strncmp(process->name, "qemu-system-", 12) ||
			!strcmp(process->name, "qemu-kvm") ||
			!strcmp(process->name, "kvm");
	process->nbd = !strcmp(process->name, "qemu-nbd");
}

static void read_arguments(struct process *process, const struct host *host)
{
	char *path = process_path(process, "cmdline");
	FILE *file = host_file(host, path);
	size_t len = 0;

	free(path);
	process->name = "";
	if (!file)
		return;
	process->memory = malloc(ARGUMENTS_MAX + 1);
	if (!process->memory)
		out_of_memory();
	len = fread(process->memory, 1, ARGUMENTS_MAX, file);
	fclose(file);
	process->memory[len] = '\0';
	split(process, len);
	set_name(process);
}

static void process_free(struct process *process)
{
	free(process->args);
	free(process->memory);
}

/* --- files ----------------------------------------------------------------- */

static bool is_vm(int dir, const char *name)
{
	char link[sizeof(VM_LINK)];
	ssize_t len = readlinkat(dir, name, link, sizeof(link));

	return len == (ssize_t)strlen(VM_LINK) && !memcmp(link, VM_LINK, len);
}

/* False if we may not look */
static bool look_for_vm(struct process *process, const struct host *host)
{
	char *path = process_path(process, "fd");
	int dir = host_open(host, path, O_RDONLY | O_DIRECTORY);
	struct host_names fds;
	size_t i;

	host_list(host, path, &fds);
	for (i = 0; dir >= 0 && i < fds.count && !process->kvm; i++)
		process->kvm = is_vm(dir, fds.list[i]);
	if (dir >= 0)
		close(dir);
	host_names_free(&fds);
	free(path);
	return dir != -EACCES;
}

/* --- all of them ----------------------------------------------------------- */

static void keep(struct processes *all, const struct process *process)
{
	all->list = grow(all->list, all->count, sizeof(*all->list));
	all->list[all->count++] = *process;
	all->vmms += process_is_vmm(process);
}

static void look_at(struct processes *all, const struct host *host,
		    unsigned int pid)
{
	struct process process = { .pid = pid };
	bool seen;

	read_arguments(&process, host);
	seen = look_for_vm(&process, host);
	/* a thread of the kernel has no arguments, nor any files */
	all->hidden += process.nr_args && !seen;
	if (process_is_vmm(&process) || process.nbd)
		keep(all, &process);
	else
		process_free(&process);
}

void processes_read(struct processes *all, const struct host *host)
{
	struct host_names names;
	size_t i;

	*all = (struct processes) { .count = 0 };
	host_list(host, "/proc", &names);
	for (i = 0; i < names.count; i++) {
		if (isdigit((unsigned char)*names.list[i]))
			look_at(all, host, strtoul(names.list[i], NULL, 10));
	}
	host_names_free(&names);
}

void processes_free(struct processes *all)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		process_free(&all->list[i]);
	free(all->list);
}
