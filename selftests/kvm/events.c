// SPDX-License-Identifier: GPL-2.0
/* What is read from the device: everything, once, and how often. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "items.h"
#include "vmm.h"

#define BATCH		64
#define TIMEOUT		20000	/* ms; far more than anything takes */
#define HAMMER		20000
#define ASKED		5	/* by asked_of() */
#define MANY		(KVMWARDEN_EVENTS / (2 * ASKED + 2) + 50)

/* Somebody who reads events. */
struct reader {
	int fd;
	struct kvmwarden_event batch[BATCH];
	unsigned int at, nr;
};

static void reader_open(struct reader *reader)
{
	reader->fd = warden_open();
	reader->at = 0;
	reader->nr = 0;
	CHECK(lseek(reader->fd, 0, SEEK_END) == 0);
}

static bool reader_fill(struct reader *reader, int ms)
{
	struct pollfd wait = { .fd = reader->fd, .events = POLLIN };
	ssize_t len;

	if (poll(&wait, 1, ms) != 1)
		return false;
	len = read(reader->fd, reader->batch, sizeof(reader->batch));
	if (len <= 0 || len % sizeof(reader->batch[0]))
		return false;
	reader->at = 0;
	reader->nr = len / sizeof(reader->batch[0]);
	return true;
}

/* The next event within @ms, or NULL. */
static const struct kvmwarden_event *next_event(struct reader *reader, int ms)
{
	if (reader->at == reader->nr && !reader_fill(reader, ms))
		return NULL;
	return &reader->batch[reader->at++];
}

/* The next event of @type, of a VM of @pid unless that is 0. */
static const struct kvmwarden_event *
await(struct reader *reader, enum kvmwarden_event_type type, pid_t pid)
{
	const struct kvmwarden_event *event;

	do {
		event = next_event(reader, TIMEOUT);
	} while (event &&
		 (event->type != type || (pid && event->pid != (uint32_t)pid)));
	return event;
}

static void limit_all(uint32_t mode, uint64_t vcpus)
{
	struct warden_policy policy;

	warden_policy_init(&policy);
	policy.mode = mode;
	warden_add(&policy, "default")->vm.of[KVMWARDEN_LIMIT_VCPUS] = vcpus;
	warden_apply(warden, &policy);
}

static void limit_to_nothing(void)
{
	struct warden_policy policy;
	struct kvmwarden_class *class;

	warden_policy_init(&policy);
	class = warden_add(&policy, "default");
	class->vm.of[KVMWARDEN_LIMIT_VCPUS] = 0;
	class->vm.of[KVMWARDEN_LIMIT_MEMORY] = 0;
	class->vm.of[KVMWARDEN_LIMIT_IOEVENTFDS] = 0;
	class->vm.of[KVMWARDEN_LIMIT_COALESCED] = 0;
	class->vm.of[KVMWARDEN_LIMIT_IRQFDS] = 0;
	warden_apply(warden, &policy);
}

static void births(void)
{
	const struct kvmwarden_event *event;
	struct puppet tenant;
	struct reader reader;
	uint64_t id;
	int64_t vm;

	reader_open(&reader);
	puppet_start_as(&tenant, TENANT);
	vm = TELL(&tenant, do_vm, 0);
	CHECK(vm >= 0);
	event = await(&reader, KVMWARDEN_EVENT_VM_CREATED, tenant.pid);
	if (!CHECK(event))
		return;
	id = event->vm;
	CHECK(id > 0);
	EQUAL(event->uid, TENANT);
	EQUAL(event->size, sizeof(*event));
	CHECK(!strcmp(event->class_name, "default"));
	CHECK(event->cgroup[0] == '/');
	CHECK(event->exe[0] == '/');
	CHECK(event->comm[0]);
	CHECK(event->time > 1600000000ULL * 1000000000);
	TELL(&tenant, do_close, vm);
	event = await(&reader, KVMWARDEN_EVENT_VM_DESTROYED, tenant.pid);
	if (CHECK(event))
		EQUAL(event->vm, id);
	puppet_end(&tenant);
	close(reader.fd);
}

static void one_denial(uint32_t mode, uint32_t flags)
{
	const struct kvmwarden_event *event;
	struct reader reader;
	int vm, vcpu, more;

	limit_all(mode, 1);
	reader_open(&reader);
	vm = new_vm();
	vcpu = vmm_vcpu(vm, 0);
	CHECK(vcpu >= 0);
	more = vmm_vcpu(vm, 1);
	EQUAL(more < 0, mode == KVMWARDEN_MODE_ENFORCE);
	event = await(&reader, KVMWARDEN_EVENT_DENIAL, getpid());
	if (CHECK(event)) {
		EQUAL(event->reason, KVMWARDEN_REASON_VM_VCPUS);
		EQUAL(event->operation, KVMWARDEN_OPERATION_CREATE_VCPU);
		EQUAL(event->level, KVMWARDEN_LEVEL_VM);
		EQUAL(event->limit, 1);
		EQUAL(event->used, 1);
		EQUAL(event->asked, 1);
		EQUAL(event->count, 1);
		EQUAL(event->total, 1);
		EQUAL(event->flags & KVMWARDEN_EVENT_REFUSED, flags);
		EQUAL(event->mode, mode);
	}
	if (more >= 0)
		close(more);
	close(vcpu);
	close(vm);
	close(reader.fd);
}

static void denial(void)
{
	one_denial(KVMWARDEN_MODE_ENFORCE, KVMWARDEN_EVENT_REFUSED);
}

static void would_be(void)
{
	one_denial(KVMWARDEN_MODE_PERMISSIVE, 0);
}

/* Of a cgroup's account the path is told, of a user's the uid. */
static void accounts(void)
{
	const struct kvmwarden_event *event;
	struct warden_policy policy;
	struct reader reader;
	int a, vm;

	warden_policy_init(&policy);
	policy.user.vms = 1;
	warden_apply(warden, &policy);
	reader_open(&reader);
	a = new_vm();
	vm = vmm_vm(kvm);
	EQUAL(vm, -EDQUOT);
	event = await(&reader, KVMWARDEN_EVENT_DENIAL, getpid());
	if (CHECK(event)) {
		EQUAL(event->vm, 0);
		EQUAL(event->reason, KVMWARDEN_REASON_HOST_USER_VMS);
		EQUAL(event->operation, KVMWARDEN_OPERATION_CREATE_VM);
		EQUAL(event->level, KVMWARDEN_LEVEL_HOST_USER);
		EQUAL(event->account_uid, getuid());
	}

	warden_policy_init(&policy);
	warden_add_cgroup(&policy, "/**")->vms = 1;
	warden_apply(warden, &policy);
	EQUAL(vmm_vm(kvm), -EDQUOT);
	do {
		event = await(&reader, KVMWARDEN_EVENT_DENIAL, getpid());
	} while (event && event->reason != KVMWARDEN_REASON_CGROUP_VMS);
	if (CHECK(event)) {
		EQUAL(event->level, KVMWARDEN_LEVEL_CGROUP);
		CHECK(event->account_len > 0);
		CHECK(event->account_len <= strlen(event->cgroup));
	}
	close(a);
	close(reader.fd);
}

/* Denials of @pid until its VM is gone. */
struct tally {
	uint64_t events, requests, total;
	bool gone;
};

static void tally_vm(struct reader *reader, pid_t pid, struct tally *tally)
{
	const struct kvmwarden_event *event;

	memset(tally, 0, sizeof(*tally));
	while (!tally->gone && (event = next_event(reader, TIMEOUT))) {
		if (event->pid != (uint32_t)pid)
			continue;
		tally->gone = event->type == KVMWARDEN_EVENT_VM_DESTROYED;
		if (event->type != KVMWARDEN_EVENT_DENIAL)
			continue;
		tally->events++;
		tally->requests += event->count;
		CHECK(event->total >= tally->total);
		tally->total = event->total;
	}
}

static int64_t do_hammer(const int64_t *args)
{
	int64_t i, refused = 0;

	for (i = 0; i < args[1]; i++)
		refused += vmm_vcpu(args[0], 1) == -EDQUOT;
	return refused;
}

static void hammer(void)
{
	uint64_t before = denied(KVMWARDEN_REASON_VM_VCPUS);
	struct puppet tenant;
	struct reader reader;
	struct tally tally;
	int64_t vm;

	limit_all(KVMWARDEN_MODE_ENFORCE, 0);
	reader_open(&reader);
	puppet_start_as(&tenant, TENANT);
	vm = TELL(&tenant, do_vm, 0);
	EQUAL(TELL(&tenant, do_hammer, vm, HAMMER), HAMMER);
	TELL(&tenant, do_close, vm);
	tally_vm(&reader, tenant.pid, &tally);
	CHECK(tally.gone);
	EQUAL(tally.requests, HAMMER);
	EQUAL(tally.total, HAMMER);
	EQUAL(denied(KVMWARDEN_REASON_VM_VCPUS) - before, HAMMER);
	CHECK(tally.events > 0 && tally.events < 200);
	puppet_end(&tenant);
	close(reader.fd);
}

/* While one hammers, what is refused to another is told at once. */
static void hammer_beside(void)
{
	const struct kvmwarden_event *event;
	struct puppet loud, quiet;
	struct reader reader;
	int64_t vm, args[PUPPET_ARGS] = { 0, HAMMER };
	pid_t child;
	int status;

	limit_all(KVMWARDEN_MODE_ENFORCE, 0);
	reader_open(&reader);
	puppet_start_as(&loud, TENANT);
	puppet_start_as(&quiet, OTHER);
	args[0] = TELL(&loud, do_vm, 0);
	vm = TELL(&quiet, do_vm, 0);
	child = fork();
	if (!child)
		_exit(puppet_tell(&loud, do_hammer, args) != HAMMER);
	CHECK(await(&reader, KVMWARDEN_EVENT_DENIAL, loud.pid));
	EQUAL(TELL(&quiet, do_vcpu, vm, 0), -EDQUOT);
	event = await(&reader, KVMWARDEN_EVENT_DENIAL, quiet.pid);
	if (CHECK(event)) {
		EQUAL(event->count, 1);
		EQUAL(event->uid, OTHER);
	}
	EQUAL(waitpid(child, &status, 0), child);
	EQUAL(status, 0);
	puppet_end(&loud);
	puppet_end(&quiet);
	close(reader.fd);
}

static int asked_of(int vm, int event)
{
	return (vmm_vcpu(vm, 0) == -EDQUOT) +
	       (vmm_slot(vm, 0, 0, 0, VMM_PAGE) == -EDQUOT) +
	       (vmm_ioeventfd(vm, 0, event, true) == -EDQUOT) +
	       (vmm_zone(vm, 0, true) == -EDQUOT) +
	       (vmm_irqfd(vm, 0, event, true) == -EDQUOT);
}

/* VMs that come, are refused each thing twice, and go: an event each. */
static int64_t do_churn(const int64_t *args)
{
	int64_t i, refused = 0;
	int vm, event = eventfd(0, EFD_CLOEXEC);

	for (i = 0; i < args[0]; i++) {
		vm = vmm_vm(kvm);
		refused += asked_of(vm, event);
		refused += asked_of(vm, event);
		close(vm);
	}
	close(event);
	return refused;
}

/* What came to a reader. */
struct seen {
	uint64_t first, last, events, lost, lost_requests, requests;
	unsigned int born, died;
	bool gapless;
};

static void see(struct seen *seen, const struct kvmwarden_event *event)
{
	if (event->type == KVMWARDEN_EVENT_LOST) {
		seen->gapless = false;
		seen->first = event->seq + 1 - event->count;
		seen->lost += event->count;
		seen->lost_requests += event->total;
	} else {
		seen->gapless &= !seen->last || event->seq == seen->last + 1;
		seen->first = seen->first ?: event->seq;
		seen->events++;
		seen->born += event->type == KVMWARDEN_EVENT_VM_CREATED;
		seen->died += event->type == KVMWARDEN_EVENT_VM_DESTROYED;
		if (event->type == KVMWARDEN_EVENT_DENIAL)
			seen->requests += event->count;
	}
	seen->last = event->seq;
}

/* More than is kept: who reads misses nothing; who does not knows how much. */
static void stalled(void)
{
	uint64_t before = denied(KVMWARDEN_REASON_VM_VCPUS);
	struct seen all = { .gapless = true }, some = { .gapless = true };
	int64_t args[PUPPET_ARGS] = { MANY };
	const struct kvmwarden_event *event;
	struct reader live, late;
	struct puppet tenant;
	int status = -1;
	pid_t child;

	limit_to_nothing();
	reader_open(&live);
	reader_open(&late);
	puppet_start_as(&tenant, TENANT);
	child = fork();
	if (!child)
		_exit(puppet_tell(&tenant, do_churn, args) != 2 * ASKED * MANY);
	while (all.died < MANY && (event = next_event(&live, TIMEOUT)))
		see(&all, event);
	EQUAL(waitpid(child, &status, 0), child);
	EQUAL(status, 0);
	CHECK(all.gapless);
	EQUAL(all.born, MANY);
	EQUAL(all.died, MANY);
	EQUAL(all.requests, 2 * ASKED * MANY);
	EQUAL(denied(KVMWARDEN_REASON_VM_VCPUS) - before, 2 * MANY);
	CHECK(all.events > KVMWARDEN_EVENTS);

	while (some.last != all.last && (event = next_event(&late, 0)))
		see(&some, event);
	CHECK(some.lost > 0 && some.lost_requests > 0);
	EQUAL(some.first, all.first);
	EQUAL(some.last, all.last);
	EQUAL(some.lost + some.events, all.events);
	EQUAL(some.lost_requests + some.requests, all.requests);
	puppet_end(&tenant);
	close(live.fd);
	close(late.fd);
}

static void commits(void)
{
	const struct kvmwarden_event *event;
	struct kvmwarden_status old, new;
	struct reader reader;

	limit_all(KVMWARDEN_MODE_ENFORCE, 3);
	warden_status(warden, &old);
	reader_open(&reader);
	limit_all(KVMWARDEN_MODE_ENFORCE, 4);
	warden_status(warden, &new);
	event = await(&reader, KVMWARDEN_EVENT_COMMITTED, getpid());
	if (CHECK(event)) {
		EQUAL(event->generation, new.generation);
		EQUAL(event->mode, KVMWARDEN_MODE_ENFORCE);
		EQUAL(memcmp(event->old_digest, old.digest,
			     sizeof(old.digest)), 0);
		EQUAL(memcmp(event->digest, new.digest, sizeof(new.digest)), 0);
		CHECK(memcmp(event->digest, event->old_digest,
			     sizeof(new.digest)));
	}
	close(reader.fd);
}

static void hooks_off(void)
{
	struct reader reader;

	reader_open(&reader);
	take_off_hooks();
	CHECK(await(&reader, KVMWARDEN_EVENT_HOOK, getpid()));
	CHECK(await(&reader, KVMWARDEN_EVENT_DISARMED, getpid()));
	/* a commit arms them again */
	limit_all(KVMWARDEN_MODE_ENFORCE, 4);
	CHECK(await(&reader, KVMWARDEN_EVENT_ARMED, getpid()));
	CHECK(await(&reader, KVMWARDEN_EVENT_COMMITTED, getpid()));
	close(reader.fd);
}

static void reading(void)
{
	struct kvmwarden_event event;
	struct pollfd wait;
	char small[sizeof(event) - 1];
	/* the compiler is not to see through this */
	void *volatile nowhere = (void *)1;
	int fd = warden_open(), vm;

	EQUAL(read(fd, small, sizeof(small)), -1);
	EQUAL(errno, EINVAL);
	EQUAL(lseek(fd, 0, SEEK_END), 0);
	EQUAL(lseek(fd, 1, SEEK_SET), -1);
	EQUAL(lseek(fd, 0, SEEK_CUR), -1);
	wait = (struct pollfd){ .fd = fd, .events = POLLIN };
	EQUAL(poll(&wait, 1, 0), 0);
	EQUAL(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	EQUAL(read(fd, &event, sizeof(event)), -1);
	EQUAL(errno, EAGAIN);
	vm = new_vm();
	EQUAL(poll(&wait, 1, TIMEOUT), 1);
	EQUAL(read(fd, nowhere, sizeof(event)), -1);
	EQUAL(errno, EFAULT);
	/* and it is not lost for that */
	EQUAL(read(fd, &event, sizeof(event)), sizeof(event));
	EQUAL(event.type, KVMWARDEN_EVENT_VM_CREATED);
	EQUAL(lseek(fd, 0, SEEK_SET), 0);
	EQUAL(read(fd, &event, sizeof(event)), sizeof(event));
	close(vm);
	close(fd);
}

static void no_rights(void)
{
	struct kvmwarden_event event;
	int fd = warden_open();
	int status = -1;
	pid_t child;

	child = fork();
	if (!child) {
		if (setuid(TENANT))
			_exit(1);
		_exit(read(fd, &event, sizeof(event)) != -1 || errno != EPERM);
	}
	EQUAL(waitpid(child, &status, 0), child);
	EQUAL(status, 0);
	/* whoever may, reads the same */
	EQUAL(lseek(fd, 0, SEEK_SET), 0);
	EQUAL(read(fd, &event, sizeof(event)), sizeof(event));
	close(fd);
}

/* Several threads on one file: each event comes to one of them, and none waits. */
#define ROUNDS		50
#define VMS		4
#define POLL_MS		20

static uint64_t shared_read;
static bool no_more;

static void *read_shared(void *arg)
{
	struct kvmwarden_event event;
	int fd = *(int *)arg;
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	bool last;

	do {
		poll(&wait, 1, POLL_MS);
		last = __atomic_load_n(&no_more, __ATOMIC_ACQUIRE);
		while (read(fd, &event, sizeof(event)) == sizeof(event))
			__atomic_add_fetch(&shared_read, 1, __ATOMIC_RELAXED);
	} while (!last);
	return NULL;
}

static void join(pthread_t thread)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += TIMEOUT / 1000;
	if (CHECK(!pthread_timedjoin_np(thread, NULL, &until)))
		return;
	/* an event, for which it waits */
	close(new_vm());
	pthread_join(thread, NULL);
}

static void share(int fd)
{
	pthread_t threads[4];
	unsigned int i;

	no_more = false;
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_create(&threads[i], NULL, read_shared, &fd);
	for (i = 0; i < VMS; i++)
		close(new_vm());
	__atomic_store_n(&no_more, true, __ATOMIC_RELEASE);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		join(threads[i]);
}

static void shared(void)
{
	int i, fd = warden_open();
	struct reader reader;
	uint64_t want;

	reader_open(&reader);
	EQUAL(lseek(fd, 0, SEEK_END), 0);
	EQUAL(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	shared_read = 0;
	for (i = 0; i < ROUNDS && !test_failed(); i++)
		share(fd);
	for (want = 0; next_event(&reader, 0); want++)
		;
	EQUAL(want, 2 * VMS * ROUNDS);
	EQUAL(shared_read, want);
	close(reader.fd);
	close(fd);
}

static const struct test tests[] = {
	{ "a VM is created, by whom, and destroyed", births },
	{ "a denial, with all there is to say of it", denial },
	{ "one that would have been", would_be },
	{ "whose account is full", accounts },
	{ "many denials are few events, and all are counted", hammer },
	{ "nor do they hide another's", hammer_beside },
	{ "of two readers the one that stalls knows what it missed", stalled },
	{ "a ruleset, old and new digest, and whose", commits },
	{ "hooks, off and on", hooks_off },
	{ "read, poll, lseek, and their errors", reading },
	{ "only with CAP_SYS_ADMIN", no_rights },
	{ "threads that share a file share its events", shared },
};

int main(void)
{
	return fixture_main(tests, ARRAY_SIZE(tests));
}
