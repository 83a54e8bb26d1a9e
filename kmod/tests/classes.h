/* SPDX-License-Identifier: GPL-2.0 */
/* Rulesets and classes for tests. */
#ifndef KW_TESTS_CLASSES_H
#define KW_TESTS_CLASSES_H

#include "../policy.h"

struct kunit;

#define BY_UID		KVMWARDEN_CLASS_MATCH_UID
#define BY_GID		KVMWARDEN_CLASS_MATCH_GID
#define BY_CGROUP	KVMWARDEN_CLASS_MATCH_CGROUP
#define BY_EXE		KVMWARDEN_CLASS_MATCH_EXE
#define BY_LABEL	KVMWARDEN_CLASS_MATCH_LABEL

extern const struct kvmwarden_amounts kw_test_unlimited;
extern const struct kvmwarden_ruleset kw_test_outset;

void kw_test_class(struct kvmwarden_class *class, const char *name);
void kw_test_add(struct kunit *test, struct kw_ruleset *ruleset,
		 const struct kvmwarden_class *class,
		 const struct kw_class_texts *texts);
void kw_test_add_cgroup(struct kunit *test, struct kw_ruleset *ruleset,
			const char *pattern,
			const struct kvmwarden_amounts *limit);

#endif /* KW_TESTS_CLASSES_H */
