// SPDX-License-Identifier: GPL-2.0
/* /dev/kvmwarden: what can be asked, and the way to a new ruleset. */
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fs.h>
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
#include "ring.h"

/* A hole would carry whatever was in memory to user space, or differ in 32 bits. */
static void check_abi(void)
{
	BUILD_BUG_ON(sizeof(struct kvmwarden_amounts) != 24);
	BUILD_BUG_ON(sizeof(struct kvmwarden_limits) != 128);
	BUILD_BUG_ON(sizeof(struct kvmwarden_string) != 16);
	BUILD_BUG_ON(sizeof(struct kvmwarden_denials) != 1024);
	BUILD_BUG_ON(sizeof(struct kvmwarden_status) !=
		     48 + 3 * 24 + 1024 + 8 + 32);
	BUILD_BUG_ON(sizeof(struct kvmwarden_hook) != 24 + 2 * 64);
	BUILD_BUG_ON(sizeof(struct kvmwarden_vm) !=
		     40 + 2 * 128 + 1024 + 16 + 64 + 3 * 16 + 32);
	BUILD_BUG_ON(sizeof(struct kvmwarden_class) !=
		     8 + 64 + 24 + 3 * 16 + 128 + 3 * 24 + 1024 + 24);
	BUILD_BUG_ON(sizeof(struct kvmwarden_cgroup) != 8 + 16 + 24 + 16);
	BUILD_BUG_ON(sizeof(struct kvmwarden_account) !=
		     24 + 64 + 16 + 2 * 24 + 8);
	BUILD_BUG_ON(sizeof(struct kvmwarden_ruleset) != 16 + 2 * 24 + 8);
	BUILD_BUG_ON(sizeof(struct kvmwarden_change) != 32 + 64);
	BUILD_BUG_ON(sizeof(struct kvmwarden_commit) != 40 + 32 + 64);
	BUILD_BUG_ON(sizeof(struct kvmwarden_confirm) != 16);
	BUILD_BUG_ON(sizeof(struct kvmwarden_lock) != 8);
	BUILD_BUG_ON(sizeof(struct kvmwarden_disarm) != 8);
	BUILD_BUG_ON(sizeof(struct kvmwarden_event) !=
		     88 + 24 + 24 + 2 * 32 + 8 + 16 + 2 * 64 + 272 + 128);
	BUILD_BUG_ON(sizeof(struct kvmwarden_vm_set) != 56 + 128 + 8 + 2 * 64);
	BUILD_BUG_ON((int)KVMWARDEN_NR_LIMITS > KVMWARDEN_LIMITS_MAX);
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

	for (i = 0; from && i < KVMWARDEN_NR_REASONS; i++) {
		to->denied[i] = atomic64_read(&from->denied[i]);
		to->permitted[i] = atomic64_read(&from->permitted[i]);
	}
}

/* Give a text to a buffer of user space, as much as fits, and its length. */
static long put_text(struct kvmwarden_string *to, const char *from)
{
	u32 size = from ? strlen(from) + 1 : 0;
	u32 copy = min(size, to->len);

	to->len = size;
	if (to->address && copy &&
	    copy_to_user(u64_to_user_ptr(to->address), from, copy))
		return -EFAULT;
	return 0;
}

static void put_amounts(struct kvmwarden_amounts *to,
			const u64 from[KW_NR_RESOURCES])
{
	to->vms = from[KW_VMS];
	to->vcpus = from[KW_VCPUS];
	to->memory = from[KW_MEMORY];
}

static long device_status(struct file *file, void *arg)
{
	struct kvmwarden_status *status = arg;
	u32 size = status->size;

	memset(status, 0, sizeof(*status));
	status->size = size;
	status->abi = KVMWARDEN_ABI;
	status->features = KW_FEATURES;
	if (kw_hook_armed())
		status->state |= KVMWARDEN_STATE_ARMED;
	if (kw_hook_alive())
		status->state |= KVMWARDEN_STATE_CANARY;
	if (kw_layout_bad())
		status->state |= KVMWARDEN_STATE_LAYOUT_BAD;
	status->hooks = kw_hook_count();
	kw_ruleset_state(status);
	rcu_read_lock();
	get_used(&status->used, &kw_place_ruleset()->account);
	rcu_read_unlock();
	get_denials(&status->denials, &kw_event_total);
	return 0;
}

static long device_hook_get(struct file *file, void *arg)
{
	struct kvmwarden_hook *hook = arg;

	return kw_hook_get(hook->index, hook);
}

/**
 * struct texts - copies of what belongs to a record or a class
 * @cgroup: to be freed, or NULL
 * @exe: to be freed, or NULL
 * @label: to be freed, or NULL
 */
struct texts {
	char *cgroup;
	char *exe;
	char *label;
};

static void free_texts(struct texts *texts)
{
	kfree(texts->cgroup);
	kfree(texts->exe);
	kfree(texts->label);
}

static bool copy_text(char **to, const char *from)
{
	*to = from ? kstrdup(from, GFP_ATOMIC) : NULL;
	return *to || !from;
}

/* Return 0 or -ENOMEM. */
static int copy_texts(struct texts *to, const char *cgroup, const char *exe,
		      const char *label)
{
	if (copy_text(&to->cgroup, cgroup) && copy_text(&to->exe, exe) &&
	    copy_text(&to->label, label))
		return 0;
	return -ENOMEM;
}

static long put_texts(const struct texts *texts,
		      struct kvmwarden_string *cgroup,
		      struct kvmwarden_string *exe,
		      struct kvmwarden_string *label)
{
	long ret = put_text(cgroup, texts->cgroup);

	if (!ret)
		ret = put_text(exe, texts->exe);
	if (!ret)
		ret = put_text(label, texts->label);
	return ret;
}

/* Under RCU. */
static void vm_place(struct kvmwarden_vm *to, struct kw_vm *vm)
{
	u32 i;

	kw_place_lock();
	if (vm->own && vm->own->class)
		to->flags |= KVMWARDEN_VM_CLASS_SET;
	to->mode = vm->place.class->mode;
	to->deny = kw_vm_deny(vm);
	to->own = vm->own ? vm->own->change : 0;
	to->own_limits = vm->own ? vm->own->limits : 0;
	to->revoke = vm->place.class->revoke;
	strscpy_pad(to->class_name, vm->place.class->name,
		    sizeof(to->class_name));
	memset(&to->used, 0, sizeof(to->used));
	memset(&to->limit, 0, sizeof(to->limit));
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		to->used.of[i] = kw_vm_used(vm, i);
		to->limit.of[i] = kw_vm_limit_of(vm, vm->place.class, i);
	}
	kw_place_unlock();
}

/* Under RCU. */
static int vm_fill(struct kvmwarden_vm *to, struct texts *texts)
{
	struct kw_vm *vm = kw_vm_next(to->id);
	const struct kw_who *who;

	if (!vm)
		return -ENOENT;
	who = vm->who;
	to->flags = vm->adopted ? KVMWARDEN_VM_ADOPTED : 0;
	to->id = vm->id;
	to->created = vm->created;
	to->pid = who->pid;
	to->uid = who->id.uid;
	to->gid = who->id.gid;
	vm_place(to, vm);
	get_denials(&to->denials, kw_vm_counts(vm));
	strscpy_pad(to->comm, who->comm, sizeof(to->comm));
	return copy_texts(texts, who->id.cgroup, who->exe_path, who->id.label);
}

static long device_vm_next(struct file *file, void *arg)
{
	struct kvmwarden_vm *vm = arg;
	struct texts texts = { };
	long ret;

	if (vm->reserved || vm->cgroup.reserved || vm->exe.reserved ||
	    vm->label.reserved)
		return -EINVAL;
	memset(&vm->denials, 0, sizeof(vm->denials));
	rcu_read_lock();
	ret = vm_fill(vm, &texts);
	rcu_read_unlock();
	if (!ret)
		ret = put_texts(&texts, &vm->cgroup, &vm->exe, &vm->label);
	free_texts(&texts);
	return ret;
}

/* Under RCU. */
static int class_fill(struct kvmwarden_class *to, struct texts *texts)
{
	const struct kw_ruleset *ruleset = kw_place_ruleset();
	struct kw_class *class = kw_ruleset_class(ruleset, to->index);

	if (!class)
		return -ENOENT;
	strscpy_pad(to->name, class->name, sizeof(to->name));
	to->mode = class->mode;
	to->flags = class->flags;
	to->uid = class->uid;
	to->gid = class->gid;
	to->deny = class->deny;
	to->revoke = class->revoke;
	memcpy(to->vm.of, class->limit, sizeof(class->limit));
	put_amounts(&to->user, class->user_limit);
	get_limit(&to->total, &class->account);
	get_used(&to->used, &class->account);
	get_denials(&to->denials, &class->counts);
	to->generation = ruleset->generation;
	return copy_texts(texts, class->cgroup, class->exe_path, class->label);
}

static long device_class_get(struct file *file, void *arg)
{
	struct kvmwarden_class from, *class = arg;
	struct texts texts = { };
	long ret;

	if (class->reserved || class->cgroup.reserved || class->exe.reserved ||
	    class->label.reserved)
		return -EINVAL;
	from = *class;
	memset(class, 0, sizeof(*class));
	class->size = from.size;
	class->index = from.index;
	class->cgroup = from.cgroup;
	class->exe = from.exe;
	class->label = from.label;
	rcu_read_lock();
	ret = class_fill(class, &texts);
	rcu_read_unlock();
	if (!ret)
		ret = put_texts(&texts, &class->cgroup, &class->exe,
				&class->label);
	free_texts(&texts);
	return ret;
}

/* Under RCU. */
static int cgroup_fill(struct kvmwarden_cgroup *to, char **pattern)
{
	const struct kw_ruleset *ruleset = kw_place_ruleset();
	const struct kw_cgroup *cgroup;

	if (to->index >= ruleset->nr_cgroups)
		return -ENOENT;
	cgroup = ruleset->cgroups[to->index];
	put_amounts(&to->limit, cgroup->limit);
	to->generation = ruleset->generation;
	return copy_text(pattern, cgroup->pattern) ? 0 : -ENOMEM;
}

static long device_cgroup_get(struct file *file, void *arg)
{
	struct kvmwarden_cgroup *cgroup = arg;
	char *pattern = NULL;
	long ret;

	if (cgroup->reserved || cgroup->pattern.reserved)
		return -EINVAL;
	cgroup->bad_field = 0;
	rcu_read_lock();
	ret = cgroup_fill(cgroup, &pattern);
	rcu_read_unlock();
	if (!ret)
		ret = put_text(&cgroup->pattern, pattern);
	kfree(pattern);
	return ret;
}

/* The next one that is in use; under its ruleset's lock of pools. */
static struct kw_pool *pool_next(struct kw_pools *pools, u64 id)
{
	struct kw_pool *pool;

	/* the last climb over it may have yet to be freed, by RCU */
	do {
		pool = kw_pools_next(pools, id);
		if (pool)
			id = pool->id;
	} while (pool && !kw_account_used(&pool->account, KW_VMS));
	return pool;
}

/* Under RCU. */
static int account_fill(struct kvmwarden_account *to, char **cgroup)
{
	struct kw_ruleset *ruleset = kw_place_ruleset();
	struct kw_pool *pool;
	unsigned long flags;
	int err = -ENOENT;

	memset(to->class_name, 0, sizeof(to->class_name));
	spin_lock_irqsave(&ruleset->pools.lock, flags);
	pool = pool_next(&ruleset->pools, to->id);
	if (pool) {
		to->level = pool->account.level;
		to->id = pool->id;
		to->uid = pool->uid;
		if (pool->class)
			strscpy(to->class_name, pool->class->name,
				sizeof(to->class_name));
		get_used(&to->used, &pool->account);
		get_limit(&to->limit, &pool->account);
		to->generation = ruleset->generation;
		err = copy_text(cgroup, pool->cgroup) ? 0 : -ENOMEM;
	}
	spin_unlock_irqrestore(&ruleset->pools.lock, flags);
	return err;
}

static long device_account_next(struct file *file, void *arg)
{
	struct kvmwarden_account *account = arg;
	char *cgroup = NULL;
	long ret;

	if (account->reserved || account->cgroup.reserved)
		return -EINVAL;
	rcu_read_lock();
	ret = account_fill(account, &cgroup);
	rcu_read_unlock();
	if (!ret)
		ret = put_text(&account->cgroup, cgroup);
	kfree(cgroup);
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

static long device_confirm(struct file *file, void *arg)
{
	return kw_ruleset_confirm(arg);
}

static long device_lock_policy(struct file *file, void *arg)
{
	const struct kvmwarden_lock *lock = arg;

	return lock->flags ? -EINVAL : kw_ruleset_lock();
}

static const struct kw_ioctl device_ioctls[] = {
	KW_IOCTL(KVMWARDEN_STATUS, device_status,
		 struct kvmwarden_status, digest),
	KW_IOCTL(KVMWARDEN_HOOK_GET, device_hook_get,
		 struct kvmwarden_hook, module),
	KW_IOCTL(KVMWARDEN_VM_NEXT, device_vm_next,
		 struct kvmwarden_vm, reserved),
	KW_IOCTL(KVMWARDEN_CLASS_GET, device_class_get,
		 struct kvmwarden_class, reserved),
	KW_IOCTL(KVMWARDEN_RULESET_BEGIN, device_ruleset_begin,
		 struct kvmwarden_ruleset, reserved),
	KW_IOCTL(KVMWARDEN_DISARM, device_disarm,
		 struct kvmwarden_disarm, flags),
	KW_IOCTL(KVMWARDEN_VM_SET, device_vm_set,
		 struct kvmwarden_vm_set, hook),
	KW_IOCTL(KVMWARDEN_CGROUP_GET, device_cgroup_get,
		 struct kvmwarden_cgroup, generation),
	KW_IOCTL(KVMWARDEN_ACCOUNT_NEXT, device_account_next,
		 struct kvmwarden_account, generation),
	KW_IOCTL(KVMWARDEN_CONFIRM, device_confirm,
		 struct kvmwarden_confirm, generation),
	KW_IOCTL(KVMWARDEN_LOCK, device_lock_policy, struct kvmwarden_lock, flags),
};

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return kw_ioctl_run(device_ioctls, ARRAY_SIZE(device_ioctls), file, cmd,
			    arg);
}

static int device_open(struct inode *inode, struct file *file)
{
	file->private_data = kw_reader_new();
	return file->private_data ? 0 : -ENOMEM;
}

static int device_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static ssize_t device_read(struct file *file, char __user *to, size_t size,
			   loff_t *pos)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return kw_reader_read(file->private_data, to, size,
			      !(file->f_flags & O_NONBLOCK));
}

static __poll_t device_poll(struct file *file, poll_table *wait)
{
	return kw_reader_poll(file->private_data, file, wait);
}

/* Only to where the events begin, and to where they end. */
static loff_t device_llseek(struct file *file, loff_t offset, int whence)
{
	if (offset)
		return -EINVAL;
	if (whence == SEEK_SET)
		kw_reader_rewind(file->private_data);
	else if (whence == SEEK_END)
		kw_reader_skip(file->private_data);
	else
		return -EINVAL;
	return 0;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.read = device_read,
	.poll = device_poll,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = device_llseek,
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
