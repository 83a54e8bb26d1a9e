// SPDX-License-Identifier: GPL-2.0-only
/*
 * What learning cannot know.
 */
#include "doubt.h"
#include "origin.h"

/* A limit on what several VMs have of it together */
static bool has_sum(const struct policy_section *section, enum matter matter)
{
	unsigned int reason;

	for (reason = 0; reason < KVMWARDEN_NR_REASONS; reason++) {
		const struct origin *origin = origin_of(reason);

		if (origin->matter == matter &&
		    origin->level != KVMWARDEN_LEVEL_VM &&
		    origin_place(origin) == section->place &&
		    *origin_limit(origin, section) != KVMWARDEN_UNLIMITED)
			return true;
	}
	return false;
}

static bool any_sum(const struct policy *policy, enum matter matter)
{
	size_t i;

	if (has_sum(&policy->host, matter))
		return true;
	for (i = 0; i < policy->nr_cgroups; i++) {
		if (has_sum(&policy->cgroups[i], matter))
			return true;
	}
	for (i = 0; i < policy->count; i++) {
		if (has_sum(&policy->classes[i], matter))
			return true;
	}
	return false;
}

/* Somebody who was learned from has met a limit of its own */
static bool is_hidden(const struct lesson *lesson, unsigned int reason)
{
	const struct past *past = lesson->past;
	size_t i;

	for (i = 0; i < past->nr_guests; i++) {
		if (lesson->school.is_needy[i] &&
		    past->guests[i].met[reason].count)
			return true;
	}
	return false;
}

static bool in_doubt(const struct lesson *lesson, unsigned int reason)
{
	return any_sum(lesson->policy, origin_of(reason)->matter) &&
	       is_hidden(lesson, reason);
}

static bool is_known(const struct guest *guest, unsigned int reason)
{
	return !guest->vm || guest->on_record || guest->met[reason].count;
}

size_t doubt(const struct lesson *lesson)
{
	bool vcpus = in_doubt(lesson, KVMWARDEN_REASON_VM_VCPUS);
	bool memory = in_doubt(lesson, KVMWARDEN_REASON_VM_MEMORY);
	const struct past *past = lesson->past;
	size_t i, vms = 0;

	for (i = 0; i < past->nr_guests; i++) {
		const struct guest *guest = &past->guests[i];

		if ((vcpus && !is_known(guest, KVMWARDEN_REASON_VM_VCPUS)) ||
		    (memory && !is_known(guest, KVMWARDEN_REASON_VM_MEMORY)))
			vms++;
	}
	return vms;
}
