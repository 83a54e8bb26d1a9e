// SPDX-License-Identifier: GPL-2.0
/* versions LEFT RIGHT: prints <, = or >, as kvmwarden doctor orders them. */
#include <stdio.h>

#include "debversion.h"

int main(int argc, char **argv)
{
	int diff;

	if (argc != 3)
		return 2;
	diff = debversion_compare(argv[1], argv[2]);
	puts(diff < 0 ? "<" : diff ? ">" : "=");
	return 0;
}
