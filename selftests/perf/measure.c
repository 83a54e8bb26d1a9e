// SPDX-License-Identifier: GPL-2.0
/*
 * What kvmwarden adds to KVM's calls, in instructions: to be run where the clock
 * counts these (selftests/boot --icount --no-load), as root, and without the
 * module, which is loaded in between.
 *
 *	measure [short] MODULE
 *
 * Prints a line for each figure: configuration, call, median, minimum, the first
 * and the third quartile, all separated by tabs; for people and programs, see
 * run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "vmm.h"
#include "vmm_arch.h"
#include "warden.h"

#define MiB		(1ULL << 20)
#define GiB		(1ULL << 30)

#define CGROUPS		"/sys/fs/cgroup"
/* the cgroup that this process is in */
#define PARENT		"/kwperf"
#define CGROUP		PARENT "/vm"

/* ids that are nobody's here */
#define NOBODYS		100000

static bool is_short;
static int kvm, warden;

/* How often each call is made; what is odd about the first ones is not ours. */
static unsigned int times(void)
{
	return is_short ? 31 : 101;
}

#define WARM_UP		5
#define TIMES_MAX	101

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

/**
 * struct call - a call that is measured
 * @name: what it is called in the output
 * @once: makes it, all else being prepared and cleaned up unmeasured
 */
struct call {
	const char *name;
	uint64_t (*once)(void);
};

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void measure(const char *configuration, const struct call *call)
{
	uint64_t took[TIMES_MAX];
	unsigned int i;

	for (i = 0; i < WARM_UP; i++)
		call->once();
	for (i = 0; i < times(); i++)
		took[i] = call->once();
	qsort(took, times(), sizeof(took[0]), compare);
	printf("%s\t%s\t%llu\t%llu\t%llu\t%llu\n", configuration,
	       call->name, (unsigned long long)took[times() / 2],
	       (unsigned long long)took[0],
	       (unsigned long long)took[times() / 4],
	       (unsigned long long)took[times() * 3 / 4]);
}

static void must(bool so, const char *what)
{
	if (!so)
		ksft_exit_fail_msg("%s: %s\n", what, strerror(errno));
}

/* The clock itself, and a loop of 2 instructions a turn. */
static uint64_t loop(unsigned long turns)
{
	uint64_t start = now();

	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r" (turns));
	return now() - start;
}

static uint64_t once_loop_1(void)
{
	return loop(1);
}

static uint64_t once_loop_1001(void)
{
	return loop(1001);
}

/* A string instruction counts once a turn, however fast it is in hardware. */
static uint64_t once_string_1000(void)
{
	static char room[1000];
	unsigned long turns = sizeof(room);
	char *to = room;
	uint64_t start = now();

	__asm__ volatile("rep stosb" : "+D" (to), "+c" (turns) : "a" (0) :
			 "memory");
	return now() - start;
}

static uint64_t once_create_vm(void)
{
	uint64_t start = now(), took;
	int vm = vmm_vm(kvm);

	took = now() - start;
	must(vm >= 0, "KVM_CREATE_VM");
	close(vm);
	return took;
}

static uint64_t once_refuse_vm(void)
{
	uint64_t start = now(), took;
	int vm = vmm_vm(kvm);

	took = now() - start;
	must(vm == -EDQUOT, "KVM_CREATE_VM, to be refused");
	return took;
}

/* A VM that is there all the time. */
static int vm_fd, vcpu_fd;
static struct kvm_run *vcpu_run;

static uint64_t once_create_slot(void)
{
	uint64_t start = now(), took;
	int err = vmm_slot(vm_fd, 1, 0, GiB, VMM_PAGE);

	took = now() - start;
	must(!err, "creating a slot");
	vmm_delete(vm_fd, 1);
	return took;
}

static uint64_t once_delete_slot(void)
{
	int err = vmm_slot(vm_fd, 1, 0, GiB, VMM_PAGE);
	uint64_t start = now(), took;

	must(!err, "creating a slot");
	err = vmm_delete(vm_fd, 1);
	took = now() - start;
	must(!err, "deleting a slot");
	return took;
}

static uint64_t once_refuse_slot(void)
{
	uint64_t start = now(), took;
	int err = vmm_slot(vm_fd, 1, 0, GiB, 2 * MiB);

	took = now() - start;
	must(err == -EDQUOT, "creating a slot, to be refused");
	return took;
}

static uint64_t vcpu_of_new_vm(int want)
{
	int vm = vmm_vm(kvm), vcpu, first = -1;
	uint64_t start, took;

	must(vm >= 0, "KVM_CREATE_VM");
	/* the limit there is on vCPUs is 1 */
	if (want < 0)
		first = vmm_vcpu(vm, 0);
	start = now();
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 1);
	took = now() - start;
	must(want < 0 ? vcpu < 0 && errno == -want : vcpu >= 0,
	     "KVM_CREATE_VCPU");
	close(first);
	close(vcpu);
	close(vm);
	return took;
}

static uint64_t once_create_vcpu(void)
{
	return vcpu_of_new_vm(0);
}

static uint64_t once_refuse_vcpu(void)
{
	return vcpu_of_new_vm(-EDQUOT);
}

static uint64_t once_run(void)
{
	uint64_t start = now(), took;
	int err = ioctl(vcpu_fd, KVM_RUN, 0);

	took = now() - start;
	must(!err && vmm_arch_exited(vcpu_run), "KVM_RUN");
	return took;
}

static const struct call calls[] = {
	{ "create VM", once_create_vm },
	{ "create slot", once_create_slot },
	{ "delete slot", once_delete_slot },
	{ "create vCPU", once_create_vcpu },
	{ "KVM_RUN", once_run },
};

static const struct call refusals[] = {
	{ "refuse slot", once_refuse_slot },
	{ "refuse vCPU", once_refuse_vcpu },
};

static const struct call refuse_vm = { "refuse VM", once_refuse_vm };

static void measure_calls(const char *configuration)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		measure(configuration, &calls[i]);
}

static void measure_refusals(const char *configuration)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		measure(configuration, &refusals[i]);
}

static void check_clock(void)
{
	static const struct call loops[] = {
		{ "loop of 2", once_loop_1 },
		{ "loop of 2002", once_loop_1001 },
		{ "string of 1000", once_string_1000 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(loops); i++)
		measure("clock", &loops[i]);
}

static void make_vm(void)
{
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	vm_fd = vmm_vm(kvm);
	vcpu_fd = vmm_vcpu(vm_fd, 0);
	must(vm_fd >= 0 && vcpu_fd >= 0, "a VM");
	vcpu_run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			vcpu_fd, 0);
	must(vcpu_run != MAP_FAILED, "mmap");
	must(!vmm_code(vm_fd, 0) && !vmm_arch_start(vcpu_fd), "the guest");
}

static void load(const char *module)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC);

	must(fd >= 0, module);
	must(!syscall(SYS_finit_module, fd, "", 0), "finit_module");
	close(fd);
	warden = warden_open();
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
	static const struct call create_vm = { "create VM", once_create_vm };
	struct many many = { .by = by, .nr = nr, .ours = ours };
	char name[64];

	commit_many(&many);
	check_class(&many);
	snprintf(name, sizeof(name), "%u classes by %s, %s", nr, by_names[by],
		 which);
	measure(name, &create_vm);
}

static void matching(void)
{
	static const unsigned int nr[] = { 1, 100, 1000, KVMWARDEN_CLASSES_MAX - 1 };
	unsigned int i, sizes = is_short ? 3 : 4;
	enum by by;

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
}

static void limit(struct kvmwarden_amounts *amounts)
{
	amounts->vms = 5000;
	amounts->vcpus = 5000;
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

static void measure_limits(void)
{
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
}

/* With others there. */
static void crowded(const char *how, unsigned int others)
{
	int *vms = calloc(others, sizeof(*vms));
	unsigned int i;
	char name[64];

	must(vms, "calloc");
	for (i = 0; i < others; i++) {
		vms[i] = vmm_vm(kvm);
		must(vms[i] >= 0, "one VM of many");
	}
	snprintf(name, sizeof(name), "%s %u other VMs", how, others);
	measure_calls(name);
	for (i = 0; i < others; i++)
		close(vms[i]);
	free(vms);
}

static void crowds(const char *how)
{
	crowded(how, 100);
	crowded(how, 1000);
}

static void without_module(void)
{
	check_clock();
	measure_calls("bare");
	measure_calls("bare, again");
	if (!is_short)
		crowds("bare, with");
}

static void with_limits(void)
{
	struct warden_policy policy;

	measure_limits();
	if (is_short)
		return;
	write_limits(&policy, LIMIT_ALL);
	warden_apply(warden, &policy);
	crowds("with");
}

static void enter_cgroup(void)
{
	FILE *file;

	mkdir(CGROUPS PARENT, 0755);
	mkdir(CGROUPS CGROUP, 0755);
	file = fopen(CGROUPS CGROUP "/cgroup.procs", "w");
	must(file && fprintf(file, "0") > 0 && !fclose(file), "cgroup.procs");
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "Usage: measure [short] MODULE\n");
		return 2;
	}
	is_short = argc > 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	kvm = vmm_open();
	enter_cgroup();
	make_vm();
	without_module();
	load(argv[argc - 1]);
	measure_calls("loaded");
	with_limits();
	matching();
	return 0;
}
