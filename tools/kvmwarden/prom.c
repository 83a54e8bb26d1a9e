// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text format of Prometheus.
 */
#include <string.h>

#include "prom.h"
#include "utf8.h"

static void metric(struct prom *p, const char *type, const char *name,
		   const char *help)
{
	p->type = type;
	snprintf(p->name, sizeof(p->name), "%s", name);
	snprintf(p->help, sizeof(p->help), "%s", help);
	p->begun = false;
}

void prom_gauge(struct prom *p, const char *name, const char *help)
{
	metric(p, "gauge", name, help);
}

void prom_counter(struct prom *p, const char *name, const char *help)
{
	metric(p, "counter", name, help);
}

void prom_begin(struct prom *p)
{
	if (!p->begun)
		fprintf(p->to, "# HELP %s %s\n# TYPE %s %s\n", p->name, p->help,
			p->name, p->type);
	p->begun = true;
	p->labelled = false;
	fputs(p->name, p->to);
}

void prom_end(struct prom *p, __u64 value)
{
	fprintf(p->to, "%s %llu\n", p->labelled ? "}" : "",
		(unsigned long long)value);
}

void prom_single(struct prom *p, const char *name, const char *help,
		 __u64 value)
{
	prom_gauge(p, name, help);
	prom_begin(p);
	prom_end(p, value);
}

/* --- labels --------------------------------------------------------------- */

/* Control characters, of which UTF-8 has some beyond ASCII, do harm */
static bool is_control(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	if (c[0] == 0xc2)
		return c[1] < 0xa0;
	return (c[0] < ' ' && c[0] != '\n') || c[0] == 0x7f;
}

static bool is_plain(const char *text)
{
	if (!is_utf8(text))
		return false;
	for (; *text; text++) {
		if (is_control(text))
			return false;
	}
	return true;
}

/* Of a byte: what the format would take for its own */
static void print_byte(FILE *to, char byte)
{
	if (byte == '\n')
		fputs("\\n", to);
	else if (byte == '\\' || byte == '"')
		fprintf(to, "\\%c", byte);
	else
		putc(byte, to);
}

/*
 * Two texts never become one, for a scrape with the same sample twice is
 * refused as a whole, and others choose the names of cgroups: those that are as
 * they are begin with a slash.
 */
static void print_escaped(FILE *to, const char *text)
{
	fputs("escaped:", to);
	for (; *text; text++) {
		if (*text >= ' ' && *text <= '~' && *text != '\\' &&
		    *text != '"')
			putc(*text, to);
		else
			fprintf(to, "\\\\x%02x", (unsigned char)*text);
	}
}

static void begin_label(struct prom *p, const char *name)
{
	fprintf(p->to, "%c%s=\"", p->labelled ? ',' : '{', name);
	p->labelled = true;
}

void prom_label(struct prom *p, const char *name, const char *value)
{
	begin_label(p, name);
	if (!is_plain(value))
		print_escaped(p->to, value);
	else
		for (; *value; value++)
			print_byte(p->to, *value);
	putc('"', p->to);
}

void prom_label_number(struct prom *p, const char *name, __u64 value)
{
	begin_label(p, name);
	fprintf(p->to, "%llu\"", (unsigned long long)value);
}
