// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of users and groups.
 */
#include <ctype.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "spell.h"
#include "tool.h"
#include "users.h"

static bool user_from(const char *name, __u32 *id)
{
	const struct passwd *user = getpwnam(name);

	if (user)
		*id = user->pw_uid;
	return user;
}

static bool group_from(const char *name, __u32 *id)
{
	const struct group *group = getgrnam(name);

	if (group)
		*id = group->gr_gid;
	return group;
}

static bool user_to(char buf[NAME_LEN], __u32 id)
{
	const struct passwd *user = getpwuid(id);

	if (user)
		snprintf(buf, NAME_LEN, "%s", user->pw_name);
	return user;
}

static bool group_to(char buf[NAME_LEN], __u32 id)
{
	const struct group *group = getgrgid(id);

	if (group)
		snprintf(buf, NAME_LEN, "%s", group->gr_name);
	return group;
}

/* The best guess is kept: the next entry is told in the same place */
static void try_entry(struct guess *guess, char **best, const char *name)
{
	guess_try(guess, name);
	if (guess->nearest != name)
		return;
	free(*best);
	*best = copy_of(name);
	guess->nearest = *best;
}

static char *user_nearest(const char *name)
{
	const struct passwd *user;
	struct guess guess;
	char *best = NULL;

	guess_start(&guess, name);
	setpwent();
	while ((user = getpwent()))
		try_entry(&guess, &best, user->pw_name);
	endpwent();
	return best;
}

static char *group_nearest(const char *name)
{
	const struct group *group;
	struct guess guess;
	char *best = NULL;

	guess_start(&guess, name);
	setgrent();
	while ((group = getgrent()))
		try_entry(&guess, &best, group->gr_name);
	endgrent();
	return best;
}

const struct who users = { "user", user_from, user_to, user_nearest };
const struct who groups = { "group", group_from, group_to, group_nearest };

/* Cannot be taken for a number, or for more than a value */
static bool is_plain(const char *name)
{
	bool letter = false;

	for (; *name; name++) {
		if (!isalnum((unsigned char)*name) && !strchr("._-$@\\", *name))
			return false;
		letter |= !isdigit((unsigned char)*name);
	}
	return letter;
}

const char *who_exact(const struct who *who, char buf[NAME_LEN], __u32 id)
{
	__u32 back;

	if (!who->to_name(buf, id) || !is_plain(buf) ||
	    !who->from_name(buf, &back) || back != id)
		snprintf(buf, NAME_LEN, "%u", id);
	return buf;
}
