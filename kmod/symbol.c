// SPDX-License-Identifier: GPL-2.0
/* Where a function of another module is. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "symbol.h"

/*
 * Looked up and checked, but nothing is patched: they are disabled. To remove one
 * takes an RCU grace period, so all of a search are removed together.
 */
#define PROBES	32

/* Protects what follows. */
static DEFINE_MUTEX(probes_mutex);
static struct kprobe probes[PROBES];
static unsigned int nr_probes;

static void remove_probes(void)
{
	struct kprobe *all[PROBES];
	unsigned int i;

	for (i = 0; i < nr_probes; i++)
		all[i] = &probes[i];
	unregister_kprobes(all, nr_probes);
	nr_probes = 0;
}

/* Under probes_mutex. */
static int probe_address(const char *symbol, unsigned long *address)
{
	struct kprobe *probe;
	int err;

	if (nr_probes == PROBES)
		remove_probes();
	probe = &probes[nr_probes];
	*probe = (struct kprobe){
		.symbol_name = symbol,
		.flags = KPROBE_FLAG_DISABLED,
	};
	err = register_kprobe(probe);
	if (err)
		return err;
	nr_probes++;
	/* the caller's */
	probe->symbol_name = NULL;
	*address = (unsigned long)probe->addr;
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
 * the function's ENDBR. The caller keeps @module from going away, and calls
 * kw_symbol_done() after the last of its searches.
 *
 * Context: may sleep.
 * Return: 0; -ENOENT if there is none; or another negative errno, by which
 * nobody knows whether there is.
 */
int kw_symbol_find(const char *module, const char *function,
		   unsigned long *address)
{
	char qualified[MODULE_NAME_LEN + KSYM_NAME_LEN];
	int err;

	*address = 0;
	if (snprintf(qualified, sizeof(qualified), "%s:%s", module,
		     function) >= sizeof(qualified))
		return -ENAMETOOLONG;
	mutex_lock(&probes_mutex);
	err = probe_address(is_built_in(module) ? function : qualified,
			    address);
	mutex_unlock(&probes_mutex);
	return err;
}

/**
 * kw_symbol_done() - leave nothing behind of searches
 *
 * Context: may sleep.
 */
void kw_symbol_done(void)
{
	mutex_lock(&probes_mutex);
	if (nr_probes)
		remove_probes();
	mutex_unlock(&probes_mutex);
}
