// SPDX-License-Identifier: GPL-2.0
/* A ruleset's file descriptor: begun, added to, and committed or dropped. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/anon_inodes.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "device.h"
#include "event.h"
#include "digest.h"
#include "hook.h"
#include "place.h"
#include "who.h"

/*
 * What is in force is changed by one at a time. Taken inside a draft's own
 * lock; protects what follows.
 */
static DEFINE_MUTEX(commit_mutex);
static u64 generation;
static u64 set_needs;	/* features that single VMs rely on; stays until disarmed */
static struct kw_ruleset *before;	/* comes back unless that in force is confirmed */
static unsigned long confirm_until;	/* with @before: jiffies */
static bool locked;	/* until the host is booted anew */

static void rollback_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(confirm_work, rollback_work);

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
 * struct changes - what a ruleset means for the VMs that there are
 * @list: as told to user space
 * @asked: for how many user space has room
 * @room: for how many @list has room: no more than there were VMs
 * @nr: how many there are
 */
struct changes {
	struct kvmwarden_change *list;
	u32 asked;
	u32 room;
	u32 nr;
};

/* The text @from points to, NULL for none, or an error with *bad_field. */
static char *copy_text(const struct kvmwarden_string *from, long room,
		       u32 field, u32 *bad_field)
{
	char *text;

	if (from->len || from->reserved) {
		*bad_field = KVMWARDEN_FIELD_RESERVED;
		return ERR_PTR(-EINVAL);
	}
	if (!from->address)
		return NULL;
	text = strndup_user(u64_to_user_ptr(from->address), room);
	if (text == ERR_PTR(-EINVAL))
		*bad_field = field;
	return text;
}

/**
 * struct texts - what a &struct kvmwarden_class points to
 * @cgroup: to be freed
 * @label: to be freed
 * @exe_path: to be freed
 */
struct texts {
	char *cgroup;
	char *label;
	char *exe_path;
};

static void free_texts(struct texts *texts)
{
	kfree(texts->cgroup);
	kfree(texts->label);
	kfree(texts->exe_path);
}

static int take_text(char **to, const struct kvmwarden_string *from, long room,
		     u32 field, u32 *bad_field)
{
	char *text = copy_text(from, room, field, bad_field);

	if (IS_ERR(text))
		return PTR_ERR(text);
	*to = text;
	return 0;
}

static int copy_texts(struct texts *texts, struct kvmwarden_class *from)
{
	int err;

	memset(texts, 0, sizeof(*texts));
	err = take_text(&texts->cgroup, &from->cgroup, KVMWARDEN_CGROUP_LEN,
			KVMWARDEN_FIELD_CGROUP, &from->bad_field);
	if (!err)
		err = take_text(&texts->label, &from->label,
				KVMWARDEN_LABEL_LEN, KVMWARDEN_FIELD_LABEL,
				&from->bad_field);
	if (!err)
		err = take_text(&texts->exe_path, &from->exe,
				KVMWARDEN_PATH_LEN, KVMWARDEN_FIELD_EXE,
				&from->bad_field);
	if (err)
		free_texts(texts);
	return err;
}

static bool has_outputs(const struct kvmwarden_class *class)
{
	return class->index || class->bad_field || class->reserved ||
	       class->generation ||
	       memchr_inv(&class->used, 0, sizeof(class->used)) ||
	       memchr_inv(&class->denials, 0, sizeof(class->denials));
}

static int find_exe(struct kvmwarden_class *class, struct kw_exe *exe)
{
	int err;

	if (!(class->flags & KVMWARDEN_CLASS_MATCH_EXE))
		return 0;
	err = kw_exe_of_fd(class->exe_fd, exe);
	if (err == -EINVAL)
		class->bad_field = KVMWARDEN_FIELD_EXE;
	return err;
}

/* Under the draft's lock. Of what is told or only holds for the caller, nothing. */
static void digest_class(struct draft *draft, const struct kvmwarden_class *from,
			 const struct kw_class_texts *texts)
{
	struct kvmwarden_class class = *from;
	u8 *digest = draft->ruleset->digest;

	class.size = 0;
	class.index = 0;
	class.exe_fd = 0;
	class.cgroup.address = 0;
	class.exe.address = 0;
	class.label.address = 0;
	kw_digest_add(digest, &class, sizeof(class));
	kw_digest_add(digest, &texts->exe, sizeof(texts->exe));
	kw_digest_add_text(digest, texts->cgroup);
	kw_digest_add_text(digest, texts->exe_path);
	kw_digest_add_text(digest, texts->label);
}

static long add(struct draft *draft, struct kvmwarden_class *class,
		const struct kw_class_texts *texts)
{
	long ret = -EBADFD;

	mutex_lock(&draft->lock);
	if (draft->ruleset)
		ret = kw_ruleset_add(draft->ruleset, class, texts,
				     &class->bad_field);
	if (!ret) {
		digest_class(draft, class, texts);
		class->index = draft->ruleset->nr_classes - 1;
	}
	mutex_unlock(&draft->lock);
	return ret;
}

static long draft_add(struct file *file, void *arg)
{
	struct kw_class_texts copies = { };
	struct kvmwarden_class *class = arg;
	struct texts texts;
	long ret;

	if (has_outputs(class)) {
		class->bad_field = KVMWARDEN_FIELD_RESERVED;
		return -EINVAL;
	}
	if ((class->flags & KVMWARDEN_CLASS_MATCH_LABEL) && !kw_who_has_labels())
		return -EOPNOTSUPP;
	ret = copy_texts(&texts, class);
	if (ret)
		return ret;
	ret = find_exe(class, &copies.exe);
	if (!ret) {
		copies.cgroup = texts.cgroup;
		copies.label = texts.label;
		copies.exe_path = texts.exe_path;
		ret = add(file->private_data, class, &copies);
	}
	free_texts(&texts);
	return ret;
}

static void digest_cgroup(struct draft *draft,
			  const struct kvmwarden_cgroup *from,
			  const char *pattern)
{
	u8 *digest = draft->ruleset->digest;

	kw_digest_add(digest, &from->limit, sizeof(from->limit));
	kw_digest_add_text(digest, pattern);
}

static long draft_add_cgroup(struct file *file, void *arg)
{
	struct draft *draft = file->private_data;
	struct kvmwarden_cgroup *cgroup = arg;
	long ret = -EBADFD;
	char *pattern;

	if (cgroup->index || cgroup->bad_field || cgroup->reserved ||
	    cgroup->generation) {
		cgroup->bad_field = KVMWARDEN_FIELD_RESERVED;
		return -EINVAL;
	}
	pattern = copy_text(&cgroup->pattern, KVMWARDEN_CGROUP_LEN,
			    KVMWARDEN_FIELD_CGROUP, &cgroup->bad_field);
	if (IS_ERR(pattern))
		return PTR_ERR(pattern);

	mutex_lock(&draft->lock);
	if (draft->ruleset)
		ret = kw_ruleset_add_cgroup(draft->ruleset, cgroup, pattern,
					    &cgroup->bad_field);
	if (!ret) {
		digest_cgroup(draft, cgroup, pattern);
		cgroup->index = draft->ruleset->nr_cgroups - 1;
	}
	mutex_unlock(&draft->lock);
	kfree(pattern);
	return ret;
}

/* May @draft take over? */
static int commit_check(const struct kw_ruleset *ruleset,
			struct kvmwarden_commit *commit)
{
	bool check = commit->flags & KVMWARDEN_COMMIT_CHECK;

	if (locked && !check)
		return -EROFS;
	if (commit->generation != generation)
		return -ESTALE;
	if (before && !check)
		return -EBUSY;
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

/* What has to be refused on this host now, or soon again. */
static u64 needs_now(void)
{
	u64 needs = kw_ruleset_enforces(kw_place_ruleset()) | set_needs;

	return before ? needs | kw_ruleset_enforces(before) : needs;
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

static void ruleset_log(const struct kw_ruleset *ruleset, const char *what)
{
	pr_notice("ruleset version %llu, %u classes, %s (generation %llu, digest %*phN), by %*pE[%d] uid %u\n",
		  ruleset->version, ruleset->nr_classes, what,
		  ruleset->generation, 8, ruleset->digest,
		  (int)strlen(current->comm), current->comm,
		  task_tgid_nr(current),
		  from_kuid(&init_user_ns, current_uid()));
}

/* Under commit_mutex. */
static void in_force_now(struct kw_ruleset *ruleset, const char *what,
			 enum kvmwarden_event_type type, const u8 *old_digest)
{
	WRITE_ONCE(generation, ruleset->generation);
	if (kw_hook_armed())
		kw_revoke();
	kw_hook_need(needs_now());
	kw_event_policy(type, ruleset, old_digest);
	ruleset_log(ruleset, what);
}

/* Under commit_mutex, after a survey. */
static int commit_place(struct draft *draft, const struct kvmwarden_commit *commit)
{
	struct kw_ruleset *ruleset = draft->ruleset, *old;
	u8 old_digest[KVMWARDEN_DIGEST_LEN];

	ruleset->generation = generation + 1;
	old = kw_place_commit(ruleset);
	if (IS_ERR(old))
		return PTR_ERR(old);
	draft->ruleset = NULL;
	memcpy(old_digest, old->digest, sizeof(old_digest));
	if (commit->confirm) {
		before = old;
		confirm_until = jiffies + commit->confirm * HZ;
		mod_delayed_work(system_wq, &confirm_work,
				 commit->confirm * HZ);
	} else {
		kw_ruleset_free(old);
	}
	in_force_now(ruleset, commit->confirm ? "in force until confirmed" :
			      "in force", KVMWARDEN_EVENT_COMMITTED, old_digest);
	return 0;
}

/* Under commit_mutex. */
static int rollback(void)
{
	u8 old_digest[KVMWARDEN_DIGEST_LEN];
	struct kw_survey survey = { };
	struct kw_ruleset *old;
	int err;

	err = kw_place_survey(before, &survey);
	if (err) {
		kw_place_forget();
		return err;
	}
	before->generation = generation + 1;
	old = kw_place_commit(before);
	if (IS_ERR(old))
		return PTR_ERR(old);
	memcpy(old_digest, old->digest, sizeof(old_digest));
	kw_ruleset_free(old);
	before = NULL;
	in_force_now(kw_place_ruleset(), "in force again",
		     KVMWARDEN_EVENT_ROLLED_BACK, old_digest);
	return 0;
}

static void rollback_work(struct work_struct *work)
{
	mutex_lock(&commit_mutex);
	/* it may have been confirmed, and another committed, just now */
	if (before && time_after_eq(jiffies, confirm_until) && rollback())
		schedule_delayed_work(&confirm_work, HZ);
	mutex_unlock(&commit_mutex);
}

static void note_change(const struct kvmwarden_change *change, void *data)
{
	struct changes *changes = data;

	/* nor may the others be said to have been told; they are the last */
	if (changes->nr == changes->room && changes->room < changes->asked)
		return;
	if (changes->nr < changes->room)
		changes->list[changes->nr] = *change;
	changes->nr++;
}

/* Under commit_mutex. */
static int survey(struct draft *draft, struct kvmwarden_commit *commit,
		  struct changes *changes)
{
	struct kw_survey outcome = { .tell = note_change, .data = changes };
	int err;

	err = kw_place_survey(draft->ruleset, &outcome);
	if (err) {
		kw_place_forget();
		return err;
	}
	commit->over = outcome.over;
	commit->nr_changes = changes->nr;
	memcpy(commit->digest, draft->ruleset->digest, sizeof(commit->digest));
	return 0;
}

/* Under commit_mutex. The ruleset is sealed. */
static int check_only(struct draft *draft, struct kvmwarden_commit *commit,
		      struct changes *changes)
{
	int err = 0;

	if (kw_hook_armed())
		err = lacking(kw_ruleset_enforces(draft->ruleset),
			      commit->hook);
	if (!err)
		err = survey(draft, commit, changes);
	if (!err)
		kw_place_forget();
	return err;
}

/* Under commit_mutex. The ruleset is sealed. */
static int put_in_force(struct draft *draft, struct kvmwarden_commit *commit,
			struct changes *changes)
{
	bool was_armed = kw_hook_armed();
	int err;

	err = prepare(kw_ruleset_enforces(draft->ruleset), commit->hook);
	if (err)
		return err;
	err = survey(draft, commit, changes);
	if (!err)
		err = commit_place(draft, commit);
	if (err) {
		kw_hook_need(needs_now());
		if (!was_armed)
			kw_stop();
	}
	return err;
}

/* Under commit_mutex. On success the ruleset is no longer the draft's. */
static int commit(struct draft *draft, struct kvmwarden_commit *commit,
		  struct changes *changes)
{
	int err;

	err = commit_check(draft->ruleset, commit);
	if (err)
		return err;
	err = kw_ruleset_seal(draft->ruleset);
	if (err)
		return err;
	if (commit->flags & KVMWARDEN_COMMIT_CHECK)
		err = check_only(draft, commit, changes);
	else
		err = put_in_force(draft, commit, changes);
	if (draft->ruleset)
		kw_ruleset_unseal(draft->ruleset);
	return err;
}

static int bad_request(struct kvmwarden_commit *request)
{
	if (request->flags & ~(KVMWARDEN_COMMIT_CHECK | KVMWARDEN_COMMIT_FORCE))
		return -EINVAL;
	if (request->bad_field || request->over ||
	    memchr_inv(request->digest, 0, sizeof(request->digest)) ||
	    memchr_inv(request->hook, 0, sizeof(request->hook)) ||
	    (request->nr_changes && !request->changes)) {
		request->bad_field = KVMWARDEN_FIELD_RESERVED;
		return -EINVAL;
	}
	if (request->confirm > KVMWARDEN_CONFIRM_MAX) {
		request->bad_field = KVMWARDEN_FIELD_CONFIRM;
		return -EINVAL;
	}
	return 0;
}

/* That there is room for what is told, too, is found out before. */
static int changes_init(struct changes *changes,
			const struct kvmwarden_commit *request)
{
	u64 vms;

	rcu_read_lock();
	vms = kw_account_used(&kw_place_ruleset()->account, KW_VMS);
	rcu_read_unlock();
	changes->nr = 0;
	changes->asked = request->nr_changes;
	/* VMs that are created meanwhile have no change to tell of */
	changes->room = min_t(u64, request->nr_changes, vms);
	changes->list = NULL;
	if (!changes->room)
		return 0;
	if (clear_user(u64_to_user_ptr(request->changes),
		       changes->room * sizeof(*changes->list)))
		return -EFAULT;
	changes->list = kvcalloc(changes->room, sizeof(*changes->list),
				 GFP_KERNEL_ACCOUNT);
	return changes->list ? 0 : -ENOMEM;
}

static long changes_tell(const struct changes *changes, u64 user)
{
	u32 nr = min(changes->nr, changes->room);

	if (nr && copy_to_user(u64_to_user_ptr(user), changes->list,
			       nr * sizeof(*changes->list)))
		return -EFAULT;
	return 0;
}

/* Under the draft's lock. */
static long commit_locked(struct draft *draft, struct kvmwarden_commit *request,
			  struct changes *changes)
{
	long ret;

	request->nr_changes = 0;
	mutex_lock(&commit_mutex);
	ret = draft->ruleset ? commit(draft, request, changes) : -EBADFD;
	request->generation = generation;
	mutex_unlock(&commit_mutex);
	if (ret == -ESTALE) {
		kw_ruleset_free(draft->ruleset);
		draft->ruleset = NULL;
	}
	return ret;
}

static long draft_commit(struct file *file, void *arg)
{
	struct draft *draft = file->private_data;
	struct kvmwarden_commit *request = arg;
	struct changes changes;
	long ret;

	ret = bad_request(request);
	if (ret)
		return ret;
	if (mutex_lock_interruptible(&draft->lock))
		return -EINTR;
	ret = changes_init(&changes, request);
	if (!ret)
		ret = commit_locked(draft, request, &changes);
	mutex_unlock(&draft->lock);
	if (!ret)
		ret = changes_tell(&changes, request->changes);
	kvfree(changes.list);
	return ret;
}

static const struct kw_ioctl draft_ioctls[] = {
	KW_IOCTL(KVMWARDEN_RULESET_ADD, draft_add,
		 struct kvmwarden_class, reserved),
	KW_IOCTL(KVMWARDEN_RULESET_ADD_CGROUP, draft_add_cgroup,
		 struct kvmwarden_cgroup, generation),
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
	struct kvmwarden_ruleset outset;

	if (!draft)
		return NULL;
	mutex_init(&draft->lock);
	draft->ruleset = kw_ruleset_new(from);
	if (!draft->ruleset) {
		kfree(draft);
		return NULL;
	}
	outset = *from;
	outset.size = 0;
	kw_digest_add(draft->ruleset->digest, &outset, sizeof(outset));
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
 * Return: 0; -EROFS if that was locked; or -EIO if ftrace keeps a hook; this
 * module then stays loaded.
 */
int kw_ruleset_disarm(void)
{
	int err;

	mutex_lock(&commit_mutex);
	err = locked ? -EROFS : kw_stop();
	if (!err)
		set_needs = 0;
	mutex_unlock(&commit_mutex);
	return err;
}

/**
 * kw_ruleset_confirm() - decide about a ruleset that awaits confirmation
 * @confirm: how
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as &struct kvmwarden_confirm has it.
 */
int kw_ruleset_confirm(struct kvmwarden_confirm *confirm)
{
	int err = 0;

	if (confirm->flags & ~KVMWARDEN_CONFIRM_ROLLBACK)
		return -EINVAL;
	mutex_lock(&commit_mutex);
	if (!before) {
		err = -ENOENT;
	} else if (confirm->generation != generation) {
		err = -ESTALE;
	} else if (confirm->flags & KVMWARDEN_CONFIRM_ROLLBACK) {
		err = rollback();
	} else {
		kw_ruleset_free(before);
		before = NULL;
		in_force_now(kw_place_ruleset(), "confirmed",
			     KVMWARDEN_EVENT_CONFIRMED, NULL);
	}
	/* under the mutex, or it might be the next one's */
	if (!err)
		cancel_delayed_work(&confirm_work);
	confirm->generation = generation;
	mutex_unlock(&commit_mutex);
	return err;
}

/**
 * kw_ruleset_lock() - keep policy and module until the host is booted anew
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as &struct kvmwarden_lock has it.
 */
int kw_ruleset_lock(void)
{
	int err = 0;

	mutex_lock(&commit_mutex);
	if (before) {
		err = -EBUSY;
	} else if (!kw_hook_armed()) {
		err = -ENOENT;
	} else if (!locked) {
		/* never to be put again */
		__module_get(THIS_MODULE);
		locked = true;
		kw_event_policy(KVMWARDEN_EVENT_LOCKED, kw_place_ruleset(), NULL);
		ruleset_log(kw_place_ruleset(), "locked until reboot");
	}
	mutex_unlock(&commit_mutex);
	return err;
}

/**
 * kw_ruleset_state() - what there is to say of the ruleset in force
 * @status: its generation, version, digest, limits and state bits are set
 *
 * Context: may sleep.
 */
void kw_ruleset_state(struct kvmwarden_status *status)
{
	const struct kw_ruleset *ruleset;
	unsigned long now = jiffies;

	mutex_lock(&commit_mutex);
	ruleset = kw_place_ruleset();
	status->generation = ruleset->generation;
	status->version = ruleset->version;
	status->mode = ruleset->mode;
	status->classes = ruleset->nr_classes;
	status->cgroups = ruleset->nr_cgroups;
	memcpy(&status->limit, ruleset->host_limit, sizeof(status->limit));
	memcpy(&status->user, ruleset->user_limit, sizeof(status->user));
	memcpy(status->digest, ruleset->digest, sizeof(status->digest));
	if (locked)
		status->state |= KVMWARDEN_STATE_LOCKED;
	if (before) {
		status->state |= KVMWARDEN_STATE_CONFIRM;
		if (time_before(now, confirm_until))
			status->confirm_left =
				jiffies_to_msecs(confirm_until - now);
	}
	mutex_unlock(&commit_mutex);
}

/**
 * kw_ruleset_exit() - drop what awaits confirmation
 *
 * Context: module unload.
 */
void kw_ruleset_exit(void)
{
	cancel_delayed_work_sync(&confirm_work);
	kw_ruleset_free(before);
}

static void set_log(const struct kvmwarden_vm_set *set)
{
	pr_notice("VM %llu: own denials %#llx and permissions %#llx of %#llx, own limits %#llx of %#llx, class %s, set by %*pE[%d] uid %u\n",
		  set->id, set->deny, set->own & ~set->deny, set->change,
		  set->own_limits, set->limits,
		  !(set->flags & KVMWARDEN_SET_CLASS) ? "unchanged" :
		  set->class_name[0] ? set->class_name : "by policy",
		  (int)strlen(current->comm), current->comm,
		  task_tgid_nr(current),
		  from_kuid(&init_user_ns, current_uid()));
}

/* Limits that are not the VM's own do not matter. */
static u64 set_need(const struct kvmwarden_vm_set *set)
{
	u64 limit[KVMWARDEN_NR_LIMITS];
	u32 i;

	kw_limits_default(limit);
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		if (set->own_limits & BIT_ULL(i))
			limit[i] = set->limit.of[i];
	return kw_deny_needs(set->deny) | kw_limits_need(limit);
}

/* The name to hand over to kw_place_set(), or an error other than -ENODATA. */
static char *set_class(struct kvmwarden_vm_set *set)
{
	if (!(set->flags & KVMWARDEN_SET_CLASS))
		return ERR_PTR(-ENODATA);
	if (!set->class_name[0])
		return NULL;
	if (!kw_ruleset_find(kw_place_ruleset(), set->class_name)) {
		set->bad_field = KVMWARDEN_FIELD_CLASS;
		return ERR_PTR(-EINVAL);
	}
	return kstrdup(set->class_name, GFP_KERNEL_ACCOUNT) ?: ERR_PTR(-ENOMEM);
}

static int place_set(struct kvmwarden_vm_set *set)
{
	struct kw_setting setting = {
		.id = set->id,
		.change = set->change,
		.own = set->own,
		.deny = set->deny,
		.limits = set->limits,
		.own_limits = set->own_limits,
		.limit = set->limit.of,
		.class = set_class(set),
	};
	int err;

	if (IS_ERR(setting.class) && setting.class != ERR_PTR(-ENODATA))
		return PTR_ERR(setting.class);
	err = kw_place_set(&setting);
	if (err && !IS_ERR(setting.class))
		kfree(setting.class);
	return err;
}

/* Under commit_mutex. */
static int vm_set(struct kvmwarden_vm_set *set)
{
	u64 needs = set_need(set);
	int err;

	if (locked)
		return -EROFS;
	/* without hooks no VM is on record */
	if (!kw_hook_armed())
		return -ENOENT;
	err = prepare(needs, set->hook);
	if (err)
		return err;
	err = place_set(set);
	if (!err) {
		set_needs |= needs;
		kw_revoke();
		kw_event_set(set->id, kw_place_ruleset());
		set_log(set);
	}
	kw_hook_need(needs_now());
	return err;
}

static bool own_limits_valid(const struct kvmwarden_vm_set *set)
{
	u32 i;

	if (set->limits >> KVMWARDEN_NR_LIMITS ||
	    set->own_limits & ~set->limits)
		return false;
	for (i = 0; i < KVMWARDEN_LIMITS_MAX; i++)
		if (!(set->own_limits & BIT_ULL(i)) && set->limit.of[i])
			return false;
	return true;
}

/* The first field that is not acceptable, else KVMWARDEN_FIELD_NONE. */
static u32 bad_set_field(const struct kvmwarden_vm_set *set)
{
	size_t len = strnlen(set->class_name, sizeof(set->class_name));

	if (set->bad_field || set->reserved ||
	    memchr_inv(set->hook, 0, sizeof(set->hook)))
		return KVMWARDEN_FIELD_RESERVED;
	if (set->flags & ~KVMWARDEN_SET_CLASS)
		return KVMWARDEN_FIELD_FLAGS;
	if (set->change & ~KW_DENY_ALL || set->own & ~set->change ||
	    set->deny & ~set->own)
		return KVMWARDEN_FIELD_DENY;
	if (!own_limits_valid(set))
		return KVMWARDEN_FIELD_LIMIT;
	if (len == sizeof(set->class_name) ||
	    (len && !(set->flags & KVMWARDEN_SET_CLASS)))
		return KVMWARDEN_FIELD_CLASS;
	/* about nothing */
	if (!set->change && !set->limits && !set->flags)
		return KVMWARDEN_FIELD_DENY;
	return KVMWARDEN_FIELD_NONE;
}

/**
 * kw_ruleset_vm_set() - decide for one VM what it may have and do
 * @set: which, and what; what was wrong with it is filled in
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as &struct kvmwarden_vm_set has it.
 */
int kw_ruleset_vm_set(struct kvmwarden_vm_set *set)
{
	int err;

	set->bad_field = bad_set_field(set);
	if (set->bad_field != KVMWARDEN_FIELD_NONE)
		return -EINVAL;
	mutex_lock(&commit_mutex);
	err = vm_set(set);
	mutex_unlock(&commit_mutex);
	return err;
}
