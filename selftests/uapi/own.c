// SPDX-License-Identifier: GPL-2.0
/* What is decided for one VM: its limits, and its class. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "puppet.h"
#include "uapi.h"
#include "vmm.h"
#include "warden.h"

#define TENANT	1000
#define MiB	(1ULL << 20)
#define VCPUS	(1ULL << KVMWARDEN_LIMIT_VCPUS)
#define MEMORY	(1ULL << KVMWARDEN_LIMIT_MEMORY)
#define EVERY	((1ULL << KVMWARDEN_NR_LIMITS) - 1)

static void set_init(struct kvmwarden_vm_set *set, uint64_t id)
{
	memset(set, 0, sizeof(*set));
	set->size = sizeof(*set);
	set->id = id;
}

static int vm_set(struct kvmwarden_vm_set *set)
{
	return call(device, KVMWARDEN_VM_SET, set);
}

static int set_limit(uint64_t id, uint32_t which, uint64_t limit)
{
	struct kvmwarden_vm_set set;

	set_init(&set, id);
	set.limits = 1ULL << which;
	set.own_limits = set.limits;
	set.limit.of[which] = limit;
	return vm_set(&set);
}

static int unset_limits(uint64_t id, uint64_t limits)
{
	struct kvmwarden_vm_set set;

	set_init(&set, id);
	set.limits = limits;
	return vm_set(&set);
}

/* An empty name: whichever takes it. */
static int set_class(uint64_t id, const char *name)
{
	struct kvmwarden_vm_set set;

	set_init(&set, id);
	set.flags = KVMWARDEN_SET_CLASS;
	strncpy(set.class_name, name, sizeof(set.class_name) - 1);
	return vm_set(&set);
}

static uint64_t last_vm(void)
{
	struct kvmwarden_vm vm;
	uint64_t last = 0;

	while (!vm_next(&vm, last))
		last = vm.id;
	return last;
}

#define SPOIL(_name, ...)						\
	static void spoil_##_name(struct kvmwarden_vm_set *set)		\
	{								\
		__VA_ARGS__;						\
	}

SPOIL(limits, set->limits |= 1ULL << KVMWARDEN_NR_LIMITS)
SPOIL(limits_high, set->limits |= 1ULL << 63)
SPOIL(own, set->own_limits |= MEMORY)
SPOIL(own_high, set->own_limits |= 1ULL << KVMWARDEN_LIMITS_MAX)
SPOIL(limit, set->limits |= MEMORY; set->limit.of[KVMWARDEN_LIMIT_MEMORY] = 1)
SPOIL(limit_alone, set->limit.of[KVMWARDEN_LIMIT_MEMORY] = 1)
SPOIL(limit_last, set->limit.of[KVMWARDEN_LIMITS_MAX - 1] = 1)
SPOIL(flags, set->flags |= KVMWARDEN_SET_CLASS << 1)
SPOIL(flags_high, set->flags |= 1U << 31)
SPOIL(reserved, set->reserved = 1)
SPOIL(reserved_high, set->reserved = 1U << 31)
SPOIL(no_flag, set->flags = 0; strcpy(set->class_name, "alpha"))
SPOIL(unterminated, memset(set->class_name, 'a', sizeof(set->class_name)))
SPOIL(unknown, strcpy(set->class_name, "gamma"))
SPOIL(beginning, strcpy(set->class_name, "alph"))
SPOIL(longer, strcpy(set->class_name, "alphas"))
SPOIL(nothing, set_init(set, set->id))

static const struct {
	const char *what;
	uint32_t field;
	void (*spoil)(struct kvmwarden_vm_set *set);
} spoilers[] = {
	{ "limits: unknown", KVMWARDEN_FIELD_LIMIT, spoil_limits },
	{ "limits: high", KVMWARDEN_FIELD_LIMIT, spoil_limits_high },
	{ "own_limits: not of limits", KVMWARDEN_FIELD_LIMIT, spoil_own },
	{ "own_limits: high", KVMWARDEN_FIELD_LIMIT, spoil_own_high },
	{ "limit: not the VM's own", KVMWARDEN_FIELD_LIMIT, spoil_limit },
	{ "limit: not to be set", KVMWARDEN_FIELD_LIMIT, spoil_limit_alone },
	{ "limit: unknown", KVMWARDEN_FIELD_LIMIT, spoil_limit_last },
	{ "flags: unknown", KVMWARDEN_FIELD_FLAGS, spoil_flags },
	{ "flags: high", KVMWARDEN_FIELD_FLAGS, spoil_flags_high },
	{ "reserved", KVMWARDEN_FIELD_RESERVED, spoil_reserved },
	{ "reserved: high", KVMWARDEN_FIELD_RESERVED, spoil_reserved_high },
	{ "class: without its flag", KVMWARDEN_FIELD_CLASS, spoil_no_flag },
	{ "class: unterminated", KVMWARDEN_FIELD_CLASS, spoil_unterminated },
	{ "class: unknown", KVMWARDEN_FIELD_CLASS, spoil_unknown },
	{ "class: a beginning", KVMWARDEN_FIELD_CLASS, spoil_beginning },
	{ "class: one too long", KVMWARDEN_FIELD_CLASS, spoil_longer },
	{ "nothing", KVMWARDEN_FIELD_DENY, spoil_nothing },
};

static void own_checks(void)
{
	struct kvmwarden_vm_set set;
	struct kvmwarden_vm before, after;
	uint64_t id = own_vm();
	unsigned int i;

	vm_get(&before, id);
	/* the last one is not spoiled */
	for (i = 0; i <= ARRAY_SIZE(spoilers); i++) {
		set_init(&set, id);
		set.flags = KVMWARDEN_SET_CLASS;
		strcpy(set.class_name, "default");
		set.limits = VCPUS;
		set.own_limits = VCPUS;
		set.limit.of[KVMWARDEN_LIMIT_VCPUS] = 7;
		if (i == ARRAY_SIZE(spoilers)) {
			expect_eq(vm_set(&set), 0);
			expect_eq(set.bad_field, 0);
			break;
		}
		spoilers[i].spoil(&set);
		expect_eq_msg(vm_set(&set), -EINVAL, "%s", spoilers[i].what);
		expect_eq_msg(set.bad_field, spoilers[i].field, "%s",
			      spoilers[i].what);
		vm_get(&after, id);
		expect_msg(!memcmp(&before, &after, sizeof(before)),
			   "the VM is as before: %s", spoilers[i].what);
	}
	vm_get(&after, id);
	expect_eq(after.flags & ~KVMWARDEN_VM_ADOPTED, KVMWARDEN_VM_CLASS_SET);
	expect_eq(after.own_limits, VCPUS);
	expect_eq(after.limit.of[KVMWARDEN_LIMIT_VCPUS], 7);
	expect_eq(set_class(id, ""), 0);
	expect_eq(unset_limits(id, VCPUS), 0);
	vm_get(&after, id);
	expect(!memcmp(&before, &after, sizeof(before)));
	expect_eq(set_class(id + 100, "default"), -ENOENT);
	expect_eq(set_limit(id + 100, KVMWARDEN_LIMIT_VCPUS, 1), -ENOENT);
}

static void own_each_limit(void)
{
	struct kvmwarden_vm before, vm;
	uint64_t id = own_vm();
	unsigned int i, j;

	vm_get(&before, id);
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		expect_eq_msg(set_limit(id, i, i + 5), 0, "limit %u", i);
		vm_get(&vm, id);
		expect_eq(vm.own_limits, (2ULL << i) - 1);
		for (j = 0; j < KVMWARDEN_LIMITS_MAX; j++)
			expect_eq_msg(vm.limit.of[j], j <= i ? j + 5 :
				      before.limit.of[j], "limit %u of %u", j,
				      i);
	}
	/* each is given back for itself */
	expect_eq(unset_limits(id, MEMORY), 0);
	vm_get(&vm, id);
	expect_eq(vm.own_limits, EVERY & ~MEMORY);
	expect_eq(vm.limit.of[KVMWARDEN_LIMIT_MEMORY],
		  before.limit.of[KVMWARDEN_LIMIT_MEMORY]);
	expect_eq(vm.limit.of[KVMWARDEN_LIMIT_VCPUS], 5);
	expect_eq(set_limit(id, KVMWARDEN_LIMIT_VCPUS, KVMWARDEN_UNLIMITED), 0);
	vm_get(&vm, id);
	expect_eq(vm.limit.of[KVMWARDEN_LIMIT_VCPUS], KVMWARDEN_UNLIMITED);
	expect_eq(vm.own_limits, EVERY & ~MEMORY);
	expect_eq(unset_limits(id, EVERY), 0);
	vm_get(&vm, id);
	expect(!memcmp(&before, &vm, sizeof(before)));
}

/* In mode enforce, without limits but those of the VMs. */
static void apply_vcpus(uint64_t vcpus, uint64_t total)
{
	struct kvmwarden_class *class;
	struct warden_policy policy;

	warden_policy_init(&policy);
	class = warden_add(&policy, "default");
	class->vm.of[KVMWARDEN_LIMIT_VCPUS] = vcpus;
	class->total.vcpus = total;
	warden_apply(device, &policy);
}

static uint64_t denied(enum kvmwarden_reason reason)
{
	struct kvmwarden_status status;

	warden_status(device, &status);
	return status.denials.denied[reason];
}

static void own_refuses(void)
{
	int vm = new_vm(), vcpus[5];
	uint64_t id = last_vm(), before = denied(KVMWARDEN_REASON_VM_VCPUS);

	apply_vcpus(KVMWARDEN_UNLIMITED, KVMWARDEN_UNLIMITED);
	expect_eq(set_limit(id, KVMWARDEN_LIMIT_VCPUS, 1), 0);
	vcpus[0] = vmm_vcpu(vm, 0);
	expect(vcpus[0] >= 0);
	expect_eq(vmm_vcpu(vm, 1), -EDQUOT);
	expect_eq(denied(KVMWARDEN_REASON_VM_VCPUS), before + 1);
	expect_eq(set_limit(id, KVMWARDEN_LIMIT_VCPUS, 2), 0);
	vcpus[1] = vmm_vcpu(vm, 1);
	expect(vcpus[1] >= 0);
	expect_eq(vmm_vcpu(vm, 2), -EDQUOT);

	/* it holds in what is committed later, and what is wider than that */
	apply_vcpus(3, KVMWARDEN_UNLIMITED);
	expect_eq(vmm_vcpu(vm, 2), -EDQUOT);
	apply_vcpus(1, KVMWARDEN_UNLIMITED);
	expect_eq(set_limit(id, KVMWARDEN_LIMIT_VCPUS, 3), 0);
	vcpus[2] = vmm_vcpu(vm, 2);
	expect(vcpus[2] >= 0);
	/* but not against what all of the class may have: ours has one, too */
	apply_vcpus(1, 4);
	expect_eq(set_limit(id, KVMWARDEN_LIMIT_VCPUS, KVMWARDEN_UNLIMITED), 0);
	expect_eq(vmm_vcpu(vm, 3), -EDQUOT);
	apply_vcpus(1, 5);
	vcpus[3] = vmm_vcpu(vm, 3);
	expect(vcpus[3] >= 0);
	/* its class's again, which it is far beyond */
	expect_eq(unset_limits(id, VCPUS), 0);
	expect_eq(vmm_vcpu(vm, 4), -EDQUOT);
	apply_vcpus(5, 6);
	vcpus[4] = vmm_vcpu(vm, 4);
	expect(vcpus[4] >= 0);

	expect_eq(set_limit(id, KVMWARDEN_LIMIT_MEMORY, MiB), 0);
	expect_eq(vmm_slot(vm, 0, 0, 0, MiB), 0);
	expect_eq(vmm_slot(vm, 1, 0, MiB, 4096), -EDQUOT);
	expect_eq(set_limit(id, KVMWARDEN_LIMIT_MEMORY, 0), 0);
	expect_eq(vmm_delete(vm, 0), 0);
	expect_eq(vmm_slot(vm, 0, 0, 0, 4096), -EDQUOT);
	expect_eq(unset_limits(id, MEMORY), 0);
	expect_eq(vmm_slot(vm, 0, 0, 0, 2 * MiB), 0);
	close(vcpus[0]);
	close(vcpus[1]);
	close(vcpus[2]);
	close(vcpus[3]);
	close(vcpus[4]);
	close(vm);
}

/*
 * Classes "a" and "b" for nobody, with a limit on users in a; those who are not
 * set are in "default".
 */
static void policy_init(struct warden_policy *policy)
{
	struct kvmwarden_class *class;

	warden_policy_init(policy);
	class = warden_add(policy, "a");
	class->flags = KVMWARDEN_CLASS_MATCH_UID;
	class->uid = 4001;
	class->user.vcpus = 10;
	class->vm.of[KVMWARDEN_LIMIT_VCPUS] = 3;
	class->revoke = KVMWARDEN_REVOKE_KILL;
	class = warden_add(policy, "b");
	class->flags = KVMWARDEN_CLASS_MATCH_UID;
	class->uid = 4002;
	class->mode = KVMWARDEN_MODE_PERMISSIVE;
	class->total.vms = 1;
	class->vm.of[KVMWARDEN_LIMIT_MEMORY] = MiB;
}

static void expect_used(const char *name, uint64_t vms, uint64_t vcpus,
			uint64_t memory)
{
	struct kvmwarden_class class;
	uint32_t i = 0;

	do {
		memset(&class, 0, sizeof(class));
		class.size = sizeof(class);
		class.index = i++;
		if (!expect_eq_msg(call(device, KVMWARDEN_CLASS_GET, &class),
				   0, "class %s", name))
			return;
	} while (strcmp(class.name, name));
	expect_eq_msg(class.used.vms, vms, "VMs of %s", name);
	expect_eq_msg(class.used.vcpus, vcpus, "vCPUs of %s", name);
	expect_eq_msg(class.used.memory, memory, "memory of %s", name);
}

static void expect_class(uint64_t id, const char *name, uint32_t flags)
{
	struct kvmwarden_vm vm;

	vm_get(&vm, id);
	expect_msg(!strcmp(vm.class_name, name), "class %s is %s",
		   vm.class_name, name);
	/* ours is so once a test has taken the hooks off */
	expect_eq_msg(vm.flags & KVMWARDEN_VM_CLASS_SET, flags, "flags in %s",
		      name);
}

/* Accounts of users in classes: how many, and what the last one uses. */
static unsigned int user_accounts(struct kvmwarden_account *last)
{
	struct kvmwarden_account account;
	unsigned int n = 0;
	uint64_t id = 0;

	for (;;) {
		memset(&account, 0, sizeof(account));
		account.size = sizeof(account);
		account.id = id;
		if (call(device, KVMWARDEN_ACCOUNT_NEXT, &account))
			return n;
		id = account.id;
		if (account.level != KVMWARDEN_LEVEL_USER)
			continue;
		*last = account;
		n++;
	}
}

static void own_class(void)
{
	struct kvmwarden_account account;
	struct warden_policy policy;
	struct kvmwarden_status status;
	int vm = new_vm(), vcpus[3];
	struct kvmwarden_vm record;
	uint64_t id = last_vm();

	policy_init(&policy);
	warden_apply(device, &policy);
	vcpus[0] = vmm_vcpu(vm, 0);
	vcpus[1] = vmm_vcpu(vm, 1);
	expect(vcpus[0] >= 0 && vcpus[1] >= 0);
	expect_eq(vmm_slot(vm, 0, 0, 0, 2 * MiB), 0);
	expect_used("default", 2, 3, 2 * MiB);
	expect_eq(user_accounts(&account), 0);

	/* with all that it has, and nothing of ours */
	expect_eq(set_class(id, "a"), 0);
	expect_class(id, "a", KVMWARDEN_VM_CLASS_SET);
	expect_class(own_vm(), "default", 0);
	expect_used("a", 1, 2, 2 * MiB);
	expect_used("default", 1, 1, 0);
	expect_eq(user_accounts(&account), 1);
	expect(!strcmp(account.class_name, "a"));
	expect_eq(account.uid, 0);
	expect_eq(account.used.vms, 1);
	expect_eq(account.used.vcpus, 2);
	expect_eq(account.used.memory, 2 * MiB);
	expect_eq(account.limit.vcpus, 10);
	vm_get(&record, id);
	expect_eq(record.limit.of[KVMWARDEN_LIMIT_VCPUS], 3);
	expect_eq(record.revoke, KVMWARDEN_REVOKE_KILL);
	expect_eq(record.mode, KVMWARDEN_MODE_ENFORCE);
	vcpus[2] = vmm_vcpu(vm, 2);
	expect(vcpus[2] >= 0);
	expect_eq(vmm_vcpu(vm, 3), -EDQUOT);
	expect_used("a", 1, 3, 2 * MiB);

	/* where it is over a limit: it keeps what it has */
	expect_eq(set_class(id, "b"), 0);
	expect_used("a", 0, 0, 0);
	expect_used("b", 1, 3, 2 * MiB);
	expect_eq(user_accounts(&account), 0);
	vm_get(&record, id);
	expect_eq(record.limit.of[KVMWARDEN_LIMIT_MEMORY], MiB);
	expect_eq(record.limit.of[KVMWARDEN_LIMIT_VCPUS], KVMWARDEN_UNLIMITED);
	expect_eq(record.mode, KVMWARDEN_MODE_PERMISSIVE);
	expect_eq(set_class(own_vm(), "b"), 0);
	expect_used("b", 2, 4, 2 * MiB);
	expect_eq(set_class(own_vm(), ""), 0);

	expect_eq(set_class(id, ""), 0);
	expect_class(id, "default", 0);
	expect_used("b", 0, 0, 0);
	expect_used("default", 2, 4, 2 * MiB);
	/* it may be chosen where matching would have it, too */
	expect_eq(set_class(id, "default"), 0);
	expect_class(id, "default", KVMWARDEN_VM_CLASS_SET);
	expect_used("default", 2, 4, 2 * MiB);
	warden_status(device, &status);
	expect_eq(status.used.vms, 2);
	expect_eq(status.used.vcpus, 4);
	expect_eq(status.used.memory, 2 * MiB);
	close(vcpus[0]);
	close(vcpus[1]);
	close(vcpus[2]);
	close(vm);
	expect_used("default", 1, 1, 0);
}

/* What was set for a VM ends with it: the next one is not in that class. */
static void own_class_ends(void)
{
	struct warden_policy policy;
	int vm = new_vm();
	uint64_t id = last_vm();

	policy_init(&policy);
	warden_apply(device, &policy);
	expect_eq(set_class(id, "a"), 0);
	close(vm);
	vm = new_vm();
	expect_class(last_vm(), "default", 0);
	expect_used("a", 0, 0, 0);
	close(vm);

	expect_eq(set_class(own_vm(), "a"), 0);
	expect_eq(set_limit(own_vm(), KVMWARDEN_LIMIT_VCPUS, 9), 0);
	disarm();
	expect_eq(set_class(1, "a"), -ENOENT);
	warden_apply(device, &policy);
	expect_class(own_vm(), "default", 0);
	expect_used("a", 0, 0, 0);
}

static void own_class_commits(void)
{
	struct warden_policy policy, without;
	uint64_t id = own_vm();
	struct kvmwarden_vm vm;

	policy_init(&policy);
	warden_policy_init(&without);
	warden_apply(device, &policy);
	expect_eq(set_class(id, "a"), 0);
	warden_apply(device, &policy);
	expect_class(id, "a", KVMWARDEN_VM_CLASS_SET);
	/* its limits are those of the class as it is by now */
	policy.classes[0].vm.of[KVMWARDEN_LIMIT_VCPUS] = 4;
	warden_apply(device, &policy);
	vm_get(&vm, id);
	expect_eq(vm.limit.of[KVMWARDEN_LIMIT_VCPUS], 4);
	/* what is its own is so in each class */
	expect_eq(set_limit(id, KVMWARDEN_LIMIT_VCPUS, 8), 0);

	/* not there: it is matched; and there again */
	warden_apply(device, &without);
	vm_get(&vm, id);
	expect(!strcmp(vm.class_name, "default"));
	expect_eq(vm.limit.of[KVMWARDEN_LIMIT_VCPUS], 8);
	expect_used("default", 1, 1, 0);
	warden_apply(device, &policy);
	expect_class(id, "a", KVMWARDEN_VM_CLASS_SET);
	expect_used("a", 1, 1, 0);
	expect_used("default", 0, 0, 0);
	vm_get(&vm, id);
	expect_eq(vm.limit.of[KVMWARDEN_LIMIT_VCPUS], 8);
	expect_eq(unset_limits(id, VCPUS), 0);
	vm_get(&vm, id);
	expect_eq(vm.limit.of[KVMWARDEN_LIMIT_VCPUS], 4);

	/* given up while it is not there, it does not come back to it */
	warden_apply(device, &without);
	expect_eq(set_class(id, "a"), -EINVAL);
	expect_eq(set_class(id, ""), 0);
	warden_apply(device, &policy);
	expect_class(id, "default", 0);
	expect_used("a", 0, 0, 0);
}

/* A class decides; the account of its user in the class it leaves is given back. */
static void own_class_of_users(void)
{
	struct kvmwarden_account account;
	struct warden_policy policy;
	struct puppet tenant;
	int64_t first, second;
	uint64_t id;

	policy_init(&policy);
	policy.classes[0].user.vms = 1;
	policy.classes[0].user.vcpus = KVMWARDEN_UNLIMITED;
	policy.classes[0].uid = TENANT;
	warden_apply(device, &policy);
	puppet_start_as(&tenant, TENANT);
	first = TELL(&tenant, do_vm);
	expect(first >= 0);
	id = last_vm();
	expect_class(id, "a", 0);
	expect_eq(TELL(&tenant, do_vm), -EDQUOT);
	expect_eq(user_accounts(&account), 1);
	expect_eq(account.uid, TENANT);
	expect_eq(account.used.vms, 1);
	/* out of the way, there is room for another one */
	expect_eq(set_class(id, "default"), 0);
	expect_eq(user_accounts(&account), 0);
	second = TELL(&tenant, do_vm);
	expect(second >= 0);
	expect_eq(TELL(&tenant, do_vm), -EDQUOT);
	/* and it can be put back: two of one */
	expect_eq(set_class(id, ""), 0);
	expect_eq(user_accounts(&account), 1);
	expect_eq(account.used.vms, 2);
	expect_eq(account.limit.vms, 1);
	expect_eq(TELL(&tenant, do_close, first), 0);
	expect_eq(TELL(&tenant, do_vm), -EDQUOT);
	expect_eq(TELL(&tenant, do_close, second), 0);
	expect(TELL(&tenant, do_vm) >= 0);
	puppet_end(&tenant);
}

static const struct test tests[] = {
	{ "own: what is refused", own_checks, false },
	{ "own: each limit, and given back", own_each_limit, false },
	{ "own limits: refused beyond, whatever the class says", own_refuses,
	  true },
	{ "own class: charges, limits and mode go with it", own_class, true },
	{ "own class: ends with the VM, and with the hooks", own_class_ends,
	  true },
	{ "own class: as long as there is one of that name", own_class_commits,
	  true },
	{ "own class: accounts of users", own_class_of_users, true },
};

const struct suite own_suite = SUITE(tests);
