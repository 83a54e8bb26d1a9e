/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all checks of `kvmwarden doctor' share. A check is a row of its group's
 * table, and a small function that looks at the subject and says what it found.
 */
#ifndef KVMWARDEN_DOCTOR_H
#define KVMWARDEN_DOCTOR_H

#include <stddef.h>

#include "finding.h"
#include "host.h"
#include "node.h"
#include "process.h"
#include "setting.h"
#include "several.h"
#include "tool.h"
#include "warden.h"

/* Whom the doctor looks at: what is read once, for all checks */
struct subject {
	struct host host;
	struct warden warden;
	struct processes processes;
};

struct check {
	const char *id;
	enum level worst;	/* what it can come to */
	const char *title;
	const char *why;	/* it matters */
	const char *reference;	/* or NULL */
	void (*run)(const struct subject *subject, struct finding *finding);
	/* For what is but one setting, or one mode, in place of run and fix */
	const struct setting *setting;
	const struct node *node;
	/*
	 * What can be done at once, harms nobody and can be taken back; NULL
	 * if there is no such thing. Returns an exit code, having said why.
	 */
	int (*fix)(const struct subject *subject);
};

/* A check that was chosen, and what it found */
struct result {
	const struct check_group *group;
	const struct check *check;
	struct finding finding;
};

struct results {
	struct result *list;
	size_t count;
	size_t sum[NR_LEVELS];
};

struct check_group {
	const char *name;
	const struct check *checks;
	size_t count;
};

extern const struct check_group cpu_group;
extern const struct check_group files_group;
extern const struct check_group hardware_group;
extern const struct check_group host_group;
extern const struct check_group kernel_group;
extern const struct check_group kvm_group;
extern const struct check_group libvirt_group;
extern const struct check_group memory_group;
extern const struct check_group migration_group;
extern const struct check_group module_group;
extern const struct check_group network_group;
extern const struct check_group policy_group;
extern const struct check_group setup_group;
extern const struct check_group vmm_group;

/* doctor.c */
bool check_can_fix(const struct check *check);
/* Runs it, whatever it found before */
void result_run(struct result *result, const struct subject *subject);
/* By the worst of what was found */
int results_exit(const struct results *results, const struct subject *subject);

/* doctor_print.c: @all: also what is in order */
void results_print(const struct results *results, bool all);
void results_json(const struct results *results);
void checks_print(const struct results *results);
void checks_json(const struct results *results);
/* One, whatever it found */
void result_print(const struct result *result);

/* doctor_fix.c */
int results_fix(struct results *results, const struct subject *subject);

/* doctor_policy.c */
/* Somebody is known to be free to run VMs in VMs, by KVM and the policy */
bool nested_reachable(const struct subject *subject);

#endif
