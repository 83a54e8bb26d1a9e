// SPDX-License-Identifier: GPL-2.0
/* Rulesets and classes that are not in order. */
#include <fcntl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "uapi.h"
#include "warden.h"

static void begin_checks(void)
{
	static const struct {
		uint32_t mode, bad_field, reserved, field;
	} cases[] = {
		{ 3, 0, 0, KVMWARDEN_FIELD_MODE },
		{ 1U << 31, 0, 0, KVMWARDEN_FIELD_MODE },
		{ ~0U, 0, 0, KVMWARDEN_FIELD_MODE },
		{ 2, 0, 1, KVMWARDEN_FIELD_RESERVED },
		{ 2, 1, 0, KVMWARDEN_FIELD_RESERVED },
	};
	struct kvmwarden_ruleset ruleset;
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ruleset_init(&ruleset);
		ruleset.mode = cases[i].mode;
		ruleset.bad_field = cases[i].bad_field;
		ruleset.reserved = cases[i].reserved;
		expect_eq_msg(call(device, KVMWARDEN_RULESET_BEGIN, &ruleset),
			      -EINVAL, "begin %u", i);
		expect_eq_msg(ruleset.bad_field, cases[i].field, "begin %u", i);
	}
	for (i = KVMWARDEN_MODE_OFF; i <= KVMWARDEN_MODE_ENFORCE; i++) {
		ruleset_init(&ruleset);
		ruleset.mode = i;
		fd = call(device, KVMWARDEN_RULESET_BEGIN, &ruleset);
		expect(fd >= 0);
		expect_eq(ruleset.bad_field, 0);
		close(fd);
	}
}

/* Spoils a class. */
struct spoiler {
	const char *what;
	uint32_t field;
	void (*spoil)(struct kvmwarden_class *class);
};

static const char star[] = "/**";
static char too_long[KVMWARDEN_CGROUP_LEN + 1];

#define SPOIL(_name, ...)						\
	static void spoil_##_name(struct kvmwarden_class *class)	\
	{								\
		__VA_ARGS__;						\
	}

SPOIL(empty, class->name[0] = '\0')
SPOIL(unterminated, memset(class->name, 'a', sizeof(class->name)))
SPOIL(space, class->name[1] = ' ')
SPOIL(slash, class->name[1] = '/')
SPOIL(newline, class->name[1] = '\n')
SPOIL(umlaut, class->name[1] = '\xe4')
SPOIL(mode, class->mode = 3)
SPOIL(mode_large, class->mode = ~0U)
SPOIL(flag, class->flags |= KVMWARDEN_CLASS_MATCH_LABEL << 1)
SPOIL(flag_high, class->flags |= 1U << 31)
SPOIL(no_criteria, class->flags = 0; class->uid = 0)
SPOIL(default_criteria, strcpy(class->name, "default"))
SPOIL(uid, class->uid = ~0U)
SPOIL(uid_unused, class->flags = KVMWARDEN_CLASS_MATCH_CGROUP;
	class->cgroup.address = (uintptr_t)star)
SPOIL(cgroup_null, class->flags |= KVMWARDEN_CLASS_MATCH_CGROUP)
SPOIL(cgroup_unused, class->cgroup.address = (uintptr_t)star)
SPOIL(cgroup_relative, class->flags |= KVMWARDEN_CLASS_MATCH_CGROUP;
	class->cgroup.address = (uintptr_t)(star + 1))
SPOIL(cgroup_empty, class->flags |= KVMWARDEN_CLASS_MATCH_CGROUP;
	class->cgroup.address = (uintptr_t)(star + 3))
SPOIL(cgroup_long, class->flags |= KVMWARDEN_CLASS_MATCH_CGROUP;
	class->cgroup.address = (uintptr_t)too_long)
SPOIL(gid, class->flags |= KVMWARDEN_CLASS_MATCH_GID; class->gid = ~0U)
SPOIL(gid_unused, class->gid = 1)
SPOIL(exe_null, class->flags |= KVMWARDEN_CLASS_MATCH_EXE;
	class->exe_fd = open("/bin/sh", O_PATH))
SPOIL(exe_relative, class->flags |= KVMWARDEN_CLASS_MATCH_EXE;
	class->exe_fd = open("/bin/sh", O_PATH);
	class->exe.address = (uintptr_t)(star + 1))
SPOIL(exe_directory, class->flags |= KVMWARDEN_CLASS_MATCH_EXE;
	class->exe_fd = open("/bin", O_PATH);
	class->exe.address = (uintptr_t)star)
SPOIL(exe_unused, class->exe.address = (uintptr_t)star)
SPOIL(exe_fd_unused, class->exe_fd = 1)
SPOIL(label_unused, class->label.address = (uintptr_t)star)
SPOIL(limit, class->vm.of[KVMWARDEN_NR_LIMITS] = 1)
SPOIL(limit_last, class->vm.of[KVMWARDEN_LIMITS_MAX - 1] =
	KVMWARDEN_UNLIMITED)
SPOIL(index, class->index = 1)
SPOIL(bad_field, class->bad_field = 1)
SPOIL(cgroup_len, class->cgroup.len = 1)
SPOIL(reserved, class->reserved = 1)
SPOIL(used_vms, class->used.vms = 1)
SPOIL(used_memory, class->used.memory = 1)
SPOIL(denials, class->denials.denied[0] = 1)
SPOIL(denials_last, class->denials.permitted[KVMWARDEN_REASONS_MAX - 1] = 1ULL << 63)
SPOIL(generation, class->generation = 1)
SPOIL(deny, class->deny = KVMWARDEN_DENY_NESTED << 1)
SPOIL(deny_and_more, class->deny = KVMWARDEN_DENY_NESTED | 1ULL << 32)
SPOIL(deny_high, class->deny = 1ULL << 63)
SPOIL(revoke, class->revoke = KVMWARDEN_REVOKE_KILL + 1)
SPOIL(revoke_large, class->revoke = ~0U)
SPOIL(reserved_high, class->reserved = 1U << 31)
SPOIL(string_reserved, class->label.reserved = 1)
SPOIL(exe_len, class->exe.len = 1)

static const struct spoiler spoilers[] = {
	{ "name: empty", KVMWARDEN_FIELD_NAME, spoil_empty },
	{ "name: unterminated", KVMWARDEN_FIELD_NAME, spoil_unterminated },
	{ "name: space", KVMWARDEN_FIELD_NAME, spoil_space },
	{ "name: slash", KVMWARDEN_FIELD_NAME, spoil_slash },
	{ "name: newline", KVMWARDEN_FIELD_NAME, spoil_newline },
	{ "name: umlaut", KVMWARDEN_FIELD_NAME, spoil_umlaut },
	{ "mode: 3", KVMWARDEN_FIELD_MODE, spoil_mode },
	{ "mode: large", KVMWARDEN_FIELD_MODE, spoil_mode_large },
	{ "flags: 4", KVMWARDEN_FIELD_FLAGS, spoil_flag },
	{ "flags: high", KVMWARDEN_FIELD_FLAGS, spoil_flag_high },
	{ "no criteria", KVMWARDEN_FIELD_FLAGS, spoil_no_criteria },
	{ "default with some", KVMWARDEN_FIELD_FLAGS, spoil_default_criteria },
	{ "uid: -1", KVMWARDEN_FIELD_UID, spoil_uid },
	{ "uid: without its flag", KVMWARDEN_FIELD_UID, spoil_uid_unused },
	{ "cgroup: none", KVMWARDEN_FIELD_CGROUP, spoil_cgroup_null },
	{ "cgroup: no flag", KVMWARDEN_FIELD_CGROUP, spoil_cgroup_unused },
	{ "cgroup: relative", KVMWARDEN_FIELD_CGROUP, spoil_cgroup_relative },
	{ "cgroup: empty", KVMWARDEN_FIELD_CGROUP, spoil_cgroup_empty },
	{ "cgroup: too long", KVMWARDEN_FIELD_CGROUP, spoil_cgroup_long },
	{ "gid: -1", KVMWARDEN_FIELD_GID, spoil_gid },
	{ "gid: without its flag", KVMWARDEN_FIELD_GID, spoil_gid_unused },
	{ "exe: no path", KVMWARDEN_FIELD_EXE, spoil_exe_null },
	{ "exe: relative", KVMWARDEN_FIELD_EXE, spoil_exe_relative },
	{ "exe: a directory", KVMWARDEN_FIELD_EXE, spoil_exe_directory },
	{ "exe: no flag", KVMWARDEN_FIELD_EXE, spoil_exe_unused },
	{ "exe_fd: no flag", KVMWARDEN_FIELD_EXE, spoil_exe_fd_unused },
	{ "label: no flag", KVMWARDEN_FIELD_LABEL, spoil_label_unused },
	{ "limit: unknown", KVMWARDEN_FIELD_LIMIT, spoil_limit },
	{ "limit: last", KVMWARDEN_FIELD_LIMIT, spoil_limit_last },
	{ "index", KVMWARDEN_FIELD_RESERVED, spoil_index },
	{ "bad_field", KVMWARDEN_FIELD_RESERVED, spoil_bad_field },
	{ "cgroup_len", KVMWARDEN_FIELD_RESERVED, spoil_cgroup_len },
	{ "reserved", KVMWARDEN_FIELD_RESERVED, spoil_reserved },
	{ "used.vms", KVMWARDEN_FIELD_RESERVED, spoil_used_vms },
	{ "used.memory", KVMWARDEN_FIELD_RESERVED, spoil_used_memory },
	{ "denials: first", KVMWARDEN_FIELD_RESERVED, spoil_denials },
	{ "denials: last", KVMWARDEN_FIELD_RESERVED, spoil_denials_last },
	{ "generation", KVMWARDEN_FIELD_RESERVED, spoil_generation },
	{ "deny: 2", KVMWARDEN_FIELD_DENY, spoil_deny },
	{ "deny: bit 32, too", KVMWARDEN_FIELD_DENY, spoil_deny_and_more },
	{ "deny: high", KVMWARDEN_FIELD_DENY, spoil_deny_high },
	{ "revoke: 2", KVMWARDEN_FIELD_REVOKE, spoil_revoke },
	{ "revoke: large", KVMWARDEN_FIELD_REVOKE, spoil_revoke_large },
	{ "reserved: high", KVMWARDEN_FIELD_RESERVED, spoil_reserved_high },
	{ "label.reserved", KVMWARDEN_FIELD_RESERVED, spoil_string_reserved },
	{ "exe.len", KVMWARDEN_FIELD_RESERVED, spoil_exe_len },
};

/* One draft for all: what is refused leaves nothing behind in it. */
static void add_checks(void)
{
	struct kvmwarden_class class;
	int draft = draft_begin();
	unsigned int i;

	memset(too_long, '/', KVMWARDEN_CGROUP_LEN);
	for (i = 0; i < ARRAY_SIZE(spoilers); i++) {
		class_init(&class, "aa");
		spoilers[i].spoil(&class);
		expect_eq_msg(call(draft, KVMWARDEN_RULESET_ADD, &class),
			      -EINVAL, "%s", spoilers[i].what);
		expect_eq_msg(class.bad_field, spoilers[i].field, "%s",
			      spoilers[i].what);
		if (class.flags & KVMWARDEN_CLASS_MATCH_EXE)
			close(class.exe_fd);
	}
	class_init(&class, "aa");
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD, &class), 0);
	expect_eq(class.index, 0);
	expect_eq(class.bad_field, 0);
	close(draft);
}

static void add_names(void)
{
	struct kvmwarden_class class;
	int draft = draft_begin();

	class_init(&class, "");
	memset(class.name, 'z', KVMWARDEN_NAME_LEN - 1);
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD, &class), 0);
	expect_eq(draft_add(draft, "A-Z.0_9"), 0);
	expect_eq(draft_add(draft, "."), 0);
	expect_eq(draft_add(draft, "-"), 0);

	class_init(&class, "A-Z.0_9");
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD, &class), -EINVAL);
	expect_eq(class.bad_field, KVMWARDEN_FIELD_NAME);
	expect_eq(draft_add(draft, "default"), 0);
	class_init(&class, "default");
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD, &class), -EINVAL);
	expect_eq(class.bad_field, KVMWARDEN_FIELD_NAME);
	class_init(&class, "later");
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD, &class), -EINVAL);
	expect_eq(class.bad_field, KVMWARDEN_FIELD_NAME);
	expect_eq(draft_commit(draft, KVMWARDEN_COMMIT_CHECK), 0);
	close(draft);
}

static int add_cgroup(int draft, const char *name, const void *pattern)
{
	struct kvmwarden_class class;

	class_init(&class, name);
	class.flags = KVMWARDEN_CLASS_MATCH_CGROUP;
	class.uid = 0;
	class.cgroup.address = (uintptr_t)pattern;
	return call(draft, KVMWARDEN_RULESET_ADD, &class);
}

static void add_cgroups(void)
{
	static char longest[KVMWARDEN_CGROUP_LEN];
	int draft = draft_begin();
	char *pages;

	expect_eq(add_cgroup(draft, "a", "/"), 0);
	memset(longest, '/', sizeof(longest) - 1);
	expect_eq(add_cgroup(draft, "b", longest), 0);

	/* not terminated before the end of the page */
	pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(pages + 4096, 4096, PROT_NONE);
	memset(pages, '/', 4096);
	expect_eq(add_cgroup(draft, "c", pages + 4090), -EFAULT);
	pages[4095] = '\0';
	expect_eq(add_cgroup(draft, "c", pages + 4090), 0);
	munmap(pages, 8192);

	expect_eq(add_cgroup(draft, "d", (void *)1), -EFAULT);
	expect_eq(add_cgroup(draft, "d", (void *)0xffff888000000000), -EFAULT);
	expect_eq(add_cgroup(draft, "d", (void *)0x8000000000000000), -EFAULT);
	expect_eq(add_cgroup(draft, "d", (void *)~0UL), -EFAULT);
	expect_eq(add_cgroup(draft, "d", "/d"), 0);
	close(draft);
}

static void fill(int draft, unsigned int classes)
{
	char name[KVMWARDEN_NAME_LEN];
	unsigned int i;

	for (i = 0; i < classes; i++) {
		snprintf(name, sizeof(name), "class-%u", i);
		if (!expect_eq_msg(draft_add(draft, name), 0, "class %u", i))
			break;
	}
}

static void get_each(unsigned int classes)
{
	char name[KVMWARDEN_NAME_LEN];
	struct kvmwarden_class class;
	unsigned int i;

	for (i = 0; i < classes; i += i + 7 < classes ? 7 : 1) {
		memset(&class, 0, sizeof(class));
		class.size = sizeof(class);
		class.index = i;
		snprintf(name, sizeof(name), "class-%u", i);
		expect_eq_msg(call(device, KVMWARDEN_CLASS_GET, &class), 0,
			      "class %u", i);
		expect_msg(!strcmp(class.name, i + 1 < classes ? name :
							       "default"),
			   "class %u is not %.64s", i, class.name);
		expect_eq(class.index, i);
	}
	class.index = classes;
	expect_eq(call(device, KVMWARDEN_CLASS_GET, &class), -ENOENT);
}

static void many(void)
{
	struct kvmwarden_status status;
	int draft = draft_begin();

	fill(draft, KVMWARDEN_CLASSES_MAX - 1);
	expect_eq(draft_add(draft, "default"), 0);
	expect_eq(draft_commit(draft, 0), 0);
	warden_status(device, &status);
	expect_eq(status.classes, KVMWARDEN_CLASSES_MAX);
	get_each(KVMWARDEN_CLASSES_MAX);
	close(draft);
}

static void too_many(void)
{
	int draft = draft_begin();

	fill(draft, KVMWARDEN_CLASSES_MAX);
	expect_eq(draft_add(draft, "one-more"), -ENOSPC);
	expect_eq(draft_add(draft, "default"), -ENOSPC);
	/* there is no room for default */
	expect_eq(draft_commit(draft, 0), -ENOSPC);
	expect_eq(draft_commit(draft, KVMWARDEN_COMMIT_CHECK), -ENOSPC);
	close(draft);
}

static const struct test tests[] = {
	{ "begin: what is refused", begin_checks, false },
	{ "add: what is refused", add_checks, false },
	{ "add: names", add_names, false },
	{ "add: cgroups", add_cgroups, false },
	{ "10,000 classes", many, true },
	{ "10,001 classes refused", too_many, false },
};

const struct suite class_suite = SUITE(tests);
