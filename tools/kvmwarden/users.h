/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_USERS_H
#define KVMWARDEN_USERS_H

#include <stdbool.h>

#include <linux/types.h>

#include "names.h"

/* What users and groups have alike */
struct who {
	const char *what;		/* "user" */
	bool (*from_name)(const char *name, __u32 *id);
	/* False if nobody has it */
	bool (*to_name)(char buf[NAME_LEN], __u32 id);
	/* To be freed; NULL if nothing comes near */
	char *(*nearest)(const char *name);
};

extern const struct who users;
extern const struct who groups;

/* The name of @id if that leads back to @id, else the number */
const char *who_exact(const struct who *who, char buf[NAME_LEN], __u32 id);

#endif
