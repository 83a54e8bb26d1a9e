/* SPDX-License-Identifier: GPL-2.0 */
/* What the module needs to be talked to: user memory, files, time, tasks. */
#ifndef SHIM_USER_H
#define SHIM_USER_H

#include "list.h"
#include "memory.h"

/* -- user memory: that much, at that address, and nothing else -- */

#define SHIM_USER_START	0x10000UL
#define SHIM_USER_SIZE	0x10000UL

extern __thread unsigned char shim_user[SHIM_USER_SIZE];

#define u64_to_user_ptr(x)	((void *)(unsigned long)(x))

/* Return how many bytes were not copied, as the kernel's do. */
unsigned long copy_from_user(void *to, const void *from, unsigned long size);
unsigned long copy_to_user(void *to, const void *from, unsigned long size);
unsigned long clear_user(void *to, unsigned long size);
int copy_struct_from_user(void *to, size_t size, const void *from,
			  size_t user_size);
char *strndup_user(const char *from, long room);

#define get_user(x, p) \
	(copy_from_user(&(x), p, sizeof(*(p))) ? -EFAULT : 0)

/* -- tasks -- */

#define TASK_COMM_LEN	16
#define CAP_SYS_ADMIN	21

struct task_struct {
	char comm[TASK_COMM_LEN];
	struct mm_struct *mm;
};

extern struct task_struct shim_task;
#define current			(&shim_task)
#define task_tgid_nr(task)	1
#define current_uid()		0
#define init_user_ns		0
#define from_kuid(ns, uid)	(uid)

extern bool shim_capable;
#define capable(cap)		(shim_capable)

/* -- files -- */

struct module;
struct inode;
struct file;
typedef struct poll_table_struct poll_table;

struct file_operations {
	struct module *owner;
	long (*unlocked_ioctl)(struct file *file, unsigned int cmd,
			       unsigned long arg);
	long (*compat_ioctl)(struct file *file, unsigned int cmd,
			     unsigned long arg);
	int (*open)(struct inode *inode, struct file *file);
	int (*release)(struct inode *inode, struct file *file);
	ssize_t (*read)(struct file *file, char *to, size_t size, loff_t *pos);
	__poll_t (*poll)(struct file *file, poll_table *wait);
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);
};

struct file {
	const struct file_operations *f_op;
	void *private_data;
	unsigned int f_flags;
};

struct miscdevice {
	int minor;
	const char *name;
	const struct file_operations *fops;
	unsigned short mode;
};

#define THIS_MODULE		((struct module *)NULL)
#define __module_get(module)	((void)(module))
#define compat_ptr_ioctl	NULL
#define noop_llseek		NULL
#define MISC_DYNAMIC_MINOR	255
#define O_RDWR			2
#define O_NONBLOCK		04000
#define O_CLOEXEC		02000000

/* The one there is, and files that were opened by it. */
#define SHIM_FILES		8
extern struct file shim_device;
extern struct file shim_files[SHIM_FILES];

int misc_register(struct miscdevice *device);
void misc_deregister(struct miscdevice *device);
int anon_inode_getfd(const char *name, const struct file_operations *fops,
		     void *data, int flags);
void shim_close(struct file *file);

/* -- work that is put off -- */

struct work_struct {
	void (*func)(struct work_struct *work);
};

struct delayed_work {
	struct work_struct work;
	bool pending;
	unsigned long due;
};

#define DECLARE_DELAYED_WORK(name, function) \
	struct delayed_work name = { .work.func = function }
#define system_wq		NULL

/* Does what was put off for long enough. */
void shim_run_works(void);

bool mod_delayed_work(void *queue, struct delayed_work *work,
		      unsigned long delay);
bool cancel_delayed_work(struct delayed_work *work);
#define schedule_delayed_work(work, delay) \
	mod_delayed_work(system_wq, work, delay)
#define cancel_delayed_work_sync(work)	cancel_delayed_work(work)

/* -- those who wait look again and again -- */

typedef struct {
	int unused;
} wait_queue_head_t;

#define DECLARE_WAIT_QUEUE_HEAD(name)	wait_queue_head_t name
#define wq_has_sleeper(queue)		((void)(queue), true)
#define wake_up_interruptible(queue)	((void)(queue))
#define poll_wait(file, queue, wait)	((void)(queue))
#define EPOLLIN				1
#define EPOLLRDNORM			0x40
#define ERESTARTSYS			512
#define wait_event_interruptible(queue, condition) \
	({ while (!(condition)) sched_yield(); 0; })

/* -- what is logged is not looked at -- */

struct ratelimit_state;
#define DEFINE_RATELIMIT_STATE(name, interval, burst) \
	int name = (interval) + (burst)
#define __ratelimit(state)	((void)(state), 1)

/* -- an array by number: few entries, so it is a list -- */

struct shim_slot {
	struct shim_slot *next;
	unsigned long index;
	void *entry;
};

struct xarray {
	struct shim_slot *first;
	raw_spinlock_t lock;
};

#define XA_FLAGS_LOCK_IRQ	0
#define XA_PRESENT		0
#define DEFINE_XARRAY(name)	struct xarray name
#define xa_init_flags(xa, flags)	memset(xa, 0, sizeof(*(xa)))
#define xa_lock_irqsave(xa, flags)	raw_spin_lock_irqsave(&(xa)->lock, flags)
#define xa_unlock_irqrestore(xa, flags) \
	raw_spin_unlock_irqrestore(&(xa)->lock, flags)
#define xa_for_each(xa, index, entry)					\
	for ((index) = 0, (entry) = xa_find_after(xa, &(index), ULONG_MAX, 0); \
	     (entry); (entry) = xa_find_after(xa, &(index), ULONG_MAX, 0))

int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long index);
void *xa_load(struct xarray *xa, unsigned long index);
void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max,
		    int filter);
void *__xa_store(struct xarray *xa, unsigned long index, void *entry,
		 gfp_t gfp);
void xa_destroy(struct xarray *xa);

/* -- others -- */

struct ftrace_ops {
	int unused;
};

/* Any that tells texts apart will do. */
#define SHA256_DIGEST_SIZE	32
void sha256(const void *data, size_t size, u8 *digest);

#endif
