// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: guests' memory and disks, in files.
 */
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "repair.h"
#include "tree.h"

/* Where memory and devices of guests are kept */
static const char *const state_dirs[] = {
	"/var/lib/libvirt/qemu/save", "/var/lib/libvirt/qemu/snapshot",
	"/var/lib/libvirt/qemu/dump", "/var/lib/libvirt/qemu/ram", NULL
};

/* ... and disks */
static const char *const image_dirs[] = {
	"/var/lib/libvirt/images", "/var/lib/vz/images",
	"/var/lib/nova/instances", "/var/lib/one/datastores",
	"/var/lib/incus/storage-pools", "/var/lib/lxd/storage-pools", NULL
};

/* What is open in some directories */
struct open_files {
	const struct host *host;
	bool exist;			/* any of the directories */
	size_t seen;
	struct several readable;
	struct several writable;
	int ret;			/* of what mended them */
};

static void note_open(const struct tree_file *file, void *data)
{
	struct open_files *open = data;

	open->seen++;
	if (file->st.st_mode & 02)
		several_add(&open->writable, "%s", brief(file->path));
	else if (file->st.st_mode & 04)
		several_add(&open->readable, "%s", brief(file->path));
}

/* Those that users get to; false: some could not be looked at */
static bool look_for_open(struct open_files *open, const struct host *host,
			  const char *const *dirs, tree_visit visit)
{
	bool all = true;

	*open = (struct open_files) { .host = host };
	for (; *dirs; dirs++) {
		open->exist |= host_has(host, *dirs);
		all &= tree_walk(host, *dirs, visit, open);
	}
	return all;
}

static void free_open(struct open_files *open)
{
	several_free(&open->readable);
	several_free(&open->writable);
}

static void none_open(const struct open_files *open, bool all,
		      struct finding *f)
{
	if (!all)
		finding_set(f, LEVEL_NOTE, "not known: some cannot be seen; run this as root");
	else if (!open->exist)
		finding_set(f, LEVEL_NA, "there are none where they usually are");
	else
		finding_set(f, LEVEL_OK, "none of %zu that users get to",
			    open->seen);
}

static void check_saved_state(const struct subject *s, struct finding *f)
{
	struct open_files open;
	bool all = look_for_open(&open, &s->host, state_dirs, note_open);
	struct several *which = open.writable.count ? &open.writable :
						      &open.readable;

	if (which->count) {
		finding_set(f, LEVEL_PROBLEM, "every user may %s %s",
			    which == &open.writable ? "change" : "read",
			    which->text);
		finding_help(f, "Close them, and the directories that they are in:");
		finding_help(f, "    find /var/lib/libvirt/qemu -type f -links 1 -perm /o=rwx \\");
		finding_help(f, "        -exec chmod o-rwx {} +");
		finding_help(f, "    chmod o-rwx /var/lib/libvirt/qemu");
	} else {
		none_open(&open, all, f);
	}
	free_open(&open);
}

/*
 * What has a second name may be another's file, that a VMM which was taken over
 * has linked to here.
 */
static void close_file(const struct tree_file *file, void *data)
{
	struct open_files *open = data;
	int ret;

	if (!(file->st.st_mode & 07))
		return;
	if (file->st.st_nlink > 1) {
		say_error("%s: has other names, and is left alone",
			  printable(file->path));
		return;
	}
	ret = repair_mode_of(open->host, file->fd, file->path, 07);
	open->ret = open->ret ? open->ret : ret;
}

static int fix_saved_state(const struct subject *s)
{
	struct open_files open;

	look_for_open(&open, &s->host, state_dirs, close_file);
	return open.ret;
}

static bool is_public(const char *path)
{
	size_t len = strlen(path);

	return len > 4 && !strcasecmp(path + len - 4, ".iso");
}

static void note_image(const struct tree_file *file, void *data)
{
	if (!is_public(file->path))
		note_open(file, data);
}

static void check_images(const struct subject *s, struct finding *f)
{
	struct open_files open;
	bool all = look_for_open(&open, &s->host, image_dirs, note_image);

	if (open.writable.count)
		finding_set(f, LEVEL_PROBLEM, "every user may change %s",
			    open.writable.text);
	else if (open.readable.count)
		finding_set(f, LEVEL_WARNING, "every user may read %s",
			    open.readable.text);
	else
		none_open(&open, all, f);
	if (open.writable.count || open.readable.count) {
		finding_help(f, "Where the VMM runs as the owner or in the group of the image, close it:");
		finding_help(f, "    chmod o-rwx IMAGE");
		finding_help(f, "A base image that VMMs of several users read needs a group of theirs.");
	}
	free_open(&open);
}

/* --- the table ------------------------------------------------------------- */

static const struct check checks[] = {
	{
		.id = "saved-state",
		.worst = LEVEL_PROBLEM,
		.title = "are saved guests closed to users?",
		.why = "A saved guest is its memory, with its keys. Changed, it attacks the VMM that loads it.",
		.reference = "virsh(1), save and managedsave",
		.run = check_saved_state,
		.fix = fix_saved_state,
	}, {
		.id = "disk-images",
		.worst = LEVEL_PROBLEM,
		.title = "are disk images closed to users?",
		.why = "Whoever reads one has all that the guest wrote; whoever writes it has the guest.",
		.reference = "QEMU: docs/system/security.rst (isolation mechanisms)",
		.run = check_images,
	},
};

const struct check_group files_group = {
	"files", checks, ARRAY_SIZE(checks)
};
