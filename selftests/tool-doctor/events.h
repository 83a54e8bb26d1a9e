/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TOOL_DOCTOR_EVENTS_H
#define TOOL_DOCTOR_EVENTS_H

#include <poll.h>
#include <signal.h>
#include <sys/types.h>
#include <time.h>

/* The device is open as @fd: that is where events are read */
void events_opened(int fd);

/* As the linker's --wrap has them */
ssize_t __wrap_read(int fd, void *to, size_t size);
ssize_t __real_read(int fd, void *to, size_t size);
off_t __wrap_lseek(int fd, off_t offset, int whence);
off_t __real_lseek(int fd, off_t offset, int whence);
int __wrap_poll(struct pollfd *fds, nfds_t count, int ms);
int __real_poll(struct pollfd *fds, nfds_t count, int ms);
int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *time,
		 const sigset_t *mask);
int __real_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *time,
		 const sigset_t *mask);
int __wrap_access(const char *path, int mode);
int __real_access(const char *path, int mode);

#endif
