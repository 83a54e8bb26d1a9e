// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a policy means for VMs that run.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "change.h"
#include "json.h"
#include "names.h"
#include "tool.h"

/* Of those created while we ask, few are left out */
#define SPARE		64
/* More than that nobody reads */
#define CHANGES_SHOWN	20

void changes_prepare(struct changes *changes, struct kvmwarden_commit *commit,
		     const struct kvmwarden_status *status)
{
	changes->commit = commit;
	changes->room = status->used.vms + SPARE;
	changes->list = calloc(changes->room, sizeof(*changes->list));
	if (!changes->list)
		out_of_memory();
	commit->nr_changes = changes->room;
	commit->changes = (uintptr_t)changes->list;
}

void changes_free(struct changes *changes)
{
	free(changes->list);
}

/* Those that were written */
static size_t count_of(const struct changes *changes)
{
	size_t all = changes->commit->nr_changes;

	return all < changes->room ? all : changes->room;
}

bool changes_any(const struct changes *changes)
{
	return changes->commit->nr_changes || changes->commit->over;
}

static void print_over(const struct kvmwarden_change *change)
{
	struct reason reason = reason_name(change->reason);
	char used[AMOUNT_LEN], limit[AMOUNT_LEN];

	printf("  VM %llu: %s: %s in use, %s allowed\n",
	       (unsigned long long)change->vm, reason.text,
	       reason_amount(used, change->reason, change->used),
	       reason_amount(limit, change->reason, change->limit));
}

static void print_change(const struct kvmwarden_change *change)
{
	if (change->flags & KVMWARDEN_CHANGE_CLASS)
		printf("  VM %llu: to class %s\n",
		       (unsigned long long)change->vm,
		       printable(change->class_name));
	if (change->flags & KVMWARDEN_CHANGE_OVER)
		print_over(change);
}

void changes_print(const struct changes *changes)
{
	const struct kvmwarden_commit *commit = changes->commit;
	size_t count = count_of(changes);
	size_t i;

	for (i = 0; i < count && i < CHANGES_SHOWN; i++)
		print_change(&changes->list[i]);
	if (commit->nr_changes > i)
		printf("  and %zu more VMs\n", commit->nr_changes - i);
	if (commit->over)
		printf("%u of the VMs, users, cgroups, classes and the host exceed%s a limit:\n"
		       "nothing is taken from them, but they get no more until they use less.\n",
		       commit->over, commit->over == 1 ? "s" : "");
}

static struct json_object *change_json(const struct kvmwarden_change *change)
{
	struct reason reason = reason_name(change->reason);
	struct json_object *o = json_map();

	json_number(o, "id", change->vm);
	json_text(o, "class", change->class_name);
	json_flag(o, "class_changes", change->flags & KVMWARDEN_CHANGE_CLASS);
	json_flag(o, "over", change->flags & KVMWARDEN_CHANGE_OVER);
	if (change->flags & KVMWARDEN_CHANGE_OVER) {
		json_text(o, "reason", reason.name);
		json_text(o, "text", reason.text);
		json_number(o, "used", change->used);
		json_limit(o, "limit", change->limit);
	}
	return o;
}

void changes_json(struct json_object *to, const struct changes *changes)
{
	const struct kvmwarden_commit *commit = changes->commit;
	struct json_object *list = json_list();
	size_t count = count_of(changes);
	size_t i;

	for (i = 0; i < count; i++)
		json_append(list, change_json(&changes->list[i]));
	json_add(to, "vms", list);
	json_number(to, "over", commit->over);
}
