// SPDX-License-Identifier: GPL-2.0
/* Rulesets that give way to the one before unless somebody confirms them. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "puppet.h"
#include "uapi.h"
#include "vmm.h"
#include "warden.h"

#define LONG	600	/* seconds: longer than any test takes */
#define SHORT	3	/* long enough to look at it */

/* What is told of the ruleset in force. */
struct told {
	uint8_t digest[KVMWARDEN_DIGEST_LEN];
	uint64_t version;
	uint32_t classes, cgroups;
	struct kvmwarden_amounts user;
};

static void told(struct told *to)
{
	struct kvmwarden_status status;

	memset(to, 0, sizeof(*to));
	warden_status(device, &status);
	memcpy(to->digest, status.digest, sizeof(to->digest));
	to->version = status.version;
	to->classes = status.classes;
	to->cgroups = status.cgroups;
	to->user = status.user;
}

static bool same(const struct told *a)
{
	struct told now;

	told(&now);
	return !memcmp(a, &now, sizeof(now));
}

/* Root's class, with few vCPUs: another than that of restore(). */
static int draft_other(uint64_t vcpus)
{
	struct kvmwarden_class class;
	int draft = draft_begin();

	class_init(&class, "other");
	class.uid = 0;
	class.vm.of[KVMWARDEN_LIMIT_VCPUS] = vcpus;
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD, &class), 0);
	return draft;
}

static int try_until(int draft, uint32_t seconds)
{
	struct kvmwarden_commit commit;

	commit_init(&commit);
	commit.confirm = seconds;
	return call(draft, KVMWARDEN_RULESET_COMMIT, &commit);
}

static void commit_until(uint32_t seconds, uint64_t vcpus)
{
	int draft = draft_other(vcpus);

	expect_eq(try_until(draft, seconds), 0);
	close(draft);
}

static bool settled(void)
{
	return !unconfirmed();
}

static void confirm_none(void)
{
	struct kvmwarden_confirm arg = { .size = sizeof(arg) };
	uint64_t now = generation();
	struct told before;

	expect_eq(confirm(0), -ENOENT);
	expect_eq(confirm(KVMWARDEN_CONFIRM_ROLLBACK), -ENOENT);
	/* whatever the generation is */
	expect_eq(call(device, KVMWARDEN_CONFIRM, &arg), -ENOENT);
	expect_eq(arg.generation, now);

	/* once confirmed, or rolled back, nothing awaits it any more */
	told(&before);
	commit_until(LONG, 4);
	expect_eq(confirm(KVMWARDEN_CONFIRM_ROLLBACK), 0);
	expect(same(&before));
	expect_eq(confirm(KVMWARDEN_CONFIRM_ROLLBACK), -ENOENT);
	commit_until(LONG, 4);
	expect_eq(confirm(0), 0);
	expect_eq(confirm(0), -ENOENT);
	expect_eq(confirm(KVMWARDEN_CONFIRM_ROLLBACK), -ENOENT);
	expect(!same(&before));
}

static void confirm_time(void)
{
	static const uint32_t times[] = {
		KVMWARDEN_CONFIRM_MAX + 1, 1U << 31, ~0U,
	};
	struct kvmwarden_commit commit;
	struct kvmwarden_status status;
	uint64_t now = generation();
	int draft = draft_other(4);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		commit_init(&commit);
		commit.confirm = times[i];
		expect_eq(call(draft, KVMWARDEN_RULESET_COMMIT, &commit),
			  -EINVAL);
		expect_eq(commit.bad_field, KVMWARDEN_FIELD_CONFIRM);
		expect_eq(generation(), now);
	}
	/* nothing awaits what was only checked */
	commit_init(&commit);
	commit.confirm = LONG;
	commit.flags = KVMWARDEN_COMMIT_CHECK;
	expect_eq(call(draft, KVMWARDEN_RULESET_COMMIT, &commit), 0);
	expect(!unconfirmed());

	expect_eq(try_until(draft, KVMWARDEN_CONFIRM_MAX), 0);
	close(draft);
	warden_status(device, &status);
	expect(status.state & KVMWARDEN_STATE_CONFIRM);
	expect(status.confirm_left <= KVMWARDEN_CONFIRM_MAX * 1000U);
	expect(status.confirm_left > (KVMWARDEN_CONFIRM_MAX - LONG) * 1000U);
	expect_eq(confirm(KVMWARDEN_CONFIRM_ROLLBACK), 0);
	warden_status(device, &status);
	expect(!(status.state & KVMWARDEN_STATE_CONFIRM));
	expect_eq(status.confirm_left, 0);
}

static void confirm_flags(void)
{
	struct kvmwarden_confirm arg;
	struct told other;
	unsigned int i;

	commit_until(LONG, 4);
	told(&other);
	for (i = 1; i < 32; i++) {
		arg.size = sizeof(arg);
		arg.flags = 1U << i;
		arg.generation = generation();
		expect_eq_msg(call(device, KVMWARDEN_CONFIRM, &arg), -EINVAL,
			      "flag %u", i);
	}
	arg.flags = ~0U;
	expect_eq(call(device, KVMWARDEN_CONFIRM, &arg), -EINVAL);
	expect(unconfirmed());
	expect(same(&other));
	expect_eq(confirm(KVMWARDEN_CONFIRM_ROLLBACK), 0);
}

static void confirm_stale(void)
{
	static const int64_t others[] = { -1, 1, 1LL << 32 };
	struct kvmwarden_confirm arg;
	struct told other;
	uint64_t now;
	unsigned int i;

	commit_until(LONG, 4);
	now = generation();
	told(&other);
	for (i = 0; i < 2 * ARRAY_SIZE(others); i++) {
		arg.size = sizeof(arg);
		arg.flags = i & 1;
		arg.generation = now + others[i / 2];
		expect_eq(call(device, KVMWARDEN_CONFIRM, &arg), -ESTALE);
		expect_eq(arg.generation, now);
		expect(unconfirmed());
		expect(same(&other));
	}
	arg.size = sizeof(arg);
	arg.flags = 0;
	arg.generation = now;
	expect_eq(call(device, KVMWARDEN_CONFIRM, &arg), 0);
	expect_eq(arg.generation, now);
	expect(!unconfirmed());
	expect(same(&other));
}

static void confirm_timeout(void)
{
	uint64_t now = generation(), begun;
	struct kvmwarden_status status;
	struct told before;

	told(&before);
	begun = now_ms();
	commit_until(SHORT, 4);
	warden_status(device, &status);
	expect(!same(&before));
	expect(status.state & KVMWARDEN_STATE_CONFIRM);
	expect(status.confirm_left > 0 && status.confirm_left <= SHORT * 1000);
	expect_eq(status.generation, now + 1);

	expect(eventually(settled));
	expect(now_ms() - begun >= SHORT * 1000);
	expect(same(&before));
	/* and that is a commit of its own */
	expect_eq(generation(), now + 2);
	expect_eq(confirm(0), -ENOENT);
}

/*
 * The next ruleset, which waits longer, takes us beyond the time of the one
 * that was confirmed: it is that one which comes back then.
 */
static void confirm_kept(void)
{
	struct told kept;
	uint64_t now;

	commit_until(SHORT, 4);
	told(&kept);
	expect_eq(confirm(0), 0);
	now = generation();
	commit_until(SHORT + 1, 5);
	expect(!same(&kept));
	expect(eventually(settled));
	expect(same(&kept));
	expect_eq(generation(), now + 2);
}

static void confirm_rollback(void)
{
	struct kvmwarden_confirm arg = {
		.size = sizeof(arg),
		.flags = KVMWARDEN_CONFIRM_ROLLBACK,
	};
	uint64_t now = generation();
	struct told before;

	told(&before);
	commit_until(LONG, 4);
	arg.generation = now + 1;
	expect_eq(call(device, KVMWARDEN_CONFIRM, &arg), 0);
	expect_eq(arg.generation, now + 2);
	expect_eq(generation(), now + 2);
	expect(same(&before));
	expect(!unconfirmed());
}

static void confirm_busy(void)
{
	struct kvmwarden_vm_set set;
	int draft = draft_other(7);
	struct told other;

	commit_until(LONG, 4);
	told(&other);
	expect_eq(draft_commit(draft, 0), -EBUSY);
	expect_eq(draft_commit(draft, KVMWARDEN_COMMIT_FORCE), -EBUSY);
	expect_eq(try_until(draft, 1), -EBUSY);
	expect_eq(draft_commit(draft, KVMWARDEN_COMMIT_CHECK), 0);
	expect(same(&other));
	expect(unconfirmed());
	/* a single VM can be set meanwhile */
	memset(&set, 0, sizeof(set));
	set.size = sizeof(set);
	set.id = own_vm();
	set.change = KVMWARDEN_DENY_NESTED;
	expect_eq(call(device, KVMWARDEN_VM_SET, &set), 0);
	expect_eq(confirm(0), 0);
	/* the draft has not suffered */
	expect_eq(draft_commit(draft, 0), 0);
	expect(!same(&other));
	close(draft);
}

static void child_commits(void *data)
{
	int draft = draft_other(4);

	expect_eq(try_until(draft, *(uint32_t *)data), 0);
}

static void child_commits_and_waits(void *data)
{
	child_commits(data);
	for (;;)
		pause();
}

/* Nobody needs to be there for it to come back, or to be kept. */
static void confirm_alone(void)
{
	uint32_t seconds = 1;
	struct told before;
	pid_t child;
	int status;

	told(&before);
	child = start(child_commits_and_waits, &seconds);
	expect(eventually(unconfirmed));
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	expect(WIFSIGNALED(status));
	expect(eventually(settled));
	expect(same(&before));

	seconds = LONG;
	finish(start(child_commits, &seconds));
	expect(unconfirmed());
	expect(!same(&before));
	expect_eq(confirm(0), 0);
	expect(!same(&before));
}

static bool armed(void)
{
	struct kvmwarden_status status;

	warden_status(device, &status);
	return status.state & KVMWARDEN_STATE_ARMED;
}

/* Disarmed before the ruleset's time is up, however long that takes. */
static void disarm_in_time(void)
{
	uint32_t seconds;

	for (seconds = 1; seconds < LONG; seconds *= 2) {
		commit_until(seconds, 4);
		disarm();
		if (unconfirmed())
			return;
	}
	expect_msg(false, "no time is enough to take the hooks off");
}

static void confirm_disarmed(void)
{
	struct told before;

	told(&before);
	disarm_in_time();
	expect(eventually(settled));
	expect(same(&before));
	expect(!armed());

	commit_until(LONG, 4);
	expect(armed());
	disarm();
	expect_eq(confirm(KVMWARDEN_CONFIRM_ROLLBACK), 0);
	expect(same(&before));
	expect(!armed());
	restore();
	expect(armed());
}

static int vcpus_refused(int vm)
{
	int vcpu = vmm_vcpu(vm, 100);

	if (vcpu < 0)
		return vcpu;
	close(vcpu);
	return 0;
}

/* What holds for VMs is what the ruleset says that came back. */
static void confirm_vms(void)
{
	int vm = new_vm(), vcpu, late;
	uint64_t id = own_vm();
	struct kvmwarden_vm record;

	vcpu = vmm_vcpu(vm, 0);
	expect(vcpu >= 0);
	commit_until(LONG, 1);
	vm_get(&record, id);
	expect(!strcmp(record.class_name, "other"));
	expect_eq(record.limit.of[KVMWARDEN_LIMIT_VCPUS], 1);
	expect_eq(vcpus_refused(vm), -EDQUOT);
	/* one that the ruleset before never saw */
	late = new_vm();
	expect_eq(confirm(KVMWARDEN_CONFIRM_ROLLBACK), 0);
	vm_get(&record, id);
	expect(!strcmp(record.class_name, "default"));
	expect_eq(record.limit.of[KVMWARDEN_LIMIT_VCPUS], KVMWARDEN_UNLIMITED);
	expect_eq(record.mode, KVMWARDEN_MODE_PERMISSIVE);
	expect_eq(vcpus_refused(vm), 0);
	expect_eq(vcpus_refused(late), 0);
	close(late);
	close(vcpu);
	close(vm);
}

/* The accounts of the ruleset that comes back have what there is by then. */
static void confirm_accounts(void)
{
	struct warden_policy policy;
	int vms[3];

	warden_policy_init(&policy);
	policy.user.vms = 3;
	policy.version = 7;
	warden_apply(device, &policy);
	vms[0] = new_vm();
	commit_until(LONG, 4);
	vms[1] = new_vm();
	vms[2] = new_vm();
	close(vms[0]);
	vms[0] = new_vm();
	/* root has four, of three */
	expect_eq(confirm(KVMWARDEN_CONFIRM_ROLLBACK), 0);
	expect_eq(vmm_vm(kvm), -EDQUOT);
	close(vms[0]);
	expect_eq(vmm_vm(kvm), -EDQUOT);
	close(vms[1]);
	vms[1] = vmm_vm(kvm);
	expect(vms[1] >= 0);
	close(vms[1]);
	close(vms[2]);
}

#define ROUNDS	10

/* Wait actively: there is nothing that would tell of so little time. */
static void wait_us(unsigned int us)
{
	struct timespec begun, now;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - begun.tv_sec) * 1000000 +
		 (now.tv_nsec - begun.tv_nsec) / 1000 < us);
}

/*
 * Confirmed when its time comes: one of both happens, and never neither, or
 * both.
 */
static void confirm_race(void)
{
	unsigned int i, kept = 0, seed = time(NULL);
	struct kvmwarden_status status;
	struct told before, other;
	int ret;

	ksft_print_msg("seed %u\n", seed);
	for (i = 0; i < ROUNDS; i++) {
		told(&before);
		commit_until(1, 10 + i);
		told(&other);
		do {
			warden_status(device, &status);
		} while (status.confirm_left);
		wait_us(rand_r(&seed) % 1000);
		ret = confirm(0);
		kept += !ret;
		if (ret)
			expect_msg(ret == -ENOENT || ret == -ESTALE,
				   "confirmed in time or not: %d", ret);
		expect(eventually(settled));
		expect(same(ret ? &before : &other));
	}
	ksft_print_msg("%u of %u kept\n", kept, i);
}

/* Confirms whatever there is, as fast as it can. */
struct keeper {
	pthread_t thread;
	volatile bool stop;
	unsigned long kept;
};

static void *keep_on(void *data)
{
	struct keeper *keeper = data;

	while (!keeper->stop)
		keeper->kept += !confirm(0);
	return NULL;
}

/* Each one that was committed is confirmed, and once. */
static void confirm_next(void)
{
	struct keeper keeper = { .stop = false };
	unsigned int i, busy = 0;
	unsigned long done = 0;
	struct told before;
	int ret, draft = draft_other(20);

	start_thread(&keeper.thread, keep_on, &keeper);
	for (i = 0; i < rounds / 5; i++) {
		ret = try_until(draft, LONG);
		if (ret == -EBUSY) {
			busy++;
			continue;
		}
		expect_eq(ret, 0);
		done += !ret;
		close(draft);
		draft = draft_other(20 + i);
	}
	keeper.stop = true;
	pthread_join(keeper.thread, NULL);
	close(draft);
	if (unconfirmed())
		keeper.kept += !confirm(0);
	ksft_print_msg("%lu committed, %u found it busy\n", done, busy);
	expect(done > 0);
	expect_eq(keeper.kept, done);

	/* whatever became of the timer, it works */
	told(&before);
	commit_until(1, 4);
	expect(eventually(settled));
	expect(same(&before));
}

static const struct test tests[] = {
	{ "confirm: nothing awaits it", confirm_none, true },
	{ "confirm: how long it may take", confirm_time, true },
	{ "confirm: unknown flags refused", confirm_flags, true },
	{ "confirm: another generation refused", confirm_stale, true },
	{ "confirm: after its time the one before is back", confirm_timeout,
	  true },
	{ "confirm: kept", confirm_kept, true },
	{ "confirm: rolled back at once", confirm_rollback, true },
	{ "confirm: all others have to wait", confirm_busy, true },
	{ "confirm: whoever committed is gone", confirm_alone, true },
	{ "confirm: hooks taken off meanwhile", confirm_disarmed, true },
	{ "confirm: VMs are where they were", confirm_vms, true },
	{ "confirm: accounts are as they are", confirm_accounts, true },
	{ "race: one confirms when time is up", confirm_race, true },
	{ "race: one confirms, one commits", confirm_next, true },
};

const struct suite confirm_suite = SUITE(tests);
