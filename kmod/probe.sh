#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# probe.sh DIR COMPILER [FLAG...]: what does this kernel have?
#
# Prints a header that defines KW_HAVE_X for each DIR/X.c that compiles.
# Distributions backport: a kernel's version says nothing about it.

set -eu
dir=$1
shift

echo '/* Made by probe.sh: what the kernel has that this was built for. */'
for probe in "$dir"/*.c; do
	name=$(basename "$probe" .c)
	if "$@" -Werror=incompatible-pointer-types \
		-Werror=implicit-function-declaration \
		-c -o /dev/null "$probe" 2>/dev/null; then
		echo "#define KW_HAVE_$name 1"
	else
		echo "/* no $name */"
	fi
done
cat <<'END'

#ifdef KW_HAVE_FTRACE_REGS
#define kw_ftrace_regs ftrace_regs
#else
#define kw_ftrace_regs pt_regs
#endif
END
