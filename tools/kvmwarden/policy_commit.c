// SPDX-License-Identifier: GPL-2.0-only
/*
 * Putting a policy in force: one transaction.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device.h"
#include "names.h"
#include "policy_keys.h"
#include "tool.h"

struct transaction {
	const struct policy *policy;
	struct kvmwarden_status before;
	int fd;				/* of the device */
	int ruleset;
	bool *stale;			/* tell of -ESTALE there, not the user */
};

/* --- what the kernel finds fault with ------------------------------------- */

#define FIELD(_field, _key, _wrong)					\
	[KVMWARDEN_FIELD_##_field] = { .key = _key, .wrong = _wrong }

static const struct {
	int key;			/* that it is about; else NR_KEYS */
	const char *wrong;
} fields[] = {
	FIELD(NONE, NR_KEYS, "cannot be used"),
	FIELD(VERSION, KEY_VERSION, "has an old version"),
	FIELD(MODE, KEY_MODE, "has a mode that the module does not know"),
	FIELD(NAME, NR_KEYS, "has a bad name, or one used twice"),
	FIELD(FLAGS, NR_KEYS, "has bad criteria"),
	FIELD(UID, KEY_USER, "has a bad user id"),
	FIELD(CGROUP, KEY_CGROUP, "has a bad cgroup pattern"),
	FIELD(LIMIT, NR_KEYS, "has a limit that the module does not know"),
	FIELD(RESERVED, NR_KEYS, "sets what this module does not know"),
	FIELD(DENY, KEY_NESTED, "denies what this module does not know"),
	FIELD(REVOKE, KEY_REVOKE,
	      "revokes in a way that this module does not know"),
	FIELD(GID, KEY_GROUP, "has a bad group id"),
	FIELD(EXE, KEY_EXE, "has an executable that cannot be matched"),
	FIELD(LABEL, KEY_LABEL, "has a bad label"),
	FIELD(CLASS, NR_KEYS, "names no class"),
	FIELD(CONFIRM, NR_KEYS, "would wait too long to be confirmed"),
};

struct policy_line policy_line(const struct policy *policy,
			       const struct policy_section *section,
			       enum kvmwarden_field field)
{
	struct policy_line line = { .line = 0 };

	if (field < ARRAY_SIZE(fields) && fields[field].key != NR_KEYS)
		line = section->key[fields[field].key];
	/* a mode may be inherited */
	if (!line.line && field == KVMWARDEN_FIELD_MODE)
		line = policy->top.key[KEY_MODE];
	return line.line ? line : section->at;
}

/* "FILE:LINE", or the policy as a whole; to be freed */
static char *place_of(const struct policy *policy,
		      const struct policy_section *section,
		      enum kvmwarden_field field)
{
	struct policy_line at = policy_line(policy, section, field);

	return at.line ? text_of("%s:%u", at.file, at.line) :
			 copy_of(policy->file);
}

/* "class NAME"; to be freed */
static char *section_name(const struct policy_section *section)
{
	if (section->place == IN_POLICY || section->place == IN_HOST)
		return copy_of("the policy");
	return policy_title(section);
}

/* The kernel found fault with @field of @sec */
static int refused_field(const struct transaction *t,
			 const struct policy_section *sec, __u32 field)
{
	const char *wrong = field < ARRAY_SIZE(fields) && fields[field].wrong ?
			    fields[field].wrong :
			    "has a fault newer than this tool";
	char *place = place_of(t->policy, sec, field);
	char *what = section_name(sec);

	say_error("%s: refused by the kernel: %s %s", place,
		  printable(what), wrong);
	free(place);
	free(what);
	return EXIT_NOT_SO;
}

/* A section was not taken */
static int refused_section(const struct transaction *t,
			   const struct policy_section *sec, int error,
			   __u32 field)
{
	char *what;
	int ret;

	if (error == -EINVAL)
		return refused_field(t, sec, field);
	what = section_name(sec);
	ret = device_error(error, printable(what));
	free(what);
	return ret;
}

static int refused_version(const struct transaction *t)
{
	const struct policy_section *top = &t->policy->top;
	char *place = text_of("%s", t->policy->file);

	if (top->key[KEY_VERSION].line) {
		free(place);
		place = place_of(t->policy, top, KVMWARDEN_FIELD_VERSION);
	}
	say_error("%s: version %llu is older than %llu, which is in force; raise `version' in [policy], or use --force",
		  place, (unsigned long long)top->version,
		  (unsigned long long)t->before.version);
	free(place);
	return EXIT_NOT_SO;
}

/* Finds the hook on @function; false if the module does not tell */
static bool find_hook(const struct transaction *t, const char *function,
		      struct kvmwarden_hook *hook)
{
	__u32 i;

	for (i = 0; i < t->before.hooks; i++) {
		if (device_hook(t->fd, i, hook))
			break;
		if (!strcmp(hook->function, function))
			return true;
	}
	return false;
}

static int refused_hook(const struct transaction *t, const char *function)
{
	struct kvmwarden_hook hook;

	if (!find_hook(t, function, &hook) || !hook.features)
		say_error("%s cannot be hooked on this kernel, and the policy needs it",
			  printable(function));
	else
		say_error("%s cannot be hooked on this kernel; %s cannot be enforced: %s",
			  printable(function), feature_texts(hook.features),
			  hook.error ? strerror(-hook.error) : "no cause known");
	fputs("Nothing was changed. Make classes permissive that have such limits, or remove these.\n",
	      stderr);
	return EXIT_NOT_SO;
}

static const char *why_not(int error)
{
	switch (-error) {
	case ESTALE:
		return "another writer committed in between; nothing was changed; run apply again";
	case EIO:
		return "nothing can be enforced: hooks do not fire; see `kvmwarden status'";
	default:
		return NULL;
	}
}

static int refused(const struct transaction *t, int error,
		   const struct kvmwarden_commit *commit)
{
	char function[KVMWARDEN_NAME_LEN + 1] = "";
	const char *why = why_not(error);

	memcpy(function, commit->hook, sizeof(commit->hook));
	if (error == -ESTALE && t->stale) {
		*t->stale = true;
		return EXIT_NOT_SO;
	}
	if (why) {
		say_error("%s", why);
		return EXIT_NOT_SO;
	}
	if (error == -EOPNOTSUPP && function[0])
		return refused_hook(t, function);
	if (error == -EINVAL && commit->bad_field == KVMWARDEN_FIELD_VERSION)
		return refused_version(t);
	if (error == -EINVAL && commit->bad_field)
		return refused_field(t, &t->policy->top, commit->bad_field);
	return device_error(error, "the policy was not put in force");
}

/* --- a transaction -------------------------------------------------------- */

static struct kvmwarden_string string_of(const char *text)
{
	return (struct kvmwarden_string) { .address = (uintptr_t)text };
}

static int begin(struct transaction *t)
{
	const struct policy_section *top = &t->policy->top;
	struct kvmwarden_ruleset ruleset = {
		.mode = top->mode,
		.version = top->version,
		.host = t->policy->host.total,
		.user = t->policy->host.user,
	};

	t->ruleset = device_begin(t->fd, &ruleset);
	if (t->ruleset >= 0)
		return EXIT_DONE;
	if (t->ruleset == -EINVAL && ruleset.bad_field)
		return refused_field(t, top, ruleset.bad_field);
	if (why_not(t->ruleset)) {
		say_error("%s", why_not(t->ruleset));
		return EXIT_NOT_SO;
	}
	return device_error(t->ruleset, "cannot start a new ruleset");
}

static int add_cgroup(const struct transaction *t,
		      const struct policy_section *sec)
{
	struct kvmwarden_cgroup cgroup = {
		.pattern = string_of(sec->pattern),
		.limit = sec->total,
	};
	int ret = device_add_cgroup(t->ruleset, &cgroup);

	return ret ? refused_section(t, sec, ret, cgroup.bad_field) : EXIT_DONE;
}

/* Sets @class->exe_fd, to be closed. Any file would do for the kernel's path */
static int open_exe(const struct transaction *t,
		    const struct policy_section *sec,
		    struct kvmwarden_class *class)
{
	int fd = open(sec->exe, O_PATH | O_CLOEXEC);
	struct stat st;
	char *place;

	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode)) {
		class->exe_fd = fd;
		return EXIT_DONE;
	}
	place = place_of(t->policy, sec, KVMWARDEN_FIELD_EXE);
	say_error("%s: class %s: `%s' %s%s; nothing was changed", place,
		  sec->name, printable(sec->exe),
		  fd < 0 ? "cannot be opened: " : "is not a regular file",
		  fd < 0 ? strerror(errno) : "");
	free(place);
	if (fd >= 0)
		close(fd);
	return EXIT_NOT_SO;
}

static int add_class(const struct transaction *t,
		     const struct policy_section *sec)
{
	struct kvmwarden_class class = {
		.mode = sec->mode,
		.flags = sec->flags,
		.uid = sec->uid,
		.gid = sec->gid,
		.cgroup = string_of(sec->cgroup),
		.exe = string_of(sec->exe),
		.label = string_of(sec->label),
		.vm = sec->vm,
		.user = sec->user,
		.total = sec->total,
		.deny = sec->deny,
		.revoke = sec->revoke,
	};
	int ret = EXIT_DONE;

	strcpy(class.name, sec->name);
	if (sec->exe)
		ret = open_exe(t, sec, &class);
	if (ret)
		return ret;
	ret = device_add(t->ruleset, &class);
	if (sec->exe)
		close(class.exe_fd);
	return ret ? refused_section(t, sec, ret, class.bad_field) : EXIT_DONE;
}

static int add_all(const struct transaction *t)
{
	const struct policy *policy = t->policy;
	int ret = EXIT_DONE;
	size_t i;

	for (i = 0; i < policy->nr_cgroups && !ret; i++)
		ret = add_cgroup(t, &policy->cgroups[i]);
	for (i = 0; i < policy->count && !ret; i++)
		ret = add_class(t, &policy->classes[i]);
	return ret;
}

/* Closing the ruleset aborts what was not committed */
static int transact(struct transaction *t, struct kvmwarden_commit *commit)
{
	int ret, error;

	ret = begin(t);
	if (ret)
		return ret;
	ret = add_all(t);
	if (!ret) {
		error = device_commit(t->ruleset, commit);
		ret = error ? refused(t, error, commit) : EXIT_DONE;
	}
	close(t->ruleset);
	return ret;
}

int policy_commit_or_stale(const struct policy *policy, int fd,
			   struct kvmwarden_commit *commit, bool *stale)
{
	struct transaction t = { .policy = policy, .fd = fd, .stale = stale };
	int ret;

	ret = device_status(fd, &t.before);
	if (ret)
		return device_error(ret, "cannot read the status");
	if (t.before.abi < KVMWARDEN_ABI) {
		say_error("the module in the kernel is too old: it speaks ABI %u, this tool ABI %d; load a newer module",
			  t.before.abi, KVMWARDEN_ABI);
		return EXIT_NOT_SO;
	}
	return transact(&t, commit);
}

int policy_commit(const struct policy *policy, int fd,
		  struct kvmwarden_commit *commit)
{
	return policy_commit_or_stale(policy, fd, commit, NULL);
}
