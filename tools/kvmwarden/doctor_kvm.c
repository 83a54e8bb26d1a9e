// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: KVM, and who reaches it.
 */
#include <string.h>

#include "doctor.h"

static const char *vendor_text(const struct host *host)
{
	return strcmp(host->vendor, "amd") ? "VT-x" : "AMD-V";
}

static void no_virtualization(const struct host *host, struct finding *f)
{
	bool loaded = host_has(host, "/sys/module/kvm");

	finding_set(f, LEVEL_NOTE,
		    "the processor shows neither VT-x nor AMD-V%s",
		    loaded ? ", though kvm is loaded" : "");
	finding_help(f, "KVM cannot run VMs here, and kvmwarden has nothing to guard; its hooks wait. Should it run VMs: switch virtualization on in the firmware or, if this is a VM itself, have its host allow it nested virtualization.");
}

static void vendor_missing(const struct host *host, struct finding *f)
{
	finding_set(f, LEVEL_NOTE,
		    "the processor has %s, but kvm_%s is not loaded",
		    vendor_text(host), host->vendor);
	finding_help(f, "No VM can be created until it is, and hooks wait. They are armed before its first instruction runs; should one that the policy needs not be had, loading it fails. To load it:");
	finding_help(f, "    modprobe kvm_%s", host->vendor);
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
		no_virtualization(host, f);
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

static void check_access(const struct subject *s, struct finding *f)
{
	struct stat st;

	if (!host_stat(&s->host, "/dev/kvm", &st)) {
		finding_set(f, LEVEL_NA, "there is no /dev/kvm");
		return;
	}
	if (!(st.st_mode & 06)) {
		finding_set(f, LEVEL_OK, "/dev/kvm has mode %04o",
			    st.st_mode & 07777);
		return;
	}
	finding_set(f, LEVEL_WARNING,
		    "every user of the host may open /dev/kvm (mode %04o)",
		    st.st_mode & 07777);
	finding_help(f, "Keep it to the group kvm, for good and at once:");
	finding_help(f, "    echo 'KERNEL==\"kvm\", GROUP=\"kvm\", MODE=\"0660\"' \\");
	finding_help(f, "        >/etc/udev/rules.d/99-kvm.rules");
	finding_help(f, "    udevadm control --reload; udevadm trigger --name-match=kvm");
	finding_help(f, "Or let the policy allow VMs to those only who have a class of their own:");
	finding_help(f, "    [class default]");
	finding_help(f, "    mode = enforce");
	finding_help(f, "    total.vms = 0");
}

static void check_paging(const struct subject *s, struct finding *f)
{
	const struct host *host = &s->host;
	const char *name;
	bool on;

	if (!host->vendor_loaded) {
		finding_set(f, LEVEL_NA, "neither kvm_amd nor kvm_intel is loaded");
		return;
	}
	name = host_paging_name(host);
	if (!host_parameter(host, name, &on)) {
		finding_set(f, LEVEL_NOTE, "kvm_%s does not tell whether %s is on",
			    host->vendor, name);
		return;
	}
	if (on) {
		finding_set(f, LEVEL_OK, "%s is on", name);
		return;
	}
	finding_set(f, LEVEL_PROBLEM,
		    "%s is off: every guest runs on shadow page tables", name);
	finding_help(f, "Denying nested virtualization does not help against that. See who has switched it off, and remove that line:");
	finding_help(f, "    grep -rw %s= /etc/modprobe.d /lib/modprobe.d /proc/cmdline",
		     name);
	finding_help(f, "Then, with all VMs stopped:");
	finding_help(f, "    modprobe -r kvm_%s; modprobe kvm_%s %s=1", host->vendor,
		     host->vendor, name);
	finding_help(f, "If it is off again, the processor has none: run no guests here that you do not trust.");
}

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
	}, {
		.id = "paging",
		.worst = LEVEL_PROBLEM,
		.title = "are EPT or NPT on?",
		.why = "Where they are, only nested guests reach KVM's shadow page tables, through which Januscape and Zapscape lead out of a guest.",
		.reference = "CVE-2026-46113, CVE-2026-53359, CVE-2026-64561",
		.run = check_paging,
	},
};

const struct check_group kvm_group = { "kvm", checks, ARRAY_SIZE(checks) };
