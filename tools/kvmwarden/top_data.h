/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_TOP_DATA_H
#define KVMWARDEN_TOP_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <linux/kvmwarden.h>

#include "exits.h"
#include "hooks.h"

struct top_vm {
	struct kvmwarden_vm vm;
	char *name;		/* printable, as is the cgroup */
	char *cgroup;
	__u64 denied;
	double denial_rate;	/* per second; RATE_UNKNOWN */
	double exit_rate;
	bool exits_shared;	/* of all VMs of its process together */
};

/* What module and KVM told at a moment */
struct sample {
	time_t time;
	long long boottime;	/* CLOCK_BOOTTIME, ns */
	struct kvmwarden_status status;
	struct hooks hooks;
	struct top_vm *vms;	/* by id */
	size_t nr_vms;
	struct exits exits;
	double denial_rate;	/* of all VMs, as the next one */
	double exit_rate;
};

/*
 * Returns 0 or a negative errno; *@now is to be freed in any case. Rates are
 * those since @before; NULL: none. The device is open only meanwhile, for the
 * module cannot be unloaded while it is.
 */
int sample_read(struct sample *now, const struct sample *before);
void sample_free(struct sample *sample);

/* Why rates of exits are missing, if they are; NULL: they are not */
const char *sample_note(const struct sample *sample);

#endif
