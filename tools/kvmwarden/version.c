// SPDX-License-Identifier: GPL-2.0-only
/*
 * version: of the tool, and of the interface it speaks.
 */
#include <stdio.h>

#include "json.h"
#include "tool.h"

int verb_version(const struct options *opt, int argc, char **argv)
{
	struct json_object *root;

	(void)argc;
	(void)argv;
	if (!opt->json) {
		printf("kvmwarden %s (ABI %d)\n", VERSION, KVMWARDEN_ABI);
		return EXIT_DONE;
	}
	root = json_new();
	json_text(root, "version", VERSION);
	json_number(root, "abi", KVMWARDEN_ABI);
	json_print(root);
	return EXIT_DONE;
}
