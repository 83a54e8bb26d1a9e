// SPDX-License-Identifier: GPL-2.0
/* Commits and queries, while VMs and their accounts come and go. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "puppet.h"
#include "uapi.h"
#include "vmm.h"
#include "warden.h"

#define USERS	4
#define FIRST	2000	/* their user ids */
#define KEPT	3	/* VMs that each has at most */
#define ROOM	64

/* A thread that is a user of its own, and creates and destroys VMs. */
struct user {
	pthread_t thread;
	unsigned int seed;
	uid_t uid;
	volatile bool *stop;
	int vms[KEPT];
	unsigned long created;
};

/* Of this thread alone, which the C library would not do. */
static void become(uid_t uid)
{
	if (syscall(SYS_setresuid, uid, -1, -1))
		ksft_exit_fail_msg("setresuid: %s\n", strerror(errno));
}

static void *churn(void *data)
{
	struct user *user = data;
	unsigned int i;

	become(user->uid);
	while (!*user->stop) {
		i = rand_r(&user->seed) % KEPT;
		if (user->vms[i] >= 0) {
			close(user->vms[i]);
			user->vms[i] = -1;
			continue;
		}
		user->vms[i] = vmm_vm(kvm);
		if (!expect_eq(user->vms[i] < 0 ? user->vms[i] : 0, 0))
			break;
		user->created++;
	}
	for (i = 0; i < KEPT; i++)
		if (user->vms[i] >= 0)
			close(user->vms[i]);
	return NULL;
}

static void users_start(struct user users[USERS], volatile bool *stop)
{
	unsigned int i, j, seed = time(NULL);

	ksft_print_msg("seed %u\n", seed);
	*stop = false;
	for (i = 0; i < USERS; i++) {
		users[i] = (struct user) {
			.seed = seed + i,
			.uid = FIRST + i,
			.stop = stop,
		};
		for (j = 0; j < KEPT; j++)
			users[i].vms[j] = -1;
		start_thread(&users[i].thread, churn, &users[i]);
	}
}

static void users_end(struct user users[USERS], volatile bool *stop)
{
	unsigned long created = 0;
	unsigned int i;

	*stop = true;
	for (i = 0; i < USERS; i++) {
		pthread_join(users[i].thread, NULL);
		expect(users[i].created > 0);
		created += users[i].created;
	}
	ksft_print_msg("%lu VMs created meanwhile\n", created);
	expect(eventually(only_ours));
}

/* What all classes use. */
static void sum_classes(struct kvmwarden_amounts *sum)
{
	struct kvmwarden_class class;
	uint32_t i;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; ; i++) {
		memset(&class, 0, sizeof(class));
		class.size = sizeof(class);
		class.index = i;
		if (call(device, KVMWARDEN_CLASS_GET, &class))
			return;
		sum->vms += class.used.vms;
		sum->vcpus += class.used.vcpus;
		sum->memory += class.used.memory;
	}
}

static int draft_of(uint32_t uid)
{
	struct kvmwarden_class class;
	int draft = draft_begin();

	class_init(&class, "one");
	class.uid = uid;
	class.user.vms = 10;
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD, &class), 0);
	return draft;
}

static void expect_sound(const struct kvmwarden_commit *commit,
			 const struct kvmwarden_change *changes)
{
	uint64_t last = 0;
	unsigned int i;

	expect(commit->nr_changes <= ROOM);
	for (i = 0; i < commit->nr_changes && i < ROOM; i++) {
		expect_msg(changes[i].vm > last, "change %u: VM %llu after %llu",
			   i, (unsigned long long)changes[i].vm,
			   (unsigned long long)last);
		last = changes[i].vm;
		expect_eq(changes[i].flags, KVMWARDEN_CHANGE_CLASS);
		expect(!strcmp(changes[i].class_name, "one") ||
		       !strcmp(changes[i].class_name, "default"));
	}
}

static void commit_churn(void)
{
	struct kvmwarden_change changes[ROOM];
	struct kvmwarden_commit commit;
	struct kvmwarden_amounts sum;
	struct user users[USERS];
	unsigned int i, told = 0;
	volatile bool stop;
	int draft;

	users_start(users, &stop);
	for (i = 0; i < rounds / 5; i++) {
		draft = draft_of(FIRST + i % USERS);
		commit_init(&commit);
		commit.changes = (uintptr_t)changes;
		commit.nr_changes = ROOM;
		memset(changes, 0, sizeof(changes));
		expect_eq(call(draft, KVMWARDEN_RULESET_COMMIT, &commit), 0);
		expect_sound(&commit, changes);
		expect_eq(commit.over, 0);
		told += commit.nr_changes;
		close(draft);
	}
	ksft_print_msg("%u commits, %u changes\n", i, told);
	expect(told > 0);
	users_end(users, &stop);
	sum_classes(&sum);
	expect_eq(sum.vms, 1);
	expect_eq(sum.vcpus, 1);
	expect_eq(sum.memory, 0);
}

static int account_next(struct kvmwarden_account *account, uint64_t id)
{
	memset(account, 0, sizeof(*account));
	account->size = sizeof(*account);
	account->id = id;
	return call(device, KVMWARDEN_ACCOUNT_NEXT, account);
}

static void expect_account(const struct kvmwarden_account *account)
{
	expect_eq(account->level, KVMWARDEN_LEVEL_HOST_USER);
	expect_eq(account->limit.vms, 10);
	expect_msg(account->used.vms >= 1 && account->used.vms <= KEPT,
		   "user %u has %llu VMs", account->uid,
		   (unsigned long long)account->used.vms);
	expect_msg(!account->uid || (account->uid >= FIRST &&
				     account->uid < FIRST + USERS),
		   "user %u", account->uid);
}

static void account_churn(void)
{
	struct kvmwarden_account account;
	struct warden_policy policy;
	struct user users[USERS];
	unsigned int i, told = 0;
	volatile bool stop;
	uint64_t id;

	warden_policy_init(&policy);
	policy.user.vms = 10;
	warden_apply(device, &policy);
	users_start(users, &stop);
	for (i = 0; i < rounds; i++) {
		for (id = 0; !account_next(&account, id); id = account.id) {
			expect(account.id > id);
			expect_account(&account);
			told++;
		}
		/* each time all anew */
		if (!(i % 50))
			warden_apply(device, &policy);
	}
	ksft_print_msg("%u walks, %u accounts\n", i, told);
	/* more than our own */
	expect(told > i);
	users_end(users, &stop);
	expect_eq(account_next(&account, 0), 0);
	expect_eq(account.uid, 0);
	expect_eq(account_next(&account, account.id), -ENOENT);
}

/* Puts a VM into one class after the other, while others commit. */
struct setter {
	pthread_t thread;
	uint64_t id;
	unsigned int seed;
	volatile bool stop;
	volatile unsigned long sets;
	unsigned long unknown;
};

static void *set_on(void *data)
{
	static const char *const names[] = { "always", "at-times", "", };
	struct setter *setter = data;
	struct kvmwarden_vm_set set;
	int ret;

	while (!setter->stop) {
		memset(&set, 0, sizeof(set));
		set.size = sizeof(set);
		set.id = setter->id;
		set.flags = KVMWARDEN_SET_CLASS;
		strcpy(set.class_name, names[rand_r(&setter->seed) % 3]);
		ret = call(device, KVMWARDEN_VM_SET, &set);
		if (!ret)
			setter->sets++;
		else if (expect_eq(ret, -EINVAL) &&
			 expect_eq(set.bad_field, KVMWARDEN_FIELD_CLASS))
			setter->unknown++;
		else
			break;
	}
	return NULL;
}

static void add(struct warden_policy *policy, const char *name)
{
	struct kvmwarden_class *class = warden_add(policy, name);

	class->flags = KVMWARDEN_CLASS_MATCH_UID;
	class->uid = 4001;
	class->user.vms = 5;
}

static void class_churn(void)
{
	struct setter setter = { .id = own_vm(), .seed = time(NULL) };
	struct warden_policy with, without;
	struct kvmwarden_amounts sum;
	unsigned int i;

	ksft_print_msg("seed %u\n", setter.seed);
	warden_policy_init(&without);
	add(&without, "always");
	with = without;
	add(&with, "at-times");
	warden_apply(device, &with);
	start_thread(&setter.thread, set_on, &setter);
	for (i = 0; i < rounds / 10 || (i < MOST_COMMITS && setter.sets < 10); i++)
		warden_apply(device, i & 1 ? &with : &without);
	setter.stop = true;
	pthread_join(setter.thread, NULL);
	ksft_print_msg("%u commits, %lu times set, %lu times unknown\n", i,
		       setter.sets, setter.unknown);
	expect(setter.sets > 0);
	sum_classes(&sum);
	expect_eq(sum.vms, 1);
	expect_eq(sum.vcpus, 1);
	expect_eq(sum.memory, 0);
}

/* Its class is that of the policy again. */
static void undo_class_churn(void)
{
	struct kvmwarden_vm_set set = {
		.size = sizeof(set),
		.id = own_vm(),
		.flags = KVMWARDEN_SET_CLASS,
	};

	class_churn();
	expect_eq(call(device, KVMWARDEN_VM_SET, &set), 0);
}

static const struct test tests[] = {
	{ "race: commits, and VMs that come and go", commit_churn, true },
	{ "race: accounts that come and go", account_churn, true },
	{ "race: a VM's class chosen, and commits", undo_class_churn, true },
};

const struct suite race_suite = SUITE(tests);
