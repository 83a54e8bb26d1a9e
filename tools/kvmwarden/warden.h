/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_WARDEN_H
#define KVMWARDEN_WARDEN_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/kvmwarden.h>

#include "hooks.h"
#include "host.h"
#include "ruleset.h"

enum warden_state {
	WARDEN_ABSENT,		/* the module is not loaded */
	WARDEN_NO_DEVICE,	/* it is, but cannot be asked here */
	WARDEN_NO_RIGHTS,	/* ... or not by us */
	WARDEN_SILENT,		/* ... or does not answer: see error */
	WARDEN_ANSWERS,
};

/* All that the module tells */
struct warden {
	enum warden_state state;
	int error;			/* negative errno */
	struct ruleset rules;
	struct hooks hooks;
	struct kvmwarden_vm *vms;
	size_t nr_vms;
};

/* @warden is to be freed in any case */
void warden_read(struct warden *warden, const struct host *host);
void warden_free(struct warden *warden);

/* Hooks are armed and fire */
bool warden_enforces(const struct warden *warden);

#endif
