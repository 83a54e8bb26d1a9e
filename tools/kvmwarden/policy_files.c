// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which files a policy is read from.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy_parse.h"
#include "source.h"
#include "tool.h"

#define SUFFIX	".conf"

struct files {
	struct policy_reader reader;
	size_t left;			/* bytes that may still be read */
	bool failed;
};

struct names {
	char **list;
	size_t count;
};

static void fail(struct files *files, const char *file, char *text)
{
	complaint_add(files->reader.wrong, file, 0, text);
	files->failed = true;
}

static void fail_open(struct files *files, const char *file)
{
	fail(files, file, text_of("cannot be opened: %s", strerror(errno)));
}

static void read_fd(struct files *files, const char *file, int fd)
{
	struct source src;
	char *wrong;

	wrong = source_read(&src, fd, files->left);
	if (wrong) {
		fail(files, file, wrong);
	} else {
		files->left -= src.len;
		policy_read_data(&files->reader, file, src.data, src.len);
	}
	source_free(&src);
}

/* --- directories ---------------------------------------------------------- */

static bool is_wanted(const char *name)
{
	size_t len = strlen(name);

	return *name != '.' && len > strlen(SUFFIX) &&
	       !strcmp(name + len - strlen(SUFFIX), SUFFIX);
}

/* As in the C locale, whatever that of the caller is */
static int by_bytes(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* 0 or a negative errno */
static int list_names(DIR *dir, struct names *names)
{
	const struct dirent *entry;

	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (!is_wanted(entry->d_name))
			continue;
		names->list = grow(names->list, names->count,
				   sizeof(*names->list));
		names->list[names->count++] = copy_of(entry->d_name);
	}
	if (errno)
		return -errno;
	if (names->count)
		qsort(names->list, names->count, sizeof(*names->list),
		      by_bytes);
	return 0;
}

/* Of a directory only files, which do not make us wait or do anything */
static int open_regular(int dir, const char *name)
{
	struct stat st;
	int fd;

	if (fstatat(dir, name, &st, 0))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void read_member(struct files *files, int dir, const char *path,
			const char *name)
{
	char *full = text_of("%s%s%s", path,
			     path[strlen(path) - 1] == '/' ? "" : "/", name);
	const char *file = policy_read_file(&files->reader, full);
	int fd = open_regular(dir, name);

	free(full);
	if (fd == -EINVAL) {
		fail(files, file,
		     text_of("is not a regular file; remove it, or rename it so that it does not end in `%s'",
			     SUFFIX));
	} else if (fd < 0) {
		errno = -fd;
		fail_open(files, file);
	} else {
		read_fd(files, file, fd);
		close(fd);
	}
}

/* All that belongs to a policy in the directory that is open as @fd */
static void read_directory(struct files *files, const char *path, int fd)
{
	DIR *dir = fdopendir(fd);
	struct names names = { 0 };
	int error;
	size_t i;

	if (!dir)
		out_of_memory();
	error = list_names(dir, &names);
	if (error)
		fail(files, policy_read_file(&files->reader, path),
		     text_of("cannot be read: %s", strerror(-error)));
	for (i = 0; i < names.count; i++) {
		if (!error)
			read_member(files, dirfd(dir), path, names.list[i]);
		free(names.list[i]);
	}
	free(names.list);
	closedir(dir);
}

/* --- what was asked for --------------------------------------------------- */

static void read_named_directory(struct files *files, const char *path, int fd)
{
	const struct policy *policy = files->reader.policy;

	read_directory(files, path, fd);
	if (!policy->nr_files)
		fail(files, policy_read_file(&files->reader, path),
		     text_of("is a directory without any *%s; name a file, or a directory that has some",
			     SUFFIX));
}

static void read_named(struct files *files, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	const char *file;

	if (fd >= 0 && !fstat(fd, &st) && S_ISDIR(st.st_mode)) {
		read_named_directory(files, path, fd);
		return;
	}
	file = policy_read_file(&files->reader, path);
	if (fd < 0) {
		fail_open(files, file);
		return;
	}
	read_fd(files, file, fd);
	close(fd);
}

static void read_standard(struct files *files)
{
	read_fd(files, policy_read_file(&files->reader, "standard input"),
		STDIN_FILENO);
}

/* True if it is not there */
static bool read_policy_file(struct files *files, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *file;

	if (fd < 0 && errno == ENOENT)
		return true;
	file = policy_read_file(&files->reader, path);
	if (fd < 0) {
		fail_open(files, file);
		return false;
	}
	read_fd(files, file, fd);
	close(fd);
	return false;
}

static void read_policy_dir(struct files *files, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		read_directory(files, path, fd);
	else if (errno != ENOENT)
		fail_open(files, policy_read_file(&files->reader, path));
}

static void read_host(struct files *files, const char *root)
{
	struct policy *policy = files->reader.policy;
	char *file = text_of("%s" POLICY_FILE, root);
	char *dir = text_of("%s" POLICY_DIR, root);
	bool missing = read_policy_file(files, file);

	read_policy_dir(files, dir);
	if (!policy->nr_files)
		fail(files, policy_read_file(&files->reader, file),
		     text_of("does not exist, and there is no " POLICY_DIR "/*%s; write one, or name a file",
			     SUFFIX));
	if (policy->nr_files == 1)
		policy->file = policy->files[0];
	else
		policy->file = missing ? POLICY_DIR : POLICY_HOME;
	free(file);
	free(dir);
}

void policy_read_host(struct policy *policy, const char *root,
		      struct complaints *wrong)
{
	struct files files = { .left = SOURCE_MAX };

	policy_read_begin(&files.reader, policy, wrong);
	read_host(&files, root);
	policy_read_end(&files.reader, !files.failed);
}

void policy_read(struct policy *policy, const char *path,
		 struct complaints *wrong)
{
	struct files files = { .left = SOURCE_MAX };

	if (!path) {
		policy_read_host(policy, "", wrong);
		return;
	}
	policy_read_begin(&files.reader, policy, wrong);
	if (!strcmp(path, "-"))
		read_standard(&files);
	else
		read_named(&files, path);
	policy->file = strcmp(path, "-") ? path : "standard input";
	policy_read_end(&files.reader, !files.failed);
}
