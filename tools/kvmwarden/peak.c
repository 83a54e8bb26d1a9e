// SPDX-License-Identifier: GPL-2.0-only
/*
 * What guests had together.
 */
#include <stdlib.h>

#include "peak.h"
#include "tool.h"

/* A guest comes or goes */
struct turn {
	__u64 when;
	bool comes;
	const struct guest *guest;
};

/* Wide enough also for what a VMM has asked for in vain */
struct sums {
	unsigned __int128 vms;
	unsigned __int128 vcpus;
	unsigned __int128 memory;
};

/* At the same time, whoever comes is first: they may have met */
static int by_time(const void *left, const void *right)
{
	const struct turn *a = left;
	const struct turn *b = right;

	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	return (int)b->comes - (int)a->comes;
}

static size_t list_turns(struct turn *turns, const struct past *past,
			 peak_filter filter, const void *data)
{
	size_t i, count = 0;

	for (i = 0; i < past->nr_guests; i++) {
		const struct guest *guest = &past->guests[i];

		/* one that was refused had nothing */
		if (!guest->vm || !filter(i, data))
			continue;
		turns[count++] = (struct turn) { guest->born, true, guest };
		turns[count++] = (struct turn) { guest->died, false, guest };
	}
	return count;
}

static void take_turn(struct sums *now, const struct turn *turn)
{
	const __u64 *used = turn->guest->used.of;

	if (turn->comes) {
		now->vms++;
		now->vcpus += used[KVMWARDEN_LIMIT_VCPUS];
		now->memory += used[KVMWARDEN_LIMIT_MEMORY];
	} else {
		now->vms--;
		now->vcpus -= used[KVMWARDEN_LIMIT_VCPUS];
		now->memory -= used[KVMWARDEN_LIMIT_MEMORY];
	}
}

static void raise_to(__u64 *most, unsigned __int128 now)
{
	if (now > KVMWARDEN_UNLIMITED)
		*most = KVMWARDEN_UNLIMITED;
	else if (now > *most)
		*most = now;
}

struct kvmwarden_amounts peak(const struct past *past, peak_filter filter,
			      const void *data)
{
	struct kvmwarden_amounts most = { .vms = 0 };
	struct sums now = { .vms = 0 };
	struct turn *turns;
	size_t i, count;

	turns = calloc(2 * past->nr_guests + 1, sizeof(*turns));
	if (!turns)
		out_of_memory();
	count = list_turns(turns, past, filter, data);
	if (count)
		qsort(turns, count, sizeof(*turns), by_time);
	for (i = 0; i < count; i++) {
		take_turn(&now, &turns[i]);
		raise_to(&most.vms, now.vms);
		raise_to(&most.vcpus, now.vcpus);
		raise_to(&most.memory, now.memory);
	}
	free(turns);
	return most;
}
