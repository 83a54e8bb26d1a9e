// SPDX-License-Identifier: GPL-2.0
/* KUnit: rulesets and matching. */
#include <kunit/test.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/random.h>

#include "../policy.c"

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "of all that is random; 0: another one each time");

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

static void policy_glob_table(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(globs); i++)
		KUNIT_EXPECT_EQ_MSG(test, globs[i].match,
				    kw_glob_match(globs[i].pattern,
						  globs[i].path),
				    "'%s' on '%s'", globs[i].pattern,
				    globs[i].path);
}

/* What a pattern means, as plainly as can be; takes exponential time. */
static bool naive_match(const char *pattern, const char *path)
{
	bool deep;

	if (!*pattern)
		return !*path;
	if (*pattern != '*') {
		if (!*path || (*pattern == '?' ? *path == '/' :
						 *pattern != *path))
			return false;
		return naive_match(pattern + 1, path + 1);
	}
	deep = pattern[1] == '*';
	do {
		pattern++;
	} while (deep && *pattern == '*');
	for (;; path++) {
		if (naive_match(pattern, path))
			return true;
		if (!*path || (*path == '/' && !deep))
			return false;
	}
}

static void random_string(struct rnd_state *rnd, char *to, unsigned int max,
			  const char *from)
{
	unsigned int len = prandom_u32_state(rnd) % (max + 1);

	while (len--)
		*to++ = from[prandom_u32_state(rnd) % strlen(from)];
	*to = '\0';
}

#define RANDOM_GLOBS	50000
#define RANDOM_LEN	9

static void policy_glob_random(struct kunit *test)
{
	unsigned int i, matches = 0, with = seed ?: get_random_u32();
	char pattern[RANDOM_LEN + 1], path[RANDOM_LEN + 1];
	struct rnd_state rnd;

	kunit_info(test, "seed=%u", with);
	prandom_seed_state(&rnd, with);
	for (i = 0; i < RANDOM_GLOBS; i++) {
		bool match;

		random_string(&rnd, pattern, RANDOM_LEN, "ab/?****");
		random_string(&rnd, path, RANDOM_LEN, "aab/");
		match = naive_match(pattern, path);
		matches += match;
		KUNIT_ASSERT_EQ_MSG(test, match, kw_glob_match(pattern, path),
				    "'%s' on '%s', seed %u", pattern, path,
				    with);
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
static void policy_glob_time(struct kunit *test)
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

/* A class that limits nothing and is in order. */
static void class_init(struct kvmwarden_class *class, const char *name)
{
	u64 *limits[] = {
		&class->vm.vms, &class->vm.vcpus, &class->vm.memory,
		&class->total.vms, &class->total.vcpus, &class->total.memory,
	};
	unsigned int i;

	memset(class, 0, sizeof(*class));
	strscpy(class->name, name, sizeof(class->name));
	class->mode = KVMWARDEN_MODE_ENFORCE;
	for (i = 0; i < ARRAY_SIZE(limits); i++)
		*limits[i] = KVMWARDEN_UNLIMITED;
	if (strcmp(name, "default"))
		class->flags = KVMWARDEN_CLASS_MATCH_UID;
}

/**
 * struct fixture - what a test works on
 * @ruleset: an empty one
 * @class: to be added to it; too large for a stack
 * @host: the account that it is to be charged to
 */
struct fixture {
	struct kw_ruleset *ruleset;
	struct kvmwarden_class class;
	struct kw_account host;
};

static void renew(struct kunit *test)
{
	struct fixture *f = test->priv;

	kw_ruleset_free(f->ruleset);
	f->ruleset = kw_ruleset_new(7, KVMWARDEN_MODE_ENFORCE);
	KUNIT_ASSERT_NOT_NULL(test, f->ruleset);
}

static int policy_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	test->priv = f;
	kw_account_init(&f->host, NULL);
	renew(test);
	return 0;
}

static void policy_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (f)
		kw_ruleset_free(f->ruleset);
}

/* Add a class that must be accepted. */
static void add(struct kunit *test, struct kw_ruleset *ruleset,
		const struct kvmwarden_class *class, const char *cgroup)
{
	u32 bad_field = ~0;

	KUNIT_ASSERT_EQ_MSG(test, 0,
			    kw_ruleset_add(ruleset, class, cgroup, &bad_field),
			    "class '%.64s', field %u", class->name, bad_field);
	KUNIT_EXPECT_EQ(test, bad_field, (u32)KVMWARDEN_FIELD_NONE);
}

/* Add a class that must be refused for the sake of a field. */
static void add_bad(struct kunit *test, struct kw_ruleset *ruleset,
		    const struct kvmwarden_class *class, const char *cgroup,
		    u32 field, const char *why)
{
	u32 before = ruleset->nr_classes, bad_field = ~0;

	KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
			    kw_ruleset_add(ruleset, class, cgroup, &bad_field),
			    "%s", why);
	KUNIT_EXPECT_EQ_MSG(test, bad_field, field, "%s", why);
	KUNIT_EXPECT_EQ_MSG(test, before, ruleset->nr_classes, "%s", why);
}

#define BY_UID		KVMWARDEN_CLASS_MATCH_UID
#define BY_CGROUP	KVMWARDEN_CLASS_MATCH_CGROUP

static const struct {
	const char *name;
	u32 mode;
	u32 flags;
	u32 uid;
	const char *cgroup;
	u64 vms;	/* 0: unlimited */
	u32 bad_field;
} checks[] = {
	{ "a", 2, BY_UID, 0, NULL, 0, KVMWARDEN_FIELD_NONE },
	{ "a", 0, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_NONE },
	{ "a", 1, BY_UID, (u32)-2, NULL, 0, KVMWARDEN_FIELD_NONE },
	{ "a", 2, BY_CGROUP, 0, "/", 0, KVMWARDEN_FIELD_NONE },
	{ "a", 2, BY_UID | BY_CGROUP, 1, "/**", 0, KVMWARDEN_FIELD_NONE },
	{ "default", 2, 0, 0, NULL, 0, KVMWARDEN_FIELD_NONE },
	{ "aZ0._-", 2, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_NONE },
	{ "Default", 2, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_NONE },
	{ "default.", 2, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_NONE },
	{ "", 2, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_NAME },
	{ " ", 2, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_NAME },
	{ "a b", 2, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_NAME },
	{ "a/b", 2, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_NAME },
	{ "a\n", 2, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_NAME },
	{ "\x7f", 2, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_NAME },
	{ "\xc3\xa4", 2, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_NAME },
	{ "\xe4", 2, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_NAME },
	{ "a", 3, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_MODE },
	{ "a", ~0U, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_MODE },
	{ "a", 2, 0, 0, NULL, 0, KVMWARDEN_FIELD_FLAGS },
	{ "a", 2, BY_UID | 4, 1, NULL, 0, KVMWARDEN_FIELD_FLAGS },
	{ "a", 2, 1U << 31, 0, NULL, 0, KVMWARDEN_FIELD_FLAGS },
	{ "default", 2, BY_UID, 1, NULL, 0, KVMWARDEN_FIELD_FLAGS },
	{ "default", 2, BY_CGROUP, 0, "/", 0, KVMWARDEN_FIELD_FLAGS },
	{ "default", 2, 4, 0, NULL, 0, KVMWARDEN_FIELD_FLAGS },
	{ "a", 2, BY_UID, (u32)-1, NULL, 0, KVMWARDEN_FIELD_UID },
	{ "a", 2, BY_CGROUP, 1, "/", 0, KVMWARDEN_FIELD_UID },
	{ "a", 2, BY_CGROUP, (u32)-1, "/", 0, KVMWARDEN_FIELD_UID },
	{ "default", 2, 0, 1, NULL, 0, KVMWARDEN_FIELD_UID },
	{ "a", 2, BY_CGROUP, 0, NULL, 0, KVMWARDEN_FIELD_CGROUP },
	{ "a", 2, BY_CGROUP, 0, "", 0, KVMWARDEN_FIELD_CGROUP },
	{ "a", 2, BY_CGROUP, 0, "a", 0, KVMWARDEN_FIELD_CGROUP },
	{ "a", 2, BY_CGROUP, 0, "*", 0, KVMWARDEN_FIELD_CGROUP },
	{ "a", 2, BY_UID, 1, "/", 0, KVMWARDEN_FIELD_CGROUP },
	{ "default", 2, 0, 0, "/", 0, KVMWARDEN_FIELD_CGROUP },
	{ "a", 2, BY_UID, 1, NULL, 1, KVMWARDEN_FIELD_VM_VMS },
	{ "a", 2, BY_UID, 1, NULL, ~0ULL - 1, KVMWARDEN_FIELD_VM_VMS },
};

static void policy_checks(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset;
	char why[80];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		renew(test);
		ruleset = f->ruleset;
		class_init(&f->class, checks[i].name);
		f->class.mode = checks[i].mode;
		f->class.flags = checks[i].flags;
		f->class.uid = checks[i].uid;
		if (checks[i].vms)
			f->class.vm.vms = checks[i].vms;
		snprintf(why, sizeof(why), "checks[%u] '%s'", i,
			 checks[i].name);
		if (checks[i].bad_field)
			add_bad(test, ruleset, &f->class, checks[i].cgroup,
				checks[i].bad_field, why);
		else
			add(test, ruleset, &f->class, checks[i].cgroup);
	}
}

static void policy_names(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset = f->ruleset;
	unsigned int c;
	char why[32];

	class_init(&f->class, "x");
	for (c = 1; c < 256; c++) {
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || c == '.' || c == '_' ||
			    c == '-';

		f->class.name[0] = c;
		snprintf(why, sizeof(why), "character %u", c);
		if (good)
			add(test, ruleset, &f->class, NULL);
		else
			add_bad(test, ruleset, &f->class, NULL,
				KVMWARDEN_FIELD_NAME, why);
	}

	memset(f->class.name, 'a', sizeof(f->class.name));
	add_bad(test, ruleset, &f->class, NULL, KVMWARDEN_FIELD_NAME,
		"not terminated");
	f->class.name[KVMWARDEN_NAME_LEN - 1] = '\0';
	add(test, ruleset, &f->class, NULL);
	KUNIT_EXPECT_STREQ(test, f->class.name,
			   kw_ruleset_class(ruleset,
					    ruleset->nr_classes - 1)->name);
	add_bad(test, ruleset, &f->class, NULL, KVMWARDEN_FIELD_NAME, "again");
	f->class.name[KVMWARDEN_NAME_LEN - 2] = 'b';
	add(test, ruleset, &f->class, NULL);
}

/* What was asked for is what is there. */
static void policy_add(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset = f->ruleset;
	struct kw_class *added;
	char pattern[] = "/x";

	class_init(&f->class, "a");
	f->class.mode = KVMWARDEN_MODE_OFF;
	f->class.flags = BY_UID | BY_CGROUP;
	f->class.uid = 5;
	f->class.vm.vcpus = 11;
	f->class.vm.memory = 12;
	f->class.total.vms = 13;
	f->class.total.vcpus = 14;
	f->class.total.memory = 15;
	f->class.deny = KVMWARDEN_DENY_NESTED;
	f->class.revoke = KVMWARDEN_REVOKE_KILL;
	add(test, ruleset, &f->class, pattern);
	pattern[1] = 'y';
	memset(&f->class, 0, sizeof(f->class));

	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset, &f->host));
	added = kw_ruleset_class(ruleset, 0);
	KUNIT_ASSERT_NOT_NULL(test, added);
	KUNIT_EXPECT_STREQ(test, added->name, "a");
	KUNIT_EXPECT_EQ(test, added->mode, (u32)KVMWARDEN_MODE_OFF);
	KUNIT_EXPECT_EQ(test, added->flags, BY_UID | BY_CGROUP);
	KUNIT_EXPECT_EQ(test, added->uid, 5U);
	KUNIT_EXPECT_STREQ(test, added->cgroup, "/x");
	KUNIT_EXPECT_EQ(test, added->vm_limit[KW_VMS], KW_UNLIMITED);
	KUNIT_EXPECT_EQ(test, added->vm_limit[KW_VCPUS], 11ULL);
	KUNIT_EXPECT_EQ(test, added->vm_limit[KW_MEMORY], 12ULL);
	KUNIT_EXPECT_EQ(test, added->account.limit[KW_VMS], 13ULL);
	KUNIT_EXPECT_EQ(test, added->account.limit[KW_VCPUS], 14ULL);
	KUNIT_EXPECT_EQ(test, added->account.limit[KW_MEMORY], 15ULL);
	KUNIT_EXPECT_PTR_EQ(test, added->account.parent, &f->host);
	KUNIT_EXPECT_EQ(test, added->deny, KVMWARDEN_DENY_NESTED);
	KUNIT_EXPECT_EQ(test, added->revoke, (u32)KVMWARDEN_REVOKE_KILL);
	KUNIT_EXPECT_EQ(test, ruleset->version, 7ULL);
}

/* What is denied, and how it is revoked, do not depend on each other. */
static void policy_denials(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset = f->ruleset;
	struct kw_class *added;
	char why[32];
	unsigned int i;
	u64 deny;
	u32 revoke;

	for (i = 0; i < 4; i++) {
		deny = i & 1 ? KVMWARDEN_DENY_NESTED : 0;
		revoke = i & 2 ? KVMWARDEN_REVOKE_KILL : KVMWARDEN_REVOKE_FAIL;
		snprintf(why, sizeof(why), "c%u", i);
		class_init(&f->class, why);
		f->class.deny = deny;
		f->class.revoke = revoke;
		add(test, ruleset, &f->class, NULL);
		added = kw_ruleset_class(ruleset, i);
		KUNIT_ASSERT_NOT_NULL(test, added);
		KUNIT_EXPECT_EQ_MSG(test, added->deny, deny, "%s", why);
		KUNIT_EXPECT_EQ_MSG(test, added->revoke, revoke, "%s", why);
	}

	class_init(&f->class, "a");
	for (i = 0; i < 64; i++) {
		snprintf(why, sizeof(why), "deny, bit %u", i);
		f->class.deny = BIT_ULL(i) | KVMWARDEN_DENY_NESTED;
		if (f->class.deny != KVMWARDEN_DENY_NESTED)
			add_bad(test, ruleset, &f->class, NULL,
				KVMWARDEN_FIELD_DENY, why);
	}
	f->class.deny = 0;
	for (i = 0; i < 32; i++) {
		snprintf(why, sizeof(why), "revoke, bit %u", i);
		f->class.revoke = BIT(i) | KVMWARDEN_REVOKE_KILL;
		if (f->class.revoke != KVMWARDEN_REVOKE_KILL)
			add_bad(test, ruleset, &f->class, NULL,
				KVMWARDEN_FIELD_REVOKE, why);
	}
	f->class.revoke = KVMWARDEN_REVOKE_KILL + 1;
	add_bad(test, ruleset, &f->class, NULL, KVMWARDEN_FIELD_REVOKE,
		"revoke, the next");
	f->class.revoke = 0;
	add(test, ruleset, &f->class, NULL);
}

static void policy_default(struct kunit *test)
{
	struct kw_identity who = { .uid = 9, .cgroup = "/" };
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset = f->ruleset;
	struct kw_class *last;

	ruleset->mode = KVMWARDEN_MODE_PERMISSIVE;
	class_init(&f->class, "a");
	add(test, ruleset, &f->class, NULL);
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset, &f->host));
	KUNIT_ASSERT_EQ(test, ruleset->nr_classes, 2U);
	last = kw_ruleset_class(ruleset, 1);
	KUNIT_ASSERT_NOT_NULL(test, last);
	KUNIT_EXPECT_STREQ(test, last->name, "default");
	KUNIT_EXPECT_EQ(test, last->mode, (u32)KVMWARDEN_MODE_PERMISSIVE);
	KUNIT_EXPECT_EQ(test, limited(last->vm_limit), 0ULL);
	KUNIT_EXPECT_EQ(test, limited(last->account.limit), 0ULL);
	KUNIT_EXPECT_EQ(test, last->deny, 0ULL);
	KUNIT_EXPECT_EQ(test, last->revoke, (u32)KVMWARDEN_REVOKE_FAIL);
	KUNIT_EXPECT_PTR_EQ(test, last->account.parent, &f->host);
	KUNIT_EXPECT_PTR_EQ(test, kw_ruleset_match(ruleset, &who), last);
	KUNIT_EXPECT_NULL(test, kw_ruleset_class(ruleset, 2));
	KUNIT_EXPECT_NULL(test, kw_ruleset_class(ruleset, ~0U));

	/* once more changes nothing, and nothing comes after it */
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset, &f->host));
	KUNIT_EXPECT_EQ(test, ruleset->nr_classes, 2U);
	class_init(&f->class, "b");
	add_bad(test, ruleset, &f->class, NULL, KVMWARDEN_FIELD_NAME,
		"after default");
	class_init(&f->class, "default");
	add_bad(test, ruleset, &f->class, NULL, KVMWARDEN_FIELD_NAME,
		"default twice");
}

/* A default class of one's own stays as it is. */
static void policy_own_default(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset = f->ruleset;

	class_init(&f->class, "default");
	f->class.mode = KVMWARDEN_MODE_OFF;
	f->class.vm.vcpus = 3;
	add(test, ruleset, &f->class, NULL);
	class_init(&f->class, "b");
	add_bad(test, ruleset, &f->class, NULL, KVMWARDEN_FIELD_NAME,
		"after default");
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset, &f->host));
	KUNIT_EXPECT_EQ(test, ruleset->nr_classes, 1U);
	KUNIT_EXPECT_EQ(test, kw_ruleset_class(ruleset, 0)->mode,
			(u32)KVMWARDEN_MODE_OFF);
	KUNIT_EXPECT_EQ(test, kw_ruleset_class(ruleset, 0)->vm_limit[KW_VCPUS],
			3ULL);
}

static const struct {
	const char *name;
	u32 flags;
	u32 uid;
	const char *cgroup;
} match_classes[] = {
	{ "both",	BY_UID | BY_CGROUP,	1, "/a/*" },
	{ "cgroup",	BY_CGROUP,		0, "/a/**" },
	{ "uid",	BY_UID,			1, NULL },
	{ "root",	BY_UID,			0, NULL },
	{ "never",	BY_UID,			1, NULL },
	{ "default",	0,			0, NULL },
};

static const struct {
	u32 uid;
	const char *cgroup;
	const char *class;
} matches[] = {
	{ 1, "/a/b",	"both" },
	{ 1, "/a/b/c",	"cgroup" },
	{ 2, "/a/b",	"cgroup" },
	{ 0, "/a/b",	"cgroup" },
	{ 1, "/",	"uid" },
	{ 1, "/a",	"uid" },
	{ 0, "/",	"root" },
	{ 2, "/",	"default" },
	{ (u32)-1, "/",	"default" },
};

static void policy_match(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset = f->ruleset;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(match_classes); i++) {
		class_init(&f->class, match_classes[i].name);
		f->class.flags = match_classes[i].flags;
		f->class.uid = match_classes[i].uid;
		add(test, ruleset, &f->class, match_classes[i].cgroup);
		KUNIT_EXPECT_STREQ(test, match_classes[i].name,
				   kw_ruleset_class(ruleset, i)->name);
	}
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset, &f->host));
	for (i = 0; i < ARRAY_SIZE(matches); i++) {
		struct kw_identity who = {
			.uid = matches[i].uid,
			.cgroup = matches[i].cgroup,
		};

		KUNIT_EXPECT_STREQ_MSG(test, matches[i].class,
				       kw_ruleset_match(ruleset, &who)->name,
				       "uid %d in %s", matches[i].uid,
				       matches[i].cgroup);
	}
}

/* That many classes for real are for the uapi tests. */
static void policy_full(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset = f->ruleset;
	u32 bad_field;

	ruleset->nr_classes = KVMWARDEN_CLASSES_MAX - 1;
	class_init(&f->class, "a");
	add(test, ruleset, &f->class, NULL);
	class_init(&f->class, "b");
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			kw_ruleset_add(ruleset, &f->class, NULL, &bad_field));
	KUNIT_EXPECT_EQ(test, -ENOSPC, kw_ruleset_seal(ruleset, &f->host));
	KUNIT_EXPECT_EQ(test, ruleset->nr_classes, KVMWARDEN_CLASSES_MAX);

	/* no room left, but none needed either */
	ruleset->nr_classes = KVMWARDEN_CLASSES_MAX - 1;
	class_init(&f->class, "default");
	add(test, ruleset, &f->class, NULL);
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset, &f->host));
}

#define VMS	KVMWARDEN_FEATURE_VMS
#define VCPUS	KVMWARDEN_FEATURE_VCPUS
#define MEMORY	KVMWARDEN_FEATURE_MEMORY

static const struct {
	u32 mode;
	u64 vm;		/* features that are limited there */
	u64 total;
	u64 host;
	u32 default_mode;
	u64 enforced;
} enforcements[] = {
	{ 2, 0, 0, 0, 2, 0 },
	{ 2, VCPUS, 0, 0, 1, VCPUS },
	{ 2, MEMORY, 0, 0, 1, MEMORY },
	{ 2, 0, VMS, 0, 1, VMS },
	{ 2, 0, VCPUS, 0, 1, VCPUS },
	{ 2, 0, MEMORY, 0, 1, MEMORY },
	{ 2, VCPUS, MEMORY, VMS, 1, VMS | VCPUS | MEMORY },
	{ 2, 0, 0, VMS, 1, VMS },
	{ 1, 0, 0, VMS, 2, VMS },
	{ 0, 0, 0, VCPUS | MEMORY, 2, VCPUS | MEMORY },
	{ 1, VCPUS | MEMORY, VMS, VMS, 1, 0 },
	{ 0, VCPUS | MEMORY, VMS, VMS, 1, 0 },
	{ 0, VCPUS, VMS, MEMORY, 0, 0 },
	{ 1, VCPUS, VMS, 0, 2, 0 },
};

static void limit(struct kvmwarden_amounts *to, u64 features)
{
	/* 0 is a limit like any other */
	if (features & VMS)
		to->vms = 0;
	if (features & VCPUS)
		to->vcpus = 1;
	if (features & MEMORY)
		to->memory = KVMWARDEN_UNLIMITED - 1;
}

static void policy_enforces(struct kunit *test)
{
	struct kvmwarden_amounts host;
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(enforcements); i++) {
		renew(test);
		ruleset = f->ruleset;

		memset(&host, 0xff, sizeof(host));
		limit(&host, enforcements[i].host);
		ruleset->host_limit[KW_VMS] = host.vms;
		ruleset->host_limit[KW_VCPUS] = host.vcpus;
		ruleset->host_limit[KW_MEMORY] = host.memory;

		class_init(&f->class, "a");
		f->class.mode = enforcements[i].mode;
		limit(&f->class.vm, enforcements[i].vm);
		limit(&f->class.total, enforcements[i].total);
		add(test, ruleset, &f->class, NULL);
		class_init(&f->class, "default");
		f->class.mode = enforcements[i].default_mode;
		add(test, ruleset, &f->class, NULL);
		KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset, &f->host));
		KUNIT_EXPECT_EQ_MSG(test, enforcements[i].enforced,
				    kw_ruleset_enforces(ruleset),
				    "enforcements[%u]", i);
	}
}

#define NESTED	KVMWARDEN_FEATURE_NESTED

/* What it takes to deny, by the modes of the classes that do. */
static const struct {
	u32 mode;
	bool deny;
	u32 default_mode;
	bool default_deny;
	u64 vm;		/* features that the first one limits */
	u64 enforced;
} denials[] = {
	{ 2, false, 2, false, 0, 0 },
	{ 2, true, 2, false, 0, NESTED },
	{ 2, false, 2, true, 0, NESTED },
	{ 2, true, 2, true, 0, NESTED },
	{ 1, true, 1, true, 0, 0 },
	{ 0, true, 0, true, 0, 0 },
	{ 1, true, 0, true, 0, 0 },
	{ 2, true, 1, false, 0, NESTED },
	{ 2, true, 0, true, 0, NESTED },
	{ 1, false, 2, true, 0, NESTED },
	{ 0, true, 2, true, 0, NESTED },
	/* one enforces, the other one denies */
	{ 2, false, 1, true, 0, 0 },
	{ 1, true, 2, false, 0, 0 },
	{ 0, true, 2, false, 0, 0 },
	/* limits are a matter of their own */
	{ 2, true, 1, false, VCPUS | MEMORY, NESTED | VCPUS | MEMORY },
	{ 2, false, 1, true, VCPUS, VCPUS },
	{ 1, true, 2, true, VCPUS, NESTED },
};

static void policy_enforces_denials(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(denials); i++) {
		renew(test);
		ruleset = f->ruleset;
		class_init(&f->class, "a");
		f->class.mode = denials[i].mode;
		f->class.deny = denials[i].deny ? KVMWARDEN_DENY_NESTED : 0;
		limit(&f->class.vm, denials[i].vm);
		add(test, ruleset, &f->class, NULL);
		class_init(&f->class, "default");
		f->class.mode = denials[i].default_mode;
		f->class.deny = denials[i].default_deny ?
				KVMWARDEN_DENY_NESTED : 0;
		add(test, ruleset, &f->class, NULL);
		KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset, &f->host));
		KUNIT_EXPECT_EQ_MSG(test, denials[i].enforced,
				    kw_ruleset_enforces(ruleset),
				    "denials[%u]", i);
	}
}

static void policy_deny_needs(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, kw_deny_needs(0), 0ULL);
	KUNIT_EXPECT_EQ(test, kw_deny_needs(KVMWARDEN_DENY_NESTED), NESTED);
	/* whatever can be denied takes something */
	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_EQ_MSG(test, !!kw_deny_needs(BIT_ULL(i)),
				    !!(KW_DENY_ALL & BIT_ULL(i)), "bit %u", i);
}

static void policy_modes(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, kw_mode_valid(KVMWARDEN_MODE_OFF));
	KUNIT_EXPECT_TRUE(test, kw_mode_valid(KVMWARDEN_MODE_PERMISSIVE));
	KUNIT_EXPECT_TRUE(test, kw_mode_valid(KVMWARDEN_MODE_ENFORCE));
	KUNIT_EXPECT_FALSE(test, kw_mode_valid(3));
	KUNIT_EXPECT_FALSE(test, kw_mode_valid(1U << 31));
	KUNIT_EXPECT_FALSE(test, kw_mode_valid(~0U));
	/* has to be let through */
	kw_ruleset_free(NULL);
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(policy_glob_table),
	KUNIT_CASE(policy_glob_random),
	KUNIT_CASE(policy_glob_time),
	KUNIT_CASE(policy_checks),
	KUNIT_CASE(policy_names),
	KUNIT_CASE(policy_add),
	KUNIT_CASE(policy_denials),
	KUNIT_CASE(policy_default),
	KUNIT_CASE(policy_own_default),
	KUNIT_CASE(policy_match),
	KUNIT_CASE(policy_full),
	KUNIT_CASE(policy_enforces),
	KUNIT_CASE(policy_enforces_denials),
	KUNIT_CASE(policy_deny_needs),
	KUNIT_CASE(policy_modes),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "kvmwarden-policy",
	.init = policy_init,
	.exit = policy_exit,
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);

MODULE_DESCRIPTION("KUnit suites of kvmwarden");
MODULE_LICENSE("GPL");
