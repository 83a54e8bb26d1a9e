// SPDX-License-Identifier: GPL-2.0
/* The part of the shims that is not inline. */
#include "shim/memory.h"

__thread unsigned int shim_atomic;
__thread u32 shim_yield_state;
__thread unsigned int shim_rcu_depth;
__thread unsigned int shim_fail_in;

__thread char shim_percpu[SHIM_PERCPU_SIZE] __attribute__((aligned(16)));

/*
 * For each thread: how often it has begun and ended to read, so that it reads
 * while that is odd.
 */
static u64 reads[SHIM_THREADS_MAX];
__thread unsigned int shim_thread;

unsigned long shim_jiffies = 1000;

/* Callbacks that wait for readers, and how many have not run yet. */
static struct rcu_head *rcu_waiting;
static int rcu_pending;

void shim_reader(bool begins)
{
	/* not just a store: what is read must not be read before */
	__atomic_fetch_add(&reads[shim_thread], 1, __ATOMIC_SEQ_CST);
}

static void wait_for_readers(void)
{
	unsigned int i;
	u64 then;

	for (i = 0; i < SHIM_THREADS_MAX; i++) {
		then = __atomic_load_n(&reads[i], __ATOMIC_SEQ_CST);
		while (then % 2 &&
		       __atomic_load_n(&reads[i], __ATOMIC_SEQ_CST) == then)
			sched_yield();
	}
}

static void rcu_run(struct rcu_head *head)
{
	/* as the kernel tells them apart, too */
	size_t offset = (size_t)head->func;

	if (offset < PAGE_SIZE)
		free((char *)head - offset);
	else
		head->func(head);
	__atomic_fetch_sub(&rcu_pending, 1, __ATOMIC_RELEASE);
}

void synchronize_rcu(void)
{
	struct rcu_head *head, *next;

	might_sleep();
	head = __atomic_exchange_n(&rcu_waiting, NULL, __ATOMIC_ACQ_REL);
	wait_for_readers();
	for (; head; head = next) {
		next = head->next;
		rcu_run(head);
	}
}

/* Waits for readers only as far as there are callbacks. */
void rcu_barrier(void)
{
	might_sleep();
	while (__atomic_load_n(&rcu_pending, __ATOMIC_ACQUIRE)) {
		synchronize_rcu();
		sched_yield();
	}
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	__atomic_fetch_add(&rcu_pending, 1, __ATOMIC_RELAXED);
	head->func = func;
	head->next = READ_ONCE(rcu_waiting);
	while (!__atomic_compare_exchange_n(&rcu_waiting, &head->next, head,
					    false, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
}

void shim_kfree_rcu(struct rcu_head *head, size_t offset)
{
	call_rcu(head, (void (*)(struct rcu_head *))offset);
}

void *shim_alloc(size_t n, size_t size, gfp_t gfp)
{
	if (gfp & GFP_KERNEL)
		might_sleep();
	if (shim_fail_in && !--shim_fail_in)
		return NULL;
	return calloc(n, size);
}

struct kmem_cache *shim_cache_new(size_t size)
{
	struct kmem_cache *cache = shim_alloc(1, sizeof(*cache), GFP_KERNEL);

	if (cache)
		cache->size = size;
	return cache;
}

char *kstrndup(const char *text, size_t max, gfp_t gfp)
{
	size_t len;
	char *copy;

	if (!text)
		return NULL;
	len = strnlen(text, max);
	copy = shim_alloc(1, len + 1, gfp);
	if (copy)
		memcpy(copy, text, len);
	return copy;
}

void *kmemdup(const void *from, size_t size, gfp_t gfp)
{
	void *copy = shim_alloc(1, size, gfp);

	return copy ? memcpy(copy, from, size) : NULL;
}

ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t len = strnlen(from, size);

	if (!size)
		return -E2BIG;
	if (len < size) {
		memcpy(to, from, len + 1);
		return len;
	}
	memcpy(to, from, size - 1);
	to[size - 1] = '\0';
	return -E2BIG;
}

ssize_t strscpy_pad(char *to, const char *from, size_t size)
{
	ssize_t len = strscpy(to, from, size);

	if (len >= 0)
		memset(to + len, 0, size - len);
	return len;
}

void *memchr_inv(const void *from, int byte, size_t size)
{
	const unsigned char *at = from;

	for (; size--; at++)
		if (*at != (unsigned char)byte)
			return (void *)at;
	return NULL;
}
