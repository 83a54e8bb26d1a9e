// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation fails as hooks are armed, with a VM there, and as the module is
 * loaded: see faults.c. All hooks are armed afterwards or none; where one is not,
 * policy that needs it is refused; and once there is memory all is as it should
 * be, without anything else being done about it.
 *
 *	faults_load [SEED|- [STRIDE]]
 *
 * Where a call takes long, for hooks were armed and taken off again, up to
 * STRIDE - 1 of the next allocations are passed over, at random; 1: none.
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

#define MOST		5000
#define LONG_MS		700
#define FUNCTIONS	"/sys/kernel/tracing/enabled_functions"

static unsigned int seed, stride = 60;

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

/* And that is hooked by the next one. */
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
	complete(vm);
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

/* The next allocation to fail, after one that took so long. */
static unsigned int next(unsigned int n, uint64_t begun)
{
	if (now_ms() - begun < LONG_MS)
		return n + 1;
	return n + 1 + rand_r(&seed) % stride;
}

/* Have @call fail in all ways, and look at what comes of it. */
static void each(int (*call)(void), void (*done)(int vm),
		 void (*refused)(int err), int vm)
{
	unsigned int n = 1, calls = 0, refusals = 0;
	bool failed = true;
	uint64_t begun;
	int ret;

	for (; n < MOST && failed && !test_failed(); calls++) {
		begun = now_ms();
		if (warden >= 0)
			warden_status(warden, &before);
		ret = nth_call(n, call, &failed);
		if (ret)
			refused(ret);
		else
			done(vm);
		refusals += !!ret;
		if (test_failed())
			ksft_print_msg("allocation %u: %d\n", n, ret);
		n = next(n, begun);
	}
	CHECK(n < MOST);
	ksft_print_msg("%u calls, up to allocation %u; %u refused\n", calls, n,
		       refusals);
}

static int vm_with_vcpu(void)
{
	int vm = new_vm();

	CHECK(close(vmm_vcpu(vm, 0)) == 0);
	return vm;
}

static void arming(void)
{
	int vm;

	take_off_hooks();
	vm = vm_with_vcpu();
	each(apply, armed, not_armed, vm);
	complete(vm);
	close(vm);
}

static void loading(void)
{
	int vm;

	vm = vm_with_vcpu();
	unload_module();
	/* reads the file, which is not to fail */
	load_and_open();
	unload_module();
	each(load_module, loaded, not_loaded, vm);
	load_and_open();
	complete(vm);
	close(vm);
}

static const struct test tests[] = {
	{ "hooks are armed", arming },
	{ "the module is loaded", loading },
};

int main(int argc, char **argv)
{
	seed = seed_of(argc, argv, &stride);
	nth_open();
	return fixture_main(tests, ARRAY_SIZE(tests));
}
