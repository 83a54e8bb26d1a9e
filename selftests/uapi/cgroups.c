// SPDX-License-Identifier: GPL-2.0
/* Limits on cgroups: what is accepted, and what is told of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "uapi.h"
#include "warden.h"

static int add(int draft, const void *pattern)
{
	struct kvmwarden_cgroup cgroup;

	cgroup_init(&cgroup, pattern);
	return call(draft, KVMWARDEN_RULESET_ADD_CGROUP, &cgroup);
}

static const char star[] = "/**";
static char long_path[KVMWARDEN_CGROUP_LEN + 1];

#define SPOIL(_name, ...)						\
	static void spoil_##_name(struct kvmwarden_cgroup *cgroup)	\
	{								\
		__VA_ARGS__;						\
	}

SPOIL(none, cgroup->pattern.address = 0)
SPOIL(empty, cgroup->pattern.address = (uintptr_t)(star + 3))
SPOIL(relative, cgroup->pattern.address = (uintptr_t)(star + 1))
SPOIL(too_long, cgroup->pattern.address = (uintptr_t)long_path)
SPOIL(len, cgroup->pattern.len = 4)
SPOIL(string_reserved, cgroup->pattern.reserved = 1U << 31)
SPOIL(index, cgroup->index = 1)
SPOIL(bad_field, cgroup->bad_field = KVMWARDEN_FIELD_CGROUP)
SPOIL(reserved, cgroup->reserved = 1)
SPOIL(generation, cgroup->generation = 1ULL << 63)

static const struct {
	const char *what;
	uint32_t field;
	void (*spoil)(struct kvmwarden_cgroup *cgroup);
} spoilers[] = {
	{ "no pattern", KVMWARDEN_FIELD_CGROUP, spoil_none },
	{ "empty", KVMWARDEN_FIELD_CGROUP, spoil_empty },
	{ "relative", KVMWARDEN_FIELD_CGROUP, spoil_relative },
	{ "too long", KVMWARDEN_FIELD_CGROUP, spoil_too_long },
	{ "pattern.len", KVMWARDEN_FIELD_RESERVED, spoil_len },
	{ "pattern.reserved", KVMWARDEN_FIELD_RESERVED, spoil_string_reserved },
	{ "index", KVMWARDEN_FIELD_RESERVED, spoil_index },
	{ "bad_field", KVMWARDEN_FIELD_RESERVED, spoil_bad_field },
	{ "reserved", KVMWARDEN_FIELD_RESERVED, spoil_reserved },
	{ "generation", KVMWARDEN_FIELD_RESERVED, spoil_generation },
};

static void cgroup_checks(void)
{
	struct kvmwarden_cgroup cgroup;
	int draft = draft_begin();
	unsigned int i;

	memset(long_path, '/', KVMWARDEN_CGROUP_LEN);
	for (i = 0; i < ARRAY_SIZE(spoilers); i++) {
		cgroup_init(&cgroup, star);
		spoilers[i].spoil(&cgroup);
		expect_eq_msg(call(draft, KVMWARDEN_RULESET_ADD_CGROUP,
				   &cgroup), -EINVAL, "%s", spoilers[i].what);
		expect_eq_msg(cgroup.bad_field, spoilers[i].field, "%s",
			      spoilers[i].what);
	}
	/* none of them is in there */
	cgroup_init(&cgroup, star);
	expect_eq(call(draft, KVMWARDEN_RULESET_ADD_CGROUP, &cgroup), 0);
	expect_eq(cgroup.index, 0);
	expect_eq(cgroup.bad_field, 0);
	close(draft);
}

static void cgroup_patterns(void)
{
	int draft = draft_begin();
	char *pages;

	memset(long_path, '/', KVMWARDEN_CGROUP_LEN);
	expect_eq(add(draft, long_path + 1), 0);
	expect_eq(add(draft, "/"), 0);
	/* the first one counts; to have it twice is no mistake */
	expect_eq(add(draft, "/"), 0);

	/* not terminated before the end of the page */
	pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(pages + 4096, 4096, PROT_NONE);
	memset(pages, '/', 4096);
	expect_eq(add(draft, pages + 4090), -EFAULT);
	pages[4095] = '\0';
	expect_eq(add(draft, pages + 4090), 0);
	munmap(pages, 8192);
	expect_eq(add(draft, (void *)1), -EFAULT);
	expect_eq(add(draft, (void *)0xffff888000000000), -EFAULT);
	expect_eq(add(draft, (void *)~0UL), -EFAULT);

	/* also between classes, and after a check */
	expect_eq(draft_add(draft, "one"), 0);
	expect_eq(add(draft, "/a"), 0);
	expect_eq(draft_add(draft, "default"), 0);
	expect_eq(add(draft, "/b"), 0);
	expect_eq(draft_commit(draft, KVMWARDEN_COMMIT_CHECK), 0);
	expect_eq(add(draft, "/c"), 0);
	expect_eq(draft_commit(draft, KVMWARDEN_COMMIT_CHECK), 0);
	close(draft);
}

static int cgroup_get(struct kvmwarden_cgroup *cgroup, uint32_t index,
		      char *buf, uint32_t len)
{
	memset(cgroup, 0, sizeof(*cgroup));
	cgroup->size = sizeof(*cgroup);
	cgroup->index = index;
	cgroup->pattern.address = (uintptr_t)buf;
	cgroup->pattern.len = len;
	return call(device, KVMWARDEN_CGROUP_GET, cgroup);
}

static void path_of(char *path, size_t size, unsigned int i)
{
	snprintf(path, size, "/of/%u/*", i);
}

static void expect_each(unsigned int nr)
{
	struct kvmwarden_cgroup cgroup;
	char wanted[64], path[64];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		expect_eq_msg(cgroup_get(&cgroup, i, path, sizeof(path)), 0,
			      "cgroup %u", i);
		path_of(wanted, sizeof(wanted), i);
		expect_msg(!strcmp(path, wanted), "%s is %s", path, wanted);
		expect_eq(cgroup.index, i);
		expect_eq_msg(cgroup.limit.vcpus, i, "limit of %s", path);
		expect_eq(cgroup.limit.vms, KVMWARDEN_UNLIMITED);
	}
	expect_eq(cgroup_get(&cgroup, nr, NULL, 0), -ENOENT);
	expect_eq(cgroup_get(&cgroup, ~0U, NULL, 0), -ENOENT);
}

static void cgroup_many(void)
{
	struct kvmwarden_status status;
	struct kvmwarden_cgroup cgroup;
	int draft = draft_begin();
	char path[64];
	unsigned int i;

	for (i = 0; i < KVMWARDEN_CGROUPS_MAX; i++) {
		path_of(path, sizeof(path), i);
		cgroup_init(&cgroup, path);
		cgroup.limit.vcpus = i;
		expect_eq(call(draft, KVMWARDEN_RULESET_ADD_CGROUP, &cgroup), 0);
		expect_eq(cgroup.index, i);
	}
	expect_eq(add(draft, "/one/more"), -ENOSPC);
	expect_eq(draft_commit(draft, 0), 0);
	warden_status(device, &status);
	expect_eq(status.cgroups, KVMWARDEN_CGROUPS_MAX);
	expect_each(KVMWARDEN_CGROUPS_MAX);
	expect_eq(add(draft, "/late"), -EBADFD);
	close(draft);
}

static void cgroup_query(void)
{
	static const char pattern[] = "/some/where/*";
	struct kvmwarden_cgroup cgroup;
	char buf[64];
	uint32_t len;

	for (len = 0; len < sizeof(buf); len++) {
		uint32_t fits = len < sizeof(pattern) ? len : sizeof(pattern);

		memset(buf, 'X', sizeof(buf));
		expect_eq(cgroup_get(&cgroup, 0, buf, len), 0);
		expect_eq(cgroup.pattern.len, sizeof(pattern));
		expect(cgroup.pattern.address == (uintptr_t)buf);
		expect_msg(!memcmp(buf, pattern, fits), "%u bytes right", len);
		expect_msg(buf[fits] == 'X', "not more than %u bytes", len);
	}
	expect_eq(cgroup.limit.vcpus, 80);
	expect_eq(cgroup.limit.vms, KVMWARDEN_UNLIMITED);
	expect_eq(cgroup.limit.memory, KVMWARDEN_UNLIMITED);
	expect_eq(cgroup.generation, generation());
	expect_eq(cgroup_get(&cgroup, 1, NULL, 0), -ENOENT);

	expect_eq(cgroup_get(&cgroup, 0, NULL, ~0U), 0);
	expect_eq(cgroup.pattern.len, sizeof(pattern));
	expect_eq(cgroup_get(&cgroup, 0, (char *)1, 1), -EFAULT);
	expect_eq(cgroup_get(&cgroup, 0, (char *)0xffff888000000000, 100),
		  -EFAULT);
	/* nothing to be written there */
	expect_eq(cgroup_get(&cgroup, 0, (char *)1, 0), 0);
}

static void cgroup_query_checks(void)
{
	struct kvmwarden_cgroup cgroup;

	memset(&cgroup, 0, sizeof(cgroup));
	cgroup.size = sizeof(cgroup);
	cgroup.reserved = 1;
	expect_eq(call(device, KVMWARDEN_CGROUP_GET, &cgroup), -EINVAL);
	cgroup.reserved = 0;
	cgroup.pattern.reserved = 1;
	expect_eq(call(device, KVMWARDEN_CGROUP_GET, &cgroup), -EINVAL);

	/* what is in the fields of the answer beforehand has no meaning */
	memset(&cgroup, 0xff, sizeof(cgroup));
	cgroup.size = sizeof(cgroup);
	cgroup.index = 0;
	cgroup.reserved = 0;
	memset(&cgroup.pattern, 0, sizeof(cgroup.pattern));
	expect_eq(call(device, KVMWARDEN_CGROUP_GET, &cgroup), 0);
	expect_eq(cgroup.bad_field, 0);
	expect_eq(cgroup.limit.vcpus, 80);
	expect_eq(cgroup.generation, generation());
}

static const struct test tests[] = {
	{ "cgroup limits: what is refused", cgroup_checks, false },
	{ "cgroup limits: patterns", cgroup_patterns, false },
	{ "cgroup limits: 1,000, not one more", cgroup_many, true },
	{ "cgroup limits: buffer for the pattern", cgroup_query, false },
	{ "cgroup limits: what is refused to tell", cgroup_query_checks, false },
};

const struct suite cgroup_suite = SUITE(tests);
