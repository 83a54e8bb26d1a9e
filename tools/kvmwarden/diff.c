// SPDX-License-Identifier: GPL-2.0-only
/*
 * diff: what is in force, and what a policy file says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "change.h"
#include "compare.h"
#include "device.h"
#include "digest.h"
#include "json.h"
#include "place.h"
#include "record.h"
#include "tool.h"

/* Together with two spaces before and one after each column: 80 */
#define KEY_WIDTH	16
#define VALUE_WIDTH	29

struct diff {
	struct policy in_force;
	struct policy file;
	struct kvmwarden_status status;
	struct comparison cmp;
	struct kvmwarden_commit commit;
	struct changes changes;
	bool checked;			/* commit and changes are filled in */
	struct kvmwarden_vm *own;	/* VMs with settings of their own */
	size_t nr_own;
};

/* The same words, but not the same policy: another file is at match.exe */
static bool is_other(const struct diff *diff)
{
	return diff->checked && !diff->cmp.count &&
	       memcmp(diff->commit.digest, diff->status.digest,
		      sizeof(diff->commit.digest));
}

static bool differs(const struct diff *diff)
{
	return diff->cmp.count || diff->nr_own || is_other(diff);
}

/* --- text --------------------------------------------------------------- */

/* Prints what fits in the column; returns what is left */
static const char *print_part(const char *text, size_t width, char end)
{
	size_t len = strlen(text);

	if (len > width)
		len = width;
	printf("%.*s", (int)len, text);
	if (end == '\n')
		putchar(end);
	else
		printf("%*s", (int)(width - len + 1), "");
	return text + len;
}

static void print_pair(const char *key, const char *old, const char *new)
{
	char *left = copy_of(printable(old ? old : "-"));
	char *right = copy_of(printable(new ? new : "-"));
	const char *l = left, *r = right;

	do {
		printf("  ");
		print_part(key, KEY_WIDTH, ' ');
		l = print_part(l, VALUE_WIDTH, ' ');
		r = print_part(r, VALUE_WIDTH, '\n');
		key = "";
	} while (*l || *r);
	free(left);
	free(right);
}

static const char *side_of(const struct difference *d)
{
	if (!d->new)
		return "  only in force";
	return d->old ? "" : "  only in the file";
}

static void print_header(const struct difference *d)
{
	const struct policy_section *section = d->new ? d->new : d->old;
	char *title = policy_title(section);
	int column;

	column = printf("[%s]%s", printable(title), side_of(d));
	free(title);
	place_print(&section->at, column, 0);
}

static void print_position(const struct comparison *cmp,
			   const struct difference *d)
{
	char *old = section_position(cmp->old, d->old);
	char *new = section_position(cmp->new, d->new);

	print_pair("(position)", old, new);
	free(old);
	free(new);
}

static void print_difference(const struct comparison *cmp,
			     const struct difference *d)
{
	size_t i;

	print_header(d);
	if (d->moved)
		print_position(cmp, d);
	for (i = 0; i < d->count; i++)
		print_pair(policy_key_name(d->keys[i].key), d->keys[i].old,
			   d->keys[i].new);
}

static void print_policies(const struct diff *diff)
{
	size_t i;

	if (!diff->cmp.count) {
		printf("%s: no difference from what is in force\n",
		       diff->file.file);
		return;
	}
	print_pair("", "in force", "in the file");
	for (i = 0; i < diff->cmp.count; i++)
		print_difference(&diff->cmp, &diff->cmp.list[i]);
	if (diff->file.top.version < diff->in_force.top.version)
		puts("The file's version is older: apply takes it only with --force.");
}

static void print_own(const struct diff *diff)
{
	size_t i;

	if (diff->nr_own)
		puts("\nSet for a VM by kvmwarden set, whatever the policy says:");
	for (i = 0; i < diff->nr_own; i++) {
		const struct kvmwarden_vm *vm = &diff->own[i];
		char *own = record_own(vm);

		printf("  VM %llu: %s\n", (unsigned long long)vm->id, own);
		free(own);
	}
}

static void print_text(const struct diff *diff)
{
	print_policies(diff);
	if (is_other(diff))
		puts("But it is about other files: one that match.exe names was replaced since.\n"
		     "To put it in force for those that are there now: kvmwarden apply");
	if (diff->checked && changes_any(&diff->changes)) {
		puts("\nWith the file in force, of the VMs that run:");
		changes_print(&diff->changes);
	}
	print_own(diff);
}

/* --- JSON --------------------------------------------------------------- */

static struct json_object *key_json(const struct key_difference *key,
				    const struct policy_section *new)
{
	struct json_object *o = json_map();

	json_text(o, "key", policy_key_name(key->key));
	json_text_or_null(o, "in_force", key->old ? key->old : "");
	json_text_or_null(o, "in_file", key->new ? key->new : "");
	json_place(o, new ? &new->key[key->key] : NULL);
	return o;
}

static struct json_object *difference_json(const struct difference *d)
{
	char *title = policy_title(d->new ? d->new : d->old);
	struct json_object *keys = json_list();
	struct json_object *o = json_map();
	size_t i;

	json_text(o, "section", title);
	free(title);
	json_flag(o, "in_force", d->old);
	json_flag(o, "in_file", d->new);
	json_flag(o, "moved", d->moved);
	json_place(o, d->new ? &d->new->at : NULL);
	for (i = 0; i < d->count; i++)
		json_append(keys, key_json(&d->keys[i], d->new));
	json_add(o, "keys", keys);
	return o;
}

static void add_own(struct json_object *root, const struct diff *diff)
{
	struct json_object *list = json_list();
	size_t i;

	for (i = 0; i < diff->nr_own; i++) {
		struct json_object *o = json_map();
		char *own = record_own(&diff->own[i]);

		json_number(o, "id", diff->own[i].id);
		json_text(o, "settings", own);
		free(own);
		json_append(list, o);
	}
	json_add(root, "set_by_hand", list);
}

static void print_json(const struct diff *diff)
{
	struct json_object *sections = json_list();
	struct json_object *root = json_new();
	size_t i;

	json_text(root, "file", diff->file.file);
	json_flag(root, "same", !differs(diff));
	json_digest(root, "digest_in_force", diff->status.digest);
	for (i = 0; i < diff->cmp.count; i++)
		json_append(sections, difference_json(&diff->cmp.list[i]));
	json_add(root, "sections", sections);
	if (diff->checked) {
		json_digest(root, "digest_of_file", diff->commit.digest);
		changes_json(root, &diff->changes);
	} else {
		json_add(root, "digest_of_file", NULL);
		json_add(root, "vms", NULL);
		json_add(root, "over", NULL);
	}
	add_own(root, diff);
	json_print(root);
}

/* --- the whole ---------------------------------------------------------- */

static int read_own(struct diff *diff, int fd)
{
	struct kvmwarden_vm vm = { .id = 0 };
	int ret;

	while (!(ret = device_vm_next(fd, vm.id, &vm, NULL))) {
		if (!vm.own && !vm.own_limits &&
		    !(vm.flags & KVMWARDEN_VM_CLASS_SET))
			continue;
		diff->own = grow(diff->own, diff->nr_own, sizeof(vm));
		diff->own[diff->nr_own++] = vm;
	}
	return ret == -ENOENT ? EXIT_DONE :
	       device_error(ret, "cannot list the VMs");
}

/* What it would mean is for the kernel to say, which may refuse */
static void check(struct diff *diff, int fd)
{
	bool stale = false;

	/* an older version is told of above */
	diff->commit.flags = KVMWARDEN_COMMIT_CHECK | KVMWARDEN_COMMIT_FORCE;
	diff->commit.generation = diff->status.generation;
	changes_prepare(&diff->changes, &diff->commit, &diff->status);
	diff->checked = policy_commit_or_stale(&diff->file, fd, &diff->commit,
					       &stale) == EXIT_DONE;
	if (stale)
		say_error("another policy came into force meanwhile; run diff again");
}

static int report(const struct options *opt, struct diff *diff, int fd)
{
	int ret;

	ret = read_own(diff, fd);
	if (ret)
		return ret;
	compare(&diff->cmp, &diff->in_force, &diff->file);
	check(diff, fd);
	if (opt->json)
		print_json(diff);
	else
		print_text(diff);
	return differs(diff) || !diff->checked ? EXIT_NOT_SO : EXIT_DONE;
}

static int diff_file(const struct options *opt, struct diff *diff)
{
	int fd, ret;

	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = policy_load(&diff->in_force, fd, &diff->status);
	if (!ret) {
		ret = report(opt, diff, fd);
		comparison_free(&diff->cmp);
		changes_free(&diff->changes);
		free(diff->own);
		policy_free(&diff->in_force);
	}
	close(fd);
	return ret;
}

int verb_diff(const struct options *opt, int argc, char **argv)
{
	struct complaints wrong = { 0 };
	struct diff diff = { 0 };
	int ret = EXIT_BAD_FILE;

	policy_read(&diff.file, argc ? argv[0] : NULL, &wrong);
	if (wrong.count)
		complaints_print(&wrong, diff.file.file, stderr);
	else
		ret = diff_file(opt, &diff);
	complaints_free(&wrong);
	policy_free(&diff.file);
	return ret;
}
