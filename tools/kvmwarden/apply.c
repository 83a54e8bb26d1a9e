// SPDX-License-Identifier: GPL-2.0-only
/*
 * apply: put policy files in force.
 */
#include <stdio.h>
#include <unistd.h>

#include "change.h"
#include "confirm.h"
#include "device.h"
#include "digest.h"
#include "names.h"
#include "policy.h"
#include "tool.h"

static void report(const struct options *opt, const struct policy *policy,
		   const struct changes *changes)
{
	const struct kvmwarden_commit *done = changes->commit;
	char digest[DIGEST_LEN];
	unsigned long long version = policy->top.version;
	const char *mode = mode_name(policy->top.mode);
	const char *s = policy->count == 1 ? "" : "es";

	if (opt->dry_run)
		printf("%s: can be put in force: version %llu, %zu class%s, mode %s\n",
		       policy->file, version, policy->count, s, mode);
	else
		printf("in force: version %llu, generation %llu, %zu class%s, mode %s\n",
		       version, (unsigned long long)done->generation,
		       policy->count, s, mode);
	printf("digest: %s\n", digest_text(digest, done->digest));
	if (changes_any(changes)) {
		puts("Of the VMs that run:");
		changes_print(changes);
	}
}

/* @commit is filled in but for the generation, and then by the kernel */
static int commit(const struct options *opt, const struct policy *policy,
		  int fd, struct kvmwarden_commit *commit)
{
	struct kvmwarden_status status;
	struct changes changes;
	int ret;

	ret = device_status(fd, &status);
	if (ret)
		return device_error(ret, "cannot read the status");
	commit->generation = status.generation;
	changes_prepare(&changes, commit, &status);
	ret = policy_commit(policy, fd, commit);
	if (!ret)
		report(opt, policy, &changes);
	changes_free(&changes);
	return ret;
}

static int apply(const struct options *opt, const struct policy *policy)
{
	struct kvmwarden_commit done = {
		.flags = (opt->dry_run ? KVMWARDEN_COMMIT_CHECK : 0) |
			 (opt->force ? KVMWARDEN_COMMIT_FORCE : 0),
		.confirm = opt->confirm,
	};
	int fd, ret;

	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = commit(opt, policy, fd, &done);
	if (!ret && opt->confirm && !opt->dry_run)
		ret = confirm_ask(fd, done.generation);
	close(fd);
	return ret;
}

int verb_apply(const struct options *opt, int argc, char **argv)
{
	struct complaints wrong = { 0 };
	struct policy policy;
	int ret = EXIT_BAD_FILE;

	policy_read(&policy, argc ? argv[0] : NULL, &wrong);
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
