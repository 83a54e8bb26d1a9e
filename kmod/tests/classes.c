// SPDX-License-Identifier: GPL-2.0
/* KUnit: rulesets and classes for tests. */
#include <kunit/test.h>
#include <linux/string.h>

#include "classes.h"

#define UNLIMITED { ~0ULL, ~0ULL, ~0ULL }

const struct kvmwarden_amounts kw_test_unlimited = UNLIMITED;

const struct kvmwarden_ruleset kw_test_outset = {
	.mode = KVMWARDEN_MODE_ENFORCE,
	.version = 7,
	.host = UNLIMITED,
	.user = UNLIMITED,
};

/**
 * kw_test_class() - a class that limits nothing and is in order
 * @class: set
 * @name: its name
 */
void kw_test_class(struct kvmwarden_class *class, const char *name)
{
	u32 i;

	memset(class, 0, sizeof(*class));
	strscpy(class->name, name, sizeof(class->name));
	class->mode = KVMWARDEN_MODE_ENFORCE;
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		class->vm.of[i] = KVMWARDEN_UNLIMITED;
	class->user = kw_test_unlimited;
	class->total = kw_test_unlimited;
	if (strcmp(name, "default"))
		class->flags = BY_UID;
}

/**
 * kw_test_add() - add a class that must be accepted
 * @test: ends if it is not
 * @ruleset: where
 * @class: the class
 * @texts: what it points to; NULL: nothing
 */
void kw_test_add(struct kunit *test, struct kw_ruleset *ruleset,
		 const struct kvmwarden_class *class,
		 const struct kw_class_texts *texts)
{
	static const struct kw_class_texts none;
	u32 bad_field = ~0;

	KUNIT_ASSERT_EQ_MSG(test, 0,
			    kw_ruleset_add(ruleset, class, texts ?: &none,
					   &bad_field),
			    "class '%.64s', field %u", class->name, bad_field);
	KUNIT_EXPECT_EQ(test, bad_field, (u32)KVMWARDEN_FIELD_NONE);
}

/**
 * kw_test_add_cgroup() - add limits on cgroups that must be accepted
 * @test: ends if they are not
 * @ruleset: where
 * @pattern: of the cgroups
 * @limit: the limits
 */
void kw_test_add_cgroup(struct kunit *test, struct kw_ruleset *ruleset,
			const char *pattern,
			const struct kvmwarden_amounts *limit)
{
	const struct kvmwarden_cgroup cgroup = { .limit = *limit };
	u32 bad_field = ~0;

	KUNIT_ASSERT_EQ_MSG(test, 0,
			    kw_ruleset_add_cgroup(ruleset, &cgroup, pattern,
						  &bad_field),
			    "cgroup '%s', field %u", pattern, bad_field);
	KUNIT_EXPECT_EQ(test, bad_field, (u32)KVMWARDEN_FIELD_NONE);
}
