/* SPDX-License-Identifier: GPL-2.0 */
/* A guest that runs a guest of its own: what AMD's and Intel's have in common. */
#ifndef NESTED_H
#define NESTED_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/kvm.h>

/* What the guest has where; the numbers in its code are these. */
#define L1_GPA		0x1000
#define L2_GPA		0x2000
#define CONTROL_GPA	0x3000		/* VMCB or VMCS */
#define HOST_GPA	0x4000		/* host save area or VMXON region */
#define IDT_GPA		0x5000
#define GDT_GPA		0x5800
#define UD_GPA		0x6000
#define GP_GPA		0x6800
#define MARK_GPA	0x7000		/* counts what its own guest has done */
#define PAGES_GPA	0x8000
#define TABLE_GPA	0x9000		/* of what to write into a VMCS */
#define STACK_GPA	0xb000
#define SMBASE		0x30000
#define SMI_GPA		(SMBASE + 0x8000)
#define MEMORY		0x40000

#define CODE		0x08
#define DATA		0x10
#define TASK		0x18

/* With interrupts on, see vmm_x86.c */
#define RFLAGS		0x202
#define CR0		0x80000031ULL	/* PG, NE, ET, PE */
#define CR4_PSE		0x10ULL

/* Behind code for the guest, which is 32-bit code */
#ifdef __x86_64__
#define CODE_OF_OURS	".code64\n"
#else
#define CODE_OF_OURS	".code32\n"
#endif

#define CPUID_ENTRIES	256

/*
 * The letters that the guest says: after its own guest has come to an end
 * as it was meant to, or by a triple fault, or could not be entered; after #UD
 * (what failed is tried again) and #GP; its own guest itself; and in SMM.
 */
#define SAYS_DONE	'x'
#define SAYS_SHUTDOWN	's'
#define SAYS_FAILED	'f'
#define SAYS_UD		'u'
#define SAYS_GP		'g'
#define SAYS_L2		'2'
#define SAYS_SMM	'm'

/**
 * struct machine - a VM with one vCPU
 * @vm: its file
 * @vcpu: the vCPU's
 * @run: what that shares with KVM
 * @memory: the guest's
 */
struct machine {
	int vm;
	int vcpu;
	struct kvm_run *run;
	uint8_t *memory;
};

/**
 * struct vendor - what AMD's SVM and Intel's VMX differ in
 * @triple_fault: the function in KVM that ends the guest's own guest by one
 * @l1: the guest's code; it switches on what it needs
 * @l1_run: where it goes on if that is done
 * @l1_in: where it goes on behind VMXON, or as @l1_run
 * @l1_end: its end
 * @call: what its own guest ends with
 * @call_size: of that
 * @fill: puts tables into the guest's memory, and MSRs into its vCPU
 * @has: does CPUID tell of it?
 * @forge: makes CPUID tell of it, or not
 * @switch_on: what @l1 does first, in the registers of a vCPU
 */
struct vendor {
	const char *triple_fault;
	const uint8_t *l1, *l1_run, *l1_in, *l1_end;
	const uint8_t *call;
	unsigned int call_size;
	void (*fill)(struct machine *m);
	bool (*has)(struct kvm_cpuid2 *cpuid);
	void (*forge)(struct kvm_cpuid2 *cpuid, bool on);
	void (*switch_on)(__u64 *cr4, __u64 *efer, bool on);
};

extern const struct vendor nested_amd, nested_intel;

/* Labels in code for the guest */
extern const uint8_t amd_l1[], amd_l1_run[], amd_l1_end[];
extern const uint8_t intel_l1[], intel_l1_run[], intel_l1_in[], intel_l1_end[];
extern const uint8_t ud[], ud_end[], gp[], gp_end[], says[], ends[], ends_end[];
extern const uint8_t endless[], endless_end[], smi[], smi_end[];

/* Of this machine; set before anything else */
extern const struct vendor *vendor;

void machine_memory(struct machine *m);
void machine_make(struct machine *m, bool told);
void machine_start(struct machine *m, bool told);
void machine_end(struct machine *m);
void start_at(struct machine *m, const uint8_t *where);
int next_letter(struct machine *m);

volatile uint32_t *mark(const struct machine *m);
void put(struct machine *m, uint32_t gpa, const void *from, const void *end);
void put64(struct machine *m, uint32_t gpa, uint64_t value);
void put_l2(struct machine *m, const uint8_t *from);

bool tells(unsigned long which);
struct kvm_cpuid_entry2 *cpuid_leaf(struct kvm_cpuid2 *cpuid, uint32_t number);
int msr_set(const struct machine *m, uint32_t index, uint64_t value);
uint64_t msr_get(const struct machine *m, uint32_t index);

#endif /* NESTED_H */
