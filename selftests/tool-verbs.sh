#!/bin/bash
# What the control tool makes of its arguments, and of a module's answers: set,
# diff, apply, confirm, rollback, lock, accounts. The module is a text file; see
# tool-doctor/module.c. TAP.
#
# usage: tool-verbs.sh         KVMWARDEN: the tool, beside which `make fakes'
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

sound_module() {
	module <<-END
		status enforce 3 armed canary digest=1
		digest 1
		class web enforce 1 match.cgroup=/web/* vcpus=4 memory=8589934592
		class 7 enforce 0 match.cgroup=/seven/* vcpus=7
		class default permissive 0
		cgroup /web/** 4
		vm web enforce
		vm web enforce own deny own-memory=1073741824
		vm default enforce moved
		${1-}
	END
}

# the same, as a file
same_file() {
	printf '%s\n' '[policy]' 'version = 3' 'mode = enforce' \
		'[cgroup /web/**]' 'vms = 4' \
		'[class web]' 'match.cgroup = /web/*' 'vcpus = 4' 'memory = 8G' \
		'[class 7]' 'match.cgroup = /seven/*' 'vcpus = 7' \
		'[class default]' 'mode = permissive'
}

# typist KEYS: types them once the question is there, and keeps the terminal
# open until the tool is done
typist() {
	until grep -qs '\[y/N\]' "$dir/out" || [[ -e $dir/over ]]; do
		sleep 0.05
	done
	printf '%b' "$1"
	until [[ -e $dir/over ]]; do sleep 0.05; done
}

# at_terminal KEYS ARGUMENT...
at_terminal() {
	local keys=$1 rc=0

	shift
	: >"$FAKE_MODULE.log"
	rm -f "$dir/over" "$dir/out"
	typist "$keys" | {
		SHELL=/bin/sh timeout 20 script -qec "exec $tool $*" /dev/null \
			>"$dir/out" 2>"$dir/err" || rc=$?
		: >"$dir/over"
		exit "$rc"
	} || rc=$?
	return "$rc"
}

# asked STATUS KEYS ARGUMENT...
asked() {
	local want=$1 rc=0

	at_terminal "${@:2}" || rc=$?
	((rc == want)) && return
	echo "exit status $rc, wanted $want"
	show_output
}

# --- set ---------------------------------------------------------------------

unlimited=18446744073709551615

test_set_usage() {
	local key

	ok 'set: what it takes' exits 0 help set
	ok '... is said' says out 'Usage: kvmwarden set NAME KEY=VALUE...'
	ok '... within 80 columns' narrow
	ok 'set without a VM' refuses 2 'too few arguments; usage: kvmwarden set NAME' set
	ok 'set without a setting' refuses 2 'too few arguments' set 1
	ok 'set with a setting twice' refuses 2 '`nested'\'' is given twice' \
		set 1 nested=deny nested=allow
	ok 'set with space around the equal sign' refuses 2 \
		'`nested'\'' is no setting; write KEY=VALUE' set 1 nested = deny
	for key in =deny '' nested; do
		ok "set '$key'" refuses 2 'is no setting; write KEY=VALUE' \
			set 1 "$key"
	done
	for key in mode vms nested.revoke match.user version x; do
		ok "set of a VM: no $key" refuses 2 \
			"\`$key' cannot be set for a VM; see kvmwarden set" \
			set 1 "$key=1"
	done
	ok 'set of a VM, nearly right' refuses 2 \
		'`memmory'\'' cannot be set for a VM; did you mean `memory'\''?' \
		set 1 memmory=1G
	for key in 16E -1 1X 18446744073709551615 18446744073709551616 ''; do
		ok "set of a VM: memory=$key" refuses 2 \
			'Or `class'\'', to undo what was set.' set 1 "memory=$key"
	done
	ok 'set of a VM: no size for a number' refuses 2 'vcpus: ' \
		set 1 vcpus=4G
	ok 'one bad setting of several' refuses 2 'did you mean `deny' \
		set 1 memory=1G nested=dney
	ok 'an id that is too large' refuses 2 'not the id of a VM' \
		set 18446744073709551616 nested=deny
	ok 'an empty name' refuses 2 'not the id of a VM' set '' nested=deny
	ok 'a class name that is too long' refuses 2 'is not a class name' \
		set 1 "class=$(printf '%064d' 0)"
	ok 'an empty one' refuses 2 'or `auto'\'' for the class' set 1 class=
}

test_set_vm() {
	local zeros=' 0 0 0 0 0 0 0 0 0 0 0 0 0 0'

	sound_module
	ok 'set of a VM: a limit' exits 0 set 2 memory=1G
	ok '... is that and no more' did \
		"set 2 change 0 own 0 deny 0 limits 2 own 2 flags 0 class : 0 1073741824$zeros"
	ok '... and told' says out 'VM 2 ([0], class web): memory = 1G'
	ok 'several at once' exits 0 set 2 memory=1G nested=deny vcpus=3
	ok '... in one request' did \
		"set 2 change 1 own 1 deny 1 limits 3 own 3 flags 0 class : 3 1073741824$zeros"
	ok '... each is told' says out 'VM 2 ([0], class web): nested = deny'
	ok 'no limit is one, too' exits 0 set 2 memory=unlimited
	ok '... set as such' did "limits 2 own 2 flags 0 class : 0 $unlimited$zeros"
	ok 'the class'\''s again' exits 0 set 1 memory=class vcpus=class
	ok '... is not its own' did "limits 3 own 0 flags 0 class : 0 0$zeros"
	ok '... and told so' says out \
		'VM 1 ([0], class web): memory = 8G, as its class has it'
	ok 'every limit' exits 0 set 1 vcpus=1 memory=2 memslots=3 ioeventfds=4 \
		coalesced=5 irqfds=6 hv-events=7 irq-routes=8 guest-memfd=9
	ok '... in its place' did 'limits 1ff own 1ff flags 0 class : 1 2 3 4 5 6 7 8 9 0'
	ok 'a class' exits 0 set 3 class=web
	ok '... is given by name' did 'flags 1 class web:'
	ok '... that of the policy again' exits 0 set 3 class=auto
	ok '... by none' did 'flags 1 class :'
	ok 'a class that is called auto' exits 0 set 3 class=class:auto
	ok '... too' did 'flags 1 class auto:'
	sound_module 'set 22 - 14'
	ok 'a class that there is not' exits 1 set 3 class=wbe
	ok '... is guessed' says err \
		'no class `wbe'\'' in force; did you mean `web'\''?'
	sound_module 'set 30'
	ok 'locked' exits 1 set 3 class=web
	ok '... until reboot' says err 'locked until this host is rebooted'
	sound_module 'set 16'
	ok 'a policy that awaits confirmation' exits 1 set 3 vcpus=1
	ok '... is said, and what to do' says err \
		'awaits confirmation; run kvmwarden confirm, or kvmwarden rollback, first'
}

test_set_class() {
	sound_module
	ok 'set of a class' exits 0 set web memory=16G
	ok '... changes that one' did \
		'add web mode 2 vcpus 4 memory 17179869184 deny 0'
	ok '... and no other' did "add 7 mode 2 vcpus 7 memory $unlimited deny 0"
	ok '... nor cgroups' did 'add-cgroup /web/** vms 4'
	ok '... under the generation that was read' did \
		'commit flags 0 generation 3 confirm 0'
	ok '... says so' says out 'web: memory = 16G'
	ok '... and that no file has it' says out \
		'in force: generation 4; to keep it, write it in the policy file as well'
	ok 'several keys at once' exits 0 set web mode=permissive nested=deny \
		vcpus=unlimited
	ok '... are all set' did \
		"add web mode 1 vcpus $unlimited memory 8589934592 deny 1"
	ok 'a class that is a number' exits 0 set class:7 vcpus=9
	ok '... is one' did 'add 7 mode 2 vcpus 9'
	ok 'but a number is a VM' exits 1 set 7 vcpus=9
	ok '... that there is not' says err 'no VM 7 on record'
	ok 'a cgroup' exits 0 set 'cgroup:/web/**' vms=5
	ok '... is set' did 'add-cgroup /web/** vms 5'
	ok 'one that there is not' refuses 1 'no [cgroup /w] in force' \
		set cgroup:/w vms=5
	ok 'a class that there is not' refuses 1 \
		'no class `wbe'\'' in force, and no VM of that name; did you mean `web'\''?' \
		set wbe vcpus=5
	ok 'a class called host' refuses 1 'no class `host'\'' in force' \
		set class:host vcpus=5
	ok 'a key that there is not' refuses 2 'did you mean `memory'\''?' \
		set web memry=1
	ok 'a value that cannot be' refuses 2 'too large' set web memory=16E
	ok '... nor this' refuses 2 'negative' set web total.vms=-1
	ok 'default takes no criteria' refuses 2 'class default takes all' \
		set default match.user=root
	sound_module 'commit 116 2'
	ok 'another writer, twice' exits 0 set web memory=16G
	ok '... is waited for' test \
		"$(grep -c '^commit' "$FAKE_MODULE.log")" == 3
	ok '... and not said' test ! -s "$dir/err"
	sound_module 'commit 116 1000'
	ok 'another writer, forever' exits 1 set web memory=16G
	ok '... is said in the end' says err \
		'other writers were faster 20 times; nothing was changed; try again'
	sound_module 'commit 30 1'
	ok 'locked' exits 1 set web memory=16G
	ok '... is not tried again' test \
		"$(grep -c '^commit' "$FAKE_MODULE.log")" == 1
}

# --- which limit ---------------------------------------------------------------

test_limit_met() {
	sound_module
	sed -i 's/^vm web enforce$/& denied=1 used-memory=8589934592/
		s/^\(vm web enforce own.*\)/\1 denied=1/' "$FAKE_MODULE"
	mkdir -p "$FAKE_ETC"
	same_file >"$FAKE_ETC/policy.conf"
	ok 'show of a limit that was met' exits 0 show 1
	ok '... how full' says out '             8G of 8G in use by this VM'
	ok '... which line set it' says out \
		'             memory = 8G, in [class web], /etc/kvmwarden/policy.conf:9'
	ok '... in JSON' exits 0 show -j 1
	ok '... too' json '.limits_met == [{ reason: "vm-memory", of: "vm",
		key: "memory", section: "class web", default: false,
		whose: "this VM", used: 8589934592, limit: 8589934592,
		file: "/etc/kvmwarden/policy.conf", line: 9 }]'
	ok 'show of one that was set by hand' exits 0 show 2
	ok '... says so' says out '             memory = 1G, set for this VM'
	sed -i 's/8G/9G/' "$FAKE_ETC/policy.conf"
	ok 'a file that says something else' exits 0 show 1
	ok '... is not said to have set it' test \
		"$(grep -c 'policy.conf:9' "$dir/out")" == 0
	ok '... but the class is' says out 'memory = 8G, in [class web]'
	echo '[junk]' >"$FAKE_ETC/policy.conf"
	ok 'a file with errors' exits 0 show 1
	ok '... is none of its business' test ! -s "$dir/err"
	rm -r "${FAKE_ETC:?}"
	sed -i 's/denied=1/denied=11/' "$FAKE_MODULE"
	echo 'account user 0 4 4 web' >>"$FAKE_MODULE"
	ok 'show of a limit on a user that is gone' exits 0 show 1
	ok '... says that it was met' says out \
		'VM limit of a user in the class: refused 1 time'
	ok '... and no more' test "$(grep -c ' in use' "$dir/out")" == 0
	sed -i 's/^class web.*/& user-vms=4/' "$FAKE_MODULE"
	ok 'show of a limit on a user' exits 0 show 1
	ok '... says whose' says out '             4 of 4 in use by user root'
	ok '... and which' says out 'per-user.vms = 4, in [class web]'
	sed -i 's/denied=11/denied=17/' "$FAKE_MODULE"
	echo 'account cgroup /web/a 4 4' >>"$FAKE_MODULE"
	sed -i 's|^vm web enforce denied.*|& cgroup=/web/a/b|' "$FAKE_MODULE"
	ok 'show of a limit on a cgroup' exits 0 show 1
	ok '... says whose' says out '             4 of 4 in use by cgroup /web/a'
	ok '... and which' says out 'vms = 4, in [cgroup /web/**]'
}

# --- diff --------------------------------------------------------------------

# differs NAME SED TEXT...: the file differs by that from what is in force
differs() {
	local text

	same_file | sed "$2" >"$dir/f"
	ok "diff: $1" exits 1 diff "$dir/f"
	ok '... within 80 columns' narrow
	for text in "${@:3}"; do
		ok "... ${text:0:60}" says out "$text"
	done
}

test_diff() {
	# no VM with settings of its own
	sound_module
	sed -i '/^vm .*\(own\|moved\)/d' "$FAKE_MODULE"
	same_file >"$dir/f"
	ok 'diff: no difference' exits 0 diff "$dir/f"
	ok '... is said' says out "$dir/f: no difference from what is in force"
	ok '... the kernel is asked, and changes nothing' did \
		'commit flags 3 generation 3 confirm 0'
	ok '... in JSON' exits 0 diff -j "$dir/f"
	ok '... too' json '.schema == 1 and .same and .sections == [] and
		.vms == [] and .over == 0 and .set_by_hand == []'
	cd "$dir" || return
	differs 'a value' 's/8G/16G/' \
		"[class web]  $dir/f:6" \
		'  memory           8G                            16G'
	differs 'a key' '/^vcpus = 4/d' \
		'  vcpus            4                             -'
	differs 'a mode, which is inherited' '/permissive/d' \
		'  mode             permissive                    enforce'
	differs 'a new class' '/^.class 7/i[class new]\nmatch.cgroup = /n/*' \
		"[class new]  only in the file  $dir/f:10" \
		'  match.cgroup     -                             /n/*'
	differs 'a class that is gone' '/^.class 7/,/^vcpus = 7/d' \
		'[class 7]  only in force' \
		'  match.cgroup     /seven/*                      -'
	same_file | awk '/class web/ { hold = 1 }
		/class default/ { hold = 0; printf "%s", held }
		hold && /class 7/ { hold = 0 }
		hold { held = held $0 "\n"; next } { print }' >"$dir/moved"
	ok 'diff: a class that has moved' exits 1 diff "$dir/moved"
	ok '... is said to, once' test "$(grep -c '(position)' "$dir/out")" == 1
	ok '... from where to where' says out \
		'  (position)       after class web               first'
	differs 'a cgroup' 's/^vms = 4/vms = 5/' "[cgroup /web/**]  $dir/f:4" \
		'  vms              4                             5'
	differs 'an older version' 's/^version = 3/version = 2/' \
		'  version          3                             2' \
		'apply takes it only with --force'
	differs 'a long pattern' "s|/web/\*$|/$(printf '%0100d' 0)/*|" \
		'  match.cgroup     /web/*                        /0000000000000000000000000000' \
		'                                                 00000000000000000000000000000'
	ok 'diff -j' exits 1 diff -j "$dir/moved"
	ok '... has it all' json '(.same | not) and (.sections | length == 1) and
		.sections[0].section == "class 7" and .sections[0].moved and
		.sections[0].keys == []'
	same_file | sed 's/8G/16G/' >"$dir/f"
	exits 1 diff -j "$dir/f" >/dev/null
	ok '... and by line' json '.sections[0].keys == [{ key: "memory",
		in_force: "8G", in_file: "16G", file: "'"$dir"'/f", line: 9 }]'
	printf '[policyy]\n' >"$dir/f"
	ok 'diff: a file with an error' exits 5 diff "$dir/f"
	ok '... by line' says err "$dir/f:1: "
}

test_diff_files() {
	sound_module
	sed -i '/^vm .*\(own\|moved\)/d; s/^digest 1/digest 2/' "$FAKE_MODULE"
	same_file >"$dir/f"
	ok 'diff: the same words for another file' exits 1 diff "$dir/f"
	ok '... is said' says out 'match.exe names was replaced since'
	mkdir -p "$FAKE_ETC/policy.d"
	same_file | sed '/^.class 7/,$d' >"$FAKE_ETC/policy.conf"
	same_file | sed -n '/^.class 7/,$p' | sed 's/= 7/= 8/' \
		>"$FAKE_ETC/policy.d/7.conf"
	ok 'diff of the host'\''s files' exits 1 diff
	ok '... says in which a line is' says out \
		'[class 7]  /etc/kvmwarden/policy.d/7.conf:1'
	rm -r "${FAKE_ETC:?}"
}

test_diff_vms() {
	sound_module 'change 1 1 0 0 0 default
change 2 3 1 8589934592 1073741824 web
change 3 2 11 4 3 default'
	same_file >"$dir/f"
	ok 'diff: VMs' exits 1 diff "$dir/f"
	ok '... that come into another class' says out '  VM 1: to class default'
	ok '... that exceed' says out \
		'  VM 2: memory limit of the VM: 8G in use, 1G allowed'
	ok '... which limit' says out \
		'  VM 3: VM limit of a user in the class: 4 in use, 3 allowed'
	ok '... how many' says out '2 of the VMs, users, cgroups, classes and the host exceed a limit:'
	ok '... those set by hand' says out '  VM 2: nested=deny memory=1G'
	ok '... whose class was' says out '  VM 3: class=default'
	ok '... and no other' test "$(grep -c '^  VM 1' "$dir/out")" == 1
	ok '... within 80 columns' narrow
	ok 'diff -j of that' exits 1 diff -j "$dir/f"
	ok '... has it all' json '(.same | not) and .sections == [] and .over == 2
		and .vms[1] == { id: 2, class: "web", class_changes: true,
		over: true, reason: "vm-memory", text: "memory limit of the VM",
		used: 8589934592, limit: 1073741824 } and .set_by_hand ==
		[{ id: 2, settings: "nested=deny memory=1G" },
		 { id: 3, settings: "class=default" }]'
	sound_module 'commit 16 1'
	ok 'diff while a policy awaits confirmation' exits 1 diff "$dir/f"
	ok '... says what is not known' says err 'awaits confirmation'
	ok '... and what is' says out 'class=default'
}

# --- apply, confirm, rollback, lock ------------------------------------------

test_apply() {
	local time

	same_file >"$dir/f"
	sound_module 'change 1 1 0 0 0 default'
	ok 'apply tells of VMs' exits 0 apply "$dir/f"
	ok '... that come into another class' says out '  VM 1: to class default'
	ok '... and the digest' says out "digest: $(printf '01%.0s' {1..32})"
	ok '... within 80 columns' narrow
	for time in 60 60s 1m; do
		ok "apply --confirm $time" exits 0 apply --confirm "$time" "$dir/f"
		ok '... waits a minute' did 'commit flags 0 generation 3 confirm 60'
		ok '... says how to keep it' says out 'To keep it: kvmwarden confirm'
		ok '... and that it does not stay' says out \
			'is rolled back by itself in 60 s'
	done
	ok 'the longest time' exits 0 apply -c 24h "$dir/f"
	ok '... is a day' did 'confirm 86400'
	for time in 0 -1 +1 1.5 '' s 86401 25h 1d 18446744073709551617 ' 1'; do
		ok "--confirm '$time'" refuses 2 \
			'is not a time to wait for a confirmation' \
			apply "--confirm=$time" "$dir/f"
	done
	ok 'a dry run' exits 0 apply -n --confirm 60 "$dir/f"
	ok '... asks nobody' test "$(grep -c 'confirm' "$dir/out")" == 0
}

test_ask() {
	same_file >"$dir/f"
	sound_module
	ok 'at a terminal: yes' asked 0 'y\n' apply --confirm 15 "$dir/f"
	ok '... is asked for' says out 'Keep this policy? [y/N] (   15 s left)'
	ok '... keeps it' did 'confirm flags 0 generation 4'
	ok '... says so' says out 'kept: version 3 in force, generation 4'
	ok 'no' asked 1 'n\n' apply --confirm 15 "$dir/f"
	ok '... rolls back' did 'confirm flags 1 generation 4'
	ok '... says so' says out 'rolled back: version 3 in force, generation 5'
	ok 'an empty line is no' asked 1 '\n' apply --confirm 15 "$dir/f"
	ok '... too' did 'confirm flags 1 generation 4'
	ok 'so is the end of input' asked 1 '\004' apply --confirm 15 "$dir/f"
	ok '... too' did 'confirm flags 1 generation 4'
	ok 'so is an interrupt' asked 1 '\003' apply --confirm 15 "$dir/f"
	ok '... too' did 'confirm flags 1 generation 4'
	sound_module 'confirm 2'
	ok 'no answer in time' asked 1 '' apply --confirm 1 "$dir/f"
	ok '... the kernel was faster' says out 'meanwhile'
	sound_module
	ok 'lock at a terminal: no' asked 1 '\n' lock
	ok '... says for how long' says out 'Until this host is rebooted'
	ok '... does nothing' did_nothing
	ok 'lock: yes' asked 0 'yes\n' lock
	ok '... locks' did lock
}

test_confirm() {
	sound_module
	ok 'confirm without a policy that awaits it' refuses 1 \
		'no policy awaits confirmation' confirm
	ok 'nor rollback' refuses 1 'no policy awaits confirmation' rollback
	sed -i 's/^status.*/& confirm=42500/' "$FAKE_MODULE"
	ok 'status says that one does' exits 0 status
	ok '... and how long' says out \
		'AWAITS CONFIRMATION, or is rolled back in 43 s:'
	ok '... and what to do' says out 'kvmwarden confirm, or kvmwarden rollback'
	ok '... in JSON' exits 0 status -j
	ok '... too' json '.awaits_confirmation and .confirm_left_ms == 42500 and
		(.locked | not) and (.digest | startswith("0101"))'
	ok 'confirm' exits 0 confirm
	ok '... the one that was seen' did 'confirm flags 0 generation 3'
	ok 'rollback' exits 0 rollback
	ok '... the one that was seen' did 'confirm flags 1 generation 3'
	echo 'confirm 116' >>"$FAKE_MODULE"
	ok 'another was faster' exits 0 confirm
	ok '... and confirmed it' says out 'it was confirmed meanwhile'
	ok '... which is not what rollback is for' exits 1 rollback
}

test_lock() {
	sound_module
	ok 'lock, with nobody to ask' refuses 2 'say so with --yes' lock
	ok 'lock --yes' exits 0 lock --yes
	ok '... locks' did lock
	ok '... says for how long' says out 'until this host is rebooted'
	echo 'lock 16' >>"$FAKE_MODULE"
	ok 'not while a policy awaits confirmation' exits 1 lock -y
	ok '... which is said' says err 'awaits confirmation'
	sed -i 's/^lock.*/lock 2/' "$FAKE_MODULE"
	ok 'not while hooks are off' exits 1 lock -y
	ok '... which is said' says err 'hooks are off'
	sed -i 's/^status.*/& locked/' "$FAKE_MODULE"
	ok 'status says that it is locked' exits 0 status
	ok '... in its first line' says out 'kvmwarden  armed, locked until reboot'
	echo 'error 30' >>"$FAKE_MODULE"
	ok 'disarm of what is locked' exits 1 disarm
	ok '... is refused' says err 'cannot disarm: locked until this host is rebooted'
}

test_accounts() {
	sound_module
	ok 'accounts: none' exits 0 accounts
	ok '... is said' says out 'no user and no cgroup with a limit has VMs'
	sound_module 'account user 0 2 4 web
account user 0 3 4
account cgroup /web/a 4 4'
	ok 'accounts' exits 0 accounts
	ok '... of a user in a class' says out 'user   2/4   0/-    0/- root, in class web'
	ok '... of a user' says out 'user   3/4   0/-    0/- root'
	ok '... of a cgroup' says out 'cgroup 4/4   0/-    0/- /web/a'
	ok '... in JSON' exits 0 accounts -j
	ok '... too' json '.accounts[0].class == "web" and .accounts[0].uid == 0 and
		.accounts[2] == { of: "cgroup", cgroup: "/web/a", class: null,
		used: { vms: 4, vcpus: 0, memory: 0 },
		limit: { vms: 4, vcpus: null, memory: null } }'
}

# --- all of it ---------------------------------------------------------------

set_up() {
	fake_set_up
	sound_module
}

set_up
for test in set_usage set_vm set_class limit_met diff diff_files diff_vms apply ask \
	confirm lock accounts; do
	"test_$test"
done
tap_done
