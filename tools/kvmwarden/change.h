/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a policy means for VMs that run.
 */
#ifndef KVMWARDEN_CHANGE_H
#define KVMWARDEN_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json_object.h>

#include <linux/kvmwarden.h>

struct changes {
	const struct kvmwarden_commit *commit;
	struct kvmwarden_change *list;
	size_t room;
};

/* Makes room for what @commit will mean for the VMs of @status */
void changes_prepare(struct changes *changes, struct kvmwarden_commit *commit,
		     const struct kvmwarden_status *status);
void changes_free(struct changes *changes);

/* After the commit: is there anything to tell? */
bool changes_any(const struct changes *changes);
void changes_print(const struct changes *changes);
/* Adds "vms" and "over" */
void changes_json(struct json_object *to, const struct changes *changes);

#endif
