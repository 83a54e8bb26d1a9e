// SPDX-License-Identifier: GPL-2.0
/* What a commit tells: who is over a limit, what changes, and its digest. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "puppet.h"
#include "uapi.h"
#include "vmm.h"
#include "warden.h"

#define TENANT	1000
#define OTHER	1001
#define MiB	(1ULL << 20)
#define ROOM	16

/* One that creates two VMs, and what is to be told of them. */
struct scene {
	struct puppet tenant, other;
	uint64_t own, first, second;	/* VMs */
};

static uint64_t last_vm(void)
{
	struct kvmwarden_vm vm;
	uint64_t last = 0;

	while (!vm_next(&vm, last))
		last = vm.id;
	return last;
}

static void scene_set(struct scene *scene)
{
	int64_t vm;

	scene->own = own_vm();
	puppet_start_as(&scene->tenant, TENANT);
	vm = TELL(&scene->tenant, do_vm);
	expect(vm >= 0);
	scene->first = last_vm();
	expect(TELL(&scene->tenant, do_vcpu, vm, 0) >= 0);
	expect(TELL(&scene->tenant, do_vcpu, vm, 1) >= 0);
	puppet_start_as(&scene->other, OTHER);
	vm = TELL(&scene->other, do_vm);
	expect(vm >= 0);
	scene->second = last_vm();
	expect_eq(TELL(&scene->other, do_slot, vm, 0, 0, 0, 2 * MiB), 0);
}

static void scene_end(struct scene *scene)
{
	puppet_end(&scene->tenant);
	puppet_end(&scene->other);
	expect(eventually(only_ours));
}

static int add_user(int draft, const char *name, uint32_t uid)
{
	struct kvmwarden_class class;

	class_init(&class, name);
	class.uid = uid;
	return call(draft, KVMWARDEN_RULESET_ADD, &class);
}

static int commit(int draft, struct kvmwarden_commit *commit, uint32_t flags,
		  void *changes, uint32_t room)
{
	commit_init(commit);
	commit->flags = flags;
	commit->changes = (uintptr_t)changes;
	commit->nr_changes = room;
	return call(draft, KVMWARDEN_RULESET_COMMIT, commit);
}

static void expect_change(const struct kvmwarden_change *change, uint64_t vm,
			  uint32_t flags, const char *class_name)
{
	expect_eq(change->vm, vm);
	expect_eq(change->flags, flags);
	expect_msg(!strcmp(change->class_name, class_name),
		   "VM %llu comes into %s", (unsigned long long)vm, class_name);
}

static void change_class(void)
{
	struct kvmwarden_change changes[ROOM];
	struct kvmwarden_commit arg;
	struct kvmwarden_vm vm;
	struct scene scene;
	int draft;

	scene_set(&scene);
	draft = draft_begin();
	expect_eq(add_user(draft, "tenant", TENANT), 0);
	expect_eq(commit(draft, &arg, 0, changes, ROOM), 0);
	close(draft);
	expect_eq(arg.over, 0);
	expect_eq(arg.nr_changes, 1);
	expect_change(&changes[0], scene.first, KVMWARDEN_CHANGE_CLASS,
		      "tenant");
	expect_eq(changes[0].reason, 0);
	expect_eq(changes[0].used, 0);
	expect_eq(changes[0].limit, 0);
	vm_get(&vm, scene.first);
	expect(!strcmp(vm.class_name, "tenant"));

	/* back, and another one, by id; ours stays where it was */
	draft = draft_begin();
	expect_eq(add_user(draft, "other", OTHER), 0);
	expect_eq(commit(draft, &arg, 0, changes, ROOM), 0);
	close(draft);
	expect_eq(arg.nr_changes, 2);
	expect_change(&changes[0], scene.first, KVMWARDEN_CHANGE_CLASS,
		      "default");
	expect_change(&changes[1], scene.second, KVMWARDEN_CHANGE_CLASS,
		      "other");

	/* the same again is no change */
	draft = draft_begin();
	expect_eq(add_user(draft, "other", OTHER), 0);
	expect_eq(commit(draft, &arg, 0, changes, ROOM), 0);
	close(draft);
	expect_eq(arg.nr_changes, 0);
	expect_eq(arg.over, 0);
	scene_end(&scene);
}

/* All that can be limited for the default class's and all others' sake. */
struct limits {
	struct kvmwarden_ruleset ruleset;
	struct kvmwarden_class class;
	struct kvmwarden_cgroup cgroup;
};

static void limits_init(struct limits *limits)
{
	ruleset_init(&limits->ruleset);
	limits->ruleset.version = 100;
	class_init(&limits->class, "default");
	cgroup_init(&limits->cgroup, "/");
}

/* Return a draft. */
static int limits_begin(struct limits *limits)
{
	int draft = call(device, KVMWARDEN_RULESET_BEGIN, &limits->ruleset);

	expect_eq(call(draft, KVMWARDEN_RULESET_ADD, &limits->class), 0);
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD_CGROUP, &limits->cgroup),
		  0);
	limits->class.index = 0;
	limits->cgroup.index = 0;
	return draft;
}

#define TIGHTEN(_name, ...)						\
	static void tighten_##_name(struct limits *limits)		\
	{								\
		__VA_ARGS__;						\
	}

TIGHTEN(vm_vcpus, limits->class.vm.of[KVMWARDEN_LIMIT_VCPUS] = 1)
TIGHTEN(vm_memory, limits->class.vm.of[KVMWARDEN_LIMIT_MEMORY] = 2 * MiB - 1)
TIGHTEN(vm_memslots, limits->class.vm.of[KVMWARDEN_LIMIT_MEMSLOTS] = 0)
TIGHTEN(user_vms, limits->class.user.vms = 0)
TIGHTEN(user_vcpus, limits->class.user.vcpus = 1)
TIGHTEN(user_memory, limits->class.user.memory = MiB)
TIGHTEN(host_user_vms, limits->ruleset.user.vms = 0)
TIGHTEN(host_user_vcpus, limits->ruleset.user.vcpus = 1)
TIGHTEN(host_user_memory, limits->ruleset.user.memory = MiB)
TIGHTEN(cgroup_vms, limits->cgroup.limit.vms = 2)
TIGHTEN(cgroup_vcpus, limits->cgroup.limit.vcpus = 2)
TIGHTEN(cgroup_memory, limits->cgroup.limit.memory = 0)
TIGHTEN(class_vms, limits->class.total.vms = 2)
TIGHTEN(class_vcpus, limits->class.total.vcpus = 1)
TIGHTEN(class_memory, limits->class.total.memory = MiB)
TIGHTEN(host_vms, limits->ruleset.host.vms = 1)
TIGHTEN(host_vcpus, limits->ruleset.host.vcpus = 2)
TIGHTEN(host_memory, limits->ruleset.host.memory = MiB)

#define OWN	1	/* one vCPU, root's */
#define FIRST	2	/* two vCPUs, the tenant's */
#define SECOND	4	/* 2 MiB, the other's */
#define ALL	(OWN | FIRST | SECOND)

static const struct {
	void (*tighten)(struct limits *limits);
	uint32_t reason;
	uint32_t over;
	unsigned int vms;		/* those that are told of */
	uint64_t used, limit;		/* of the last one */
} cases[] = {
	{ tighten_vm_vcpus, KVMWARDEN_REASON_VM_VCPUS, 1, FIRST, 2, 1 },
	{ tighten_vm_memory, KVMWARDEN_REASON_VM_MEMORY, 1, SECOND, 2 * MiB,
	  2 * MiB - 1 },
	{ tighten_vm_memslots, KVMWARDEN_REASON_VM_MEMSLOTS, 1, SECOND, 1, 0 },
	{ tighten_user_vms, KVMWARDEN_REASON_USER_VMS, 3, ALL, 1, 0 },
	{ tighten_user_vcpus, KVMWARDEN_REASON_USER_VCPUS, 1, FIRST, 2, 1 },
	{ tighten_user_memory, KVMWARDEN_REASON_USER_MEMORY, 1, SECOND, 2 * MiB,
	  MiB },
	{ tighten_host_user_vms, KVMWARDEN_REASON_HOST_USER_VMS, 3, ALL, 1, 0 },
	{ tighten_host_user_vcpus, KVMWARDEN_REASON_HOST_USER_VCPUS, 1, FIRST,
	  2, 1 },
	{ tighten_host_user_memory, KVMWARDEN_REASON_HOST_USER_MEMORY, 1, SECOND,
	  2 * MiB, MiB },
	{ tighten_cgroup_vms, KVMWARDEN_REASON_CGROUP_VMS, 1, ALL, 3, 2 },
	{ tighten_cgroup_vcpus, KVMWARDEN_REASON_CGROUP_VCPUS, 1, ALL, 3, 2 },
	{ tighten_cgroup_memory, KVMWARDEN_REASON_CGROUP_MEMORY, 1, ALL, 2 * MiB,
	  0 },
	{ tighten_class_vms, KVMWARDEN_REASON_CLASS_VMS, 1, ALL, 3, 2 },
	{ tighten_class_vcpus, KVMWARDEN_REASON_CLASS_VCPUS, 1, ALL, 3, 1 },
	{ tighten_class_memory, KVMWARDEN_REASON_CLASS_MEMORY, 1, ALL, 2 * MiB,
	  MiB },
	{ tighten_host_vms, KVMWARDEN_REASON_HOST_VMS, 1, ALL, 3, 1 },
	{ tighten_host_vcpus, KVMWARDEN_REASON_HOST_VCPUS, 1, ALL, 3, 2 },
	{ tighten_host_memory, KVMWARDEN_REASON_HOST_MEMORY, 1, ALL, 2 * MiB,
	  MiB },
};

static void expect_case(unsigned int i, const struct kvmwarden_commit *arg,
			const struct kvmwarden_change *changes,
			const struct scene *scene)
{
	const uint64_t vms[] = { scene->own, scene->first, scene->second };
	unsigned int vm, n = 0;

	expect_eq_msg(arg->over, cases[i].over, "over, case %u", i);
	for (vm = 0; vm < ARRAY_SIZE(vms); vm++) {
		if (!(cases[i].vms & 1U << vm))
			continue;
		expect_change(&changes[n], vms[vm], KVMWARDEN_CHANGE_OVER,
			      "default");
		expect_eq_msg(changes[n].reason, cases[i].reason, "case %u", i);
		n++;
	}
	expect_eq_msg(arg->nr_changes, n, "changes, case %u", i);
	if (!n)
		return;
	expect_eq_msg(changes[n - 1].used, cases[i].used, "case %u", i);
	expect_eq_msg(changes[n - 1].limit, cases[i].limit, "case %u", i);
}

static void change_over(void)
{
	struct kvmwarden_change changes[ROOM];
	struct kvmwarden_commit arg;
	struct limits limits;
	struct scene scene;
	unsigned int i;
	int draft;

	scene_set(&scene);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		limits_init(&limits);
		cases[i].tighten(&limits);
		draft = limits_begin(&limits);
		expect_eq(commit(draft, &arg, 0, changes, ROOM), 0);
		expect_case(i, &arg, changes, &scene);
		close(draft);
	}
	scene_end(&scene);
}

/* With a limit that is met exactly nobody is over. */
static void change_met(void)
{
	struct kvmwarden_change changes[ROOM];
	struct kvmwarden_commit arg;
	struct limits limits;
	struct scene scene;
	int64_t vm;
	int draft;

	scene_set(&scene);
	limits_init(&limits);
	limits.ruleset.host = (struct kvmwarden_amounts) { 3, 3, 2 * MiB };
	limits.class.total = limits.ruleset.host;
	limits.cgroup.limit = limits.ruleset.host;
	limits.ruleset.user = (struct kvmwarden_amounts) { 1, 2, 2 * MiB };
	limits.class.user = limits.ruleset.user;
	limits.class.vm.of[KVMWARDEN_LIMIT_VCPUS] = 2;
	limits.class.vm.of[KVMWARDEN_LIMIT_MEMORY] = 2 * MiB;
	draft = limits_begin(&limits);
	expect_eq(commit(draft, &arg, 0, changes, ROOM), 0);
	close(draft);
	expect_eq(arg.over, 0);
	expect_eq(arg.nr_changes, 0);

	/* what is over keeps what it has, and gets no more */
	limits.ruleset.host.vms = 1;
	limits.class.total.vms = 10;
	limits.class.user.vms = 10;
	limits.ruleset.user.vms = 10;
	limits.cgroup.limit.vms = 10;
	draft = limits_begin(&limits);
	expect_eq(commit(draft, &arg, 0, changes, ROOM), 0);
	close(draft);
	expect_eq(arg.over, 1);
	expect_eq(arg.nr_changes, 3);
	expect_eq(TELL(&scene.other, do_vm), -EDQUOT);
	limits.ruleset.host.vms = 4;
	draft = limits_begin(&limits);
	expect_eq(commit(draft, &arg, 0, changes, ROOM), 0);
	close(draft);
	vm = TELL(&scene.other, do_vm);
	expect(vm >= 0);
	expect_eq(TELL(&scene.other, do_close, vm), 0);
	scene_end(&scene);
}

static void change_both(void)
{
	struct kvmwarden_change changes[ROOM];
	struct kvmwarden_commit arg;
	struct kvmwarden_class class;
	struct scene scene;
	int draft;

	scene_set(&scene);
	draft = draft_begin();
	class_init(&class, "tenant");
	class.uid = TENANT;
	class.vm.of[KVMWARDEN_LIMIT_VCPUS] = 0;
	class.total.vcpus = 1;
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD, &class), 0);
	expect_eq(commit(draft, &arg, 0, changes, ROOM), 0);
	close(draft);
	/* the VM, and its class */
	expect_eq(arg.over, 2);
	expect_eq(arg.nr_changes, 1);
	expect_change(&changes[0], scene.first,
		      KVMWARDEN_CHANGE_CLASS | KVMWARDEN_CHANGE_OVER, "tenant");
	/* the first on the way up */
	expect_eq(changes[0].reason, KVMWARDEN_REASON_VM_VCPUS);
	expect_eq(changes[0].used, 2);
	expect_eq(changes[0].limit, 0);
	scene_end(&scene);
}

/* A draft that changes the class of two VMs. */
static int draft_of_two(void)
{
	int draft = draft_begin();

	expect_eq(add_user(draft, "tenant", TENANT), 0);
	expect_eq(add_user(draft, "other", OTHER), 0);
	return draft;
}

static void change_room(void)
{
	struct kvmwarden_change changes[ROOM], untouched;
	struct kvmwarden_commit arg;
	struct scene scene;
	unsigned int room;
	int draft;

	scene_set(&scene);
	memset(&untouched, 0xa5, sizeof(untouched));
	draft = draft_of_two();
	for (room = 0; room < 5; room++) {
		memset(changes, 0xa5, sizeof(changes));
		expect_eq(commit(draft, &arg, KVMWARDEN_COMMIT_CHECK, changes,
				 room), 0);
		expect_eq_msg(arg.nr_changes, 2, "room for %u", room);
		if (room > 0)
			expect_change(&changes[0], scene.first,
				      KVMWARDEN_CHANGE_CLASS, "tenant");
		if (room > 1)
			expect_change(&changes[1], scene.second,
				      KVMWARDEN_CHANGE_CLASS, "other");
		expect_msg(!memcmp(&changes[room], &untouched,
				   sizeof(untouched)),
			   "no more than %u written", room);
	}
	/* how many, without any room */
	expect_eq(commit(draft, &arg, KVMWARDEN_COMMIT_CHECK, NULL, 0), 0);
	expect_eq(arg.nr_changes, 2);
	expect_eq(commit(draft, &arg, KVMWARDEN_COMMIT_CHECK, changes, ~0U), 0);
	expect_eq(arg.nr_changes, 2);
	close(draft);
	scene_end(&scene);
}

static void change_fault(void)
{
	static const uintptr_t addresses[] = {
		1, 4095, 0x8000000000000000, 0xffff888000000000, ~0UL,
	};
	uint64_t before = generation();
	struct kvmwarden_commit arg;
	struct scene scene;
	unsigned int i;
	char *pages;
	int draft;

	pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(pages + 4096, 4096, PROT_NONE);
	scene_set(&scene);
	draft = draft_of_two();
	for (i = 0; i < ARRAY_SIZE(addresses); i++) {
		expect_eq_msg(commit(draft, &arg, 0, (void *)addresses[i], ROOM),
			      -EFAULT, "address %#lx", addresses[i]);
		expect_eq(generation(), before);
	}
	/* there is room for one, but the caller says for all */
	expect_eq(commit(draft, &arg, 0, pages + 4096 -
			 sizeof(struct kvmwarden_change), ROOM), -EFAULT);
	mprotect(pages, 4096, PROT_READ);
	expect_eq(commit(draft, &arg, 0, pages, ROOM), -EFAULT);
	expect_eq(generation(), before);
	mprotect(pages, 4096, PROT_READ | PROT_WRITE);
	expect_eq(commit(draft, &arg, KVMWARDEN_COMMIT_CHECK, pages + 4096 -
			 3 * sizeof(struct kvmwarden_change), 3), 0);
	expect_eq(arg.nr_changes, 2);
	/* an address without room is none */
	expect_eq(commit(draft, &arg, KVMWARDEN_COMMIT_CHECK, (void *)1, 0), 0);
	close(draft);
	munmap(pages, 8192);
	scene_end(&scene);
}

static void change_check(void)
{
	struct kvmwarden_change checked[ROOM], done[ROOM];
	struct kvmwarden_commit check, arg;
	uint64_t before = generation();
	struct limits limits;
	struct kvmwarden_vm vm;
	struct scene scene;
	int draft;

	scene_set(&scene);
	limits_init(&limits);
	limits.ruleset.host.vms = 1;
	limits.class.user.vcpus = 0;
	limits.class.vm.of[KVMWARDEN_LIMIT_MEMORY] = MiB;
	strcpy(limits.class.name, "all");
	limits.class.flags = KVMWARDEN_CLASS_MATCH_CGROUP;
	limits.class.cgroup.address = (uintptr_t)"/**";
	draft = limits_begin(&limits);
	memset(checked, 0, sizeof(checked));
	memset(done, 0, sizeof(done));
	expect_eq(commit(draft, &check, KVMWARDEN_COMMIT_CHECK, checked, ROOM),
		  0);
	expect_eq(generation(), before);
	expect_eq(check.generation, before);
	vm_get(&vm, scene.first);
	expect(!strcmp(vm.class_name, "default"));
	expect_eq(vm.limit.of[KVMWARDEN_LIMIT_MEMORY], KVMWARDEN_UNLIMITED);
	expect(TELL(&scene.tenant, do_vm) >= 0);
	scene_end(&scene);

	/* the same VMs again, for comparison */
	scene_set(&scene);
	expect_eq(commit(draft, &check, KVMWARDEN_COMMIT_CHECK, checked, ROOM),
		  0);
	expect_eq(check.nr_changes, 3);
	/* the host, two users and a VM */
	expect_eq(check.over, 4);
	expect_eq(commit(draft, &arg, 0, done, ROOM), 0);
	close(draft);
	expect_eq(arg.generation, before + 1);
	expect_eq(arg.over, check.over);
	expect_eq(arg.nr_changes, check.nr_changes);
	expect(!memcmp(arg.digest, check.digest, sizeof(arg.digest)));
	expect(!memcmp(checked, done, sizeof(done)));
	vm_get(&vm, scene.first);
	expect(!strcmp(vm.class_name, "all"));
	expect_eq(vm.limit.of[KVMWARDEN_LIMIT_MEMORY], MiB);
	scene_end(&scene);
}

/* The digest of a draft, which it costs. */
static void digest_of(int draft, uint8_t digest[KVMWARDEN_DIGEST_LEN])
{
	struct kvmwarden_commit arg;

	expect_eq(commit(draft, &arg, KVMWARDEN_COMMIT_CHECK |
				      KVMWARDEN_COMMIT_FORCE, NULL, 0), 0);
	memcpy(digest, arg.digest, KVMWARDEN_DIGEST_LEN);
	close(draft);
}

/* What makes another ruleset of one, and each another one. */
#define DIFFER(_name, ...)						\
	static void differ_##_name(struct limits *limits)		\
	{								\
		__VA_ARGS__;						\
	}

DIFFER(not, (void)limits)
DIFFER(mode, limits->ruleset.mode = KVMWARDEN_MODE_OFF)
DIFFER(version, limits->ruleset.version = 101)
DIFFER(host, limits->ruleset.host.vms = 1)
DIFFER(host_other, limits->ruleset.host.vcpus = 1)
DIFFER(user, limits->ruleset.user.vms = 1)
DIFFER(class_mode, limits->class.mode = KVMWARDEN_MODE_PERMISSIVE)
DIFFER(class_vm, limits->class.vm.of[0] = 1)
DIFFER(class_last, limits->class.vm.of[KVMWARDEN_NR_LIMITS - 1] = 1)
DIFFER(class_user, limits->class.user.vms = 1)
DIFFER(class_total, limits->class.total.vms = 1)
DIFFER(class_deny, limits->class.deny = KVMWARDEN_DENY_NESTED)
DIFFER(class_revoke, limits->class.revoke = KVMWARDEN_REVOKE_KILL)
DIFFER(class_uid, class_init(&limits->class, "a"))
DIFFER(class_name, class_init(&limits->class, "b"))
DIFFER(class_other_uid, class_init(&limits->class, "a");
	limits->class.uid = 4001)
DIFFER(class_gid, class_init(&limits->class, "a");
	limits->class.flags = KVMWARDEN_CLASS_MATCH_GID;
	limits->class.uid = 0;
	limits->class.gid = 4000)
DIFFER(class_cgroup, class_init(&limits->class, "a");
	limits->class.flags |= KVMWARDEN_CLASS_MATCH_CGROUP;
	limits->class.cgroup.address = (uintptr_t)"/a")
DIFFER(class_pattern, class_init(&limits->class, "a");
	limits->class.flags |= KVMWARDEN_CLASS_MATCH_CGROUP;
	limits->class.cgroup.address = (uintptr_t)"/b")
DIFFER(pattern, limits->cgroup.pattern.address = (uintptr_t)"/a")
DIFFER(pattern_other, limits->cgroup.pattern.address = (uintptr_t)"/b")
DIFFER(cgroup_limit, limits->cgroup.limit.vms = 1)
DIFFER(cgroup_memory, limits->cgroup.limit.memory = 1)

static void (*const differ[])(struct limits *limits) = {
	differ_not, differ_mode, differ_version, differ_host, differ_host_other,
	differ_user, differ_class_mode, differ_class_vm, differ_class_last,
	differ_class_user, differ_class_total, differ_class_deny,
	differ_class_revoke, differ_class_uid, differ_class_name,
	differ_class_other_uid, differ_class_gid, differ_class_cgroup,
	differ_class_pattern, differ_pattern, differ_pattern_other,
	differ_cgroup_limit, differ_cgroup_memory,
};

static void digest_differs(void)
{
	uint8_t digests[ARRAY_SIZE(differ)][KVMWARDEN_DIGEST_LEN];
	uint8_t again[KVMWARDEN_DIGEST_LEN];
	struct limits limits;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(differ); i++) {
		limits_init(&limits);
		differ[i](&limits);
		digest_of(limits_begin(&limits), digests[i]);
		/* also if it is elsewhere in the caller's memory */
		digest_of(limits_begin(&limits), again);
		expect_msg(!memcmp(digests[i], again, sizeof(again)),
			   "ruleset %u has the same digest twice", i);
		for (j = 0; j < i; j++)
			expect_msg(memcmp(digests[i], digests[j],
					  sizeof(again)),
				   "%u and %u differ in their digests", i, j);
	}
}

/* Neither by address, nor by order of what comes in an order. */
static void digest_order(void)
{
	uint8_t ab[KVMWARDEN_DIGEST_LEN], ba[KVMWARDEN_DIGEST_LEN];
	uint8_t more[KVMWARDEN_DIGEST_LEN];
	struct kvmwarden_cgroup cgroup;
	char path[] = "/a", copy[] = "/a";
	int draft;

	draft = draft_begin();
	expect_eq(add_user(draft, "a", 1), 0);
	expect_eq(add_user(draft, "b", 2), 0);
	digest_of(draft, ab);
	draft = draft_begin();
	expect_eq(add_user(draft, "b", 2), 0);
	expect_eq(add_user(draft, "a", 1), 0);
	digest_of(draft, ba);
	expect(memcmp(ab, ba, sizeof(ab)));

	draft = draft_begin();
	cgroup_init(&cgroup, path);
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD_CGROUP, &cgroup), 0);
	digest_of(draft, ab);
	draft = draft_begin();
	cgroup_init(&cgroup, copy);
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD_CGROUP, &cgroup), 0);
	digest_of(draft, ba);
	expect(!memcmp(ab, ba, sizeof(ab)));
	draft = draft_begin();
	digest_of(draft, more);
	expect(memcmp(ab, more, sizeof(ab)));
}

static void digest_status(void)
{
	static const uint8_t zeroes[KVMWARDEN_DIGEST_LEN];
	struct kvmwarden_status before, after;
	struct kvmwarden_commit arg;
	int draft = draft_begin();

	warden_status(device, &before);
	expect(memcmp(before.digest, zeroes, sizeof(zeroes)));
	expect_eq(draft_add(draft, "one"), 0);
	expect_eq(commit(draft, &arg, 0, NULL, 0), 0);
	close(draft);
	warden_status(device, &after);
	expect(!memcmp(arg.digest, after.digest, sizeof(arg.digest)));
	expect(memcmp(before.digest, after.digest, sizeof(arg.digest)));
	/* what was in force comes again: by the same digest it is known */
	restore();
	warden_status(device, &after);
	expect(!memcmp(before.digest, after.digest, sizeof(arg.digest)));
	expect(before.generation != after.generation);
}

static const struct test tests[] = {
	{ "changes: of class", change_class, true },
	{ "changes: over each limit there is", change_over, true },
	{ "changes: nobody over what is met; no more for who is", change_met,
	  true },
	{ "changes: of class, and over a limit", change_both, true },
	{ "changes: room for them", change_room, false },
	{ "changes: bad address, and nothing done", change_fault, false },
	{ "changes: CHECK tells the same", change_check, true },
	{ "digest: each field counts", digest_differs, false },
	{ "digest: order counts, addresses do not", digest_order, false },
	{ "digest: told by status", digest_status, true },
};

const struct suite change_suite = SUITE(tests);
