// SPDX-License-Identifier: GPL-2.0
/* In the place of libsystemd.so.0: what is sent is added to $FAKE_JOURNAL. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>

int sd_journal_sendv(const struct iovec *fields, int count);

int sd_journal_sendv(const struct iovec *fields, int count)
{
	FILE *file = fopen(getenv("FAKE_JOURNAL"), "a");
	int i;

	if (!file)
		return -errno;
	for (i = 0; i < count; i++) {
		fwrite(fields[i].iov_base, 1, fields[i].iov_len, file);
		fputc('\n', file);
	}
	fputc('\n', file);
	return fclose(file) ? -errno : 0;
}
