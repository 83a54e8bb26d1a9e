// SPDX-License-Identifier: GPL-2.0
/* The part of shim/user.h that is not inline. */
#include "shim/user.h"

__thread unsigned char shim_user[SHIM_USER_SIZE];
struct task_struct shim_task = { .comm = "shim" };
bool shim_capable = true;
struct file shim_device;
struct file shim_files[SHIM_FILES];

/* All that were ever put off. */
static struct delayed_work *works[4];
static DEFINE_RAW_SPINLOCK(works_lock);

/* How much of that is there, from its beginning on. */
static unsigned long there(const void *user, unsigned long size)
{
	unsigned long start = (unsigned long)user - SHIM_USER_START;

	if (start >= SHIM_USER_SIZE)
		return 0;
	return min(size, SHIM_USER_SIZE - start);
}

static unsigned char *at(const void *user)
{
	return shim_user + ((unsigned long)user - SHIM_USER_START);
}

unsigned long copy_from_user(void *to, const void *from, unsigned long size)
{
	unsigned long copy = there(from, size);

	might_sleep();
	if (copy)
		memcpy(to, at(from), copy);
	memset((char *)to + copy, 0, size - copy);
	return size - copy;
}

unsigned long copy_to_user(void *to, const void *from, unsigned long size)
{
	unsigned long copy = there(to, size);

	might_sleep();
	if (copy)
		memcpy(at(to), from, copy);
	return size - copy;
}

unsigned long clear_user(void *to, unsigned long size)
{
	unsigned long copy = there(to, size);

	might_sleep();
	if (copy)
		memset(at(to), 0, copy);
	return size - copy;
}

int copy_struct_from_user(void *to, size_t size, const void *from,
			  size_t user_size)
{
	size_t copy = min(size, user_size);
	const char *rest = (const char *)from + size;
	char byte;

	for (; rest < (const char *)from + user_size; rest++) {
		if (copy_from_user(&byte, rest, 1))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	memset((char *)to + copy, 0, size - copy);
	return copy_from_user(to, from, copy) ? -EFAULT : 0;
}

char *strndup_user(const char *from, long room)
{
	unsigned long size = there(from, room);
	char *copy;
	size_t len;

	might_sleep();
	if (!size)
		return ERR_PTR(-EFAULT);
	len = strnlen((char *)at(from), size);
	if (len == size)
		return ERR_PTR(size < (unsigned long)room ? -EFAULT : -EINVAL);
	copy = shim_alloc(1, len + 1, GFP_KERNEL);
	return copy ? memcpy(copy, at(from), len) : ERR_PTR(-ENOMEM);
}

int misc_register(struct miscdevice *device)
{
	shim_device.f_op = device->fops;
	return 0;
}

void misc_deregister(struct miscdevice *device)
{
	shim_device.f_op = NULL;
}

int anon_inode_getfd(const char *name, const struct file_operations *fops,
		     void *data, int flags)
{
	int fd;

	might_sleep();
	for (fd = 0; fd < SHIM_FILES; fd++) {
		if (shim_files[fd].f_op)
			continue;
		shim_files[fd].private_data = data;
		shim_files[fd].f_op = fops;
		return fd;
	}
	return -EMFILE;
}

void shim_close(struct file *file)
{
	const struct file_operations *ops = file->f_op;

	if (!ops)
		return;
	ops->release(NULL, file);
	file->f_op = NULL;
}

/* Under works_lock. */
static void keep_work(struct delayed_work *work)
{
	u32 i;

	for (i = 0; works[i] && works[i] != work; i++)
		BUG_ON(i == ARRAY_SIZE(works) - 1);
	works[i] = work;
}

bool mod_delayed_work(void *queue, struct delayed_work *work,
		      unsigned long delay)
{
	bool was;

	raw_spin_lock(&works_lock);
	keep_work(work);
	was = work->pending;
	work->pending = true;
	work->due = jiffies + delay;
	raw_spin_unlock(&works_lock);
	return was;
}

bool cancel_delayed_work(struct delayed_work *work)
{
	bool was;

	raw_spin_lock(&works_lock);
	was = work->pending;
	work->pending = false;
	raw_spin_unlock(&works_lock);
	return was;
}

static bool is_due(struct delayed_work *work)
{
	bool due;

	raw_spin_lock(&works_lock);
	due = work && work->pending && !time_before(jiffies, work->due);
	if (due)
		work->pending = false;
	raw_spin_unlock(&works_lock);
	return due;
}

void shim_run_works(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(works); i++)
		if (is_due(works[i]))
			works[i]->work.func(&works[i]->work);
}

static struct shim_slot **slot_from(struct xarray *xa, unsigned long index)
{
	struct shim_slot **at = &xa->first;

	while (*at && (*at)->index < index)
		at = &(*at)->next;
	return at;
}

int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	struct shim_slot *slot, **at;

	slot = shim_alloc(1, sizeof(*slot), gfp);
	if (!slot)
		return -ENOMEM;
	slot->index = index;
	slot->entry = entry;
	raw_spin_lock(&xa->lock);
	at = slot_from(xa, index);
	BUG_ON(*at && (*at)->index == index);
	slot->next = *at;
	*at = slot;
	raw_spin_unlock(&xa->lock);
	return 0;
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	struct shim_slot *slot, **at;
	void *entry = NULL;

	raw_spin_lock(&xa->lock);
	at = slot_from(xa, index);
	slot = *at;
	if (slot && slot->index == index) {
		entry = slot->entry;
		*at = slot->next;
		free(slot);
	}
	raw_spin_unlock(&xa->lock);
	return entry;
}

static void *find_from(struct xarray *xa, unsigned long *index)
{
	struct shim_slot *slot;
	void *entry = NULL;

	raw_spin_lock(&xa->lock);
	slot = *slot_from(xa, *index);
	if (slot) {
		*index = slot->index;
		entry = slot->entry;
	}
	raw_spin_unlock(&xa->lock);
	return entry;
}

void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max,
		    int filter)
{
	if (*index == max)
		return NULL;
	++*index;
	return find_from(xa, index);
}

void *xa_load(struct xarray *xa, unsigned long index)
{
	unsigned long found = index;
	void *entry = find_from(xa, &found);

	return found == index ? entry : NULL;
}

void *__xa_store(struct xarray *xa, unsigned long index, void *entry,
		 gfp_t gfp)
{
	BUG();
	return NULL;
}

void xa_destroy(struct xarray *xa)
{
	BUG_ON(xa->first);
}

void sha256(const void *data, size_t size, u8 *digest)
{
	const u8 *byte = data;
	u64 hash[4] = { size, 1, 2, 3 };
	unsigned int i;

	for (; size--; byte++)
		for (i = 0; i < ARRAY_SIZE(hash); i++) {
			hash[i] = (hash[i] ^ *byte) * 0x9e3779b97f4a7c15;
			hash[i] ^= hash[i] >> (29 + i);
		}
	memcpy(digest, hash, sizeof(hash));
}
