// SPDX-License-Identifier: GPL-2.0-only
/*
 * set: change what is in force, for one VM or one section of the policy.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset.h"
#include "set.h"
#include "spell.h"
#include "tool.h"

int set_no_class(int fd, const char *name)
{
	struct ruleset rules;
	struct guess guess;
	size_t i;

	if (ruleset_read(&rules, fd))
		return EXIT_NOT_SO;
	guess_start(&guess, name);
	for (i = 0; i < rules.count; i++)
		guess_try(&guess, rules.classes[i].name);
	if (guess.nearest)
		say_error("no class `%s' in force; did you mean `%s'?",
			  brief(name), printable(guess.nearest));
	else
		say_error("no class `%s' in force; `kvmwarden export' shows them",
			  brief(name));
	ruleset_free(&rules);
	return EXIT_NOT_SO;
}

static bool is_number(const char *text)
{
	while (isdigit((unsigned char)*text))
		text++;
	return !*text;
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
	if (is_number(name))
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
