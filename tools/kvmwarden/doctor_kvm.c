// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: KVM, and who reaches it.
 */
#include <acl/libacl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "repair.h"

static const char *vendor_text(const struct host *host)
{
	return strcmp(host->vendor, "amd") ? "VT-x" : "AMD-V";
}

static void vendor_missing(const struct host *host, struct finding *f)
{
	finding_set(f, LEVEL_NOTE,
		    "the processor has %s, but kvm_%s is not loaded",
		    vendor_text(host), host->vendor);
	finding_help(f, "No VM can be created until it is, and hooks wait. They are armed before its first instruction runs; should one that the policy needs not be had, loading it fails. To load it:");
	finding_help(f, "    modprobe kvm_%s", host->vendor);
	finding_help(f, "If that is `not supported', the firmware has switched it off: look for VT-x, VMX, AMD-V or SVM in its setup.");
}

static void node_missing(struct finding *f)
{
	finding_set(f, LEVEL_WARNING, "KVM is there, but /dev/kvm is not");
	finding_help(f, "Nobody can create a VM from here. In a container that is as it should be: run this on the host. Else, udev may have lost it:");
	finding_help(f, "    udevadm trigger --name-match=kvm");
	finding_help(f, "or KVM gave up when it was loaded; see why:");
	finding_help(f, "    dmesg | grep -i kvm");
}

static void check_kvm(const struct subject *s, struct finding *f)
{
	const struct host *host = &s->host;

	if (host->x86 && !host->vendor)
		finding_set(f, LEVEL_NA, "the processor shows neither VT-x nor AMD-V");
	else if (host->x86 && !host->vendor_loaded)
		vendor_missing(host, f);
	else if (host_has(host, "/dev/kvm"))
		finding_set(f, LEVEL_OK, "/dev/kvm is there%s%s",
			    host->x86 ? ", and the processor has " : "",
			    host->x86 ? vendor_text(host) : "");
	else if (host->x86)
		node_missing(f);
	else
		finding_set(f, LEVEL_NOTE, "there is no /dev/kvm");
}

/* --- who may open it ------------------------------------------------------- */

/* Of group kvm, by the host's own file; false: it has none */
static bool kvm_group_id(const struct host *host, unsigned int *gid)
{
	char *line = host_field(host, "/etc/group", "kvm:");
	bool found = line && sscanf(line, "%*[^:]:%u", gid) == 1;

	free(line);
	return found;
}

static void access_all(const struct stat *st, struct finding *f)
{
	finding_set(f, LEVEL_WARNING,
		    "every user of the host may open /dev/kvm (mode %04o)",
		    st->st_mode & 07777);
	finding_help(f, "Keep it to the group kvm, for good and at once:");
	finding_help(f, "    echo 'KERNEL==\"kvm\", GROUP=\"kvm\", MODE=\"0660\"' \\");
	finding_help(f, "        >/etc/udev/rules.d/99-kvm.rules");
	finding_help(f, "    udevadm control --reload; udevadm trigger --name-match=kvm");
	finding_help(f, "Or let the policy allow VMs to those only who have a class of their own:");
	finding_help(f, "    [class default]");
	finding_help(f, "    mode = enforce");
	finding_help(f, "    total.vms = 0");
}

static void access_odd(const char *what, unsigned int id, struct finding *f)
{
	finding_set(f, LEVEL_WARNING, "/dev/kvm belongs to %s %u", what, id);
	finding_help(f, "Give it back, and look for who gave it away in /etc/udev/rules.d:");
	finding_help(f, "    chown root:kvm /dev/kvm");
}

static void check_access(const struct subject *s, struct finding *f)
{
	bool known;
	unsigned int gid;
	struct stat st;

	if (!host_stat(&s->host, "/dev/kvm", &st)) {
		finding_set(f, LEVEL_NA, "there is no /dev/kvm");
		return;
	}
	known = kvm_group_id(&s->host, &gid);
	if (st.st_mode & 06)
		access_all(&st, f);
	else if (st.st_uid)
		access_odd("user", st.st_uid, f);
	else if (known && st.st_gid && st.st_gid != gid && st.st_mode & 060)
		access_odd("group", st.st_gid, f);
	else
		finding_set(f, LEVEL_OK, "/dev/kvm has mode %04o",
			    st.st_mode & 07777);
}

static int fix_access(const struct subject *s)
{
	return repair_mode(&s->host, "/dev/kvm", 07);
}

/* "u::rw-,u:joe:rw-,g::rw-,m::rw-,o::---", to be freed; NULL: there is none */
static char *access_list(const char *path)
{
	acl_t list;
	char *text, *copy;

	if (acl_extended_file(path) != 1)
		return NULL;
	list = acl_get_file(path, ACL_TYPE_ACCESS);
	if (!list)
		return NULL;
	text = acl_to_any_text(list, NULL, ',', TEXT_ABBREVIATE);
	copy = text ? copy_of(text) : NULL;
	acl_free(text);
	acl_free(list);
	return copy;
}

/* By way of /proc: a path would be taken from our own root, and opening counts */
static char *kvm_access_list(const struct host *host)
{
	int fd = host_open(host, "/dev/kvm", O_PATH);
	char *path, *list;

	if (fd < 0)
		return NULL;
	path = text_of("/proc/self/fd/%d", fd);
	list = access_list(path);
	free(path);
	close(fd);
	return list;
}

static void check_acl(const struct subject *s, struct finding *f)
{
	char *list = kvm_access_list(&s->host);

	if (list) {
		finding_set(f, LEVEL_WARNING,
			    "an access list lets others open /dev/kvm: %s",
			    brief(list));
		finding_help(f, "Where logind gives it to whoever sits at the screen (TAG uaccess), that is meant so, on a desktop. Else remove it, and the rule in /etc/udev/rules.d that made it:");
		finding_help(f, "    getfacl /dev/kvm");
		finding_help(f, "    setfacl -b /dev/kvm");
	} else if (host_has(&s->host, "/dev/kvm")) {
		finding_set(f, LEVEL_OK, "/dev/kvm has none");
	} else {
		finding_set(f, LEVEL_NA, "there is no /dev/kvm");
	}
	free(list);
}

/* --- parameters ------------------------------------------------------------ */

static const struct setting ignore_msrs = {
	.path = "/sys/module/kvm/parameters/ignore_msrs",
	.from = 1, .to = 1, .value = "N", .safe = true,
	.found = "KVM lets guests use MSRs that it does not know",
};

static const struct setting vmware_backdoor = {
	.path = "/sys/module/kvm/parameters/enable_vmware_backdoor",
	.from = 1, .to = 1,
	.found = "KVM emulates VMware's backdoor",
};

static const struct setting force_emulation = {
	.path = "/sys/module/kvm/parameters/force_emulation_prefix",
	.from = 1, .to = INT_MAX, .value = "0", .safe = true,
	.found = "guests can have KVM emulate any instruction",
};

static const struct setting eager_page_split = {
	.path = "/sys/module/kvm/parameters/eager_page_split",
	.from = 0, .to = 0, .value = "Y", .safe = true,
	.found = "huge pages are split by vCPUs that write, all under one lock",
};

static const struct setting halt_polling = {
	.path = "/sys/module/kvm/parameters/halt_poll_ns",
	.from = 500001, .to = LLONG_MAX, .value = "200000", .safe = true,
	.found = "an idle vCPU keeps its processor busy for long",
};

static const struct setting intel_pt = {
	.path = "/sys/module/kvm_intel/parameters/pt_mode",
	.from = 1, .to = INT_MAX,
	.found = "guests may use Intel PT",
};

static const struct setting dump_vmcb = {
	.path = "/sys/module/kvm_amd/parameters/dump_invalid_vmcb",
	.from = 1, .to = 1, .value = "N", .safe = true,
	.found = "a VM that cannot be entered is written to the kernel log",
};

static const struct setting dump_vmcs = {
	.path = "/sys/module/kvm_intel/parameters/dump_invalid_vmcs",
	.from = 1, .to = 1, .value = "N", .safe = true,
	.found = "a VM that cannot be entered is written to the kernel log",
};

static const struct setting *dump_setting(const struct host *host)
{
	return host_has(host, dump_vmcs.path) ? &dump_vmcs : &dump_vmcb;
}

static void check_dump(const struct subject *s, struct finding *f)
{
	setting_check(dump_setting(&s->host), &s->host, LEVEL_NOTE, f);
}

static int fix_dump(const struct subject *s)
{
	return setting_fix(dump_setting(&s->host), &s->host);
}

/* --- huge pages ------------------------------------------------------------ */

#define NX_HUGE_PAGES	"/sys/module/kvm/parameters/nx_huge_pages"
#define MULTIHIT	"/sys/devices/system/cpu/vulnerabilities/itlb_multihit"

static void huge_pages_open(const char *value, struct finding *f)
{
	finding_set(f, LEVEL_PROBLEM,
		    "guests may execute from huge pages (nx_huge_pages=%s)",
		    printable(value));
	finding_help(f, "Now:");
	finding_help(f, "    echo force >" NX_HUGE_PAGES);
	finding_help(f, "See who has switched it off, and remove that:");
	finding_help(f, "    grep -rw nx_huge_pages /etc/modprobe.d /proc/cmdline");
}

static void check_huge_pages(const struct subject *s, struct finding *f)
{
	char *fault = host_line(&s->host, MULTIHIT);
	char *value = host_line(&s->host, NX_HUGE_PAGES);

	if (!value)
		finding_set(f, LEVEL_NA, "kvm is not loaded, or has no such parameter");
	else if (!fault || !strcmp(fault, "Not affected"))
		finding_set(f, LEVEL_NA, "the processor is not affected");
	else if (*value != 'Y')
		huge_pages_open(value, f);
	else
		finding_set(f, LEVEL_OK, "nx_huge_pages=%s", printable(value));
	free(value);
	free(fault);
}

static int fix_huge_pages(const struct subject *s)
{
	return repair_write(&s->host, NX_HUGE_PAGES, "force");
}

/* --- SEV and TDX ----------------------------------------------------------- */

static const struct {
	const char *path;
	const char *name;
} confidential[] = {
	{ "/sys/module/kvm_amd/parameters/sev", "sev" },
	{ "/sys/module/kvm_amd/parameters/sev_es", "sev_es" },
	{ "/sys/module/kvm_amd/parameters/sev_snp", "sev_snp" },
	{ "/sys/module/kvm_intel/parameters/tdx", "tdx" },
};

static void check_confidential(const struct subject *s, struct finding *f)
{
	struct several on = { 0 };
	long long number;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(confidential); i++) {
		if (host_number(&s->host, confidential[i].path, &number) &&
		    number)
			several_add(&on, "%s", confidential[i].name);
	}
	if (!s->host.vendor_loaded) {
		finding_set(f, LEVEL_NA, "neither kvm_amd nor kvm_intel is loaded");
	} else if (!on.count) {
		finding_set(f, LEVEL_OK, "none is on");
	} else {
		finding_set(f, LEVEL_NOTE, "on, for every VMM: %s", on.text);
		finding_help(f, "Where no VM needs it, switch it off when KVM is loaded:");
		finding_help(f, "    echo options kvm_%s %s=0 >>/etc/modprobe.d/kvm.conf",
			     s->host.vendor,
			     strcmp(s->host.vendor, "amd") ? "tdx" : "sev");
	}
	several_free(&on);
}

/* --- what KVM tells about guests ------------------------------------------- */

static const struct node debugfs = { "/sys/kernel/debug", "/etc/fstab" };
static const struct node tracefs = { "/sys/kernel/tracing", "/etc/fstab" };

/* --- the table ------------------------------------------------------------- */

static const struct check checks[] = {
	{
		.id = "kvm",
		.worst = LEVEL_WARNING,
		.title = "can KVM run VMs here?",
		.why = "Hooks are armed only while KVM is loaded.",
		.reference = "Documentation/hooks.md",
		.run = check_kvm,
	}, {
		.id = "kvm-access",
		.worst = LEVEL_WARNING,
		.title = "who may open /dev/kvm?",
		.why = "Whoever may open it can feed KVM what they like, without any guest.",
		.reference = "CVE-2026-53359",
		.run = check_access,
		.fix = fix_access,
	}, {
		.id = "kvm-acl",
		.worst = LEVEL_WARNING,
		.title = "who else may, by an access list?",
		.why = "Its mode does not show them.",
		.reference = "acl(5); CVE-2026-53359",
		.run = check_acl,
	}, {
		.id = "ignore-msrs",
		.worst = LEVEL_WARNING,
		.title = "are accesses to unknown MSRs refused?",
		.why = "Else a guest believes in features that are not there, and goes on without the protection that it thinks to have.",
		.reference = "Documentation/admin-guide/kernel-parameters.txt (kvm.ignore_msrs)",
		.setting = &ignore_msrs,
	}, {
		.id = "vmware-backdoor",
		.worst = LEVEL_WARNING,
		.title = "is VMware's backdoor off?",
		.why = "It makes KVM emulate instructions for guests' programs, which else never get there.",
		.reference = "Documentation/admin-guide/kernel-parameters.txt (kvm.enable_vmware_backdoor)",
		.setting = &vmware_backdoor,
	}, {
		.id = "force-emulation",
		.worst = LEVEL_WARNING,
		.title = "can guests choose what KVM emulates?",
		.why = "It is for testing. The emulator is among what guests attack first.",
		.reference = "CVE-2022-1852; arch/x86/kvm/x86.c (force_emulation_prefix)",
		.setting = &force_emulation,
	}, {
		.id = "nx-huge-pages",
		.worst = LEVEL_PROBLEM,
		.title = "can a guest's page sizes crash the processor?",
		.why = "On this processor a guest that executes from huge pages and changes their size can bring down the host.",
		.reference = "CVE-2018-12207; Documentation/admin-guide/hw-vuln/multihit.rst",
		.run = check_huge_pages,
		.fix = fix_huge_pages,
	}, {
		.id = "eager-page-split",
		.worst = LEVEL_NOTE,
		.title = "are huge pages split before a migration?",
		.why = "A guest that writes all over its memory then slows down its own VM and the thread that copies it.",
		.reference = "Documentation/admin-guide/kernel-parameters.txt (kvm.eager_page_split)",
		.setting = &eager_page_split,
	}, {
		.id = "halt-polling",
		.worst = LEVEL_NOTE,
		.title = "how long may an idle vCPU hold its processor?",
		.why = "Guests that do nothing take the time of those who do something.",
		.reference = "Documentation/virt/kvm/halt-polling.rst",
		.setting = &halt_polling,
	}, {
		.id = "intel-pt",
		.worst = LEVEL_WARNING,
		.title = "is Intel PT kept from guests?",
		.why = "KVM's part of it is broken in many ways; Linux has taken it out since.",
		.reference = "CVE-2024-53135",
		.setting = &intel_pt,
	}, {
		.id = "dump-invalid",
		.worst = LEVEL_NOTE,
		.title = "are VMs' registers kept out of the kernel log?",
		.why = "It shows a guest's registers to whoever reads the log, and lets a VMM fill it.",
		.reference = "arch/x86/kvm/vmx/vmx.c (dump_invalid_vmcs)",
		.run = check_dump,
		.fix = fix_dump,
	}, {
		.id = "confidential",
		.worst = LEVEL_NOTE,
		.title = "are SEV or TDX on?",
		.why = "Of the vulnerabilities of KVM of 2026, a third was there. Few VMs need it, all VMMs can reach it.",
		.reference = "CVE-2026-31591, CVE-2026-53360; Documentation/virt/kvm/x86/amd-memory-encryption.rst",
		.run = check_confidential,
	}, {
		.id = "debugfs",
		.worst = LEVEL_WARNING,
		.title = "is debugfs closed to users?",
		.why = "KVM has a directory of each VM there, with what it does, by the page fault.",
		.reference = "Documentation/filesystems/debugfs.rst",
		.node = &debugfs,
	}, {
		.id = "tracefs",
		.worst = LEVEL_WARNING,
		.title = "is tracefs closed to users?",
		.why = "Who may read it sees what guests do, by each exit and hypercall.",
		.reference = "Documentation/trace/ftrace.rst",
		.node = &tracefs,
	},
};

const struct check_group kvm_group = { "kvm", checks, ARRAY_SIZE(checks) };
