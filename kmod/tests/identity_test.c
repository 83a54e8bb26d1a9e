// SPDX-License-Identifier: GPL-2.0
/* KUnit: identities. */
#include <kunit/test.h>

#include "../identity.c"

static const u32 groups[] = { 3, 5, 5, 9, 4000000000U };
static const struct kw_owner owners[] = { { 20, 30 }, { 20, 31 }, { 21, 30 } };

static const struct kw_identity somebody = {
	.uid = 10,
	.gid = 11,
	.egid = 12,
	.nr_groups = ARRAY_SIZE(groups),
	.groups = groups,
	.nr_owners = ARRAY_SIZE(owners),
	.owners = owners,
	.exe = { .ino = 7, .dev = 8, .generation = 9 },
	.cgroup = "/",
	.label = "",
};

static const struct kw_identity nobody_else = {
	.uid = 10,
	.gid = 11,
	.egid = 11,
	.cgroup = "/",
	.label = "",
};

static bool among(u32 id, const u32 *ids, unsigned int nr)
{
	while (nr--)
		if (*ids++ == id)
			return true;
	return false;
}

static void identity_users(struct kunit *test)
{
	static const u32 his[] = { 10, 20, 21 };
	u32 uid;

	for (uid = 0; uid < 40; uid++) {
		KUNIT_EXPECT_EQ_MSG(test, among(uid, his, ARRAY_SIZE(his)),
				    kw_identity_is_user(&somebody, uid),
				    "uid %u", uid);
		KUNIT_EXPECT_EQ_MSG(test, uid == 10,
				    kw_identity_is_user(&nobody_else, uid),
				    "uid %u", uid);
	}
	KUNIT_EXPECT_FALSE(test, kw_identity_is_user(&somebody, (u32)-1));
}

static void identity_groups(struct kunit *test)
{
	static const u32 his[] = { 3, 5, 9, 11, 12, 30, 31 };
	u32 gid;

	for (gid = 0; gid < 40; gid++) {
		KUNIT_EXPECT_EQ_MSG(test, among(gid, his, ARRAY_SIZE(his)),
				    kw_identity_in_group(&somebody, gid),
				    "gid %u", gid);
		KUNIT_EXPECT_EQ_MSG(test, gid == 11,
				    kw_identity_in_group(&nobody_else, gid),
				    "gid %u", gid);
	}
	KUNIT_EXPECT_TRUE(test, kw_identity_in_group(&somebody, 4000000000U));
	KUNIT_EXPECT_FALSE(test, kw_identity_in_group(&somebody, (u32)-1));
}

/* Ascending is what a search may rely on: each length, each place. */
static void identity_many_groups(struct kunit *test)
{
	struct kw_identity who = nobody_else;
	u32 many[9], i, nr;

	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = 100 + 2 * i;
	who.groups = many;
	for (nr = 0; nr <= ARRAY_SIZE(many); nr++) {
		who.nr_groups = nr;
		for (i = 99; i < 100 + 2 * ARRAY_SIZE(many); i++)
			KUNIT_EXPECT_EQ_MSG(test, among(i, many, nr),
					    kw_identity_in_group(&who, i),
					    "group %u of %u", i, nr);
	}
}

static const struct {
	struct kw_exe exe;
	bool runs;
} exes[] = {
	{ { .ino = 7, .dev = 8, .generation = 9 }, true },
	{ { .ino = 6, .dev = 8, .generation = 9 }, false },
	{ { .ino = 7, .dev = 9, .generation = 9 }, false },
	{ { .ino = 7, .dev = 8, .generation = 0 }, false },
	{ { .ino = 7 + (1ULL << 32), .dev = 8, .generation = 9 }, false },
};

static void identity_exes(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(exes); i++) {
		KUNIT_EXPECT_EQ_MSG(test, exes[i].runs,
				    kw_identity_runs(&somebody, &exes[i].exe),
				    "exes[%u]", i);
		KUNIT_EXPECT_FALSE(test, kw_identity_runs(&nobody_else,
							  &exes[i].exe));
	}
}

static struct kunit_case identity_cases[] = {
	KUNIT_CASE(identity_users),
	KUNIT_CASE(identity_groups),
	KUNIT_CASE(identity_many_groups),
	KUNIT_CASE(identity_exes),
	{}
};

static struct kunit_suite identity_suite = {
	.name = "kvmwarden-identity",
	.test_cases = identity_cases,
};

kunit_test_suite(identity_suite);
