// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: what processor and chipset have for VMs, and who has it.
 */
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"
#include "doctor.h"

/* --- virtualization -------------------------------------------------------- */

/* Others who take VT-x or AMD-V for their own VMs */
static const struct {
	const char *path;
	const char *name;
} takers[] = {
	{ "/sys/module/vboxdrv", "VirtualBox (vboxdrv)" },
	{ "/sys/module/vmmon", "VMware (vmmon)" },
};

static const char *taker(const struct host *host)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(takers); i++) {
		if (host_has(host, takers[i].path))
			return takers[i].name;
	}
	return NULL;
}

static bool below_xen(const struct host *host)
{
	char *type = host_line(host, "/sys/hypervisor/type");
	bool xen = type && !strcmp(type, "xen");

	free(type);
	return xen;
}

static size_t emulated(const struct processes *processes)
{
	size_t i, count = 0;

	for (i = 0; i < processes->count; i++)
		count += processes->list[i].qemu && !processes->list[i].kvm;
	return count;
}

static const char *why_absent(const struct host *host)
{
	if (below_xen(host))
		return "this is a domain of Xen, which has VT-x or AMD-V for itself";
	if (host->is_guest)
		return "this is a VM, whose host lets it have neither VT-x nor AMD-V";
	return "the processor shows neither VT-x nor AMD-V";
}

static void help_absent(const struct host *host, struct finding *f)
{
	if (below_xen(host))
		finding_help(f, "KVM runs where Linux was booted without Xen.");
	else if (host->is_guest)
		finding_help(f, "Have that host allow it nested virtualization.");
	else
		finding_help(f, "Where the processor has it, the firmware has switched it off: look for VT-x, VMX, AMD-V or SVM in its setup; dmesg tells, too:");
	if (!below_xen(host) && !host->is_guest)
		finding_help(f, "    dmesg | grep -iE 'vmx|svm|kvm'");
}

/* KVM and its guard are as good as not there; what is there instead? */
static void absent(const struct subject *s, struct finding *f)
{
	size_t count = emulated(&s->processes);

	finding_set(f, count ? LEVEL_WARNING : LEVEL_NOTE, "%s",
		    why_absent(&s->host));
	finding_help(f, "KVM runs no VMs here, and kvmwarden has nothing to guard: its hooks wait.");
	if (count)
		finding_help(f, "%zu QEMU%s running without: guests are emulated, slowly, and QEMU's authors do not take emulation for a wall that holds a hostile guest.",
			     count, count == 1 ? " is" : "s are");
	help_absent(&s->host, f);
}

static void taken(const char *by, struct finding *f)
{
	finding_set(f, LEVEL_WARNING, "%s is loaded beside KVM", by);
	finding_help(f, "While it runs VMs, KVM's may fail to start; and its own are out of kvmwarden's sight, whatever the policy says. Stop its VMs and unload it, for good if it is not needed.");
}

static void check_virtualization(const struct subject *s, struct finding *f)
{
	const struct host *host = &s->host;
	const char *by = taker(host);

	if (!host->x86)
		finding_set(f, LEVEL_NA, "it is about x86");
	else if (!host->vendor)
		absent(s, f);
	else if (by)
		taken(by, f);
	else
		finding_set(f, LEVEL_OK, "the processor has %s",
			    strcmp(host->vendor, "amd") ? "VT-x" : "AMD-V");
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

/* --- devices --------------------------------------------------------------- */

/* The devices that were taken from the host, to be given to guests */
static struct several passed_devices(const struct host *host)
{
	struct several devices = { 0 };
	struct host_names names;
	size_t i;

	host_list(host, "/sys/bus/pci/drivers/vfio-pci", &names);
	for (i = 0; i < names.count; i++) {
		/* 0000:00:1f.0, beside bind, unbind and the like */
		if (strchr(names.list[i], ':'))
			several_add(&devices, "%s", brief(names.list[i]));
	}
	host_names_free(&names);
	return devices;
}

static size_t iommus(const struct host *host)
{
	struct host_names names;
	size_t count;

	host_list(host, "/sys/class/iommu", &names);
	count = names.count;
	host_names_free(&names);
	return count;
}

static void no_iommu(const struct several *devices, struct finding *f)
{
	if (devices->count)
		finding_set(f, LEVEL_PROBLEM,
			    "no IOMMU is in use, but devices are meant for guests: %s",
			    devices->text);
	else
		finding_set(f, LEVEL_NOTE, "no IOMMU is in use");
	finding_help(f, "Give no device to a guest. If the machine has one, switch it on in the firmware (VT-d, AMD-Vi), and on Intel on the kernel's command line:");
	finding_help(f, "    intel_iommu=on");
}

static void check_iommu(const struct subject *s, struct finding *f)
{
	struct several devices = passed_devices(&s->host);
	size_t count = iommus(&s->host);

	if (!host_has(&s->host, "/sys/class"))
		finding_set(f, LEVEL_NOTE, "not known: there is no /sys");
	else if (!count)
		no_iommu(&devices, f);
	else
		finding_set(f, LEVEL_OK, "%zu in use, %zu device%s for guests",
			    count, devices.count, plural(devices.count));
	several_free(&devices);
}

/* What weakens an IOMMU that is there */
static const struct {
	const char *path;
	enum level level;
	const char *found;
	const char *name;
} vfio_switches[] = {
	{ "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode",
	  LEVEL_PROBLEM, "devices may be given to guests without an IOMMU",
	  "enable_unsafe_noiommu_mode" },
	{ "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts",
	  LEVEL_WARNING, "a guest's device may forge interrupts of others",
	  "allow_unsafe_interrupts" },
	{ "/sys/module/iommufd/parameters/allow_unsafe_interrupts",
	  LEVEL_WARNING, "a guest's device may forge interrupts of others",
	  "allow_unsafe_interrupts" },
};

static void vfio_weak(size_t which, struct finding *f)
{
	finding_set(f, vfio_switches[which].level, "%s (%s=Y)",
		    vfio_switches[which].found, vfio_switches[which].name);
	finding_help(f, "See who has set it, remove that, and switch it off:");
	finding_help(f, "    grep -rw %s \\", vfio_switches[which].name);
	finding_help(f, "        /etc/modprobe.d /proc/cmdline");
	finding_help(f, "    echo N > \\");
	finding_help(f, "        %s", vfio_switches[which].path);
}

static void check_vfio(const struct subject *s, struct finding *f)
{
	long long on;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vfio_switches); i++) {
		if (host_number(&s->host, vfio_switches[i].path, &on) && on) {
			vfio_weak(i, f);
			return;
		}
	}
	if (cmdline_has(&s->host, "pcie_acs_override=")) {
		finding_set(f, LEVEL_WARNING,
			    "devices that reach each other are said to be apart (pcie_acs_override)");
		finding_help(f, "Remove it from the kernel's command line, and give guests only whole IOMMU groups.");
	} else if (host_has(&s->host, "/sys/module/vfio")) {
		finding_set(f, LEVEL_OK, "nothing weakens it");
	} else {
		finding_set(f, LEVEL_NA, "vfio is not loaded");
	}
}

/* --- the table ------------------------------------------------------------- */

static const struct check checks[] = {
	{
		.id = "virtualization",
		.worst = LEVEL_WARNING,
		.title = "are VT-x or AMD-V there, and free?",
		.why = "KVM's VMs are all that kvmwarden guards. Emulated ones, and those of others, go by no policy.",
		.reference = "Documentation/virt/kvm/x86/running-nested-guests.rst; QEMU: docs/system/security.rst",
		.run = check_virtualization,
	}, {
		.id = "paging",
		.worst = LEVEL_PROBLEM,
		.title = "are EPT or NPT on?",
		.why = "Where they are, only nested guests reach KVM's shadow page tables, through which Januscape and Zapscape lead out of a guest.",
		.reference = "CVE-2026-46113, CVE-2026-53359, CVE-2026-64561",
		.run = check_paging,
	}, {
		.id = "iommu",
		.worst = LEVEL_PROBLEM,
		.title = "is an IOMMU in use?",
		.why = "Without it, a guest that has a device has all of the host's memory.",
		.reference = "Documentation/driver-api/vfio.rst",
		.run = check_iommu,
	}, {
		.id = "vfio",
		.worst = LEVEL_PROBLEM,
		.title = "is anything that protects from devices switched off?",
		.why = "A guest's driver decides what its device does.",
		.reference = "CVE-2013-3495; Documentation/driver-api/vfio.rst",
		.run = check_vfio,
	},
};

const struct check_group hardware_group = {
	"hardware", checks, ARRAY_SIZE(checks)
};
