// SPDX-License-Identifier: GPL-2.0
/* A VM's memory slots are changed. */
#include <linux/kvm_host.h>

#include "../probes.h"
#include "../vm.h"
#include "guard.h"

/* What is asked for: @pages more or less in a slot. */
struct slot_change {
	enum kvm_mr_change kind;
	int id;
	unsigned int space;
	u64 pages;
};

static bool is_own_slot(int id)
{
	return id < 0 || id >= KVM_USER_MEM_SLOTS;
}

/* Where a slot's pages are counted. */
static u64 *counter(struct kw_pages *pages, int id, unsigned int space)
{
	if (is_own_slot(id))
		return &pages->own;
	return &pages->space[space];
}

static void add_slot(struct kw_pages *pages, const struct kvm_memory_slot *slot,
		     unsigned int space)
{
	*counter(pages, slot->id, space) += slot->npages;
	pages->slots += !is_own_slot(slot->id);
}

static void count_space(struct kvm *kvm, unsigned int space,
			struct kw_pages *pages)
{
	struct kvm_memslots *slots = __kvm_memslots(kvm, space);
	struct kvm_memory_slot *slot;
#ifdef KW_HAVE_MEMSLOT_BUCKETS
	int bucket;

	kvm_for_each_memslot(slot, bucket, slots)
#else
	kvm_for_each_memslot(slot, slots)
#endif
		add_slot(pages, slot, space);
}

/**
 * kw_memory_count() - count the pages in all slots of a VM
 * @kvm: the VM; the caller holds its slots_lock or its SRCU
 * @pages: the outcome
 *
 * Context: does not sleep; takes time by the number of slots.
 */
void kw_memory_count(struct kvm *kvm, struct kw_pages *pages)
{
	unsigned int space;

	BUILD_BUG_ON(ARRAY_SIZE(kvm->memslots) > KW_ADDRESS_SPACES);
	memset(pages, 0, sizeof(*pages));
	for (space = 0; space < ARRAY_SIZE(kvm->memslots); space++)
		count_space(kvm, space, pages);
}

#ifdef KW_HAVE_NR_MEMSLOT_PAGES
static bool still_right(const struct kvm *kvm, const struct kw_pages *pages)
{
	u64 sum = pages->own;
	unsigned int i;

	for (i = 0; i < KW_ADDRESS_SPACES; i++)
		sum += pages->space[i];
	return sum == kvm->nr_memslot_pages;
}
#else
static bool still_right(const struct kvm *kvm, const struct kw_pages *pages)
{
	return false;
}
#endif

/*
 * KVM may have failed in a change after we had granted it, or a slot may have
 * changed while we were not armed. KVM's own sum tells, where it keeps one.
 */
static void reconcile(struct kvm *kvm, struct kw_pages *pages)
{
	if (!still_right(kvm, pages))
		kw_memory_count(kvm, pages);
}

/* Under kvm->slots_lock. */
static int slot_count(struct kw_vm *vm, const struct slot_change *change)
{
	u64 now = vm->pages.slots;
	int err;

	if (is_own_slot(change->id))
		return 0;
	if (change->kind == KVM_MR_DELETE)
		vm->pages.slots -= now > 0;
	else
		vm->pages.slots++;
	err = kw_vm_limit(vm, KVMWARDEN_LIMIT_MEMSLOTS, now, vm->pages.slots);
	if (err)
		vm->pages.slots = now;
	return err;
}

/* Under kvm->slots_lock: undo slot_count(). */
static void slot_uncount(struct kw_vm *vm, const struct slot_change *change)
{
	struct slot_change back = *change;

	back.kind = KVM_MR_DELETE;
	slot_count(vm, &back);
}

/*
 * Holds kvm->slots_lock, and so does the whole change, from before KVM looked
 * at the old slots until after the new ones are in place.
 */
static long slot_request(struct kvm *kvm, const struct slot_change *change)
{
	u64 now, *pages;
	struct kw_vm *vm;
	int err;

	/* the others change no sizes */
	if (change->kind != KVM_MR_CREATE && change->kind != KVM_MR_DELETE)
		return 0;
	err = kw_find_or_adopt(kvm, KVMWARDEN_OPERATION_SET_MEMORY, &vm);
	if (!vm)
		return change->kind == KVM_MR_CREATE ? err : 0;

	lockdep_assert_held(&kvm->slots_lock);
	reconcile(kvm, &vm->pages);
	err = slot_count(vm, change);
	if (err)
		return err;
	now = kw_pages_bytes(&vm->pages);
	pages = counter(&vm->pages, change->id, change->space);
	if (change->kind == KVM_MR_DELETE) {
		*pages -= min(*pages, change->pages);
		kw_vm_request(vm, KW_MEMORY, now, kw_pages_bytes(&vm->pages));
		return 0;
	}

	*pages += change->pages;
	err = kw_vm_request(vm, KW_MEMORY, now, kw_pages_bytes(&vm->pages));
	if (err) {
		*pages -= change->pages;
		slot_uncount(vm, change);
	}
	return err;
}

#ifdef KW_HAVE_PREPARE_OLD_NEW

/*
 * int kvm_arch_prepare_memory_region(struct kvm *kvm,
 *				      const struct kvm_memory_slot *old,
 *				      struct kvm_memory_slot *new,
 *				      enum kvm_mr_change change)
 *
 * @old is NULL for CREATE and @new for DELETE; both are KVM's own copies.
 */
static void find_slot(struct kvm *kvm, const struct kw_regs *regs,
		      struct slot_change *change)
{
	const struct kvm_memory_slot *slot;

	slot = (void *)kw_regs_arg(regs, change->kind == KVM_MR_DELETE ? 1 : 2);
	change->id = slot->id;
	change->space = slot->as_id;
	change->pages = slot->npages;
}

#elif defined(KW_HAVE_PREPARE_NEW_REGION)

/*
 * int kvm_arch_prepare_memory_region(struct kvm *kvm,
 *				      struct kvm_memory_slot *memslot,
 *				      const struct kvm_userspace_memory_region *mem,
 *				      enum kvm_mr_change change)
 *
 * @memslot is the new slot, KVM's own copy; for DELETE it has no pages, and the
 * old one is still in place, marked invalid.
 */
static void find_slot(struct kvm *kvm, const struct kw_regs *regs,
		      struct slot_change *change)
{
	const struct kvm_memory_slot *slot = (void *)kw_regs_arg(regs, 1);

	change->id = slot->id;
	change->space = slot->as_id;
	if (change->kind == KVM_MR_DELETE)
		slot = id_to_memslot(__kvm_memslots(kvm, change->space),
				     change->id);
	change->pages = slot ? slot->npages : 0;
}

#else
#error "unknown kvm_arch_prepare_memory_region(): see Documentation/hooks.md"
#endif

/* What the function is given between the first and the last argument differs. */
static long memory_prepare(const struct kw_regs *regs)
{
	struct kvm *kvm = (struct kvm *)kw_regs_arg(regs, 0);
	struct slot_change change = {
		.kind = (enum kvm_mr_change)kw_regs_arg(regs, 3),
	};

	if (kw_layout_bad() && change.kind != KVM_MR_CREATE)
		return 0;
	if (kw_layout_bad())
		return kw_unrecorded(KVMWARDEN_REASON_LAYOUT,
				     KVMWARDEN_OPERATION_SET_MEMORY, -EPERM);
	find_slot(kvm, regs, &change);
	return slot_request(kvm, &change);
}

static struct kw_hook memory_hooks[] = {
	{
		.function = "kvm_arch_prepare_memory_region",
		.module = "kvm",
		.features = KVMWARDEN_FEATURE_MEMORY |
			    KVMWARDEN_FEATURE_MEMSLOTS,
		.verdict = memory_prepare,
	},
};

const struct kw_hook_table kw_memory_table = {
	.hooks = memory_hooks,
	.nr = ARRAY_SIZE(memory_hooks),
};
