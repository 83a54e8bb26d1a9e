// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: what will be in force after a reboot, and who decides on it.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmdline.h"
#include "compare.h"
#include "device.h"
#include "doctor.h"
#include "repair.h"

#define SPACE	" \t"

/* --- lines of files -------------------------------------------------------- */

typedef bool (*line_test)(const char *line);

static bool file_has(const struct host *host, const char *path, line_test test)
{
	FILE *file = host_file(host, path);
	bool found = false;
	char *line;

	if (!file)
		return false;
	while (!found && next_line(file, &line)) {
		found = test(line);
		free(line);
	}
	fclose(file);
	return found;
}

static bool ends_in(const char *name, const char *end)
{
	size_t len = strlen(name), tail = strlen(end);

	return len > tail && !strcmp(name + len - tail, end);
}

static bool dir_has(const struct host *host, const char *dir, line_test test)
{
	struct host_names names;
	bool found = false;
	size_t i;

	host_list(host, dir, &names);
	for (i = 0; i < names.count && !found; i++) {
		char *path = text_of("%s/%s", dir, names.list[i]);

		found = ends_in(names.list[i], ".conf") &&
			file_has(host, path, test);
		free(path);
	}
	host_names_free(&names);
	return found;
}

static bool any_dir_has(const struct host *host, const char *const *dirs,
			line_test test)
{
	for (; *dirs; dirs++) {
		if (dir_has(host, *dirs, test))
			return true;
	}
	return false;
}

/* The first word is the first of @wanted; the others follow, somewhere */
static bool has_words(const char *line, const char *const *wanted)
{
	char *copy = copy_of(line), *word, *save;
	const char *const *next = wanted;

	for (word = strtok_r(copy, SPACE, &save); word && *next;
	     word = strtok_r(NULL, SPACE, &save)) {
		if (!strcmp(word, *next))
			next++;
		else if (next == wanted)
			break;
	}
	free(copy);
	return !*next;
}

/* --- the module ------------------------------------------------------------ */

static const char *const modprobe_dirs[] = {
	"/etc/modprobe.d", "/run/modprobe.d", "/usr/lib/modprobe.d",
	"/lib/modprobe.d", NULL
};

static const char *const load_dirs[] = {
	"/etc/modules-load.d", "/run/modules-load.d",
	"/usr/lib/modules-load.d", "/lib/modules-load.d", NULL
};

static bool goes_before_kvm(const char *line)
{
	static const char *const words[] = {
		"softdep", "kvm", "pre:", "kvmwarden", NULL
	};

	return has_words(line, words);
}

static bool is_ourselves(const char *line)
{
	static const char *const words[] = { "kvmwarden", NULL };

	return has_words(line, words);
}

static bool is_loaded_at_boot(const struct host *host)
{
	return any_dir_has(host, load_dirs, is_ourselves) ||
	       file_has(host, "/etc/modules", is_ourselves) ||
	       file_has(host, "/etc/initramfs-tools/modules", is_ourselves);
}

static void check_boot(const struct subject *s, struct finding *f)
{
	const struct host *host = &s->host;

	if (!host_has(host, "/etc")) {
		finding_set(f, LEVEL_NOTE, "not known: there is no /etc");
	} else if (any_dir_has(host, modprobe_dirs, goes_before_kvm)) {
		finding_set(f, LEVEL_OK, "before kvm, whenever that is loaded");
	} else if (is_loaded_at_boot(host)) {
		finding_set(f, LEVEL_OK, "with the first modules");
	} else {
		finding_set(f, LEVEL_WARNING, "nothing loads kvmwarden at boot");
		finding_help(f, "To have it loaded before kvm, whoever loads that:");
		finding_help(f, "    echo softdep kvm pre: kvmwarden \\");
		finding_help(f, "        >/etc/modprobe.d/kvmwarden.conf");
		finding_help(f, "Where kvm is part of the kernel, or in the initramfs:");
		finding_help(f, "    echo kvmwarden >/etc/modules-load.d/kvmwarden.conf");
	}
}

/* --- the policy ------------------------------------------------------------ */

static bool is_closing_option(const char *line)
{
	static const char *const one[] = {
		"options", "kvmwarden", "closed=1", NULL
	};
	static const char *const yes[] = {
		"options", "kvmwarden", "closed=Y", NULL
	};

	return has_words(line, one) || has_words(line, yes);
}

static bool is_closed_at_boot(const struct host *host)
{
	return any_dir_has(host, modprobe_dirs, is_closing_option) ||
	       cmdline_has(host, "kvmwarden.closed=1") ||
	       cmdline_has(host, "kvmwarden.closed=Y");
}

static bool applies(const char *line)
{
	const char *start = line + strspn(line, SPACE);

	return !strncmp(start, "ExecStart", 9) &&
	       strstr(start, "kvmwarden apply");
}

static bool unit_applies(const struct host *host, const char *unit)
{
	static const char *const dirs[] = {
		"/etc/systemd/system", "/usr/lib/systemd/system",
		"/lib/systemd/system",
	};
	bool found = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dirs) && !found; i++) {
		char *path = text_of("%s/%s", dirs[i], unit);

		found = file_has(host, path, applies);
		free(path);
	}
	return found;
}

/* @dir: of what a target wants */
static bool any_unit_applies(const struct host *host, const char *dir)
{
	struct host_names units;
	bool found = false;
	size_t i;

	host_list(host, dir, &units);
	for (i = 0; i < units.count && !found; i++)
		found = unit_applies(host, units.list[i]);
	host_names_free(&units);
	return found;
}

/* By a service that is enabled */
static bool is_applied_at_boot(const struct host *host)
{
	struct host_names targets;
	bool found = false;
	size_t i;

	host_list(host, "/etc/systemd/system", &targets);
	for (i = 0; i < targets.count && !found; i++) {
		char *dir = text_of("/etc/systemd/system/%s", targets.list[i]);

		found = (ends_in(targets.list[i], ".wants") ||
			 ends_in(targets.list[i], ".requires")) &&
			any_unit_applies(host, dir);
		free(dir);
	}
	host_names_free(&targets);
	return found;
}

static void help_service(struct finding *f)
{
	finding_help(f, "Have a service do it, before what starts VMs; in /etc/systemd/system/kvmwarden.service:");
	finding_help(f, "    [Unit]");
	finding_help(f, "    After=systemd-modules-load.service");
	finding_help(f, "    Before=libvirtd.service virtqemud.service");
	finding_help(f, "    [Service]");
	finding_help(f, "    Type=oneshot");
	finding_help(f, "    ExecStart=/usr/local/sbin/kvmwarden apply");
	finding_help(f, "    [Install]");
	finding_help(f, "    WantedBy=multi-user.target");
	finding_help(f, "and");
	finding_help(f, "    systemctl enable kvmwarden");
}

static void check_boot_policy(const struct subject *s, struct finding *f)
{
	const struct host *host = &s->host;

	if (!host_has(host, "/etc")) {
		finding_set(f, LEVEL_NOTE, "not known: there is no /etc");
	} else if (is_applied_at_boot(host)) {
		finding_set(f, LEVEL_OK, "a service applies it");
	} else if (is_closed_at_boot(host)) {
		finding_set(f, LEVEL_NOTE,
			    "no service applies it; no VM is created before somebody does (closed=1)");
		help_service(f);
	} else {
		finding_set(f, LEVEL_WARNING, "no service applies it");
		help_service(f);
		finding_help(f, "To have no VM created before:");
		finding_help(f, "    echo options kvmwarden closed=1 \\");
		finding_help(f, "        >>/etc/modprobe.d/kvmwarden.conf");
	}
}

/* --- its files ------------------------------------------------------------- */

typedef void (*policy_visit)(const struct host *host, const char *path,
			     const struct stat *st, void *data);

static void visit_file(const struct host *host, const char *path,
		       policy_visit visit, void *data)
{
	struct stat st;

	if (host_stat(host, path, &st))
		visit(host, path, &st, data);
}

/* All that is of the policy, and the directories that it is in */
static void visit_policy(const struct host *host, policy_visit visit,
			 void *data)
{
	struct host_names names;
	size_t i;

	visit_file(host, POLICY_HOME, visit, data);
	visit_file(host, POLICY_FILE, visit, data);
	visit_file(host, POLICY_DIR, visit, data);
	host_list(host, POLICY_DIR, &names);
	for (i = 0; i < names.count; i++) {
		char *path = text_of(POLICY_DIR "/%s", names.list[i]);

		if (ends_in(names.list[i], ".conf"))
			visit_file(host, path, visit, data);
		free(path);
	}
	host_names_free(&names);
}

/* Bits by which somebody else may write it */
static mode_t writers(const struct stat *st)
{
	return st->st_mode & (st->st_gid ? 022 : 02);
}

struct policy_files {
	size_t seen;
	struct several writable;
	struct several owned;
	int ret;
};

static void look_at_file(const struct host *host, const char *path,
			 const struct stat *st, void *data)
{
	struct policy_files *files = data;

	(void)host;
	files->seen++;
	if (writers(st))
		several_add(&files->writable, "%s", brief(path));
	else if (st->st_uid)
		several_add(&files->owned, "%s", brief(path));
}

static void check_files(const struct subject *s, struct finding *f)
{
	struct policy_files files = { 0 };

	visit_policy(&s->host, look_at_file, &files);
	if (files.writable.count) {
		finding_set(f, LEVEL_PROBLEM, "others may write: %s",
			    files.writable.text);
		finding_help(f, "    chmod -R go-w " POLICY_HOME);
		finding_help(f, "Then see that nobody has, and what is in force:");
		finding_help(f, "    kvmwarden diff");
	} else if (files.owned.count) {
		finding_set(f, LEVEL_PROBLEM, "not root's: %s",
			    files.owned.text);
		finding_help(f, "    chown -R root: " POLICY_HOME);
	} else if (files.seen) {
		finding_set(f, LEVEL_OK, "only root may write them");
	} else {
		finding_set(f, LEVEL_NA, "there is no " POLICY_HOME);
	}
	several_free(&files.writable);
	several_free(&files.owned);
}

static void close_file(const struct host *host, const char *path,
		       const struct stat *st, void *data)
{
	struct policy_files *files = data;
	int ret;

	/* not what a link leads to: /dev/null has other writers */
	if (!writers(st) || !(S_ISREG(st->st_mode) || S_ISDIR(st->st_mode)))
		return;
	ret = repair_mode(host, path, 022);
	files->ret = files->ret ? files->ret : ret;
}

static int fix_files(const struct subject *s)
{
	struct policy_files files = { 0 };

	visit_policy(&s->host, close_file, &files);
	return files.ret;
}

/* --- how old they are ------------------------------------------------------ */

static void look_at_time(const struct host *host, const char *path,
			 const struct stat *st, void *data)
{
	time_t *newest = data;

	(void)host;
	(void)path;
	if (S_ISREG(st->st_mode) && st->st_mtime > *newest)
		*newest = st->st_mtime;
}

static void check_age(const struct subject *s, struct finding *f)
{
	time_t newest = 0, now = time(NULL);
	long days;

	visit_policy(&s->host, look_at_time, &newest);
	if (!newest) {
		finding_set(f, LEVEL_NA, "there is no policy file");
		return;
	}
	days = newest < now ? (now - newest) / (24 * 60 * 60) : 0;
	finding_set(f, days > 365 ? LEVEL_NOTE : LEVEL_OK,
		    "last changed %ld day%s ago", days, plural(days));
	if (days > 365)
		finding_help(f, "See whether it still says what is meant, of the VMs that there are now; then touch it.");
}

/* --- drift ----------------------------------------------------------------- */

static size_t vms_with_own(const struct warden *w)
{
	size_t i, count = 0;

	for (i = 0; i < w->nr_vms; i++)
		count += w->vms[i].own || w->vms[i].own_limits ||
			 w->vms[i].flags & KVMWARDEN_VM_CLASS_SET;
	return count;
}

static void tell_drift(const struct subject *s, size_t sections,
		       struct finding *f)
{
	size_t own = vms_with_own(&s->warden);

	if (sections) {
		finding_set(f, LEVEL_WARNING,
			    "the files say something else in %zu section%s",
			    sections, plural(sections));
		finding_help(f, "See what, and put it in force, or into the files:");
		finding_help(f, "    kvmwarden diff");
		finding_help(f, "    kvmwarden apply");
	} else if (own) {
		finding_set(f, LEVEL_NOTE,
			    "the files say the same; %zu VM%s settings of their own",
			    own, own == 1 ? " has" : "s have");
		finding_help(f, "These end with the VM. To see them:");
		finding_help(f, "    kvmwarden diff");
	} else {
		finding_set(f, LEVEL_OK, "the files say the same");
	}
}

static void compare_files(const struct subject *s, const struct policy *files,
			  int fd, struct finding *f)
{
	struct kvmwarden_status status;
	struct policy in_force;
	struct comparison cmp;

	if (policy_load(&in_force, fd, &status) != EXIT_DONE) {
		finding_set(f, LEVEL_NOTE, "not known: what is in force cannot be read");
		return;
	}
	compare(&cmp, &in_force, files);
	tell_drift(s, cmp.count, f);
	comparison_free(&cmp);
	policy_free(&in_force);
}

static void bad_files(const struct complaints *wrong, struct finding *f)
{
	finding_set(f, LEVEL_WARNING,
		    "the files cannot be put in force again: %s",
		    printable(wrong->list[0].text));
	finding_help(f, "That is so at the next boot, too. To see all that is wrong, or to have what is in force as a file:");
	finding_help(f, "    kvmwarden check");
	finding_help(f, "    kvmwarden export");
}

static void check_drift(const struct subject *s, struct finding *f)
{
	struct complaints wrong = { 0 };
	struct policy files;
	char *device;
	int fd;

	if (!warden_enforces(&s->warden) ||
	    !s->warden.rules.status.generation) {
		finding_set(f, LEVEL_NA, "no policy is in force");
		return;
	}
	device = host_path(&s->host, KVMWARDEN_DEVICE);
	policy_read_host(&files, s->host.root, &wrong);
	if (wrong.count) {
		bad_files(&wrong, f);
	} else if (device_open_at(device, &fd)) {
		finding_set(f, LEVEL_NOTE, "not known: the module cannot be asked");
	} else {
		compare_files(s, &files, fd, f);
		close(fd);
	}
	complaints_free(&wrong);
	policy_free(&files);
	free(device);
}

/* --- the table ------------------------------------------------------------- */

static const struct check checks[] = {
	{
		.id = "boot",
		.worst = LEVEL_WARNING,
		.title = "is kvmwarden loaded at boot, and in time?",
		.why = "VMs that are older than the hooks keep what they have, beyond any limit.",
		.reference = "modprobe.d(5), softdep; modules-load.d(5)",
		.run = check_boot,
	}, {
		.id = "boot-policy",
		.worst = LEVEL_WARNING,
		.title = "is the policy put in force at boot?",
		.why = "The module begins without one: after a reboot, nothing is limited until somebody applies it.",
		.reference = "Documentation/tool.md; systemd.service(5)",
		.run = check_boot_policy,
	}, {
		.id = "drift",
		.worst = LEVEL_WARNING,
		.title = "do the files say what is in force?",
		.why = "What is in force and in no file is gone at the next apply, or the next boot.",
		.reference = "Documentation/tool.md",
		.run = check_drift,
	}, {
		.id = "policy-files",
		.worst = LEVEL_PROBLEM,
		.title = "may only root write the policy's files?",
		.why = "Whoever writes them decides, from the next apply or boot on, what VMs may do.",
		.reference = "Documentation/policy.md",
		.run = check_files,
		.fix = fix_files,
	}, {
		.id = "policy-age",
		.worst = LEVEL_NOTE,
		.title = "has anybody looked at the policy within a year?",
		.why = "VMs come and go, and limits and exceptions that were made for one stay.",
		.reference = "Documentation/policy.md",
		.run = check_age,
	},
};

const struct check_group setup_group = { "setup", checks, ARRAY_SIZE(checks) };
