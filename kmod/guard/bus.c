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

/*
 * One of any length is on two buses, and counts once; but KVM puts it there, and
 * takes it away, one after the other, and between these a VMM can see to it that it
 * stays on one alone.
 */
static u64 ioeventfds(const u64 nr[KVM_NR_BUSES])
{
	u64 sum = 0;
	int i;

	for (i = 0; i < KVM_NR_BUSES; i++)
		sum += nr[i];
	return sum - min(nr[KVM_MMIO_BUS], nr[KVM_FAST_MMIO_BUS]);
}

/* Under kvm->slots_lock. */
static int ioeventfd_add(struct kw_vm *vm, struct kvm *kvm, unsigned int at)
{
	const struct kvm_io_bus *bus;
	u64 nr[KVM_NR_BUSES], now;
	unsigned int i;

	for (i = 0; i < KVM_NR_BUSES; i++) {
		bus = kvm_get_bus(kvm, i);
		nr[i] = bus ? bus->ioeventfd_count : 0;
	}
	now = ioeventfds(nr);
	nr[at]++;
	return kw_vm_limit(vm, KVMWARDEN_LIMIT_IOEVENTFDS, now, ioeventfds(nr));
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
	ioeventfd = is_kind(dev, IOEVENTFD);
	if (!zone && !ioeventfd)
		return 0;
	err = kw_find_or_adopt(kvm, zone ? KVMWARDEN_OPERATION_COALESCED :
			       KVMWARDEN_OPERATION_IOEVENTFD, &vm);
	if (!vm)
		return err;
	lockdep_assert_held(&kvm->slots_lock);
	if (ioeventfd)
		return ioeventfd_add(vm, kvm, bus);
	now = zones(kvm);
	return kw_vm_limit(vm, KVMWARDEN_LIMIT_COALESCED, now, now + 1);
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
