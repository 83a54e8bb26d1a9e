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

int device_open(int *fd)
{
	int ret = device_open_at(KVMWARDEN_DEVICE, fd);

	if (!ret)
		return EXIT_DONE;
	if (ret == -ENOENT || ret == -ENXIO || ret == -ENODEV)
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
	case ENOMEM:
		say_error("%s: the kernel has not enough memory", what);
		break;
	default:
		say_error("%s: %s", what, strerror(-error));
	}
	return EXIT_NOT_SO;
}

/* Every struct begins with its size; nothing is done halfway on EINTR */
static int call(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

int device_status(int fd, struct kvmwarden_status *status)
{
	*status = (struct kvmwarden_status) { .size = sizeof(*status) };
	return call(fd, KVMWARDEN_STATUS, status);
}

int device_hook(int fd, __u32 index, struct kvmwarden_hook *hook)
{
	*hook = (struct kvmwarden_hook) {
		.size = sizeof(*hook),
		.index = index,
	};
	return call(fd, KVMWARDEN_HOOK_GET, hook);
}

static void clear(char *cgroup)
{
	if (cgroup)
		memset(cgroup, 0, KVMWARDEN_CGROUP_LEN);
}

/* What was cut off has no NUL of its own */
static void terminate(char *cgroup)
{
	if (cgroup)
		cgroup[KVMWARDEN_CGROUP_LEN - 1] = '\0';
}

int device_next_vm(int fd, __u64 after, struct kvmwarden_vm *vm, char *cgroup)
{
	int ret;

	clear(cgroup);
	*vm = (struct kvmwarden_vm) {
		.size = sizeof(*vm),
		.id = after,
		.cgroup = (uintptr_t)cgroup,
		.cgroup_len = cgroup ? KVMWARDEN_CGROUP_LEN : 0,
	};
	ret = call(fd, KVMWARDEN_VM_NEXT, vm);
	terminate(cgroup);
	return ret;
}

int device_class(int fd, __u32 index, struct kvmwarden_class *class,
		 char *cgroup)
{
	int ret;

	clear(cgroup);
	*class = (struct kvmwarden_class) {
		.size = sizeof(*class),
		.index = index,
		.cgroup = (uintptr_t)cgroup,
		.cgroup_len = cgroup ? KVMWARDEN_CGROUP_LEN : 0,
	};
	ret = call(fd, KVMWARDEN_CLASS_GET, class);
	terminate(cgroup);
	return ret;
}

int device_disarm(int fd)
{
	struct kvmwarden_disarm disarm = { .size = sizeof(disarm) };

	return call(fd, KVMWARDEN_DISARM, &disarm);
}

int device_vm_set(int fd, struct kvmwarden_vm_set *set)
{
	set->size = sizeof(*set);
	return call(fd, KVMWARDEN_VM_SET, set);
}

int device_begin(int fd, struct kvmwarden_ruleset *ruleset)
{
	ruleset->size = sizeof(*ruleset);
	return call(fd, KVMWARDEN_RULESET_BEGIN, ruleset);
}

int device_add(int ruleset, struct kvmwarden_class *class)
{
	class->size = sizeof(*class);
	return call(ruleset, KVMWARDEN_RULESET_ADD, class);
}

int device_commit(int ruleset, struct kvmwarden_commit *commit)
{
	commit->size = sizeof(*commit);
	return call(ruleset, KVMWARDEN_RULESET_COMMIT, commit);
}
