// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of policy files, and what it must agree on with the printer: a
 * policy that is read without a complaint can be printed, what was printed is
 * read again without one, and then printed the same. A form feed, which no
 * file may hold, begins another file of the same policy.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "policy_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_files(struct policy *policy, const char *data, size_t size,
		       struct complaints *wrong)
{
	struct policy_reader reader;
	const char *end;

	policy_read_begin(&reader, policy, wrong);
	policy->file = "input";
	for (;;) {
		end = size ? memchr(data, '\f', size) : NULL;
		policy_read_data(&reader, policy_read_file(&reader, "part"),
				 data, end ? (size_t)(end - data) : size);
		if (!end)
			break;
		size -= end + 1 - data;
		data = end + 1;
	}
	policy_read_end(&reader, true);
}

static void print(const struct policy *policy, char **text, size_t *len)
{
	FILE *to = open_memstream(text, len);

	if (!to || !policy_printable(policy))
		abort();
	policy_print(policy, to);
	if (fclose(to))
		abort();
}

static void check_round_trip(const struct policy *policy)
{
	struct complaints wrong = { 0 };
	size_t len, len_again;
	char *text, *again;
	struct policy copy;

	print(policy, &text, &len);
	policy_read_text(&copy, "printed", text, len, &wrong);
	complaints_print(&wrong, "printed", stderr);
	if (wrong.count)
		abort();
	print(&copy, &again, &len_again);
	if (len != len_again || memcmp(text, again, len)) {
		fprintf(stderr, "printed:\n%s\nand again:\n%s", text, again);
		abort();
	}
	free(text);
	free(again);
	policy_free(&copy);
}

static void print_complaints(const struct complaints *wrong)
{
	size_t len;
	char *text;
	FILE *to;

	to = open_memstream(&text, &len);
	if (!to)
		abort();
	complaints_print(wrong, "input", to);
	fclose(to);
	/* whatever was in the files, it does not reach the terminal */
	while (len--) {
		if (text[len] != '\n' && (text[len] < ' ' || text[len] > '~'))
			abort();
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct complaints wrong = { 0 }, warnings = { 0 };
	struct policy policy;

	read_files(&policy, (const char *)data, size, &wrong);
	if (wrong.count) {
		print_complaints(&wrong);
	} else {
		policy_warn(&policy, &warnings);
		print_complaints(&warnings);
		check_round_trip(&policy);
	}
	complaints_free(&wrong);
	complaints_free(&warnings);
	policy_free(&policy);
	return 0;
}
