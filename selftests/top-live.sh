#!/bin/bash
# kvmwarden top on the loaded module, with VMs whose exits KVM counts. TAP;
# unloads the module and unmounts debugfs, so for the test bed only:
#   selftests/boot --turns --timeout 300 -- selftests/top-live.sh
# shellcheck disable=SC2317 # nearly all is called by ok, with its name

set -uo pipefail
# shellcheck source=selftests/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"
# shellcheck source=selftests/lib/tap.sh
. "$bed_dir/lib/tap.sh"

debugfs=/sys/kernel/debug

# --- VMs ---------------------------------------------------------------------

# vm NAME ARGUMENT...: mkvm with these, once it is ready
vm() {
	local out

	mkfifo "$dir/$1"
	exec {out}<>"$dir/$1"
	"$bed_dir/module/mkvm" "${@:2}" >"$dir/$1" &
	pid[$1]=$!
	read -r -t 60 <&"$out" || tap_note "$1 does not get ready"
}

vm_stop() {
	local name

	for name; do
		kill "${pid[$name]}"
		wait "${pid[$name]}" 2>/dev/null
	done
}

# --- top ---------------------------------------------------------------------

show_output() {
	sed 's/^/out: /' "$dir/out"
	sed 's/^/err: /' "$dir/err"
	return 1
}

# top ARGUMENT...
top() { kvmwarden top "$@" >"$dir/out" 2>"$dir/err" </dev/null; }

says() { grep -qF -- "$2" "$dir/$1" || show_output; }

# exits_of ID: of each frame, what the last column has
exits_of() { awk -v id="$1" '$1 == id { print $NF }' "$dir/out"; }

# ids NAME: of that process's VMs, in the order in which they were made
ids() {
	kvmwarden list | awk -v pid="${pid[$1]}" '$2 == pid { print $1 }'
}

# rates ID TEST: all of its rates, as numbers, at least one; TEST is awk's, of
# their mean
rates() {
	exits_of "$1" | awk '{ bad = bad || !/^[0-9.]+$/; sum += $1; n++ }
		END { mean = sum / (n ? n : 1)
			exit bad || !n || !('"$2"') }' || show_output
}

# --- KVM's own counter -------------------------------------------------------

# count THREAD: of its only VM, and when, in microseconds
count() {
	cat "$debugfs/kvm/$1"-*/exits
	echo "${EPOCHREALTIME/./}"
}

# thread_of PROCESS: that of its threads, but the first, which has made a VM;
# there are some of KVM's own, too
thread_of() {
	local task thread

	for task in "/proc/$1/task"/*; do
		thread=${task##*/}
		[[ $thread == "$1" ]] || ! compgen -G "$debugfs/kvm/$thread-*" \
			>/dev/null || echo "$thread"
	done
}

# --- tests -------------------------------------------------------------------

test_rates() {
	local before after idle busy thread rate

	vm pair pair
	vm still hold 1
	read -r -d '' idle busy < <(ids pair)
	thread=$(thread_of "${pid[pair]}")
	ok 'the VM that runs was made by another thread' test -n "$thread"
	mapfile -t before < <(count "$thread")
	ok 'top' top -N 4 -d 1
	mapfile -t after < <(count "$thread")
	rate=$(((after[0] - before[0]) * 1000000 / (after[1] - before[1])))
	tap_note "KVM's counter: $rate exits/s; top: $(exits_of "$busy" | xargs)"
	ok 'KVM counts exits of the one that runs' test "$rate" -gt 100
	ok '... and top has as many' rates "$busy" \
		"mean > $rate / 2 && mean < $rate * 2"
	ok '... none of the idle one of the same process' rates "$idle" \
		'mean == 0'
	ok '... nor of an idle one of another' rates "$(ids still)" 'mean == 0'
	ok '... and all of them in its heading' heading "$rate"
	ok '... without a word of what is missing' test ! -s "$dir/err"
}

# heading RATE: of the frames, about that
heading() {
	grep -o 'exits [0-9]*/s' "$dir/out" | tr -dc '0-9\n' |
		awk -v rate="$1" '$1 > rate / 2 && $1 < rate * 2 { n++ }
			END { exit n < 2 }' || show_output
}

# Those that are older than the hooks have no time at which they came to be.
test_adopted() {
	local idle busy

	kvmwarden disarm >/dev/null
	kvmwarden apply -f - </dev/null >/dev/null
	read -r -d '' idle busy < <(ids pair)
	ok 'VMs that are adopted' top -N 1 -d 1
	ok '... cannot be told apart' test \
		"$(exits_of "$idle")" == "$(exits_of "$busy")"
	ok '... which is marked' marked "$busy"
	ok '... and said' says out '* all VMs of that process together'
	ok '... of others, top knows' rates "$(ids still)" 'mean == 0'
	vm_stop pair
}

marked() { [[ $(exits_of "$1") =~ ^[1-9][0-9k]*\*$ ]] || show_output; }

test_no_debugfs() {
	umount -l "$debugfs"
	ok 'without debugfs' top -N 2 -d .5
	ok '... exits are not known' test \
		"$(exits_of "$(ids still)" | xargs)" == '- -'
	ok '... and top says why' says err \
		'no EXITS/s: no /sys/kernel/debug/kvm; is debugfs mounted?'
	mount -t debugfs none "$debugfs"
}

unloaded() {
	local i

	# top may be in the middle of a sample
	for ((i = 0; i < 20; i++)); do
		rmmod kvmwarden 2>"$dir/rmmod" && return
		sleep 0.1
	done
	cat "$dir/rmmod"
	return 1
}

test_unload() {
	local runner rc=0

	kvmwarden top -b -d 1 >"$dir/out" 2>"$dir/err" </dev/null &
	runner=$!
	until grep -q 'EXITS/s' "$dir/out"; do sleep 0.1; done
	kvmwarden disarm >/dev/null
	ok 'the module can be unloaded while top runs' unloaded
	wait "$runner" || rc=$?
	ok '... which ends it' test "$rc" == 3
	ok '... and is said' says err 'the module was unloaded meanwhile'
	ok 'the VM does not mind' kill -0 "${pid[still]}"
	insmod "$KVMWARDEN_KO"
}

# --- all of it ---------------------------------------------------------------

bed_only() {
	[[ -n ${KVMWARDEN_KO-} && -d /run/bed ]] && return
	echo '1..0 # SKIP only in the test bed: it unloads the module'
	exit 4
}

declare -A pid
bed_only
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
dmesg -n 1
kvmwarden apply - </dev/null >/dev/null
test_rates
test_adopted
test_no_debugfs
test_unload
vm_stop still
tap_done
