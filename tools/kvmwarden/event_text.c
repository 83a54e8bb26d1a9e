// SPDX-License-Identifier: GPL-2.0-only
/*
 * An event in words.
 */
#include <stdlib.h>
#include <string.h>

#include "amount.h"
#include "digest.h"
#include "event.h"
#include "names.h"
#include "times.h"
#include "tool.h"
#include "wrap.h"

#define ULL(n)	((unsigned long long)(n))

/* --- what happened -------------------------------------------------------- */

static char *what_of_hook(const struct kvmwarden_event *event)
{
	return text_of("hook on %s: %s", printable(event->function),
		       hook_state_name(event->hook_state));
}

static char *what_of_denial(const struct kvmwarden_event *event)
{
	return text_of("%s: %s",
		       event->flags & KVMWARDEN_EVENT_REFUSED ? "denied" :
								"would deny",
		       reason_name(event->reason).text);
}

static char *what_of_vm(const struct kvmwarden_event *event, const char *what)
{
	return text_of("VM %llu %s", ULL(event->vm), what);
}

static char *what_of_policy(const struct kvmwarden_event *event,
			    const char *what)
{
	return text_of("policy version %llu %s", ULL(event->version), what);
}

char *event_what(const struct kvmwarden_event *event)
{
	switch (event->type) {
	case KVMWARDEN_EVENT_LOST:
		return text_of("%llu event%s lost, %llu denial%s among them",
			       ULL(event->count), plural(event->count),
			       ULL(event->total), plural(event->total));
	case KVMWARDEN_EVENT_DENIAL:
		return what_of_denial(event);
	case KVMWARDEN_EVENT_VM_CREATED:
		return what_of_vm(event, "created");
	case KVMWARDEN_EVENT_VM_ADOPTED:
		return what_of_vm(event, "found: it is older than the hooks");
	case KVMWARDEN_EVENT_VM_DESTROYED:
		return what_of_vm(event, "gone");
	case KVMWARDEN_EVENT_VM_SET:
		return what_of_vm(event, "was set by hand");
	case KVMWARDEN_EVENT_COMMITTED:
		return what_of_policy(event, "in force");
	case KVMWARDEN_EVENT_CONFIRMED:
		return what_of_policy(event, "was confirmed: it stays");
	case KVMWARDEN_EVENT_ROLLED_BACK:
		return what_of_policy(event, "in force again: rolled back");
	case KVMWARDEN_EVENT_LOCKED:
		return what_of_policy(event, "locked until reboot");
	case KVMWARDEN_EVENT_ARMED:
		return copy_of("hooks armed");
	case KVMWARDEN_EVENT_DISARMED:
		return copy_of("hooks off: DISARMED, nothing is enforced");
	case KVMWARDEN_EVENT_HOOK:
		return what_of_hook(event);
	case KVMWARDEN_EVENT_CANARY:
		return copy_of(event->hook_state ? "hooks fire again" :
			       "hooks do NOT fire: nothing is guaranteed");
	default:
		return text_of("something newer than this tool (event type %u)",
			       event->type);
	}
}

/* --- who it was ----------------------------------------------------------- */

static char *who_of_vm(const struct kvmwarden_event *event)
{
	char user[NAME_LEN], *vm, *text;

	vm = event->vm ? text_of("VM %llu", ULL(event->vm)) : copy_of("new VM");
	text = text_of("%s (%s[%u], user %s%s%s%s%s)", vm,
		       printable(event->comm), event->pid,
		       printable(user_name(user, event->uid)),
		       event->class_name[0] ? ", class " : "",
		       printable(event->class_name),
		       event->class_name[0] ? ", " : "",
		       event->class_name[0] ? mode_name(event->mode) : "");
	free(vm);
	return text;
}

/* Who came as another user than it is now: root by sudo, say */
static char *login_of(const struct kvmwarden_event *event)
{
	char user[NAME_LEN];

	if (event->auid == KVMWARDEN_NOBODY || event->auid == event->uid)
		return copy_of("");
	return text_of(", logged in as %s",
		       printable(user_name(user, event->auid)));
}

static char *who_of_task(const struct kvmwarden_event *event)
{
	char user[NAME_LEN], *login, *text;

	if (!event->pid)
		return copy_of("by the kernel");
	login = login_of(event);
	text = text_of("by %s[%u], user %s%s", printable(event->comm),
		       event->pid, printable(user_name(user, event->uid)),
		       login);
	free(login);
	return text;
}

char *event_who(const struct kvmwarden_event *event)
{
	if (event->type == KVMWARDEN_EVENT_LOST)
		return NULL;
	return event_is_of_vm(event) ? who_of_vm(event) : who_of_task(event);
}

char *event_where(const struct kvmwarden_event *event)
{
	bool cut = event->flags & KVMWARDEN_EVENT_CUT &&
		   strlen(event->cgroup) == sizeof(event->cgroup) - 1;

	if (!event->cgroup[0] || event->type == KVMWARDEN_EVENT_VM_DESTROYED)
		return NULL;
	return text_of("in %s%s", printable(event->cgroup), cut ? "..." : "");
}

/* --- and the rest --------------------------------------------------------- */

char *event_whose(const struct kvmwarden_event *event)
{
	char user[NAME_LEN], *name, *text;

	switch (event->level) {
	case KVMWARDEN_LEVEL_VM:
		return copy_of("the VM");
	case KVMWARDEN_LEVEL_USER:
		return text_of("user %s in class %s",
			       printable(user_name(user, event->account_uid)),
			       printable(event->class_name));
	case KVMWARDEN_LEVEL_HOST_USER:
		return text_of("user %s",
			       printable(user_name(user, event->account_uid)));
	case KVMWARDEN_LEVEL_CGROUP:
		name = copy_of(event->cgroup);
		if (event->account_len < strlen(name))
			name[event->account_len] = '\0';
		text = text_of("cgroup %s", printable(name));
		free(name);
		return text;
	case KVMWARDEN_LEVEL_CLASS:
		return text_of("class %s", printable(event->class_name));
	case KVMWARDEN_LEVEL_HOST:
		return copy_of("the host");
	default:
		return copy_of("something newer than this tool");
	}
}

static char *amounts_of(const struct kvmwarden_event *event)
{
	const char *(*amount)(char buf[AMOUNT_LEN], __u64 value) =
		reason_name(event->reason).bytes ? amount_human : amount_count;
	char asked[AMOUNT_LEN], used[AMOUNT_LEN], limit[AMOUNT_LEN];
	char *whose, *text;

	if (!event->asked)
		return copy_of("");
	whose = event_whose(event);
	text = text_of(": %s more, %s of %s in use by %s",
		       amount(asked, event->asked), amount(used, event->used),
		       amount(limit, event->limit), whose);
	free(whose);
	return text;
}

static char *how_of_denial(const struct kvmwarden_event *event)
{
	char *amounts = amounts_of(event), *times = copy_of(""), *text;

	if (event->count > 1 || event->total > event->count) {
		free(times);
		times = text_of(" (%llu time%s, %llu in all)",
				ULL(event->count), plural(event->count),
				ULL(event->total));
	}
	text = text_of("%s%s%s", operation_name(event->operation), times,
		       amounts);
	free(amounts);
	free(times);
	return text;
}

static char *how_of_policy(const struct kvmwarden_event *event)
{
	char digest[DIGEST_LEN];

	digest_text(digest, event->digest);
	return text_of("generation %llu%s%s", ULL(event->generation),
		       *digest ? ", digest " : "", digest);
}

char *event_how(const struct kvmwarden_event *event)
{
	switch (event->type) {
	case KVMWARDEN_EVENT_DENIAL:
		return how_of_denial(event);
	case KVMWARDEN_EVENT_COMMITTED:
	case KVMWARDEN_EVENT_CONFIRMED:
	case KVMWARDEN_EVENT_ROLLED_BACK:
	case KVMWARDEN_EVENT_LOCKED:
		return how_of_policy(event);
	case KVMWARDEN_EVENT_HOOK:
	case KVMWARDEN_EVENT_CANARY:
		return event->hook_error ?
		       copy_of(strerror(-event->hook_error)) : NULL;
	default:
		return NULL;
	}
}

static void print_more(char *text, FILE *to)
{
	if (text)
		wrap(to, "  ", text);
	free(text);
}

void event_print(const struct kvmwarden_event *event, FILE *to)
{
	char when[TIME_LEN], *what = event_what(event), *line;

	if (event->type == KVMWARDEN_EVENT_LOST) {
		fprintf(to, "-- %s --\n", what);
		free(what);
		return;
	}
	line = text_of("%s #%llu %s", time_ns_text(when, event->time),
		       ULL(event->seq), what);
	wrap(to, "", line);
	free(what);
	free(line);
	print_more(event_who(event), to);
	print_more(event_where(event), to);
	print_more(event_how(event), to);
}
