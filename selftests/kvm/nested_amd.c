// SPDX-License-Identifier: GPL-2.0
/* A guest that runs a guest of its own: with AMD's SVM. */
#include <stddef.h>

#include "nested.h"

#define EFER_SVME	(1ULL << 12)

#define LEAF_SVM	0x80000001
#define LEAF_SVM_MORE	0x8000000a
#define CPUID_SVM	(1U << 2)

__asm__(".pushsection .rodata\n"
	".code32\n"
	"amd_l1:\n"
	"	movl	$0xc0000080, %ecx\n"
	"	rdmsr\n"
	"	orl	$0x1000, %eax\n"	/* EFER.SVME */
	"	wrmsr\n"
	"amd_l1_run:\n"
	"	movl	$0xc0010117, %ecx\n"	/* VM_HSAVE_PA */
	"	xorl	%edx, %edx\n"
	"	movl	$0x4000, %eax\n"
	"	wrmsr\n"
	"1:	movl	$0x2000, 0x3578\n"	/* its guest's RIP */
	"	movl	$0, 0x3070\n"		/* exit code */
	"	movl	$0x3000, %eax\n"
	"	vmrun\n"
	"	movb	$'x', %al\n"
	"	cmpl	$0x81, 0x3070\n"	/* VMMCALL */
	"	je	2f\n"
	"	movb	$'s', %al\n"
	"	cmpl	$0x7f, 0x3070\n"	/* SHUTDOWN */
	"	je	2f\n"
	"	movb	$'f', %al\n"
	"	cmpl	$-1, 0x3070\n"		/* INVALID */
	"	je	2f\n"
	"	movb	$'?', %al\n"
	"2:	outb	%al, $0x38\n"
	"	jmp	1b\n"
	"amd_l1_end:\n"
	CODE_OF_OURS
	".popsection\n");

static const uint8_t vmmcall[] = { 0x0f, 0x01, 0xd9 };

struct segment {
	uint16_t selector, attributes;
	uint32_t limit;
	uint64_t base;
} __attribute__((packed));

/* As AMD's manual has it; only what is needed has a name. */
struct vmcb {
	uint8_t unused1[0x0c];
	uint64_t intercepts;
	uint8_t unused2[0x44];
	uint32_t asid;
	uint8_t unused3[0x14];
	uint64_t exit_code;
	uint8_t unused3b[0x388];
	struct segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	uint8_t unused4[0x30];
	uint64_t efer;
	uint8_t unused5[0x70];
	uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
	uint8_t unused6[0x58];
	uint64_t rsp;
	uint8_t unused7[0x88];
	uint64_t pat;
} __attribute__((packed));

_Static_assert(offsetof(struct vmcb, asid) == 0x58, "asid");
_Static_assert(offsetof(struct vmcb, exit_code) == 0x70, "exit_code");
_Static_assert(offsetof(struct vmcb, efer) == 0x4d0, "efer");
_Static_assert(offsetof(struct vmcb, rip) == 0x578, "rip");
_Static_assert(offsetof(struct vmcb, pat) == 0x668, "pat");

#define INTERCEPT_SHUTDOWN	(1ULL << 31)
#define INTERCEPT_VMRUN		(1ULL << 32)
#define INTERCEPT_VMMCALL	(1ULL << 33)

static void amd_fill(struct machine *m)
{
	static const struct segment code = { CODE, 0xc9b, -1U, 0 };
	static const struct segment data = { DATA, 0xc93, -1U, 0 };
	struct vmcb *vmcb = (struct vmcb *)(m->memory + CONTROL_GPA);

	vmcb->intercepts = INTERCEPT_SHUTDOWN | INTERCEPT_VMRUN |
			   INTERCEPT_VMMCALL;
	vmcb->asid = 1;
	vmcb->cs = code;
	vmcb->ds = data;
	vmcb->es = data;
	vmcb->ss = data;
	vmcb->efer = EFER_SVME;
	vmcb->cr0 = 0x31;
	vmcb->dr6 = 0xffff0ff0;
	vmcb->dr7 = 0x400;
	vmcb->rflags = RFLAGS;
	vmcb->rip = L2_GPA;
	vmcb->pat = 0x0007040600070406ULL;
}

static bool amd_has(struct kvm_cpuid2 *cpuid)
{
	const struct kvm_cpuid_entry2 *entry = cpuid_leaf(cpuid, LEAF_SVM);

	return entry && (entry->ecx & CPUID_SVM);
}

static void amd_forge(struct kvm_cpuid2 *cpuid, bool on)
{
	struct kvm_cpuid_entry2 *entry = cpuid_leaf(cpuid, LEAF_SVM);

	if (on)
		entry->ecx |= CPUID_SVM;
	else
		entry->ecx &= ~CPUID_SVM;
	entry = cpuid_leaf(cpuid, LEAF_SVM_MORE);
	if (entry) {
		entry->eax = on;
		entry->ebx = on ? 16 : 0;
		entry->edx = on;
	}
}

static void amd_switch_on(__u64 *cr4, __u64 *efer, bool on)
{
	(void)cr4;
	*efer = on ? *efer | EFER_SVME : *efer & ~EFER_SVME;
}

const struct vendor nested_amd = {
	.triple_fault = "nested_svm_triple_fault",
	.l1 = amd_l1,
	.l1_run = amd_l1_run,
	.l1_in = amd_l1_run,
	.l1_end = amd_l1_end,
	.call = vmmcall,
	.call_size = sizeof(vmmcall),
	.fill = amd_fill,
	.has = amd_has,
	.forge = amd_forge,
	.switch_on = amd_switch_on,
};
