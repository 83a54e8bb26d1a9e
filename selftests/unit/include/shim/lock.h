/* SPDX-License-Identifier: GPL-2.0 */
/* Locks on real atomics: threads do race, and ThreadSanitizer sees all of it. */
#ifndef SHIM_LOCK_H
#define SHIM_LOCK_H

#include <sched.h>

#include "base.h"

/* How many locks, preempt_disable() and so on this thread is in. */
extern __thread unsigned int shim_atomic;
/* Of this thread, to yield at random; 0: never. */
extern __thread u32 shim_yield_state;

#define SHIM_THREADS_MAX	64

/* Which of those that there are now; the first one is 0. */
extern __thread unsigned int shim_thread;

/* Is this thread somewhere that synchronize_rcu() waits for? */
void shim_reader(bool reads);

static inline void preempt_disable(void)
{
	if (!shim_atomic++)
		shim_reader(true);
}

/* Two processors run few interleavings by themselves: add some. */
static inline void shim_yield(void)
{
	if (!shim_yield_state)
		return;
	shim_yield_state = shim_yield_state * 1664525 + 1013904223;
	if (!(shim_yield_state >> 29))
		sched_yield();
}

static inline void preempt_enable(void)
{
	BUG_ON(!shim_atomic);
	if (!--shim_atomic)
		shim_reader(false);
	shim_yield();
}

#define might_sleep()		BUG_ON(shim_atomic)
#define cpu_relax()		sched_yield()
#define schedule()		sched_yield()

static inline void cond_resched(void)
{
	might_sleep();
}

typedef struct {
	u32 locked;
	const void *owner;
} raw_spinlock_t;

typedef raw_spinlock_t spinlock_t;

#define shim_this_thread	((const void *)&shim_atomic)
#define DEFINE_SPINLOCK(name)	spinlock_t name
#define DEFINE_RAW_SPINLOCK(name)	raw_spinlock_t name

static inline void raw_spin_lock_init(raw_spinlock_t *lock)
{
	memset(lock, 0, sizeof(*lock));
}

static inline void raw_spin_lock(raw_spinlock_t *lock)
{
	preempt_disable();
	BUG_ON(READ_ONCE(lock->owner) == shim_this_thread);
	while (__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE))
		sched_yield();
	WRITE_ONCE(lock->owner, shim_this_thread);
}

static inline void raw_spin_unlock(raw_spinlock_t *lock)
{
	BUG_ON(READ_ONCE(lock->owner) != shim_this_thread);
	WRITE_ONCE(lock->owner, NULL);
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
	preempt_enable();
}

#define local_irq_save(flags)		((void)((flags) = 0))
#define local_irq_restore(flags)	((void)(flags))
#define raw_spin_lock_irqsave(lock, flags) \
	do { (flags) = 0; raw_spin_lock(lock); } while (0)
#define raw_spin_unlock_irqrestore(lock, flags) \
	do { (void)(flags); raw_spin_unlock(lock); } while (0)
#define spin_lock_init		raw_spin_lock_init
#define spin_lock		raw_spin_lock
#define spin_unlock		raw_spin_unlock
#define spin_lock_irqsave	raw_spin_lock_irqsave
#define spin_unlock_irqrestore	raw_spin_unlock_irqrestore

/* How many read, or -1: one writes. */
typedef struct {
	int users;
} rwlock_t;

#define DEFINE_RWLOCK(name)	rwlock_t name

static inline void rwlock_init(rwlock_t *lock)
{
	lock->users = 0;
}

static inline void read_lock(rwlock_t *lock)
{
	int users;

	preempt_disable();
	for (;;) {
		users = READ_ONCE(lock->users);
		if (users >= 0 &&
		    __atomic_compare_exchange_n(&lock->users, &users, users + 1,
						false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return;
		sched_yield();
	}
}

static inline void read_unlock(rwlock_t *lock)
{
	BUG_ON(__atomic_fetch_sub(&lock->users, 1, __ATOMIC_RELEASE) <= 0);
	preempt_enable();
}

static inline void write_lock(rwlock_t *lock)
{
	int none = 0;

	preempt_disable();
	while (!__atomic_compare_exchange_n(&lock->users, &none, -1, false,
					    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		none = 0;
		sched_yield();
	}
}

static inline void write_unlock(rwlock_t *lock)
{
	BUG_ON(READ_ONCE(lock->users) != -1);
	__atomic_store_n(&lock->users, 0, __ATOMIC_RELEASE);
	preempt_enable();
}

struct mutex {
	const void *owner;
};

#define DEFINE_MUTEX(name)	struct mutex name
#define mutex_init(mutex)	((mutex)->owner = NULL)

/* Who waits here keeps nobody else waiting: preemption stays on. */
static inline void mutex_lock(struct mutex *mutex)
{
	const void *nobody = NULL;

	might_sleep();
	BUG_ON(READ_ONCE(mutex->owner) == shim_this_thread);
	while (!__atomic_compare_exchange_n(&mutex->owner, &nobody,
					    shim_this_thread, false,
					    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		nobody = NULL;
		sched_yield();
	}
}

static inline void mutex_unlock(struct mutex *mutex)
{
	BUG_ON(READ_ONCE(mutex->owner) != shim_this_thread);
	__atomic_store_n(&mutex->owner, NULL, __ATOMIC_RELEASE);
}

static inline int mutex_lock_interruptible(struct mutex *mutex)
{
	mutex_lock(mutex);
	return 0;
}

#define __RW_LOCK_UNLOCKED(name)	{ 0 }

/* Each thread is a processor of its own. */
#define __percpu
#define DEFINE_PER_CPU(type, name) \
	type name __attribute__((section("percpu_vars")))
#define SHIM_PERCPU_SIZE	64
extern char __start_percpu_vars[];
extern __thread char shim_percpu[SHIM_PERCPU_SIZE];
#define this_cpu_ptr(p) \
	((typeof(p))(shim_percpu + ((char *)(p) - __start_percpu_vars)))
#define __this_cpu_read(x)	(*this_cpu_ptr(&(x)))
#define __this_cpu_write(x, v)	((void)(*this_cpu_ptr(&(x)) = (v)))

#define lockdep_is_held(lock)		1
#define lockdep_assert_held(lock)	((void)(lock))

extern __thread unsigned int shim_rcu_depth;
void synchronize_rcu(void);
void rcu_barrier(void);
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
void shim_kfree_rcu(struct rcu_head *head, size_t offset);

static inline void rcu_read_lock(void)
{
	shim_rcu_depth++;
	preempt_disable();
}

static inline void rcu_read_unlock(void)
{
	BUG_ON(!shim_rcu_depth);
	shim_rcu_depth--;
	preempt_enable();
}

#define kfree_rcu(p, m)			shim_kfree_rcu(&(p)->m, offsetof(typeof(*(p)), m))
#define rcu_dereference(p)		smp_load_acquire(&(p))
#define rcu_dereference_check(p, c)	((void)(c), rcu_dereference(p))
#define rcu_dereference_protected	rcu_dereference_check
#define rcu_access_pointer(p)		READ_ONCE(p)
#define rcu_assign_pointer(p, v)	smp_store_release(&(p), v)
#define RCU_INIT_POINTER(p, v)		WRITE_ONCE(p, v)
#define rcu_replace_pointer(p, v, c) \
	({ typeof(p) _old = (p); (void)(c); rcu_assign_pointer(p, v); _old; })

typedef struct {
	s64 counter;
} atomic64_t;

typedef struct {
	int counter;
} atomic_t;

#define ATOMIC_INIT(n)		{ n }
#define ATOMIC64_INIT(n)	{ n }
/* of pointers: what was there */
#define cmpxchg(p, old, new) ({						\
	__typeof__(*(p)) there = (old);					\
									\
	__atomic_compare_exchange_n((p), &there, (new), false,		\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	there;								\
})

#define atomic_read(a)		READ_ONCE((a)->counter)
#define atomic_set(a, v)	WRITE_ONCE((a)->counter, v)
#define shim_add(a, n) __atomic_add_fetch(&(a)->counter, n, __ATOMIC_SEQ_CST)
#define atomic_add(n, a)	((void)shim_add(a, n))
#define atomic_inc(a)		((void)shim_add(a, 1))
#define atomic_dec(a)		((void)shim_add(a, -1))
#define atomic_inc_return(a)	shim_add(a, 1)
#define atomic_dec_and_test(a)	(!shim_add(a, -1))
#define atomic64_read		atomic_read
#define atomic64_set		atomic_set
#define atomic64_add		atomic_add
#define atomic64_inc		atomic_inc
#define atomic64_dec		atomic_dec
#define atomic64_inc_return	atomic_inc_return

#endif
