// SPDX-License-Identifier: GPL-2.0-only
/*
 * The metrics, described in Documentation/tool.md. What has no limit has no
 * sample of one.
 */
#include <stdlib.h>

#include "confirm.h"
#include "digest.h"
#include "limit.h"
#include "metrics.h"
#include "names.h"
#include "prom.h"
#include "tool.h"

static void label_user(struct prom *p, __u32 uid)
{
	char user[NAME_LEN];

	prom_label_number(p, "uid", uid);
	prom_label(p, "user", user_name(user, uid));
}

/* --- the module and its policy -------------------------------------------- */

static void print_module(struct prom *p, const struct kvmwarden_status *st)
{
	prom_gauge(p, "kvmwarden_info", "Versions of tool and module.");
	prom_begin(p);
	prom_label(p, "version", VERSION);
	prom_label_number(p, "abi", st->abi);
	prom_end(p, 1);
	prom_single(p, "kvmwarden_armed", "Whether the hooks are armed.",
		    !!(st->state & KVMWARDEN_STATE_ARMED));
	prom_single(p, "kvmwarden_hooks_alive",
		    "Whether a test call that must be refused was: 0 says that nothing is guaranteed.",
		    !!(st->state & KVMWARDEN_STATE_CANARY));
	prom_single(p, "kvmwarden_wrong_build",
		    "Whether struct kvm is not what the module was built for.",
		    !!(st->state & KVMWARDEN_STATE_LAYOUT_BAD));
	prom_single(p, "kvmwarden_locked",
		    "Whether policy and module stay as they are until reboot.",
		    !!(st->state & KVMWARDEN_STATE_LOCKED));
}

static void print_policy(struct prom *p, const struct kvmwarden_status *st)
{
	char digest[DIGEST_LEN];

	prom_gauge(p, "kvmwarden_policy_info",
		   "Mode and SHA-256 of the policy in force.");
	prom_begin(p);
	prom_label(p, "mode", mode_name(st->mode));
	prom_label(p, "digest", digest_text(digest, st->digest));
	prom_end(p, 1);
	prom_single(p, "kvmwarden_policy_version",
		    "Version of the policy in force.", st->version);
	prom_single(p, "kvmwarden_policy_generation",
		    "How often a policy was put in force; 0: never.",
		    st->generation);
	prom_single(p, "kvmwarden_policy_unconfirmed",
		    "Whether the policy in force awaits confirmation.",
		    !!(st->state & KVMWARDEN_STATE_CONFIRM));
	if (st->state & KVMWARDEN_STATE_CONFIRM)
		prom_single(p, "kvmwarden_policy_rollback_seconds",
			    "Seconds until it is rolled back.",
			    confirm_seconds(st));
}

static void print_hooks(struct prom *p, const struct hooks *hooks)
{
	size_t i;

	prom_gauge(p, "kvmwarden_hook_state",
		   "The state that a hooked function of KVM is in.");
	for (i = 0; i < hooks->count; i++) {
		prom_begin(p);
		prom_label(p, "function", hooks->list[i].function);
		prom_label(p, "module", hooks->list[i].module);
		prom_label(p, "state", hook_state_name(hooks->list[i].state));
		prom_end(p, 1);
	}
}

static void print_classes(struct prom *p, const struct ruleset *rules)
{
	size_t i;

	prom_gauge(p, "kvmwarden_class_info", "The mode of a class.");
	for (i = 0; i < rules->count; i++) {
		prom_begin(p);
		prom_label(p, "class", rules->classes[i].name);
		prom_label(p, "mode", mode_name(rules->classes[i].mode));
		prom_end(p, 1);
	}
}

/* --- amounts: of the host, classes, users and cgroups --------------------- */

/* In the order of &struct kvmwarden_amounts */
static const struct {
	const char *name, *unit, *text;
} amounts[] = {
	{ "vms", "", "VMs" },
	{ "vcpus", "", "vCPUs" },
	{ "memory", "_bytes", "Guest memory" },
};

static const struct level {
	enum kvmwarden_level level;
	const char *name, *text;
} levels[] = {
	{ KVMWARDEN_LEVEL_HOST, "host", "of the host" },
	{ KVMWARDEN_LEVEL_CLASS, "class", "of a class" },
	{ KVMWARDEN_LEVEL_HOST_USER, "user", "of a user" },
	{ KVMWARDEN_LEVEL_USER, "class_user", "of a user in a class" },
	{ KVMWARDEN_LEVEL_CGROUP, "cgroup", "of a cgroup and those below" },
};

/* Who uses something, of which there is only so much */
struct owner {
	const char *class;		/* or NULL */
	const struct account *account;	/* or NULL */
	const struct kvmwarden_amounts *used;
	const struct kvmwarden_amounts *limit;
};

struct owners {
	struct owner *list;
	size_t count;
};

static void add_owner(struct owners *to, struct owner owner)
{
	to->list = grow(to->list, to->count, sizeof(*to->list));
	to->list[to->count++] = owner;
}

static void add_classes(struct owners *to, const struct ruleset *rules)
{
	size_t i;

	for (i = 0; i < rules->count; i++) {
		const struct kvmwarden_class *class = &rules->classes[i];

		add_owner(to, (struct owner) {
			.class = class->name,
			.used = &class->used,
			.limit = &class->total,
		});
	}
}

static void add_accounts(struct owners *to, const struct accounts *all,
			 enum kvmwarden_level level)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		const struct kvmwarden_account *info = &all->list[i].info;

		if (info->level != level)
			continue;
		add_owner(to, (struct owner) {
			.class = level == KVMWARDEN_LEVEL_USER ?
				 info->class_name : NULL,
			.account = &all->list[i],
			.used = &info->used,
			.limit = &info->limit,
		});
	}
}

static void owners_of(struct owners *to, const struct measures *all,
		      enum kvmwarden_level level)
{
	const struct kvmwarden_status *st = &all->rules.status;

	*to = (struct owners) { .count = 0 };
	if (level == KVMWARDEN_LEVEL_HOST)
		add_owner(to, (struct owner) {
			.used = &st->used,
			.limit = &st->limit,
		});
	else if (level == KVMWARDEN_LEVEL_CLASS)
		add_classes(to, &all->rules);
	else
		add_accounts(to, &all->accounts, level);
}

static void print_owner(struct prom *p, const struct owner *owner, __u64 value)
{
	prom_begin(p);
	if (owner->class)
		prom_label(p, "class", owner->class);
	if (owner->account && owner->account->cgroup[0])
		prom_label(p, "cgroup", owner->account->cgroup);
	else if (owner->account)
		label_user(p, owner->account->info.uid);
	prom_end(p, value);
}

static void print_used(struct prom *p, const struct level *level,
		       const struct owners *owners, int i)
{
	char name[PROM_NAME_LEN], help[PROM_HELP_LEN];
	size_t n;

	snprintf(name, sizeof(name), "kvmwarden_%s_%s%s", level->name,
		 amounts[i].name, amounts[i].unit);
	snprintf(help, sizeof(help), "%s %s.", amounts[i].text, level->text);
	prom_gauge(p, name, help);
	for (n = 0; n < owners->count; n++)
		print_owner(p, &owners->list[n],
			    (&owners->list[n].used->vms)[i]);
}

static void print_limit(struct prom *p, const struct level *level,
			const struct owners *owners, int i)
{
	char name[PROM_NAME_LEN], help[PROM_HELP_LEN];
	size_t n;

	snprintf(name, sizeof(name), "kvmwarden_%s_%s_limit%s", level->name,
		 amounts[i].name, amounts[i].unit);
	snprintf(help, sizeof(help), "%s %s, at most.", amounts[i].text,
		 level->text);
	prom_gauge(p, name, help);
	for (n = 0; n < owners->count; n++) {
		__u64 limit = (&owners->list[n].limit->vms)[i];

		if (limit != KVMWARDEN_UNLIMITED)
			print_owner(p, &owners->list[n], limit);
	}
}

static void print_level(struct prom *p, const struct level *level,
			const struct measures *all)
{
	struct owners owners;
	size_t i;

	owners_of(&owners, all, level->level);
	for (i = 0; i < ARRAY_SIZE(amounts); i++) {
		print_used(p, level, &owners, i);
		print_limit(p, level, &owners, i);
	}
	free(owners.list);
}

/* --- VMs ------------------------------------------------------------------ */

/* Each sample of a VM has these */
static void begin_vm(struct prom *p, const struct measured_vm *vm)
{
	prom_begin(p);
	prom_label_number(p, "vm", vm->vm.id);
	prom_label(p, "name", vm->name);
	prom_label(p, "class", vm->vm.class_name);
	prom_label_number(p, "uid", vm->vm.uid);
}

static void print_vm_info(struct prom *p, const struct measures *all)
{
	char user[NAME_LEN];
	size_t i;

	prom_gauge(p, "kvmwarden_vm_info", "A VM, and who created it.");
	for (i = 0; i < all->nr_vms; i++) {
		const struct kvmwarden_vm *vm = &all->vms[i].vm;

		begin_vm(p, &all->vms[i]);
		prom_label(p, "user", user_name(user, vm->uid));
		prom_label_number(p, "pid", vm->pid);
		prom_label(p, "comm", vm->comm);
		prom_label(p, "cgroup", all->vms[i].cgroup);
		prom_label(p, "mode", mode_name(vm->mode));
		prom_label(p, "nested", nested_name(vm->deny));
		prom_end(p, 1);
	}
}

/* "kvmwarden_vm_guest_memfd_limit_bytes" */
static void vm_metric(char name[PROM_NAME_LEN], enum kvmwarden_limit limit,
		      const char *more)
{
	char *c;

	snprintf(name, PROM_NAME_LEN, "kvmwarden_vm_%s%s%s", limits[limit].key,
		 more, limits[limit].bytes ? "_bytes" : "");
	for (c = name; *c; c++) {
		if (*c == '-')
			*c = '_';
	}
}

static void print_vm_used(struct prom *p, const struct measures *all, int limit)
{
	char name[PROM_NAME_LEN], help[PROM_HELP_LEN];
	size_t i;

	vm_metric(name, limit, "");
	snprintf(help, sizeof(help), "Use of a VM: %s.", limits[limit].text);
	prom_gauge(p, name, help);
	for (i = 0; i < all->nr_vms; i++) {
		begin_vm(p, &all->vms[i]);
		prom_end(p, all->vms[i].vm.used.of[limit]);
	}
}

static void print_vm_limit(struct prom *p, const struct measures *all,
			   int limit)
{
	char name[PROM_NAME_LEN], help[PROM_HELP_LEN];
	size_t i;

	vm_metric(name, limit, "_limit");
	snprintf(help, sizeof(help), "Limit of a VM: %s.", limits[limit].text);
	prom_gauge(p, name, help);
	for (i = 0; i < all->nr_vms; i++) {
		__u64 most = all->vms[i].vm.limit.of[limit];

		if (most == KVMWARDEN_UNLIMITED)
			continue;
		begin_vm(p, &all->vms[i]);
		prom_end(p, most);
	}
}

/* --- denials -------------------------------------------------------------- */

static void end_denial(struct prom *p, unsigned int reason, const char *mode,
		       __u64 count)
{
	prom_label(p, "reason", reason_name(reason).name);
	prom_label(p, "mode", mode);
	prom_end(p, count);
}

/* All reasons from the start: what appears with its first denial has no rate */
static void print_denials(struct prom *p, const struct kvmwarden_denials *d)
{
	unsigned int i;

	prom_counter(p, "kvmwarden_denials_total",
		     "Requests refused, or let through by a permissive class, since the module was loaded.");
	for (i = 0; i < KVMWARDEN_REASONS_MAX; i++) {
		if (i >= KVMWARDEN_NR_REASONS && !d->denied[i] &&
		    !d->permitted[i])
			continue;
		prom_begin(p);
		end_denial(p, i, "enforced", d->denied[i]);
		prom_begin(p);
		end_denial(p, i, "permissive", d->permitted[i]);
	}
}

static void print_class_denials(struct prom *p, const struct ruleset *rules)
{
	size_t i;
	int r;

	prom_counter(p, "kvmwarden_class_denials_total",
		     "VMs of a class refused, or let through, at their creation, since the policy was put in force.");
	for (i = 0; i < rules->count; i++) {
		const struct kvmwarden_class *c = &rules->classes[i];

		for (r = 0; r < KVMWARDEN_REASONS_MAX; r++) {
			if (!c->denials.denied[r] && !c->denials.permitted[r])
				continue;
			prom_begin(p);
			prom_label(p, "class", c->name);
			end_denial(p, r, "enforced", c->denials.denied[r]);
			prom_begin(p);
			prom_label(p, "class", c->name);
			end_denial(p, r, "permissive", c->denials.permitted[r]);
		}
	}
}

static void print_vm_denials(struct prom *p, const struct measures *all)
{
	size_t i;
	int r;

	prom_counter(p, "kvmwarden_vm_denials_total",
		     "Requests of a VM refused, or let through by its permissive class.");
	for (i = 0; i < all->nr_vms; i++) {
		const struct kvmwarden_denials *d = &all->vms[i].vm.denials;

		for (r = 0; r < KVMWARDEN_REASONS_MAX; r++) {
			if (!d->denied[r] && !d->permitted[r])
				continue;
			begin_vm(p, &all->vms[i]);
			end_denial(p, r, "enforced", d->denied[r]);
			begin_vm(p, &all->vms[i]);
			end_denial(p, r, "permissive", d->permitted[r]);
		}
	}
}

/* --- all of it ------------------------------------------------------------ */

void metrics_print(FILE *to, const struct measures *all)
{
	struct prom p = { .to = to };
	size_t i;

	prom_single(&p, "kvmwarden_up", "Whether the module answers.", !!all);
	if (!all)
		return;
	print_module(&p, &all->rules.status);
	print_policy(&p, &all->rules.status);
	print_hooks(&p, &all->hooks);
	print_classes(&p, &all->rules);
	for (i = 0; i < ARRAY_SIZE(levels); i++)
		print_level(&p, &levels[i], all);
	print_vm_info(&p, all);
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		print_vm_used(&p, all, i);
		print_vm_limit(&p, all, i);
	}
	print_denials(&p, &all->rules.status.denials);
	print_class_denials(&p, &all->rules);
	print_vm_denials(&p, all);
}
