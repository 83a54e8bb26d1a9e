// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation fails as hooks are armed, with a VM there, and as the module is
 * loaded: see faults.c. All hooks are armed afterwards, and what was applied is
 * enforced, or none is, and it was refused; and once there is memory all is as it
 * should be, without anything else being done about it.
 *
 * Hundreds of times hooks are armed and taken off again, mostly waiting for the
 * kernel: in the test bed with --icount, where nobody waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fixture.h"
#include "kselftest.h"
#include "nth.h"
#include "vmm.h"

/* More than there are */
#define MOST		5000
/* So often the module's first function is not called before we are below it. */
#define SPARE		3
#define TRACING		"/sys/kernel/tracing/"
#define FUNCTIONS	TRACING "enabled_functions"
#define INITCALLS	TRACING "events/initcall/initcall_start/enable"

/* before hooks are to be armed */
static struct kvmwarden_status before;

/* Those that are not as they should be, if that is @wanted or not to be had. */
static unsigned int hooks_not(enum kvmwarden_hook_state wanted)
{
	struct kvmwarden_hook hook = { .size = sizeof(hook) };
	unsigned int others = 0;

	for (; !ioctl(warden, KVMWARDEN_HOOK_GET, &hook); hook.index++) {
		if (hook.state == wanted || hook.state == KVMWARDEN_HOOK_ABSENT ||
		    (wanted == KVMWARDEN_HOOK_ARMED &&
		     hook.state == KVMWARDEN_HOOK_WAITING))
			continue;
		ksft_print_msg("%s: state %u (%d)\n", hook.function, hook.state,
			       hook.error);
		others++;
	}
	return others;
}

/* ftrace's own word for it */
static bool ftrace_has_us(void)
{
	char line[512];
	bool has = false;
	FILE *file;

	file = fopen(FUNCTIONS, "r");
	if (!CHECK(file))
		return true;
	while (fgets(line, sizeof(line), file))
		has |= strstr(line, "kvmwarden") || strstr(line, "kw_canary");
	fclose(file);
	return has;
}

/* One VM with one vCPU, no more. */
static void limited(struct warden_policy *policy)
{
	struct kvmwarden_class *class;

	warden_policy_init(policy);
	policy->host.vms = 1;
	class = warden_add(policy, "default");
	class->vm.of[KVMWARDEN_LIMIT_VCPUS] = 1;
	class->deny = KVMWARDEN_DENY_NESTED;
}

static int apply(void)
{
	struct warden_policy policy;

	limited(&policy);
	return warden_commit(warden, &policy);
}

/* What was accepted is enforced, whatever else could not be hooked. */
static void in_force(int vm)
{
	struct kvmwarden_status status;

	warden_status(warden, &status);
	CHECK(status.state & KVMWARDEN_STATE_ARMED);
	CHECK(status.state & KVMWARDEN_STATE_CANARY);
	EQUAL(vmm_vm(kvm), -EDQUOT);
	EQUAL(vmm_vcpu(vm, 1), -EDQUOT);
	USED(1, 1, 0);
}

static void complete(int vm)
{
	EQUAL(apply(), 0);
	EQUAL(hooks_not(KVMWARDEN_HOOK_ARMED), 0);
	in_force(vm);
}

static void not_armed(int err)
{
	struct kvmwarden_status now;

	CHECK(err == -ENOMEM || err == -EOPNOTSUPP);
	warden_status(warden, &now);
	CHECK(!(now.state & KVMWARDEN_STATE_ARMED));
	EQUAL(now.generation, before.generation);
	EQUAL(hooks_not(KVMWARDEN_HOOK_OFF), 0);
	CHECK(!ftrace_has_us());
}

static void armed(int vm)
{
	in_force(vm);
	EQUAL(hooks_not(KVMWARDEN_HOOK_ARMED), 0);
	take_off_hooks();
}

/* The kernel has more ways to say so than one. */
static void not_loaded(int err)
{
	CHECK(err < 0 && err != -EEXIST);
	CHECK(access("/sys/module/kvmwarden", F_OK));
	CHECK(access(KVMWARDEN_DEVICE, F_OK));
	CHECK(!ftrace_has_us());
}

static void loaded(int vm)
{
	warden = warden_open();
	complete(vm);
	unload_module();
}

/* Have an allocation of @call fail, if it makes so many, and look at it. */
static bool once(unsigned int n, int (*call)(void), void (*done)(int vm),
		 void (*refused)(int err), int vm)
{
	unsigned int left;
	int ret;

	if (warden >= 0)
		warden_status(warden, &before);
	ret = nth_call(n, call, &left);
	if (ret)
		refused(ret);
	else
		done(vm);
	if (test_failed())
		ksft_print_msg("allocation %u: %d\n", n, ret);
	else if (n % 50 == 0)
		ksft_print_msg("allocation %u\n", n);
	return !left;
}

static int vm_with_vcpu(void)
{
	int vm = new_vm();

	CHECK(close(vmm_vcpu(vm, 0)) == 0);
	return vm;
}

static void arming(enum nth_kind kind)
{
	unsigned int n = 1;
	int vm;

	nth_choose(kind);
	take_off_hooks();
	vm = vm_with_vcpu();
	while (once(n, apply, armed, not_armed, vm) && !test_failed() &&
	       CHECK(n < MOST))
		n++;
	ksft_print_msg("%u allocations failed\n", n - 1);
	CHECK(n > 1);
	complete(vm);
	close(vm);
}

static void arming_objects(void)
{
	arming(NTH_OBJECTS);
}

static void arming_pages(void)
{
	arming(NTH_PAGES);
}

/*
 * Has a module's first function been called, since this was asked last? There is
 * no other module to be loaded, and of this one the trace does not know the name
 * any more.
 */
static bool begun(void)
{
	char line[256];
	bool has = false;
	FILE *file;

	file = fopen(TRACING "trace", "r");
	if (!CHECK(file))
		return false;
	while (fgets(line, sizeof(line), file))
		has |= !!strstr(line, "initcall_start:");
	fclose(file);
	/* is forgotten when it is opened so */
	CHECK(!close(open(TRACING "trace", O_WRONLY | O_TRUNC | O_CLOEXEC)));
	return has;
}

/* How many allocations that takes. */
static unsigned int count_loading(void)
{
	unsigned int left;

	if (nth_call(MOST, load_module, &left))
		ksft_exit_fail_msg("insmod: it failed\n");
	warden = warden_open();
	unload_module();
	return MOST - left;
}

/* From @first on, for it is not always the same number; return how many failed. */
static unsigned int load_upwards(unsigned int first, int vm)
{
	unsigned int n = first;

	while (once(n, load_module, loaded, not_loaded, vm) && !test_failed() &&
	       CHECK(n < MOST))
		n++;
	return n - first;
}

/* Those that the module makes come last: before them, the kernel lays it out. */
static unsigned int load_downwards(unsigned int n, int vm)
{
	unsigned int failures = 0, without = 0;

	begun();
	while (n && without < SPARE && !test_failed()) {
		failures += once(n--, load_module, loaded, not_loaded, vm);
		without += !begun();
	}
	CHECK(without == SPARE);
	return failures;
}

static void loading(enum nth_kind kind)
{
	unsigned int n, failures;
	int vm;

	nth_choose(kind);
	CHECK(!put_file(INITCALLS, "1"));
	vm = vm_with_vcpu();
	unload_module();
	/* reads the file, which is not to fail */
	load_and_open();
	unload_module();
	n = count_loading();
	failures = load_upwards(n, vm);
	failures += load_downwards(n - 1, vm);
	ksft_print_msg("%u allocations failed, of some %u\n", failures, n);
	CHECK(failures > SPARE);
	load_and_open();
	complete(vm);
	close(vm);
	CHECK(!put_file(INITCALLS, "0"));
}

static void loading_objects(void)
{
	loading(NTH_OBJECTS);
}

static void loading_pages(void)
{
	loading(NTH_PAGES);
}

static const struct test tests[] = {
	{ "hooks are armed", arming_objects },
	{ "hooks are armed: pages", arming_pages },
	{ "the module is loaded", loading_objects },
	{ "the module is loaded: pages", loading_pages },
};

int main(void)
{
	nth_open();
	return fixture_main(tests, ARRAY_SIZE(tests));
}
