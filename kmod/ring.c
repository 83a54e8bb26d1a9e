// SPDX-License-Identifier: GPL-2.0
/*
 * The last events, and those who read them.
 *
 * Room for all of them is there from the start, so that an event can be put
 * anywhere a hook is called, and is never lost for want of memory.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "ring.h"

/**
 * struct entry - an event that is kept
 * @event: the event
 * @requests: as &kw_position.requests
 */
struct entry {
	struct kvmwarden_event event;
	u64 requests;
};

/* Protects the entries, and where the next one comes. */
static DEFINE_RAW_SPINLOCK(ring_lock);
static struct entry *entries;
static struct kw_position head;

/* Those who wait for the next event. */
DECLARE_WAIT_QUEUE_HEAD(kw_ring_wait);

static struct entry *entry_at(u64 seq)
{
	return &entries[seq % KVMWARDEN_EVENTS];
}

static u64 requests_of(const struct kvmwarden_event *event)
{
	return event->type == KVMWARDEN_EVENT_DENIAL ? event->count : 0;
}

/**
 * kw_ring_put() - an event for all readers
 * @event: it; size, seq and time are set
 *
 * Context: any but NMI; does not sleep.
 */
void kw_ring_put(struct kvmwarden_event *event)
{
	unsigned long flags;
	struct entry *entry;

	event->size = sizeof(*event);
	raw_spin_lock_irqsave(&ring_lock, flags);
	event->seq = head.seq;
	event->time = ktime_get_real_ns();
	entry = entry_at(head.seq);
	entry->event = *event;
	entry->requests = head.requests;
	head.requests += requests_of(event);
	WRITE_ONCE(head.seq, head.seq + 1);
	raw_spin_unlock_irqrestore(&ring_lock, flags);

	/* pairs with that of those who look whether there is one, and wait */
	if (wq_has_sleeper(&kw_ring_wait))
		wake_up_interruptible(&kw_ring_wait);
}

/* Under ring_lock. */
static struct kw_position oldest(void)
{
	struct kw_position at = { .seq = 1 };

	if (head.seq <= KVMWARDEN_EVENTS)
		return at;
	at.seq = head.seq - KVMWARDEN_EVENTS;
	at.requests = entry_at(at.seq)->requests;
	return at;
}

/* Under ring_lock. */
static void tell_lost(struct kw_reader *reader, const struct kw_position *kept)
{
	reader->event = (struct kvmwarden_event){
		.size = sizeof(reader->event),
		.type = KVMWARDEN_EVENT_LOST,
		.seq = kept->seq - 1,
		.count = kept->seq - reader->at.seq,
		.total = kept->requests - reader->at.requests,
	};
}

/*
 * The next event into @reader->event, and into @then where it has read to with
 * that. Under the reader's lock. Return false if there is none.
 */
static bool look(struct kw_reader *reader, struct kw_position *then)
{
	struct kw_position kept;
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&ring_lock, flags);
	kept = oldest();
	found = reader->at.seq < head.seq;
	if (reader->at.seq < kept.seq) {
		tell_lost(reader, &kept);
		*then = kept;
	} else if (found) {
		reader->event = entry_at(reader->at.seq)->event;
		then->seq = reader->at.seq + 1;
		then->requests = reader->at.requests +
				 requests_of(&reader->event);
	}
	raw_spin_unlock_irqrestore(&ring_lock, flags);
	return found;
}

/**
 * kw_reader_behind() - is there an event to read?
 * @reader: for whom
 *
 * Return: true if so.
 */
bool kw_reader_behind(const struct kw_reader *reader)
{
	return READ_ONCE(reader->at.seq) < READ_ONCE(head.seq);
}

/**
 * kw_reader_next() - the next event into @reader->event
 * @reader: who reads; nobody else does so in its name
 *
 * Context: does not sleep.
 * Return: false if there is none.
 */
bool kw_reader_next(struct kw_reader *reader)
{
	struct kw_position then;

	if (!look(reader, &then))
		return false;
	reader->at = then;
	return true;
}

/* Under the reader's lock. Return how much was read, or -EFAULT. */
static ssize_t read_some(struct kw_reader *reader, char __user *to,
			 size_t size)
{
	struct kw_position then;
	size_t done = 0;

	while (size - done >= sizeof(reader->event) && look(reader, &then)) {
		if (copy_to_user(to + done, &reader->event,
				 sizeof(reader->event)))
			return done ?: -EFAULT;
		WRITE_ONCE(reader->at.seq, then.seq);
		reader->at.requests = then.requests;
		done += sizeof(reader->event);
		cond_resched();
	}
	return done;
}

/**
 * kw_reader_read() - read events, as &struct kvmwarden_event has it
 * @reader: who reads
 * @to: where to
 * @size: room there
 * @wait: for an event, if there is none
 *
 * Context: may sleep.
 * Return: bytes, or a negative errno.
 */
ssize_t kw_reader_read(struct kw_reader *reader, char __user *to, size_t size,
		       bool wait)
{
	ssize_t done;

	if (size < sizeof(reader->event))
		return -EINVAL;
	do {
		/* without the lock, or another who shares the file waits, too */
		if (wait && wait_event_interruptible(kw_ring_wait,
						     kw_reader_behind(reader)))
			return -ERESTARTSYS;
		if (mutex_lock_interruptible(&reader->lock))
			return -ERESTARTSYS;
		done = read_some(reader, to, size);
		mutex_unlock(&reader->lock);
	} while (!done && wait);
	return done ?: -EAGAIN;
}

static void go_to(struct kw_reader *reader, const struct kw_position *to)
{
	WRITE_ONCE(reader->at.seq, to->seq);
	reader->at.requests = to->requests;
}

/**
 * kw_reader_rewind() - read from the oldest event that is kept
 * @reader: who reads
 *
 * Context: may sleep.
 */
void kw_reader_rewind(struct kw_reader *reader)
{
	struct kw_position to;
	unsigned long flags;

	raw_spin_lock_irqsave(&ring_lock, flags);
	to = oldest();
	raw_spin_unlock_irqrestore(&ring_lock, flags);
	mutex_lock(&reader->lock);
	go_to(reader, &to);
	mutex_unlock(&reader->lock);
}

/**
 * kw_reader_skip() - read only what happens from now on
 * @reader: who reads
 *
 * Context: may sleep.
 */
void kw_reader_skip(struct kw_reader *reader)
{
	struct kw_position to;
	unsigned long flags;

	raw_spin_lock_irqsave(&ring_lock, flags);
	to = head;
	raw_spin_unlock_irqrestore(&ring_lock, flags);
	mutex_lock(&reader->lock);
	go_to(reader, &to);
	mutex_unlock(&reader->lock);
}

/**
 * kw_reader_poll() - for poll()
 * @reader: who reads
 * @file: polled
 * @wait: by whom
 *
 * Return: EPOLLIN if there is an event to read.
 */
__poll_t kw_reader_poll(struct kw_reader *reader, struct file *file,
			poll_table *wait)
{
	poll_wait(file, &kw_ring_wait, wait);
	return kw_reader_behind(reader) ? EPOLLIN | EPOLLRDNORM : 0;
}

/**
 * kw_reader_new() - somebody comes to read events, from the oldest on
 *
 * Context: may sleep.
 * Return: to be freed by kfree(); or NULL.
 */
struct kw_reader *kw_reader_new(void)
{
	struct kw_reader *reader = kzalloc(sizeof(*reader), GFP_KERNEL_ACCOUNT);

	if (!reader)
		return NULL;
	mutex_init(&reader->lock);
	kw_reader_rewind(reader);
	return reader;
}

/**
 * kw_ring_init() - make room for events
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int kw_ring_init(void)
{
	head = (struct kw_position) { .seq = 1 };
	entries = kvcalloc(KVMWARDEN_EVENTS, sizeof(*entries), GFP_KERNEL);
	return entries ? 0 : -ENOMEM;
}

/**
 * kw_ring_exit() - undo kw_ring_init(); nobody reads or puts any more
 *
 * Context: module unload.
 */
void kw_ring_exit(void)
{
	kvfree(entries);
}
