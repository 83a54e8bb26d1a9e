// SPDX-License-Identifier: GPL-2.0
/*
 * A VMM that does as it is told, on standard input.
 *
 *	holdvm VCPUS BYTES [irqchip]	a VM with vCPUs and one slot; says "ready"
 *
 * Then, for each line, "ok" or the name of the error:
 *
 *	vcpu			one more vCPU
 *	slot BYTES		one more slot
 *	ioeventfd, zone, irqfd	one more of these; irqfds need the irqchip
 *	routes N		a table of so many interrupt routes
 *	nest			AMD: put the last vCPU into a VM of its own; "ok"
 *				also if that is what KVM itself does not do
 *
 * What is refused before it is ready ends it, with the name of the error.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include "items.h"
#include "kselftest.h"
#include "vmm.h"

static unsigned int vcpus, slots;
static int vcpu_fd = -1;		/* of the last vCPU */
static unsigned long long end;		/* of the last slot */

static int add_vcpu(int vm, uint64_t unused)
{
	int ret = vmm_vcpu(vm, vcpus);

	(void)unused;
	if (ret < 0)
		return ret;
	vcpus++;
	vcpu_fd = ret;
	return 0;
}

static int add_slot(int vm, uint64_t size)
{
	int ret = vmm_slot(vm, slots, 0, end, size);

	if (ret)
		return ret;
	slots++;
	end += size;
	return 0;
}

static const char *answer(int ret)
{
	return ret < 0 ? strerrorname_np(-ret) : "ok";
}

static void must(int ret)
{
	if (ret >= 0)
		return;
	puts(answer(ret));
	exit(1);
}

static int add_ioeventfd(int vm, uint64_t unused)
{
	static unsigned int n;

	(void)unused;
	return vmm_ioeventfd(vm, n++, eventfd(0, EFD_CLOEXEC), true);
}

static int add_zone(int vm, uint64_t unused)
{
	static unsigned int n;

	(void)unused;
	return vmm_zone(vm, n++, true);
}

static int add_irqfd(int vm, uint64_t unused)
{
	static unsigned int n;

	(void)unused;
	return vmm_irqfd(vm, n++, eventfd(0, EFD_CLOEXEC), true);
}

static int set_routes(int vm, uint64_t n)
{
	return vmm_routes(vm, n);
}

/* KVM itself takes no such state, but only after it was asked for */
static int nest(int vm, uint64_t unused)
{
#ifdef __x86_64__
	struct kvm_nested_state state = {
		.flags = KVM_STATE_NESTED_GUEST_MODE,
		.format = KVM_STATE_NESTED_FORMAT_SVM,
		.size = sizeof(state),
	};

	(void)vm;
	(void)unused;
	if (!ioctl(vcpu_fd, KVM_SET_NESTED_STATE, &state) || errno == EINVAL)
		return 0;
	return -errno;
#else
	(void)vm;
	(void)unused;
	return -ENOTTY;
#endif
}

static const struct {
	const char *word;
	int (*run)(int vm, uint64_t number);
} orders[] = {
	{ "vcpu", add_vcpu },
	{ "slot", add_slot },
	{ "ioeventfd", add_ioeventfd },
	{ "zone", add_zone },
	{ "irqfd", add_irqfd },
	{ "routes", set_routes },
	{ "nest", nest },
};

#define NR_ORDERS	(sizeof(orders) / sizeof((orders)[0]))

static const char *obey(int vm, char *line)
{
	char *number = line + strcspn(line, "\n ");
	size_t i;

	for (i = 0; i < NR_ORDERS; i++) {
		if (!strncmp(line, orders[i].word, number - line))
			return answer(orders[i].run(vm, strtoull(number, NULL,
								 0)));
	}
	return "what?";
}

int main(int argc, char **argv)
{
	unsigned long n;
	char line[64];
	int vm;

	if (argc < 3 || argc > 4) {
		fputs("holdvm: see its source\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	vm = vmm_vm(vmm_open());
	must(vm);
	if (argc == 4 && ioctl(vm, KVM_CREATE_IRQCHIP, 0))
		must(-errno);
	for (n = strtoul(argv[1], NULL, 0); n; n--)
		must(add_vcpu(vm, 0));
	must(add_slot(vm, strtoull(argv[2], NULL, 0)));
	puts("ready");
	while (fgets(line, sizeof(line), stdin))
		puts(obey(vm, line));
	return 0;
}
