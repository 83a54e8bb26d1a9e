/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices, and directories of the kernel, that are not for every user.
 */
#ifndef KVMWARDEN_NODE_H
#define KVMWARDEN_NODE_H

#include "finding.h"
#include "host.h"

struct node {
	const char *path;
	const char *set_in;	/* where its mode comes from, if not the kernel */
};

void node_check(const struct node *node, const struct host *host,
		struct finding *finding);
/* Returns an exit code, having said why */
int node_fix(const struct node *node, const struct host *host);

#endif
