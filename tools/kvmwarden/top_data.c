// SPDX-License-Identifier: GPL-2.0-only
/*
 * What top shows: one pass over what module and KVM tell.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amount.h"
#include "denial.h"
#include "device.h"
#include "record.h"
#include "tool.h"
#include "top_data.h"
#include "vmname.h"

#define NS	1000000000LL

/* The clock of files goes in ticks, which come late where much is to do */
#define LATE	(NS / 10)

static long long now_of(clockid_t clock)
{
	struct timespec ts = { 0 };

	clock_gettime(clock, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

static double rate_of(__u64 now, __u64 before, double seconds)
{
	return now < before || seconds <= 0 ? RATE_UNKNOWN :
					      (now - before) / seconds;
}

/* --- VMs ------------------------------------------------------------------ */

/* Its name, or its creator's command in parentheses */
static char *title_of(const struct record *rec)
{
	char name[VMNAME_LEN];

	if (vmname(name, rec->texts.cgroup, rec->texts.exe))
		return copy_of(printable(name));
	return text_of("(%s)", printable(rec->vm.comm));
}

static void add_vm(struct sample *sample, const struct record *rec)
{
	struct top_vm *vm;

	sample->vms = grow(sample->vms, sample->nr_vms, sizeof(*vm));
	vm = &sample->vms[sample->nr_vms++];
	*vm = (struct top_vm) {
		.vm = rec->vm,
		.name = title_of(rec),
		.cgroup = copy_of(printable(rec->texts.cgroup)),
		.denied = denials_sum(&rec->vm.denials),
		.denial_rate = RATE_UNKNOWN,
		.exit_rate = RATE_UNKNOWN,
	};
}

static int read_vms(struct sample *sample, int fd)
{
	struct record rec = { .vm.id = 0 };
	int ret;

	while (!(ret = record_next(fd, rec.vm.id, &rec)))
		add_vm(sample, &rec);
	return ret == -ENOENT ? 0 : ret;
}

static int by_id(const void *left, const void *right)
{
	const struct top_vm *a = left, *b = right;

	return (a->vm.id > b->vm.id) - (a->vm.id < b->vm.id);
}

static void rate_denials(struct top_vm *vm, const struct sample *before,
			 double seconds)
{
	const struct top_vm *old = NULL;

	if (before->nr_vms)
		old = bsearch(vm, before->vms, before->nr_vms, sizeof(*vm),
			      by_id);
	/* a module that was loaded anew counts ids from 1 again */
	if (old && old->vm.created == vm->vm.created)
		vm->denial_rate = rate_of(vm->denied, old->denied, seconds);
	else if ((long long)vm->vm.created > before->boottime)
		vm->denial_rate = rate_of(vm->denied, 0, seconds);
}

/* --- whose exits ---------------------------------------------------------- */

static int by_process(const void *left, const void *right)
{
	const struct top_vm *a = *(struct top_vm *const *)left;
	const struct top_vm *b = *(struct top_vm *const *)right;

	if (a->vm.pid != b->vm.pid)
		return a->vm.pid < b->vm.pid ? -1 : 1;
	if (a->vm.created != b->vm.created)
		return a->vm.created < b->vm.created ? -1 : 1;
	return by_id(a, b);
}

/* All of one process */
struct family {
	struct top_vm **vms;
	size_t nr_vms;
	const struct exit_count *counts;
	size_t nr_counts;
};

/*
 * KVM makes its directory after the VM has come on record, in the same call. So
 * each is the VM's that came last before it; unless two came at once, one is
 * missing, or the clock was set meanwhile.
 */
static bool in_step(const struct family *family, long long clock_offset)
{
	size_t i;

	if (family->nr_vms != family->nr_counts)
		return false;
	for (i = 0; i < family->nr_vms; i++) {
		long long born = family->counts[i].born - clock_offset + LATE;

		if (born < (long long)family->vms[i]->vm.created)
			return false;
		if (i + 1 < family->nr_vms &&
		    born >= (long long)family->vms[i + 1]->vm.created)
			return false;
	}
	return true;
}

static double sum_of(const struct exit_count *counts, size_t count)
{
	double sum = RATE_UNKNOWN;
	size_t i;

	for (i = 0; i < count; i++) {
		if (counts[i].rate >= 0)
			sum = (sum < 0 ? 0 : sum) + counts[i].rate;
	}
	return sum;
}

static void rate_exits(const struct family *family, long long clock_offset)
{
	bool single = family->nr_vms == 1 && family->nr_counts == 1;
	double sum;
	size_t i;

	if (single || in_step(family, clock_offset)) {
		for (i = 0; i < family->nr_vms; i++)
			family->vms[i]->exit_rate = family->counts[i].rate;
		return;
	}
	sum = sum_of(family->counts, family->nr_counts);
	for (i = 0; i < family->nr_vms; i++) {
		family->vms[i]->exit_rate = sum;
		family->vms[i]->exits_shared = sum >= 0;
	}
}

/* The family of the first VM, out of VMs and counts that are by process */
static struct family family_of(struct top_vm **vms, size_t nr_vms,
			       const struct exit_count *counts, size_t count)
{
	struct family family = { .vms = vms };
	__u32 pid = vms[0]->vm.pid;
	size_t i;

	while (family.nr_vms < nr_vms && vms[family.nr_vms]->vm.pid == pid)
		family.nr_vms++;
	for (i = 0; i < count && counts[i].pid < pid; i++)
		;
	family.counts = counts + i;
	while (i + family.nr_counts < count &&
	       family.counts[family.nr_counts].pid == pid)
		family.nr_counts++;
	return family;
}

static void rate_all_exits(struct sample *sample, struct top_vm **vms)
{
	long long clock_offset = now_of(CLOCK_REALTIME) - sample->boottime;
	const struct exit_count *counts = sample->exits.list;
	const struct exit_count *end = counts + sample->exits.count;
	struct family family;
	size_t i;

	for (i = 0; i < sample->nr_vms; i += family.nr_vms) {
		family = family_of(&vms[i], sample->nr_vms - i, counts,
				   end - counts);
		rate_exits(&family, clock_offset);
		counts = family.counts + family.nr_counts;
	}
}

/* --- rates ---------------------------------------------------------------- */

static void rate_vms(struct sample *now, const struct sample *before,
		     double seconds)
{
	struct top_vm **vms;
	size_t i;

	if (!now->nr_vms)
		return;
	vms = calloc(now->nr_vms, sizeof(*vms));
	if (!vms)
		out_of_memory();
	for (i = 0; i < now->nr_vms; i++) {
		vms[i] = &now->vms[i];
		rate_denials(vms[i], before, seconds);
	}
	if (now->exits.count) {
		qsort(vms, now->nr_vms, sizeof(*vms), by_process);
		rate_all_exits(now, vms);
	}
	free(vms);
}

static void rate(struct sample *now, const struct sample *before,
		 double seconds)
{
	now->denial_rate = rate_of(denials_sum(&now->status.denials),
				   denials_sum(&before->status.denials),
				   seconds);
	now->exit_rate = sum_of(now->exits.list, now->exits.count);
	rate_vms(now, before, seconds);
}

/* --- a sample ------------------------------------------------------------- */

static int read_module(struct sample *sample)
{
	int fd, ret;

	ret = device_open_at(KVMWARDEN_DEVICE, &fd);
	if (ret)
		return ret;
	ret = device_status(fd, &sample->status);
	if (!ret)
		ret = hooks_read(&sample->hooks, fd);
	if (!ret)
		ret = read_vms(sample, fd);
	close(fd);
	return ret;
}

int sample_read(struct sample *now, const struct sample *before)
{
	double seconds;
	int ret;

	*now = (struct sample) {
		.time = time(NULL),
		.boottime = now_of(CLOCK_BOOTTIME),
		.denial_rate = RATE_UNKNOWN,
		.exit_rate = RATE_UNKNOWN,
	};
	ret = read_module(now);
	if (ret)
		return ret;
	if (!before) {
		exits_read(&now->exits, NULL, 0);
		return 0;
	}
	seconds = (double)(now->boottime - before->boottime) / NS;
	exits_read(&now->exits, &before->exits, seconds);
	rate(now, before, seconds);
	return 0;
}

void sample_free(struct sample *sample)
{
	size_t i;

	for (i = 0; i < sample->nr_vms; i++) {
		free(sample->vms[i].name);
		free(sample->vms[i].cgroup);
	}
	free(sample->vms);
	hooks_free(&sample->hooks);
	exits_free(&sample->exits);
	*sample = (struct sample) { .nr_vms = 0 };
}

const char *sample_note(const struct sample *sample)
{
	static char text[128];

	/* without VMs, KVM need not even be there */
	if (!sample->exits.error || !sample->nr_vms)
		return NULL;
	if (sample->exits.error == -ENOENT)
		return "no EXITS/s: no " KVM_DEBUGFS "; is debugfs mounted?";
	snprintf(text, sizeof(text), "no EXITS/s: " KVM_DEBUGFS ": %s",
		 strerror(-sample->exits.error));
	return text;
}
