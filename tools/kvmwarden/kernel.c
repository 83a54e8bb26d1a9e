// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which kernel runs, and which Linux it was made of.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "tool.h"

#define DIGITS	"0123456789"

/* "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)" */
static char *debian_version(const char *build)
{
	static const char mark[] = " Debian ";
	const char *start = strstr(build, mark);
	char *version;

	if (!start)
		return NULL;
	start += strlen(mark);
	version = text_of("%.*s", (int)strcspn(start, " ("), start);
	/* Debian's has no epoch: whoever gives it one is somebody else */
	if (isdigit((unsigned char)*version) && !strchr(version, ':') &&
	    strchr(version, '-'))
		return version;
	free(version);
	return NULL;
}

/* 6.12.95 of 6.12.95-cloud, 7.2~rc3 of 7.2.0-rc3-00123-gabcdef */
static char *upstream_of_release(const char *release)
{
	int len = strspn(release, DIGITS ".");
	const char *rest = release + len;

	if (strncmp(rest, "-rc", 3) || !isdigit((unsigned char)rest[3]))
		return text_of("%.*s", len, release);
	if (len > 2 && !strncmp(rest - 2, ".0", 2))
		len -= 2;
	return text_of("%.*s~rc%.*s", len, release,
		       (int)strspn(rest + 3, DIGITS), rest + 3);
}

static char *upstream_of_package(const char *version)
{
	const char *dash = strrchr(version, '-');

	return text_of("%.*s", (int)(dash - version), version);
}

bool kernel_read(struct kernel *kernel, const struct host *host)
{
	char *build = host_line(host, "/proc/sys/kernel/version");

	*kernel = (struct kernel) {
		.release = host_line(host, "/proc/sys/kernel/osrelease"),
	};
	if (!kernel->release || !isdigit((unsigned char)*kernel->release)) {
		free(build);
		return false;
	}
	if (build)
		kernel->debian = debian_version(build);
	if (kernel->debian)
		kernel->upstream = upstream_of_package(kernel->debian);
	else
		kernel->upstream = upstream_of_release(kernel->release);
	free(build);
	return true;
}

void kernel_free(struct kernel *kernel)
{
	free(kernel->release);
	free(kernel->upstream);
	free(kernel->debian);
	*kernel = (struct kernel) { 0 };
}
