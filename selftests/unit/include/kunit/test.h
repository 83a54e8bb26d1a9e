/* SPDX-License-Identifier: GPL-2.0 */
/* As much of KUnit as the suites use; results are TAP. */
#ifndef SHIM_KUNIT_TEST_H
#define SHIM_KUNIT_TEST_H

#include <setjmp.h>

#include "shim/list.h"
#include "shim/memory.h"

struct shim_allocation;

struct kunit {
	void *priv;
	const char *name;
	unsigned int failures;
	jmp_buf end;
	struct shim_allocation *allocations;
};

struct kunit_case {
	const char *name;
	void (*run_case)(struct kunit *test);
};

struct kunit_suite {
	const char *name;
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
	struct kunit_suite *next;
};

#define KUNIT_CASE(function)	{ .name = #function, .run_case = function }
#define kunit_test_suite(suite)						\
	static void __attribute__((constructor)) shim_suite_##suite(void) \
	{								\
		shim_suite_add(&(suite));				\
	}								\
	struct shim_unused

void shim_suite_add(struct kunit_suite *suite);
void *kunit_kcalloc(struct kunit *test, size_t n, size_t size, gfp_t gfp);
void shim_failed(struct kunit *test, bool fatal, const char *file, int line,
		 const char *what, const char *format, ...) __printf(6, 7);
void shim_say(const char *format, ...) __printf(1, 2);

#define kunit_kzalloc(test, size, gfp)	kunit_kcalloc(test, 1, size, gfp)
#define kunit_kmalloc(test, size, gfp)	kunit_kcalloc(test, 1, size, gfp)
#define kunit_info(test, ...)	((void)(test), shim_say(__VA_ARGS__))
#define kunit_err(test, ...)	((void)(test), shim_say(__VA_ARGS__))

#define shim_check(test, fatal, good, what, ...)			\
	do {								\
		if (!(good))						\
			shim_failed(test, fatal, __FILE__, __LINE__,	\
				    what, __VA_ARGS__);			\
	} while (0)

#define shim_compare(test, fatal, a, op, b, ...)			\
	do {								\
		typeof(a) _left = (a);					\
		typeof(b) _right = (b);					\
									\
		if (_left op _right)					\
			break;						\
		shim_say("%s is %lld, %s is %lld", #a,			\
			 (long long)_left, #b, (long long)_right);	\
		shim_failed(test, fatal, __FILE__, __LINE__,		\
			    #a " " #op " " #b, __VA_ARGS__);		\
	} while (0)

#define shim_same(a, b)		(!strcmp(a, b))

#define KUNIT_FAIL(t, ...)		shim_check(t, false, false, "", __VA_ARGS__)
#define KUNIT_EXPECT_TRUE_MSG(t, a, ...) shim_check(t, false, a, #a, __VA_ARGS__)
#define KUNIT_EXPECT_FALSE_MSG(t, a, ...) \
	shim_check(t, false, !(a), "!" #a, __VA_ARGS__)
#define KUNIT_ASSERT_TRUE_MSG(t, a, ...) shim_check(t, true, a, #a, __VA_ARGS__)
#define KUNIT_ASSERT_FALSE_MSG(t, a, ...) \
	shim_check(t, true, !(a), "!" #a, __VA_ARGS__)
#define KUNIT_EXPECT_EQ_MSG(t, a, b, ...) \
	shim_compare(t, false, a, ==, b, __VA_ARGS__)
#define KUNIT_ASSERT_EQ_MSG(t, a, b, ...) \
	shim_compare(t, true, a, ==, b, __VA_ARGS__)
#define KUNIT_EXPECT_NE_MSG(t, a, b, ...) \
	shim_compare(t, false, a, !=, b, __VA_ARGS__)
#define KUNIT_EXPECT_LT_MSG(t, a, b, ...) \
	shim_compare(t, false, a, <, b, __VA_ARGS__)
#define KUNIT_EXPECT_LE_MSG(t, a, b, ...) \
	shim_compare(t, false, a, <=, b, __VA_ARGS__)
#define KUNIT_EXPECT_GT_MSG(t, a, b, ...) \
	shim_compare(t, false, a, >, b, __VA_ARGS__)
#define KUNIT_EXPECT_GE_MSG(t, a, b, ...) \
	shim_compare(t, false, a, >=, b, __VA_ARGS__)
#define KUNIT_EXPECT_PTR_EQ_MSG(t, a, b, ...) \
	shim_check(t, false, (a) == (b), #a " == " #b, __VA_ARGS__)
#define KUNIT_ASSERT_PTR_EQ_MSG(t, a, b, ...) \
	shim_check(t, true, (a) == (b), #a " == " #b, __VA_ARGS__)
#define KUNIT_EXPECT_STREQ_MSG(t, a, b, ...) \
	shim_check(t, false, shim_same(a, b), #a " is " #b, __VA_ARGS__)
#define KUNIT_ASSERT_STREQ_MSG(t, a, b, ...) \
	shim_check(t, true, shim_same(a, b), #a " is " #b, __VA_ARGS__)
#define KUNIT_EXPECT_NULL_MSG(t, a, ...) \
	shim_check(t, false, !(a), "no " #a, __VA_ARGS__)
#define KUNIT_EXPECT_NOT_NULL_MSG(t, a, ...) shim_check(t, false, a, #a, __VA_ARGS__)
#define KUNIT_ASSERT_NOT_NULL_MSG(t, a, ...) shim_check(t, true, a, #a, __VA_ARGS__)

#define KUNIT_EXPECT_TRUE(t, a)		KUNIT_EXPECT_TRUE_MSG(t, a, " ")
#define KUNIT_EXPECT_FALSE(t, a)	KUNIT_EXPECT_FALSE_MSG(t, a, " ")
#define KUNIT_ASSERT_TRUE(t, a)		KUNIT_ASSERT_TRUE_MSG(t, a, " ")
#define KUNIT_ASSERT_FALSE(t, a)	KUNIT_ASSERT_FALSE_MSG(t, a, " ")
#define KUNIT_EXPECT_EQ(t, a, b)	KUNIT_EXPECT_EQ_MSG(t, a, b, " ")
#define KUNIT_ASSERT_EQ(t, a, b)	KUNIT_ASSERT_EQ_MSG(t, a, b, " ")
#define KUNIT_EXPECT_NE(t, a, b)	KUNIT_EXPECT_NE_MSG(t, a, b, " ")
#define KUNIT_EXPECT_LT(t, a, b)	KUNIT_EXPECT_LT_MSG(t, a, b, " ")
#define KUNIT_EXPECT_LE(t, a, b)	KUNIT_EXPECT_LE_MSG(t, a, b, " ")
#define KUNIT_EXPECT_GT(t, a, b)	KUNIT_EXPECT_GT_MSG(t, a, b, " ")
#define KUNIT_EXPECT_GE(t, a, b)	KUNIT_EXPECT_GE_MSG(t, a, b, " ")
#define KUNIT_EXPECT_PTR_EQ(t, a, b)	KUNIT_EXPECT_PTR_EQ_MSG(t, a, b, " ")
#define KUNIT_ASSERT_PTR_EQ(t, a, b)	KUNIT_ASSERT_PTR_EQ_MSG(t, a, b, " ")
#define KUNIT_ASSERT_STREQ(t, a, b)	KUNIT_ASSERT_STREQ_MSG(t, a, b, " ")
#define KUNIT_EXPECT_STREQ(t, a, b)	KUNIT_EXPECT_STREQ_MSG(t, a, b, " ")
#define KUNIT_EXPECT_NULL(t, a)		KUNIT_EXPECT_NULL_MSG(t, a, " ")
#define KUNIT_EXPECT_NOT_NULL(t, a)	KUNIT_EXPECT_NOT_NULL_MSG(t, a, " ")
#define KUNIT_ASSERT_NOT_NULL(t, a)	KUNIT_ASSERT_NOT_NULL_MSG(t, a, " ")

#endif
