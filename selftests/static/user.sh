# shellcheck shell=bash
# shellcheck disable=SC2154 # selftests/style has $cache and others
# Checks of the tool, and of programs that test; see selftests/style.

# Without what make does not build here: for arm64, and for Bochs' machine. What
# selftests/unit has stands in for the kernel and is no program; what peers has
# stands in for the C library; *.bpf.c are no programs of this machine's.
user_files() {
	files 'tools/*.c' 'selftests/*.c' | grep -vE \
		'/(unit|rival|bochs|peers)/|_arm64\.c$|/fuzz_ioctl\.c$|\.bpf\.c$'
}

# user_flags FILE: what those Makefiles say, in effect
user_flags() {
	local dir=${1%/*}

	echo -std=gnu11 -D_GNU_SOURCE -pthread "-I$dir" -Iuapi -Iselftests/lib \
		-isystem "$cache/ksft"
	case $1 in
	tools/* | */tool-doctor/* | */fuzz_policy.c)
		echo -Itools/kvmwarden '-DVERSION="0"' '-DDATADIR="/"' \
			-DINI_LINE_SETTABLE
		pkg-config --cflags inih json-c ncursesw libacl
		;;
	esac
}

# Left out, for they are of another style: -Wconversion, -Wcast-qual,
# -Wswitch-enum, -Wswitch-default; -Wcast-align: amd64 does not mind, and arm64's
# compiler is silent where it would count.
user_warnings=(-Werror -O2 -Wall -Wextra -Wshadow
	-Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef -Wvla
	-Wredundant-decls -Wnested-externs -Wold-style-definition
	-Wmissing-declarations -Wfloat-equal -Wdouble-promotion -Winit-self
	-Wimplicit-fallthrough)

tool_gcc_files() { user_files; }
tool_gcc_file() {
	local more=()

	# tests hand literals to what is not const
	[[ $1 != tools/* ]] || more=(-Wwrite-strings)
	# shellcheck disable=SC2046 # several words
	gcc $(user_flags "$1") "${user_warnings[@]}" -Wformat-signedness \
		-Wduplicated-cond -Wduplicated-branches -Wlogical-op \
		-Wnull-dereference -Walloca -Wjump-misses-init \
		"${more[@]}" -c -o /dev/null "$1"
}

# -Wconditional-uninitialized does not follow what functions return.
tool_clang_files() { user_files; }
tool_clang_file() {
	# shellcheck disable=SC2046 # several words
	clang $(user_flags "$1") "${user_warnings[@]}" -Wunreachable-code \
		-Wcomma -Wloop-analysis -Wassign-enum \
		-Wno-gnu-variable-sized-type-not-at-end -c -o /dev/null "$1"
}

# Which checks, and why: .clang-tidy
tidy_files() { user_files; }
tidy_file() {
	# shellcheck disable=SC2046 # several words
	clang-tidy --quiet --warnings-as-errors='*' "$1" -- \
		$(user_flags "$1") 2>/dev/null
}

# What does not return: static/cppcheck.cfg. internalAstError: it does not know
# all of C. uninitvar: gcc knows better what a loop has filled in.
cppcheck_files() { user_files; }
cppcheck_file() {
	# shellcheck disable=SC2046 # several words
	cppcheck --quiet --enable=warning,performance,portability --std=c11 \
		--inline-suppr --suppress=internalAstError \
		--suppress=uninitvar --library="$bed_dir/static/cppcheck.cfg" \
		--error-exitcode=1 --template='{file}:{line}: {message} [{id}]' \
		-D__linux__ -D__x86_64__ $(user_flags "$1" | grep -oE -- \
		'-I(uapi|tools|selftests)[^ ]*|-D(VERSION|DATADIR)=[^ ]*') \
		"$1" 2>&1
}

# The header has to stand alone, wherever it is included.
uapi_files() { files 'uapi/linux/*.h'; }
uapi_file() {
	local std bits

	local -a flags=(-idirafter "/usr/include/$(gcc -print-multiarch)")

	# __u64 is long long, which C89 does not know
	flags+=(-pedantic -Wno-long-long -Wall -Wextra -Werror -Iuapi
		-fsyntax-only)
	for bits in -m32 -m64; do
		for std in c89 c99 c11 gnu17; do
			gcc "$bits" -std="$std" "${flags[@]}" -x c "$1"
			clang "$bits" -std="$std" "${flags[@]}" -x c "$1"
		done
		for std in c++98 c++11 c++20; do
			g++ "$bits" -std="$std" "${flags[@]}" -x c++ "$1"
			clang++ "$bits" -std="$std" "${flags[@]}" -x c++ "$1"
		done
	done
}
