// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the past teaches a policy.
 *
 * Guests of one class that needed more than it allows get a class of their own
 * before it, for their cgroup and user: with all that it has, and as much more as
 * they needed. Limits are only ever raised: what nobody has met, nobody can tell
 * how far to lower. Sums that VMs share are raised where they were met, and also
 * where they would have been, had the limits of the VMs themselves, which are
 * asked first, not been met before.
 */
#include <stdlib.h>
#include <string.h>

#include "lesson.h"
#include "peak.h"
#include "school.h"
#include "tool.h"

/* --- raising limits ------------------------------------------------------- */

/* What has to be allowed, and why */
struct need {
	__u64 amount;
	struct met met;
	__u64 vms[RAISE_VMS];
};

static void note_vm(__u64 vms[RAISE_VMS], __u64 vm)
{
	size_t i;

	for (i = 0; i < RAISE_VMS && vm; i++) {
		if (vms[i] == vm)
			return;
		if (vms[i])
			continue;
		vms[i] = vm;
		return;
	}
}

/* Where the raise of a key of a section is kept */
static struct raise **raise_at(const struct lesson *lesson,
			       const struct policy_section *section,
			       enum policy_key key)
{
	const struct policy *policy = lesson->policy;
	size_t slot = 0;

	if (section->place == IN_POLICY)
		return NULL;
	if (section->place == IN_CGROUP)
		slot = 1 + (section - policy->cgroups);
	if (section->place == IN_CLASS)
		slot = 1 + policy->nr_cgroups + (section - policy->classes);
	return &lesson->raises[slot * NR_KEYS + key];
}

static void make_raises(struct lesson *lesson)
{
	const struct policy *policy = lesson->policy;

	lesson->raises = calloc((1 + policy->nr_cgroups + policy->count) *
				NR_KEYS, sizeof(*lesson->raises));
	if (!lesson->raises)
		out_of_memory();
}

static void add_need(struct raise **at, __u64 from, const struct need *need)
{
	size_t i;

	if (!*at) {
		*at = calloc(1, sizeof(**at));
		if (!*at)
			out_of_memory();
		(*at)->from = from;
	}
	met_add(&(*at)->met, &need->met);
	for (i = 0; i < RAISE_VMS; i++)
		note_vm((*at)->vms, need->vms[i]);
}

static void raise_limit(struct lesson *lesson, struct policy_section *section,
			const struct origin *origin, const struct need *need)
{
	struct raise **at = raise_at(lesson, section, origin->key);
	__u64 *limit = origin_limit(origin, section);

	/* once it is raised, all who met it are worth telling of */
	if (need->amount <= *limit && !*at)
		return;
	add_need(at, *limit, need);
	if (need->amount > *limit)
		*limit = need->amount;
	(*at)->to = *limit;
}

static void allow_nested(struct lesson *lesson, struct policy_section *section,
			 const struct need *need)
{
	if (!need->met.count || !(section->deny & KVMWARDEN_DENY_NESTED))
		return;
	section->deny &= ~KVMWARDEN_DENY_NESTED;
	add_need(raise_at(lesson, section, KEY_NESTED), 0, need);
}

/* --- one group ------------------------------------------------------------ */

/* What members of the group needed for themselves */
static struct need own_need(const struct school *school,
			    const struct group *group, unsigned int reason)
{
	const struct origin *origin = origin_of(reason);
	struct need need = { .amount = 0 };
	size_t i;

	for (i = group->begin; i < group->end; i++) {
		const struct guest *guest =
			&school->past->guests[school->members[i]];

		met_add(&need.met, &guest->met[reason]);
		if (guest->met[reason].count)
			note_vm(need.vms, guest->vm);
		if (origin_is_limit(origin) &&
		    guest->used.of[origin->matter] > need.amount)
			need.amount = guest->used.of[origin->matter];
	}
	return need;
}

static void teach_own(struct lesson *lesson, struct policy_section *section,
		      const struct group *group)
{
	unsigned int reason;
	struct need need;

	for (reason = 0; reason < KVMWARDEN_NR_REASONS; reason++) {
		const struct origin *origin = origin_of(reason);

		if (origin->level != KVMWARDEN_LEVEL_VM ||
		    origin->key == NR_KEYS)
			continue;
		need = own_need(&lesson->school, group, reason);
		if (origin_is_limit(origin))
			raise_limit(lesson, section, origin, &need);
		else
			allow_nested(lesson, section, &need);
	}
}

/* Of one level, the sums that were certainly there */
static void teach_sums(struct lesson *lesson, struct policy_section *section,
		       enum kvmwarden_level level,
		       const struct kvmwarden_amounts *sums)
{
	const __u64 amounts[] = { sums->vms, sums->vcpus, sums->memory };
	static const enum matter matters[] = {
		MATTER_VMS, MATTER_VCPUS, MATTER_MEMORY
	};
	unsigned int reason, i;

	for (reason = 0; reason < KVMWARDEN_NR_REASONS; reason++) {
		const struct origin *origin = origin_of(reason);

		for (i = 0; i < ARRAY_SIZE(matters); i++) {
			const struct need need = { .amount = amounts[i] };

			if (origin->level == level && origin_is_limit(origin) &&
			    origin->matter == matters[i])
				raise_limit(lesson, section, origin, &need);
		}
	}
}

struct membership {
	const struct school *school;
	size_t group;
};

static bool is_member(size_t guest, const void *data)
{
	const struct membership *membership = data;

	return membership->school->group_of[guest] == membership->group;
}

static void teach_group(struct lesson *lesson, size_t g)
{
	const struct membership membership = { &lesson->school, g };
	const struct group *group = &lesson->school.groups[g];
	struct policy_section *section;
	struct kvmwarden_amounts sums;

	section = &lesson->policy->classes[group->section];
	teach_own(lesson, section, group);
	sums = peak(lesson->past, is_member, &membership);
	teach_sums(lesson, section, KVMWARDEN_LEVEL_USER, &sums);
	teach_sums(lesson, section, KVMWARDEN_LEVEL_CLASS, &sums);
}

/* --- what VMs share ------------------------------------------------------- */

/* The section whose limit it was; NULL: there is none any more */
static struct policy_section *shared_section(const struct lesson *lesson,
					     const struct shared_denial *shared)
{
	const struct origin *origin = origin_of(shared->reason);
	const struct school *school = &lesson->school;
	size_t group = school->group_of[shared->guest];

	if (origin_place(origin) == IN_CLASS)
		return &lesson->policy->classes[school->groups[group].section];
	/* one of a policy that is ours to change */
	return (struct policy_section *)
		origin_section(origin, lesson->policy, "",
			       shared->cgroup ? shared->cgroup : "");
}

static void teach_shared(struct lesson *lesson)
{
	const struct past *past = lesson->past;
	size_t i;

	for (i = 0; i < past->nr_shared; i++) {
		const struct shared_denial *shared = &past->shared[i];
		const struct need need = {
			.amount = shared->met.need,
			.met = shared->met,
			.vms = { past->guests[shared->guest].vm },
		};
		struct policy_section *section;

		if (lesson->school.group_of[shared->guest] == NOWHERE)
			continue;
		section = shared_section(lesson, shared);
		if (section)
			raise_limit(lesson, section, origin_of(shared->reason),
				    &need);
	}
}

static bool is_any(size_t guest, const void *data)
{
	(void)guest;
	(void)data;
	return true;
}

struct account {
	const struct past *past;
	__u32 uid;
	const char *cgroup;
	size_t len;
};

static bool is_of_user(size_t guest, const void *data)
{
	const struct account *account = data;

	return account->past->guests[guest].uid == account->uid;
}

static bool is_below(size_t guest, const void *data)
{
	const struct account *account = data;
	const char *path = account->past->guests[guest].cgroup;

	return !strncmp(path, account->cgroup, account->len) &&
	       (account->len == 1 || !path[account->len] ||
		path[account->len] == '/');
}

static void teach_host(struct lesson *lesson)
{
	struct kvmwarden_amounts sums = peak(lesson->past, is_any, NULL);

	teach_sums(lesson, &lesson->policy->host, KVMWARDEN_LEVEL_HOST, &sums);
}

static void teach_user(struct lesson *lesson, __u32 uid)
{
	const struct account account = { .past = lesson->past, .uid = uid };
	struct kvmwarden_amounts sums;

	sums = peak(lesson->past, is_of_user, &account);
	teach_sums(lesson, &lesson->policy->host, KVMWARDEN_LEVEL_HOST_USER,
		   &sums);
}

/* The cgroup that is the first @len bytes of @path, if it has limits */
static void teach_cgroup(struct lesson *lesson, const char *path, size_t len)
{
	const struct origin *origin = origin_of(KVMWARDEN_REASON_CGROUP_VMS);
	struct account account = {
		.past = lesson->past,
		.len = len,
	};
	const struct policy_section *section;
	struct kvmwarden_amounts sums;
	char *cgroup = text_of("%.*s", (int)len, path);

	account.cgroup = cgroup;
	section = origin_section(origin, lesson->policy, "", cgroup);
	if (section) {
		sums = peak(lesson->past, is_below, &account);
		teach_sums(lesson, (struct policy_section *)section,
			   KVMWARDEN_LEVEL_CGROUP, &sums);
	}
	free(cgroup);
}

/* Has an earlier guest that needed more the same user? */
static bool is_known_user(const struct lesson *lesson, size_t guest)
{
	const struct guest *guests = lesson->past->guests;
	size_t i;

	for (i = 0; i < guest; i++) {
		if (lesson->school.is_needy[i] &&
		    guests[i].uid == guests[guest].uid)
			return true;
	}
	return false;
}

/* Is one of these below the same cgroup, the first @len bytes of its path? */
static bool is_known_cgroup(const struct lesson *lesson, size_t guest,
			    size_t len)
{
	const struct account account = {
		.past = lesson->past,
		.cgroup = lesson->past->guests[guest].cgroup,
		.len = len,
	};
	size_t i;

	for (i = 0; i < guest; i++) {
		if (lesson->school.is_needy[i] && is_below(i, &account))
			return true;
	}
	return false;
}

static void teach_cgroups(struct lesson *lesson, size_t guest)
{
	const char *path = lesson->past->guests[guest].cgroup;
	size_t len = 0;

	if (*path != '/' || !lesson->policy->nr_cgroups)
		return;
	if (!is_known_cgroup(lesson, guest, 1))
		teach_cgroup(lesson, path, 1);
	while (path[len] && path[len + 1]) {
		len += 1 + strcspn(path + len + 1, "/");
		if (!is_known_cgroup(lesson, guest, len))
			teach_cgroup(lesson, path, len);
	}
}

/* Where those may have been over a limit that was not even asked */
static void teach_above(struct lesson *lesson)
{
	const struct past *past = lesson->past;
	size_t i;

	if (lesson->school.nr_groups)
		teach_host(lesson);
	for (i = 0; i < past->nr_guests; i++) {
		if (!lesson->school.is_needy[i])
			continue;
		if (!is_known_user(lesson, i))
			teach_user(lesson, past->guests[i].uid);
		teach_cgroups(lesson, i);
	}
}

/* --- all of it ------------------------------------------------------------ */

static void raise_version(struct policy *policy)
{
	if (policy->top.version != ~0ULL)
		policy->top.version++;
}

bool lesson_learn(struct lesson *lesson, struct policy *policy,
		  const struct past *past, const bool *learn, bool enforce)
{
	size_t i;

	*lesson = (struct lesson) { .past = past, .policy = policy };
	for (i = 0; i < policy->count; i++) {
		if (learn[i] && enforce)
			policy->classes[i].mode = KVMWARDEN_MODE_ENFORCE;
	}
	if (!school_open(&lesson->school, policy, past, learn))
		return false;
	make_raises(lesson);
	for (i = 0; i < lesson->school.nr_groups; i++)
		teach_group(lesson, i);
	teach_shared(lesson);
	teach_above(lesson);
	raise_version(policy);
	return true;
}

void lesson_free(struct lesson *lesson)
{
	const struct policy *policy = lesson->policy;
	size_t i;

	for (i = 0; lesson->raises && i < (1 + policy->nr_cgroups +
					   policy->count) * NR_KEYS; i++)
		free(lesson->raises[i]);
	free(lesson->raises);
	school_close(&lesson->school);
}

const struct raise *lesson_raise(const struct lesson *lesson,
				 const struct policy_section *section,
				 enum policy_key key)
{
	struct raise **at = raise_at(lesson, section, key);

	return at ? *at : NULL;
}

const struct group *lesson_group(const struct lesson *lesson,
				 const struct policy_section *section)
{
	const struct school *school = &lesson->school;
	size_t i;

	for (i = 0; i < school->nr_groups && section->place == IN_CLASS; i++) {
		if (&lesson->policy->classes[school->groups[i].section] ==
		    section)
			return group_is_new(&school->groups[i]) ?
			       &school->groups[i] : NULL;
	}
	return NULL;
}
