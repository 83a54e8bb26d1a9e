// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking the module for all that it knows.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "device.h"
#include "tool.h"
#include "warden.h"

static int read_vms(struct warden *warden, int fd)
{
	struct kvmwarden_vm vm = { .id = 0 };
	int ret;

	for (;;) {
		ret = device_vm_next(fd, vm.id, &vm, NULL);
		if (ret)
			return ret == -ENOENT ? 0 : ret;
		vm.class_name[sizeof(vm.class_name) - 1] = '\0';
		warden->vms = grow(warden->vms, warden->nr_vms, sizeof(vm));
		warden->vms[warden->nr_vms++] = vm;
	}
}

static int read_all(struct warden *warden, int fd)
{
	int ret;

	/* first of all, as the others are said aloud if they fail */
	ret = device_status(fd, &warden->rules.status);
	if (!ret)
		ret = hooks_read(&warden->hooks, fd);
	if (!ret)
		ret = read_vms(warden, fd);
	if (!ret && ruleset_read(&warden->rules, fd) != EXIT_DONE)
		ret = -EIO;
	/* `default' is always there */
	if (!ret && !warden->rules.count)
		ret = -EPROTO;
	return ret;
}

static enum warden_state state_of(int error, const struct host *host)
{
	switch (-error) {
	case 0:
		return WARDEN_ANSWERS;
	case EPERM:
	case EACCES:
		return WARDEN_NO_RIGHTS;
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return host_has(host, "/sys/module/kvmwarden") ?
		       WARDEN_NO_DEVICE : WARDEN_ABSENT;
	default:
		return WARDEN_SILENT;
	}
}

void warden_read(struct warden *warden, const struct host *host)
{
	char *path = host_path(host, KVMWARDEN_DEVICE);
	int fd;

	*warden = (struct warden) { .nr_vms = 0 };
	warden->error = device_open_at(path, &fd);
	free(path);
	if (!warden->error) {
		warden->error = read_all(warden, fd);
		close(fd);
	}
	warden->state = state_of(warden->error, host);
}

void warden_free(struct warden *warden)
{
	ruleset_free(&warden->rules);
	hooks_free(&warden->hooks);
	free(warden->vms);
}

bool warden_enforces(const struct warden *warden)
{
	const __u32 sound = KVMWARDEN_STATE_ARMED | KVMWARDEN_STATE_CANARY;

	return warden->state == WARDEN_ANSWERS &&
	       (warden->rules.status.state & sound) == sound;
}
