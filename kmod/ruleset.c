// SPDX-License-Identifier: GPL-2.0
/* A ruleset's file descriptor: begun, added to, and committed or dropped. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/anon_inodes.h>
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "device.h"
#include "hook.h"
#include "place.h"

/*
 * What is in force is changed by one at a time. Taken inside a draft's own
 * lock; protects what follows.
 */
static DEFINE_MUTEX(commit_mutex);
static u64 generation;
static u64 set_needs;	/* features that single VMs rely on; stays until disarmed */

/**
 * struct draft - a ruleset that is being written
 * @lock: protects @ruleset
 * @ruleset: NULL once it was committed
 */
struct draft {
	struct mutex lock;	/* of @ruleset */
	struct kw_ruleset *ruleset;
};

/**
 * kw_ruleset_generation() - how many commits there were
 *
 * Return: their number.
 */
u64 kw_ruleset_generation(void)
{
	return READ_ONCE(generation);
}

/* The pattern @from points to, NULL for none, or an error with *bad_field. */
static char *copy_pattern(const struct kvmwarden_class *from, u32 *bad_field)
{
	char *pattern;

	if (!from->cgroup)
		return NULL;
	pattern = strndup_user(u64_to_user_ptr(from->cgroup),
			       KVMWARDEN_CGROUP_LEN);
	if (pattern == ERR_PTR(-EINVAL))
		*bad_field = KVMWARDEN_FIELD_CGROUP;
	return pattern;
}

static bool has_outputs(const struct kvmwarden_class *class)
{
	return class->index || class->bad_field || class->cgroup_len ||
	       class->reserved || class->reserved2 || class->generation ||
	       memchr_inv(&class->used, 0, sizeof(class->used)) ||
	       memchr_inv(&class->denials, 0, sizeof(class->denials));
}

static long draft_add(struct file *file, void *arg)
{
	struct draft *draft = file->private_data;
	struct kvmwarden_class *class = arg;
	char *pattern;
	long ret;

	if (has_outputs(class)) {
		class->bad_field = KVMWARDEN_FIELD_RESERVED;
		return -EINVAL;
	}
	pattern = copy_pattern(class, &class->bad_field);
	if (IS_ERR(pattern))
		return PTR_ERR(pattern);

	mutex_lock(&draft->lock);
	if (draft->ruleset)
		ret = kw_ruleset_add(draft->ruleset, class, pattern,
				     &class->bad_field);
	else
		ret = -EBADFD;
	if (!ret)
		class->index = draft->ruleset->nr_classes - 1;
	mutex_unlock(&draft->lock);
	kfree(pattern);
	return ret;
}

/* May @draft take over? */
static int commit_check(const struct kw_ruleset *ruleset,
			struct kvmwarden_commit *commit)
{
	if (commit->generation != generation)
		return -ESTALE;
	if (ruleset->version < kw_place_ruleset()->version &&
	    !(commit->flags & KVMWARDEN_COMMIT_FORCE)) {
		commit->bad_field = KVMWARDEN_FIELD_VERSION;
		return -EINVAL;
	}
	return 0;
}

/* @hook is to hold KVMWARDEN_NAME_LEN */
static int lacking(u64 features, char *hook)
{
	const char *function = kw_hook_lacking(features);

	if (!function)
		return 0;
	strscpy(hook, function, KVMWARDEN_NAME_LEN);
	return -EOPNOTSUPP;
}

/* What has to be refused on this host now. */
static u64 needs_now(void)
{
	return kw_ruleset_enforces(kw_place_ruleset()) | set_needs;
}

/*
 * From here until it is in force, a KVM module that cannot be hooked as is
 * needed now or then is not let in.
 */
static int prepare(u64 features, char *hook)
{
	int started, err;

	started = kw_start();
	if (started < 0)
		return started;
	kw_hook_need(needs_now() | features);
	err = lacking(features, hook);
	if (!err && features && !kw_hook_alive())
		err = -EIO;
	if (err) {
		kw_hook_need(needs_now());
		if (started)
			kw_stop();
	}
	return err;
}

static void commit_log(const struct kw_ruleset *ruleset)
{
	pr_notice("ruleset version %llu, %u classes, in force (generation %llu), committed by %*pE[%d] uid %u\n",
		  ruleset->version, ruleset->nr_classes, ruleset->generation,
		  (int)strlen(current->comm), current->comm,
		  task_tgid_nr(current),
		  from_kuid(&init_user_ns, current_uid()));
}

static void commit_place(struct draft *draft, struct kvmwarden_commit *commit)
{
	struct kw_ruleset *ruleset = draft->ruleset;

	ruleset->generation = generation + 1;
	draft->ruleset = NULL;
	kw_place_commit(ruleset);
	kw_revoke();
	WRITE_ONCE(generation, ruleset->generation);
	kw_hook_need(needs_now());
	commit_log(ruleset);
	commit->over = kw_place_over();
}

/* Under commit_mutex. On success the ruleset is no longer the draft's. */
static int commit(struct draft *draft, struct kvmwarden_commit *commit)
{
	struct kw_ruleset *ruleset = draft->ruleset;
	bool check = commit->flags & KVMWARDEN_COMMIT_CHECK;
	int err;

	err = commit_check(ruleset, commit);
	if (err)
		return err;
	err = kw_ruleset_seal(ruleset, &kw_host_account);
	if (err)
		return err;
	if (!check)
		err = prepare(kw_ruleset_enforces(ruleset), commit->hook);
	else if (kw_hook_armed())
		err = lacking(kw_ruleset_enforces(ruleset), commit->hook);
	if (err || check)
		kw_ruleset_unseal(ruleset);
	else
		commit_place(draft, commit);
	return err;
}

static long draft_commit(struct file *file, void *arg)
{
	struct draft *draft = file->private_data;
	struct kvmwarden_commit *request = arg;
	long ret;

	if (request->flags & ~(KVMWARDEN_COMMIT_CHECK | KVMWARDEN_COMMIT_FORCE))
		return -EINVAL;
	if (request->bad_field || request->over ||
	    memchr_inv(request->hook, 0, sizeof(request->hook)))
		return -EINVAL;
	if (mutex_lock_interruptible(&draft->lock))
		return -EINTR;
	mutex_lock(&commit_mutex);
	ret = draft->ruleset ? commit(draft, request) : -EBADFD;
	request->generation = generation;
	mutex_unlock(&commit_mutex);
	if (ret == -ESTALE) {
		kw_ruleset_free(draft->ruleset);
		draft->ruleset = NULL;
	}
	mutex_unlock(&draft->lock);
	return ret;
}

static const struct kw_ioctl draft_ioctls[] = {
	KW_IOCTL(KVMWARDEN_RULESET_ADD, draft_add,
		 struct kvmwarden_class, generation),
	KW_IOCTL(KVMWARDEN_RULESET_COMMIT, draft_commit,
		 struct kvmwarden_commit, hook),
};

static long draft_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return kw_ioctl_run(draft_ioctls, ARRAY_SIZE(draft_ioctls), file, cmd,
			    arg);
}

static int draft_release(struct inode *inode, struct file *file)
{
	struct draft *draft = file->private_data;

	kw_ruleset_free(draft->ruleset);
	kfree(draft);
	return 0;
}

static const struct file_operations draft_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = draft_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = draft_release,
	.llseek = noop_llseek,
};

static struct draft *draft_new(const struct kvmwarden_ruleset *from)
{
	struct draft *draft = kzalloc(sizeof(*draft), GFP_KERNEL_ACCOUNT);

	if (!draft)
		return NULL;
	mutex_init(&draft->lock);
	draft->ruleset = kw_ruleset_new(from->version, from->mode);
	if (!draft->ruleset) {
		kfree(draft);
		return NULL;
	}
	draft->ruleset->host_limit[KW_VMS] = from->host.vms;
	draft->ruleset->host_limit[KW_VCPUS] = from->host.vcpus;
	draft->ruleset->host_limit[KW_MEMORY] = from->host.memory;
	return draft;
}

/**
 * kw_ruleset_begin() - open a file descriptor for a new ruleset
 * @from: its outset; bad_field is set with -EINVAL
 *
 * Context: may sleep.
 * Return: the file descriptor or a negative errno.
 */
int kw_ruleset_begin(struct kvmwarden_ruleset *from)
{
	struct draft *draft;
	int fd;

	if (from->reserved || from->bad_field) {
		from->bad_field = KVMWARDEN_FIELD_RESERVED;
		return -EINVAL;
	}
	if (!kw_mode_valid(from->mode)) {
		from->bad_field = KVMWARDEN_FIELD_MODE;
		return -EINVAL;
	}
	draft = draft_new(from);
	if (!draft)
		return -ENOMEM;
	fd = anon_inode_getfd("kvmwarden-ruleset", &draft_fops, draft,
			      O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		kw_ruleset_free(draft->ruleset);
		kfree(draft);
	}
	return fd;
}

/**
 * kw_ruleset_disarm() - take the hooks off, and forget all VMs
 *
 * Not between what a commit or a set finds and what it does upon that, or it
 * would arm them again for nothing.
 *
 * Context: may sleep.
 * Return: 0, or -EIO if ftrace keeps a hook; this module then stays loaded.
 */
int kw_ruleset_disarm(void)
{
	int err;

	mutex_lock(&commit_mutex);
	err = kw_stop();
	if (!err)
		set_needs = 0;
	mutex_unlock(&commit_mutex);
	return err;
}

static void set_log(const struct kvmwarden_vm_set *set)
{
	pr_notice("VM %llu: nested virtualization %s, by %*pE[%d] uid %u\n",
		  set->id,
		  !(set->own & KVMWARDEN_DENY_NESTED) ? "as its class has it" :
		  set->deny & KVMWARDEN_DENY_NESTED ? "denied" : "allowed",
		  (int)strlen(current->comm), current->comm,
		  task_tgid_nr(current),
		  from_kuid(&init_user_ns, current_uid()));
}

/* Under commit_mutex. */
static int vm_set(struct kvmwarden_vm_set *set)
{
	u64 needs = kw_deny_needs(set->deny);
	int err;

	/* without hooks no VM is on record */
	if (!kw_hook_armed())
		return -ENOENT;
	err = prepare(needs, set->hook);
	if (err)
		return err;
	err = kw_place_set(set->id, set->change, set->own, set->deny);
	if (!err) {
		set_needs |= needs;
		kw_revoke();
		set_log(set);
	}
	kw_hook_need(needs_now());
	return err;
}

/**
 * kw_ruleset_vm_set() - decide for one VM what it may do
 * @set: which, and what; what was wrong with it is filled in
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as &struct kvmwarden_vm_set has it.
 */
int kw_ruleset_vm_set(struct kvmwarden_vm_set *set)
{
	int err;

	if (set->bad_field || memchr_inv(set->hook, 0, sizeof(set->hook)))
		return -EINVAL;
	if (!set->change || set->change & ~KW_DENY_ALL ||
	    set->own & ~set->change || set->deny & ~set->own) {
		set->bad_field = KVMWARDEN_FIELD_DENY;
		return -EINVAL;
	}
	mutex_lock(&commit_mutex);
	err = vm_set(set);
	mutex_unlock(&commit_mutex);
	return err;
}
