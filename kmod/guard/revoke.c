// SPDX-License-Identifier: GPL-2.0
/* A VM that runs VMs of its own is not to enter them any more. */
#include <linux/cpumask.h>
#include <linux/kvm_host.h>
#include <linux/sched/signal.h>
#include <linux/smp.h>
#include <linux/xarray.h>

#include "../place.h"
#include "../probes.h"
#include "../vm.h"
#include "guard.h"

/* The caller is the vCPU's own thread, and so of its VMM. */
static bool kill_if_so(const struct kw_vm *vm)
{
	if (kw_vm_revoke(vm) != KVMWARDEN_REVOKE_KILL)
		return false;
	send_sig(SIGKILL, current, 1);
	return true;
}

/**
 * kw_nested_refuse() - a VM may not enter a VM of its own, and would
 * @vcpu: its vCPU, whose own thread the caller is
 * @err: what kw_nested_verdict() said
 *
 * Context: process context; does not sleep.
 * Return: KW_INSTEAD if its hypervisor is to see that it failed; or @err, for its
 * VMM.
 */
long kw_nested_refuse(const struct kvm_vcpu *vcpu, int err)
{
	const struct kw_vm *vm = kw_vm_find(vcpu->kvm);

	return vm && !kill_if_so(vm) ? KW_INSTEAD : err;
}

#ifdef KW_HAVE_NESTED_TRIPLE_FAULT

/* Has @vcpu been in its guest's guest since this was asked first? */
static bool has_run_since(struct kw_vm *vm, const struct kvm_vcpu *vcpu)
{
	void *now = xa_mk_value(vcpu->stat.exits & LONG_MAX);
	void *then = xa_load(&vm->leaving, vcpu->vcpu_id);

	if (then && then != now)
		return true;
	/* should it fail, the question is put again, and nothing runs */
	kw_vm_note_leaving(vm, vcpu->vcpu_id, now);
	return false;
}

/*
 * The VM's hypervisor is to see that its guest has come to an end by a triple
 * fault. Where that guest was only just about to be entered KVM cannot take it
 * back, so it is first entered and left at once: that is what KVM makes of
 * -EBUSY. The second time KVM is asked for the triple fault, which it deals with
 * before it enters any guest again.
 */
static void take_out(struct kw_vm *vm, struct kvm_vcpu *vcpu)
{
	if (!has_run_since(vm, vcpu))
		return;
	/* the note stays, for the VMM may take the request back */
	kvm_make_request(KVM_REQ_TRIPLE_FAULT, vcpu);
}

#else

/* A triple fault would be the VM's own. */
static void take_out(struct kw_vm *vm, struct kvm_vcpu *vcpu)
{
	send_sig(SIGKILL, current, 1);
}

#endif

/**
 * kw_nested_leave() - make a vCPU leave its guest's guest, if it must not run
 * @regs: of svm_check_nested_events() or vmx_check_nested_events(), whose one
 *	argument is the vCPU, in its guest's guest: called by its own thread,
 *	before it enters that or after it has left it
 *
 * Context: process context; does not sleep.
 * Return: -EBUSY if it must not run, else 0.
 */
long kw_nested_leave(const struct kw_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)kw_regs_arg(regs, 0);
	struct kw_vm *vm;

	if (!kw_place_ever_denied(KVMWARDEN_DENY_NESTED))
		return 0;
	vm = kw_vm_find(vcpu->kvm);
	if (unlikely(!vm) &&
	    kw_find_or_adopt(vcpu->kvm, KVMWARDEN_OPERATION_NESTED_ENTER, &vm))
		return -EBUSY;
	if (!vm || !kw_vm_forbids(vm, KVMWARDEN_DENY_NESTED))
		return 0;
	if (!kill_if_so(vm))
		take_out(vm, vcpu);
	return -EBUSY;
}

/* The vCPU asks for events before it enters any guest again. */
static void ask_vcpus(struct kvm *kvm, void *cpus)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	int cpu;

	/* or KVM's loop may come to one that fails to be created, and is freed */
	if (!atomic_read(&kvm->online_vcpus))
		return;
	kvm_for_each_vcpu(i, vcpu, kvm) {
		kvm_make_request(KVM_REQ_EVENT, vcpu);
		/* it sees the request if it comes to another one from here on */
		smp_mb();
		cpu = READ_ONCE(vcpu->cpu);
		if (cpu >= 0)
			cpumask_set_cpu(cpu, cpus);
	}
}

static void nothing(void *unused)
{
}

/**
 * kw_nested_revoke() - when this returns, nothing runs that is forbidden by now
 *
 * A request keeps a vCPU from entering a guest before it has asked for events,
 * and an interrupt makes it leave the one that it is in.
 *
 * Context: may sleep; hooks are armed. One caller at a time.
 */
void kw_nested_revoke(void)
{
	static struct cpumask cpus;

	cpumask_clear(&cpus);
	kw_vm_each_forbidden(KVMWARDEN_DENY_NESTED, ask_vcpus, &cpus);
	on_each_cpu_mask(&cpus, nothing, NULL, true);
}
