/* SPDX-License-Identifier: GPL-2.0 */
/* Processes to order about. */
#ifndef PUPPET_H
#define PUPPET_H

#include <stdint.h>
#include <sys/types.h>

/* of the program: /dev/kvm, opened before the first puppet is started */
extern int kvm;

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

/* Orders; in a puppet nothing is open but kvm. */
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

#endif /* PUPPET_H */
