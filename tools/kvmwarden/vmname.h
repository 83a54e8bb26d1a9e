/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_VMNAME_H
#define KVMWARDEN_VMNAME_H

#include <stdbool.h>

/* The longest name of a directory, with what may stand before it */
#define VMNAME_LEN	264

/*
 * What whoever made the VM's cgroup calls it: libvirt, Proxmox, a container's
 * manager, ... @exe: the creator's executable, or empty. False, and an empty
 * @name, if that has no name for it. Not unique, and not safe to print.
 */
bool vmname(char name[VMNAME_LEN], const char *cgroup, const char *exe);

#endif
