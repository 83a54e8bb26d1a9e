/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What has happened, as the module tells it: struct kvmwarden_event.
 */
#ifndef KVMWARDEN_EVENT_H
#define KVMWARDEN_EVENT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <json-c/json_object.h>

#include <linux/kvmwarden.h>

/* Room for many, and for at least one of any module to come */
#define EVENT_ROOM	65536

struct event_reader {
	int fd;				/* of the device */
	char data[EVENT_ROOM];		/* whole events */
	size_t len;
	size_t at;			/* the next one */
	bool printing;			/* of use only as long as that goes */
};

/* Begins with the oldest event that is kept. These return 0 or -errno */
int event_begin(struct event_reader *reader, int fd);
/* -EAGAIN: there is none just now */
int event_next(struct event_reader *reader, struct kvmwarden_event *event);
/*
 * Waits for events, @ms at most or, if negative, for ever, with the signals of
 * @mask blocked. 0; -EAGAIN: none came; -EINTR: a signal; -EPIPE: printing, but
 * nobody reads standard output any more.
 */
int event_wait(struct event_reader *reader, int ms, const sigset_t *mask);

/* Says that reading has failed; returns the exit code */
int event_error(int error);

bool event_is_denial(const struct kvmwarden_event *event);
/* A VM comes or goes, or was refused something: who that was is told */
bool event_is_of_vm(const struct kvmwarden_event *event);

/* --- event_names.c -------------------------------------------------------- */

/* "denial"; of a newer module, "event-N": a static buffer */
const char *event_type_name(__u32 type);
/* "KVM_CREATE_VCPU"; never NULL */
const char *operation_name(__u32 operation);
/* "vm", "user", "host-user", "cgroup", "class", "host" */
const char *account_level_name(__u32 level);
/* Back again; false: there is none */
bool event_type_from(const char *name, __u32 *type);
bool operation_from(const char *name, __u32 *operation);
bool account_level_from(const char *name, __u32 *level);
bool reason_from(const char *name, __u32 *reason);
bool hook_state_from(const char *name, __u32 *state);

/* --- event_text.c --------------------------------------------------------- */

/* To be freed. One line each; NULL: there is nothing to say */
char *event_what(const struct kvmwarden_event *event);
char *event_who(const struct kvmwarden_event *event);
char *event_where(const struct kvmwarden_event *event);
char *event_how(const struct kvmwarden_event *event);
/* Whose account is full: "user joe", "the host"; to be freed */
char *event_whose(const struct kvmwarden_event *event);
/* All of it, for a terminal */
void event_print(const struct kvmwarden_event *event, FILE *to);

/* --- event_json.c, event_parse.c ------------------------------------------ */

struct json_object *event_json(const struct kvmwarden_event *event);
/* Back again. What is wrong, to be freed, or NULL */
char *event_parse(const char *text, struct kvmwarden_event *event);

#endif
