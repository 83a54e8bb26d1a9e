// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: where guests' memory goes, and whether enough is left.
 */
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "doctor.h"
#include "repair.h"

/* --- settings -------------------------------------------------------------- */

static const struct setting suid_dumpable = {
	.path = "/proc/sys/fs/suid_dumpable",
	.from = 1, .to = 1, .value = "0", .safe = true,
	.found = "processes that changed their user leave core dumps",
};

static const struct setting overcommit = {
	.path = "/proc/sys/vm/overcommit_memory",
	.from = 1, .to = 1, .value = "0",
	.found = "the kernel promises any amount of memory",
	.advice = "Some databases ask for it; give them a host of their own.",
};

static const struct setting panic_on_oom = {
	.path = "/proc/sys/vm/panic_on_oom",
	.from = 1, .to = LLONG_MAX, .value = "0", .safe = true,
	.found = "the host panics when memory runs out",
};

/* --- KSM ------------------------------------------------------------------- */

#define KSM	"/sys/kernel/mm/ksm/"

static void help_ksm(struct finding *f)
{
	finding_help(f, "Part what it has merged, which takes memory, and switch it off; look for what switches it on, such as ksmtuned:");
	finding_help(f, "    echo 2 >" KSM "run");
}

static void check_ksm(const struct subject *s, struct finding *f)
{
	long long run, shared = 0;

	if (!host_number(&s->host, KSM "run", &run)) {
		finding_set(f, LEVEL_NA, "this kernel has none");
		return;
	}
	host_number(&s->host, KSM "pages_shared", &shared);
	if (run == 1) {
		finding_set(f, LEVEL_WARNING, "it is on (%lld pages are shared)",
			    shared);
		help_ksm(f);
	} else if (shared) {
		finding_set(f, LEVEL_WARNING,
			    "it is off, but %lld pages are still shared",
			    shared);
		help_ksm(f);
	} else {
		finding_set(f, LEVEL_OK, "it is off");
	}
}

/* The kernel takes us first, should memory run out meanwhile */
static int fix_ksm(const struct subject *s)
{
	return repair_write(&s->host, KSM "run", "2");
}

/* --- huge pages ------------------------------------------------------------ */

#define HUGE_PAGES	"/sys/kernel/mm/hugepages"

/* Of all sizes, in kB */
struct huge_pages {
	unsigned long long pool;
	unsigned long long more;	/* beyond that, if guests want it */
};

static void add_size(struct huge_pages *sum, const struct host *host,
		     const char *name)
{
	char *pool = text_of(HUGE_PAGES "/%s/nr_hugepages", name);
	char *more = text_of(HUGE_PAGES "/%s/nr_overcommit_hugepages", name);
	unsigned long long size;
	long long count;

	if (sscanf(name, "hugepages-%llukB", &size) == 1) {
		if (host_number(host, pool, &count))
			sum->pool += size * count;
		if (host_number(host, more, &count))
			sum->more += size * count;
	}
	free(pool);
	free(more);
}

static bool read_huge_pages(struct huge_pages *sum, const struct host *host)
{
	struct host_names names;
	bool found = host_list(host, HUGE_PAGES, &names);
	size_t i;

	*sum = (struct huge_pages) { 0 };
	for (i = 0; i < names.count; i++)
		add_size(sum, host, names.list[i]);
	host_names_free(&names);
	return found;
}

static unsigned long long percent(unsigned long long part,
				  unsigned long long whole)
{
	return whole ? part * 100 / whole : 0;
}

static void check_huge_pages(const struct subject *s, struct finding *f)
{
	unsigned long long memory = host_memory(&s->host) >> 10, share;
	struct huge_pages huge;

	if (!read_huge_pages(&huge, &s->host) || !memory) {
		finding_set(f, LEVEL_NA, "this kernel has none");
		return;
	}
	share = percent(huge.pool + huge.more, memory);
	if (share > 90) {
		finding_set(f, LEVEL_WARNING,
			    "they may take %llu%% of the host's memory", share);
		finding_help(f, "Leave the host a tenth at least, in each size:");
		finding_help(f, "    grep . " HUGE_PAGES "/*/nr_*hugepages");
	} else {
		finding_set(f, LEVEL_OK, "they may take %llu%% of memory", share);
	}
}

/* --- swap ------------------------------------------------------------------ */

/* "/dev/dm-1 partition 8388604 0 -2" */
static enum block_state swap_state(const struct host *host, const char *name,
				   const char *type)
{
	if (!strcmp(type, "partition"))
		return block_state(host, name);
	return block_state_of_file(host, name);
}

struct swaps {
	size_t count;
	struct several plain;
	struct several unknown;
};

static void add_swap(struct swaps *swaps, const struct host *host,
		     const char *line)
{
	char *name = NULL, type[16];
	enum block_state state;

	if (sscanf(line, "%ms %15s", &name, type) != 2 || *name != '/') {
		free(name);
		return;
	}
	swaps->count++;
	state = swap_state(host, name, type);
	if (state == BLOCK_PLAIN)
		several_add(&swaps->plain, "%s", brief(name));
	else if (state == BLOCK_UNKNOWN)
		several_add(&swaps->unknown, "%s", brief(name));
	free(name);
}

static bool read_swaps(struct swaps *swaps, const struct host *host)
{
	FILE *file = host_file(host, "/proc/swaps");
	char *line;

	if (!file)
		return false;
	while (next_line(file, &line)) {
		add_swap(swaps, host, line);
		free(line);
	}
	fclose(file);
	return true;
}

static void swap_plain(const struct swaps *swaps, struct finding *f)
{
	finding_set(f, LEVEL_WARNING, "it is not encrypted: %s",
		    swaps->plain.text);
	finding_help(f, "Have it encrypted with a key that is lost at each boot, in /etc/crypttab:");
	finding_help(f, "    swap /dev/DEVICE /dev/urandom swap,cipher=aes-xts-plain64");
	finding_help(f, "and /dev/mapper/swap in /etc/fstab; or keep guests' memory locked (memory.swap.max=0 of their cgroup, or locked memory in libvirt). What is in it already is only gone when it was overwritten.");
}

static void check_swap(const struct subject *s, struct finding *f)
{
	struct swaps swaps = { 0 };

	if (!read_swaps(&swaps, &s->host)) {
		finding_set(f, LEVEL_NA, "this kernel has none");
	} else if (swaps.plain.count) {
		swap_plain(&swaps, f);
	} else if (swaps.unknown.count) {
		finding_set(f, LEVEL_NOTE,
			    "not known: what is below %s cannot be seen",
			    swaps.unknown.text);
	} else {
		finding_set(f, LEVEL_OK, "%zu in use, none that is not encrypted",
			    swaps.count);
	}
	several_free(&swaps.plain);
	several_free(&swaps.unknown);
}

/* --- core dumps ------------------------------------------------------------ */

/* Where they go: to a program that is handed them, to a file, or nowhere */
enum core_target {
	CORE_FILE,
	CORE_PROGRAM,		/* ... whatever the process's limit is */
	CORE_NOWHERE,
};

/* systemd's keeps to the limit, as the kernel does for files */
static enum core_target core_target(const char *pattern)
{
	if (*pattern != '|')
		return CORE_FILE;
	if (!strncmp(pattern, "|/bin/false", 11) ||
	    !strncmp(pattern, "|/bin/true", 10))
		return CORE_NOWHERE;
	return strstr(pattern, "systemd-coredump") ? CORE_FILE : CORE_PROGRAM;
}

/* QEMU's own word, which libvirt gives it: its dumps are without the guest */
static bool without_guest(const struct process *process)
{
	size_t i;

	for (i = 0; i < process->nr_args; i++) {
		if (strstr(process->args[i], "dump-guest-core=off"))
			return true;
	}
	return false;
}

/* Its soft limit lets it write one */
static bool may_dump(const struct process *process, const struct host *host)
{
	char *path = process_path(process, "limits");
	char *limit = host_field(host, path, "Max core file size");
	bool may = limit && *limit != '0';

	free(limit);
	free(path);
	return may;
}

static struct several dumping(const struct subject *s, enum core_target target)
{
	struct several vmms = { 0 };
	size_t i;

	for (i = 0; i < s->processes.count; i++) {
		const struct process *process = &s->processes.list[i];

		if (!process_is_vmm(process) || without_guest(process))
			continue;
		if (target == CORE_PROGRAM || may_dump(process, &s->host))
			several_add(&vmms, "%s", process_text(process));
	}
	return vmms;
}

static void core_dumps(const struct several *vmms, const char *pattern,
		       struct finding *f)
{
	finding_set(f, LEVEL_WARNING,
		    "if it crashes, guest memory goes to %s: %s",
		    *pattern == '|' ? "a program" : "disk", vmms->text);
	finding_help(f, "Start QEMU with `-machine dump-guest-core=off', or VMMs without core dumps:");
	finding_help(f, "    LimitCORE=0        (in the service that starts them)");
	finding_help(f, "For those that run:");
	finding_help(f, "    prlimit --core=0: --pid PID");
	finding_help(f, "Where dumps go (/proc/sys/kernel/core_pattern): %s",
		     printable(pattern));
}

static void check_core_dumps(const struct subject *s, struct finding *f)
{
	char *pattern = host_line(&s->host, "/proc/sys/kernel/core_pattern");
	enum core_target target;
	struct several vmms;

	if (!pattern) {
		finding_set(f, LEVEL_NOTE, "not known: there is no /proc/sys");
		return;
	}
	target = core_target(pattern);
	vmms = target == CORE_NOWHERE ? (struct several) { 0 } :
					dumping(s, target);
	if (vmms.count)
		core_dumps(&vmms, pattern, f);
	else if (s->processes.vmms)
		finding_set(f, LEVEL_OK, "%zu VMM%s, none of which leaves any",
			    s->processes.vmms, plural(s->processes.vmms));
	else if (s->processes.hidden)
		finding_set(f, LEVEL_NOTE, "not known: users' processes cannot be seen");
	else
		finding_set(f, LEVEL_NA, "no VMM runs");
	several_free(&vmms);
	free(pattern);
}

/* --- crash dumps of the host ----------------------------------------------- */

static void check_crash_dump(const struct subject *s, struct finding *f)
{
	long long loaded;

	if (!host_number(&s->host, "/sys/kernel/kexec_crash_loaded", &loaded)) {
		finding_set(f, LEVEL_NA, "this kernel has none");
	} else if (loaded) {
		finding_set(f, LEVEL_NOTE,
			    "should the host crash, its memory is written to disk");
		finding_help(f, "See that what writes it leaves out the pages of processes, as makedumpfile does with -d 31; in /etc/default/kdump-tools:");
		finding_help(f, "    MAKEDUMP_ARGS=\"-c -d 31\"");
	} else {
		finding_set(f, LEVEL_OK, "no kernel is loaded to write one");
	}
}

/* --- the table ------------------------------------------------------------- */

static const struct check checks[] = {
	{
		.id = "ksm",
		.worst = LEVEL_WARNING,
		.title = "are equal pages of guests kept apart?",
		.why = "Where they are merged, a guest finds out by the time that a write takes what other guests have in memory, and can make bits flip in it.",
		.reference = "CVE-2015-2877; Documentation/admin-guide/mm/ksm.rst",
		.run = check_ksm,
		.fix = fix_ksm,
	}, {
		.id = "core-dumps",
		.worst = LEVEL_WARNING,
		.title = "does a VMM's crash leave the guest's memory on disk?",
		.why = "A guest can make its VMM crash, and all that it had in memory then lies about, with its keys.",
		.reference = "core(5); Documentation/admin-guide/sysctl/kernel.rst (core_pattern)",
		.run = check_core_dumps,
	}, {
		.id = "suid-dumpable",
		.worst = LEVEL_WARNING,
		.title = "do VMMs that gave up root leave core dumps?",
		.why = "A VMM that was started as root is such a process, and its memory is the guest's.",
		.reference = "Documentation/admin-guide/sysctl/fs.rst (suid_dumpable)",
		.setting = &suid_dumpable,
	}, {
		.id = "crash-dump",
		.worst = LEVEL_NOTE,
		.title = "does the host's crash leave guests' memory on disk?",
		.why = "A dump of the host has all guests in it, if user pages are not left out.",
		.reference = "Documentation/admin-guide/kdump/kdump.rst",
		.run = check_crash_dump,
	}, {
		.id = "swap",
		.worst = LEVEL_WARNING,
		.title = "is swap encrypted?",
		.why = "Guests' memory goes there, and outlives them: on disks that are sold, lent or backed up.",
		.reference = "crypttab(5); swapon(8)",
		.run = check_swap,
	}, {
		.id = "hugepages",
		.worst = LEVEL_WARNING,
		.title = "do huge pages leave the host enough memory?",
		.why = "Nothing else can use these, and the host goes down when it has no other.",
		.reference = "Documentation/admin-guide/mm/hugetlbpage.rst",
		.run = check_huge_pages,
	}, {
		.id = "overcommit",
		.worst = LEVEL_WARNING,
		.title = "may guests be promised more memory than there is?",
		.why = "Guests that come for it later bring down what is beside them.",
		.reference = "Documentation/mm/overcommit-accounting.rst",
		.setting = &overcommit,
	}, {
		.id = "panic-on-oom",
		.worst = LEVEL_WARNING,
		.title = "does the host outlive a lack of memory?",
		.why = "A guest, or its VMM, that takes too much then takes down all others.",
		.reference = "Documentation/admin-guide/sysctl/vm.rst (panic_on_oom)",
		.setting = &panic_on_oom,
	},
};

const struct check_group memory_group = {
	"memory", checks, ARRAY_SIZE(checks)
};
