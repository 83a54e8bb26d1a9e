// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often, and why, something was refused.
 */
#include <stdio.h>

#include "denial.h"
#include "names.h"
#include "tool.h"

static __u64 sum_of(const __u64 count[KVMWARDEN_REASONS_MAX])
{
	__u64 sum = 0;
	int i;

	for (i = 0; i < KVMWARDEN_REASONS_MAX; i++)
		sum += count[i];
	return sum;
}

__u64 denials_sum(const struct kvmwarden_denials *d)
{
	return sum_of(d->denied);
}

__u64 permits_sum(const struct kvmwarden_denials *d)
{
	return sum_of(d->permitted);
}

static void print_times(const char *what, unsigned long long n)
{
	printf("%s %llu time%s", what, n, plural(n));
}

void denials_print(const char *head, const struct kvmwarden_denials *d,
		   denial_more more, const void *data)
{
	const char *lead = head;
	int i;

	for (i = 0; i < KVMWARDEN_REASONS_MAX; i++) {
		if (!d->denied[i] && !d->permitted[i])
			continue;
		printf("%-10s %s: ", lead, reason_name(i).text);
		if (d->denied[i])
			print_times("refused", d->denied[i]);
		if (d->denied[i] && d->permitted[i])
			printf(", ");
		if (d->permitted[i])
			print_times("let through", d->permitted[i]);
		putchar('\n');
		lead = "";
		if (more)
			more(i, data);
	}
	if (lead == head)
		printf("%-10s none\n", head);
}
