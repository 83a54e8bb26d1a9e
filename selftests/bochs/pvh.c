// SPDX-License-Identifier: GPL-2.0
/*
 * Starts a kernel at its PVH entry, as QEMU does, from any boot loader that
 * knows Multiboot. The kernel's own way of unpacking itself takes longer in
 * Bochs than all the rest of its boot.
 *
 * selftests/bochs/machine links the unpacked kernel beside it, and says where
 * that is entered: pvh_entry.
 */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define PVH_MAGIC		0x336ec578
#define RANGES			32

struct multiboot_info {
	u32 flags, mem_lower, mem_upper, boot_device;
	u32 cmdline;
	u32 mods_count, mods_addr;
	u32 syms[4];
	u32 mmap_length, mmap_addr;
};

struct multiboot_module {
	u32 start, end, string, reserved;
};

/* its size does not count itself */
struct multiboot_range {
	u32 size;
	u64 addr, len;
	u32 type;
} __attribute__((packed));

struct pvh_info {
	u32 magic, version, flags, nr_modules;
	u64 modules, cmdline, rsdp, memmap;
	u32 memmap_entries, reserved;
};

struct pvh_module {
	u64 addr, size, cmdline, reserved;
};

struct pvh_range {
	u64 addr, size;
	u32 type, reserved;
};

u8 stack[4096] __attribute__((aligned(16)));
static struct pvh_range ranges[RANGES];
static struct pvh_module initrd;
static struct pvh_info info;

/* the header asks for aligned modules and for the map of memory */
__asm__(".pushsection .multiboot, \"a\"\n"
	"	.long	0x1badb002, 0x00000003, -(0x1badb002 + 0x00000003)\n"
	".popsection\n"
	".globl start\n"
	"start:	movl	$stack + 4096, %esp\n"
	"	pushl	%ebx\n"
	"	call	translate\n"
	"	movl	%eax, %ebx\n"
	"	movl	$pvh_entry, %eax\n"
	"	jmp	*%eax\n");

/* Where a loader tells of arguments, its name for the kernel comes first. */
static u32 arguments(const char *cmdline)
{
	while (*cmdline && *cmdline != ' ')
		cmdline++;
	return (u32)cmdline;
}

/* Types of memory have the same numbers in both. */
static void copy_ranges(u32 at, u32 end)
{
	while (at < end && info.memmap_entries < RANGES) {
		struct multiboot_range *from = (void *)at;
		struct pvh_range *to = &ranges[info.memmap_entries++];

		to->addr = from->addr;
		to->size = from->len;
		to->type = from->type;
		at += from->size + sizeof(from->size);
	}
}

struct pvh_info *translate(struct multiboot_info *boot)
{
	struct multiboot_module *module = (void *)boot->mods_addr;

	info.magic = PVH_MAGIC;
	info.version = 1;
	info.cmdline = arguments((char *)boot->cmdline);
	info.memmap = (u32)ranges;
	copy_ranges(boot->mmap_addr, boot->mmap_addr + boot->mmap_length);
	if (boot->mods_count) {
		initrd.addr = module->start;
		initrd.size = module->end - module->start;
		info.nr_modules = 1;
		info.modules = (u32)&initrd;
	}
	return &info;
}
