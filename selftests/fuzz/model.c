// SPDX-License-Identifier: GPL-2.0
/* What policy allows and what is charged, told without the module. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest.h"
#include "model.h"

#define UNLIMITED	KVMWARDEN_UNLIMITED
#define MiB		(1ULL << 20)

struct model model;

static const char *const names[MODEL_CLASSES] = { "alpha", "beta", "default" };

/**
 * model_class_name() - what is a class called?
 * @class: the class
 *
 * Return: its name.
 */
const char *model_class_name(int class)
{
	return names[class];
}

/* -- the policy -- */

static void unlimited(uint64_t of[MODEL_NR_WHATS])
{
	of[MODEL_VM] = UNLIMITED;
	of[MODEL_VCPU] = UNLIMITED;
	of[MODEL_MEMORY] = UNLIMITED;
}

/* Tight enough to be met, one way or the other, with a few VMs. */
static uint64_t limit_of(struct live_random *random, enum model_what what)
{
	static const unsigned int most[] = { MODEL_VMS + 1, 12, 100 };
	uint64_t n;

	if (live_below(random, 3))
		return UNLIMITED;
	n = live_below(random, most[what]);
	return what == MODEL_MEMORY ? n * MiB / 2 : n;
}

static void random_amounts(struct live_random *random,
			   uint64_t of[MODEL_NR_WHATS])
{
	unlimited(of);
	/* most often only few limits are in the way of those further up */
	if (live_one_in(random, 2))
		return;
	of[MODEL_VM] = limit_of(random, MODEL_VM);
	of[MODEL_VCPU] = limit_of(random, MODEL_VCPU);
	of[MODEL_MEMORY] = limit_of(random, MODEL_MEMORY);
}

static uint64_t own_limit(struct live_random *random, unsigned int what)
{
	if (live_below(random, 3))
		return UNLIMITED;
	if (what == KVMWARDEN_LIMIT_MEMORY || what == KVMWARDEN_LIMIT_GUEST_MEMFD)
		return live_below(random, 40) * MiB / 2;
	return live_below(random, what == KVMWARDEN_LIMIT_IRQ_ROUTES ? 40 : 6);
}

static void random_class(struct live_random *random, struct model_class *class)
{
	unsigned int i;

	class->mode = live_one_in(random, 4) ? live_below(random, 3) :
					       KVMWARDEN_MODE_ENFORCE;
	class->deny = live_below(random, 2) * KVMWARDEN_DENY_NESTED;
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		class->limit[i] = own_limit(random, i);
	random_amounts(random, class->user);
	random_amounts(random, class->total);
}

/**
 * model_random_policy() - make up another policy, which is not in force yet
 * @random: where from
 */
void model_random_policy(struct live_random *random)
{
	unsigned int i;

	for (i = 0; i < MODEL_CLASSES; i++) {
		random_class(random, &model.class[i]);
		model.class[i].there = i == MODEL_CLASSES - 1 ||
				       live_below(random, 4);
	}
	random_amounts(random, model.user);
	random_amounts(random, model.cgroup);
	random_amounts(random, model.host);
}

static struct kvmwarden_amounts amounts(const uint64_t of[MODEL_NR_WHATS])
{
	return (struct kvmwarden_amounts) {
		.vms = of[MODEL_VM],
		.vcpus = of[MODEL_VCPU],
		.memory = of[MODEL_MEMORY],
	};
}

static void add_class(struct warden_policy *policy, unsigned int i)
{
	const struct model_class *from = &model.class[i];
	struct kvmwarden_class *to = warden_add(policy, names[i]);

	to->mode = from->mode;
	if (i < MODEL_CLASSES - 1) {
		to->flags = KVMWARDEN_CLASS_MATCH_UID;
		to->uid = MODEL_USER + i;
	}
	to->deny = from->deny;
	memcpy(to->vm.of, from->limit, sizeof(from->limit));
	to->user = amounts(from->user);
	to->total = amounts(from->total);
}

static bool limited(const uint64_t of[MODEL_NR_WHATS])
{
	return of[MODEL_VM] != UNLIMITED || of[MODEL_VCPU] != UNLIMITED ||
	       of[MODEL_MEMORY] != UNLIMITED;
}

/* The first class that it matches. */
static int class_by_user(uint32_t uid)
{
	unsigned int i;

	for (i = 0; i < MODEL_CLASSES - 1; i++)
		if (model.class[i].there && uid == MODEL_USER + i)
			return i;
	return MODEL_CLASSES - 1;
}

static int class_of(const struct model_vm *vm)
{
	if (vm->chosen >= 0 && model.class[vm->chosen].there)
		return vm->chosen;
	return class_by_user(vm->uid);
}

static uint64_t denied_to(const struct model_vm *vm)
{
	return (model.class[vm->class].deny & ~vm->own) | vm->own_deny;
}

static bool refused_to(const struct model_vm *vm)
{
	return model.class[vm->class].mode == KVMWARDEN_MODE_ENFORCE &&
	       denied_to(vm) & KVMWARDEN_DENY_NESTED;
}

static void note_had(struct model_vm *vm)
{
	vm->had |= !refused_to(vm);
}

/**
 * model_commit() - put the policy in force
 */
void model_commit(void)
{
	struct warden_policy policy;
	unsigned int i;

	warden_policy_init(&policy);
	for (i = 0; i < MODEL_CLASSES; i++)
		if (model.class[i].there)
			add_class(&policy, i);
	policy.user = amounts(model.user);
	policy.host = amounts(model.host);
	if (limited(model.cgroup))
		*warden_add_cgroup(&policy, "/**") = amounts(model.cgroup);
	warden_apply(live_warden, &policy);
	for (i = 0; i < MODEL_VMS; i++) {
		if (!model.vm[i].there)
			continue;
		model.vm[i].class = class_of(&model.vm[i]);
		note_had(&model.vm[i]);
	}
}

/* The cgroups that we are in: the root's, and one for each name. */
static unsigned int count_cgroups(void)
{
	char line[4096] = "", *at;
	unsigned int nr = 1;
	FILE *file = fopen("/proc/self/cgroup", "re");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "0::/", 4))
			break;
	if (file)
		fclose(file);
	for (at = line; (at = strchr(at, '/')); at++)
		nr += at[1] && at[1] != '\n';
	return nr;
}

/**
 * model_begin() - begin with no VMs
 */
void model_begin(void)
{
	struct kvmwarden_status status;

	memset(&model, 0, sizeof(model));
	model.cgroups = count_cgroups();
	warden_status(live_warden, &status);
	model.denials = status.denials;
}

static void random_limits(struct live_random *random, const struct model_vm *vm,
			  struct kvmwarden_vm_set *set)
{
	unsigned int i;

	(void)vm;
	set->limits = live_below(random, 1 << KVMWARDEN_NR_LIMITS);
	set->own_limits = set->limits & live_next(random);
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		if (set->own_limits & 1ULL << i)
			set->limit.of[i] = own_limit(random, i);
}

static void apply_set(struct model_vm *vm, const struct kvmwarden_vm_set *set,
		      int class)
{
	unsigned int i;

	vm->own = (vm->own & ~set->change) | set->own;
	vm->own_deny = (vm->own_deny & ~set->change) | set->deny;
	vm->own_limits = (vm->own_limits & ~set->limits) | set->own_limits;
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		if (set->own_limits & 1ULL << i)
			vm->own_limit[i] = set->limit.of[i];
	if (set->flags & KVMWARDEN_SET_CLASS) {
		vm->chosen = class;
		vm->class = class_of(vm);
	}
	note_had(vm);
}

/**
 * model_set() - decide for one VM, at random
 * @random: where from
 * @v: the VM
 *
 * Return: 0 or a negative errno.
 */
int model_set(struct live_random *random, unsigned int v)
{
	struct model_vm *vm = &model.vm[v];
	struct kvmwarden_vm_set set = { .size = sizeof(set), .id = vm->id };
	int class = -1;
	bool wrong;

	if (live_below(random, 2))
		random_limits(random, vm, &set);
	if (live_below(random, 2)) {
		set.change = KVMWARDEN_DENY_NESTED;
		set.own = live_below(random, 2);
		set.deny = set.own & live_below(random, 2);
	}
	if (live_below(random, 2)) {
		set.flags = KVMWARDEN_SET_CLASS;
		class = (int)live_below(random, MODEL_CLASSES + 1) - 1;
		if (class >= 0)
			strcpy(set.class_name, names[class]);
	}
	/* about nothing; or into a class that there is not */
	wrong = (!set.change && !set.limits && !set.flags) ||
		(class >= 0 && !model.class[class].there);
	if (ioctl(live_warden, KVMWARDEN_VM_SET, &set))
		return wrong && errno == EINVAL ? 0 : -errno;
	if (wrong)
		return -EBADMSG;
	apply_set(vm, &set, class);
	return 0;
}

/* -- what is asked -- */

static uint64_t sum(enum model_what what, int class, int64_t uid)
{
	uint64_t used = 0;
	unsigned int i;

	for (i = 0; i < MODEL_VMS; i++)
		if (model.vm[i].there &&
		    (class < 0 || model.vm[i].class == class) &&
		    (uid < 0 || model.vm[i].uid == uid))
			used += model.vm[i].charged[what];
	return used;
}

static bool fits(uint64_t used, uint64_t limit, uint64_t more)
{
	return used <= limit && more <= limit - used;
}

static uint64_t limit_on(const struct model_vm *vm, enum kvmwarden_limit what)
{
	return vm->own_limits & 1ULL << what ? vm->own_limit[what] :
					       model.class[vm->class].limit[what];
}

static uint64_t own_of(const struct model_vm *vm, enum model_what what)
{
	if (what == MODEL_VM)
		return UNLIMITED;
	return limit_on(vm, what == MODEL_VCPU ? KVMWARDEN_LIMIT_VCPUS :
						 KVMWARDEN_LIMIT_MEMORY);
}

/* Why not, or -1. From the VM up to the host. */
static int shortage(const struct model_vm *vm, enum model_what what,
		    uint64_t more)
{
	static const int reasons[][MODEL_NR_WHATS] = {
		{ -1, KVMWARDEN_REASON_VM_VCPUS, KVMWARDEN_REASON_VM_MEMORY },
		{ KVMWARDEN_REASON_USER_VMS, KVMWARDEN_REASON_USER_VCPUS,
		  KVMWARDEN_REASON_USER_MEMORY },
		{ KVMWARDEN_REASON_HOST_USER_VMS,
		  KVMWARDEN_REASON_HOST_USER_VCPUS,
		  KVMWARDEN_REASON_HOST_USER_MEMORY },
		{ KVMWARDEN_REASON_CGROUP_VMS, KVMWARDEN_REASON_CGROUP_VCPUS,
		  KVMWARDEN_REASON_CGROUP_MEMORY },
		{ KVMWARDEN_REASON_CLASS_VMS, KVMWARDEN_REASON_CLASS_VCPUS,
		  KVMWARDEN_REASON_CLASS_MEMORY },
		{ KVMWARDEN_REASON_HOST_VMS, KVMWARDEN_REASON_HOST_VCPUS,
		  KVMWARDEN_REASON_HOST_MEMORY },
	};
	const struct model_class *class = &model.class[vm->class];

	if (!fits(vm->charged[what], own_of(vm, what), more))
		return reasons[0][what];
	if (!fits(sum(what, vm->class, vm->uid), class->user[what], more))
		return reasons[1][what];
	if (!fits(sum(what, -1, vm->uid), model.user[what], more))
		return reasons[2][what];
	if (!fits(sum(what, -1, -1), model.cgroup[what], more))
		return reasons[3][what];
	if (!fits(sum(what, vm->class, -1), class->total[what], more))
		return reasons[4][what];
	if (!fits(sum(what, -1, -1), model.host[what], more))
		return reasons[5][what];
	return -1;
}

/* Return whether it is refused. */
static bool count(struct kvmwarden_denials *of_vm, uint32_t mode, int reason)
{
	if (mode == KVMWARDEN_MODE_OFF)
		return false;
	if (mode == KVMWARDEN_MODE_ENFORCE) {
		model.denials.denied[reason]++;
		if (of_vm)
			of_vm->denied[reason]++;
		return true;
	}
	model.denials.permitted[reason]++;
	if (of_vm)
		of_vm->permitted[reason]++;
	return false;
}

/**
 * model_create() - may there be one more VM?
 * @v: it
 * @uid: of its creator
 *
 * Return: 0 or -EDQUOT.
 */
int model_create(unsigned int v, uint32_t uid)
{
	struct model_vm *vm = &model.vm[v];
	int reason;

	memset(vm, 0, sizeof(*vm));
	vm->uid = uid;
	vm->chosen = -1;
	vm->class = class_by_user(uid);
	reason = shortage(vm, MODEL_VM, 1);
	if (reason >= 0 && count(NULL, model.class[vm->class].mode, reason))
		return -EDQUOT;
	vm->there = true;
	vm->charged[MODEL_VM] = 1;
	note_had(vm);
	return 0;
}

/* The one on record that no other in here is. */
static uint64_t new_id(void)
{
	struct kvmwarden_vm record;
	uint64_t id = 0;
	unsigned int i;

	for (;;) {
		memset(&record, 0, sizeof(record));
		record.size = sizeof(record);
		record.id = id;
		if (ioctl(live_warden, KVMWARDEN_VM_NEXT, &record))
			return 0;
		id = record.id;
		for (i = 0; i < MODEL_VMS; i++)
			if (model.vm[i].there && model.vm[i].id == id)
				break;
		if (i == MODEL_VMS)
			return id;
	}
}

/**
 * model_created() - there is one, indeed
 * @v: it
 */
void model_created(unsigned int v)
{
	model.vm[v].id = new_id();
	if (!model.vm[v].id)
		live_wrong("a VM was created, and is not on record");
}

/**
 * model_adopted() - a VM is found to be there
 * @v: it
 * @uid: of whoever it was found with
 * @vcpus: how many it has
 * @memory: so many bytes
 * @slots: in so many slots
 */
void model_adopted(unsigned int v, uint32_t uid, uint64_t vcpus,
		   uint64_t memory, uint64_t slots)
{
	struct model_vm *vm = &model.vm[v];

	memset(vm, 0, sizeof(*vm));
	vm->there = true;
	vm->adopted = true;
	vm->uid = uid;
	vm->chosen = -1;
	vm->class = class_by_user(uid);
	vm->charged[MODEL_VM] = 1;
	vm->charged[MODEL_VCPU] = vcpus;
	vm->charged[MODEL_MEMORY] = memory;
	vm->found[KVMWARDEN_LIMIT_MEMSLOTS] = slots;
	note_had(vm);
}

/**
 * model_destroy() - a VM is gone
 * @v: it
 */
void model_destroy(unsigned int v)
{
	model.vm[v].there = false;
}

/**
 * model_request() - may a VM have that much?
 * @v: the VM
 * @what: of what
 * @now: what it has, as KVM says
 * @want: what it will have
 *
 * Return: 0 or -EDQUOT.
 */
int model_request(unsigned int v, enum model_what what, uint64_t now,
		  uint64_t want)
{
	struct model_vm *vm = &model.vm[v];
	int reason = -1;

	if (!vm->there)
		return 0;
	vm->charged[what] = now;
	if (want > now)
		reason = shortage(vm, what, want - now);
	if (reason >= 0 &&
	    count(&vm->denials, model.class[vm->class].mode, reason))
		return -EDQUOT;
	vm->charged[what] = want;
	return 0;
}

static int reason_of(enum kvmwarden_limit what)
{
	if (what == KVMWARDEN_LIMIT_VCPUS)
		return KVMWARDEN_REASON_VM_VCPUS;
	if (what == KVMWARDEN_LIMIT_MEMORY)
		return KVMWARDEN_REASON_VM_MEMORY;
	/* they are in the same order */
	return KVMWARDEN_REASON_VM_MEMSLOTS + what - KVMWARDEN_LIMIT_MEMSLOTS;
}

/**
 * model_limit() - may a VM have that much of what only its own limits count?
 * @v: the VM
 * @what: of what
 * @now: what it has, as KVM says
 * @want: what it will have
 *
 * Return: 0 or -EDQUOT.
 */
int model_limit(unsigned int v, enum kvmwarden_limit what, uint64_t now,
		uint64_t want)
{
	struct model_vm *vm = &model.vm[v];

	if (!vm->there)
		return 0;
	vm->found[what] = now;
	if (want > now && want > limit_on(vm, what) &&
	    count(&vm->denials, model.class[vm->class].mode, reason_of(what)))
		return -EDQUOT;
	vm->found[what] = want;
	return 0;
}

/**
 * model_nested() - may a VM run VMs of its own?
 * @v: the VM
 *
 * Return: 0 or -EPERM.
 */
int model_nested(unsigned int v)
{
	struct model_vm *vm = &model.vm[v];

	if (!vm->there || !(denied_to(vm) & KVMWARDEN_DENY_NESTED) ||
	    !count(&vm->denials, model.class[vm->class].mode,
		   KVMWARDEN_REASON_NESTED))
		return 0;
	return -EPERM;
}

/**
 * model_hidden() - is nesting hidden from a VM?
 * @v: the VM
 *
 * Return: true if so.
 */
bool model_hidden(unsigned int v)
{
	return model.vm[v].there && refused_to(&model.vm[v]);
}

/* -- what the module says -- */

static void equal(uint64_t got, uint64_t want, const char *whose,
		  const char *what)
{
	if (got != want)
		live_wrong("%s: %s: %llu, not %llu", whose, what,
			   (unsigned long long)got, (unsigned long long)want);
}

static void equal_amounts(const struct kvmwarden_amounts *got, int class,
			  int64_t uid, const char *whose)
{
	equal(got->vms, sum(MODEL_VM, class, uid), whose, "VMs");
	equal(got->vcpus, sum(MODEL_VCPU, class, uid), whose, "vCPUs");
	equal(got->memory, sum(MODEL_MEMORY, class, uid), whose, "memory");
}

static void equal_denials(const struct kvmwarden_denials *got,
			  const struct kvmwarden_denials *want,
			  const char *whose)
{
	char what[40];
	unsigned int i;

	if (!memcmp(got, want, sizeof(*got)))
		return;
	for (i = 0; i < KVMWARDEN_REASONS_MAX; i++) {
		snprintf(what, sizeof(what), "reason %u refused", i);
		equal(got->denied[i], want->denied[i], whose, what);
		snprintf(what, sizeof(what), "reason %u permitted", i);
		equal(got->permitted[i], want->permitted[i], whose, what);
	}
}

static void compare_classes(void)
{
	struct kvmwarden_class class;
	unsigned int i, index = 0;

	for (i = 0; i < MODEL_CLASSES; i++) {
		if (!model.class[i].there)
			continue;
		memset(&class, 0, sizeof(class));
		class.size = sizeof(class);
		class.index = index++;
		if (ioctl(live_warden, KVMWARDEN_CLASS_GET, &class))
			live_wrong("class %s: %s", names[i], strerror(errno));
		else if (strcmp(class.name, names[i]))
			live_wrong("class %s is %s", names[i], class.name);
		else
			equal_amounts(&class.used, i, -1, names[i]);
	}
}

static int class_named(const char *name)
{
	int i;

	for (i = 0; i < MODEL_CLASSES; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

static bool user_there(int class, uint32_t uid)
{
	return sum(MODEL_VM, class, uid) != 0;
}

/* There are accounts only where there are limits, and VMs. */
static unsigned int expected_accounts(void)
{
	unsigned int i, nr = 0;
	uint32_t uid;

	for (uid = 0; uid < MODEL_USER + MODEL_USERS; uid++) {
		if (uid && uid < MODEL_USER)
			uid = MODEL_USER;
		nr += limited(model.user) && user_there(-1, uid);
		for (i = 0; i < MODEL_CLASSES; i++)
			nr += limited(model.class[i].user) &&
			      user_there(i, uid);
	}
	if (limited(model.cgroup) && sum(MODEL_VM, -1, -1))
		nr += model.cgroups;
	return nr;
}

static void compare_account(const struct kvmwarden_account *account)
{
	int class = -1;
	int64_t uid = -1;

	if (account->level == KVMWARDEN_LEVEL_USER) {
		class = class_named(account->class_name);
		uid = account->uid;
	} else if (account->level == KVMWARDEN_LEVEL_HOST_USER) {
		uid = account->uid;
	}
	equal_amounts(&account->used, class, uid,
		      account->level == KVMWARDEN_LEVEL_USER ? "class's user" :
		      account->level == KVMWARDEN_LEVEL_HOST_USER ? "user" :
								    "cgroup");
}

static void compare_accounts(void)
{
	struct kvmwarden_account account;
	unsigned int nr = 0;
	uint64_t id = 0;

	for (;; nr++) {
		memset(&account, 0, sizeof(account));
		account.size = sizeof(account);
		account.id = id;
		if (ioctl(live_warden, KVMWARDEN_ACCOUNT_NEXT, &account))
			break;
		if (account.id <= id)
			live_wrong("account %llu after %llu",
				   (unsigned long long)account.id,
				   (unsigned long long)id);
		id = account.id;
		compare_account(&account);
	}
	equal(nr, expected_accounts(), "accounts", "how many");
}

static void compare_vm(const struct model_vm *vm)
{
	struct kvmwarden_vm record = {
		.size = sizeof(record),
		.id = vm->id - 1,
	};
	char whose[40], what[40];
	unsigned int i;

	snprintf(whose, sizeof(whose), "VM %llu", (unsigned long long)vm->id);
	if (ioctl(live_warden, KVMWARDEN_VM_NEXT, &record) ||
	    record.id != vm->id) {
		live_wrong("%s is not on record", whose);
		return;
	}
	equal(record.uid, vm->uid, whose, "user");
	if (strcmp(record.class_name, names[vm->class]))
		live_wrong("%s is in class %s, not %s", whose,
			   record.class_name, names[vm->class]);
	equal(record.mode, model.class[vm->class].mode, whose, "mode");
	equal(record.deny, denied_to(vm), whose, "denied");
	equal(record.own, vm->own, whose, "its own");
	equal(record.own_limits, vm->own_limits, whose, "its own limits");
	equal(record.flags, (vm->adopted ? KVMWARDEN_VM_ADOPTED : 0) |
	      (vm->chosen >= 0 ? KVMWARDEN_VM_CLASS_SET : 0), whose, "flags");
	equal(record.used.of[KVMWARDEN_LIMIT_VCPUS], vm->charged[MODEL_VCPU],
	      whose, "vCPUs");
	equal(record.used.of[KVMWARDEN_LIMIT_MEMORY], vm->charged[MODEL_MEMORY],
	      whose, "memory");
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		snprintf(what, sizeof(what), "limit %u", i);
		equal(record.limit.of[i], limit_on(vm, i), whose, what);
		snprintf(what, sizeof(what), "use of limit %u", i);
		if (i >= KVMWARDEN_LIMIT_MEMSLOTS)
			equal(record.used.of[i], vm->found[i], whose, what);
	}
	equal_denials(&record.denials, &vm->denials, whose);
}

/**
 * model_compare() - is all as the module says?
 */
void model_compare(void)
{
	struct kvmwarden_status status;
	unsigned int i;

	warden_status(live_warden, &status);
	equal_amounts(&status.used, -1, -1, "host");
	equal_denials(&status.denials, &model.denials, "host");
	equal(status.state, KVMWARDEN_STATE_ARMED | KVMWARDEN_STATE_CANARY,
	      "host", "state");
	compare_classes();
	compare_accounts();
	for (i = 0; i < MODEL_VMS; i++)
		if (model.vm[i].there)
			compare_vm(&model.vm[i]);
}

static void tell_amounts(const uint64_t of[MODEL_NR_WHATS], const char *whose)
{
	ksft_print_msg("  %s: limits %lld VMs, %lld vCPUs, %lld bytes\n", whose,
		       (long long)of[MODEL_VM], (long long)of[MODEL_VCPU],
		       (long long)of[MODEL_MEMORY]);
}

/**
 * model_tell() - print all of it, for those who want to know what went wrong
 */
void model_tell(void)
{
	const struct model_vm *vm;
	unsigned int i;

	tell_amounts(model.host, "host");
	tell_amounts(model.cgroup, "cgroup");
	tell_amounts(model.user, "user");
	for (i = 0; i < MODEL_CLASSES; i++) {
		if (!model.class[i].there)
			continue;
		ksft_print_msg("  class %s, mode %u, deny %llu\n", names[i],
			       model.class[i].mode,
			       (unsigned long long)model.class[i].deny);
		tell_amounts(model.class[i].user, "its user");
		tell_amounts(model.class[i].total, "its total");
	}
	for (i = 0; i < MODEL_VMS; i++) {
		vm = &model.vm[i];
		if (vm->there)
			ksft_print_msg("  guest %u: VM %llu, user %u, class %s, chosen %d, %llu vCPUs, %llu bytes\n",
				       i, (unsigned long long)vm->id, vm->uid,
				       names[vm->class], vm->chosen,
				       (unsigned long long)vm->charged[MODEL_VCPU],
				       (unsigned long long)vm->charged[MODEL_MEMORY]);
	}
}
