// SPDX-License-Identifier: GPL-2.0
/* A machine whose guest runs a guest of its own, and how it is told what to do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest.h"
#include "fixture.h"
#include "nested.h"
#include "vmm.h"

const struct vendor *vendor;

/* The guest's handlers, and what its own guests run; all 32-bit. */
__asm__(".pushsection .rodata\n"
	".globl	says, ends, ends_end, endless, endless_end\n"
	".code32\n"
	/* the instruction that failed is tried again */
	"ud:	pushl	%eax\n"
	"	movb	$'u', %al\n"
	"	outb	%al, $0x38\n"
	"	popl	%eax\n"
	"	iret\n"
	"ud_end:\n"
	"gp:	movb	$'g', %al\n"
	"	outb	%al, $0x38\n"
	"	jmp	gp\n"
	"gp_end:\n"
	"says:	movb	$'2', %al\n"
	"	outb	%al, $0x38\n"
	"ends:	incl	0x7000\n"
	"ends_end:\n"
	"endless:\n"
	"	incl	0x7000\n"
	"	jmp	endless\n"
	"endless_end:\n"
	".code16\n"
	"smi:	movb	$'m', %al\n"
	"	outb	%al, $0x38\n"
	"	rsm\n"
	"smi_end:\n"
	CODE_OF_OURS
	".popsection\n");

/**
 * cpuid_leaf() - look up what CPUID tells
 * @cpuid: all of it
 * @number: of the leaf
 *
 * Return: the leaf, or NULL.
 */
struct kvm_cpuid_entry2 *cpuid_leaf(struct kvm_cpuid2 *cpuid, uint32_t number)
{
	uint32_t i;

	for (i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function == number)
			return &cpuid->entries[i];
	return NULL;
}

struct one_msr {
	struct kvm_msrs msrs;
	struct kvm_msr_entry entry;
};

/**
 * msr_set() - KVM_SET_MSRS with one of them
 * @m: the machine
 * @index: of the MSR
 * @value: for it
 *
 * Return: 1 if it was set, else 0 or -1.
 */
int msr_set(const struct machine *m, uint32_t index, uint64_t value)
{
	struct one_msr one = {
		.msrs.nmsrs = 1,
		.entry = { .index = index, .data = value },
	};

	return ioctl(m->vcpu, KVM_SET_MSRS, &one);
}

/**
 * msr_get() - KVM_GET_MSRS with one of them
 * @m: the machine
 * @index: of the MSR
 *
 * Return: its value; 0 if there is none.
 */
uint64_t msr_get(const struct machine *m, uint32_t index)
{
	struct one_msr one = { .msrs.nmsrs = 1, .entry.index = index };

	return ioctl(m->vcpu, KVM_GET_MSRS, &one) == 1 ? one.entry.data : 0;
}

/**
 * mark() - what the guest's own guest counts in
 * @m: the machine
 *
 * Return: where that is.
 */
volatile uint32_t *mark(const struct machine *m)
{
	return (uint32_t *)(m->memory + MARK_GPA);
}

/**
 * put() - give the guest memory its contents
 * @m: the machine
 * @gpa: from there on
 * @from: what
 * @end: its end
 */
void put(struct machine *m, uint32_t gpa, const void *from, const void *end)
{
	memcpy(m->memory + gpa, from, (const char *)end - (const char *)from);
}

/**
 * put64() - the same with a number
 * @m: the machine
 * @gpa: there
 * @value: the number
 */
void put64(struct machine *m, uint32_t gpa, uint64_t value)
{
	memcpy(m->memory + gpa, &value, sizeof(value));
}

/**
 * put_l2() - give the guest its own guest's code
 * @m: the machine
 * @from: says or ends; it ends by a call to its hypervisor
 */
void put_l2(struct machine *m, const uint8_t *from)
{
	put(m, L2_GPA, from, ends_end);
	memcpy(m->memory + L2_GPA + (ends_end - from), vendor->call,
	       vendor->call_size);
}

static void put_gate(struct machine *m, unsigned int vector, uint32_t handler)
{
	uint16_t gate[4] = { handler, CODE, 0x8e00, handler >> 16 };

	memcpy(m->memory + IDT_GPA + 8 * vector, gate, sizeof(gate));
}

static void fill_memory(struct machine *m)
{
	static const uint64_t gdt[] = {
		0, 0x00cf9b000000ffffULL, 0x00cf93000000ffffULL,
		0x00008b0000000067ULL,
	};

	put(m, L1_GPA, vendor->l1, vendor->l1_end);
	put_l2(m, ends);
	put(m, UD_GPA, ud, ud_end);
	put(m, GP_GPA, gp, gp_end);
	put(m, SMI_GPA, smi, smi_end);
	put(m, GDT_GPA, gdt, gdt + ARRAY_SIZE(gdt));
	/* 4 MiB, each page at its own address */
	put64(m, PAGES_GPA, 0xe3);
	put_gate(m, 6, UD_GPA);
	put_gate(m, 13, GP_GPA);
	vendor->fill(m);
}

/**
 * start_at() - have the guest go on elsewhere
 * @m: the machine
 * @where: in vendor->l1
 */
void start_at(struct machine *m, const uint8_t *where)
{
	struct kvm_regs regs = {
		.rip = L1_GPA + (where - vendor->l1),
		.rsp = STACK_GPA,
		.rflags = RFLAGS,
	};

	EQUAL(ioctl(m->vcpu, KVM_SET_REGS, &regs), 0);
}

/* Protected mode, flat; KVM has no VMRUN without paging. */
static void set_mode(struct machine *m)
{
	struct kvm_segment data = {
		.limit = -1U, .selector = DATA, .type = 3, .present = 1,
		.db = 1, .s = 1, .g = 1,
	};
	struct kvm_sregs sregs;

	EQUAL(ioctl(m->vcpu, KVM_GET_SREGS, &sregs), 0);
	sregs.ds = data;
	sregs.es = data;
	sregs.ss = data;
	sregs.fs = data;
	sregs.gs = data;
	sregs.cs = data;
	sregs.cs.selector = CODE;
	sregs.cs.type = 0xb;
	sregs.idt.base = IDT_GPA;
	sregs.idt.limit = 0x7ff;
	sregs.gdt.base = GDT_GPA;
	sregs.gdt.limit = 0x1f;
	sregs.cr3 = PAGES_GPA;
	sregs.cr4 = CR4_PSE;
	sregs.cr0 = CR0;
	EQUAL(ioctl(m->vcpu, KVM_SET_SREGS, &sregs), 0);
}

static struct kvm_cpuid2 *cpuid_get(unsigned long which)
{
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) +
				CPUID_ENTRIES * sizeof(cpuid->entries[0]));

	if (!cpuid)
		ksft_exit_fail_msg("no memory\n");
	cpuid->nent = CPUID_ENTRIES;
	EQUAL(ioctl(kvm, which, cpuid), 0);
	return cpuid;
}

/**
 * tells() - does KVM tell that guests can run guests?
 * @which: KVM_GET_SUPPORTED_CPUID or KVM_GET_EMULATED_CPUID
 *
 * Return: true if so.
 */
bool tells(unsigned long which)
{
	struct kvm_cpuid2 *cpuid = cpuid_get(which);
	bool has = vendor->has(cpuid);

	free(cpuid);
	return has;
}

/* All that KVM supports, and of nesting what we want. */
static void set_cpuid(struct machine *m, bool told)
{
	struct kvm_cpuid2 *cpuid = cpuid_get(KVM_GET_SUPPORTED_CPUID);

	vendor->forge(cpuid, told);
	EQUAL(ioctl(m->vcpu, KVM_SET_CPUID2, cpuid), 0);
	free(cpuid);
}

static void give_memory(struct machine *m, uint32_t slot)
{
	struct kvm_userspace_memory_region region;

	vmm_region(&region, slot, 0, 0, MEMORY);
	region.userspace_addr = (uintptr_t)m->memory;
	EQUAL(vmm_set(m->vm, &region), 0);
}

/**
 * machine_memory() - get memory for a guest, shared with children
 * @m: the machine
 */
void machine_memory(struct machine *m)
{
	m->memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (m->memory == MAP_FAILED)
		ksft_exit_fail_msg("no memory\n");
}

/**
 * machine_make() - make a machine around memory
 * @m: with its memory
 * @told: by CPUID that it can run guests of its own, whatever KVM says
 */
void machine_make(struct machine *m, bool told)
{
	m->vm = new_vm();
	m->vcpu = vmm_vcpu(m->vm, 0);
	CHECK(m->vcpu >= 0);
	m->run = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
		      PROT_READ | PROT_WRITE, MAP_SHARED, m->vcpu, 0);
	CHECK(m->run != MAP_FAILED);
	give_memory(m, 0);
	if (vmm_check(m->vm, KVM_CAP_X86_SMM))
		give_memory(m, VMM_SMM(0));
	set_cpuid(m, told);
	fill_memory(m);
	set_mode(m);
	start_at(m, vendor->l1);
}

/**
 * machine_start() - machine_memory() and machine_make()
 * @m: the machine
 * @told: as for the latter
 */
void machine_start(struct machine *m, bool told)
{
	machine_memory(m);
	machine_make(m, told);
}

/**
 * machine_end() - undo machine_start()
 * @m: the machine
 */
void machine_end(struct machine *m)
{
	munmap(m->run, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	close(m->vcpu);
	close(m->vm);
	munmap(m->memory, MEMORY);
}

/**
 * next_letter() - run the guest until it says something
 * @m: the machine
 *
 * Return: SAYS_*, or a negative errno: -ENOEXEC for another exit.
 */
int next_letter(struct machine *m)
{
	if (ioctl(m->vcpu, KVM_RUN, 0))
		return -errno;
	if (m->run->exit_reason != KVM_EXIT_IO)
		return -ENOEXEC;
	return *((uint8_t *)m->run + m->run->io.data_offset);
}
