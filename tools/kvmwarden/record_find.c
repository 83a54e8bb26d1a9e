// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which VM is meant.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "tool.h"

/* Of VMs with the same name, so many are told */
#define TOLD_MAX	10

/* VMs with one name */
struct namesakes {
	char *ids;			/* "3, 7" */
	size_t count;
};

int record_missing(__u64 id)
{
	say_error("no VM %llu on record; `kvmwarden list' shows them",
		  (unsigned long long)id);
	return EXIT_NOT_SO;
}

/* --- ids ------------------------------------------------------------------ */

bool record_is_id(const char *text)
{
	return !text[strspn(text, "0123456789")];
}

int record_read(int fd, __u64 id, struct record *rec)
{
	/* ids start at 1 */
	int ret = id ? record_next(fd, id - 1, rec) : -ENOENT;

	if (!ret && rec->vm.id == id)
		return EXIT_DONE;
	if (ret && ret != -ENOENT)
		return device_error(ret, "cannot read the VM");
	return record_missing(id);
}

/* --- names ---------------------------------------------------------------- */

/* As it is, or as it is shown */
static bool is_called(const struct record *rec, const char *name)
{
	return rec->name[0] && (!strcmp(rec->name, name) ||
				!strcmp(printable(rec->name), name));
}

bool record_is_name(int fd, const char *name)
{
	struct record rec = { .vm.id = 0 };

	while (!record_next(fd, rec.vm.id, &rec)) {
		if (is_called(&rec, name))
			return true;
	}
	return false;
}

static void count(struct namesakes *all, __u64 id)
{
	char *longer;

	if (++all->count > TOLD_MAX)
		return;
	longer = text_of("%s%s%llu", all->ids ? all->ids : "",
			 all->ids ? ", " : "", (unsigned long long)id);
	free(all->ids);
	all->ids = longer;
}

static int find_all(int fd, const char *name, struct record *rec,
		    struct namesakes *all)
{
	struct record next = { .vm.id = 0 };
	int ret;

	while (!(ret = record_next(fd, next.vm.id, &next))) {
		if (!is_called(&next, name))
			continue;
		*rec = next;
		count(all, next.vm.id);
	}
	return ret == -ENOENT ? EXIT_DONE :
	       device_error(ret, "cannot list the VMs");
}

static int find_name(int fd, const char *name, struct record *rec)
{
	struct namesakes all = { .count = 0 };
	int ret = find_all(fd, name, rec, &all);

	if (!ret && !all.count)
		say_error("no VM is called `%s'; `kvmwarden list' shows them",
			  brief(name));
	if (all.count > 1)
		say_error("%zu VMs are called `%s': say which by its id: %s%s",
			  all.count, brief(name), all.ids,
			  all.count > TOLD_MAX ? ", ..." : "");
	free(all.ids);
	return ret || all.count == 1 ? ret : EXIT_NOT_SO;
}

/* --- both ----------------------------------------------------------------- */

static bool parse(const char *text, struct meant *meant)
{
	const char *name = behind(text, VM_PREFIX);

	*meant = (struct meant) { .name = name ? name : text };
	if (!record_is_id(text))
		return *meant->name;
	meant->name = NULL;
	errno = 0;
	meant->id = strtoull(text, NULL, 10);
	return *text && !errno;
}

int record_meant(const char *text, struct meant *meant)
{
	if (parse(text, meant))
		return EXIT_DONE;
	say_error("`%s' is not the id of a VM, nor its name; `kvmwarden list' shows them",
		  brief(text));
	return EXIT_USAGE;
}

int record_find(int fd, const struct meant *meant, struct record *rec)
{
	return meant->name ? find_name(fd, meant->name, rec) :
			     record_read(fd, meant->id, rec);
}
