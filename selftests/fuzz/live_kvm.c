// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls of KVM under random policies, on the loaded module.
 *
 * With one thread all is known beforehand (model.c): which call is refused and
 * which is not, and after each of them what every account, VM and count says.
 * Then with many threads, which close each other's files: totals never exceed
 * their limits, nothing is left when all is closed, and each refusal is counted
 * and told of.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "items.h"
#include "kselftest.h"
#include "live.h"
#include "many.h"
#include "model.h"
#include "vmm.h"

#define VCPUS		5
#define SLOTS		5
#define SPACES		2
#define ITEMS		5
#define EVENTS		3
#define DEPTH		24	/* steps that are told when one went wrong */

#define MiB		(1ULL << 20)
#define GiB		(1ULL << 30)
#define NEVER		(1U << 31)	/* a flag that there is not */

#define IA32_EFER	0xc0000080
#define EFER_SVME	(1ULL << 12)

/* Nobody's, and nothing is there. */
#define NOWHERE		0x10000000ULL

/* -- what one VM has, as KVM has it -- */

struct slot {
	bool there;
	uint64_t gpa;
	uint64_t size;
	uint32_t flags;
};

/**
 * struct guest - a VM
 * @vm: its file, -1 once that is closed
 * @alive: it is there, for there is some file of it
 * @vcpu: the files of its vCPUs, or -1
 * @made: those that were created
 * @svme: those with EFER.SVME set
 * @slots: by address space
 * @ioeventfd: for each, which event, or -1
 * @zones: how often each zone is registered
 * @irqfd: for each event, which interrupt, or -1
 * @connection: those that there are
 * @irqchip: it has an interrupt controller
 * @events: its own events
 */
struct guest {
	int vm;
	bool alive;
	int vcpu[VCPUS];
	bool made[VCPUS];
	bool svme[VCPUS];
	struct slot slots[SPACES][SLOTS];
	int ioeventfd[ITEMS];
	unsigned int zones[ITEMS];
	int irqfd[EVENTS];
	bool connection[ITEMS];
	bool irqchip;
	int events[EVENTS];
};

static struct guest guests[MODEL_VMS];
static struct live_random dice;
static bool armed = true;
static bool has_memfd, has_connections, has_svm, refuses_beyond;

static char history[DEPTH][160];
static unsigned long steps;

static void did(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* What a step is, before anything comes of it. */
static void did(const char *format, ...)
{
	char *to = history[steps % DEPTH];
	va_list args;

	va_start(args, format);
	vsnprintf(to, sizeof(history[0]), format, args);
	va_end(args);
	if (live_options.verbose)
		ksft_print_msg("%lu: %s\n", steps, to);
}

static unsigned int below(unsigned int n)
{
	return live_below(&dice, n);
}

/*
 * What policy refuses is refused with its error, nothing else is; what policy
 * allows succeeds if KVM has nothing against it either.
 */
static bool expect(int ret, int policy, bool valid)
{
	const char *step = history[steps % DEPTH];

	if (policy < 0 && ret != policy)
		live_wrong("%s: %d, but policy says %d", step, ret, policy);
	else if (!policy && (ret == -EDQUOT || ret == -EPERM))
		live_wrong("%s: %d, but policy allows it", step, ret);
	else if (!policy && valid && ret < 0)
		live_wrong("%s: %d, but it is in order", step, ret);
	else if (!policy && !valid && ret >= 0)
		live_wrong("%s: %d, though KVM must not take it", step, ret);
	return ret >= 0;
}

static int answer(int ret)
{
	return ret < 0 ? -errno : ret;
}

/* -- VMs -- */

static void guest_init(struct guest *guest)
{
	unsigned int i;

	guest->vm = -1;
	guest->alive = false;
	guest->irqchip = false;
	memset(guest->made, 0, sizeof(guest->made));
	memset(guest->svme, 0, sizeof(guest->svme));
	memset(guest->slots, 0, sizeof(guest->slots));
	memset(guest->zones, 0, sizeof(guest->zones));
	memset(guest->connection, 0, sizeof(guest->connection));
	for (i = 0; i < VCPUS; i++)
		guest->vcpu[i] = -1;
	for (i = 0; i < ITEMS; i++)
		guest->ioeventfd[i] = -1;
	for (i = 0; i < EVENTS; i++)
		guest->irqfd[i] = -1;
}

static void do_create(unsigned int v)
{
	uint32_t uid = MODEL_USER + below(MODEL_USERS);
	bool valid = !live_one_in(&dice, 10);
	int ret, policy = 0;

	did("guest %u: create, user %u%s", v, uid, valid ? "" : ", wrong type");
	if (armed && valid)
		policy = model_create(v, uid);
	live_become(uid);
	ret = answer(ioctl(live_kvm, KVM_CREATE_VM, valid ? 0UL : 0x7ffUL));
	live_become(0);
	if (!expect(ret, policy, valid))
		return;
	guests[v].vm = ret;
	guests[v].alive = true;
	if (armed)
		model_created(v);
}

/* KVM destroys what nobody holds open any more, here and now or in a worker. */
static void await_gone(unsigned int v)
{
	uint64_t id = model.vm[v].id;
	struct kvmwarden_vm record;
	unsigned int tries;

	guest_init(&guests[v]);
	if (!model.vm[v].there)
		return;
	model_destroy(v);
	for (tries = 0; tries < 20000; tries++) {
		memset(&record, 0, sizeof(record));
		record.size = sizeof(record);
		record.id = id - 1;
		if (ioctl(live_warden, KVMWARDEN_VM_NEXT, &record) ||
		    record.id != id)
			return;
		usleep(1000);
	}
	live_wrong("VM %llu is closed, and on record still",
		   (unsigned long long)id);
}

static void close_all(unsigned int v)
{
	struct guest *guest = &guests[v];
	unsigned int i;

	did("guest %u: close", v);
	for (i = 0; i < VCPUS; i++)
		if (guest->vcpu[i] >= 0)
			close(guest->vcpu[i]);
	if (guest->vm >= 0)
		close(guest->vm);
	await_gone(v);
}

static bool any_file(const struct guest *guest)
{
	unsigned int i;

	for (i = 0; i < VCPUS; i++)
		if (guest->vcpu[i] >= 0)
			return true;
	return guest->vm >= 0;
}

/* It stays as long as there is another. */
static void close_one(unsigned int v)
{
	struct guest *guest = &guests[v];
	unsigned int i = below(VCPUS + 1);
	int *fd = i < VCPUS ? &guest->vcpu[i] : &guest->vm;

	if (*fd < 0)
		return;
	did("guest %u: close its %s", v, i < VCPUS ? "vCPU" : "VM");
	close(*fd);
	*fd = -1;
	if (!any_file(guest))
		await_gone(v);
}

/* -- vCPUs -- */

static unsigned int count_vcpus(const struct guest *guest)
{
	unsigned int i, nr = 0;

	for (i = 0; i < VCPUS; i++)
		nr += guest->made[i];
	return nr;
}

static void do_vcpu(unsigned int v)
{
	struct guest *guest = &guests[v];
	unsigned int id = below(VCPUS), now = count_vcpus(guest);
	bool in_range = !live_one_in(&dice, 10);
	int ret, policy = 0;

	did("guest %u: vCPU %u%s", v, id, in_range ? "" : " out of range");
	if (in_range)
		policy = model_request(v, MODEL_VCPU, now, now + 1);
	ret = answer(ioctl(guest->vm, KVM_CREATE_VCPU,
			   in_range ? id : 0x7fffffffUL));
	/* that there is one already is found out after policy was asked */
	if (!expect(ret, policy, in_range && !guest->made[id]))
		return;
	guest->vcpu[id] = ret;
	guest->made[id] = true;
}

static int some_vcpu(const struct guest *guest)
{
	unsigned int i, first = below(VCPUS);

	for (i = 0; i < VCPUS; i++)
		if (guest->vcpu[(first + i) % VCPUS] >= 0)
			return (first + i) % VCPUS;
	return -1;
}

static void do_svme(unsigned int v)
{
	struct guest *guest = &guests[v];
	int ret, policy = 0, id = some_vcpu(guest);
	bool on = below(3);
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = {
		.head.nmsrs = 1,
		.entry = { .index = IA32_EFER, .data = on ? EFER_SVME : 0 },
	};

	if (id < 0 || !has_svm)
		return;
	did("guest %u: vCPU %d: EFER.SVME %d", v, id, on);
	/* one that was ever free to nest is stopped later, at VMRUN */
	if (on && !guest->svme[id] && !model.vm[v].had)
		policy = model_nested(v);
	/* how many were set */
	ret = answer(ioctl(guest->vcpu[id], KVM_SET_MSRS, &msrs));
	if (ret != !policy)
		live_wrong("guest %u: EFER.SVME %d: %d, policy says %d", v, on,
			   ret, policy);
	else if (ret)
		guest->svme[id] = on;
}

static void do_nested_state(unsigned int v)
{
	struct guest *guest = &guests[v];
	bool in_guest = below(2);
	int policy = 0, id = some_vcpu(guest);
	/* of a format that there is not, which KVM sees after policy was asked */
	struct kvm_nested_state state = {
		.format = 7,
		.flags = in_guest ? KVM_STATE_NESTED_GUEST_MODE : 0,
		.size = sizeof(state),
	};

	if (id < 0 || !has_svm)
		return;
	did("guest %u: vCPU %d: nested state, %s", v, id,
	    in_guest ? "in a guest" : "not in a guest");
	if (in_guest)
		policy = model_nested(v);
	expect(answer(ioctl(guest->vcpu[id], KVM_SET_NESTED_STATE, &state)),
	       policy, false);
}

static void do_capability(unsigned int v)
{
	int ret;

	if (!has_svm)
		return;
	did("guest %u: is there nesting?", v);
	ret = vmm_check(guests[v].vm, KVM_CAP_NESTED_STATE);
	if (!(ret > 0) != model_hidden(v))
		live_wrong("guest %u: %d, though nesting is %shidden", v, ret,
			   model_hidden(v) ? "" : "not ");
}

/* What policy has nothing to do with. */
static void do_registers(unsigned int v)
{
	struct guest *guest = &guests[v];
	int id = some_vcpu(guest);
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	if (id < 0)
		return;
	did("guest %u: vCPU %d: registers", v, id);
	if (ioctl(guest->vcpu[id], KVM_GET_SREGS, &sregs) ||
	    ioctl(guest->vcpu[id], KVM_GET_REGS, &regs))
		live_wrong("guest %u: registers: %s", v, strerror(errno));
	sregs.cs.base = live_next(&dice) & 0xffff0;
	sregs.cs.selector = sregs.cs.base >> 4;
	sregs.cr2 = live_next(&dice);
	regs.rip = live_next(&dice) & 0xffff;
	regs.rax = live_next(&dice);
	if (ioctl(guest->vcpu[id], KVM_SET_SREGS, &sregs) ||
	    ioctl(guest->vcpu[id], KVM_SET_REGS, &regs))
		live_wrong("guest %u: registers: %s", v, strerror(errno));
}

static int shared_size;

/* It would wait for ever if it were no boot processor; so it does not begin. */
static void do_run(unsigned int v)
{
	struct guest *guest = &guests[v];
	int id = some_vcpu(guest);
	struct kvm_run *run;

	if (id < 0)
		return;
	did("guest %u: vCPU %d: run", v, id);
	run = mmap(NULL, shared_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   guest->vcpu[id], 0);
	if (run == MAP_FAILED) {
		live_wrong("guest %u: mmap: %s", v, strerror(errno));
		return;
	}
	run->immediate_exit = 1;
	expect(answer(ioctl(guest->vcpu[id], KVM_RUN, 0)), 0, false);
	munmap(run, shared_size);
}

/* -- memory -- */

static void count_memory(const struct guest *guest, uint64_t bytes[SPACES],
			 uint64_t *slots)
{
	unsigned int space, i;

	*slots = 0;
	for (space = 0; space < SPACES; space++) {
		bytes[space] = 0;
		for (i = 0; i < SLOTS; i++) {
			bytes[space] += guest->slots[space][i].size;
			*slots += guest->slots[space][i].there;
		}
	}
}

static uint64_t larger(const uint64_t bytes[SPACES])
{
	return bytes[0] > bytes[1] ? bytes[0] : bytes[1];
}

/* @more or @less bytes in one slot. */
static int ask_memory(unsigned int v, unsigned int space, uint64_t more,
		      uint64_t less)
{
	uint64_t bytes[SPACES], now, slots;
	int err;

	count_memory(&guests[v], bytes, &slots);
	now = larger(bytes);
	bytes[space] += more;
	bytes[space] -= less;
	err = model_limit(v, KVMWARDEN_LIMIT_MEMSLOTS, slots,
			  more ? slots + 1 : slots - 1);
	if (err)
		return err;
	err = model_request(v, MODEL_MEMORY, now, larger(bytes));
	if (err)
		model_limit(v, KVMWARDEN_LIMIT_MEMSLOTS, slots, slots);
	return err;
}

static bool overlaps(const struct guest *guest, unsigned int space,
		     unsigned int but, uint64_t gpa, uint64_t size)
{
	const struct slot *slot;
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		slot = &guest->slots[space][i];
		if (i != but && slot->there && gpa < slot->gpa + slot->size &&
		    slot->gpa < gpa + size)
			return true;
	}
	return false;
}

static uint64_t some_size(void)
{
	if (live_one_in(&dice, 10))
		return GiB;
	return live_below(&dice, 4) ? (1 + below(16)) * MiB / 2 :
				      (1 + below(8)) * VMM_PAGE;
}

/* At the start of one of a few places, or within what may be there. */
static uint64_t some_gpa(void)
{
	return below(6) * 4 * GiB + (below(4) ? 0 : below(16) * MiB / 4);
}

static int set_region(unsigned int v, unsigned int space, unsigned int id,
		      uint32_t flags, uint64_t gpa, uint64_t size)
{
	return vmm_slot(guests[v].vm, space << 16 | id, flags, gpa, size);
}

static void slot_create(unsigned int v, unsigned int space, unsigned int id)
{
	struct slot *slot = &guests[v].slots[space][id];
	uint64_t gpa = some_gpa(), size = some_size();
	uint32_t flags = below(3) ? 0 : KVM_MEM_LOG_DIRTY_PAGES;
	bool beyond = refuses_beyond && live_one_in(&dice, 8);
	bool free = !overlaps(&guests[v], space, id, gpa, size);
	int ret, policy = 0;

	if (beyond) {
		gpa = VMM_BEYOND;
		free = true;
	}
	did("guest %u: slot %u of %u: %llu bytes at %#llx, flags %u", v, id,
	    space, (unsigned long long)size, (unsigned long long)gpa, flags);
	/* what is in the way KVM sees first, where no memory can be later */
	if (free)
		policy = ask_memory(v, space, size, 0);
	ret = set_region(v, space, id, flags, gpa, size);
	if (expect(ret, policy, free && !beyond))
		*slot = (struct slot) { true, gpa, size, flags };
}

static void slot_delete(unsigned int v, unsigned int space, unsigned int id)
{
	struct slot *slot = &guests[v].slots[space][id];

	did("guest %u: delete slot %u of %u", v, id, space);
	if (slot->there)
		ask_memory(v, space, 0, slot->size);
	if (expect(set_region(v, space, id, 0, 0, 0), 0, slot->there))
		memset(slot, 0, sizeof(*slot));
}

/* Its size and where it is from must stay; nothing of that is policy's. */
static void slot_change(unsigned int v, unsigned int space, unsigned int id)
{
	struct slot *slot = &guests[v].slots[space][id];
	struct slot to = *slot;
	unsigned int what = below(4);
	bool valid = true;

	if (what == 0) {
		to.gpa = some_gpa();
		valid = !overlaps(&guests[v], space, id, to.gpa, to.size);
	} else if (what == 1) {
		to.flags ^= KVM_MEM_LOG_DIRTY_PAGES;
	} else if (what == 2) {
		to.size += VMM_PAGE;
		valid = false;
	}
	did("guest %u: change slot %u of %u: %llu bytes at %#llx, flags %u", v,
	    id, space, (unsigned long long)to.size, (unsigned long long)to.gpa,
	    to.flags);
	if (expect(set_region(v, space, id, to.flags, to.gpa, to.size), 0,
		   valid))
		*slot = to;
}

/* KVM sees at once that it cannot be. */
static void slot_wrong(unsigned int v)
{
	struct kvm_userspace_memory_region region;
	unsigned int what = below(6);

	vmm_region(&region, below(SLOTS), 0, some_gpa(), some_size());
	if (what == 0)
		region.slot |= (SPACES + below(4)) << 16;
	else if (what == 1)
		region.flags = NEVER;
	else if (what == 2)
		region.guest_phys_addr++;
	else if (what == 3)
		region.memory_size++;
	else if (what == 4)
		region.userspace_addr++;
	else
		region.guest_phys_addr = -VMM_PAGE;
	if (what == 5)
		region.memory_size = 2 * VMM_PAGE;
	did("guest %u: impossible slot, %u", v, what);
	expect(vmm_set(guests[v].vm, &region), 0, false);
}

static void do_memory(unsigned int v)
{
	unsigned int id = below(SLOTS), space = live_one_in(&dice, 4);

	if (live_one_in(&dice, 8))
		slot_wrong(v);
	else if (!guests[v].slots[space][id].there && below(8))
		slot_create(v, space, id);
	else if (below(2))
		slot_delete(v, space, id);
	else if (guests[v].slots[space][id].there)
		slot_change(v, space, id);
}

/* -- things that a VM can have many of -- */

static void do_ioeventfds(unsigned int v)
{
	struct guest *guest = &guests[v];
	unsigned int i, now = 0, n = below(ITEMS), event = below(EVENTS);
	struct kvm_ioeventfd wrong = {
		.addr = 0x9000,
		.len = 3,
		.fd = guest->events[event],
	};
	int ret, policy = 0;

	for (i = 0; i < ITEMS; i++)
		now += guest->ioeventfd[i] >= 0;
	if (live_one_in(&dice, 8)) {
		did("guest %u: impossible ioeventfd", v);
		expect(answer(ioctl(guest->vm, KVM_IOEVENTFD, &wrong)), 0,
		       false);
	} else if (below(5) < 3) {
		did("guest %u: ioeventfd %u, event %u", v, n, event);
		if (guest->ioeventfd[n] < 0)
			policy = model_limit(v, KVMWARDEN_LIMIT_IOEVENTFDS, now,
					     now + 1);
		ret = vmm_ioeventfd(guest->vm, n, guest->events[event], true);
		if (expect(ret, policy, guest->ioeventfd[n] < 0))
			guest->ioeventfd[n] = event;
	} else {
		did("guest %u: no ioeventfd %u, event %u", v, n, event);
		ret = vmm_ioeventfd(guest->vm, n, guest->events[event], false);
		if (expect(ret, 0, guest->ioeventfd[n] == (int)event))
			guest->ioeventfd[n] = -1;
	}
}

static void do_zones(unsigned int v)
{
	struct guest *guest = &guests[v];
	struct kvm_coalesced_mmio_zone wrong = { .addr = 0, .size = 8, .pio = 2 };
	unsigned int i, now = 0, n = below(ITEMS);
	int policy;

	for (i = 0; i < ITEMS; i++)
		now += guest->zones[i];
	if (live_one_in(&dice, 8)) {
		did("guest %u: impossible zone", v);
		expect(answer(ioctl(guest->vm, KVM_REGISTER_COALESCED_MMIO,
				    &wrong)), 0, false);
	} else if (below(5) < 3) {
		did("guest %u: zone %u", v, n);
		policy = model_limit(v, KVMWARDEN_LIMIT_COALESCED, now, now + 1);
		if (expect(vmm_zone(guest->vm, n, true), policy, true))
			guest->zones[n]++;
	} else {
		did("guest %u: no zone %u", v, n);
		if (expect(vmm_zone(guest->vm, n, false), 0, true))
			guest->zones[n] = 0;
	}
}

/* Policy is asked first, whatever KVM has against it then. */
static void do_irqfds(unsigned int v)
{
	struct guest *guest = &guests[v];
	unsigned int i, now = 0, event = below(EVENTS), gsi = below(8);
	struct kvm_irqfd wrong = { .fd = guest->events[event], .flags = NEVER };
	int ret, policy;

	for (i = 0; i < EVENTS; i++)
		now += guest->irqfd[i] >= 0;
	if (below(5) < 3) {
		policy = model_limit(v, KVMWARDEN_LIMIT_IRQFDS, now, now + 1);
		if (live_one_in(&dice, 8)) {
			did("guest %u: impossible irqfd", v);
			expect(answer(ioctl(guest->vm, KVM_IRQFD, &wrong)),
			       policy, false);
			return;
		}
		did("guest %u: irqfd %u, event %u", v, gsi, event);
		ret = vmm_irqfd(guest->vm, gsi, guest->events[event], true);
		if (expect(ret, policy, guest->irqchip &&
			   guest->irqfd[event] < 0))
			guest->irqfd[event] = gsi;
	} else {
		did("guest %u: no irqfd %u, event %u", v, gsi, event);
		ret = vmm_irqfd(guest->vm, gsi, guest->events[event], false);
		if (expect(ret, 0, true) && guest->irqfd[event] == (int)gsi)
			guest->irqfd[event] = -1;
	}
}

static void do_connections(unsigned int v)
{
	struct guest *guest = &guests[v];
	unsigned int i, now = 0, n = below(ITEMS), event = below(EVENTS);
	int ret, policy;

	if (!has_connections)
		return;
	for (i = 0; i < ITEMS; i++)
		now += guest->connection[i];
	if (below(5) < 3) {
		/* beyond the largest number there is */
		if (live_one_in(&dice, 8))
			n = 1 << 24;
		did("guest %u: connection %u", v, n);
		policy = model_limit(v, KVMWARDEN_LIMIT_HV_EVENTS, now, now + 1);
		ret = vmm_hv_event(guest->vm, n, guest->events[event], true);
		if (expect(ret, policy, n < ITEMS && !guest->connection[n]))
			guest->connection[n] = true;
	} else {
		did("guest %u: no connection %u", v, n);
		ret = vmm_hv_event(guest->vm, n, guest->events[event], false);
		if (expect(ret, 0, guest->connection[n]))
			guest->connection[n] = false;
	}
}

static void do_irqchip(unsigned int v)
{
	struct guest *guest = &guests[v];
	struct kvm_enable_cap split = {
		.cap = KVM_CAP_SPLIT_IRQCHIP,
		.args = { 24 },
	};
	bool valid = !guest->irqchip && !count_vcpus(guest);
	int ret;

	/* the routes that KVM makes then are its own */
	if (below(3)) {
		did("guest %u: irqchip", v);
		ret = answer(ioctl(guest->vm, KVM_CREATE_IRQCHIP, 0));
	} else {
		did("guest %u: split irqchip", v);
		ret = answer(ioctl(guest->vm, KVM_ENABLE_CAP, &split));
	}
	guest->irqchip |= expect(ret, 0, valid);
}

static void do_routes(unsigned int v)
{
	struct guest *guest = &guests[v];
	unsigned int nr = below(60);
	int policy = 0;

	did("guest %u: %u routes", v, nr);
	if (guest->irqchip)
		policy = model_limit(v, KVMWARDEN_LIMIT_IRQ_ROUTES, 0, nr);
	expect(vmm_routes(guest->vm, nr), policy, guest->irqchip);
}

/* Added up, whatever KVM has against it then, and never given back. */
static void do_memfd(unsigned int v)
{
	uint64_t now = model.vm[v].found[KVMWARDEN_LIMIT_GUEST_MEMFD];
	bool valid = below(8);
	uint64_t size = valid ? some_size() : 1 + below(100);
	int ret, policy = 0;

	did("guest %u: memfd, %llu bytes", v, (unsigned long long)size);
	if (has_memfd)
		policy = model_limit(v, KVMWARDEN_LIMIT_GUEST_MEMFD, now,
				     now + size);
	ret = vmm_memfd(guests[v].vm, size);
	if (policy || !has_memfd || !valid)
		expect(ret, policy, false);
	else if (ret == -EDQUOT || ret == -EPERM)
		expect(ret, 0, true);
	if (ret >= 0)
		close(ret);
}

/* -- policy -- */

static void do_commit(void)
{
	did("commit");
	model_random_policy(&dice);
	model_commit();
}

static void do_set(unsigned int v)
{
	int err;

	did("guest %u: set", v);
	if (!model.vm[v].there)
		return;
	err = model_set(&dice, v);
	if (err)
		live_wrong("guest %u: set: %s", v, strerror(-err));
}

/* -- one thread -- */

static void on_vcpu(unsigned int v)
{
	unsigned int what = below(10);

	if (what < 3)
		do_svme(v);
	else if (what < 5)
		do_nested_state(v);
	else if (what < 7)
		do_registers(v);
	else
		do_run(v);
}

static void on_vm(unsigned int v)
{
	static void (*const more[])(unsigned int v) = {
		do_ioeventfds, do_ioeventfds, do_zones, do_zones, do_irqfds, do_irqfds,
		do_connections, do_connections, do_routes, do_memfd, do_irqchip, do_capability,
	};
	unsigned int what = below(100);

	if (what < 30)
		do_memory(v);
	else if (what < 36)
		do_vcpu(v);
	else if (what < 40)
		close_all(v);
	else if (what < 42)
		close_one(v);
	else if (what < 55)
		on_vcpu(v);
	else
		more[below(ARRAY_SIZE(more))](v);
}

static void step(void)
{
	unsigned int v = below(MODEL_VMS);
	struct guest *guest = &guests[v];

	if (armed && live_one_in(&dice, 60))
		do_commit();
	else if (armed && live_one_in(&dice, 40))
		do_set(v);
	else if (!guest->alive)
		do_create(v);
	else if (guest->vm >= 0)
		on_vm(v);
	/* what is left of it are its vCPUs */
	else if (below(4))
		on_vcpu(v);
	else
		close_all(v);
	steps++;
}

static int lowest_file(const struct guest *guest)
{
	int lowest = guest->vm;
	unsigned int i;

	for (i = 0; i < VCPUS; i++)
		if (guest->vcpu[i] >= 0 &&
		    (lowest < 0 || guest->vcpu[i] < lowest))
			lowest = guest->vcpu[i];
	return lowest;
}

static void guest_adopted(unsigned int v)
{
	uint64_t bytes[SPACES], slots;

	count_memory(&guests[v], bytes, &slots);
	model_adopted(v, 0, count_vcpus(&guests[v]), larger(bytes), slots);
	model.vm[v].id = 0;
}

/* Records are made in the order in which our files are looked at. */
static void number_adopted(void)
{
	struct kvmwarden_vm record = { .size = sizeof(record) };
	int lowest, next = -1;
	unsigned int v, which;

	for (;;) {
		which = MODEL_VMS;
		for (v = 0; v < MODEL_VMS; v++) {
			lowest = lowest_file(&guests[v]);
			if (guests[v].alive && lowest > next &&
			    (which == MODEL_VMS ||
			     lowest < lowest_file(&guests[which])))
				which = v;
		}
		if (which == MODEL_VMS)
			return;
		next = lowest_file(&guests[which]);
		if (ioctl(live_warden, KVMWARDEN_VM_NEXT, &record))
			live_wrong("guest %u was not adopted", which);
		model.vm[which].id = record.id;
	}
}

/* For a while there are no hooks; what VMs got meanwhile is found afterwards. */
static void disarm_and_adopt(void)
{
	struct kvmwarden_disarm disarm = { .size = sizeof(disarm) };
	unsigned int v, i;

	did("disarm");
	if (ioctl(live_warden, KVMWARDEN_DISARM, &disarm))
		live_wrong("disarm: %s", strerror(errno));
	armed = false;
	for (v = 0; v < MODEL_VMS; v++)
		model_destroy(v);
	for (i = 0; i < 50; i++)
		step();
	armed = true;
	for (v = 0; v < MODEL_VMS; v++)
		if (guests[v].alive)
			guest_adopted(v);
	did("commit, which arms");
	model_random_policy(&dice);
	model_commit();
	number_adopted();
	steps++;
}

static void tell_history(void)
{
	unsigned long i;

	ksft_print_msg("at step %lu; the last ones were:\n", steps - 1);
	for (i = steps > DEPTH ? steps - DEPTH : 0; i < steps; i++)
		ksft_print_msg("  %lu: %s\n", i, history[i % DEPTH]);
	ksft_print_msg("and this is what should be there:\n");
	model_tell();
}

static void alone_begin(void)
{
	unsigned int v, i;

	live_seed(&dice, live_options.seed, 0);
	model_begin();
	for (v = 0; v < MODEL_VMS; v++) {
		guest_init(&guests[v]);
		for (i = 0; i < EVENTS; i++)
			guests[v].events[i] = eventfd(0, EFD_CLOEXEC);
	}
	do_commit();
}

static void alone_end(void)
{
	unsigned int v, i;

	for (v = 0; v < MODEL_VMS; v++) {
		close_all(v);
		for (i = 0; i < EVENTS; i++)
			close(guests[v].events[i]);
	}
}

/* How many steps from one time without hooks to the next */
#define ADOPTION	20000

static void alone(unsigned long nr, unsigned int seconds)
{
	struct kvmwarden_denials since;
	struct live_events events;
	time_t end = time(NULL) + seconds;

	alone_begin();
	since = model.denials;
	live_events_open(&events);
	while (!live_wrongs() && (nr ? steps < nr : time(NULL) < end)) {
		if (steps % ADOPTION == ADOPTION / 40)
			disarm_and_adopt();
		else
			step();
		model_compare();
		live_events_read(&events);
		live_progress(steps);
	}
	if (live_wrongs())
		tell_history();
	alone_end();
	live_at_rest();
	live_events_complete(&events, &since);
	live_events_close(&events);
}

/* -- what this KVM is like -- */

/* Whatever the module says of it later on. */
static void probe(void)
{
	int vm, vcpu, fd;

	model_begin();
	warden_reset(live_warden);
	shared_size = ioctl(live_kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	vm = vmm_vm(live_kvm);
	vcpu = vmm_vcpu(vm, 0);
	if (vm < 0 || vcpu < 0 || shared_size < 0)
		ksft_exit_fail_msg("no VM to look at\n");
	fd = vmm_memfd(vm, VMM_PAGE);
	has_memfd = fd >= 0;
	has_connections = vmm_check(vm, KVM_CAP_HYPERV_EVENTFD) > 0;
	has_svm = !access("/sys/module/kvm_amd", F_OK) &&
		  vmm_check(vm, KVM_CAP_NESTED_STATE) > 0;
	refuses_beyond = vmm_slot(vm, 0, 0, VMM_BEYOND, VMM_PAGE) < 0;
	if (fd >= 0)
		close(fd);
	close(vcpu);
	close(vm);
	ksft_print_msg("guest_memfd %d, Hyper-V %d, SVM %d, end of memory %d\n",
		       has_memfd, has_connections, has_svm, refuses_beyond);
	live_at_rest();
}

static bool wanted(const char *part)
{
	return !live_options.nr_rest || !strcmp(live_options.rest[0], part);
}

int main(int argc, char **argv)
{
	struct rlimit files = { 4096, 4096 };
	unsigned int wrongs, seconds;

	live_main(argc, argv,
		  "[alone|many]: one part only; STEPS are those of each part, SECONDS of both");
	setrlimit(RLIMIT_NOFILE, &files);
	seconds = live_options.seconds ?: 20;
	if (wanted("alone") && wanted("many"))
		seconds = (seconds + 1) / 2;
	ksft_set_plan(wanted("alone") + wanted("many"));
	probe();
	if (wanted("alone")) {
		alone(live_options.steps, seconds);
		ksft_test_result(!live_wrongs(),
				 "one thread, %lu steps: each as policy has it\n",
				 steps);
	}
	wrongs = live_wrongs();
	if (wanted("many"))
		ksft_test_result(many(live_options.steps, seconds) &&
				 live_wrongs() == wrongs,
				 "many threads: totals, and what is told of them\n");
	warden_reset(live_warden);
	ksft_print_cnts();
	return ksft_get_fail_cnt() ? KSFT_FAIL : KSFT_PASS;
}
