#!/bin/bash
# What the control tool makes of events: log, explain, learn. The module is a text file, and so
# are its events; see tool-doctor/module.c and events.c. TAP.
#
# usage: tool-events.sh        KVMWARDEN: the tool, beside which `make fakes'
#                              has put fake/
# shellcheck disable=SC2317 # nearly all is called by ok, with its name
# shellcheck disable=SC2016 # the tool's ` are its own

set -uo pipefail
# shellcheck source=selftests/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"
# shellcheck source=selftests/lib/tap.sh
. "$bed_dir/lib/tap.sh"
# shellcheck source=selftests/lib/fake.sh
. "$bed_dir/lib/fake.sh"

export TZ=UTC

# --- a module ----------------------------------------------------------------

# events: standard input is what it tells, in the words of events.c
events() { cat >"$FAKE_MODULE.events"; }

# event KEY=VALUE...: one more
event() { echo "event $*" >>"$FAKE_MODULE.events"; }

sound_module() {
	module <<-END
		status enforce 3 armed canary digest=1
		class web enforce 1 match.cgroup=/web/* vcpus=4 memory=8589934592
		class default permissive 0
		vm web enforce cgroup=/system.slice/db.service
	END
}

some_events() {
	events <<-'END'
		event type=2 vm=1 pid=5 comm=qemu uid=65534 class_name=web mode=2 cgroup=/machine.slice/machine-qemu\x2d5\x2dweb.scope exe=/usr/bin/qemu
		event vm=1 pid=5 comm=qemu uid=65534 class_name=web mode=2 reason=1 operation=3 limit=536870912 used=0 asked=1073741824 flags=1
		event vm=1 pid=5 comm=qemu uid=65534 class_name=web mode=1 reason=0 operation=2 limit=4 used=4 asked=1 count=3 total=9
		event pid=9 comm=other uid=0 class_name=default mode=1 reason=17 operation=1 level=3 account_len=4 cgroup=/a/b/c limit=1 used=1 asked=1
		event type=4 vm=1 pid=5 comm=qemu uid=65534 class_name=web mode=2
	END
}

# --- the tool ----------------------------------------------------------------

# There may be very much of it
show_output() {
	(($# == 0)) || echo "not found: $1"
	head -n 60 "$dir/out" | cut -c -400 | sed 's/^/out: /'
	head -n 20 "$dir/err" | sed 's/^/err: /'
	return 1
}

# says_line TEXT: a whole one
says_line() { grep -qxF -- "$1" "$dir/out" || show_output "$1"; }

says_not() { ! grep -qF -- "$2" "$dir/$1" || show_output "$2"; }

plain() { ! LC_ALL=C grep -q '[^ -~]' "$dir/out" || show_output; }

# json FILTER: of the last run, all lines as one list
json() { jq -se "$1" "$dir/out" >/dev/null || show_output "$1"; }

# told SEQ...: just these, in this order
told() {
	local got

	got=$(grep -oE '^[^ ]+ #[0-9]+' "$dir/out" | sed 's/.*#//' | xargs)
	[[ $got == "$*" ]] && return
	echo "told: $got, wanted: $*"
	show_output
}

# --- log ---------------------------------------------------------------------

test_log() {
	some_events
	ok 'log' exits 0 log
	ok '... in its order' told 1 2 3 4 5
	ok '... within 80 columns' narrow
	ok '... of a VM that came' says_line \
		'2026-11-18T11:06:40+00:00 #1 VM 1 created'
	ok '... by whom' says_line \
		'  VM 1 (qemu[5], user nobody, class web, enforce)'
	ok '... where' says_line \
		'  in /machine.slice/machine-qemu\x2d5\x2dweb.scope'
	ok '... of a denial' says_line \
		'2026-11-18T11:06:41+00:00 #2 denied: memory limit of the VM'
	ok '... of what, in sizes' says_line \
		'  KVM_SET_USER_MEMORY_REGION: 1G more, 0 of 512M in use by the VM'
	ok '... that would be one' says_line \
		'2026-11-18T11:06:42+00:00 #3 would deny: vCPU limit of the VM'
	ok '... how often, in numbers' says_line \
		'  KVM_CREATE_VCPU (3 times, 9 in all): 1 more, 4 of 4 in use by the VM'
	ok '... of a VM that was not created' says_line \
		'  new VM (other[9], user root, class default, permissive)'
	ok '... and whose account is full' says_line \
		'  KVM_CREATE_VM: 1 more, 1 of 1 in use by cgroup /a/b'
	ok '... of a VM that went' says out '#5 VM 1 gone'
	ok '... and says nothing else' test ! -s "$dir/err"
	: >"$FAKE_MODULE.events"
	ok 'log where nothing has happened' exits 0 log
	ok '... says nothing' test ! -s "$dir/out"
}

test_log_types() {
	local digest

	digest=$(printf '0102%060d' 0)
	events <<-'END'
		event type=3 vm=7 comm=q class_name=web mode=2
		event type=5 vm=7 comm=kvmwarden pid=3 auid=65534
		event type=6 version=7 generation=3 digest=%01%02 comm=kvmwarden pid=3
		event type=7 version=7 generation=3 digest=%01%02
		event type=8 version=6 generation=4 digest=%01%02 old_digest=%03
		event type=9 version=6 generation=4
		event type=10
		event type=11
		event type=12 function=kvm_x hook_state=4 hook_error=0xfffffff0
		event type=12 function=kvm_x hook_state=2
		event type=13 hook_state=0
		event type=13 hook_state=1
		event type=77 vm=7
	END
	ok 'log of all the rest' exits 0 log
	ok '... all of it' told {1..13}
	ok '... within 80 columns' narrow
	ok '... a VM that was found' says out '#1 VM 7 found: it is older than the hooks'
	ok '... one that was set' says out '#2 VM 7 was set by hand'
	ok '... by whom, and as whom he had come' says_line \
		'  by kvmwarden[3], user root, logged in as nobody'
	ok '... a policy' says out '#3 policy version 7 in force'
	ok '... which' says_line "  $digest"
	ok '... confirmed' says out '#4 policy version 7 was confirmed: it stays'
	ok '... by nobody' says_line '  by the kernel'
	ok '... rolled back' says out '#5 policy version 6 in force again: rolled back'
	ok '... locked' says out '#6 policy version 6 locked until reboot'
	ok '... armed' says out '#7 hooks armed'
	ok '... disarmed' says out '#8 hooks off: DISARMED, nothing is enforced'
	ok '... a hook that failed' says out '#9 hook on kvm_x: failed'
	ok '... why' says_line '  Device or resource busy'
	ok '... one that did not' says out '#10 hook on kvm_x: armed'
	ok '... hooks that do not fire' says out '#11 hooks do NOT fire: nothing is guaranteed'
	ok '... and do again' says out '#12 hooks fire again'
	ok '... what is not known yet' says out \
		'#13 something newer than this tool (event type 77)'
	ok 'log -j of them' exits 0 log -j
	ok '... one object a line' json 'length == 13 and all(.schema == 1)'
	ok '... by name' json '[.[].type] == ["vm-adopt", "vm-set",
		"policy-commit", "policy-confirm", "policy-rollback", "lock",
		"arm", "disarm", "hook", "hook", "canary", "canary", "event-77"]'
	ok '... with what they are about' json '.[0].vm == 7 and .[1].auid == 65534
		and .[0].auid == null and .[2].digest == "'"$digest"'" and
		.[5].digest == null and .[4].old_digest[0:2] == "03" and
		.[8].hook_state == "failed" and .[8].errno == 16 and
		.[10].hooks_fire == false and .[11].hooks_fire'
}

test_log_json() {
	some_events
	ok 'log -j' exits 0 log -j
	ok '... a line each' test "$(wc -l <"$dir/out")" == 5
	ok '... with all that is known' json '.[1] | .seq == 2 and
		.type == "denial" and .vm == 1 and .refused and
		.reason == "vm-memory" and .operation == "KVM_SET_USER_MEMORY_REGION"
		and .level == "vm" and .limit == 536870912 and .used == 0 and
		.asked == 1073741824 and .count == 1 and .total == 1 and
		.user == "nobody" and .class == "web" and .mode == "enforce" and
		.time == "2026-11-18T11:06:41+00:00" and
		.time_ns == 1795000001000000000'
	ok '... of a VM that was not created' json '.[3] | .vm == null and
		(.refused | not) and .level == "cgroup" and .account_len == 4 and
		.cgroup == "/a/b/c"'
}

# Names that others chose.
test_log_hostile() {
	local long

	long=$(printf 'a%.0s' {1..400})
	events <<-END
		event vm=1 comm=%1b[2J%0a%22%5c%ff class_name=web reason=10 operation=12 cgroup=/%0aevil%1b]0;x%07%7f exe=/%e2%82%ac
		event vm=1 comm=aaaaaaaaaaaaaaaaaaaaaaaa reason=17 level=3 account_len=9999 asked=1 cgroup=/$long exe=/$long class_name=$long flags=2
		event vm=1 reason=4000000000 operation=4000000000 level=4000000000 mode=4000000000 asked=1
		event vm=18446744073709551615 asked=18446744073709551615 used=18446744073709551615 limit=18446744073709551615 count=18446744073709551615 total=18446744073709551615 reason=1
	END
	ok 'log of hostile names' exits 0 log
	ok '... is plain' plain
	ok '... as they are' says out '(\x1b[2J\x0a"\\xff[0], user root, class web, off)'
	ok '... none makes a line of its own' test "$(grep -c evil "$dir/out")" == 1
	ok '... cut where the kernel did' says out 'aaa...'
	ok 'log -j of them' exits 0 log -j
	ok '... is JSON' json 'length == 4'
	ok '... with text that is UTF-8 as it is' json '.[0].executable == "/€"'
	ok '... and else as on a terminal' json \
		'.[0].comm == "\\x1b[2J\\x0a\"\\\\xff"'
	ok '... unknown numbers have names' json '.[2] | .operation == "unknown" and
		.reason == "reason-64" and .mode == "unknown"'
	ok '... the largest are whole' json '.[3].used == 18446744073709551615'
}

test_log_choice() {
	some_events
	ok 'log --vm' exits 0 log --vm 1
	ok '... only that' told 1 2 3 5
	ok 'of one that there is not' exits 0 log -v 4
	ok '... says nothing' test ! -s "$dir/out"
	ok 'log --vm, by its name' exits 0 log --vm db
	ok '... only that' told 1 2 3 5
	ok 'log --reason' exits 0 log --reason vm-vcpus
	ok '... only those' told 3
	ok 'log --vm --reason' exits 0 log -v 1 -R cgroup-vms
	ok '... both' test ! -s "$dir/out"
	ok 'log --since' exits 0 log --since 2026-11-18T11:06:43Z
	ok '... from then on' told 4 5
	ok 'in another zone' exits 0 log -S 2026-11-18T13:06:43+02:00
	ok '... is the same' told 4 5
	ok 'a fraction of a second' exits 0 log -S 2026-11-18T11:06:43.999
	ok '... does not count' told 4 5
	ok 'a minute' exits 0 log -S '2026-11-18 11:07'
	ok '... is a whole one' test ! -s "$dir/out"
	ok 'a day' exits 0 log --since 2026-11-18
	ok '... is all of it' told 1 2 3 4 5
	TZ=Asia/Tokyo ok 'a day elsewhere' exits 0 log --since 2026-11-18T20:06:43
	ok '... begins at another time' told 4 5
	event time="$(($(date +%s) - 90))000000000"
	ok 'so many seconds ago' exits 0 log --since 300s
	ok '... only what came since' told 6
	ok '... or less' exits 0 log --since 1m
	ok '... nothing' test ! -s "$dir/out"
	ok 'log of what is lost' exits 0 log --since 999999999999d
	ok '... is all' told 1 2 3 4 5 6
}

test_log_usage() {
	local bad

	ok 'log: help' exits 0 help log
	ok '... within 80 columns' narrow
	ok '... says -f' says_line '  -f, --follow       and what happens from now on'
	for bad in '' now 10 10x -1s 2026-13-01 2026-02-30 2026-1-1 26-11-18 \
		2026-11-18T25:00 2026-11-18T11 2026-11-18T11:60 \
		2026-11-18T11:06:43X 2026-11-18T11:06:43+2 ' 10m' 10m\  \
		1969-12-31 9999-01-01 99999999999999999999s; do
		ok "--since '$bad'" refuses 2 'is not a time; write' \
			log "--since=$bad"
	done
	ok '--vm of what is neither id nor name' refuses 2 \
		'is not the id of a VM, nor its name' log --vm ''
	ok '--vm of a name that there is not' refuses 1 'no VM is called `x' \
		log --vm x
	ok '--reason misspelt' refuses 2 'did you mean `vm-memory'\''?' \
		log --reason vm-memroy
	ok '--reason that there is not' refuses 2 'there is no reason `zzzzzzzz' \
		log --reason zzzzzzzz
	ok 'log takes no arguments' refuses 2 'too many arguments' log 1
	ok 'log has no --force' refuses 2 'has no option --force' log --force
	ok '... nor has apply --follow' refuses 2 'has no option --follow' \
		apply --follow
	ok '... but -f, which is --force' refuses 2 'has no option --force' list -f
	ok '... before the verb, too' exits 0 -j log
	ok 'the journal is not JSON' refuses 2 'leave out --json' log -j --journal
}

test_log_lost() {
	events <<-'END'
		event seq=213
		event type=0 seq=250 time=0 count=37 total=120
		event type=0 seq=251 time=0 count=1 total=1
		event seq=252
	END
	ok 'log that begins late' exits 0 log
	ok '... says so' says_line '-- what was before #213 is no longer kept --'
	ok '... and what was lost' says_line \
		'-- 37 events lost, 120 denials among them --'
	ok '... in the singular' says_line \
		'-- 1 event lost, 1 denial among them --'
	ok 'with a choice' exits 0 log --reason nested --since 2030-01-01
	ok '... what is lost is told all the same' says out '37 events lost'
	ok '... but not what was asked not to be' says_not out 'no longer kept'
	ok 'log -j' exits 0 log -j
	ok '... too' json '.[1] == { schema: 1, seq: 250, type: "events-lost",
		count: 37, total: 120 }'
}

# Modules older and newer than the tool, and what they should not do.
test_log_sizes() {
	local size

	for size in 24 40 100 600 848 900 4000; do
		events <<-END
			event size=$size type=9 vm=3 version=5
			event type=9 vm=4 version=5
		END
		ok "events of $size bytes" exits 0 log
		ok '... are told' says out '#1 policy version'
		ok '... and what comes next' says out '#2 policy version 5 locked'
	done
	events <<<'event size=24 vm=3 reason=1 asked=5'
	ok 'what an older module does not tell' exits 0 log
	ok '... is not made up' says out 'would deny: vCPU limit of the VM'
	for size in 0 8 23; do
		events <<-END
			event
			event size=$size
		END
		ok "events of $size bytes" exits 1 log
		ok '... are none' says err 'cannot read the events: Protocol error'
		ok '... those before are told' told 1
	done
	events <<<broken
	ok 'an event that does not end' refuses 1 'Protocol error' log
}

test_log_errors() {
	printf '%s\n' event 'fail 4' event | events
	ok 'log, interrupted' exits 0 log
	ok '... goes on' told 1 3
	printf '%s\n' event 'fail 22' | events
	ok 'log of an old module' exits 1 log
	ok '... says so' says err 'older than this tool and tells no events'
	echo 'fail 1' | events
	ok 'log without the right to' refuses 4 'no permission; run as root' log
	some_events
	ok 'log on a full disk' full_disk
	ok '... is said' says err 'cannot write the output'
}

full_disk() {
	local rc=0

	"$fakes/kvmwarden" log >/dev/full 2>"$dir/err" </dev/null || rc=$?
	((rc == 1))
}

# --- log -f ------------------------------------------------------------------

# follow ARGUMENT...: in the background
follow() {
	: >"$dir/out"
	"$fakes/kvmwarden" log -f "$@" >"$dir/out" 2>"$dir/err" </dev/null &
	follower=$!
}

# soon COMMAND...: within a few seconds
soon() {
	local i

	for ((i = 0; i < 200; i++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.05
	done
	"$@"
}

runs() { kill -0 "$follower" 2>/dev/null; }

# end SIGNAL: sets $rc
end() {
	rc=0
	kill "-$1" "$follower"
	wait "$follower" || rc=$?
}

test_follow() {
	local signal rc

	for signal in INT TERM; do
		some_events
		follow
		ok 'log -f tells what there is' soon told 1 2 3 4 5
		event type=10
		ok '... and what comes' soon told 1 2 3 4 5 6
		event type=11
		event type=10
		ok '... and goes on' soon told 1 2 3 4 5 6 7 8
		ok '... runs' runs
		end "$signal"
		ok "... until SIG$signal, which is its end" test "$rc" == 0
		ok '... and says nothing of that' test ! -s "$dir/err"
	done
	some_events
	follow -j --vm 1 --reason vm-memory
	event vm=1 reason=1
	event vm=2 reason=1
	event vm=1 reason=0
	event vm=1 reason=1
	ok 'log -f of a choice' soon json '[.[].seq] == [2, 6, 9]'
	end INT
	ok '... ends' test "$rc" == 0
	echo 'fail 5' | events
	ok 'log -f, which cannot read' refuses 1 \
		'cannot read the events: Input/output error' log -f
}

# read_some LINES ARGUMENT...: of that, and then no more
read_some() {
	set -o pipefail
	timeout 20 "$fakes/kvmwarden" log "${@:2}" 2>"$dir/err" </dev/null |
		head -n "$1" >"$dir/out"
}

test_pipe() {
	some_events
	ok 'log -f ends with its reader' read_some 1 -f
	ok '... without a word' test ! -s "$dir/err"
	ok '... who got what was wanted' told 1
	for _ in {1..2000}; do echo 'event type=10'; done | events
	ok 'log, too' read_some 1
	ok '... without a word' test ! -s "$dir/err"
}

# --- log --journal -----------------------------------------------------------

sent() { grep -qxF -- "$1" "$FAKE_JOURNAL" || { cat "$FAKE_JOURNAL"; false; }; }

test_journal() {
	local ids field rc

	ok 'log --journal without one' refuses 1 \
		'there is no journal to send to: systemd-journald does not run' \
		log --journal
	export FAKE_JOURNAL=$dir/journal LD_LIBRARY_PATH=$dir/lib
	mkdir "$dir/lib"
	: >"$dir/lib/libsystemd.so.0"
	ok 'log --journal without its library' refuses 1 'libsystemd.so.0: file too short' \
		log --journal
	LD_LIBRARY_PATH=$fakes
	some_events
	event type=6 version=7 digest=%01 pid=0
	event type=13
	event vm=1 comm=a%0aPRIORITY=0 reason=1
	ok 'log --journal' exits 0 log --journal
	ok '... prints nothing' test ! -s "$dir/out"
	ok '... sends each event' test "$(grep -c '^MESSAGE=' "$FAKE_JOURNAL")" == 8
	ok '... in words' sent 'MESSAGE=denied: memory limit of the VM: VM 1 (qemu[5], user nobody, class web, enforce): KVM_SET_USER_MEMORY_REGION: 1G more, 0 of 512M in use by the VM'
	for field in MESSAGE_ID=62ec0ca4f993416dbd9ce8c04460a0df PRIORITY=4 \
		PRIORITY=5 PRIORITY=2 SYSLOG_IDENTIFIER=kvmwarden \
		KVMWARDEN_EVENT=denial KVMWARDEN_SEQ=2 KVMWARDEN_VM=1 \
		KVMWARDEN_CLASS=web KVMWARDEN_MODE=enforce \
		KVMWARDEN_REASON=vm-memory KVMWARDEN_LEVEL=cgroup \
		KVMWARDEN_OPERATION=KVM_SET_USER_MEMORY_REGION \
		KVMWARDEN_LIMIT=536870912 KVMWARDEN_ASKED=1073741824 \
		KVMWARDEN_COUNT=3 KVMWARDEN_TOTAL=9 KVMWARDEN_REFUSED=1 \
		OBJECT_PID=5 KVMWARDEN_UID=65534 KVMWARDEN_VERSION=7 \
		KVMWARDEN_TIME_NS=1795000001000000000 \
		KVMWARDEN_CGROUP=/a/b/c; do
		ok "... $field" sent "$field"
	done
	ids=$(sed -n 's/^MESSAGE_ID=//p' "$FAKE_JOURNAL")
	ok '... whose ids tell types apart' test \
		"$(sort -u <<<"$ids" | wc -l)" == 5
	ok '... a message is one line' sent 'MESSAGE=would deny: memory limit of the VM: VM 1 (a\x0aPRIORITY=0[0], user root): unknown'
	: >"$FAKE_JOURNAL"
	some_events
	follow --journal
	event type=10
	ok 'log -f --journal' soon sent KVMWARDEN_EVENT=arm
	end TERM
	ok '... ends' test "$rc" == 0
	FAKE_JOURNAL=$dir/nowhere/journal ok 'a journal that fails' refuses 1 \
		'cannot send to the journal: No such file' log --journal
	unset FAKE_JOURNAL LD_LIBRARY_PATH
}

# --- explain -----------------------------------------------------------------

# A policy that limits everything, in force and in the host's files.
limit_all() {
	local key

	rm -rf "$FAKE_ETC" "$dir/store"
	mkdir -p "$FAKE_ETC/policy.d"
	{
		printf '%s\n' '[policy]' 'version = 3' 'mode = enforce' '[host]' \
			'vms = 7' 'vcpus = 7' 'memory = 7M' 'per-user.vms = 7' \
			'per-user.vcpus = 7' 'per-user.memory = 7M' \
			'[cgroup /web/?]' 'vms = 7' 'vcpus = 7' 'memory = 7M' \
			'[class web]' 'match.cgroup = /web/**' 'nested = deny' \
			'memory = 7M' 'guest-memfd = 7M'
		for key in vcpus memslots ioeventfds coalesced irqfds hv-events \
			irq-routes total.vms total.vcpus per-user.vms \
			per-user.vcpus; do
			echo "$key = 7"
		done
		printf '%s = 7M\n' total.memory per-user.memory
	} >"$FAKE_ETC/policy.conf"
	module <<-END
		store $dir/store
		status permissive 0 armed canary
		vm web enforce
	END
	kvmwarden apply
}

kvmwarden() { "$fakes/kvmwarden" "$@" >/dev/null; }

# reason NUMBER [KEY=VALUE]...: an event for that reason, with its own level
reason_event() {
	local n=$1 level=0 limit=7

	case $n in
	1 | 4 | 7 | 13 | 16 | 19 | 26) limit=7340032 ;;
	esac
	case $n in
	[234]) level=4 ;;
	[567]) level=5 ;;
	11 | 12 | 13) level=1 ;;
	14 | 15 | 16) level=2 ;;
	17 | 18 | 19) level=3 ;;
	esac
	case $n in
	8 | 9 | 10) limit=0 ;;
	esac
	event type=1 vm=2 class_name=web mode=2 flags=1 "reason=$n" \
		"level=$level" "limit=$limit" "used=$limit" \
		"asked=$((limit ? 3 : 0))" cgroup=/web/a/b account_len=6 \
		generation=1 version=3 "${@:2}"
}

nr_reasons=27

# change: the lines of the policy that the last run has asked for
change() {
	sed -n '/^What would allow it/,/^$/p' "$dir/out" |
		sed -n 's/^    \(\[.*\]\|[a-z.-]* = .*\)$/\1/p'
}

# changes SECTION KEY FROM TO: just that, once it is in the host's files
changes() {
	local rc=0

	change >"$FAKE_ETC/policy.d/change.conf"
	exits 1 diff -j || rc=1
	rm "$FAKE_ETC/policy.d/change.conf"
	((rc == 0)) && json '.[0].sections | length == 1 and
		.[0].section == "'"$1"'" and (.[0].keys | length == 1) and
		(.[0].keys[0] | .key == "'"$2"'" and .in_force == '"$3"' and
		.in_file == '"$4"')'
}

# The section and key that each reason is about, as policy.md has them.
about=(
	'class web:vcpus' 'class web:memory' 'class web:total.vms'
	'class web:total.vcpus' 'class web:total.memory' host:vms host:vcpus
	host:memory '' '' 'class web:nested' 'class web:per-user.vms'
	'class web:per-user.vcpus' 'class web:per-user.memory'
	host:per-user.vms host:per-user.vcpus host:per-user.memory
	'cgroup /web/?:vms' 'cgroup /web/?:vcpus' 'cgroup /web/?:memory'
	'class web:memslots' 'class web:ioeventfds' 'class web:coalesced'
	'class web:irqfds' 'class web:hv-events' 'class web:irq-routes'
	'class web:guest-memfd'
)

# from_to KEY: both values
from_to() {
	case $1 in
	# what a file need not say
	nested) echo '"deny"' null ;;
	*memory | guest-memfd) echo '"7M"' '"7340035"' ;;
	*) echo '"7"' '"10"' ;;
	esac
}

test_explain_reasons() {
	local n key section from to line

	limit_all
	events </dev/null
	for ((n = 0; n < nr_reasons; n++)); do reason_event "$n"; done
	for ((n = 0; n < nr_reasons; n++)); do
		ok "explain, reason $n" exits 0 explain "$((n + 1))"
		ok '... says what was tried' says_line 'What was tried'
		ok '... what said no' says_line 'What said no'
		ok '... whether that is wise' says_line 'Is that wise?'
		ok '... within 80 columns' narrow
		key=${about[n]##*:} section=${about[n]%:*}
		if [[ ! $key ]]; then
			ok '... no policy would allow it' says_not out \
				'What would allow it'
			continue
		fi
		read -r from to < <(from_to "$key")
		ok '... says which setting' says_line "    $key = ${from//\"/}"
		line=$(awk -v s="[$section]" -v k="$key" '$0 == s { in_s = 1; next }
			/^\[/ { in_s = 0 }
			in_s && $1 == k { print NR }' "$FAKE_ETC/policy.conf")
		ok '... in which line' says out \
			"That is line $line of /etc/kvmwarden/policy.conf."
		ok '... or at once' says out '    kvmwarden set '
		ok "... and $section: $key = $to would do" changes "$section" \
			"$key" "$from" "$to"
	done
	ok 'that there is no other reason' exits 0 help
	ok '... this test knows' test "$nr_reasons" == "$(grep -c \
		'^	KVMWARDEN_REASON_[A-Z_]*[ 	]*=' \
		"$tree/uapi/linux/kvmwarden.h")"
}

# Whatever is combined: it has text, and fits.
test_explain_all() {
	local n level op rc=0

	limit_all
	events </dev/null
	for ((n = 0; n <= nr_reasons; n++)); do
		for level in 0 1 2 3 4 5 6; do
			reason_event "$n" "level=$level" "operation=$((n % 16))" \
				"count=$level" flags=$((level % 2))
		done
	done
	for op in {0..13}; do event "type=$op" vm=1; done
	"$fakes/kvmwarden" log -j >"$dir/events"
	grep -v event- "$dir/events" | sed 's/"reason-[0-9]*"/"nested"/
		s/"level": "unknown"/"level": "vm"/' >"$dir/known"
	"$fakes/kvmwarden" explain - <"$dir/known" >"$dir/out" 2>"$dir/err" ||
		rc=$?
	ok 'explain of all combinations' test "$rc" == 0
	ok '... says nothing else' test ! -s "$dir/err"
	ok '... within 80 columns' narrow
	ok '... has text for each denial' test "$(grep -A 1 -xE \
		'What was tried|Is that wise\?' "$dir/out" | grep -c '^  [A-Z]')" == \
		"$((2 * (nr_reasons + 1) * 7 + 2))"
	ok '... and each other event' test "$(grep -A 1 -x 'What it means' \
		"$dir/out" | grep -c '^  [A-Z]')" == 13
	"$fakes/kvmwarden" explain -j - <"$dir/known" >"$dir/out" 2>"$dir/err" ||
		rc=$?
	ok 'in JSON' test "$rc" == 0
	ok '... too' json 'length == '"$(wc -l <"$dir/known")"' and
		all(.meaning | length > 10) and
		all(.event.type != "denial" or (.tried | length > 10) and
		(.risk | length > 10))'
	ok '... the event itself comes out as it went in' same_events
}

same_events() {
	diff <(jq -cS 'del(.text)' "$dir/known") \
		<(jq -cS '.event | del(.text)' "$dir/out")
}

test_explain() {
	local big=18446744073709551615

	limit_all
	events </dev/null
	reason_event 1
	reason_event 1 vm=1 pid=0 uid=0
	reason_event 2 vm=0 limit=3
	reason_event 2 vm=0 used=2 asked=3
	reason_event 0 class_name=gone
	reason_event 17 account_len=4
	reason_event 1 "asked=$big"
	reason_event 0 class_name=0
	event type=2 vm=1
	ok 'explain' exits 0 explain 1
	ok '... begins with the event' says out '#1 denied: memory limit of the VM'
	ok '... of a VM that is gone names its class' says_line \
		'    kvmwarden set web memory=7340035'
	ok '... by its number' exits 0 explain '#1'
	ok '... of a VM that runs names that' exits 0 explain 2
	ok '... too' says_line '    kvmwarden set 1 memory=7340035'
	ok '... and what it is good for' says_line \
		'  For this VM alone, at once, until it ends:'
	ok 'of a limit that is another by now' exits 0 explain 3
	ok '... says so' says out 'By now it says 7, which is not enough either.'
	ok '... and what it was' says_line '    total.vms = 3'
	ok '... and what would do' says_line '    total.vms = 10'
	ok 'of one that would do by now' exits 0 explain 4
	ok '... says so' says_line '  By now it says 7: that would be allowed.'
	ok '... and asks for nothing' says_line \
		'  Nothing more: the policy in force does.'
	ok 'of a class that is gone' exits 0 explain 5
	ok '... says so' says_line \
		'  The policy in force has no such section any more.'
	ok 'of a cgroup that no pattern matches any more' exits 0 explain 6
	ok '... says so' says_line \
		'  The policy in force has no such section any more.'
	ok 'of more than there can be' exits 0 explain 7
	ok '... needs no limit' says_line '    memory = unlimited'
	ok 'of a VM that came' exits 0 explain 9
	ok '... says what that means' says out 'Somebody has created a VM'
	ok '... and no more' says_not out 'Is that wise?'
	sed -i 's/7M/8M/' "$FAKE_ETC/policy.conf"
	ok 'of what no file says' exits 0 explain 1
	ok '... says so' says_line '  No policy file of this host says what is in force there: see kvmwarden diff.'
	echo junk >"$FAKE_ETC/policy.conf"
	ok 'with files that are wrong' exits 0 explain 1
	ok '... too' says out 'No policy file of this host says'
	ok '... and not what is wrong with them' test ! -s "$dir/err"
	ok 'explain -j' exits 0 explain -j 2
	ok '... has it all' json '.[0].event.seq == 2 and (.[0].cause |
		.section == "class web" and .key == "memory" and .said == "7M" and
		.state == "in-force" and .in_force == "7M" and .line == null and
		.needed == "7340035" and (.own | not) and
		.command == "kvmwarden set 1 memory=7340035")'
}

test_explain_own() {
	sound_module
	echo 'vm web enforce own deny own-memory=1073741824' >>"$FAKE_MODULE"
	events </dev/null
	reason_event 1 limit=1073741824 used=1073741824
	reason_event 10
	ok 'explain of what was set for a VM' exits 0 explain 1
	ok '... says so' says out \
		'That was set for this VM, by kvmwarden set, whatever its class says.'
	ok '... and how to undo it' says_line '    kvmwarden set 2 memory=1073741827'
	ok 'of nested' exits 0 explain 2
	ok '... too' says_line '    kvmwarden set 2 nested=allow'
	ok '... whose class allows it' says out 'That was set for this VM'
}

test_explain_names() {
	rm -rf "$dir/store" "$FAKE_ETC"
	printf '%s\n' '[cgroup /it'\''s/*]' 'vms = 1' '[class 7]' \
		'match.cgroup = /7/*' 'vcpus = 1' >"$dir/f"
	module <<-END
		store $dir/store
		status permissive 0 armed canary
	END
	kvmwarden apply "$dir/f"
	events <<-'END'
		event reason=17 level=3 limit=1 used=1 asked=1 cgroup=/it's/x account_len=7
		event reason=0 class_name=7 limit=1 used=1 asked=1
		event reason=0 class_name=%1b[2J%0a limit=1 used=1 asked=1
		event reason=17 level=3 limit=1 used=1 asked=1 cgroup=/%1b[2J%0a account_len=7
	END
	ok 'a pattern for the shell' exits 0 explain 1
	ok '... is quoted' says_line \
		"    kvmwarden set 'cgroup:/it'\\''s/*' vms=2"
	ok 'a class called by a number' exits 0 explain 2
	ok '... is a class' says_line '    kvmwarden set class:7 vcpus=2'
	ok 'hostile names' exits 0 explain 3
	ok '... are plain' plain
	ok '... of cgroups' exits 0 explain 4
	ok '... too' plain
}

test_explain_missing() {
	local bad

	sound_module
	: >"$FAKE_MODULE.events"
	ok 'explain of nothing' refuses 1 'nothing has happened yet' explain 1
	printf 'event seq=%s\n' 40 41 44 | events
	ok 'of what is no longer kept' refuses 1 \
		'event #39 is no longer kept; the oldest that is kept is #40' \
		explain 39
	ok '... says what helps' says err 'kvmwarden explain - reads'
	ok 'of what is yet to come' refuses 1 \
		'there is no event #45 yet; the last one is #44' explain 45
	for bad in '' x -1 '#' 0 1x '##1' 18446744073709551616; do
		ok "explain '$bad'" refuses 2 'is not the number of an event' \
			explain -- "$bad"
	done
	ok 'explain of none' refuses 2 'too few arguments' explain
	echo 'fail 5' | events
	ok 'explain, which cannot read' refuses 1 'Input/output error' explain 1
}

# input STATUS: what explain makes of standard input
input() {
	local rc=0

	timeout 20 "$fakes/kvmwarden" explain - >"$dir/out" 2>"$dir/err" || rc=$?
	((rc == $1)) && return
	echo "exit status $rc, wanted $1"
	show_output
}

# rejects INPUT TEXT
rejects() { printf '%b' "$1" | input 1 && says err "$2" && [[ ! -s $dir/out ]]; }

test_explain_input() {
	local good='{"type":"denial","reason":"vm-memory","seq":4' bad

	some_events
	"$fakes/kvmwarden" log -j >"$dir/events"
	ok 'explain -' input 0 <"$dir/events"
	ok '... explains each' test "$(grep -c '^What it means\|^Is that wise' \
		"$dir/out")" == 5
	ok '... apart' test "$(grep -c '^2026' "$dir/out")" == 5
	FAKE_MODULE=$dir/nowhere ok 'without a module' input 0 <"$dir/events"
	ok '... too' says out 'Is that wise?'
	ok '... as far as that goes' says out 'What is in force here was not asked'
	ok 'the least of an event' input 0 <<<"$good}"
	ok '... is explained' says out '#4 would deny: memory limit of the VM'
	ok 'nothing' rejects '' 'standard input: no event; give it'
	ok 'blanks' rejects '\n \n' 'standard input: no event'
	ok 'no JSON' rejects 'junk\n' 'standard input:1: no event as'
	ok 'half of it' rejects "$good" 'not a JSON object'
	ok 'more than one object' rejects "$good} {}" 'not a JSON object'
	ok 'a list' rejects '[]' 'not a JSON object'
	ok 'too deep' rejects "$(printf '[%.0s' {1..100})" 'not a JSON object'
	ok 'no type' rejects '{}' 'it has no `type'
	ok 'no reason' rejects '{"type":"denial"}' 'it has no `reason'
	for bad in '"type":"nosuch"' '"reason":"nosuch"' '"operation":"x"' \
		'"level":"x"' '"mode":"x"' '"hook_state":"x"'; do
		ok "$bad" rejects "$good,$bad}" 'which this tool does not know'
	done
	for bad in '"vm":-1' '"uid":4294967296' '"errno":4096' \
		'"account_len":300'; do
		ok "$bad" rejects "$good,$bad}" 'is out of range'
	done
	for bad in '"vm":"1"' '"vm":1.5' '"comm":1' '"refused":1' \
		'"auid":"x"'; do
		ok "$bad" rejects "$good,$bad}" ' is no '
	done
	ok 'a bad digest' rejects "$good,\"digest\":\"0g\"}" 'is no digest'
	ok 'names that are too long' input 0 \
		<<<"$good,\"comm\":\"$(printf 'a%.0s' {1..400})\"}"
	ok '... are cut' says out 'aaaaaaaaaaaaaaa['
}

# --- learn: patterns ---------------------------------------------------------

# pattern PATH PATTERN [cut]
pattern() { [[ $("$fakes/patterns" "$1" ${3+cut}) == "$2" ]] && "$fakes/patterns" "$1" ${3+cut}; }

test_patterns() {
	local scope='/machine.slice/machine-qemu\x2d' pod
	local uuid=8f14e45f-ceea-467a-9575-6bd4a3c1f0aa

	while read -r path want; do
		ok "pattern of ${path:0:60}" pattern "$path" "$want"
	done <<-END
		/ /
		/init.scope /init.scope
		${scope}5\x2dweb.scope $scope*.scope
		${scope}17\x2ddb\x2d2.scope/libvirt/emulator $scope*.scope/libvirt/emulator
		${scope}5\x2dweb.scope/libvirt/vcpu0 $scope*.scope/libvirt/vcpu*
		/qemu.slice/100.scope /qemu.slice/*.scope
		/user.slice/user-1000.slice/session-3.scope /user.slice/user-1000.slice/session-*.scope
		/user.slice/user-100000000.slice/user@100000000.service/app.slice/x-$uuid.scope /user.slice/user-100000000.slice/user@100000000.service/app.slice/x-*.scope
		/system.slice/kubelet.service /system.slice/kubelet.service
		/system.slice/fc@vm42.service /system.slice/fc@*.service
		/system.slice/docker-${uuid//-/}.scope /system.slice/docker-*.scope
		/kubepods.slice/kubepods-pod${uuid//-/_}.slice/crio-$uuid.scope /kubepods.slice/kubepods-po*.slice/crio-*.scope
		/firecracker/$uuid /firecracker/*
		/tenants/42/vm7 /tenants/42/vm*
		/a*b/c?d /a?b/c?d
		/x/2*3 /x/*
		.slice .slice
		/@.service /@.service
	END
	ok 'pattern of a path with blanks' pattern '/a b #c' '/a?b?#c'
	ok 'pattern of what is no text' pattern $'/a\e\n\x7fb' '/a???b'
	ok 'pattern of a path that is cut off' pattern /a/b/ccc '/a/b/**' cut
	ok '... within its first part' pattern /abc '/**' cut
	ok 'pattern of the longest path' test -n \
		"$("$fakes/patterns" "$(printf '/%01000d' 7 8 9)")"
	pod=/kubepods/burstable
	while read -r wide narrow; do
		ok "$wide covers $narrow" "$fakes/patterns" "$wide" covers "$narrow"
	done <<-END
		/a/* /a/b
		/a/* /a/b*
		/a/* /a/*
		/a/** /a/*
		/a/** /a/**
		/a/** /a/b/*/c
		/a/*b* /a/*b
		$pod/** $pod/*/x
	END
	while read -r wide narrow; do
		not_ok "$wide does not cover $narrow" "$fakes/patterns" \
			"$wide" covers "$narrow"
	done <<-'END'
		/a/b* /a/*
		/a/* /a/**
		/a/? /a/*
		/a/?* /a/*
		/a/*/c /a/**
		/a/b /a/?
		/a/[b]* /a/*
		/a/x** /a/**
	END
}

# --- learn -------------------------------------------------------------------

# in_force: standard input is a policy, and is put in force
in_force() {
	rm -rf "$dir/store"
	module <<-END
		store $dir/store
		status permissive 0 armed canary
	END
	cat >"$dir/policy"
	kvmwarden apply "$dir/policy"
}

# vm NAME...: lines for the VMs on record
vm() { printf 'vm %s\n' "$@" >>"$FAKE_MODULE"; }

# learned: the last run's policy is right
learned() {
	cp "$dir/out" "$dir/learned"
	"$fakes/kvmwarden" check "$dir/learned" >"$dir/checked" 2>&1 ||
		{ cat "$dir/checked"; return 1; }
}

# setting SECTION KEY: its value in what was learned; empty: not there
setting() {
	awk -v s="[$1]" -v k="$2" '/^\[/ { in_s = $0 == s }
		in_s && $1 == k { sub(/^[^=]*= /, ""); print }' "$dir/learned"
}

# sets SECTION KEY VALUE
sets() {
	[[ $(setting "$1" "$2") == "$3" ]] && return
	echo "[$1] $2 is: $(setting "$1" "$2"), wanted: $3"
	cat "$dir/learned"
	return 1
}

# same_but SECTION...: the rest is as it was, except for the version
same_but() {
	local section

	for section; do
		sed -i "/^\\[${section//\//\\/}\\]/,/^\$/d" "$dir/learned"
	done
	diff <(grep -v -e '^#' -e '^version' -e '^$' "$dir/learned") \
		<("$fakes/kvmwarden" export | grep -v -e '^version' -e '^$')
}

guest='uid=65534 mode=1 generation=1 class_name=default cgroup=/machine.slice/machine-qemu\x2d5\x2dweb.scope'
scopes='/machine.slice/machine-qemu\x2d*.scope'

test_learn() {
	in_force <<-END
		[policy]
		version = 3
		[class other]
		match.user = root
		mode = enforce
		vcpus = 1
		[class default]
		vcpus = 2
		memory = 1G
		nested = deny
		total.vms = 9
	END
	events <<-END
		event type=2 vm=1 $guest
		event vm=1 $guest reason=1 operation=3 limit=1073741824 used=1 asked=1073741824
		event vm=1 $guest reason=1 operation=3 limit=1073741824 used=0 asked=1073741825 count=4
		event vm=1 $guest reason=10 operation=12
		event type=4 vm=1 $guest
		event type=2 vm=2 $guest
		event vm=2 $guest reason=1 operation=3 limit=1073741824 used=2147483648 asked=1
		event vm=7 uid=0 mode=2 class_name=other flags=1 reason=0 limit=1 used=1 asked=1
	END
	ok 'learn' exits 0 learn
	ok '... within 80 columns' narrow
	ok '... a policy that is right' learned
	ok '... of a higher version' sets policy version 4
	ok '... with a class for the user' sets 'class default.1' match.user nobody
	ok '... and the cgroup' sets 'class default.1' match.cgroup "$scopes"
	ok '... that has the most that was needed' sets 'class default.1' \
		memory 2147483649
	ok '... what was met once' sets 'class default.1' nested allow
	ok '... and not what was not' sets 'class default.1' vcpus 2
	ok '... nor a limit for all' sets 'class default.1' total.vms 9
	ok '... in its mode' sets 'class default.1' mode ''
	ok '... says for whom' says_line \
		'# For 2 VMs that class default took and that needed more than it allows'
	ok '... how often, when, and by whom' says out \
		'# was 1G: 6 requests beyond that, 2026-11-18T11:06:41+00:00 to'
	ok '... whose amounts are known' says out \
		'by VMs 1, 2; the amounts of 3 of these'
	ok '... and what was prohibited' says_line \
		'# was deny: 1 request for it, at 2026-11-18T11:06:43+00:00, by VM 1'
	ok '... and the rest is as it was' same_but 'class default.1'
	ok 'learn --enforce' exits 0 learn --enforce
	ok '... is right' learned
	ok '... enforces it' sets 'class default.1' mode enforce
	ok '... also for the rest of the class' sets 'class default' mode enforce
	ok '... and not for others' sets policy mode permissive
	kvmwarden apply "$dir/learned"
	ok 'what was learned can be applied' exits 0 export
	ok '... as it is' says out '[class default.1]'
	ok 'learn where nothing is permissive' refuses 1 \
		'no class is permissive, so that there is none to learn for' learn
}

test_learn_again() {
	in_force <<-END
		[class default.1]
		match.user = nobody
		match.cgroup = $scopes
		memory = 1G
		[class default]
		memory = 1G
	END
	events <<-END
		event vm=1 ${guest/default/default.1} reason=1 limit=1073741824 used=0 asked=2147483648
		event vm=2 ${guest/65534/0} reason=1 limit=1073741824 used=0 asked=3221225472
	END
	ok 'learn once more' exits 0 learn
	ok '... is right' learned
	ok '... changes the class in its place' sets 'class default.1' memory 2G
	ok '... and makes one of another name' sets 'class default.2' memory 3G
	ok '... before its own' test "$(grep '^\[class' "$dir/learned" | xargs)" == \
		'[class default.1] [class default.2] [class default]'
}

test_learn_choice() {
	in_force <<-END
		[policy]
		mode = enforce
		[class a]
		match.user = root
		vcpus = 1
		[class b]
		match.user = nobody
		vcpus = 1
		[class default]
		mode = permissive
		vcpus = 1
	END
	events <<-END
		event uid=0 class_name=a reason=0 limit=1 used=1 asked=2 flags=1 cgroup=/a vm=1
		event uid=65534 class_name=b reason=0 limit=1 used=1 asked=3 flags=1 cgroup=/b vm=2
		event uid=5 class_name=default reason=0 limit=1 used=1 asked=4 cgroup=/c vm=3
		event uid=5 class_name=default reason=0 limit=1 used=1 asked=9 cgroup=/c vm=3 time=1795000100000000000
		event uid=0 class_name=gone reason=0 limit=1 used=1 asked=9 cgroup=/c vm=4
	END
	ok 'learn' exits 0 learn
	ok '... of what is permissive' learned
	ok '... learns' sets 'class default.1' vcpus 10
	ok '... of others does not' sets 'class a.1' vcpus ''
	ok '... says of which' says out 'for class default, from'
	ok '... and what is left out' says_line \
		'# Left out: 1 VM of classes that are not in force any more'
	ok 'learn of one that is not' exits 0 learn b
	ok '... is right' learned
	ok '... learns from what was refused' sets 'class b.1' vcpus 4
	ok '... and no other' sets 'class default.1' vcpus ''
	ok 'learn of two' exits 0 learn a default
	ok '... is right' learned
	ok '... both' sets 'class a.1' vcpus 3
	ok '... of them' sets 'class default.1' vcpus 10
	ok 'learn of one that there is not' refuses 1 'no class `nosuch' \
		learn nosuch
	ok 'learn --since' exits 0 learn --since 2026-11-18T11:08:20
	ok '... learns from what came later' learned
	ok '... too' sets 'class default.1' vcpus 10
	ok 'learn --since, later' exits 0 learn --since 2026-11-18T11:09
	ok '... from nothing' learned
	ok '... at all' sets 'class default.1' vcpus ''
	ok '... and says so' says_line \
		'# Nothing was seen that this policy does not allow already.'
	ok 'learn --since when' refuses 2 'is not a time; write' \
		learn --since yesterday
}

# Whatever there is a limit on is raised to what was needed, and nothing else.
test_learn_reasons() {
	local n key section to all

	for ((n = 0; n < nr_reasons; n++)); do
		[[ ${about[n]} ]] || continue
		limit_all
		events </dev/null
		reason_event "$n"
		exits 0 learn web >/dev/null
		key=${about[n]##*:} section=${about[n]%:*}
		[[ $section != 'class web' ]] || section='class web.1'
		read -r _ to < <(from_to "$key")
		[[ $key != nested ]] || to=allow
		ok "learn, reason $n" learned
		ok "... $section: $key = $to" sets "$section" "$key" "${to//\"/}"
		# what a VM has, all have that it is charged to
		all=$((n < 2 ? 6 : 1))
		ok '... which is all' test \
			"$(grep -c '^# was ' "$dir/out")" == "$all"
	done
}

# A limit that comes first hides those that come later.
test_learn_sums() {
	local a="uid=1 class_name=default mode=1 cgroup=/x/a/1"
	local b="uid=1 class_name=default mode=1 cgroup=/x/b/1"

	in_force <<-END
		[host]
		vms = 9
		memory = 5
		per-user.memory = 5
		[cgroup /x]
		memory = 5
		[cgroup /x/*]
		memory = 4
		[class default]
		memory = 2
		vcpus = 0
		total.memory = 3
		per-user.memory = 3
	END
	events <<-END
		event type=2 vm=1 $a
		event vm=1 $a reason=1 limit=2 used=0 asked=4
		event type=2 vm=2 $b
		event vm=2 $b reason=1 limit=2 used=0 asked=3
		event type=4 vm=1 $a
		event type=2 vm=3 $a
		event vm=3 $a reason=1 limit=2 used=0 asked=6
	END
	ok 'learn of sums' exits 0 learn
	ok '... is right' learned
	ok '... of a VM' sets 'class default.1' memory 6
	ok '... of a class: not all were there at the same time' \
		sets 'class default.1' total.memory 6
	ok '... of its users' sets 'class default.1' per-user.memory 6
	ok '... of another' sets 'class default.2' total.memory 3
	ok '... of the host' sets host memory 9
	ok '... of users of the host' sets host per-user.memory 9
	ok '... of what is above them' sets 'cgroup /x' memory 9
	ok '... and between' sets 'cgroup /x/*' memory 6
	ok '... what was not met stays' sets host vms 9
	ok '... and so does the class' sets 'class default' total.memory 3
	ok '... and says why' says_line \
		'# was 5: more was in use at a time, though no event tells of that'
}

test_learn_overlap() {
	in_force <<-END
		[class narrow]
		match.cgroup = /n/x*
		vcpus = 1
		[class default]
		vcpus = 1
	END
	events <<-END
		event uid=1 class_name=default reason=0 limit=1 used=1 asked=2 cgroup=/a/5 vm=1
		event uid=1 class_name=default reason=0 limit=1 used=1 asked=7 cgroup=/a/b7 vm=2
		event uid=1 class_name=narrow reason=0 limit=1 used=1 asked=1 cgroup=/n/x/deep vm=3
		event uid=1 class_name=narrow reason=0 limit=1 used=1 asked=3 cgroup=/n/x7 vm=4
		event uid=1 class_name=narrow reason=0 limit=1 used=1 asked=3 cgroup=/n/xy7 vm=5
		event uid=4294967295 class_name=default reason=0 limit=1 used=1 asked=4 vm=6
	END
	ok 'learn of cgroups with names alike' exits 0 learn
	ok '... is right' learned
	ok '... the narrower pattern comes first' test \
		"$(grep '^match.cgroup' "$dir/learned" | sed 's/.*= //' | xargs)" == \
		'/n/xy* /n/x* /n/x* /a/b* /a/*'
	ok '... and has what it needs' sets 'class default.1' vcpus 8
	ok '... a class keeps what it takes' sets narrow.1 match.cgroup ''
	ok '... who has neither user nor cgroup changes the class' \
		sets 'class default' vcpus 5
}

test_learn_records() {
	in_force <<-END
		[class default]
		vcpus = 1
		memory = 8
	END
	vm 'default permissive used-memory=9 cgroup=/a/1' \
		'default permissive used-memory=8 cgroup=/b/1' \
		'default permissive moved used-memory=9 cgroup=/c/1'
	: >"$FAKE_MODULE.events"
	ok 'learn of VMs that run' exits 0 learn
	ok '... is right' learned
	ok '... allows what they have' sets 'class default.1' memory 9
	ok '... as one of them needs' sets 'class default.2' memory ''
	ok '... and says what is left out' says_line \
		'# Left out: 1 VM whose class was chosen by kvmwarden set, not by the policy'
}

test_learn_lost() {
	in_force <<-END
		[class default]
		vcpus = 1
	END
	sed -i 's/^status.*/& met=0:9 met=1:3/' "$FAKE_MODULE"
	events <<-END
		event uid=1 class_name=default reason=0 limit=1 used=1 asked=2 cgroup=/a vm=1 count=4
		event uid=1 class_name=default reason=8 cgroup=/a vm=0
	END
	ok 'learn, nothing lost' exits 0 learn
	ok '... does not say so' says_not out 'no longer kept'
	ok '... but what cannot be helped' says_line \
		'# Left out: 1 request that no policy would have allowed: kvmwarden log --reason'
	sed -i 's/^event /&seq=213 /; 2s/213/220/' "$FAKE_MODULE.events"
	ok 'learn, much lost' exits 0 learn
	ok '... says so' says_line \
		'# 218 events are no longer kept: limits may be too small for what they told of.'
	ok '... and of what' says_line \
		'# Lost: vCPU limit of the VM, met 5 times in any class'
	ok '... and of what else' says_line \
		'# Lost: memory limit of the VM, met 3 times in any class'
	ok '... and is right' learned
	ok 'learn -j' exits 0 learn -j
	ok '... too' json '.[0] | .lost_events == 218 and .lost == [
		{ reason: "vm-vcpus", text: "vCPU limit of the VM", count: 5 },
		{ reason: "vm-memory", text: "memory limit of the VM", count: 3 }]
		and .left_out_hopeless == 1'
}

# Who hid which limits from whom.
test_learn_doubt() {
	in_force <<-END
		[host]
		memory = 9
		[class default]
		memory = 2
		vcpus = 1
	END
	events <<-END
		event type=2 vm=1 $guest
		event type=2 vm=2 $guest
		event vm=1 $guest reason=1 limit=2 used=0 asked=4
	END
	ok 'learn beside a VM that nothing is known of' exits 0 learn
	ok '... says so' says out \
		'# Limits that VMs share may be too small: limits of a single VM hid them, and of'
	ok '... how many' says_line '# 1 VM no event tells what it had.'
	ok '... and is right' learned
	ok '... in JSON' exits 0 learn -j
	ok '... too' json '.[0].in_doubt == 1'
	vm 'default permissive used-memory=2' 'default permissive used-memory=2'
	ok 'learn beside one that is there' exits 0 learn
	ok '... does not' says_not out 'may be too small'
	sed -i '/^vm/d' "$FAKE_MODULE"
	sed -i 's/reason=1/reason=0/' "$FAKE_MODULE.events"
	ok 'learn of what no sum is limited of' exits 0 learn
	ok '... does not' says_not out 'may be too small'
}

test_learn_json() {
	in_force <<-END
		[policy]
		version = 7
		[class default]
		vcpus = 1
		nested = deny
	END
	events <<-END
		event uid=1 class_name=default reason=0 limit=1 used=1 asked=2 cgroup=/a vm=1 count=4
		event uid=1 class_name=default reason=10 cgroup=/a vm=1
	END
	ok 'learn -j' exits 0 learn -j
	ok '... has it all' json '.[0] | .schema == 1 and .events == 2 and
		.lost_events == 0 and .classes_made == [{ class: "default.1",
		made_of: "default", vms: 1 }] and .raised[0] == {
		section: "class default.1", key: "vcpus", from: "1", to: "3",
		count: 4, events: 1, first: "2026-11-18T11:06:40+00:00",
		last: "2026-11-18T11:06:40+00:00", vms: [1] } and
		.raised[1].key == "nested" and .raised[1].to == null and
		.policy.version == 8 and .policy.classes[0].vm.vcpus == 3'
}

# What a VMM calls its cgroup breaks no file.
test_learn_hostile() {
	in_force <<-END
		[class default]
		vcpus = 1
	END
	events <<-'END'
		event uid=1 class_name=default reason=0 limit=1 used=1 asked=2 cgroup=/a%20#x vm=1
		event uid=1 class_name=default reason=0 limit=1 used=1 asked=2 cgroup=/%0a[host]%0avms=0 vm=2
		event uid=1 class_name=default reason=0 limit=1 used=1 asked=2 cgroup=/**/* vm=3
		event uid=1 class_name=default reason=0 limit=1 used=1 asked=2 cgroup=/%e2%82%ac%ff%1b vm=4
		event uid=1 class_name=default reason=0 limit=1 used=18446744073709551615 asked=18446744073709551615 cgroup=/z vm=5
		event uid=1 class_name=default reason=1 limit=1 used=18446744073709551614 asked=0 cgroup=/y vm=6
		event uid=1 class_name=default reason=64 level=9 asked=1 cgroup=/y vm=6
	END
	ok 'learn of hostile cgroups' exits 0 learn
	ok '... is right' learned
	ok '... a pattern for each' test \
		"$(grep -c '^match.cgroup = /' "$dir/learned")" == 6
	ok '... that none of them chose' sets host vms ''
	ok '... and there are no more of them' not_in_force
	ok '... what has no limit is unlimited' says out 'vcpus = unlimited'
}

not_in_force() { ! grep -q '^\[host' "$dir/learned"; }

test_learn_many() {
	in_force <<-END
		[class default]
		vcpus = 1
	END
	seq 4096 | sed 's|.*|event uid=1 class_name=default reason=0 limit=1 used=1 asked=2 cgroup=/x/&x/a vm=&|' | events
	ok 'learn of 4096 cgroups' exits 0 learn
	ok '... is right' learned
	ok '... each has a class' test "$(grep -c '^\[class' "$dir/learned")" == 4097
}

# Denials that are told together are told late.
test_learn_late() {
	in_force <<-END
		[class default]
		vcpus = 1
	END
	vm 'default permissive uid=1 cgroup=/a met=0:3'
	events <<-END
		event uid=1 class_name=default reason=0 limit=1 used=1 asked=1 cgroup=/a vm=1
	END
	{
		sleep 0.5
		event uid=1 class_name=default reason=0 limit=1 used=1 asked=5 \
			cgroup=/a vm=1 count=2 total=3
	} &
	ok 'learn waits for what is told late' exits 0 learn
	ok '... and learns from it' learned
	wait
	ok '... too' sets 'class default.1' vcpus 6
	sed -i 's/0:3/0:4/' "$FAKE_MODULE"
	ok 'learn does not wait for ever' exits 0 learn
}

test_learn_errors() {
	in_force <<-END
		[class default]
		vcpus = 1
	END
	echo 'fail 5' | events
	ok 'learn, which cannot read' refuses 1 \
		'cannot read the events: Input/output error' learn
	ok 'learn: help' exits 0 help learn
	ok '... within 80 columns' narrow
}

# --- all of it ---------------------------------------------------------------

set_up() {
	fake_set_up
	: >"$FAKE_MODULE.events"
	sound_module
}

set_up
for test in log log_types log_json log_hostile log_choice log_usage log_lost \
	log_sizes log_errors follow pipe journal explain_reasons explain_all explain \
	explain_own explain_names explain_missing explain_input patterns learn \
	learn_again learn_choice learn_reasons learn_sums learn_overlap \
	learn_records learn_lost learn_doubt learn_json learn_hostile learn_many learn_late \
	learn_errors; do
	"test_$test"
done
tap_done
