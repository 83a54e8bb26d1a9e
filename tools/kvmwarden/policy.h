/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy in memory, read from files or from the kernel. The language is
 * described in Documentation/policy.md.
 */
#ifndef KVMWARDEN_POLICY_H
#define KVMWARDEN_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <linux/kvmwarden.h>

#include "complaint.h"

enum policy_key {
	KEY_VERSION,
	KEY_MODE,
	KEY_USER,
	KEY_GROUP,
	KEY_CGROUP,
	KEY_EXE,
	KEY_LABEL,
	KEY_VMS,
	KEY_VCPUS,
	KEY_MEMORY,
	KEY_MEMSLOTS,
	KEY_IOEVENTFDS,
	KEY_COALESCED,
	KEY_IRQFDS,
	KEY_HV_EVENTS,
	KEY_IRQ_ROUTES,
	KEY_GUEST_MEMFD,
	KEY_TOTAL_VMS,
	KEY_TOTAL_VCPUS,
	KEY_TOTAL_MEMORY,
	KEY_USER_VMS,
	KEY_USER_VCPUS,
	KEY_USER_MEMORY,
	KEY_NESTED,
	KEY_REVOKE,
	NR_KEYS,
};

/* Where a section, and a key in it, may stand */
enum policy_place {
	IN_POLICY	= 1 << 0,
	IN_HOST		= 1 << 1,
	IN_CGROUP	= 1 << 2,
	IN_CLASS	= 1 << 3,
};

/* Where something was written; line 0: nowhere. The file's name is policy's */
struct policy_line {
	const char *file;
	unsigned int line;
};

/* [policy], [host], one class, one [cgroup]. What it cannot say: default */
struct policy_section {
	enum policy_place place;
	char name[KVMWARDEN_NAME_LEN];		/* of a class */
	char *pattern;				/* of a cgroup */
	struct policy_line at;			/* of its header */
	struct policy_line key[NR_KEYS];	/* of each key */
	__u64 version;
	__u32 mode;
	__u32 uid;
	__u32 gid;
	char *cgroup;
	char *exe;
	char *label;
	struct kvmwarden_limits vm;		/* of each VM, in a class */
	struct kvmwarden_amounts user;		/* of each user: class, host */
	struct kvmwarden_amounts total;		/* of the class, cgroup, host */
	__u64 deny;				/* KVMWARDEN_DENY_* */
	__u32 revoke;				/* KVMWARDEN_REVOKE_* */
	__u32 flags;				/* KVMWARDEN_CLASS_MATCH_* */
};

struct policy {
	const char *file;			/* as it is called in messages */
	char **files;				/* those it was read from */
	size_t nr_files;
	struct policy_section top;
	struct policy_section host;
	struct policy_section *cgroups;		/* in order */
	size_t nr_cgroups;
	struct policy_section *classes;		/* ends with ``default`` */
	size_t count;
};

/*
 * Reads @path ("-": standard input; a directory: its *.conf, in order; NULL:
 * the host's policy, POLICY_FILE and then POLICY_DIR). What is wrong is added
 * to @wrong, sorted by file and line, to be used before policy_free(); if
 * that stays empty, @policy is fit for the kernel.
 */
void policy_read(struct policy *policy, const char *path,
		 struct complaints *wrong);
/* The policy of the host whose / is at @root; "" is our own */
void policy_read_host(struct policy *policy, const char *root,
		      struct complaints *wrong);
/* The same of a file that is in memory, and is called @name */
void policy_read_text(struct policy *policy, const char *name, const char *data,
		      size_t len, struct complaints *wrong);
void policy_free(struct policy *policy);
/* Of a policy that was read without a complaint: what it hardly can mean */
void policy_warn(const struct policy *policy, struct complaints *warnings);

/* The policy in force. EXIT_DONE, or what to exit with, after it was said why */
int policy_load(struct policy *policy, int fd, struct kvmwarden_status *status);

/* Sets one key as a file would. What is wrong with it, to be freed, or NULL */
char *policy_set(struct policy_section *section, const char *key,
		 const char *value);

/* NULL if there is none of that name */
const struct policy_section *policy_class(const struct policy *policy,
					  const char *name);
/* As in its header, "class tenant"; to be freed */
char *policy_title(const struct policy_section *section);
/* As a file has it: "per-user.vms" */
const char *policy_key_name(enum policy_key key);
/*
 * What a file would have to say of @key in @section, to be freed; NULL where
 * nothing: the section has no such key, or it is the default.
 */
char *policy_value(const struct policy *policy,
		   const struct policy_section *section, enum policy_key key);

/* As a file. False, after it was said why, if no file can hold it */
bool policy_printable(const struct policy *policy);
void policy_print(const struct policy *policy, FILE *to);

/* What is to be said of a section (NR_KEYS), or a key in it, in comments */
struct policy_notes {
	bool (*has)(const void *data, const struct policy_section *section,
		    enum policy_key key);
	/* Whole lines */
	void (*print)(const void *data, const struct policy_section *section,
		      enum policy_key key, FILE *to);
	const void *data;
};

/* The same, with these comments above what they are about */
void policy_print_noted(const struct policy *policy,
			const struct policy_notes *notes, FILE *to);

/* The line to blame for a &enum kvmwarden_field of @section */
struct policy_line policy_line(const struct policy *policy,
			       const struct policy_section *section,
			       enum kvmwarden_field field);

/*
 * One transaction. @commit has flags, generation, confirm and changes filled
 * in, and is filled in by the kernel. EXIT_DONE, or what to exit with, after it
 * was said why nothing was changed.
 */
int policy_commit(const struct policy *policy, int fd,
		  struct kvmwarden_commit *commit);
/* The same, but if another writer was faster, sets *@stale and says nothing */
int policy_commit_or_stale(const struct policy *policy, int fd,
			   struct kvmwarden_commit *commit, bool *stale);

#endif
