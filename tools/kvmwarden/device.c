// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of /dev/kvmwarden.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"
#include "tool.h"

static int no_device(void)
{
	if (!access("/sys/module/kvmwarden", F_OK))
		say_error("the module is loaded, but there is no %s here\n"
			  "Run this on the host itself, where udev or devtmpfs makes it.",
			  KVMWARDEN_DEVICE);
	else
		say_error("the module is not loaded (no %s)\n"
			  "Load it: modprobe kvmwarden, or insmod .../kvmwarden.ko where it was built.",
			  KVMWARDEN_DEVICE);
	return EXIT_NO_MODULE;
}

static int no_rights(void)
{
	say_error("no permission; run as root (CAP_SYS_ADMIN)");
	return EXIT_NO_RIGHTS;
}

int device_open_at(const char *path, int *fd)
{
	*fd = open(path, O_RDWR | O_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

bool device_is_missing(int error)
{
	return error == -ENOENT || error == -ENXIO || error == -ENODEV;
}

int device_open(int *fd)
{
	int ret = device_open_at(KVMWARDEN_DEVICE, fd);

	if (!ret)
		return EXIT_DONE;
	if (device_is_missing(ret))
		return no_device();
	return device_error(ret, "cannot open " KVMWARDEN_DEVICE);
}

int device_error(int error, const char *what)
{
	switch (-error) {
	case EPERM:
	case EACCES:
		return no_rights();
	case ENOTTY:
	case E2BIG:
		say_error("%s: the module in the kernel is older than this tool and does not know the request; load a newer one",
			  what);
		break;
	case EINVAL:
		say_error("%s: the module does not accept the request; tool and module may be of different versions",
			  what);
		break;
	case EROFS:
		say_error("%s: locked until this host is rebooted", what);
		break;
	case EBUSY:
		say_error("%s: the policy in force awaits confirmation; run kvmwarden confirm, or kvmwarden rollback, first",
			  what);
		break;
	case EAGAIN:
		say_error("%s: the policy changes faster than it can be read; try again",
			  what);
		break;
	case ENOMEM:
		say_error("%s: the kernel has not enough memory", what);
		break;
	default:
		say_error("%s: %s", what, strerror(-error));
	}
	return EXIT_NOT_SO;
}

/* Nothing is done halfway on EINTR */
static int call(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

/* Every struct begins with its size */
#define CALL(fd, request, arg) \
	((arg)->size = sizeof(*(arg)), call(fd, request, arg))

static struct kvmwarden_string buffer(char *text, __u32 len)
{
	text[0] = '\0';
	return (struct kvmwarden_string) {
		.address = (uintptr_t)text,
		.len = len,
	};
}

struct buffers {
	struct kvmwarden_string cgroup;
	struct kvmwarden_string exe;
	struct kvmwarden_string label;
};

static struct buffers buffers(struct device_texts *texts)
{
	if (!texts)
		return (struct buffers) { 0 };
	return (struct buffers) {
		.cgroup = buffer(texts->cgroup, sizeof(texts->cgroup)),
		.exe = buffer(texts->exe, sizeof(texts->exe)),
		.label = buffer(texts->label, sizeof(texts->label)),
	};
}

/* What was cut off has no NUL of its own */
static void terminate(char *text, size_t len)
{
	text[len - 1] = '\0';
}

/* Passes on @ret */
static int told(int ret, struct device_texts *texts)
{
	if (texts) {
		terminate(texts->cgroup, sizeof(texts->cgroup));
		terminate(texts->exe, sizeof(texts->exe));
		terminate(texts->label, sizeof(texts->label));
	}
	return ret;
}

int device_status(int fd, struct kvmwarden_status *status)
{
	*status = (struct kvmwarden_status) { 0 };
	return CALL(fd, KVMWARDEN_STATUS, status);
}

bool device_is_sound(const struct kvmwarden_status *st)
{
	return st->state & KVMWARDEN_STATE_ARMED &&
	       st->state & KVMWARDEN_STATE_CANARY &&
	       !(st->state & KVMWARDEN_STATE_LAYOUT_BAD);
}

int device_hook(int fd, __u32 index, struct kvmwarden_hook *hook)
{
	*hook = (struct kvmwarden_hook) { .index = index };
	return CALL(fd, KVMWARDEN_HOOK_GET, hook);
}

int device_vm_next(int fd, __u64 after, struct kvmwarden_vm *vm,
		   struct device_texts *texts)
{
	struct buffers to = buffers(texts);

	*vm = (struct kvmwarden_vm) {
		.id = after,
		.cgroup = to.cgroup,
		.exe = to.exe,
		.label = to.label,
	};
	return told(CALL(fd, KVMWARDEN_VM_NEXT, vm), texts);
}

int device_class(int fd, __u32 index, struct kvmwarden_class *class,
		 struct device_texts *texts)
{
	struct buffers to = buffers(texts);

	*class = (struct kvmwarden_class) {
		.index = index,
		.cgroup = to.cgroup,
		.exe = to.exe,
		.label = to.label,
	};
	return told(CALL(fd, KVMWARDEN_CLASS_GET, class), texts);
}

int device_cgroup(int fd, __u32 index, struct kvmwarden_cgroup *cgroup,
		  char pattern[KVMWARDEN_CGROUP_LEN])
{
	int ret;

	*cgroup = (struct kvmwarden_cgroup) {
		.index = index,
		.pattern = buffer(pattern, KVMWARDEN_CGROUP_LEN),
	};
	ret = CALL(fd, KVMWARDEN_CGROUP_GET, cgroup);
	terminate(pattern, KVMWARDEN_CGROUP_LEN);
	return ret;
}

int device_account_next(int fd, __u64 after, struct kvmwarden_account *account,
			char cgroup[KVMWARDEN_CGROUP_LEN])
{
	int ret;

	*account = (struct kvmwarden_account) {
		.id = after,
		.cgroup = buffer(cgroup, KVMWARDEN_CGROUP_LEN),
	};
	ret = CALL(fd, KVMWARDEN_ACCOUNT_NEXT, account);
	terminate(cgroup, KVMWARDEN_CGROUP_LEN);
	return ret;
}

int device_vm_set(int fd, struct kvmwarden_vm_set *set)
{
	return CALL(fd, KVMWARDEN_VM_SET, set);
}

int device_confirm(int fd, struct kvmwarden_confirm *confirm)
{
	return CALL(fd, KVMWARDEN_CONFIRM, confirm);
}

int device_lock(int fd)
{
	struct kvmwarden_lock lock = { 0 };

	return CALL(fd, KVMWARDEN_LOCK, &lock);
}

int device_disarm(int fd)
{
	struct kvmwarden_disarm disarm = { 0 };

	return CALL(fd, KVMWARDEN_DISARM, &disarm);
}

int device_begin(int fd, struct kvmwarden_ruleset *ruleset)
{
	return CALL(fd, KVMWARDEN_RULESET_BEGIN, ruleset);
}

int device_add(int ruleset, struct kvmwarden_class *class)
{
	return CALL(ruleset, KVMWARDEN_RULESET_ADD, class);
}

int device_add_cgroup(int ruleset, struct kvmwarden_cgroup *cgroup)
{
	return CALL(ruleset, KVMWARDEN_RULESET_ADD_CGROUP, cgroup);
}

int device_commit(int ruleset, struct kvmwarden_commit *commit)
{
	return CALL(ruleset, KVMWARDEN_RULESET_COMMIT, commit);
}
