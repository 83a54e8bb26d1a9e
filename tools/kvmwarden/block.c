// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a block device encrypted, by itself or by what is below it?
 */
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "tool.h"

#define DEPTH_MAX	16		/* of devices on devices */

static enum block_state state_at(const struct host *host, const char *dir,
				 int depth);

static bool is_crypt(const struct host *host, const char *dir)
{
	char *path = text_of("%s/dm/uuid", dir);
	char *uuid = host_line(host, path);
	bool crypt = uuid && !strncmp(uuid, "CRYPT-", 6);

	free(uuid);
	free(path);
	return crypt;
}

/* Encrypted if all are that it lies on, and it lies on any */
static enum block_state state_below(const struct host *host, const char *dir,
				    int depth)
{
	enum block_state state = BLOCK_PLAIN;
	char *path = text_of("%s/slaves", dir);
	struct host_names names;
	size_t i;

	host_list(host, path, &names);
	for (i = 0; i < names.count; i++) {
		char *below = text_of("%s/%s", path, names.list[i]);

		state = state_at(host, below, depth + 1);
		free(below);
		if (state != BLOCK_ENCRYPTED)
			break;
	}
	host_names_free(&names);
	free(path);
	return state;
}

static enum block_state state_at(const struct host *host, const char *dir,
				 int depth)
{
	if (depth > DEPTH_MAX || !host_has(host, dir))
		return BLOCK_UNKNOWN;
	if (is_crypt(host, dir))
		return BLOCK_ENCRYPTED;
	return state_below(host, dir, depth);
}

/* zram may have a device to put pages on */
static enum block_state zram_state(const struct host *host, const char *name)
{
	char *path = text_of("/sys/class/block/%s/backing_dev", name);
	char *backing = host_line(host, path);
	bool memory = !backing || !strcmp(backing, "none");
	enum block_state state = memory ? BLOCK_MEMORY :
					  block_state(host, backing);

	free(backing);
	free(path);
	return state;
}

enum block_state block_state(const struct host *host, const char *device)
{
	const char *slash = strrchr(device, '/');
	const char *name = slash ? slash + 1 : device;
	enum block_state state;
	char *dir;

	if (!strncmp(device, "/dev/zram", 9))
		return zram_state(host, name);
	dir = text_of("/sys/class/block/%s", name);
	state = state_at(host, dir, 0);
	free(dir);
	return state;
}

/* --- files ----------------------------------------------------------------- */

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (!strcmp(dir, "/"))
		return true;
	return !strncmp(path, dir, len) && (path[len] == '/' || !path[len]);
}

/*
 * "36 35 254:0 / /var rw - ext4 /dev/dm-0 rw": sets *@device to "254:0" if
 * @path lies there, and not in what was found before, below *@best
 */
static void try_mount(char *line, const char *path, size_t *best,
		      char device[32])
{
	char number[32], *dir = NULL;

	if (sscanf(line, "%*s %*s %31s %*s %ms", number, &dir) == 2 &&
	    is_below(path, dir) && strlen(dir) >= *best) {
		*best = strlen(dir);
		strcpy(device, number);
	}
	free(dir);
}

enum block_state block_state_of_file(const struct host *host, const char *path)
{
	FILE *mounts = host_file(host, "/proc/1/mountinfo");
	char device[32] = "", *line, *dir;
	enum block_state state;
	size_t best = 0;

	while (mounts && next_line(mounts, &line)) {
		try_mount(line, path, &best, device);
		free(line);
	}
	if (mounts)
		fclose(mounts);
	/* "0:26" of btrfs and the like is no device */
	if (!*device || !strncmp(device, "0:", 2))
		return BLOCK_UNKNOWN;
	dir = text_of("/sys/dev/block/%s", device);
	state = state_at(host, dir, 0);
	free(dir);
	return state;
}
