#!/bin/bash
# What the control tool makes of events: log, explain. The module is a text file, and so
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
	ok 'so many seconds ago' exits 0 log --since 91s
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

# --- all of it ---------------------------------------------------------------

set_up() {
	fake_set_up
	: >"$FAKE_MODULE.events"
	sound_module
}

set_up
for test in log log_types log_json log_hostile log_choice log_usage log_lost \
	log_sizes log_errors follow pipe journal explain_reasons explain_all explain \
	explain_own explain_names explain_missing explain_input; do
	"test_$test"
done
tap_done
