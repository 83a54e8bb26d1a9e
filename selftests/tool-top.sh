#!/bin/bash
# kvmwarden top: its frames as plain text, and its screen in a terminal that is
# read back (tmux). The module is a text file; see tool-doctor/module.c. So is
# KVM's directory in debugfs. TAP.
#
# usage: tool-top.sh           KVMWARDEN: the tool, beside which `make fakes'
#                              has put fake/
# shellcheck disable=SC2317 # nearly all is called by ok, with its name
# shellcheck disable=SC2016 # the tool's ` are its own

set -uo pipefail
# shellcheck source=selftests/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"
# shellcheck source=selftests/lib/tap.sh
. "$bed_dir/lib/tap.sh"

tool=$(dirname -- "$(realpath "${KVMWARDEN:-$tree/tools/kvmwarden/kvmwarden}")")/fake/kvmwarden
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99 LC_ALL=C TZ=UTC
unset COLUMNS LINES NO_COLOR TMUX

# --- a module, and KVM's counters --------------------------------------------

# module: standard input is what it says from now on, whole
module() {
	cat >"$FAKE_MODULE.new"
	mv "$FAKE_MODULE.new" "$FAKE_MODULE"
}

# edit SED: what it says
edit() { sed "$1" "$FAKE_MODULE" | module; }

four_vms() {
	module <<-END
		status enforce 3 armed canary vms=200 vcpus=100 used-vcpus=24 memory=206158430208 used-memory=42949672960 denied=10 refused=34
		class web enforce 1
		class default permissive 0
		vm web enforce pid=100 comm=qemu used-vcpus=2 own-vcpus=4 own-memory=8589934592 used-memory=4294967296 denied=1 refused=12 cgroup=/machine.slice/machine-qemu\\x2d5\\x2dweb-01.scope
		vm web enforce pid=101 comm=fc_vcpu used-vcpus=16 own-vcpus=16 own-memory=8589934592 used-memory=8589934592 denied=0 refused=123456
		vm default permissive pid=102 comm=cloud-hyperviso used-vcpus=8 own-memory=8589934592 used-memory=1073741824
		vm db off pid=103 comm=alpha used-vcpus=1 own-vcpus=0 own-memory=8589934592 used-memory=8689934592
		hook kvm_arch_destroy_vm kvm armed
		hook svm_allocate_nested kvm_amd armed
		hook handle_vmxon kvm_intel waiting
	END
	counters 100-11 101-12 102-13 103-14
}

# counters THREAD-FD...: there are these, and no others
counters() {
	local name

	rm -rf "$FAKE_KVM"
	mkdir -p "$FAKE_KVM"
	echo 4711 >"$FAKE_KVM/exits"
	for name; do
		mkdir "$FAKE_KVM/$name"
		echo 1000 >"$FAKE_KVM/$name/exits"
	done
}

# count THREAD-FD NUMBER: it has counted so far; its age stays
count() {
	local file=$FAKE_KVM/$1/exits

	echo "$2" >"$dir/count"
	touch -r "$file" "$dir/count"
	mv "$dir/count" "$file"
}

# --- the tool ----------------------------------------------------------------

show_output() {
	(($# == 0)) || echo "not found: $1"
	sed 's/^/out: /' "$dir/out"
	sed 's/^/err: /' "$dir/err"
	return 1
}

# exits STATUS ARGUMENT...
exits() {
	local want=$1 rc=0

	timeout 60 "$tool" top "${@:2}" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	((rc == want)) && return
	echo "exit status $rc, wanted $want"
	show_output
}

# says out|err TEXT: of the last run
says() { grep -qF -- "$2" "$dir/$1" || show_output "$2"; }

says_not() { ! grep -qF -- "$2" "$dir/$1" || show_output; }

# refuses STATUS TEXT ARGUMENT...
refuses() { exits "$1" "${@:3}" && says err "$2" && [[ ! -s $dir/out ]]; }

# narrow WIDTH: and no line ends in a space
narrow() {
	! awk -v width="$1" 'length > width || / $/ { print; bad = 1 }
		END { exit !bad }' "$dir/out"
}

is() {
	[[ $1 == "$2" ]] && return
	printf 'got:    %s\nwanted: %s\n' "$1" "$2"
	return 1
}

# until_true COMMAND...: at most half a minute
until_true() {
	local i

	for ((i = 0; i < 300; i++)); do
		"$@" && return
		sleep 0.1
	done
	return 1
}

# ids: those of the rows, in their order, of a frame on standard input
ids() {
	awk '/^ *ID NAME/ { rows = 1; next }
		/^VM |^\* |^[a-z0-9]/ { rows = 0 }
		rows && NF { sub(/^>/, ""); printf "%s%s", sep, $1; sep = " " }'
}

# order IDS ARGUMENT...
order() {
	exits 0 -N 1 -d .1 "${@:2}" && is "$(ids <"$dir/out")" "$1"
}

# --- as text -----------------------------------------------------------------

test_usage() {
	local text

	ok 'top: what it takes' exits 0 --help
	ok '... is said' says out 'Usage: kvmwarden top [OPTION]...'
	ok '... within 80 columns' narrow 80
	for text in 0 -1 '' x 0.05 .05 . 3600.5 3601 1e1 1s 0x1 ' 1' +1 nan \
		99999999999999999999 1.2.3; do
		ok "--delay '$text'" refuses 2 \
			'is not a number of seconds from 0.1 to 3600' "--delay=$text"
	done
	for text in 0 -1 '' x 1x 1.5 ' 1' +1 4294967296 99999999999999999999; do
		ok "--frames '$text'" refuses 2 'is not a number of frames' \
			"--frames=$text"
	done
	ok '--sort by nothing there is' refuses 2 \
		'no column `memmory'\''; did you mean `MEMORY'\''?' --sort memmory
	ok '... nor near' refuses 2 'no column `'\''; kvmwarden top shows them' \
		--sort=
	ok 'an argument' refuses 2 'too many arguments' web
	ok '-j is for list' refuses 2 '`top'\'' has no option --json' -j
	ok 'options of top are of top alone' usage_of_others
}

usage_of_others() {
	local rc=0

	"$tool" list --batch >"$dir/out" 2>"$dir/err" || rc=$?
	is "$rc" 2 && says err '`list'\'' has no option --batch'
}

test_frame() {
	four_vms
	ok 'a frame' exits 0 -N 1 -d .1
	ok '... has the time' grep -qE \
		'^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\+00:00$' "$dir/out"
	ok '... whether the host is guarded' says out \
		'kvmwarden  armed, canary ok, hooks 2 armed, 1 waiting'
	ok '... by what' says out \
		'policy     version 3, generation 3, mode enforce, 2 classes'
	ok '... what the host has of its limits' says out \
		'VMs        [|                              4/200]  denied 34, 0/s'
	ok '... of vCPUs' says out 'vCPUs      [||||||||                      24/100]'
	ok '... of memory' says out 'memory     [|||||||                     40G/192G]'
	ok '... its columns' says out \
		' ID NAME         CLASS   MODE        VCPUS        MEMORY DENIED DENIED/s EXITS/s'
	ok '... a VM by its name' says out \
		'  1 web-01       web     enforce [||| 2/4] [||||| 4G/8G]     12        0       0'
	ok '... one that has none, at its limit' says out \
		'  2 (fc_vcpu)    web     enforce [| 16/16] [||||| 8G/8G]   123k        0       0'
	ok '... one without a limit' says out \
		'  3 (cloud-hype~ default permis~      8/-  [|     1G/8G]      0        0       0'
	ok '... one above its limits' says out \
		'  4 (alpha)      db      off     [!!! 1/0] [!!! 8.0G/8G]      0        0       0'
	ok '... and nothing on standard error' test ! -s "$dir/err"
	ok '... within 80 columns' narrow 80
	COLUMNS=200 ok 'a wide frame' exits 0 -N 1 -d .1
	ok '... cuts nothing' says out ' permissive '
	ok '... within 200 columns' narrow 200
	COLUMNS=40 ok 'a narrow frame' exits 0 -N 1 -d .1
	ok '... has the least' says out ' ID NAME           MEMORY DENIED EXITS/s'
	ok '... and who is guarded' says out 'armed, 4 VMs, denied 34, 0/s'
	ok '... within 40 columns' narrow 40
	COLUMNS=5 ok 'the narrowest frame' exits 0 -N 1 -d .1
	ok '... within 5 columns' sed_narrow 5
	COLUMNS=99999999999999999999 ok 'one that is too wide' exits 0 -N 1 -d .1
	ok 'two frames' exits 0 --batch --frames 2 --delay 0.1
	ok '... are two' is "$(grep -c '^20' "$dir/out")" 2
}

# but for the time, which is text as it is
sed_narrow() { sed -i 1d "$dir/out" && narrow "$1"; }

test_states() {
	four_vms
	edit '1s/armed //'
	ok 'disarmed' exits 0 -N 1 -d .1
	ok '... is said' says out 'kvmwarden  DISARMED: nothing is enforced'
	COLUMNS=40 ok '... in a line' exits 0 -N 1 -d .1
	ok '... too' says out 'NOT IN FORCE, 4 VMs'
	four_vms
	edit '1s/canary //'
	ok 'a canary that lives' exits 0 -N 1 -d .1
	ok '... is said' says out 'kvmwarden  BROKEN: hooks may not fire'
	four_vms
	edit '1s/$/ layout/'
	ok 'a wrong build' exits 0 -N 1 -d .1
	ok '... is said' says out 'kvmwarden  WRONG BUILD'
	four_vms
	edit '1s/$/ locked/'
	ok 'a policy that is locked' exits 0 -N 1 -d .1
	ok '... is said' says out '2 classes, LOCKED'
	edit '1s/ locked/ confirm=42500/'
	ok 'one that awaits confirmation' exits 0 -N 1 -d .1
	ok '... is said' says out 'AWAITS CONFIRMATION, 43 s left'
	edit '1s/.*/status enforce 0 armed canary/'
	ok 'no policy' exits 0 -N 1 -d .1
	ok '... is said' says out 'policy     none yet; to put one in force: kvmwarden apply'
	four_vms
	edit 's/^\(hook handle_vmxon kvm_intel\).*/\1 failed 16/'
	ok 'a hook that failed' exits 0 -N 1 -d .1
	ok '... is counted' says out 'hooks 2 armed, 1 failed'
	edit '/^vm/d'
	ok 'no VMs' exits 0 -N 1 -d .1
	ok '... is said' says out 'no VMs on record'
}

test_order() {
	four_vms
	ok 'sorted by id' order '1 2 3 4' -s id
	ok '... by name' order '4 3 2 1' -s name
	ok '... by class' order '4 3 1 2' -s class
	ok '... by mode' order '1 2 4 3' -s mode
	ok '... by vCPUs' order '2 3 1 4' -s vcpus
	ok '... by memory' order '4 2 1 3' -s memory
	ok '... by denials' order '2 1 3 4' -s denied
	ok '... as nothing else is said' order '1 2 3 4'
	ok '... case does not count' order '2 1 3 4' -s Denied
	ok '... nor what there is none of' order '1 2 3 4' -s exits/s
}

# frames N [ARGUMENT...]: so many, a second apart; in the background
frames() {
	: >"$dir/out"
	rm -f "$dir/ended"
	{
		timeout 60 "$tool" top -d 1 -N "$@" >"$dir/out" 2>"$dir/err" \
			</dev/null
		echo $? >"$dir/ended"
	} &
}

has_frames() { (($(grep -c '^20' "$dir/out") >= $1)); }

# cells COLUMN ID: what stands there, from the right, in each frame
cells() {
	awk -v at="$1" -v id="$2" '$1 == id { print $(NF + 1 - at) }' "$dir/out"
}

# rate COLUMN ID COUNT: that many, about a second a frame
rate() {
	cells "$1" "$2" | awk -v count="$3" '
		{ sub(/\*$/, ""); sum += $1 }
		!/^[0-9.]+$/ { other = 1 }
		END { exit other || sum <= count / 5 || sum > count * 1.1 }' ||
		show_output "$3"
}

test_rates() {
	four_vms
	frames 3
	until_true has_frames 1
	count 100-11 31000
	count 102-13 81000
	edit 's/refused=12 /refused=5012 /; s/refused=34$/refused=5034/'
	ok 'frames with rates' ended 0
	ok '... of one VM'\''s exits' rate 1 1 30000
	ok '... of another'\''s' rate 1 3 80000
	ok '... not of all' is "$(cells 1 2 | sort -u)" 0
	ok '... of denials' rate 2 1 5000
	ok '... of all exits' grep -qE 'exits ([2-9][0-9]{4}|1[01][0-9]k)/s' "$dir/out"
	ok '... of all denials' grep -qE 'denied 5034, [1-5][0-9]{3}/s' "$dir/out"
	ok 'sorted by exits' is "$(sort_by_exits)" '3 1 2 4'
}

sort_by_exits() {
	frames 3 -s exits/s
	until_true has_frames 1
	count 100-11 41000
	count 102-13 801000
	ended 0
	awk '/^20/ { frame++ } { print >FILE frame }' FILE="$dir/frame." "$dir/out"
	cat "$dir"/frame.? | awk '/^20/ { show = text; if (busy) print show
		text = ""; busy = 0 }
		{ text = text $0 "\n"; if (/exits [1-9]/) busy = 1 }
		END { if (busy) print text }' | ids
}

test_counters_lost() {
	four_vms
	frames 3
	until_true has_frames 1
	count 100-11 5
	rm -r "$FAKE_KVM/101-12"
	# another VM, of the same thread, with the same number
	echo 900000 >"$dir/count"
	touch -d '1 hour ago' "$dir/count"
	mv "$dir/count" "$FAKE_KVM/102-13/exits"
	echo 'no number' >"$FAKE_KVM/103-14/exits"
	ok 'counters that go' ended 0
	ok '... back: not known, then known again' rate_unknown 1
	ok '... away: not known any more' is "$(cells 1 2 | tail -n 1)" -
	ok '... to another VM: not taken for the old one'\''s' rate_unknown 3
	ok '... mad: not believed' test "$(cells 1 4 | grep -vc '^[-0]$')" == 0
	counters
	ok 'no counters at all' exits 0 -N 1 -d .1
	ok '... are not known' is "$(cells 1 1)" -
	ok '... without a word, as there are none' test ! -s "$dir/err"
	rm -r "$FAKE_KVM"
	ok 'no debugfs' exits 0 -N 3 -d .1
	ok '... is said' says err \
		'no EXITS/s: no /sys/kernel/debug/kvm; is debugfs mounted?'
	ok '... once' is "$(wc -l <"$dir/err")" 1
	ok '... and nothing is made up' is "$(cells 1 1 | sort -u)" -
	ok '... nor for all' says out 'exits -/s'
	: >"$FAKE_KVM"
	ok 'a debugfs that cannot be read' exits 0 -N 1 -d .1
	ok '... is said' says err '/sys/kernel/debug/kvm: Not a directory'
	rm "$FAKE_KVM"
	counters 100-11 101-12
	rm "$FAKE_KVM"/*-*/exits
	ok 'a KVM that does not count' exits 0 -N 1 -d .1
	ok '... is said' says err 'no EXITS/s'
}

# rate_unknown ID: in one frame; known in the others
rate_unknown() { is "$(cells 1 "$1" | sort | uniq -c | awk '{ print $1, $2 }' | xargs)" '1 - 2 0'; }

# Of one process, by the time at which each came into being.
test_one_process() {
	local now

	now=$(awk '{ printf "%d", $1 }' /proc/uptime)
	module <<-END
		status enforce 3 armed canary
		vm web enforce pid=100 comm=a created=$((now - 100))000000000
		vm web enforce pid=100 comm=b created=$((now - 50))000000000
		vm web enforce pid=200 comm=c created=$((now - 50))000000000
		vm web enforce pid=200 comm=d created=$((now - 50))000000001
		vm web enforce pid=300 comm=e
		vm web enforce pid=400 comm=f
	END
	# made in this order by 100; that of 300 by another of its threads
	counters 100-9 100-8 200-7 200-8 301-5
	touch -d '99 seconds ago' "$FAKE_KVM/100-9/exits"
	touch -d '49 seconds ago' "$FAKE_KVM/100-8/exits"
	touch -d '49 seconds ago' "$FAKE_KVM"/200-*/exits
	mkdir -p "$FAKE_PROC/301"
	printf 'Name:\tx\nTgid:\t300\n' >"$FAKE_PROC/301/status"
	frames 3
	until_true has_frames 1
	count 100-9 21000
	count 100-8 51000
	count 200-7 21000
	count 200-8 31000
	count 301-5 71000
	ok 'several VMs of one process' ended 0
	ok '... the older one' rate 1 1 20000
	ok '... the younger one' rate 1 2 50000
	ok '... those that nobody can tell apart: their sum' shared 3 50000
	ok '... for both' shared 4 50000
	ok '... which is said' says out '* all VMs of that process together'
	ok 'one that another thread has made' rate 1 5 70000
	ok 'one that is not counted' is "$(cells 1 6 | sort -u)" -
	rm -r "$FAKE_KVM/100-8"
	ok 'a VM too many' exits 0 -N 1 -d .1
	ok '... makes them one' is "$(cells 1 1; cells 1 2)" $'0*\n0*'
	rm -r "${FAKE_PROC:?}/301"
	ok 'a thread that is gone' exits 0 -N 1 -d .1
	ok '... is not known' is "$(cells 1 5)" -
}

# shared ID COUNT: as rate, with a mark
shared() {
	! cells 1 "$1" | grep -qv '\*$' && rate 1 "$1" "$2"
}

test_hostile() {
	four_vms
	edit $'s/comm=qemu/comm=\e[31m\xff%n/; s/cgroup=[^ ]*//'
	COLUMNS=120 ok 'a name that is hostile' exits 0 -N 1 -d .1
	ok '... is shown' says out '(\x1b[31m\xff%n)'
	ok '... and does not reach the terminal' test \
		"$(LC_ALL=C tr -d '\n -~' <"$dir/out" | wc -c)" == 0
	edit 's|comm=fc_vcpu|& cgroup=/machine.slice/machine-qemu\\x2d5\\x2d\\x1b\\x5b31m\\x0a.scope|'
	COLUMNS=120 ok '... also in a cgroup' exits 0 -N 1 -d .1
	ok '... is shown' says out ' \x1b[31m\x0a '
	ok '... as one row' is "$(ids <"$dir/out")" '1 2 3 4'
}

test_end() {
	four_vms
	ok 'output that is not read on' reads_little
	ok 'a full disk' to_full
	ok 'an error of the module' failing 'error 12' 1 'not enough memory'
	ok 'a module that is gone' failing 'error 19' 3 'the module was unloaded meanwhile'
	ok 'no rights' failing 'error 1' 4 'no permission'
	mv "$FAKE_MODULE" "$FAKE_MODULE.away"
	ok 'no module' refuses 3 'the module is not loaded' -N 1
	mv "$FAKE_MODULE.away" "$FAKE_MODULE"
	frames 100
	until_true has_frames 1
	rm "$FAKE_MODULE"
	ok 'a module that is unloaded meanwhile' ended 3
	ok '... is said' says err 'kvmwarden: the module was unloaded meanwhile'
	ok '... and what was printed stays' has_frames 1
}

reads_little() {
	timeout 20 "$tool" top -d .1 </dev/null 2>"$dir/err" | head -n 3 >"$dir/out"
	is "${PIPESTATUS[0]}" 141 && says out 'armed'
}

to_full() {
	local rc=0

	timeout 20 "$tool" top -d .1 >/dev/full 2>"$dir/err" </dev/null || rc=$?
	is "$rc" 1 && says err 'cannot write the output'
}

# failing LINE STATUS TEXT: the module, from the first request on
failing() {
	echo "$1" >>"$FAKE_MODULE"
	refuses "$2" "$3" -N 1 -d .1 || return
	four_vms
}

# ended STATUS: what runs, with that
ended() {
	until_true test -s "$dir/ended" && is "$(<"$dir/ended")" "$1"
}

many_vms() {
	local i

	module <<-END
		status enforce 3 armed canary denied=10 refused=1
		vm web enforce pid=1000 comm=worker used-vcpus=2 own-vcpus=4 own-memory=8589934592 used-memory=4294967296 times=$1
		vm last enforce pid=5 comm=last denied=1
	END
	counters
	for ((i = 1000; i < 1000 + $1; i++)); do
		mkdir "$FAKE_KVM/$i-7"
		echo 1 >"$FAKE_KVM/$i-7/exits"
	done
}

test_many() {
	local begun spent

	many_vms 2000
	times >"$dir/times"
	begun=$(cpu_ms)
	ok '2001 VMs' exits 0 -N 5 -d .1
	times >"$dir/times"
	spent=$(($(cpu_ms) - begun))
	ok '... are 2001 rows, five times' is \
		"$(grep -c ' web  *enforce' "$dir/out")" 10000
	ok '... all are counted' is "$(cells 1 1999 | sort -u)" 0
	tap_note "$((spent / 6)) ms of a processor a sample"
	# with sanitizers, and a module that reads a text file for each
	ok '... and take less than a second each' test "$spent" -lt 6000
}

# cpu_ms: what our children had taken by then
cpu_ms() {
	awk 'END { split($1 " " $2, t, /[ms ]+/)
		printf "%d", (60 * (t[1] + t[3]) + t[2] + t[4]) * 1000 }' \
		"$dir/times"
}

# --- on a screen -------------------------------------------------------------

mux() { tmux -L top -f /dev/null "$@"; }

# start COLUMNSxROWS [NAME=VALUE]... [ARGUMENT...]: top, on a terminal of that
# size; its bytes are kept
start() {
	local columns=${1%x*} rows=${1#*x}

	shift
	rm -f "$dir"/{bytes,rc,before,after,err,go}
	mkfifo "$dir/go"
	: >"$dir/err"
	printf '%s\n' "echo \$\$ >'$dir/pid'; ${first-}" \
		"exec env ${under-} '$tool' top $* 2>'$dir/err'" >"$dir/run"
	printf '%s\n' 'trap : INT' "read -r _ <'$dir/go'" \
		"stty -g >'$dir/before'" "sh '$dir/run'" \
		"echo \$? >'$dir/rc.new'; stty -g >'$dir/after'" \
		"mv '$dir/rc.new' '$dir/rc'; exec cat" >"$dir/pane"
	# or nobody would ever read what it waits for
	mux new-session -d -x "$columns" -y "$rows" "bash '$dir/pane'" || return
	mux pipe-pane -o "cat >'$dir/bytes'"
	echo >"$dir/go"
}

stop() { mux kill-session 2>/dev/null; }

screen() { mux capture-pane -p; }

press() { mux send-keys "$@"; }

has_text() { [[ $(screen) == *"$1"* ]]; }
has_not() { [[ $(screen) != *"$1"* ]]; }

# shows TEXT: sooner or later
shows() {
	until_true has_text "$1" && return
	echo "not on the screen: $1"
	screen
	cat "$dir/err"
	return 1
}

shows_no() {
	until_true has_not "$1" && return
	echo "still on the screen: $1"
	screen
	return 1
}

has_rows() { [[ $(screen | ids) == "$1" ]]; }

# rows IDS: sooner or later
rows() {
	until_true has_rows "$1" && return
	is "$(screen | ids)" "$1"
}

chosen() {
	until_true is_chosen "$1" && return
	screen
	return 1
}

is_chosen() { screen | grep -q "^> *$1 "; }

# fits COLUMNS ROWS: what is on the screen
fits() {
	screen | awk -v width="$1" -v height="$2" 'length > width { bad = 1 }
		END { exit bad || NR > height }'
}

over() { [[ -e $dir/rc ]]; }

# left STATUS: it has ended, with that, and the terminal is as before
left() {
	until_true over || { screen; return 1; }
	is "$(<"$dir/rc")" "$1" || { cat "$dir/err"; return 1; }
	is "$(<"$dir/after")" "$(<"$dir/before")" &&
		is "$(mux display -p '#{alternate_on} #{cursor_flag} #{keypad_flag} #{keypad_cursor_flag}')" \
			'0 1 0 0'
}

quits() { press q && left 0 && is "$(<"$dir/err")" ''; }

test_screen() {
	four_vms
	start 80x24
	ok 'the screen' shows 'kvmwarden  armed, canary ok, hooks 2 armed, 1 waiting'
	ok '... is another one than before' is "$(mux display -p '#{alternate_on} #{cursor_flag}')" '1 0'
	ok '... has the rows' rows '1 2 3 4'
	ok '... with bars' shows '2 (fc_vcpu)    web     enforce [| 16/16] [||||| 8G/8G]   123k'
	ok '... the keys' shows 'q quit  h help'
	ok '... and rates, before the first two seconds are over' shows 'denied 34, 0/s'
	ok '... within it' fits 80 24
	ok 'quit' quits
	stop
}

test_sort_keys() {
	four_vms
	start 80x24
	shows '(alpha)' >/dev/null
	press M
	ok 'M: by memory' rows '4 2 1 3'
	ok '... as is said' shows 'by MEMORY'
	press r
	ok 'r: reversed' rows '3 1 2 4'
	ok '... as is said' shows 'by MEMORY, reversed'
	press r D
	ok 'D: by denials' rows '2 1 3 4'
	press N
	ok 'N: by name' rows '4 3 2 1'
	press C
	ok 'C: by class' rows '4 3 1 2'
	press O
	ok 'O: by mode' rows '1 2 4 3'
	press V
	ok 'V: by vCPUs' rows '2 3 1 4'
	press S
	ok 'S: by denials a second' shows 'by DENIED/s'
	press E
	ok 'E: by exits' shows 'by EXITS/s'
	press '>'
	ok '>: by the next column, the first' shows 'by ID'
	press r
	ok '... reversed' rows '4 3 2 1'
	press '<'
	ok '<: back' shows 'by EXITS/s, reversed'
	press I r
	ok 'I: by id' rows '1 2 3 4'
	ok 'quit' quits
	stop
}

test_choice() {
	four_vms
	start 80x24 -s id
	ok 'the first row is chosen' chosen 1
	press j Down
	ok 'j, down: the third' chosen 3
	press k
	ok 'k: the second' chosen 2
	press Up Up Up
	ok 'up: no further than the first' chosen 1
	press End
	ok 'end: the last' chosen 4
	press j j NPage
	ok '... and no further' chosen 4
	press Home
	ok 'home: the first' chosen 1
	press j r
	ok 'what is sorted anew is looked at from its top' chosen 4
	press r j Enter
	ok 'Enter: more of a VM' shows 'VM 2 (fc_vcpu): pid 101, user root, class web, enforce'
	ok '... its limits' shows '0/8192]'
	ok '... those of its own' shows '16/16]  set for this VM'
	ok '... its denials' shows 'vCPU limit of the VM: refused 123456 times'
	ok '... its cgroup' shows 'cgroup unknown'
	ok '... and rows above it' chosen 2
	press r
	ok 'it stays chosen in another order' chosen 2
	ok '... and shown' shows 'VM 2 (fc_vcpu)'
	press End
	press r End
	ok 'the last one' chosen 4
	edit '/comm=alpha/d'
	ok '... that is gone: the next one' shows 'VM 3 (cloud-hyperviso)'
	press Enter
	ok 'Enter: back' shows_no 'cgroup unknown'
	ok 'quit' quits
	stop
}

test_filter() {
	four_vms
	start 80x24
	shows '(alpha)' >/dev/null
	press / w e
	ok '/: what is typed counts at once' rows '1 2'
	ok '... and is shown' shows 'only VMs with: we_'
	press b - 0 q
	ok '... nothing has it' shows 'no VM has that text'
	press BSpace
	ok '... one key less' rows '1'
	press Enter
	ok '... is kept' shows '1 of 4 VMs: /web-0'
	press / C-u A L P H
	ok 'case does not count' rows '4'
	press Escape
	ok 'Esc: all' rows '1 2 3 4'
	press -l '/'
	press -l "$(printf '%0100d' 0)"
	ok 'no more than there is room for' shows \
		"only VMs with: $(printf '%039d' 0)_"
	press Escape
	ok '... and no harm' rows '1 2 3 4'
	ok 'quit' quits
	stop
}

test_pause() {
	four_vms
	start 80x24 -d 0.2
	shows '(alpha)' >/dev/null
	press p
	ok 'p: a pause' shows 'PAUSED at '
	edit 's/alpha/omega/'
	press j
	ok '... in which keys work' chosen 2
	ok '... and nothing changes' has_text '(alpha)'
	press Space
	ok 'space: a sample all the same' shows '(omega)'
	ok '... and the pause goes on' has_text 'PAUSED'
	edit 's/omega/alpha/'
	press p
	ok 'p: no pause' shows_no PAUSED
	ok '... what has changed is shown' shows '(alpha)'
	press d 0 x Enter
	ok 'd: no such delay' shows 'not a number of seconds from 0.1 to 3600'
	press d 3 6 0 0 Enter
	ok 'd: an hour' shows_no 'seconds: '
	edit 's/alpha/omega/'
	press Space
	ok '... in which space takes a sample' shows '(omega)'
	press d . 1 Enter
	edit 's/omega/alpha/'
	ok 'd: a tenth of a second' shows '(alpha)'
	press h
	ok 'h: help' shows 'seconds between samples'
	press h
	ok '... and back' shows 'q quit  h help'
	press '?' q
	ok '?: help; q leaves but that' shows 'q quit  h help'
	ok 'quit' quits
	stop
}

# resized COLUMNSxROWS
resized() {
	mux resize-window -x "${1%x*}" -y "${1#*x}"
	until_true fits "${1%x*}" "${1#*x}"
}

test_sizes() {
	local size

	four_vms
	start 80x24
	shows '(alpha)' >/dev/null
	ok 'a larger screen' resized 140x40
	ok '... is used' shows ' permissive '
	ok '... to its end' on_last_line 40 'q quit'
	ok 'a small one' resized 40x10
	ok '... has what matters' shows ' ID NAME           MEMORY DENIED EXITS/s'
	ok '... whether it is armed' shows 'armed, 4 VMs, denied 34'
	ok '... rows' rows '1 2 3 4'
	ok '... and the keys' on_last_line 10 'q quit  h help'
	press j Enter
	ok '... more of a VM' shows 'vCPUs '
	ok '... as much as there is room for' shows 'more: kvmwarden show 2'
	press Enter h
	ok '... help, in pages' shows 'any key: more'
	press h h
	ok '... the last' shows 'any key: back'
	press h
	ok '... and back' shows 'q quit'
	for size in 20x5 10x3 3x2 2x1 300x3 4x60; do
		ok "$size: it does not mind" resized "$size"
		press h h Enter j Enter
		ok '... and goes on' still_runs
		press Escape
	done
	resized 80x24
	ok 'and as it was' shows 'kvmwarden  armed, canary ok'
	ok '... all of it' rows '1 2 3 4'
	ok 'quit' quits
	stop
	start 40x10
	ok 'small from the start' rows '1 2 3 4'
	ok '... within it' fits 40 10
	ok 'quit' quits
	stop
}

on_last_line() {
	until_true last_line_has "$@" && return
	screen
	return 1
}

last_line_has() { [[ $(screen | sed -n "$1p") == "$2"* ]]; }

# a key that asks for nothing is answered by a new frame, and by no end
still_runs() { press C-l && ! over && kill -0 "$(<"$dir/pid")"; }

test_many_on_screen() {
	many_vms 2000
	start 80x24 -s id
	ok '2001 VMs on a screen' shows '(worker)'
	ok '... the first ones' rows "$(seq -s ' ' 18 | sed 's/ 18$//')"
	press End
	ok '... the last one' chosen 2001
	press PPage
	ok '... a page up' chosen 1985
	press / l a s t Enter
	ok '... a filter' rows 2001
	ok 'quit' quits
	stop
}

# ends SIGNAL STATUS TEXT
ends() {
	four_vms
	start 80x24
	shows '(alpha)' >/dev/null
	kill "-$1" "$(<"$dir/pid")"
	ok "SIG$1" left "$2"
	ok '... is said' says err "kvmwarden: ended by a signal: $3"
	stop
}

test_signals() {
	ends INT 130 Interrupt
	ends TERM 143 Terminated
	ends HUP 129 Hangup
	four_vms
	start 80x24
	shows '(alpha)' >/dev/null
	press C-c
	ok 'Ctrl-C' left 130
	stop
	start 80x24
	shows '(alpha)' >/dev/null
	kill -KILL "$(<"$dir/pid")"
	# so that the tests above mean something
	ok 'what is killed leaves the terminal as it is' not left 137
	stop
	start 80x24 -d 60
	shows '(alpha)' >/dev/null
	mux resize-window -x 60 -y 20
	ok 'a signal that is none of ours does no harm' shows ' ID NAME'
	kill -STOP "$(<"$dir/pid")"
	kill -CONT "$(<"$dir/pid")"
	ok '... nor does this' quits
	stop
}

not() { ! "$@"; }

# As a user does, in a shell with jobs.
test_stop() {
	four_vms
	rm -f "$dir/rc"
	mux new-session -d -x 80 -y 24 "PS1='ready> ' bash --norc --noprofile -i"
	ok 'a shell' shows 'ready>'
	press "$tool top" Enter
	ok '... top in it' shows 'kvmwarden  armed'
	press C-z
	ok 'Ctrl-Z' shows Stopped
	ok '... leaves the screen' is "$(mux display -p '#{alternate_on} #{cursor_flag}')" '0 1'
	press 'stty -a | grep -o " icanon"' Enter
	ok '... and the terminal' shows ' icanon'
	press fg Enter
	ok 'fg: back' shows 'kvmwarden  armed'
	press q
	ok '... and out' shows_no 'kvmwarden  armed'
	stop
}

# Nobody may be left behind who reads a terminal that is gone, again and again.
test_terminal_gone() {
	local pid

	four_vms
	# the sanitizer hangs in looking for leaks of such a process
	first="trap '' HUP" under="ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0" \
		start 80x24 -d 60
	shows '(alpha)' >/dev/null
	pid=$(<"$dir/pid")
	stop
	ok 'a terminal that is gone ends it, without any signal' until_true \
		gone "$pid"
	ok '... which is said' says err 'kvmwarden: the terminal is gone'
}

# whether anybody has asked how it ended or not
gone() { ! grep -q '^State:[^Z]*$' "/proc/$1/status" 2>/dev/null; }

test_module_gone() {
	four_vms
	start 80x24 -d .2
	shows '(alpha)' >/dev/null
	edit '1s/armed //; /^vm/d'
	ok 'disarmed meanwhile' shows 'DISARMED: nothing is enforced'
	ok '... with no VMs' shows 'no VMs on record'
	ok 'the device is not kept open, or it could not be unloaded' \
		not_open "$FAKE_MODULE"
	ok 'nor are the counters, or VMs would not go' not_open "$FAKE_KVM"
	rm "$FAKE_MODULE"
	ok 'a module that is unloaded ends it' left 3
	ok '... which is said' says err 'kvmwarden: the module was unloaded meanwhile'
	stop
	four_vms
	start 80x24 -d .2
	shows '(alpha)' >/dev/null
	edit '$aerror 12'
	ok 'so does an error' left 1
	ok '... which is said' says err 'kvmwarden: cannot go on: the kernel has not enough memory'
	stop
	four_vms
	rm -r "$FAKE_KVM"
	start 80x24 -d .2
	ok 'no debugfs: said' shows 'no EXITS/s: no /sys/kernel/debug/kvm; is debugfs mounted?'
	press j
	ok '... until a key is pressed' shows 'q quit  h help'
	ok '... and not again' not shows_soon 'no EXITS/s'
	ok 'quit' quits
	stop
}

shows_soon() {
	local i

	for ((i = 0; i < 10; i++)); do
		has_text "$1" && return
		sleep 0.1
	done
	return 1
}

# not_open PATH: nor anything below
not_open() {
	local fd i

	for ((i = 0; i < 20; i++)); do
		for fd in "/proc/$(<"$dir/pid")/fd"/*; do
			[[ $(readlink "$fd") != "$1"* ]] || continue 2
		done
		return
	done
	return 1
}

# coloured: the bytes that the terminal got
coloured() { LC_ALL=C grep -qaE $'\e''\[([0-9;]*;)?(3[0-9]|4[0-9]|9[0-7])(;[0-9;]*)?m' "$dir/bytes"; }

# plain_screen NAME ENVIRONMENT: the same rows, and no colour
plain_screen() {
	four_vms
	under=$2 start 80x24
	ok "$1: the screen" shows 'kvmwarden  armed'
	ok '... its rows' rows '1 2 3 4'
	ok '... without colour' not coloured
	press j
	ok '... with a mark of what is chosen' chosen 2
	ok 'quit' quits
	stop
}

# plain_text NAME ENVIRONMENT ERROR
plain_text() {
	four_vms
	under=$2 start 80x24 -d .2
	ok "$1: plain text" shows '(alpha)'
	ok '... on the same screen' is "$(mux display -p '#{alternate_on}')" 0
	ok '... without anything but text' not grep -qa $'\e' "$dir/bytes"
	ok '... the reason is told' says err "$3"
	press C-c
	ok '... until it is interrupted' left 130
	stop
}

test_terminals() {
	four_vms
	under='TERM=xterm-256color' start 80x24
	shows '(alpha)' >/dev/null
	ok 'with colour, there is' until_true coloured
	ok 'quit' quits
	stop
	under='NO_COLOR= TERM=xterm' start 80x24
	shows '(alpha)' >/dev/null
	ok 'an empty NO_COLOR is none' until_true coloured
	ok 'quit' quits
	stop
	plain_screen NO_COLOR 'NO_COLOR=1 TERM=xterm-256color'
	plain_screen 'a terminal without colour' 'TERM=vt100'
	plain_text TERM=dumb TERM=dumb 'this terminal can only print line by line'
	plain_text 'an unknown TERM' TERM=no-such-terminal \
		'this kind of terminal is not known here (TERM)'
	plain_text 'an empty TERM' TERM= 'TERM'
	plain_text 'no TERM' '-u TERM' 'TERM'
	under='LINES=5 COLUMNS=20' start 80x24
	ok 'LINES and COLUMNS of another terminal' shows 'kvmwarden  armed, canary ok'
	ok 'quit' quits
	stop
	start 80x24 '-d .2 </dev/null'
	ok 'without keys: plain text' shows '(alpha)'
	ok '... on the same screen' is "$(mux display -p '#{alternate_on}')" 0
	stop
}

test_hostile_on_screen() {
	four_vms
	edit $'s/comm=alpha/comm=\e[31m\xffx/'
	under=TERM=vt100 start 120x24
	ok 'a name that is hostile, on a screen' shows '(\x1b[31m\xffx)'
	ok '... is not obeyed' not coloured
	ok 'quit' quits
	stop
}

# --- all of it ---------------------------------------------------------------

clean_up() {
	mux kill-server 2>/dev/null
	rm -rf "$dir"
}

set_up() {
	need tmux
	dir=$(mktemp -d)
	trap clean_up EXIT
	export FAKE_MODULE=$dir/module FAKE_KVM=$dir/kvm FAKE_PROC=$dir/proc
	export TMUX_TMPDIR=$dir
	touch "$dir/out" "$dir/err"
	# who comes while it goes, for want of sessions, is refused
	mux start-server \; set -s exit-empty off
	four_vms
}

set_up
for test in usage frame states order rates counters_lost one_process hostile \
	end many screen sort_keys choice filter pause sizes many_on_screen \
	signals stop terminal_gone module_gone terminals hostile_on_screen; do
	"test_$test"
done
tap_done
