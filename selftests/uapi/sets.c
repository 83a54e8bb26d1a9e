// SPDX-License-Identifier: GPL-2.0
/* What is denied: to a class, and to one VM whatever its class says. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "uapi.h"
#include "warden.h"

#define NESTED	KVMWARDEN_DENY_NESTED

static void set_init(struct kvmwarden_vm_set *set, uint64_t id)
{
	memset(set, 0, sizeof(*set));
	set->size = sizeof(*set);
	set->id = id;
	set->change = NESTED;
}

static int vm_set(uint64_t id, uint64_t own, uint64_t deny)
{
	struct kvmwarden_vm_set set;

	set_init(&set, id);
	set.own = own;
	set.deny = deny;
	return call(device, KVMWARDEN_VM_SET, &set);
}

static uint64_t id_of_new_vm(int *fd)
{
	struct kvmwarden_vm vm;
	uint64_t last = 0;

	*fd = new_vm();
	while (!vm_next(&vm, last))
		last = vm.id;
	return last;
}

static void expect_vm(uint64_t id, uint64_t own, uint64_t deny,
		      const char *when)
{
	struct kvmwarden_vm vm;

	vm_get(&vm, id);
	expect_eq_msg(vm.own, own, "own, %s", when);
	expect_eq_msg(vm.deny, deny, "deny, %s", when);
}

static const struct {
	uint64_t change, own, deny;
} bad_bits[] = {
	/* about nothing */
	{ 0, 0, 0 },
	{ 0, NESTED, 0 },
	{ 0, 0, NESTED },
	{ 0, NESTED, NESTED },
	/* denied, but not the VM's own */
	{ NESTED, 0, NESTED },
	/* beyond what is to be changed */
	{ NESTED, NESTED << 1, 0 },
	{ NESTED, NESTED | NESTED << 1, NESTED },
	{ NESTED, NESTED, NESTED << 1 },
	{ NESTED, NESTED, NESTED | NESTED << 1 },
	{ NESTED, ~0ULL, ~0ULL },
	{ ~0ULL, NESTED, NESTED },
	{ ~0ULL, ~0ULL, ~0ULL },
};

static void expect_bad_bits(uint64_t change, uint64_t own, uint64_t deny)
{
	struct kvmwarden_vm_set set;

	set_init(&set, own_vm());
	set.change = change;
	set.own = own;
	set.deny = deny;
	expect_eq_msg(call(device, KVMWARDEN_VM_SET, &set), -EINVAL,
		      "change %#llx, own %#llx, deny %#llx",
		      (unsigned long long)change, (unsigned long long)own,
		      (unsigned long long)deny);
	expect_eq(set.bad_field, KVMWARDEN_FIELD_DENY);
}

static void set_bits(void)
{
	uint64_t bit;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad_bits); i++)
		expect_bad_bits(bad_bits[i].change, bad_bits[i].own,
				bad_bits[i].deny);
	for (i = 0; i < 64; i++) {
		bit = 1ULL << i;
		if (bit == NESTED)
			continue;
		expect_bad_bits(bit, 0, 0);
		expect_bad_bits(bit, bit, bit);
		expect_bad_bits(NESTED | bit, NESTED, NESTED);
		expect_bad_bits(NESTED, NESTED | bit, NESTED);
		expect_bad_bits(NESTED, NESTED, NESTED | bit);
	}
}

/* What is for the answer must be zero, though all else is in order. */
static void set_answer_fields(void)
{
	struct kvmwarden_vm_set set;
	uint64_t id = own_vm();
	unsigned int i;

	for (i = 0; i < 32; i++) {
		set_init(&set, id);
		set.own = NESTED;
		set.deny = NESTED;
		set.bad_field = 1U << i;
		expect_eq_msg(call(device, KVMWARDEN_VM_SET, &set), -EINVAL,
			      "bad_field %#x", 1U << i);
	}
	for (i = 0; i < sizeof(set.hook); i++) {
		set_init(&set, id);
		set.own = NESTED;
		set.deny = NESTED;
		set.hook[i] = 'a';
		expect_eq_msg(call(device, KVMWARDEN_VM_SET, &set), -EINVAL,
			      "hook[%u]", i);
	}
}

static void set_ids(void)
{
	uint64_t id = own_vm(), gone, last;
	unsigned int i;
	int fd, other;

	gone = id_of_new_vm(&fd);
	last = id_of_new_vm(&other);
	close(fd);
	{
		const uint64_t ids[] = {
			0, gone, last + 1, id | 1ULL << 32, id | 1ULL << 63,
			~0ULL, ~0ULL - 1,
		};

		for (i = 0; i < ARRAY_SIZE(ids); i++) {
			expect_eq_msg(vm_set(ids[i], NESTED, NESTED), -ENOENT,
				      "VM %#llx", (unsigned long long)ids[i]);
			expect_eq_msg(vm_set(ids[i], 0, 0), -ENOENT,
				      "VM %#llx", (unsigned long long)ids[i]);
		}
	}
	/* nor has it come to a neighbour */
	expect_vm(id, 0, 0, "the one before");
	expect_vm(last, 0, 0, "the one after");
	close(other);
}

static void set_and_undone(void)
{
	struct kvmwarden_vm_set set;
	uint64_t id, next;
	int fd, other;

	id = id_of_new_vm(&fd);
	next = id_of_new_vm(&other);
	expect_vm(id, 0, 0, "at first");

	set_init(&set, id);
	set.own = NESTED;
	set.deny = NESTED;
	expect_eq(call(device, KVMWARDEN_VM_SET, &set), 0);
	/* there is nothing to tell */
	expect_eq(set.size, sizeof(set));
	expect_eq(set.bad_field, 0);
	expect_eq(set.id, id);
	expect_eq(set.change, NESTED);
	expect_eq(set.own, NESTED);
	expect_eq(set.deny, NESTED);
	expect_eq(set.hook[0], 0);

	expect_vm(id, NESTED, NESTED, "denied");
	expect_eq(vm_set(id, NESTED, NESTED), 0);
	expect_vm(id, NESTED, NESTED, "denied twice");
	expect_eq(vm_set(id, NESTED, 0), 0);
	expect_vm(id, NESTED, 0, "allowed");
	expect_eq(vm_set(id, NESTED, NESTED), 0);
	expect_vm(id, NESTED, NESTED, "denied again");
	expect_vm(next, 0, 0, "another VM");
	expect_vm(own_vm(), 0, 0, "an older VM");
	expect_eq(vm_set(id, 0, 0), 0);
	expect_vm(id, 0, 0, "undone");
	expect_eq(vm_set(id, 0, 0), 0);
	expect_vm(id, 0, 0, "undone twice");

	/* what was set is the VM's, not its creator's */
	expect_eq(vm_set(id, NESTED, NESTED), 0);
	close(fd);
	id = id_of_new_vm(&fd);
	expect_vm(id, 0, 0, "the next one");
	close(fd);
	close(other);
}

/* What is the VM's own stays, and then its class shows through again. */
static void set_commits(void)
{
	static const uint32_t modes[] = {
		KVMWARDEN_MODE_OFF, KVMWARDEN_MODE_PERMISSIVE,
		KVMWARDEN_MODE_ENFORCE,
	};
	uint64_t id = own_vm();
	struct kvmwarden_vm vm;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		warden_deny(device, modes[i], 0, 0);
		expect_vm(id, 0, 0, "its class allows");
		expect_eq(vm_set(id, NESTED, NESTED), 0);
		expect_vm(id, NESTED, NESTED, "denied, its class allows");
		warden_deny(device, modes[i], 0, 0);
		expect_vm(id, NESTED, NESTED, "the same after a commit");
		warden_deny(device, modes[i], NESTED, KVMWARDEN_REVOKE_KILL);
		expect_vm(id, NESTED, NESTED, "its class denies, too");
		vm_get(&vm, id);
		expect_eq(vm.mode, modes[i]);
		expect_eq(vm.revoke, KVMWARDEN_REVOKE_KILL);

		expect_eq(vm_set(id, NESTED, 0), 0);
		expect_vm(id, NESTED, 0, "allowed, its class denies");
		warden_deny(device, modes[i], NESTED, KVMWARDEN_REVOKE_FAIL);
		expect_vm(id, NESTED, 0, "still allowed");
		vm_get(&vm, id);
		expect_eq(vm.revoke, KVMWARDEN_REVOKE_FAIL);

		expect_eq(vm_set(id, 0, 0), 0);
		expect_vm(id, 0, NESTED, "its class's again");
		warden_deny(device, modes[i], 0, 0);
		expect_vm(id, 0, 0, "which has changed");
		warden_deny(device, modes[i], NESTED, 0);
		expect_vm(id, 0, NESTED, "which has changed again");
	}
}

/* Another class is no reason to forget it. */
static void set_other_class(void)
{
	struct kvmwarden_class *class;
	struct warden_policy policy;
	uint64_t id = own_vm();
	struct kvmwarden_vm vm;

	expect_eq(vm_set(id, NESTED, 0), 0);
	warden_policy_init(&policy);
	class = warden_add(&policy, "root");
	class->flags = KVMWARDEN_CLASS_MATCH_UID;
	class->deny = NESTED;
	class->revoke = KVMWARDEN_REVOKE_KILL;
	warden_apply(device, &policy);
	vm_get(&vm, id);
	expect(!strcmp(vm.class_name, "root"));
	expect_eq(vm.revoke, KVMWARDEN_REVOKE_KILL);
	expect_vm(id, NESTED, 0, "in another class");
	expect_eq(vm_set(id, 0, 0), 0);
	expect_vm(id, 0, NESTED, "as the other class has it");
}

static bool armed(void)
{
	struct kvmwarden_status status;

	warden_status(device, &status);
	return status.state & KVMWARDEN_STATE_ARMED;
}

static void set_disarmed(void)
{
	uint64_t id = own_vm(), again;
	struct kvmwarden_vm vm;

	expect_eq(vm_set(id, NESTED, NESTED), 0);
	disarm();
	/* it has no record any more, and is no reason to arm */
	expect_eq(vm_set(id, NESTED, NESTED), -ENOENT);
	expect_eq(vm_set(id, NESTED, 0), -ENOENT);
	expect_eq(vm_set(id, 0, 0), -ENOENT);
	/* what is wrong is told all the same */
	expect_eq(vm_set(id, 0, NESTED), -EINVAL);
	expect(!armed());

	warden_deny(device, KVMWARDEN_MODE_ENFORCE, 0, 0);
	expect(armed());
	again = own_vm();
	expect(again > id);
	expect_eq(vm_set(id, NESTED, NESTED), -ENOENT);
	vm_get(&vm, again);
	expect_eq(vm.flags, KVMWARDEN_VM_ADOPTED);
	expect_vm(again, 0, 0, "adopted");
	expect_eq(vm_set(again, NESTED, NESTED), 0);
	expect_vm(again, NESTED, NESTED, "adopted, and denied");
	expect_eq(vm_set(again, 0, 0), 0);
}

/* Sets by turns, while others are at it. */
struct setter {
	pthread_t thread;
	uint64_t id;
	volatile bool stop;
	volatile unsigned int sets;
};

static void *set_on(void *data)
{
	struct setter *setter = data;
	uint64_t deny = 0;

	while (!setter->stop) {
		deny ^= NESTED;
		if (!expect_eq(vm_set(setter->id, NESTED, deny), 0))
			break;
		expect_vm(setter->id, NESTED, deny, "amid commits");
		setter->sets++;
	}
	return NULL;
}

/* Keeps busy what DISARM needs: it takes long to come to its end, then. */
static void *status_on(void *data)
{
	struct setter *setter = data;

	while (!setter->stop)
		armed();
	return NULL;
}

static void *set_until_gone(void *data)
{
	struct setter *setter = data;
	int ret;

	while (!setter->stop) {
		ret = vm_set(setter->id, NESTED, setter->sets & 1 ? NESTED : 0);
		if (!ret)
			setter->sets++;
		else if (!expect_eq(ret, -ENOENT))
			break;
	}
	return NULL;
}

static void set_race(void)
{
	struct setter setter = { .id = own_vm() };
	unsigned int i;

	start_thread(&setter.thread, set_on, &setter);
	for (i = 0; i < rounds / 10 || (i < MOST_COMMITS && setter.sets < 10); i++)
		warden_deny(device, KVMWARDEN_MODE_ENFORCE, i & 1 ? NESTED : 0, 0);
	setter.stop = true;
	pthread_join(setter.thread, NULL);
	ksft_print_msg("%u commits, %u times set\n", i, setter.sets);
	expect(setter.sets > 1);
	expect_eq(vm_set(setter.id, 0, 0), 0);
	expect_vm(setter.id, 0, i & 1 ? 0 : NESTED, "as the last one has it");
}

/* Whoever takes the hooks off finds them off, until there is a commit. */
static void set_disarm_race(void)
{
	struct setter setter;
	pthread_t status;
	unsigned int i;

	for (i = 0; i < rounds / 100; i++) {
		setter = (struct setter) { .id = own_vm() };
		start_thread(&setter.thread, set_until_gone, &setter);
		start_thread(&status, status_on, &setter);
		while (!setter.sets)
			sched_yield();
		disarm();
		expect_msg(!armed(), "off after round %u", i);
		setter.stop = true;
		pthread_join(setter.thread, NULL);
		pthread_join(status, NULL);
		expect_msg(!armed(), "off at the end of round %u", i);
		warden_deny(device, KVMWARDEN_MODE_ENFORCE, 0, 0);
	}
	expect_vm(own_vm(), 0, 0, "adopted");
}

static int class_get(struct kvmwarden_class *class, uint32_t index)
{
	memset(class, 0, sizeof(*class));
	class->size = sizeof(*class);
	class->index = index;
	return call(device, KVMWARDEN_CLASS_GET, class);
}

static const struct {
	uint64_t deny;
	uint32_t revoke;
} given[] = {
	{ 0, KVMWARDEN_REVOKE_FAIL },
	{ NESTED, KVMWARDEN_REVOKE_FAIL },
	{ 0, KVMWARDEN_REVOKE_KILL },
	{ NESTED, KVMWARDEN_REVOKE_KILL },
};

static void class_given(void)
{
	struct kvmwarden_class class;
	int draft = draft_begin();
	char name[8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(given); i++) {
		snprintf(name, sizeof(name), "c%u", i);
		class_init(&class, name);
		class.deny = given[i].deny;
		class.revoke = given[i].revoke;
		expect_eq(call(draft, KVMWARDEN_RULESET_ADD, &class), 0);
		expect_eq(class.bad_field, 0);
	}
	expect_eq(draft_commit(draft, 0), 0);
	close(draft);
	for (i = 0; i < ARRAY_SIZE(given); i++) {
		expect_eq(class_get(&class, i), 0);
		expect_eq_msg(class.deny, given[i].deny, "deny of c%u", i);
		expect_eq_msg(class.revoke, given[i].revoke, "revoke of c%u",
			      i);
		expect_eq(class.reserved, 0);
	}
	/* nobody has said so of the one that was added */
	expect_eq(class_get(&class, i), 0);
	expect_eq(class.deny, 0);
	expect_eq(class.revoke, 0);
}

static const struct test tests[] = {
	{ "set: bits that are refused", set_bits, false },
	{ "set: fields of the answer must be 0", set_answer_fields, false },
	{ "set: of no VM on record", set_ids, false },
	{ "set: for one VM, and undone", set_and_undone, false },
	{ "set: stays, whatever its class says", set_commits, true },
	{ "set: stays in another class", set_other_class, true },
	{ "set: ends when hooks are taken off", set_disarmed, true },
	{ "race: one sets, one commits", set_race, true },
	{ "race: one sets, one takes the hooks off", set_disarm_race, true },
	{ "class: what is denied is told", class_given, true },
};

const struct suite set_suite = SUITE(tests);
