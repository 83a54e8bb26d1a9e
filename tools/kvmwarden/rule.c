// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rule by which a VM is in its class.
 */
#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "names.h"
#include "place.h"
#include "policy_keys.h"
#include "rule.h"
#include "tool.h"

#define INDENT		11
#define OWN_TEXT	", set for this VM, whatever its class says"

static const struct policy_line nowhere;

static const enum policy_key criteria[] = {
	KEY_USER, KEY_GROUP, KEY_CGROUP, KEY_EXE, KEY_LABEL
};

static bool is_set(const struct record *rec)
{
	return rec->vm.flags & KVMWARDEN_VM_CLASS_SET;
}

/* --- text ----------------------------------------------------------------- */

static void print_criterion(const struct blame *blame,
			    const struct policy_section *section,
			    enum policy_key key)
{
	char *value = policy_value(&blame->in_force, section, key);
	struct policy_line at;
	int column;

	if (!value)
		return;
	at = blame_line(blame, section, key);
	column = printf("%*s  %s = %s", INDENT, "", policy_key_name(key),
			printable(value));
	place_print(&at, column, INDENT);
	free(value);
}

static void print_class(const struct blame *blame,
			const struct policy_section *section,
			const struct record *rec)
{
	struct policy_line at = section ? blame_header(blame, section) :
					  nowhere;
	const char *how = "";
	int column;

	if (is_set(rec))
		how = ", set for this VM, whatever the policy says";
	else if (section && policy_is_default(section))
		how = ", for all that no other class takes";
	column = printf("%-10s %s%s", "class", printable(rec->vm.class_name),
			how);
	place_print(&at, column, INDENT);
}

static void print_key(const struct blame *blame,
		      const struct policy_section *section,
		      enum policy_key key, const char *value, bool own)
{
	struct policy_line at = nowhere;
	int column;

	if (section && !own)
		at = blame_line(blame, section, key);
	column = printf("%-10s %s%s", policy_key_name(key), value,
			own ? OWN_TEXT : "");
	place_print(&at, column, INDENT);
}

void rule_print(const struct blame *blame, const struct record *rec)
{
	const struct kvmwarden_vm *vm = &rec->vm;
	const struct policy_section *section;
	size_t i;

	section = blame_class(blame, vm->class_name);
	print_class(blame, section, rec);
	for (i = 0; section && !is_set(rec) && i < ARRAY_SIZE(criteria); i++)
		print_criterion(blame, section, criteria[i]);
	print_key(blame, section, KEY_MODE, mode_name(vm->mode), false);
	print_key(blame, section, KEY_NESTED, nested_name(vm->deny),
		  vm->own & KVMWARDEN_DENY_NESTED);
}

/* --- JSON ----------------------------------------------------------------- */

static void add_place(struct json_object *to, const char *name,
		      const struct policy_line *at)
{
	struct json_object *o = json_map();

	json_place(o, at);
	json_add(to, name, o);
}

static void add_line(struct json_object *to, const char *name,
		     const struct blame *blame,
		     const struct policy_section *section, enum policy_key key)
{
	struct policy_line at = section ? blame_line(blame, section, key) :
					  nowhere;

	add_place(to, name, &at);
}

static void add_criterion(struct json_object *list, const struct blame *blame,
			  const struct policy_section *section,
			  enum policy_key key)
{
	char *value = policy_value(&blame->in_force, section, key);
	struct policy_line at;
	struct json_object *o;

	if (!value)
		return;
	at = blame_line(blame, section, key);
	o = json_map();
	json_text(o, "key", policy_key_name(key));
	json_text(o, "value", value);
	json_place(o, &at);
	json_append(list, o);
	free(value);
}

void rule_json(struct json_object *to, const struct blame *blame,
	       const struct record *rec)
{
	const struct policy_section *section;
	struct json_object *list = json_list();
	struct policy_line at = nowhere;
	bool own = rec->vm.own & KVMWARDEN_DENY_NESTED;
	size_t i;

	section = blame_class(blame, rec->vm.class_name);
	if (section)
		at = blame_header(blame, section);
	add_place(to, "class_at", &at);
	for (i = 0; section && !is_set(rec) && i < ARRAY_SIZE(criteria); i++)
		add_criterion(list, blame, section, criteria[i]);
	json_add(to, "criteria", list);
	add_line(to, "mode_at", blame, section, KEY_MODE);
	add_line(to, "nested_at", blame, own ? NULL : section, KEY_NESTED);
}
