// SPDX-License-Identifier: GPL-2.0-only
/*
 * export: the policy in force, as a policy file.
 */
#include <stdio.h>
#include <unistd.h>

#include "device.h"
#include "json.h"
#include "policy.h"
#include "tool.h"

static void print_json(const struct policy *policy,
		       const struct kvmwarden_status *status)
{
	struct json_object *root = json_new();

	json_number(root, "generation", status->generation);
	json_digest(root, "digest", status->digest);
	policy_json(root, policy);
	json_print(root);
}

int verb_export(const struct options *opt, int argc, char **argv)
{
	struct kvmwarden_status status;
	struct policy policy;
	int fd, ret;

	(void)argc;
	(void)argv;
	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = policy_load(&policy, fd, &status);
	close(fd);
	if (ret)
		return ret;
	if (opt->json)
		print_json(&policy, &status);
	else if (policy_printable(&policy))
		policy_print(&policy, stdout);
	else
		ret = EXIT_NOT_SO;
	policy_free(&policy);
	return ret;
}
