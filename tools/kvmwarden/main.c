// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmwarden - the control tool
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confirm.h"
#include "spell.h"
#include "tool.h"
#include "top.h"

static const struct verb {
	const char *name;
	int (*run)(const struct options *opt, int argc, char **argv);
	const char *options;		/* letters it takes */
	const char *args;
	int min, max;			/* arguments */
	const char *help;
} verbs[] = {
	{ "status", verb_status, "j", "", 0, 0,
	  "is the host guarded, how full is it (default)" },
	{ "list", verb_list, "j", "", 0, 0,
	  "the VMs on record, one line each" },
	{ "accounts", verb_accounts, "j", "", 0, 0,
	  "what users and cgroups use of their limits" },
	{ "top", verb_top, "bdNs", "", 0, 0,
	  "the VMs, live: use, denials, exits" },
	{ "show", verb_show, "j", " VM", 1, 1,
	  "all that is known of one VM" },
	{ "metrics", verb_metrics, "o", "", 0, 0,
	  "all of that as metrics, for Prometheus" },
	{ "check", verb_check, "j", " [FILE]", 0, 1,
	  "is a policy file right? (needs no module)" },
	{ "diff", verb_diff, "j", " [FILE]", 0, 1,
	  "a policy file beside what is in force" },
	{ "apply", verb_apply, "nfc", " [FILE]", 0, 1,
	  "put a policy file in force, all of it or nothing" },
	{ "confirm", verb_confirm, "", "", 0, 0,
	  "keep the policy of apply --confirm" },
	{ "rollback", verb_rollback, "", "", 0, 0,
	  "or take it back, for the one before" },
	{ "export", verb_export, "j", "", 0, 0,
	  "the policy in force, as a file for apply" },
	{ "set", verb_set, "", " NAME KEY=VALUE...", 2, INT_MAX,
	  "change what is in force, of a VM or a class" },
	{ "lock", verb_lock, "y", "", 0, 0,
	  "policy and module stay as they are until reboot" },
	{ "disarm", verb_disarm, "", "", 0, 0,
	  "take all hooks off: nothing is enforced any more" },
	{ "log", verb_log, "jFSvRJ", "", 0, 0,
	  "what has happened: denials, VMs, policies" },
	{ "explain", verb_explain, "j", " EVENT", 1, 1,
	  "what one of these means, and what would allow it" },
	{ "learn", verb_learn, "jSe", " [CLASS]...", 0, INT_MAX,
	  "the smallest policy that guests would have needed" },
	{ "doctor", verb_doctor, "jlrx", " [ID]...", 0, INT_MAX,
	  "what is wrong with this host, and what helps" },
	{ "version", verb_version, "j", "", 0, 0,
	  "version of this tool" },
	{ "help", verb_help, "", " [VERB]", 0, 1,
	  "this, or help on a verb" },
};

static const struct option_help {
	struct option option;
	const char *arg;		/* what it takes */
	const char *help;
} options[] = {
	{ { "json", no_argument, NULL, 'j' },
	  NULL, "print JSON" },
	{ { "dry-run", no_argument, NULL, 'n' },
	  NULL, "let the kernel check all, change nothing" },
	{ { "force", no_argument, NULL, 'f' },
	  NULL, "even a version older than the one in force" },
	{ { "confirm", required_argument, NULL, 'c' },
	  "TIME", "roll back by itself after TIME unless confirmed" },
	{ { "yes", no_argument, NULL, 'y' },
	  NULL, "do not ask" },
	{ { "list", no_argument, NULL, 'l' },
	  NULL, "list the checks there are, run none" },
	{ { "output", required_argument, NULL, 'o' },
	  "FILE", "write to FILE, all of it at once" },
	{ { "fix", no_argument, NULL, 'x' },
	  NULL, "do what helps against ID, if that is safe; show it" },
	{ { "root", required_argument, NULL, 'r' },
	  "DIR", "examine the host whose / is mounted at DIR" },
	{ { "batch", no_argument, NULL, 'b' },
	  NULL, "plain text, one frame after the other" },
	{ { "delay", required_argument, NULL, 'd' },
	  "SECS", "between samples; 2 if not given" },
	{ { "frames", required_argument, NULL, 'N' },
	  "N", "so many frames, as --batch" },
	{ { "sort", required_argument, NULL, 's' },
	  "COLUMN", "by which VMs are sorted" },
	{ { "follow", no_argument, NULL, 'F' },
	  NULL, "and what happens from now on" },
	{ { "since", required_argument, NULL, 'S' },
	  "TIME", "only from then on: a time, or 30s, 10m, 2h, 7d ago" },
	{ { "vm", required_argument, NULL, 'v' },
	  "VM", "only of that VM" },
	{ { "reason", required_argument, NULL, 'R' },
	  "NAME", "only denials for that reason" },
	{ { "journal", no_argument, NULL, 'J' },
	  NULL, "into systemd's journal, with all fields" },
	{ { "enforce", no_argument, NULL, 'e' },
	  NULL, "what was learned is to be enforced" },
	{ { "help", no_argument, NULL, 'h' },
	  NULL, "this help" },
	{ { "version", no_argument, NULL, 'V' },
	  NULL, "version of this tool" },
};

static const struct verb *verb_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	return NULL;
}

static int unknown_verb(const char *name)
{
	struct guess guess;
	size_t i;

	guess_start(&guess, name);
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		guess_try(&guess, verbs[i].name);
	if (guess.nearest)
		say_error("unknown verb `%s'; did you mean `%s'?", brief(name),
			  guess.nearest);
	else
		say_error("unknown verb `%s'; see kvmwarden --help",
			  brief(name));
	return EXIT_USAGE;
}

static bool takes(const struct verb *verb, char letter)
{
	return letter == 'h' || strchr(verb->options, letter);
}

/* -f is --force or, of a verb that has that instead, --follow */
static char shown(char letter)
{
	return letter == 'F' ? 'f' : letter;
}

static void help_option(const struct option_help *help)
{
	const struct option *o = &help->option;

	printf("  -%c, --%s%s%-*s %s\n", shown(o->val), o->name, help->arg ? "=" : "",
	       12 - (int)strlen(o->name) - !!help->arg,
	       help->arg ? help->arg : "", help->help);
}

static const struct {
	const char *verb;
	const char *text;
} details[] = {
	{ "diff",
	  "Also which running VMs would come into another class or be over a limit, and\n"
	  "which have settings of their own. Exit status 1 if anything differs." },
	{ "metrics",
	  "In the text format. For node_exporter: --output=.../textfile/kvmwarden.prom.\n"
	  "Without the module there is but kvmwarden_up, which is 0." },
	{ "apply",
	  "TIME is a number of seconds, or has s, m or h behind it: 60, 90s, 5m. Whoever\n"
	  "sits at a terminal is asked; else keep the policy by kvmwarden confirm." },
	{ "show",
	  "VM is an id, or a name if no other VM has it. A number is always an id; of a VM\n"
	  "that is called by one, vm:NAME." },
	{ "set",
	  "A number is the id of a VM. For that: class=NAME (auto: the one that the policy\n"
	  "has for it), nested=allow or deny, and limits: vcpus, memory, memslots,\n"
	  "ioeventfds, coalesced, irqfds, hv-events, irq-routes, guest-memfd. KEY=class\n"
	  "undoes what was set. It all ends with the VM.\n\n"
	  "Other names are classes, which take the keys of their section in a policy\n"
	  "file; or `host', or `cgroup:PATTERN'. `class:NAME' is a class also where NAME\n"
	  "is a number, host or auto. If it is none of these, it is the VM of that name;\n"
	  "`vm:NAME' is that one also where there is such a class. Policy files stay as\n"
	  "they are: kvmwarden diff shows what differs." },
	{ "doctor",
	  "ID is a check, as --list names it; without any, all are made. The exit status\n"
	  "is 6 if any warns, 7 if any finds a problem. --fix is for those that --list\n"
	  "marks so." },
	{ "log",
	  "As many events as the module keeps, the oldest first. TIME: 2026-11-23,\n"
	  "2026-11-23T14:30, 2026-11-23T14:30:00Z, or how long ago. VM is an id, or the\n"
	  "name of a VM that runs. NAME is one of those that -j prints, such as vm-memory.\n"
	  "JSON is an object a line." },
	{ "explain",
	  "EVENT is its number in the log, 123 or '#123'; or -, to read from standard\n"
	  "input what kvmwarden log -j has printed, also of events no longer kept." },
	{ "learn",
	  "Of the classes that are permissive, or those named. It prints a policy file:\n"
	  "kvmwarden learn --enforce > new.conf, have a look, kvmwarden diff new.conf,\n"
	  "kvmwarden apply --confirm 5m new.conf." },
	{ "lock",
	  "Until then no apply, no set, no disarm, and the module cannot be unloaded." },
};

static void help_details(const char *verb)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(details); i++) {
		if (!strcmp(details[i].verb, verb))
			printf("\n%s\n", details[i].text);
	}
}

static int help_verb(const struct verb *verb)
{
	size_t i;

	printf("Usage: kvmwarden %s%s%s\n\n%s: %s\n\n", verb->name,
	       *verb->options ? " [OPTION]..." : "", verb->args, verb->name,
	       verb->help);
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (takes(verb, options[i].option.val))
			help_option(&options[i]);
	}
	if (strstr(verb->args, "FILE"))
		printf("\nFILE is " POLICY_FILE ", with " POLICY_DIR "/*.conf, if not given.\n"
		       "A directory stands for its *.conf, - for standard input.\n");
	help_details(verb->name);
	return EXIT_DONE;
}

static int help_all(void)
{
	size_t i;

	printf("Usage: kvmwarden [VERB] [OPTION]... [ARGUMENT]\n\n"
	       "Decides what KVM does for each virtual machine of this host.\n\n");
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		printf("  %-8s%-19s %s\n", verbs[i].name, verbs[i].args,
		       verbs[i].help);
	printf("\nOptions, before or after the verb:\n\n");
	for (i = 0; i < ARRAY_SIZE(options); i++)
		help_option(&options[i]);
	printf("\nExit status: 0 done, 1 refused or not so, 2 wrong usage,\n"
	       "3 module not loaded, 4 no permission, 5 policy file has errors;\n"
	       "of doctor also 6 a warning, 7 a problem.\n");
	return EXIT_DONE;
}

int verb_help(const struct options *opt, int argc, char **argv)
{
	const struct verb *verb;

	(void)opt;
	if (!argc)
		return help_all();
	verb = verb_find(argv[0]);
	return verb ? help_verb(verb) : unknown_verb(argv[0]);
}

/* --- the command line ---------------------------------------------------- */

struct command {
	struct options opt;
	bool help;
	bool version;
	bool f;					/* -f: either of two */
	char letters[ARRAY_SIZE(options) + 1];	/* the options given */
};

static void note(struct command *cmd, char letter)
{
	size_t len = strlen(cmd->letters);

	if (!strchr(cmd->letters, letter))
		cmd->letters[len] = letter;
}

/* Options with an argument; false, after it was said what is wrong */
static bool take_argument(struct options *opt, char letter)
{
	switch (letter) {
	case 'c':
		return confirm_time(optarg, &opt->confirm);
	case 'o':
		opt->output = optarg;
		return true;
	case 'r':
		opt->root = optarg;
		return true;
	case 'S':
		opt->since = optarg;
		return true;
	case 'v':
		opt->vm = optarg;
		return true;
	case 'R':
		opt->reason = optarg;
		return true;
	case 'd':
		return top_delay(optarg, opt);
	case 'N':
		return top_frames(optarg, opt);
	case 's':
		return top_sort(optarg, opt);
	default:
		return true;
	}
}

/* As getopt_long() wants to know them */
static void list_options(struct option *longs, char *letters)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		longs[i] = options[i].option;
		/* its letter is that of another */
		if (longs[i].val == 'F')
			continue;
		*letters++ = longs[i].val;
		if (longs[i].has_arg)
			*letters++ = ':';
	}
}

static void take_flag(struct command *cmd, char letter)
{
	cmd->opt.json |= letter == 'j';
	cmd->opt.dry_run |= letter == 'n';
	cmd->opt.force |= letter == 'f';
	cmd->opt.list |= letter == 'l';
	cmd->opt.fix |= letter == 'x';
	cmd->opt.yes |= letter == 'y';
	cmd->opt.batch |= letter == 'b';
	cmd->opt.follow |= letter == 'F';
	cmd->opt.journal |= letter == 'J';
	cmd->opt.enforce |= letter == 'e';
	cmd->help |= letter == 'h';
	cmd->version |= letter == 'V';
}

static int read_options(struct command *cmd, int argc, char **argv)
{
	struct option longs[ARRAY_SIZE(options) + 1] = { 0 };
	char letters[2 * ARRAY_SIZE(options) + 1] = "";
	int c, at;

	list_options(longs, letters);
	for (;;) {
		at = -1;
		c = getopt_long(argc, argv, letters, longs, &at);
		if (c == -1)
			return EXIT_DONE;
		if (c == '?') {
			fputs("See kvmwarden --help.\n", stderr);
			return EXIT_USAGE;
		}
		if (c == 'f' && at < 0) {
			cmd->f = true;
			continue;
		}
		note(cmd, c);
		take_flag(cmd, c);
		if (!take_argument(&cmd->opt, c))
			return EXIT_USAGE;
	}
}

/* Only now is it known which is meant */
static void decide_f(struct command *cmd, const struct verb *verb)
{
	bool follow = takes(verb, 'F');

	if (!cmd->f)
		return;
	note(cmd, follow ? 'F' : 'f');
	cmd->opt.follow |= follow;
	cmd->opt.force |= !follow;
}

static const char *option_name(char letter)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options) - 1; i++) {
		if (options[i].option.val == letter)
			break;
	}
	return options[i].option.name;
}

static int check_usage(const struct command *cmd, const struct verb *verb,
		       int argc)
{
	const char *letter;

	for (letter = cmd->letters; *letter; letter++) {
		if (takes(verb, *letter))
			continue;
		say_error("`%s' has no option --%s; see kvmwarden %s --help",
			  verb->name, option_name(*letter), verb->name);
		return EXIT_USAGE;
	}
	if (argc >= verb->min && argc <= verb->max)
		return EXIT_DONE;
	say_error("too %s arguments; usage: kvmwarden %s%s",
		  argc < verb->min ? "few" : "many", verb->name, verb->args);
	return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	struct command cmd = { .help = false };
	const struct verb *verb = &verbs[0];
	int ret;

	ret = read_options(&cmd, argc, argv);
	if (ret)
		return ret;
	argc -= optind;
	argv += optind;
	if (cmd.help && !argc)
		return help_all();
	if (cmd.version)
		return verb_version(&cmd.opt, 0, NULL);
	if (argc) {
		verb = verb_find(argv[0]);
		if (!verb)
			return unknown_verb(argv[0]);
		argc--;
		argv++;
	}
	if (cmd.help)
		return help_verb(verb);
	decide_f(&cmd, verb);
	ret = check_usage(&cmd, verb, argc);
	return ret ? ret : verb->run(&cmd.opt, argc, argv);
}

/* A device opened as standard output would be written to */
static void fill_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* A full disk must not look like success */
static int finish_output(int ret)
{
	bool failed = ferror(stdout);

	if (!fclose(stdout) && !failed)
		return ret;
	/* of an earlier failure, errno is gone */
	fprintf(stderr, "kvmwarden: cannot write the output: %s\n",
		failed ? "disk full or closed?" : strerror(errno));
	return ret ? ret : EXIT_NOT_SO;
}

int main(int argc, char **argv)
{
	fill_standard_fds();
	if (argc < 1)
		return EXIT_USAGE;
	argv[0] = program_invocation_short_name;	/* for getopt */
	return finish_output(run(argc, argv));
}
