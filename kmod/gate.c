// SPDX-License-Identifier: GPL-2.0
/*
 * The gate: many pass it at no cost, unless somebody has it to himself.
 *
 * Those who pass write to no memory that others use, so their number does not
 * matter. Whoever closes it first has them take a lock, and waits until all who
 * did not know of that yet are through: they run with preemption disabled, which
 * RCU knows to wait for. Nobody who passes is kept waiting by that, so it may
 * also be done under RCU.
 */
#include <linux/compiler.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "gate.h"

/* Whoever wants to pass must take the lock. */
static bool closing;

/* Held for reading by those, and for writing by the one who has closed it. */
static DEFINE_RWLOCK(slow_lock);

/* Does the one who passes on this processor hold it? */
static DEFINE_PER_CPU(bool, passing_slow);

#ifdef CONFIG_LOCKDEP
static struct lockdep_map gate_map = STATIC_LOCKDEP_MAP_INIT("gate", &gate_map);

#define dep_enter()	lock_map_acquire_read(&gate_map)
#define dep_close()	lock_map_acquire(&gate_map)
#define dep_leave()	lock_map_release(&gate_map)
#else
#define dep_enter()	do { } while (0)
#define dep_close()	do { } while (0)
#define dep_leave()	do { } while (0)
#endif

/**
 * kw_gate_enter() - keep the gate from being closed
 *
 * Context: process context; no sleeping until kw_gate_leave(), and no second
 * kw_gate_enter().
 */
void kw_gate_enter(void)
	__acquires(GATE)
{
	preempt_disable();
	/* pairs with kw_gate_open(): what was changed while it was closed is seen */
	if (unlikely(smp_load_acquire(&closing))) {
		read_lock(&slow_lock);
		/* to sparse, it is the gate that is held, in either case */
		__release(&slow_lock);
		__this_cpu_write(passing_slow, true);
	}
	__acquire(GATE);
	dep_enter();
}

/**
 * kw_gate_leave() - undo kw_gate_enter()
 */
void kw_gate_leave(void)
	__releases(GATE)
{
	dep_leave();
	__release(GATE);
	if (unlikely(__this_cpu_read(passing_slow))) {
		__this_cpu_write(passing_slow, false);
		__acquire(&slow_lock);
		read_unlock(&slow_lock);
	}
	preempt_enable();
}

/**
 * kw_gate_close() - have the gate to oneself
 *
 * Context: may sleep, but not until kw_gate_open(); one at a time, not under
 * RCU.
 */
void kw_gate_close(void)
	__acquires(GATE)
{
	WRITE_ONCE(closing, true);
	synchronize_rcu();
	write_lock(&slow_lock);
	dep_close();
}

/**
 * kw_gate_open() - undo kw_gate_close()
 */
void kw_gate_open(void)
	__releases(GATE)
{
	dep_leave();
	write_unlock(&slow_lock);
	/* pairs with kw_gate_enter() */
	smp_store_release(&closing, false);
}
