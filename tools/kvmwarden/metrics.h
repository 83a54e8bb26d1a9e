/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_METRICS_H
#define KVMWARDEN_METRICS_H

#include <stdio.h>

#include "account.h"
#include "hooks.h"
#include "ruleset.h"
#include "vmname.h"

/* A VM, with those of its texts that are told */
struct measured_vm {
	struct kvmwarden_vm vm;
	char name[VMNAME_LEN];
	char *cgroup;
};

/* All that is measured */
struct measures {
	struct ruleset rules;
	struct hooks hooks;
	struct accounts accounts;
	struct measured_vm *vms;
	size_t nr_vms;
};

/* NULL: the module does not answer */
void metrics_print(FILE *to, const struct measures *all);

#endif
