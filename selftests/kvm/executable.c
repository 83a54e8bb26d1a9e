// SPDX-License-Identifier: GPL-2.0
/*
 * Classes by executable: it is a file that counts, neither its name nor what is
 * in it.
 *
 * Called with "run", it is what is executed from here and there: it creates VMs
 * when told to.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest.h"
#include "fixture.h"
#include "vmm.h"

/* a filesystem of its own, gone when the test is over */
#define DIR		"/tmp/kwexe"
#define A		DIR "/a"
#define B		DIR "/b"

/* how many files to make until one has a number that another had */
#define TRIES		1000

/**
 * struct runner - a process that runs a file
 * @pid: its process id
 * @orders: one byte each
 * @answers: one int64_t each
 */
struct runner {
	pid_t pid;
	int orders;
	int answers;
};

#define ORDER_VM	'v'	/* create a VM: its fd, or -errno */
#define ORDER_SLOT	's'	/* give it memory: 0 or -errno */
#define ORDER_EXEC	'x'	/* become KW_NEXT; answered by ORDER_VM */

static void next_image(int vm)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", vm);
	setenv("KW_VM", number, 1);
	execl(getenv("KW_NEXT"), "next", "run", NULL);
}

static int run(void)
{
	const char *inherited = getenv("KW_VM");
	int device = atoi(getenv("KW_KVM"));
	int vm = inherited ? atoi(inherited) : -1;
	int64_t answer;
	char order;

	while (read(STDIN_FILENO, &order, 1) == 1) {
		answer = -EINVAL;
		if (order == ORDER_EXEC) {
			fcntl(vm, F_SETFD, 0);
			next_image(vm);
		} else if (order == ORDER_VM) {
			vm = vmm_vm(device);
			answer = vm;
		} else if (order == ORDER_SLOT) {
			answer = vmm_slot(vm, 0, 0, 0, VMM_PAGE);
		}
		if (write(STDOUT_FILENO, &answer, sizeof(answer)) !=
		    sizeof(answer))
			break;
	}
	return 0;
}

static int64_t runner_tell(const struct runner *runner, char order)
{
	int64_t answer;

	if (write(runner->orders, &order, 1) != 1 ||
	    read(runner->answers, &answer, sizeof(answer)) != sizeof(answer))
		return -EPIPE;
	return answer;
}

static void runner_end(struct runner *runner)
{
	close(runner->orders);
	close(runner->answers);
	waitpid(runner->pid, NULL, 0);
}

/* Does not return. */
static void become(uid_t uid, const char *path, char * const *argv,
		   const int *orders, const int *answers)
{
	const int64_t id = uid;
	char number[16];

	snprintf(number, sizeof(number), "%d", fcntl(kvm, F_DUPFD, 10));
	setenv("KW_KVM", number, 1);
	dup2(orders[0], STDIN_FILENO);
	dup2(answers[1], STDOUT_FILENO);
	if (!uid || !do_uid(&id))
		execv(path, argv);
	_exit(1);
}

static void runner_start(struct runner *runner, uid_t uid, const char *path,
			 char * const *argv)
{
	int orders[2], answers[2];

	if (pipe2(orders, O_CLOEXEC) || pipe2(answers, O_CLOEXEC))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	fflush(stdout);
	runner->pid = fork();
	if (!runner->pid)
		become(uid, path, argv, orders, answers);
	close(orders[0]);
	close(answers[1]);
	runner->orders = orders[1];
	runner->answers = answers[0];
}

/* Run @path, and have it create a VM. */
static void run_file_as(struct runner *runner, uid_t uid, const char *path)
{
	char * const argv[] = { "run it", "run", NULL };

	runner_start(runner, uid, path, argv);
	CHECK(runner_tell(runner, ORDER_VM) >= 0);
}

static void run_file(struct runner *runner, const char *path)
{
	run_file_as(runner, 0, path);
}

#define RUNS_IN(path, class) do {			\
	struct runner runs_in;				\
							\
	run_file(&runs_in, path);			\
	CLASS_OF(runs_in.pid, class);			\
	runner_end(&runs_in);				\
} while (0)

static void copy_to(int to)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat stat;

	CHECK(!fstat(from, &stat));
	while (stat.st_size > 0) {
		char buffer[65536];
		ssize_t size = read(from, buffer, sizeof(buffer));

		if (!CHECK(size > 0) ||
		    !EQUAL(write(to, buffer, size), size))
			break;
		stat.st_size -= size;
	}
	close(from);
}

static void copy(const char *path)
{
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	CHECK(to >= 0);
	copy_to(to);
	CHECK(!fchmod(to, 0755));
	close(to);
}

static ino_t number_of(const char *path)
{
	struct stat stat;

	return CHECK(!lstat(path, &stat)) ? stat.st_ino : 0;
}

static void only_by(const char *path)
{
	struct warden_policy policy;

	warden_policy_init(&policy);
	warden_add(&policy, "matching")->flags = KVMWARDEN_CLASS_MATCH_EXE;
	policy.exes[0] = path;
	warden_apply(warden, &policy);
}

static void set_up(void)
{
	mkdir(DIR, 0755);
	CHECK(!mount("kwexe", DIR, "tmpfs", 0, "mode=755"));
	copy(A);
}

static void tear_down(void)
{
	CHECK(eventually_unused());
	CHECK(!umount2(DIR, MNT_DETACH));
	CHECK(!rmdir(DIR));
}

static bool path_told(pid_t pid, const char *path)
{
	struct warden_record record;

	if (!EQUAL(warden_newest(warden, pid, &record), 0))
		return false;
	if (!strcmp(record.exe, path))
		return true;
	ksft_print_msg("told %s, not %s\n", record.exe, path);
	return false;
}

static void that_file(void)
{
	struct runner runner;

	set_up();
	copy(B);
	only_by(A);
	RUNS_IN(A, "matching");
	RUNS_IN(B, "default");
	RUNS_IN("/proc/self/exe", "default");
	run_file(&runner, A);
	CHECK(path_told(runner.pid, A));
	/* by what is on record, too */
	only_by(B);
	CLASS_OF(runner.pid, "default");
	only_by(A);
	CLASS_OF(runner.pid, "matching");
	runner_end(&runner);
	tear_down();
}

static void other_names(void)
{
	struct runner runner;

	set_up();
	only_by(A);
	CHECK(!link(A, DIR "/hard"));
	CHECK(!symlink("hard", DIR "/soft"));
	CHECK(!close(open(DIR "/bound", O_CREAT | O_RDWR | O_CLOEXEC, 0755)));
	CHECK(!mount(A, DIR "/bound", NULL, MS_BIND, NULL));
	RUNS_IN(DIR "/hard", "matching");
	RUNS_IN(DIR "/soft", "matching");
	RUNS_IN(DIR "/bound", "matching");
	CHECK(!umount(DIR "/bound"));
	CHECK(!rename(A, DIR "/renamed"));
	RUNS_IN(DIR "/renamed", "matching");
	/* even those that did not run when it was renamed, by a later commit */
	only_by(DIR "/soft");
	RUNS_IN(DIR "/renamed", "matching");

	run_file(&runner, DIR "/renamed");
	CHECK(!unlink(DIR "/hard"));
	CHECK(!unlink(DIR "/renamed"));
	CHECK(runner_tell(&runner, ORDER_VM) >= 0);
	CLASS_OF(runner.pid, "matching");
	CHECK(path_told(runner.pid, DIR "/renamed (deleted)"));
	runner_end(&runner);
	tear_down();
}

static int64_t do_other_root(const int64_t *args)
{
	(void)args;
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mkdir(DIR "/root", 0755) ||
	    mount("/", DIR "/root", NULL, MS_BIND | MS_REC, NULL) ||
	    chroot(DIR "/root"))
		return -errno;
	return 0;
}

static void other_root(void)
{
	struct puppet puppet;

	set_up();
	only_by("/proc/self/exe");
	puppet_start(&puppet);
	EQUAL(TELL(&puppet, do_other_root), 0);
	CHECK(TELL(&puppet, do_vm) >= 0);
	CLASS_OF(puppet.pid, "matching");
	puppet_end(&puppet);
	tear_down();
}

static void replaced(void)
{
	struct runner old;

	set_up();
	copy(B);
	only_by(A);
	run_file(&old, A);
	CHECK(!rename(B, A));
	RUNS_IN(A, "default");
	CHECK(runner_tell(&old, ORDER_VM) >= 0);
	CLASS_OF(old.pid, "matching");
	/* until somebody says which it is now */
	only_by(A);
	CLASS_OF(old.pid, "default");
	RUNS_IN(A, "matching");
	runner_end(&old);

	/* what is in it does not count: who may write to it decides that */
	copy(A);
	RUNS_IN(A, "matching");
	tear_down();
}

/* Make a file of the same number as one that is gone. */
static bool use_again(const char *path, ino_t number)
{
	char other[64];
	int i;

	for (i = 0; i < TRIES; i++) {
		snprintf(other, sizeof(other), DIR "/mnt/%d", i);
		copy(other);
		if (number_of(other) == number)
			return CHECK(!rename(other, path));
		/* kept, or its number would be next again */
		CHECK(!truncate(other, 0));
	}
	return false;
}

static void number_used_again(void)
{
	ino_t number;

	set_up();
	CHECK(!mkdir(DIR "/mnt", 0755));
	if (system("modprobe -a loop ext4 >/dev/null 2>&1") ||
	    system("truncate -s 32M " DIR "/image") ||
	    system("mkfs.ext4 -q " DIR "/image >/dev/null 2>&1") ||
	    system("mount -o loop " DIR "/image " DIR "/mnt")) {
		skip("no ext4 in a file");
		tear_down();
		return;
	}
	copy(DIR "/mnt/a");
	number = number_of(DIR "/mnt/a");
	only_by(DIR "/mnt/a");
	RUNS_IN(DIR "/mnt/a", "matching");
	CHECK(eventually_unused());
	CHECK(!unlink(DIR "/mnt/a"));
	if (use_again(DIR "/mnt/a", number))
		RUNS_IN(DIR "/mnt/a", "default");
	else
		skip("no inode number is used again");
	CHECK(eventually_unused());
	CHECK(!umount(DIR "/mnt"));
	tear_down();
}

static void in_memory(void)
{
	int one = memfd_create("one", 0), other = memfd_create("other", 0);
	char path[64], other_path[64];

	copy_to(one);
	copy_to(other);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", one);
	snprintf(other_path, sizeof(other_path), "/proc/self/fd/%d", other);
	only_by(path);
	RUNS_IN(path, "matching");
	RUNS_IN(other_path, "default");
	RUNS_IN("/proc/self/exe", "default");
	CHECK(eventually_unused());
	close(one);
	close(other);
}

static const char *loader(void)
{
	static const char * const patterns[] = {
		"/lib64/ld-linux*", "/lib/ld-linux*",
	};
	static glob_t found;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(patterns); i++)
		if (!glob(patterns[i], 0, NULL, &found))
			return found.gl_pathv[0];
	return NULL;
}

/* What the kernel executes, not what that goes on to read. */
static void interpreters(void)
{
	char * const argv[] = { "loader", A, "run", NULL };
	struct runner runner;
	int script;

	set_up();
	script = open(B, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	CHECK(script >= 0);
	CHECK(dprintf(script, "#!" A " run\n") > 0);
	close(script);
	only_by(A);
	RUNS_IN(B, "matching");
	only_by(B);
	RUNS_IN(B, "default");

	/* else any file were whatever it is given to read */
	if (CHECK(loader())) {
		runner_start(&runner, 0, loader(), argv);
		CHECK(runner_tell(&runner, ORDER_VM) >= 0);
		only_by(A);
		CLASS_OF(runner.pid, "default");
		only_by(loader());
		CLASS_OF(runner.pid, "matching");
		runner_end(&runner);
	}
	tear_down();
}

/* Who starts it, not who it belongs to. */
static void set_user_id(void)
{
	struct kvmwarden_class *class;
	struct warden_policy policy;
	struct runner runner;

	set_up();
	copy(B);
	CHECK(!chown(A, OTHER, 0) && !chmod(A, 04755));
	CHECK(!chown(B, 0, OTHER) && !chmod(B, 02755));
	warden_policy_init(&policy);
	add_user(&policy, "root", 0);
	add_user(&policy, "other", OTHER);
	class = warden_add(&policy, "group");
	class->flags = KVMWARDEN_CLASS_MATCH_GID;
	class->gid = OTHER;
	add_user(&policy, "tenant", TENANT);
	warden_apply(warden, &policy);
	run_file_as(&runner, TENANT, A);
	CLASS_OF(runner.pid, "tenant");
	runner_end(&runner);
	CHECK(!chown(A, 0, 0) && !chmod(A, 04755));
	run_file_as(&runner, TENANT, A);
	CLASS_OF(runner.pid, "tenant");
	runner_end(&runner);
	/* but a group's program lends the group */
	run_file_as(&runner, TENANT, B);
	CLASS_OF(runner.pid, "group");
	runner_end(&runner);
	tear_down();
}

/* A VM is its creator's; what its creator becomes is asked for the next one. */
static void execute_later(void)
{
	struct warden_policy policy;
	struct runner runner;

	set_up();
	copy(B);
	warden_policy_init(&policy);
	warden_add(&policy, "a")->flags = KVMWARDEN_CLASS_MATCH_EXE;
	warden_add(&policy, "b")->flags = KVMWARDEN_CLASS_MATCH_EXE;
	policy.exes[0] = A;
	policy.exes[1] = B;
	policy.classes[1].total.vms = 0;
	warden_apply(warden, &policy);
	setenv("KW_NEXT", B, 1);
	run_file(&runner, A);
	EQUAL(runner_tell(&runner, ORDER_SLOT), 0);
	EQUAL(write(runner.orders, "x", 1), 1);
	/* it may keep what it had, but KVM lets it do nothing with that */
	EQUAL(runner_tell(&runner, ORDER_SLOT), -EIO);
	CLASS_USED("a", 1, 0, VMM_PAGE);
	EQUAL(runner_tell(&runner, ORDER_VM), -EDQUOT);
	CLASS_USED("b", 0, 0, 0);
	runner_end(&runner);
	unsetenv("KW_NEXT");
	tear_down();
}

static void adopted(void)
{
	struct kvmwarden_vm record;
	struct runner runner, other;

	set_up();
	copy(B);
	run_file(&runner, A);
	run_file_as(&other, TENANT, B);
	take_off_hooks();
	only_by(A);
	EQUAL(warden_vm(warden, runner.pid, &record), 0);
	CHECK(record.flags & KVMWARDEN_VM_ADOPTED);
	CLASS_OF(runner.pid, "matching");
	CHECK(path_told(runner.pid, A));
	CLASS_OF(other.pid, "default");
	CHECK(path_told(other.pid, B));
	runner_end(&runner);
	runner_end(&other);
	tear_down();
}

/* In a file of each layer of an overlay, numbers may be the same. */
static bool make_layers(void)
{
	ino_t number;
	int i;

	CHECK(!mkdir(DIR "/low", 0755) && !mkdir(DIR "/high", 0755) &&
	      !mkdir(DIR "/both", 0755));
	CHECK(!mount("kwlow", DIR "/low", "tmpfs", 0, "mode=755"));
	CHECK(!mount("kwhigh", DIR "/high", "tmpfs", 0, "mode=755"));
	CHECK(!mkdir(DIR "/high/files", 0755) &&
	      !mkdir(DIR "/high/work", 0755));
	for (i = 0; i < 10; i++) {
		unlink(DIR "/low/a");
		copy(DIR "/low/a");
	}
	number = number_of(DIR "/low/a");
	for (i = 0; i < TRIES; i++) {
		copy(DIR "/high/files/b");
		if (number_of(DIR "/high/files/b") == number)
			break;
		CHECK(!unlink(DIR "/high/files/b"));
	}
	CHECK(i < TRIES);
	return !mount("kwboth", DIR "/both", "overlay", 0, "xino=off,lowerdir="
		      DIR "/low,upperdir=" DIR "/high/files,workdir="
		      DIR "/high/work");
}

static void overlays(void)
{
	set_up();
	if (!make_layers()) {
		skip("no overlay of two tmpfs");
	} else {
		EQUAL(number_of(DIR "/both/a"), number_of(DIR "/both/b"));
		only_by(DIR "/both/a");
		RUNS_IN(DIR "/both/a", "matching");
		RUNS_IN(DIR "/both/b", "default");
		/* what is in a layer is that file, however it is looked at */
		RUNS_IN(DIR "/low/a", "matching");
		only_by(DIR "/high/files/b");
		RUNS_IN(DIR "/both/b", "matching");
		/* a copy in the upper layer is another one */
		only_by(DIR "/low/a");
		CHECK(!chmod(DIR "/both/a", 0700));
		RUNS_IN(DIR "/both/a", "default");
		CHECK(eventually_unused());
		CHECK(!umount(DIR "/both"));
	}
	CHECK(!umount(DIR "/low") && !umount(DIR "/high"));
	tear_down();
}

/* One part of our program, made ours: as it is, but of no file. */
static int detach(uintptr_t start, size_t size, int access)
{
	void *ours = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (ours == MAP_FAILED)
		return -errno;
	memcpy(ours, (void *)start, size);
	if (mprotect(ours, size, access) ||
	    mremap(ours, size, size, MREMAP_MAYMOVE | MREMAP_FIXED,
		   (void *)start) == MAP_FAILED)
		return -errno;
	return 0;
}

#define PARTS	16

static int detach_all(void)
{
	struct {
		uintptr_t start, end;
		char access[5];
	} part[PARTS];
	char self[256], line[512];
	FILE *maps = fopen("/proc/self/maps", "re");
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int nr = 0, i, err = 0;

	if (!maps || len < 0)
		return -ENOENT;
	self[len] = '\0';
	while (nr < PARTS && fgets(line, sizeof(line), maps))
		if (strstr(line, self) &&
		    sscanf(line, "%lx-%lx %4s", &part[nr].start, &part[nr].end,
			   part[nr].access) == 3)
			nr++;
	fclose(maps);
	for (i = 0; i < nr && !err; i++)
		err = detach(part[i].start, part[i].end - part[i].start,
			     PROT_READ |
			     (part[i].access[1] == 'w' ? PROT_WRITE : 0) |
			     (part[i].access[2] == 'x' ? PROT_EXEC : 0));
	return err;
}

/* What there is now, as PR_SET_MM_MAP wants to be told all of it. */
static int get_map(struct prctl_mm_map *map)
{
	unsigned long long field[53] = { 0 };
	char stat[1024], *at;
	FILE *file = fopen("/proc/self/stat", "re");
	int i;

	if (!file || !fgets(stat, sizeof(stat), file))
		return -ENOENT;
	fclose(file);
	at = strrchr(stat, ')') + 4;
	for (i = 4; i <= 51; i++)
		field[i] = strtoull(at, &at, 10);
	*map = (struct prctl_mm_map){
		.start_code = field[26],
		.end_code = field[27],
		.start_stack = field[28],
		.start_data = field[45],
		.end_data = field[46],
		.start_brk = field[47],
		.brk = (uintptr_t)sbrk(0),
		.arg_start = field[48],
		.arg_end = field[49],
		.env_start = field[50],
		.env_end = field[51],
	};
	return 0;
}

/* To be another executable without running it. */
static int64_t do_pretend(const int64_t *args)
{
	struct prctl_mm_map map;
	int err = detach_all();

	(void)args;
	if (!err)
		err = get_map(&map);
	if (err)
		return err;
	map.exe_fd = open(A, O_RDONLY | O_CLOEXEC);
	return prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) ?
		-errno : 0;
}

static int64_t do_unshare_user(const int64_t *args)
{
	(void)args;
	return unshare(CLONE_NEWUSER) ? -errno : 0;
}

static void pretend_as(uid_t user)
{
	struct warden_policy policy;
	struct puppet tenant;
	int64_t err;

	warden_policy_init(&policy);
	add_user(&policy, "both", OTHER)->flags |= KVMWARDEN_CLASS_MATCH_EXE;
	policy.exes[0] = A;
	warden_add(&policy, "executable")->flags = KVMWARDEN_CLASS_MATCH_EXE;
	policy.exes[1] = A;
	warden_apply(warden, &policy);
	puppet_start_as(&tenant, user);
	EQUAL(TELL(&tenant, do_pretend), -EPERM);
	CHECK(TELL(&tenant, do_vm) >= 0);
	CLASS_OF(tenant.pid, "default");
	EQUAL(TELL(&tenant, do_unshare_user), 0);
	err = TELL(&tenant, do_pretend);
	CHECK(TELL(&tenant, do_vm) >= 0);
	if (err == -EINVAL || err == -EPERM)
		skip("this kernel does not let them");
	else if (EQUAL(err, 0))
		/* so an executable alone does not tell who it is */
		CLASS_OF(tenant.pid, user == OTHER ? "both" : "executable");
	puppet_end(&tenant);
}

/*
 * Who is root in a namespace may tell the kernel what it runs, as those do who
 * restore processes. Nobody gets what is another user's by that.
 */
static void pretenders(void)
{
	set_up();
	pretend_as(TENANT);
	tear_down();
}

static int try_fd(int fd, uint32_t *bad_field)
{
	struct kvmwarden_ruleset ruleset = {
		.size = sizeof(ruleset),
		.mode = KVMWARDEN_MODE_ENFORCE,
	};
	struct warden_policy policy;
	struct kvmwarden_class *class;
	int draft, err;

	warden_policy_init(&policy);
	ruleset.host = policy.host;
	ruleset.user = policy.user;
	class = warden_add(&policy, "matching");
	class->flags = KVMWARDEN_CLASS_MATCH_EXE;
	class->exe.address = (uintptr_t)"/some/where";
	class->exe_fd = fd;
	draft = ioctl(warden, KVMWARDEN_RULESET_BEGIN, &ruleset);
	CHECK(draft >= 0);
	err = ioctl(draft, KVMWARDEN_RULESET_ADD, class) ? -errno : 0;
	*bad_field = class->bad_field;
	close(draft);
	return err;
}

static void no_file(void)
{
	static const struct {
		const char *path;
		int flags, err;
	} tries[] = {
		{ "/bin/sh", O_PATH, 0 },
		{ "/bin/sh", O_RDONLY, 0 },
		{ "/", O_PATH, -EINVAL },
		{ "/", O_RDONLY, -EINVAL },
		{ "/dev/null", O_PATH, -EINVAL },
		{ "/dev/null", O_RDWR, -EINVAL },
		{ "/proc/self/exe", O_PATH | O_NOFOLLOW, -EINVAL },
	};
	uint32_t bad;
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		fd = open(tries[i].path, tries[i].flags | O_CLOEXEC);
		CHECK(fd >= 0);
		EQUAL(try_fd(fd, &bad), tries[i].err);
		EQUAL(bad, tries[i].err ? KVMWARDEN_FIELD_EXE :
					  KVMWARDEN_FIELD_NONE);
		close(fd);
	}
	EQUAL(try_fd(-1, &bad), -EBADF);
	EQUAL(try_fd(100000, &bad), -EBADF);
}

static const struct test tests[] = {
	{ "a class takes who runs its file, not who runs a copy", that_file },
	{ "whatever it is called", other_names },
	{ "and wherever it is seen from", other_root },
	{ "but not what has taken its name", replaced },
	{ "nor what has taken its inode number", number_used_again },
	{ "files in memory are files", in_memory },
	{ "it is the interpreter that runs", interpreters },
	{ "a set-user-ID program is its user's", set_user_id },
	{ "a VM stays when its creator runs something else", execute_later },
	{ "VMs that are adopted are matched alike", adopted },
	{ "layers of an overlay are kept apart", overlays },
	{ "what a namespace's root pretends to run", pretenders },
	{ "a class's file must be one", no_file },
};

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "run"))
		return run();
	return fixture_main(tests, ARRAY_SIZE(tests));
}
