// SPDX-License-Identifier: GPL-2.0
/* A security module's program that is asked about each ioctl. */
#include <bpf/libbpf.h>
#include <errno.h>

#include "bpf.h"

/**
 * bpf_begin() - have a program asked, until this one ends
 * @object: the file that it is in; see ioctls.bpf.c
 *
 * Return: 0 or a negative errno.
 */
int bpf_begin(const char *object)
{
	struct bpf_object *all = bpf_object__open_file(object, NULL);
	struct bpf_program *program;
	struct bpf_link *link;

	if (!all)
		return -errno;
	program = bpf_object__next_program(all, NULL);
	if (!program || bpf_object__load(all))
		return -errno;
	link = bpf_program__attach(program);
	return link ? 0 : -errno;
}
