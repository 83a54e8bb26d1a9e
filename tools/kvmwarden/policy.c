// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the text of a policy.
 *
 * libinih takes "key = value" apart. Lines and section headers are read here,
 * because libinih cuts section names to 49 bytes, does not tell of sections
 * without keys, and knows no line numbers.
 */
#include <ctype.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_keys.h"
#include "policy_parse.h"
#include "policy_sections.h"
#include "spell.h"
#include "tool.h"

/* Room for the longest cgroup pattern, and to say that it is too long */
#define LINE_MAX_BYTES	8192

#define SECTIONS	"[policy], [host], [cgroup PATTERN] or [class NAME]"

static const struct {
	enum policy_place place;
	const char *name;
	const char *written;
} places[] = {
	{ IN_POLICY,	"policy",	"policy" },
	{ IN_HOST,	"host",		"host" },
	{ IN_CGROUP,	"cgroup",	"cgroup PATTERN" },
	{ IN_CLASS,	"class",	"class NAME" },
};

/* One file */
struct parser {
	struct sections sections;	/* where its sections go */
	const char *pos, *end;		/* what is left of the file */
	bool pending;			/* libinih has yet to take the line */
	bool outside;			/* before the first section */
	struct policy_section *section;	/* NULL after a bad header: ignored */
};

#define COMPLAIN(p, ...) \
	sections_complain(&(p)->sections, text_of(__VA_ARGS__))

/* --- keys --------------------------------------------------------------- */

/* The nearest is not sought in vain: a file may be nothing but wrong keys */
static void complain_key(struct parser *p, const char *name)
{
	bool unheard = complaints_full(p->sections.reader->wrong);

	sections_complain(&p->sections, unheard ? NULL :
			  policy_row_unknown(name, p->section->place));
}

static void take_pair(struct parser *p, const char *name, const char *value)
{
	struct policy_section *sec = p->section;
	const struct policy_row *row = policy_row_find(name, sec->place);
	struct policy_line *line;
	char *wrong;

	if (!row) {
		complain_key(p, name);
		return;
	}
	line = &sec->key[row->key];
	/* that of an earlier file is overridden */
	if (line->line && line->file == p->sections.at.file) {
		COMPLAIN(p, "a second `%s' in this section, after line %u; remove one",
			 name, line->line);
		return;
	}
	*line = p->sections.at;
	wrong = policy_row_set(row, sec, value);
	if (wrong)
		sections_complain(&p->sections, wrong);
}

static int on_pair(void *user, const char *section, const char *name,
		   const char *value)
{
	struct parser *p = user;

	(void)section;
	p->pending = false;
	if (!*name)
		COMPLAIN(p, "no key before `='; write `key = value'");
	else if (p->outside)
		COMPLAIN(p, "`%s' stands before any section; begin with "
			 SECTIONS, brief(name));
	else if (p->section)
		take_pair(p, name, value);
	return 1;
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

static void complain_section(struct parser *p, const char *name)
{
	struct guess guess;
	size_t i;

	guess_start(&guess, name);
	for (i = 0; i < ARRAY_SIZE(places); i++)
		guess_try(&guess, places[i].name);
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (guess.nearest != places[i].name)
			continue;
		COMPLAIN(p, "unknown section [%s]; did you mean [%s]?",
			 brief(name), places[i].written);
		return;
	}
	COMPLAIN(p, "unknown section [%s]; write " SECTIONS, brief(name));
}

static void enter_section(struct parser *p, char *name)
{
	char *rest = name + strcspn(name, " \t");
	size_t i;

	if (*rest) {
		*rest++ = '\0';
		rest += strspn(rest, " \t");
	}
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (strcmp(name, places[i].name))
			continue;
		p->section = section_enter(&p->sections, places[i].place, rest);
		return;
	}
	complain_section(p, name);
}

static void read_header(struct parser *p, char *text)
{
	/* the last one: a pattern may have others */
	char *close = strrchr(text, ']');

	p->outside = false;
	p->section = NULL;
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
	if (p->pending && (p->outside || p->section))
		COMPLAIN(p, "neither a section nor a key; write `[section]' or `key = value'");
	p->pending = false;
}

/* The next line of the file, without its end, and its length */
static const char *take_line(struct parser *p, size_t *len)
{
	const char *line = p->pos;
	const char *end = memchr(line, '\n', p->end - line);

	p->sections.at.line++;
	if (end) {
		p->pos = end + 1;
	} else {
		end = p->end;
		p->pos = end;
	}
	if (end > line && end[-1] == '\r')
		end--;
	if (p->sections.at.line == 1 && end - line >= 3 &&
	    !memcmp(line, "\xef\xbb\xbf", 3))
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

void policy_read_data(struct policy_reader *reader, const char *file,
		      const char *data, size_t len)
{
	size_t before = reader->wrong->count + reader->wrong->dropped;
	struct parser p = {
		.pos = data,
		.end = data + len,
		.outside = true,
	};
	int bad;

	/* elsewhere, what the library was built with applies: 200 by default */
#ifdef INI_LINE_SETTABLE
	ini_max_line = LINE_MAX_BYTES + 3;
#endif
	sections_begin(&p.sections, reader, file);
	bad = ini_parse_stream(next_line, &p, on_pair, &p);
	if (bad < 0)
		out_of_memory();
	sections_end(&p.sections);
	if (bad && reader->wrong->count + reader->wrong->dropped == before)
		complaint_add(reader->wrong, file, bad,
			      text_of("libinih cannot read this line"));
}

void policy_read_text(struct policy *policy, const char *name, const char *data,
		      size_t len, struct complaints *wrong)
{
	struct policy_reader reader;

	policy_read_begin(&reader, policy, wrong);
	policy->file = policy_read_file(&reader, name);
	policy_read_data(&reader, policy->file, data, len);
	policy_read_end(&reader, true);
}

const struct policy_section *policy_class(const struct policy *policy,
					  const char *name)
{
	size_t i;

	for (i = 0; i < policy->count; i++) {
		if (!strcmp(policy->classes[i].name, name))
			return &policy->classes[i];
	}
	return NULL;
}

void policy_free(struct policy *policy)
{
	size_t i;

	for (i = 0; i < policy->count; i++)
		policy_section_free(&policy->classes[i]);
	for (i = 0; i < policy->nr_cgroups; i++)
		policy_section_free(&policy->cgroups[i]);
	for (i = 0; i < policy->nr_files; i++)
		free(policy->files[i]);
	free(policy->classes);
	free(policy->cgroups);
	free(policy->files);
	*policy = (struct policy) { 0 };
}
