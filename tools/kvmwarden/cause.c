// SPDX-License-Identifier: GPL-2.0-only
/*
 * What said no.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "amount.h"
#include "cause.h"
#include "limit.h"
#include "names.h"
#include "set.h"
#include "tool.h"

static __u64 need_of(const struct kvmwarden_event *event)
{
	__u64 need;

	if (__builtin_add_overflow(event->used, event->asked, &need))
		return KVMWARDEN_UNLIMITED;
	return need;
}

static char *limit_text(const struct origin *origin, __u64 limit)
{
	char buf[AMOUNT_LEN];

	return copy_of(origin_is_bytes(origin) ? amount_exact(buf, limit) :
						 amount_count(buf, limit));
}

/* The cgroup whose account is full; to be freed */
static char *cgroup_of(const struct kvmwarden_event *event)
{
	char *path = copy_of(event->cgroup);

	if (event->account_len < strlen(path))
		path[event->account_len] = '\0';
	return path;
}

/* --- what there is -------------------------------------------------------- */

/* As a policy would have to name it, where none is there to be asked */
static char *guess_section(const struct origin *origin,
			   const struct kvmwarden_event *event)
{
	char *cgroup, *text;

	if (origin_place(origin) == IN_CLASS)
		return text_of("class %s", event->class_name);
	if (origin->level != KVMWARDEN_LEVEL_CGROUP)
		return copy_of("host");
	cgroup = cgroup_of(event);
	text = text_of("cgroup %s", cgroup);
	free(cgroup);
	return text;
}

static const struct policy_section *find(const struct rulings *rulings,
					 const struct origin *origin,
					 const struct kvmwarden_event *event)
{
	const struct policy_section *section;
	char *cgroup;

	if (!rulings->asked)
		return NULL;
	cgroup = cgroup_of(event);
	section = origin_section(origin, &rulings->blame.in_force,
				 event->class_name, cgroup);
	free(cgroup);
	return section;
}

/* The VM, if it still is the one that the event is about */
static bool find_vm(const struct rulings *rulings,
		    const struct kvmwarden_event *event, struct record *rec)
{
	return rulings->asked && event->vm &&
	       !record_next(rulings->blame.fd, event->vm - 1, rec) &&
	       rec->vm.id == event->vm && rec->vm.pid == event->pid &&
	       rec->vm.uid == event->uid;
}

static __u64 own_bit(const struct origin *origin, const struct record *rec)
{
	if (origin->matter == MATTER_NESTED)
		return rec->vm.own & KVMWARDEN_DENY_NESTED;
	return rec->vm.own_limits & 1ULL << (origin->key - KEY_VCPUS);
}

/* --- judging it ----------------------------------------------------------- */

static enum cause_state judge_limit(struct cause *cause, __u64 limit,
				    const struct kvmwarden_event *event)
{
	cause->now = limit_text(cause->origin, limit);
	if (limit >= need_of(event))
		return CAUSE_LIFTED;
	return limit == event->limit ? CAUSE_STANDS : CAUSE_CHANGED;
}

static enum cause_state judge_deny(struct cause *cause, __u64 deny)
{
	cause->now = copy_of(nested_name(deny));
	return deny & KVMWARDEN_DENY_NESTED ? CAUSE_STANDS : CAUSE_LIFTED;
}

static enum cause_state judge_vm(struct cause *cause,
				 const struct kvmwarden_event *event,
				 const struct record *rec)
{
	if (cause->origin->matter == MATTER_NESTED)
		return judge_deny(cause, rec->vm.deny);
	return judge_limit(cause,
			   rec->vm.limit.of[cause->origin->key - KEY_VCPUS],
			   event);
}

static enum cause_state judge_section(struct cause *cause,
				      const struct kvmwarden_event *event,
				      const struct policy_section *section)
{
	if (cause->origin->matter == MATTER_NESTED)
		return judge_deny(cause, section->deny);
	return judge_limit(cause, *origin_limit(cause->origin, section), event);
}

static void judge(struct cause *cause, const struct rulings *rulings,
		  const struct kvmwarden_event *event,
		  const struct record *rec)
{
	const struct policy_section *section;

	section = find(rulings, cause->origin, event);
	if (section)
		cause->section = policy_title(section);
	else
		cause->section = guess_section(cause->origin, event);
	if (cause->own)
		cause->state = judge_vm(cause, event, rec);
	else if (section)
		cause->state = judge_section(cause, event, section);
	else
		cause->state = rulings->asked ? CAUSE_GONE : CAUSE_UNKNOWN;
	if (section && !cause->own)
		cause->at = blame_line(&rulings->blame, section,
				       cause->origin->key);
}

/* --- helping it ----------------------------------------------------------- */

static bool is_plain(const char *text)
{
	while (isalnum((unsigned char)*text) ||
	       (*text && strchr(".,_-/:=@%+", *text)))
		text++;
	return !*text;
}

/* For a shell */
static char *quoted(const char *text)
{
	char *safe, *longer;

	if (is_plain(text))
		return copy_of(text);
	safe = copy_of("'");
	for (; *text; text++) {
		longer = *text == '\'' ? text_of("%s'\\''", safe) :
					 text_of("%s%c", safe, *text);
		free(safe);
		safe = longer;
	}
	longer = text_of("%s'", safe);
	free(safe);
	return longer;
}

/* As `set' wants it named; to be freed */
static char *name_for_set(const struct cause *cause,
			  const struct kvmwarden_event *event)
{
	const char *name = cause->section + strcspn(cause->section, " ");

	if (cause->alive && cause->origin->level == KVMWARDEN_LEVEL_VM)
		return text_of("%llu", (unsigned long long)event->vm);
	if (!*name++)
		return copy_of("host");
	if (origin_place(cause->origin) != IN_CLASS)
		return text_of("cgroup:%s", name);
	/* what would be taken for something else */
	if (!name[strspn(name, "0123456789")] || !strcmp(name, "host") ||
	    !strcmp(name, "auto"))
		return text_of(CLASS_PREFIX "%s", name);
	return copy_of(name);
}

static void find_command(struct cause *cause,
			 const struct kvmwarden_event *event)
{
	char *name, *safe;

	if (cause->state != CAUSE_STANDS && cause->state != CAUSE_CHANGED)
		return;
	name = name_for_set(cause, event);
	safe = quoted(name);
	cause->command = text_of("kvmwarden set %s %s=%s", safe, cause->key,
				 cause->needed);
	free(name);
	free(safe);
}

bool cause_find(struct cause *cause, const struct rulings *rulings,
		const struct kvmwarden_event *event)
{
	const struct origin *origin = origin_of(event->reason);
	struct record rec;

	*cause = (struct cause) { .origin = origin };
	if (!origin || origin->key == NR_KEYS)
		return false;
	cause->key = policy_key_name(origin->key);
	cause->alive = find_vm(rulings, event, &rec);
	cause->own = cause->alive && origin->level == KVMWARDEN_LEVEL_VM &&
		     own_bit(origin, &rec);
	judge(cause, rulings, event, &rec);
	if (origin_is_limit(origin)) {
		cause->said = limit_text(origin, event->limit);
		cause->needed = limit_text(origin, need_of(event));
	} else {
		cause->said = copy_of("deny");
		cause->needed = copy_of("allow");
	}
	find_command(cause, event);
	return true;
}

void cause_free(struct cause *cause)
{
	free(cause->section);
	free(cause->said);
	free(cause->now);
	free(cause->needed);
	free(cause->command);
}
