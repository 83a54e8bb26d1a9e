// SPDX-License-Identifier: GPL-2.0
/* kvmwarden: host-side policy for KVM. Load and unload. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>

#include "device.h"
#include "guard/guard.h"
#include "hook.h"
#include "later.h"
#include "place.h"
#include "vm.h"

/* Hooks and records come and go together. */
static DEFINE_MUTEX(start_mutex);

static const struct kw_hook_table *const tables[] = {
	&kw_lifecycle_table,
	&kw_memory_table,
	&kw_vcpu_table,
	&kw_capability_table,
#ifdef CONFIG_X86
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
	{ .module = "kvm_amd", .mark = "nested_svm_vmrun" },
	{ .module = "kvm_intel", .mark = "handle_vmx_instruction" },
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

/**
 * kw_start() - arm the hooks and put running VMs on record, unless that is so
 *
 * Context: may sleep.
 * Return: 1 if they were off before, 0 if not, or a negative errno if hooks
 * do not work on this kernel.
 */
int kw_start(void)
{
	int ret;

	mutex_lock(&start_mutex);
	ret = kw_hook_arm();
	if (ret > 0)
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
	int err;

	mutex_lock(&start_mutex);
	err = kw_hook_disarm();
	if (!err)
		kw_vm_drop_all();
	mutex_unlock(&start_mutex);
	return err;
}

static int __init kvmwarden_init(void)
{
	int err;

	err = kw_place_init();
	if (err)
		return err;
	err = kw_hook_init(&setup);
	if (err)
		goto err_place;
	err = kw_start();
	if (err < 0)
		goto err_start;
	err = kw_device_init();
	if (err)
		goto err_start;
	pr_info("loaded; everything is allowed until a policy is applied\n");
	return 0;

err_start:
	/* what ftrace does not release must not go away: stay, and do nothing */
	if (kw_stop())
		return 0;
	kw_hook_exit();
err_place:
	kw_place_exit();
	return err;
}

static void __exit kvmwarden_exit(void)
{
	kw_device_exit();
	kw_hook_exit();
	kw_later_exit();
	kw_place_exit();
	pr_info("unloaded\n");
}

module_init(kvmwarden_init);
module_exit(kvmwarden_exit);

MODULE_DESCRIPTION("Host-side policy for KVM: what each VM may have");
MODULE_AUTHOR("The kvmwarden authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
