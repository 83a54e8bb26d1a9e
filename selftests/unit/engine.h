/* SPDX-License-Identifier: GPL-2.0 */
/* The module's core in user space, without hooks and without KVM. */
#ifndef ENGINE_H
#define ENGINE_H

#include "shim/user.h"

#include "device.h"
#include "gate.h"
#include "guard/guard.h"
#include "hook.h"
#include "place.h"
#include "vm.h"
#include "who.h"

/* Who the current task is, for VMs that it creates. */
struct engine_who {
	u32 uid;
	u32 gid;
	u32 egid;
	u32 nr_groups;
	u32 groups[4];
	u32 nr_owners;
	struct kw_owner owners[4];
	struct kw_exe exe;
	char cgroup[64];
	char label[64];
};

extern __thread struct engine_who engine_who;

/* The hooks: armed, alive, which features they lack, what was asked of them. */
extern bool engine_armed;
extern bool engine_alive;
extern u64 engine_lacking;
extern u64 engine_needed;

/* Load and unload. */
void engine_begin(void);
void engine_end(void);

/* The current task is back in user space, where it does what was put off. */
void engine_user_mode(void);

long engine_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* Somebody who reads events; false if there is none. */
void engine_open(struct file *file);
void engine_close(struct file *file);
bool engine_read(struct file *file, struct kvmwarden_event *event);

/* How many requests were denied, or would have been, since engine_begin(). */
u64 engine_denials(void);

/* Do all accounts have what the VMs have that are charged there? */
bool engine_exact(void);
bool engine_awaits(void);
bool engine_locked(void);

#endif
