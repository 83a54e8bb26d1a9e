// SPDX-License-Identifier: GPL-2.0
/*
 * Denials that follow each other closely, told as one.
 *
 * The first of its kind is told at once. Those that follow are counted, and told
 * every second, until a second has passed without any. So a VMM that asks a
 * million times overwrites nobody else's events, and none of its requests is
 * missing from the counts.
 */
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "fold.h"
#include "ring.h"

#define BUCKET_BITS	8
#define PERIOD		HZ

/* A VMM that has ever more VMs has no claim to ever more memory. */
#define FOLDS_MAX	4096

/**
 * struct fold - denials of one kind
 * @node: in a bucket
 * @user: who asks for VMs, where there is none
 * @event: the last one; its count is of those that have not been told
 */
struct fold {
	struct hlist_node node;
	u32 user;
	struct kvmwarden_event event;
};

/* Protects all folds. Taken outside the ring's lock. */
static DEFINE_SPINLOCK(fold_lock);
static struct hlist_head buckets[1 << BUCKET_BITS];
static u32 nr_folds;

static void fold_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(fold_timer, fold_work);

/* All of one VM are in one bucket. */
static struct hlist_head *bucket_of(u64 vm, u32 user)
{
	return &buckets[hash_64(vm ?: user, BUCKET_BITS)];
}

static bool is_kind(const struct fold *fold,
		    const struct kvmwarden_event *event, u32 user)
{
	const struct kvmwarden_event *last = &fold->event;

	if (last->vm != event->vm || last->reason != event->reason ||
	    (last->flags ^ event->flags) & KVMWARDEN_EVENT_REFUSED)
		return false;
	return event->vm || (fold->user == user &&
			     !strcmp(last->class_name, event->class_name));
}

/* Under fold_lock. */
static struct fold *find(const struct kvmwarden_event *event, u32 user)
{
	struct fold *fold;

	hlist_for_each_entry(fold, bucket_of(event->vm, user), node)
		if (is_kind(fold, event, user))
			return fold;
	return NULL;
}

/* Under fold_lock. */
static void add(struct fold *fold, const struct kvmwarden_event *event)
{
	u64 count = fold->event.count + event->count;
	u64 total = max(fold->event.total, event->total);

	fold->event = *event;
	fold->event.count = count;
	/* two who were counted in one order may come in another */
	fold->event.total = total;
}

/* Under fold_lock. */
static void tell(struct fold *fold)
{
	if (fold->event.count)
		kw_ring_put(&fold->event);
	fold->event.count = 0;
}

/* Under fold_lock. */
static void drop(struct fold *fold)
{
	hlist_del(&fold->node);
	nr_folds--;
	kfree(fold);
}

/* Under fold_lock. @fold: a new one, or NULL if there is no memory. */
static void begin(struct fold *fold, struct kvmwarden_event *event, u32 user)
{
	kw_ring_put(event);
	if (!fold || nr_folds == FOLDS_MAX) {
		kfree(fold);
		return;
	}
	fold->event = *event;
	fold->event.count = 0;
	fold->user = user;
	hlist_add_head(&fold->node, bucket_of(event->vm, user));
	nr_folds++;
	schedule_delayed_work(&fold_timer, PERIOD);
}

/**
 * kw_fold_put() - tell of a denial, now or together with others
 * @event: it
 * @user: who asks, if @event is of no VM
 *
 * Without memory it is told now, as if there were no others.
 *
 * Context: process context; does not sleep.
 */
void kw_fold_put(struct kvmwarden_event *event, u32 user)
{
	struct fold *fold, *new;
	unsigned long flags;

	spin_lock_irqsave(&fold_lock, flags);
	fold = find(event, user);
	if (fold)
		add(fold, event);
	spin_unlock_irqrestore(&fold_lock, flags);
	if (fold)
		return;

	new = kmalloc(sizeof(*new), GFP_ATOMIC | __GFP_NOWARN);
	spin_lock_irqsave(&fold_lock, flags);
	fold = find(event, user);
	if (fold) {
		add(fold, event);
		kfree(new);
	} else {
		begin(new, event, user);
	}
	spin_unlock_irqrestore(&fold_lock, flags);
}

/**
 * kw_fold_end() - a VM is gone: tell what was not told of it
 * @vm: its id
 *
 * Context: process context; does not sleep.
 */
void kw_fold_end(u64 vm)
{
	struct hlist_node *next;
	unsigned long flags;
	struct fold *fold;

	spin_lock_irqsave(&fold_lock, flags);
	hlist_for_each_entry_safe(fold, next, bucket_of(vm, 0), node) {
		if (fold->event.vm != vm)
			continue;
		tell(fold);
		drop(fold);
	}
	spin_unlock_irqrestore(&fold_lock, flags);
}

/* Under fold_lock. */
static void tell_bucket(struct hlist_head *bucket)
{
	struct hlist_node *next;
	struct fold *fold;

	hlist_for_each_entry_safe(fold, next, bucket, node) {
		if (fold->event.count)
			tell(fold);
		else
			drop(fold);
	}
}

static void fold_work(struct work_struct *work)
{
	unsigned long flags;
	unsigned int i;
	bool more;

	for (i = 0; i < ARRAY_SIZE(buckets); i++) {
		spin_lock_irqsave(&fold_lock, flags);
		tell_bucket(&buckets[i]);
		spin_unlock_irqrestore(&fold_lock, flags);
	}
	spin_lock_irqsave(&fold_lock, flags);
	more = nr_folds;
	spin_unlock_irqrestore(&fold_lock, flags);
	if (more)
		schedule_delayed_work(&fold_timer, PERIOD);
}

/**
 * kw_fold_exit() - forget what was not told; no denial comes any more
 *
 * Context: module unload.
 */
void kw_fold_exit(void)
{
	struct hlist_node *next;
	struct fold *fold;
	unsigned int i;

	cancel_delayed_work_sync(&fold_timer);
	for (i = 0; i < ARRAY_SIZE(buckets); i++)
		hlist_for_each_entry_safe(fold, next, &buckets[i], node)
			drop(fold);
}
