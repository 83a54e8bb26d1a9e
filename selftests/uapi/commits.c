// SPDX-License-Identifier: GPL-2.0
/* Putting a ruleset in force, and taking all hooks off. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "uapi.h"
#include "warden.h"

static int begin_version(uint64_t version)
{
	struct kvmwarden_ruleset ruleset;

	ruleset_init(&ruleset);
	ruleset.version = version;
	return call(device, KVMWARDEN_RULESET_BEGIN, &ruleset);
}

static void commit_checks(void)
{
	struct kvmwarden_commit commit;
	int draft = draft_begin();
	unsigned int i;

	for (i = 2; i < 32; i++) {
		commit_init(&commit);
		commit.flags = 1U << i;
		expect_eq_msg(call(draft, KVMWARDEN_RULESET_COMMIT, &commit),
			      -EINVAL, "flag %u", i);
	}
	commit_init(&commit);
	commit.bad_field = 1;
	expect_eq(call(draft, KVMWARDEN_RULESET_COMMIT, &commit), -EINVAL);
	commit_init(&commit);
	commit.over = 1;
	expect_eq(call(draft, KVMWARDEN_RULESET_COMMIT, &commit), -EINVAL);
	/* room, but nowhere */
	commit_init(&commit);
	commit.nr_changes = 1;
	expect_eq(call(draft, KVMWARDEN_RULESET_COMMIT, &commit), -EINVAL);
	expect_eq(commit.bad_field, KVMWARDEN_FIELD_RESERVED);
	for (i = 0; i < sizeof(commit.digest); i++) {
		commit_init(&commit);
		commit.digest[i] = 1;
		expect_eq(call(draft, KVMWARDEN_RULESET_COMMIT, &commit),
			  -EINVAL);
	}
	for (i = 0; i < sizeof(commit.hook); i++) {
		commit_init(&commit);
		commit.hook[i] = 'a';
		expect_eq(call(draft, KVMWARDEN_RULESET_COMMIT, &commit),
			  -EINVAL);
	}
	/* it was of use all the time */
	expect_eq(draft_add(draft, "good"), 0);
	expect_eq(draft_commit(draft, KVMWARDEN_COMMIT_CHECK), 0);
	close(draft);
}

static void commit_version(void)
{
	struct kvmwarden_commit commit;
	int draft = begin_version(4);

	commit_init(&commit);
	expect_eq(call(draft, KVMWARDEN_RULESET_COMMIT, &commit), -EINVAL);
	expect_eq(commit.bad_field, KVMWARDEN_FIELD_VERSION);
	commit_init(&commit);
	commit.flags = KVMWARDEN_COMMIT_CHECK;
	expect_eq(call(draft, KVMWARDEN_RULESET_COMMIT, &commit), -EINVAL);
	expect_eq(commit.bad_field, KVMWARDEN_FIELD_VERSION);
	expect_eq(draft_commit(draft, KVMWARDEN_COMMIT_CHECK |
				      KVMWARDEN_COMMIT_FORCE), 0);
	close(draft);
	draft = begin_version(0);
	expect_eq(draft_commit(draft, 0), -EINVAL);
	close(draft);
}

static void commit_force(void)
{
	struct kvmwarden_status status;
	uint64_t before = generation();
	static const uint64_t versions[] = { 5, 6, ~0ULL };
	unsigned int i;
	int draft;

	/* the same one again, or a newer one, needs no force */
	for (i = 0; i < ARRAY_SIZE(versions); i++) {
		draft = begin_version(versions[i]);
		expect_eq(draft_commit(draft, 0), 0);
		close(draft);
	}
	draft = begin_version(1);
	expect_eq(draft_commit(draft, 0), -EINVAL);
	expect_eq(draft_commit(draft, KVMWARDEN_COMMIT_FORCE), 0);
	close(draft);
	warden_status(device, &status);
	expect_eq(status.version, 1);
	expect_eq(status.generation, before + 4);
}

static void commit_answer(void)
{
	struct kvmwarden_commit commit;
	uint64_t before = generation();
	int draft = draft_begin();

	commit_init(&commit);
	expect_eq(call(draft, KVMWARDEN_RULESET_COMMIT, &commit), 0);
	expect_eq(commit.generation, before + 1);
	expect_eq(commit.generation, generation());
	expect_eq(commit.bad_field, 0);
	expect_eq(commit.over, 0);
	expect_eq(commit.hook[0], 0);
	close(draft);
}

static void commit_stale(void)
{
	static const int64_t others[] = { -1, 1, 2, 1LL << 32 };
	struct kvmwarden_commit commit;
	uint64_t now = generation();
	unsigned int i, flags;
	int draft;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		for (flags = 0; flags < 4; flags++) {
			draft = draft_begin();
			commit_init(&commit);
			commit.flags = flags;
			commit.generation += others[i];
			expect_eq(call(draft, KVMWARDEN_RULESET_COMMIT,
				       &commit), -ESTALE);
			expect_eq(commit.generation, now);
			expect_eq(draft_commit(draft, 0), -EBADFD);
			expect_eq(draft_add(draft, "late"), -EBADFD);
			close(draft);
		}
	}
}

static void commit_twice(void)
{
	int draft = draft_begin();
	uint64_t once;

	expect_eq(draft_add(draft, "one"), 0);
	expect_eq(draft_commit(draft, 0), 0);
	once = generation();
	expect_eq(draft_commit(draft, 0), -EBADFD);
	expect_eq(draft_commit(draft, KVMWARDEN_COMMIT_CHECK), -EBADFD);
	expect_eq(draft_commit(draft, KVMWARDEN_COMMIT_FORCE), -EBADFD);
	expect_eq(draft_add(draft, "two"), -EBADFD);
	expect_eq(draft_add(draft, "default"), -EBADFD);
	expect_eq(generation(), once);
	close(draft);
	expect_eq(generation(), once);
}

static void commit_check_flag(void)
{
	struct kvmwarden_commit commit;
	uint64_t before = generation();
	int draft = draft_begin();

	expect_eq(draft_add(draft, "one"), 0);
	commit_init(&commit);
	commit.flags = KVMWARDEN_COMMIT_CHECK;
	expect_eq(call(draft, KVMWARDEN_RULESET_COMMIT, &commit), 0);
	expect_eq(commit.generation, before);
	expect_eq(commit.over, 0);
	expect_eq(commit.hook[0], 0);
	/* "can be used again" */
	expect_eq(draft_commit(draft, KVMWARDEN_COMMIT_CHECK), 0);
	expect_eq(draft_add(draft, "two"), 0);
	expect_eq(draft_add(draft, "default"), 0);
	close(draft);
}

/* An error means that nothing was changed, -EFAULT included. */
static void commit_read_only(void)
{
	struct kvmwarden_commit *commit;
	int draft = draft_begin();

	commit = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	commit_init(commit);
	mprotect(commit, 4096, PROT_READ);
	expect_eq(call(draft, KVMWARDEN_RULESET_COMMIT, commit), -EFAULT);
	munmap(commit, 4096);
	close(draft);
}

static void add_read_only(void)
{
	struct kvmwarden_class *class;
	int draft = draft_begin();

	class = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	class_init(class, "one");
	mprotect(class, 4096, PROT_READ);
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD, class), -EFAULT);
	munmap(class, 4096);
	expect_eq(draft_add(draft, "one"), 0);
	close(draft);
}

static void disarm_checks(void)
{
	struct kvmwarden_disarm arg;
	unsigned int i;

	for (i = 0; i < 32; i++) {
		arg.size = sizeof(arg);
		arg.flags = 1U << i;
		expect_eq_msg(call(device, KVMWARDEN_DISARM, &arg), -EINVAL,
			      "flag %u", i);
	}
}

static bool armed(void)
{
	struct kvmwarden_status status;

	warden_status(device, &status);
	return status.state & KVMWARDEN_STATE_ARMED;
}

static uint32_t hook_state(uint32_t index)
{
	struct kvmwarden_hook hook = {
		.size = sizeof(hook),
		.index = index,
	};

	expect_eq(call(device, KVMWARDEN_HOOK_GET, &hook), 0);
	return hook.state;
}

static void disarm_and_back(void)
{
	struct kvmwarden_status before, after;
	int draft = draft_begin();

	warden_status(device, &before);
	disarm();
	expect(!armed());
	expect_eq(hook_state(0), KVMWARDEN_HOOK_OFF);
	warden_status(device, &after);
	expect_eq(after.state, 0);
	expect_eq(after.generation, before.generation);
	expect_eq(after.version, before.version);
	expect_eq(after.classes, before.classes);
	/* nothing more to take off */
	disarm();

	/* checking arms nothing, and neither does what is refused */
	expect_eq(draft_commit(draft, KVMWARDEN_COMMIT_CHECK), 0);
	expect_eq(draft_commit(draft, 4), -EINVAL);
	expect(!armed());
	expect_eq(draft_commit(draft, 0), 0);
	expect(armed());
	expect_eq(hook_state(0), KVMWARDEN_HOOK_ARMED);
	close(draft);
}

static const struct test tests[] = {
	{ "commit: what is refused", commit_checks, false },
	{ "commit: older version refused", commit_version, false },
	{ "commit: older version by force", commit_force, true },
	{ "commit: its answer", commit_answer, true },
	{ "commit: stale generation, draft is dead", commit_stale, false },
	{ "commit: only once", commit_twice, true },
	{ "commit: CHECK changes nothing, draft lives", commit_check_flag,
	  false },
	{ "commit: read-only argument changes nothing", commit_read_only,
	  false },
	{ "add: read-only argument adds nothing", add_read_only, false },
	{ "disarm: unknown flags refused", disarm_checks, false },
	{ "disarm, and armed by the next commit", disarm_and_back, true },
};

const struct suite commit_suite = SUITE(tests);
