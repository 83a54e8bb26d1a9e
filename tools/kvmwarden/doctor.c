// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: what is wrong with this host, and what helps?
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "spell.h"

static const struct check_group *const groups[] = {
	&module_group,
	&policy_group,
	&setup_group,
	&hardware_group,
	&cpu_group,
	&kvm_group,
	&kernel_group,
	&host_group,
	&memory_group,
	&vmm_group,
	&network_group,
	&migration_group,
	&files_group,
	&libvirt_group,
};

/* --- choosing ------------------------------------------------------------- */

static bool is_chosen(const char *id, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], id))
			return true;
	}
	return !argc;
}

static void choose(struct results *results, int argc, char **argv)
{
	size_t g, i;

	for (g = 0; g < ARRAY_SIZE(groups); g++) {
		for (i = 0; i < groups[g]->count; i++) {
			const struct check *check = &groups[g]->checks[i];

			if (!is_chosen(check->id, argc, argv))
				continue;
			results->list = grow(results->list, results->count,
					     sizeof(*results->list));
			results->list[results->count++] = (struct result) {
				.group = groups[g],
				.check = check,
			};
		}
	}
}

static bool is_check(const char *id, struct guess *guess)
{
	bool found = false;
	size_t g, i;

	for (g = 0; g < ARRAY_SIZE(groups); g++) {
		for (i = 0; i < groups[g]->count; i++) {
			guess_try(guess, groups[g]->checks[i].id);
			found |= !strcmp(groups[g]->checks[i].id, id);
		}
	}
	return found;
}

static int check_id(const char *id)
{
	struct guess guess;

	guess_start(&guess, id);
	if (is_check(id, &guess))
		return EXIT_DONE;
	if (guess.nearest)
		say_error("unknown check `%s'; did you mean `%s'?", brief(id),
			  guess.nearest);
	else
		say_error("unknown check `%s'; see kvmwarden doctor --list",
			  brief(id));
	return EXIT_USAGE;
}

static int check_fix(const struct options *opt, int argc)
{
	if (opt->list || opt->json) {
		say_error("--fix does something: it goes neither with --list nor with --json");
		return EXIT_USAGE;
	}
	if (!argc) {
		say_error("--fix: which? Name checks; kvmwarden doctor --list shows those that have (--fix)");
		return EXIT_USAGE;
	}
	if (!opt->root && geteuid()) {
		say_error("--fix: only root can");
		return EXIT_NO_RIGHTS;
	}
	return EXIT_DONE;
}

static int check_arguments(const struct options *opt, int argc, char **argv)
{
	int i, ret = EXIT_DONE;

	for (i = 0; i < argc && !ret; i++)
		ret = check_id(argv[i]);
	if (!ret && opt->fix)
		ret = check_fix(opt, argc);
	return ret;
}

/* --- running --------------------------------------------------------------- */

bool check_can_fix(const struct check *check)
{
	return check->fix || check->node ||
	       (check->setting && check->setting->safe);
}

void result_run(struct result *result, const struct subject *subject)
{
	const struct check *check = result->check;

	finding_free(&result->finding);
	if (check->setting)
		setting_check(check->setting, &subject->host, check->worst,
			      &result->finding);
	else if (check->node)
		node_check(check->node, &subject->host, &result->finding);
	else
		check->run(subject, &result->finding);
}

static void run_all(struct results *results, const struct subject *subject)
{
	size_t i;

	for (i = 0; i < results->count; i++) {
		result_run(&results->list[i], subject);
		results->sum[results->list[i].finding.level]++;
	}
}

int results_exit(const struct results *results, const struct subject *subject)
{
	if (results->sum[LEVEL_PROBLEM])
		return EXIT_PROBLEM;
	if (results->sum[LEVEL_WARNING])
		return EXIT_WARNING;
	/* what was not to be seen is not in order */
	if (subject->warden.state == WARDEN_NO_RIGHTS)
		return EXIT_NO_RIGHTS;
	return EXIT_DONE;
}

/* --- the verb -------------------------------------------------------------- */

static int subject_read(struct subject *subject, const char *root)
{
	int ret = host_read(&subject->host, root);

	if (ret) {
		say_error("--root: `%s': %s", brief(root), strerror(-ret));
		return EXIT_USAGE;
	}
	warden_read(&subject->warden, &subject->host);
	processes_read(&subject->processes, &subject->host);
	return EXIT_DONE;
}

static void subject_free(struct subject *subject)
{
	processes_free(&subject->processes);
	warden_free(&subject->warden);
	host_free(&subject->host);
}

static int examine(const struct options *opt, struct results *results,
		   bool all)
{
	struct subject subject;
	int ret;

	ret = subject_read(&subject, opt->root ? opt->root : "");
	if (ret)
		return ret;
	if (opt->fix) {
		ret = results_fix(results, &subject);
	} else {
		run_all(results, &subject);
		if (opt->json)
			results_json(results);
		else
			results_print(results, all);
		ret = results_exit(results, &subject);
	}
	subject_free(&subject);
	return ret;
}

static void results_free(struct results *results)
{
	size_t i;

	for (i = 0; i < results->count; i++)
		finding_free(&results->list[i].finding);
	free(results->list);
}

int verb_doctor(const struct options *opt, int argc, char **argv)
{
	struct results results = { .count = 0 };
	int ret = check_arguments(opt, argc, argv);

	if (ret)
		return ret;
	choose(&results, argc, argv);
	if (!opt->list)
		ret = examine(opt, &results, argc);
	else if (opt->json)
		checks_json(&results);
	else
		checks_print(&results);
	results_free(&results);
	return ret;
}
