// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks: being asked before a function of another module runs.
 *
 * Each hooked function has an ftrace_ops of its own, whose callback asks for
 * a verdict. A refusal sets the return value and returns to the caller in the
 * function's stead; otherwise the registers are left alone and the function
 * runs. We never call it, so nothing of ours is on a stack when it sleeps.
 *
 * - The filter is set before the ops is registered: only then does ftrace make
 *   direct (BPF) trampolines on the same function go through us.
 * - IPMODIFY makes ftrace refuse anybody else who would redirect the function;
 *   PERMANENT makes it refuse kernel.ftrace_enabled=0.
 * - A module that is coming is armed before its first instruction runs; one
 *   that is going must be disarmed there and then, for ftrace would forget its
 *   functions but not our filter, and never hook them again.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "canary.h"
#include "event.h"
#include "hook.h"
#include "probes.h"
#include "symbol.h"

#define CANARY_PERIOD	(10 * HZ)

#ifdef CONFIG_PREEMPT_RT
#error "on PREEMPT_RT spin locks sleep, and an ftrace callback must not"
#endif

/* How often and how long ftrace's -EAGAIN is waited out: two seconds. */
#define BUSY_TRIES	100
#define BUSY_MSEC	20

/* Protects what follows, and the state and error of every hook. */
static DEFINE_MUTEX(hook_mutex);
static const struct kw_hook_setup *hook_setup;
static bool hook_wanted;	/* armed, and a reference on ourselves held */
static bool hook_alive;		/* what the canary said last */
static u64 hook_needed;		/* features that policy cannot do without */

static void canary_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(canary_timer, canary_work);

static void notrace hook_callback(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops,
				  struct kw_ftrace_regs *fregs)
{
	const struct kw_hook *hook = container_of(ops, struct kw_hook, ops);
	struct kw_regs *regs = (struct kw_regs *)fregs;
	long ret = hook->verdict(regs);

	if (likely(!ret))
		return;
	if (ret == KW_INSTEAD)
		kw_regs_go(regs, hook->instead_address, hook->instead_second);
	else
		kw_regs_return(regs, ret == KW_NOTHING ? 0 : ret);
}

static int ops_register(struct ftrace_ops *ops)
{
	int tries, err;

	/* -EAGAIN: a BPF trampoline on the same function is being changed */
	for (tries = 0; tries < BUSY_TRIES; tries++) {
		err = register_ftrace_function(ops);
		if (err != -EAGAIN)
			break;
		msleep(BUSY_MSEC);
	}
	return err;
}

/* Its filter is memory that would outlive us. */
static void ops_forget(struct ftrace_ops *ops)
{
	ftrace_set_filter(ops, NULL, 0, 1);
}

static void hook_set(struct kw_hook *hook, enum kvmwarden_hook_state state,
		     int error)
{
	bool news = hook->state != state || hook->error != error;

	hook->state = state;
	hook->error = error;
	if (news)
		kw_event_hook(hook->function, state, error);
}

/* ftrace has it. */
static bool hooked(const struct kw_hook *hook)
{
	return hook->state == KVMWARDEN_HOOK_ARMED ||
	       hook->state == KVMWARDEN_HOOK_STUCK;
}

/* Our code may be called still: this module must stay for good. */
static void hook_stuck(struct kw_hook *hook, int error)
{
	if (hook->state != KVMWARDEN_HOOK_STUCK)
		__module_get(THIS_MODULE);
	hook_set(hook, KVMWARDEN_HOOK_STUCK, error);
	pr_emerg("ftrace does not release %s (%d): this module stays loaded until reboot\n",
		 hook->function, error);
}

/* Is it so for good, or may it be had another time? */
static void hook_lost(struct kw_hook *hook, int error)
{
	hook_set(hook, error == -ENOENT || error == -EINVAL ?
		       KVMWARDEN_HOOK_MISSING : KVMWARDEN_HOOK_FAILED, error);
}

static void hook_arm_at(struct kw_hook *hook, unsigned long address)
{
	int err;

	hook->ops.func = hook_callback;
	hook->ops.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT |
			  kw_regs_ftrace_flags;
	err = ftrace_set_filter_ip(&hook->ops, address, 0, 1);
	if (err) {
		hook_lost(hook, err);
		return;
	}
	err = ops_register(&hook->ops);
	if (err == -ENODEV) {
		/* ftrace died over it, and may have patched the function */
		hook_stuck(hook, err);
		return;
	}
	if (err) {
		ops_forget(&hook->ops);
		hook_set(hook, KVMWARDEN_HOOK_FAILED, err);
		return;
	}
	hook_set(hook, KVMWARDEN_HOOK_ARMED, 0);
}

static void hook_disarm_to(struct kw_hook *hook, enum kvmwarden_hook_state state)
{
	int err;

	if (!hooked(hook)) {
		hook_set(hook, state, 0);
		return;
	}
	err = unregister_ftrace_function(&hook->ops);
	if (err) {
		hook_stuck(hook, err);
		return;
	}
	ops_forget(&hook->ops);
	hook_set(hook, state, 0);
}

static int find_instead(struct kw_hook *hook)
{
	if (!hook->instead)
		return 0;
	return kw_symbol_find(hook->instead_module ?: hook->module,
			      hook->instead, &hook->instead_address);
}

static int find_known(const struct kw_hook *hook)
{
	struct kw_symbol *symbol;
	int err = 0;

	for (symbol = hook->knows; symbol && symbol->function && !err; symbol++)
		err = kw_symbol_find(hook->module, symbol->function,
				     &symbol->address);
	return err;
}

static int find_function(const struct kw_hook *hook, unsigned long *address)
{
	int err = kw_symbol_find(hook->module, hook->function, address);

	if (err == -ENOENT && hook->former)
		err = kw_symbol_find(hook->module, hook->former, address);
	return err;
}

/* Sets its address, to 0 if it is not to be armed. */
static void hook_find(struct kw_hook *hook)
{
	int err;

	err = find_function(hook, &hook->address);
	if (err == -ENOENT && hook->optional) {
		hook_set(hook, KVMWARDEN_HOOK_ABSENT, 0);
		return;
	}
	if (!err)
		err = find_instead(hook) ?: find_known(hook);
	if (!err)
		return;
	hook->address = 0;
	hook_lost(hook, err);
}

/* The hooks of all tables, numbered through; NULL beyond the last. */
static struct kw_hook *hook_at(unsigned int n)
{
	unsigned int t;

	for (t = 0; t < hook_setup->nr_tables; t++) {
		if (n < hook_setup->tables[t]->nr)
			return &hook_setup->tables[t]->hooks[n];
		n -= hook_setup->tables[t]->nr;
	}
	return NULL;
}

/* In reverse, so that what was armed first, to keep records, goes last. */
static int disarm_module(const char *module, enum kvmwarden_hook_state state)
{
	unsigned int n = kw_hook_count();
	int err = 0;

	while (n--) {
		struct kw_hook *hook = hook_at(n);

		if (strcmp(hook->module, module))
			continue;
		hook_disarm_to(hook, state);
		if (hook->state == KVMWARDEN_HOOK_STUCK)
			err = -EIO;
	}
	return err;
}

static void report(const struct kw_hook *hook)
{
	if (hook->state == KVMWARDEN_HOOK_MISSING)
		pr_err("%s cannot be hooked: this kernel has no such function, or none that ftrace can patch (%d)\n",
		       hook->function, hook->error);
	else if (hook->state == KVMWARDEN_HOOK_FAILED)
		pr_err("%s cannot be hooked (%d)%s\n",
		       hook->function, hook->error, hook->error == -EBUSY ?
		       ": a livepatch or another module has it, or kernel.ftrace_enabled is 0" :
		       "");
	else if (hook->state == KVMWARDEN_HOOK_STUCK)
		pr_err("%s is hooked where ftrace did not let go of it (%d)\n",
		       hook->function, hook->error);
}

static bool guarded(const struct kw_hook *hook)
{
	return hook->state == KVMWARDEN_HOOK_ARMED ||
	       hook->state == KVMWARDEN_HOOK_ABSENT;
}

/* Nobody can tell whether @module is there. */
static void fail_module(const char *module, int error)
{
	struct kw_hook *hook;
	unsigned int n;

	for (n = 0; (hook = hook_at(n)); n++) {
		if (strcmp(hook->module, module) || hooked(hook))
			continue;
		hook_set(hook, KVMWARDEN_HOOK_FAILED, error);
		report(hook);
	}
}

static void find_in_module(const char *module)
{
	struct kw_hook *hook;
	unsigned int n;

	for (n = 0; (hook = hook_at(n)); n++)
		if (!strcmp(hook->module, module) && !hooked(hook))
			hook_find(hook);
	kw_symbol_done();
}

/*
 * Nothing is left of the search when ftrace patches what was found: should its
 * breakpoint be hit and not be known for ftrace's, the kernel goes by whatever
 * kprobe there is, even a disabled one, and of an instruction of ftrace's a
 * kprobe has no copy to go on in.
 *
 * Return the features lost in @module for want of hooks.
 */
static u64 arm_module(const char *module)
{
	struct kw_hook *hook;
	unsigned int n;
	u64 lost = 0;

	find_in_module(module);
	for (n = 0; (hook = hook_at(n)); n++) {
		if (strcmp(hook->module, module))
			continue;
		if (!hooked(hook) && hook->address)
			hook_arm_at(hook, hook->address);
		report(hook);
		if (!guarded(hook))
			lost |= hook->features;
	}
	return lost;
}

static const struct kw_hook_owner *find_owner(const char *module)
{
	unsigned int i;

	for (i = 0; i < hook_setup->nr_owners; i++)
		if (!strcmp(hook_setup->owners[i].module, module))
			return &hook_setup->owners[i];
	return NULL;
}

/*
 * In this state ftrace knows the module's functions and nothing has run there.
 * Refusing it is the only way not to let it run unguarded.
 */
static int module_coming(const struct kw_hook_owner *owner)
{
	u64 lost = arm_module(owner->module) & hook_needed;

	if (!lost)
		return NOTIFY_OK;
	pr_err("module %s is refused: the policy in force cannot be enforced on it\n",
	       owner->module);
	disarm_module(owner->module, KVMWARDEN_HOOK_WAITING);
	return notifier_from_errno(-EPERM);
}

/* Is any hook of @module in @state? */
static bool module_has(const char *module, enum kvmwarden_hook_state state)
{
	struct kw_hook *hook;
	unsigned int n;

	for (n = 0; (hook = hook_at(n)); n++)
		if (!strcmp(hook->module, module) && hook->state == state)
			return true;
	return false;
}

/*
 * Still waiting only if it was coming, its notice given, when kw_hook_arm()
 * looked for it: it was neither to be found by then nor to be announced again.
 */
static void module_live(const struct kw_hook_owner *owner)
{
	if (module_has(owner->module, KVMWARDEN_HOOK_WAITING) &&
	    (arm_module(owner->module) & hook_needed))
		pr_emerg("%s runs already: the policy in force is NOT ENFORCED\n",
			 owner->module);
}

static int hook_module_event(struct notifier_block *block, unsigned long event,
			     void *data)
{
	const struct module *module = data;
	const struct kw_hook_owner *owner = find_owner(module->name);
	int ret = NOTIFY_OK;

	if (!owner)
		return NOTIFY_DONE;

	mutex_lock(&hook_mutex);
	if (hook_wanted && event == MODULE_STATE_COMING)
		ret = module_coming(owner);
	else if (hook_wanted && event == MODULE_STATE_LIVE)
		module_live(owner);
	else if (hook_wanted && event == MODULE_STATE_GOING)
		disarm_module(owner->module, KVMWARDEN_HOOK_WAITING);
	mutex_unlock(&hook_mutex);

	if (event == MODULE_STATE_GOING && owner->gone)
		owner->gone();
	return ret;
}

static struct notifier_block hook_module_block = {
	.notifier_call = hook_module_event,
};

static bool canary_ask(void)
{
	int err = kw_canary_check();

	lockdep_assert_held(&hook_mutex);
	if (hook_alive == !!err)
		kw_event_canary(kw_canary_hook.function, !err, err);
	if (err && hook_alive)
		pr_emerg("hooks do not fire any more (%d): NOTHING IS ENFORCED; look for an ftrace warning above\n",
			 err);
	hook_alive = !err;
	return hook_alive;
}

static void canary_work(struct work_struct *work)
{
	mutex_lock(&hook_mutex);
	if (hook_wanted) {
		canary_ask();
		schedule_delayed_work(&canary_timer, CANARY_PERIOD);
	}
	mutex_unlock(&hook_mutex);
}

/*
 * A module found by its anchor is held while it is armed. One that is found by
 * a mark is not, but it cannot go before its notice has been taken, for which
 * hook_mutex is needed. One that is still coming or already going is not found:
 * the notifier sees to it.
 */
static int owner_hold(const struct kw_hook_owner *owner)
{
	unsigned long address;
	int err = -ENOENT;
	unsigned int i;

	if (owner->anchor)
		return __symbol_get(owner->anchor) ? 0 : -ENOENT;
	for (i = 0; i < ARRAY_SIZE(owner->marks) && err == -ENOENT; i++)
		err = kw_symbol_find(owner->module, owner->marks[i], &address);
	return err;
}

static void owner_release(const struct kw_hook_owner *owner)
{
	if (owner->anchor)
		__symbol_put(owner->anchor);
}

static void arm_owner(const struct kw_hook_owner *owner)
{
	int err = owner_hold(owner);

	if (err == -ENOENT) {
		disarm_module(owner->module, KVMWARDEN_HOOK_WAITING);
	} else if (err) {
		fail_module(owner->module, err);
	} else {
		arm_module(owner->module);
		owner_release(owner);
	}
	kw_symbol_done();
}

/*
 * For want of memory, or because somebody else had the function: that may be over.
 * What is armed stays so. Return whether there were any.
 */
static bool retry_failed(void)
{
	const struct kw_hook_owner *owner = hook_setup->owners;
	bool any = false;
	unsigned int i;

	for (i = 0; i < hook_setup->nr_owners; i++, owner++) {
		if (!module_has(owner->module, KVMWARDEN_HOOK_FAILED))
			continue;
		arm_owner(owner);
		any = true;
	}
	return any;
}

/* Prove on this kernel, before anything relies on it, that hooks work. */
static int canary_arm(void)
{
	int err;

	if (kw_canary_hook.state != KVMWARDEN_HOOK_STUCK)
		hook_arm_at(&kw_canary_hook,
			    (unsigned long)kw_canary_hook.target);
	report(&kw_canary_hook);
	if (kw_canary_hook.state != KVMWARDEN_HOOK_ARMED)
		return kw_canary_hook.error;

	err = kw_canary_check();
	hook_alive = !err;
	if (err)
		pr_err("self-test failed: a hooked function %s; hooks do not work on this kernel\n",
		       err == -EBADE ? "got its arguments wrong" :
				       "was not refused");
	return err;
}

static int disarm_all(void)
{
	unsigned int i;
	int err = 0;

	for (i = hook_setup->nr_owners; i--;)
		if (disarm_module(hook_setup->owners[i].module,
				  KVMWARDEN_HOOK_OFF))
			err = -EIO;
	hook_disarm_to(&kw_canary_hook, KVMWARDEN_HOOK_OFF);
	if (kw_canary_hook.state == KVMWARDEN_HOOK_STUCK)
		err = -EIO;
	return err;
}

/* Other than for a rival, nobody has to be told which hook it is about. */
static bool short_of_memory(void)
{
	struct kw_hook *hook;
	unsigned int n;

	for (n = 0; (hook = hook_at(n)); n++)
		if (hook->state == KVMWARDEN_HOOK_FAILED &&
		    hook->error == -ENOMEM)
			return true;
	return false;
}

static int arm_all(void)
{
	unsigned int i;
	int err;

	err = canary_arm();
	for (i = 0; i < hook_setup->nr_owners && !err; i++)
		arm_owner(&hook_setup->owners[i]);
	if (!err && short_of_memory())
		err = -ENOMEM;
	if (err) {
		disarm_all();
		return err;
	}
	schedule_delayed_work(&canary_timer, CANARY_PERIOD);
	return 0;
}

/**
 * kw_hook_arm() - arm all hooks, those of modules still to come as they come
 *
 * Holds a reference on this module until kw_hook_disarm().
 *
 * Context: may sleep.
 * Return: 1 if they were off before, 0 if not, -ENOMEM, or another negative errno
 * if hooks do not work on this kernel; then all are off.
 */
int kw_hook_arm(void)
{
	int ret = 0;

	mutex_lock(&hook_mutex);
	if (!hook_wanted) {
		ret = arm_all();
		if (!ret) {
			__module_get(THIS_MODULE);
			hook_wanted = true;
			ret = 1;
		}
	}
	mutex_unlock(&hook_mutex);
	return ret;
}

/**
 * kw_hook_retry() - try again to arm those that could not be armed
 *
 * Context: may sleep.
 * Return: true if there were any.
 */
bool kw_hook_retry(void)
{
	bool any;

	mutex_lock(&hook_mutex);
	any = hook_wanted && retry_failed();
	mutex_unlock(&hook_mutex);
	return any;
}

/**
 * kw_hook_disarm() - take all hooks off
 *
 * When it returns 0 no verdict is being asked for any more.
 *
 * Context: may sleep.
 * Return: 0, or -EIO if ftrace keeps a hook; this module then stays loaded.
 */
int kw_hook_disarm(void)
{
	bool held;
	int err;

	mutex_lock(&hook_mutex);
	held = hook_wanted;
	hook_wanted = false;
	err = disarm_all();
	mutex_unlock(&hook_mutex);

	cancel_delayed_work_sync(&canary_timer);
	/* what is stuck has taken a reference of its own */
	if (held)
		module_put(THIS_MODULE);
	return err;
}

/**
 * kw_hook_armed() - are hooks armed, or will they be as modules come?
 *
 * Return: true if so.
 */
bool kw_hook_armed(void)
{
	return READ_ONCE(hook_wanted);
}

/**
 * kw_hook_alive() - ask the canary whether hooks fire
 *
 * Context: may sleep.
 * Return: true if so.
 */
bool kw_hook_alive(void)
{
	bool alive;

	mutex_lock(&hook_mutex);
	alive = hook_wanted && canary_ask();
	mutex_unlock(&hook_mutex);
	return alive;
}

/**
 * kw_hook_need() - say what policy cannot do without
 * @features: KVMWARDEN_FEATURE_*: a module in which hooks for these cannot be
 *	armed is not loaded from now on
 *
 * Context: may sleep.
 */
void kw_hook_need(u64 features)
{
	mutex_lock(&hook_mutex);
	hook_needed = features;
	mutex_unlock(&hook_mutex);
}

/**
 * kw_hook_lacking() - is there a hook that is needed and cannot be had?
 * @features: KVMWARDEN_FEATURE_* that are needed
 *
 * A hook whose module is not loaded is not lacking: it will be armed, or the
 * module refused.
 *
 * Context: may sleep.
 * Return: the name of such a function, else NULL.
 */
const char *kw_hook_lacking(u64 features)
{
	const char *lacking = NULL;
	struct kw_hook *hook;
	unsigned int n;

	mutex_lock(&hook_mutex);
	for (n = 0; (hook = hook_at(n)); n++)
		if (!lacking && (hook->features & features) &&
		    !guarded(hook) && hook->state != KVMWARDEN_HOOK_WAITING)
			lacking = hook->function;
	mutex_unlock(&hook_mutex);
	return lacking;
}

/**
 * kw_hook_count() - how many hooks there are
 *
 * Return: their number.
 */
unsigned int kw_hook_count(void)
{
	unsigned int t, count = 0;

	for (t = 0; t < hook_setup->nr_tables; t++)
		count += hook_setup->tables[t]->nr;
	return count;
}

/**
 * kw_hook_get() - tell of one hook
 * @index: which, from 0
 * @to: filled in but for its size and index
 *
 * Context: may sleep.
 * Return: 0, or -ENOENT beyond the last.
 */
int kw_hook_get(unsigned int index, struct kvmwarden_hook *to)
{
	const struct kw_hook *hook = hook_at(index);

	if (!hook)
		return -ENOENT;
	mutex_lock(&hook_mutex);
	to->state = hook->state;
	to->error = hook->error;
	mutex_unlock(&hook_mutex);
	to->features = hook->features;
	strscpy(to->function, hook->function, sizeof(to->function));
	strscpy(to->module, hook->module, sizeof(to->module));
	return 0;
}

/**
 * kw_hook_init() - make ready to arm
 * @setup: all there is to hook; must stay
 *
 * Context: module load.
 * Return: 0 or a negative errno.
 */
int kw_hook_init(const struct kw_hook_setup *setup)
{
	hook_setup = setup;
	return register_module_notifier(&hook_module_block);
}

/**
 * kw_hook_exit() - undo kw_hook_init(); hooks must be off
 *
 * Context: module unload.
 */
void kw_hook_exit(void)
{
	unregister_module_notifier(&hook_module_block);
}
