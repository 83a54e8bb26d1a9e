// SPDX-License-Identifier: GPL-2.0
/* Quotas on memory slots, of VMs, classes and the host. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "vmm.h"

#define LIMIT		(16 * MiB)
#define MANY		500

/* where KVM puts the page of the local APIC */
#define APIC_GPA	0xfee00000ULL

/* A limit on each VM, for everybody. */
static void limit_vm(uint64_t memory)
{
	struct warden_policy policy;

	warden_policy_init(&policy);
	warden_add(&policy, "default")->vm.of[KVMWARDEN_LIMIT_MEMORY] = memory;
	warden_apply(warden, &policy);
}

static void up_to_the_limit(void)
{
	uint64_t before = denied(KVMWARDEN_REASON_VM_MEMORY);
	struct kvmwarden_vm record;
	int vm;

	limit_vm(LIMIT);
	vm = new_vm();
	EQUAL(vmm_slot(vm, 0, 0, 0, LIMIT - VMM_PAGE), 0);
	USED(1, 0, LIMIT - VMM_PAGE);
	EQUAL(vmm_slot(vm, 1, 0, GiB, 2 * VMM_PAGE), -EDQUOT);
	USED(1, 0, LIMIT - VMM_PAGE);
	EQUAL(vmm_slot(vm, 1, 0, GiB, VMM_PAGE), 0);
	USED(1, 0, LIMIT);
	EQUAL(vmm_slot(vm, 2, 0, 2 * GiB, VMM_PAGE), -EDQUOT);
	USED(1, 0, LIMIT);
	CLASS_USED("default", 1, 0, LIMIT);
	EQUAL(warden_vm(warden, getpid(), &record), 0);
	EQUAL(record.used.of[KVMWARDEN_LIMIT_MEMORY], LIMIT);
	EQUAL(record.limit.of[KVMWARDEN_LIMIT_MEMORY], LIMIT);
	EQUAL(record.denials.denied[KVMWARDEN_REASON_VM_MEMORY], 2);
	EQUAL(denied(KVMWARDEN_REASON_VM_MEMORY) - before, 2);
	close(vm);
	USED(0, 0, 0);
}

static void at_once(void)
{
	int vm;

	limit_vm(LIMIT);
	vm = new_vm();
	EQUAL(vmm_slot(vm, 0, 0, 0, LIMIT + VMM_PAGE), -EDQUOT);
	USED(1, 0, 0);
	EQUAL(vmm_slot(vm, 0, 0, 0, LIMIT), 0);
	USED(1, 0, LIMIT);
	close(vm);
}

static void nothing_allowed(void)
{
	int vm;

	limit_vm(0);
	vm = new_vm();
	EQUAL(vmm_slot(vm, 0, 0, 0, VMM_PAGE), -EDQUOT);
	USED(1, 0, 0);
	limit_vm(VMM_PAGE);
	EQUAL(vmm_slot(vm, 0, 0, 0, VMM_PAGE), 0);
	USED(1, 0, VMM_PAGE);
	close(vm);
}

static void delete_gives_back(void)
{
	int vm, i;

	limit_vm(LIMIT);
	vm = new_vm();
	for (i = 0; i < 4; i++)
		EQUAL(vmm_slot(vm, i, 0, i * GiB, LIMIT / 4), 0);
	EQUAL(vmm_slot(vm, 4, 0, 4 * GiB, VMM_PAGE), -EDQUOT);
	EQUAL(vmm_delete(vm, 2), 0);
	USED(1, 0, LIMIT / 4 * 3);
	EQUAL(vmm_slot(vm, 4, 0, 4 * GiB, LIMIT / 4 + VMM_PAGE), -EDQUOT);
	EQUAL(vmm_slot(vm, 4, 0, 4 * GiB, LIMIT / 4), 0);
	USED(1, 0, LIMIT);
	/* there is nothing to give back twice */
	EQUAL(vmm_delete(vm, 2), -EINVAL);
	USED(1, 0, LIMIT);
	EQUAL(vmm_slot(vm, 2, 0, 2 * GiB, VMM_PAGE), -EDQUOT);
	for (i = 0; i < 5; i++)
		if (i != 2)
			EQUAL(vmm_delete(vm, i), 0);
	USED(1, 0, 0);
	close(vm);
}

/* A VM over its limit may still give back. */
static void delete_over_the_limit(void)
{
	int vm = new_vm();

	EQUAL(vmm_slot(vm, 0, 0, 0, LIMIT), 0);
	EQUAL(vmm_slot(vm, 1, 0, GiB, LIMIT), 0);
	limit_vm(MiB);
	USED(1, 0, 2 * LIMIT);
	EQUAL(vmm_slot(vm, 2, 0, 2 * GiB, VMM_PAGE), -EDQUOT);
	EQUAL(vmm_delete(vm, 0), 0);
	USED(1, 0, LIMIT);
	EQUAL(vmm_slot(vm, 2, 0, 2 * GiB, VMM_PAGE), -EDQUOT);
	EQUAL(vmm_delete(vm, 1), 0);
	USED(1, 0, 0);
	EQUAL(vmm_slot(vm, 2, 0, 2 * GiB, MiB), 0);
	USED(1, 0, MiB);
	close(vm);
}

static void move_and_flags_are_free(void)
{
	int vm, i;

	limit_vm(LIMIT);
	vm = new_vm();
	EQUAL(vmm_slot(vm, 0, 0, 0, LIMIT), 0);
	for (i = 0; i < 10; i++) {
		EQUAL(vmm_slot(vm, 0, KVM_MEM_LOG_DIRTY_PAGES, 0, LIMIT), 0);
		USED(1, 0, LIMIT);
		EQUAL(vmm_slot(vm, 0, 0, 0, LIMIT), 0);
		EQUAL(vmm_slot(vm, 0, 0, GiB, LIMIT), 0);
		USED(1, 0, LIMIT);
		/* both at once */
		EQUAL(vmm_slot(vm, 0, KVM_MEM_LOG_DIRTY_PAGES, 2 * GiB, LIMIT),
		      0);
		EQUAL(vmm_slot(vm, 0, 0, 0, LIMIT), 0);
		USED(1, 0, LIMIT);
	}
	/* even while over the limit */
	limit_vm(MiB);
	EQUAL(vmm_slot(vm, 0, KVM_MEM_LOG_DIRTY_PAGES, 0, LIMIT), 0);
	EQUAL(vmm_slot(vm, 0, 0, GiB, LIMIT), 0);
	USED(1, 0, LIMIT);
	EQUAL(vmm_slot(vm, 1, 0, 0, VMM_PAGE), -EDQUOT);
	close(vm);
}

/* KVM changes no slot's size, and neither does a try. */
static void no_other_size(void)
{
	int vm;

	limit_vm(LIMIT);
	vm = new_vm();
	EQUAL(vmm_slot(vm, 0, 0, 0, MiB), 0);
	EQUAL(vmm_slot(vm, 0, 0, 0, 2 * MiB), -EINVAL);
	EQUAL(vmm_slot(vm, 0, 0, 0, 2 * LIMIT), -EINVAL);
	EQUAL(vmm_slot(vm, 0, 0, 0, VMM_PAGE), -EINVAL);
	USED(1, 0, MiB);
	EQUAL(vmm_slot(vm, 1, 0, GiB, LIMIT - MiB), 0);
	USED(1, 0, LIMIT);
	close(vm);
}

static void read_only_counts(void)
{
	int vm;

	limit_vm(LIMIT);
	vm = new_vm();
	EQUAL(vmm_slot(vm, 0, KVM_MEM_READONLY, 0, LIMIT + VMM_PAGE), -EDQUOT);
	EQUAL(vmm_slot(vm, 0, KVM_MEM_READONLY, 0, LIMIT), 0);
	USED(1, 0, LIMIT);
	EQUAL(vmm_slot(vm, 1, 0, GiB, VMM_PAGE), -EDQUOT);
	EQUAL(vmm_delete(vm, 0), 0);
	USED(1, 0, 0);
	close(vm);
}

static int add_own_slots(int vm)
{
	int vcpu;

	EQUAL(vmm_own_slots(vm), 0);
	CHECK((vcpu = vmm_vcpu(vm, 0)) >= 0);
	return vcpu;
}

/*
 * KVM needs one for the local APIC only where the processor emulates that, and
 * the others only where the processor cannot run real mode as it is.
 */
static void tell_own_slots(void)
{
	static const struct {
		uint64_t gpa;
		const char *what;
	} own[] = {
		{ APIC_GPA, "KVM has a slot of its own for the local APIC" },
		{ VMM_TSS_GPA, "KVM has a slot of its own for a TSS" },
		{ VMM_IDENTITY_GPA, "KVM has a slot of its own for page tables" },
	};
	int vm = new_vm(), vcpu = add_own_slots(vm);
	bool any = false;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(own); i++) {
		if (vmm_slot(vm, i, 0, own[i].gpa, VMM_PAGE) != -EEXIST)
			continue;
		tell(own[i].what);
		any = true;
	}
	if (!any)
		tell("on this processor KVM has no slots of its own");
	close(vcpu);
	close(vm);
}

static void own_slots_are_exempt(void)
{
	int vm, vcpu;

	vm = new_vm();
	if (vmm_own_slots(vm) == -EOPNOTSUPP) {
		skip("on this architecture KVM has no slots of its own");
		close(vm);
		return;
	}
	close(vm);
	tell_own_slots();
	limit_vm(0);
	vm = new_vm();
	vcpu = add_own_slots(vm);
	USED(1, 1, 0);
	EQUAL(vmm_slot(vm, 0, 0, 0, VMM_PAGE), -EDQUOT);
	limit_vm(LIMIT);
	EQUAL(vmm_slot(vm, 0, 0, 0, LIMIT), 0);
	EQUAL(vmm_slot(vm, 1, 0, GiB, VMM_PAGE), -EDQUOT);
	USED(1, 1, LIMIT);
	EQUAL(vmm_delete(vm, 0), 0);
	USED(1, 1, 0);
	close(vcpu);
	close(vm);
}

static void two_spaces(void)
{
	int vm;

	limit_vm(LIMIT);
	vm = new_vm();
	if (vmm_check(vm, KVM_CAP_MULTI_ADDRESS_SPACE) < 2) {
		skip("KVM has one address space");
		close(vm);
		return;
	}
	/* the same RAM in both is there once */
	EQUAL(vmm_slot(vm, 0, 0, 0, LIMIT), 0);
	EQUAL(vmm_slot(vm, VMM_SMM(0), 0, 0, LIMIT), 0);
	USED(1, 0, LIMIT);
	EQUAL(vmm_slot(vm, VMM_SMM(1), 0, GiB, VMM_PAGE), -EDQUOT);
	EQUAL(vmm_slot(vm, 1, 0, GiB, VMM_PAGE), -EDQUOT);

	/* of one that shrinks the other one counts */
	EQUAL(vmm_delete(vm, 0), 0);
	USED(1, 0, LIMIT);
	EQUAL(vmm_slot(vm, 0, 0, 0, LIMIT / 2), 0);
	USED(1, 0, LIMIT);
	EQUAL(vmm_delete(vm, VMM_SMM(0)), 0);
	USED(1, 0, LIMIT / 2);
	EQUAL(vmm_slot(vm, VMM_SMM(0), 0, 0, LIMIT / 2 + VMM_PAGE), 0);
	USED(1, 0, LIMIT / 2 + VMM_PAGE);
	EQUAL(vmm_slot(vm, VMM_SMM(1), 0, GiB, LIMIT / 2), -EDQUOT);
	EQUAL(vmm_slot(vm, VMM_SMM(1), 0, GiB, LIMIT / 2 - VMM_PAGE), 0);
	USED(1, 0, LIMIT);
	EQUAL(vmm_delete(vm, VMM_SMM(0)), 0);
	EQUAL(vmm_delete(vm, VMM_SMM(1)), 0);
	EQUAL(vmm_delete(vm, 0), 0);
	USED(1, 0, 0);
	close(vm);
}

static void odd_sizes(void)
{
	static const uint64_t sizes[] = {
		1ULL << 40, 1ULL << 41, 1ULL << 42, (1ULL << 43) - VMM_PAGE,
		1ULL << 43, 1ULL << 44, 1ULL << 46, 1ULL << 62, 1ULL << 63,
		-VMM_PAGE,
	};
	unsigned int i, refused = 0;
	int vm, err;

	limit_vm(LIMIT);
	vm = new_vm();
	EQUAL(vmm_slot(vm, 0, 0, 0, MiB), 0);
	EQUAL(vmm_slot(vm, 1, 0, GiB, 0), -EINVAL);
	EQUAL(vmm_slot(vm, 1, 0, GiB, 1), -EINVAL);
	EQUAL(vmm_slot(vm, 1, 0, GiB, VMM_PAGE - 1), -EINVAL);
	EQUAL(vmm_slot(vm, 1, 0, GiB, UINT64_MAX), -EINVAL);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		err = vmm_slot(vm, 1, 0, GiB, sizes[i]);
		refused += err == -EDQUOT;
		CHECK(err == -EDQUOT || err == -EINVAL);
		USED(1, 0, MiB);
	}
	CHECK(refused >= 3);
	EQUAL(vmm_slot(vm, 1, 0, GiB, LIMIT - MiB + VMM_PAGE), -EDQUOT);
	EQUAL(vmm_slot(vm, 1, 0, GiB, LIMIT - MiB), 0);
	USED(1, 0, LIMIT);

	/* without limits it is KVM's own word that counts */
	limit_vm(KVMWARDEN_UNLIMITED);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		err = vmm_slot(vm, 2, 0, 2 * GiB, sizes[i]);
		CHECK(err == 0 || err == -EINVAL || err == -ENOMEM ||
		      err == -VMM_BEYOND_ERROR);
		if (!err)
			EQUAL(vmm_delete(vm, 2), 0);
		EQUAL(vmm_slot(vm, 2, 0, 2 * GiB, VMM_PAGE), 0);
		USED(1, 0, LIMIT + VMM_PAGE);
		EQUAL(vmm_delete(vm, 2), 0);
	}
	USED(1, 0, LIMIT);
	close(vm);
}

/*
 * KVM fails when policy has already granted it. What was granted may stay
 * charged, but no longer than until the VM's next request.
 */
static void kvm_fails(void)
{
	int vm, i;

	limit_vm(LIMIT);
	if (!refuses_beyond()) {
		skip("this KVM takes slots at any address");
		return;
	}
	vm = new_vm();
	EQUAL(vmm_slot(vm, 0, 0, 0, LIMIT / 2), 0);
	for (i = 0; i < 100; i++) {
		EQUAL(vmm_slot(vm, 1, 0, VMM_BEYOND, LIMIT / 2),
		      -VMM_BEYOND_ERROR);
		EQUAL(vmm_slot(vm, 1, 0, MiB, MiB), -EEXIST);
		CHECK(used_memory() <= LIMIT);
	}
	/* too large by one page all the same, and then not */
	EQUAL(vmm_slot(vm, 1, 0, GiB, LIMIT / 2 + VMM_PAGE), -EDQUOT);
	USED(1, 0, LIMIT / 2);
	EQUAL(vmm_slot(vm, 1, 0, VMM_BEYOND, LIMIT / 2), -VMM_BEYOND_ERROR);
	EQUAL(vmm_slot(vm, 1, 0, GiB, LIMIT / 2), 0);
	USED(1, 0, LIMIT);
	CLASS_USED("default", 1, 0, LIMIT);
	EQUAL(vmm_delete(vm, 1), 0);
	EQUAL(vmm_slot(vm, 1, 0, VMM_BEYOND, LIMIT / 2), -VMM_BEYOND_ERROR);
	EQUAL(vmm_delete(vm, 0), 0);
	USED(1, 0, 0);
	EQUAL(vmm_slot(vm, 1, 0, VMM_BEYOND, LIMIT), -VMM_BEYOND_ERROR);
	close(vm);
	USED(0, 0, 0);
}

/* The same with a dirty bitmap that is freed, and in the second space. */
static void kvm_fails_otherwise(void)
{
	int vm;

	limit_vm(LIMIT);
	if (!refuses_beyond()) {
		skip("this KVM takes slots at any address");
		return;
	}
	vm = new_vm();
	EQUAL(vmm_slot(vm, 0, KVM_MEM_LOG_DIRTY_PAGES, VMM_BEYOND, LIMIT),
	      -VMM_BEYOND_ERROR);
	EQUAL(vmm_slot(vm, 0, 1U << 31, 0, LIMIT), -EINVAL);
	EQUAL(vmm_slot(vm, 0, 0, 0, LIMIT), 0);
	USED(1, 0, LIMIT);
	if (vmm_check(vm, KVM_CAP_MULTI_ADDRESS_SPACE) >= 2) {
		EQUAL(vmm_slot(vm, VMM_SMM(0), 0, VMM_BEYOND, LIMIT),
		      -VMM_BEYOND_ERROR);
		EQUAL(vmm_delete(vm, 0), 0);
		USED(1, 0, 0);
		EQUAL(vmm_slot(vm, 0, 0, 0, LIMIT), 0);
	}
	/* moves are granted, and then fail */
	EQUAL(vmm_slot(vm, 0, 0, VMM_BEYOND, LIMIT), -VMM_BEYOND_ERROR);
	USED(1, 0, LIMIT);
	EQUAL(vmm_slot(vm, 1, 0, GiB, VMM_PAGE), -EDQUOT);
	EQUAL(vmm_delete(vm, 0), 0);
	USED(1, 0, 0);
	close(vm);
}

static void class_total(void)
{
	uint64_t before = denied(KVMWARDEN_REASON_CLASS_MEMORY);
	struct puppet tenant, second, other;
	struct warden_policy policy;
	int64_t a, b, c, d;

	warden_policy_init(&policy);
	add_user(&policy, "tenant", TENANT)->total.memory = LIMIT;
	warden_apply(warden, &policy);
	puppet_start_as(&tenant, TENANT);
	puppet_start_as(&second, TENANT);
	puppet_start_as(&other, OTHER);
	CHECK((a = TELL(&tenant, do_vm)) >= 0);
	CHECK((b = TELL(&tenant, do_vm)) >= 0);
	CHECK((c = TELL(&second, do_vm)) >= 0);
	CHECK((d = TELL(&other, do_vm)) >= 0);
	EQUAL(TELL(&tenant, do_slot, a, 0, 0, 0, LIMIT / 4), 0);
	EQUAL(TELL(&tenant, do_slot, b, 0, 0, 0, LIMIT / 4), 0);
	EQUAL(TELL(&second, do_slot, c, 0, 0, 0, LIMIT / 2 + VMM_PAGE),
	      -EDQUOT);
	EQUAL(TELL(&second, do_slot, c, 0, 0, 0, LIMIT / 2), 0);
	EQUAL(TELL(&tenant, do_slot, a, 1, 0, GiB, VMM_PAGE), -EDQUOT);
	EQUAL(denied(KVMWARDEN_REASON_CLASS_MEMORY) - before, 2);
	/* other classes do not mind */
	EQUAL(TELL(&other, do_slot, d, 0, 0, 0, 2 * LIMIT), 0);
	CLASS_USED("tenant", 3, 0, LIMIT);
	CLASS_USED("default", 1, 0, 2 * LIMIT);
	USED(4, 0, 3 * LIMIT);
	/* a VM gives back all it has when it goes */
	EQUAL(TELL(&tenant, do_close, b), 0);
	CLASS_USED("tenant", 2, 0, LIMIT / 4 * 3);
	EQUAL(TELL(&tenant, do_slot, a, 1, 0, GiB, LIMIT / 4), 0);
	CLASS_USED("tenant", 2, 0, LIMIT);
	puppet_end(&tenant);
	puppet_end(&second);
	puppet_end(&other);
}

static void host_total(void)
{
	uint64_t before = denied(KVMWARDEN_REASON_HOST_MEMORY);
	struct warden_policy policy;
	struct puppet tenant, other;
	int64_t a, b;

	warden_policy_init(&policy);
	policy.host.memory = LIMIT;
	add_user(&policy, "tenant", TENANT);
	warden_apply(warden, &policy);
	puppet_start_as(&tenant, TENANT);
	puppet_start_as(&other, OTHER);
	CHECK((a = TELL(&tenant, do_vm)) >= 0);
	CHECK((b = TELL(&other, do_vm)) >= 0);
	EQUAL(TELL(&tenant, do_slot, a, 0, 0, 0, LIMIT - MiB), 0);
	EQUAL(TELL(&other, do_slot, b, 0, 0, 0, MiB + VMM_PAGE), -EDQUOT);
	CLASS_USED("default", 1, 0, 0);
	EQUAL(TELL(&other, do_slot, b, 0, 0, 0, MiB), 0);
	EQUAL(TELL(&tenant, do_slot, a, 1, 0, GiB, VMM_PAGE), -EDQUOT);
	EQUAL(denied(KVMWARDEN_REASON_HOST_MEMORY) - before, 2);
	USED(2, 0, LIMIT);
	EQUAL(TELL(&tenant, do_delete, a, 0), 0);
	EQUAL(TELL(&other, do_slot, b, 1, 0, GiB, LIMIT - MiB), 0);
	CLASS_USED("tenant", 1, 0, 0);
	CLASS_USED("default", 1, 0, LIMIT);
	puppet_end(&tenant);
	puppet_end(&other);
}

static void permissive_counts(void)
{
	uint64_t let = permitted(KVMWARDEN_REASON_VM_MEMORY);
	uint64_t refused = denied(KVMWARDEN_REASON_VM_MEMORY);
	struct warden_policy policy;
	int vm;

	warden_policy_init(&policy);
	policy.mode = KVMWARDEN_MODE_PERMISSIVE;
	warden_add(&policy, "default")->vm.of[KVMWARDEN_LIMIT_MEMORY] = MiB;
	warden_apply(warden, &policy);
	vm = new_vm();
	EQUAL(vmm_slot(vm, 0, 0, 0, MiB), 0);
	EQUAL(permitted(KVMWARDEN_REASON_VM_MEMORY) - let, 0);
	EQUAL(vmm_slot(vm, 1, 0, GiB, LIMIT), 0);
	EQUAL(vmm_slot(vm, 2, 0, 2 * GiB, LIMIT), 0);
	EQUAL(permitted(KVMWARDEN_REASON_VM_MEMORY) - let, 2);
	EQUAL(denied(KVMWARDEN_REASON_VM_MEMORY), refused);
	USED(1, 0, MiB + 2 * LIMIT);
	EQUAL(vmm_delete(vm, 1), 0);
	USED(1, 0, MiB + LIMIT);
	close(vm);
}

static void guest_runs(void)
{
	int vm, vcpu;

	limit_vm(LIMIT);
	vm = new_vm();
	EQUAL(vmm_code(vm, 0), 0);
	EQUAL(vmm_slot(vm, 1, 0, GiB, LIMIT - VMM_PAGE), 0);
	CHECK((vcpu = vmm_vcpu(vm, 0)) >= 0);
	EQUAL(vmm_run(kvm, vcpu, 10), 0);
	EQUAL(vmm_slot(vm, 2, 0, 2 * GiB, VMM_PAGE), -EDQUOT);
	/* a refusal does it no harm */
	EQUAL(vmm_run(kvm, vcpu, 10), 0);
	EQUAL(vmm_delete(vm, 1), 0);
	EQUAL(vmm_run(kvm, vcpu, 10), 0);
	USED(1, 1, VMM_PAGE);
	close(vcpu);
	close(vm);
	USED(0, 0, 0);
}

static void many_slots(void)
{
	int vm, i;

	limit_vm(MANY * MiB);
	vm = new_vm();
	for (i = 0; i < MANY; i++)
		EQUAL(vmm_slot(vm, i, 0, i * MiB, MiB), 0);
	USED(1, 0, MANY * MiB);
	EQUAL(vmm_slot(vm, MANY, 0, MANY * MiB, VMM_PAGE), -EDQUOT);
	for (i = 0; i < MANY; i += 2)
		EQUAL(vmm_delete(vm, i), 0);
	USED(1, 0, MANY / 2 * MiB);
	/* counted anew, all of them */
	if (refuses_beyond())
		EQUAL(vmm_slot(vm, MANY, 0, VMM_BEYOND, MiB), -VMM_BEYOND_ERROR);
	EQUAL(vmm_slot(vm, MANY, 0, MANY * MiB, MANY / 2 * MiB), 0);
	USED(1, 0, MANY * MiB);
	EQUAL(vmm_slot(vm, 0, 0, 0, VMM_PAGE), -EDQUOT);
	for (i = 1; i < MANY; i += 2)
		EQUAL(vmm_delete(vm, i), 0);
	EQUAL(vmm_delete(vm, MANY), 0);
	USED(1, 0, 0);
	close(vm);
}

static const struct test tests[] = {
	{ "a VM has memory up to its limit", up_to_the_limit },
	{ "one slot may take it all, and not a page more", at_once },
	{ "a limit of nothing", nothing_allowed },
	{ "deleting a slot gives its memory back", delete_gives_back },
	{ "a VM over its limit can give back", delete_over_the_limit },
	{ "moving a slot and changing its flags is free",
	  move_and_flags_are_free },
	{ "no slot changes its size", no_other_size },
	{ "read-only slots count", read_only_counts },
	{ "KVM's own slots do not count", own_slots_are_exempt },
	{ "of two address spaces the larger one counts", two_spaces },
	{ "odd and huge sizes", odd_sizes },
	{ "KVM fails in what was granted: out of range", kvm_fails },
	{ "KVM fails in what was granted: other ways", kvm_fails_otherwise },
	{ "a class has memory up to its limit", class_total },
	{ "the host has memory up to its limit", host_total },
	{ "permissive lets all through and counts", permissive_counts },
	{ "a guest runs within its quota", guest_runs },
	{ "500 slots", many_slots },
};

int main(void)
{
	return fixture_main(tests, ARRAY_SIZE(tests));
}
