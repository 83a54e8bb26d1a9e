// SPDX-License-Identifier: GPL-2.0-only
/*
 * status: one screen that says whether the host is guarded, and by what.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "amount.h"
#include "confirm.h"
#include "denial.h"
#include "device.h"
#include "digest.h"
#include "hooks.h"
#include "json.h"
#include "names.h"
#include "ruleset.h"
#include "tool.h"

#define CLASSES_SHOWN	8

struct view {
	struct ruleset rules;
	struct hooks hooks;
};

/* --- text --------------------------------------------------------------- */

static void print_state(const struct kvmwarden_status *st)
{
	if (!(st->state & KVMWARDEN_STATE_ARMED))
		printf("kvmwarden  DISARMED: nothing is enforced\n"
		       "           to arm it again: kvmwarden apply\n");
	else if (!(st->state & KVMWARDEN_STATE_CANARY))
		printf("kvmwarden  BROKEN: a test call was not refused, hooks may not fire\n"
		       "           nothing is guaranteed: look for ftrace in dmesg, then reboot\n");
	else if (!(st->state & KVMWARDEN_STATE_LAYOUT_BAD))
		printf("kvmwarden  armed%s\n",
		       st->state & KVMWARDEN_STATE_LOCKED ?
		       ", locked until reboot" : "");
	if (st->state & KVMWARDEN_STATE_LAYOUT_BAD)
		printf("kvmwarden  WRONG BUILD: struct kvm is not what the module was built for\n"
		       "           new VMs are refused where enforced: build it for this kernel\n");
}

static void print_policy(const struct kvmwarden_status *st)
{
	char digest[DIGEST_LEN];

	if (!st->generation) {
		printf("policy     none yet; to put one in force: kvmwarden apply\n");
		return;
	}
	printf("policy     version %llu, generation %llu, mode %s, %u class%s\n",
	       (unsigned long long)st->version,
	       (unsigned long long)st->generation, mode_name(st->mode),
	       st->classes, st->classes == 1 ? "" : "es");
	if (st->state & KVMWARDEN_STATE_CONFIRM)
		printf("%-10s AWAITS CONFIRMATION, or is rolled back in %u s:\n"
		       "%-10s kvmwarden confirm, or kvmwarden rollback\n",
		       "", confirm_seconds(st), "");
	printf("%-10s %s\n", "digest", digest_text(digest, st->digest));
}

static void print_use(const char *head, const char *what, const char *used,
		      const char *limit)
{
	if (strcmp(limit, "unlimited"))
		printf("%-10s %-7s %s of %s\n", head, what, used, limit);
	else
		printf("%-10s %-7s %s, no limit\n", head, what, used);
}

static void print_host(const struct kvmwarden_status *st)
{
	char used[AMOUNT_LEN], limit[AMOUNT_LEN];

	print_use("host", "VMs", amount_count(used, st->used.vms),
		  amount_count(limit, st->limit.vms));
	print_use("", "vCPUs", amount_count(used, st->used.vcpus),
		  amount_count(limit, st->limit.vcpus));
	print_use("", "memory", amount_human(used, st->used.memory),
		  amount_human(limit, st->limit.memory));
}

/* ", vCPUs 4": what a user may have; nothing without a limit */
static const char *print_most(const char *joint, const char *what,
			      const char *limit)
{
	if (!strcmp(limit, "unlimited"))
		return joint;
	printf("%s%s %s", joint, what, limit);
	return ", ";
}

static void print_host_users(const struct kvmwarden_amounts *user)
{
	char limit[AMOUNT_LEN], head[] = "           each user at most: ";
	const char *joint = head;

	joint = print_most(joint, "VMs", amount_count(limit, user->vms));
	joint = print_most(joint, "vCPUs", amount_count(limit, user->vcpus));
	joint = print_most(joint, "memory", amount_human(limit, user->memory));
	if (joint != head)
		putchar('\n');
}

/* "VMs 2/4", or "VMs 2" without a limit */
static void print_share(const char *what, const char *used, const char *limit)
{
	bool limited = strcmp(limit, "unlimited");

	printf("%s %s%s%s", what, used, limited ? "/" : "",
	       limited ? limit : "");
}

static void print_class(const struct kvmwarden_class *c, const char *head)
{
	char used[AMOUNT_LEN], limit[AMOUNT_LEN];

	printf("%-10s %s: %s; ", head, c->name, mode_name(c->mode));
	print_share("VMs", amount_count(used, c->used.vms),
		    amount_count(limit, c->total.vms));
	print_share(", vCPUs", amount_count(used, c->used.vcpus),
		    amount_count(limit, c->total.vcpus));
	print_share(", memory", amount_human(used, c->used.memory),
		    amount_human(limit, c->total.memory));
	putchar('\n');
}

static void print_classes(const struct ruleset *rules)
{
	size_t i;

	if (!rules->count)
		printf("%-10s %u; all of them: kvmwarden status -j\n",
		       "classes", rules->status.classes);
	for (i = 0; i < rules->count; i++)
		print_class(&rules->classes[i], i ? "" : "classes");
}

static int widest(const struct view *view)
{
	int max = 0;
	size_t i;

	for (i = 0; i < view->hooks.count; i++) {
		int len = strlen(printable(view->hooks.list[i].function));

		if (len > max)
			max = len;
	}
	return max;
}

static void print_hook(const struct kvmwarden_hook *hook, const char *head,
		       int width)
{
	printf("%-10s %-*s  %-9s  %s", head, width, printable(hook->function),
	       printable(hook->module), hook_state_name(hook->state));
	switch (hook->state) {
	case KVMWARDEN_HOOK_ARMED:
	case KVMWARDEN_HOOK_OFF:
		putchar('\n');
		break;
	case KVMWARDEN_HOOK_WAITING:
		printf(": not loaded\n");
		break;
	case KVMWARDEN_HOOK_ABSENT:
		printf(": nothing to guard\n");
		break;
	case KVMWARDEN_HOOK_MISSING:
		printf(": not in this kernel\n");
		break;
	case KVMWARDEN_HOOK_STUCK:
		printf(": not released: %s\n", strerror(-hook->error));
		break;
	default:
		printf(": %s\n", hook->error ? strerror(-hook->error) : "");
	}
	if (hook->features && (hook->state == KVMWARDEN_HOOK_MISSING ||
			       hook->state == KVMWARDEN_HOOK_FAILED))
		printf("%-10s   lost without it: %s\n", "",
		       feature_texts(hook->features));
}

static void print_text(const struct view *view)
{
	const struct kvmwarden_status *st = &view->rules.status;
	int width = widest(view);
	size_t i;

	print_state(st);
	print_policy(st);
	print_host(st);
	print_host_users(&st->user);
	if (st->cgroups)
		printf("%-10s %u limit%s; what is in use: kvmwarden accounts\n",
		       "cgroups", st->cgroups, plural(st->cgroups));
	print_classes(&view->rules);
	denials_print("denials", &st->denials, NULL, NULL);
	for (i = 0; i < view->hooks.count; i++)
		print_hook(&view->hooks.list[i], i ? "" : "hooks", width);
}

/* --- JSON --------------------------------------------------------------- */

static struct json_object *hook_json(const struct kvmwarden_hook *hook)
{
	struct json_object *o = json_map();

	json_text(o, "function", hook->function);
	json_text(o, "module", hook->module);
	json_text(o, "state", hook_state_name(hook->state));
	if (hook->error)
		json_text(o, "error", strerror(-hook->error));
	else
		json_add(o, "error", NULL);
	json_features(o, "needed_for", hook->features);
	return o;
}

static struct json_object *class_json(const struct kvmwarden_class *c)
{
	struct json_object *o = json_map();

	json_text(o, "name", c->name);
	json_text(o, "mode", mode_name(c->mode));
	json_amounts(o, "used", &c->used);
	json_amounts(o, "limit", &c->total);
	json_denials(o, &c->denials);
	return o;
}

static void print_json(const struct view *view)
{
	const struct kvmwarden_status *st = &view->rules.status;
	struct json_object *classes = json_list();
	struct json_object *hooks = json_list();
	struct json_object *root = json_new();
	const struct kvmwarden_class *c;
	size_t i;

	json_number(root, "abi", st->abi);
	json_features(root, "features", st->features);
	json_flag(root, "armed", st->state & KVMWARDEN_STATE_ARMED);
	json_flag(root, "canary", st->state & KVMWARDEN_STATE_CANARY);
	json_flag(root, "layout_bad", st->state & KVMWARDEN_STATE_LAYOUT_BAD);
	json_flag(root, "locked", st->state & KVMWARDEN_STATE_LOCKED);
	json_flag(root, "awaits_confirmation",
		  st->state & KVMWARDEN_STATE_CONFIRM);
	json_number(root, "confirm_left_ms", st->confirm_left);
	json_number(root, "generation", st->generation);
	json_number(root, "version", st->version);
	json_digest(root, "digest", st->digest);
	json_text(root, "mode", mode_name(st->mode));
	json_amounts(root, "used", &st->used);
	json_amounts(root, "limit", &st->limit);
	json_amounts(root, "user_limit", &st->user);
	json_number(root, "cgroups", st->cgroups);
	json_denials(root, &st->denials);
	for (i = 0; i < view->rules.count; i++) {
		c = &view->rules.classes[i];
		json_append(classes, class_json(c));
	}
	json_add(root, "classes", classes);
	for (i = 0; i < view->hooks.count; i++)
		json_append(hooks, hook_json(&view->hooks.list[i]));
	json_add(root, "hooks", hooks);
	json_print(root);
}

/* Returns an exit code */
static int read_view(struct view *view, int fd, bool all)
{
	struct kvmwarden_status *st = &view->rules.status;
	int ret;

	ret = device_status(fd, st);
	if (!ret)
		ret = hooks_read(&view->hooks, fd);
	if (ret)
		return device_error(ret, "cannot read the status");
	/* more than a screen holds is read only where it is shown */
	if (all || st->classes <= CLASSES_SHOWN)
		return ruleset_read(&view->rules, fd);
	return EXIT_DONE;
}

int verb_status(const struct options *opt, int argc, char **argv)
{
	struct view view = { 0 };
	int fd, ret;

	(void)argc;
	(void)argv;
	ret = device_open(&fd);
	if (ret)
		return ret;
	ret = read_view(&view, fd, opt->json);
	close(fd);
	if (!ret) {
		if (opt->json)
			print_json(&view);
		else
			print_text(&view);
		if (!device_is_sound(&view.rules.status))
			ret = EXIT_NOT_SO;
	}
	hooks_free(&view.hooks);
	ruleset_free(&view.rules);
	return ret;
}
