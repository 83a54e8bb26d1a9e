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

/* --- who may change the kernel --------------------------------------------- */

/* "none [integrity] confidentiality": to be freed; NULL: not known */
static char *lockdown_mode(const struct host *host)
{
	char *line = host_line(host, "/sys/kernel/security/lockdown");
	char *start = line ? strchr(line, '[') : NULL, *mode = NULL;

	if (start)
		mode = text_of("%.*s", (int)strcspn(start + 1, "]"), start + 1);
	free(line);
	return mode;
}

static void check_lockdown(const struct subject *s, struct finding *f)
{
	char *mode = lockdown_mode(&s->host);

	if (!mode) {
		finding_set(f, LEVEL_NA, "this kernel does not tell");
	} else if (strcmp(mode, "none")) {
		finding_set(f, LEVEL_OK, "lockdown is %s", printable(mode));
	} else {
		finding_set(f, LEVEL_NOTE, "the kernel is not locked down");
		finding_help(f, "Secure boot does it, and so does this on the kernel's command line; modules, kvmwarden among them, then need a signature that the kernel knows:");
		finding_help(f, "    lockdown=integrity");
	}
	free(mode);
}

/* Does the kernel want them signed? */
static bool wants_signatures(const struct host *host)
{
	char *mode = lockdown_mode(host);
	bool locked = mode && strcmp(mode, "none");
	long long enforced;

	free(mode);
	return locked ||
	       (host_number(host, "/sys/module/module/parameters/sig_enforce",
			    &enforced) && enforced);
}

static bool is_unsigned(const struct host *host, const char *module)
{
	char *path = text_of("/sys/module/%s/taint", module);
	char *taint = host_line(host, path);
	bool lacks = taint && strchr(taint, 'E');

	free(taint);
	free(path);
	return lacks;
}

static struct several unsigned_modules(const struct host *host)
{
	struct several found = { 0 };
	struct host_names names;
	size_t i;

	host_list(host, "/sys/module", &names);
	for (i = 0; i < names.count; i++) {
		/* who has loaded this one knows */
		if (strcmp(names.list[i], "kvmwarden") &&
		    is_unsigned(host, names.list[i]))
			several_add(&found, "%s", brief(names.list[i]));
	}
	host_names_free(&names);
	return found;
}

static void check_signatures(const struct subject *s, struct finding *f)
{
	struct several found = unsigned_modules(&s->host);

	if (found.count) {
		finding_set(f, LEVEL_WARNING, "loaded without one: %s",
			    found.text);
		finding_help(f, "See where each is from:");
		finding_help(f, "    modinfo MODULE");
	} else if (!host_has(&s->host, "/sys/module")) {
		finding_set(f, LEVEL_NOTE, "not known: there is no /sys");
	} else if (wants_signatures(&s->host)) {
		finding_set(f, LEVEL_OK, "the kernel takes none without");
	} else {
		finding_set(f, LEVEL_NOTE, "none is without, but the kernel would take it");
		finding_help(f, "On the kernel's command line, once kvmwarden is signed with a key of yours (mokutil --import):");
		finding_help(f, "    module.sig_enforce=1");
	}
	several_free(&found);
}

/* --- the table ------------------------------------------------------------- */

static const struct check checks[] = {
	{
		.id = "fixes-nested",
		.worst = LEVEL_PROBLEM,
		.title = "has the kernel the fixes for nested virtualization?",
		.why = "A guest that runs guests of its own can use these to harm the host, or other guests.",
		.reference = "kvm-fixes, which has the source of each",
		.run = check_nested_fixes,
	}, {
		.id = "fixes-kvm",
		.worst = LEVEL_WARNING,
		.title = "has the kernel the other fixes of KVM?",
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
	}, {
		.id = "lockdown",
		.worst = LEVEL_NOTE,
		.title = "can root change the kernel that runs?",
		.why = "Who has become root can then read guests out of /dev/mem and take kvmwarden off.",
		.reference = "kernel_lockdown(7)",
		.run = check_lockdown,
	}, {
		.id = "module-signing",
		.worst = LEVEL_WARNING,
		.title = "are all modules signed?",
		.why = "A module has all of the host, and of its guests.",
		.reference = "Documentation/admin-guide/module-signing.rst",
		.run = check_signatures,
	},
};

const struct check_group kernel_group = {
	"kernel", checks, ARRAY_SIZE(checks)
};
