/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What has been seen of VMs: the events that are kept, and the VMs on record.
 */
#ifndef KVMWARDEN_PAST_H
#define KVMWARDEN_PAST_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/kvmwarden.h>

#include "origin.h"

/* How often, and when, something was met */
struct met {
	__u64 count;			/* requests */
	__u64 events;			/* that they are told by */
	__u64 first, last;		/* ns */
	__u64 need;			/* the most that was in use and asked for */
};

/* A VM, or requests of somebody for one, all of which were refused */
struct guest {
	__u64 vm;			/* 0: refused */
	__u32 uid;
	char *cgroup;
	bool cut;			/* of the cgroup not all is known */
	bool by_hand;			/* its class is not the policy's choice */
	char class_name[KVMWARDEN_NAME_LEN];	/* the one it was in last */
	__u64 born, died;		/* ns; ~0ULL: it still runs */
	struct kvmwarden_limits used;	/* the most that is known of */
	bool on_record;
	struct met met[KVMWARDEN_NR_REASONS];
	/* how many there were by what events say: let through, and refused */
	__u64 total[2][KVMWARDEN_NR_REASONS];
};

/* A denial that is about more than one VM */
struct shared_denial {
	size_t guest;
	__u32 reason;
	char *cgroup;			/* whose account is full, or NULL */
	struct met met;
};

struct past {
	struct guest *guests;
	size_t nr_guests;
	struct shared_denial *shared;
	size_t nr_shared;
	__u64 events;			/* that were read */
	__u64 first, last;		/* of these, ns */
	__u64 lost;			/* events that are no longer kept */
	/* denials that no event is left of, by reason; only if some are lost */
	__u64 missing[KVMWARDEN_NR_REASONS];
};

/* Denials from @since on, in ns. Returns an exit code, having said what is wrong */
int past_read(struct past *past, int fd, __u64 since);
void past_free(struct past *past);

void met_add(struct met *met, const struct met *more);

#endif
