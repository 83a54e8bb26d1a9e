// SPDX-License-Identifier: GPL-2.0
/*
 * A module that takes rulesets and tells them again, kept in a file from one
 * run of the tool to the next.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <linux/kvmwarden.h>

#include "store.h"

#define TEXTS	3

/* Cgroups have but the first text */
struct part {
	struct kvmwarden_class class;
	struct kvmwarden_cgroup cgroup;
	char *text[TEXTS];
};

struct store {
	struct {
		__u64 generation;
		struct kvmwarden_ruleset rules;
		size_t classes, cgroups;
	} head;
	struct part *classes;
	struct part *cgroups;
};

/* In force, and being made. Not freed: the tool is soon at its end */
static struct store now, next;

static struct part *add_part(struct part **list, size_t *count)
{
	*list = reallocarray(*list, *count + 1, sizeof(**list));
	if (!*list)
		abort();
	memset(&(*list)[*count], 0, sizeof(**list));
	return &(*list)[(*count)++];
}

/* --- the file --------------------------------------------------------------- */

static void read_parts(struct part **list, size_t count, FILE *file)
{
	size_t room, i, n = 0;

	while (n < count) {
		struct part *part = add_part(list, &n);

		if (!fread(&part->class, sizeof(part->class), 1, file) ||
		    !fread(&part->cgroup, sizeof(part->cgroup), 1, file))
			abort();
		for (i = 0; i < TEXTS; i++) {
			if (getdelim(&part->text[i], &room, '\0', file) < 0)
				abort();
		}
	}
}

static void load(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file || now.head.generation)
		goto out;
	if (!fread(&now.head, sizeof(now.head), 1, file))
		abort();
	read_parts(&now.cgroups, now.head.cgroups, file);
	read_parts(&now.classes, now.head.classes, file);
out:
	if (file)
		fclose(file);
}

static void write_parts(const struct part *list, size_t count, FILE *file)
{
	size_t i, n;

	for (n = 0; n < count; n++) {
		fwrite(&list[n].class, sizeof(list[n].class), 1, file);
		fwrite(&list[n].cgroup, sizeof(list[n].cgroup), 1, file);
		for (i = 0; i < TEXTS; i++) {
			fputs(list[n].text[i] ? list[n].text[i] : "", file);
			fputc('\0', file);
		}
	}
}

static void save(const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file)
		abort();
	fwrite(&next.head, sizeof(next.head), 1, file);
	write_parts(next.cgroups, next.head.cgroups, file);
	write_parts(next.classes, next.head.classes, file);
	if (fclose(file))
		abort();
}

/* --- what is given ---------------------------------------------------------- */

static char *text_of(const struct kvmwarden_string *string)
{
	if (string->len || string->reserved)
		abort();
	return string->address ? strdup((char *)(uintptr_t)string->address) :
				 NULL;
}

static int begin(const struct kvmwarden_ruleset *rules)
{
	next = (struct store) { .head.rules = *rules };
	return 0;
}

/* The executable is that of its path, and a text goes with each criterion */
static int check(struct kvmwarden_class *c, const struct part *part)
{
	static const __u32 flags[TEXTS] = {
		KVMWARDEN_CLASS_MATCH_CGROUP, KVMWARDEN_CLASS_MATCH_EXE,
		KVMWARDEN_CLASS_MATCH_LABEL
	};
	struct stat by_path, by_fd;
	int i;

	c->bad_field = KVMWARDEN_FIELD_FLAGS;
	for (i = 0; i < TEXTS; i++) {
		if (!(c->flags & flags[i]) != !part->text[i])
			return -EINVAL;
	}
	c->bad_field = KVMWARDEN_FIELD_EXE;
	if (!part->text[1])
		return c->exe_fd ? -EINVAL : 0;
	if (stat(part->text[1], &by_path) || fstat(c->exe_fd, &by_fd) ||
	    by_path.st_ino != by_fd.st_ino || !S_ISREG(by_fd.st_mode))
		return -EINVAL;
	return 0;
}

static int add_class(struct kvmwarden_class *c)
{
	struct part *part = add_part(&next.classes, &next.head.classes);

	part->class = *c;
	part->text[0] = text_of(&c->cgroup);
	part->text[1] = text_of(&c->exe);
	part->text[2] = text_of(&c->label);
	return check(c, part);
}

static int add_cgroup(const struct kvmwarden_cgroup *cgroup)
{
	struct part *part = add_part(&next.cgroups, &next.head.cgroups);

	part->cgroup = *cgroup;
	part->text[0] = text_of(&cgroup->pattern);
	return 0;
}

static int commit(const char *path, struct kvmwarden_commit *commit)
{
	if (commit->generation != now.head.generation)
		return -ESTALE;
	commit->bad_field = KVMWARDEN_FIELD_VERSION;
	if (next.head.rules.version < now.head.rules.version &&
	    !(commit->flags & KVMWARDEN_COMMIT_FORCE))
		return -EINVAL;
	commit->nr_changes = 0;
	next.head.generation = now.head.generation + 1;
	if (commit->flags & KVMWARDEN_COMMIT_CHECK)
		return 0;
	commit->generation = next.head.generation;
	save(path);
	return 0;
}

/* --- what is told ----------------------------------------------------------- */

static void tell(struct kvmwarden_string *string, const char *text)
{
	if (string->len)
		snprintf((char *)(uintptr_t)string->address, string->len, "%s",
			 text);
	string->len = *text ? strlen(text) + 1 : 0;
}

static int status(struct kvmwarden_status *st)
{
	if (!now.head.generation)
		return -ENOTTY;
	st->abi = KVMWARDEN_ABI;
	st->state = KVMWARDEN_STATE_ARMED | KVMWARDEN_STATE_CANARY;
	st->generation = now.head.generation;
	st->version = now.head.rules.version;
	st->mode = now.head.rules.mode;
	st->limit = now.head.rules.host;
	st->user = now.head.rules.user;
	st->classes = now.head.classes;
	st->cgroups = now.head.cgroups;
	return 0;
}

static int class_get(struct kvmwarden_class *c)
{
	struct kvmwarden_class asked = *c;
	struct part *part = &now.classes[c->index];

	if (c->index >= now.head.classes)
		return now.head.generation ? -ENOENT : -ENOTTY;
	*c = part->class;
	c->index = asked.index;
	c->exe_fd = 0;
	c->generation = now.head.generation;
	c->cgroup = asked.cgroup;
	c->exe = asked.exe;
	c->label = asked.label;
	tell(&c->cgroup, part->text[0]);
	tell(&c->exe, part->text[1]);
	tell(&c->label, part->text[2]);
	return 0;
}

static int cgroup_get(struct kvmwarden_cgroup *cgroup)
{
	struct part *part = &now.cgroups[cgroup->index];

	if (cgroup->index >= now.head.cgroups)
		return -ENOENT;
	cgroup->limit = part->cgroup.limit;
	cgroup->generation = now.head.generation;
	tell(&cgroup->pattern, part->text[0]);
	return 0;
}

int store_answer(const char *path, unsigned long request, void *arg)
{
	load(path);
	switch (request) {
	case KVMWARDEN_STATUS:
		return status(arg);
	case KVMWARDEN_CLASS_GET:
		return class_get(arg);
	case KVMWARDEN_CGROUP_GET:
		return cgroup_get(arg);
	case KVMWARDEN_RULESET_BEGIN:
		begin(arg);
		return -ENOTTY;
	case KVMWARDEN_RULESET_ADD:
		return add_class(arg);
	case KVMWARDEN_RULESET_ADD_CGROUP:
		return add_cgroup(arg);
	case KVMWARDEN_RULESET_COMMIT:
		return commit(path, arg);
	default:
		return -ENOTTY;
	}
}
