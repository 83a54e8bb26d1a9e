// SPDX-License-Identifier: GPL-2.0
/* Where a function of another module is. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/string.h>

#include "symbol.h"

static int probe_address(const char *symbol, unsigned long *address)
{
	/* disabled: looked up and checked, but nothing is patched */
	struct kprobe probe = {
		.symbol_name = symbol,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err;

	err = register_kprobe(&probe);
	if (err)
		return err;
	unregister_kprobe(&probe);
	*address = (unsigned long)probe.addr;
	return 0;
}

/* An unqualified name could be any other module's. */
static bool is_built_in(const char *module)
{
	if (!strcmp(module, "kvm_amd"))
		return IS_BUILTIN(CONFIG_KVM_AMD);
	if (!strcmp(module, "kvm_intel"))
		return IS_BUILTIN(CONFIG_KVM_INTEL);
	return IS_BUILTIN(CONFIG_KVM);
}

/**
 * kw_symbol_find() - find a function that is not exported
 * @module: the module it is in, or would be in were KVM not built in
 * @function: its name
 * @address: set to its address, or to 0
 *
 * Where the kernel has IBT, the address may be that of the instruction behind
 * the function's ENDBR. The caller keeps @module from going away.
 *
 * Context: may sleep.
 * Return: 0; -ENOENT if there is none; or another negative errno, by which
 * nobody knows whether there is.
 */
int kw_symbol_find(const char *module, const char *function,
		   unsigned long *address)
{
	char qualified[MODULE_NAME_LEN + KSYM_NAME_LEN];

	*address = 0;
	if (snprintf(qualified, sizeof(qualified), "%s:%s", module,
		     function) >= sizeof(qualified))
		return -ENAMETOOLONG;
	return probe_address(is_built_in(module) ? function : qualified,
			     address);
}
