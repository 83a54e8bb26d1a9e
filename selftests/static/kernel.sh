# shellcheck shell=bash
# shellcheck disable=SC2154 # selftests/style has $cache and others
# Checks of the module; see selftests/style.

# What the kernel's source has and its headers' package has not.
scripts=$cache/kernel-scripts/scripts

prepare_kernel_source() {
	local tarball temp

	[[ ! -d $scripts ]] || return 0
	tarball=$(dpkg -L linux-source-6.1 2>/dev/null | grep '\.tar\.xz$') ||
		die 125 "no linux-source-6.1; run selftests/deps to install it"
	say "unpacking the kernel's scripts (once)"
	temp=$(mktemp -d "$cache/kernel-scripts.XXXXXX")
	tar -C "$temp" --strip-components=1 -xf "$tarball" \
		linux-source-6.1/scripts ||
		die 125 "could not unpack the kernel's scripts"
	mv "$temp" "$cache/kernel-scripts"
}

kernel_files() { files Kbuild 'kmod/*' 'uapi/*'; }

# kbuild NAME ARG...: the module and its KUnit suites, in a copy; make knows what
# changed. A file with a finding leaves no object, and is looked at again. What
# kbuild prints besides is not of interest, unless nothing else explains why
# it failed. Two checks may want the same.
kbuild() {
	local dir=$cache/style/$1 log=$work/$1.log rc=0

	lock "style/$1" 2>/dev/null
	if [[ ! -e $log ]]; then
		mkdir -p "$dir"
		rsync -rlc --delete --exclude='*.o' --exclude='*.ko' \
			--exclude='*.mod' --exclude='*.mod.c' \
			--exclude='.*.cmd' --exclude='.tmp_*' \
			--exclude='*.order' --exclude='*.symvers' \
			--exclude=probes.h \
			Kbuild kmod uapi "$dir/"
		# suites want symbols of a kernel with KUnit: there is none to
		# link with
		"$bed_dir/kernels/make" "$kernel" "$dir" -j"$(nproc)" -k W=1 \
			KW_KUNIT=1 KBUILD_MODPOST_WARN=1 KDOCFLAGS=-Werror \
			"${@:2}" modules >"$log" 2>&1 || rc=$?
		if ! grep -aE '(warning|error): ' "$log" |
			grep -v 'WARNING: modpost:' && ((rc != 0)); then
			cat "$log"
		fi | sed "s#$dir/##g" >"$log.found"
	fi
	cat "$log.found"
}

# More than W=1 has, as far as the kernel's headers are silent, which they are not
# of -Wsign-compare, -Wtype-limits, -Wcast-qual, -Wcast-align, -Wshadow,
# -Wpointer-arith, -Wswitch-default, -Wredundant-decls, -Wnested-externs,
# -Wwrite-strings and -Wconversion. Nor -Wmissing-field-initializers: zero is what
# is meant.
gcc_warnings=(-Wnull-dereference -Wduplicated-cond -Wduplicated-branches
	-Wformat=2 -Wformat-signedness -Wundef -Wfloat-equal -Wlogical-op
	-Wjump-misses-init -Wvla -Walloca
	-Wstrict-overflow=2 -Wtrampolines -Wdate-time -Wunused-macros
	-Wdisabled-optimization -Wdouble-promotion -Wunused)

# Both come of one build: sparse's lines are marked.
build_and_sparse() {
	kbuild gcc C=1 CHECK="$bed_dir/static/sparse" \
		KCFLAGS="-Werror ${gcc_warnings[*]}"
}

module_gcc_files() { kernel_files; }
module_gcc_all() { build_and_sparse | sed '/\[sparse\]$/d'; }
sparse_files() { kernel_files; }
sparse_all() { build_and_sparse | sed -n '/\[sparse\]$/p'; }

# The headers were configured for gcc. Told that it is clang after all, kbuild
# picks the flags of clang, but for what clang-14 does not have: return thunks,
# int3 after returns, and the compiler's own list of calls to mcount (objtool
# makes it). What comes of it is not for use. -Waddress-of-packed-member and
# -Wsign-compare: the kernel's headers.
module_clang_files() { kernel_files; }
module_clang_all() {
	kbuild clang CC=clang CONFIG_CC_IS_CLANG=y CONFIG_CC_IS_GCC= \
		CONFIG_CLANG_VERSION=140006 CONFIG_GCC_VERSION=0 \
		CONFIG_CC_HAS_AUTO_VAR_INIT_ZERO_ENABLER=y CONFIG_RETHUNK= \
		CONFIG_SLS= CONFIG_FTRACE_MCOUNT_USE_CC= \
		CONFIG_FTRACE_MCOUNT_USE_OBJTOOL=y \
		CONFIG_CC_IMPLICIT_FALLTHROUGH=-Wimplicit-fallthrough \
		KCFLAGS="-Werror -Wno-address-of-packed-member"
}

# The kernel's own rules, but for some.
coccinelle_files() { files 'kmod/*.[ch]'; }
coccinelle_parts() {
	sed 's/[ #].*//' "$bed_dir/static/cocci.skip" | grep . >"$work/skip"
	(cd "$scripts/coccinelle" && find . -name '*.cocci' | sed 's#^\./##' |
		sort | grep -vFf "$work/skip")
}
coccinelle_part() {
	spatch --very-quiet -D report --no-show-diff --no-includes \
		--cocci-file "$scripts/coccinelle/$1" "${@:2}" 2>&1
}

# All that the header and the module's files share is described, and completely;
# but for kw_return_*, which nothing calls.
document_files() { files 'uapi/*.h' 'kmod/*.[ch]'; }
document_all() {
	local file line name described

	"$scripts/kernel-doc" -none "$@" 2>&1
	grep -nHE '^(struct|enum) \w+ \{' uapi/linux/*.h | sed 's/ {$//' |
		while IFS=: read -r file line name; do
			grep -q "^ \* $name - " "$file" ||
				echo "$file:$line: $name is not described"
		done
	described=$(grep -ohE '\bkw_\w+\(\) - ' kmod/*.[ch] kmod/guard/*.[ch])
	grep -noHE '\bkw_\w+\(' kmod/*.h kmod/guard/*.h |
		grep -v ':kw_return_' | sort -u -t: -k3,3 |
		while IFS=: read -r file line name; do
			grep -qF -- "$name) - " <<<"$described" ||
				echo "$file:$line: $name) is not described"
		done
	true
}
