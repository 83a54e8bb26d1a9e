// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: the ioctls, and what becomes of a ruleset behind them.
 *
 * An input is a sequence of calls, of VMs that come, grow and go, of time that
 * passes and of things that fail. Whatever it is: no sanitizer has anything to
 * say; errors are those that the header lists; a call that fails, or is not to
 * change the ruleset in force, leaves it as it was; what was accepted comes back
 * after the commit; and all accounts are exact.
 */
#include <stdarg.h>

#include "engine.h"
#include "calls.h"

#define CALLS		80
#define VMS		6
#define ARG		SHIM_USER_START
#define TEXTS		(SHIM_USER_START + 0x2000)
#define TEXT_ROOM	0x1800
#define CHANGES		(SHIM_USER_START + 0xc000)
#define ITEMS		CALLS

/* The input that is left. */
static const u8 *input;
static size_t input_left;

static u8 take8(void)
{
	if (!input_left)
		return 0;
	input_left--;
	return *input++;
}

static u32 take16(void)
{
	u32 low = take8();

	return low | take8() << 8;
}

/* A limit: none, few, or anything. */
static u64 take_limit(void)
{
	u8 byte = take8();

	if (byte < 100)
		return byte % 6;
	if (byte < 230)
		return KVMWARDEN_UNLIMITED;
	return (u64)take16() << (byte % 6 * 8);
}

static struct kvmwarden_amounts take_limits(void)
{
	struct kvmwarden_amounts limits;

	limits.vms = take_limit();
	limits.vcpus = take_limit();
	limits.memory = take_limit();
	return limits;
}

static void bad(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "not as it should be: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	abort();
}

/* -- what was accepted -- */

/**
 * struct item - a class, or limits on cgroups
 * @class: as it was given
 * @cgroup: as it was given
 * @text: what the three strings of a class were; a cgroup's pattern is the first
 */
struct item {
	struct kvmwarden_class class;
	struct kvmwarden_cgroup cgroup;
	char *text[3];
};

/**
 * struct shadow - a ruleset as it must come back
 * @outset: as it was given
 * @nr_classes: length of @classes
 * @nr_cgroups: length of @cgroups
 * @classes: the classes
 * @cgroups: the limits on cgroups
 */
struct shadow {
	struct kvmwarden_ruleset outset;
	u32 nr_classes;
	u32 nr_cgroups;
	struct item classes[ITEMS];
	struct item cgroups[ITEMS];
};

static struct shadow *drafts[SHIM_FILES];
static struct shadow *in_force, *before_that;	/* NULL: the first one */

static void item_free(struct item *item)
{
	u32 i;

	for (i = 0; i < 3; i++)
		free(item->text[i]);
}

static void shadow_free(struct shadow **shadow)
{
	u32 i;

	if (!*shadow)
		return;
	for (i = 0; i < (*shadow)->nr_classes; i++)
		item_free(&(*shadow)->classes[i]);
	for (i = 0; i < (*shadow)->nr_cgroups; i++)
		item_free(&(*shadow)->cgroups[i]);
	free(*shadow);
	*shadow = NULL;
}

/* -- user memory -- */

static void *user(unsigned long address)
{
	return shim_user + (address - SHIM_USER_START);
}

static char *text_at(u64 address)
{
	return address ? strdup(user(address)) : NULL;
}

static const char * const words[] = {
	"/", "/a", "/a/b", "/a/*", "/**", "/a?/**/c", "/b/*c", "a", "", "*",
	"unconfined", "svirt:*", "/bin/vmm", "/a/b/c/d", "/*/*", "l?b**",
};

/* A text in memory: from the list, of the input, or longer than there may be. */
static u64 take_text(u32 place)
{
	unsigned long address = TEXTS + place * TEXT_ROOM;
	u32 i, len, which = take8();
	char *to = user(address);

	if (which < 200) {
		strcpy(to, words[which % ARRAY_SIZE(words)]);
		return address;
	}
	if (which < 240) {
		len = take8() % 64;
		for (i = 0; i < len; i++)
			to[i] = take8();
		to[len] = '\0';
		return address;
	}
	len = which < 248 ? 4094 + which % 4 : 0;
	memset(to, 'a', len);
	to[0] = '/';
	to[len] = '\0';
	/* or one that does not end where the memory does */
	if (which == 255) {
		address = SHIM_USER_START + SHIM_USER_SIZE - 8;
		memset(user(address), 'x', 8);
	}
	return which == 254 ? take16() : address;
}

static struct kvmwarden_string take_string(u32 place, bool wanted)
{
	struct kvmwarden_string string = { };

	if (wanted)
		string.address = take_text(place);
	return string;
}

/* Spoils a few bytes, now and then. */
static void spoil(void *arg, size_t size)
{
	u32 n = take8();
	u8 *bytes = arg;
	u32 at;

	if (n < 160)
		return;
	for (n = 1 + n % 3; n; n--) {
		at = take16() % size;
		bytes[at] = take8();
	}
	if (take8() < 40)
		*(u32 *)arg = take16() % (2 * PAGE_SIZE);
}

/* -- calls -- */

/**
 * struct force - what a call may not change unless it is to
 * @status: of the ruleset in force
 * @ruleset: which it is
 */
struct force {
	struct kvmwarden_status status;
	const struct kw_ruleset *ruleset;
};

static struct kw_ruleset *ruleset_now(void)
{
	return kw_place_ruleset();
}

static void look(struct force *force)
{
	memset(force, 0, sizeof(*force));
	kw_ruleset_state(&force->status);
	force->status.confirm_left = 0;
	force->status.state = 0;
	force->ruleset = ruleset_now();
}

static void check_same(const struct force *then, const char *what)
{
	struct force now;

	look(&now);
	if (memcmp(then, &now, sizeof(now)))
		bad("%s has changed the ruleset in force", what);
}

static void check_error(unsigned int cmd, int err, bool may_fail)
{
	if (!is_listed(cmd, err))
		bad("ioctl %#x: error %d", cmd, err);
	if (err == ENOMEM && !may_fail)
		bad("ioctl %#x: out of memory", cmd);
	if (err == EPERM && shim_capable)
		bad("ioctl %#x: not permitted", cmd);
}

static long call(struct file *file, unsigned int cmd, unsigned long arg)
{
	bool may_fail = shim_fail_in;
	struct force then;
	long ret;

	look(&then);
	ret = engine_ioctl(file, cmd, arg);
	shim_fail_in = 0;
	if (shim_atomic || shim_rcu_depth)
		bad("ioctl %#x has left something locked", cmd);
	if (ret < 0)
		check_error(cmd, -ret, may_fail);
	if (ret < 0 || (cmd != KVMWARDEN_RULESET_COMMIT &&
			cmd != KVMWARDEN_CONFIRM))
		check_same(&then, "an ioctl");
	return ret;
}

/* With a struct that is in order or nearly so. */
static long call_with(struct file *file, unsigned int cmd, void *arg)
{
	unsigned long address = ARG;
	u32 size = kind_of(cmd)->size;

	*(u32 *)arg = size;
	spoil(arg, size);
	memset(user(ARG), 0, 2 * PAGE_SIZE);
	memcpy(user(ARG), arg, size);
	/* partly or wholly out of reach */
	if (take8() == 255)
		address = take16() * 2;
	return call(file, cmd, address);
}

/* The caller's struct as it is afterwards. */
static void *told(void)
{
	return user(ARG);
}

/* -- what is checked after a commit -- */

static void put(void *arg, size_t size)
{
	*(u32 *)arg = size;
	memcpy(user(ARG), arg, size);
}

static void check_text(const struct kvmwarden_string *got, const char *want)
{
	if (!want != !got->len)
		bad("a text that was%s there", want ? "" : " not");
	if (want && (got->len != strlen(want) + 1 ||
		     strcmp(user(got->address), want)))
		bad("text '%s' has become '%s'", want, user(got->address));
}

static long get_class(struct kvmwarden_class *got, u32 index)
{
	u32 i;
	struct kvmwarden_string *strings[] = { &got->cgroup, &got->exe,
					       &got->label };
	long ret;

	memset(got, 0, sizeof(*got));
	got->index = index;
	for (i = 0; i < ARRAY_SIZE(strings); i++) {
		strings[i]->address = TEXTS + i * TEXT_ROOM;
		strings[i]->len = TEXT_ROOM;
	}
	put(got, sizeof(*got));
	ret = call(&shim_device, KVMWARDEN_CLASS_GET, ARG);
	memcpy(got, told(), sizeof(*got));
	return ret;
}

static void check_class(const struct item *item, u32 index)
{
	const struct kvmwarden_class *want = &item->class;
	struct kvmwarden_class got;

	if (get_class(&got, index))
		bad("class %u is lost", index);
	check_text(&got.cgroup, item->text[0]);
	check_text(&got.exe, item->text[1]);
	check_text(&got.label, item->text[2]);
	if (got.index != index || strcmp(got.name, want->name) ||
	    got.mode != want->mode || got.flags != want->flags ||
	    got.uid != want->uid || got.gid != want->gid || got.exe_fd ||
	    got.bad_field || memcmp(&got.vm, &want->vm, sizeof(got.vm)) ||
	    memcmp(&got.user, &want->user, sizeof(got.user)) ||
	    memcmp(&got.total, &want->total, sizeof(got.total)) ||
	    got.deny != want->deny || got.revoke != want->revoke ||
	    got.generation != ruleset_now()->generation)
		bad("class %u '%s' is not what was added", index, want->name);
}

static void check_cgroup(const struct item *item, u32 index)
{
	struct kvmwarden_cgroup got = { .index = index };

	got.pattern.address = TEXTS;
	got.pattern.len = TEXT_ROOM;
	put(&got, sizeof(got));
	if (call(&shim_device, KVMWARDEN_CGROUP_GET, ARG))
		bad("cgroup %u is lost", index);
	memcpy(&got, told(), sizeof(got));
	check_text(&got.pattern, item->text[0]);
	if (got.index != index ||
	    memcmp(&got.limit, &item->cgroup.limit, sizeof(got.limit)))
		bad("cgroup %u is not what was added", index);
}

static void check_default(u32 index)
{
	struct kvmwarden_class got;

	if (get_class(&got, index) || strcmp(got.name, "default"))
		bad("there is no default class");
}

static void check_in_force(void)
{
	const struct shadow *shadow = in_force;
	struct kvmwarden_class got;
	u32 i, nr = shadow ? shadow->nr_classes : 0;
	bool capable = shim_capable;

	shim_fail_in = 0;
	shim_capable = true;
	for (i = 0; i < nr; i++)
		check_class(&shadow->classes[i], i);
	if (!nr || strcmp(shadow->classes[nr - 1].class.name, "default"))
		check_default(nr++);
	if (get_class(&got, nr) != -ENOENT || ruleset_now()->nr_classes != nr)
		bad("more than %u classes", nr);
	for (i = 0; shadow && i < shadow->nr_cgroups; i++)
		check_cgroup(&shadow->cgroups[i], i);
	if (ruleset_now()->nr_cgroups != i)
		bad("more than %u cgroups", i);
	if (shadow && (ruleset_now()->version != shadow->outset.version ||
		       ruleset_now()->mode != shadow->outset.mode))
		bad("another version or mode");
	shim_capable = capable;
}

/* Has the one in force given way to the one before? */
static void check_rollback(bool awaited, u64 generation)
{
	if (!awaited || engine_awaits())
		return;
	if (ruleset_now()->generation == generation) {
		shadow_free(&before_that);
		return;
	}
	shadow_free(&in_force);
	in_force = before_that;
	before_that = NULL;
	check_in_force();
}

/* -- one call of each kind -- */

static struct file *take_file(u32 *fd)
{
	*fd = take8() % SHIM_FILES;
	return shim_files[*fd].f_op ? &shim_files[*fd] : NULL;
}

static void do_begin(void)
{
	struct kvmwarden_ruleset from = { };
	struct force now;
	long fd;

	look(&now);
	from.mode = take8() % 3;
	from.version = now.status.version + take8() % 3;
	from.version -= take8() > 220;
	from.host = take_limits();
	from.user = take_limits();
	fd = call_with(&shim_device, KVMWARDEN_RULESET_BEGIN, &from);
	if (fd < 0)
		return;
	drafts[fd] = calloc(1, sizeof(*drafts[fd]));
	drafts[fd]->outset = from;
}

static void fill_class(struct kvmwarden_class *class)
{
	u32 i, what = take8();

	if (what < 20)
		strcpy(class->name, "default");
	else
		snprintf(class->name, sizeof(class->name), "c%u", what % 16);
	class->flags = what < 20 ? 0 : take8() & 31;
	class->mode = take8() % 3;
	if (class->flags & KVMWARDEN_CLASS_MATCH_UID)
		class->uid = take8() % 4;
	if (class->flags & KVMWARDEN_CLASS_MATCH_GID)
		class->gid = take8() % 4;
	if (class->flags & KVMWARDEN_CLASS_MATCH_EXE)
		class->exe_fd = take8() % 40;
	class->cgroup = take_string(0, class->flags &
				    KVMWARDEN_CLASS_MATCH_CGROUP);
	class->exe = take_string(1, class->flags & KVMWARDEN_CLASS_MATCH_EXE);
	class->label = take_string(2, class->flags &
				   KVMWARDEN_CLASS_MATCH_LABEL);
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
		class->vm.of[i] = KVMWARDEN_UNLIMITED;
	what = take8() % KVMWARDEN_NR_LIMITS;
	class->vm.of[what] = take_limit();
	class->user = take_limits();
	class->total = take_limits();
	class->deny = take8() % 2;
	class->revoke = take8() % 2;
}

static void check_told(u32 bad_field, long ret)
{
	if (ret != -EFAULT && bad_field > KVMWARDEN_FIELD_CONFIRM)
		bad("field %u is to blame", bad_field);
}

static void do_add(void)
{
	struct kvmwarden_class class = { };
	struct shadow *draft;
	struct file *file;
	struct item *item;
	long ret;
	u32 fd;

	file = take_file(&fd);
	if (!file)
		return;
	fill_class(&class);
	ret = call_with(file, KVMWARDEN_RULESET_ADD, &class);
	if (ret) {
		if (ret == -EINVAL && class.size == sizeof(class))
			check_told(((struct kvmwarden_class *)told())->bad_field,
				   ret);
		return;
	}
	draft = drafts[fd];
	item = &draft->classes[draft->nr_classes++];
	item->class = class;
	item->text[0] = text_at(class.cgroup.address);
	item->text[1] = text_at(class.exe.address);
	item->text[2] = text_at(class.label.address);
}

static void do_add_cgroup(void)
{
	struct kvmwarden_cgroup cgroup = { };
	struct shadow *draft;
	struct file *file;
	struct item *item;
	u32 fd;

	file = take_file(&fd);
	if (!file)
		return;
	cgroup.pattern = take_string(0, true);
	cgroup.limit = take_limits();
	if (call_with(file, KVMWARDEN_RULESET_ADD_CGROUP, &cgroup))
		return;
	draft = drafts[fd];
	item = &draft->cgroups[draft->nr_cgroups++];
	item->cgroup = cgroup;
	item->text[0] = text_at(cgroup.pattern.address);
}

static void check_committed(const struct force *then, u32 fd)
{
	const struct kvmwarden_commit *commit = told();
	struct force now;

	look(&now);
	if (now.status.generation != then->status.generation + 1)
		bad("generation %llu after %llu", now.status.generation,
		    then->status.generation);
	if (commit->size == sizeof(*commit) &&
	    (commit->generation != now.status.generation ||
	     memcmp(commit->digest, now.status.digest, sizeof(commit->digest))))
		bad("another ruleset was put in force");
	if (engine_awaits())
		before_that = in_force;
	else
		shadow_free(&in_force);
	in_force = drafts[fd];
	drafts[fd] = NULL;
	check_in_force();
}

static void do_commit(void)
{
	struct kvmwarden_commit commit = { };
	struct file *file;
	struct force then;
	long ret;
	u32 fd;

	file = take_file(&fd);
	if (!file)
		return;
	look(&then);
	commit.flags = take8() % 4;
	commit.generation = then.status.generation - (take8() > 240);
	commit.confirm = take8() > 200 ? 1 + take8() : 0;
	commit.nr_changes = take8() % 8;
	commit.changes = commit.nr_changes ? CHANGES : 0;
	ret = call_with(file, KVMWARDEN_RULESET_COMMIT, &commit);
	if (ret == -ESTALE)
		shadow_free(&drafts[fd]);
	if (ret || commit.flags & KVMWARDEN_COMMIT_CHECK)
		check_same(&then, "what was no commit");
	else
		check_committed(&then, fd);
}

static void do_class_get(void)
{
	struct kvmwarden_class class = { .index = take8() % 8 };

	class.cgroup = take_string(0, true);
	class.cgroup.len = take8();
	class.label = take_string(1, take8() % 2);
	class.label.len = take8();
	call_with(&shim_device, KVMWARDEN_CLASS_GET, &class);
}

static void do_cgroup_get(void)
{
	struct kvmwarden_cgroup cgroup = { .index = take8() % 8 };

	cgroup.pattern = take_string(0, true);
	cgroup.pattern.len = take8();
	call_with(&shim_device, KVMWARDEN_CGROUP_GET, &cgroup);
}

/* All that there are, and no more than the pools of all VMs can be. */
static void do_account_next(void)
{
	struct kvmwarden_account account = { .id = take8() };
	u64 last = account.id;
	u32 i;

	account.cgroup = take_string(0, true);
	account.cgroup.len = take8();
	for (i = 0; i < 100; i++) {
		if (call_with(&shim_device, KVMWARDEN_ACCOUNT_NEXT, &account))
			return;
		memcpy(&account, told(), sizeof(account));
		if (account.id <= last || !account.used.vms)
			return;
		last = account.id;
	}
	bad("accounts without end");
}

static void do_vm_next(void)
{
	struct kvmwarden_vm vm = { .id = take8() };

	vm.cgroup = take_string(0, true);
	vm.cgroup.len = take8();
	vm.exe = take_string(1, true);
	vm.exe.len = take8();
	call_with(&shim_device, KVMWARDEN_VM_NEXT, &vm);
}

static u64 some_vm(void)
{
	const struct kw_vm *vm = NULL;
	u32 n = take8() % VMS;
	u64 id = 0;

	do {
		vm = kw_vm_next(id);
		if (vm)
			id = vm->id;
	} while (vm && n--);
	return id;
}

static void do_vm_set(void)
{
	struct kvmwarden_vm_set set = { .id = some_vm() };
	u32 i, what = take8();

	set.change = what & 1;
	set.own = what >> 1 & set.change;
	set.deny = what >> 2 & set.own;
	if (what & 8) {
		set.limits = take16() & 0x1ff;
		set.own_limits = set.limits & take16();
		for (i = 0; i < KVMWARDEN_NR_LIMITS; i++)
			if (set.own_limits & BIT_ULL(i))
				set.limit.of[i] = take_limit();
	}
	if (what & 16) {
		set.flags = KVMWARDEN_SET_CLASS;
		if (what & 32)
			snprintf(set.class_name, sizeof(set.class_name), "c%u",
				 take8() % 16);
	}
	call_with(&shim_device, KVMWARDEN_VM_SET, &set);
}

static void do_status(void)
{
	struct kvmwarden_status status = { };

	call_with(&shim_device, KVMWARDEN_STATUS, &status);
}

static void do_confirm(void)
{
	struct kvmwarden_confirm confirm = { };
	bool awaited = engine_awaits();
	struct force then;

	look(&then);
	confirm.flags = take8() % 2;
	confirm.generation = then.status.generation - (take8() > 240);
	if (call_with(&shim_device, KVMWARDEN_CONFIRM, &confirm))
		check_same(&then, "a confirmation that failed");
	check_rollback(awaited, then.status.generation);
}

static void do_lock(void)
{
	struct kvmwarden_lock lock = { };

	/* or little more happens */
	if (take8() > 128)
		call_with(&shim_device, KVMWARDEN_LOCK, &lock);
}

static void do_disarm(void)
{
	struct kvmwarden_disarm disarm = { };

	if (take8() < 128)
		return;
	if (!call_with(&shim_device, KVMWARDEN_DISARM, &disarm) &&
	    (engine_locked() || kw_vm_next(0)))
		bad("disarmed, and yet not");
}

/* Any bytes at all. */
static void do_raw(void)
{
	unsigned int cmd = kinds[take8() % ARRAY_SIZE(kinds)].cmd;
	u32 i, fd, size = take8() < 200 ? kind_of(cmd)->size : take16() % 8192;
	struct file *file = take_file(&fd);
	u8 *arg = user(ARG);

	if (take8() > 220)
		cmd = cmd ^ 1U << take8() % 32;
	memset(arg, 0, 2 * PAGE_SIZE);
	memcpy(arg, &size, sizeof(size));
	for (i = 4; i < min(size, 256U) && input_left; i++)
		arg[i] = take8();
	/* what was accepted like that is not known here */
	if (cmd == KVMWARDEN_RULESET_COMMIT || cmd == KVMWARDEN_CONFIRM ||
	    cmd == KVMWARDEN_RULESET_ADD || cmd == KVMWARDEN_RULESET_ADD_CGROUP)
		file = &shim_device;
	if (cmd == KVMWARDEN_RULESET_BEGIN)
		file = &shim_files[0];
	if (cmd != KVMWARDEN_RULESET_BEGIN && (!file || take8() % 2))
		file = &shim_device;
	if (file->f_op)
		call(file, cmd, ARG);
}

/* -- VMs -- */

static struct kvm *kvm_of(u32 i)
{
	return (struct kvm *)(0x100000UL + i * 0x1000);
}

static void do_vm_create(void)
{
	struct kvm *kvm = kvm_of(take8() % VMS);
	bool enforced = ruleset_now()->enforced;
	int err;

	if (!engine_armed)
		return;
	err = kw_vm_create(kvm);
	if (err == -EDQUOT && !enforced)
		bad("refused, though nothing is enforced");
	if (err && kw_vm_find(kvm))
		bad("refused, and yet on record");
	shim_fail_in = 0;
}

static u64 nothing_yet(struct kvm *kvm)
{
	return 0;
}

static void do_vm_grow(void)
{
	struct kw_vm *vm = kw_vm_find(kvm_of(take8() % VMS));
	enum kw_resource what = take8() % 2 ? KW_VCPUS : KW_MEMORY;
	u64 now, want = take8() % 12;
	u32 limit = KW_FIRST_PLAIN + take8() % KW_NR_PLAIN;

	if (!vm)
		return;
	now = kw_account_used(&vm->account, what);
	if (kw_vm_request(vm, what, now, want) && want <= now)
		bad("refused what the VM had");
	kw_vm_limit(vm, limit, kw_vm_used(vm, limit), want);
	kw_vm_limit_begin(vm, KW_FIRST_LATE + limit % KW_NR_LATE, nothing_yet);
	kw_vm_forbidden(vm, KVMWARDEN_DENY_NESTED, KVMWARDEN_REASON_NESTED,
			KVMWARDEN_OPERATION_NESTED_ENTER);
}

static void do_vm_destroy(void)
{
	kw_vm_destroy(kvm_of(take8() % VMS));
}

/* -- the rest of the world -- */

static void do_time(void)
{
	bool awaited = engine_awaits();
	u64 generation = ruleset_now()->generation;

	shim_pass(take8() * HZ);
	shim_run_works();
	shim_fail_in = 0;
	check_rollback(awaited, generation);
}

/* -- events -- */

static struct file reader;
static u64 read_to, told_of;

static void check_event(const struct kvmwarden_event *event)
{
	bool lost = event->type == KVMWARDEN_EVENT_LOST;

	if (event->seq != read_to + (lost ? event->count : 1))
		bad("an event is missing, or comes twice");
	read_to = event->seq;
	if (lost)
		told_of += event->total;
	else if (event->type == KVMWARDEN_EVENT_DENIAL)
		told_of += event->count;
}

static void do_read(void)
{
	struct kvmwarden_event event;
	u32 nr = take8();

	shim_capable = true;
	while (nr-- && engine_read(&reader, &event))
		check_event(&event);
}

static void begin_reading(void)
{
	read_to = 0;
	told_of = 0;
	engine_open(&reader);
}

static void end_reading(void)
{
	struct kvmwarden_event event;

	shim_capable = true;
	shim_pass(HZ);
	shim_run_works();
	while (engine_read(&reader, &event))
		check_event(&event);
	if (told_of != engine_denials())
		bad("not all denials were told of, or too many");
	engine_close(&reader);
}

static void do_close(void)
{
	struct file *file;
	u32 fd;

	file = take_file(&fd);
	if (file)
		shim_close(file);
	shadow_free(&drafts[fd]);
}

static void do_trouble(void)
{
	u32 what = take8();

	shim_capable = what % 16 != 0;
	engine_alive = what % 16 != 1;
	engine_lacking = what % 16 == 2 ? 1ULL << take8() % 11 : 0;
	if (what > 128)
		shim_fail_in = 1 + take8() % 40;
}

static void do_who(void)
{
	static const char * const cgroups[] = { "/", "/a", "/a/b", "/a/b/c",
						"/b/xc", "/c" };
	struct engine_who *who = &engine_who;
	u32 i;

	who->uid = take8() % 4;
	who->gid = take8() % 4;
	who->egid = take8() % 4;
	who->nr_groups = take8() % 4;
	for (i = 0; i < who->nr_groups; i++)
		who->groups[i] = i;
	who->nr_owners = take8() % 4;
	for (i = 0; i < who->nr_owners; i++) {
		who->owners[i].uid = 1 + take8() % 3;
		who->owners[i].gid = take8() % 4;
	}
	who->exe.ino = take8() % 4;
	who->exe.dev = take8() % 3;
	strcpy(who->cgroup, cgroups[take8() % ARRAY_SIZE(cgroups)]);
	strcpy(who->label, take8() % 2 ? "svirt:x" : "");
}

static void (*const steps[])(void) = {
	do_begin, do_add, do_add_cgroup, do_commit, do_class_get,
	do_cgroup_get, do_account_next, do_vm_next, do_vm_set, do_status,
	do_confirm, do_lock, do_disarm, do_raw, do_vm_create, do_vm_grow,
	do_vm_destroy, do_time, do_close, do_trouble, do_who, do_read,
	/* more often than others */
	do_add, do_commit, do_vm_create, do_vm_grow,
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u32 i;

	input = data;
	input_left = size;
	engine_begin();
	begin_reading();
	for (i = 0; i < CALLS && input_left; i++) {
		steps[take8() % ARRAY_SIZE(steps)]();
		/* now and then more than one request is under way */
		if (i % 3)
			engine_user_mode();
		if (!engine_exact())
			bad("accounts are not exact");
		if (kw_ruleset_enforces(ruleset_now()) & ~engine_needed)
			bad("what is enforced is not asked of the hooks");
	}
	check_in_force();
	end_reading();
	engine_end();
	for (i = 0; i < SHIM_FILES; i++)
		shadow_free(&drafts[i]);
	shadow_free(&in_force);
	shadow_free(&before_that);
	return 0;
}
