// SPDX-License-Identifier: GPL-2.0
/*
 * VMs that are older than the module: found, charged, limited from then on.
 * Loads and unloads the module, whose path is in KVMWARDEN_KO.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest.h"
#include "fixture.h"
#include "vmm.h"

/* A limit on each VM that none here keeps. */
static void limit(uint64_t vcpus, uint64_t memory)
{
	struct warden_policy policy;
	struct kvmwarden_class *class;

	warden_policy_init(&policy);
	class = add_user(&policy, "tenant", TENANT);
	class->vm.of[KVMWARDEN_LIMIT_VCPUS] = vcpus;
	class->vm.of[KVMWARDEN_LIMIT_MEMORY] = memory;
	class->total.vms = 1;
	warden_apply(warden, &policy);
}

/* Two slots, two vCPUs, and code to run. */
static int64_t make_vm(struct puppet *puppet, int64_t *vcpu)
{
	int64_t vm;

	CHECK((vm = TELL(puppet, do_vm)) >= 0);
	EQUAL(TELL(puppet, do_code, vm, 0), 0);
	EQUAL(TELL(puppet, do_slot, vm, 1, 0, GiB, 4 * MiB), 0);
	CHECK((vcpu[0] = TELL(puppet, do_vcpu, vm, 0)) >= 0);
	CHECK((vcpu[1] = TELL(puppet, do_vcpu, vm, 1)) >= 0);
	return vm;
}

/* What make_vm() has made */
#define MADE_VCPUS	2
#define MADE_MEMORY	(VMM_PAGE + 4 * MiB)

static void is_on_record(const struct puppet *puppet, unsigned int vcpus,
			 uint64_t memory)
{
	struct kvmwarden_vm record;

	if (!EQUAL(warden_vm(warden, puppet->pid, &record), 0))
		return;
	CHECK(record.flags & KVMWARDEN_VM_ADOPTED);
	EQUAL(record.uid, TENANT);
	EQUAL(record.gid, TENANT);
	EQUAL(record.used.of[KVMWARDEN_LIMIT_VCPUS], vcpus);
	EQUAL(record.used.of[KVMWARDEN_LIMIT_MEMORY], memory);
	CHECK(!strcmp(record.comm, "adopt"));
}

static void older_vm(void)
{
	struct kvmwarden_vm record;
	struct puppet tenant, young;
	int64_t vm, vcpu[2], newer;

	unload_module();
	puppet_start_as(&tenant, TENANT);
	vm = make_vm(&tenant, vcpu);
	load_and_open();
	is_on_record(&tenant, MADE_VCPUS, MADE_MEMORY);
	USED(1, MADE_VCPUS, MADE_MEMORY);

	/* limited from now on, but nothing is taken away */
	limit(1, MiB);
	CLASS_USED("tenant", 1, MADE_VCPUS, MADE_MEMORY);
	EQUAL(TELL(&tenant, do_run, vcpu[0], 3), 0);
	EQUAL(TELL(&tenant, do_vcpu, vm, 2), -EDQUOT);
	EQUAL(TELL(&tenant, do_slot, vm, 2, 0, 2 * GiB, VMM_PAGE), -EDQUOT);
	EQUAL(TELL(&tenant, do_vm), -EDQUOT);
	EQUAL(TELL(&tenant, do_slot, vm, 1, 0, 3 * GiB, 4 * MiB), 0);
	EQUAL(TELL(&tenant, do_delete, vm, 1), 0);
	USED(1, MADE_VCPUS, VMM_PAGE);
	EQUAL(TELL(&tenant, do_slot, vm, 2, 0, 2 * GiB, MiB), -EDQUOT);
	EQUAL(TELL(&tenant, do_slot, vm, 2, 0, 2 * GiB, MiB - VMM_PAGE), 0);
	USED(1, MADE_VCPUS, MiB);
	EQUAL(TELL(&tenant, do_run, vcpu[1], 3), 0);

	/* a younger one is none of the adopted */
	limit(4, KVMWARDEN_UNLIMITED);
	CHECK(TELL(&tenant, do_vcpu, vm, 2) >= 0);
	puppet_start(&young);
	CHECK((newer = TELL(&young, do_vm)) >= 0);
	EQUAL(warden_vm(warden, young.pid, &record), 0);
	CHECK(!(record.flags & KVMWARDEN_VM_ADOPTED));
	puppet_end(&young);
	puppet_end(&tenant);
}

static void only_a_vcpu_open(void)
{
	struct puppet tenant;
	int64_t vm, vcpu[2];

	unload_module();
	puppet_start_as(&tenant, TENANT);
	vm = make_vm(&tenant, vcpu);
	EQUAL(TELL(&tenant, do_close, vm), 0);
	load_and_open();
	is_on_record(&tenant, MADE_VCPUS, MADE_MEMORY);
	EQUAL(TELL(&tenant, do_run, vcpu[0], 3), 0);
	puppet_end(&tenant);
	CHECK(eventually_unused());
}

/* A socket to itself, in the puppet, with a VM's file on its way in it. */
static int in_flight[2];

static int64_t do_send(const int64_t *args)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, in_flight) ||
	    send_fd(in_flight[0], args[0]))
		return -errno;
	close(args[0]);
	return 0;
}

static int64_t do_receive(const int64_t *args)
{
	(void)args;
	return receive_fd(in_flight[1]);
}

static void only_in_flight(void)
{
	struct kvmwarden_vm record;
	struct puppet tenant;
	int64_t vm;

	unload_module();
	puppet_start_as(&tenant, TENANT);
	CHECK((vm = TELL(&tenant, do_vm)) >= 0);
	EQUAL(TELL(&tenant, do_slot, vm, 0, 0, 0, 2 * MiB), 0);
	EQUAL(TELL(&tenant, do_send, vm), 0);
	load_and_open();
	limit(2, 3 * MiB);
	/* nobody has it open */
	EQUAL(warden_vm(warden, tenant.pid, &record), -ENOENT);
	USED(0, 0, 0);
	CHECK((vm = TELL(&tenant, do_receive)) >= 0);
	/* found as soon as it asks, with all that it has */
	EQUAL(TELL(&tenant, do_slot, vm, 1, 0, GiB, 2 * MiB), -EDQUOT);
	is_on_record(&tenant, 0, 2 * MiB);
	EQUAL(TELL(&tenant, do_slot, vm, 1, 0, GiB, MiB), 0);
	USED(1, 0, 3 * MiB);
	CHECK(TELL(&tenant, do_vcpu, vm, 0) >= 0);
	CHECK(TELL(&tenant, do_vcpu, vm, 1) >= 0);
	EQUAL(TELL(&tenant, do_vcpu, vm, 2), -EDQUOT);
	is_on_record(&tenant, 2, 3 * MiB);
	puppet_end(&tenant);
}

/* The same if a vCPU is the first it asks for. */
static void in_flight_vcpu(void)
{
	struct puppet tenant;
	int64_t vm, vcpu;

	unload_module();
	puppet_start_as(&tenant, TENANT);
	CHECK((vm = TELL(&tenant, do_vm)) >= 0);
	CHECK((vcpu = TELL(&tenant, do_vcpu, vm, 0)) >= 0);
	EQUAL(TELL(&tenant, do_close, vcpu), 0);
	EQUAL(TELL(&tenant, do_slot, vm, 0, 0, 0, 2 * MiB), 0);
	EQUAL(TELL(&tenant, do_send, vm), 0);
	load_and_open();
	limit(2, KVMWARDEN_UNLIMITED);
	CHECK((vm = TELL(&tenant, do_receive)) >= 0);
	CHECK(TELL(&tenant, do_vcpu, vm, 1) >= 0);
	EQUAL(TELL(&tenant, do_vcpu, vm, 2), -EDQUOT);
	is_on_record(&tenant, 2, 2 * MiB);
	puppet_end(&tenant);
}

/* It dies where nobody has ever seen it. */
static void dies_in_flight(void)
{
	struct puppet tenant;
	int64_t vm;

	unload_module();
	puppet_start_as(&tenant, TENANT);
	CHECK((vm = TELL(&tenant, do_vm)) >= 0);
	EQUAL(TELL(&tenant, do_slot, vm, 0, 0, 0, 2 * MiB), 0);
	EQUAL(TELL(&tenant, do_send, vm), 0);
	load_and_open();
	puppet_end(&tenant);
	USED(0, 0, 0);
}

static void armed_again(void)
{
	struct kvmwarden_status status;
	int64_t vm, late, vcpu[2];
	struct puppet tenant;

	puppet_start_as(&tenant, TENANT);
	vm = make_vm(&tenant, vcpu);
	limit(MADE_VCPUS, MADE_MEMORY);
	EQUAL(TELL(&tenant, do_vcpu, vm, 2), -EDQUOT);
	take_off_hooks();
	USED(0, 0, 0);
	/* nothing is enforced and nothing seen */
	CHECK(TELL(&tenant, do_vcpu, vm, 2) >= 0);
	EQUAL(TELL(&tenant, do_slot, vm, 2, 0, 2 * GiB, MiB), 0);
	CHECK((late = TELL(&tenant, do_vm)) >= 0);
	EQUAL(TELL(&tenant, do_close, late), 0);
	USED(0, 0, 0);

	limit(MADE_VCPUS, MADE_MEMORY);
	warden_status(warden, &status);
	CHECK(status.state & KVMWARDEN_STATE_ARMED);
	CHECK(status.state & KVMWARDEN_STATE_CANARY);
	is_on_record(&tenant, MADE_VCPUS + 1, MADE_MEMORY + MiB);
	CLASS_USED("tenant", 1, MADE_VCPUS + 1, MADE_MEMORY + MiB);
	EQUAL(TELL(&tenant, do_vcpu, vm, 3), -EDQUOT);
	EQUAL(TELL(&tenant, do_slot, vm, 3, 0, 3 * GiB, VMM_PAGE), -EDQUOT);
	EQUAL(TELL(&tenant, do_run, vcpu[0], 3), 0);
	EQUAL(TELL(&tenant, do_delete, vm, 2), 0);
	USED(1, MADE_VCPUS + 1, MADE_MEMORY);
	puppet_end(&tenant);
}

/* A VM that another process holds, too, belongs to the one that drives it. */
static void held_by_two(void)
{
	struct puppet holder, tenant;
	struct kvmwarden_vm record;
	int64_t vm, vcpu[2];

	/* older, and so found before the other one */
	puppet_start(&holder);
	unload_module();
	puppet_start_as(&tenant, TENANT);
	vm = make_vm(&tenant, vcpu);
	CHECK(TELL(&holder, do_get_fd, tenant.pid, vm) >= 0);
	load_and_open();
	is_on_record(&tenant, MADE_VCPUS, MADE_MEMORY);
	EQUAL(warden_vm(warden, holder.pid, &record), -ENOENT);
	USED(1, MADE_VCPUS, MADE_MEMORY);

	/* once that one is gone, nobody can: it is not the other's either */
	unload_module();
	puppet_end(&tenant);
	load_and_open();
	EQUAL(warden_vm(warden, holder.pid, &record), -ENOENT);
	USED(0, 0, 0);
	puppet_end(&holder);
	CHECK(eventually_unused());
}

static const struct test tests[] = {
	{ "a VM older than the module", older_vm },
	{ "of the VM only vCPUs are open", only_a_vcpu_open },
	{ "a VM in flight, found by a slot", only_in_flight },
	{ "a VM in flight, found by a vCPU", in_flight_vcpu },
	{ "a VM dies in flight", dies_in_flight },
	{ "disarmed and armed again", armed_again },
	{ "a VM that two processes hold", held_by_two },
};

int main(void)
{
	if (!getenv("KVMWARDEN_KO")) {
		ksft_print_header();
		ksft_exit_skip("KVMWARDEN_KO does not say where the module is\n");
	}
	return fixture_main(tests, ARRAY_SIZE(tests));
}
