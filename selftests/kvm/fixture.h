/* SPDX-License-Identifier: GPL-2.0 */
/* What the test programs share: a frame, checks, and VMMs to order about. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "puppet.h"
#include "warden.h"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

#define KiB		1024ULL
#define MiB		(1024 * KiB)
#define GiB		(1024 * MiB)
#define TiB		(1024 * GiB)

/* users that need not exist */
#define TENANT		1000
#define OTHER		1001

/* opened by fixture_main(), before any test runs, as kvm is */
extern int warden;

/**
 * struct test - one test of a program
 * @name: of what it shows
 * @run: the test; whatever it used must be given back when it returns
 */
struct test {
	const char *name;
	void (*run)(void);
};

int fixture_main(const struct test *tests, unsigned int nr);

/* Says so and fails the test that is running unless the condition holds. */
#define CHECK(condition) \
	check(condition, #condition, __FILE__, __LINE__)
#define EQUAL(got, want) \
	check_equal((int64_t)(got), (int64_t)(want), #got, __FILE__, __LINE__)
#define USED(vms, vcpus, memory) \
	check_used(NULL, vms, vcpus, memory, __FILE__, __LINE__)
#define CLASS_USED(name, vms, vcpus, memory) \
	check_used(name, vms, vcpus, memory, __FILE__, __LINE__)

/* Whether the VM that a process created last is in a class. */
#define CLASS_OF(pid, name) \
	check_class(pid, name, __FILE__, __LINE__)

bool check(bool holds, const char *what, const char *file, int line);
bool check_equal(int64_t got, int64_t want, const char *what, const char *file,
		 int line);
bool check_used(const char *name, uint64_t vms, uint64_t vcpus, uint64_t memory,
		const char *file, int line);
bool check_class(pid_t pid, const char *name, const char *file, int line);
bool test_failed(void);
void tell(const char *what);
void skip(const char *why);

/* Tells the processor that we only wait. */
static inline void relax(void)
{
#ifdef __aarch64__
	__asm__ volatile("yield");
#else
	__asm__ volatile("pause");
#endif
}

void take_off_hooks(void);
void unload_module(void);
int load_module(void);
void load_and_open(void);
int new_vm(void);
bool refuses_beyond(void);
bool eventually_unused(void);
uint64_t used_memory(void);
uint64_t denied(enum kvmwarden_reason reason);
uint64_t permitted(enum kvmwarden_reason reason);
bool class_get(const char *name, struct kvmwarden_class *class);

struct kvmwarden_class *add_user(struct warden_policy *policy,
				 const char *name, uint32_t uid);
unsigned int seed_of(int argc, char **argv, unsigned int *number);
uint64_t now_ms(void);
int send_fd(int wire, int fd);
int receive_fd(int wire);
int put_file(const char *path, const char *content);

#endif /* FIXTURE_H */
