// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often, and why, something was refused.
 */
#include <stdio.h>
#include <stdlib.h>

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

char *denial_text(const struct kvmwarden_denials *d, unsigned int reason)
{
	unsigned long long denied = d->denied[reason];
	unsigned long long permitted = d->permitted[reason];
	const char *text = reason_name(reason).text;

	if (!permitted)
		return text_of("%s: refused %llu time%s", text, denied,
			       plural(denied));
	if (!denied)
		return text_of("%s: let through %llu time%s", text, permitted,
			       plural(permitted));
	return text_of("%s: refused %llu time%s, let through %llu time%s",
		       text, denied, plural(denied), permitted,
		       plural(permitted));
}

void denials_print(const char *head, const struct kvmwarden_denials *d,
		   denial_more more, const void *data)
{
	const char *lead = head;
	char *text;
	int i;

	for (i = 0; i < KVMWARDEN_REASONS_MAX; i++) {
		if (!d->denied[i] && !d->permitted[i])
			continue;
		text = denial_text(d, i);
		printf("%-10s %s\n", lead, text);
		free(text);
		lead = "";
		if (more)
			more(i, data);
	}
	if (lead == head)
		printf("%-10s none\n", head);
}
