// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that runs guests of its own, on arm64: where it is forbidden no vCPU
 * has an EL2. Only shows that on a processor with FEAT_NV2 and a kernel that
 * makes use of it (kvm-arm.mode=nested).
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest.h"
#include "fixture.h"
#include "vmm.h"

/* The installed header may be older */
#ifndef KVM_CAP_ARM_EL2
#define KVM_CAP_ARM_EL2		240
#endif
#ifndef KVM_ARM_VCPU_HAS_EL2
#define KVM_ARM_VCPU_HAS_EL2	7
#endif

static void policy(uint64_t deny)
{
	warden_deny(warden, KVMWARDEN_MODE_ENFORCE, deny, KVMWARDEN_REVOKE_FAIL);
}

/* As KVM answers */
static int init_with_el2(void)
{
	struct kvm_vcpu_init init;
	int vm = new_vm(), vcpu, ret;

	EQUAL(ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init), 0);
	init.features[0] |= 1U << KVM_ARM_VCPU_HAS_EL2;
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	CHECK(vcpu >= 0);
	ret = ioctl(vcpu, KVM_ARM_VCPU_INIT, &init) ? -errno : 0;
	close(vcpu);
	close(vm);
	return ret;
}

static void hidden(void)
{
	int told;

	policy(0);
	told = vmm_check(kvm, KVM_CAP_ARM_EL2);
	policy(KVMWARDEN_DENY_NESTED);
	EQUAL(vmm_check(kvm, KVM_CAP_ARM_EL2), 0);
	if (!told)
		skip("there is none here");
}

static void refused(void)
{
	int before;

	policy(0);
	before = init_with_el2();
	policy(KVMWARDEN_DENY_NESTED);
	CHECK(init_with_el2() < 0);
	if (before)
		skip("there is none here");
	else
		EQUAL(denied(KVMWARDEN_REASON_NESTED) > 0, 1);
}

static const struct test tests[] = {
	{ "KVM tells of no EL2", hidden },
	{ "a vCPU with an EL2", refused },
};

int main(void)
{
	return fixture_main(tests, ARRAY_SIZE(tests));
}
