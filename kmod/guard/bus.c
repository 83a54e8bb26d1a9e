// SPDX-License-Identifier: GPL-2.0
/* Something is put on a VM's bus. */
#include <linux/kvm_host.h>

#include <kvm/iodev.h>

#include "../vm.h"
#include "guard.h"

enum { COALESCED, IOEVENTFD };

static struct kw_symbol writes[] = {
	[COALESCED] = { .function = "coalesced_mmio_write" },
	[IOEVENTFD] = { .function = "ioeventfd_write" },
	{ }
};

static bool is_kind(const struct kvm_io_device *dev, unsigned int kind)
{
	return kw_is_function((unsigned long)dev->ops->write,
			      writes[kind].address);
}

/* Under kvm->slots_lock. One on the fast bus has a twin among these. */
static u64 ioeventfds(struct kvm *kvm)
{
	const struct kvm_io_bus *bus;
	u64 nr = 0;
	int i;

	for (i = 0; i < KVM_NR_BUSES; i++) {
		bus = kvm_get_bus(kvm, i);
		if (bus && i != KVM_FAST_MMIO_BUS)
			nr += bus->ioeventfd_count;
	}
	return nr;
}

/* Under kvm->slots_lock. */
static u64 zones(struct kvm *kvm)
{
	struct list_head *at;
	u64 nr = 0;

	list_for_each(at, &kvm->coalesced_zones)
		nr++;
	return nr;
}

/*
 * int kvm_io_bus_register_dev(struct kvm *kvm, enum kvm_bus bus_idx, gpa_t addr,
 *			       int len, struct kvm_io_device *dev)
 *
 * Holds kvm->slots_lock from before KVM looked at what there is until after it
 * has counted what it adds. KVM's own interrupt controllers and timers come
 * here, too.
 */
static long bus_add(const struct kw_regs *regs)
{
	struct kvm *kvm = (struct kvm *)kw_regs_arg(regs, 0);
	unsigned int bus = kw_regs_arg(regs, 1);
	const struct kvm_io_device *dev = (void *)kw_regs_arg(regs, 4);
	bool zone, ioeventfd;
	struct kw_vm *vm;
	u64 now;
	int err;

	zone = is_kind(dev, COALESCED);
	ioeventfd = is_kind(dev, IOEVENTFD) && bus != KVM_FAST_MMIO_BUS;
	if (!zone && !ioeventfd)
		return 0;
	err = kw_find_or_adopt(kvm, zone ? KVMWARDEN_OPERATION_COALESCED :
			       KVMWARDEN_OPERATION_IOEVENTFD, &vm);
	if (!vm)
		return err;
	lockdep_assert_held(&kvm->slots_lock);
	now = zone ? zones(kvm) : ioeventfds(kvm);
	return kw_vm_limit(vm, zone ? KVMWARDEN_LIMIT_COALESCED :
			   KVMWARDEN_LIMIT_IOEVENTFDS, now, now + 1);
}

static struct kw_hook bus_hooks[] = {
	{
		.function = "kvm_io_bus_register_dev",
		.module = "kvm",
		.knows = writes,
		.features = KVMWARDEN_FEATURE_IOEVENTFDS |
			    KVMWARDEN_FEATURE_COALESCED,
		.verdict = bus_add,
	},
};

const struct kw_hook_table kw_bus_table = {
	.hooks = bus_hooks,
	.nr = ARRAY_SIZE(bus_hooks),
};
