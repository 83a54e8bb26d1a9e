#!/bin/bash
# kvmwarden doctor, each check of it on hosts where it has nothing to say and
# on others: directories with as much of /proc, /sys and /dev as it reads. What
# a module says is read from a file there; see tool-doctor/module.c. TAP.
#
# usage: tool-doctor.sh        KVMWARDEN: the tool, beside which `make fakes'
#                              has put fake/
# shellcheck disable=SC2317 # nearly all is called by ok, with its name
# shellcheck disable=SC2016 # sed's $ and the doctor's ` are theirs

set -uo pipefail
# shellcheck source=selftests/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"
# shellcheck source=selftests/lib/tap.sh
. "$bed_dir/lib/tap.sh"
# shellcheck source=selftests/tool-doctor/host.sh
. "$bed_dir/tool-doctor/host.sh"
for group in hardware kvm settings memory vmm network migration setup fix; do
	# shellcheck source=/dev/null
	. "$bed_dir/tool-doctor/$group.sh"
done

# A sound host's files are root's, or look so.
((EUID == 0)) || exec unshare --map-root-user -- "${BASH_SOURCE[0]}"

fakes=$(dirname -- "$(realpath "${KVMWARDEN:-$tree/tools/kvmwarden/kvmwarden}")")/fake
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99 LC_ALL=C
declare -A exit_of=([ok]=0 [note]=0 [warning]=6 [problem]=7 [n/a]=0)
# shellcheck disable=SC2034 # those who are sourced below use them
declare -A seen_good seen_bad

# --- the tool ----------------------------------------------------------------

doctor() {
	"$fakes/kvmwarden" doctor --root "$root" "$@" >"$dir/out" 2>"$dir/err" \
		</dev/null
}

show_output() {
	sed 's/^/out: /' "$dir/out"
	sed 's/^/err: /' "$dir/err"
	return 1
}

# exits STATUS ARGUMENT...
exits() {
	local want=$1 rc=0

	doctor "${@:2}" || rc=$?
	((rc == want)) && return
	echo "exit status $rc, wanted $want"
	show_output
}

# says TEXT: of the last run, however it was wrapped
says() {
	local words

	read -r -d '' -a words <"$dir/out"
	[[ " ${words[*]} " == *"$1"* ]] && return
	echo "not said: $1"
	show_output
}

narrow() {
	local line

	while IFS= read -r line; do
		((${#line} <= 80)) || { echo "$line"; return 1; }
	done <"$dir/out"
}

# result LEVEL ID TEXT: of that check alone
result() {
	exits "${status:-${exit_of[$1]}}" "$2" && says "$1 $2: $3" && narrow
}

# finds NAME LEVEL ID TEXT [HELP...]
finds() {
	local text

	if [[ $2 == ok ]]; then
		seen_good[$3]=yes
	elif [[ $2 != n/a ]]; then
		seen_bad[$3]=yes
	fi
	ok "$1" result "$2" "$3" "$4"
	for text in "${@:5}"; do
		ok "... and helps: ${text:0:40}" says "$text"
	done
}

# --- checks ------------------------------------------------------------------

test_module() {
	finds 'a module' ok module 'kvmwarden is loaded (ABI 1)'
	edit 's/armed canary/armed canary old/'
	finds 'of another ABI' warning module \
		'the module speaks ABI 2, this tool ABI 1' 'rmmod kvmwarden'
	echo 'error 5' | module
	finds 'one that does not answer' problem module \
		'the module does not answer: Input/output error' dmesg
	echo 'error 1' | module
	status=4 finds 'no rights' note module \
		'not known: no permission to ask it' 'Run this as root'
	rm "$root/dev/kvmwarden"
	finds 'no device' note module 'not known: it is loaded, but there is no'
	no_module
	finds 'no module' problem module 'kvmwarden is not loaded' \
		'modprobe kvmwarden kvmwarden apply'
	rm -r "$root/sys"
	finds 'no /sys' note module 'not known: there is no /sys'
	for id in armed canary build hooks stuck policy adopted unclassed; do
		finds "no module, $id" n/a "$id" 'the module cannot be asked'
	done
}

test_armed() {
	finds 'an armed module' ok armed 'hooks are armed'
	edit 's/armed canary/canary/'
	finds 'a disarmed one' problem armed 'the module is disarmed' \
		'kvmwarden apply'
	for id in canary hooks policy adopted unclassed; do
		finds "a disarmed one, $id" n/a "$id" 'the module is disarmed'
	done
}

test_canary() {
	finds 'a canary that is refused' ok canary 'a test call was refused'
	edit 's/armed canary/armed/'
	finds 'one that is not' problem canary 'a test call was not refused' \
		'until a reboot'
}

test_build() {
	finds 'a module that fits' ok build 'struct kvm is what it was built'
	edit 's/armed canary/armed canary layout/'
	finds 'one that does not' problem build 'struct kvm is not what' make
}

test_hooks() {
	finds 'hooks' ok hooks '2 armed, 1 waiting for KVM'
	edit 's/svm_allocate_nested kvm_amd armed/svm_allocate_nested kvm_amd missing 2/'
	finds 'a hook that is missing' problem hooks \
		'svm_allocate_nested is not hooked: not in this kernel' \
		'svm_allocate_nested (kvm_amd): not in this kernel; limits on nesting cannot be enforced.'
	edit 's/destroy_vm kvm armed/destroy_vm kvm failed 16/'
	finds 'one more that is somebody else'\''s' problem hooks \
		'kvm_arch_destroy_vm is not hooked: Device or resource busy' \
		'svm_allocate_nested (kvm_amd): not in this kernel' \
		'/sys/kernel/tracing/enabled_functions'
}

test_stuck() {
	finds 'hooks that come off' ok stuck 'no hook is'
	edit 's/destroy_vm kvm armed/destroy_vm kvm stuck 16/'
	finds 'one that does not' warning stuck '1 hook could not be taken off' \
		'until a reboot'
}

test_policy() {
	finds 'a policy' ok policy 'version 3 is enforced in all classes'
	edit 's/class default enforce/class default permissive/
		$a vm default permissive'
	finds 'one class is permissive' warning policy \
		'nothing is enforced in class default' \
		'1 of 2 VMs' 'mode = enforce'
	edit 's/^class trusted enforce/class trusted off/
		s/^status enforce/status permissive/'
	finds 'all are' warning policy \
		'no class enforces anything (mode permissive)'
	edit 's/^status permissive 3/status permissive 0/'
	finds 'no policy' warning policy 'no policy is in force' 'kvmwarden apply'
	many_classes | module
	finds 'many classes are' warning policy \
		'nothing is enforced in classes c1, c2, c3, c4, ...'
}

many_classes() {
	echo 'status permissive 1 armed canary'
	seq 9 | sed 's/.*/class c& off 0/'
	echo 'class default enforce 0'
}

test_nested() {
	finds 'nested denied but to a class' ok nested \
		'denied but in class trusted (1 VM)'
	edit 's/^class trusted enforce 1/& deny/; s/^vm trusted enforce/& deny/'
	finds 'nested denied to all' ok nested 'denied to all'
	edit 's/^class trusted enforce/class trusted off/
		s/^vm trusted enforce/vm trusted off/'
	finds 'denied, but off in a class' warning nested \
		'nested VMs are denied, but not enforced, in class trusted' \
		'Of 1 VM now running, 1 may' 'mode = enforce and'
	sound_module
	edit 's/^class default enforce/class default permissive/'
	finds 'denied, but permissive' warning nested \
		'class default denies nested VMs, but is in mode permissive' \
		'[class default] mode = enforce nested = deny'
	sound_module
	edit 's/^class default enforce 0 deny/class default enforce 2/
		$a vm default enforce\nvm other enforce deny'
	finds 'allowed by default' warning nested \
		'class default lets VMs run VMs of their own' \
		'Of 3 VMs now running, 2 may.' \
		'[class default] nested = deny and' 'kvmwarden apply'
	printf 'status permissive 0 armed canary\nclass default permissive 0\n' |
		module
	finds 'no policy' warning nested 'every VM may run VMs of its own: there is no policy'
	sound_module
	edit 's/armed canary/& plain/'
	finds 'a module that cannot deny it' warning nested \
		'the module is too old to deny nested virtualization'
}

test_nested_unguarded() {
	edit 's/armed canary/canary/'
	finds 'disarmed' warning nested \
		'every VM may run VMs of its own: the module is disarmed'
	sound_module
	edit 's/armed canary/armed/'
	finds 'dead hooks' warning nested \
		'every VM may run VMs of its own: hooks do not fire'
	no_module
	finds 'no module' warning nested \
		'every VM may run VMs of its own: kvmwarden is not there' \
		'modprobe -r kvm_amd; modprobe kvm_amd nested=0'
	put /sys/module/kvm_amd/parameters/nested <<<0
	finds 'nested=0' ok nested 'kvm_amd allows it to none (nested=0)'
	intel
	finds 'the same of Intel' warning nested \
		'every VM may run VMs of its own' 'modprobe kvm_intel nested=0'
	put /sys/module/kvm_intel/parameters/nested <<<N
	finds '... nested=N' ok nested 'kvm_intel allows it to none (nested=0)'
	rm -r "$root/sys/module/kvm_intel"
	finds 'no KVM' n/a nested 'neither kvm_amd nor kvm_intel is loaded'
	sound_host
	echo 'error 1' | module
	status=4 finds 'no rights' note nested 'not known: kvm_amd allows it to all'
}

test_adopted() {
	finds 'no VM is adopted' ok adopted 'all VMs are younger'
	edit '$a vm default enforce adopted'
	finds 'one is' note adopted '1 of 2 VMs are older than the hooks' \
		'restart them'
}

test_unclassed() {
	finds 'all VMs have classes' ok unclassed 'each VM has a class of its own'
	edit 's/^class default enforce 0/class default enforce 1/
		$a vm default enforce deny'
	finds 'one has not' note unclassed \
		'1 of 2 VMs are in no class but default' 'kvmwarden list'
	edit 's/deny limited//'
	finds '... and is refused nothing' warning unclassed \
		'1 of 2 VMs are in no class but default' 'It refuses them nothing.'
	edit '/^class trusted/d'
	finds 'no other class' n/a unclassed 'there is no class but default'
}

deny_all() { edit 's/^class trusted enforce 1/& deny/'; }

test_fixes() {
	finds 'a kernel with all fixes' ok fixes-nested \
		'Linux 6.1.192 lacks none of 3 fixes (2026-11-22)'
	debian 6.1.176-1
	finds 'an older one' problem fixes-nested \
		'linux 6.1.176-1 lacks 1 of 3 fixes (2026-11-22)' \
		'fixes CVE-1. Install' 'apt update; apt upgrade' \
		'see the check `nested'\'
	deny_all
	finds '... with nesting denied' warning fixes-nested 'linux 6.1.176-1 lacks 1'
	debian 6.1.177-1
	finds 'the first that has it' ok fixes-nested 'Linux 6.1.177 lacks none'
	debian 6.12.95-1~bpo12+1
	finds 'its backport' ok fixes-nested 'Linux 6.12.95 lacks none of 3'
	debian 6.12.9-1
	finds '9 is before 86' warning fixes-nested 'linux 6.12.9-1 lacks 2 of 3' \
		'fixes CVE-1, CVE-4. Install'
	debian 7.2~rc1-1~exp1
	finds 'a candidate of what has it' note fixes-nested \
		'linux 7.2~rc1-1~exp1 lacks 1' 'In this series of Linux no fix is known of'
	debian 7.2.13-1
	finds 'what is newer than the fix' ok fixes-nested 'Linux 7.2.13 lacks none'
	sound_module
	debian 6.6.13-1
	finds 'no fix, nesting allowed' problem fixes-nested \
		'linux 6.6.13-1 lacks 2 of 3' 'no fix is known of CVE-1, CVE-4: consider' \
		'deny nested virtualization'
}

test_package_fixes() {
	deny_all
	debian 5.10.46-4
	finds 'before Debian had it' warning fixes-nested 'linux 5.10.46-4 lacks 2 of 3'
	debian 5.10.46-5
	finds 'from when Debian had it' note fixes-nested 'linux 5.10.46-5 lacks 1 of 3'
	debian 5.10.46-5~bpo10+1
	finds 'its backport' note fixes-nested 'linux 5.10.46-5~bpo10+1 lacks 1 of 3'
	intel
	debian 6.1.187-1
	finds 'another processor' warning fixes-nested \
		'linux 6.1.187-1 lacks 1 of 3' 'fixes CVE-3. Install'
	debian 6.12.117-1
	finds 'what is not known does not count' ok fixes-nested \
		'Linux 6.12.117 lacks none of 2'
}

test_other_kernels() {
	kernel 6.8.0-45-generic '#45-Ubuntu SMP PREEMPT_DYNAMIC Fri Aug 30'
	finds 'not Debian'\''s' note fixes-nested \
		'not known: of 3 fixes, Linux 6.8.0 lacks 2' \
		'Ask your distribution' '6.8.0-45-generic' 'CVE-1, CVE-4'
	kernel 6.12.95-cloud '#1 SMP Mon Jan 1'
	finds 'with all fixes by its number' ok fixes-nested \
		'Linux 6.12.95 lacks none of 3'
	kernel 7.2.0-rc3-00123-gabcdef '#1 SMP'
	finds 'a candidate' note fixes-nested \
		'not known: of 3 fixes, Linux 7.2~rc3 lacks 1'
	kernel 6.6.31+rpt-rpi-v8 '#1 SMP PREEMPT Debian 1:6.6.31-1+rpt1 (2024)'
	finds 'one that only calls itself so' note fixes-nested \
		'not known: of 3 fixes, Linux 6.6.31 lacks 2'
	rm "$root/proc/sys/kernel/osrelease"
	finds 'no version' note fixes-nested 'not known: the kernel does not tell'
	sound_host
	fixes <<<'CVE-1 nested any'
	finds 'a bad list' note fixes-nested 'not known: the list cannot be read' \
		'kvm-fixes:1: not a line of such a list'
	fixes <<<'CVE-1 elsewhere any 5.0 7.2 6.1.1'
	finds 'a path that is not known' note fixes-kvm 'not known: the list'
	fixes <<<'date 2026-11-22'
	finds 'an empty list' note fixes-kvm 'not known: the list' \
		'has no date or no vulnerability'
	fixes <<<'CVE-1 nested any 5.0 7.2 6.1.177'
	finds 'one without a date' note fixes-kvm 'not known: the list' \
		'has no date or no vulnerability'
	some_fixes
}

test_fixes_kvm() {
	finds 'other fixes' ok fixes-kvm 'Linux 6.1.192 lacks none of 1'
	debian 6.1.182-1
	finds 'an older kernel' warning fixes-kvm 'linux 6.1.182-1 lacks 1 of 1' \
		'fixes CVE-5. Install'
	debian 6.6.13-1
	finds 'no fix' note fixes-kvm 'linux 6.6.13-1 lacks 1 of 1' \
		'no fix is known'
}

# --- the list that is shipped --------------------------------------------------

list=$tree/tools/kvmwarden/kvm-fixes

# Fields, versions and sources are what the file says they are.
list_sound() {
	awk '
	function wrong(why) { print FILENAME ":" FNR ": " why; bad = 1 }
	/^#/ || !NF { next }
	$1 == "date" { dates += $2 ~ /^20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]$/; next }
	{
		hash = 0
		for (i = 1; i <= NF && !hash; i++)
			if ($i == "#")
				hash = i
		if ($1 !~ /^CVE-20[0-9][0-9]-[0-9]+$/ || seen[$1]++)
			wrong("CVE")
		if ($2 !~ /^(nested|other)$/) wrong("path")
		if ($3 !~ /^(any|amd|intel)$/) wrong("cpu")
		if ($4 !~ /^(-|[0-9]+(\.[0-9]+)+)$/) wrong("since")
		if ($5 !~ /^(-|[0-9]+\.[0-9]+)$/) wrong("mainline")
		if (hash < 6 || (hash == 6 && $5 == "-")) wrong("no fix")
		for (i = 6; i < hash; i++)
			if ($i !~ /^[0-9]+\.[0-9]+\.[0-9]+(-[0-9]+)?$/)
				wrong("fixed")
		if (hash == NF) wrong("no source")
		for (i = hash + 1; i <= NF; i++)
			if ($i !~ /^(cve|debian|nluedtke|vulns)$/) wrong("source")
	}
	END { exit bad || dates != 1 }' "$list"
}

test_list() {
	ok 'the list is what it says it is' list_sound
	fixes <"$list"
	finds 'Debian 12 of today' ok fixes-nested 'Linux 6.1.192 lacks none of'
	debian 6.1.176-1
	finds '... of the summer' problem fixes-nested 'linux 6.1.176-1' \
		CVE-2026-53359 CVE-2026-64561
	debian 6.1.177-1
	finds '... of July' problem fixes-nested 'linux 6.1.177-1'
	ok '... which has Januscape'\''s fix' not says CVE-2026-53359
	ok '... and not Zapscape'\''s' says CVE-2026-64561
	debian 5.10.262-1
	finds 'Debian 11 has never had it' problem fixes-nested \
		'linux 5.10.262-1' CVE-2026-53359 'In this series of Linux no fix is known of'
	debian 7.2.13-1
	finds 'Debian sid' ok fixes-nested 'Linux 7.2.13 lacks none of'
	intel
	finds '... on Intel' ok fixes-nested 'Linux 7.2.13 lacks none of'
}

not() { ! "$@" >/dev/null; }

# --- versions --------------------------------------------------------------------

# order LEFT RELATION RIGHT, and the other way round
order() {
	local -A other=(['<']='>' ['=']='=' ['>']='<')

	[[ $("$fakes/versions" "$1" "$3") == "$2" ]] &&
		[[ $("$fakes/versions" "$3" "$1") == "${other[$2]}" ]]
}

test_versions() {
	local left relation right

	while read -r left relation right; do
		ok "$left $relation $right" order "$left" "$relation" "$right"
	done <<-END
		6.1.9 < 6.1.10
		6.1.177 < 6.1.177-1
		6.1.176-2 < 6.1.177
		6.12.1 > 6.2.1
		7.2~rc3 < 7.2
		7.2~rc3 < 7.2~rc10
		7.2 < 7.2.0
		1~~ < 1~~a
		1~~a < 1~
		1~ < 1
		1 < 1a
		1a < 1+
		1+ > 1-1
		1.0-1 < 1.0a-1
		1.0-1~bpo12+1 < 1.0-1
		1.0-1 < 1.0-1+b1
		1-2-3 > 1-2-2
		1:1 > 2
		0:1 = 1
		1.00 = 1.0
		1-0 = 1
		010 > 9
		10000000000000000000000 > 9999999999999999999999
	END
	if ! command -v dpkg >/dev/null; then
		tap_skip 'as dpkg has it' 'no dpkg'
		return
	fi
	ok 'as dpkg has it' as_dpkg
}

# 200 pairs of what is near to each other
as_dpkg() {
	local i a b relation

	for ((i = 0; i < 200; i++)); do
		a=$(random_version) b=$(random_version)
		relation=$("$fakes/versions" "$a" "$b")
		dpkg --compare-versions "$a" "$relation$relation" "$b" ||
			dpkg --compare-versions "$a" "$relation" "$b" || {
			echo "$a $relation $b"
			return 1
		}
	done
}

random_version() {
	local letters=0019~.+-azA text=1 i

	for ((i = RANDOM % 7; i > 0; i--)); do
		text+=${letters:RANDOM % ${#letters}:1}
	done
	echo "${text}1"
}

# --- all of them -------------------------------------------------------------------

# json NAME FILTER ARGUMENT...
json() {
	if command -v jq >/dev/null; then
		ok "$1" json_is "${@:2}"
	else
		tap_skip "$1" 'no jq'
	fi
}

json_is() {
	doctor -j "${@:2}"
	jq -e "$1" "$dir/out" >/dev/null || show_output
}

ids() { "$fakes/kvmwarden" doctor --list | awk '{ print $1 }'; }

test_all() {
	local count

	count=$(ids | wc -l)
	ok 'a sound host' exits 0
	count=$((count - 1))	# intel-pt: it is not Intel's
	ok '... is told in one line' diff "$dir/out" - \
		<<<"$((count + 1)) checks: $count ok, 0 notes, 0 warnings, 0 problems, 1 not applicable"
	edit '$a vm default enforce adopted'
	ok 'a note' exits 0
	ok '... is counted' says \
		": $((count - 1)) ok, 1 note, 0 warnings, 0 problems"
	chmod 666 "$root/dev/kvm"
	ok 'a warning is worse' exits 6
	ok '... and counted' says "$((count - 2)) ok, 1 note, 1 warning, 0 problems"
	put /proc/sys/kernel/ftrace_enabled <<<0
	ok 'a problem is worst' exits 7
	ok '... and counted' says "$((count - 3)) ok, 1 note, 1 warning, 1 problem"
	ok '... all within 80 columns' narrow
	json 'JSON has them all' ".schema == 1 and (.checks | length) == $((count + 1))
		and .sum == { checks: $((count + 1)), ok: $((count - 3)),
		notes: 1, warnings: 1, problems: 1, not_applicable: 1 }
		and (.checks | map(select(.id == \"ftrace\")) | .[0] |
		.result == \"problem\" and .severity == \"problem\" and
		.group == \"kernel\" and (.found | length > 0) and
		(.help | contains(\"sysctl\")) and (.why | length > 0))"
	ok '... with the same exit status' exits 7 -j
	json '... or those that were asked for' '.sum.checks == 2 and
		[.checks[].id] == ["nested", "kvm"]' kvm nested
	ok 'two checks' exits 0 kvm nested
	ok '... are shown though they are well' says 'ok kvm: /dev/kvm'
	echo 'error 1' | module
	ok 'no rights, and a problem' exits 7
	rm -r "${root:?}"/*
	ok 'a host that tells nothing has no problem' exits 0
	ok '... and is not said to be well' says ' 0 ok, '
	ok '... within 80 columns' narrow
}

# usage NAME TEXT ARGUMENT...: is wrong
usage() {
	ok "$1" exits 2 "${@:3}"
	ok '... says why' grep -qF -- "$2" "$dir/err"
	ok '... and runs nothing' test ! -s "$dir/out"
}

test_usage() {
	usage 'an unknown check' "unknown check \`nestled'; did you mean \`nested'?" \
		kvm nestled
	usage 'nothing like it' "unknown check \`frobnicate'; see kvmwarden doctor --list" \
		frobnicate
	usage 'bytes that are not for a terminal' "unknown check \`\\x1b[31m'" \
		$'\e[31m'
	root=$dir/nowhere usage 'no such root' 'No such file or directory'
	root=$dir/out usage 'a root that is a file' 'Not a directory'
	ok '--list' exits 0 --list
	ok '... has a line for each' test "$(wc -l <"$dir/out")" -ge 40
	ok '... within 80 columns' narrow
	ok 'the help' exits 0 --help
	ok '... within 80 columns' narrow
	ok '--list of one' exits 0 -l kvm
	ok '... has one' test "$(wc -l <"$dir/out")" = 1
	json '--list in JSON' '.schema == 1 and (.checks | length >= 40) and
		all(.checks[]; .id and .group and .severity and .title and .why and
		.reference and has("fix") and (has("result") | not)) and (has("sum") | not)' --list
}

manual=$tree/Documentation/doctor.md

# The manual's tables are what the tool says of itself, in that order.
in_manual() {
	doctor --list -j
	jq -r '.checks[] | "| `\(.id)` | \(.severity) | \(if .fix then "--fix" else ""
		end) | \(.title) | \(.why) |"' "$dir/out" |
		diff - <(sed -n '/^## The checks/,/^## What some/{/^| `/p}' "$manual")
}

# That none is forgotten when there are many.
test_complete() {
	local id

	if command -v jq >/dev/null; then
		ok 'the manual has them all, in these words' in_manual
	else
		tap_skip 'the manual has them all' 'no jq'
	fi

	while read -r id; do
		ok "$id: has been seen in order" test -n "${seen_good[$id]-}"
		ok "$id: and out of order" test -n "${seen_bad[$id]-}"
	done < <(ids)
}

# hundreds of hosts are made and thrown away: in memory, if there is such a place
dir=$(mktemp -d -p /dev/shm 2>/dev/null) || dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
root=$dir/root
for test in module armed canary build hooks stuck livepatch lock \
	policy nested nested_unguarded adopted unclassed memory \
	boot boot_policy drift policy_files policy_age \
	virtualization paging iommu vfio l1tf cpu microcode smt mitigations \
	kvm access acl parameters huge_pages confidential nodes \
	ftrace lockdown signatures sysctls userns \
	ksm swap swap_file core_dumps crash_dump hugepages \
	unguarded vmm_root vmm_sandbox vmm_oom vmm_ports hidden \
	isolation flooding routing localnet promiscuous macvtap zero_copy \
	vnc spice incoming control nbd saved_state images \
	libvirt_socket libvirt_tcp libvirt_vms \
	fixes package_fixes other_kernels fixes_kvm list versions all usage \
	fix no_fix fix_several fix_root fix_usage complete; do
	tap_note "$test"
	sound_host
	"test_$test"
done
tap_done
