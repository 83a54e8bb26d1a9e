// SPDX-License-Identifier: GPL-2.0-only
/*
 * set: change what is in force, for one VM or one section of the policy.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "record.h"
#include "ruleset.h"
#include "set.h"
#include "spell.h"
#include "tool.h"

int set_no_class(int fd, const char *name, bool or_vm)
{
	const char *nor = or_vm ? ", and no VM of that name" : "";
	struct ruleset rules;
	struct guess guess;
	size_t i;

	if (ruleset_read(&rules, fd))
		return EXIT_NOT_SO;
	guess_start(&guess, name);
	for (i = 0; i < rules.count; i++)
		guess_try(&guess, rules.classes[i].name);
	if (guess.nearest)
		say_error("no class `%s' in force%s; did you mean `%s'?",
			  brief(name), nor, printable(guess.nearest));
	else
		say_error("no class `%s' in force%s; `kvmwarden export' shows classes",
			  brief(name), nor);
	ruleset_free(&rules);
	return EXIT_NOT_SO;
}

static bool is_class(int fd, const char *name)
{
	struct kvmwarden_class class;
	__u32 i;

	for (i = 0; !device_class(fd, i, &class, NULL); i++) {
		if (!strncmp(class.name, name, sizeof(class.name)))
			return true;
	}
	return false;
}

/* What cannot be asked is said by whoever then sets it */
static bool is_vm_name(const char *name)
{
	bool vm;
	int fd;

	if (device_open_at(KVMWARDEN_DEVICE, &fd))
		return false;
	vm = record_is_name(fd, name) && !is_class(fd, name);
	close(fd);
	return vm;
}

/* VMs are named by tenants: none can stand before a class */
static bool means_vm(const char *name)
{
	if (record_is_id(name) || behind(name, VM_PREFIX))
		return true;
	if (!strcmp(name, HOST_NAME) || behind(name, CLASS_PREFIX) ||
	    behind(name, CGROUP_PREFIX))
		return false;
	return is_vm_name(name);
}

static int split(struct setting *setting, const char *text)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text) {
		say_error("`%s' is no setting; write KEY=VALUE", brief(text));
		return EXIT_USAGE;
	}
	setting->key = copy_of(text);
	setting->key[equals - text] = '\0';
	setting->value = setting->key + (equals - text) + 1;
	return EXIT_DONE;
}

static int check_twice(const struct setting *settings, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		if (strcmp(settings[i].key, settings[count].key))
			continue;
		say_error("`%s' is given twice", brief(settings[i].key));
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static int set(const char *name, struct setting *settings, int count,
	       char **argv)
{
	int i, ret = EXIT_DONE;

	for (i = 0; i < count && !ret; i++) {
		ret = split(&settings[i], argv[i]);
		if (!ret)
			ret = check_twice(settings, i);
	}
	if (ret)
		return ret;
	if (means_vm(name))
		return set_vm(name, settings, count);
	return set_section(name, settings, count);
}

int verb_set(const struct options *opt, int argc, char **argv)
{
	struct setting *settings = calloc(argc, sizeof(*settings));
	int i, ret;

	(void)opt;
	if (!settings)
		out_of_memory();
	ret = set(argv[0], settings, argc - 1, argv + 1);
	for (i = 0; i < argc; i++)
		free(settings[i].key);
	free(settings);
	return ret;
}
