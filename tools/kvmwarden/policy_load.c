// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy in force, read back from the kernel.
 */
#include <errno.h>
#include <string.h>

#include "device.h"
#include "policy_keys.h"
#include "tool.h"

static char *text_with(__u32 flags, __u32 flag, const char *text)
{
	return flags & flag ? copy_of(text) : NULL;
}

static void take_class(struct policy *policy,
		       const struct kvmwarden_class *class,
		       const struct device_texts *texts)
{
	__u32 flags = class->flags;
	struct policy_section *sec;

	policy->classes = grow(policy->classes, policy->count,
			       sizeof(*policy->classes));
	sec = &policy->classes[policy->count++];
	*sec = (struct policy_section) {
		.place = IN_CLASS,
		.mode = class->mode,
		.uid = class->uid,
		.gid = class->gid,
		.cgroup = text_with(flags, KVMWARDEN_CLASS_MATCH_CGROUP,
				    texts->cgroup),
		.exe = text_with(flags, KVMWARDEN_CLASS_MATCH_EXE, texts->exe),
		.label = text_with(flags, KVMWARDEN_CLASS_MATCH_LABEL,
				   texts->label),
		.vm = class->vm,
		.user = class->user,
		.total = class->total,
		.deny = class->deny,
		.revoke = class->revoke,
		.flags = flags,
	};
	memcpy(sec->name, class->name, sizeof(sec->name) - 1);
}

static void take_cgroup(struct policy *policy,
			const struct kvmwarden_cgroup *cgroup,
			const char *pattern)
{
	struct policy_section *sec;

	policy->cgroups = grow(policy->cgroups, policy->nr_cgroups,
			       sizeof(*policy->cgroups));
	sec = &policy->cgroups[policy->nr_cgroups++];
	policy_section_init(sec, IN_CGROUP);
	sec->pattern = copy_of(pattern);
	sec->total = cgroup->limit;
}

/* These return 0, or a negative errno; -EAGAIN: another policy came meanwhile */

static int load_classes(struct policy *policy, int fd,
			const struct kvmwarden_status *status)
{
	struct kvmwarden_class class;
	struct device_texts texts;
	int ret;

	for (;;) {
		ret = device_class(fd, policy->count, &class, &texts);
		if (ret)
			break;
		if (class.generation != status->generation)
			return -EAGAIN;
		take_class(policy, &class, &texts);
	}
	if (ret != -ENOENT)
		return ret;
	return policy->count == status->classes ? 0 : -EAGAIN;
}

static int load_cgroups(struct policy *policy, int fd,
			const struct kvmwarden_status *status)
{
	char pattern[KVMWARDEN_CGROUP_LEN];
	struct kvmwarden_cgroup cgroup;
	int ret;

	while (policy->nr_cgroups < status->cgroups) {
		ret = device_cgroup(fd, policy->nr_cgroups, &cgroup, pattern);
		if (ret)
			return ret == -ENOENT ? -EAGAIN : ret;
		if (cgroup.generation != status->generation)
			return -EAGAIN;
		take_cgroup(policy, &cgroup, pattern);
	}
	return 0;
}

static int load(struct policy *policy, int fd, struct kvmwarden_status *status)
{
	int ret;

	*policy = (struct policy) { .file = "the policy in force" };
	ret = device_status(fd, status);
	if (ret)
		return ret;
	policy_section_init(&policy->top, IN_POLICY);
	policy->top.version = status->version;
	policy->top.mode = status->mode;
	policy_section_init(&policy->host, IN_HOST);
	policy->host.total = status->limit;
	policy->host.user = status->user;
	ret = load_cgroups(policy, fd, status);
	return ret ? ret : load_classes(policy, fd, status);
}

int policy_load(struct policy *policy, int fd, struct kvmwarden_status *status)
{
	int tries, ret = -EAGAIN;

	for (tries = 0; tries < DEVICE_TRIES && ret == -EAGAIN; tries++) {
		ret = load(policy, fd, status);
		if (ret)
			policy_free(policy);
	}
	if (!ret)
		return EXIT_DONE;
	return device_error(ret, "cannot read the policy in force");
}
