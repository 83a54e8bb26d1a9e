/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TOOL_DOCTOR_MODULE_H
#define TOOL_DOCTOR_MODULE_H

/* As the linker's --wrap has them */
int __wrap_ioctl(int fd, unsigned long request, void *arg);
int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);

#endif
