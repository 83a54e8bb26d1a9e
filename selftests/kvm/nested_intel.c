// SPDX-License-Identifier: GPL-2.0
/* A guest that runs a guest of its own: with Intel's VMX. */
#include <stddef.h>
#include <string.h>

#include "fixture.h"
#include "nested.h"

#define LEAF_VMX		1
#define CPUID_VMX		(1U << 5)
#define CR4_VMXE		(1ULL << 13)

#define MSR_FEATURE_CONTROL	0x3a
#define FEATURE_CONTROL		0x5	/* locked; VMXON outside of SMX */
#define MSR_VMX_BASIC		0x480
#define MSR_VMX_PINBASED	0x481
#define MSR_VMX_PROCBASED	0x482
#define MSR_VMX_EXIT		0x483
#define MSR_VMX_ENTRY		0x484

/* Pointers for the guest's instructions to find, and whether it was launched */
#define VMXON_POINTER		0x7020
#define VMCS_POINTER		0x7028

/* An instruction that fails sets CF or ZF; VMXON does if it was done before. */
__asm__(".pushsection .rodata\n"
	".code32\n"
	"intel_l1:\n"
	"	movl	%cr4, %eax\n"
	"	orl	$0x2000, %eax\n"	/* CR4.VMXE */
	"	movl	%eax, %cr4\n"
	"intel_l1_run:\n"
	"	vmxon	0x7020\n"
	"intel_l1_in:\n"
	"	vmclear	0x7028\n"
	"	vmptrld	0x7028\n"
	"	movl	$0, 0x7010\n"		/* not launched */
	"	movl	$0x9000, %esi\n"
	"1:	movl	(%esi), %eax\n"
	"	cmpl	$-1, %eax\n"
	"	je	2f\n"
	"	vmwrite	4(%esi), %eax\n"
	"	addl	$8, %esi\n"
	"	jmp	1b\n"
	"2:	movl	$0x6c16, %eax\n"	/* host RIP */
	"	call	3f\n"
	"3:	popl	%ebx\n"
	"	addl	$(intel_l1_exit - 3b), %ebx\n"
	"	vmwrite	%ebx, %eax\n"
	"4:	movl	$0x681e, %eax\n"	/* its guest's RIP */
	"	movl	$0x2000, %ebx\n"
	"	vmwrite	%ebx, %eax\n"
	"	cmpl	$0, 0x7010\n"
	"	jne	5f\n"
	"	vmlaunch\n"
	"	jmp	6f\n"
	"5:	vmresume\n"
	"6:	movb	$'f', %al\n"
	"	jmp	8f\n"
	"intel_l1_exit:\n"
	"	movl	$1, 0x7010\n"
	"	movl	$0x4402, %eax\n"	/* exit reason */
	"	vmread	%eax, %ebx\n"
	"	movb	$'x', %al\n"
	"	cmpl	$18, %ebx\n"		/* VMCALL */
	"	je	8f\n"
	"	movb	$'s', %al\n"
	"	cmpl	$2, %ebx\n"		/* triple fault */
	"	je	8f\n"
	"	movb	$'?', %al\n"
	"8:	outb	%al, $0x38\n"
	"	jmp	4b\n"
	"intel_l1_end:\n"
	CODE_OF_OURS
	".popsection\n");

static const uint8_t vmcall[] = { 0x0f, 0x01, 0xc1 };

/* Of a control, the bits that must be set are told by half of an MSR. */
static const struct {
	uint32_t field, msr;
} controls[] = {
	{ 0x4000, MSR_VMX_PINBASED },
	{ 0x4002, MSR_VMX_PROCBASED },
	{ 0x400c, MSR_VMX_EXIT },
	{ 0x4012, MSR_VMX_ENTRY },
};

/* All other fields are 0: 32-bit protected mode, flat, for host and guest. */
static const struct {
	uint32_t field, value;
} fields[] = {
	{ 0x2800, -1U }, { 0x2801, -1U },		/* no shadow VMCS */
	/* guest: ES, CS, SS, DS, FS, GS, TR; limits, access rights */
	{ 0x0800, DATA }, { 0x0802, CODE }, { 0x0804, DATA }, { 0x0806, DATA },
	{ 0x0808, DATA }, { 0x080a, DATA }, { 0x080e, TASK },
	{ 0x4800, -1U }, { 0x4802, -1U }, { 0x4804, -1U }, { 0x4806, -1U },
	{ 0x4808, -1U }, { 0x480a, -1U }, { 0x480e, 0x67 },
	{ 0x4814, 0xc093 }, { 0x4816, 0xc09b }, { 0x4818, 0xc093 },
	{ 0x481a, 0xc093 }, { 0x481c, 0xc093 }, { 0x481e, 0xc093 },
	{ 0x4820, 0x10000 }, { 0x4822, 0x8b },
	/* CR0, CR3, CR4, DR7, RSP, RFLAGS */
	{ 0x6800, CR0 }, { 0x6802, PAGES_GPA }, { 0x6804, CR4_PSE | CR4_VMXE },
	{ 0x681a, 0x400 }, { 0x681c, STACK_GPA }, { 0x6820, RFLAGS },
	/* host: ES, CS, SS, DS, TR; CR0, CR3, CR4, GDTR, IDTR, RSP */
	{ 0x0c00, DATA }, { 0x0c02, CODE }, { 0x0c04, DATA }, { 0x0c06, DATA },
	{ 0x0c0c, TASK },
	{ 0x6c00, CR0 }, { 0x6c02, PAGES_GPA }, { 0x6c04, CR4_PSE | CR4_VMXE },
	{ 0x6c0c, GDT_GPA }, { 0x6c0e, IDT_GPA }, { 0x6c14, STACK_GPA },
};

static void put32(struct machine *m, uint32_t gpa, uint32_t value)
{
	memcpy(m->memory + gpa, &value, sizeof(value));
}

static void fill_table(struct machine *m)
{
	uint32_t gpa = TABLE_GPA;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(controls); i++) {
		put32(m, gpa, controls[i].field);
		put32(m, gpa + 4, msr_get(m, controls[i].msr));
		gpa += 8;
	}
	memcpy(m->memory + gpa, fields, sizeof(fields));
	put32(m, gpa + sizeof(fields), -1U);
}

static void intel_fill(struct machine *m)
{
	uint32_t revision = msr_get(m, MSR_VMX_BASIC) & 0x7fffffff;

	msr_set(m, MSR_FEATURE_CONTROL, FEATURE_CONTROL);
	put32(m, HOST_GPA, revision);
	put32(m, CONTROL_GPA, revision);
	put32(m, VMXON_POINTER, HOST_GPA);
	put32(m, VMCS_POINTER, CONTROL_GPA);
	fill_table(m);
}

static bool intel_has(struct kvm_cpuid2 *cpuid)
{
	const struct kvm_cpuid_entry2 *entry = cpuid_leaf(cpuid, LEAF_VMX);

	return entry && (entry->ecx & CPUID_VMX);
}

static void intel_forge(struct kvm_cpuid2 *cpuid, bool on)
{
	struct kvm_cpuid_entry2 *entry = cpuid_leaf(cpuid, LEAF_VMX);

	if (on)
		entry->ecx |= CPUID_VMX;
	else
		entry->ecx &= ~CPUID_VMX;
}

static void intel_switch_on(__u64 *cr4, __u64 *efer, bool on)
{
	(void)efer;
	*cr4 = on ? *cr4 | CR4_VMXE : *cr4 & ~CR4_VMXE;
}

const struct vendor nested_intel = {
	.triple_fault = "nested_vmx_triple_fault",
	.l1 = intel_l1,
	.l1_run = intel_l1_run,
	.l1_in = intel_l1_in,
	.l1_end = intel_l1_end,
	.call = vmcall,
	.call_size = sizeof(vmcall),
	.fill = intel_fill,
	.has = intel_has,
	.forge = intel_forge,
	.switch_on = intel_switch_on,
};
