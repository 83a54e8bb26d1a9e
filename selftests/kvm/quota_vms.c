// SPDX-License-Identifier: GPL-2.0
/* Quotas on VMs, of classes and of the host. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"

#define LIMIT		3
#define REFUSALS	1000

static void class_limit(void)
{
	uint64_t before = denied(KVMWARDEN_REASON_CLASS_VMS);
	struct warden_policy policy;
	struct kvmwarden_class class;
	struct puppet tenant;
	int64_t vms[LIMIT];
	int i;

	warden_policy_init(&policy);
	add_user(&policy, "tenant", TENANT)->total.vms = LIMIT;
	warden_apply(warden, &policy);

	puppet_start_as(&tenant, TENANT);
	for (i = 0; i < LIMIT; i++)
		CHECK((vms[i] = TELL(&tenant, do_vm)) >= 0);
	CLASS_USED("tenant", LIMIT, 0, 0);
	CLASS_USED("default", 0, 0, 0);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	CLASS_USED("tenant", LIMIT, 0, 0);
	EQUAL(denied(KVMWARDEN_REASON_CLASS_VMS) - before, 2);
	CHECK(class_get("tenant", &class));
	EQUAL(class.denials.denied[KVMWARDEN_REASON_CLASS_VMS], 2);
	EQUAL(class.denials.permitted[KVMWARDEN_REASON_CLASS_VMS], 0);

	EQUAL(TELL(&tenant, do_close, vms[1]), 0);
	USED(LIMIT - 1, 0, 0);
	CHECK((vms[1] = TELL(&tenant, do_vm)) >= 0);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	USED(LIMIT, 0, 0);
	for (i = 0; i < LIMIT; i++)
		EQUAL(TELL(&tenant, do_close, vms[i]), 0);
	USED(0, 0, 0);
	CLASS_USED("tenant", 0, 0, 0);
	puppet_end(&tenant);
}

static void host_limit(void)
{
	uint64_t before = denied(KVMWARDEN_REASON_HOST_VMS);
	struct puppet tenant, other, root;
	struct warden_policy policy;
	int64_t vm;

	warden_policy_init(&policy);
	policy.host.vms = LIMIT;
	add_user(&policy, "tenant", TENANT);
	add_user(&policy, "other", OTHER);
	warden_apply(warden, &policy);

	puppet_start_as(&tenant, TENANT);
	puppet_start_as(&other, OTHER);
	puppet_start(&root);
	CHECK((vm = TELL(&tenant, do_vm)) >= 0);
	CHECK(TELL(&other, do_vm) >= 0);
	CHECK(TELL(&root, do_vm) >= 0);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	EQUAL(TELL(&other, do_vm), -EDQUOT);
	EQUAL(TELL(&root, do_vm), -EDQUOT);
	EQUAL(denied(KVMWARDEN_REASON_HOST_VMS) - before, 3);
	USED(LIMIT, 0, 0);
	CLASS_USED("tenant", 1, 0, 0);
	CLASS_USED("other", 1, 0, 0);
	CLASS_USED("default", 1, 0, 0);

	/* what one gives back another may have */
	EQUAL(TELL(&tenant, do_close, vm), 0);
	CHECK(TELL(&root, do_vm) >= 0);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	CLASS_USED("tenant", 0, 0, 0);
	CLASS_USED("default", 2, 0, 0);
	puppet_end(&tenant);
	puppet_end(&other);
	puppet_end(&root);
}

static void default_class(void)
{
	struct warden_policy policy;
	struct puppet other;

	warden_policy_init(&policy);
	add_user(&policy, "tenant", TENANT)->total.vms = 0;
	warden_add(&policy, "default")->total.vms = 1;
	warden_apply(warden, &policy);

	puppet_start_as(&other, OTHER);
	CHECK(TELL(&other, do_vm) >= 0);
	EQUAL(TELL(&other, do_vm), -EDQUOT);
	CLASS_USED("default", 1, 0, 0);
	CLASS_USED("tenant", 0, 0, 0);
	puppet_end(&other);
}

static void first_match(void)
{
	struct warden_policy policy;
	struct puppet tenant;

	warden_policy_init(&policy);
	add_user(&policy, "first", TENANT)->total.vms = 1;
	add_user(&policy, "second", TENANT);
	warden_apply(warden, &policy);

	puppet_start_as(&tenant, TENANT);
	CHECK(TELL(&tenant, do_vm) >= 0);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	CLASS_USED("first", 1, 0, 0);
	CLASS_USED("second", 0, 0, 0);
	puppet_end(&tenant);
}

static void permissive(void)
{
	uint64_t let = permitted(KVMWARDEN_REASON_CLASS_VMS);
	uint64_t refused = denied(KVMWARDEN_REASON_CLASS_VMS);
	struct warden_policy policy;
	struct kvmwarden_class class;
	struct puppet tenant;
	int i;

	warden_policy_init(&policy);
	policy.mode = KVMWARDEN_MODE_PERMISSIVE;
	add_user(&policy, "tenant", TENANT)->total.vms = 1;
	warden_apply(warden, &policy);

	puppet_start_as(&tenant, TENANT);
	for (i = 0; i < LIMIT; i++)
		CHECK(TELL(&tenant, do_vm) >= 0);
	USED(LIMIT, 0, 0);
	CLASS_USED("tenant", LIMIT, 0, 0);
	EQUAL(permitted(KVMWARDEN_REASON_CLASS_VMS) - let, LIMIT - 1);
	EQUAL(denied(KVMWARDEN_REASON_CLASS_VMS), refused);
	CHECK(class_get("tenant", &class));
	EQUAL(class.denials.permitted[KVMWARDEN_REASON_CLASS_VMS], LIMIT - 1);
	EQUAL(class.denials.denied[KVMWARDEN_REASON_CLASS_VMS], 0);
	puppet_end(&tenant);
}

static void off(void)
{
	struct kvmwarden_status before, after;
	struct warden_policy policy;
	struct puppet tenant;
	int i;

	warden_policy_init(&policy);
	policy.mode = KVMWARDEN_MODE_OFF;
	add_user(&policy, "tenant", TENANT)->total.vms = 1;
	warden_apply(warden, &policy);

	warden_status(warden, &before);
	puppet_start_as(&tenant, TENANT);
	for (i = 0; i < LIMIT; i++)
		CHECK(TELL(&tenant, do_vm) >= 0);
	CLASS_USED("tenant", LIMIT, 0, 0);
	warden_status(warden, &after);
	CHECK(!memcmp(&before.denials, &after.denials, sizeof(after.denials)));
	puppet_end(&tenant);
}

/* The mode is the class's: one may enforce while another does not. */
static void mixed_modes(void)
{
	struct puppet tenant, other;
	struct warden_policy policy;
	struct kvmwarden_class *class;

	warden_policy_init(&policy);
	class = add_user(&policy, "tenant", TENANT);
	class->mode = KVMWARDEN_MODE_PERMISSIVE;
	class->total.vms = 1;
	add_user(&policy, "other", OTHER)->total.vms = 1;
	warden_apply(warden, &policy);

	puppet_start_as(&tenant, TENANT);
	puppet_start_as(&other, OTHER);
	CHECK(TELL(&tenant, do_vm) >= 0);
	CHECK(TELL(&tenant, do_vm) >= 0);
	CHECK(TELL(&other, do_vm) >= 0);
	EQUAL(TELL(&other, do_vm), -EDQUOT);
	USED(3, 0, 0);
	puppet_end(&tenant);
	puppet_end(&other);
}

static void lowered_limit(void)
{
	struct warden_policy policy;
	struct puppet tenant;
	int64_t vms[LIMIT];
	int i;

	puppet_start_as(&tenant, TENANT);
	for (i = 0; i < LIMIT; i++)
		CHECK((vms[i] = TELL(&tenant, do_vm)) >= 0);

	warden_policy_init(&policy);
	add_user(&policy, "tenant", TENANT)->total.vms = 1;
	warden_apply(warden, &policy);
	CLASS_USED("tenant", LIMIT, 0, 0);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	/* what is there stays of use, down to the limit and below */
	EQUAL(TELL(&tenant, do_slot, vms[0], 0, 0, 0, MiB), 0);
	CHECK(TELL(&tenant, do_vcpu, vms[0], 0) >= 0);
	USED(LIMIT, 1, MiB);
	EQUAL(TELL(&tenant, do_close, vms[1]), 0);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	EQUAL(TELL(&tenant, do_close, vms[2]), 0);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	policy.classes[0].total.vms = 2;
	warden_apply(warden, &policy);
	CHECK(TELL(&tenant, do_vm) >= 0);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	puppet_end(&tenant);
}

static int module_uses(const char *module)
{
	char path[64];
	int uses = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", module);
	file = fopen(path, "r");
	if (!file)
		return -1;
	if (fscanf(file, "%d", &uses) != 1)
		uses = -1;
	fclose(file);
	return uses;
}

static void refused_leaves_nothing(void)
{
	uint64_t before = denied(KVMWARDEN_REASON_CLASS_VMS);
	const char *vendor = module_uses("kvm_intel") < 0 ? "kvm_amd"
							  : "kvm_intel";
	int kvm_uses = module_uses("kvm"), vendor_uses = module_uses(vendor);
	unsigned int debugfs = count_entries("/sys/kernel/debug/kvm");
	struct warden_policy policy;
	struct puppet tenant;
	int64_t fds, vm;
	int i;

	warden_policy_init(&policy);
	add_user(&policy, "tenant", TENANT)->total.vms = 0;
	warden_apply(warden, &policy);

	puppet_start_as(&tenant, TENANT);
	fds = TELL(&tenant, do_count_fds);
	CHECK(fds > 2);
	EQUAL(TELL(&tenant, do_vms_refused, REFUSALS), REFUSALS);
	EQUAL(denied(KVMWARDEN_REASON_CLASS_VMS) - before, REFUSALS);
	EQUAL(TELL(&tenant, do_count_fds), fds);
	EQUAL(module_uses("kvm"), kvm_uses);
	EQUAL(module_uses(vendor), vendor_uses);
	EQUAL(count_entries("/sys/kernel/debug/kvm"), debugfs);
	USED(0, 0, 0);

	/* and the same process, with the same files, may have them all now */
	policy.classes[0].total.vms = LIMIT;
	warden_apply(warden, &policy);
	for (i = 0; i < LIMIT; i++) {
		CHECK((vm = TELL(&tenant, do_vm)) >= 0);
		EQUAL(TELL(&tenant, do_code, vm, 0), 0);
		EQUAL(TELL(&tenant, do_run,
			   TELL(&tenant, do_vcpu, vm, 0), 3), 0);
	}
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	EQUAL(TELL(&tenant, do_count_fds), fds + 2 * LIMIT);
	puppet_end(&tenant);
}

static const struct test tests[] = {
	{ "a class has as many VMs as it may", class_limit },
	{ "the host has as many VMs as it may", host_limit },
	{ "who matches no class is in the default class", default_class },
	{ "the first class that matches takes the VM", first_match },
	{ "permissive lets all through and counts", permissive },
	{ "off lets all through and does not count", off },
	{ "each class has a mode of its own", mixed_modes },
	{ "a lowered limit takes nothing away", lowered_limit },
	{ "a refused VM leaves nothing behind", refused_leaves_nothing },
};

int main(void)
{
	return fixture_main(tests, ARRAY_SIZE(tests));
}
