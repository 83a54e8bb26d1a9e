// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded by a VMM, it says that KVM has nested virtualization, whatever KVM
 * says. The kernel's selftests ask first and skip what is not there: with this
 * they are VMMs that do it all the same.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <linux/kvm.h>

#define LEAF_VMX	1
#define CPUID_VMX	(1U << 5)	/* in ECX */
#define LEAF_SVM	0x80000001
#define CPUID_SVM	(1U << 2)	/* in ECX */
#define LEAF_SVM_MORE	0x8000000a

/* Behind the header: a VMCB, or the guest's VMCS and its shadow. */
#define STATE_SVM	0x1000
#define STATE_VMX	0x2000

static bool has(unsigned int leaf, unsigned int bit)
{
	unsigned int a, b, c, d;

	return __get_cpuid(leaf, &a, &b, &c, &d) && (c & bit);
}

static void lie_of_cpuid(struct kvm_cpuid2 *cpuid)
{
	unsigned int i;

	for (i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

		if (entry->function == LEAF_VMX && has(LEAF_VMX, CPUID_VMX))
			entry->ecx |= CPUID_VMX;
		if (!has(LEAF_SVM, CPUID_SVM))
			continue;
		if (entry->function == LEAF_SVM)
			entry->ecx |= CPUID_SVM;
		if (entry->function == LEAF_SVM_MORE && !entry->eax)
			__get_cpuid(LEAF_SVM_MORE, &entry->eax, &entry->ebx,
				    &entry->ecx, &entry->edx);
	}
}

static int state_size(void)
{
	return sizeof(struct kvm_nested_state) +
	       (has(LEAF_SVM, CPUID_SVM) ? STATE_SVM : STATE_VMX);
}

int ioctl(int fd, unsigned long request, ...)
{
	static int (*real)(int fd, unsigned long request, void *arg);
	va_list args;
	void *arg;
	int ret;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (!real)
		real = (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT,
								  "ioctl");
	ret = real(fd, request, arg);
	if (request == KVM_GET_SUPPORTED_CPUID && !ret)
		lie_of_cpuid(arg);
	if (request == KVM_CHECK_EXTENSION && !ret &&
	    (size_t)arg == KVM_CAP_NESTED_STATE)
		return state_size();
	return ret;
}
