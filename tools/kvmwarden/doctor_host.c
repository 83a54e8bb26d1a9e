// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: what users of the host may do that helps against VMs.
 */
#include "doctor.h"

/* --- settings -------------------------------------------------------------- */

static const struct setting userfaultfd = {
	.path = "/proc/sys/vm/unprivileged_userfaultfd",
	.from = 1, .to = 1, .value = "0", .safe = true,
	.found = "every user may stop the kernel in the middle of an access",
	.advice = "A VMM that migrates by postcopy then needs CAP_SYS_PTRACE or /dev/userfaultfd.",
};

static const struct node userfaultfd_device = {
	"/dev/userfaultfd", "/etc/udev/rules.d"
};

static const struct setting unprivileged_bpf = {
	.path = "/proc/sys/kernel/unprivileged_bpf_disabled",
	.from = 0, .to = 0, .value = "2", .safe = true,
	.found = "every user may load BPF programs",
	.advice = "With 1 instead of 2 it stays so until a reboot.",
};

static const struct setting kptr_restrict = {
	.path = "/proc/sys/kernel/kptr_restrict",
	.from = 0, .to = 0, .value = "1", .safe = true,
	.found = "files show users the kernel's addresses",
};

static const struct setting dmesg_restrict = {
	.path = "/proc/sys/kernel/dmesg_restrict",
	.from = 0, .to = 0, .value = "1", .safe = true,
	.found = "every user may read the kernel log",
};

static const struct setting ptrace_scope = {
	.path = "/proc/sys/kernel/yama/ptrace_scope",
	.from = 0, .to = 0, .value = "1", .safe = true,
	.found = "a process may take over others of its user",
	.missing = "Yama is not on: a process may take over others of its user",
};

static const struct setting perf_paranoid = {
	.path = "/proc/sys/kernel/perf_event_paranoid",
	.from = LLONG_MIN, .to = 1, .value = "2", .safe = true,
	.found = "users may measure the kernel, and others' processes",
};

static const struct setting panic_on_warn = {
	.path = "/proc/sys/kernel/panic_on_warn",
	.from = 1, .to = LLONG_MAX, .value = "0", .safe = true,
	.found = "the host panics at each warning of its kernel",
};

/* --- user namespaces ------------------------------------------------------- */

/* What keeps them from users, each where it is there: Debian's, Ubuntu's, all */
static const struct {
	const char *path;
	const char *name;
	long long closed;
} userns_switches[] = {
	{ "/proc/sys/kernel/unprivileged_userns_clone",
	  "kernel.unprivileged_userns_clone", 0 },
	{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
	  "kernel.apparmor_restrict_unprivileged_userns", 1 },
	{ "/proc/sys/user/max_user_namespaces",
	  "user.max_user_namespaces", 0 },
};

static void userns_open(size_t first, struct finding *f)
{
	finding_set(f, LEVEL_NOTE, "every user may create user namespaces");
	finding_help(f, "Containers and browsers of users need them. Where there are none:");
	finding_help(f, "    sysctl %s=%lld", userns_switches[first].name,
		     userns_switches[first].closed);
}

static void check_userns(const struct subject *s, struct finding *f)
{
	size_t i, first = ARRAY_SIZE(userns_switches);
	long long value;

	for (i = 0; i < ARRAY_SIZE(userns_switches); i++) {
		if (!host_number(&s->host, userns_switches[i].path, &value))
			continue;
		if (value == userns_switches[i].closed) {
			finding_set(f, LEVEL_OK, "%s=%lld",
				    userns_switches[i].name, value);
			return;
		}
		if (first > i)
			first = i;
	}
	if (first < ARRAY_SIZE(userns_switches))
		userns_open(first, f);
	else
		finding_set(f, LEVEL_NA, "this kernel has none");
}

/* --- the table ------------------------------------------------------------- */

static const struct check checks[] = {
	{
		.id = "userfaultfd",
		.worst = LEVEL_WARNING,
		.title = "is userfaultfd kept from users?",
		.why = "It makes a race in the kernel, or in KVM, as easy to win as one likes.",
		.reference = "Documentation/admin-guide/sysctl/vm.rst (unprivileged_userfaultfd)",
		.setting = &userfaultfd,
	}, {
		.id = "userfaultfd-dev",
		.worst = LEVEL_WARNING,
		.title = "is /dev/userfaultfd closed to users?",
		.why = "It gives the same to whoever may open it, whatever the setting says.",
		.reference = "Documentation/admin-guide/mm/userfaultfd.rst",
		.node = &userfaultfd_device,
	}, {
		.id = "unprivileged-bpf",
		.worst = LEVEL_WARNING,
		.title = "is BPF kept from users?",
		.why = "Its programs help to read the kernel's memory, guests' included, by the processor's faults.",
		.reference = "Documentation/admin-guide/sysctl/kernel.rst (unprivileged_bpf_disabled)",
		.setting = &unprivileged_bpf,
	}, {
		.id = "user-namespaces",
		.worst = LEVEL_NOTE,
		.title = "may users create user namespaces?",
		.why = "In one, a user is root over parts of the kernel that are else out of reach, and not as well tested.",
		.reference = "user_namespaces(7); Documentation/admin-guide/sysctl/user.rst",
		.run = check_userns,
	}, {
		.id = "kptr",
		.worst = LEVEL_WARNING,
		.title = "are the kernel's addresses hidden?",
		.why = "Whoever has them needs one bug less to take over the host.",
		.reference = "Documentation/admin-guide/sysctl/kernel.rst (kptr_restrict)",
		.setting = &kptr_restrict,
	}, {
		.id = "dmesg",
		.worst = LEVEL_WARNING,
		.title = "is the kernel log closed to users?",
		.why = "It tells addresses, and what KVM and kvmwarden say of others' VMs.",
		.reference = "Documentation/admin-guide/sysctl/kernel.rst (dmesg_restrict)",
		.setting = &dmesg_restrict,
	}, {
		.id = "ptrace",
		.worst = LEVEL_WARNING,
		.title = "can a VMM take over another one?",
		.why = "VMMs often run as one user: a guest that takes over its own then has the memory of all.",
		.reference = "Documentation/admin-guide/LSM/Yama.rst",
		.setting = &ptrace_scope,
	}, {
		.id = "perf-events",
		.worst = LEVEL_WARNING,
		.title = "is perf limited to users' own programs?",
		.why = "Counters and traces of the kernel show what guests do.",
		.reference = "Documentation/admin-guide/perf-security.rst",
		.setting = &perf_paranoid,
	}, {
		.id = "panic-on-warn",
		.worst = LEVEL_WARNING,
		.title = "does the host outlive a warning of its kernel?",
		.why = "Guests and VMMs have often found ways to make KVM warn, which harms nobody else.",
		.reference = "CVE-2024-39483; Documentation/admin-guide/sysctl/kernel.rst (panic_on_warn)",
		.setting = &panic_on_warn,
	},
};

const struct check_group host_group = { "host", checks, ARRAY_SIZE(checks) };
