// SPDX-License-Identifier: GPL-2.0
/* KUnit: patterns. */
#include <kunit/test.h>
#include <linux/kvmwarden.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include "random.h"

#include "../glob.c"

static const struct {
	const char *pattern;
	const char *path;
	bool match;
} globs[] = {
	{ "",			"",			true },
	{ "",			"/",			false },
	{ "/",			"/",			true },
	{ "/",			"",			false },
	{ "/",			"/a",			false },
	{ "/a",			"/a",			true },
	{ "/a",			"/A",			false },
	{ "/a",			"/a/",			false },
	{ "/a/",		"/a",			false },
	{ "/a",			"/ab",			false },
	{ "/ab",		"/a",			false },
	{ "/?",			"/a",			true },
	{ "/?",			"/",			false },
	{ "/?",			"//",			false },
	{ "/??",		"/a",			false },
	{ "/a?c",		"/abc",			true },
	{ "/a?c",		"/a/c",			false },
	{ "/*",			"/",			true },
	{ "/*",			"/a",			true },
	{ "/*",			"/a/b",			false },
	{ "/*/",		"/a/",			true },
	{ "/*/b",		"/a/b",			true },
	{ "/*/b",		"/a/c/b",		false },
	{ "/*/*",		"/a/b",			true },
	{ "/*/*",		"/a",			false },
	{ "/a*",		"/a",			true },
	{ "/a*c",		"/abbbc",		true },
	{ "/a*c",		"/abcbc",		true },
	{ "/a*c",		"/ab/c",		false },
	{ "/*b*d",		"/abcbd",		true },
	{ "/*?",		"/",			false },
	{ "/?*",		"/abc",			true },
	{ "/**",		"/",			true },
	{ "/**",		"/a/b/c",		true },
	{ "**",			"",			true },
	{ "**",			"/a/b",			true },
	{ "***",		"/a/b",			true },
	{ "/**/c",		"/a/b/c",		true },
	{ "/**/c",		"/c",			false },
	{ "/**c",		"/c",			true },
	{ "/a/**",		"/a",			false },
	{ "/a/**",		"/a/",			true },
	{ "/a**z",		"/abc/xyz",		true },
	{ "/a**z",		"/abc/xyzz",		true },
	{ "/a**z",		"/abc/xy",		false },
	{ "/**/b*/c",		"/a/bx/d/by/c",		true },
	{ "/**/b*/c",		"/a/bx/d/by/d",		false },
	{ "/**a*b",		"/a/a/xab",		true },
	{ "/*a**b",		"/xa/y/b",		true },
	{ "/*a**b",		"/x/a/y/b",		false },
	{ "**/x-?.scope",	"/s/m/x-1.scope",	true },
	{ "**/x-?.scope",	"/s/m/x-12.scope",	false },
	{ "/machine.slice/trusted-*", "/machine.slice/trusted-7", true },
	{ "/machine.slice/trusted-*", "/machine.slice/trusted-7/x", false },
	{ "/machine.slice/**/libvirt/emulator",
	  "/machine.slice/machine-qemu\\x2d1.scope/libvirt/emulator", true },
	/* nothing else is special */
	{ "/[a]",		"/a",			false },
	{ "/[a]",		"/[a]",			true },
	{ "/\\*",		"/*",			false },
	{ "/\\*",		"/\\x",			true },
	{ "/{a,b}",		"/a",			false },
	{ "/\xff?",		"/\xff\xfe",		true },
};

static void glob_table(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(globs); i++)
		KUNIT_EXPECT_EQ_MSG(test, globs[i].match,
				    kw_glob_match(globs[i].pattern,
						  globs[i].path),
				    "'%s' on '%s'", globs[i].pattern,
				    globs[i].path);
}

#define RANDOM_GLOBS	50000
#define RANDOM_LEN	9

static void glob_random(struct kunit *test)
{
	char pattern[RANDOM_LEN + 1], path[RANDOM_LEN + 1];
	unsigned int i, matches = 0;
	struct rnd_state rnd;

	kw_random_begin(test, &rnd);
	for (i = 0; i < RANDOM_GLOBS; i++) {
		bool match;

		kw_random_text(&rnd, pattern, RANDOM_LEN, "ab/?****");
		kw_random_text(&rnd, path, RANDOM_LEN, "aab/");
		match = kw_naive_glob(pattern, path);
		matches += match;
		KUNIT_ASSERT_EQ_MSG(test, match, kw_glob_match(pattern, path),
				    "'%s' on '%s'", pattern, path);
		cond_resched();
	}
	/* else nothing was compared */
	KUNIT_EXPECT_GT(test, matches, RANDOM_GLOBS / 20);
	KUNIT_EXPECT_LT(test, matches, RANDOM_GLOBS / 20 * 19);
}

#define LONGEST		(KVMWARDEN_CGROUP_LEN - 1)

static const struct {
	const char *head;	/* of the pattern */
	const char *again;	/* as often as fits */
	const char *tail;
	unsigned int pattern_len;
	unsigned int path_len;
	unsigned int component;	/* length of the path's, 0: no more slashes */
} hard_globs[] = {
	{ "/",	"a*",	"b",	LONGEST,	LONGEST,	0 },
	{ "/",	"*a",	"b",	LONGEST,	LONGEST,	0 },
	{ "/",	"**a",	"b",	LONGEST,	LONGEST,	0 },
	{ "/",	"*?",	"b",	LONGEST,	LONGEST,	0 },
	{ "/",	"**a*a", "b",	LONGEST,	LONGEST,	255 },
	{ "/",	"**/*a", "b",	LONGEST,	LONGEST,	255 },
	{ "/*",	"a",	"b",	2048,		LONGEST,	0 },
	{ "/**", "a",	"b",	2048,		LONGEST,	0 },
	/* short enough for all to end, were each to be tried with each */
	{ "/**a*", "a",	"b",	500,		1000,		0 },
	{ "/**a*", "a",	"b",	128,		LONGEST,	255 },
	{ "/**a*a*", "a", "b",	128,		LONGEST,	255 },
};

static void fill(char *to, unsigned int len, const char *again)
{
	unsigned int i, n = strlen(again);

	for (i = 0; i < len; i++)
		to[i] = again[i % n];
	to[len] = '\0';
}

/*
 * Matching goes on without sleeping: a policy must not be able to stop a host,
 * least of all together with a path that somebody else chose.
 */
static void glob_time(struct kunit *test)
{
	char *pattern = kunit_kzalloc(test, KVMWARDEN_CGROUP_LEN, GFP_KERNEL);
	char *path = kunit_kzalloc(test, KVMWARDEN_CGROUP_LEN, GFP_KERNEL);
	unsigned int i, at;

	KUNIT_ASSERT_NOT_NULL(test, pattern);
	KUNIT_ASSERT_NOT_NULL(test, path);
	for (i = 0; i < ARRAY_SIZE(hard_globs); i++) {
		unsigned int head = strlen(hard_globs[i].head);
		unsigned int tail = strlen(hard_globs[i].tail);
		unsigned int len = hard_globs[i].path_len;
		u64 start, took;

		strcpy(pattern, hard_globs[i].head);
		fill(pattern + head, hard_globs[i].pattern_len - head - tail,
		     hard_globs[i].again);
		strcat(pattern, hard_globs[i].tail);

		fill(path, len, "a");
		path[0] = '/';
		for (at = hard_globs[i].component; at && at < len;
		     at += hard_globs[i].component + 1)
			path[at] = '/';

		start = ktime_get_ns();
		KUNIT_EXPECT_FALSE(test, kw_glob_match(pattern, path));
		took = ktime_get_ns() - start;
		kunit_info(test, "%s(%s)...%s: %llu us", hard_globs[i].head,
			   hard_globs[i].again, hard_globs[i].tail,
			   took / NSEC_PER_USEC);
		/* with all checks on, under emulation */
		KUNIT_EXPECT_LT_MSG(test, took, (u64)NSEC_PER_SEC / 2,
				    "'%s', then '%s' again and again, then '%s', %u long, on %u characters in components of %u",
				    hard_globs[i].head, hard_globs[i].again,
				    hard_globs[i].tail,
				    hard_globs[i].pattern_len,
				    hard_globs[i].path_len,
				    hard_globs[i].component);
		cond_resched();
	}
}

static struct kunit_case glob_cases[] = {
	KUNIT_CASE(glob_table),
	KUNIT_CASE(glob_random),
	KUNIT_CASE(glob_time),
	{}
};

static struct kunit_suite glob_suite = {
	.name = "kvmwarden-glob",
	.test_cases = glob_cases,
};

kunit_test_suite(glob_suite);
