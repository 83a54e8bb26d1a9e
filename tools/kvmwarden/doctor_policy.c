// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: what the policy in force leaves open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "names.h"

/* Says why not, too */
static bool has_policy(const struct subject *s, struct finding *f)
{
	if (s->warden.state != WARDEN_ANSWERS)
		finding_set(f, LEVEL_NA, "the module cannot be asked");
	else if (!(s->warden.rules.status.state & KVMWARDEN_STATE_ARMED))
		finding_set(f, LEVEL_NA, "the module is disarmed");
	else if (!s->warden.rules.status.generation)
		finding_set(f, LEVEL_NA, "no policy is in force");
	else
		return true;
	return false;
}

/* Always the last, and always there */
static const struct kvmwarden_class *default_class(const struct warden *w)
{
	return &w->rules.classes[w->rules.count - 1];
}

typedef bool (*class_test)(const struct kvmwarden_class *class);

/* Their names, for a message */
static struct several classes_that(const struct warden *w, class_test test)
{
	struct several names = { 0 };
	size_t i;

	for (i = 0; i < w->rules.count; i++) {
		if (test(&w->rules.classes[i]))
			several_add(&names, "%s",
				    printable(w->rules.classes[i].name));
	}
	return names;
}

/* --- modes ----------------------------------------------------------------- */

static bool enforces(const struct kvmwarden_class *class)
{
	return class->mode == KVMWARDEN_MODE_ENFORCE;
}

static bool enforces_not(const struct kvmwarden_class *class)
{
	return !enforces(class);
}

static size_t vms_not_enforced(const struct warden *w)
{
	size_t i, count = 0;

	for (i = 0; i < w->nr_vms; i++)
		count += w->vms[i].mode != KVMWARDEN_MODE_ENFORCE;
	return count;
}

static void modes_off(const struct warden *w, const struct several *classes,
		      struct finding *f)
{
	size_t vms = vms_not_enforced(w);

	if (classes->count == w->rules.count)
		finding_set(f, LEVEL_WARNING,
			    "no class enforces anything (mode %s)",
			    mode_name(w->rules.status.mode));
	else
		finding_set(f, LEVEL_WARNING,
			    "nothing is enforced in class%s %s",
			    classes->count == 1 ? "" : "es", classes->text);
	finding_help(f, "That concerns %zu of %zu VMs. See what would have been refused in the kernel log (`would deny'), then write",
		     vms, w->nr_vms);
	finding_help(f, "    mode = enforce");
	finding_help(f, "into [policy] and remove other modes from the classes, and:");
	finding_help(f, "    kvmwarden apply");
}

static void no_policy(struct finding *f)
{
	finding_set(f, LEVEL_WARNING, "no policy is in force");
	finding_help(f, "Write one; Documentation/policy.md has examples. Then:");
	finding_help(f, "    kvmwarden check");
	finding_help(f, "    kvmwarden apply");
}

static void check_policy(const struct subject *s, struct finding *f)
{
	const struct warden *w = &s->warden;
	struct several classes;

	if (!has_policy(s, f)) {
		if (warden_enforces(w))
			no_policy(f);
		return;
	}
	classes = classes_that(w, enforces_not);
	if (classes.count)
		modes_off(w, &classes, f);
	else
		finding_set(f, LEVEL_OK, "version %llu is enforced in all classes",
			    (unsigned long long)w->rules.status.version);
	several_free(&classes);
}

/* --- nested virtualization -------------------------------------------------- */

static bool denies(const struct kvmwarden_class *class)
{
	return class->deny & KVMWARDEN_DENY_NESTED;
}

static bool is_closed(const struct kvmwarden_class *class)
{
	return denies(class) && enforces(class);
}

static bool is_open(const struct kvmwarden_class *class)
{
	return !is_closed(class);
}

/* Meant to be closed, but only watched */
static bool is_ajar(const struct kvmwarden_class *class)
{
	return denies(class) && !enforces(class);
}

static size_t vms_open(const struct warden *w)
{
	size_t i, count = 0;

	for (i = 0; i < w->nr_vms; i++)
		count += w->vms[i].mode != KVMWARDEN_MODE_ENFORCE ||
			 !(w->vms[i].deny & KVMWARDEN_DENY_NESTED);
	return count;
}

bool nested_reachable(const struct subject *s)
{
	struct several open;
	bool any, on;

	if (!host_parameter(&s->host, "nested", &on) || !on)
		return false;
	if (!warden_enforces(&s->warden))
		return s->warden.state != WARDEN_NO_RIGHTS &&
		       s->warden.state != WARDEN_NO_DEVICE;
	open = classes_that(&s->warden, is_open);
	any = open.count;
	several_free(&open);
	return any;
}

static void help_deny(struct finding *f, const struct kvmwarden_class *class)
{
	finding_help(f, "To deny it to all who have no class of their own, have this in the policy:");
	finding_help(f, "    [class default]");
	if (!class || !enforces(class))
		finding_help(f, "    mode = enforce");
	finding_help(f, "    nested = deny");
	finding_help(f, "and, to put it in force, for VMs that run, too:");
	finding_help(f, "    kvmwarden apply");
	finding_help(f, "Those who need it get a class with `nested = allow' before that one.");
}

static void nested_unguarded(const struct warden *w, const char *vendor,
			     struct finding *f)
{
	const char *because = "the module is disarmed";

	if (w->state == WARDEN_NO_RIGHTS || w->state == WARDEN_NO_DEVICE) {
		finding_set(f, LEVEL_NOTE,
			    "not known: kvm_%s allows it to all, the module cannot be asked",
			    vendor);
		return;
	}
	if (w->state != WARDEN_ANSWERS)
		because = "kvmwarden is not there";
	else if (w->rules.status.state & KVMWARDEN_STATE_ARMED)
		because = "hooks do not fire";
	finding_set(f, LEVEL_WARNING, "every VM may run VMs of its own: %s",
		    because);
	help_deny(f, NULL);
	finding_help(f, "Without kvmwarden it can only be taken from all, with all VMs stopped:");
	finding_help(f, "    modprobe -r kvm_%s; modprobe kvm_%s nested=0", vendor,
		     vendor);
}

/* By default, which is also what there is without a policy */
static void nested_open(const struct warden *w, struct finding *f)
{
	const struct kvmwarden_class *class = default_class(w);
	size_t open = vms_open(w);

	if (!w->rules.status.generation)
		finding_set(f, LEVEL_WARNING,
			    "every VM may run VMs of its own: there is no policy");
	else if (denies(class))
		finding_set(f, LEVEL_WARNING,
			    "class default denies nested VMs, but is in mode %s",
			    mode_name(class->mode));
	else
		finding_set(f, LEVEL_WARNING,
			    "class default lets VMs run VMs of their own");
	finding_help(f, "Of %zu VM%s now running, %zu may.", w->nr_vms,
		     plural(w->nr_vms), open);
	help_deny(f, class);
}

static void nested_ajar(const struct warden *w, const struct several *ajar,
			struct finding *f)
{
	finding_set(f, LEVEL_WARNING,
		    "nested VMs are denied, but not enforced, in class%s %s",
		    ajar->count == 1 ? "" : "es", ajar->text);
	finding_help(f, "Of %zu VM%s now running, %zu may run VMs. In each of these classes, write",
		     w->nr_vms, plural(w->nr_vms), vms_open(w));
	finding_help(f, "    mode = enforce");
	finding_help(f, "and");
	finding_help(f, "    kvmwarden apply");
}

static void nested_closed(const struct warden *w, struct finding *f)
{
	struct several open = classes_that(w, is_open);

	if (open.count)
		finding_set(f, LEVEL_OK, "denied but in class%s %s (%zu VM%s)",
			    open.count == 1 ? "" : "es", open.text, vms_open(w),
			    plural(vms_open(w)));
	else
		finding_set(f, LEVEL_OK, "denied to all");
	several_free(&open);
}

static void nested_by_policy(const struct warden *w, struct finding *f)
{
	struct several ajar = classes_that(w, is_ajar);

	if (!(w->rules.status.features & KVMWARDEN_FEATURE_NESTED)) {
		finding_set(f, LEVEL_WARNING,
			    "the module is too old to deny nested virtualization");
		finding_help(f, "Install a newer one; see the check `module'.");
	} else if (is_open(default_class(w))) {
		nested_open(w, f);
	} else if (ajar.count) {
		nested_ajar(w, &ajar, f);
	} else {
		nested_closed(w, f);
	}
	several_free(&ajar);
}

static void check_nested(const struct subject *s, struct finding *f)
{
	const struct host *host = &s->host;
	bool on;

	if (!host_parameter(host, "nested", &on))
		finding_set(f, LEVEL_NA, "neither kvm_amd nor kvm_intel is loaded");
	else if (!on)
		finding_set(f, LEVEL_OK, "kvm_%s allows it to none (nested=0)",
			    host->vendor);
	else if (!warden_enforces(&s->warden))
		nested_unguarded(&s->warden, host->vendor, f);
	else
		nested_by_policy(&s->warden, f);
}

/* --- VMs ------------------------------------------------------------------- */

static void check_adopted(const struct subject *s, struct finding *f)
{
	const struct warden *w = &s->warden;
	size_t i, count = 0;

	if (!has_policy(s, f))
		return;
	for (i = 0; i < w->nr_vms; i++)
		count += !!(w->vms[i].flags & KVMWARDEN_VM_ADOPTED);
	if (!count) {
		finding_set(f, LEVEL_OK, "all VMs are younger than the hooks");
		return;
	}
	finding_set(f, LEVEL_NOTE, "%zu of %zu VMs are older than the hooks",
		    count, w->nr_vms);
	finding_help(f, "They keep what they had, even beyond their limits, and get no more. To hold them to the policy from their beginning, restart them. Load kvmwarden before VMs are started. To see which:");
	finding_help(f, "    kvmwarden list -j | jq '.vms[] | select(.adopted) | .id'");
}

static bool is_unlimited(const struct kvmwarden_amounts *limit)
{
	return limit->vms == KVMWARDEN_UNLIMITED &&
	       limit->vcpus == KVMWARDEN_UNLIMITED &&
	       limit->memory == KVMWARDEN_UNLIMITED;
}

/* The other limits have defaults that no VMM is known to meet */
static bool is_vm_unlimited(const struct kvmwarden_limits *limit)
{
	return limit->of[KVMWARDEN_LIMIT_VCPUS] == KVMWARDEN_UNLIMITED &&
	       limit->of[KVMWARDEN_LIMIT_MEMORY] == KVMWARDEN_UNLIMITED;
}

/* Nothing is refused to whoever is in it */
static bool is_idle(const struct kvmwarden_class *class)
{
	return !enforces(class) ||
	       (!class->deny && is_vm_unlimited(&class->vm) &&
		is_unlimited(&class->user) && is_unlimited(&class->total));
}

static void check_unclassed(const struct subject *s, struct finding *f)
{
	const struct kvmwarden_class *class;
	const struct warden *w = &s->warden;

	if (!has_policy(s, f))
		return;
	class = default_class(w);
	if (w->rules.count == 1) {
		finding_set(f, LEVEL_NA, "there is no class but default");
		return;
	}
	if (!class->used.vms) {
		finding_set(f, LEVEL_OK, "each VM has a class of its own");
		return;
	}
	finding_set(f, is_idle(class) ? LEVEL_WARNING : LEVEL_NOTE,
		    "%llu of %zu VMs are in no class but default",
		    (unsigned long long)class->used.vms, w->nr_vms);
	if (is_idle(class))
		finding_help(f, "It refuses them nothing.");
	finding_help(f, "See who they are, and write a class that matches them:");
	finding_help(f, "    kvmwarden list");
}

/* --- memory ---------------------------------------------------------------- */

static void help_memory(struct finding *f, __u64 memory)
{
	finding_help(f, "Leave some for the host itself; in the policy, to hold for all VMs together:");
	finding_help(f, "    [host]");
	finding_help(f, "    memory = %lluM",
		     (unsigned long long)(memory / 10 * 9) >> 20);
}

static void check_memory(const struct subject *s, struct finding *f)
{
	const struct kvmwarden_status *st = &s->warden.rules.status;
	__u64 memory = host_memory(&s->host);

	if (!has_policy(s, f))
		return;
	if (!memory) {
		finding_set(f, LEVEL_NOTE, "not known: the host does not tell how much it has");
	} else if (st->used.memory > memory) {
		finding_set(f, LEVEL_WARNING, "VMs have been given more than the host has");
		help_memory(f, memory);
	} else if (st->limit.memory > memory) {
		finding_set(f, LEVEL_NOTE, "%s than the host has",
			    st->limit.memory == KVMWARDEN_UNLIMITED ?
			    "no limit: they may be given more" :
			    "they may be given more");
		help_memory(f, memory);
	} else {
		finding_set(f, LEVEL_OK, "they may be given no more than the host has");
	}
}

static const struct check checks[] = {
	{
		.id = "policy",
		.worst = LEVEL_WARNING,
		.title = "is a policy in force, and enforced?",
		.why = "What is not enforced is counted and logged at most.",
		.reference = "Documentation/policy.md",
		.run = check_policy,
	}, {
		.id = "nested",
		.worst = LEVEL_WARNING,
		.title = "who may run VMs in VMs?",
		.why = "Januscape and Zapscape, the ways out of a guest that were published in 2026, lead through it, and few VMs need it.",
		.reference = "CVE-2026-53359, CVE-2026-64561",
		.run = check_nested,
	}, {
		.id = "adopted",
		.worst = LEVEL_NOTE,
		.title = "are there VMs that are older than the hooks?",
		.why = "What a VM got before it was guarded is not taken from it.",
		.reference = "Documentation/hooks.md",
		.run = check_adopted,
	}, {
		.id = "unclassed",
		.worst = LEVEL_WARNING,
		.title = "are there VMs that no class was made for?",
		.why = "Class default takes whoever was not thought of.",
		.reference = "Documentation/policy.md",
		.run = check_unclassed,
	}, {
		.id = "memory",
		.worst = LEVEL_WARNING,
		.title = "may VMs be given more memory than there is?",
		.why = "Guests that all come for theirs bring down the host; swap only delays that.",
		.reference = "Documentation/policy.md; Documentation/mm/overcommit-accounting.rst",
		.run = check_memory,
	},
};

const struct check_group policy_group = {
	"policy", checks, ARRAY_SIZE(checks)
};
