// SPDX-License-Identifier: GPL-2.0
/*
 * What KVM's calls take, in instructions: to be run where the clock counts these
 * (selftests/boot --icount), as root.
 *
 *	measure [short] clock
 *	measure [short] calls CONFIGURATION
 *	measure [short] bpf OBJECT CONFIGURATION
 *	measure [short] seccomp CONFIGURATION
 *	measure [short] limits | classes | crowds N...
 *	measure gaps MODULE OTHER NAME
 *	measure guest
 *	measure hold N
 *	measure trace TTY N
 *
 * The first lines' commands print a line for each figure: configuration, call,
 * median, minimum, the first and the third quartile, all separated by tabs; for
 * people and programs, see run. Those of the others: gaps.c and trace.c. guest
 * has a guest run for ever, and hold keeps VMs until its input ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf.h"
#include "calls.h"
#include "gaps.h"
#include "kselftest.h"
#include "seccomp.h"
#include "trace.h"
#include "vmm.h"
#include "warden.h"

#define CGROUPS		"/sys/fs/cgroup"
/* the cgroup that this process is in */
#define PARENT		"/kwperf"
#define CGROUP		PARENT "/vm"

/* ids that are nobody's here */
#define NOBODYS		100000

static int warden;

static void measure_refusals(const char *configuration)
{
	unsigned int i;

	for (i = 0; i < nr_refusals; i++)
		measure(configuration, &refusals[i]);
}

static int check_clock(char **args)
{
	unsigned int i;

	(void)args;
	for (i = 0; i < nr_loops; i++)
		measure("clock", &loops[i]);
	return 0;
}

static int measure_one(char **args)
{
	make_vms();
	measure_calls(args[0]);
	return 0;
}

static int measure_bpf(char **args)
{
	make_vms();
	must(!bpf_begin(args[0]), args[0]);
	/* what it denies is denied */
	must(ioctl(kvm_open(), KVM_SET_TSS_ADDR, 0) < 0 && errno == EPERM,
	     "the program is not asked");
	measure_calls(args[1]);
	return 0;
}

/* KVM's file descriptors are there before, as in Firecracker's threads. */
static int measure_seccomp(char **args)
{
	make_vms();
	must(!seccomp_begin(), "seccomp");
	measure_calls(args[0]);
	return 0;
}

/* By what a VM is matched. */
enum by { UID, GID, EXE, CGROUP_DISTINCT, CGROUP_ALIKE, NR_BY };

static const char *const by_names[] = {
	[UID]			= "uid",
	[GID]			= "gid",
	[EXE]			= "exe",
	[CGROUP_DISTINCT]	= "cgroup",
	[CGROUP_ALIKE]		= "cgroup, prefixes alike",
};

/**
 * struct many - a ruleset of many classes
 * @draft: its file descriptor
 * @by: what all classes match
 * @nr: how many there are, ``default`` excepted
 * @ours: which of them takes our VMs; none if it is @nr
 */
struct many {
	int draft;
	enum by by;
	unsigned int nr;
	unsigned int ours;
};

/* A file that is nobody's executable. */
static int other_file(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	must(fd >= 0, "O_TMPFILE");
	return fd;
}

static void criteria(const struct many *many, bool ours, unsigned int i,
		     struct kvmwarden_class *class, char *text)
{
	uint32_t id = ours ? 0 : NOBODYS + i;

	switch (many->by) {
	case UID:
		class->flags = KVMWARDEN_CLASS_MATCH_UID;
		class->uid = id;
		break;
	case GID:
		class->flags = KVMWARDEN_CLASS_MATCH_GID;
		class->gid = id;
		break;
	case EXE:
		class->flags = KVMWARDEN_CLASS_MATCH_EXE;
		class->exe_fd = ours ? open("/proc/self/exe", O_PATH) :
				       other_file();
		strcpy(text, "/told/only");
		class->exe.address = (uintptr_t)text;
		break;
	default:
		class->flags = KVMWARDEN_CLASS_MATCH_CGROUP;
		sprintf(text, many->by == CGROUP_ALIKE ? PARENT "/*-%05u" :
			"/tenant-%05u/**", i);
		if (ours)
			strcpy(text, many->by == CGROUP_ALIKE ?
			       PARENT "/*m" : CGROUP);
		class->cgroup.address = (uintptr_t)text;
	}
}

static void add_class(const struct many *many, unsigned int i)
{
	struct kvmwarden_class class = {
		.size = sizeof(class),
		.mode = KVMWARDEN_MODE_ENFORCE,
	};
	char text[64];

	snprintf(class.name, sizeof(class.name), "class-%u", i);
	warden_limits(&class.vm);
	warden_unlimited(&class.user);
	warden_unlimited(&class.total);
	criteria(many, i == many->ours, i, &class, text);
	must(!ioctl(many->draft, KVMWARDEN_RULESET_ADD, &class),
	     "KVMWARDEN_RULESET_ADD");
	if (class.exe_fd)
		close(class.exe_fd);
}

static void commit_many(struct many *many)
{
	struct kvmwarden_ruleset ruleset = {
		.size = sizeof(ruleset),
		.mode = KVMWARDEN_MODE_ENFORCE,
		.version = 1,
	};
	struct kvmwarden_commit commit = { .size = sizeof(commit) };
	struct kvmwarden_status status;
	unsigned int i;

	warden_unlimited(&ruleset.host);
	warden_unlimited(&ruleset.user);
	many->draft = ioctl(warden, KVMWARDEN_RULESET_BEGIN, &ruleset);
	must(many->draft >= 0, "KVMWARDEN_RULESET_BEGIN");
	for (i = 0; i < many->nr; i++)
		add_class(many, i);
	warden_status(warden, &status);
	commit.generation = status.generation;
	must(!ioctl(many->draft, KVMWARDEN_RULESET_COMMIT, &commit),
	     "KVMWARDEN_RULESET_COMMIT");
	close(many->draft);
}

/* Is it the class that it should be in? */
static void check_class(const struct many *many)
{
	char name[KVMWARDEN_NAME_LEN] = "default";
	struct kvmwarden_vm record;

	if (many->ours < many->nr)
		snprintf(name, sizeof(name), "class-%u", many->ours);
	must(!warden_vm(warden, getpid(), &record), "our VM's record");
	if (strcmp(record.class_name, name))
		ksft_exit_fail_msg("%s classes by %s: our VM is in %s, not %s\n",
				   "", by_names[many->by], record.class_name,
				   name);
}

static void matched(enum by by, unsigned int nr, unsigned int ours,
		    const char *which)
{
	struct many many = { .by = by, .nr = nr, .ours = ours };
	char name[64];

	commit_many(&many);
	check_class(&many);
	snprintf(name, sizeof(name), "%u classes by %s, %s", nr, by_names[by],
		 which);
	measure(name, call_named("create VM"));
}

static int measure_classes(char **args)
{
	static const unsigned int nr[] = { 1, 100, 1000, KVMWARDEN_CLASSES_MAX - 1 };
	unsigned int i, sizes = is_short ? 3 : 4;
	enum by by;

	(void)args;
	warden = warden_open();
	make_vms();
	for (by = 0; by < NR_BY; by++) {
		for (i = 0; i < sizes; i++) {
			if (is_short && nr[i] == 100)
				continue;
			if (!is_short)
				matched(by, nr[i], 0, "first");
			matched(by, nr[i], nr[i] - 1, "last");
			if (!is_short)
				matched(by, nr[i], nr[i], "default");
		}
	}
	return 0;
}

static void limit(struct kvmwarden_amounts *amounts)
{
	amounts->vms = 50000;
	amounts->vcpus = 50000;
	amounts->memory = 1ULL << 50;
}

/* What a ruleset of one class limits. */
#define LIMIT_VM	(1U << 0)
#define LIMIT_CLASS	(1U << 1)
#define LIMIT_HOST	(1U << 2)
#define LIMIT_USER	(1U << 3)
#define LIMIT_HOST_USER	(1U << 4)
#define LIMIT_CGROUPS	(1U << 5)

static void write_limits(struct warden_policy *policy, unsigned int limits)
{
	struct kvmwarden_class *class;

	warden_policy_init(policy);
	class = warden_add(policy, "default");
	if (limits & LIMIT_VM) {
		class->vm.of[KVMWARDEN_LIMIT_VCPUS] = 1;
		class->vm.of[KVMWARDEN_LIMIT_MEMORY] = 2 * MiB;
	}
	if (limits & LIMIT_CLASS)
		limit(&class->total);
	if (limits & LIMIT_HOST)
		limit(&policy->host);
	if (limits & LIMIT_USER)
		limit(&class->user);
	if (limits & LIMIT_HOST_USER)
		limit(&policy->user);
	if (limits & LIMIT_CGROUPS) {
		limit(warden_add_cgroup(policy, PARENT));
		limit(warden_add_cgroup(policy, CGROUP));
	}
}

static void limited(const char *name, unsigned int limits)
{
	struct warden_policy policy;

	write_limits(&policy, limits);
	warden_apply(warden, &policy);
	measure_calls(name);
	if (limits & LIMIT_VM)
		measure_refusals(name);
	policy.host.vms = 0;
	warden_apply(warden, &policy);
	measure(name, &refuse_vm);
}

#define LIMIT_ALL	(LIMIT_VM | LIMIT_CLASS | LIMIT_HOST | LIMIT_USER | \
			 LIMIT_HOST_USER | LIMIT_CGROUPS)

/* Nested virtualization, to a class that none of our VMs is in. */
static void denied_to_others(const char *name)
{
	struct kvmwarden_class *class;
	struct warden_policy policy;

	warden_policy_init(&policy);
	class = warden_add(&policy, "others");
	class->flags = KVMWARDEN_CLASS_MATCH_UID;
	class->uid = NOBODYS;
	class->deny = KVMWARDEN_DENY_NESTED;
	warden_apply(warden, &policy);
	measure_calls(name);
}

static int measure_limits(char **args)
{
	(void)args;
	warden = warden_open();
	make_vms();
	limited("no limits", 0);
	if (!is_short) {
		limited("of the VM", LIMIT_VM);
		limited("of class and host, too",
			LIMIT_VM | LIMIT_CLASS | LIMIT_HOST);
		limited("of users, too",
			LIMIT_VM | LIMIT_CLASS | LIMIT_HOST | LIMIT_USER |
			LIMIT_HOST_USER);
	}
	limited("of users and 2 cgroups, too", LIMIT_ALL);
	denied_to_others("nesting denied to others");
	warden_reset(warden);
	return 0;
}

/*
 * With others there, without the module's hooks and with them: of the same VMs,
 * for each of them has its own place in memory. Not one is closed before the
 * end.
 */
static int measure_crowds(char **args)
{
	struct kvmwarden_disarm disarm = { .size = sizeof(disarm) };
	unsigned int others = 0, round;
	struct warden_policy policy;
	char name[64];

	warden = warden_open();
	make_vms();
	write_limits(&policy, LIMIT_ALL);
	for (; *args; args++) {
		more_vms(others, atoi(*args));
		others = atoi(*args);
		snprintf(name, sizeof(name), "bare, with %u other VMs", others);
		for (round = 0; round < 2; round++) {
			must(!ioctl(warden, KVMWARDEN_DISARM, &disarm),
			     "disarming");
			measure_calls(name);
			warden_apply(warden, &policy);
			measure_calls(name + strlen("bare, "));
		}
	}
	leave_vms();
	return 0;
}

static int hold(char **args)
{
	char byte;

	kvm_open();
	more_vms(0, atoi(args[0]));
	puts("ready");
	return read(STDIN_FILENO, &byte, 1) ? 1 : 0;
}

static void enter_cgroup(void)
{
	FILE *file;

	mkdir(CGROUPS PARENT, 0755);
	mkdir(CGROUPS CGROUP, 0755);
	file = fopen(CGROUPS CGROUP "/cgroup.procs", "w");
	must(file && fprintf(file, "0") > 0 && !fclose(file), "cgroup.procs");
}

/**
 * struct command - what can be asked of this program
 * @name: the word
 * @run: with the arguments after it
 * @needs: how many these are at least
 */
static const struct command {
	const char *name;
	int (*run)(char **args);
	int needs;
} commands[] = {
	{ "clock", check_clock, 0 },
	{ "calls", measure_one, 1 },
	{ "bpf", measure_bpf, 2 },
	{ "seccomp", measure_seccomp, 1 },
	{ "limits", measure_limits, 0 },
	{ "classes", measure_classes, 0 },
	{ "crowds", measure_crowds, 1 },
	{ "gaps", measure_gaps, 3 },
	{ "guest", run_guest, 0 },
	{ "hold", hold, 1 },
	{ "trace", trace_calls, 2 },
};

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc > 1 && !strcmp(argv[1], "short")) {
		is_short = true;
		argc--;
		argv++;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (argc < 2 + commands[i].needs ||
		    strcmp(argv[1], commands[i].name))
			continue;
		enter_cgroup();
		return commands[i].run(argv + 2);
	}
	fprintf(stderr, "Usage: see the head of measure.c\n");
	return 2;
}
