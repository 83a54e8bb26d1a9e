// SPDX-License-Identifier: GPL-2.0
/* Runs the KUnit suites that it was linked with: unit [PARAM=N]... [SUITE]... */
#include <stdarg.h>

#include <kunit/test.h>

struct shim_allocation {
	struct shim_allocation *next;
	u64 memory[];
};

struct param {
	const char *name;
	unsigned int *value;
};

static struct kunit_suite *suites;
static struct param params[16];
static unsigned int nr_params;
static unsigned int cases, failed;

void shim_suite_add(struct kunit_suite *suite)
{
	struct kunit_suite **at = &suites;

	while (*at && strcmp((*at)->name, suite->name) < 0)
		at = &(*at)->next;
	suite->next = *at;
	*at = suite;
}

void shim_param(const char *name, unsigned int *value)
{
	BUG_ON(nr_params == ARRAY_SIZE(params));
	params[nr_params++] = (struct param) { name, value };
}

static bool set_param(const char *setting)
{
	const char *value = strchr(setting, '=');
	unsigned int i;

	if (!value)
		return false;
	for (i = 0; i < nr_params; i++) {
		if (strlen(params[i].name) != (size_t)(value - setting) ||
		    strncmp(params[i].name, setting, value - setting))
			continue;
		*params[i].value = strtoul(value + 1, NULL, 0);
		return true;
	}
	fprintf(stderr, "%s: no such parameter\n", setting);
	exit(2);
}

void shim_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
}

void shim_failed(struct kunit *test, bool fatal, const char *file, int line,
		 const char *what, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# %s:%d: not true: %s: ", file, line, what);
	vprintf(format, args);
	printf("\n");
	va_end(args);
	test->failures++;
	if (fatal)
		longjmp(test->end, 1);
}

void *kunit_kcalloc(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	struct shim_allocation *allocation;

	allocation = calloc(1, sizeof(*allocation) + n * size);
	BUG_ON(!allocation);
	allocation->next = test->allocations;
	test->allocations = allocation;
	return allocation->memory;
}

static void free_allocations(struct kunit *test)
{
	struct shim_allocation *next;

	for (; test->allocations; test->allocations = next) {
		next = test->allocations->next;
		free(test->allocations);
	}
}

static void run_case(const struct kunit_suite *suite,
		     const struct kunit_case *which)
{
	struct kunit test = { .name = which->name };
	u64 begun = ktime_get_ns();

	if (!setjmp(test.end)) {
		if (suite->init && suite->init(&test))
			shim_failed(&test, true, __FILE__, __LINE__,
				    suite->name, "cannot begin");
		which->run_case(&test);
	}
	if (suite->exit)
		suite->exit(&test);
	free_allocations(&test);
	if (shim_atomic) {
		shim_say("it has left preemption off");
		test.failures++;
		shim_atomic = 0;
	}
	failed += !!test.failures;
	printf("%sok %u - %s: %s # %llu ms\n", test.failures ? "not " : "",
	       ++cases, suite->name, which->name,
	       (ktime_get_ns() - begun) / NSEC_PER_MSEC);
}

static bool chosen(const struct kunit_suite *suite, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, suite->name))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const struct kunit_case *which;
	struct kunit_suite *suite;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (argv++; *argv && set_param(*argv); argv++)
		;
	printf("TAP version 13\n");
	for (suite = suites; suite; suite = suite->next) {
		if (!chosen(suite, argv))
			continue;
		for (which = suite->test_cases; which->name; which++)
			run_case(suite, which);
	}
	printf("1..%u\n", cases);
	return failed || !cases;
}
