// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading events from the device.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "event.h"
#include "tool.h"

/* Less than that says nothing; no module has less */
#define EVENT_LEAST	(offsetof(struct kvmwarden_event, time) + sizeof(__u64))

int event_begin(struct event_reader *reader, int fd)
{
	reader->fd = fd;
	reader->len = 0;
	reader->at = 0;
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static bool is_ready(const struct event_reader *reader)
{
	struct pollfd wait = { .fd = reader->fd, .events = POLLIN };

	return poll(&wait, 1, 0) > 0;
}

/* The device may well have been opened without O_NONBLOCK */
static int fill(struct event_reader *reader)
{
	ssize_t len;

	do {
		if (!is_ready(reader))
			return -EAGAIN;
		len = read(reader->fd, reader->data, sizeof(reader->data));
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	reader->len = len;
	reader->at = 0;
	return len ? 0 : -EAGAIN;
}

static void terminate(struct kvmwarden_event *event)
{
	event->comm[sizeof(event->comm) - 1] = '\0';
	event->class_name[sizeof(event->class_name) - 1] = '\0';
	event->function[sizeof(event->function) - 1] = '\0';
	event->cgroup[sizeof(event->cgroup) - 1] = '\0';
	event->exe[sizeof(event->exe) - 1] = '\0';
}

/* What an older module does not tell is zero, what a newer one adds unknown */
static int take(struct event_reader *reader, struct kvmwarden_event *event)
{
	const char *from = reader->data + reader->at;
	size_t left = reader->len - reader->at;
	__u32 size = 0;

	if (left >= sizeof(size))
		memcpy(&size, from, sizeof(size));
	if (size < EVENT_LEAST || size > left)
		return -EPROTO;
	memset(event, 0, sizeof(*event));
	memcpy(event, from, size < sizeof(*event) ? size : sizeof(*event));
	terminate(event);
	reader->at += size;
	return 0;
}

int event_next(struct event_reader *reader, struct kvmwarden_event *event)
{
	int ret = 0;

	if (reader->at == reader->len)
		ret = fill(reader);
	return ret ? ret : take(reader, event);
}

int event_wait(struct event_reader *reader, int ms, const sigset_t *mask)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000L };
	struct pollfd wait[] = {
		{ .fd = reader->fd, .events = POLLIN },
		{ .fd = reader->printing ? STDOUT_FILENO : -1 },
	};
	int ret;

	ret = ppoll(wait, ARRAY_SIZE(wait), ms < 0 ? NULL : &time, mask);
	if (ret < 0)
		return -errno;
	if (wait[1].revents & POLLERR)
		return -EPIPE;
	return wait[0].revents ? 0 : -EAGAIN;
}

int event_error(int error)
{
	/* a file that cannot be read from at all */
	if (error != -EINVAL)
		return device_error(error, "cannot read the events");
	say_error("the module in the kernel is older than this tool and tells no events; load a newer one");
	return EXIT_NOT_SO;
}

bool event_is_denial(const struct kvmwarden_event *event)
{
	return event->type == KVMWARDEN_EVENT_DENIAL;
}

bool event_is_of_vm(const struct kvmwarden_event *event)
{
	return event->type >= KVMWARDEN_EVENT_DENIAL &&
	       event->type <= KVMWARDEN_EVENT_VM_DESTROYED;
}
