// SPDX-License-Identifier: GPL-2.0
/* Rulesets' file descriptors: their lives, and their races. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uapi.h"
#include "warden.h"

static void draft_abort(void)
{
	int draft = draft_begin();

	expect_eq(draft_add(draft, "one"), 0);
	close(draft);
	expect_eq(draft_commit(draft, 0), -EBADF);
}

static void draft_number(void)
{
	int draft = draft_begin(), again;

	expect_eq(draft_add(draft, "one"), 0);
	close(draft);
	/* the number stands for something else now */
	again = open("/dev/null", O_RDWR | O_CLOEXEC);
	expect_eq(again, draft);
	expect_eq(draft_add(draft, "two"), -ENOTTY);
	expect_eq(draft_commit(draft, 0), -ENOTTY);
	close(again);
	again = draft_begin();
	expect_eq(again, draft);
	/* and this draft knows nothing of the other */
	expect_eq(draft_add(draft, "one"), 0);
	close(draft);
}

static void draft_dup(void)
{
	int draft = draft_begin(), other = dup(draft);
	struct kvmwarden_status status;

	expect_eq(draft_add(draft, "one"), 0);
	close(draft);
	expect_eq(draft_add(other, "one"), -EINVAL);
	expect_eq(draft_add(other, "two"), 0);
	expect_eq(draft_commit(other, 0), 0);
	warden_status(device, &status);
	expect_eq(status.classes, 3);
	close(other);
}

static void child_adds(void *data)
{
	int draft = *(int *)data;

	expect_eq(draft_add(draft, "child"), 0);
	close(draft);
}

static void child_commits(void *data)
{
	expect_eq(draft_commit(*(int *)data, 0), 0);
}

static void draft_fork(void)
{
	struct kvmwarden_status status;
	int draft = draft_begin();

	expect_eq(draft_add(draft, "parent"), 0);
	finish(start(child_adds, &draft));
	expect_eq(draft_add(draft, "child"), -EINVAL);
	finish(start(child_commits, &draft));
	expect_eq(draft_commit(draft, 0), -EBADFD);
	warden_status(device, &status);
	expect_eq(status.classes, 3);
	close(draft);
}

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static void message_init(struct msghdr *message, struct iovec *iov,
			 union control *control)
{
	static char byte;

	iov->iov_base = &byte;
	iov->iov_len = 1;
	memset(message, 0, sizeof(*message));
	message->msg_iov = iov;
	message->msg_iovlen = 1;
	message->msg_control = control;
	message->msg_controllen = sizeof(*control);
}

static void child_receives(void *data)
{
	union control control;
	struct msghdr message;
	struct iovec iov;
	int draft;

	message_init(&message, &iov, &control);
	expect_eq(recvmsg(*(int *)data, &message, 0), 1);
	memcpy(&draft, CMSG_DATA(&control.header), sizeof(draft));
	expect_eq(draft_add(draft, "received"), 0);
	expect_eq(draft_commit(draft, 0), 0);
}

static void draft_socket(void)
{
	struct kvmwarden_status status;
	union control control = {
		.header = {
			.cmsg_len = CMSG_LEN(sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		},
	};
	int draft, sockets[2];
	struct msghdr message;
	struct iovec iov;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets))
		ksft_exit_fail_msg("socketpair: %s\n", strerror(errno));
	child = start(child_receives, &sockets[1]);
	draft = draft_begin();
	expect_eq(draft_add(draft, "sent"), 0);
	message_init(&message, &iov, &control);
	memcpy(CMSG_DATA(&control.header), &draft, sizeof(draft));
	expect_eq(sendmsg(sockets[0], &message, 0), 1);
	close(draft);
	finish(child);
	close(sockets[0]);
	close(sockets[1]);
	warden_status(device, &status);
	expect_eq(status.classes, 3);
}

#define RACERS	2

/* One who commits, when all others do. */
struct racer {
	pthread_t thread;
	pthread_barrier_t *start;
	uint64_t generation;
	int draft;
	int ret;
};

static void *race_commit(void *data)
{
	struct racer *racer = data;
	struct kvmwarden_commit commit = {
		.size = sizeof(commit),
		.generation = racer->generation,
	};

	pthread_barrier_wait(racer->start);
	racer->ret = call(racer->draft, KVMWARDEN_RULESET_COMMIT, &commit);
	return NULL;
}

/* Return which of them won. */
static unsigned int race(uint64_t now)
{
	struct racer racers[RACERS];
	unsigned int i, winner = 0;
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, RACERS);
	for (i = 0; i < RACERS; i++) {
		racers[i].start = &start;
		racers[i].generation = now;
		racers[i].draft = draft_begin();
		start_thread(&racers[i].thread, race_commit, &racers[i]);
	}
	for (i = 0; i < RACERS; i++) {
		pthread_join(racers[i].thread, NULL);
		close(racers[i].draft);
		if (!racers[i].ret)
			winner = i;
	}
	expect_eq(racers[winner].ret, 0);
	expect_eq(racers[!winner].ret, -ESTALE);
	expect_eq(generation(), now + 1);
	pthread_barrier_destroy(&start);
	return winner;
}

static void race_drafts(void)
{
	uint64_t first = generation();
	unsigned int i, won[RACERS] = {};

	for (i = 0; i < rounds; i++) {
		won[race(first + i)]++;
		if (!(i % 100))
			fprintf(stderr, "\rcommit race %u/%u", i, rounds);
	}
	fprintf(stderr, "\n");
	ksft_print_msg("won: %u and %u\n", won[0], won[1]);
}

/* Threads on one draft. */
struct shared {
	pthread_barrier_t start;
	int draft;
	unsigned int added;
	int add_ret;
	int commit_ret;
	bool close;
	uint64_t generation;
};

static void *share_add(void *data)
{
	struct shared *shared = data;
	char name[KVMWARDEN_NAME_LEN];

	pthread_barrier_wait(&shared->start);
	do {
		snprintf(name, sizeof(name), "class-%u", shared->added);
		shared->add_ret = draft_add(shared->draft, name);
	} while (!shared->add_ret && ++shared->added < 20);
	return NULL;
}

static void *share_end(void *data)
{
	struct shared *shared = data;
	struct kvmwarden_commit commit = {
		.size = sizeof(commit),
		.generation = shared->generation,
	};

	pthread_barrier_wait(&shared->start);
	if (shared->close)
		shared->commit_ret = close(shared->draft);
	else
		shared->commit_ret = call(shared->draft,
					  KVMWARDEN_RULESET_COMMIT, &commit);
	return NULL;
}

static void share(bool by_close)
{
	struct shared shared = { .close = by_close };
	struct kvmwarden_status status;
	pthread_t add, end;

	shared.generation = generation();
	shared.draft = draft_begin();
	pthread_barrier_init(&shared.start, NULL, 2);
	start_thread(&add, share_add, &shared);
	start_thread(&end, share_end, &shared);
	pthread_join(add, NULL);
	pthread_join(end, NULL);
	pthread_barrier_destroy(&shared.start);

	expect_eq(shared.commit_ret, 0);
	warden_status(device, &status);
	if (by_close) {
		expect_msg(!shared.add_ret || shared.add_ret == -EBADF,
			   "add after close: %s", strerror(-shared.add_ret));
		expect_eq(status.generation, shared.generation);
		return;
	}
	expect_msg(!shared.add_ret || shared.add_ret == -EBADFD,
		   "add after commit: %s", strerror(-shared.add_ret));
	expect_eq(status.generation, shared.generation + 1);
	/* all that was granted is in force, and nothing else */
	expect_eq(status.classes, shared.added + 1);
	close(shared.draft);
}

static void share_commit_race(void)
{
	unsigned int i;

	for (i = 0; i < rounds / 4; i++)
		share(false);
}

static void share_close_race(void)
{
	unsigned int i;

	for (i = 0; i < rounds / 4; i++)
		share(true);
}

/* All threads commit the same draft: only one may. */
static void share_commits(void)
{
	unsigned int i, j, ok, dead;
	struct racer racers[RACERS];
	pthread_barrier_t start;
	int draft;

	pthread_barrier_init(&start, NULL, RACERS);
	for (i = 0; i < rounds / 4; i++) {
		uint64_t now = generation();

		draft = draft_begin();
		for (j = 0; j < RACERS; j++) {
			racers[j].start = &start;
			racers[j].generation = now;
			racers[j].draft = draft;
			start_thread(&racers[j].thread, race_commit,
				     &racers[j]);
		}
		ok = 0;
		dead = 0;
		for (j = 0; j < RACERS; j++) {
			pthread_join(racers[j].thread, NULL);
			ok += !racers[j].ret;
			dead += racers[j].ret == -EBADFD;
		}
		expect_eq(ok, 1);
		expect_eq(dead, RACERS - 1);
		expect_eq(generation(), now + 1);
		close(draft);
	}
	pthread_barrier_destroy(&start);
}

static const struct test tests[] = {
	{ "draft: closing it aborts", draft_abort, false },
	{ "draft: its number used again", draft_number, false },
	{ "draft: duplicated", draft_dup, true },
	{ "draft: inherited", draft_fork, true },
	{ "draft: through a socket", draft_socket, true },
	{ "race: of two drafts, one commits", race_drafts, true },
	{ "race: one draft, add and commit", share_commit_race, true },
	{ "race: one draft, add and close", share_close_race, false },
	{ "race: one draft, two commits", share_commits, true },
};

const struct suite draft_suite = SUITE(tests);
