// SPDX-License-Identifier: GPL-2.0
/*
 * A 32-bit program gets the same answers from the device as a 64-bit one.
 *
 * This one has its twin, compat32, ask it the same questions, and compares.
 * Called with "ask", it only prints what it was answered.
 */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest.h"
#include "fixture.h"
#include "vmm.h"

#define PATTERN		"/no/such/cgroup/**"

static char twin[PATH_MAX];

/*
 * Answers go to a file, one after another: what each ioctl returned and the
 * struct as it is then.
 */
static void put(FILE *to, const char *what, int ret, const void *bytes,
		size_t size)
{
	const uint8_t *byte = bytes;

	fprintf(to, "%s: %d %d %zu:", what, ret, ret < 0 ? errno : 0, size);
	while (size--)
		fprintf(to, "%02x", *byte++);
	fprintf(to, "\n");
}

#define ASK(to, fd, cmd, arg) \
	put(to, #cmd, ioctl(fd, cmd, arg), arg, sizeof(*(arg)))

static void ask_hooks(FILE *to, int fd)
{
	struct kvmwarden_hook hook;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		memset(&hook, 0, sizeof(hook));
		hook.size = sizeof(hook);
		hook.index = i;
		ASK(to, fd, KVMWARDEN_HOOK_GET, &hook);
	}
}

static void ask_vms(FILE *to, int fd)
{
	struct kvmwarden_vm vm;
	char path[128];
	uint64_t id = 0;
	int ret;

	do {
		memset(&vm, 0, sizeof(vm));
		memset(path, 0, sizeof(path));
		vm.size = sizeof(vm);
		vm.id = id;
		vm.cgroup.address = (uintptr_t)path;
		vm.cgroup.len = sizeof(path);
		ret = ioctl(fd, KVMWARDEN_VM_NEXT, &vm);
		/* an address on the stack */
		vm.cgroup.address = 0;
		put(to, "KVMWARDEN_VM_NEXT", ret, &vm, sizeof(vm));
		put(to, "path", 0, path, sizeof(path));
		id = vm.id;
	} while (!ret);
}

static void ask_classes(FILE *to, int fd)
{
	struct kvmwarden_class class;
	unsigned int i;
	char path[128];
	int ret;

	for (i = 0; i < 4; i++) {
		memset(&class, 0, sizeof(class));
		memset(path, 0, sizeof(path));
		class.size = sizeof(class);
		class.index = i;
		class.cgroup.address = (uintptr_t)path;
		class.cgroup.len = sizeof(path);
		ret = ioctl(fd, KVMWARDEN_CLASS_GET, &class);
		class.cgroup.address = 0;
		put(to, "KVMWARDEN_CLASS_GET", ret, &class, sizeof(class));
		put(to, "path", 0, path, sizeof(path));
	}
}

/* A ruleset, checked and refused in some ways, but never put in force. */
static void ask_ruleset(FILE *to, int fd, uint64_t generation)
{
	struct kvmwarden_ruleset ruleset = { .size = sizeof(ruleset) };
	struct kvmwarden_commit commit = { .size = sizeof(commit) };
	struct kvmwarden_class class = { .size = sizeof(class) };
	int draft;

	ruleset.mode = 77;
	ASK(to, fd, KVMWARDEN_RULESET_BEGIN, &ruleset);
	ruleset.mode = KVMWARDEN_MODE_ENFORCE;
	ruleset.bad_field = 0;
	ruleset.version = 9;
	warden_unlimited(&ruleset.host);
	warden_unlimited(&ruleset.user);
	draft = ioctl(fd, KVMWARDEN_RULESET_BEGIN, &ruleset);
	put(to, "KVMWARDEN_RULESET_BEGIN", draft >= 0 ? 0 : draft, &ruleset,
	    sizeof(ruleset));

	strcpy(class.name, "some");
	class.mode = KVMWARDEN_MODE_ENFORCE;
	warden_limits(&class.vm);
	warden_unlimited(&class.user);
	warden_unlimited(&class.total);
	ASK(to, draft, KVMWARDEN_RULESET_ADD, &class);
	class.bad_field = 0;
	class.flags = KVMWARDEN_CLASS_MATCH_CGROUP;
	class.cgroup.address = (uintptr_t)PATTERN;
	put(to, "KVMWARDEN_RULESET_ADD",
	    ioctl(draft, KVMWARDEN_RULESET_ADD, &class), &class,
	    offsetof(struct kvmwarden_class, cgroup));

	commit.flags = KVMWARDEN_COMMIT_CHECK;
	commit.generation = generation;
	ASK(to, draft, KVMWARDEN_RULESET_COMMIT, &commit);
	commit.generation = generation + 1;
	ASK(to, draft, KVMWARDEN_RULESET_COMMIT, &commit);
	close(draft);
}

static void ask_odd(FILE *to, int fd)
{
	struct {
		struct kvmwarden_status status;
		uint64_t more;
	} larger;
	struct kvmwarden_disarm disarm = { .size = sizeof(disarm), .flags = 1 };

	memset(&larger, 0, sizeof(larger));
	larger.status.size = sizeof(larger);
	ASK(to, fd, KVMWARDEN_STATUS, &larger);
	memset(&larger, 0, sizeof(larger));
	larger.status.size = sizeof(larger);
	larger.more = 1;
	ASK(to, fd, KVMWARDEN_STATUS, &larger);
	memset(&larger, 0, sizeof(larger));
	larger.status.size = 8;
	ASK(to, fd, KVMWARDEN_STATUS, &larger);
	ASK(to, fd, KVMWARDEN_DISARM, &disarm);
	ASK(to, fd, _IO(KVMWARDEN_IOC, 0x7f), &disarm);
}

static int ask(FILE *to, int fd)
{
	struct kvmwarden_status status;

	warden_status(fd, &status);
	put(to, "KVMWARDEN_STATUS", 0, &status, sizeof(status));
	ask_hooks(to, fd);
	ask_vms(to, fd);
	ask_classes(to, fd);
	ask_ruleset(to, fd, status.generation);
	ask_odd(to, fd);
	return fflush(to);
}

static void compare(FILE *ours, FILE *theirs)
{
	static char our[8192], their[8192];
	unsigned int lines = 0, bad = 0;
	bool more;

	for (;;) {
		more = fgets(our, sizeof(our), ours);
		if (!CHECK(more == !!fgets(their, sizeof(their), theirs)) ||
		    !more)
			break;
		lines++;
		if (!strcmp(our, their))
			continue;
		bad++;
		ksft_print_msg("64 bits: %s", our);
		ksft_print_msg("32 bits: %s", their);
	}
	EQUAL(bad, 0);
	CHECK(lines >= 25);
	ksft_print_msg("%u answers compared\n", lines);
}

static void same_answers(void)
{
	struct warden_policy policy;
	struct puppet tenant;
	FILE *ours, *theirs;
	char command[PATH_MAX + 8];
	int64_t vm;

	warden_policy_init(&policy);
	add_user(&policy, "tenant", TENANT)->vm.of[KVMWARDEN_LIMIT_MEMORY] = MiB;
	policy.cgroups[1] = PATTERN;
	warden_add(&policy, "nobody")->flags = KVMWARDEN_CLASS_MATCH_CGROUP;
	policy.version = 1ULL << 40;
	policy.host.memory = 1ULL << 50;
	warden_apply(warden, &policy);
	puppet_start_as(&tenant, TENANT);
	CHECK((vm = TELL(&tenant, do_vm)) >= 0);
	EQUAL(TELL(&tenant, do_slot, vm, 0, 0, 0, MiB), 0);
	EQUAL(TELL(&tenant, do_slot, vm, 1, 0, GiB, MiB), -EDQUOT);
	CHECK(TELL(&tenant, do_vcpu, vm, 0) >= 0);

	ours = tmpfile();
	if (!CHECK(ours))
		return;
	EQUAL(ask(ours, warden), 0);
	rewind(ours);
	snprintf(command, sizeof(command), "%s ask", twin);
	theirs = popen(command, "r");
	if (CHECK(theirs)) {
		compare(ours, theirs);
		EQUAL(pclose(theirs), 0);
	}
	fclose(ours);
	puppet_end(&tenant);
}

static const struct test tests[] = {
	{ "the device answers 32-bit programs alike", same_answers },
};

/* Beside this program, with 32 at the end of its name. */
static bool find_twin(void)
{
	ssize_t len = readlink("/proc/self/exe", twin, sizeof(twin) - 3);

	if (len < 0)
		return false;
	strcpy(twin + len, "32");
	return !access(twin, X_OK);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "ask"))
		return ask(stdout, warden_open());
	if (!find_twin()) {
		ksft_print_header();
		ksft_exit_skip("no 32-bit build of this program\n");
	}
	return fixture_main(tests, ARRAY_SIZE(tests));
}
