/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's basics for user space: what a single thread needs. */
#ifndef SHIM_BASE_H
#define SHIM_BASE_H

#include <linux/errno.h>
#include <linux/types.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* for sparse, or for a compiler that need not know here */
#define __user
#define __rcu
#define __force
#define __init
#define __exit
#define __read_mostly
#define __acquires(x)
#define __releases(x)
#define __acquire(x)
#define __release(x)
#define __must_check	__attribute__((warn_unused_result))
#define __maybe_unused	__attribute__((unused))
#define noinline	__attribute__((noinline))
#define fallthrough	__attribute__((fallthrough))
#define __printf(a, b)	__attribute__((format(printf, a, b)))
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define BUILD_BUG_ON(x)		_Static_assert(!(x), #x)
#define static_assert		_Static_assert
#define ARRAY_SIZE(x)		(sizeof(x) / sizeof((x)[0]))
#define sizeof_field(t, m)	sizeof(((t *)NULL)->m)
#define offsetofend(t, m)	(offsetof(t, m) + sizeof_field(t, m))
#define container_of(p, t, m)	((t *)((char *)(p) - offsetof(t, m)))
#define container_of_const	container_of
#define struct_size(p, m, n)	(sizeof(*(p)) + sizeof((p)->m[0]) * (size_t)(n))
#define array_size(a, b)	((size_t)(a) * (b))
#define IS_ENABLED(x)		0
#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define U8_MAX			((u8)~0U)
#define U32_MAX			((u32)~0U)
#define S32_MAX			((s32)(U32_MAX >> 1))
#define U64_MAX			((u64)~0ULL)
#define PAGE_SIZE		4096UL
#define PAGE_SHIFT		12

#define min(a, b) ({ typeof(a) _a = (a); typeof(b) _b = (b); _a < _b ? _a : _b; })
#define max(a, b) ({ typeof(a) _a = (a); typeof(b) _b = (b); _a > _b ? _a : _b; })
#define min_t(t, a, b)	min((t)(a), (t)(b))
#define max_t(t, a, b)	max((t)(a), (t)(b))
#define swap(a, b) do { typeof(a) _t = (a); (a) = (b); (b) = _t; } while (0)
#define DIV_ROUND_UP(a, b)	(((a) + (b) - 1) / (b))

#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)

/* What the kernel only warns of is a failure here. */
static inline bool shim_warn(bool bad, const char *what, const char *file,
			     int line)
{
	if (!bad)
		return false;
	fflush(stdout);
	fprintf(stderr, "%s:%d: warning or bug: %s\n", file, line, what);
	abort();
}

#define WARN_ON(x)		shim_warn(!!(x), #x, __FILE__, __LINE__)
#define WARN_ON_ONCE(x)		WARN_ON(x)
#define WARN_ONCE(x, ...)	WARN_ON(x)
#define WARN(x, ...)		WARN_ON(x)
#define BUG_ON(x)		((void)WARN_ON(x))
#define BUG()			BUG_ON(true)

#define ERR_PTR(err)		((void *)(long)(err))
#define PTR_ERR(p)		((long)(p))
#define IS_ERR(p)		((unsigned long)(p) >= (unsigned long)-4095)
#define IS_ERR_OR_NULL(p)	(!(p) || IS_ERR(p))
#define ERR_CAST(p)		((void *)(p))
#define PTR_ERR_OR_ZERO(p)	(IS_ERR(p) ? PTR_ERR(p) : 0)

#define shim_overflow(op, a, b, r) __builtin_##op##_overflow(a, b, r)
#define check_add_overflow(a, b, r) shim_overflow(add, a, b, r)
#define check_sub_overflow(a, b, r) shim_overflow(sub, a, b, r)
#define check_mul_overflow(a, b, r) shim_overflow(mul, a, b, r)

static inline void __set_bit(unsigned int bit, unsigned long *map)
{
	map[bit / BITS_PER_LONG] |= BIT(bit % BITS_PER_LONG);
}

static inline void __clear_bit(unsigned int bit, unsigned long *map)
{
	map[bit / BITS_PER_LONG] &= ~BIT(bit % BITS_PER_LONG);
}

static inline bool test_bit(unsigned int bit, const unsigned long *map)
{
	return map[bit / BITS_PER_LONG] & BIT(bit % BITS_PER_LONG);
}

static inline unsigned int shim_next_bit(const unsigned long *map,
					 unsigned int size, unsigned int from)
{
	while (from < size && !test_bit(from, map))
		from++;
	return from;
}

#define find_next_bit(map, size, from)	shim_next_bit(map, size, from)
#define find_first_bit(map, size)	shim_next_bit(map, size, 0)
#define for_each_set_bit(bit, map, size)				\
	for ((bit) = shim_next_bit(map, size, 0); (bit) < (size);	\
	     (bit) = shim_next_bit(map, size, (bit) + 1))
#define bitmap_zero(map, bits)						\
	memset(map, 0, DIV_ROUND_UP(bits, BITS_PER_LONG) * sizeof(long))
#define hweight32(x)	__builtin_popcount(x)
#define hweight64(x)	__builtin_popcountll(x)
#define __ffs(x)	((unsigned long)__builtin_ctzl(x))
#define ilog2(x)	(63 - __builtin_clzll(x))

static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	return n <= 1 ? 1 : 1UL << (ilog2(n - 1) + 1);
}

/* Other values than the kernel's: nothing may depend on them. */
static inline u32 hash_64(u64 value, unsigned int bits)
{
	return value * 0x9e3779b97f4a7c15 >> (64 - bits);
}

#define hash_32(value, bits)	hash_64(value, bits)
#define hash_long(value, bits)	hash_64(value, bits)
#define hash_ptr(p, bits)	hash_64((unsigned long)(p), bits)

#define init_name_hash(salt)		((unsigned long)(salt))
#define partial_name_hash(c, prev)	(((prev) + (c)) * 31)
#define end_name_hash(hash)		((unsigned int)hash_64(hash, 32))

static inline unsigned int full_name_hash(const void *salt, const char *name,
					  unsigned int len)
{
	unsigned long hash = init_name_hash(salt);

	while (len--)
		hash = partial_name_hash((unsigned char)*name++, hash);
	return end_name_hash(hash);
}

static inline u64 ktime_get_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

#define ktime_get_boottime_ns()	ktime_get_ns()
#define ktime_get_real_ns()	ktime_get_ns()
#define NSEC_PER_USEC		1000L
#define NSEC_PER_MSEC		1000000L
#define NSEC_PER_SEC		1000000000L
#define HZ			1000
/* Time passes when a test says so. */
extern unsigned long shim_jiffies;
#define jiffies			READ_ONCE(shim_jiffies)

/* So much time passes. */
static inline void shim_pass(unsigned long time)
{
	__atomic_fetch_add(&shim_jiffies, time, __ATOMIC_RELAXED);
}

#define msecs_to_jiffies(x)	((unsigned long)(x))
#define jiffies_to_msecs(x)	((unsigned int)(x))
#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)
#define time_before_eq(a, b)	(!time_after(a, b))
#define time_after_eq(a, b)	(!time_before(a, b))

struct rnd_state {
	u64 state;
};

static inline u32 prandom_u32_state(struct rnd_state *rnd)
{
	rnd->state ^= rnd->state << 13;
	rnd->state ^= rnd->state >> 7;
	rnd->state ^= rnd->state << 17;
	return rnd->state >> 16;
}

static inline void prandom_seed_state(struct rnd_state *rnd, u64 seed)
{
	rnd->state = (seed + 1) * 0x9e3779b97f4a7c15 | 1;
}

static inline u32 get_random_u32(void)
{
	return ktime_get_ns() * 0x9e3779b97f4a7c15 >> 32;
}

#define pr_info(...)		((void)0)
#define pr_notice(...)		((void)0)
#define pr_warn(...)		((void)0)
#define pr_err(...)		((void)0)

#define module_param(name, type, mode)					\
	static void __attribute__((constructor)) shim_param_##name(void) \
	{								\
		shim_param(#name, &(name));				\
	}								\
	struct shim_unused
#define module_param_named(name, value, type, mode)			\
	static void __attribute__((constructor)) shim_param_##name(void) \
	{								\
		shim_param(#name, &(value));				\
	}								\
	struct shim_unused
#define MODULE_PARM_DESC(name, text)	struct shim_unused
#define MODULE_DESCRIPTION(text)	struct shim_unused
#define MODULE_LICENSE(text)		struct shim_unused
#define EXPORT_SYMBOL_GPL(name)		struct shim_unused

struct shim_unused;
void shim_param(const char *name, unsigned int *value);

#endif
