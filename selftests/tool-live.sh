#!/bin/bash
# The control tool on the loaded module: every verb, every exit status that
# needs one. TAP; unloads and loads the module, so for the test bed only:
#   selftests/boot --timeout 200 -- selftests/tool-live.sh
# Programs start slowly there: what the shell can do itself, it does.
# shellcheck disable=SC2317 # nearly all is called by ok, with its name

set -uo pipefail
# shellcheck source=selftests/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"
# shellcheck source=selftests/lib/tap.sh
. "$bed_dir/lib/tap.sh"
# shellcheck source=selftests/lib/await.sh
. "$bed_dir/lib/await.sh"
# shellcheck source=selftests/lib/kvm.sh
. "$bed_dir/lib/kvm.sh"

tenant=libvirt-qemu
policy_file=/etc/kvmwarden/policy.conf
device_verbs=(status list accounts 'show 1' 'set 1 nested=deny'
	'set default vcpus=1' export "diff $policy_file" "apply $policy_file"
	confirm rollback 'lock --yes' disarm)
declare -A ask told pid id
said=

# --- the tool ----------------------------------------------------------------

# tool ARGUMENT...: leaves $dir/out and $dir/err, which outlive subshells
tool() { kvmwarden "$@" >"$dir/out" 2>"$dir/err" </dev/null; }

show_output() {
	sed 's/^/out: /' "$dir/out"
	sed 's/^/err: /' "$dir/err"
	return 1
}

# exits STATUS ARGUMENT...
exits() {
	local want=$1 rc=0

	shift
	tool "$@" || rc=$?
	((rc == want)) && return
	echo "exit status $rc, wanted $want"
	show_output
}

# has FILE TEXT
has() {
	local text

	read -r -d '' text <"$dir/$1"
	[[ $text == *"$2"* ]]
}

# says out|err TEXT: of the last run
says() {
	has "$1" "$2" && return
	echo "not in std$1: $2"
	show_output
}

says_not() { ! has "$1" "$2" || show_output; }

# says_exactly out|err TEXT
says_exactly() {
	local text

	read -r -d '' text <"$dir/$1"
	[[ $text == "$2" ]] && return
	printf 'wanted: %s\n' "$2"
	show_output
}

# says_first TEXT: in the first line
says_first() { is "$(head -n 1 "$dir/out")" "$1" || show_output; }

# refuses STATUS TEXT ARGUMENT...: with TEXT as the reason
refuses() { exits "$1" "${@:3}" && says err "$2" && [[ ! -s $dir/out ]]; }

is() {
	[[ $1 == "$2" ]] && return
	printf 'got:    %s\nwanted: %s\n' "$1" "$2"
	return 1
}

# json_is FILTER ARGUMENT...
json_is() {
	tool -j "${@:2}"
	jq -e "$1" "$dir/out" >/dev/null || show_output
}

# json NAME FILTER ARGUMENT...
json() {
	if command -v jq >/dev/null; then
		ok "$1" json_is "${@:2}"
	else
		tap_skip "$1" "no jq"
	fi
}

# of_policy WORD: the number after it in what status says of the policy
of_policy() {
	kvmwarden status | while read -r line; do
		[[ ! $line =~ ^policy.*"$1 "([0-9]+), ]] ||
			echo "${BASH_REMATCH[1]}"
	done
}

generation() { of_policy generation; }
version_in_force() { of_policy version; }

# No limits, nothing else: what tests begin with.
reset() { kvmwarden apply --force - </dev/null >/dev/null; }

# write NAME: standard input into a file there
write() { cat >"$dir/$1"; }

# many_classes VERSION COUNT: a policy that takes a while to put in force
many_classes() {
	printf '[policy]\nversion = %s\nmode = off\n' "$1"
	seq "$2" | sed 's|.*|[class c&]\nmatch.cgroup = /vm/&/*|'
}

# --- VMs ---------------------------------------------------------------------

# vm_start NAME VCPUS BYTES [WRAPPER...]: what it says first is in $said
vm_start() {
	local name=$1 vcpus=$2 bytes=$3 in out

	shift 3
	mkfifo "$dir/$name.ask" "$dir/$name.told"
	# opened for both, or opening would wait for the other side
	exec {in}<>"$dir/$name.ask" {out}<>"$dir/$name.told"
	"$@" "${vmm:-$dir/holdvm}" "$vcpus" "$bytes" \
		<"$dir/$name.ask" >"$dir/$name.told" 2>&1 &
	pid[$name]=$! ask[$name]=$in told[$name]=$out
	read -r -t 30 said <&"$out" || said=nothing
	vm_find "$name"
}

# vm_find NAME: sets ${id[NAME]}, 0 if it is not on record
vm_find() {
	local row

	row=$(vm_row "$1")
	id[$1]=${row%% *}
	: "${id[$1]:=0}"
}

as_tenant() { exec asuser "$tenant_uid" "$kvm" "$@"; }

in_cgroup() {
	echo "$BASHPID" >"/sys/fs/cgroup/$1/cgroup.procs"
	shift
	exec "$@"
}

tenant_vm() { vm_start "$@" as_tenant; }

# vm_ask NAME REQUEST...
vm_ask() {
	local answer

	echo "${*:2}" >&"${ask[$1]}"
	read -r -t 30 answer <&"${told[$1]}"
	echo "$answer"
}

# vm_answers NAME ANSWER REQUEST...
vm_answers() { is "$(vm_ask "$1" "${@:3}")" "$2"; }

vm_stop() {
	local name in out

	for name; do
		in=${ask[$name]} out=${told[$name]}
		kill -KILL "${pid[$name]}" 2>/dev/null
		wait "${pid[$name]}" 2>/dev/null
		exec {in}>&- {out}>&-
		rm -f "$dir/$name.ask" "$dir/$name.told"
		unset "ask[$name]" "told[$name]" "pid[$name]" "id[$name]"
	done
}

# vm_row NAME: its line of the list, single spaces
vm_row() {
	local row

	kvmwarden list | while read -ra row; do
		[[ ${row[1]} != "${pid[$1]}" ]] || echo "${row[*]}"
	done
}

# has_row ROW: it begins a line of the last run, single spaces
has_row() {
	local row

	while read -ra row; do
		[[ ${row[*]} != "$1"* ]] || return 0
	done <"$dir/out"
	show_output
}

# shows_limit NAME ROW: in what show says of that VM
shows_limit() { exits 0 show "${id[$1]}" && has_row "$2"; }

# shows NAME TEXT: in what show says of that VM
shows() { exits 0 show "${id[$1]}" && says out "$2"; }

# --- tests -------------------------------------------------------------------

# all_hooks STATE: but those of what this kernel does not have
all_hooks() {
	local hooks all

	tool status
	hooks=$(grep -cE "  kvm +$1(: .*)?\$" "$dir/out")
	all=$(grep '  kvm  ' "$dir/out" | grep -vc ' absent: ')
	((hooks >= 4 && hooks == all)) || show_output
}

test_status() {
	ok 'status of a host without a policy' exits 0 status
	ok '... begins with: armed' is "$(head -n 1 "$dir/out")" \
		'kvmwarden  armed'
	ok '... says how to get one' says out \
		'none yet; to put one in force: kvmwarden apply'
	ok '... has every hook armed' all_hooks armed
	ok 'status is what is done without a verb' exits 0
	ok '... and says the same' says out 'kvmwarden  armed'
	json 'status -j has every hook armed' \
		'.schema == 1 and .armed and .canary and (.layout_bad | not)
		and .generation == 0 and (.hooks | length >= 4)
		and all(.hooks[]; .error == null and (.state == "armed" or
		.state == "absent" or
		(.state == "waiting" and .module != "kvm" and
		.module != "'"$vendor"'")))
		and .limit == { vms: null, vcpus: null, memory: null }' status
	json 'version -j is of the same ABI' '.schema == 1 and .abi == 1' \
		version
}

test_no_kvm() {
	rmmod "$vendor" kvm
	ok 'without KVM every hook waits for it' all_hooks waiting
	ok '... and says so' says out 'waiting: not loaded'
	ok '... which is no fault' exits 0 status
	modprobe "$vendor"
	ok 'with KVM again they are armed' all_hooks armed
	# udev's part
	chgrp "$kvm" /dev/kvm
	chmod 660 /dev/kvm
}

write_first() {
	write first <<-END
		[policy]
		version = 5
		mode = enforce
		[class tenant]
		match.user = $tenant
		vcpus = 2
		memory = 4M
	END
}

test_apply() {
	write_first
	ok 'a dry run says that it can be' exits 0 apply --dry-run "$dir/first"
	ok '... in so many words' says_first \
		"$dir/first: can be put in force: version 5, 2 classes, mode enforce"
	ok '... and changes nothing' is "$(kvmwarden status | grep '^policy')" \
		'policy     none yet; to put one in force: kvmwarden apply'
	ok 'apply' exits 0 apply "$dir/first"
	ok '... says what is in force' says_first \
		'in force: version 5, generation 1, 2 classes, mode enforce'
	ok '... with the digest that status has' is "$(sed -n 2p "$dir/out")" \
		"digest: $(kvmwarden status | sed -n 's/^digest *//p')"
	ok '... and it is' exits 0 status
	ok '... as status says' says out \
		'policy     version 5, generation 1, mode enforce, 2 classes'
	ok 'the kernel log says so' logged \
		'ruleset version 5, 2 classes, in force (generation 1, digest '
	ok '... and who did it' has log '), by kvmwarden['
	ok 'a dry run of what is in force' exits 0 apply -n "$dir/first"
	ok '... changes nothing' is "$(generation)" 1
}

test_bad_files() {
	local before

	before=$(generation)
	printf '[policy]\nmode = enforce\n[host]\nvms = many\n' | write bad
	ok 'a file with an error is refused' exits 5 apply "$dir/bad"
	ok '... by line' says err "$dir/bad:4: "
	ok '... and nothing was changed' says err 'nothing was changed'
	ok '... not even the generation' is "$(generation)" "$before"
	ok 'a file that is not there is refused' refuses 5 'No such file' \
		apply "$dir/nowhere"
	ok 'so is one without a name, if it is not in its place' \
		refuses 5 "$policy_file" apply
}

test_versions() {
	sed 's/^version = .*/version = 4/' "$dir/first" >"$dir/older"
	ok 'an older version is refused' refuses 1 \
		"$dir/older:2: version 4 is older than 5, which is in force" \
		apply "$dir/older"
	ok '... in a dry run, too' refuses 1 "$dir/older:2: version 4" \
		apply -n "$dir/older"
	ok '... and the newer stays' is "$(version_in_force)" 5
	ok 'the same version may come again' exits 0 apply "$dir/first"
	ok 'an older one with --force' exits 0 apply --force "$dir/older"
	ok '... is in force' is "$(version_in_force)" 4
	sed '/^version/d' "$dir/first" >"$dir/none"
	ok 'so is a file without a version, which is 0' refuses 1 \
		"$dir/none: version 0 is older than 4" apply "$dir/none"
}

test_default_path() {
	mkdir -p "$(dirname "$policy_file")"
	sed 's/^version = .*/version = 77/' "$dir/first" >"$policy_file"
	ok 'apply without a file' exits 0 apply
	ok "... reads $policy_file" is "$(version_in_force)" 77
	ok 'check without a file does, too' exits 0 check
	ok '... and names it' says out "$policy_file: ok, 2 classes"
}

test_list() {
	ok 'list without VMs says so' exits 0 list
	ok '... in words' says_exactly out 'no VMs on record'
	json 'list -j without VMs' '.schema == 1 and .vms == []' list
	tenant_vm a 1 1048576
	vm_start b 3 8388608
	ok 'the tenant'\''s VM is in its class, with its limits' \
		is "$(vm_row a)" \
		"${id[a]} ${pid[a]} $tenant (holdvm) tenant enforce 1/2 1M/4M 0"
	ok 'root'\''s VM is in no class of its own' is "$(vm_row b)" \
		"${id[b]} ${pid[b]} root (holdvm) default enforce 3/- 8M/- 0"
	json 'list -j has both' "(.vms | length) == 2 and any(.vms[];
		.pid == ${pid[a]} and .user == \"$tenant\" and .class == \"tenant\"
		and .used.vcpus == 1 and .used.memory == 1048576
		and .limit.vcpus == 2 and .limit.memory == 4194304)" list
	ok 'metrics' exits 0 metrics
	ok '... has both' says out 'kvmwarden_host_vms 2'
	ok '... each' says out \
		"kvmwarden_vm_vcpus{vm=\"${id[b]}\",name=\"\",class=\"default\",uid=\"0\"} 3"
	ok '... and the policy' says out 'kvmwarden_policy_version 77'
	ok 'metrics -o' exits 0 metrics -o "$dir/kvmwarden.prom"
	ok '... is the same' cmp "$dir/kvmwarden.prom" <(kvmwarden metrics)
	ok 'status adds them up' exits 0 status
	ok '... for the host' says out 'host       VMs     2, no limit'
	ok '... and the class' says out \
		'tenant: enforce; VMs 1, vCPUs 1, memory 1M'
}

test_show() {
	ok 'show names the process' shows a "process    ${pid[a]} (holdvm)"
	ok '... the user' says out "user       $tenant ($tenant_uid)"
	ok '... the class' says out 'class      tenant'
	ok '... what it uses' has_row 'vcpus 1/2 this VM'
	ok '... of how much' has_row 'memory 1M/4M this VM'
	ok '... which line says so' has_row \
		"memory 1M/4M this VM $policy_file:7"
	ok '... and which one chose the class' says out \
		"match.user = $tenant  $policy_file:5"
	ok '... that nothing was refused' says out 'denials    none'
	ok '... and does not call it adopted' says_not out adopted
	json 'show -j has one VM' ".schema == 1 and .pid == ${pid[a]}
		and .uid == $tenant_uid and .mode == \"enforce\"
		and (.adopted | not) and .denials == []
		and .limit.vcpus == 2 and .limit.memory == 4194304" show "${id[a]}"
	ok 'an unknown id is refused' refuses 1 'no VM 4711 on record' \
		show 4711
	ok '... with nothing printed, with -j, too' refuses 1 \
		'no VM 4711 on record' show -j 4711
	ok 'nor has a VM that name' refuses 1 'no VM is called `holdvm' \
		show holdvm
	vm_stop b
	ok 'a VM that is gone is not listed' is "$(kvmwarden list | wc -l)" 2
}

test_over() {
	ok 'a VM at its limit' vm_answers a ok vcpu
	sed 's/^vcpus = .*/vcpus = 1/' "$policy_file" >"$dir/tight"
	ok 'a limit below what it uses can be put in force' \
		exits 0 apply "$dir/tight"
	ok '... which is said' says out '1 of the VMs, users, cgroups, classes and the host exceeds a limit'
	ok '... it keeps what it has' shows_limit a 'vcpus 2/1 this VM'
	ok '... and gets no more' vm_answers a EDQUOT vcpu
	ok 'a limit that it does not exceed' exits 0 apply "$policy_file"
	ok '... is put in force without a word on that' says_not out exceed
	vm_stop a
}

# limit SECTION KEY VALUE: a policy of a single limit, in force
limit() {
	{
		printf '[policy]\nmode = %s\n' "${mode:-enforce}"
		printf '[class tenant]\nmatch.user = %s\n' "$tenant"
		# a section may be there only once
		[[ $1 == tenant ]] || printf '[%s]\n' "$1"
		printf '%s = %s\n' "$2" "$3"
	} | kvmwarden apply --force - >/dev/null
}

# logged TEXT
logged() {
	dmesg >"$dir/log"
	has log "kvmwarden: $1" && return
	echo "not in the log: $1"
	grep kvmwarden: "$dir/log" | tail -n 3
	return 1
}

# reason SECTION KEY VALUE REQUEST THIRD NAME TEXT LOG AMOUNTS: the second
# request is within the limit, the third is not
reason() {
	local who request=$4 third=$5 name=$6 text=$7 log=$8 amounts=$9

	limit "$1" "$2" "$3"
	tenant_vm v 1 1048576
	ok "$name: up to the limit all is allowed" vm_answers v ok "$request"
	ok "$name: and nothing is counted" shows v 'denials    none'
	ok "$name: beyond it, no" vm_answers v EDQUOT "$third"
	ok "$name: the VM's denials say why" shows v \
		"denials    $text: refused 1 time"
	who="VM ${id[v]} (holdvm[${pid[v]}], uid $tenant_uid, class tenant)"
	ok "$name: the log has VM, class, limit, used and asked" \
		logged "denied: $who: $log: $amounts (1 so far)"
	vm_stop v
}

test_vm_reasons() {
	local vcpus='limit 2, used 2, asked 1'
	local bytes='limit 4194304, used 4194304, asked 4096'
	local more='slot 3145728' page='slot 4096'

	reason tenant vcpus 2 vcpu vcpu vm-vcpus \
		'vCPU limit of the VM' 'vcpus of the VM' "$vcpus"
	reason tenant memory 4M "$more" "$page" vm-memory \
		'memory limit of the VM' 'memory of the VM' "$bytes"
	reason tenant total.vcpus 2 vcpu vcpu class-vcpus \
		'vCPU limit of the class' 'vcpus of the class' "$vcpus"
	reason tenant total.memory 4M "$more" "$page" class-memory \
		'memory limit of the class' 'memory of the class' "$bytes"
	reason host vcpus 2 vcpu vcpu host-vcpus \
		'vCPU limit of the host' 'vcpus of the host' "$vcpus"
	reason host memory 4M "$more" "$page" host-memory \
		'memory limit of the host' 'memory of the host' "$bytes"
}

# creation SECTION KEY NAME TEXT LOG: of a second VM
creation() {
	limit "$1" "$2" 1
	tenant_vm v 1 1048576
	ok "$3: up to the limit all is allowed" is "$said" ready
	tenant_vm w 1 1048576
	ok "$3: beyond it, no" is "$said" EDQUOT
	ok "$3: status says it" exits 0 status
	ok "$3: by its name" says out "$4: refused 1 time"
	ok "$3: the log has class, limit, used and asked" logged \
		"denied: new VM (holdvm[${pid[w]}], uid $tenant_uid, class tenant): $5: limit 1, used 1, asked 1 (1 so far)"
	vm_stop v w
}

test_creation_reasons() {
	creation tenant total.vms class-vms 'VM limit of the class' \
		'VMs of the class'
	creation host vms host-vms 'VM limit of the host' 'VMs of the host'
	# the last of which was the class's while this policy was in force
	json 'status -j has all reasons by name, and those of the class' \
		'[.denials[] | select(.denied > 0) | .reason] == ["vm-vcpus",
		"vm-memory", "class-vms", "class-vcpus", "class-memory",
		"host-vms", "host-vcpus", "host-memory"]
		and .classes[0].name == "tenant" and .classes[0].denials ==
		[{ reason: "host-vms", text: "VM limit of the host",
		denied: 1, permitted: 0 }]' status
}

test_modes() {
	mode=permissive limit tenant vcpus 1
	tenant_vm v 1 1048576
	ok 'a permissive class lets all through' vm_answers v ok vcpu
	ok '... and counts it' shows v \
		'vCPU limit of the VM: let through 1 time'
	ok '... not as refused' is "$(vm_row v | cut -d' ' -f9)" 0
	ok '... and the log says: would' logged "would deny: VM ${id[v]} "
	mode=off limit tenant vcpus 1
	ok 'so does one that is off' vm_answers v ok vcpu
	ok '... but counts nothing more' shows v \
		'let through 1 time'
	mode=enforce limit tenant vcpus 1
	ok 'one that enforces does not' vm_answers v EDQUOT vcpu
	ok '... and both are told apart' shows v \
		'refused 1 time, let through 1 time'
	json '... in JSON' '.denials == [{ reason: "vm-vcpus", denied: 1,
		text: "vCPU limit of the VM", permitted: 1 }]' show "${id[v]}"
	vm_stop v
}

test_cgroup() {
	printf '[policy]\nmode = enforce\n[class slice]\n%s\nvcpus = 1\n' \
		'match.cgroup = /tenant-?.slice/*' | write cgroup
	mkdir -p /sys/fs/cgroup/{tenant-a,tenant-ab}.slice/vm
	tool apply -f "$dir/cgroup"
	vm_start v 1 4096 in_cgroup tenant-a.slice/vm
	vm_start w 1 4096 in_cgroup tenant-ab.slice/vm
	ok 'a VM in a cgroup that matches' shows v 'class      slice'
	ok '... whose cgroup is shown' says out \
		'cgroup     /tenant-a.slice/vm'
	ok '... is limited' vm_answers v EDQUOT vcpu
	ok 'one in a cgroup that does not' shows w 'class      default'
	ok '... is not' vm_answers w ok vcpu
	vm_stop v w
}

# As libvirt calls it
test_name() {
	local scope='machine.slice/machine-qemu\x2d5\x2dweb.scope'

	reset
	mkdir -p "/sys/fs/cgroup/$scope"
	vm_start v 1 4096 in_cgroup "$scope"
	ok 'a VM that is called something' is "$(vm_row v)" \
		"${id[v]} ${pid[v]} root web default permissive 1/- 4K/- 0"
	ok '... is shown by its name' exits 0 show web
	ok '... the VM that it is' says out "process    ${pid[v]} (holdvm)"
	ok '... and can be set by it' exits 0 set web vcpus=1
	ok '... which is said' says out \
		"VM ${id[v]} (web, holdvm[${pid[v]}], class default): vcpus = 1"
	vm_stop v
	ok 'its name goes with it' refuses 1 'no VM is called `web' show web
}

# As export writes it, so that both can be compared.
write_exported() {
	write exported <<-END
		[policy]
		version = 18446744073709551615
		mode = enforce

		[host]
		vms = 0
		memory = 192G

		[class trusted]
		match.cgroup = /machine.slice/trusted-**/a b?c*#d;e

		[class tenant.2_x-Y]
		match.user = $tenant
		match.cgroup = /machine.slice/*
		mode = off
		vcpus = 18446744073709551614
		memory = 4097
		total.vms = 4
		total.vcpus = 16
		total.memory = 15E
		nested = deny
		nested.revoke = kill

		[class nobody.knows]
		match.user = 4294967294
		memory = 0
		nested.revoke = kill

		[class default]
		mode = permissive
		vcpus = 4
		memory = 1023K
		nested = deny
	END
}

# The same, as people write it.
write_messy() {
	sed -e 's/^version =/ version\t:/' -e 's/192G/196608M/' \
		-e 's/1023K/1047552 # bytes/' -e 's/15E/15360P/' \
		-e "s/user = $tenant/user = $tenant_uid/" \
		-e 's/^vms = 0/vms = 0\nvcpus = unlimited/' \
		-e 's/^total.vms/; here too\ntotal.vms/' \
		-e 's/^memory = 0/memory = 0\nnested=allow/' \
		-e 's/^nested = deny/&\t# so/' \
		"$dir/exported" | write messy
}

test_export() {
	write_exported
	write_messy
	ok 'the messy file differs' not cmp -s "$dir/messy" "$dir/exported"
	ok 'and can be put in force' exits 0 apply -f "$dir/messy"
	ok 'export writes the same policy' exits 0 export
	ok '... byte for byte as expected' diff "$dir/out" "$dir/exported"
	cp "$dir/out" "$dir/first-export"
	json 'export -j has it all' '.schema == 1 and (.classes | length) == 4
		and .mode == "enforce" and .host.vms == 0 and .host.vcpus == null
		and .classes[0].match.cgroup ==
			"/machine.slice/trusted-**/a b?c*#d;e"
		and (.classes[0].match | has("uid") | not)
		and .classes[1].total.memory == 15 * 1152921504606846976
		and .classes[2].match.uid == 4294967294
		and .classes[3].name == "default"
		and [.classes[] | .nested] == ["allow", "deny", "allow", "deny"]
		and [.classes[] | .nested_revoke] ==
			["fail", "kill", "kill", "fail"]' export
	reset
	ok 'an empty policy has another export' not diff -q \
		<(kvmwarden export) "$dir/exported"
	ok 'what was exported is applied' exits 0 apply "$dir/first-export"
	ok '... and exported the same' diff <(kvmwarden export) \
		"$dir/first-export"
	ok 'export into apply, from standard input' eval \
		'kvmwarden export | kvmwarden apply -n -'
	reset
}

not() { ! "$@"; }

# A command name is 15 bytes that a VMM chooses.
test_hostile_name() {
	local name=$'x\n\e[31m\xff: "y' lines

	cp "$dir/holdvm" "$dir/$name"
	limit tenant vcpus 1
	vmm=$dir/$name tenant_vm v 1 4096
	vm_ask v vcpu >/dev/null
	lines=$(kvmwarden list | wc -l)
	ok 'a command name cannot add a line' is "$lines" 2
	ok '... nor reach the terminal' not grep -q $'[\e\xff]' \
		<(kvmwarden list; kvmwarden show "${id[v]}")
	ok '... it is shown' shows v '(x\x0a\x1b[31m\xff: "y)'
	json '... in JSON that is valid' '.comm == "x\\x0a\\x1b[31m\\xff: \"y"' \
		show "${id[v]}"
	ok '... nor forge a line of the log' logged \
		"denied: VM ${id[v]} (x\\n\\e[31m\\xff: \"y[${pid[v]}], uid"
	vm_stop v
}

narrow() { ! awk 'length > 80 { print length ": " $0; bad = 1 } END { exit !bad }'; }

# nested ANSWER: a policy in which that is class default's, and not tenant's
nested() {
	printf '%s\n' '[policy]' "mode = ${mode:-enforce}" '[class tenant]' \
		"match.user = $tenant" 'nested = allow' '[class default]' \
		"nested = $1" | kvmwarden apply --force - >/dev/null
}

test_doctor() {
	ok 'doctor: the module is in order' exits 0 doctor module armed canary \
		build hooks stuck
	ok '... and says so' says out '6 checks: 6 ok'
	ok 'without a policy it warns' exits 6 doctor policy
	ok '... and helps' says out 'kvmwarden apply'
	ok 'it finds its list of fixes' says_of_fixes
	chmod 666 /dev/kvm
	ok 'it warns of a /dev/kvm for all' exits 6 doctor kvm kvm-access
	ok '... of that alone' says out '2 checks: 1 ok, 0 notes, 1 warning'
	chmod 660 /dev/kvm
	ok '... and no more when it is not' exits 0 doctor kvm-access
	ok 'as a user it cannot know all' not_known_to_users
	[[ ! -e /sys/module/$vendor/parameters/nested ]] ||
		ok 'it warns of nesting' exits 6 doctor nested
}

# x86's
says_of_fixes() {
	tool doctor fixes-nested
	[[ $(uname -m) != x86_64 ]] || says out ' fixes (20'
}

not_known_to_users() {
	local rc=0

	asuser 1000 1000 kvmwarden doctor module >"$dir/out" 2>"$dir/err" || rc=$?
	is "$rc" 4 && says out 'not known: no permission to ask it'
}

test_doctor_nested() {
	if [[ ! -e /sys/module/$vendor/parameters/nested ]]; then
		tap_skip 'doctor: nested' 'this KVM has no such parameter'
		return
	fi
	nested allow
	tenant_vm v 1 4096
	vm_start w 1 4096
	ok 'with nested = allow by default it warns' exits 6 doctor nested
	ok '... says which class' says out \
		'nested: class default lets VMs run VMs of their own'
	ok '... how many VMs may' says out 'Of 2 VMs now running, 2 may.'
	ok '... and what to write' says out 'nested = deny'
	nested deny
	ok 'with nested = deny it does not' exits 0 doctor nested
	ok '... but says who still may' says out \
		'denied but in class tenant (1 VM)'
	json '... in JSON' '.checks[0].result == "ok" and .sum.ok == 1' \
		doctor nested
	ok 'all is enforced' exits 0 doctor policy
	ok 'who has no class is noted' exits 0 doctor unclassed
	ok '... by number' says out '1 of 2 VMs are in no class but default'
	mode=permissive nested deny
	ok 'denied, but permissive, it warns' exits 6 doctor nested
	ok '... and says why' says out \
		'class default denies nested VMs, but is in mode permissive'
	vm_stop v w
	reset
}

# sets NAME DECISION TEXT: that one line, and no other
sets() {
	exits 0 set "${id[$1]}" "nested=$2" && says_exactly out \
		"VM ${id[$1]} (holdvm[${pid[$1]}], class $3"
}

# json_nested NAME NESTED OWN REVOKE
json_nested() {
	json "... in JSON: $2, own $3, $4" ".nested == \"$2\" and
		.nested_own == $3 and .nested_revoke == \"$4\"" \
		show "${id[$1]}"
}

own_text=', set for this VM, whatever its class says'

# tenant may, default may not
test_set() {
	nested deny
	tenant_vm v 1 4096
	vm_start w 1 4096
	ok 'set: a VM is as its class at first' shows v 'nested     allow'
	ok '... and is not said to be set' says_not out "$own_text"
	json_nested v allow false fail
	ok 'set deny' sets v deny 'tenant): nested = deny'
	ok '... is shown' shows v "nested     deny$own_text"
	json_nested v deny true fail
	ok '... and in the log, with who did it' logged \
		"VM ${id[v]}: own denials 0x1 and permissions 0x0 of 0x1, "
	ok '... and not in the policy' is "$(kvmwarden export)" \
		"$(nested deny; kvmwarden export)"
	ok '... and stays when one is applied' shows v "nested     deny$own_text"
	ok '... other VMs are as they were' shows w 'nested     deny'
	ok '... at all' says_not out "$own_text"
	json 'list -j tells them apart' "[.vms[] | select(.nested_own) | .id]
		== [${id[v]}] and all(.vms[]; .nested == \"deny\")" list

	ok 'set allow, where the class denies' sets w allow \
		'default): nested = allow'
	ok '... is shown' shows w "nested     allow$own_text"
	json_nested w allow true fail
	ok '... and in the log' logged \
		"VM ${id[w]}: own denials 0x0 and permissions 0x1 of 0x1, "
	ok 'set class' sets w class \
		'default): nested = deny, as its class has it'
	ok '... is shown' shows w 'nested     deny'
	ok '... as not set' says_not out "$own_text"
	json_nested w deny false fail
	ok '... and in the log' logged \
		"VM ${id[w]}: own denials "
	ok 'the same of what may' sets v class \
		'tenant): nested = allow, as its class has it'
	json_nested v allow false fail
	ok '... and once more' sets v class \
		'tenant): nested = allow, as its class has it'

	test_set_refused
	test_set_modes
	vm_stop v w
	reset
}

test_set_refused() {
	ok 'set: no such VM' refuses 1 'no VM 4711 on record' set 4711 \
		nested=deny
	ok '... nor one with the id 0' refuses 1 'no VM 0 on record' set 0 \
		nested=class
	ok '... nor the largest' refuses 1 \
		'no VM 18446744073709551615 on record' \
		set 18446744073709551615 nested=allow
	ok 'what is neither is wrong usage' refuses 2 \
		'did you mean `deny'\''?' set "${id[v]}" nested=dney
	ok '... and so is what cannot be set' refuses 2 'cannot be set' \
		set "${id[v]}" mode=off
	ok '... and changes nothing' shows v 'nested     allow'
	json_nested v allow false fail
}

test_set_modes() {
	mode=permissive nested deny
	ok 'set deny in a permissive class' sets v deny \
		$'tenant): nested = deny\nIts class is in mode permissive: nothing is refused.'
	ok '... is shown' shows v "nested     deny$own_text"
	ok '... set class, if it denies, too' sets w class \
		$'default): nested = deny, as its class has it\nIts class is in mode permissive: nothing is refused.'
	ok '... not so what is allowed' sets w allow 'default): nested = allow'
	mode=off nested deny
	ok 'set deny in a class that is off' sets v deny \
		$'tenant): nested = deny\nIts class is in mode off: nothing is refused.'
	mode=enforce nested deny$'\n'nested.revoke=kill
	ok 'a class that enforces then does so' shows v \
		"nested     deny$own_text"
	json_nested v deny true fail
	json_nested w allow true kill
	ok '... and nothing is said of modes' sets v deny \
		'tenant): nested = deny'
}

# The longest names that are usual, in the mode with the longest name.
test_width() {
	cp "$dir/holdvm" "$dir/qemu-system-x86_64"
	mode=permissive limit tenant memory 8G
	vmm=$dir/qemu-system-x86_64 tenant_vm v 16 8589869056
	ok 'list has its longest line' is "$(vm_row v)" \
		"${id[v]} ${pid[v]} $tenant (qemu-system-x86) tenant permissive 16/- 7.9G/8G 0"
	ok '... within 80 columns' narrow < <(kvmwarden list)
	ok 'status is within 80 columns' narrow < <(kvmwarden status)
	ok 'show is, too' narrow < <(kvmwarden show "${id[v]}")
	ok 'help is, too' narrow < <(kvmwarden help)
	ok 'doctor is, too' narrow < <(kvmwarden doctor)
	vm_stop v
}

# wrapped_exits STATUS TEXT COMMAND...: with TEXT as its only message
wrapped_exits() {
	local rc=0

	"${@:3}" >"$dir/out" 2>"$dir/err" || rc=$?
	is "$rc" "$1" && says_exactly err "$2" && [[ ! -s $dir/out ]]
}

# each_exits STATUS TEXT WRAPPER...: all verbs that need the module
each_exits() {
	local verb

	for verb in "${device_verbs[@]}"; do
		# shellcheck disable=SC2086 # a verb and its argument
		wrapped_exits "$1" "$2" "${@:3}" kvmwarden $verb || return
	done
}

test_rights() {
	local text='kvmwarden: no permission; run as root (CAP_SYS_ADMIN)'
	local user=(asuser 1000 1000)
	local before

	tool apply -f "$policy_file"
	before=$(generation)
	ok 'a user may do nothing' each_exits 4 "$text" "${user[@]}"
	ok 'nor may root in a user namespace of theirs' wrapped_exits 4 "$text" \
		"${user[@]}" unshare --user --map-root-user kvmwarden disarm
	ok 'nor root in a user namespace of root' wrapped_exits 4 "$text" \
		unshare --user --map-root-user kvmwarden disarm
	ok 'nor root without capabilities' each_exits 4 "$text" \
		setpriv --bounding-set=-all --inh-caps=-all
	ok 'root with CAP_SYS_ADMIN alone may' setpriv \
		--bounding-set=-all,+sys_admin kvmwarden status
	ok 'nothing was changed by that' is "$(generation)" "$before"
	ok 'check needs no rights' "${user[@]}" kvmwarden check "$dir/first"
	ok 'nor does version' "${user[@]}" kvmwarden version
}

# cannot_write TEXT COMMAND...: fails, with TEXT as the reason
cannot_write() {
	local rc=0

	"${@:2}" 2>"$dir/err" || rc=$?
	: >"$dir/out"
	is "$rc" 1 && says err "kvmwarden: cannot write the output: $1"
}

test_output() {
	local verb

	for verb in status list export version help 'apply -n'; do
		# shellcheck disable=SC2086 # a verb and its option
		ok "$verb: a full disk is told" \
			cannot_write 'No space left' to_full $verb
		# shellcheck disable=SC2086
		ok "$verb: closed output is told" \
			cannot_write 'Bad file' to_closed $verb
	done
	ok 'the same with output that can be written' exits 0 status
	many_classes 1 2000 | kvmwarden apply -f - >/dev/null
	ok 'more than a buffer: a full disk is told' \
		cannot_write 'disk full or closed?' to_full export
	ok 'more than a buffer: all of it if there is room' \
		is "$(kvmwarden export | grep -c '^\[class c')" 2000
	json 'status -j has all 2001 classes' '.classes | length == 2001' status
	ok 'status has not' exits 0 status
	ok '... but says where they are' says out \
		'classes    2001; all of them: kvmwarden status -j'
	reset
}

to_full() { kvmwarden "$@" >/dev/full; }
to_closed() { kvmwarden "$@" >&-; }

# one_of_two N: what two at once may come to; counts into $won and $lost
one_of_two() {
	local rc

	wait "$1"
	rc=$?
	if ((rc == 0)); then
		((++won))
	elif ((rc == 1)) && grep -qx 'kvmwarden: another writer committed in between; nothing was changed; run apply again' "$2"; then
		((++lost))
	else
		tap_note "exit status $rc: $(<"$2")"
		((++odd))
	fi
}

test_concurrent() {
	local won=0 lost=0 odd=0 before i one two

	many_classes 1 2000 >"$dir/many"
	before=$(generation)
	for ((i = 0; i < 4; i++)); do
		kvmwarden apply "$dir/many" >/dev/null 2>"$dir/one" &
		one=$!
		kvmwarden apply "$dir/many" >/dev/null 2>"$dir/two" &
		two=$!
		one_of_two "$one" "$dir/one"
		one_of_two "$two" "$dir/two"
	done
	tap_note "$won in force, $lost told to run again"
	ok 'of two at once, each is in force or is told to run again' \
		is "$odd" 0
	ok '... one at least is in force' test "$won" -ge 4
	ok '... they did cross' test "$lost" -gt 0
	ok '... and only those in force count' \
		is "$(generation)" $((before + won))
	reset
}

# killed_at MS FILE: what is in force afterwards is one of the two, whole
killed_at() {
	local rc=0 now generation delay

	printf -v delay '%d.%03d' $(($1 / 1000)) $(($1 % 1000))
	# the shell would tell of each
	{ timeout -s KILL "$delay" kvmwarden apply -f "$dir/$2"; } \
		>/dev/null 2>&1 || rc=$?
	((rc == 0 ? ++finished : ++killed))
	now=$(kvmwarden export)
	generation=$(generation)
	if [[ $now == "${whole[$2]}" ]] && ((generation == seen + 1)); then
		in_force=$2
	elif [[ $now != "${whole[$in_force]}" ]] || ((rc == 0)) ||
		((generation != seen)); then
		tap_note "$delay s, exit status $rc: generation $seen, $generation"
		((++torn))
	fi
	seen=$generation
}

test_killed() {
	local in_force i next seen before ms=100 killed=0 finished=0 torn=0
	local -A whole

	for i in red blue; do
		many_classes ${#i} $((350 + 50 * ${#i})) >"$dir/$i"
		kvmwarden apply -f "$dir/$i" >/dev/null
		whole[$i]=$(kvmwarden export)
	done
	in_force=blue
	seen=$(generation)
	for ((i = 1; i <= 30; i++)); do
		next=red
		[[ $in_force == blue ]] || next=blue
		before=$finished
		killed_at "$ms" "$next"
		# homes in on the commit, from both sides, however fast we are
		((ms = finished > before ? ms * 2 / 3 + 1 : ms * 7 / 4))
	done
	tap_note "$killed killed, $finished finished; in the end at $ms ms"
	ok 'apply killed anywhere leaves the old policy or the new' is "$torn" 0
	ok '... some were killed' test "$killed" -ge 3
	ok '... some finished' test "$finished" -ge 1
	reset
}

still_loaded() { ! rmmod kvmwarden 2>"$dir/err" && [[ -d /sys/module/kvmwarden ]]; }

test_disarm() {
	tool apply -f "$policy_file"
	tenant_vm v 2 1048576
	ok 'armed, the module cannot be unloaded' still_loaded
	ok '... and goes on' vm_answers v EDQUOT vcpu
	ok 'a VM that was set' exits 0 set "${id[v]}" nested=deny
	ok 'disarm' exits 0 disarm
	ok '... says what to do next' says_exactly out \
		'hooks off; the module can be unloaded with: rmmod kvmwarden'
	ok 'disarmed, status is 1' exits 1 status
	ok '... in capitals' says out 'kvmwarden  DISARMED: nothing is enforced'
	ok '... says what to do' says out 'to arm it again: kvmwarden apply'
	ok '... has every hook off' all_hooks off
	json '... as has status -j' '(.armed | not) and
		all(.hooks[]; .state == "off")' status
	ok '... which is 1, too' exits 1 status -j
	ok 'no VM is on record' exits 0 list
	ok '... at all' says_exactly out 'no VMs on record'
	ok 'nothing is refused any more' vm_answers v ok vcpu
	ok 'the doctor calls that a problem' exits 7 doctor armed
	ok 'no VM can be set' refuses 1 "no VM ${id[v]} on record" \
		set "${id[v]}" nested=deny
	ok '... which does not arm' exits 1 status
	ok 'disarm may be repeated' exits 0 disarm
}

test_rearm() {
	ok 'a dry run' exits 0 apply -n "$policy_file"
	ok '... does not arm' exits 1 status
	ok 'a version that is too old' exits 1 apply "$dir/first"
	ok '... does not arm' exits 1 status
	ok 'apply' exits 0 apply
	vm_find v
	ok '... arms' exits 0 status
	ok '... every hook' all_hooks armed
	ok '... the VM that was there is adopted' shows v \
		'adopted: the VM is older than the hooks'
	ok '... by who created it' says out "user       $tenant "
	ok '... into its class' says out 'class      tenant'
	ok '... with what it has' has_row 'vcpus 3/2 this VM'
	ok '... and its memory' has_row 'memory 1M/4M this VM'
	ok '... but not with what was set for it' says_not out "$own_text"
	json '... in JSON' '.adopted and .used.vcpus == 3 and .used.memory == 1048576
		and (.nested_own | not) and .nested == "allow"' \
		show "${id[v]}"
	ok '... and gets no more' vm_answers v EDQUOT vcpu
	ok '... which the doctor notes' exits 0 doctor adopted
	ok '... by number' says out '1 of 1 VMs are older than the hooks'
	tenant_vm w 1 4096
	ok 'a new VM' exits 0 show "${id[w]}"
	ok '... is not called adopted' says_not out adopted
	vm_stop w
}

test_unload() {
	local text='kvmwarden: the module is not loaded (no /dev/kvmwarden)
Load it: modprobe kvmwarden, or insmod .../kvmwarden.ko where it was built.'

	ok 'without the device where it is run, that is told' \
		refuses_without_device
	tool disarm
	ok 'disarmed, the module can be unloaded' rmmod kvmwarden
	ok 'without the module all is 3, with what to do' each_exits 3 "$text"
	ok '... also with -j' refuses 3 'the module is not loaded' status -j
	ok '... but metrics, where that is a metric' exits 0 metrics
	ok '... of its own' says out 'kvmwarden_up 0'
	ok '... but check goes on' exits 0 check
	ok '... and the doctor calls it a problem' exits 7 doctor module
	ok 'the VM does not mind' vm_answers v ok vcpu
	ok 'loaded again' insmod "$KVMWARDEN_KO"
	ok '... it has no policy' is "$(generation)" ''
	vm_find v
	ok '... and the VM' is "$(vm_row v)" \
		"${id[v]} ${pid[v]} $tenant (holdvm) default permissive 4/- 1M/- 0"
	vm_stop v
}

refuses_without_device() {
	local rc=0

	unshare --mount sh -c 'mount -t tmpfs none /dev && kvmwarden status' \
		>"$dir/out" 2>"$dir/err" || rc=$?
	is "$rc" 3 && says err 'the module is loaded, but there is no /dev/kvmwarden here'
}

# Another who redirects functions; built by selftests/module/build.
test_rival() {
	local rival

	rival=$(rival_of "$KVMWARDEN_KO")
	if [[ ! -e $rival ]]; then
		tap_skip 'a function that cannot be hooked' 'no rival.ko'
		return
	fi
	tool disarm
	insmod "$rival"
	limited_by_rival
	tool disarm
	rmmod rival
	insmod "$rival" function=kvm_vm_ioctl_check_extension
	not_denied_for_rival
	tool disarm
	rmmod rival
	ok 'without the rival it can' exits 0 apply -f "$policy_file"
	ok '... with every hook armed' all_hooks armed
}

limited_by_rival() {
	ok 'a limit that cannot be enforced is refused' refuses 1 \
		'kvm_arch_vcpu_precreate cannot be hooked on this kernel; limits on vCPUs cannot be enforced: ' \
		apply -f "$policy_file"
	ok '... says what to do' says err 'Nothing was changed. Make classes permissive'
	sed 's/enforce/permissive/' "$policy_file" >"$dir/permissive"
	ok 'a permissive one is not' exits 0 apply -f "$dir/permissive"
	tool status
	ok 'status names the function' says out 'kvm_arch_vcpu_precreate'
	ok '... as failed' says out '  failed: '
	ok '... and what is lost' says out 'lost without it: limits on vCPUs'
	json '... in JSON' 'any(.hooks[]; .state == "failed" and .error != null
		and .needed_for == ["vcpus"])' status
	ok 'the doctor calls it a problem' exits 7 doctor hooks
	ok '... by its name' says out \
		'kvm_arch_vcpu_precreate is not hooked: Device or resource busy'
}

# One of those that it takes to deny nested virtualization.
not_denied_for_rival() {
	printf '%s\n' '[policy]' 'mode = enforce' '[class default]' \
		'nested = deny' | write denies
	ok 'what cannot be denied is refused' refuses 1 \
		'kvm_vm_ioctl_check_extension cannot be hooked on this kernel; limits on nesting cannot be enforced: ' \
		apply -f "$dir/denies"
	ok '... a policy without it is not' exits 0 apply -f "$dir/older"
	tenant_vm v 1 4096
	ok 'nor can it be set for a VM' refuses 1 \
		'this kernel cannot deny it: kvm_vm_ioctl_check_extension is not hooked' \
		set "${id[v]}" nested=deny
	ok '... which stays as it is' shows v 'nested     allow'
	ok '... not set' says_not out "$own_text"
	ok 'what is allowed can be set' sets v allow 'tenant): nested = allow'
	ok '... and undone' sets v class \
		'tenant): nested = allow, as its class has it'
	vm_stop v
}

# --- what is changed while it runs -------------------------------------------

# unchanged NAME COMMAND...: it is refused, and the same policy in force
unchanged() {
	local before after name=$1

	before=$(policy_mark)
	ok "$name" "${@:2}"
	after=$(policy_mark)
	ok '... and changes nothing' is "$after" "$before"
}

policy_mark() { kvmwarden status | grep -E '^(policy|digest)'; }

# file_of KEY VALUE: limits on the tenant, in a file that tests compare with
file_of() {
	printf '%s\n' '[policy]' 'mode = enforce' '[class tenant]' \
		"match.user = $tenant" "$1 = $2"
}

test_set_class() {
	cp "$policy_file" "$dir/saved"
	file_of memory 4M >"$policy_file"
	tool apply --force
	tenant_vm v 1 1048576
	ok 'no difference from the file' exits 0 diff
	ok 'set of a class' exits 0 set tenant memory=8M
	ok '... says so' says out 'tenant: memory = 8M'
	ok '... applies to its VMs' shows_limit v 'memory 1M/8M this VM [class tenant]'
	ok '... at once' vm_answers v ok slot 6291456
	ok '... and diff shows it' exits 1 diff
	ok '... by line' says out "[class tenant]  $policy_file:3"
	ok '... beside the file' says out \
		'  memory           8M                            4M'
	ok '... and what the file would mean' says out \
		"  VM ${id[v]}: memory limit of the VM: 7M in use, 4M allowed"
	json '... in JSON' '(.same | not) and .over == 1 and
		.sections[0].keys[0].in_force == "8M"' diff
	ok 'set below what is in use' exits 0 set tenant memory=4M
	ok '... says who has more' says out \
		"  VM ${id[v]}: memory limit of the VM: 7M in use, 4M allowed"
	ok '... who gets no more' vm_answers v EDQUOT slot 4096
	ok '... and show says how full it is' shows v '7M of 4M in use by this VM'
	ok '... and which line is to blame' says out \
		"memory = 4M, in [class tenant], $policy_file:5"
	ok 'the file is in force again' exits 0 diff "$policy_file"
	unchanged 'a class that there is not' refuses 1 \
		'did you mean `tenant'\''?' set tenannt memory=1M
	unchanged 'a value that cannot be' refuses 2 'too large' \
		set tenant memory=16E
	unchanged 'a key of another section' refuses 2 'it belongs in' \
		set host nested=deny
	ok 'set of the host' exits 0 set host vms=1
	tenant_vm w 1 4096
	ok '... counts' is "$said" EDQUOT
	vm_stop w
	ok '... and is undone' exits 0 set host vms=unlimited
	ok '... without a trace' exits 0 diff
}

# Goes on with that VM.
test_set_vm() {
	local v=${id[v]}

	ok 'set of a VM: memory' exits 0 set "$v" memory=16M vcpus=1
	ok '... says so' says out \
		"VM $v (holdvm[${pid[v]}], class tenant): memory = 16M"
	ok '... is shown' shows_limit v \
		'memory 7M/16M this VM kvmwarden set'
	ok '... counts' vm_answers v ok slot 4096
	ok '... each of them' vm_answers v EDQUOT vcpu
	ok '... and is to blame' shows v 'vcpus = 1, set for this VM'
	ok '... stays when a policy is applied' exits 0 apply --force
	ok '... as it was' shows_limit v 'memory 7.0M/16M this VM kvmwarden set'
	ok '... and diff tells of it' exits 1 diff
	ok '... in words for set' says out "  VM $v: vcpus=1 memory=16M"
	ok 'set of a VM: memory slots' exits 0 set "$v" memslots=3
	ok '... count' vm_answers v EDQUOT slot 4096
	ok '... and are to blame' shows v \
		'memory slot limit of the VM: refused 1 time'
	ok 'as its class has it' exits 0 set "$v" memory=class vcpus=class \
		memslots=class
	ok '... which is said' says out 'memory = 4M, as its class has it'
	ok '... with what it has more' says out 'and keeps that, but gets no more'
	ok '... and no difference any more' exits 0 diff
	ok 'set of a VM: its class' exits 0 set "$v" class=default
	ok '... is shown' shows v \
		'class      default, set for this VM, whatever the policy says'
	ok '... and listed' is "$(vm_row v | cut -d' ' -f5)" default
	ok '... stays when a policy is applied' exits 0 apply --force
	ok '... too' is "$(vm_row v | cut -d' ' -f5)" default
	ok '... and diff tells of it' exits 1 diff
	ok '... in words for set' says out "  VM $v: class=default"
	ok 'the class that the policy has' exits 0 set "$v" class=auto
	ok '... is said' says out 'class = tenant, as the policy has it'
	ok '... is shown' shows v 'class      tenant'
	unchanged 'a class that there is not' refuses 1 'no class `nosuch' \
		set "$v" class=nosuch
	ok '... leaves the VM where it was' is "$(vm_row v | cut -d' ' -f5)" \
		tenant
	vm_stop v
	cp "$dir/saved" "$policy_file"
	reset
}

# in_force VERSION: whether that is
in_force() { [[ $(version_in_force) == "$1" ]]; }

awaits() { kvmwarden status | grep -q AWAITS; }

test_confirm() {
	local begun

	file_of memory 4M | sed 's/^mode/version = 1\n&/' >"$dir/one"
	file_of memory 1M | sed 's/^mode/version = 2\n&/' >"$dir/two"
	tool apply --force "$dir/one"
	begun=$SECONDS
	ok 'apply --confirm' exits 0 apply --confirm 10 "$dir/two"
	ok '... says how to keep it' says out 'To keep it: kvmwarden confirm'
	ok '... is in force' in_force 2
	ok '... gives way by itself' await 30 in_force 1
	ok '... not before its time' test $((SECONDS - begun)) -ge 9
	ok '... to what was there before, whole' exits 0 diff "$dir/one"
	ok '... and nothing awaits any more' not awaits

	ok 'apply --confirm, for long' exits 0 apply --confirm 1h "$dir/two"
	json '... as status says' '.awaits_confirmation and .version == 2 and
		.confirm_left_ms > 3000000 and .confirm_left_ms <= 3600000' status
	unchanged 'meanwhile no other is applied' refuses 1 \
		'awaits confirmation' apply --force "$dir/one"
	unchanged '... nor set' refuses 1 'awaits confirmation' \
		set tenant memory=2M
	unchanged '... nor locked' refuses 1 'awaits confirmation' lock --yes
	ok 'confirm' exits 0 confirm
	ok '... says so' says out 'kept: version 2 in force'
	ok '... nothing awaits any more' not awaits
	ok '... twice is once too often' refuses 1 'no policy awaits' confirm
	ok 'the newer one is in force' exits 0 diff "$dir/two"
	ok 'apply --confirm of the older' exits 0 apply --force --confirm 1h \
		"$dir/one"
	ok 'rollback' exits 0 rollback
	ok '... says so' says out 'rolled back: version 2 in force'
	ok '... to what was there before' exits 0 diff "$dir/two"
	ok '... twice is once too often' refuses 1 'no policy awaits' rollback
}

# asks FILE: whether it does, at that terminal, by now
asks() { grep -qs 'Keep this policy' "$1"; }

# Goes on with these files.
test_killed_asking() {
	local terminal

	if ! script -qec true /dev/null >/dev/null 2>&1; then
		tap_skip 'apply --confirm, killed' 'no terminals here'
		return
	fi
	tool apply --force "$dir/one"
	mkfifo "$dir/keys"
	script -qfec "kvmwarden apply --confirm 20 $dir/two" /dev/null \
		<>"$dir/keys" >"$dir/terminal" 2>&1 &
	terminal=$!
	ok 'apply --confirm asks' await 30 asks "$dir/terminal"
	ok '... with the policy in force' in_force 2
	kill -KILL "$(pgrep -x kvmwarden)"
	wait "$terminal" 2>/dev/null
	ok '... and when it is killed' awaits
	ok '... the policy gives way all the same' await 60 in_force 1
	ok '... to what was there before' exits 0 diff "$dir/one"
	rm "$dir/keys"
}

# set_often CLASS COUNT: one after the other
set_often() {
	local i

	for ((i = 1; i <= $2; i++)); do
		kvmwarden set "$1" "vcpus=$i" || return
	done
}

test_writers() {
	local one two before

	file_of memory 4M | kvmwarden apply --force - >/dev/null
	before=$(generation)
	set_often tenant 8 >/dev/null 2>"$dir/one" &
	one=$!
	set_often default 8 >/dev/null 2>"$dir/two" &
	two=$!
	wait "$one"
	ok 'of two that set at once, one ends well' is "$? $(<"$dir/one")" '0 '
	wait "$two"
	ok '... and the other' is "$? $(<"$dir/two")" '0 '
	ok '... each came into force' is "$(generation)" $((before + 16))
	ok '... and nothing is lost' is \
		"$(kvmwarden export | grep -c '^vcpus = 8$')" 2
	reset
}

# --- what nobody should hand in ----------------------------------------------

# hands_in STATUS TEXT: that file
hands_in() { refuses "$1" "$2" apply --force "$dir/bad"; }

test_bad_input() {
	local i

	file_of memory 4M | kvmwarden apply --force - >/dev/null
	many_classes 1 10001 >"$dir/bad"
	unchanged '10001 classes' hands_in 5 'too many classes'
	truncate -s 100M "$dir/bad"
	unchanged '100 MB' hands_in 5 'too large'
	printf '[policy]\nversion = 3\0\n' >"$dir/bad"
	unchanged 'a NUL byte' hands_in 5 'a NUL byte'
	{ file_of memory 4M; file_of memory 5M | sed 1,2d; } >"$dir/bad"
	unchanged 'a class twice' hands_in 5 'a second'
	for i in 16E -1 18446744073709551616K 1e9; do
		file_of memory "$i" >"$dir/bad"
		unchanged "memory = $i" hands_in 5 "$dir/bad:5: "
	done
	file_of memory 4M | sed 's/^match.user.*/match.user = no-such-user/' \
		>"$dir/bad"
	unchanged 'a user that there is not' hands_in 5 no-such-user
	file_of memory 4M | sed 's/^match.user.*/match.exe = \/no\/such/' \
		>"$dir/bad"
	unchanged 'an executable that there is not' not tool apply -f "$dir/bad"
	ok '... which is named' says err /no/such
	file_of match.cgroup "/$(printf '%05000d' 0)" >"$dir/bad"
	unchanged 'a pattern that is too long' hands_in 5 'too long'
}

test_odd_input() {
	file_of match.cgroup "$(printf '/**%.0s' {1..1300})/x" >"$dir/deep"
	ok 'a deep pattern is taken' exits 0 apply --force "$dir/deep"
	tenant_vm v 1 4096
	ok '... and does no harm' shows v 'class      default'
	vm_stop v
	file_of match.cgroup '/not-yet.slice/*' >"$dir/notyet"
	ok 'a cgroup that there is not yet is taken' exits 0 apply --force \
		"$dir/notyet"
	mkdir -p /sys/fs/cgroup/not-yet.slice/vm
	vm_start v 1 4096 in_cgroup not-yet.slice/vm \
		asuser "$tenant_uid" "$kvm"
	ok '... and counts once it is there' shows v 'class      tenant'
	vm_stop v
	many_classes 1 9999 >"$dir/most"
	ok '10000 classes are taken' exits 0 apply --force "$dir/most"
	ok '... and all in force' says_first \
		"in force: version 1, generation $(generation), 10000 classes, mode off"
}

# Goes on with those.
test_full_disk() {
	mkdir "$dir/small"
	mount -t tmpfs -o size=16k none "$dir/small"
	unchanged 'export onto a disk that fills up' \
		cannot_write '' to_small export
	umount "$dir/small"
	ok 'export of 10000 classes where there is room' exits 0 export
	cp "$dir/out" "$dir/most"
	ok '... is what is in force' exits 0 diff "$dir/most"
	reset
}

to_small() { kvmwarden "$@" >"$dir/small/out"; }

# Until the bed is gone.
test_lock() {
	file_of vcpus 2 >"$policy_file"
	tool apply --force
	tenant_vm v 1 4096
	unchanged 'lock, with nobody there to be asked' refuses 2 \
		'say so with --yes' lock
	ok 'lock --yes' exits 0 lock --yes
	ok '... says for how long' says out 'until this host is rebooted'
	ok '... as does status' exits 0 status
	ok '... in its first line' says_first 'kvmwarden  armed, locked until reboot'
	json '... in JSON' '.locked and .armed' status
	unchanged 'apply is refused' refuses 1 locked apply --force
	unchanged '... set of a class' refuses 1 locked set tenant vcpus=9
	unchanged '... set of a VM' refuses 1 locked set "${id[v]}" vcpus=9
	unchanged '... disarm' refuses 1 locked disarm
	ok '... unloading' still_loaded
	ok '... for good' exits 0 status
	ok 'what is in force goes on' vm_answers v ok vcpu
	ok '... as it was' vm_answers v EDQUOT vcpu
	vm_stop v
}

# --- all of it ---------------------------------------------------------------

bed_only() {
	[[ -n ${KVMWARDEN_KO-} && -d /run/bed ]] && return
	echo '1..0 # SKIP only in the test bed: it unloads the module'
	exit 4
}

set_up() {
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	chmod 755 "$dir"
	make -s -C "$bed_dir/tool-live" >&2 || die 125 "holdvm: cannot be built"
	cp "$bed_dir"/tool-live/{asuser,holdvm} "$dir/"
	# users of all kinds run it, and may have no way into the tree
	cp "$(command -v kvmwarden)" "$tree/tools/kvmwarden/kvm-fixes" "$dir/"
	PATH=$dir:$PATH
	kvm=$(stat -c %g /dev/kvm)
	getent passwd "$tenant" >/dev/null ||
		echo "$tenant:x:64055:$kvm::/:/bin/false" >>/etc/passwd
	tenant_uid=$(id -u "$tenant")
	dmesg -n 1
}

bed_only
set_up
for test in status no_kvm doctor apply bad_files versions default_path list \
	show over vm_reasons creation_reasons modes doctor_nested set cgroup name export \
	hostile_name width rights output concurrent killed set_class set_vm confirm \
	killed_asking writers bad_input odd_input full_disk disarm rearm unload \
	rival lock; do
	tap_note "$test, after $SECONDS s"
	"test_$test"
done
tap_done
