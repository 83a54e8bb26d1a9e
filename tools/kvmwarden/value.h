/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_VALUE_H
#define KVMWARDEN_VALUE_H

/*
 * What stands behind a key's `='. Each sets *@to and returns NULL, or returns
 * what is wrong, for the caller to free.
 */
typedef char *(*value_parser)(const char *text, void *to);

char *value_version(const char *text, void *to);	/* __u64 */
char *value_count(const char *text, void *to);		/* __u64 */
char *value_size(const char *text, void *to);		/* __u64 */
/* A size, or a share of the host's RAM */
char *value_share(const char *text, void *to);		/* __u64 */
char *value_mode(const char *text, void *to);		/* __u32 */
char *value_user(const char *text, void *to);		/* __u32 */
char *value_group(const char *text, void *to);		/* __u32 */
/* __u64, of which it sets or clears KVMWARDEN_DENY_NESTED */
char *value_nested(const char *text, void *to);
char *value_revoke(const char *text, void *to);	/* __u32 */
/* char *, owned */
char *value_cgroup(const char *text, void *to);
char *value_exe(const char *text, void *to);
char *value_label(const char *text, void *to);

#endif
