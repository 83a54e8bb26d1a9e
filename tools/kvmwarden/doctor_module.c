// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: is kvmwarden itself in order?
 */
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "names.h"

/* Says so, too */
static bool cannot_ask(const struct subject *s, struct finding *f)
{
	if (s->warden.state == WARDEN_ANSWERS)
		return false;
	finding_set(f, LEVEL_NA, "the module cannot be asked");
	return true;
}

static bool not_armed(const struct subject *s, struct finding *f)
{
	if (cannot_ask(s, f))
		return true;
	if (s->warden.rules.status.state & KVMWARDEN_STATE_ARMED)
		return false;
	finding_set(f, LEVEL_NA, "the module is disarmed");
	return true;
}

static void module_absent(const struct host *host, struct finding *f)
{
	if (!host_has(host, "/sys/module")) {
		finding_set(f, LEVEL_NOTE, "not known: there is no /sys");
		return;
	}
	finding_set(f, LEVEL_PROBLEM, "kvmwarden is not loaded");
	finding_help(f, "To load it, and put the policy in force:");
	finding_help(f, "    modprobe kvmwarden");
	finding_help(f, "    kvmwarden apply");
}

static void module_answers(const struct kvmwarden_status *st,
			   struct finding *f)
{
	if (st->abi == KVMWARDEN_ABI) {
		finding_set(f, LEVEL_OK, "kvmwarden is loaded (ABI %u)",
			    st->abi);
		return;
	}
	finding_set(f, LEVEL_WARNING,
		    "the module speaks ABI %u, this tool ABI %d", st->abi,
		    KVMWARDEN_ABI);
	finding_help(f, "Install both of one version. To load the module that is installed:");
	finding_help(f, "    kvmwarden export >policy.conf");
	finding_help(f, "    kvmwarden disarm; rmmod kvmwarden; modprobe kvmwarden");
	finding_help(f, "    kvmwarden apply policy.conf");
}

static void check_module(const struct subject *s, struct finding *f)
{
	switch (s->warden.state) {
	case WARDEN_ABSENT:
		module_absent(&s->host, f);
		break;
	case WARDEN_NO_DEVICE:
		finding_set(f, LEVEL_NOTE,
			    "not known: it is loaded, but there is no /dev/kvmwarden");
		finding_help(f, "Run this on the host itself, where udev or devtmpfs makes it.");
		break;
	case WARDEN_NO_RIGHTS:
		finding_set(f, LEVEL_NOTE, "not known: no permission to ask it");
		finding_help(f, "Run this as root (CAP_SYS_ADMIN).");
		break;
	case WARDEN_SILENT:
		finding_set(f, LEVEL_PROBLEM, "the module does not answer: %s",
			    strerror(-s->warden.error));
		finding_help(f, "Look for kvmwarden in dmesg.");
		break;
	case WARDEN_ANSWERS:
		module_answers(&s->warden.rules.status, f);
		break;
	}
}

static void check_armed(const struct subject *s, struct finding *f)
{
	if (cannot_ask(s, f))
		return;
	if (s->warden.rules.status.state & KVMWARDEN_STATE_ARMED) {
		finding_set(f, LEVEL_OK, "hooks are armed");
		return;
	}
	finding_set(f, LEVEL_PROBLEM, "the module is disarmed");
	finding_help(f, "To arm it again, with the policy of the file:");
	finding_help(f, "    kvmwarden apply");
}

static void check_canary(const struct subject *s, struct finding *f)
{
	if (not_armed(s, f))
		return;
	if (s->warden.rules.status.state & KVMWARDEN_STATE_CANARY) {
		finding_set(f, LEVEL_OK, "a test call was refused, as it must be");
		return;
	}
	finding_set(f, LEVEL_PROBLEM,
		    "a test call was not refused: hooks may not fire");
	finding_help(f, "ftrace was shut down by a fault elsewhere, and stays so until a reboot. Look for the fault:");
	finding_help(f, "    dmesg | grep -i ftrace");
}

static void check_build(const struct subject *s, struct finding *f)
{
	if (cannot_ask(s, f))
		return;
	if (!(s->warden.rules.status.state & KVMWARDEN_STATE_LAYOUT_BAD)) {
		finding_set(f, LEVEL_OK, "struct kvm is what it was built for");
		return;
	}
	finding_set(f, LEVEL_PROBLEM,
		    "struct kvm is not what the module was built for");
	finding_help(f, "Build it with the headers of the kernel that runs: in its source,");
	finding_help(f, "    make clean; make");
}

/* --- hooks ---------------------------------------------------------------- */

static bool is_lost(const struct kvmwarden_hook *hook)
{
	return hook->state == KVMWARDEN_HOOK_MISSING ||
	       hook->state == KVMWARDEN_HOOK_FAILED;
}

static const char *lost_why(const struct kvmwarden_hook *hook)
{
	if (hook->state == KVMWARDEN_HOOK_MISSING)
		return "not in this kernel";
	return hook->error ? strerror(-hook->error) : "no cause known";
}

static void tell_lost(const struct hooks *hooks, struct finding *f)
{
	const struct kvmwarden_hook *hook;
	size_t i;

	for (i = 0; i < hooks->count; i++) {
		hook = &hooks->list[i];
		if (is_lost(hook))
			finding_help(f, "%s (%s): %s; %s cannot be enforced.",
				     printable(hook->function),
				     printable(hook->module), lost_why(hook),
				     feature_texts(hook->features));
	}
}

static const struct kvmwarden_hook *first_lost(const struct hooks *hooks)
{
	size_t i;

	for (i = 0; i < hooks->count; i++) {
		if (is_lost(&hooks->list[i]))
			return &hooks->list[i];
	}
	return NULL;
}

static void hooks_lost(const struct hooks *hooks,
		       const struct kvmwarden_hook *first, struct finding *f)
{
	finding_set(f, LEVEL_PROBLEM, "%s is not hooked: %s",
		    printable(first->function), lost_why(first));
	tell_lost(hooks, f);
	finding_help(f, "A function that is there is refused if a livepatch or another module has it (flag I):");
	finding_help(f, "    grep ' I' /sys/kernel/tracing/enabled_functions");
	finding_help(f, "When that is gone, this tries again:");
	finding_help(f, "    kvmwarden apply");
}

static size_t count_state(const struct hooks *hooks, __u32 state)
{
	size_t i, count = 0;

	for (i = 0; i < hooks->count; i++)
		count += hooks->list[i].state == state;
	return count;
}

static void check_hooks(const struct subject *s, struct finding *f)
{
	const struct hooks *hooks = &s->warden.hooks;
	const struct kvmwarden_hook *lost = first_lost(hooks);

	if (not_armed(s, f))
		return;
	if (lost)
		hooks_lost(hooks, lost, f);
	else
		finding_set(f, LEVEL_OK, "%zu armed, %zu waiting for KVM",
			    count_state(hooks, KVMWARDEN_HOOK_ARMED),
			    count_state(hooks, KVMWARDEN_HOOK_WAITING));
}

static void check_stuck(const struct subject *s, struct finding *f)
{
	size_t stuck;

	if (cannot_ask(s, f))
		return;
	stuck = count_state(&s->warden.hooks, KVMWARDEN_HOOK_STUCK);
	if (!stuck) {
		finding_set(f, LEVEL_OK, "no hook is");
		return;
	}
	finding_set(f, LEVEL_WARNING, "%zu hook%s could not be taken off", stuck,
		    plural(stuck));
	finding_help(f, "The module stays loaded until a reboot. Look for ftrace in dmesg.");
}

/* --- livepatches ----------------------------------------------------------- */

#define LIVEPATCHES	"/sys/kernel/livepatch"

static bool is_hooked(const struct hooks *hooks, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < hooks->count; i++) {
		const char *function = hooks->list[i].function;

		if (strlen(function) == len && !strncmp(function, name, len))
			return true;
	}
	return false;
}

/* What livepatches have of KVM, and of that what we hook */
struct patched {
	struct several functions;
	struct several hooked;
};

/* Its functions are directories: "nested_svm_vmrun,1" */
static void look_at_object(struct patched *patched, const struct subject *s,
			   const char *dir)
{
	struct host_names names;
	size_t i;

	host_list(&s->host, dir, &names);
	for (i = 0; i < names.count; i++) {
		const char *name = names.list[i];
		size_t len = strcspn(name, ",");

		if (!name[len])
			continue;
		several_add(&patched->functions, "%.*s", (int)len,
			    printable(name));
		if (is_hooked(&s->warden.hooks, name, len))
			several_add(&patched->hooked, "%.*s", (int)len,
				    printable(name));
	}
	host_names_free(&names);
}

static void look_at_patch(struct patched *patched, const struct subject *s,
			  const char *patch)
{
	static const char *const objects[] = { "kvm", "kvm_amd", "kvm_intel" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(objects); i++) {
		char *dir = text_of(LIVEPATCHES "/%s/%s", patch, objects[i]);

		look_at_object(patched, s, dir);
		free(dir);
	}
}

static void judge_patches(const struct patched *patched, struct finding *f)
{
	if (patched->hooked.count)
		finding_set(f, LEVEL_WARNING,
			    "one has what kvmwarden hooks: %s",
			    patched->hooked.text);
	else if (patched->functions.count)
		finding_set(f, LEVEL_NOTE, "one has functions of KVM: %s",
			    patched->functions.text);
	else
		finding_set(f, LEVEL_OK, "none has any");
	if (!patched->functions.count)
		return;
	finding_help(f, "Whoever comes second is refused. A kernel that has the fix built in needs no livepatch of it: reboot into that, or see which hook is missing:");
	finding_help(f, "    kvmwarden doctor hooks");
}

static void check_livepatch(const struct subject *s, struct finding *f)
{
	struct patched patched = { 0 };
	struct host_names patches;
	size_t i;

	if (!host_list(&s->host, LIVEPATCHES, &patches)) {
		finding_set(f, LEVEL_NA, "this kernel takes none");
		return;
	}
	for (i = 0; i < patches.count; i++)
		look_at_patch(&patched, s, patches.list[i]);
	judge_patches(&patched, f);
	host_names_free(&patches);
	several_free(&patched.functions);
	several_free(&patched.hooked);
}

/* --- the lock -------------------------------------------------------------- */

static void check_lock(const struct subject *s, struct finding *f)
{
	if (not_armed(s, f))
		return;
	if (s->warden.rules.status.state & KVMWARDEN_STATE_LOCKED) {
		finding_set(f, LEVEL_OK, "policy and module stay until a reboot");
		return;
	}
	finding_set(f, LEVEL_NOTE, "policy and module can be changed");
	finding_help(f, "When the policy is as it should be:");
	finding_help(f, "    kvmwarden lock");
}

static const struct check checks[] = {
	{
		.id = "module",
		.worst = LEVEL_PROBLEM,
		.title = "is kvmwarden loaded?",
		.why = "Without it, nothing limits what KVM does for whom.",
		.reference = "Documentation/tool.md",
		.run = check_module,
	}, {
		.id = "armed",
		.worst = LEVEL_PROBLEM,
		.title = "are the hooks armed?",
		.why = "While it is disarmed, nothing is enforced, and no VM is on record.",
		.reference = "Documentation/tool.md",
		.run = check_armed,
	}, {
		.id = "canary",
		.worst = LEVEL_PROBLEM,
		.title = "do hooks fire?",
		.why = "Where they do not, nothing is guaranteed, though they are armed.",
		.reference = "Documentation/hooks.md",
		.run = check_canary,
	}, {
		.id = "build",
		.worst = LEVEL_PROBLEM,
		.title = "does the module fit the kernel?",
		.why = "Where it does not, it cannot tell what a VM has: classes that enforce refuse every new VM.",
		.reference = "Documentation/hooks.md",
		.run = check_build,
	}, {
		.id = "hooks",
		.worst = LEVEL_PROBLEM,
		.title = "is each hook there?",
		.why = "A policy that needs a hook that cannot be had is refused.",
		.reference = "Documentation/hooks.md",
		.run = check_hooks,
	}, {
		.id = "stuck",
		.worst = LEVEL_WARNING,
		.title = "is any hook stuck?",
		.why = "ftrace has lost track of it; it cannot be told whether it still fires.",
		.reference = "Documentation/hooks.md",
		.run = check_stuck,
	}, {
		.id = "livepatch",
		.worst = LEVEL_WARNING,
		.title = "do livepatches leave KVM to kvmwarden?",
		.why = "A function has one of them only: its livepatch or its hook.",
		.reference = "Documentation/hooks.md; Documentation/livepatch/livepatch.rst",
		.run = check_livepatch,
	}, {
		.id = "lock",
		.worst = LEVEL_NOTE,
		.title = "are policy and module locked?",
		.why = "Until they are, whoever becomes root can change or remove them.",
		.reference = "Documentation/tool.md",
		.run = check_lock,
	},
};

const struct check_group module_group = {
	"module", checks, ARRAY_SIZE(checks)
};
