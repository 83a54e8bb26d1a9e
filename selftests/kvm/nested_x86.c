// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that runs a guest of its own: where it is forbidden, that one never
 * executes an instruction, whatever VMM and guest try.
 *
 *	nested [SEED [ROUNDS]]
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "fixture.h"
#include "nested.h"
#include "vmm.h"

/* What an SMI leaves of a 64-bit processor, as AMD's manual has it */
#define SMRAM_GUEST	(SMBASE + 0xfed8)	/* it was in its guest */
#define SMRAM_VMCB	(SMBASE + 0xfee0)
#define SMRAM_EFER	(SMBASE + 0xfed0)
#define EFER_SVME	(1ULL << 12)

/* Of the intercepts */
#define VMCB_SHUTDOWN		(CONTROL_GPA + 0x0f)
#define VMCB_SHUTDOWN_BIT	0x80

#define MSR_EFER	0xc0000080
#define MSR_HSAVE	0xc0010117
#define SAVE_AREA	0x400

static unsigned int seed, random_state, rounds = 5;

static void allow(void)
{
	warden_deny(warden, KVMWARDEN_MODE_ENFORCE, 0, 0);
}

static void forbid(void)
{
	warden_deny(warden, KVMWARDEN_MODE_ENFORCE, KVMWARDEN_DENY_NESTED,
		    KVMWARDEN_REVOKE_FAIL);
}

/* Its own guest runs, once. */
static void nests(struct machine *m)
{
	uint32_t before = *mark(m);

	EQUAL(next_letter(m), SAYS_DONE);
	EQUAL(*mark(m), before + 1);
}

/* It never does, and the guest itself lives on. */
static void fails(struct machine *m)
{
	uint32_t before = *mark(m);

	EQUAL(next_letter(m), SAYS_FAILED);
	EQUAL(next_letter(m), SAYS_FAILED);
	EQUAL(*mark(m), before);
}

/*
 * Whatever @enable does so that the guest can run its own, it works where that
 * is allowed, and is in vain where it is not, whatever becomes of the guest.
 */
static void both_ways(void (*enable)(struct machine *m))
{
	struct machine m;
	unsigned int i;

	allow();
	machine_start(&m, true);
	enable(&m);
	nests(&m);
	nests(&m);
	machine_end(&m);

	forbid();
	machine_start(&m, true);
	enable(&m);
	for (i = 0; i < 4; i++)
		CHECK(next_letter(&m) != SAYS_DONE);
	/* even if it goes on as if it had worked */
	start_at(&m, vendor->l1_run);
	for (i = 0; i < 4; i++)
		CHECK(next_letter(&m) != SAYS_DONE);
	start_at(&m, vendor->l1_in);
	for (i = 0; i < 4; i++)
		CHECK(next_letter(&m) != SAYS_DONE);
	EQUAL(*mark(&m), 0);
	machine_end(&m);
}

static void enable_nothing(struct machine *m)
{
	(void)m;
}

static void by_the_guest(void)
{
	both_ways(enable_nothing);
}

static void honestly(void)
{
	struct machine m;
	int letter;

	forbid();
	machine_start(&m, false);
	letter = next_letter(&m);
	CHECK(letter == SAYS_GP || letter == SAYS_UD);
	EQUAL(*mark(&m), 0);
	machine_end(&m);
}

/* By errors or not: what came of it is looked at. */
static void enable_msrs(struct machine *m)
{
	struct kvm_sregs sregs;

	EQUAL(ioctl(m->vcpu, KVM_GET_SREGS, &sregs), 0);
	vendor->switch_on(&sregs.cr4, &sregs.efer, true);
	msr_set(m, MSR_EFER, sregs.efer);
	start_at(m, vendor == &nested_amd ? vendor->l1_run : vendor->l1);
}

static void by_msrs(void)
{
	both_ways(enable_msrs);
}

static void enable_sregs(struct machine *m)
{
	struct kvm_sregs sregs;

	EQUAL(ioctl(m->vcpu, KVM_GET_SREGS, &sregs), 0);
	vendor->switch_on(&sregs.cr4, &sregs.efer, true);
	ioctl(m->vcpu, KVM_SET_SREGS, &sregs);
	start_at(m, vendor->l1_run);
}

static void by_sregs(void)
{
	both_ways(enable_sregs);
}

static void enable_sregs2(struct machine *m)
{
	struct kvm_sregs2 sregs;

	EQUAL(ioctl(m->vcpu, KVM_GET_SREGS2, &sregs), 0);
	vendor->switch_on(&sregs.cr4, &sregs.efer, true);
	ioctl(m->vcpu, KVM_SET_SREGS2, &sregs);
	start_at(m, vendor->l1_run);
}

static void by_sregs2(void)
{
	if (!vmm_check(kvm, KVM_CAP_SREGS2))
		return skip("this kernel has no KVM_SET_SREGS2");
	both_ways(enable_sregs2);
}

static void enable_sync(struct machine *m)
{
	struct kvm_sregs *sregs = &m->run->s.regs.sregs;

	start_at(m, vendor->l1_run);
	EQUAL(ioctl(m->vcpu, KVM_GET_SREGS, sregs), 0);
	vendor->switch_on(&sregs->cr4, &sregs->efer, true);
	m->run->kvm_dirty_regs = KVM_SYNC_X86_SREGS;
}

static void by_sync_regs(void)
{
	both_ways(enable_sync);
}

static void random_start(void)
{
	ksft_print_msg("seed %u\n", seed);
	random_state = seed;
}

static unsigned int random_below(unsigned int limit)
{
	return rand_r(&random_state) % limit;
}

struct flipper {
	struct machine *m;
	bool stop;
};

static void *flip(void *arg)
{
	struct flipper *flipper = arg;
	struct kvm_sregs *sregs = &flipper->m->run->s.regs.sregs;
	bool on = false;

	while (!__atomic_load_n(&flipper->stop, __ATOMIC_RELAXED)) {
		on = !on;
		vendor->switch_on(&sregs->cr4, &sregs->efer, on);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		if (random_below(4) == 0)
			sched_yield();
	}
	return NULL;
}

/* How often its own guest ran while a second thread writes what KVM reads. */
static uint32_t sync_race(void)
{
	struct flipper flipper = { 0 };
	struct machine m;
	pthread_t thread;
	unsigned int i;
	uint32_t ran;

	machine_start(&m, true);
	flipper.m = &m;
	enable_sync(&m);
	if (pthread_create(&thread, NULL, flip, &flipper))
		ksft_exit_fail_msg("no thread\n");
	for (i = 0; i < 20 * rounds; i++) {
		m.run->kvm_dirty_regs = KVM_SYNC_X86_SREGS;
		next_letter(&m);
		m.run->kvm_dirty_regs = 0;
		start_at(&m, vendor->l1_run);
	}
	__atomic_store_n(&flipper.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	ran = *mark(&m);
	machine_end(&m);
	return ran;
}

static void by_sync_regs_raced(void)
{
	random_start();
	allow();
	CHECK(sync_race() > 0);
	forbid();
	EQUAL(sync_race(), 0);
}

static void enable_evmcs(struct machine *m)
{
	uint16_t version;
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_HYPERV_ENLIGHTENED_VMCS,
		.args[0] = (uintptr_t)&version,
	};

	EQUAL(ioctl(m->vcpu, KVM_ENABLE_CAP, &cap), 0);
}

static void with_evmcs(void)
{
	if (!vmm_check(kvm, KVM_CAP_HYPERV_ENLIGHTENED_VMCS))
		return skip("there is none here");
	both_ways(enable_evmcs);
}

struct nested_state {
	struct kvm_nested_state head;
	uint8_t data[2 * 4096];
};

/* @to becomes what @from is, which is in its own guest. */
static int transplant(struct machine *to, const struct machine *from)
{
	struct nested_state state = { .head.size = sizeof(state) };
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	memcpy(to->memory, from->memory, MEMORY);
	EQUAL(ioctl(from->vcpu, KVM_GET_REGS, &regs), 0);
	EQUAL(ioctl(from->vcpu, KVM_GET_SREGS, &sregs), 0);
	EQUAL(ioctl(from->vcpu, KVM_GET_NESTED_STATE, &state), 0);
	CHECK(state.head.flags & KVM_STATE_NESTED_GUEST_MODE);
	ioctl(to->vcpu, KVM_SET_SREGS, &sregs);
	EQUAL(ioctl(to->vcpu, KVM_SET_REGS, &regs), 0);
	return ioctl(to->vcpu, KVM_SET_NESTED_STATE, &state) ? -errno : 0;
}

static void by_nested_state(void)
{
	struct nested_state state = { .head.size = sizeof(state) };
	struct machine from, to;
	uint32_t before;

	allow();
	machine_start(&from, true);
	put_l2(&from, says);
	EQUAL(next_letter(&from), SAYS_L2);

	machine_start(&to, true);
	EQUAL(transplant(&to, &from), 0);
	before = *mark(&to);
	/* what it was about to say it may say again */
	if (next_letter(&to) == SAYS_L2)
		EQUAL(next_letter(&to), SAYS_DONE);
	EQUAL(*mark(&to), before + 1);
	machine_end(&to);

	forbid();
	machine_start(&to, true);
	CHECK(transplant(&to, &from) < 0);
	EQUAL(ioctl(to.vcpu, KVM_GET_NESTED_STATE, &state), 0);
	EQUAL(state.head.flags & KVM_STATE_NESTED_GUEST_MODE, 0);
	machine_end(&to);
	machine_end(&from);
}

/* An SMI comes while its own guest runs; RSM is to go back there. */
static void smi_in_l2(bool denied_meanwhile)
{
	struct machine m;

	allow();
	machine_start(&m, true);
	put_l2(&m, says);
	EQUAL(next_letter(&m), SAYS_L2);
	EQUAL(*mark(&m), 0);
	EQUAL(ioctl(m.vcpu, KVM_SMI, 0), 0);
	EQUAL(next_letter(&m), SAYS_SMM);
	if (denied_meanwhile) {
		forbid();
		CHECK(next_letter(&m) != SAYS_DONE);
		EQUAL(*mark(&m), 0);
	} else {
		EQUAL(next_letter(&m), SAYS_DONE);
		EQUAL(*mark(&m), 1);
	}
	machine_end(&m);
}

static void by_rsm(void)
{
	if (!vmm_check(kvm, KVM_CAP_X86_SMM))
		return skip("this KVM has no SMM");
	smi_in_l2(false);
	smi_in_l2(true);
}

/* Its SMM says that it came from its own guest, where it has never been. */
static uint32_t forged_smram(void)
{
	struct machine m;
	uint64_t efer;
	uint32_t ran;

	machine_start(&m, true);
	EQUAL(ioctl(m.vcpu, KVM_SMI, 0), 0);
	EQUAL(next_letter(&m), SAYS_SMM);
	memcpy(&efer, m.memory + SMRAM_EFER, sizeof(efer));
	put64(&m, SMRAM_EFER, efer | EFER_SVME);
	put64(&m, SMRAM_GUEST, 1);
	put64(&m, SMRAM_VMCB, CONTROL_GPA);
	/* where its hypervisor's state would be: what is there serves as well */
	msr_set(&m, MSR_HSAVE, HOST_GPA);
	memcpy(m.memory + HOST_GPA + SAVE_AREA,
	       m.memory + CONTROL_GPA + SAVE_AREA, 4096 - SAVE_AREA);
	next_letter(&m);
	ran = *mark(&m);
	machine_end(&m);
	return ran;
}

/* Can KVM end the guest's own guest, but not the guest? */
static bool takes_out(void)
{
	char *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *symbols = fopen("/proc/kallsyms", "r");

	while (symbols && !found && getline(&line, &size, symbols) > 0)
		found = strstr(line, vendor->triple_fault);
	free(line);
	if (symbols)
		fclose(symbols);
	return found;
}

static void by_forged_smram(void)
{
	if (vendor != &nested_amd)
		return skip("with VMX that is not in SMRAM");
	if (!vmm_check(kvm, KVM_CAP_X86_SMM))
		return skip("this KVM has no SMM");
	if (!takes_out())
		return skip("a KVM as old as this does not get there by that");
	allow();
	EQUAL(forged_smram(), 1);
	forbid();
	EQUAL(forged_smram(), 0);
}

static uint64_t vm_id(void)
{
	struct kvmwarden_vm vm;
	uint64_t id = 0;

	/* the youngest */
	for (;;) {
		memset(&vm, 0, sizeof(vm));
		vm.size = sizeof(vm);
		vm.id = id;
		if (ioctl(warden, KVMWARDEN_VM_NEXT, &vm))
			return id;
		id = vm.id;
	}
}

static int vm_set(uint64_t id, uint64_t own, uint64_t deny)
{
	struct kvmwarden_vm_set set = {
		.size = sizeof(set),
		.id = id,
		.change = KVMWARDEN_DENY_NESTED,
		.own = own,
		.deny = deny,
	};

	return ioctl(warden, KVMWARDEN_VM_SET, &set) ? -errno : 0;
}

/* A VM that does it already: its own guest is not run again, and then is. */
static void live(void)
{
	uint64_t before = denied(KVMWARDEN_REASON_NESTED);
	struct machine m;
	unsigned int i;

	allow();
	machine_start(&m, true);
	nests(&m);
	for (i = 0; i < rounds; i++) {
		forbid();
		fails(&m);
		allow();
		nests(&m);
	}
	EQUAL(denied(KVMWARDEN_REASON_NESTED) - before, 2 * rounds);
	machine_end(&m);
}

static void live_for_one(void)
{
	struct machine m, other;
	uint64_t id;

	allow();
	machine_start(&m, true);
	id = vm_id();
	machine_start(&other, true);
	nests(&m);
	nests(&other);
	EQUAL(vm_set(id, KVMWARDEN_DENY_NESTED, KVMWARDEN_DENY_NESTED), 0);
	fails(&m);
	nests(&other);
	/* it is the VM's own, whatever its class says */
	allow();
	fails(&m);
	EQUAL(vm_set(id, KVMWARDEN_DENY_NESTED, 0), 0);
	nests(&m);
	forbid();
	nests(&m);
	fails(&other);
	/* and its class's again */
	EQUAL(vm_set(id, 0, 0), 0);
	fails(&m);
	EQUAL(vm_set(id + 1000, 0, 0), -ENOENT);
	EQUAL(vm_set(0, 0, 0), -ENOENT);
	EQUAL(vm_set(id, 0, KVMWARDEN_DENY_NESTED), -EINVAL);
	machine_end(&other);
	machine_end(&m);
}

/* It fails to switch it on or to enter; that is never an error for its VMM. */
static void fails_in_the_guest(struct machine *m)
{
	unsigned int i;
	int letter;

	for (i = 0; i < 4; i++) {
		letter = next_letter(m);
		CHECK(letter == SAYS_FAILED || letter == SAYS_UD);
	}
	EQUAL(*mark(m), 0);
}

/* Told of it, but nothing switched on yet when it is forbidden. */
static void live_before(void)
{
	struct machine m;

	allow();
	machine_start(&m, true);
	forbid();
	fails_in_the_guest(&m);
	machine_end(&m);
}

static void *letter_thread(void *m)
{
	return (void *)(intptr_t)next_letter(m);
}

static void start_endless(struct machine *m, pthread_t *thread)
{
	put(m, L2_GPA, endless, endless_end);
	*mark(m) = 0;
	if (pthread_create(thread, NULL, letter_thread, m))
		ksft_exit_fail_msg("no thread\n");
	while (!*mark(m))
		sched_yield();
}

static void stopped_by_forbidding(struct machine *m)
{
	pthread_t thread;
	uint32_t stopped;
	void *letter;

	start_endless(m, &thread);
	forbid();
	stopped = *mark(m);
	pthread_join(thread, &letter);
	EQUAL((intptr_t)letter, SAYS_SHUTDOWN);
	fails(m);
	EQUAL(*mark(m), stopped);
}

/* Until it is forbidden for the first time, the module need not look. */
static void live_first(void)
{
	struct machine m;
	unsigned int i;

	if (!takes_out())
		return skip("this KVM cannot: see the last");
	machine_start(&m, true);
	for (i = 0; i < 3; i++) {
		unload_module();
		load_and_open();
		put_l2(&m, ends);
		nests(&m);
		stopped_by_forbidding(&m);
	}
	machine_end(&m);
}

/* Its own guest never exits: it is made to, and its hypervisor lives on. */
static void live_endless(void)
{
	struct machine m;
	unsigned int i;

	if (!takes_out())
		return skip("this KVM cannot: see the next but one");
	allow();
	machine_start(&m, true);
	for (i = 0; i < rounds; i++) {
		stopped_by_forbidding(&m);
		allow();
		put_l2(&m, ends);
		nests(&m);
	}
	machine_end(&m);
}

/* How often its vCPU has left a guest, its own or that one's. */
static uint64_t exits(const struct machine *m)
{
	struct kvm_stats_header header;
	struct kvm_stats_desc *desc;
	uint64_t value = 0;
	unsigned int i;
	size_t size;
	int fd;

	fd = ioctl(m->vcpu, KVM_GET_STATS_FD, NULL);
	if (fd < 0 || pread(fd, &header, sizeof(header), 0) != sizeof(header))
		ksft_exit_fail_msg("KVM_GET_STATS_FD: %s\n", strerror(errno));
	/* its name is behind it */
	size = sizeof(*desc) + header.name_size;
	desc = calloc(1, size + 1);
	for (i = 0; desc && i < header.num_desc; i++) {
		CHECK(pread(fd, desc, size, header.desc_offset + i * size) ==
		      (ssize_t)size);
		if (!strcmp((char *)(desc + 1), "exits"))
			CHECK(pread(fd, &value, sizeof(value),
				    header.data_offset + desc->offset) == sizeof(value));
	}
	free(desc);
	close(fd);
	return value;
}

/* Return why KVM_RUN came back, or a negative errno. */
static int run_a_bit(struct machine *m)
{
	return ioctl(m->vcpu, KVM_RUN, 0) ? -errno : (int)m->run->exit_reason;
}

static void interrupted(int signal)
{
	(void)signal;
}

/* Until its own guest runs, which would never come back by itself. */
static void run_until_there(struct machine *m)
{
	struct sigaction action = { .sa_handler = interrupted };
	struct itimerval often = { { 0, 5000 }, { 0, 5000 } }, never = { };
	int why;

	put(m, L2_GPA, endless, endless_end);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	do {
		why = run_a_bit(m);
	} while (!*mark(m) && why == -EINTR);
	setitimer(ITIMER_REAL, &never, NULL);
	EQUAL(why, -EINTR);
}

/*
 * A hypervisor that wants to know nothing of a triple fault, on AMD: it is the VM's
 * then. A VMM that goes on all the same does not get it entered again.
 */
static void live_unheard(void)
{
	struct machine m;
	uint64_t before;
	unsigned int i;

	if (vendor != &nested_amd)
		return skip("with VMX a hypervisor always gets it");
	if (!takes_out())
		return skip("this KVM cannot: see the next but one");
	allow();
	machine_start(&m, true);
	m.memory[VMCB_SHUTDOWN] &= ~VMCB_SHUTDOWN_BIT;
	run_until_there(&m);
	forbid();
	before = exits(&m);
	for (i = 0; i < 100; i++)
		if (!EQUAL(run_a_bit(&m), KVM_EXIT_SHUTDOWN))
			break;
	/* once, for what was only just about to be entered */
	CHECK(exits(&m) - before <= 1);
	machine_end(&m);
}

struct runner {
	struct machine *m;
	pthread_mutex_t lock;	/* of what follows */
	pthread_cond_t more;
	unsigned int done, failed;
	int wrong;
	bool stop;
};

static bool run_once(struct runner *runner)
{
	int letter = next_letter(runner->m);
	bool stop;

	pthread_mutex_lock(&runner->lock);
	if (letter == SAYS_DONE)
		runner->done++;
	else if (letter == SAYS_FAILED || letter == SAYS_SHUTDOWN)
		runner->failed++;
	else
		runner->wrong = letter ?: -1;
	pthread_cond_signal(&runner->more);
	stop = runner->stop || runner->wrong;
	pthread_mutex_unlock(&runner->lock);
	return !stop;
}

static void *run_on(void *runner)
{
	while (run_once(runner))
		;
	return NULL;
}

/* Until *@count has grown by @by; false if something has gone wrong */
static bool await_more(struct runner *runner, const unsigned int *count,
		       unsigned int by)
{
	unsigned int begin;
	bool right;

	pthread_mutex_lock(&runner->lock);
	for (begin = *count; *count - begin < by && !runner->wrong;)
		pthread_cond_wait(&runner->more, &runner->lock);
	right = !runner->wrong;
	pthread_mutex_unlock(&runner->lock);
	return right;
}

/* For all, or for VM @id alone */
static void set_for(uint64_t id, bool denied_now)
{
	uint64_t deny = denied_now ? KVMWARDEN_DENY_NESTED : 0;

	if (id)
		EQUAL(vm_set(id, KVMWARDEN_DENY_NESTED, deny), 0);
	else
		warden_deny(warden, KVMWARDEN_MODE_ENFORCE, deny,
			    KVMWARDEN_REVOKE_FAIL);
}

static bool race_once(struct runner *runner, uint64_t id)
{
	unsigned int spin = random_below(2000);
	uint32_t stopped;

	if (!await_more(runner, &runner->done, 1 + random_below(3)))
		return false;
	while (spin--)
		relax();
	set_for(id, true);
	stopped = *mark(runner->m);
	if (!await_more(runner, &runner->failed, 1 + random_below(3)))
		return false;
	EQUAL(*mark(runner->m), stopped);
	set_for(id, false);
	return true;
}

/* At any moment of entering and leaving: once forbidden, it stays where it is. */
static void live_raced(void)
{
	struct runner runner = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.more = PTHREAD_COND_INITIALIZER,
	};
	struct machine m;
	pthread_t thread;
	unsigned int i;
	uint64_t id;

	if (!takes_out())
		return skip("this KVM cannot: see the next");
	random_start();
	allow();
	machine_start(&m, true);
	id = vm_id();
	runner.m = &m;
	if (pthread_create(&thread, NULL, run_on, &runner))
		ksft_exit_fail_msg("no thread\n");
	for (i = 0; i < rounds; i++) {
		if (!race_once(&runner, i % 2 ? id : 0))
			break;
		/* its own setting would outlive the other kind's */
		EQUAL(vm_set(id, 0, 0), 0);
	}
	pthread_mutex_lock(&runner.lock);
	runner.stop = true;
	pthread_mutex_unlock(&runner.lock);
	pthread_join(thread, NULL);
	EQUAL(runner.wrong, 0);
	machine_end(&m);
}

/* Another VMM, whose guest's own guest runs, or is run again and again. */
static pid_t start_victim(struct machine *m, const uint8_t *l2)
{
	pid_t pid;

	machine_memory(m);
	pid = fork();
	if (!pid) {
		machine_make(m, true);
		if (l2 == endless)
			put(m, L2_GPA, endless, endless_end);
		for (;;)
			next_letter(m);
	}
	while (!*mark(m) && !waitpid(pid, NULL, WNOHANG))
		sched_yield();
	return pid;
}

static void dies(uint32_t revoke, const uint8_t *l2)
{
	struct machine m;
	uint32_t stopped;
	int status = 0;
	pid_t pid;

	allow();
	pid = start_victim(&m, l2);
	warden_deny(warden, KVMWARDEN_MODE_ENFORCE, KVMWARDEN_DENY_NESTED, revoke);
	stopped = *mark(&m);
	EQUAL(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	EQUAL(*mark(&m), stopped);
	munmap(m.memory, MEMORY);
}

static void live_kill(void)
{
	dies(KVMWARDEN_REVOKE_KILL, ends);
	dies(KVMWARDEN_REVOKE_KILL, endless);
	if (!takes_out())
		dies(KVMWARDEN_REVOKE_FAIL, endless);
}

static void permissive_counts(void)
{
	uint64_t before = permitted(KVMWARDEN_REASON_NESTED);
	struct machine m;

	warden_deny(warden, KVMWARDEN_MODE_PERMISSIVE, KVMWARDEN_DENY_NESTED, 0);
	CHECK(tells(KVM_GET_SUPPORTED_CPUID));
	machine_start(&m, true);
	nests(&m);
	before = permitted(KVMWARDEN_REASON_NESTED);
	nests(&m);
	machine_end(&m);
	EQUAL(permitted(KVMWARDEN_REASON_NESTED) - before, 1);
}

#define MSRS		1024
#define MSR_VMX_FIRST	0x480
#define MSR_VMX_LAST	0x491

struct msr_list {
	uint32_t nmsrs;
	uint32_t indices[MSRS];
};

/* How many of VMX there are in a list that KVM gives */
static unsigned int vmx_msrs(unsigned long which)
{
	struct msr_list asked = { .nmsrs = 0 }, list = { .nmsrs = MSRS };
	unsigned int i, count = 0;

	EQUAL(ioctl(kvm, which, &asked) ? errno : 0, E2BIG);
	EQUAL(ioctl(kvm, which, &list), 0);
	/* as long as KVM says when it is asked for that alone */
	EQUAL(list.nmsrs, asked.nmsrs);
	for (i = 0; i < list.nmsrs; i++) {
		CHECK(list.indices[i] != 0);
		count += list.indices[i] >= MSR_VMX_FIRST &&
			 list.indices[i] <= MSR_VMX_LAST;
	}
	return count;
}

/* What KVM had no room to write is not written by anybody. */
static void list_too_short(void)
{
	struct msr_list list = { .nmsrs = 1 };
	unsigned int i;

	memset(list.indices, 0x5a, sizeof(list.indices));
	EQUAL(ioctl(kvm, KVM_GET_MSR_INDEX_LIST, &list) ? errno : 0, E2BIG);
	CHECK(list.nmsrs > 1);
	for (i = 0; i < MSRS; i++)
		EQUAL(list.indices[i], 0x5a5a5a5a);
}

static void msrs_hidden(void)
{
	bool intel = vendor == &nested_intel;

	allow();
	EQUAL(vmx_msrs(KVM_GET_MSR_INDEX_LIST) > 0, intel);
	EQUAL(vmx_msrs(KVM_GET_MSR_FEATURE_INDEX_LIST) > 0, intel);
	list_too_short();
	forbid();
	EQUAL(vmx_msrs(KVM_GET_MSR_INDEX_LIST), 0);
	EQUAL(vmx_msrs(KVM_GET_MSR_FEATURE_INDEX_LIST), 0);
	list_too_short();
}

static void hidden(void)
{
	int vm;

	allow();
	CHECK(tells(KVM_GET_SUPPORTED_CPUID));
	CHECK(vmm_check(kvm, KVM_CAP_NESTED_STATE) > 0);
	forbid();
	CHECK(!tells(KVM_GET_SUPPORTED_CPUID));
	CHECK(!tells(KVM_GET_EMULATED_CPUID));
	EQUAL(vmm_check(kvm, KVM_CAP_NESTED_STATE), 0);
	vm = new_vm();
	EQUAL(vmm_check(vm, KVM_CAP_NESTED_STATE), 0);
	allow();
	CHECK(vmm_check(vm, KVM_CAP_NESTED_STATE) > 0);
	close(vm);
}

/* A VM that is older than the hooks. */
static void live_adopted(void)
{
	struct machine m;

	allow();
	take_off_hooks();
	machine_start(&m, true);
	nests(&m);
	forbid();
	fails(&m);
	allow();
	nests(&m);
	machine_end(&m);
}

/* It was told of it, whatever is in force by the time that it is found. */
static void live_adopted_late(void)
{
	struct machine m;

	forbid();
	take_off_hooks();
	machine_start(&m, true);
	forbid();
	fails_in_the_guest(&m);
	allow();
	nests(&m);
	machine_end(&m);
}

static const struct test tests[] = {
	{ "the guest itself switches on what it needs", by_the_guest },
	{ "a guest that was not told of it", honestly },
	{ "the VMM does it, by KVM_SET_MSRS", by_msrs },
	{ "by KVM_SET_SREGS", by_sregs },
	{ "by KVM_SET_SREGS2", by_sregs2 },
	{ "by sync regs", by_sync_regs },
	{ "by sync regs that another thread rewrites", by_sync_regs_raced },
	{ "with an enlightened VMCS", with_evmcs },
	{ "by KVM_SET_NESTED_STATE, its own guest running", by_nested_state },
	{ "by RSM, after an SMI", by_rsm },
	{ "by RSM, with forged SMRAM", by_forged_smram },
	{ "KVM tells of nothing", hidden },
	{ "nor of MSRs that its vCPUs would not have", msrs_hidden },
	{ "permissive lets it through and counts", permissive_counts },
	{ "forbidden and allowed while it runs", live },
	{ "forbidden and allowed for one VM of two", live_for_one },
	{ "forbidden before it has switched it on", live_before },
	{ "forbidden for a VM older than the hooks", live_adopted },
	{ "forbidden before it was found", live_adopted_late },
	{ "forbidden while its own guest runs and never exits", live_endless },
	{ "forbidden, and its hypervisor does not hear of it", live_unheard },
	{ "forbidden for the first time since the module was loaded", live_first },
	{ "forbidden and allowed at any moment", live_raced },
	{ "forbidden, and so killed", live_kill },
};

int main(int argc, char **argv)
{
	FILE *amd = fopen("/sys/module/kvm_amd/parameters/nested", "r");

	vendor = amd ? &nested_amd : &nested_intel;
	if (amd)
		fclose(amd);
	seed = argc > 1 && strcmp(argv[1], "-") ? strtoul(argv[1], NULL, 0) :
						  (unsigned int)time(NULL);
	if (argc > 2)
		rounds = strtoul(argv[2], NULL, 0);
	return fixture_main(tests, ARRAY_SIZE(tests));
}
