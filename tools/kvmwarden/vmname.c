// SPDX-License-Identifier: GPL-2.0-only
/*
 * What VMs are called by those who manage them, told from cgroup v2 paths.
 *
 * The first directory, from the root, that names anything is the one that
 * counts: what is below may have been left to whoever is to be named.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <linux/kvmwarden.h>

#include "tool.h"
#include "vmname.h"

/* In here users call cgroups what they like, also by the names of others */
#define USERS	"/user.slice/"

/* A directory, and what of it is the name */
struct rule {
	const char *parent;		/* NULL: any */
	const char *before, *after;
	void (*finish)(char name[VMNAME_LEN]);
};

static bool ends(const char *text, const char *end)
{
	size_t len = strlen(text);

	return len >= strlen(end) && !strcmp(text + len - strlen(end), end);
}

/* --- names ---------------------------------------------------------------- */

/* The byte that systemd has written as \xNN; 0: this is none */
static char escaped(const char *text)
{
	unsigned int byte;

	if (strncmp(text, "\\x", 2) || !isxdigit((unsigned char)text[2]) ||
	    !isxdigit((unsigned char)text[3]))
		return 0;
	return sscanf(text + 2, "%2x", &byte) == 1 ? byte : 0;
}

static void unescape(char name[VMNAME_LEN])
{
	const char *from = name;
	char *to = name;

	while (*from) {
		char byte = escaped(from);

		from += byte ? strlen("\\xNN") : 1;
		*to++ = byte ? byte : from[-1];
	}
	*to = '\0';
}

/* libvirt's names for machines: DRIVER-NUMBER-NAME */
static void machine_name(char name[VMNAME_LEN])
{
	const char *rest;
	size_t digits;

	unescape(name);
	rest = behind(name, "qemu-");
	if (!rest)
		rest = behind(name, "ch-");
	digits = rest ? strspn(rest, "0123456789") : 0;
	if (digits && rest[digits] == '-' && rest[digits + 1])
		memmove(name, rest + digits + 1, strlen(rest + digits));
}

/* In names of systemd's slices, - separates one from the next */
static void pod_name(char name[VMNAME_LEN])
{
	char uid[VMNAME_LEN - 4];
	char *c;

	snprintf(uid, sizeof(uid), "%s", name);
	for (c = uid; *c; c++) {
		if (*c == '_')
			*c = '-';
	}
	snprintf(name, VMNAME_LEN, "pod/%s", uid);
}

/* --- directories ---------------------------------------------------------- */

static const struct rule rules[] = {
	{ "qemu.slice",	"",			".scope",	NULL },
	{ NULL,		"machine-",		".scope",	machine_name },
	{ NULL,		"systemd-nspawn@",	".service",	unescape },
	{ NULL,		"systemd-vmspawn@",	".service",	unescape },
	{ NULL,		"",			".service",	unescape },
	{ NULL,		"",			".libvirt-qemu", machine_name },
	{ NULL,		"lxc.payload.",		"",		NULL },
	{ "lxc",	"",			"",		NULL },
	{ "firecracker", "",			"",		NULL },
	{ NULL,		"kubepods-pod",		".slice",	pod_name },
	{ NULL,		"kubepods-burstable-pod", ".slice",	pod_name },
	{ NULL,		"kubepods-besteffort-pod", ".slice",	pod_name },
	{ "kubepods",	"pod",			"",		pod_name },
	{ "burstable",	"pod",			"",		pod_name },
	{ "besteffort",	"pod",			"",		pod_name },
};

static bool applies(const struct rule *rule, const char *parent,
		    const char *dir, char name[VMNAME_LEN])
{
	const char *rest = behind(dir, rule->before);
	size_t after = strlen(rule->after);

	if (rule->parent && strcmp(rule->parent, parent))
		return false;
	if (!rest || strlen(rest) <= after || !ends(rest, rule->after))
		return false;
	snprintf(name, VMNAME_LEN, "%.*s", (int)(strlen(rest) - after), rest);
	if (rule->finish)
		rule->finish(name);
	return true;
}

/* Firecracker's jailer: the executable's name, and then the VM's */
static bool is_jail(const char *parent, const char *exe)
{
	const char *slash = strrchr(exe, '/');

	return slash && slash[1] && !strcmp(slash + 1, parent);
}

static bool names(const char *parent, const char *dir, const char *exe,
		  char name[VMNAME_LEN])
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		if (applies(&rules[i], parent, dir, name))
			return true;
	}
	if (!is_jail(parent, exe))
		return false;
	snprintf(name, VMNAME_LEN, "%s", dir);
	return true;
}

bool vmname(char name[VMNAME_LEN], const char *cgroup, const char *exe)
{
	char path[KVMWARDEN_CGROUP_LEN], *dir, *save;
	const char *parent = "";

	name[0] = '\0';
	if (behind(cgroup, USERS))
		return false;
	snprintf(path, sizeof(path), "%s", cgroup);
	for (dir = strtok_r(path, "/", &save); dir;
	     dir = strtok_r(NULL, "/", &save)) {
		if (names(parent, dir, exe, name))
			return true;
		/* below a unit, the cgroups are whose it is */
		if (ends(dir, ".scope"))
			return false;
		parent = dir;
	}
	return false;
}
