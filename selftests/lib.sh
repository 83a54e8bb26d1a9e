# shellcheck shell=bash
# shellcheck disable=SC2034 # those who source it use the variables
# What every script in here shares; sourced, never run.

bed_dir=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
tree=$(dirname -- "$bed_dir")
cache=${KVMWARDEN_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/kvmwarden}
me=$(basename -- "$0")

# stdout belongs to results: paths, a command's output, TAP.
say() { printf '==> %s\n' "$*" >&2; }
complain() { printf '%s: %s\n' "$me" "$*" >&2; }

# die STATUS MESSAGE
die() {
	complain "${*:2}"
	exit "$1"
}

need() {
	command -v "$1" >/dev/null && return
	die 125 "no '$1' on this machine; run selftests/deps to install it"
}

# The lock lasts as long as the calling shell: nothing has to release it,
# so nothing can forget to when it is killed.
lock() {
	local file=$cache/lock/${1//\//_}

	mkdir -p "$cache/lock"
	exec 9>"$file"
	flock -n 9 && return
	say "$1: waiting for another run that is making it"
	flock 9
}

# A stable name for any input: the first 12 hex digits of its sha256.
digest() { sha256sum | cut -c1-12; }

# keep_newest DIR PATTERN: old results are kept for beds that still run, but not
# for ever.
keep_newest() {
	find "$1" -maxdepth 1 -name "$2" -printf '%T@ %p\n' | sort -rn |
		tail -n +9 | cut -d' ' -f2- | xargs -r rm -rf
}

# features [smoke]: the rows of make matrix: "FEATURE|TESTS"
features() {
	sed -n 's/^\([^#|]*[^ |]\) *| */\1|/p' "$bed_dir/features${1:+.$1}"
}

# kernels NAME ARCH: the table's lines; an empty argument matches any
kernels() {
	sed -e 's/#.*//' "$bed_dir/kernels/table" |
		awk -v name="${1-}" -v arch="${2-}" 'NF &&
			(name == "" || $1 == name) && (arch == "" || $2 == arch)'
}

# kernel_names ARCH
kernel_names() {
	kernels "" "$1" | awk '$4 != "none" && !seen[$1]++ { printf "%s%s", sep, $1
		sep = ", " }'
}

# columns: of make matrix, one a line: KERNEL-ARCH-CPU
columns() {
	kernels "" "" | while read -r name arch cpus kind _; do
		[[ $kind == deb ]] || continue
		for cpu in ${cpus//,/ }; do
			echo "$name-$arch-$cpu"
		done
	done
}

# add_modules KERNEL DIR LIST MODULE...: packs modules of what kernels/get
# printed, with those they need, in order, and lists them; none when they are
# built in.
add_modules() {
	local kernel=$1 dir=$2 list=$3 release module path file

	shift 3
	release=$(<"$kernel/release")
	for module; do
		modprobe -d "$kernel" -S "$release" --show-depends "$module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
		while read -r path; do
			# Named as parameters on a command line name them.
			file=$(basename "${path%.xz}" | tr - _)
			# busybox's insmod wants them unpacked.
			case $path in
			*.xz) xz -dc "$path" >"$dir/lib/$file" ;;
			*) cp "$path" "$dir/lib/$file" ;;
			esac
			echo "$file"
		done >"$dir/$list"
}

# turns_of NAME: boot's options for a kernel of the table, as tests need it: processors
# that take turns, for a machine that hangs now and then proves nothing; see boot
# --help. But data races are for those that do not; and of accesses, one in 500 waits
# for another, instead of 4,000.
turns_of() {
	case $1 in
	kcsan) echo --append kcsan.skip_watch=500 ;;
	*) echo --turns ;;
	esac
}

# rival_dir KERNEL: where module/build leaves the rival module for what kernels/get
# printed; by name, for two kernels may have the same release
rival_dir() { echo "$cache/rival/$(basename "$(dirname "$1")")"; }
