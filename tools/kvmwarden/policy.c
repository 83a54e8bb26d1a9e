// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a policy file.
 *
 * libinih takes "key = value" apart. Lines and section headers are read here,
 * because libinih cuts section names to 49 bytes, does not tell of sections
 * without keys, and knows no line numbers.
 */
#include <ctype.h>
#include <ini.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "names.h"
#include "policy.h"
#include "source.h"
#include "spell.h"
#include "tool.h"
#include "value.h"

/* Room for the longest cgroup pattern, and to say that it is too long */
#define LINE_MAX_BYTES	8192

enum place {
	OUTSIDE		= 0,		/* before the first section */
	IN_POLICY	= 1 << 0,
	IN_HOST		= 1 << 1,
	IN_CLASS	= 1 << 2,
	IN_UNKNOWN	= 1 << 3,	/* after a bad header: ignored */
};

static const struct {
	enum place place;
	const char *name;
} places[] = {
	{ IN_POLICY,	"policy" },
	{ IN_HOST,	"host" },
	{ IN_CLASS,	"class" },
};

struct key {
	const char *name;
	unsigned int places;
	value_parser parse;
	size_t offset;			/* into struct policy_section */
};

#define KEY(_name, _places, _parse, _field) {				\
	.name = _name,							\
	.places = _places,						\
	.parse = _parse,						\
	.offset = offsetof(struct policy_section, _field),		\
}

static const struct key keys[NR_KEYS] = {
	[KEY_VERSION] =
		KEY("version", IN_POLICY, value_version, version),
	[KEY_MODE] =
		KEY("mode", IN_POLICY | IN_CLASS, value_mode, mode),
	[KEY_USER] =
		KEY("match.user", IN_CLASS, value_user, uid),
	[KEY_CGROUP] =
		KEY("match.cgroup", IN_CLASS, value_cgroup, cgroup),
	[KEY_VMS] =
		KEY("vms", IN_HOST, value_count, own.vms),
	[KEY_VCPUS] =
		KEY("vcpus", IN_HOST | IN_CLASS, value_count, own.vcpus),
	[KEY_MEMORY] =
		KEY("memory", IN_HOST | IN_CLASS, value_size, own.memory),
	[KEY_TOTAL_VMS] =
		KEY("total.vms", IN_CLASS, value_count, total.vms),
	[KEY_TOTAL_VCPUS] =
		KEY("total.vcpus", IN_CLASS, value_count, total.vcpus),
	[KEY_TOTAL_MEMORY] =
		KEY("total.memory", IN_CLASS, value_size, total.memory),
	[KEY_NESTED] =
		KEY("nested", IN_CLASS, value_nested, deny),
	[KEY_REVOKE] =
		KEY("nested.revoke", IN_CLASS, value_revoke, revoke),
};

struct parser {
	struct policy *policy;
	struct complaints *wrong;
	const char *pos, *end;		/* what is left of the file */
	unsigned int line;
	bool pending;			/* libinih has yet to take the line */
	bool full;			/* no room for more classes */
	enum place place;
	struct policy_section *section;
	struct policy_section spare;	/* for sections that do not count */
	void *names;			/* of classes: a tree of their lines */
};

/* What the tree holds: classes move in memory while their list grows */
struct name_line {
	char name[KVMWARDEN_NAME_LEN];
	unsigned int line;
};

static int by_name(const void *left, const void *right)
{
	const struct name_line *a = left;
	const struct name_line *b = right;

	return strcmp(a->name, b->name);
}

#define COMPLAIN(p, ...) \
	complaint_add((p)->wrong, (p)->line, text_of(__VA_ARGS__))

static void section_init(struct policy_section *sec, unsigned int at)
{
	const struct kvmwarden_amounts unlimited = {
		KVMWARDEN_UNLIMITED, KVMWARDEN_UNLIMITED, KVMWARDEN_UNLIMITED
	};

	*sec = (struct policy_section) {
		.at = at,
		.mode = KVMWARDEN_MODE_PERMISSIVE,
		.own = unlimited,
		.total = unlimited,
	};
}

/* A section whose keys are checked, but do not count */
static void enter_spare(struct parser *p)
{
	free(p->spare.cgroup);
	section_init(&p->spare, p->line);
	p->section = &p->spare;
}

/* --- keys --------------------------------------------------------------- */

static const char *place_name(unsigned int where)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (places[i].place & where)
			return places[i].place == IN_CLASS ? "class NAME" :
			       places[i].name;
	}
	return "";
}

static const struct key *key_find(const char *name, unsigned int where)
{
	size_t i;

	for (i = 0; i < NR_KEYS; i++) {
		if ((keys[i].places & where) && !strcmp(keys[i].name, name))
			return &keys[i];
	}
	return NULL;
}

static char *key_list(unsigned int where)
{
	char *list = copy_of("");
	size_t i;

	for (i = 0; i < NR_KEYS; i++) {
		char *longer;

		if (!(keys[i].places & where))
			continue;
		longer = text_of("%s%s%s", list, *list ? ", " : "",
				 keys[i].name);
		free(list);
		list = longer;
	}
	return list;
}

static void complain_key(struct parser *p, const char *name)
{
	const struct key *other = key_find(name, ~0U);
	const char *here = place_name(p->place);
	struct guess guess;
	char *list;
	size_t i;

	guess_start(&guess, name);
	for (i = 0; i < NR_KEYS; i++) {
		if (keys[i].places & p->place)
			guess_try(&guess, keys[i].name);
	}
	if (guess.nearest) {
		COMPLAIN(p, "[%s] has no key `%s'; did you mean `%s'?", here,
			 brief(name), guess.nearest);
		return;
	}
	if (other) {
		COMPLAIN(p, "[%s] has no key `%s'; it belongs in [%s]", here,
			 name, place_name(other->places));
		return;
	}
	list = key_list(p->place);
	COMPLAIN(p, "[%s] has no key `%s'; its keys are %s", here, brief(name),
		 list);
	free(list);
}

static void take_pair(struct parser *p, const char *name, const char *value)
{
	const struct key *key = key_find(name, p->place);
	struct policy_section *sec = p->section;
	unsigned int *line;
	char *wrong;

	if (!key) {
		complain_key(p, name);
		return;
	}
	line = &sec->line[key - keys];
	if (*line) {
		COMPLAIN(p, "a second `%s' in this section, after line %u; remove one",
			 name, *line);
		return;
	}
	*line = p->line;
	if (!*value) {
		COMPLAIN(p, "`%s' has no value; write `%s = ...'", name, name);
		return;
	}
	wrong = key->parse(value, (char *)sec + key->offset);
	if (wrong)
		COMPLAIN(p, "%s: %s", name, wrong);
	free(wrong);
}

static int on_pair(void *user, const char *section, const char *name,
		   const char *value)
{
	struct parser *p = user;

	(void)section;
	p->pending = false;
	if (!*name)
		COMPLAIN(p, "no key before `='; write `key = value'");
	else if (p->place == OUTSIDE)
		COMPLAIN(p, "`%s' stands before any section; begin with [policy], [host] or [class NAME]",
			 brief(name));
	else if (p->place != IN_UNKNOWN)
		take_pair(p, name, value);
	return 1;
}

/* --- sections ----------------------------------------------------------- */

static void enter_single(struct parser *p, struct policy_section *sec,
			 const char *name, const char *rest)
{
	p->section = sec;
	if (*rest) {
		COMPLAIN(p, "[%s] has no name; write `[%s]'", name, name);
		enter_spare(p);
	} else if (sec->at) {
		COMPLAIN(p, "a second [%s], after line %u; write both as one",
			 name, sec->at);
		enter_spare(p);
	} else {
		sec->at = p->line;
	}
}

static bool class_name_ok(struct parser *p, const char *name)
{
	const char *c;

	if (!*name) {
		COMPLAIN(p, "a class without a name; write `[class NAME]'");
		return false;
	}
	for (c = name; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("._-", *c)) {
			COMPLAIN(p, "`%s' is not a class name; write only A-Z, a-z, 0-9, `.', `_' and `-'",
				 brief(name));
			return false;
		}
	}
	if (c - name >= KVMWARDEN_NAME_LEN) {
		COMPLAIN(p, "a class name of %td bytes is too long; write at most %d",
			 c - name, KVMWARDEN_NAME_LEN - 1);
		return false;
	}
	return true;
}

/* The line of the class of that name, which is @p->line if it is new */
static unsigned int name_line(struct parser *p, const char *name)
{
	struct name_line *new = calloc(1, sizeof(*new));
	struct name_line **found;

	if (!new)
		out_of_memory();
	strcpy(new->name, name);
	new->line = p->line;
	found = tsearch(new, &p->names, by_name);
	if (!found)
		out_of_memory();
	if (*found != new)
		free(new);
	return (*found)->line;
}

static void enter_class(struct parser *p, const char *name)
{
	struct policy *policy = p->policy;
	struct policy_section *sec;
	unsigned int first;

	enter_spare(p);
	if (!class_name_ok(p, name))
		return;
	if (policy->count == KVMWARDEN_CLASSES_MAX) {
		if (!p->full)
			COMPLAIN(p, "too many classes; a policy has at most %d",
				 KVMWARDEN_CLASSES_MAX);
		p->full = true;
		p->place = IN_UNKNOWN;
		return;
	}
	first = name_line(p, name);
	if (first != p->line) {
		COMPLAIN(p, "a second class %s, after line %u; write both as one, or rename one",
			 name, first);
		return;
	}
	policy->classes = grow(policy->classes, policy->count,
			       sizeof(*policy->classes));
	sec = &policy->classes[policy->count++];
	section_init(sec, p->line);
	strcpy(sec->name, name);
	p->section = sec;
}

static void complain_section(struct parser *p, const char *name)
{
	struct guess guess;
	size_t i;

	p->place = IN_UNKNOWN;
	guess_start(&guess, name);
	for (i = 0; i < ARRAY_SIZE(places); i++)
		guess_try(&guess, places[i].name);
	if (guess.nearest)
		COMPLAIN(p, "unknown section [%s]; did you mean [%s%s]?",
			 brief(name), guess.nearest,
			 strcmp(guess.nearest, "class") ? "" : " NAME");
	else
		COMPLAIN(p, "unknown section [%s]; write [policy], [host] or [class NAME]",
			 brief(name));
}

static void enter_section(struct parser *p, char *name)
{
	char *rest = name + strcspn(name, " \t");
	size_t i;

	if (*rest) {
		*rest++ = '\0';
		rest += strspn(rest, " \t");
	}
	p->place = IN_UNKNOWN;
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!strcmp(name, places[i].name))
			p->place = places[i].place;
	}
	if (p->place == IN_POLICY)
		enter_single(p, &p->policy->top, name, rest);
	else if (p->place == IN_HOST)
		enter_single(p, &p->policy->host, name, rest);
	else if (p->place == IN_CLASS)
		enter_class(p, rest);
	else
		complain_section(p, name);
}

/* --- lines -------------------------------------------------------------- */

/* Without white space around it */
static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

/* A comment begins with # or ; at the start of the line or after a space */
static void cut_comment(char *text)
{
	char *c;

	for (c = text; *c; c++) {
		if ((*c == '#' || *c == ';') &&
		    (c == text || isspace((unsigned char)c[-1]))) {
			*c = '\0';
			return;
		}
	}
}

static void read_header(struct parser *p, char *text)
{
	char *close = strchr(text, ']');

	p->place = IN_UNKNOWN;
	if (!close) {
		COMPLAIN(p, "a section without its `]'; write `[NAME]'");
	} else if (close[1]) {
		COMPLAIN(p, "`%s' follows `]'; write it in a line of its own",
			 brief(trim(close + 1)));
	} else {
		*close = '\0';
		enter_section(p, trim(text + 1));
	}
}

/* Says what is wrong with the bytes of a line, if anything */
static bool line_ok(struct parser *p, const char *text, size_t len, size_t max)
{
	size_t i;

	if (len > max) {
		COMPLAIN(p, "a line of %zu bytes is too long; write at most %zu",
			 len, max);
		return false;
	}
	for (i = 0; i < len; i++) {
		unsigned char c = text[i];

		if (!c) {
			COMPLAIN(p, "a NUL byte; a policy is plain text");
			return false;
		}
		if ((c < ' ' && c != '\t') || c == 0x7f) {
			COMPLAIN(p, "a control character, 0x%02x; a policy is plain text",
				 c);
			return false;
		}
	}
	return true;
}

/* A line that libinih was given, and found to be no "key = value" */
static void settle(struct parser *p)
{
	if (p->pending && p->place != IN_UNKNOWN)
		COMPLAIN(p, "neither a section nor a key; write `[section]' or `key = value'");
	p->pending = false;
}

/* The next line of the file, without its end, and its length */
static const char *take_line(struct parser *p, size_t *len)
{
	const char *line = p->pos;
	const char *end = memchr(line, '\n', p->end - line);

	p->line++;
	if (end) {
		p->pos = end + 1;
	} else {
		end = p->end;
		p->pos = end;
	}
	if (end > line && end[-1] == '\r')
		end--;
	if (p->line == 1 && end - line >= 3 && !memcmp(line, "\xef\xbb\xbf", 3))
		line += 3;
	*len = end - line;
	return line;
}

/*
 * Hands libinih one line at a time: all but "key = value" looks empty to it.
 * Never indented, as that would make it go on with the value before.
 */
static char *next_line(char *buf, int size, void *user)
{
	struct parser *p = user;
	const char *line;
	char *text;
	size_t len;

	settle(p);
	if (p->pos == p->end)
		return NULL;
	line = take_line(p, &len);
	/* room for "\n" and NUL, which must not fill the buffer */
	if (!line_ok(p, line, len, size - 3))
		return strcpy(buf, "\n");
	memcpy(buf, line, len);
	buf[len] = '\0';
	cut_comment(buf);
	text = trim(buf);
	if (*text == '[')
		read_header(p, text);
	else if (*text)
		p->pending = true;
	if (!p->pending)
		return strcpy(buf, "\n");
	memmove(buf, text, strlen(text) + 1);
	return strcat(buf, "\n");
}

/* --- the whole ---------------------------------------------------------- */

static bool is_default(const struct policy_section *sec)
{
	return !strcmp(sec->name, "default");
}

static void check_default(struct parser *p, const struct policy_section *sec)
{
	static const enum policy_key match[] = { KEY_USER, KEY_CGROUP };
	const struct policy_section *last;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(match); i++) {
		p->line = sec->line[match[i]];
		if (p->line)
			COMPLAIN(p, "class default takes all the rest and has no `%s'; remove it, or rename the class",
				 keys[match[i]].name);
	}
	last = &p->policy->classes[p->policy->count - 1];
	p->line = sec->at;
	if (sec != last)
		COMPLAIN(p, "class default must be the last, or class %s in line %u would never match; move it to the end",
			 last->name, last->at);
}

static void check_class(struct parser *p, const struct policy_section *sec)
{
	if (is_default(sec)) {
		check_default(p, sec);
		return;
	}
	p->line = sec->at;
	if (sec->line[KEY_USER] || sec->line[KEY_CGROUP])
		return;
	if (!strcasecmp(sec->name, "default"))
		COMPLAIN(p, "class %s has no `match.user' or `match.cgroup'; did you mean [class default]?",
			 sec->name);
	else
		COMPLAIN(p, "class %s has no `match.user' or `match.cgroup'; say whose VMs it takes",
			 sec->name);
}

/* What a file leaves unsaid is said here, not by the kernel */
static void add_default(struct parser *p)
{
	struct policy *policy = p->policy;
	struct policy_section *sec;

	if (p->full)
		return;
	if (policy->count == KVMWARDEN_CLASSES_MAX) {
		p->line = policy->classes[policy->count - 1].at;
		COMPLAIN(p, "too many classes; a policy has at most %d with `default', which is added if missing",
			 KVMWARDEN_CLASSES_MAX);
		return;
	}
	policy->classes = grow(policy->classes, policy->count,
			       sizeof(*policy->classes));
	sec = &policy->classes[policy->count++];
	section_init(sec, 0);
	strcpy(sec->name, "default");
}

static void finish(struct parser *p)
{
	struct policy *policy = p->policy;
	bool has_default = false;
	size_t i;

	for (i = 0; i < policy->count; i++) {
		check_class(p, &policy->classes[i]);
		has_default |= is_default(&policy->classes[i]);
	}
	if (!has_default)
		add_default(p);
	for (i = 0; i < policy->count; i++) {
		struct policy_section *sec = &policy->classes[i];

		if (!sec->line[KEY_MODE])
			sec->mode = policy->top.mode;
	}
}

static void parse(struct policy *policy, const struct source *src,
		  struct complaints *wrong)
{
	struct parser p = {
		.policy = policy,
		.wrong = wrong,
		.pos = src->data,
		.end = src->data + src->len,
		.section = &p.spare,
	};
	int bad;

	/* elsewhere, what the library was built with applies: 200 by default */
#ifdef INI_LINE_SETTABLE
	ini_max_line = LINE_MAX_BYTES + 3;
#endif
	section_init(&p.spare, 0);
	bad = ini_parse_stream(next_line, &p, on_pair, &p);
	if (bad < 0)
		out_of_memory();
	finish(&p);
	if (bad && !wrong->count)
		complaint_add(wrong, bad, text_of("libinih cannot read this line"));
	tdestroy(p.names, free);
	free(p.spare.cgroup);
}

void policy_read(struct policy *policy, const char *path,
		 struct complaints *wrong)
{
	struct source src;
	char *failed;

	*policy = (struct policy) {
		.file = strcmp(path, "-") ? path : "standard input",
	};
	section_init(&policy->top, 0);
	section_init(&policy->host, 0);
	failed = source_read(&src, path);
	if (failed)
		complaint_add(wrong, 0, failed);
	else
		parse(policy, &src, wrong);
	source_free(&src);
	complaints_sort(wrong);
}

void policy_free(struct policy *policy)
{
	size_t i;

	for (i = 0; i < policy->count; i++)
		free(policy->classes[i].cgroup);
	free(policy->classes);
	*policy = (struct policy) { 0 };
}

unsigned int policy_line(const struct policy *policy,
			 const struct policy_section *section,
			 enum kvmwarden_field field)
{
	unsigned int line = 0;

	if (field == KVMWARDEN_FIELD_VERSION)
		line = section->line[KEY_VERSION];
	else if (field == KVMWARDEN_FIELD_MODE)
		line = section->line[KEY_MODE];
	else if (field == KVMWARDEN_FIELD_UID)
		line = section->line[KEY_USER];
	else if (field == KVMWARDEN_FIELD_DENY)
		line = section->line[KEY_NESTED];
	else if (field == KVMWARDEN_FIELD_REVOKE)
		line = section->line[KEY_REVOKE];
	else if (field == KVMWARDEN_FIELD_CGROUP)
		line = section->line[KEY_CGROUP];
	/* a mode may be inherited */
	if (!line && field == KVMWARDEN_FIELD_MODE)
		line = policy->top.line[KEY_MODE];
	return line ? line : section->at;
}
