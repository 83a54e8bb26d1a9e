// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation fails, one after the other: of a call, the first that it makes,
 * the second, and so on, until it makes no more (fail-nth, of kernels with
 * FAULT_INJECTION).
 *
 * KVM's own allocations fail as well, and so do the kernel's on the way to them.
 * Whoever's it was: a call fails cleanly, or has done all that it is to do;
 * nothing is charged for what is not there; and once memory is there again the
 * same call succeeds.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"
#include "items.h"
#include "kselftest.h"
#include "nth.h"
#include "vmm.h"

/* More than any call here makes */
#define MOST		2000
#define PATIENCE	20000

/**
 * struct scene - a call, and what is around it
 * @prepare: before each call, or NULL
 * @call: the call: a negative errno, or what is given to @undo
 * @look: at what came of it, or NULL
 * @undo: after each, also if it failed, or NULL
 * @denied: it must not succeed
 */
struct scene {
	void (*prepare)(void);
	int (*call)(void);
	void (*look)(int ret);
	void (*undo)(int ret);
	bool denied;
};

/* of @prepare, for @call */
static int vm = -1, event = -1;
static struct kvmwarden_vm record;
static struct kvmwarden_status before;

static bool same_policy(const struct kvmwarden_status *a)
{
	struct kvmwarden_status now;

	warden_status(warden, &now);
	return a->state == now.state && a->generation == now.generation &&
	       !memcmp(a->digest, now.digest, sizeof(now.digest));
}

static bool same_use(const struct kvmwarden_status *a)
{
	struct kvmwarden_status now;

	warden_status(warden, &now);
	return !memcmp(&a->used, &now.used, sizeof(now.used));
}

/* KVM frees a VM when its last user is gone, which may be a worker. */
static bool soon_same_use(const struct kvmwarden_status *a)
{
	uint64_t end = now_ms() + PATIENCE;

	while (!same_use(a) && now_ms() < end)
		usleep(1000);
	return same_use(a);
}

/* A call is allowed to fail for want of memory, or because it is denied. */
static bool clean(const struct scene *scene, int ret)
{
	if (ret >= 0)
		return CHECK(!scene->denied);
	return CHECK(ret == -ENOMEM || (scene->denied && ret == -EDQUOT));
}

static void look_and_undo(const struct scene *scene, int ret)
{
	if (scene->look)
		scene->look(ret);
	if (scene->undo)
		scene->undo(ret);
}

static void close_prepared(void)
{
	close(event);
	close(vm);
	vm = -1;
	event = -1;
}

static bool once(const struct scene *scene, unsigned int n, bool *failed)
{
	struct kvmwarden_status rest;
	unsigned int left;
	int ret;

	warden_status(warden, &rest);
	if (scene->prepare)
		scene->prepare();
	warden_status(warden, &before);
	ret = nth_call(n, scene->call, &left);
	*failed = !left;
	if (!clean(scene, ret))
		return false;
	if (ret < 0 && !CHECK(same_policy(&before)))
		return false;
	look_and_undo(scene, ret);

	/* without a failure, the same does what it should */
	warden_status(warden, &before);
	ret = scene->call();
	if (!CHECK(scene->denied ? ret == -EDQUOT : ret >= 0))
		ksft_print_msg("then, without a failure: %d\n", ret);
	look_and_undo(scene, ret);
	if (scene->prepare)
		close_prepared();
	return CHECK(soon_same_use(&rest));
}

static unsigned int each_of(const struct scene *scene, enum nth_kind kind)
{
	unsigned int n, faults = 0;
	bool failed = true;

	nth_choose(kind);
	for (n = 1; n < MOST && failed; n++) {
		if (!once(scene, n, &failed)) {
			ksft_print_msg("with allocation %u failing\n", n);
			break;
		}
		faults += failed;
	}
	CHECK(n < MOST);
	return faults;
}

static void each(const struct scene *scene)
{
	unsigned int pages = each_of(scene, NTH_PAGES);
	unsigned int objects = each_of(scene, NTH_OBJECTS);

	CHECK(objects > 0);
	ksft_print_msg("%u allocations failed, %u of pages\n", objects + pages,
		       pages);
}

/* Users, cgroups, classes and the host: all that a charge can climb. */
static void apply_limits(uint64_t vcpus)
{
	struct warden_policy policy;
	struct kvmwarden_class *class;

	warden_policy_init(&policy);
	policy.host.vms = 100;
	policy.user.vms = 100;
	warden_add_cgroup(&policy, "/**")->vms = 100;
	add_user(&policy, "tenant", TENANT);
	class = warden_add(&policy, "default");
	class->user.vms = 100;
	class->total.vms = 100;
	class->vm.of[KVMWARDEN_LIMIT_VCPUS] = vcpus;
	class->vm.of[KVMWARDEN_LIMIT_IRQFDS] = 10;
	class->vm.of[KVMWARDEN_LIMIT_IOEVENTFDS] = 10;
	warden_apply(warden, &policy);
}

static int create_vm(void)
{
	return vmm_vm(kvm);
}

/* What is there is on record. */
static void look_at_vm(int ret)
{
	struct kvmwarden_status now;

	warden_status(warden, &now);
	if (ret >= 0)
		EQUAL(now.used.vms, before.used.vms + 1);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void vms(void)
{
	static const struct scene scene = {
		.call = create_vm,
		.look = look_at_vm,
		.undo = close_fd,
	};

	apply_limits(10);
	each(&scene);
}

static void make_bare(void)
{
	vm = new_vm();
	EQUAL(vmm_irqchip(vm), 0);
	event = eventfd(0, EFD_CLOEXEC);
}

static void make_vm(void)
{
	make_bare();
	CHECK(!warden_vm(warden, getpid(), &record));
}

static int add_slot(void)
{
	return vmm_slot(vm, 0, 0, 0, 16 * VMM_PAGE);
}

static void delete_slot(int ret)
{
	if (!ret)
		EQUAL(vmm_delete(vm, 0), 0);
}

static void slots(void)
{
	static const struct scene scene = {
		.prepare = make_vm,
		.call = add_slot,
		.undo = delete_slot,
	};

	apply_limits(10);
	each(&scene);
}

static int add_vcpu(void)
{
	static uint32_t id;

	return vmm_vcpu(vm, id++ % 8);
}

static void vcpus(void)
{
	static const struct scene scene = {
		.prepare = make_vm,
		.call = add_vcpu,
		.undo = close_fd,
	};

	apply_limits(10);
	each(&scene);
}

/* The first denial of a VM has an allocation of its own, to count it. */
static void denials(void)
{
	static const struct scene scene = {
		.prepare = make_vm,
		.call = add_vcpu,
		.undo = close_fd,
		.denied = true,
	};
	uint64_t was = denied(KVMWARDEN_REASON_VM_VCPUS);

	apply_limits(0);
	each(&scene);
	CHECK(denied(KVMWARDEN_REASON_VM_VCPUS) > was);
}

static int add_irqfd(void)
{
	return vmm_irqfd(vm, 0, event, true);
}

static void remove_irqfd(int ret)
{
	if (!ret)
		EQUAL(vmm_irqfd(vm, 0, event, false), 0);
}

static void irqfds(void)
{
	static const struct scene scene = {
		.prepare = make_vm,
		.call = add_irqfd,
		.undo = remove_irqfd,
	};

	apply_limits(10);
	each(&scene);
}

static int add_ioeventfd(void)
{
	return vmm_ioeventfd(vm, 0, event, true);
}

static void remove_ioeventfd(int ret)
{
	if (!ret)
		EQUAL(vmm_ioeventfd(vm, 0, event, false), 0);
}

static void ioeventfds(void)
{
	static const struct scene scene = {
		.prepare = make_vm,
		.call = add_ioeventfd,
		.undo = remove_ioeventfd,
	};

	apply_limits(10);
	each(&scene);
}

static int add_zone(void)
{
	return vmm_zone(vm, 0, true);
}

static int set_routes(void)
{
	return vmm_routes(vm, 1);
}

#ifdef KVM_HYPERV_EVENTFD
static int add_connection(void)
{
	return vmm_hv_event(vm, 0, event, true);
}
#endif

/* Of a VM that nobody has open while hooks are armed, so that it is not found. */
static void make_unrecorded(const int wire[2])
{
	take_off_hooks();
	make_bare();
	EQUAL(send_fd(wire[0], vm), 0);
	close(vm);
	apply_limits(10);
	vm = receive_fd(wire[1]);
	CHECK(vmm_check(vm, KVM_CAP_NESTED_STATE) > 0);
	CHECK(warden_vm(warden, getpid(), &record));
}

/*
 * What it asks for first is refused, if it cannot be put on record then. Each time
 * it is another VM, for what fails may also be something that the kernel can do
 * without, and then it is on record.
 */
static bool first_is_refused(unsigned int n, int (*call)(void))
{
	uint64_t was = denied(KVMWARDEN_REASON_NO_RECORD);
	unsigned int left;
	bool refused;
	int ret;

	ret = nth_call(n, call, &left);
	CHECK(ret >= 0 || ret == -ENOMEM);
	refused = denied(KVMWARDEN_REASON_NO_RECORD) != was;
	if (refused) {
		EQUAL(ret, -ENOMEM);
		USED(0, 0, 0);
		ret = call();
		CHECK(ret >= 0);
		CHECK(!warden_vm(warden, getpid(), &record));
	}
	CHECK(refused || !left);
	/* a vCPU's keeps the VM */
	if (ret > 0)
		close(ret);
	return refused;
}

static void unrecorded(void)
{
	static int (* const calls[])(void) = {
		add_slot, add_vcpu, add_irqfd, add_ioeventfd, add_zone,
		set_routes,
#ifdef KVM_HYPERV_EVENTFD
		add_connection,
#endif
	};
	unsigned int i, n, vms = 0;
	bool refused;
	int wire[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wire));
	for (i = 0; i < ARRAY_SIZE(calls) && !test_failed(); i++) {
		for (n = 1, refused = false; !refused && !test_failed(); n++) {
			make_unrecorded(wire);
			refused = first_is_refused(n, calls[i]);
			close_prepared();
			CHECK(eventually_unused());
			vms++;
		}
	}
	ksft_print_msg("%u kinds of requests of %u VMs\n", i, vms);
	close(wire[0]);
	close(wire[1]);
}

static int set_vm(void)
{
	struct kvmwarden_vm_set set = {
		.size = sizeof(set),
		.id = record.id,
		.limits = 1 << KVMWARDEN_LIMIT_VCPUS,
		.own_limits = 1 << KVMWARDEN_LIMIT_VCPUS,
		.flags = KVMWARDEN_SET_CLASS,
		.class_name = "tenant",
	};

	set.limit.of[KVMWARDEN_LIMIT_VCPUS] = 3;
	return ioctl(warden, KVMWARDEN_VM_SET, &set) ? -errno : 0;
}

static void look_at_settings(int ret)
{
	struct kvmwarden_vm now;

	CHECK(!warden_vm(warden, getpid(), &now));
	EQUAL(strcmp(now.class_name, ret ? record.class_name : "tenant"), 0);
	EQUAL(now.limit.of[KVMWARDEN_LIMIT_VCPUS],
	      ret ? record.limit.of[KVMWARDEN_LIMIT_VCPUS] : 3);
}

static void unset_vm(int ret)
{
	struct kvmwarden_vm_set set = {
		.size = sizeof(set),
		.id = record.id,
		.limits = 1 << KVMWARDEN_LIMIT_VCPUS,
		.flags = KVMWARDEN_SET_CLASS,
	};

	if (!ret)
		EQUAL(ioctl(warden, KVMWARDEN_VM_SET, &set), 0);
}

static void settings(void)
{
	static const struct scene scene = {
		.prepare = make_vm,
		.call = set_vm,
		.look = look_at_settings,
		.undo = unset_vm,
	};

	apply_limits(10);
	each(&scene);
}

static int commit(void)
{
	struct kvmwarden_ruleset ruleset = {
		.size = sizeof(ruleset),
		.mode = KVMWARDEN_MODE_ENFORCE,
	};
	struct kvmwarden_class class = {
		.size = sizeof(class),
		.mode = KVMWARDEN_MODE_ENFORCE,
		.flags = KVMWARDEN_CLASS_MATCH_CGROUP,
		.name = "all",
		.cgroup.address = (uintptr_t)"/**",
	};
	struct kvmwarden_cgroup cgroup = {
		.size = sizeof(cgroup),
		.pattern.address = (uintptr_t)"/*",
	};
	struct kvmwarden_commit commit = {
		.size = sizeof(commit),
		.flags = KVMWARDEN_COMMIT_FORCE,
		.generation = before.generation,
	};
	int draft, ret = 0;

	warden_unlimited(&ruleset.host);
	warden_unlimited(&ruleset.user);
	ruleset.user.vms = 50;
	warden_limits(&class.vm);
	warden_unlimited(&class.user);
	warden_unlimited(&class.total);
	class.user.vms = 50;
	warden_unlimited(&cgroup.limit);
	cgroup.limit.vms = 50;
	draft = ioctl(warden, KVMWARDEN_RULESET_BEGIN, &ruleset);
	if (draft < 0)
		return -errno;
	if (ioctl(draft, KVMWARDEN_RULESET_ADD, &class) ||
	    ioctl(draft, KVMWARDEN_RULESET_ADD_CGROUP, &cgroup) ||
	    ioctl(draft, KVMWARDEN_RULESET_COMMIT, &commit))
		ret = -errno;
	close(draft);
	return ret;
}

/* Back to what @before was taken of; commits count up, whatever they bring. */
static void commit_back(int ret)
{
	if (ret)
		return;
	apply_limits(10);
	warden_status(warden, &before);
}

static void commits(void)
{
	static const struct scene scene = {
		.call = commit,
		.undo = commit_back,
	};
	int vms[3];
	unsigned int i;

	apply_limits(10);
	for (i = 0; i < ARRAY_SIZE(vms); i++) {
		vms[i] = new_vm();
		/* a vCPU's descriptor would keep its VM */
		close(vmm_vcpu(vms[i], 0));
	}
	each(&scene);
	for (i = 0; i < ARRAY_SIZE(vms); i++)
		close(vms[i]);
}

static int read_event(void)
{
	struct kvmwarden_event told;
	int fd = open(KVMWARDEN_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (read(fd, &told, sizeof(told)) != sizeof(told))
		ret = -errno;
	close(fd);
	return ret;
}

static void readers(void)
{
	static const struct scene scene = {
		.call = read_event,
	};

	apply_limits(10);
	each(&scene);
}

static int list_vm(void)
{
	struct kvmwarden_account account = { .size = sizeof(account) };
	struct warden_record all = { .vm.size = sizeof(all.vm) };
	struct kvmwarden_vm *to = &all.vm;

	to->cgroup.address = (uintptr_t)all.cgroup;
	to->cgroup.len = sizeof(all.cgroup);
	to->exe.address = (uintptr_t)all.exe;
	to->exe.len = sizeof(all.exe);
	if (ioctl(warden, KVMWARDEN_VM_NEXT, to))
		return -errno;
	EQUAL(to->id, record.id);
	CHECK(all.cgroup[0] && all.exe[0]);
	account.cgroup.address = (uintptr_t)all.cgroup;
	account.cgroup.len = sizeof(all.cgroup);
	return ioctl(warden, KVMWARDEN_ACCOUNT_NEXT, &account) ? -errno : 0;
}

static void lists(void)
{
	static const struct scene scene = {
		.prepare = make_vm,
		.call = list_vm,
	};

	apply_limits(10);
	each(&scene);
}

static const struct test tests[] = {
	{ "VMs", vms },
	{ "memory slots", slots },
	{ "vCPUs", vcpus },
	{ "denials", denials },
	{ "irqfds", irqfds },
	{ "ioeventfds", ioeventfds },
	{ "first requests of VMs that are not on record", unrecorded },
	{ "settings of one VM", settings },
	{ "commits", commits },
	{ "readers of events", readers },
	{ "lists of VMs and accounts", lists },
};

int main(void)
{
	nth_open();
	return fixture_main(tests, ARRAY_SIZE(tests));
}
