// SPDX-License-Identifier: GPL-2.0
/*
 * VMMs that are killed, whatever they are doing: nothing stays charged.
 *
 *	kill [SEED [ROUNDS]]
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "fixture.h"
#include "vmm.h"

#define VMS	3
#define VCPUS	2

static unsigned int seed, rounds = 30;

static void killed_idle(void)
{
	struct puppet tenant;
	int64_t vm, i, j;

	puppet_start_as(&tenant, TENANT);
	for (i = 0; i < VMS; i++) {
		CHECK((vm = TELL(&tenant, do_vm)) >= 0);
		EQUAL(TELL(&tenant, do_slot, vm, 1, 0, GiB, MiB), 0);
		for (j = 0; j < VCPUS; j++)
			CHECK(TELL(&tenant, do_vcpu, vm, j) >= 0);
	}
	USED(VMS, VMS * VCPUS, VMS * MiB);
	puppet_kill(&tenant);
	CHECK(eventually_unused());
}

static void *run_guest(void *vcpu)
{
	/* returns only when this process dies */
	vmm_run(kvm, (intptr_t)vcpu, 1);
	return NULL;
}

/* KVM_RUN goes on in threads of its own. */
static int64_t do_run_endless(const int64_t *args)
{
	int64_t vcpu, i;
	pthread_t thread;
	int err;

	err = vmm_code_endless(args[0], 0);
	for (i = 0; !err && i < args[1]; i++) {
		vcpu = vmm_vcpu(args[0], i);
		if (vcpu < 0)
			return vcpu;
		err = -pthread_create(&thread, NULL, run_guest,
				      (void *)(intptr_t)vcpu);
	}
	return err;
}

static void killed_running(void)
{
	struct warden_policy policy;
	struct puppet tenant;
	int64_t vm, i;

	warden_policy_init(&policy);
	add_user(&policy, "tenant", TENANT)->vm.of[KVMWARDEN_LIMIT_VCPUS] = VCPUS;
	warden_apply(warden, &policy);
	for (i = 0; i < 5; i++) {
		puppet_start_as(&tenant, TENANT);
		CHECK((vm = TELL(&tenant, do_vm)) >= 0);
		EQUAL(TELL(&tenant, do_run_endless, vm, VCPUS), 0);
		EQUAL(TELL(&tenant, do_vcpu, vm, VCPUS), -EDQUOT);
		USED(1, VCPUS, VMM_PAGE);
		puppet_kill(&tenant);
		CHECK(eventually_unused());
	}
}

/* One process has the VM, another one keeps it alive. */
static void killed_but_held(void)
{
	int wire[2];
	char byte = 0;
	pid_t holder, vmm;
	int vm;

	CHECK(!pipe(wire));
	vmm = fork();
	if (!vmm) {
		vm = vmm_vm(kvm);
		holder = vm >= 0 ? fork() : -1;
		if (holder < 0)
			_exit(1);
		if (!holder) {
			close(wire[1]);
			prctl(PR_SET_PDEATHSIG, 0);
			_exit(read(wire[0], &byte, 1) != 0);
		}
		/* never waits for it */
		_exit(vmm_slot(vm, 0, 0, 0, MiB) != 0);
	}
	waitpid(vmm, NULL, 0);
	USED(1, 0, MiB);
	/* end of file for the holder, and so the end of the VM */
	close(wire[0]);
	close(wire[1]);
	CHECK(eventually_unused());
}

static int make_and_break(unsigned int random)
{
	int vms[VMS], slots[VMS] = { 0 };
	unsigned int i;

	for (i = 0; i < VMS; i++)
		vms[i] = -1;
	for (;;) {
		i = rand_r(&random) % VMS;
		if (vms[i] < 0) {
			vms[i] = vmm_vm(kvm);
			slots[i] = 0;
		} else if (rand_r(&random) % 4) {
			if (vmm_slot(vms[i], slots[i], 0, slots[i] * MiB, MiB))
				return 1;
			slots[i]++;
		} else if (rand_r(&random) % 2) {
			close(vmm_vcpu(vms[i], slots[i]));
		} else {
			close(vms[i]);
			vms[i] = -1;
		}
	}
}

/* It is busy with it from the first byte in the pipe on. */
static void kill_at_work(unsigned int *random)
{
	struct timespec delay = { .tv_nsec = rand_r(random) % 40000000 };
	int ready[2], status;
	char byte = 1;
	pid_t pid;

	CHECK(!pipe(ready));
	pid = fork();
	if (!pid) {
		close(ready[0]);
		if (write(ready[1], &byte, 1) != 1)
			_exit(1);
		_exit(make_and_break(rand_r(random)));
	}
	close(ready[1]);
	EQUAL(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	/* no event to wait for: any time is as good as another */
	nanosleep(&delay, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	CHECK(WIFSIGNALED(status));
	CHECK(eventually_unused());
}

static void killed_at_work(void)
{
	unsigned int random = seed, i;

	for (i = 0; i < rounds; i++) {
		kill_at_work(&random);
		/* another child of the same parent must do something else */
		rand_r(&random);
	}
}

static const struct test tests[] = {
	{ "a VMM is killed", killed_idle },
	{ "a VMM is killed while its guest runs", killed_running },
	{ "a VMM exits, but another process keeps its VM", killed_but_held },
	{ "a VMM is killed while it makes and breaks VMs", killed_at_work },
};

int main(int argc, char **argv)
{
	seed = now_ms();
	if (argc > 1)
		seed = strtoul(argv[1], NULL, 0);
	if (argc > 2)
		rounds = strtoul(argv[2], NULL, 0);
	printf("# seed %u\n", seed);
	return fixture_main(tests, ARRAY_SIZE(tests));
}
