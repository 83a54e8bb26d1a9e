// SPDX-License-Identifier: GPL-2.0
/* Who creates a VM: what can be told of a task, and kept. */
#include <linux/audit.h>
#include <linux/build_bug.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/minmax.h>
#include <linux/mm_types.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <linux/kvmwarden.h>

#include "label.h"
#include "probes.h"
#include "who.h"

/*
 * Where texts are written first, for nobody tells how long they will be: nearly
 * all fit in little, and the kernel may clear what it gives out.
 */
#define ROOM		(KVMWARDEN_CGROUP_LEN + KVMWARDEN_PATH_LEN)
#define LITTLE_ROOM	512

/**
 * struct found - what is found before there is a &struct kw_who to keep it
 * @room: of @size bytes
 * @size: ROOM, or less
 * @cgroup: in @room
 * @exe_path: in @room, or empty
 * @exe: of the file that the task runs
 * @label: to be put
 */
struct found {
	char *room;
	size_t size;
	const char *cgroup;
	const char *exe_path;
	struct kw_exe exe;
	struct kw_label label;
};

#ifdef CONFIG_CGROUPS
static int cgroup_of(struct task_struct *task, char *buf, size_t size)
{
	return cgroup_path(task_dfl_cgroup(task), buf, size);
}
#else
static int cgroup_of(struct task_struct *task, char *buf, size_t size)
{
	return strscpy(buf, "/", size);
}
#endif

/*
 * A path cut short could match what the whole would not. That it was cut is told
 * by a length that is too large, by one that just fits the room, or by an error,
 * as kernels go: so there is more room than a path may take.
 */
static int find_cgroup(struct found *found, struct task_struct *task)
{
	int len = cgroup_of(task, found->room, found->size);

	BUILD_BUG_ON(ROOM <= KVMWARDEN_CGROUP_LEN);
	if (len <= 0 || len >= KVMWARDEN_CGROUP_LEN || len >= found->size - 1)
		return -ENAMETOOLONG;
	found->cgroup = found->room;
	return 0;
}

static int find_label(struct found *found, struct task_struct *task)
{
	int err = kw_label_get(&found->label, task);

	if (err == -EOPNOTSUPP)
		return 0;
	/* again, one cut short could match what the whole would not */
	if (!err && found->label.len >= KVMWARDEN_LABEL_LEN)
		return -ENAMETOOLONG;
	return err;
}

/*
 * get_mm_exe_file() is not exported by all kernels. Under RCU; @mm is not freed,
 * but may be being emptied. The file that is there has a reference by @mm, so
 * that one without is not there any more.
 */
static struct file *exe_file_get(struct mm_struct *mm)
{
#ifdef KW_HAVE_GET_FILE_RCU_SLOT
	return get_file_rcu(&mm->exe_file);
#else
	struct file *file;

	do {
		file = rcu_dereference(mm->exe_file);
	} while (file && !get_file_rcu(file));
	return file;
#endif
}

/*
 * Of an overlay's file, the file below that has its content: where layers are on
 * different filesystems, the overlay's own inode numbers are those of both, and
 * whoever may write to the upper layer could have the number of a file in the
 * lower. That has been looked up when the file was opened to be run, so that
 * nothing sleeps now.
 */
static struct kw_exe exe_of(const struct file *file)
{
	const struct inode *inode = d_real_inode(file->f_path.dentry);

	if (!inode)
		inode = file_inode(file);
	return (struct kw_exe){
		.ino = inode->i_ino,
		.dev = new_encode_dev(inode->i_sb->s_dev),
		.generation = inode->i_generation,
	};
}

/* Only told, never matched: one that cannot be told is no reason to fail. */
static int find_path(struct found *found, struct file *file)
{
	size_t used = strlen(found->cgroup) + 1;
	const char *path;

	path = file_path(file, found->room + used,
			 min_t(size_t, found->size - used, KVMWARDEN_PATH_LEN));
	if (!IS_ERR(path))
		found->exe_path = path;
	else if (found->size < ROOM)
		return -ENAMETOOLONG;
	return 0;
}

static int find_exe(struct found *found, struct mm_struct *mm, bool with_path)
{
	struct file *file = mm ? exe_file_get(mm) : NULL;
	int err = 0;

	if (!file)
		return 0;
	found->exe = exe_of(file);
	if (with_path)
		err = find_path(found, file);
	fput(file);
	return err;
}

/* Copy a text to where there is room for it, and leave @at behind it. */
static const char *keep(char **at, const char *text, size_t len)
{
	char *kept = *at;

	memcpy(kept, text, len);
	kept[len] = '\0';
	*at += len + 1;
	return kept;
}

static void keep_owner(struct kw_who *who, const struct user_namespace *ns)
{
	const struct kw_owner owner = {
		.uid = from_kuid(&init_user_ns, ns->owner),
		.gid = from_kgid(&init_user_ns, ns->group),
	};
	u32 i;

	for (i = 0; i < who->id.nr_owners; i++)
		if (who->owners[i].uid == owner.uid &&
		    who->owners[i].gid == owner.gid)
			return;
	who->owners[who->id.nr_owners++] = owner;
}

/* A namespace that root has made is for others: they must not pass for root. */
static void keep_owners(struct kw_who *who, const struct user_namespace *ns)
{
	for (; ns != &init_user_ns; ns = ns->parent)
		if (!uid_eq(ns->owner, GLOBAL_ROOT_UID))
			keep_owner(who, ns);
	who->id.owners = who->owners;
}

/*
 * The kernel keeps groups in the order of their ids in the initial namespace,
 * and never changes a list that somebody refers to.
 */
static void keep_groups(struct kw_who *who, const struct cred *cred)
{
	const kgid_t *gid;

	BUILD_BUG_ON(sizeof(*gid) != sizeof(*who->id.groups));
	BUILD_BUG_ON(!__same_type(gid->val, gid_t));
	who->groups = get_group_info(cred->group_info);
	gid = who->groups->gid;
	who->id.groups = (const u32 *)gid;
	who->id.nr_groups = who->groups->ngroups;
}

static void keep_cred(struct kw_who *who, const struct cred *cred)
{
	who->id.uid = from_kuid(&init_user_ns, cred->uid);
	who->id.gid = from_kgid(&init_user_ns, cred->gid);
	who->id.egid = from_kgid(&init_user_ns, cred->egid);
	keep_owners(who, cred->user_ns);
	keep_groups(who, cred);
}

/* Of the room for owners, texts follow what is not needed. */
static void keep_texts(struct kw_who *who, const struct found *found)
{
	char *at = (char *)&who->owners[who->id.nr_owners];

	who->id.cgroup = keep(&at, found->cgroup, strlen(found->cgroup));
	who->id.label = keep(&at, found->label.text, found->label.len);
	who->exe_path = keep(&at, found->exe_path, strlen(found->exe_path));
}

static struct kw_who *who_of(struct task_struct *task,
			     const struct found *found)
{
	const struct cred *cred = task == current ? current_cred() :
						    __task_cred(task);
	struct kw_who *who;
	size_t size;

	/* a namespace's level is how many there are above it */
	size = struct_size(who, owners, cred->user_ns->level) +
	       strlen(found->cgroup) + found->label.len +
	       strlen(found->exe_path) + 3;
	who = kzalloc(size, GFP_ATOMIC | __GFP_ACCOUNT);
	if (!who)
		return NULL;
	keep_cred(who, cred);
	keep_texts(who, found);
	who->id.exe = found->exe;
	who->pid = task_tgid_nr(task);
	who->auid = from_kuid(&init_user_ns, audit_get_loginuid(task));
	who->session = audit_get_sessionid(task);
	/* not get_task_comm(): the caller may hold the task's lock */
	strscpy_pad(who->comm, task->comm, sizeof(who->comm));
	return who;
}

/* Return 0 and @who, which is NULL without memory; or -ENAMETOOLONG. */
static int gather_in(size_t size, struct task_struct *task,
		     struct mm_struct *mm, bool with_path, struct kw_who **who)
{
	struct found found = { .size = size, .exe_path = "" };
	int err;

	*who = NULL;
	found.room = kmalloc(size, GFP_ATOMIC);
	if (!found.room)
		return 0;
	rcu_read_lock();
	err = find_cgroup(&found, task) ?: find_label(&found, task) ?:
	      find_exe(&found, mm, with_path);
	if (!err)
		*who = who_of(task, &found);
	kw_label_put(&found.label);
	rcu_read_unlock();
	kfree(found.room);
	return err;
}

static struct kw_who *gather(struct task_struct *task, struct mm_struct *mm,
			     bool with_path)
{
	struct kw_who *who;

	if (gather_in(LITTLE_ROOM, task, mm, with_path, &who) == -ENAMETOOLONG)
		gather_in(ROOM, task, mm, with_path, &who);
	return who;
}

/**
 * kw_who_new() - tell who a task is
 * @task: the current task, or another that is alive
 * @mm: its memory, which need not be in use any more, but must not be freed; not
 *	looked up, for that takes the task's lock, which the caller may hold
 *
 * Context: process context; does not sleep.
 * Return: what there is to tell, for kw_who_free(), or NULL if there was no
 * memory, or if a text is too long to be told.
 */
struct kw_who *kw_who_new(struct task_struct *task, struct mm_struct *mm)
{
	return gather(task, mm, true);
}

/**
 * kw_who_brief() - tell by what VMs of the current task are matched
 *
 * Context: process context; does not sleep.
 * Return: as kw_who_new(), without what only people want to know.
 */
struct kw_who *kw_who_brief(void)
{
	return gather(current, current->mm, false);
}

/**
 * kw_who_free() - forget who a task was
 * @who: from kw_who_new(), or NULL
 *
 * Context: any but NMI.
 */
void kw_who_free(struct kw_who *who)
{
	if (!who)
		return;
	put_group_info(who->groups);
	kfree(who);
}

/**
 * kw_who_sign() - say that an event is of the current task's making
 * @event: what is told of a process is set
 *
 * Context: process context; does not sleep.
 */
void kw_who_sign(struct kvmwarden_event *event)
{
	if (!(current->flags & PF_KTHREAD))
		event->pid = task_tgid_nr(current);
	event->uid = from_kuid(&init_user_ns, current_uid());
	event->gid = from_kgid(&init_user_ns, current_gid());
	event->auid = from_kuid(&init_user_ns, audit_get_loginuid(current));
	event->session = audit_get_sessionid(current);
	strscpy(event->comm, current->comm, sizeof(event->comm));
}

/**
 * kw_who_has_labels() - is there a security module that has labels?
 *
 * Context: process context; does not sleep.
 * Return: false if all labels are empty.
 */
bool kw_who_has_labels(void)
{
	struct kw_label label;
	int err;

	rcu_read_lock();
	err = kw_label_get(&label, current);
	kw_label_put(&label);
	rcu_read_unlock();
	return err != -EOPNOTSUPP;
}

/**
 * kw_exe_of_fd() - tell which file somebody has opened
 * @fd: a file descriptor of the current task's; O_PATH will do
 * @exe: set to what tells that file, when it is run, from all others
 *
 * Context: may sleep.
 * Return: 0; -EBADF; or -EINVAL if that cannot be run, being no regular file.
 */
int kw_exe_of_fd(int fd, struct kw_exe *exe)
{
	struct file *file = fget_raw(fd);
	int err = 0;

	if (!file)
		return -EBADF;
	if (S_ISREG(file_inode(file)->i_mode))
		*exe = exe_of(file);
	else
		err = -EINVAL;
	fput(file);
	return err;
}
