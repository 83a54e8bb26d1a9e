// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: the VMMs that run, and what a guest gets that takes over its own.
 */
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "socket.h"

typedef bool (*vmm_test)(const struct process *process,
			 const struct host *host);

static struct several vmms_that(const struct subject *s, vmm_test test)
{
	struct several vmms = { 0 };
	size_t i;

	for (i = 0; i < s->processes.count; i++) {
		const struct process *process = &s->processes.list[i];

		if (process_is_vmm(process) && test(process, &s->host))
			several_add(&vmms, "%s", process_text(process));
	}
	return vmms;
}

/* Says why, too, if there is none to look at */
static bool has_vmms(const struct subject *s, struct finding *f)
{
	if (s->processes.vmms)
		return true;
	if (s->processes.hidden)
		finding_set(f, LEVEL_NOTE,
			    "not known: users' processes cannot be seen; run this as root");
	else
		finding_set(f, LEVEL_NA, "no VMM runs");
	return false;
}

/* --- out of the policy's reach --------------------------------------------- */

static bool has_vm(const struct process *process, const struct host *host)
{
	(void)host;
	return process->kvm;
}

static void unguarded(const struct subject *s, struct finding *f)
{
	struct several vmms = vmms_that(s, has_vm);

	if (vmms.count) {
		finding_set(f, LEVEL_WARNING, "no policy holds: %s", vmms.text);
		finding_help(f, "They are put on record, and come into their classes, when kvmwarden is armed:");
		finding_help(f, "    modprobe kvmwarden");
		finding_help(f, "    kvmwarden apply");
	} else if (s->processes.hidden) {
		finding_set(f, LEVEL_NOTE,
			    "not known: users' processes cannot be seen; run this as root");
	} else {
		finding_set(f, LEVEL_NA, "no VM runs");
	}
	several_free(&vmms);
}

/* Let through though there was no memory for a record, or it did not fit */
static __u64 unrecorded(const struct warden *w)
{
	const struct kvmwarden_denials *d = &w->rules.status.denials;

	return d->permitted[KVMWARDEN_REASON_NO_RECORD] +
	       d->permitted[KVMWARDEN_REASON_LAYOUT];
}

static void check_unguarded(const struct subject *s, struct finding *f)
{
	const struct warden *w = &s->warden;

	if (w->state == WARDEN_NO_RIGHTS || w->state == WARDEN_NO_DEVICE) {
		finding_set(f, LEVEL_NOTE, "not known: the module cannot be asked");
	} else if (!warden_enforces(w)) {
		unguarded(s, f);
	} else if (unrecorded(w)) {
		finding_set(f, LEVEL_WARNING,
			    "%llu VMs were created without a record",
			    (unsigned long long)unrecorded(w));
		finding_help(f, "Their class was permissive. To have such VMs refused, write");
		finding_help(f, "    mode = enforce");
	} else {
		finding_set(f, LEVEL_OK, "%zu VMs are on record", w->nr_vms);
	}
}

/* --- whom they run as ------------------------------------------------------ */

static bool is_root(const struct process *process, const struct host *host)
{
	unsigned int uid;

	return process_user(process, host, &uid) && !uid;
}

static void check_root(const struct subject *s, struct finding *f)
{
	struct several vmms;

	if (!has_vmms(s, f))
		return;
	vmms = vmms_that(s, is_root);
	if (vmms.count) {
		finding_set(f, LEVEL_WARNING, "as root: %s", vmms.text);
		finding_help(f, "Start them as a user of their own who is in group kvm: `-runas' of QEMU, `user' in libvirt's qemu.conf, the jailer of Firecracker.");
	} else {
		finding_set(f, LEVEL_OK, "none of %zu", s->processes.vmms);
	}
	several_free(&vmms);
}

/* --- what they are kept from ----------------------------------------------- */

static bool no_seccomp(const struct process *process, const struct host *host)
{
	char *path = process_path(process, "status");
	char *mode = host_field(host, path, "Seccomp:");
	bool none = mode && *mode == '0';

	free(mode);
	free(path);
	return none;
}

static void check_seccomp(const struct subject *s, struct finding *f)
{
	struct several vmms;

	if (!has_vmms(s, f))
		return;
	vmms = vmms_that(s, no_seccomp);
	if (vmms.count) {
		finding_set(f, LEVEL_NOTE, "without seccomp: %s", vmms.text);
		finding_help(f, "Of QEMU, with");
		finding_help(f, "    -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny");
		finding_help(f, "and in libvirt's qemu.conf, seccomp_sandbox = 1.");
	} else {
		finding_set(f, LEVEL_OK, "all of %zu have it",
			    s->processes.vmms);
	}
	several_free(&vmms);
}

static bool is_unconfined(const struct process *process,
			  const struct host *host)
{
	char *path = process_path(process, "attr/current");
	char *label = host_line(host, path);
	bool unconfined = label && strstr(label, "unconfined");

	free(label);
	free(path);
	return unconfined;
}

static void check_confined(const struct subject *s, struct finding *f)
{
	struct several vmms;

	if (!has_vmms(s, f))
		return;
	vmms = vmms_that(s, is_unconfined);
	if (vmms.count) {
		finding_set(f, LEVEL_NOTE, "unconfined: %s", vmms.text);
		finding_help(f, "libvirt gives each VM a label of its own, by AppArmor or SELinux (security_driver in its qemu.conf); others are confined by a profile for their program.");
	} else {
		finding_set(f, LEVEL_OK, "none of %zu is said to be unconfined",
			    s->processes.vmms);
	}
	several_free(&vmms);
}

static bool is_spared(const struct process *process, const struct host *host)
{
	char *path = process_path(process, "oom_score_adj");
	long long adjust;
	bool spared = host_number(host, path, &adjust) && adjust <= -1000;

	free(path);
	return spared;
}

static void check_spared(const struct subject *s, struct finding *f)
{
	struct several vmms;

	if (!has_vmms(s, f))
		return;
	vmms = vmms_that(s, is_spared);
	if (vmms.count) {
		finding_set(f, LEVEL_WARNING, "never killed for memory: %s",
			    vmms.text);
		finding_help(f, "Remove OOMScoreAdjust from what starts them, and for those that run:");
		finding_help(f, "    choom -n 0 -p PID");
	} else {
		finding_set(f, LEVEL_OK, "none of %zu is spared",
			    s->processes.vmms);
	}
	several_free(&vmms);
}

/* --- what they listen on --------------------------------------------------- */

static void check_ports(const struct subject *s, struct finding *f)
{
	struct several ports = { 0 };
	struct sockets sockets;
	size_t i;

	if (!has_vmms(s, f))
		return;
	sockets_read(&sockets, &s->host);
	for (i = 0; i < s->processes.count; i++)
		sockets_add_ports(&sockets, &s->host, &s->processes.list[i],
				  &ports);
	if (ports.count) {
		finding_set(f, LEVEL_NOTE, "to the network: %s", ports.text);
		finding_help(f, "See that each is meant to be, encrypted, and asks who is there; or that a firewall stands before it. More of them, and when they come and go:");
		finding_help(f, "    ss -ltnp");
	} else {
		finding_set(f, LEVEL_OK, "none of %zu listens to the network",
			    s->processes.vmms);
	}
	several_free(&ports);
	sockets_free(&sockets);
}

/* --- the table ------------------------------------------------------------- */

static const struct check checks[] = {
	{
		.id = "unguarded",
		.worst = LEVEL_WARNING,
		.title = "does every VM come under the policy?",
		.why = "To what is not on record, no class and no limit applies.",
		.reference = "Documentation/hooks.md",
		.run = check_unguarded,
	}, {
		.id = "vmm-root",
		.worst = LEVEL_WARNING,
		.title = "do VMMs run as root?",
		.why = "A guest that takes over its VMM then is root of the host.",
		.reference = "QEMU: docs/system/security.rst (principle of least privilege)",
		.run = check_root,
	}, {
		.id = "vmm-seccomp",
		.worst = LEVEL_NOTE,
		.title = "have VMMs given up system calls?",
		.why = "A guest that takes over its VMM then has all of the kernel's to try.",
		.reference = "Documentation/userspace-api/seccomp_filter.rst",
		.run = check_seccomp,
	}, {
		.id = "vmm-confined",
		.worst = LEVEL_NOTE,
		.title = "are VMMs confined by a security module?",
		.why = "A guest that takes over its VMM then has all that its user has, other VMs' images among it.",
		.reference = "Documentation/admin-guide/LSM/index.rst",
		.run = check_confined,
	}, {
		.id = "vmm-oom",
		.worst = LEVEL_WARNING,
		.title = "may VMMs be killed when memory runs out?",
		.why = "Else all that is beside them is killed in their stead.",
		.reference = "Documentation/filesystems/proc.rst (oom_score_adj)",
		.run = check_spared,
	}, {
		.id = "vmm-ports",
		.worst = LEVEL_NOTE,
		.title = "do VMMs listen to the network?",
		.why = "Ports for migration, screens and disks can be opened while a VM runs; its command line does not tell.",
		.reference = "QEMU: docs/system/security.rst (sensitive configurations)",
		.run = check_ports,
	},
};

const struct check_group vmm_group = { "vmm", checks, ARRAY_SIZE(checks) };
