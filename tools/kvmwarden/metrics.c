// SPDX-License-Identifier: GPL-2.0-only
/*
 * metrics: what Prometheus is to know.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "metrics.h"
#include "outfile.h"
#include "record.h"
#include "tool.h"

static void take_vm(struct measures *all, const struct record *rec)
{
	struct measured_vm *vm;

	all->vms = grow(all->vms, all->nr_vms, sizeof(*all->vms));
	vm = &all->vms[all->nr_vms++];
	vm->vm = rec->vm;
	strcpy(vm->name, rec->name);
	vm->cgroup = copy_of(rec->texts.cgroup);
}

/* 0 or a negative errno */
static int read_vms(struct measures *all, int fd)
{
	struct record rec = { .vm.id = 0 };
	int ret;

	while (!(ret = record_next(fd, rec.vm.id, &rec)))
		take_vm(all, &rec);
	return ret == -ENOENT ? 0 : ret;
}

/* Returns an exit code, having said what is wrong */
static int read_all(struct measures *all, int fd)
{
	int ret;

	ret = ruleset_read(&all->rules, fd);
	if (!ret)
		ret = accounts_read(&all->accounts, fd);
	if (ret)
		return ret;
	ret = hooks_read(&all->hooks, fd);
	if (!ret)
		ret = read_vms(all, fd);
	return ret ? device_error(ret, "cannot read the metrics") : EXIT_DONE;
}

static void measures_free(struct measures *all)
{
	size_t i;

	ruleset_free(&all->rules);
	accounts_free(&all->accounts);
	hooks_free(&all->hooks);
	for (i = 0; i < all->nr_vms; i++)
		free(all->vms[i].cgroup);
	free(all->vms);
}

/* No module is an answer, too: whoever watches the host is to see it */
static int measure(struct measures *all, bool *up)
{
	int fd, ret;

	*up = false;
	ret = device_open_at(KVMWARDEN_DEVICE, &fd);
	if (device_is_missing(ret))
		return EXIT_DONE;
	if (ret)
		return device_error(ret, "cannot open " KVMWARDEN_DEVICE);
	ret = read_all(all, fd);
	close(fd);
	*up = !ret;
	return ret;
}

static int write_file(const char *path, const struct measures *all)
{
	struct outfile file;
	int ret;

	ret = outfile_begin(&file, path);
	if (ret)
		return ret;
	metrics_print(file.to, all);
	return outfile_end(&file);
}

int verb_metrics(const struct options *opt, int argc, char **argv)
{
	struct measures all = { .nr_vms = 0 };
	int ret, written = EXIT_DONE;
	bool up;

	(void)argc;
	(void)argv;
	ret = measure(&all, &up);
	/* who may not ask knows nothing */
	if (ret == EXIT_NO_RIGHTS)
		return ret;
	if (opt->output)
		written = write_file(opt->output, up ? &all : NULL);
	else
		metrics_print(stdout, up ? &all : NULL);
	measures_free(&all);
	return ret ? ret : written;
}
