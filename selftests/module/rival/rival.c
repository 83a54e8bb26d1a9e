// SPDX-License-Identifier: GPL-2.0
/*
 * Somebody else who redirects a KVM function, as a livepatch does: ftrace
 * allows that only once for a function. For the tests of kvmwarden only.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/string.h>

#include "kmod/probes.h"

static char *function = "kvm_arch_vcpu_precreate";
module_param(function, charp, 0444);
MODULE_PARM_DESC(function, "the function to be redirected");

static char *module = "kvm";
module_param(module, charp, 0444);
MODULE_PARM_DESC(module, "the kernel module it is in");

static char *when = "now";
module_param(when, charp, 0444);
MODULE_PARM_DESC(when, "now, or coming: whenever that module is loaded");

static DEFINE_MUTEX(rival_mutex);
static bool registered;

/* Where there is such a thing, redirecting may need it; see ftrace's comments. */
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_REGS
#define REDIRECT_FLAGS	FTRACE_OPS_FL_SAVE_REGS
#else
#define REDIRECT_FLAGS	0
#endif

/* It could redirect; that is enough. */
static void notrace rival_callback(unsigned long ip, unsigned long parent_ip,
				   struct ftrace_ops *ops,
				   struct kw_ftrace_regs *regs)
{
}

static struct ftrace_ops rival_ops = {
	.func = rival_callback,
	.flags = REDIRECT_FLAGS | FTRACE_OPS_FL_IPMODIFY,
};

/* Its filter is memory that would outlive us. */
static void forget(void)
{
	ftrace_set_filter(&rival_ops, NULL, 0, 1);
}

static int take(void)
{
	int err;

	err = ftrace_set_filter(&rival_ops, (unsigned char *)function,
				strlen(function), 1);
	if (err)
		return err;
	err = register_ftrace_function(&rival_ops);
	if (err)
		forget();
	registered = !err;
	pr_info("%s: %d\n", function, err);
	return err;
}

static void give_back(void)
{
	if (!registered)
		return;
	unregister_ftrace_function(&rival_ops);
	forget();
	registered = false;
}

/* Whatever comes of it, the module is loaded. */
static int rival_event(struct notifier_block *block, unsigned long event,
		       void *data)
{
	const struct module *changed = data;

	if (strcmp(changed->name, module))
		return NOTIFY_DONE;
	mutex_lock(&rival_mutex);
	if (event == MODULE_STATE_COMING && !strcmp(when, "coming"))
		take();
	else if (event == MODULE_STATE_GOING)
		give_back();
	mutex_unlock(&rival_mutex);
	return NOTIFY_OK;
}

/* Before everybody else. */
static struct notifier_block rival_block = {
	.notifier_call = rival_event,
	.priority = INT_MAX,
};

static int __init rival_init(void)
{
	int err = register_module_notifier(&rival_block);

	if (err)
		return err;
	if (!strcmp(when, "coming"))
		return 0;
	mutex_lock(&rival_mutex);
	err = take();
	mutex_unlock(&rival_mutex);
	if (err)
		unregister_module_notifier(&rival_block);
	return err;
}

static void __exit rival_exit(void)
{
	unregister_module_notifier(&rival_block);
	give_back();
}

module_init(rival_init);
module_exit(rival_exit);

MODULE_DESCRIPTION("Takes a KVM function, for kvmwarden's tests");
MODULE_LICENSE("GPL");
