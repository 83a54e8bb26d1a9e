// SPDX-License-Identifier: GPL-2.0-only
/*
 * apply: put a policy file in force.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "names.h"
#include "policy.h"
#include "tool.h"

struct job {
	const struct options *opt;
	const struct policy *policy;
	struct kvmwarden_status before;
	int fd;				/* of the device */
	int ruleset;
};

static const char *const field_wrong[] = {
	[KVMWARDEN_FIELD_NONE]		= "cannot be used",
	[KVMWARDEN_FIELD_VERSION]	= "has an old version",
	[KVMWARDEN_FIELD_MODE]		= "has a mode that the module does not know",
	[KVMWARDEN_FIELD_NAME]		= "has a bad name, or one used twice",
	[KVMWARDEN_FIELD_FLAGS]		= "has bad criteria",
	[KVMWARDEN_FIELD_UID]		= "has a bad user id",
	[KVMWARDEN_FIELD_CGROUP]	= "has a bad cgroup pattern",
	[KVMWARDEN_FIELD_VM_VMS]	= "has a bad limit on VMs",
	[KVMWARDEN_FIELD_RESERVED]	= "sets what this module does not know",
	[KVMWARDEN_FIELD_DENY]		= "denies what this module does not know",
	[KVMWARDEN_FIELD_REVOKE]	= "revokes in a way that this module does not know",
};

/* The kernel found fault with @field of @sec, which is called @what */
static int refused_field(const struct job *job,
			 const struct policy_section *sec, const char *what,
			 __u32 field)
{
	unsigned int line = policy_line(job->policy, sec, field);
	const char *wrong = field < ARRAY_SIZE(field_wrong) ?
			    field_wrong[field] : "has a fault newer than this tool";

	if (line)
		say_error("%s:%u: refused by the kernel: %s %s",
			  job->policy->file, line, what, wrong);
	else
		say_error("%s: refused by the kernel: %s %s",
			  job->policy->file, what, wrong);
	return EXIT_NOT_SO;
}

static int begin(struct job *job)
{
	const struct policy_section *top = &job->policy->top;
	struct kvmwarden_ruleset ruleset = {
		.mode = top->mode,
		.version = top->version,
		.host = job->policy->host.own,
	};

	job->ruleset = device_begin(job->fd, &ruleset);
	if (job->ruleset >= 0)
		return EXIT_DONE;
	if (job->ruleset == -EINVAL && ruleset.bad_field)
		return refused_field(job, top, "the policy",
				     ruleset.bad_field);
	return device_error(job->ruleset, "cannot start a new ruleset");
}

static int add(const struct job *job, const struct policy_section *sec)
{
	struct kvmwarden_class class = {
		.mode = sec->mode,
		.vm = sec->own,
		.total = sec->total,
		.deny = sec->deny,
		.revoke = sec->revoke,
	};
	char what[sizeof("class ") + KVMWARDEN_NAME_LEN];
	int ret;

	strcpy(class.name, sec->name);
	if (sec->line[KEY_USER]) {
		class.flags |= KVMWARDEN_CLASS_MATCH_UID;
		class.uid = sec->uid;
	}
	if (sec->cgroup) {
		class.flags |= KVMWARDEN_CLASS_MATCH_CGROUP;
		class.cgroup = (uintptr_t)sec->cgroup;
	}
	ret = device_add(job->ruleset, &class);
	if (!ret)
		return EXIT_DONE;
	snprintf(what, sizeof(what), "class %s", sec->name);
	if (ret == -EINVAL)
		return refused_field(job, sec, what, class.bad_field);
	return device_error(ret, what);
}

static int refused_version(const struct job *job)
{
	const struct policy_section *top = &job->policy->top;
	char where[24] = "";

	if (top->line[KEY_VERSION])
		snprintf(where, sizeof(where), ":%u", top->line[KEY_VERSION]);
	say_error("%s%s: version %llu is older than %llu, which is in force; raise `version' in [policy], or use --force",
		  job->policy->file, where, (unsigned long long)top->version,
		  (unsigned long long)job->before.version);
	return EXIT_NOT_SO;
}

/* Finds the hook on @function; false if the module does not tell */
static bool find_hook(const struct job *job, const char *function,
		      struct kvmwarden_hook *hook)
{
	__u32 i;

	for (i = 0; i < job->before.hooks; i++) {
		if (device_hook(job->fd, i, hook))
			break;
		if (!strcmp(hook->function, function))
			return true;
	}
	return false;
}

static int refused_hook(const struct job *job, const char *function)
{
	struct kvmwarden_hook hook;

	if (!find_hook(job, function, &hook) || !hook.features)
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

static int refused(const struct job *job, int error,
		   const struct kvmwarden_commit *commit)
{
	char function[KVMWARDEN_NAME_LEN + 1] = "";

	memcpy(function, commit->hook, sizeof(commit->hook));
	if (error == -ESTALE) {
		say_error("another writer committed in between; nothing was changed; run apply again");
		return EXIT_NOT_SO;
	}
	if (error == -EOPNOTSUPP && function[0])
		return refused_hook(job, function);
	if (error == -EINVAL && commit->bad_field == KVMWARDEN_FIELD_VERSION)
		return refused_version(job);
	if (error == -EINVAL && commit->bad_field)
		return refused_field(job, &job->policy->top, "the policy",
				     commit->bad_field);
	return device_error(error, "the policy was not put in force");
}

static void report(const struct job *job, const struct kvmwarden_commit *done)
{
	const struct policy *policy = job->policy;
	unsigned long long version = policy->top.version;
	const char *mode = mode_name(policy->top.mode);
	const char *s = policy->count == 1 ? "" : "es";

	if (job->opt->dry_run)
		printf("%s: can be put in force: version %llu, %zu class%s, mode %s\n",
		       policy->file, version, policy->count, s, mode);
	else
		printf("in force: version %llu, generation %llu, %zu class%s, mode %s\n",
		       version, (unsigned long long)done->generation,
		       policy->count, s, mode);
	if (done->over)
		printf("%u of the VMs, classes and the host exceed%s a new limit:\n"
		       "nothing is taken from them, but they get no more until they use less.\n",
		       done->over, done->over == 1 ? "s" : "");
}

static int commit(const struct job *job)
{
	struct kvmwarden_commit commit = {
		.generation = job->before.generation,
	};
	int ret;

	if (job->opt->dry_run)
		commit.flags |= KVMWARDEN_COMMIT_CHECK;
	if (job->opt->force)
		commit.flags |= KVMWARDEN_COMMIT_FORCE;
	ret = device_commit(job->ruleset, &commit);
	if (ret)
		return refused(job, ret, &commit);
	report(job, &commit);
	return EXIT_DONE;
}

/* One transaction; closing the ruleset aborts what was not committed */
static int transact(struct job *job)
{
	size_t i;
	int ret;

	ret = begin(job);
	if (ret)
		return ret;
	for (i = 0; i < job->policy->count && !ret; i++)
		ret = add(job, &job->policy->classes[i]);
	if (!ret)
		ret = commit(job);
	close(job->ruleset);
	return ret;
}

static int apply(const struct options *opt, const struct policy *policy)
{
	struct job job = { .opt = opt, .policy = policy };
	int ret;

	ret = device_open(&job.fd);
	if (ret)
		return ret;
	ret = device_status(job.fd, &job.before);
	if (ret) {
		ret = device_error(ret, "cannot read the status");
	} else if (job.before.abi < KVMWARDEN_ABI) {
		say_error("the module in the kernel is too old: it speaks ABI %u, this tool ABI %u; load a newer module",
			  job.before.abi, KVMWARDEN_ABI);
		ret = EXIT_NOT_SO;
	} else {
		ret = transact(&job);
	}
	close(job.fd);
	return ret;
}

int verb_apply(const struct options *opt, int argc, char **argv)
{
	struct complaints wrong = { 0 };
	struct policy policy;
	int ret = EXIT_BAD_FILE;

	policy_read(&policy, argc ? argv[0] : POLICY_FILE, &wrong);
	if (wrong.count) {
		complaints_print(&wrong, policy.file, stderr);
		say_error("nothing was changed");
	} else {
		ret = apply(opt, &policy);
	}
	complaints_free(&wrong);
	policy_free(&policy);
	return ret;
}
