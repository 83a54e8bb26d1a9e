// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that runs a guest of its own: that of the tests of nested
 * virtualization, with the little of their frame that it needs.
 */
#include "../kvm/fixture.h"
#include "../kvm/nested.h"
#include "clock.h"
#include "nesting.h"
#include "vmm.h"

int kvm = -1, warden = -1;

static struct machine machine;

bool check(bool holds, const char *what, const char *file, int line)
{
	(void)file;
	(void)line;
	must(holds, what);
	return holds;
}

bool check_equal(int64_t got, int64_t want, const char *what, const char *file,
		 int line)
{
	return check(got == want, what, file, line);
}

int new_vm(void)
{
	return vmm_vm(kvm);
}

/**
 * nesting_begin() - make the guest
 */
void nesting_begin(void)
{
	kvm = vmm_open();
	vendor = &nested_amd;
	machine_start(&machine, true);
	must(next_letter(&machine) == SAYS_DONE, "a guest's guest");
}

/**
 * once_nested() - have the guest run its own guest once, and say so
 *
 * Return: how many instructions that takes.
 */
uint64_t once_nested(void)
{
	uint64_t start = now(), took;
	int letter = next_letter(&machine);

	took = now() - start;
	must(letter == SAYS_DONE, "a guest's guest");
	return took;
}
