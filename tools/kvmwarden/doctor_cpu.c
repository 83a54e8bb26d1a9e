// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: the processor's faults, and what the kernel does against them.
 */
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"
#include "doctor.h"
#include "repair.h"

#define VULNERABILITIES	"/sys/devices/system/cpu/vulnerabilities"

/* --- the processor's faults ------------------------------------------------ */

/* What lets a guest read what is not its own, by how */
static const char *const leaks[] = {
	"gather_data_sampling", "mds", "mmio_stale_data",
	"reg_file_data_sampling", "srbds", "tsa", "tsx_async_abort", NULL
};

static const char *const branches[] = {
	"indirect_target_selection", "retbleed", "spec_rstack_overflow",
	"spectre_v2", "vmscape", NULL
};

/* Those that have a check of their own */
static const char *const elsewhere[] = {
	"itlb_multihit", "l1tf", "old_microcode", NULL
};

static bool is_in(const char *name, const char *const *list)
{
	while (*list && strcmp(*list, name))
		list++;
	return *list;
}

/* To be freed; NULL: this kernel, or this processor, does not know it */
static char *fault_line(const struct host *host, const char *name)
{
	char *path = text_of(VULNERABILITIES "/%s", name);
	char *line = host_line(host, path);

	free(path);
	return line;
}

static bool is_open_fault(const char *line)
{
	return !strncmp(line, "Vulnerable", strlen("Vulnerable"));
}

static bool is_unknown_fault(const char *line)
{
	return !strncmp(line, "Unknown", strlen("Unknown"));
}

typedef bool (*fault_test)(const char *name);

static bool is_leak(const char *name)
{
	return is_in(name, leaks);
}

static bool is_branch(const char *name)
{
	return is_in(name, branches);
}

static bool is_other(const char *name)
{
	return !is_leak(name) && !is_branch(name) && !is_in(name, elsewhere);
}

/* Those of one kind, by what the kernel does against them: enough, or not */
struct faults {
	size_t known;
	struct several open;
	struct several unknown;
};

static void add_fault(struct faults *faults, const char *name,
		      const char *line)
{
	faults->known++;
	if (is_open_fault(line))
		several_add(&faults->open, "%s", brief(name));
	else if (is_unknown_fault(line))
		several_add(&faults->unknown, "%s", brief(name));
}

static void read_faults(struct faults *faults, const struct host *host,
			fault_test test)
{
	struct host_names names;
	size_t i;

	host_list(host, VULNERABILITIES, &names);
	for (i = 0; i < names.count; i++) {
		char *line = NULL;

		if (test(names.list[i]))
			line = fault_line(host, names.list[i]);
		if (line)
			add_fault(faults, names.list[i], line);
		free(line);
	}
	host_names_free(&names);
}

static void help_faults(struct finding *f)
{
	finding_help(f, "See what is missing in each, microcode or a mitigation that was switched off (see the checks `microcode' and `mitigations'):");
	finding_help(f, "    grep . " VULNERABILITIES "/*");
}

static void check_faults(const struct subject *s, struct finding *f,
			 fault_test test, enum level level)
{
	struct faults faults = { 0 };

	read_faults(&faults, &s->host, test);
	if (!faults.known) {
		finding_set(f, LEVEL_NA, "this kernel knows of none");
	} else if (faults.open.count) {
		finding_set(f, level, "open: %s", faults.open.text);
		help_faults(f);
	} else if (faults.unknown.count) {
		finding_set(f, LEVEL_NOTE, "not known: %s",
			    faults.unknown.text);
		help_faults(f);
	} else {
		finding_set(f, LEVEL_OK, "none of %zu is open", faults.known);
	}
	several_free(&faults.open);
	several_free(&faults.unknown);
}

static void check_cpu_leaks(const struct subject *s, struct finding *f)
{
	check_faults(s, f, is_leak, LEVEL_PROBLEM);
}

static void check_cpu_branches(const struct subject *s, struct finding *f)
{
	check_faults(s, f, is_branch, LEVEL_PROBLEM);
}

static void check_cpu_other(const struct subject *s, struct finding *f)
{
	check_faults(s, f, is_other, LEVEL_WARNING);
}

/* --- L1TF ------------------------------------------------------------------ */

#define L1D_FLUSH	"/sys/module/kvm_intel/parameters/vmentry_l1d_flush"

static void l1tf_open(const char *line, struct finding *f)
{
	finding_set(f, LEVEL_PROBLEM, "%s", printable(line));
	finding_help(f, "Have the cache flushed before each entry into a guest:");
	finding_help(f, "    echo cond >" L1D_FLUSH);
	finding_help(f, "See who has switched that off, and remove it:");
	finding_help(f, "    grep -rwE 'vmentry_l1d_flush|l1tf' /etc/modprobe.d /proc/cmdline");
}

static void check_l1tf(const struct subject *s, struct finding *f)
{
	char *line = fault_line(&s->host, "l1tf");

	if (!line)
		finding_set(f, LEVEL_NA, "this kernel does not know of it");
	else if (is_open_fault(line) || strstr(line, "VMX: vulnerable"))
		l1tf_open(line, f);
	else
		finding_set(f, LEVEL_OK, "%s", printable(line));
	free(line);
}

static int fix_l1tf(const struct subject *s)
{
	return repair_write(&s->host, L1D_FLUSH, "cond");
}

/* --- microcode ------------------------------------------------------------- */

/* Processors that were given another one than the first */
static size_t other_microcode(const struct host *host)
{
	char *first = host_line(host, "/sys/devices/system/cpu/cpu0/microcode/version");
	struct host_names names;
	size_t i, count = 0;

	host_list(host, "/sys/devices/system/cpu", &names);
	for (i = 0; first && i < names.count; i++) {
		char *path = text_of("/sys/devices/system/cpu/%s/microcode/version",
				     names.list[i]);
		char *version = host_line(host, path);

		count += version && strcmp(version, first);
		free(version);
		free(path);
	}
	host_names_free(&names);
	free(first);
	return count;
}

static bool wants_microcode(const char *name, const char *line)
{
	if (!is_open_fault(line))
		return false;
	return !strcmp(name, "old_microcode") ||
	       strcasestr(line, "no microcode");
}

static struct several want_microcode(const struct host *host)
{
	struct several faults = { 0 };
	struct host_names names;
	size_t i;

	host_list(host, VULNERABILITIES, &names);
	for (i = 0; i < names.count; i++) {
		char *line = fault_line(host, names.list[i]);

		if (line && wants_microcode(names.list[i], line))
			several_add(&faults, "%s", brief(names.list[i]));
		free(line);
	}
	host_names_free(&names);
	return faults;
}

static void help_microcode(struct finding *f)
{
	finding_help(f, "Update the firmware, or have the kernel load it at boot; on Debian (non-free-firmware):");
	finding_help(f, "    apt install intel-microcode    # or amd64-microcode");
	finding_help(f, "then reboot.");
}

static void check_microcode(const struct subject *s, struct finding *f)
{
	struct several faults = want_microcode(&s->host);
	size_t others = other_microcode(&s->host);

	if (s->host.is_guest) {
		finding_set(f, LEVEL_NA, "this is a VM: its host has the microcode");
	} else if (faults.count) {
		finding_set(f, LEVEL_WARNING, "it is too old for: %s",
			    faults.text);
		help_microcode(f);
	} else if (others) {
		finding_set(f, LEVEL_WARNING,
			    "%zu processor%s another one than the first", others,
			    others == 1 ? " has" : "s have");
		help_microcode(f);
	} else if (!host_has(&s->host, VULNERABILITIES)) {
		finding_set(f, LEVEL_NA, "this kernel does not tell");
	} else {
		finding_set(f, LEVEL_OK, "no fault is open for want of it");
	}
	several_free(&faults);
}

/* --- threads --------------------------------------------------------------- */

static struct several smt_faults(const struct host *host)
{
	struct several faults = { 0 };
	struct host_names names;
	size_t i;

	host_list(host, VULNERABILITIES, &names);
	for (i = 0; i < names.count; i++) {
		char *line = fault_line(host, names.list[i]);

		if (line && strstr(line, "SMT vulnerable"))
			several_add(&faults, "%s", brief(names.list[i]));
		free(line);
	}
	host_names_free(&names);
	return faults;
}

static void smt_on(const struct several *faults, struct finding *f)
{
	if (faults->count)
		finding_set(f, LEVEL_WARNING,
			    "threads share cores, which is open to: %s",
			    faults->text);
	else
		finding_set(f, LEVEL_NOTE, "threads share cores");
	finding_help(f, "Where guests do not trust each other, give each whole cores, by core scheduling or pinning; or switch it off, now and by nosmt on the kernel's command line:");
	finding_help(f, "    echo off >/sys/devices/system/cpu/smt/control");
}

static void check_smt(const struct subject *s, struct finding *f)
{
	struct several faults = smt_faults(&s->host);
	long long active;

	if (!host_number(&s->host, "/sys/devices/system/cpu/smt/active",
			 &active))
		finding_set(f, LEVEL_NA, "this kernel does not tell");
	else if (active)
		smt_on(&faults, f);
	else
		finding_set(f, LEVEL_OK, "no two threads share a core");
	several_free(&faults);
}

/* --- mitigations that were switched off ------------------------------------ */

/* mitigations= has its own rule: the last one counts */
static const char *const weakening[] = {
	"gather_data_sampling=off", "indirect_target_selection=off",
	"kvm-intel.vmentry_l1d_flush=never", "kvm.nx_huge_pages=never",
	"kvm.nx_huge_pages=off", "kvm_intel.vmentry_l1d_flush=never",
	"l1tf=off", "mds=off", "mmio_stale_data=off",
	"nopti", "nosmap", "nosmep", "nospec_store_bypass_disable",
	"nospectre_bhb", "nospectre_v1", "nospectre_v2", "pti=off",
	"reg_file_data_sampling=off", "retbleed=off",
	"spec_rstack_overflow=off", "spec_store_bypass_disable=off",
	"spectre_bhi=off", "spectre_v2=off", "spectre_v2_user=off", "srbds=off",
	"tsa=off", "tsx_async_abort=off", "vmscape=off", NULL
};

static struct several weakened(const char *line)
{
	struct several words = { 0 };
	bool off = false;
	char *word;

	while ((word = cmdline_next(&line))) {
		if (!strncmp(word, "mitigations=", 12))
			off = !strcmp(word + 12, "off");
		else if (is_in(word, weakening))
			several_add(&words, "%s", brief(word));
		free(word);
	}
	if (off)
		several_add(&words, "mitigations=off");
	return words;
}

static void check_mitigations(const struct subject *s, struct finding *f)
{
	char *line = host_line(&s->host, "/proc/cmdline");
	struct several words;

	if (!line) {
		finding_set(f, LEVEL_NOTE, "not known: there is no /proc/cmdline");
		return;
	}
	words = weakened(line);
	free(line);
	if (words.count) {
		finding_set(f, LEVEL_WARNING, "switched off at boot: %s",
			    words.text);
		finding_help(f, "Remove that from the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub), and reboot.");
	} else {
		finding_set(f, LEVEL_OK, "none was switched off at boot");
	}
	several_free(&words);
}

/* --- the table ------------------------------------------------------------- */

static const struct check checks[] = {
	{
		.id = "l1tf",
		.worst = LEVEL_PROBLEM,
		.title = "is the L1 cache kept from guests?",
		.why = "Else a guest reads what the host or another guest had in it.",
		.reference = "CVE-2018-3646; Documentation/admin-guide/hw-vuln/l1tf.rst",
		.run = check_l1tf,
		.fix = fix_l1tf,
	}, {
		.id = "cpu-leaks",
		.worst = LEVEL_PROBLEM,
		.title = "are the processor's known leaks closed?",
		.why = "Through these a guest reads what passed through the processor's buffers before it: keys of the host, memory of other guests.",
		.reference = "CVE-2018-12130; Documentation/admin-guide/hw-vuln/",
		.run = check_cpu_leaks,
	}, {
		.id = "cpu-branches",
		.worst = LEVEL_PROBLEM,
		.title = "are the faults of its branch prediction closed?",
		.why = "Through these a guest has the host or its VMM read secrets for it.",
		.reference = "CVE-2017-5715; Documentation/admin-guide/hw-vuln/spectre.rst",
		.run = check_cpu_branches,
	}, {
		.id = "cpu-other",
		.worst = LEVEL_WARNING,
		.title = "are its other known faults closed?",
		.why = "Users of the host, and guests' kernels, can read what is not theirs.",
		.reference = "Documentation/admin-guide/hw-vuln/spectre.rst",
		.run = check_cpu_other,
	}, {
		.id = "microcode",
		.worst = LEVEL_WARNING,
		.title = "is the microcode new enough, and one for all?",
		.why = "Some mitigations do nothing without it.",
		.reference = "Documentation/x86/microcode.rst",
		.run = check_microcode,
	}, {
		.id = "smt",
		.worst = LEVEL_WARNING,
		.title = "do guests share processor cores?",
		.why = "Of two guests on one core, each can watch the other's caches and buffers.",
		.reference = "Documentation/admin-guide/hw-vuln/core-scheduling.rst",
		.run = check_smt,
	}, {
		.id = "mitigations",
		.worst = LEVEL_WARNING,
		.title = "were mitigations switched off at boot?",
		.why = "Guests are the strangers that these are for.",
		.reference = "Documentation/admin-guide/kernel-parameters.txt",
		.run = check_mitigations,
	},
};

const struct check_group cpu_group = { "cpu", checks, ARRAY_SIZE(checks) };
