// SPDX-License-Identifier: GPL-2.0
/* KUnit: rulesets. */
#include <kunit/test.h>
#include <linux/sched.h>

#include "classes.h"

#include "../policy.c"

/**
 * struct fixture - what a test works on
 * @ruleset: an empty one
 * @class: to be added to it; too large for a stack
 */
struct fixture {
	struct kw_ruleset *ruleset;
	struct kvmwarden_class class;
};

static void renew(struct kunit *test)
{
	struct fixture *f = test->priv;

	kw_ruleset_free(f->ruleset);
	f->ruleset = kw_ruleset_new(&kw_test_outset);
	KUNIT_ASSERT_NOT_NULL(test, f->ruleset);
}

static int policy_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	test->priv = f;
	renew(test);
	return 0;
}

static void policy_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (f)
		kw_ruleset_free(f->ruleset);
}

static const struct kw_class_texts no_texts;

/* Add a class that must be refused for the sake of a field. */
static void add_bad(struct kunit *test, struct kw_ruleset *ruleset,
		    const struct kvmwarden_class *class,
		    const struct kw_class_texts *texts, u32 field,
		    const char *why)
{
	u32 before = ruleset->nr_classes, bad_field = ~0;

	KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
			    kw_ruleset_add(ruleset, class, texts,
					   &bad_field),
			    "%s", why);
	KUNIT_EXPECT_EQ_MSG(test, bad_field, field, "%s", why);
	KUNIT_EXPECT_EQ_MSG(test, before, ruleset->nr_classes, "%s", why);
}

static const struct kw_class_texts
	root	= { .cgroup = "/" },
	below	= { .cgroup = "/**" },
	nowhere	= { .cgroup = "" },
	aside	= { .cgroup = "a" },
	pattern	= { .cgroup = "*" },
	exe	= { .exe_path = "/bin/x", .exe = { .ino = 1 } },
	no_exe	= { .exe_path = "x" },
	label	= { .label = "x" },
	blank	= { .label = "" },
	all	= { .cgroup = "/", .label = "x", .exe_path = "/x" };

#define ALL	(BY_UID | BY_GID | BY_CGROUP | BY_EXE | BY_LABEL)
#define NOBODY	((u32)-1)

static const struct {
	const char *name;
	u32 mode;
	u32 flags;
	u32 uid;
	u32 gid;
	const struct kw_class_texts *texts;
	u32 bad_field;
} checks[] = {
	{ "a", 2, BY_UID, 0, 0, &no_texts, KVMWARDEN_FIELD_NONE },
	{ "a", 0, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_NONE },
	{ "a", 1, BY_UID, NOBODY - 1, 0, &no_texts, KVMWARDEN_FIELD_NONE },
	{ "a", 2, BY_GID, 0, 0, &no_texts, KVMWARDEN_FIELD_NONE },
	{ "a", 2, BY_GID, 0, NOBODY - 1, &no_texts, KVMWARDEN_FIELD_NONE },
	{ "a", 2, BY_CGROUP, 0, 0, &root, KVMWARDEN_FIELD_NONE },
	{ "a", 2, BY_UID | BY_CGROUP, 1, 0, &below, KVMWARDEN_FIELD_NONE },
	{ "a", 2, BY_EXE, 0, 0, &exe, KVMWARDEN_FIELD_NONE },
	{ "a", 2, BY_LABEL, 0, 0, &label, KVMWARDEN_FIELD_NONE },
	{ "a", 2, ALL, 1, 2, &all, KVMWARDEN_FIELD_NONE },
	{ "default", 2, 0, 0, 0, &no_texts, KVMWARDEN_FIELD_NONE },
	{ "aZ0._-", 2, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_NONE },
	{ "Default", 2, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_NONE },
	{ "default.", 2, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_NONE },
	{ "", 2, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_NAME },
	{ " ", 2, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_NAME },
	{ "a b", 2, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_NAME },
	{ "a/b", 2, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_NAME },
	{ "a\n", 2, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_NAME },
	{ "\x7f", 2, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_NAME },
	{ "\xc3\xa4", 2, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_NAME },
	{ "\xe4", 2, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_NAME },
	{ "a", 3, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_MODE },
	{ "a", ~0U, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_MODE },
	{ "a", 2, 0, 0, 0, &no_texts, KVMWARDEN_FIELD_FLAGS },
	{ "a", 2, BY_UID | 1U << 5, 1, 0, &no_texts, KVMWARDEN_FIELD_FLAGS },
	{ "a", 2, 1U << 31, 0, 0, &no_texts, KVMWARDEN_FIELD_FLAGS },
	{ "default", 2, BY_UID, 1, 0, &no_texts, KVMWARDEN_FIELD_FLAGS },
	{ "default", 2, BY_GID, 0, 1, &no_texts, KVMWARDEN_FIELD_FLAGS },
	{ "default", 2, BY_CGROUP, 0, 0, &root, KVMWARDEN_FIELD_FLAGS },
	{ "default", 2, BY_EXE, 0, 0, &exe, KVMWARDEN_FIELD_FLAGS },
	{ "default", 2, BY_LABEL, 0, 0, &label, KVMWARDEN_FIELD_FLAGS },
	{ "default", 2, 1U << 5, 0, 0, &no_texts, KVMWARDEN_FIELD_FLAGS },
	{ "a", 2, BY_UID, NOBODY, 0, &no_texts, KVMWARDEN_FIELD_UID },
	{ "a", 2, BY_CGROUP, 1, 0, &root, KVMWARDEN_FIELD_UID },
	{ "a", 2, BY_CGROUP, NOBODY, 0, &root, KVMWARDEN_FIELD_UID },
	{ "default", 2, 0, 1, 0, &no_texts, KVMWARDEN_FIELD_UID },
	{ "a", 2, BY_GID, 0, NOBODY, &no_texts, KVMWARDEN_FIELD_GID },
	{ "a", 2, BY_UID, 0, 1, &no_texts, KVMWARDEN_FIELD_GID },
	{ "a", 2, BY_CGROUP, 0, NOBODY, &root, KVMWARDEN_FIELD_GID },
	{ "default", 2, 0, 0, 1, &no_texts, KVMWARDEN_FIELD_GID },
	{ "a", 2, BY_CGROUP, 0, 0, &no_texts, KVMWARDEN_FIELD_CGROUP },
	{ "a", 2, BY_CGROUP, 0, 0, &nowhere, KVMWARDEN_FIELD_CGROUP },
	{ "a", 2, BY_CGROUP, 0, 0, &aside, KVMWARDEN_FIELD_CGROUP },
	{ "a", 2, BY_CGROUP, 0, 0, &pattern, KVMWARDEN_FIELD_CGROUP },
	{ "a", 2, BY_UID, 1, 0, &root, KVMWARDEN_FIELD_CGROUP },
	{ "default", 2, 0, 0, 0, &root, KVMWARDEN_FIELD_CGROUP },
	{ "a", 2, BY_EXE, 0, 0, &no_texts, KVMWARDEN_FIELD_EXE },
	{ "a", 2, BY_EXE, 0, 0, &no_exe, KVMWARDEN_FIELD_EXE },
	{ "a", 2, BY_UID, 0, 0, &exe, KVMWARDEN_FIELD_EXE },
	{ "default", 2, 0, 0, 0, &exe, KVMWARDEN_FIELD_EXE },
	{ "a", 2, BY_LABEL, 0, 0, &no_texts, KVMWARDEN_FIELD_LABEL },
	{ "a", 2, BY_LABEL, 0, 0, &blank, KVMWARDEN_FIELD_LABEL },
	{ "a", 2, BY_UID, 0, 0, &label, KVMWARDEN_FIELD_LABEL },
	{ "a", 2, BY_UID, 0, 0, &blank, KVMWARDEN_FIELD_LABEL },
	{ "default", 2, 0, 0, 0, &label, KVMWARDEN_FIELD_LABEL },
	{ "a", 2, ALL & ~BY_LABEL, 1, 2, &all, KVMWARDEN_FIELD_LABEL },
};

static void policy_checks(struct kunit *test)
{
	struct fixture *f = test->priv;
	char why[80];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		renew(test);
		kw_test_class(&f->class, checks[i].name);
		f->class.mode = checks[i].mode;
		f->class.flags = checks[i].flags;
		f->class.uid = checks[i].uid;
		f->class.gid = checks[i].gid;
		snprintf(why, sizeof(why), "checks[%u] '%s'", i,
			 checks[i].name);
		if (checks[i].bad_field)
			add_bad(test, f->ruleset, &f->class, checks[i].texts,
				checks[i].bad_field, why);
		else
			kw_test_add(test, f->ruleset, &f->class,
				    checks[i].texts);
	}
}

/* A descriptor without a criterion is one too many. */
static void policy_exe_fd(struct kunit *test)
{
	struct fixture *f = test->priv;

	kw_test_class(&f->class, "a");
	f->class.exe_fd = 1;
	add_bad(test, f->ruleset, &f->class, &no_texts, KVMWARDEN_FIELD_EXE,
		"exe_fd");
	f->class.flags |= BY_EXE;
	kw_test_add(test, f->ruleset, &f->class, &exe);
}

/* Of what a class limits nobody knows yet. */
static void policy_unknown_limits(struct kunit *test)
{
	struct fixture *f = test->priv;
	char why[32];
	u32 i;

	for (i = KVMWARDEN_NR_LIMITS; i < KVMWARDEN_LIMITS_MAX; i++) {
		kw_test_class(&f->class, "a");
		f->class.vm.of[i] = i % 2 ? 1 : KVMWARDEN_UNLIMITED;
		snprintf(why, sizeof(why), "limit %u", i);
		add_bad(test, f->ruleset, &f->class, &no_texts,
			KVMWARDEN_FIELD_LIMIT, why);
	}
}

/* Of all texts, the longest that there may be, and the next. */
static void policy_lengths(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kvmwarden_cgroup cgroup = { .limit = kw_test_unlimited };
	struct kw_class_texts texts = { };
	u32 bad_field;
	char *text;

	text = kunit_kzalloc(test, KVMWARDEN_CGROUP_LEN + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, text);
	memset(text, 'a', KVMWARDEN_CGROUP_LEN);
	text[0] = '/';
	texts.cgroup = text;
	kw_test_class(&f->class, "cgroup");
	f->class.flags = BY_CGROUP;
	add_bad(test, f->ruleset, &f->class, &texts, KVMWARDEN_FIELD_CGROUP,
		"too long");
	KUNIT_EXPECT_EQ(test, -EINVAL,
			kw_ruleset_add_cgroup(f->ruleset, &cgroup, text,
					      &bad_field));
	KUNIT_EXPECT_EQ(test, bad_field, (u32)KVMWARDEN_FIELD_CGROUP);

	BUILD_BUG_ON(KVMWARDEN_PATH_LEN != KVMWARDEN_CGROUP_LEN);
	texts.cgroup = NULL;
	texts.exe_path = text;
	f->class.flags = BY_EXE;
	add_bad(test, f->ruleset, &f->class, &texts, KVMWARDEN_FIELD_EXE,
		"too long");

	text[KVMWARDEN_CGROUP_LEN - 1] = '\0';
	texts.cgroup = text;
	f->class.flags = BY_EXE | BY_CGROUP;
	kw_test_add(test, f->ruleset, &f->class, &texts);
	kw_test_add_cgroup(test, f->ruleset, text, &kw_test_unlimited);
	KUNIT_EXPECT_STREQ(test, f->ruleset->classes[0]->cgroup, text);
	KUNIT_EXPECT_STREQ(test, f->ruleset->classes[0]->exe_path, text);
	KUNIT_EXPECT_STREQ(test, f->ruleset->cgroups[0]->pattern, text);
}

static void policy_names(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset = f->ruleset;
	unsigned int c;
	char why[32];

	kw_test_class(&f->class, "x");
	for (c = 1; c < 256; c++) {
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || c == '.' || c == '_' ||
			    c == '-';

		f->class.name[0] = c;
		snprintf(why, sizeof(why), "character %u", c);
		if (good)
			kw_test_add(test, ruleset, &f->class, NULL);
		else
			add_bad(test, ruleset, &f->class, &no_texts,
				KVMWARDEN_FIELD_NAME, why);
	}

	memset(f->class.name, 'a', sizeof(f->class.name));
	add_bad(test, ruleset, &f->class, &no_texts, KVMWARDEN_FIELD_NAME,
		"not terminated");
	f->class.name[KVMWARDEN_NAME_LEN - 1] = '\0';
	kw_test_add(test, ruleset, &f->class, NULL);
	KUNIT_EXPECT_STREQ(test, f->class.name,
			   kw_ruleset_class(ruleset,
					    ruleset->nr_classes - 1)->name);
	add_bad(test, ruleset, &f->class, &no_texts, KVMWARDEN_FIELD_NAME, "again");
	f->class.name[KVMWARDEN_NAME_LEN - 2] = 'b';
	kw_test_add(test, ruleset, &f->class, NULL);
}

/* What was asked for is what is there, whatever becomes of the request. */
static void policy_add(struct kunit *test)
{
	struct fixture *f = test->priv;
	char cgroup[] = "/x", label[] = "l", path[] = "/bin/x";
	const struct kw_class_texts texts = {
		.cgroup = cgroup,
		.label = label,
		.exe_path = path,
		.exe = { .ino = 1, .dev = 2, .generation = 3 },
	};
	struct kw_class *added;
	u32 i;

	kw_test_class(&f->class, "a");
	f->class.mode = KVMWARDEN_MODE_OFF;
	f->class.flags = ALL;
	f->class.uid = 5;
	f->class.gid = 6;
	f->class.exe_fd = 4;
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		f->class.vm.of[i] = 100 + i;
	f->class.user = (struct kvmwarden_amounts) { 10, 11, 12 };
	f->class.total = (struct kvmwarden_amounts) { 13, 14, 15 };
	f->class.deny = KVMWARDEN_DENY_NESTED;
	f->class.revoke = KVMWARDEN_REVOKE_KILL;
	kw_test_add(test, f->ruleset, &f->class, &texts);
	cgroup[1] = 'y';
	label[0] = 'y';
	path[1] = 'y';
	memset(&f->class, 0, sizeof(f->class));

	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(f->ruleset));
	added = kw_ruleset_class(f->ruleset, 0);
	KUNIT_ASSERT_NOT_NULL(test, added);
	KUNIT_EXPECT_STREQ(test, added->name, "a");
	KUNIT_EXPECT_EQ(test, added->mode, (u32)KVMWARDEN_MODE_OFF);
	KUNIT_EXPECT_EQ(test, added->flags, ALL);
	KUNIT_EXPECT_EQ(test, added->uid, 5U);
	KUNIT_EXPECT_EQ(test, added->gid, 6U);
	KUNIT_EXPECT_STREQ(test, added->cgroup, "/x");
	KUNIT_EXPECT_STREQ(test, added->label, "l");
	KUNIT_EXPECT_STREQ(test, added->exe_path, "/bin/x");
	KUNIT_EXPECT_EQ(test, added->exe.ino, 1ULL);
	KUNIT_EXPECT_EQ(test, added->exe.dev, 2U);
	KUNIT_EXPECT_EQ(test, added->exe.generation, 3U);
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		KUNIT_EXPECT_EQ(test, added->limit[i], 100ULL + i);
	for (i = 0; i < KW_NR_RESOURCES; i++) {
		KUNIT_EXPECT_EQ(test, added->user_limit[i], 10ULL + i);
		KUNIT_EXPECT_EQ(test, added->account.limit[i], 13ULL + i);
		KUNIT_EXPECT_EQ(test, added->account.used[i], 0ULL);
	}
	KUNIT_EXPECT_TRUE(test, added->user_limited);
	KUNIT_EXPECT_EQ(test, added->account.level,
			(u32)KVMWARDEN_LEVEL_CLASS);
	KUNIT_EXPECT_EQ(test, added->deny, KVMWARDEN_DENY_NESTED);
	KUNIT_EXPECT_EQ(test, added->revoke, (u32)KVMWARDEN_REVOKE_KILL);
}

static void policy_new(struct kunit *test)
{
	struct kvmwarden_ruleset from = {
		.version = 8,
		.mode = KVMWARDEN_MODE_PERMISSIVE,
		.host = { 1, 2, 3 },
		.user = { 4, 5, 6 },
	};
	struct fixture *f = test->priv;
	u32 i;

	KUNIT_EXPECT_FALSE(test, f->ruleset->user_limited);
	kw_ruleset_free(f->ruleset);
	f->ruleset = kw_ruleset_new(&from);
	KUNIT_ASSERT_NOT_NULL(test, f->ruleset);
	KUNIT_EXPECT_EQ(test, f->ruleset->version, 8ULL);
	KUNIT_EXPECT_EQ(test, f->ruleset->mode,
			(u32)KVMWARDEN_MODE_PERMISSIVE);
	KUNIT_EXPECT_TRUE(test, f->ruleset->user_limited);
	KUNIT_EXPECT_EQ(test, f->ruleset->account.level,
			(u32)KVMWARDEN_LEVEL_HOST);
	for (i = 0; i < KW_NR_RESOURCES; i++) {
		KUNIT_EXPECT_EQ(test, f->ruleset->host_limit[i], 1ULL + i);
		KUNIT_EXPECT_EQ(test, f->ruleset->account.limit[i], 1ULL + i);
		KUNIT_EXPECT_EQ(test, f->ruleset->user_limit[i], 4ULL + i);
	}
}

/* A limit on any one resource of a user's makes accounts for users. */
static void policy_user_limited(struct kunit *test)
{
	struct kvmwarden_ruleset from = kw_test_outset;
	struct fixture *f = test->priv;
	u64 *user[] = { &from.user.vms, &from.user.vcpus, &from.user.memory };
	u64 *of_class[] = { &f->class.user.vms, &f->class.user.vcpus,
			    &f->class.user.memory };
	u32 i;

	for (i = 0; i < KW_NR_RESOURCES; i++) {
		kw_ruleset_free(f->ruleset);
		from.user = kw_test_unlimited;
		*user[i] = 0;
		f->ruleset = kw_ruleset_new(&from);
		KUNIT_ASSERT_NOT_NULL(test, f->ruleset);
		KUNIT_EXPECT_TRUE(test, f->ruleset->user_limited);

		kw_test_class(&f->class, "a");
		kw_test_add(test, f->ruleset, &f->class, NULL);
		kw_test_class(&f->class, "b");
		*of_class[i] = 0;
		kw_test_add(test, f->ruleset, &f->class, NULL);
		KUNIT_EXPECT_FALSE(test,
				   f->ruleset->classes[0]->user_limited);
		KUNIT_EXPECT_TRUE(test, f->ruleset->classes[1]->user_limited);
	}
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
		kw_test_class(&f->class, why);
		f->class.deny = deny;
		f->class.revoke = revoke;
		kw_test_add(test, ruleset, &f->class, NULL);
		added = kw_ruleset_class(ruleset, i);
		KUNIT_ASSERT_NOT_NULL(test, added);
		KUNIT_EXPECT_EQ_MSG(test, added->deny, deny, "%s", why);
		KUNIT_EXPECT_EQ_MSG(test, added->revoke, revoke, "%s", why);
	}

	kw_test_class(&f->class, "a");
	for (i = 0; i < 64; i++) {
		snprintf(why, sizeof(why), "deny, bit %u", i);
		f->class.deny = BIT_ULL(i) | KVMWARDEN_DENY_NESTED;
		if (f->class.deny != KVMWARDEN_DENY_NESTED)
			add_bad(test, ruleset, &f->class, &no_texts,
				KVMWARDEN_FIELD_DENY, why);
	}
	f->class.deny = 0;
	for (i = 0; i < 32; i++) {
		snprintf(why, sizeof(why), "revoke, bit %u", i);
		f->class.revoke = BIT(i) | KVMWARDEN_REVOKE_KILL;
		if (f->class.revoke != KVMWARDEN_REVOKE_KILL)
			add_bad(test, ruleset, &f->class, &no_texts,
				KVMWARDEN_FIELD_REVOKE, why);
	}
	f->class.revoke = KVMWARDEN_REVOKE_KILL + 1;
	add_bad(test, ruleset, &f->class, &no_texts, KVMWARDEN_FIELD_REVOKE,
		"revoke, the next");
	f->class.revoke = 0;
	kw_test_add(test, ruleset, &f->class, NULL);
}

static void policy_default(struct kunit *test)
{
	struct kw_identity who = { .uid = 9, .cgroup = "/", .label = "" };
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset = f->ruleset;
	u64 usual[KVMWARDEN_NR_LIMITS];
	struct kw_class *last;

	ruleset->mode = KVMWARDEN_MODE_PERMISSIVE;
	kw_test_class(&f->class, "a");
	kw_test_add(test, ruleset, &f->class, NULL);
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset));
	KUNIT_ASSERT_EQ(test, ruleset->nr_classes, 2U);
	last = kw_ruleset_class(ruleset, 1);
	KUNIT_ASSERT_NOT_NULL(test, last);
	KUNIT_EXPECT_STREQ(test, last->name, "default");
	KUNIT_EXPECT_EQ(test, last->mode, (u32)KVMWARDEN_MODE_PERMISSIVE);
	KUNIT_EXPECT_EQ(test, kw_limits_need(last->limit), 0ULL);
	KUNIT_EXPECT_EQ(test, amounts_need(last->account.limit), 0ULL);
	KUNIT_EXPECT_FALSE(test, last->user_limited);
	kw_limits_default(usual);
	KUNIT_EXPECT_EQ(test, 0, memcmp(last->limit, usual, sizeof(usual)));
	KUNIT_EXPECT_EQ(test, last->deny, 0ULL);
	KUNIT_EXPECT_EQ(test, last->revoke, (u32)KVMWARDEN_REVOKE_FAIL);
	KUNIT_EXPECT_PTR_EQ(test, kw_ruleset_match(ruleset, &who), last);
	KUNIT_EXPECT_NULL(test, kw_ruleset_class(ruleset, 2));
	KUNIT_EXPECT_NULL(test, kw_ruleset_class(ruleset, ~0U));

	/* nothing comes after it */
	kw_test_class(&f->class, "b");
	add_bad(test, ruleset, &f->class, &no_texts, KVMWARDEN_FIELD_NAME,
		"after default");
	kw_test_class(&f->class, "default");
	add_bad(test, ruleset, &f->class, &no_texts, KVMWARDEN_FIELD_NAME,
		"default twice");
}

/* A default class of one's own stays as it is. */
static void policy_own_default(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset = f->ruleset;

	kw_test_class(&f->class, "default");
	f->class.mode = KVMWARDEN_MODE_OFF;
	f->class.vm.of[KVMWARDEN_LIMIT_VCPUS] = 3;
	kw_test_add(test, ruleset, &f->class, NULL);
	kw_test_class(&f->class, "b");
	add_bad(test, ruleset, &f->class, &no_texts, KVMWARDEN_FIELD_NAME,
		"after default");
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset));
	KUNIT_EXPECT_EQ(test, ruleset->nr_classes, 1U);
	KUNIT_EXPECT_EQ(test, kw_ruleset_class(ruleset, 0)->mode,
			(u32)KVMWARDEN_MODE_OFF);
	KUNIT_EXPECT_EQ(test, kw_ruleset_class(ruleset, 0)->limit[KVMWARDEN_LIMIT_VCPUS],
			3ULL);
}

static const struct {
	const char *name;
	u32 flags;
	u32 uid;
	u32 gid;
	struct kw_class_texts texts;
} match_classes[] = {
	{ "all", ALL, 1, 100, { .cgroup = "/a/*", .label = "l*",
				.exe_path = "/x", .exe = { 50, 60, 70 } } },
	{ "both",	BY_UID | BY_CGROUP,	1, 0, { .cgroup = "/a/*" } },
	{ "cgroup",	BY_CGROUP,		0, 0, { .cgroup = "/a/**" } },
	{ "uid",	BY_UID,			1, 0, {} },
	{ "root",	BY_UID,			0, 0, {} },
	{ "never",	BY_UID,			1, 0, {} },
	{ "gid",	BY_GID,			0, 100, {} },
	{ "wheel",	BY_GID,			0, 0, {} },
	{ "exe",	BY_EXE,			0, 0,
	  { .exe_path = "/x", .exe = { 50, 60, 70 } } },
	{ "exe-new",	BY_EXE,			0, 0,
	  { .exe_path = "/x", .exe = { 50, 60, 71 } } },
	{ "exe-dev",	BY_EXE,			0, 0,
	  { .exe_path = "/x", .exe = { 50, 61, 70 } } },
	{ "label",	BY_LABEL,		0, 0, { .label = "l?" } },
	{ "unlabelled",	BY_LABEL | BY_UID,	7, 0, { .label = "*" } },
	{ "default",	0,			0, 0, {} },
};

static const u32 some_groups[] = { 99, 100 };
static const struct kw_owner some_owners[] = { { 3, 98 }, { 1, 97 } };
static const struct kw_owner other_owners[] = { { 3, 98 }, { 4, 100 } };

static const struct {
	struct kw_identity who;
	const char *class;
} matches[] = {
	{ { 1, 100, 9, .cgroup = "/a/b", .label = "lx",
	    .exe = { 50, 60, 70 } }, "all" },
	{ { 1, 100, 9, .cgroup = "/a/b", .label = "x",
	    .exe = { 50, 60, 70 } }, "both" },
	{ { 1, 100, 9, .cgroup = "/a/b", .label = "l",
	    .exe = { 51, 60, 70 } }, "both" },
	{ { 1, 9, 9, .cgroup = "/a/b", .label = "" },	"both" },
	{ { 1, 9, 9, .cgroup = "/a/b/c", .label = "" },	"cgroup" },
	{ { 2, 9, 9, .cgroup = "/a/b", .label = "" },	"cgroup" },
	{ { 0, 9, 9, .cgroup = "/a/b", .label = "" },	"cgroup" },
	{ { 1, 9, 9, .cgroup = "/", .label = "" },	"uid" },
	{ { 1, 9, 9, .cgroup = "/a", .label = "" },	"uid" },
	{ { 0, 9, 9, .cgroup = "/", .label = "" },	"root" },
	{ { 2, 9, 9, .cgroup = "/", .label = "" },	"default" },
	{ { NOBODY, 9, 9, .cgroup = "/", .label = "" },	"default" },
	{ { 2, 100, 9, .cgroup = "/", .label = "" },	"gid" },
	{ { 2, 9, 100, .cgroup = "/", .label = "" },	"gid" },
	{ { 2, 0, 100, .cgroup = "/", .label = "" },	"gid" },
	{ { 2, 0, 9, .cgroup = "/", .label = "" },	"wheel" },
	{ { 2, 9, 9, .cgroup = "/", .label = "", .nr_groups = 2,
	    .groups = some_groups }, "gid" },
	{ { 2, 9, 9, .cgroup = "/", .label = "", .nr_groups = 1,
	    .groups = some_groups }, "default" },
	{ { 2, 9, 9, .cgroup = "/", .label = "", .nr_owners = 2,
	    .owners = some_owners }, "uid" },
	{ { 2, 9, 9, .cgroup = "/", .label = "", .nr_owners = 1,
	    .owners = some_owners }, "default" },
	{ { 2, 9, 9, .cgroup = "/", .label = "", .nr_owners = 2,
	    .owners = other_owners }, "gid" },
	{ { 2, 9, 9, .cgroup = "/", .label = "",
	    .exe = { 50, 60, 70 } }, "exe" },
	{ { 2, 9, 9, .cgroup = "/", .label = "",
	    .exe = { 50, 60, 71 } }, "exe-new" },
	{ { 2, 9, 9, .cgroup = "/", .label = "",
	    .exe = { 50, 61, 70 } }, "exe-dev" },
	{ { 2, 9, 9, .cgroup = "/", .label = "",
	    .exe = { 50, 61, 71 } }, "default" },
	{ { 2, 9, 9, .cgroup = "/", .label = "la" },	"label" },
	{ { 2, 9, 9, .cgroup = "/", .label = "la/b" },	"default" },
	{ { 7, 9, 9, .cgroup = "/", .label = "" },	"unlabelled" },
	{ { 7, 9, 9, .cgroup = "/", .label = "a/b" },	"default" },
};

static void policy_match(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset = f->ruleset;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(match_classes); i++) {
		kw_test_class(&f->class, match_classes[i].name);
		f->class.flags = match_classes[i].flags;
		f->class.uid = match_classes[i].uid;
		f->class.gid = match_classes[i].gid;
		kw_test_add(test, ruleset, &f->class, &match_classes[i].texts);
		KUNIT_EXPECT_STREQ(test, match_classes[i].name,
				   kw_ruleset_class(ruleset, i)->name);
	}
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset));
	for (i = 0; i < ARRAY_SIZE(matches); i++)
		KUNIT_EXPECT_STREQ_MSG(test, matches[i].class,
				       kw_ruleset_match(ruleset,
							&matches[i].who)->name,
				       "matches[%u]", i);
}

/* A beginning that is longer than those that are told apart. */
static void policy_long_beginnings(struct kunit *test)
{
	struct kw_identity who = { .uid = 1, .label = "" };
	char text[KW_INDEX_PREFIX_MAX + 8] = "/";
	struct kw_class_texts texts = { .cgroup = text };
	struct fixture *f = test->priv;
	u32 len, first = KW_INDEX_PREFIX_MAX - 3;

	kw_test_class(&f->class, "x");
	f->class.flags = BY_CGROUP;
	memset(text + 1, 'a', sizeof(text) - 2);
	for (len = sizeof(text) - 2; len >= first; len--) {
		text[len] = '*';
		text[len + 1] = '\0';
		snprintf(f->class.name, sizeof(f->class.name), "c%u", len);
		kw_test_add(test, f->ruleset, &f->class, &texts);
	}
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(f->ruleset));
	memset(text, 'a', sizeof(text));
	text[0] = '/';
	who.cgroup = text;
	for (len = sizeof(text) - 1; len >= first; len--) {
		text[len] = '\0';
		snprintf(f->class.name, sizeof(f->class.name), "c%u",
			 min_t(u32, len, sizeof(text) - 2));
		KUNIT_EXPECT_STREQ(test, f->class.name,
				   kw_ruleset_match(f->ruleset, &who)->name);
	}
	text[first - 1] = '\0';
	KUNIT_EXPECT_STREQ(test, "default",
			   kw_ruleset_match(f->ruleset, &who)->name);
}

static void policy_cgroups(struct kunit *test)
{
	static const char * const patterns[] = { "/a", "/a/*", "/**/c", "/" };
	static const struct {
		const char *path;
		int index;
	} paths[] = {
		{ "/", 3 }, { "/a", 0 }, { "/a/b", 1 }, { "/a/c", 1 },
		{ "/b/c", 2 }, { "/a/b/c", 2 }, { "/c", -1 }, { "/b", -1 },
		{ "/a/", 1 }, { "", -1 },
	};
	struct fixture *f = test->priv;
	struct kvmwarden_amounts limit;
	const struct kw_cgroup *found;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		limit = (struct kvmwarden_amounts) { i, 10 + i, ~0ULL };
		kw_test_add_cgroup(test, f->ruleset, patterns[i], &limit);
	}
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(f->ruleset));
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		found = kw_ruleset_cgroup(f->ruleset, paths[i].path);
		KUNIT_EXPECT_PTR_EQ_MSG(test, found, paths[i].index < 0 ? NULL :
					f->ruleset->cgroups[paths[i].index],
					"'%s'", paths[i].path);
	}
	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		found = f->ruleset->cgroups[i];
		KUNIT_EXPECT_STREQ(test, patterns[i], found->pattern);
		KUNIT_EXPECT_EQ(test, found->limit[KW_VMS], (u64)i);
		KUNIT_EXPECT_EQ(test, found->limit[KW_VCPUS], 10ULL + i);
		KUNIT_EXPECT_EQ(test, found->limit[KW_MEMORY], KW_UNLIMITED);
	}
}

static void policy_bad_cgroups(struct kunit *test)
{
	static const char * const patterns[] = { NULL, "", "a", "*", "**/a" };
	struct kvmwarden_cgroup cgroup = { .limit = kw_test_unlimited };
	struct fixture *f = test->priv;
	u32 i, bad_field;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		bad_field = ~0;
		KUNIT_EXPECT_EQ(test, -EINVAL,
				kw_ruleset_add_cgroup(f->ruleset, &cgroup,
						      patterns[i], &bad_field));
		KUNIT_EXPECT_EQ(test, bad_field, (u32)KVMWARDEN_FIELD_CGROUP);
	}
	KUNIT_EXPECT_EQ(test, f->ruleset->nr_cgroups, 0U);
	for (i = 0; i < KVMWARDEN_CGROUPS_MAX; i++)
		kw_test_add_cgroup(test, f->ruleset, "/", &kw_test_unlimited);
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			kw_ruleset_add_cgroup(f->ruleset, &cgroup, "/",
					      &bad_field));
	KUNIT_EXPECT_EQ(test, f->ruleset->nr_cgroups, KVMWARDEN_CGROUPS_MAX);
}

/* A draft that was only checked can be added to, and sealed again. */
static void policy_unseal(struct kunit *test)
{
	const struct kw_identity who = { .uid = 2, .cgroup = "/", .label = "" };
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset = f->ruleset;

	kw_test_class(&f->class, "a");
	f->class.uid = 1;
	kw_test_add(test, ruleset, &f->class, NULL);
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset));
	KUNIT_EXPECT_NOT_NULL(test, kw_ruleset_find(ruleset, "default"));
	kw_ruleset_unseal(ruleset);
	KUNIT_EXPECT_EQ(test, ruleset->nr_classes, 1U);
	KUNIT_EXPECT_NULL(test, kw_ruleset_find(ruleset, "default"));

	kw_test_class(&f->class, "b");
	f->class.uid = 2;
	kw_test_add(test, ruleset, &f->class, NULL);
	kw_test_add_cgroup(test, ruleset, "/", &kw_test_unlimited);
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset));
	KUNIT_EXPECT_STREQ(test, kw_ruleset_match(ruleset, &who)->name, "b");
	KUNIT_EXPECT_NOT_NULL(test, kw_ruleset_cgroup(ruleset, "/"));

	/* an own default is not taken away */
	kw_ruleset_unseal(ruleset);
	kw_test_class(&f->class, "default");
	kw_test_add(test, ruleset, &f->class, NULL);
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset));
	kw_ruleset_unseal(ruleset);
	KUNIT_EXPECT_EQ(test, ruleset->nr_classes, 3U);
	KUNIT_EXPECT_NOT_NULL(test, kw_ruleset_find(ruleset, "default"));
}

static void policy_empty(struct kunit *test)
{
	struct kw_identity who = { .uid = 2, .cgroup = "/", .label = "" };
	struct fixture *f = test->priv;
	struct kw_class *class;
	struct kw_account own;
	struct kw_climb *climb;
	u32 i;

	kw_test_class(&f->class, "default");
	f->class.user.vms = 9;
	kw_test_add(test, f->ruleset, &f->class, NULL);
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(f->ruleset));
	class = kw_ruleset_match(f->ruleset, &who);
	kw_account_init(&own, KVMWARDEN_LEVEL_VM);
	climb = kw_climb_new(f->ruleset, class, &who, &own);
	KUNIT_ASSERT_NOT_NULL(test, climb);
	KUNIT_EXPECT_EQ(test, climb->nr, 4U);
	kw_account_force(climb, 0, KW_VMS, 5);
	kw_ruleset_empty(f->ruleset);
	KUNIT_EXPECT_EQ(test, own.used[KW_VMS], 5ULL);
	for (i = 1; i < climb->nr; i++)
		KUNIT_EXPECT_EQ(test, climb->at[i]->used[KW_VMS], 0ULL);
	kw_climb_free(f->ruleset, climb);
}

/* All that there may be, by user, group, cgroup and label in turn. */
static void add_many(struct kunit *test, struct kw_ruleset *ruleset)
{
	struct fixture *f = test->priv;
	char cgroup[32], label[32];
	u32 i;

	for (i = 0; i < KVMWARDEN_CLASSES_MAX - 1; i++) {
		struct kw_class_texts texts = {
			.cgroup = i % 4 == 2 ? cgroup : NULL,
			.label = i % 4 == 3 ? label : NULL,
		};

		snprintf(cgroup, sizeof(cgroup), "/vm/%u.slice/**", i);
		snprintf(label, sizeof(label), "vm-%u-*", i);
		snprintf(f->class.name, sizeof(f->class.name), "c%u", i);
		f->class.flags = i % 4 == 0 ? BY_UID : i % 4 == 1 ? BY_GID :
				 i % 4 == 2 ? BY_CGROUP : BY_LABEL;
		f->class.uid = i % 4 == 0 ? i : 0;
		f->class.gid = i % 4 == 1 ? i : 0;
		kw_test_add(test, ruleset, &f->class, &texts);
		cond_resched();
	}
}

static void match_many(struct kunit *test, struct kw_ruleset *ruleset)
{
	char cgroup[32], label[32], name[32];
	struct kw_identity who = { .cgroup = cgroup, .label = label };
	const u32 nobody = KVMWARDEN_CLASSES_MAX;
	u32 i;

	for (i = 0; i < KVMWARDEN_CLASSES_MAX - 1; i++) {
		who.uid = i % 4 == 0 ? i : nobody;
		who.gid = nobody;
		who.egid = i % 4 == 1 ? i : nobody;
		snprintf(cgroup, sizeof(cgroup), "/vm/%u.slice/a/b",
			 i % 4 == 2 ? i : nobody);
		snprintf(label, sizeof(label), "vm-%u-x",
			 i % 4 == 3 ? i : nobody);
		snprintf(name, sizeof(name), "c%u", i);
		KUNIT_ASSERT_STREQ(test, name,
				   kw_ruleset_match(ruleset, &who)->name);
		KUNIT_ASSERT_PTR_EQ(test, kw_ruleset_find(ruleset, name),
				    kw_ruleset_class(ruleset, i));
		cond_resched();
	}
}

static u32 longest_chain(const struct kw_index *index)
{
	const struct hlist_node *node;
	u32 i, length, longest = 0;

	for (i = 0; i < 1U << index->bits; i++) {
		length = 0;
		for (node = index->chains[i].first; node; node = node->next)
			length++;
		longest = max(longest, length);
	}
	return longest;
}

static void policy_full(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kw_ruleset *ruleset = f->ruleset;
	u32 bad_field;

	kw_test_class(&f->class, "a");
	add_many(test, ruleset);
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset));
	KUNIT_EXPECT_EQ(test, ruleset->nr_classes, KVMWARDEN_CLASSES_MAX);
	match_many(test, ruleset);
	/* else matching took longer with each class */
	KUNIT_EXPECT_LE(test, longest_chain(&ruleset->index), 16U);
	kw_ruleset_unseal(ruleset);

	/* no room for ``default`` */
	kw_test_class(&f->class, "a");
	kw_test_add(test, ruleset, &f->class, NULL);
	KUNIT_EXPECT_EQ(test, -ENOSPC, kw_ruleset_seal(ruleset));
	KUNIT_EXPECT_EQ(test, ruleset->nr_classes, KVMWARDEN_CLASSES_MAX);
	kw_test_class(&f->class, "b");
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			kw_ruleset_add(ruleset, &f->class, &no_texts,
				       &bad_field));
}

/* No room left, but none needed either. */
static void policy_full_default(struct kunit *test)
{
	struct fixture *f = test->priv;

	kw_test_class(&f->class, "a");
	add_many(test, f->ruleset);
	kw_test_class(&f->class, "default");
	kw_test_add(test, f->ruleset, &f->class, NULL);
	KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(f->ruleset));
	match_many(test, f->ruleset);
}

static void policy_find(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_NULL(test, kw_ruleset_find(f->ruleset, "a"));
	kw_test_class(&f->class, "a");
	kw_test_add(test, f->ruleset, &f->class, NULL);
	kw_test_class(&f->class, "ab");
	kw_test_add(test, f->ruleset, &f->class, NULL);
	KUNIT_EXPECT_PTR_EQ(test, kw_ruleset_find(f->ruleset, "a"),
			    kw_ruleset_class(f->ruleset, 0));
	KUNIT_EXPECT_PTR_EQ(test, kw_ruleset_find(f->ruleset, "ab"),
			    kw_ruleset_class(f->ruleset, 1));
	KUNIT_EXPECT_NULL(test, kw_ruleset_find(f->ruleset, "A"));
	KUNIT_EXPECT_NULL(test, kw_ruleset_find(f->ruleset, "abc"));
	KUNIT_EXPECT_NULL(test, kw_ruleset_find(f->ruleset, ""));
}

/* What a class says nothing of is limited, and nobody relies on it. */
static void policy_limits_default(struct kunit *test)
{
	static const u64 features[KVMWARDEN_NR_LIMITS] = {
		KVMWARDEN_FEATURE_VCPUS, KVMWARDEN_FEATURE_MEMORY,
		KVMWARDEN_FEATURE_MEMSLOTS, KVMWARDEN_FEATURE_IOEVENTFDS,
		KVMWARDEN_FEATURE_COALESCED, KVMWARDEN_FEATURE_IRQFDS,
		KVMWARDEN_FEATURE_HV_EVENTS, KVMWARDEN_FEATURE_IRQ_ROUTES,
		KVMWARDEN_FEATURE_GUEST_MEMFD,
	};
	u64 limit[KVMWARDEN_NR_LIMITS];
	u32 i;

	memset(limit, 0, sizeof(limit));
	kw_limits_default(limit);
	KUNIT_EXPECT_EQ(test, kw_limits_need(limit), 0ULL);
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		KUNIT_EXPECT_EQ(test, limit[i] == KW_UNLIMITED,
				i <= KVMWARDEN_LIMIT_MEMORY);
		KUNIT_EXPECT_GT(test, limit[i], 0ULL);
		limit[i] = KW_UNLIMITED;
		KUNIT_EXPECT_EQ(test, kw_limits_need(limit), 0ULL);
		limit[i] = 0;
		KUNIT_EXPECT_EQ_MSG(test, kw_limits_need(limit), features[i],
				    "limit %u", i);
		kw_limits_default(limit);
		limit[i]--;
		KUNIT_EXPECT_EQ_MSG(test, kw_limits_need(limit), features[i],
				    "limit %u", i);
		kw_limits_default(limit);
	}
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
	u64 user;
	u64 host_user;
	u64 cgroup;
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
	{ 2, 0, 0, 0, 1, VMS, VMS, 0, 0 },
	{ 2, 0, 0, 0, 1, VCPUS | MEMORY, VCPUS | MEMORY, 0, 0 },
	{ 1, 0, 0, 0, 2, 0, VMS | VCPUS | MEMORY, 0, 0 },
	{ 1, 0, 0, 0, 2, VMS, 0, VMS, 0 },
	{ 2, 0, 0, 0, 1, MEMORY, 0, MEMORY, 0 },
	{ 1, 0, 0, 0, 1, 0, VMS, VMS, VMS },
	{ 2, 0, 0, 0, 1, VCPUS, 0, 0, VCPUS },
	{ 0, 0, 0, 0, 2, VMS | MEMORY, 0, 0, VMS | MEMORY },
	{ 2, VCPUS, 0, 0, 1, VMS | VCPUS | MEMORY, VMS, 0, MEMORY },
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

static void limit_vm(struct kvmwarden_limits *to, u64 features)
{
	if (features & VCPUS)
		to->of[KVMWARDEN_LIMIT_VCPUS] = 1;
	if (features & MEMORY)
		to->of[KVMWARDEN_LIMIT_MEMORY] = 0;
}

static void renew_limited(struct kunit *test, u64 host, u64 user)
{
	struct kvmwarden_ruleset from = kw_test_outset;
	struct fixture *f = test->priv;

	limit(&from.host, host);
	limit(&from.user, user);
	kw_ruleset_free(f->ruleset);
	f->ruleset = kw_ruleset_new(&from);
	KUNIT_ASSERT_NOT_NULL(test, f->ruleset);
}

static void policy_enforces(struct kunit *test)
{
	struct kvmwarden_amounts cgroup;
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(enforcements); i++) {
		renew_limited(test, enforcements[i].host,
			      enforcements[i].host_user);
		kw_test_class(&f->class, "a");
		f->class.mode = enforcements[i].mode;
		limit_vm(&f->class.vm, enforcements[i].vm);
		limit(&f->class.total, enforcements[i].total);
		limit(&f->class.user, enforcements[i].user);
		kw_test_add(test, f->ruleset, &f->class, NULL);
		kw_test_class(&f->class, "default");
		f->class.mode = enforcements[i].default_mode;
		kw_test_add(test, f->ruleset, &f->class, NULL);
		cgroup = kw_test_unlimited;
		limit(&cgroup, enforcements[i].cgroup);
		kw_test_add_cgroup(test, f->ruleset, "/a", &cgroup);
		KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(f->ruleset));
		KUNIT_EXPECT_EQ_MSG(test, enforcements[i].enforced,
				    kw_ruleset_enforces(f->ruleset),
				    "enforcements[%u]", i);
		KUNIT_EXPECT_EQ_MSG(test, f->ruleset->enforced,
				    enforcements[i].mode == 2 ||
				    enforcements[i].default_mode == 2,
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
		kw_test_class(&f->class, "a");
		f->class.mode = denials[i].mode;
		f->class.deny = denials[i].deny ? KVMWARDEN_DENY_NESTED : 0;
		limit_vm(&f->class.vm, denials[i].vm);
		kw_test_add(test, ruleset, &f->class, NULL);
		kw_test_class(&f->class, "default");
		f->class.mode = denials[i].default_mode;
		f->class.deny = denials[i].default_deny ?
				KVMWARDEN_DENY_NESTED : 0;
		kw_test_add(test, ruleset, &f->class, NULL);
		KUNIT_EXPECT_EQ(test, 0, kw_ruleset_seal(ruleset));
		KUNIT_EXPECT_EQ_MSG(test, denials[i].enforced,
				    kw_ruleset_enforces(ruleset),
				    "denials[%u]", i);
		KUNIT_EXPECT_EQ_MSG(test, denials[i].enforced & NESTED,
				    kw_deny_needs(ruleset->denied),
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
	KUNIT_CASE(policy_new),
	KUNIT_CASE(policy_checks),
	KUNIT_CASE(policy_exe_fd),
	KUNIT_CASE(policy_unknown_limits),
	KUNIT_CASE(policy_lengths),
	KUNIT_CASE(policy_names),
	KUNIT_CASE(policy_add),
	KUNIT_CASE(policy_user_limited),
	KUNIT_CASE(policy_denials),
	KUNIT_CASE(policy_default),
	KUNIT_CASE(policy_own_default),
	KUNIT_CASE(policy_find),
	KUNIT_CASE(policy_match),
	KUNIT_CASE(policy_long_beginnings),
	KUNIT_CASE(policy_cgroups),
	KUNIT_CASE(policy_bad_cgroups),
	KUNIT_CASE(policy_unseal),
	KUNIT_CASE(policy_empty),
	KUNIT_CASE(policy_full),
	KUNIT_CASE(policy_full_default),
	KUNIT_CASE(policy_limits_default),
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
