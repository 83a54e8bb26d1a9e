// SPDX-License-Identifier: GPL-2.0
/* names CGROUP [EXE]: prints what the tool calls a VM that is there, or "". */
#include <stdio.h>

#include "vmname.h"

int main(int argc, char **argv)
{
	char name[VMNAME_LEN];
	bool named;

	if (argc < 2 || argc > 3)
		return 2;
	named = vmname(name, argv[1], argc > 2 ? argv[2] : "");
	puts(name);
	return named != !!name[0];
}
