// SPDX-License-Identifier: GPL-2.0
/*
 * VMs that are older than the hooks.
 *
 * KVM's list of VMs is its own, so they are found by the files that lead to
 * them. One that no process has open just now (its file may be on its way
 * through a socket) is found at its next request. One whose creator is gone can
 * make no request any more, and is left out.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm_host.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/xarray.h>

#include "../event.h"
#include "../place.h"
#include "../symbol.h"
#include "../vm.h"
#include "guard.h"

/* An ENDBR is all there may be between a function and where it is probed. */
#define ENTRY_SLACK	4

/* How often, and after how long each, a search is tried that lacks memory. */
#define SEARCH_TRIES	5
#define SEARCH_MSEC	20

/**
 * kw_is_function() - is this the function that was found by its name?
 * @function: as a pointer has it
 * @found: as kw_symbol_find() has it, or 0
 *
 * Return: true if so.
 */
bool kw_is_function(unsigned long function, unsigned long found)
{
	return function && found && found - function <= ENTRY_SLACK;
}

/**
 * struct search - a search for VMs
 * @vm_ioctl: by which a VM's file is known
 * @vcpu_ioctl: a vCPU's
 * @device_ioctl: a device's
 * @task: whose files are being looked at; locked
 * @files: those that were looked at last, of the same process
 * @idle: VMs without a driver, by address, or whoever has one open ever so often
 *	could make this take ever so long
 * @left: how many could not be put on record
 */
struct search {
	unsigned long vm_ioctl;
	unsigned long vcpu_ioctl;
	unsigned long device_ioctl;
	struct task_struct *task;
	const struct files_struct *files;
	struct xarray idle;
	unsigned int left;
};

/**
 * kw_unrecorded() - what becomes of a request of a VM that is not on record
 * @reason: why it is not
 * @operation: what is asked for
 * @err: what to return if it is refused
 *
 * Return: @err where policy relies on refusals, else 0.
 */
int kw_unrecorded(enum kvmwarden_reason reason,
		  enum kvmwarden_operation operation, int err)
{
	bool refused = kw_place_enforces();

	kw_event_unrecorded(reason, operation, refused);
	return refused ? err : 0;
}

static struct kw_vm *adopt(struct kvm *kvm, struct task_struct *creator)
{
	struct kw_pages pages;
	int idx;

	if (!kw_ends_seen())
		return NULL;
	idx = srcu_read_lock(&kvm->srcu);
	kw_memory_count(kvm, &pages);
	srcu_read_unlock(&kvm->srcu, idx);
	/* unlocked: whatever changes meanwhile, the next request sets right */
	return kw_vm_adopt(kvm, creator, kvm->mm, &pages,
			   READ_ONCE(kvm->created_vcpus));
}

/**
 * kw_find_or_adopt() - the record of a VM that asks for something
 * @kvm: the VM
 * @operation: what it asks for
 * @vm: set to its record or NULL
 *
 * Context: process context of the request; does not sleep.
 * Return: without a record, what to return to KVM.
 */
int kw_find_or_adopt(struct kvm *kvm, enum kvmwarden_operation operation,
		     struct kw_vm **vm)
{
	*vm = NULL;
	if (kw_layout_bad())
		return kw_unrecorded(KVMWARDEN_REASON_LAYOUT, operation,
				     -EPERM);
	*vm = kw_vm_find(kvm);
	if (*vm)
		return 0;
	/* being destroyed: its record went first, and must not come back */
	if (!refcount_read(&kvm->users_count))
		return 0;
	*vm = adopt(kvm, current);
	if (*vm)
		return 0;
	return kw_unrecorded(KVMWARDEN_REASON_NO_RECORD, operation, -ENOMEM);
}

static bool is_function(const struct file *file, unsigned long probed)
{
	return kw_is_function((unsigned long)file->f_op->unlocked_ioctl,
			      probed);
}

static struct kvm *file_vm(const struct search *search, struct file *file)
{
	if (is_function(file, search->vm_ioctl))
		return file->private_data;
	if (is_function(file, search->vcpu_ioctl))
		return ((struct kvm_vcpu *)file->private_data)->kvm;
	if (is_function(file, search->device_ioctl))
		return ((struct kvm_device *)file->private_data)->kvm;
	return NULL;
}

/*
 * Only a task with the creator's memory can drive a VM; another that holds it
 * open only keeps it alive, and must not lend it its name.
 */
static struct task_struct *driver_of(const struct search *search,
				     const struct kvm *kvm)
{
	struct task_struct *process, *task;

	if (search->task->mm == kvm->mm)
		return search->task;
	/* the first thread may have ended */
	for_each_process_thread(process, task)
		if (READ_ONCE(task->mm) == kvm->mm)
			return task;
	return NULL;
}

/* The open file keeps the VM alive, and the table's lock keeps the file open. */
static int look_at_file(const void *data, struct file *file, unsigned int fd)
{
	struct search *search = (struct search *)data;
	struct kvm *kvm = file_vm(search, file);
	struct task_struct *driver;

	if (!kvm || kw_vm_find(kvm) || xa_load(&search->idle, (unsigned long)kvm))
		return 0;
	driver = driver_of(search, kvm);
	if (!driver)
		xa_store(&search->idle, (unsigned long)kvm, xa_mk_value(0),
			 GFP_ATOMIC);
	else if (!adopt(kvm, driver))
		search->left++;
	return 0;
}

static void look_at_task(struct search *search, struct task_struct *task)
{
	if (task == task->group_leader)
		search->files = NULL;
	task_lock(task);
	search->task = task;
	/* most threads share their files */
	if (task->files && task->files != search->files) {
		iterate_fd(task->files, 0, look_at_file, search);
		search->files = task->files;
	}
	task_unlock(task);
}

/* What there is none of is no file's. */
static int find_ioctl(const char *function, unsigned long *address)
{
	int err = kw_symbol_find("kvm", function, address);

	return err == -ENOENT ? 0 : err;
}

static int look_at_all(void)
{
	struct task_struct *process, *task;
	struct search search = { };
	int err;

	err = find_ioctl("kvm_vm_ioctl", &search.vm_ioctl) ?:
	      find_ioctl("kvm_vcpu_ioctl", &search.vcpu_ioctl) ?:
	      find_ioctl("kvm_device_ioctl", &search.device_ioctl);
	kw_symbol_done();
	if (err || !search.vm_ioctl)
		return err;
	xa_init(&search.idle);
	rcu_read_lock();
	for_each_process_thread(process, task)
		look_at_task(&search, task);
	rcu_read_unlock();
	xa_destroy(&search.idle);
	return search.left ? -ENOMEM : 0;
}

/**
 * kw_adopt_running() - put on record the VMs that are older than the hooks
 *
 * Context: may sleep; hooks are armed.
 */
void kw_adopt_running(void)
{
	int tries, err = 0;

	if (kw_layout_bad() || !kw_ends_seen())
		return;
	for (tries = 0; tries < SEARCH_TRIES; tries++) {
		err = look_at_all();
		if (!err)
			return;
		msleep(SEARCH_MSEC);
	}
	pr_warn("VMs that run already may not all be on record (%d): such a VM is charged from its next request on\n",
		err);
}
