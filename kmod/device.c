// SPDX-License-Identifier: GPL-2.0
/* /dev/kvmwarden: what can be asked, and the way to a new ruleset. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "device.h"
#include "event.h"
#include "guard/guard.h"
#include "hook.h"
#include "place.h"

#define FEATURES	(KVMWARDEN_FEATURE_VMS | KVMWARDEN_FEATURE_VCPUS | \
			 KVMWARDEN_FEATURE_MEMORY | KVMWARDEN_FEATURE_NESTED)

/* A hole would carry whatever was in memory to user space, or differ in 32 bits. */
static void check_abi(void)
{
	BUILD_BUG_ON(sizeof(struct kvmwarden_amounts) != 24);
	BUILD_BUG_ON(sizeof(struct kvmwarden_denials) != 512);
	BUILD_BUG_ON(sizeof(struct kvmwarden_status) != 48 + 2 * 24 + 512);
	BUILD_BUG_ON(sizeof(struct kvmwarden_hook) != 24 + 2 * 64);
	BUILD_BUG_ON(sizeof(struct kvmwarden_vm) != 40 + 2 * 24 + 512 + 120);
	BUILD_BUG_ON(sizeof(struct kvmwarden_class) != 104 + 3 * 24 + 512 + 24);
	BUILD_BUG_ON(sizeof(struct kvmwarden_ruleset) != 16 + 24 + 8);
	BUILD_BUG_ON(sizeof(struct kvmwarden_commit) != 24 + 64);
	BUILD_BUG_ON(sizeof(struct kvmwarden_disarm) != 8);
	BUILD_BUG_ON(sizeof(struct kvmwarden_vm_set) != 40 + 64);
	BUILD_BUG_ON((int)KVMWARDEN_NR_REASONS > KVMWARDEN_REASONS_MAX);
}

static void get_used(struct kvmwarden_amounts *to, struct kw_account *from)
{
	to->vms = kw_account_used(from, KW_VMS);
	to->vcpus = kw_account_used(from, KW_VCPUS);
	to->memory = kw_account_used(from, KW_MEMORY);
}

static void get_limit(struct kvmwarden_amounts *to, struct kw_account *from)
{
	to->vms = kw_account_limit(from, KW_VMS);
	to->vcpus = kw_account_limit(from, KW_VCPUS);
	to->memory = kw_account_limit(from, KW_MEMORY);
}

static void get_denials(struct kvmwarden_denials *to,
			const struct kw_counts *from)
{
	unsigned int i;

	for (i = 0; i < KVMWARDEN_NR_REASONS; i++) {
		to->denied[i] = atomic64_read(&from->denied[i]);
		to->permitted[i] = atomic64_read(&from->permitted[i]);
	}
}

/* Give a string to a buffer of user space, as much as fits, and its length. */
static long put_string(u64 user, u32 *len, const char *from)
{
	u32 size = strlen(from) + 1;
	u32 copy = min(size, *len);

	*len = size;
	if (user && copy && copy_to_user(u64_to_user_ptr(user), from, copy))
		return -EFAULT;
	return 0;
}

static long device_status(struct file *file, void *arg)
{
	struct kvmwarden_status *status = arg;
	const struct kw_ruleset *ruleset;
	u32 size = status->size;

	memset(status, 0, sizeof(*status));
	status->size = size;
	status->abi = KVMWARDEN_ABI;
	status->features = FEATURES;
	if (kw_hook_armed())
		status->state |= KVMWARDEN_STATE_ARMED;
	if (kw_hook_alive())
		status->state |= KVMWARDEN_STATE_CANARY;
	if (kw_layout_bad())
		status->state |= KVMWARDEN_STATE_LAYOUT_BAD;
	status->hooks = kw_hook_count();

	kw_place_lock();
	ruleset = kw_place_ruleset();
	status->generation = ruleset->generation;
	status->version = ruleset->version;
	status->mode = ruleset->mode;
	status->classes = ruleset->nr_classes;
	get_used(&status->used, &kw_host_account);
	get_limit(&status->limit, &kw_host_account);
	kw_place_unlock();
	get_denials(&status->denials, &kw_event_total);
	return 0;
}

static long device_hook_get(struct file *file, void *arg)
{
	struct kvmwarden_hook *hook = arg;

	return kw_hook_get(hook->index, hook);
}

/* Return the record's cgroup, to be freed, or an error. */
static char *vm_fill(struct kvmwarden_vm *to)
{
	struct kw_vm *vm;
	char *cgroup;

	rcu_read_lock();
	vm = kw_vm_next(to->id);
	if (!vm) {
		rcu_read_unlock();
		return ERR_PTR(-ENOENT);
	}
	to->flags = vm->adopted ? KVMWARDEN_VM_ADOPTED : 0;
	to->id = vm->id;
	to->created = vm->created;
	to->pid = vm->pid;
	to->uid = vm->who.uid;
	to->gid = vm->gid;
	kw_place_lock();
	to->mode = vm->class->mode;
	to->deny = kw_vm_deny(vm);
	to->own = vm->own;
	to->revoke = vm->class->revoke;
	to->reserved2 = 0;
	strscpy_pad(to->class_name, vm->class->name, sizeof(to->class_name));
	get_used(&to->used, &vm->account);
	get_limit(&to->limit, &vm->account);
	kw_place_unlock();
	get_denials(&to->denials, &vm->counts);
	strscpy_pad(to->comm, vm->comm, sizeof(to->comm));
	cgroup = kstrdup(vm->who.cgroup, GFP_ATOMIC);
	rcu_read_unlock();
	return cgroup ?: ERR_PTR(-ENOMEM);
}

static long device_vm_next(struct file *file, void *arg)
{
	struct kvmwarden_vm *vm = arg;
	char *cgroup;
	long ret;

	if (vm->reserved)
		return -EINVAL;
	memset(&vm->denials, 0, sizeof(vm->denials));
	cgroup = vm_fill(vm);
	if (IS_ERR(cgroup))
		return PTR_ERR(cgroup);
	ret = put_string(vm->cgroup, &vm->cgroup_len, cgroup);
	kfree(cgroup);
	return ret;
}

/* Return the class's pattern, to be freed, NULL for none, or an error. */
static char *class_fill(struct kvmwarden_class *to)
{
	const struct kw_ruleset *ruleset;
	struct kw_class *class;
	char *pattern = NULL;

	kw_place_lock();
	ruleset = kw_place_ruleset();
	class = kw_ruleset_class(ruleset, to->index);
	if (!class) {
		kw_place_unlock();
		return ERR_PTR(-ENOENT);
	}
	strscpy_pad(to->name, class->name, sizeof(to->name));
	to->mode = class->mode;
	to->flags = class->flags;
	to->uid = class->uid;
	to->deny = class->deny;
	to->revoke = class->revoke;
	to->vm.vms = class->vm_limit[KW_VMS];
	to->vm.vcpus = class->vm_limit[KW_VCPUS];
	to->vm.memory = class->vm_limit[KW_MEMORY];
	get_limit(&to->total, &class->account);
	get_used(&to->used, &class->account);
	get_denials(&to->denials, &class->counts);
	to->generation = ruleset->generation;
	if (class->cgroup)
		pattern = kstrdup(class->cgroup, GFP_ATOMIC) ?: ERR_PTR(-ENOMEM);
	kw_place_unlock();
	return pattern;
}

static long device_class_get(struct file *file, void *arg)
{
	struct kvmwarden_class *class = arg;
	u32 size = class->size, index = class->index, len = class->cgroup_len;
	u64 user = class->cgroup;
	char *pattern;
	long ret = 0;

	if (class->reserved || class->reserved2)
		return -EINVAL;
	memset(class, 0, sizeof(*class));
	class->size = size;
	class->index = index;
	class->cgroup = user;
	pattern = class_fill(class);
	if (IS_ERR(pattern))
		return PTR_ERR(pattern);
	if (pattern) {
		ret = put_string(user, &len, pattern);
		class->cgroup_len = len;
	}
	kfree(pattern);
	return ret;
}

static long device_ruleset_begin(struct file *file, void *arg)
{
	return kw_ruleset_begin(arg);
}

static long device_disarm(struct file *file, void *arg)
{
	const struct kvmwarden_disarm *disarm = arg;

	return disarm->flags ? -EINVAL : kw_ruleset_disarm();
}

static long device_vm_set(struct file *file, void *arg)
{
	return kw_ruleset_vm_set(arg);
}

static const struct kw_ioctl device_ioctls[] = {
	KW_IOCTL(KVMWARDEN_STATUS, device_status,
		 struct kvmwarden_status, denials),
	KW_IOCTL(KVMWARDEN_HOOK_GET, device_hook_get,
		 struct kvmwarden_hook, module),
	KW_IOCTL(KVMWARDEN_VM_NEXT, device_vm_next,
		 struct kvmwarden_vm, reserved),
	KW_IOCTL(KVMWARDEN_CLASS_GET, device_class_get,
		 struct kvmwarden_class, generation),
	KW_IOCTL(KVMWARDEN_RULESET_BEGIN, device_ruleset_begin,
		 struct kvmwarden_ruleset, reserved),
	KW_IOCTL(KVMWARDEN_DISARM, device_disarm,
		 struct kvmwarden_disarm, flags),
	KW_IOCTL(KVMWARDEN_VM_SET, device_vm_set,
		 struct kvmwarden_vm_set, hook),
};

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return kw_ioctl_run(device_ioctls, ARRAY_SIZE(device_ioctls), file, cmd,
			    arg);
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kvmwarden",
	.fops = &device_fops,
	.mode = 0600,
};

/**
 * kw_device_init() - make /dev/kvmwarden appear
 *
 * Context: module load.
 * Return: 0 or a negative errno.
 */
int kw_device_init(void)
{
	check_abi();
	return misc_register(&device);
}

/**
 * kw_device_exit() - undo kw_device_init()
 *
 * Context: module unload.
 */
void kw_device_exit(void)
{
	misc_deregister(&device);
}
