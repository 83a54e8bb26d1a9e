/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_SET_H
#define KVMWARDEN_SET_H

#include <stdbool.h>

/* Names a class where a name could mean something else */
#define CLASS_PREFIX	"class:"
#define CGROUP_PREFIX	"cgroup:"
#define HOST_NAME	"host"

/* KEY=VALUE, as the user gave it */
struct setting {
	char *key;
	char *value;
};

/* Each returns an exit code */
int set_vm(const char *who, const struct setting *settings, int count);
int set_section(const char *name, const struct setting *settings, int count);
/* Says that no class in force is called @name, @or_vm: nor any VM */
int set_no_class(int fd, const char *name, bool or_vm);

#endif
