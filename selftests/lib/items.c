// SPDX-License-Identifier: GPL-2.0
/* What a VM can have many of, besides vCPUs and memory. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "items.h"

/* The header that tests are built with may be older than the kernel. */
#ifndef KVM_CREATE_GUEST_MEMFD
#define KVM_CREATE_GUEST_MEMFD	_IOWR(KVMIO, 0xd4, struct kvm_create_guest_memfd)

struct kvm_create_guest_memfd {
	uint64_t size;
	uint64_t flags;
	uint64_t reserved[6];
};
#endif

static int answer(int ret)
{
	return ret < 0 ? -errno : ret;
}

int vmm_ioeventfd(int vm, unsigned int n, int event, bool there)
{
	struct kvm_ioeventfd request = {
		.addr = 0x1000 + 16 * n,
		/* every other one of any length, which KVM keeps twice */
		.len = n & 1 ? 4 : 0,
		.fd = event,
		.flags = there ? 0 : KVM_IOEVENTFD_FLAG_DEASSIGN,
	};

	return answer(ioctl(vm, KVM_IOEVENTFD, &request));
}

int vmm_zone(int vm, unsigned int n, bool there)
{
	struct kvm_coalesced_mmio_zone zone = {
		.addr = 0x100000 + 0x1000 * n,
		.size = 16,
	};

	return answer(ioctl(vm, there ? KVM_REGISTER_COALESCED_MMIO :
				KVM_UNREGISTER_COALESCED_MMIO, &zone));
}

int vmm_irqfd(int vm, unsigned int n, int event, bool there)
{
	struct kvm_irqfd request = {
		.fd = event,
		.gsi = n % 16,
		.flags = there ? 0 : KVM_IRQFD_FLAG_DEASSIGN,
	};

	return answer(ioctl(vm, KVM_IRQFD, &request));
}

#ifdef KVM_HYPERV_EVENTFD
int vmm_hv_event(int vm, unsigned int n, int event, bool there)
{
	struct kvm_hyperv_eventfd request = {
		.conn_id = n + 1,
		.fd = event,
		.flags = there ? 0 : KVM_HYPERV_EVENTFD_DEASSIGN,
	};

	return answer(ioctl(vm, KVM_HYPERV_EVENTFD, &request));
}
#endif

int vmm_routes(int vm, unsigned int nr)
{
	struct kvm_irq_routing *routing;
	unsigned int i;
	int ret;

	routing = calloc(1, sizeof(*routing) +
			    nr * sizeof(routing->entries[0]));
	if (!routing)
		return -ENOMEM;
	routing->nr = nr;
	for (i = 0; i < nr; i++) {
		routing->entries[i].gsi = i;
		routing->entries[i].type = KVM_IRQ_ROUTING_MSI;
	}
	ret = answer(ioctl(vm, KVM_SET_GSI_ROUTING, routing));
	free(routing);
	return ret;
}

int vmm_memfd(int vm, uint64_t size)
{
	struct kvm_create_guest_memfd request = { .size = size };

	return answer(ioctl(vm, KVM_CREATE_GUEST_MEMFD, &request));
}
