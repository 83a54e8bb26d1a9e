#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# probe.sh DIR COMPILER [FLAG...]: what does this kernel have?
#
# Prints a header that defines KW_HAVE_X for each DIR/X.c that compiles, and
# says why the others do not.
# Distributions backport: a kernel's version says nothing about it.

set -eu
dir=$1
shift

# A mere warning must not decide, nor may what KCFLAGS makes of warnings.
compile() {
	"$@" -Wno-error -Werror=incompatible-pointer-types \
		-Werror=implicit-function-declaration \
		-c -o /dev/null "$probe" 2>&1
}

echo '/* Made by probe.sh: what the kernel has that this was built for. */'
for probe in "$dir"/*.c; do
	name=$(basename "$probe" .c)
	if said=$(compile "$@"); then
		echo "#define KW_HAVE_$name 1"
	else
		why=$(echo "$said" | grep -m 1 'error:' || true)
		echo "/* no $name: ${why#*error: } */" | sed 's|\*/.|* /|g'
	fi
done
cat <<'END'

#ifdef KW_HAVE_FTRACE_REGS
#define kw_ftrace_regs ftrace_regs
#else
#define kw_ftrace_regs pt_regs
#endif
END
