// SPDX-License-Identifier: GPL-2.0
/*
 * VMs on demand.
 *
 *	mkvm vms N		create N VMs
 *	mkvm vcpus N		one VM with N vCPUs
 *	mkvm slots N BYTES	one VM with N memory slots
 *	mkvm hold VCPUS		a VM; says "ready", and waits to be killed
 *	mkvm pair		an idle VM, and one made by another thread, in
 *				which a guest runs; says "ready", and goes on
 *				until SIGTERM
 *	mkvm churn SECONDS	one thread runs a guest, another creates and destroys
 *				VMs, with pauses; until then, or until SIGTERM
 *
 * The first three say how far they came, and why not further: "2 EDQUOT".
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"
#include "vmm.h"

/*
 * Where processors take turns, whoever never waits has them alone half of the
 * time, and what is tested meanwhile takes twice as long.
 */
#define PAUSE_US	100000

static int kvm;
static atomic_bool stop;
static unsigned long runs, churns, refusals, failures;

static int must(int ret, const char *what)
{
	if (ret >= 0)
		return ret;
	printf("0 %s\n", strerrorname_np(-ret));
	fprintf(stderr, "mkvm: %s: %s\n", what, strerror(-ret));
	exit(1);
}

/* Tell how often it went well, and the error that ended it. */
static int tell(unsigned int n, int ret)
{
	printf("%u%s%s\n", n, ret < 0 ? " " : "",
	       ret < 0 ? strerrorname_np(-ret) : "");
	return 0;
}

static int make_vms(unsigned int n)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n && ret >= 0; i++)
		ret = vmm_vm(kvm);
	return tell(ret < 0 ? i - 1 : i, ret);
}

static int make_vcpus(unsigned int n)
{
	int ret = 0, vm = must(vmm_vm(kvm), "VM");
	unsigned int i;

	for (i = 0; i < n && ret >= 0; i++)
		ret = vmm_vcpu(vm, i);
	return tell(ret < 0 ? i - 1 : i, ret);
}

static int make_slots(unsigned int n, uint64_t size)
{
	int ret = 0, vm = must(vmm_vm(kvm), "VM");
	unsigned int i;

	for (i = 0; i < n && ret >= 0; i++)
		ret = vmm_slot(vm, i, 0, i * size, size);
	return tell(ret < 0 ? i - 1 : i, ret);
}

static void __attribute__((noreturn)) hold(unsigned int vcpus)
{
	int vm = must(vmm_vm(kvm), "VM");
	unsigned int i;

	must(vmm_slot(vm, 0, 0, 0, 16 * VMM_PAGE), "slot");
	for (i = 0; i < vcpus; i++)
		must(vmm_vcpu(vm, i), "vCPU");
	printf("ready\n");
	fflush(stdout);
	for (;;)
		pause();
}

static void end(int signal)
{
	(void)signal;
	stop = true;
}

static void *run_guest(void *data)
{
	int vm = must(vmm_vm(kvm), "VM"), vcpu;

	(void)data;
	must(vmm_code(vm, 0), "code");
	vcpu = must(vmm_vcpu(vm, 0), "vCPU");
	while (!stop) {
		if (vmm_run(kvm, vcpu, 100))
			failures++;
		runs++;
		usleep(PAUSE_US);
	}
	return NULL;
}

/* Whether refused or not is not our business, as long as nothing else is. */
static bool went_well(int ret)
{
	refusals += ret == -EDQUOT;
	failures += ret < 0 && ret != -EDQUOT;
	return ret >= 0;
}

static void churn_once(void)
{
	int vm = vmm_vm(kvm), vcpu;

	if (!went_well(vm))
		return;
	went_well(vmm_slot(vm, 0, 0, 0, 16 * VMM_PAGE));
	went_well(vmm_slot(vm, 1, 0, 1 << 20, 16 * VMM_PAGE));
	went_well(vmm_delete(vm, 0));
	vcpu = vmm_vcpu(vm, 0);
	if (went_well(vcpu))
		close(vcpu);
	close(vm);
	churns++;
}

static void *churn_vms(void *data)
{
	(void)data;
	while (!stop) {
		churn_once();
		usleep(PAUSE_US);
	}
	return NULL;
}

/* Their creation is far enough apart to be told by a clock in ticks */
static int pair(void)
{
	pthread_t thread;

	signal(SIGTERM, end);
	must(vmm_vm(kvm), "idle VM");
	usleep(200000);
	pthread_create(&thread, NULL, run_guest, NULL);
	printf("ready\n");
	fflush(stdout);
	pthread_join(thread, NULL);
	printf("%lu00 exits, %lu failures\n", runs, failures);
	return failures || !runs;
}

static int churn(unsigned int seconds)
{
	pthread_t threads[2];

	signal(SIGTERM, end);
	signal(SIGALRM, end);
	alarm(seconds);
	pthread_create(&threads[0], NULL, run_guest, NULL);
	pthread_create(&threads[1], NULL, churn_vms, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	printf("%lu00 exits, %lu VMs, %lu refusals, %lu failures\n", runs,
	       churns, refusals, failures);
	return failures || !runs || !churns;
}

int main(int argc, char **argv)
{
	unsigned int n = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	const char *what = argc > 1 ? argv[1] : "";

	kvm = vmm_open();
	if (!strcmp(what, "vms"))
		return make_vms(n);
	if (!strcmp(what, "vcpus"))
		return make_vcpus(n);
	if (!strcmp(what, "slots") && argc > 3)
		return make_slots(n, strtoull(argv[3], NULL, 0));
	if (!strcmp(what, "hold"))
		hold(n);
	if (!strcmp(what, "pair"))
		return pair();
	if (!strcmp(what, "churn"))
		return churn(n);
	fprintf(stderr, "mkvm: see its source\n");
	return 2;
}
