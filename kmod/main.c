// SPDX-License-Identifier: GPL-2.0
/* kvmwarden: host-side policy for KVM. Load and unload. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

#include "audit.h"
#include "device.h"
#include "event.h"
#include "fold.h"
#include "guard/guard.h"
#include "hook.h"
#include "later.h"
#include "place.h"
#include "ring.h"
#include "vm.h"

static bool closed;
module_param(closed, bool, 0444);
MODULE_PARM_DESC(closed, "let no VM be created until a policy is applied");

/* Hooks and records come and go together. */
static DEFINE_MUTEX(start_mutex);

static const struct kw_hook_table *const tables[] = {
	&kw_lifecycle_table,
	&kw_memory_table,
	&kw_vcpu_table,
	&kw_bus_table,
	&kw_irq_table,
	&kw_guest_memfd_table,
	&kw_capability_table,
#ifdef CONFIG_X86
	&kw_hyperv_table,
	&kw_cpuid_table,
	&kw_msr_table,
	&kw_nested_amd_table,
	&kw_nested_intel_table,
#endif
#ifdef CONFIG_ARM64
	&kw_nested_arm64_table,
#endif
};

/* With the module goes the last VM. */
static const struct kw_hook_owner owners[] = {
	{ .module = "kvm", .anchor = "kvm_get_kvm", .gone = kw_vm_drop_all },
#ifdef CONFIG_X86
	{
		.module = "kvm_amd",
		.marks = { "nested_svm_vmrun", "svm_check_nested_events" },
	},
	{
		.module = "kvm_intel",
		.marks = { "handle_vmx_instruction", "vmx_check_nested_events" },
	},
#endif
};

static const struct kw_hook_setup setup = {
	.tables = tables,
	.nr_tables = ARRAY_SIZE(tables),
	.owners = owners,
	.nr_owners = ARRAY_SIZE(owners),
};

/**
 * kw_revoke() - see to it that nothing goes on that is forbidden by now
 *
 * Context: may sleep; hooks are armed.
 */
void kw_revoke(void)
{
#ifdef CONFIG_X86
	kw_nested_revoke();
#endif
}

static void tell(enum kvmwarden_event_type type)
{
	rcu_read_lock();
	kw_event_policy(type, kw_place_ruleset(), NULL);
	rcu_read_unlock();
}

/* VMs that come while hooks are on are not seen to go once they are off. */
static int take_off(void)
{
	int err = kw_hook_disarm();

	if (!err)
		kw_vm_drop_all();
	return err;
}

/**
 * kw_start() - arm the hooks and put running VMs on record, unless that is so
 *
 * A hook that could not be armed before is tried again.
 *
 * Context: may sleep.
 * Return: 1 if they were off before, 0 if not, -ENOMEM, or another negative errno
 * if hooks do not work on this kernel; then all are off.
 */
int kw_start(void)
{
	int ret;

	mutex_lock(&start_mutex);
	ret = kw_hook_arm();
	/* VMs may have come while some were armed */
	if (ret < 0)
		take_off();
	if (ret > 0)
		tell(KVMWARDEN_EVENT_ARMED);
	if (ret > 0 || (!ret && kw_hook_retry()))
		kw_adopt_running();
	mutex_unlock(&start_mutex);
	return ret;
}

/**
 * kw_stop() - take the hooks off and forget all VMs
 *
 * Context: may sleep.
 * Return: 0, or -EIO if ftrace keeps a hook; this module then stays loaded.
 */
int kw_stop(void)
{
	bool was_armed;
	int err;

	mutex_lock(&start_mutex);
	was_armed = kw_hook_armed();
	err = take_off();
	if (!err && was_armed)
		tell(KVMWARDEN_EVENT_DISARMED);
	mutex_unlock(&start_mutex);
	return err;
}

/* A module that cannot do what its parameter asks for is not loaded. */
static int __init check_needs(u64 needs)
{
	const char *function = kw_hook_lacking(needs);

	if (!function)
		return 0;
	pr_err("cannot be closed: %s is not hooked\n", function);
	return -EOPNOTSUPP;
}

static int __init kvmwarden_init(void)
{
	u64 needs;
	int err;

	err = kw_ring_init();
	if (err)
		return err;
	err = kw_audit_init();
	if (err)
		goto err_ring;
	err = kw_vm_init();
	if (err)
		goto err_audit;
	err = kw_place_init(closed);
	if (err)
		goto err_vm;
	err = kw_hook_init(&setup);
	if (err)
		goto err_place;
	needs = kw_ruleset_enforces(kw_place_ruleset());
	kw_hook_need(needs);
	err = kw_start();
	if (err < 0)
		goto err_start;
	err = check_needs(needs);
	if (err)
		goto err_start;
	err = kw_device_init();
	if (err)
		goto err_start;
	pr_info("loaded; %s until a policy is applied\n",
		closed ? "no VM can be created" : "everything is allowed");
	return 0;

err_start:
	/* what ftrace does not release must not go away: stay, and do nothing */
	if (kw_stop())
		return 0;
	kw_hook_exit();
	kw_later_exit();
err_place:
	kw_place_exit();
err_vm:
	kw_vm_exit();
err_audit:
	kw_audit_exit();
err_ring:
	kw_fold_exit();
	kw_ring_exit();
	return err;
}

static void __exit kvmwarden_exit(void)
{
	kw_device_exit();
	kw_ruleset_exit();
	kw_hook_exit();
	kw_later_exit();
	kw_place_exit();
	kw_vm_exit();
	kw_fold_exit();
	kw_audit_exit();
	kw_ring_exit();
	pr_info("unloaded\n");
}

module_init(kvmwarden_init);
module_exit(kvmwarden_exit);

MODULE_DESCRIPTION("Host-side policy for KVM: what each VM may have");
MODULE_AUTHOR("The kvmwarden authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
