// SPDX-License-Identifier: GPL-2.0
/* What is measured: calls of KVM's, each in instructions. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "calls.h"
#include "items.h"
#include "kselftest.h"
#include "nesting.h"
#include "vmm.h"
#include "vmm_arch.h"

/* What is odd about the first ones is not ours. */
#define WARM_UP		5
#define TIMES_SHORT	31
#define TIMES_MAX	101

#define GSI		5
#define NR_ROUTES	16
#define NR_CPUID	128
#define NR_MSRS		1024

/* the first byte of the spurious interrupt vector register, and its APIC bit */
#define APIC_SPIV	0xf0
#define APIC_ENABLED	0x1ff

#define MSI_ADDRESS	0xfee00000U
#define MSI_VECTOR	0x20U

bool is_short;

static int kvm = -1;

/* A VM that is there all the time, and one with interrupt controllers. */
static int vm_fd, vcpu_fd, irq_vm_fd, event_fd;
static struct kvm_run *vcpu_run;

static union {
	struct kvm_irq_routing head;
	char room[sizeof(struct kvm_irq_routing) +
		  NR_ROUTES * sizeof(struct kvm_irq_routing_entry)];
} routes;

static union {
	struct kvm_cpuid2 head;
	char room[sizeof(struct kvm_cpuid2) +
		  NR_CPUID * sizeof(struct kvm_cpuid_entry2)];
} cpuid;

static union {
	struct kvm_msr_list head;
	char room[sizeof(struct kvm_msr_list) + NR_MSRS * sizeof(uint32_t)];
} msrs;

/* The clock itself, and a loop of 2 instructions a turn. */
static uint64_t loop(unsigned long turns)
{
	uint64_t start = now();

	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r" (turns));
	return now() - start;
}

static uint64_t once_loop_1(void)
{
	return loop(1);
}

static uint64_t once_loop_1001(void)
{
	return loop(1001);
}

/* A string instruction counts once a turn, however fast it is in hardware. */
static uint64_t once_string_1000(void)
{
	static char room[1000];
	unsigned long turns = sizeof(room);
	char *to = room;
	uint64_t start = now();

	__asm__ volatile("rep stosb" : "+D" (to), "+c" (turns) : "a" (0) :
			 "memory");
	return now() - start;
}

static uint64_t once_create_vm(void)
{
	uint64_t start = now(), took;
	int vm = vmm_vm(kvm);

	took = now() - start;
	must(vm >= 0, "KVM_CREATE_VM");
	close(vm);
	return took;
}

static uint64_t once_refuse_vm(void)
{
	uint64_t start = now(), took;
	int vm = vmm_vm(kvm);

	took = now() - start;
	must(vm == -EDQUOT, "KVM_CREATE_VM, to be refused");
	return took;
}

/* KVM waits for readers of what it frees: not what is counted. */
static uint64_t once_destroy_vm(void)
{
	int vm = vmm_vm(kvm);
	uint64_t start;

	must(vm >= 0, "KVM_CREATE_VM");
	start = ours();
	close(vm);
	return ours() - start;
}

static uint64_t once_create_slot(void)
{
	uint64_t start = now(), took;
	int err = vmm_slot(vm_fd, 1, 0, GiB, VMM_PAGE);

	took = now() - start;
	must(!err, "creating a slot");
	vmm_delete(vm_fd, 1);
	return took;
}

static uint64_t once_delete_slot(void)
{
	int err = vmm_slot(vm_fd, 1, 0, GiB, VMM_PAGE);
	uint64_t start = now(), took;

	must(!err, "creating a slot");
	err = vmm_delete(vm_fd, 1);
	took = now() - start;
	must(!err, "deleting a slot");
	return took;
}

static uint64_t once_refuse_slot(void)
{
	uint64_t start = now(), took;
	int err = vmm_slot(vm_fd, 1, 0, GiB, 2 * MiB);

	took = now() - start;
	must(err == -EDQUOT, "creating a slot, to be refused");
	return took;
}

static uint64_t vcpu_of_new_vm(int want)
{
	int vm = vmm_vm(kvm), vcpu, first = -1;
	uint64_t start, took;

	must(vm >= 0, "KVM_CREATE_VM");
	/* the limit there is on vCPUs is 1 */
	if (want < 0)
		first = vmm_vcpu(vm, 0);
	start = now();
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 1);
	took = now() - start;
	must(want < 0 ? vcpu < 0 && errno == -want : vcpu >= 0,
	     "KVM_CREATE_VCPU");
	close(first);
	close(vcpu);
	close(vm);
	return took;
}

static uint64_t once_create_vcpu(void)
{
	return vcpu_of_new_vm(0);
}

static uint64_t once_refuse_vcpu(void)
{
	return vcpu_of_new_vm(-EDQUOT);
}

static uint64_t change_ioeventfd(bool there, bool wanted)
{
	uint64_t start, took;
	int err;

	must(there || !vmm_ioeventfd(vm_fd, 1, event_fd, true), "an ioeventfd");
	start = now();
	err = vmm_ioeventfd(vm_fd, 1, event_fd, wanted);
	took = now() - start;
	must(!err, "KVM_IOEVENTFD");
	must(!wanted || !vmm_ioeventfd(vm_fd, 1, event_fd, false),
	     "removing an ioeventfd");
	return took;
}

static uint64_t once_add_ioeventfd(void)
{
	return change_ioeventfd(true, true);
}

static uint64_t once_remove_ioeventfd(void)
{
	return change_ioeventfd(false, false);
}

static uint64_t change_irqfd(bool there, bool wanted)
{
	uint64_t start, took;
	int err;

	must(there || !vmm_irqfd(irq_vm_fd, GSI, event_fd, true), "an irqfd");
	/* when one goes, KVM waits for a thread of its own */
	start = ours();
	err = vmm_irqfd(irq_vm_fd, GSI, event_fd, wanted);
	took = ours() - start;
	must(!err, "KVM_IRQFD");
	must(!wanted || !vmm_irqfd(irq_vm_fd, GSI, event_fd, false),
	     "removing an irqfd");
	return took;
}

static uint64_t once_add_irqfd(void)
{
	return change_irqfd(true, true);
}

static uint64_t once_remove_irqfd(void)
{
	return change_irqfd(false, false);
}

/* An ioctl that needs nothing before or after. */
static uint64_t plain(int fd, unsigned long request, void *arg,
		      const char *name)
{
	uint64_t start = now(), took;
	int ret = ioctl(fd, request, arg);

	took = now() - start;
	must(ret >= 0, name);
	return took;
}

/* Here, too, KVM waits. */
static uint64_t once_set_routes(void)
{
	uint64_t start = ours(), took;
	int err = ioctl(irq_vm_fd, KVM_SET_GSI_ROUTING, &routes);

	took = ours() - start;
	must(!err, "KVM_SET_GSI_ROUTING");
	return took;
}

static uint64_t once_check_extension(void)
{
	return plain(vm_fd, KVM_CHECK_EXTENSION, (void *)KVM_CAP_NR_VCPUS,
		     "KVM_CHECK_EXTENSION");
}

static uint64_t once_get_cpuid(void)
{
	cpuid.head.nent = NR_CPUID;
	return plain(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid,
		     "KVM_GET_SUPPORTED_CPUID");
}

static uint64_t once_get_msr_list(void)
{
	msrs.head.nmsrs = NR_MSRS;
	return plain(kvm, KVM_GET_MSR_INDEX_LIST, &msrs,
		     "KVM_GET_MSR_INDEX_LIST");
}

static uint64_t once_run(void)
{
	uint64_t start = now(), took;
	int err = ioctl(vcpu_fd, KVM_RUN, 0);

	took = now() - start;
	must(!err && vmm_arch_exited(vcpu_run), "KVM_RUN");
	return took;
}

static uint64_t once_irq_line(void)
{
	struct kvm_irq_level line = { .irq = GSI, .level = 1 };
	uint64_t took = plain(irq_vm_fd, KVM_IRQ_LINE, &line, "KVM_IRQ_LINE");

	line.level = 0;
	plain(irq_vm_fd, KVM_IRQ_LINE, &line, "KVM_IRQ_LINE");
	return took;
}

static uint64_t once_msi(void)
{
	struct kvm_msi msi = {
		.address_lo = MSI_ADDRESS,
		.data = MSI_VECTOR,
	};

	return plain(irq_vm_fd, KVM_SIGNAL_MSI, &msi, "KVM_SIGNAL_MSI");
}

static uint64_t once_get_regs(void)
{
	struct kvm_regs regs;

	return plain(vcpu_fd, KVM_GET_REGS, &regs, "KVM_GET_REGS");
}

const struct call calls[] = {
	{ "KVM_RUN", once_run, 101 },
	{ "KVM_IRQ_LINE", once_irq_line, 101 },
	{ "KVM_SIGNAL_MSI", once_msi, 101 },
	{ "KVM_GET_REGS", once_get_regs, 101 },
	{ "remove ioeventfd", once_remove_ioeventfd, 101 },
	{ "KVM_RUN, nested", once_nested, 101 },
	{ "create VM", once_create_vm, 51 },
	{ "destroy VM", once_destroy_vm, 51 },
	{ "create vCPU", once_create_vcpu, 51 },
	{ "create slot", once_create_slot, 101 },
	{ "delete slot", once_delete_slot, 101 },
	{ "add ioeventfd", once_add_ioeventfd, 101 },
	{ "add irqfd", once_add_irqfd, 101 },
	{ "remove irqfd", once_remove_irqfd, 101 },
	{ "KVM_SET_GSI_ROUTING", once_set_routes, 101 },
	{ "KVM_CHECK_EXTENSION", once_check_extension, 101 },
	{ "KVM_GET_SUPPORTED_CPUID", once_get_cpuid, 101 },
	{ "KVM_GET_MSR_INDEX_LIST", once_get_msr_list, 101 },
};

const struct call refusals[] = {
	{ "refuse slot", once_refuse_slot, 101 },
	{ "refuse vCPU", once_refuse_vcpu, 51 },
};

const struct call refuse_vm = { "refuse VM", once_refuse_vm, 51 };

const struct call loops[] = {
	{ "loop of 2", once_loop_1, 101 },
	{ "loop of 2002", once_loop_1001, 101 },
	{ "string of 1000", once_string_1000, 101 },
};

const unsigned int nr_calls = ARRAY_SIZE(calls);
const unsigned int nr_refusals = ARRAY_SIZE(refusals);
const unsigned int nr_loops = ARRAY_SIZE(loops);

/**
 * kvm_open() - open /dev/kvm, for all that follows
 *
 * Return: its file descriptor.
 */
int kvm_open(void)
{
	if (kvm < 0)
		kvm = vmm_open();
	return kvm;
}

static void make_vm(void)
{
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	vm_fd = vmm_vm(kvm);
	vcpu_fd = vmm_vcpu(vm_fd, 0);
	must(vm_fd >= 0 && vcpu_fd >= 0, "a VM");
	vcpu_run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			vcpu_fd, 0);
	must(vcpu_run != MAP_FAILED, "mmap");
	must(!vmm_code(vm_fd, 0) && !vmm_arch_start(vcpu_fd), "the guest");
}

/* One whose vCPU takes the interrupts that it is sent. */
static void make_irq_vm(void)
{
	struct kvm_lapic_state lapic;
	uint32_t enabled = APIC_ENABLED;
	unsigned int i;
	int vcpu;

	irq_vm_fd = vmm_vm(kvm);
	must(irq_vm_fd >= 0 && !ioctl(irq_vm_fd, KVM_CREATE_IRQCHIP, 0),
	     "KVM_CREATE_IRQCHIP");
	vcpu = vmm_vcpu(irq_vm_fd, 0);
	must(vcpu >= 0 && !ioctl(vcpu, KVM_GET_LAPIC, &lapic), "KVM_GET_LAPIC");
	memcpy(lapic.regs + APIC_SPIV, &enabled, sizeof(enabled));
	must(!ioctl(vcpu, KVM_SET_LAPIC, &lapic), "KVM_SET_LAPIC");
	event_fd = eventfd(0, EFD_CLOEXEC);
	must(event_fd >= 0, "eventfd");
	routes.head.nr = NR_ROUTES;
	for (i = 0; i < NR_ROUTES; i++) {
		routes.head.entries[i].gsi = i;
		routes.head.entries[i].type = KVM_IRQ_ROUTING_IRQCHIP;
		routes.head.entries[i].u.irqchip.irqchip = KVM_IRQCHIP_IOAPIC;
		routes.head.entries[i].u.irqchip.pin = i;
	}
}

/**
 * more_vms() - create more VMs, which stay
 * @there: how many there are
 * @wanted: how many there shall be
 */
void more_vms(unsigned int there, unsigned int wanted)
{
	struct rlimit limit;

	must(!getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	must(!setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
	while (there++ < wanted)
		must(vmm_vm(kvm) >= 0, "one VM of many");
}

/**
 * leave_vms() - have VMs stay when this program ends
 *
 * To destroy thousands takes minutes. Whoever keeps them goes with the machine.
 */
void leave_vms(void)
{
	if (!fork())
		for (;;)
			pause();
}

/**
 * make_vms() - make what most of the calls need
 */
void make_vms(void)
{
	kvm_open();
	make_vm();
	make_irq_vm();
	nesting_begin();
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static unsigned int times(const struct call *call)
{
	return is_short ? TIMES_SHORT : call->times;
}

/**
 * call_named() - find a call
 * @name: its name
 *
 * Return: the call; the program ends if there is none.
 */
const struct call *call_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_calls; i++)
		if (!strcmp(calls[i].name, name))
			return &calls[i];
	must(false, name);
	return NULL;
}

/**
 * measure() - make a call, again and again, and print what it takes
 * @configuration: in which it is made
 * @call: the call
 */
void measure(const char *configuration, const struct call *call)
{
	unsigned int i, n = times(call);
	uint64_t took[TIMES_MAX];

	for (i = 0; i < WARM_UP; i++)
		call->once();
	for (i = 0; i < n; i++)
		took[i] = call->once();
	qsort(took, n, sizeof(took[0]), compare);
	printf("%s\t%s\t%llu\t%llu\t%llu\t%llu\n", configuration,
	       call->name, (unsigned long long)took[n / 2],
	       (unsigned long long)took[0], (unsigned long long)took[n / 4],
	       (unsigned long long)took[n * 3 / 4]);
}

/**
 * measure_calls() - measure all that are allowed
 * @configuration: in which they are made
 */
void measure_calls(const char *configuration)
{
	unsigned int i;

	for (i = 0; i < nr_calls; i++)
		measure(configuration, &calls[i]);
}
