// SPDX-License-Identifier: GPL-2.0
/*
 * What a module would tell by read(), from the text file $FAKE_MODULE.events,
 * which may grow meanwhile. Lines:
 *
 *	event [KEY=VALUE]...	a &struct kvmwarden_event: numbers, or texts with
 *				%XX for what is no letter. What is left out: seq
 *				is the line's number, time goes with it, type is
 *				DENIAL, size what it is, count and total 1
 *	broken			an event that does not end
 *	fail ERRNO		read() fails, once
 *
 * A size that is smaller or larger is that of an older or newer module.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <linux/kvmwarden.h>

#include "events.h"

#define LINE_ROOM	4096
#define EVENT_MOST	4096		/* bytes of an event, however new */
#define EVENT_LEAST	24		/* ... whatever it says of its size */
#define SLICE_MS	10
#define EPOCH		1795000000ULL	/* 2026-11-18 */

static int device = -1;
static struct stat opened;
static unsigned int at;			/* lines that were read */

void events_opened(int fd)
{
	device = fd;
	at = 0;
	/* errno is for those who have opened it */
	if (fd >= 0 && fstat(fd, &opened))
		device = -1;
}

/* Its number may be that of another file by now */
static int is_device(int fd)
{
	struct stat now;

	return fd >= 0 && fd == device && !fstat(fd, &now) &&
	       now.st_dev == opened.st_dev && now.st_ino == opened.st_ino;
}

/* --- lines ------------------------------------------------------------------ */

/* The line number @n, from 0, as often as there is one */
static int get_line(unsigned int n, char line[LINE_ROOM])
{
	char path[LINE_ROOM];
	FILE *file;
	int found;

	snprintf(path, sizeof(path), "%s.events", getenv("FAKE_MODULE"));
	file = fopen(path, "r");
	if (!file)
		return 0;
	do {
		/* one that is being written is not there yet */
		found = fgets(line, LINE_ROOM, file) && strchr(line, '\n');
	} while (found && n--);
	fclose(file);
	if (found)
		*strchr(line, '\n') = '\0';
	return found;
}

#define NUMBER(name) \
	{ #name, offsetof(struct kvmwarden_event, name), \
	  sizeof(((struct kvmwarden_event *)0)->name), 0 }
#define TEXT(name) \
	{ #name, offsetof(struct kvmwarden_event, name), \
	  sizeof(((struct kvmwarden_event *)0)->name), 1 }

static const struct {
	const char *name;
	size_t offset, size;
	int text;
} keys[] = {
	NUMBER(size), NUMBER(type), NUMBER(seq), NUMBER(time), NUMBER(vm),
	NUMBER(count), NUMBER(total), NUMBER(pid), NUMBER(uid), NUMBER(gid),
	NUMBER(auid), NUMBER(session), NUMBER(flags), NUMBER(mode),
	NUMBER(reason), NUMBER(operation), NUMBER(level), NUMBER(limit),
	NUMBER(used), NUMBER(asked), NUMBER(account_uid), NUMBER(account_len),
	NUMBER(generation), NUMBER(version), NUMBER(hook_state),
	NUMBER(hook_error), TEXT(comm), TEXT(class_name), TEXT(function),
	TEXT(cgroup), TEXT(exe), TEXT(digest), TEXT(old_digest),
};

#define NR_KEYS	(sizeof(keys) / sizeof((keys)[0]))

/* Not ended by a NUL if it fills all there is: nor is what the kernel tells */
static void put_text(char *to, size_t size, const char *from)
{
	unsigned int code;
	int skip;

	for (; *from && size; from += skip, size--) {
		skip = 1;
		if (*from == '%' && sscanf(from, "%%%2x", &code) == 1)
			skip = 3;
		*to++ = skip == 3 ? (char)code : *from;
	}
}

static void put_key(char *event, const char *word)
{
	const char *value = strchr(word, '=');
	unsigned long long number;
	size_t i;

	for (i = 0; value && i < NR_KEYS; i++) {
		if (strncmp(keys[i].name, word, value - word) ||
		    keys[i].name[value - word])
			continue;
		if (keys[i].text) {
			put_text(event + keys[i].offset, keys[i].size,
				 value + 1);
			return;
		}
		number = strtoull(value + 1, NULL, 0);
		memcpy(event + keys[i].offset, &number, keys[i].size);
		return;
	}
	abort();
}

static struct kvmwarden_event event_of(char *line, unsigned int n)
{
	struct kvmwarden_event event = {
		.size = sizeof(event),
		.type = KVMWARDEN_EVENT_DENIAL,
		.seq = n + 1,
		.time = (EPOCH + n) * 1000000000ULL,
		.count = 1,
		.total = 1,
		.auid = KVMWARDEN_NOBODY,
		.session = KVMWARDEN_NOBODY,
	};
	char *save, *word;

	strtok_r(line, " ", &save);
	while ((word = strtok_r(NULL, " ", &save)))
		put_key((char *)&event, word);
	return event;
}

/* --- the device ------------------------------------------------------------- */

/* The bytes of one event; 0: there is no room for it */
static size_t read_one(char *line, char *to, size_t room)
{
	struct kvmwarden_event event = event_of(line, at);
	size_t size = event.size > EVENT_LEAST ? event.size : EVENT_LEAST;

	if (size > EVENT_MOST)
		abort();
	if (size > room)
		return 0;
	memset(to, 0xff, size);
	memcpy(to, &event, size < sizeof(event) ? size : sizeof(event));
	at++;
	return size;
}

static ssize_t read_some(char *to, size_t size)
{
	const __u32 endless = -1;
	char line[LINE_ROOM];
	size_t done = 0, len;

	while (get_line(at, line)) {
		if (!strncmp(line, "event", 5)) {
			len = read_one(line, to + done, size - done);
			if (!len)
				break;
			done += len;
			continue;
		}
		if (done)
			break;
		at++;
		if (!strncmp(line, "fail ", 5))
			return -atoi(line + 5);
		memcpy(to, &endless, sizeof(endless));
		return 64;
	}
	return done ? (ssize_t)done : -EINVAL;
}

ssize_t __wrap_read(int fd, void *to, size_t size)
{
	ssize_t len;

	if (!is_device(fd))
		return __real_read(fd, to, size);
	len = read_some(to, size);
	if (len >= 0)
		return len;
	errno = -len;
	return -1;
}

off_t __wrap_lseek(int fd, off_t offset, int whence)
{
	char line[LINE_ROOM];

	if (!is_device(fd))
		return __real_lseek(fd, offset, whence);
	at = 0;
	while (whence == SEEK_END && get_line(at, line))
		at++;
	return 0;
}

static int is_ready(void)
{
	char line[LINE_ROOM];

	return get_line(at, line);
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int ms)
{
	if (count != 1 || !is_device(fds->fd))
		return __real_poll(fds, count, ms);
	fds->revents = is_ready() ? POLLIN : 0;
	return !!fds->revents;
}

static long ms_of(const struct timespec *time)
{
	return time ? time->tv_sec * 1000 + time->tv_nsec / 1000000 : -1;
}

int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *time,
		 const sigset_t *mask)
{
	static const struct timespec slice = { .tv_nsec = SLICE_MS * 1000000 };
	long left = ms_of(time);
	int ret;

	if (!count || !is_device(fds->fd))
		return __real_ppoll(fds, count, time, mask);
	do {
		fds->revents = 0;
		ret = __real_ppoll(fds + 1, count - 1, &slice, mask);
		if (ret < 0)
			return ret;
		if (is_ready()) {
			fds->revents = POLLIN;
			ret++;
		}
		if (left >= 0)
			left = left > SLICE_MS ? left - SLICE_MS : 0;
	} while (!ret && left);
	return ret;
}

/* --- the journal ------------------------------------------------------------ */

int __wrap_access(const char *path, int mode)
{
	if (strcmp(path, "/run/systemd/journal/socket"))
		return __real_access(path, mode);
	if (getenv("FAKE_JOURNAL"))
		return 0;
	errno = ENOENT;
	return -1;
}
