// SPDX-License-Identifier: GPL-2.0-only
/*
 * What has been seen of VMs.
 */
#include <errno.h>
#include <search.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "event.h"
#include "past.h"
#include "record.h"
#include "tool.h"

/* Denials that follow others closely are told within two seconds */
#define SETTLE_MS	2500
#define SETTLE_STEP_MS	100

/* A guest in the tree: the list moves in memory while it grows */
struct node {
	__u64 vm;
	__u32 uid;
	const char *class_name;		/* these three only of VM 0 */
	const char *cgroup;
	size_t index;
};

struct reading {
	struct past *past;
	struct event_reader *reader;
	int fd;
	__u64 since;
	__u64 next;			/* seq */
	void *tree;
	__u64 told[KVMWARDEN_NR_REASONS];
};

void met_add(struct met *met, const struct met *more)
{
	if (!more->count)
		return;
	if (!met->count || more->first < met->first)
		met->first = more->first;
	if (more->last > met->last)
		met->last = more->last;
	if (more->need > met->need)
		met->need = more->need;
	met->count += more->count;
	met->events += more->events;
}

/* --- guests --------------------------------------------------------------- */

static int by_identity(const void *left, const void *right)
{
	const struct node *a = left;
	const struct node *b = right;
	int order;

	if (a->vm != b->vm)
		return a->vm < b->vm ? -1 : 1;
	if (a->vm)
		return 0;
	if (a->uid != b->uid)
		return a->uid < b->uid ? -1 : 1;
	order = strcmp(a->class_name, b->class_name);
	return order ? order : strcmp(a->cgroup, b->cgroup);
}

static void node_free(void *node)
{
	struct node *n = node;

	free((char *)n->class_name);
	free((char *)n->cgroup);
	free(n);
}

static size_t add_guest(struct reading *r, const struct node *key)
{
	struct past *past = r->past;
	struct node *new = malloc(sizeof(*new));

	if (!new)
		out_of_memory();
	*new = *key;
	new->class_name = copy_of(key->class_name);
	new->cgroup = copy_of(key->cgroup);
	new->index = past->nr_guests;
	if (!tsearch(new, &r->tree, by_identity))
		out_of_memory();
	past->guests = grow(past->guests, past->nr_guests,
			    sizeof(*past->guests));
	past->guests[past->nr_guests] = (struct guest) {
		.vm = key->vm,
		.uid = key->uid,
		.cgroup = copy_of(key->cgroup),
		.died = ~0ULL,
	};
	return past->nr_guests++;
}

static struct guest *find_guest(struct reading *r, const struct node *key)
{
	struct node **found = tfind(key, &r->tree, by_identity);
	/* the list may move */
	size_t index = found ? (*found)->index : add_guest(r, key);

	return &r->past->guests[index];
}

static void take_class(struct guest *guest, const char *name)
{
	memcpy(guest->class_name, name, sizeof(guest->class_name));
	guest->class_name[sizeof(guest->class_name) - 1] = '\0';
}

static struct guest *guest_of(struct reading *r,
			      const struct kvmwarden_event *event)
{
	const struct node key = {
		.vm = event->vm,
		.uid = event->uid,
		.class_name = event->class_name,
		.cgroup = event->cgroup,
	};
	struct guest *guest = find_guest(r, &key);

	guest->cut = event->flags & KVMWARDEN_EVENT_CUT &&
		     strlen(event->cgroup) == sizeof(event->cgroup) - 1;
	take_class(guest, event->class_name);
	return guest;
}

/* --- denials -------------------------------------------------------------- */

static struct met met_of(const struct kvmwarden_event *event)
{
	struct met met = {
		.count = event->count,
		.events = 1,
		.first = event->time,
		.last = event->time,
	};

	if (__builtin_add_overflow(event->used, event->asked, &met.need))
		met.need = KVMWARDEN_UNLIMITED;
	return met;
}

static void add_shared(struct reading *r, const struct guest *guest,
		       const struct kvmwarden_event *event)
{
	struct past *past = r->past;
	struct shared_denial *new;

	past->shared = grow(past->shared, past->nr_shared,
			    sizeof(*past->shared));
	new = &past->shared[past->nr_shared++];
	*new = (struct shared_denial) {
		.guest = guest - past->guests,
		.reason = event->reason,
		.met = met_of(event),
	};
	if (event->level != KVMWARDEN_LEVEL_CGROUP)
		return;
	new->cgroup = copy_of(event->cgroup);
	if (event->account_len < strlen(new->cgroup))
		new->cgroup[event->account_len] = '\0';
}

/* What a VM was let have counts as used, though it may have given it back */
static void note_use(struct guest *guest, const struct origin *origin,
		     const struct kvmwarden_event *event, __u64 need)
{
	bool own = origin->level == KVMWARDEN_LEVEL_VM;
	__u64 *used;

	if (!origin_is_limit(origin) || origin->matter == MATTER_VMS)
		return;
	used = &guest->used.of[origin->matter];
	/* of an account that it shares, only what it asked for is its own */
	need = own ? need : event->asked;
	if (need > *used)
		*used = need;
}

static void take_denial(struct reading *r, const struct kvmwarden_event *event)
{
	const struct origin *origin = origin_of(event->reason);
	bool refused = event->flags & KVMWARDEN_EVENT_REFUSED;
	struct guest *guest;
	struct met met;

	if (!origin)
		return;
	r->told[event->reason] += event->count;
	guest = guest_of(r, event);
	guest->total[refused][event->reason] = event->total;
	if (event->time < r->since)
		return;
	met = met_of(event);
	met_add(&guest->met[event->reason], &met);
	note_use(guest, origin, event, met.need);
	if (origin_is_limit(origin) && origin->level != KVMWARDEN_LEVEL_VM)
		add_shared(r, guest, event);
}

/* --- events --------------------------------------------------------------- */

/* No VM outlives this, and none of them is told of */
static void end_all(struct past *past, __u64 when)
{
	size_t i;

	for (i = 0; i < past->nr_guests; i++) {
		if (past->guests[i].died > when)
			past->guests[i].died = when;
	}
}

static void take_event(struct reading *r, const struct kvmwarden_event *event)
{
	switch (event->type) {
	case KVMWARDEN_EVENT_DENIAL:
		take_denial(r, event);
		break;
	case KVMWARDEN_EVENT_VM_CREATED:
	case KVMWARDEN_EVENT_VM_ADOPTED:
		guest_of(r, event)->born = event->time;
		break;
	case KVMWARDEN_EVENT_VM_DESTROYED:
		guest_of(r, event)->died = event->time;
		break;
	case KVMWARDEN_EVENT_DISARMED:
		end_all(r->past, event->time);
		break;
	}
}

static void count_event(struct reading *r, const struct kvmwarden_event *event)
{
	struct past *past = r->past;

	if (!past->events++)
		past->first = event->time;
	past->last = event->time;
	/* from 1 on; what is missing is told by the gap */
	if (event->seq > r->next)
		past->lost += event->seq - r->next;
	r->next = event->seq + 1;
}

/* 0 or a negative errno */
static int drain(struct reading *r)
{
	struct kvmwarden_event event;
	int ret;

	for (;;) {
		ret = event_next(r->reader, &event);
		if (ret)
			return ret == -EAGAIN ? 0 : ret;
		if (event.type == KVMWARDEN_EVENT_LOST)
			continue;
		count_event(r, &event);
		take_event(r, &event);
	}
}

/* --- VMs on record -------------------------------------------------------- */

static void take_record(struct reading *r, const struct record *rec)
{
	const struct node key = {
		.vm = rec->vm.id,
		.uid = rec->vm.uid,
		.class_name = rec->vm.class_name,
		.cgroup = rec->texts.cgroup,
	};
	struct guest *guest = find_guest(r, &key);
	int i;

	free(guest->cgroup);
	guest->cgroup = copy_of(rec->texts.cgroup);
	guest->cut = false;
	guest->on_record = true;
	guest->died = ~0ULL;
	guest->by_hand = rec->vm.flags & KVMWARDEN_VM_CLASS_SET;
	take_class(guest, rec->vm.class_name);
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		if (rec->vm.used.of[i] > guest->used.of[i])
			guest->used.of[i] = rec->vm.used.of[i];
	}
}

static int read_records(struct reading *r)
{
	struct record rec = { .vm.id = 0 };
	int ret;

	while (!(ret = record_next(r->fd, rec.vm.id, &rec)))
		take_record(r, &rec);
	return ret == -ENOENT ? 0 : ret;
}

/* Is there something that this VM was denied and no event has told yet? */
static bool is_behind(struct reading *r, const struct record *rec)
{
	const struct node key = { .vm = rec->vm.id };
	struct node **found = tfind(&key, &r->tree, by_identity);
	const struct kvmwarden_denials *d = &rec->vm.denials;
	const struct guest *guest;
	unsigned int i;

	if (!found)
		return false;
	guest = &r->past->guests[(*found)->index];
	/* of what was not told at all, the events are gone */
	for (i = 0; i < KVMWARDEN_NR_REASONS; i++) {
		if (guest->total[0][i] && guest->total[0][i] < d->permitted[i])
			return true;
		if (guest->total[1][i] && guest->total[1][i] < d->denied[i])
			return true;
	}
	return false;
}

static bool any_behind(struct reading *r)
{
	struct record rec = { .vm.id = 0 };

	while (!record_next(r->fd, rec.vm.id, &rec)) {
		if (is_behind(r, &rec))
			return true;
	}
	return false;
}

/* Until all is told that has happened by now, if that can be */
static int settle(struct reading *r)
{
	int ms, ret = 0;

	for (ms = 0; ms < SETTLE_MS && !ret && any_behind(r);
	     ms += SETTLE_STEP_MS) {
		event_wait(r->reader, SETTLE_STEP_MS, NULL);
		ret = drain(r);
	}
	return ret;
}

/* --- what is missing ------------------------------------------------------ */

static int find_missing(struct reading *r)
{
	struct kvmwarden_status status;
	__u64 all;
	int i, ret;

	if (!r->past->lost)
		return 0;
	ret = device_status(r->fd, &status);
	for (i = 0; i < KVMWARDEN_NR_REASONS && !ret; i++) {
		all = status.denials.denied[i] + status.denials.permitted[i];
		if (all > r->told[i])
			r->past->missing[i] = all - r->told[i];
	}
	return ret;
}

int past_read(struct past *past, int fd, __u64 since)
{
	static struct event_reader reader;
	struct reading r = {
		.past = past,
		.reader = &reader,
		.fd = fd,
		.since = since,
		.next = 1,
	};
	int ret;

	*past = (struct past) { .nr_guests = 0 };
	ret = event_begin(&reader, fd);
	if (!ret)
		ret = drain(&r);
	if (!ret)
		ret = settle(&r);
	if (!ret)
		ret = read_records(&r);
	if (!ret)
		ret = find_missing(&r);
	tdestroy(r.tree, node_free);
	return ret ? event_error(ret) : EXIT_DONE;
}

void past_free(struct past *past)
{
	size_t i;

	for (i = 0; i < past->nr_guests; i++)
		free(past->guests[i].cgroup);
	for (i = 0; i < past->nr_shared; i++)
		free(past->shared[i].cgroup);
	free(past->guests);
	free(past->shared);
}
