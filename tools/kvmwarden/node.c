// SPDX-License-Identifier: GPL-2.0-only
/*
 * May every user open it?
 */
#include "node.h"
#include "repair.h"

/* Bits of a mode that open it to others */
static mode_t open_bits(const struct stat *st)
{
	return st->st_mode & (S_ISDIR(st->st_mode) ? 07 : 06);
}

/* A place to mount something, which is open until it is */
static bool is_empty(const struct node *node, const struct host *host)
{
	struct host_names names;
	bool empty = host_list(host, node->path, &names) && !names.count;

	host_names_free(&names);
	return empty;
}

void node_check(const struct node *node, const struct host *host,
		struct finding *f)
{
	struct stat st;

	if (!host_stat(host, node->path, &st)) {
		finding_set(f, LEVEL_NA, "there is no %s", node->path);
	} else if (is_empty(node, host)) {
		finding_set(f, LEVEL_NA, "nothing is mounted at %s",
			    node->path);
	} else if (open_bits(&st)) {
		finding_set(f, LEVEL_WARNING, "every user may open %s (mode %04o)",
			    node->path, st.st_mode & 07777);
		finding_help(f, "See in %s who has it so, and close it:",
			     node->set_in);
		finding_help(f, "    chmod o-rwx %s", node->path);
	} else {
		finding_set(f, LEVEL_OK, "%s has mode %04o", node->path,
			    st.st_mode & 07777);
	}
}

int node_fix(const struct node *node, const struct host *host)
{
	return repair_mode(host, node->path, 07);
}
