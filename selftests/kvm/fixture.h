/* SPDX-License-Identifier: GPL-2.0 */
/* What the test programs share: a frame, checks, and VMMs to order about. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

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

/* opened by fixture_main(), before any test runs */
extern int warden, kvm;

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

bool check(bool holds, const char *what, const char *file, int line);
bool check_equal(int64_t got, int64_t want, const char *what, const char *file,
		 int line);
bool check_used(const char *name, uint64_t vms, uint64_t vcpus, uint64_t memory,
		const char *file, int line);
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

int new_vm(void);
bool refuses_beyond(void);
bool eventually_unused(void);
uint64_t used_memory(void);
uint64_t denied(enum kvmwarden_reason reason);
uint64_t permitted(enum kvmwarden_reason reason);
bool class_get(const char *name, struct kvmwarden_class *class);

struct kvmwarden_class *add_user(struct warden_policy *policy,
				 const char *name, uint32_t uid);
uint64_t now_ms(void);

/**
 * struct puppet - another process that does what it is told
 * @pid: its process id
 * @wire: orders go out here, and results come in
 */
struct puppet {
	pid_t pid;
	int wire;
};

/* What a puppet can be told to run; up to PUPPET_ARGS arguments. */
#define PUPPET_ARGS	6
typedef int64_t (*puppet_fn)(const int64_t *args);

#define TELL(puppet, order, ...) \
	puppet_tell(puppet, order, (int64_t [PUPPET_ARGS]) { __VA_ARGS__ })

void puppet_start(struct puppet *puppet);
void puppet_start_as(struct puppet *puppet, uid_t uid);
int64_t puppet_tell(struct puppet *puppet, puppet_fn order,
		    const int64_t *args);
void puppet_end(struct puppet *puppet);
void puppet_kill(struct puppet *puppet);

/* Orders; in a puppet, kvm is open and warden is not. */
int64_t do_uid(const int64_t *args);		/* uid */
int64_t do_vm(const int64_t *args);
int64_t do_close(const int64_t *args);		/* fd */
int64_t do_slot(const int64_t *args);		/* vm slot flags gpa size */
int64_t do_delete(const int64_t *args);		/* vm slot */
int64_t do_code(const int64_t *args);		/* vm slot */
int64_t do_vcpu(const int64_t *args);		/* vm id */
int64_t do_run(const int64_t *args);		/* vcpu exits */
int64_t do_get_fd(const int64_t *args);		/* pid fd: as if passed to us */
int64_t do_count_fds(const int64_t *args);
int64_t do_vms_refused(const int64_t *args);	/* tries; returns how many */

unsigned int count_entries(const char *directory);

#endif /* FIXTURE_H */
