// SPDX-License-Identifier: GPL-2.0
/* What the module's core is surrounded by, for tests of it in user space. */
#include "engine.h"

#include "event.h"
#include "fold.h"
#include "later.h"
#include "ring.h"
#include "ruleset.c"

bool engine_armed = true;
bool engine_alive = true;
u64 engine_lacking;
u64 engine_needed;
__thread struct engine_who engine_who;

int kw_hook_init(const struct kw_hook_setup *setup)
{
	return 0;
}

bool kw_hook_armed(void)
{
	return READ_ONCE(engine_armed);
}

bool kw_hook_alive(void)
{
	return READ_ONCE(engine_armed) && engine_alive;
}

void kw_hook_need(u64 features)
{
	engine_needed = features;
}

const char *kw_hook_lacking(u64 features)
{
	return features & engine_lacking ? "kvm_function" : NULL;
}

unsigned int kw_hook_count(void)
{
	return 3;
}

int kw_hook_get(unsigned int index, struct kvmwarden_hook *to)
{
	u32 size = to->size;

	if (index >= kw_hook_count())
		return -ENOENT;
	memset(to, 0, sizeof(*to));
	to->size = size;
	to->index = index;
	strscpy(to->function, "kvm_function", sizeof(to->function));
	return 0;
}

bool kw_layout_bad(void)
{
	return false;
}

int kw_start(void)
{
	might_sleep();
	if (engine_armed)
		return 0;
	WRITE_ONCE(engine_armed, true);
	return 1;
}

int kw_stop(void)
{
	might_sleep();
	WRITE_ONCE(engine_armed, false);
	kw_vm_drop_all();
	return 0;
}

void kw_revoke(void)
{
	might_sleep();
}

/* Run when the next thing happens. */
static __thread struct {
	void (*run)(u64 arg);
	u64 arg;
} later[8];
static __thread u32 nr_later;

int kw_later(void (*run)(u64 arg), u64 arg)
{
	if (nr_later == ARRAY_SIZE(later) || (shim_fail_in && !--shim_fail_in))
		return -ENOMEM;
	later[nr_later].run = run;
	later[nr_later++].arg = arg;
	return 0;
}

void engine_user_mode(void)
{
	u32 i;

	might_sleep();
	for (i = 0; i < nr_later; i++)
		later[i].run(later[i].arg);
	nr_later = 0;
}

struct kw_who *kw_who_new(struct task_struct *task, struct mm_struct *mm)
{
	const struct engine_who *from = &engine_who;
	struct kw_who *who;

	who = kzalloc(struct_size(who, owners, ARRAY_SIZE(from->owners)),
		      GFP_ATOMIC);
	if (!who)
		return NULL;
	memcpy(who->owners, from->owners, sizeof(from->owners));
	who->id = (struct kw_identity) {
		.uid = from->uid,
		.gid = from->gid,
		.egid = from->egid,
		.exe = from->exe,
		.groups = kmemdup(from->groups, sizeof(from->groups),
				  GFP_ATOMIC),
		.owners = who->owners,
		.nr_groups = from->nr_groups,
		.nr_owners = from->nr_owners,
		.cgroup = kstrdup(from->cgroup, GFP_ATOMIC),
		.label = kstrdup(from->label, GFP_ATOMIC),
	};
	who->exe_path = kstrdup("/bin/vmm", GFP_ATOMIC);
	if (who->id.groups && who->id.cgroup && who->id.label && who->exe_path)
		return who;
	kw_who_free(who);
	return NULL;
}

void kw_who_sign(struct kvmwarden_event *event)
{
	event->pid = 1;
}

void kw_trace(const struct kvmwarden_event *event)
{
}

struct kw_who *kw_who_brief(void)
{
	return kw_who_new(current, NULL);
}

void kw_who_free(struct kw_who *who)
{
	if (!who)
		return;
	kfree(who->id.groups);
	kfree(who->id.cgroup);
	kfree(who->id.label);
	kfree(who->exe_path);
	kfree(who);
}

bool kw_who_has_labels(void)
{
	return true;
}

int kw_exe_of_fd(int fd, struct kw_exe *exe)
{
	if (fd < 0 || fd >= 64)
		return -EBADF;
	if (fd >= 32)
		return -EINVAL;
	*exe = (struct kw_exe) { .ino = 1 + fd / 2, .dev = 1 + fd % 2 };
	return 0;
}

void engine_begin(void)
{
	engine_armed = true;
	engine_alive = true;
	engine_lacking = 0;
	engine_needed = 0;
	memset(&engine_who, 0, sizeof(engine_who));
	strscpy(engine_who.cgroup, "/", sizeof(engine_who.cgroup));
	shim_capable = true;
	shim_fail_in = 0;
	generation = 0;
	set_needs = 0;
	before = NULL;
	locked = false;
	memset(&kw_event_total, 0, sizeof(kw_event_total));
	BUG_ON(kw_ring_init());
	BUG_ON(kw_vm_init());
	BUG_ON(kw_place_init(false));
	BUG_ON(kw_device_init());
}

void engine_end(void)
{
	unsigned int i;

	shim_fail_in = 0;
	engine_user_mode();
	for (i = 0; i < SHIM_FILES; i++)
		shim_close(&shim_files[i]);
	kw_device_exit();
	kw_vm_drop_all();
	kw_ruleset_exit();
	kw_place_exit();
	kw_vm_exit();
	kw_fold_exit();
	kw_ring_exit();
}

void engine_open(struct file *file)
{
	*file = (struct file) {
		.f_op = shim_device.f_op,
		.f_flags = O_NONBLOCK,
	};
	BUG_ON(file->f_op->open(NULL, file));
}

bool engine_read(struct file *file, struct kvmwarden_event *event)
{
	ssize_t ret = file->f_op->read(file, (char *)SHIM_USER_START,
				       sizeof(*event), NULL);

	BUG_ON(ret != sizeof(*event) && ret != -EAGAIN);
	if (ret < 0)
		return false;
	memcpy(event, shim_user, sizeof(*event));
	return true;
}

u64 engine_denials(void)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < KVMWARDEN_NR_REASONS; i++)
		sum += atomic64_read(&kw_event_total.denied[i]) +
		       atomic64_read(&kw_event_total.permitted[i]);
	return sum;
}

void engine_close(struct file *file)
{
	file->f_op->release(NULL, file);
}

long engine_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return file->f_op->unlocked_ioctl(file, cmd, arg);
}

/* In turn with what changes them. */
static bool exact(struct kw_ruleset *ruleset, struct kw_account *account)
{
	u64 sum[KW_NR_RESOURCES] = { };
	enum kw_resource what;
	struct kw_vm *vm;
	bool good = true;
	u64 id = 0;
	u32 i;

	while ((vm = kw_vm_next(id))) {
		id = vm->id;
		for (i = 1; i < vm->place.climb->nr; i++) {
			if (vm->place.climb->at[i] != account)
				continue;
			for (what = 0; what < KW_NR_RESOURCES; what++)
				sum[what] += vm->account.used[what];
		}
	}
	for (what = 0; what < KW_NR_RESOURCES; what++)
		good &= account->used[what] == sum[what];
	return good;
}

bool engine_exact(void)
{
	struct kw_ruleset *ruleset;
	struct kw_pool *pool;
	unsigned long flags;
	bool good;
	u32 i;

	mutex_lock(&commit_mutex);
	kw_gate_close();
	ruleset = kw_place_ruleset();
	good = exact(ruleset, &ruleset->account);
	for (i = 0; i < ruleset->nr_classes; i++)
		good &= exact(ruleset, &ruleset->classes[i]->account);
	/* the record of a VM that was refused goes outside the gate */
	spin_lock_irqsave(&ruleset->pools.lock, flags);
	list_for_each_entry(pool, &ruleset->pools.by_id, by_id)
		good &= exact(ruleset, &pool->account);
	spin_unlock_irqrestore(&ruleset->pools.lock, flags);
	kw_gate_open();
	mutex_unlock(&commit_mutex);
	return good;
}

bool engine_awaits(void)
{
	return before;
}

bool engine_locked(void)
{
	return locked;
}
