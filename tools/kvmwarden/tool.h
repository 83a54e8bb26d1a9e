/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all parts of the control tool share: exit codes, options, messages.
 */
#ifndef KVMWARDEN_TOOL_H
#define KVMWARDEN_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <linux/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define __printf(a, b)	__attribute__((__format__(printf, a, b)))

#define POLICY_HOME	"/etc/kvmwarden"
#define POLICY_FILE	POLICY_HOME "/policy.conf"
#define POLICY_DIR	POLICY_HOME "/policy.d"

/* Stable, and documented in Documentation/tool.md */
enum exit_code {
	EXIT_DONE	= 0,
	EXIT_NOT_SO	= 1,	/* refused, failed, or not as asked for */
	EXIT_USAGE	= 2,
	EXIT_NO_MODULE	= 3,
	EXIT_NO_RIGHTS	= 4,
	EXIT_BAD_FILE	= 5,
	EXIT_WARNING	= 6,	/* of doctor */
	EXIT_PROBLEM	= 7,	/* of doctor */
};

struct options {
	bool json;
	bool dry_run;
	bool force;
	bool list;
	bool fix;
	bool yes;
	__u32 confirm;			/* seconds; 0: not given */
	const char *root;		/* NULL: not given */
	bool follow;
	bool journal;
	bool enforce;
	const char *since;		/* NULL: not given */
	const char *vm;
	const char *reason;
	const char *output;		/* NULL: not given */
	bool batch;
	__u32 delay;			/* ms; 0: not given */
	__u32 frames;			/* 0: not given */
	const char *sort;		/* NULL: not given */
};

/* Each verb: its arguments without its own name; returns an exit code */
int verb_status(const struct options *opt, int argc, char **argv);
int verb_list(const struct options *opt, int argc, char **argv);
int verb_top(const struct options *opt, int argc, char **argv);
int verb_show(const struct options *opt, int argc, char **argv);
int verb_check(const struct options *opt, int argc, char **argv);
int verb_apply(const struct options *opt, int argc, char **argv);
int verb_export(const struct options *opt, int argc, char **argv);
int verb_confirm(const struct options *opt, int argc, char **argv);
int verb_rollback(const struct options *opt, int argc, char **argv);
int verb_diff(const struct options *opt, int argc, char **argv);
int verb_accounts(const struct options *opt, int argc, char **argv);
int verb_metrics(const struct options *opt, int argc, char **argv);
int verb_lock(const struct options *opt, int argc, char **argv);
int verb_set(const struct options *opt, int argc, char **argv);
int verb_disarm(const struct options *opt, int argc, char **argv);
int verb_log(const struct options *opt, int argc, char **argv);
int verb_learn(const struct options *opt, int argc, char **argv);
int verb_explain(const struct options *opt, int argc, char **argv);
int verb_doctor(const struct options *opt, int argc, char **argv);
int verb_version(const struct options *opt, int argc, char **argv);
int verb_help(const struct options *opt, int argc, char **argv);

/* message.c */
__printf(1, 2) void say_error(const char *fmt, ...);
__printf(1, 2) char *text_of(const char *fmt, ...);
_Noreturn void out_of_memory(void);
void *grow(void *list, size_t count, size_t size);
char *copy_of(const char *text);
const char *plural(unsigned long long n);

/* What @text has behind @start; NULL: it does not begin with it */
static inline const char *behind(const char *text, const char *start)
{
	size_t len = strlen(start);

	return strncmp(text, start, len) ? NULL : text + len;
}

/*
 * Names that others chose, made safe for a terminal. Both return one of a few
 * static buffers in turn: use them within one printf.
 */
const char *printable(const char *text);
const char *brief(const char *text);

#endif
