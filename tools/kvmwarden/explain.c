// SPDX-License-Identifier: GPL-2.0-only
/*
 * explain: what an event means, in plain words.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advice.h"
#include "amount.h"
#include "cause.h"
#include "device.h"
#include "event.h"
#include "json.h"
#include "names.h"
#include "tool.h"
#include "wrap.h"

#define ULL(n)		((unsigned long long)(n))
#define LEAD		"  "

/* --- what is said --------------------------------------------------------- */

struct explanation {
	const struct kvmwarden_event *event;
	bool known;			/* cause is filled in */
	struct cause cause;
	char *tried;			/* each a paragraph */
	char *refused;
	char *risk;
};

static char *tell_amounts(const struct kvmwarden_event *event)
{
	const char *(*amount)(char buf[AMOUNT_LEN], __u64 value) =
		reason_name(event->reason).bytes ? amount_human : amount_count;
	char asked[AMOUNT_LEN], used[AMOUNT_LEN], limit[AMOUNT_LEN];

	if (!event->asked)
		return copy_of("");
	return text_of(" That would have been %s more, with %s of %s in use.",
		       amount(asked, event->asked), amount(used, event->used),
		       amount(limit, event->limit));
}

static char *tell_count(const struct kvmwarden_event *event)
{
	if (event->count < 2)
		return copy_of("");
	return text_of(" It was the last of %llu such requests that came closely one after the other.",
		       ULL(event->count));
}

static char *tell_tried(const struct kvmwarden_event *event)
{
	char *amounts = tell_amounts(event), *count = tell_count(event), *text;

	text = text_of("%s%s%s", advice_operation(event->operation), amounts,
		       count);
	free(amounts);
	free(count);
	return text;
}

static const char *verdict(const struct kvmwarden_event *event)
{
	return event->flags & KVMWARDEN_EVENT_REFUSED ?
	       "It was refused." :
	       "It was let through, for the class is not in mode enforce; there it is refused.";
}

static char *tell_limit(const struct kvmwarden_event *event,
			const struct origin *origin)
{
	char *whose = event_whose(event), *text;
	bool one = origin->level == KVMWARDEN_LEVEL_VM;

	text = text_of("The limit on %s of %s%s%s. %s",
		       advice_matter(origin->matter),
		       advice_level(origin->level), one ? "" : "; here: ",
		       one ? "" : whose, verdict(event));
	free(whose);
	return text;
}

static char *tell_refused(const struct kvmwarden_event *event)
{
	const struct origin *origin = origin_of(event->reason);

	if (!origin)
		return text_of("A reason newer than this tool. %s",
			       verdict(event));
	if (origin_is_limit(origin))
		return tell_limit(event, origin);
	if (origin->matter == MATTER_NESTED)
		return text_of("VMs of the class may not run VMs of their own, or this VM may not. %s",
			       verdict(event));
	return text_of("No limit: what is missing is %s. %s",
		       advice_matter(origin->matter), verdict(event));
}

static char *tell_risk(const struct kvmwarden_event *event)
{
	const struct origin *origin = origin_of(event->reason);

	if (!origin)
		return copy_of("That is not known here: install the tool that came with the module.");
	if (!origin_is_limit(origin) || origin->level == KVMWARDEN_LEVEL_VM)
		return copy_of(advice_risk(origin->matter));
	return text_of("%s The limit is on a sum: see who uses how much of it (kvmwarden list, kvmwarden accounts) before you raise it for all of them.",
		       advice_risk(origin->matter));
}

static void explain(struct explanation *to, const struct rulings *rulings,
		    const struct kvmwarden_event *event)
{
	*to = (struct explanation) { .event = event };
	if (!event_is_denial(event)) {
		to->refused = copy_of(advice_event(event->type));
		return;
	}
	to->known = cause_find(&to->cause, rulings, event);
	to->tried = tell_tried(event);
	to->refused = tell_refused(event);
	to->risk = tell_risk(event);
}

static void explanation_free(struct explanation *explanation)
{
	cause_free(&explanation->cause);
	free(explanation->tried);
	free(explanation->refused);
	free(explanation->risk);
}

/* --- text ----------------------------------------------------------------- */

static void paragraph(const char *head, const char *text)
{
	printf("\n%s\n", head);
	wrap(stdout, LEAD, text);
}

/* As a file has it */
static void print_setting(const struct cause *cause, const char *value)
{
	printf(LEAD LEAD "[%s]\n", printable(cause->section));
	printf(LEAD LEAD "%s = %s\n", cause->key, value);
}

static char *tell_state(const struct cause *cause,
			const struct kvmwarden_event *event)
{
	switch (cause->state) {
	case CAUSE_STANDS:
		return NULL;
	case CAUSE_CHANGED:
		return text_of("By now it says %s, which is not enough either.",
			       cause->now);
	case CAUSE_LIFTED:
		return text_of("By now it says %s: that would be allowed.",
			       cause->now);
	case CAUSE_GONE:
		return text_of("The policy in force has no such section any more.");
	default:
		return text_of("What is in force here was not asked: it is policy version %llu of the host that the event is from.",
			       ULL(event->version));
	}
}

static void print_place(const struct cause *cause)
{
	char *text;

	if (cause->own) {
		wrap(stdout, LEAD, "That was set for this VM, by kvmwarden set, whatever its class says.");
		return;
	}
	if (cause->state == CAUSE_GONE || cause->state == CAUSE_UNKNOWN)
		return;
	if (!cause->at.line) {
		wrap(stdout, LEAD, "No policy file of this host says what is in force there: see kvmwarden diff.");
		return;
	}
	text = text_of("That is line %u of %s.", cause->at.line,
		       printable(cause->at.file));
	wrap(stdout, LEAD, text);
	free(text);
}

static void print_cause(const struct cause *cause,
			const struct kvmwarden_event *event)
{
	char *state = tell_state(cause, event);

	print_setting(cause, cause->said);
	print_place(cause);
	if (state)
		wrap(stdout, LEAD, state);
	free(state);
}

static const char *lasts(const struct cause *cause)
{
	if (cause->alive && cause->origin->level == KVMWARDEN_LEVEL_VM)
		return "For this VM alone, at once, until it ends:";
	return "At once, until the next apply:";
}

static void print_help(const struct cause *cause)
{
	if (cause->state == CAUSE_LIFTED) {
		paragraph("What would allow it",
			  "Nothing more: the policy in force does.");
		return;
	}
	paragraph("What would allow it",
		  "At least this in the policy, and then kvmwarden apply:");
	print_setting(cause, cause->needed);
	if (cause->command) {
		wrap(stdout, LEAD, lasts(cause));
		printf(LEAD LEAD "%s\n", printable(cause->command));
	}
	if (origin_is_limit(cause->origin) &&
	    cause->origin->level != KVMWARDEN_LEVEL_HOST)
		wrap(stdout, LEAD, "Limits that are asked later, up to the host's, may still say no.");
}

static void print_text(const struct explanation *explanation)
{
	const struct kvmwarden_event *event = explanation->event;
	bool refused = event->flags & KVMWARDEN_EVENT_REFUSED;

	event_print(event, stdout);
	if (!event_is_denial(event)) {
		paragraph("What it means", explanation->refused);
		return;
	}
	paragraph("What was tried", explanation->tried);
	paragraph(refused ? "What said no" : "What would say no",
		  explanation->refused);
	if (explanation->known) {
		print_cause(&explanation->cause, event);
		print_help(&explanation->cause);
	}
	paragraph("Is that wise?", explanation->risk);
}

/* --- JSON ----------------------------------------------------------------- */

static const char *const states[] = {
	[CAUSE_UNKNOWN]	= "not-asked",
	[CAUSE_GONE]	= "gone",
	[CAUSE_STANDS]	= "in-force",
	[CAUSE_CHANGED]	= "changed",
	[CAUSE_LIFTED]	= "allowed-by-now",
};

static struct json_object *cause_json(const struct cause *cause)
{
	struct json_object *o = json_map();

	json_text(o, "section", cause->section);
	json_text(o, "key", cause->key);
	json_text(o, "said", cause->said);
	json_text(o, "state", states[cause->state]);
	json_text_or_null(o, "in_force", cause->now ? cause->now : "");
	json_flag(o, "own", cause->own);
	json_place(o, &cause->at);
	json_text(o, "needed", cause->needed);
	json_text_or_null(o, "command", cause->command ? cause->command : "");
	return o;
}

static void print_json(const struct explanation *explanation)
{
	struct json_object *root = json_new();

	json_add(root, "event", event_json(explanation->event));
	if (!event_is_denial(explanation->event)) {
		json_text(root, "meaning", explanation->refused);
	} else {
		json_text(root, "tried", explanation->tried);
		json_text(root, "meaning", explanation->refused);
		json_text(root, "risk", explanation->risk);
		json_add(root, "cause", explanation->known ?
			 cause_json(&explanation->cause) : NULL);
	}
	json_print_line(root);
}

static void print(const struct options *opt, const struct rulings *rulings,
		  const struct kvmwarden_event *event)
{
	struct explanation explanation;

	explain(&explanation, rulings, event);
	if (opt->json)
		print_json(&explanation);
	else
		print_text(&explanation);
	explanation_free(&explanation);
}

/* --- which event ---------------------------------------------------------- */

static int read_seq(const char *text, __u64 *seq)
{
	const char *digits = text + (*text == '#');
	char *end;

	errno = 0;
	*seq = isdigit((unsigned char)*digits) ?
	       strtoull(digits, &end, 10) : 0;
	if (*seq && !errno && !*end)
		return EXIT_DONE;
	say_error("`%s' is not the number of an event; `kvmwarden log' shows them",
		  brief(text));
	return EXIT_USAGE;
}

static int not_found(__u64 seq, __u64 first, __u64 last)
{
	if (!last)
		say_error("there is no event #%llu: nothing has happened yet",
			  ULL(seq));
	else if (seq > last)
		say_error("there is no event #%llu yet; the last one is #%llu",
			  ULL(seq), ULL(last));
	else
		say_error("event #%llu is no longer kept; the oldest that is kept is #%llu\n"
			  "If it is in a log: kvmwarden explain - reads what kvmwarden log -j has printed.",
			  ULL(seq), ULL(first));
	return EXIT_NOT_SO;
}

static int find_event(int fd, __u64 seq, struct kvmwarden_event *event)
{
	static struct event_reader reader;
	__u64 first = 0, last = 0;
	int ret;

	ret = event_begin(&reader, fd);
	while (!ret) {
		ret = event_next(&reader, event);
		if (ret || event->type == KVMWARDEN_EVENT_LOST)
			continue;
		if (event->seq == seq)
			return EXIT_DONE;
		first = first ? first : event->seq;
		last = event->seq;
	}
	return ret == -EAGAIN ? not_found(seq, first, last) : event_error(ret);
}

static int explain_seq(const struct options *opt, const char *text)
{
	struct rulings rulings = { .asked = true };
	struct kvmwarden_event event;
	int fd, ret;
	__u64 seq;

	ret = read_seq(text, &seq);
	if (!ret)
		ret = device_open(&fd);
	if (ret)
		return ret;
	ret = find_event(fd, seq, &event);
	if (!ret)
		ret = blame_read(&rulings.blame, fd);
	if (!ret) {
		print(opt, &rulings, &event);
		blame_free(&rulings.blame);
	}
	close(fd);
	return ret;
}

/* --- events that somebody has kept ---------------------------------------- */

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \t\r\n")];
}

static int explain_line(const struct options *opt,
			const struct rulings *rulings, const char *text,
			unsigned long line)
{
	struct kvmwarden_event event;
	char *wrong = event_parse(text, &event);

	if (!wrong) {
		if (line > 1 && !opt->json)
			putchar('\n');
		print(opt, rulings, &event);
		return EXIT_DONE;
	}
	say_error("standard input:%lu: no event as `kvmwarden log -j' prints it: %s",
		  line, wrong);
	free(wrong);
	return EXIT_NOT_SO;
}

static int explain_lines(const struct options *opt,
			 const struct rulings *rulings)
{
	unsigned long line = 0;
	int ret = EXIT_DONE;
	char *text = NULL;
	size_t room = 0;
	bool any = false;

	while (!ret && getline(&text, &room, stdin) >= 0) {
		line++;
		if (is_blank(text))
			continue;
		any = true;
		ret = explain_line(opt, rulings, text, line);
	}
	free(text);
	if (ferror(stdin)) {
		say_error("standard input: cannot be read");
		return EXIT_NOT_SO;
	}
	if (!any) {
		say_error("standard input: no event; give it what kvmwarden log -j has printed");
		return EXIT_NOT_SO;
	}
	return ret;
}

/* Of another host, or another day: what is in force here is good to know */
static int explain_input(const struct options *opt)
{
	struct rulings rulings = { .asked = false };
	int fd, ret;

	if (!device_open_at(KVMWARDEN_DEVICE, &fd)) {
		rulings.asked = !blame_read(&rulings.blame, fd);
		ret = explain_lines(opt, &rulings);
		blame_free(&rulings.blame);
		close(fd);
		return ret;
	}
	return explain_lines(opt, &rulings);
}

int verb_explain(const struct options *opt, int argc, char **argv)
{
	(void)argc;
	if (!strcmp(argv[0], "-"))
		return explain_input(opt);
	return explain_seq(opt, argv[0]);
}
