// SPDX-License-Identifier: GPL-2.0
/* Quotas on vCPUs, of VMs, classes and the host. */
#include <errno.h>
#include <unistd.h>

#include "fixture.h"
#include "vmm.h"

#define LIMIT	4
#define AGAIN	100

static void limit_vm(uint64_t vcpus)
{
	struct warden_policy policy;

	warden_policy_init(&policy);
	warden_add(&policy, "default")->vm.of[KVMWARDEN_LIMIT_VCPUS] = vcpus;
	warden_apply(warden, &policy);
}

/* Ids need not be in order. */
static int add_vcpus(int vm, int first, int nr, int *fds)
{
	int i, id;

	for (i = 0; i < nr; i++) {
		id = first + nr - 1 - i;
		fds[id] = vmm_vcpu(vm, id);
		if (fds[id] < 0)
			return fds[id];
	}
	return 0;
}

static void close_all(const int *fds, int nr)
{
	while (nr--)
		close(fds[nr]);
}

static void vm_limit(void)
{
	uint64_t before = denied(KVMWARDEN_REASON_VM_VCPUS);
	struct kvmwarden_vm record;
	int fds[LIMIT], vm;

	limit_vm(LIMIT);
	vm = new_vm();
	EQUAL(add_vcpus(vm, 0, LIMIT, fds), 0);
	USED(1, LIMIT, 0);
	EQUAL(vmm_vcpu(vm, LIMIT), -EDQUOT);
	EQUAL(vmm_vcpu(vm, LIMIT), -EDQUOT);
	USED(1, LIMIT, 0);
	EQUAL(warden_vm(warden, getpid(), &record), 0);
	EQUAL(record.used.of[KVMWARDEN_LIMIT_VCPUS], LIMIT);
	EQUAL(record.limit.of[KVMWARDEN_LIMIT_VCPUS], LIMIT);
	EQUAL(record.denials.denied[KVMWARDEN_REASON_VM_VCPUS], 2);
	EQUAL(denied(KVMWARDEN_REASON_VM_VCPUS) - before, 2);

	/* another VM has a quota of its own; this one may get a larger one */
	close_all(fds, LIMIT);
	limit_vm(LIMIT + 1);
	CHECK((fds[0] = vmm_vcpu(vm, LIMIT)) >= 0);
	EQUAL(vmm_vcpu(vm, LIMIT + 1), -EDQUOT);
	close(fds[0]);
	close(vm);
	USED(0, 0, 0);
}

static void each_vm(void)
{
	int a, b, fds[2 * LIMIT];

	limit_vm(LIMIT);
	a = new_vm();
	b = new_vm();
	EQUAL(add_vcpus(a, 0, LIMIT, fds), 0);
	EQUAL(add_vcpus(b, 0, LIMIT, fds + LIMIT), 0);
	EQUAL(vmm_vcpu(a, LIMIT), -EDQUOT);
	EQUAL(vmm_vcpu(b, LIMIT), -EDQUOT);
	USED(2, 2 * LIMIT, 0);
	close_all(fds, 2 * LIMIT);
	close(a);
	USED(1, LIMIT, 0);
	close(b);
	USED(0, 0, 0);
}

static void nothing_allowed(void)
{
	int vm, vcpu;

	limit_vm(0);
	vm = new_vm();
	EQUAL(vmm_vcpu(vm, 0), -EDQUOT);
	USED(1, 0, 0);
	limit_vm(1);
	EQUAL(vmm_code(vm, 0), 0);
	CHECK((vcpu = vmm_vcpu(vm, 0)) >= 0);
	EQUAL(vmm_run(kvm, vcpu, 3), 0);
	EQUAL(vmm_vcpu(vm, 1), -EDQUOT);
	close(vcpu);
	close(vm);
}

/* KVM keeps a vCPU as long as its VM, so it stays charged. */
static void closing_frees_nothing(void)
{
	int vm, fds[LIMIT];

	limit_vm(LIMIT);
	vm = new_vm();
	EQUAL(add_vcpus(vm, 0, LIMIT, fds), 0);
	close_all(fds, LIMIT);
	USED(1, LIMIT, 0);
	EQUAL(vmm_vcpu(vm, LIMIT), -EDQUOT);
	USED(1, LIMIT, 0);
	close(vm);
	USED(0, 0, 0);
}

/* Nor does closing the VM's file do while a vCPU's is open. */
static void vcpu_keeps_vm(void)
{
	int vm, vcpu;

	limit_vm(LIMIT);
	vm = new_vm();
	EQUAL(vmm_code(vm, 0), 0);
	CHECK((vcpu = vmm_vcpu(vm, 0)) >= 0);
	close(vm);
	USED(1, 1, VMM_PAGE);
	EQUAL(vmm_run(kvm, vcpu, 3), 0);
	close(vcpu);
	USED(0, 0, 0);
}

static void class_limit(void)
{
	uint64_t before = denied(KVMWARDEN_REASON_CLASS_VCPUS);
	struct puppet tenant, second, other;
	struct warden_policy policy;
	int64_t a, b, c, vcpu;

	warden_policy_init(&policy);
	add_user(&policy, "tenant", TENANT)->total.vcpus = 3;
	warden_apply(warden, &policy);
	puppet_start_as(&tenant, TENANT);
	puppet_start_as(&second, TENANT);
	puppet_start_as(&other, OTHER);
	CHECK((a = TELL(&tenant, do_vm)) >= 0);
	CHECK((b = TELL(&second, do_vm)) >= 0);
	CHECK((c = TELL(&other, do_vm)) >= 0);
	CHECK((vcpu = TELL(&tenant, do_vcpu, a, 0)) >= 0);
	CHECK(TELL(&second, do_vcpu, b, 0) >= 0);
	CHECK(TELL(&second, do_vcpu, b, 1) >= 0);
	EQUAL(TELL(&tenant, do_vcpu, a, 1), -EDQUOT);
	EQUAL(TELL(&second, do_vcpu, b, 2), -EDQUOT);
	EQUAL(denied(KVMWARDEN_REASON_CLASS_VCPUS) - before, 2);
	CHECK(TELL(&other, do_vcpu, c, 0) >= 0);
	CLASS_USED("tenant", 2, 3, 0);
	CLASS_USED("default", 1, 1, 0);
	EQUAL(TELL(&tenant, do_close, vcpu), 0);
	EQUAL(TELL(&second, do_vcpu, b, 2), -EDQUOT);
	EQUAL(TELL(&tenant, do_close, a), 0);
	CHECK(TELL(&second, do_vcpu, b, 2) >= 0);
	EQUAL(TELL(&second, do_vcpu, b, 3), -EDQUOT);
	CLASS_USED("tenant", 1, 3, 0);
	puppet_end(&tenant);
	puppet_end(&second);
	puppet_end(&other);
}

static void host_limit(void)
{
	uint64_t before = denied(KVMWARDEN_REASON_HOST_VCPUS);
	struct warden_policy policy;
	struct puppet tenant, other;
	int64_t a, b;

	warden_policy_init(&policy);
	policy.host.vcpus = 2;
	add_user(&policy, "tenant", TENANT);
	warden_apply(warden, &policy);
	puppet_start_as(&tenant, TENANT);
	puppet_start_as(&other, OTHER);
	CHECK((a = TELL(&tenant, do_vm)) >= 0);
	CHECK((b = TELL(&other, do_vm)) >= 0);
	CHECK(TELL(&tenant, do_vcpu, a, 0) >= 0);
	CHECK(TELL(&other, do_vcpu, b, 0) >= 0);
	EQUAL(TELL(&tenant, do_vcpu, a, 1), -EDQUOT);
	EQUAL(TELL(&other, do_vcpu, b, 1), -EDQUOT);
	EQUAL(denied(KVMWARDEN_REASON_HOST_VCPUS) - before, 2);
	USED(2, 2, 0);
	/* the VM of a process that is gone is gone, too */
	puppet_end(&other);
	CHECK(TELL(&tenant, do_vcpu, a, 1) >= 0);
	EQUAL(TELL(&tenant, do_vcpu, a, 2), -EDQUOT);
	USED(1, 2, 0);
	puppet_end(&tenant);
}

static void permissive(void)
{
	uint64_t let = permitted(KVMWARDEN_REASON_VM_VCPUS);
	struct warden_policy policy;
	int vm, fds[LIMIT];

	warden_policy_init(&policy);
	policy.mode = KVMWARDEN_MODE_PERMISSIVE;
	warden_add(&policy, "default")->vm.of[KVMWARDEN_LIMIT_VCPUS] = 1;
	warden_apply(warden, &policy);
	vm = new_vm();
	EQUAL(add_vcpus(vm, 0, LIMIT, fds), 0);
	EQUAL(permitted(KVMWARDEN_REASON_VM_VCPUS) - let, LIMIT - 1);
	USED(1, LIMIT, 0);
	close_all(fds, LIMIT);
	close(vm);
}

/* KVM fails after it was granted: an id that is in use. */
static void same_id(void)
{
	struct kvmwarden_status status;
	int vm, i, fds[LIMIT];

	limit_vm(LIMIT);
	vm = new_vm();
	EQUAL(add_vcpus(vm, 0, LIMIT - 1, fds), 0);
	for (i = 0; i < AGAIN; i++) {
		EQUAL(vmm_vcpu(vm, 0), -EEXIST);
		warden_status(warden, &status);
		CHECK(status.used.vcpus <= LIMIT);
	}
	CHECK((fds[LIMIT - 1] = vmm_vcpu(vm, LIMIT - 1)) >= 0);
	USED(1, LIMIT, 0);
	CLASS_USED("default", 1, LIMIT, 0);
	EQUAL(vmm_vcpu(vm, LIMIT), -EDQUOT);
	/* a full quota is asked first */
	EQUAL(vmm_vcpu(vm, 0), -EDQUOT);
	USED(1, LIMIT, 0);
	close_all(fds, LIMIT);
	close(vm);
	USED(0, 0, 0);
}

/* The same with the class's quota, of which the VM is not the only one. */
static void same_id_in_class(void)
{
	struct warden_policy policy;
	struct puppet tenant;
	int64_t a, b;
	int i;

	warden_policy_init(&policy);
	add_user(&policy, "tenant", TENANT)->total.vcpus = LIMIT;
	warden_apply(warden, &policy);
	puppet_start_as(&tenant, TENANT);
	CHECK((a = TELL(&tenant, do_vm)) >= 0);
	CHECK((b = TELL(&tenant, do_vm)) >= 0);
	CHECK(TELL(&tenant, do_vcpu, a, 0) >= 0);
	CHECK(TELL(&tenant, do_vcpu, b, 0) >= 0);
	for (i = 0; i < AGAIN; i++) {
		EQUAL(TELL(&tenant, do_vcpu, a, 0), -EEXIST);
		EQUAL(TELL(&tenant, do_vcpu, b, 0), -EEXIST);
	}
	CHECK(TELL(&tenant, do_vcpu, a, 1) >= 0);
	CHECK(TELL(&tenant, do_vcpu, b, 1) >= 0);
	CLASS_USED("tenant", 2, LIMIT, 0);
	EQUAL(TELL(&tenant, do_vcpu, a, 2), -EDQUOT);
	EQUAL(TELL(&tenant, do_vcpu, b, 2), -EDQUOT);
	CLASS_USED("tenant", 2, LIMIT, 0);
	puppet_end(&tenant);
}

/* An id that is out of range never gets as far as to be asked for. */
static void bad_id(void)
{
	int vm, vcpu;

	limit_vm(1);
	vm = new_vm();
	EQUAL(vmm_vcpu(vm, UINT32_MAX), -EINVAL);
	EQUAL(vmm_vcpu(vm, 1U << 20), -EINVAL);
	CHECK((vcpu = vmm_vcpu(vm, 0)) >= 0);
	USED(1, 1, 0);
	close(vcpu);
	close(vm);
}

static const struct test tests[] = {
	{ "a VM has as many vCPUs as it may", vm_limit },
	{ "the limit is each VM's own", each_vm },
	{ "a limit of nothing", nothing_allowed },
	{ "closing a vCPU frees nothing", closing_frees_nothing },
	{ "a VM lives as long as a vCPU's file", vcpu_keeps_vm },
	{ "a class has as many vCPUs as it may", class_limit },
	{ "the host has as many vCPUs as it may", host_limit },
	{ "permissive lets all through and counts", permissive },
	{ "an id that is in use costs nothing", same_id },
	{ "nor does it cost the class anything", same_id_in_class },
	{ "an id that is out of range costs nothing", bad_id },
};

int main(void)
{
	return fixture_main(tests, ARRAY_SIZE(tests));
}
