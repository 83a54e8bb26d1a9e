// SPDX-License-Identifier: GPL-2.0
/*
 * An hour of trouble in a minute: guests of three users are refused all there
 * is to refuse, again and again, while one of them hammers. Of all of it each
 * reason is told, of each VM, and how often. The events stay, to be looked at.
 */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "items.h"
#include "kselftest.h"
#include "vmm.h"

#define THIRD		1002
#define GUESTS		4
#define PATIENCE	20000	/* ms */
#define BATCH		64

#define IA32_EFER	0xc0000080
#define EFER_SVME	(1ULL << 12)

enum how { PERMITTED, DENIED, NR_HOWS };

/* What a guest is told to do; each returns how often it was refused. */
enum act {
	ACT_VM, ACT_VCPU, ACT_MEMORY, ACT_IOEVENTFD, ACT_ZONE, ACT_IRQFD,
	ACT_HV_EVENT, ACT_ROUTES, ACT_MEMFD, ACT_NESTED,
};

/* Whose limit is full. */
enum whose { WHOSE_VM, CLASS, USER, HOST_USER, CGROUP, HOST };

/**
 * struct trouble - a kind of it
 * @reason: why it is refused
 * @whose: whose limit is to be 0
 * @limit: of a VM: which limit
 * @act: what a guest does then
 */
struct trouble {
	enum kvmwarden_reason reason;
	enum whose whose;
	enum kvmwarden_limit limit;
	enum act act;
};

#define OF(_whose, _what, _act)						\
	{ KVMWARDEN_REASON_##_whose##_##_what, _whose, 0, _act }

#define OF_VM(_limit, _act)						\
	{ KVMWARDEN_REASON_VM_##_limit, WHOSE_VM, KVMWARDEN_LIMIT_##_limit, _act }

static const struct trouble troubles[] = {
	OF_VM(VCPUS, ACT_VCPU),
	OF_VM(MEMORY, ACT_MEMORY),
	OF_VM(MEMSLOTS, ACT_MEMORY),
	OF_VM(IOEVENTFDS, ACT_IOEVENTFD),
	OF_VM(COALESCED, ACT_ZONE),
	OF_VM(IRQFDS, ACT_IRQFD),
	OF_VM(HV_EVENTS, ACT_HV_EVENT),
	OF_VM(IRQ_ROUTES, ACT_ROUTES),
	OF_VM(GUEST_MEMFD, ACT_MEMFD),
	OF(CLASS, VMS, ACT_VM),
	OF(CLASS, VCPUS, ACT_VCPU),
	OF(CLASS, MEMORY, ACT_MEMORY),
	OF(USER, VMS, ACT_VM),
	OF(USER, VCPUS, ACT_VCPU),
	OF(USER, MEMORY, ACT_MEMORY),
	OF(HOST_USER, VMS, ACT_VM),
	OF(HOST_USER, VCPUS, ACT_VCPU),
	OF(HOST_USER, MEMORY, ACT_MEMORY),
	OF(CGROUP, VMS, ACT_VM),
	OF(CGROUP, VCPUS, ACT_VCPU),
	OF(CGROUP, MEMORY, ACT_MEMORY),
	OF(HOST, VMS, ACT_VM),
	OF(HOST, VCPUS, ACT_VCPU),
	OF(HOST, MEMORY, ACT_MEMORY),
	{ KVMWARDEN_REASON_NESTED, WHOSE_VM, 0, ACT_NESTED },
};

/**
 * struct guest - a VM, and the process that has it
 * @puppet: the process
 * @vm: its file descriptor there
 * @vcpu: that of its first vCPU
 * @vcpus: how many it has
 * @asked: how often it was refused, or would have been, as it knows
 * @told: ... as events tell it
 */
struct guest {
	struct puppet puppet;
	int64_t vm, vcpu, vcpus;
	uint64_t asked[NR_HOWS][KVMWARDEN_NR_REASONS];
	uint64_t told[NR_HOWS][KVMWARDEN_NR_REASONS];
};

/* The last one is the one that hammers. */
static struct guest guests[GUESTS + 1];
static struct guest *const loud = &guests[GUESTS];
static const uid_t users[GUESTS + 1] = { TENANT, TENANT, OTHER, OTHER, THIRD };

/* shared with the one that hammers */
static atomic_bool *over;

static int reader = -1;
static uint64_t first_seq, last_seq, lost;

/* --- in a guest's process ------------------------------------------------- */

static int close_if(int fd)
{
	return fd < 0 ? fd : close(fd);
}

static int act_memory(int vm)
{
	int ret = vmm_slot(vm, 1, 0, MiB, VMM_PAGE);

	return ret ? ret : vmm_delete(vm, 1);
}

/* Return 0 only if all was done; what was taken is given back. */
static int act_item(int vm, enum act act, int event)
{
	int ret;

	switch (act) {
	case ACT_IOEVENTFD:
		ret = vmm_ioeventfd(vm, 1, event, true);
		return ret ? ret : vmm_ioeventfd(vm, 1, event, false);
	case ACT_ZONE:
		ret = vmm_zone(vm, 0, true);
		return ret ? ret : vmm_zone(vm, 0, false);
	case ACT_IRQFD:
		ret = vmm_irqfd(vm, 0, event, true);
		return ret ? ret : vmm_irqfd(vm, 0, event, false);
#ifdef KVM_HYPERV_EVENTFD
	case ACT_HV_EVENT:
		ret = vmm_hv_event(vm, 0, event, true);
		return ret ? ret : vmm_hv_event(vm, 0, event, false);
#endif
	default:
		return -ENOTTY;
	}
}

#ifdef __aarch64__
static int act_nested(int vcpu)
{
	(void)vcpu;
	return -ENOTTY;
}
#else
static int act_nested(int vcpu)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = {
		.head.nmsrs = 1,
		.entry = { .index = IA32_EFER, .data = EFER_SVME },
	};

	return ioctl(vcpu, KVM_SET_MSRS, &msrs) == 1 ? 0 : -EPERM;
}
#endif

static int act_once(const int64_t *args, int64_t vcpu_id, int event)
{
	int vm = args[0];

	switch ((enum act)args[2]) {
	case ACT_VM:
		return close_if(vmm_vm(kvm));
	case ACT_VCPU:
		return close_if(vmm_vcpu(vm, vcpu_id));
	case ACT_MEMORY:
		return act_memory(vm);
	case ACT_ROUTES:
		return vmm_routes(vm, 1);
	case ACT_MEMFD:
		return close_if(vmm_memfd(vm, VMM_PAGE));
	case ACT_NESTED:
		return act_nested(args[1]);
	default:
		return act_item(vm, args[2], event);
	}
}

/* vm vcpu act tries next-vcpu-id: how many were refused, or -errno */
static int64_t do_act(const int64_t *args)
{
	int event = eventfd(0, EFD_CLOEXEC);
	int64_t i, refused = 0;
	int ret;

	for (i = 0; i < args[3]; i++) {
		ret = act_once(args, args[4] + i, event);
		if (ret && ret != -EDQUOT && ret != -EPERM) {
			refused = ret;
			break;
		}
		refused += !!ret;
	}
	close(event);
	return refused;
}

static int64_t do_irqchip(const int64_t *args)
{
	return vmm_irqchip(args[0]);
}

/* As fast as it can, until it is over. */
static int64_t do_hammer(const int64_t *args)
{
	int64_t refused = 0;

	while (!atomic_load(over))
		refused += vmm_vcpu(args[0], 1) == -EDQUOT;
	return refused;
}

/* --- what is told ----------------------------------------------------------- */

static struct guest *guest_of(pid_t pid)
{
	unsigned int i;

	for (i = 0; i <= GUESTS; i++)
		if (guests[i].puppet.pid == pid)
			return &guests[i];
	return NULL;
}

/* VMs that do not come about are told of by user: its first guest has them. */
static struct guest *first_of(const struct guest *guest)
{
	unsigned int i = 0;

	while (users[i] != users[guest - guests])
		i++;
	return &guests[i];
}

static void note(const struct kvmwarden_event *event)
{
	struct guest *guest = guest_of(event->pid);
	enum how how = event->flags & KVMWARDEN_EVENT_REFUSED ? DENIED :
								PERMITTED;

	CHECK(!last_seq || event->seq == last_seq + 1);
	last_seq = event->seq;
	first_seq = first_seq ?: last_seq;
	lost += event->type == KVMWARDEN_EVENT_LOST;
	if (!guest)
		return;
	if (!event->vm)
		guest = first_of(guest);
	if (event->type == KVMWARDEN_EVENT_DENIAL &&
	    CHECK(event->reason < KVMWARDEN_NR_REASONS))
		guest->told[how][event->reason] += event->count;
}

static bool read_some(int ms)
{
	static struct kvmwarden_event events[BATCH];
	struct pollfd wait = { .fd = reader, .events = POLLIN };
	ssize_t i, len;

	if (poll(&wait, 1, ms) != 1)
		return false;
	len = read(reader, events, sizeof(events));
	for (i = 0; i < len / (ssize_t)sizeof(events[0]); i++)
		note(&events[i]);
	return len > 0;
}

static bool all_told(void)
{
	unsigned int i;

	for (i = 0; i <= GUESTS; i++)
		if (memcmp(guests[i].asked, guests[i].told,
			   sizeof(guests[i].asked)))
			return false;
	return true;
}

/* --- the host ---------------------------------------------------------------- */

static void amounts_zero(struct kvmwarden_amounts *amounts, enum act act)
{
	if (act == ACT_VM)
		amounts->vms = 0;
	else if (act == ACT_VCPU)
		amounts->vcpus = 0;
	else
		amounts->memory = 0;
}

static void set_limit(struct warden_policy *policy,
		      struct kvmwarden_class *class,
		      const struct trouble *trouble)
{
	switch (trouble->whose) {
	case WHOSE_VM:
		if (trouble->act != ACT_NESTED)
			class->vm.of[trouble->limit] = 0;
		break;
	case CLASS:
		amounts_zero(&class->total, trouble->act);
		break;
	case USER:
		amounts_zero(&class->user, trouble->act);
		break;
	case HOST_USER:
		amounts_zero(&policy->user, trouble->act);
		break;
	case CGROUP:
		amounts_zero(warden_add_cgroup(policy, "/**"), trouble->act);
		break;
	case HOST:
		amounts_zero(&policy->host, trouble->act);
	}
}

/* @trouble: NULL for none. */
static void put_in_force(uint32_t mode, const struct trouble *trouble)
{
	struct kvmwarden_class *class;
	struct warden_policy policy;

	warden_policy_init(&policy);
	policy.mode = KVMWARDEN_MODE_ENFORCE;
	class = add_user(&policy, "loud", THIRD);
	class->vm.of[KVMWARDEN_LIMIT_VCPUS] = 0;
	policy.mode = mode;
	class = warden_add(&policy, "default");
	class->deny = KVMWARDEN_DENY_NESTED;
	if (trouble)
		set_limit(&policy, class, trouble);
	warden_apply(warden, &policy);
}

static void one_guest(struct guest *guest, const struct trouble *trouble,
		      enum how how, unsigned int tries)
{
	int64_t refused = TELL(&guest->puppet, do_act, guest->vm, guest->vcpu,
			       trouble->act, tries, guest->vcpus);

	/* this kernel, or processor, has no such thing */
	if (refused == -ENOTTY || refused == -EINVAL)
		return;
	EQUAL(refused, how == DENIED ? tries : 0);
	if (trouble->act == ACT_VCPU && how == PERMITTED)
		guest->vcpus += tries;
	if (trouble->act == ACT_VM && how == DENIED)
		guest = first_of(guest);
	guest->asked[how][trouble->reason] += tries;
}

static void one_trouble(const struct trouble *trouble, enum how how)
{
	unsigned int i;

	put_in_force(how == DENIED ? KVMWARDEN_MODE_ENFORCE :
				     KVMWARDEN_MODE_PERMISSIVE, trouble);
	for (i = 0; i < GUESTS; i++)
		one_guest(&guests[i], trouble, how, 1 + (i + trouble->reason) % 3);
	while (read_some(0))
		;
}

/* EFER is AMD's; and in permissive mode a VM is free to nest from the start. */
static bool possible(const struct trouble *trouble, enum how how)
{
	return trouble->act != ACT_NESTED ||
	       (how == DENIED && !access("/sys/module/kvm_amd", F_OK));
}

static void all_troubles(enum how how)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(troubles); i++)
		if (possible(&troubles[i], how))
			one_trouble(&troubles[i], how);
}

static void guest_start(struct guest *guest, uid_t uid)
{
	puppet_start_as(&guest->puppet, uid);
	guest->vm = TELL(&guest->puppet, do_vm, 0);
	CHECK(guest->vm >= 0);
	/* arm64 has another way; there what needs it is left out */
	TELL(&guest->puppet, do_irqchip, guest->vm);
	if (guest == loud)
		return;
	guest->vcpu = TELL(&guest->puppet, do_vcpu, guest->vm, 0);
	CHECK(guest->vcpu >= 0);
	guest->vcpus = 1;
}

/* Return a process that waits for it, and a pipe to hear how often. */
static pid_t start_hammer(int *result)
{
	int64_t refused;
	pid_t child;
	int ends[2];

	if (pipe(ends))
		ksft_exit_fail_msg("pipe\n");
	child = fork();
	if (!child) {
		refused = TELL(&loud->puppet, do_hammer, loud->vm);
		_exit(write(ends[1], &refused, sizeof(refused)) !=
		      sizeof(refused));
	}
	close(ends[1]);
	*result = ends[0];
	return child;
}

static void end_hammer(pid_t child, int result)
{
	int64_t refused = 0;
	int status = -1;

	atomic_store(over, true);
	EQUAL(read(result, &refused, sizeof(refused)), sizeof(refused));
	EQUAL(waitpid(child, &status, 0), child);
	EQUAL(status, 0);
	close(result);
	ksft_print_msg("the loud one was refused %lld times\n",
		       (long long)refused);
	CHECK(refused > 100);
	loud->asked[DENIED][KVMWARDEN_REASON_VM_VCPUS] = refused;
}

static void sum_up(uint64_t counts[NR_HOWS][KVMWARDEN_NR_REASONS])
{
	struct kvmwarden_status status;
	unsigned int i;

	warden_status(warden, &status);
	for (i = 0; i < KVMWARDEN_NR_REASONS; i++) {
		counts[DENIED][i] = status.denials.denied[i];
		counts[PERMITTED][i] = status.denials.permitted[i];
	}
}

static void check_sums(uint64_t before[NR_HOWS][KVMWARDEN_NR_REASONS])
{
	uint64_t now[NR_HOWS][KVMWARDEN_NR_REASONS], asked;
	unsigned int how, reason, i;

	sum_up(now);
	for (how = 0; how < NR_HOWS; how++) {
		for (reason = 0; reason < KVMWARDEN_NR_REASONS; reason++) {
			asked = 0;
			for (i = 0; i <= GUESTS; i++)
				asked += guests[i].asked[how][reason];
			EQUAL(now[how][reason] - before[how][reason], asked);
		}
	}
}

static void check_told(void)
{
	unsigned int i, how, reason;

	for (i = 0; i <= GUESTS; i++)
		for (how = 0; how < NR_HOWS; how++)
			for (reason = 0; reason < KVMWARDEN_NR_REASONS; reason++)
				if (!EQUAL(guests[i].told[how][reason],
					   guests[i].asked[how][reason]))
					ksft_print_msg("guest %u, reason %u\n",
						       i, reason);
}

static void an_hour(void)
{
	uint64_t before[NR_HOWS][KVMWARDEN_NR_REASONS];
	uint64_t end;
	unsigned int i;
	pid_t child;
	int result;

	sum_up(before);
	reader = warden_open();
	EQUAL(lseek(reader, 0, SEEK_END), 0);
	put_in_force(KVMWARDEN_MODE_ENFORCE, NULL);
	for (i = 0; i <= GUESTS; i++)
		guest_start(&guests[i], users[i]);
	child = start_hammer(&result);
	all_troubles(DENIED);
	all_troubles(PERMITTED);
	end_hammer(child, result);
	for (i = 0; i <= GUESTS; i++)
		puppet_end(&guests[i].puppet);
	/* what is told together comes within two seconds */
	for (end = now_ms() + PATIENCE; !all_told() && now_ms() < end;)
		read_some(1000);
	check_told();
	check_sums(before);
	EQUAL(lost, 0);
	ksft_print_msg("%llu events\n",
		       (unsigned long long)(last_seq - first_seq + 1));
	CHECK(last_seq - first_seq < KVMWARDEN_EVENTS);
	close(reader);
}

static const struct test tests[] = {
	{ "every reason of every VM is told, and how often", an_hour },
};

int main(void)
{
	over = mmap(NULL, sizeof(*over), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (over == MAP_FAILED)
		ksft_exit_fail_msg("no memory\n");
	return fixture_main(tests, ARRAY_SIZE(tests));
}
