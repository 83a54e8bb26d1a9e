/* SPDX-License-Identifier: GPL-2.0 */
/* The last events, and those who read them. */
#ifndef KW_RING_H
#define KW_RING_H

#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/types.h>
#include <linux/kvmwarden.h>

/**
 * struct kw_position - how far somebody has read
 * @seq: of the event to read next
 * @requests: how many requests the denials before it stood for
 */
struct kw_position {
	u64 seq;
	u64 requests;
};

/**
 * struct kw_reader - somebody who reads events
 * @lock: protects what follows
 * @at: how far it has read
 * @event: room for one
 */
struct kw_reader {
	struct mutex lock;	/* of @at and @event */
	struct kw_position at;
	struct kvmwarden_event event;
};

int kw_ring_init(void);
void kw_ring_exit(void);
void kw_ring_put(struct kvmwarden_event *event);
struct kw_reader *kw_reader_new(void);
ssize_t kw_reader_read(struct kw_reader *reader, char __user *to, size_t size,
		       bool wait);
bool kw_reader_next(struct kw_reader *reader);
bool kw_reader_behind(const struct kw_reader *reader);
void kw_reader_rewind(struct kw_reader *reader);
void kw_reader_skip(struct kw_reader *reader);
__poll_t kw_reader_poll(struct kw_reader *reader, struct file *file,
			poll_table *wait);

extern wait_queue_head_t kw_ring_wait;

#endif /* KW_RING_H */
