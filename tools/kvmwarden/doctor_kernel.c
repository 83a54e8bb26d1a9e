// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: the kernel that runs.
 */
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "fixes.h"
#include "kernel.h"

/* The vulnerabilities of one path, sorted by what is known of the kernel */
struct tally {
	const struct kernel *kernel;
	const char *date;
	size_t known;			/* those of which anything is */
	size_t lacking;
	char *later, *none;		/* which: of each state */
};

static bool concerns(const struct fix *fix, const struct host *host,
		     bool nested)
{
	return fix->nested == nested &&
	       (!strcmp(fix->cpu, "any") || !strcmp(fix->cpu, host->vendor));
}

static void tally_id(char **ids, const char *id)
{
	char *before = *ids;

	*ids = text_of("%s%s%s", before ? before : "", before ? ", " : "", id);
	free(before);
}

static void tally_add(struct tally *tally, const struct fix *fix)
{
	enum fix_state state = fix_state(fix, tally->kernel);

	if (state == FIX_UNKNOWN)
		return;
	tally->known++;
	if (state == FIX_HERE)
		return;
	tally->lacking++;
	tally_id(state == FIX_LATER ? &tally->later : &tally->none, fix->id);
}

static void tally_all(struct tally *tally, const struct fixes *fixes,
		      const struct host *host, bool nested)
{
	size_t i;

	tally->date = fixes->date;
	for (i = 0; i < fixes->count; i++) {
		if (concerns(&fixes->list[i], host, nested))
			tally_add(tally, &fixes->list[i]);
	}
}

/* What was backported cannot be seen from outside */
static void not_debian(const struct tally *t, struct finding *f)
{
	finding_set(f, LEVEL_NOTE, "not known: of %zu fixes, Linux %s lacks %zu",
		    t->known, t->kernel->upstream, t->lacking);
	finding_help(f, "This kernel, %s, is not Debian's. Ask your distribution which of their fixes it took over: %s%s%s.",
		     printable(t->kernel->release), t->later ? t->later : "",
		     t->later && t->none ? ", " : "", t->none ? t->none : "");
}

static enum level level_of(const struct tally *t, bool reachable)
{
	if (reachable)
		return LEVEL_PROBLEM;
	return t->later ? LEVEL_WARNING : LEVEL_NOTE;
}

static void debian(const struct tally *t, struct finding *f, bool reachable)
{
	finding_set(f, level_of(t, reachable),
		    "linux %s lacks %zu of %zu fixes (%s)",
		    printable(t->kernel->debian), t->lacking, t->known,
		    t->date);
	if (t->later) {
		finding_help(f, "A newer package fixes %s. Install it, then reboot:",
			     t->later);
		finding_help(f, "    apt update; apt upgrade");
	}
	if (t->none)
		finding_help(f, "In this series of Linux no fix is known of %s: consider a newer one.",
			     t->none);
}

static void judge(const struct tally *t, struct finding *f, bool reachable)
{
	if (!t->lacking)
		finding_set(f, LEVEL_OK, "Linux %s lacks none of %zu fixes (%s)",
			    t->kernel->upstream, t->known, t->date);
	else if (t->kernel->debian)
		debian(t, f, reachable);
	else
		not_debian(t, f);
}

static void compare(const struct subject *s, struct finding *f, bool nested,
		    bool reachable)
{
	struct kernel kernel;
	struct tally tally = { .kernel = &kernel };
	struct fixes fixes;
	char *wrong = fixes_read(&fixes, &s->host);

	if (wrong) {
		finding_set(f, LEVEL_NOTE, "not known: the list cannot be read");
		finding_help(f, "%s", printable(wrong));
	} else if (!kernel_read(&kernel, &s->host)) {
		finding_set(f, LEVEL_NOTE, "not known: the kernel does not tell its version");
		kernel_free(&kernel);
	} else {
		tally_all(&tally, &fixes, &s->host, nested);
		judge(&tally, f, reachable);
		kernel_free(&kernel);
	}
	free(tally.later);
	free(tally.none);
	free(wrong);
	fixes_free(&fixes);
}

/* Without EPT or NPT every guest reaches what else only nested ones do */
static bool shadow_paging(const struct host *host)
{
	bool on;

	return host_parameter(host, host_paging_name(host), &on) && !on;
}

static void check_nested_fixes(const struct subject *s, struct finding *f)
{
	bool reachable;

	if (!s->host.vendor) {
		finding_set(f, LEVEL_NA, "the list is about AMD-V and VT-x");
		return;
	}
	reachable = nested_reachable(s) || shadow_paging(&s->host);
	compare(s, f, true, reachable);
	if (f->level == LEVEL_PROBLEM || (f->level == LEVEL_NOTE && reachable))
		finding_help(f, "Until then, deny nested virtualization to whom you do not trust: see the check `nested'.");
}

static void check_other_fixes(const struct subject *s, struct finding *f)
{
	if (s->host.vendor)
		compare(s, f, false, false);
	else
		finding_set(f, LEVEL_NA, "the list is about AMD-V and VT-x");
}

static void check_ftrace(const struct subject *s, struct finding *f)
{
	char *line = host_line(&s->host, "/proc/sys/kernel/ftrace_enabled");

	if (!line && !host_has(&s->host, "/proc/sys/kernel")) {
		finding_set(f, LEVEL_NOTE, "not known: there is no /proc/sys");
	} else if (!line) {
		finding_set(f, LEVEL_PROBLEM, "this kernel has no ftrace");
		finding_help(f, "kvmwarden cannot be loaded. Use a kernel with CONFIG_FUNCTION_TRACER and CONFIG_DYNAMIC_FTRACE, as distributions build them.");
	} else if (!strcmp(line, "0")) {
		finding_set(f, LEVEL_PROBLEM, "ftrace is switched off");
		finding_help(f, "No hook can be armed. Switch it on, and look for who switched it off in /etc/sysctl.d:");
		finding_help(f, "    sysctl kernel.ftrace_enabled=1");
		finding_help(f, "    kvmwarden apply");
	} else {
		finding_set(f, LEVEL_OK, "ftrace is on");
	}
	free(line);
}

static const struct check checks[] = {
	{
		.id = "fixes-nested",
		.worst = LEVEL_PROBLEM,
		.title = "does the kernel have the fixes for nested virtualization?",
		.why = "A guest that runs guests of its own can use these to harm the host, or other guests.",
		.reference = "kvm-fixes, which has the source of each",
		.run = check_nested_fixes,
	}, {
		.id = "fixes-kvm",
		.worst = LEVEL_WARNING,
		.title = "does the kernel have other fixes of KVM?",
		.why = "kvmwarden takes away the way to some of these, but repairs none.",
		.reference = "kvm-fixes, which has the source of each",
		.run = check_other_fixes,
	}, {
		.id = "ftrace",
		.worst = LEVEL_PROBLEM,
		.title = "is ftrace there, and on?",
		.why = "All hooks are ftrace's.",
		.reference = "Documentation/hooks.md",
		.run = check_ftrace,
	},
};

const struct check_group kernel_group = {
	"kernel", checks, ARRAY_SIZE(checks)
};
