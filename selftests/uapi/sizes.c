// SPDX-License-Identifier: GPL-2.0
/* Of each ioctl: its number, and the size and place of its argument. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "uapi.h"

/* A failed attempt may have cost a file descriptor, or ended a draft. */
static int attempt(const struct call *c, void *arg)
{
	int fd = call_fd(c), ret = call(fd, c->cmd, arg);

	close(fd);
	if (ret > 0)
		close(ret);
	return ret;
}

static void expect_accepted(const struct call *c, void *arg, const char *what)
{
	int ret = attempt(c, arg);

	expect_msg(call_answers(c, ret), "%s, %s: accepted, not %s", c->name, what,
		   strerror(-ret));
}

static void size_right(void)
{
	union argument arg;
	unsigned int i;

	for (i = 0; i < nr_calls; i++) {
		call_ok(&calls[i], &arg);
		expect_accepted(&calls[i], &arg, "its own size");
		expect_eq_msg(arg.size, calls[i].size, "%s: size afterwards",
			      calls[i].name);
	}
}

static void size_small(void)
{
	union argument arg;
	unsigned int i;
	uint32_t size;

	for (i = 0; i < nr_calls; i++) {
		for (size = 0; size < calls[i].size; size++) {
			call_ok(&calls[i], &arg);
			/* what disarms must not, either */
			if (calls[i].cmd == KVMWARDEN_DISARM)
				arg.disarm.flags = 0;
			arg.size = size;
			expect_eq_msg(attempt(&calls[i], &arg), -EINVAL,
				      "%s, size %u", calls[i].name, size);
		}
	}
}

static void size_larger(void)
{
	static const uint32_t more[] = { 1, 3, 4, 8, 100 };
	union argument arg;
	unsigned int i, j;

	for (i = 0; i < nr_calls; i++) {
		for (j = 0; j < ARRAY_SIZE(more); j++) {
			call_ok(&calls[i], &arg);
			arg.size = calls[i].size + more[j];
			expect_accepted(&calls[i], &arg, "with a zero tail");
		}
		call_ok(&calls[i], &arg);
		arg.size = 4096;
		expect_accepted(&calls[i], &arg, "a page in size");
	}
}

static void size_tail(void)
{
	union argument arg;
	unsigned int i;
	uint32_t at;

	for (i = 0; i < nr_calls; i++) {
		for (at = calls[i].size; at < 4096; at += 1 + at / 16) {
			call_ok(&calls[i], &arg);
			arg.bytes[at] = 1;
			arg.size = at + 1;
			expect_eq_msg(attempt(&calls[i], &arg), -E2BIG,
				      "%s, byte %u not 0", calls[i].name, at);
			/* beyond the size it is nobody's business */
			call_ok(&calls[i], &arg);
			arg.bytes[at] = 1;
			expect_accepted(&calls[i], &arg, "dirt behind it");
		}
	}
}

static void size_huge(void)
{
	static const uint32_t sizes[] = {
		4097, 8192, 1 << 20, INT32_MAX, 1U << 31, UINT32_MAX,
	};
	union argument arg;
	unsigned int i, j;

	for (i = 0; i < nr_calls; i++) {
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			call_ok(&calls[i], &arg);
			arg.size = sizes[j];
			expect_eq_msg(attempt(&calls[i], &arg), -E2BIG,
				      "%s, size %u", calls[i].name, sizes[j]);
		}
	}
}

static void pointer_bad(void)
{
	static const uintptr_t addresses[] = {
		0, 1, 4095, 0x7ffffffff000, 0x8000000000000000,
		0xffff888000000000, 0xffffffff81000000, 0xffffffffffffffff,
	};
	unsigned int i, j;

	for (i = 0; i < nr_calls; i++)
		for (j = 0; j < ARRAY_SIZE(addresses); j++)
			expect_eq_msg(attempt(&calls[i],
					      (void *)addresses[j]),
				      -EFAULT, "%s, address %#lx",
				      calls[i].name, addresses[j]);
}

/* Two pages, the second one of which cannot be accessed. */
static unsigned char *map_edge(void)
{
	unsigned char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || mprotect(pages + 4096, 4096, PROT_NONE))
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	return pages;
}

static void pointer_edge(void)
{
	unsigned char *pages = map_edge();
	union argument arg;
	unsigned int i;
	void *at;

	for (i = 0; i < nr_calls; i++) {
		call_ok(&calls[i], &arg);
		at = pages + 4096 - calls[i].size;
		memcpy(at, &arg, calls[i].size);
		expect_accepted(&calls[i], at, "at the edge");

		call_ok(&calls[i], &arg);
		at = pages + 4096 - calls[i].size + 1;
		memcpy(at, &arg, calls[i].size - 1);
		expect_eq_msg(attempt(&calls[i], at), -EFAULT,
			      "%s, last byte not there", calls[i].name);

		at = pages + 4096 - sizeof(uint32_t);
		memcpy(at, &arg, sizeof(uint32_t));
		expect_eq_msg(attempt(&calls[i], at), -EFAULT,
			      "%s, only its size there", calls[i].name);

		call_ok(&calls[i], &arg);
		arg.size = calls[i].size + 1;
		at = pages + 4096 - calls[i].size;
		memcpy(at, &arg, calls[i].size);
		expect_eq_msg(attempt(&calls[i], at), -EFAULT,
			      "%s, tail not there", calls[i].name);
	}
	munmap(pages, 8192);
}

/* What cannot be answered must not be done: no file descriptor remains. */
static void pointer_read_only(void)
{
	unsigned char *pages = map_edge();
	unsigned int i, files;

	for (i = 0; i < nr_calls; i++) {
		union argument arg;

		call_ok(&calls[i], &arg);
		mprotect(pages, 4096, PROT_READ | PROT_WRITE);
		memcpy(pages, &arg, calls[i].size);
		mprotect(pages, 4096, PROT_READ);
		files = open_files();
		expect_eq_msg(attempt(&calls[i], pages), -EFAULT,
			      "%s, read-only", calls[i].name);
		expect_eq_msg(open_files(), files, "%s: open files",
			      calls[i].name);
	}
	munmap(pages, 8192);
}

static bool known(unsigned long cmd, bool draft)
{
	unsigned int i;

	for (i = 0; i < nr_calls; i++)
		if (calls[i].cmd == cmd && calls[i].draft == draft)
			return true;
	return false;
}

static void unknown(void)
{
	static const unsigned int dirs[] = {
		_IOC_NONE, _IOC_READ, _IOC_WRITE, _IOC_READ | _IOC_WRITE,
	};
	int fds[] = { dup(device), draft_begin() };
	unsigned int draft, d, nr;
	union argument arg;

	memset(&arg, 0, sizeof(arg));
	for (draft = 0; draft < 2; draft++) {
		for (d = 0; d < ARRAY_SIZE(dirs); d++) {
			for (nr = 0; nr < 256; nr++) {
				unsigned long cmd = _IOC(dirs[d],
							 KVMWARDEN_IOC, nr,
							 d ? 8 : 0);

				if (!known(cmd, draft))
					expect_eq_msg(call(fds[draft], cmd,
							   &arg),
						      -ENOTTY, "%s, %#lx",
						      draft ? "draft" :
							      "device", cmd);
			}
		}
		/* KVM's own, and none at all */
		for (nr = 0; nr < 256; nr++)
			expect_eq_msg(call(fds[draft], _IO(0xae, nr), &arg),
				      -ENOTTY, "%#x", _IO(0xae, nr));
		expect_eq(call(fds[draft], 0, &arg), -ENOTTY);
		expect_eq(call(fds[draft], 0xffffffff, &arg), -ENOTTY);
		/* unknown even with nothing to read */
		expect_eq(call(fds[draft], _IO(KVMWARDEN_IOC, 0xff), NULL),
			  -ENOTTY);
		close(fds[draft]);
	}
}

static void other_fd(void)
{
	union argument arg;
	unsigned int i;
	int fd;

	for (i = 0; i < nr_calls; i++) {
		fd = calls[i].draft ? dup(device) : draft_begin();
		call_ok(&calls[i], &arg);
		expect_eq_msg(call(fd, calls[i].cmd, &arg), -ENOTTY, "%s",
			      calls[i].name);
		close(fd);
	}
}

#ifdef __x86_64__
/* ioctl() of a 32-bit program. */
static int call32(int fd, unsigned long cmd, void *arg)
{
	int ret;

	asm volatile("int $0x80"
		     : "=a" (ret)
		     : "a" (54), "b" (fd), "c" ((uint32_t)cmd),
		       "d" ((uint32_t)(uintptr_t)arg)
		     : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

static void compat(void)
{
	union argument *low, wide;
	unsigned int i;
	int fd, ret;

	low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (low == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	for (i = 0; i < nr_calls; i++) {
		fd = call_fd(&calls[i]);
		call_ok(&calls[i], low);
		ret = call32(fd, calls[i].cmd, low);
		expect_msg(call_answers(&calls[i], ret), "%s: accepted, not %s",
			   calls[i].name, strerror(-ret));
		close(fd);
		if (ret > 0)
			close(ret);
	}
	call_ok(&calls[0], low);
	call_ok(&calls[0], &wide);
	expect_eq(call32(device, KVMWARDEN_STATUS, low), 0);
	expect_eq(call(device, KVMWARDEN_STATUS, &wide), 0);
	expect(!memcmp(low, &wide, sizeof(wide)));
	munmap(low, sizeof(*low));
}
#else
static void compat(void)
{
}
#endif

static const struct test tests[] = {
	{ "each ioctl with its own size", size_right, false },
	{ "size: each smaller one refused", size_small, false },
	{ "size: larger, tail zero", size_larger, false },
	{ "size: larger, tail not zero", size_tail, false },
	{ "size: huge", size_huge, false },
	{ "pointer: bad address", pointer_bad, false },
	{ "pointer: not all of it mapped", pointer_edge, false },
	{ "pointer: read-only, nothing left behind", pointer_read_only, false },
	{ "ioctl: unknown number", unknown, false },
	{ "ioctl: of the other kind of file", other_fd, false },
	{ "ioctl: 32-bit caller", compat, false },
};

const struct suite size_suite = SUITE(tests);
