// SPDX-License-Identifier: GPL-2.0
/* Where a function of another module is. */
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/string.h>

#include "symbol.h"

static unsigned long probe_address(const char *symbol)
{
	/* disabled: looked up and checked, but nothing is patched */
	struct kprobe probe = {
		.symbol_name = symbol,
		.flags = KPROBE_FLAG_DISABLED,
	};

	if (register_kprobe(&probe))
		return 0;
	unregister_kprobe(&probe);
	return (unsigned long)probe.addr;
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
 * kw_symbol_address() - find a function that is not exported
 * @module: the module it is in, or would be in were KVM not built in
 * @function: its name
 *
 * Where the kernel has IBT, the address may be that of the instruction behind
 * the function's ENDBR. The caller keeps @module from going away.
 *
 * Context: may sleep.
 * Return: its address, or 0 if it does not exist or cannot be probed.
 */
unsigned long kw_symbol_address(const char *module, const char *function)
{
	char qualified[MODULE_NAME_LEN + KSYM_NAME_LEN];

	if (snprintf(qualified, sizeof(qualified), "%s:%s", module,
		     function) >= sizeof(qualified))
		return 0;
	return probe_address(is_built_in(module) ? function : qualified);
}
