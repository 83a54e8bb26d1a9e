// SPDX-License-Identifier: GPL-2.0
/*
 * A VMM that does as it is told, on standard input.
 *
 *	holdvm VCPUS BYTES	a VM with vCPUs and one slot; says "ready"
 *
 * Then, for each line, "ok" or the name of the error:
 *
 *	vcpu			one more vCPU
 *	slot BYTES		one more slot
 *
 * What is refused before it is ready ends it, with the name of the error.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest.h"
#include "vmm.h"

static unsigned int vcpus, slots;
static unsigned long long end;		/* of the last slot */

static int add_vcpu(int vm)
{
	int ret = vmm_vcpu(vm, vcpus);

	if (ret >= 0)
		vcpus++;
	return ret;
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

static void obey(int vm)
{
	char line[64];

	while (fgets(line, sizeof(line), stdin)) {
		if (!strncmp(line, "vcpu", 4))
			puts(answer(add_vcpu(vm)));
		else if (!strncmp(line, "slot ", 5))
			puts(answer(add_slot(vm, strtoull(line + 5, NULL, 0))));
		else
			puts("what?");
	}
}

int main(int argc, char **argv)
{
	unsigned long n;
	int vm;

	if (argc != 3) {
		fputs("holdvm: see its source\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	vm = vmm_vm(vmm_open());
	must(vm);
	for (n = strtoul(argv[1], NULL, 0); n; n--)
		must(add_vcpu(vm));
	must(add_slot(vm, strtoull(argv[2], NULL, 0)));
	puts("ready");
	obey(vm);
	return 0;
}
