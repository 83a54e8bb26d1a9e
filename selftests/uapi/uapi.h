/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of the contract share. */
#ifndef UAPI_H
#define UAPI_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/kvmwarden.h>

#include "kselftest.h"

/* An argument of any ioctl, and more than the largest may have. */
union argument {
	uint32_t size;
	struct kvmwarden_status status;
	struct kvmwarden_hook hook;
	struct kvmwarden_vm vm;
	struct kvmwarden_class class;
	struct kvmwarden_ruleset ruleset;
	struct kvmwarden_commit commit;
	struct kvmwarden_disarm disarm;
	struct kvmwarden_vm_set set;
	struct kvmwarden_cgroup cgroup;
	struct kvmwarden_account account;
	struct kvmwarden_confirm confirm;
	struct kvmwarden_lock lock;
	unsigned char bytes[8192];
};

/**
 * struct call - an ioctl
 * @name: its name
 * @cmd: its number
 * @size: of its struct
 * @draft: it is one of a ruleset's file descriptor
 * @fill: fill in an argument with which it changes nothing that is in force
 * @answer: with that: 0 if it succeeds, else what it says
 */
struct call {
	const char *name;
	unsigned long cmd;
	uint32_t size;
	bool draft;
	void (*fill)(union argument *arg);
	int answer;
};

/**
 * struct test - one test
 * @name: what holds
 * @run: calls expect() and the like
 * @changes: it puts another ruleset in force; otherwise that must not happen
 */
struct test {
	const char *name;
	void (*run)(void);
	bool changes;
};

/* struct suite - the tests of one file */
struct suite {
	const struct test *tests;
	unsigned int nr;
};

#define SUITE(tests)	{ (tests), ARRAY_SIZE(tests) }

extern const struct suite access_suite, account_suite, cgroup_suite;
extern const struct suite change_suite, class_suite, commit_suite;
extern const struct suite confirm_suite, draft_suite, own_suite, query_suite;
extern const struct suite race_suite, set_suite, size_suite;

extern const struct call calls[];
extern const unsigned int nr_calls;

extern int device;
extern unsigned int rounds;

/* Commits, at most, until another thread has had its turns. */
#define MOST_COMMITS	1000

void expect_that(bool holds, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool expect_value(long value, long wanted, const char *file, int line,
		  const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

#define expect(cond) \
	expect_that((cond), __FILE__, __LINE__, "%s", #cond)
#define expect_msg(cond, ...) \
	expect_that((cond), __FILE__, __LINE__, __VA_ARGS__)
#define expect_eq(value, wanted) \
	expect_value((value), (wanted), __FILE__, __LINE__, "%s", #value)
#define expect_eq_msg(value, wanted, ...) \
	expect_value((value), (wanted), __FILE__, __LINE__, __VA_ARGS__)

int call(int fd, unsigned long cmd, void *arg);
uint64_t generation(void);
void ruleset_init(struct kvmwarden_ruleset *ruleset);
void class_init(struct kvmwarden_class *class, const char *name);
void cgroup_init(struct kvmwarden_cgroup *cgroup, const char *pattern);
void commit_init(struct kvmwarden_commit *commit);
int draft_begin(void);
int draft_add(int draft, const char *name);
int draft_commit(int draft, uint32_t flags);
int new_vm(void);
int vm_next(struct kvmwarden_vm *vm, uint64_t after);
void vm_get(struct kvmwarden_vm *vm, uint64_t id);
uint64_t own_vm(void);
void disarm(void);
void call_ok(const struct call *c, union argument *arg);
bool call_answers(const struct call *c, int ret);
int call_fd(const struct call *c);
void restore(void);
bool unconfirmed(void);
int confirm(uint32_t flags);
unsigned int open_files(void);
uint64_t now_ms(void);
bool eventually(bool (*so)(void));
bool only_ours(void);
pid_t start(void (*run)(void *data), void *data);
void finish(pid_t pid);
void start_thread(pthread_t *thread, void *(*run)(void *), void *data);

#endif /* UAPI_H */
