#!/bin/bash
# What the control tool shows of VMs and their limits: names, list, show,
# metrics. The module is a text file; see tool-doctor/module.c. TAP.
#
# usage: tool-views.sh         KVMWARDEN: the tool, beside which `make fakes'
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

is() {
	[[ $1 == "$2" ]] && return
	printf 'got:    %s\nwanted: %s\n' "$1" "$2"
	return 1
}

# --- names -------------------------------------------------------------------

# named NAME CGROUP [EXE]
named() {
	local said

	said=$("$fakes/names" "${@:2}" && echo .) || return
	is "${said%??}" "$1"
}

# Whoever makes it | the name | the cgroup | the executable
names() {
	cat <<'END'
libvirt|web|/machine.slice/machine-qemu\x2d5\x2dweb.scope/libvirt/emulator
libvirt, before it had a level of its own|web|/machine.slice/machine-qemu\x2d5\x2dweb.scope/emulator
libvirt, a name like its own|qemu-5-web|/machine.slice/machine-qemu\x2d12\x2dqemu\x2d5\x2dweb.scope
libvirt, a partition|web-1|/machine.slice/machine-prod.slice/machine-qemu\x2d5\x2dweb\x2d1.scope/libvirt/vcpu0
libvirt, Cloud Hypervisor|web|/machine.slice/machine-ch\x2d7\x2dweb.scope
libvirt, without systemd|web|/machine/qemu-5-web.libvirt-qemu/emulator
libvirt, a number alone|qemu-5-|/machine.slice/machine-qemu\x2d5\x2d.scope
libvirt, no number|qemu-web|/machine.slice/machine-qemu\x2dweb.scope
libvirt, other letters|a_b.c|/machine.slice/machine-qemu\x2d5\x2da_b.c.scope
machined|web-1|/machine.slice/machine-web\x2d1.scope
nspawn|web-1|/machine.slice/systemd-nspawn@web\x2d1.service/payload
vmspawn|web|/machine.slice/systemd-vmspawn@web.service
Proxmox|100|/qemu.slice/100.scope
Proxmox, a container|101|/lxc/101/ns/init.scope
jailer|3fa8|/firecracker/3fa8|
jailer, of another name|3fa8|/firecracker-v1.7/3fa8|/firecracker-v1.7
jailer, the parent given|3fa8|/vms/firecracker/3fa8|/firecracker
jailer, without an id||/firecracker|/firecracker
Kubernetes|pod/1f3e-77|/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1f3e_77.slice/cri-containerd-99.scope
Kubernetes, best effort|pod/1f3e|/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1f3e.slice/crio-99.scope
Kubernetes, guaranteed|pod/1f3e|/kubepods.slice/kubepods-pod1f3e.slice/cri-containerd-99.scope
Kubernetes, cgroupfs|pod/1f3e-77|/kubepods/burstable/pod1f3e-77/99
... best effort|pod/1f3e|/kubepods/besteffort/pod1f3e/99
... guaranteed|pod/1f3e|/kubepods/pod1f3e/99
Kubernetes, no pod||/kubepods.slice/kubepods-burstable.slice
Kubernetes, no id||/kubepods/burstable/pod
LXC, Incus|box|/lxc.payload.box/system.slice/foo.service
LXC, no name||/lxc.payload.
a service|web|/system.slice/web.service
a service, escaped|a-b|/system.slice/a\x2db.service
a service with an instance|microvm@web|/system.slice/system-microvm.slice/microvm@web.service
a service without a name||/system.slice/.service
a session||/user.slice/user-1000.slice/session-3.scope
a user's own service||/user.slice/user-1000.slice/user@1000.service/app.slice/web.service
a user's own machine||/user.slice/user-1000.slice/user@1000.service/machine.slice/machine-qemu\x2d5\x2dweb.scope
a machine in a service|evil|/system.slice/evil.service/machine.slice/machine-qemu\x2d5\x2dweb.scope
a machine in a machine|evil|/machine.slice/machine-evil.scope/machine.slice/machine-web.scope
a pod in a scope||/system.slice/docker-99.scope/kubepods/pod1f3e/99
a scope of the same end|scope|/machine.slice/machine-scope.scope
a machine without a name||/machine.slice/machine-.scope
the root||/
none||
not a path|web|web.service
slashes|web|//machine.slice///machine-web.scope//
an executable that is a slice||/system.slice|/system.slice
an executable without a name||/a/b|/
no executable||/qemu/b|
a byte that is not text|a\x00b|/system.slice/a\x00b.service
half an escape|a\x2|/system.slice/a\x2.service
no escape|a\xzz|/system.slice/a\xzz.service
an escaped backslash|\x2d|/system.slice/\x5cx2d.service
END
}

test_names() {
	local what name cgroup exe long

	while IFS='|' read -r what name cgroup exe; do
		ok "name: $what" named "$name" "$cgroup" "$exe"
	done < <(names)
	ok 'name: a line of its own' named $'a\nb' '/system.slice/a\x0ab.service'
	ok 'name: as it is' named $'\e[31m' $'/system.slice/\e[31m.service'
	long=$(printf '%0255d' 0)
	ok 'name: the longest' named "pod/$long" "/kubepods/pod$long/99"
	long=$(printf '%04000d' 0)
	ok 'name: longer than any' named "${long:0:263}" "/lxc/$long"
	ok 'name: deep' named x "$(printf '/a%.0s' {1..1500})/x.service"
	ok 'name: of a path that is too long' named '' "/$long$long/x.service"
}

# --- list, and VMs by name ---------------------------------------------------

named_vms() {
	module <<-'END'
		status enforce 3 armed canary
		class web enforce 1 match.cgroup=/web/* vcpus=4
		class db enforce 0 vcpus=7
		class default permissive 0
		vm web enforce pid=11 uid=0 comm=qemu cgroup=/machine.slice/machine-qemu\x2d1\x2dfirst.scope
		vm web enforce pid=12 uid=0 comm=qemu cgroup=/machine.slice/machine-qemu\x2d2\x2dtwin.scope
		vm default enforce pid=13 uid=0 comm=holdvm cgroup=/
		vm web enforce pid=14 uid=0 comm=qemu cgroup=/machine.slice/machine-qemu\x2d4\x2dtwin.scope
		vm web enforce pid=15 uid=0 comm=qemu cgroup=/qemu.slice/101.scope
		vm web enforce pid=16 uid=0 comm=qemu cgroup=/system.slice/x\x0a\x1b[31m\xff"y.service
		vm web enforce pid=17 uid=0 comm=qemu cgroup=/system.slice/db.service
		vm web enforce pid=18 uid=0 comm=qemu cgroup=/system.slice/host.service
	END
}

# row VM: its line of the list, single spaces
row() { awk -v id="$1" '$1 == id { $1 = $1; print }' "$dir/out"; }

test_list() {
	named_vms
	ok 'list' exits 0 list
	ok '... has names' is "$(row 1)" \
		'1 11 root first web enforce 0/4 0/- 0'
	ok '... or else the command' is "$(row 3)" \
		'3 13 root (holdvm) default enforce 0/- 0/- 0'
	ok '... a name cannot add a line' is "$(wc -l <"$dir/out")" 9
	ok '... nor reach the terminal' not_hostile
	ok '... it is shown' says out 'x\x0a\x1b[31m\xff"y'
	ok '... within 80 columns' narrow
	ok 'list -j' exits 0 list -j
	ok '... has names' json '[.vms[].name] == ["first", "twin", null,
		"twin", "101", "x\\x0a\\x1b[31m\\xff\"y", "db", "host"]'
}

not_hostile() { ! LC_ALL=C grep -q $'[^\n -~]' "$dir/out"; }

test_wide_list() {
	local long

	long=$(printf '%063d' 0)
	module <<-END
		status enforce 3 armed canary
		class $long permissive 1
		class default permissive 0
		vm $long permissive pid=4194304 uid=4294967294 used-vcpus=1000 used-memory=1099511627775 cgroup=/system.slice/$long$long.service
		vm default permissive cgroup=/system.slice/a.service
	END
	ok 'list of the widest' exits 0 list
	ok '... is within 80 columns' narrow
	ok '... what is cut is marked' says out '0000.. '
	ok '... and uses them' is "$(awk 'length > max { max = length }
		END { print max }' "$dir/out")" 80
	ok '... the rest is in JSON' exits 0 list -j
	ok '... whole' json ".vms[0].name == \"$long$long\""
}

# shown ID NAME: show finds that VM
shown() { exits 0 show "$2" && says out "VM         $1"; }

test_show_name() {
	named_vms
	ok 'show of a name' shown 1 first
	ok '... says it' says out 'name       first'
	ok '... and within 80 columns' narrow
	ok 'show of a VM without a name' shown 3 3
	ok '... says none' test "$(grep -c '^name' "$dir/out")" == 0
	ok 'a name, in JSON' exits 0 show -j first
	ok '... is one' json '.id == 1 and .name == "first"'
	ok 'a name with vm:' shown 2 2
	ok 'two of the same name' refuses 1 \
		'2 VMs are called `twin'\'': say which by its id: 2, 4' show twin
	ok 'a name that nobody has' refuses 1 'no VM is called `third' show third
	ok 'a command is none' refuses 1 'no VM is called `holdvm' show holdvm
	ok '... nor as it is listed' refuses 1 'no VM is called' show '(holdvm)'
	ok 'a number is an id' refuses 1 'no VM 101 on record' show 101
	ok '... a name with vm:' shown 5 vm:101
	ok 'a hostile name' shown 6 $'x\n\e[31m\xff"y'
	ok '... is shown' says out 'name       x\x0a\x1b[31m\xff"y'
	ok '... which is a way to call it, too' shown 6 'x\x0a\x1b[31m\xff"y'
	ok 'a hostile name that nobody has' refuses 1 'called `\x1b[31m' \
		show $'\e[31m'
	ok 'no name' refuses 2 'is not the id of a VM, nor its name' show ''
	ok '... nor with vm:' refuses 2 'is not the id of a VM, nor' show vm:
	ok '... nor a number that is too large' refuses 2 'is not the id' \
		show 18446744073709551616
}

test_many_namesakes() {
	{
		echo 'status enforce 3 armed canary'
		echo 'class default enforce 12'
		printf 'vm default enforce cgroup=/lxc/a%.0s\n' {1..12}
	} | module
	ok 'twelve of one name' refuses 1 \
		'12 VMs are called `a'\'': say which by its id: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...' \
		show a
}

test_set_name() {
	named_vms
	ok 'set of a VM by name' exits 0 set first vcpus=3
	ok '... is that VM' did 'set 1 change 0 own 0 deny 0 limits 1 own 1'
	ok '... told by both' says out 'VM 1 (first, qemu[11], class web): vcpus = '
	ok 'set of a class that is also a VM'\''s name' exits 0 set db vcpus=8
	ok '... is of the class' did 'add db mode 2 vcpus 8'
	ok '... and not of the VM' test "$(grep -c '^set' "$FAKE_MODULE.log")" == 0
	ok 'set of the VM' exits 0 set vm:db vcpus=8
	ok '... with vm:' did 'set 7 change'
	ok 'set of host is not of a VM' exits 0 set host vcpus=8
	ok '... of that name' test "$(grep -c '^set' "$FAKE_MODULE.log")" == 0
	ok 'class: is of a class' refuses 1 'no class `first'\'' in force;' \
		set class:first vcpus=8
	ok 'a number is an id' refuses 1 'no VM 101 on record' \
		set 101 nested=deny
	ok '... a name with vm:' exits 0 set vm:101 nested=deny
	ok '... of that VM' did 'set 5 change 1'
	ok 'two of the same name' refuses 1 'say which by its id: 2, 4' \
		set twin nested=deny
	ok 'a name that nobody has' refuses 1 'no VM is called `third' \
		set vm:third nested=deny
	ok 'neither class nor VM' refuses 1 \
		'no class `webb'\'' in force, and no VM of that name; did you mean `web' \
		set webb nested=deny
	ok 'a name with a bad key' refuses 2 'did you mean `memory' \
		set first memry=1
	ok 'no name' refuses 2 'is not the id of a VM, nor' set vm: nested=deny
	rm "$FAKE_MODULE"
	ok 'without a module' refuses 3 'the module is not loaded' \
		set first nested=deny
}

# --- show: limits, and what has set them --------------------------------------

limited_vms() {
	module <<-'END'
		status enforce 3 armed canary vms=200 user-vms=100 user-vcpus=9 used-memory=1073741824
		class web enforce 1 match.cgroup=/web/** match.uid=0 vcpus=4 memory=8589934592 user-vms=4 total-memory=17179869184 used-memory=1073741824
		class other enforce 0 match.cgroup=/other/* user-vms=5
		class default permissive 0
		cgroup /web/a/* 5
		cgroup /web/** 4 vcpus=77
		cgroup /other/** 4
		vm web enforce uid=0 cgroup=/web/a/c used-memory=1073741823 used-memslots=3 own-vcpus=3
		vm default permissive uid=4294967294 cgroup=/webb used-vcpus=2
		vm default permissive moved own deny uid=0
		account cgroup /web/a 1 4 limit-vcpus=77
		account cgroup /web/a/c 1 5
		account cgroup /web/b 1 4
		account cgroup /webb/c 1 4
		account user 0 1 4 web
		account user 0 2 100 limit-vcpus=9 used-vcpus=3
		account user 0 7 5 other
		account user 1 8 100
	END
}

# What is in force, as files: line by line
limited_file() {
	mkdir -p "$FAKE_ETC"
	printf '%s\n' '[policy]' 'version = 3' 'mode = enforce' '[host]' \
		'vms = 200' 'per-user.vms = 100' 'per-user.vcpus = 9' \
		'[cgroup /web/a/*]' 'vms = 5' \
		'[cgroup /web/**]' 'vms = 4' 'vcpus = 77' \
		'[cgroup /other/**]' 'vms = 4' \
		'[class web]' 'match.user = root' 'match.cgroup = /web/**' \
		'vcpus = 4' 'memory = 8G' 'memslots = 8192' 'per-user.vms = 4' \
		'total.memory = 16G' \
		'[class other]' 'match.cgroup = /other/*' 'per-user.vms = 5' \
		'[class default]' 'mode = permissive' \
		>"$FAKE_ETC/policy.conf"
}

# limits: the table of the last run, single spaces, without its head
limits() { sed '1,/^LIMIT/d; s/  */ /g' "$dir/out"; }

test_show() {
	local conf=/etc/kvmwarden/policy.conf

	limited_vms
	limited_file
	ok 'show' exits 0 show 1
	ok '... has every limit on the way, its use, and its line' is "$(limits)" \
		"vcpus 0/3 this VM kvmwarden set
memory 1023.9M/8G this VM $conf:19
memslots 3/8192 this VM $conf:20
ioeventfds 0/16384 this VM default
coalesced 0/256 this VM default
irqfds 0/8192 this VM default
hv-events 0/256 this VM default
irq-routes 0/4096 this VM default
guest-memfd 0/64T this VM default
per-user.vms 1/4 user root in class web $conf:21
per-user.vms 2/100 user root $conf:6
per-user.vcpus 3/9 user root $conf:7
vms 1/4 cgroup /web/a $conf:11
vcpus 0/77 cgroup /web/a $conf:12
vms 1/5 cgroup /web/a/c $conf:9
total.memory 1G/16G class web $conf:22
vms 3/200 the host $conf:5"
	ok '... the class, and where it is' says out "class      web  $conf:15"
	ok '... the rule that chose it' says out \
		"             match.user = root  $conf:16"
	ok '... all of it' says out \
		"             match.cgroup = /web/**  $conf:17"
	ok '... the mode, which is that of the policy' says out \
		"mode       enforce  $conf:3"
	ok '... within 80 columns' narrow
	ok 'show of a VM in class default' exits 0 show 2
	ok '... says why it is there' says out \
		"class      default, for all that no other class takes"
	ok '... whose mode is its own' says out "mode       permissive  $conf:27"
	ok '... and which limits it meets' is "$(limits | grep -v default)" \
		"vms 3/200 the host $conf:5"
	ok '... and has none of' is "$(limits | head -n 2)" \
		'vcpus 2/- this VM default
memory 0/- this VM default'
	ok '... within 80 columns' narrow
	ok 'show of a VM that was set by hand' exits 0 show 3
	ok '... says so of its class' says out \
		'class      default, set for this VM, whatever the policy says'
	ok '... and of what it may not do' says out \
		'nested     deny, set for this VM, whatever its class says'
}

test_show_json() {
	local conf=/etc/kvmwarden/policy.conf

	ok 'show -j' exits 0 show -j 1
	ok '... says that files say the same' json '.policy_files == "same"'
	ok '... has each limit once' json '.limits | length == 17 and
		(map([.reason, .whose]) | unique | length == 17)'
	ok '... of whom each is' json '[.limits[].of] == ["vm", "vm", "vm", "vm",
		"vm", "vm", "vm", "vm", "vm", "user", "host-user", "host-user",
		"cgroup", "cgroup", "cgroup", "class", "host"]'
	ok '... one that was set by hand' json '.limits[0] == { reason: "vm-vcpus",
		of: "vm", key: "vcpus", section: null, default: false,
		whose: "this VM", used: 0, limit: 3, file: null, line: null }'
	ok '... one of a cgroup' json '.limits[14] == { reason: "cgroup-vms",
		of: "cgroup", key: "vms", section: "cgroup /web/a/*",
		default: false, whose: "cgroup /web/a/c", used: 1, limit: 5,
		file: "'"$conf"'", line: 9 }'
	ok '... a default that no line says' json '.limits[3] |
		.default and .file == null and .section == "class web"'
	ok '... and one that a line says' json '.limits[2] |
		.default and .line == 20'
	ok '... the rule' json '.class_at == { file: "'"$conf"'", line: 15 } and
		.criteria == [{ key: "match.user", value: "root",
		file: "'"$conf"'", line: 16 }, { key: "match.cgroup",
		value: "/web/**", file: "'"$conf"'", line: 17 }] and
		.mode_at.line == 3 and .nested_at.line == null'
	ok 'show -j of no limit' exits 0 show -j 2
	ok '... is null' json '.limits[0].limit == null and .limits[0].used == 2'
	ok 'list -j' exits 0 list -j
	ok '... has all that, too' json '.policy_files == "same" and
		(.vms[0].limits | length == 17) and
		.vms[0].criteria[1].line == 17 and .vms[2].criteria == []'
}

# Not a wrong line, whatever the files say.
test_show_differs() {
	sed -i 's/^memory = 8G/memory = 9G/
		s/^match.user = root/match.user = daemon/' "$FAKE_ETC/policy.conf"
	ok 'show where files differ' exits 0 show 1
	ok '... says so' says out 'The policy files differ from what is in force'
	ok '... has no line of what differs' is "$(limits | sed -n 2p)" \
		'memory 1023.9M/8G this VM [class web]'
	ok '... nor of the rule' is "$(grep -c 'match.user = root$' "$dir/out")" 1
	ok '... has those of what is the same' says out \
		'/etc/kvmwarden/policy.conf:11'
	ok '... within 80 columns' narrow
	ok '... in JSON' exits 0 show -j 1
	ok '... too' json '.policy_files == "differ" and
		.limits[1].section == "class web" and
		.limits[1].line == null and .criteria[0].line == null'
	sed -i 's/^mode = permissive/mode = off/' "$FAKE_ETC/policy.conf"
	ok 'a mode that differs' exits 0 show 2
	ok '... has no line' says out 'mode       permissive'
	ok '... at all' test "$(grep -c '^mode.*conf' "$dir/out")" == 0
	sed -i '/^mode = off/d' "$FAKE_ETC/policy.conf"
	ok '... nor that of the policy' exits 0 show 2
	ok '... which is another' test "$(grep -c '^mode.*conf' "$dir/out")" == 0
	sed -i '/^.class web/,/^total/d' "$FAKE_ETC/policy.conf"
	ok 'a class that no file has' exits 0 show 1
	ok '... has no line' is "$(grep '^class' "$dir/out")" 'class      web'
	ok '... nor have its limits' is "$(limits | grep -c 'conf:1[5-9]')" 0
}

test_show_no_files() {
	echo '[junk]' >"$FAKE_ETC/policy.conf"
	ok 'show where files have errors' exits 0 show 1
	ok '... says so' says out 'No lines are told: the policy files have errors'
	ok '... and none of them' test ! -s "$dir/err"
	ok '... has no line' is "$(grep -c 'policy\.conf' "$dir/out")" 0
	ok '... in JSON' exits 0 show -j 1
	ok '... too' json '.policy_files == "unreadable" and .class_at.line == null'
	rm -r "${FAKE_ETC:?}"
	ok 'show where there are none' exits 0 show 1
	ok '... says so' says out 'or there are none, see'
	ok '... has no line' is "$(grep -c 'policy\.conf' "$dir/out")" 0
	ok 'list -j where there are none' exits 0 list -j
	ok '... says so' json '.policy_files == "unreadable"'
}

# What others have named must not reach the terminal.
test_show_hostile() {
	local bad=$'\e[31m\xff"'

	module <<-END
		status enforce 3 armed canary
		class web enforce 1 match.cgroup=/web/**
		class default permissive 0
		cgroup /** 4
		vm web enforce uid=0 comm=$bad cgroup=/$bad/x exe=/$bad label=$bad
		account cgroup /$bad 1 4
	END
	ok 'show of a hostile VM' exits 0 show 1
	ok '... is safe to print' not_hostile
	ok '... and says it all' says out 'cgroup /\x1b[31m\xff"'
	ok '... in JSON' exits 0 show -j 1
	ok '... which is valid' json '.limits[-1].whose ==
		"cgroup /\\x1b[31m\\xff\""'
	echo 'error 12' >>"$FAKE_MODULE"
	ok 'show without kernel memory' refuses 1 'has not enough memory' show 1
	ok 'list -j, too' refuses 1 'has not enough memory' list -j
}

# --- metrics -----------------------------------------------------------------

# has LINE: the last run has printed just that one
has() { grep -qxF -- "$1" "$dir/out" || show_output "$1"; }

has_not() { ! grep -qE -- "$1" "$dir/out" || show_output "$1"; }

# valid: by Prometheus' own tool, of the last run
valid() { "$promtool" check metrics <"$dir/out"; }

ok_valid() {
	if [[ -n $promtool ]]; then
		ok "$1" valid
	else
		tap_skip "$1" 'no promtool: see selftests/promtool'
	fi
}

# families: names of metrics, without their samples' endings
families() { sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' "$dir/out"; }

# Every sample is of the metric whose HELP and TYPE came last, which come once.
grouped() {
	awk '$2 == "HELP" { if (seen[$3]++) bad = 1; help = $3; next }
		$2 == "TYPE" { if ($3 != help) bad = 1; name = $3; next }
		{ sub(/[{ ].*/, "") } $0 != name { bad = 1 }
		END { exit bad || !name }' "$dir/out" || show_output
}

version() { "$tool" version -j | jq -r .version; }

test_metrics() {
	limited_vms
	cat >>"$FAKE_MODULE" <<-'END'
		hook kvm_arch_destroy_vm kvm armed
		hook handle_vmxon kvm_intel waiting
	END
	sed -i 's/^vm web .*/& denied=1 permitted=1 pid=7/
		s/^status.*/& denied=12 locked digest=2/
		s/^class other.*/& permitted=2/' "$FAKE_MODULE"
	ok 'metrics' exits 0 metrics
	ok_valid '... as Prometheus wants them'
	ok '... those of a name together' grouped
	ok '... up' has 'kvmwarden_up 1'
	ok '... the module' has "kvmwarden_info{version=\"$(version)\",abi=\"1\"} 1"
	ok '... armed' has 'kvmwarden_armed 1'
	ok '... canary' has 'kvmwarden_hooks_alive 1'
	ok '... build' has 'kvmwarden_wrong_build 0'
	ok '... lock' has 'kvmwarden_locked 1'
	ok '... mode and digest' has "kvmwarden_policy_info{mode=\"enforce\",digest=\"$(printf '02%.0s' {1..32})\"} 1"
	ok '... version' has 'kvmwarden_policy_version 3'
	ok '... generation' has 'kvmwarden_policy_generation 3'
	ok '... nothing to confirm' has 'kvmwarden_policy_unconfirmed 0'
	ok '... nor a time' has_not kvmwarden_policy_rollback_seconds
	ok '... a hook' has 'kvmwarden_hook_state{function="kvm_arch_destroy_vm",module="kvm",state="armed"} 1'
	ok '... one that waits' has 'kvmwarden_hook_state{function="handle_vmxon",module="kvm_intel",state="waiting"} 1'
	ok '... the host' has 'kvmwarden_host_vms 3'
	ok '... its limit' has 'kvmwarden_host_vms_limit 200'
	ok '... its memory' has 'kvmwarden_host_memory_bytes 1073741824'
	ok '... no sample of what is unlimited' has_not kvmwarden_host_memory_limit
	ok '... a class' has 'kvmwarden_class_memory_bytes{class="web"} 1073741824'
	ok '... its limit' has 'kvmwarden_class_memory_limit_bytes{class="web"} 17179869184'
	ok '... of that one alone' is "$(grep -c '^kvmwarden_class_memory_limit_bytes' "$dir/out")" 1
	ok '... its mode' has 'kvmwarden_class_info{class="default",mode="permissive"} 1'
	ok '... a user' has 'kvmwarden_user_vcpus{uid="0",user="root"} 3'
	ok '... his limit' has 'kvmwarden_user_vcpus_limit{uid="0",user="root"} 9'
	ok '... a user in a class' has 'kvmwarden_class_user_vms{class="web",uid="0",user="root"} 1'
	ok '... a cgroup' has 'kvmwarden_cgroup_vms{cgroup="/web/a"} 1'
	ok '... its limit' has 'kvmwarden_cgroup_vcpus_limit{cgroup="/web/a"} 77'
}

test_metrics_vms() {
	local r

	ok '... a VM' has 'kvmwarden_vm_info{vm="1",name="",class="web",uid="0",user="root",pid="7",comm="",cgroup="/web/a/c",mode="enforce",nested="allow"} 1'
	ok '... its memory' has 'kvmwarden_vm_memory_bytes{vm="1",name="",class="web",uid="0"} 1073741823'
	ok '... its limit' has 'kvmwarden_vm_memory_limit_bytes{vm="1",name="",class="web",uid="0"} 8589934592'
	ok '... one of its own' has 'kvmwarden_vm_vcpus_limit{vm="1",name="",class="web",uid="0"} 3'
	ok '... none' has_not '^kvmwarden_vm_vcpus_limit.vm="2"'
	ok '... with what it has' has 'kvmwarden_vm_vcpus{vm="2",name="",class="default",uid="4294967294"} 2'
	for r in memslots ioeventfds coalesced irqfds hv_events irq_routes; do
		ok "... $r" is "$(grep -c "^kvmwarden_vm_$r{" "$dir/out")" 3
		ok '... and their limit' is \
			"$(grep -c "^kvmwarden_vm_${r}_limit{" "$dir/out")" 3
	done
	ok '... guest_memfd' has 'kvmwarden_vm_guest_memfd_limit_bytes{vm="3",name="",class="default",uid="0"} 70368744177664'
	ok '... denials' has 'kvmwarden_denials_total{reason="user-vcpus",mode="enforced"} 1'
	ok '... those that were not' has 'kvmwarden_denials_total{reason="nested",mode="permissive"} 0'
	ok '... of each reason' is "$(grep -c '^kvmwarden_denials_total' "$dir/out")" 54
	ok '... of a class' has 'kvmwarden_class_denials_total{class="other",reason="class-vms",mode="permissive"} 1'
	ok '... of a VM' has 'kvmwarden_vm_denials_total{vm="1",name="",class="web",uid="0",reason="vm-memory",mode="enforced"} 1'
	ok '... let through' has 'kvmwarden_vm_denials_total{vm="1",name="",class="web",uid="0",reason="vm-memory",mode="permissive"} 1'
	ok '... of that VM alone' has_not 'vm_denials_total.vm="[23]"'
}

# Every one that there is
test_metrics_documented() {
	local limits='limit-vcpus=1 limit-memory=1'
	local totals='total-vms=1 total-vcpus=1 total-memory=1 denied=1'

	module <<-END
		status enforce 3 armed canary confirm=1 vms=1 vcpus=1 memory=1
		class default enforce 1 vcpus=1 memory=1 $totals
		vm default enforce denied=1
		account user 0 1 1 $limits
		account user 0 1 1 default $limits
		account cgroup /a 1 1 $limits
		hook kvm_arch_destroy_vm kvm armed
	END
	ok 'metrics of all that there is' exits 0 metrics
	ok_valid '... are valid'
	ok '... are documented, and no others' documented_metrics
}

documented_metrics() {
	diff <(families | sort) <(sort <(sed -n \
		's/^| `\(kvmwarden_[a-z_]*\)`.*/\1/p' "$tree/Documentation/tool.md"))
}

test_metrics_states() {
	sound_states 'armed canary layout confirm=42500'
	ok 'metrics of a policy that awaits confirmation' exits 0 metrics
	ok_valid '... are valid'
	ok '... say so' has 'kvmwarden_policy_unconfirmed 1'
	ok '... and for how long' has 'kvmwarden_policy_rollback_seconds 43'
	ok '... of a wrong build' has 'kvmwarden_wrong_build 1'
	sound_states ''
	ok 'metrics of a module that is disarmed' exits 0 metrics
	ok '... say so' has 'kvmwarden_armed 0'
	ok '... and that hooks do not fire' has 'kvmwarden_hooks_alive 0'
	ok '... that it is up' has 'kvmwarden_up 1'
	ok_valid '... are valid'
	ok '... have nothing of VMs' has_not kvmwarden_vm_
	ok '... nor of users' has_not kvmwarden_user_
}

sound_states() {
	module <<-END
		status enforce 18446744073709551615 $1
		class default enforce 0
	END
}

test_metrics_hostile() {
	module <<-'END'
		status enforce 3 armed canary
		class default enforce 1
		cgroup /** 9
		vm default enforce comm=a"b\c{}, cgroup=/system.slice/a\x0ab"c\x5cd.service
		vm default enforce comm=END cgroup=/lxc/grün
		account cgroup /a\x1b 1 9
		account user 0 1 9
		account user 0 2 9
		account cgroup /a 1 9
	END
	printf '%s\n' $'account cgroup /a\e 2 9' $'account cgroup /b\xff\\"z 3 9' \
		$'account cgroup /c\xc2\x9b 4 9' $'account cgroup /d\xed\xa0\x80 5 9' \
		>>"$FAKE_MODULE"
	ok 'metrics of hostile names' exits 0 metrics
	ok_valid '... are valid'
	ok '... and safe to print' not_hostile_utf8
	ok '... a newline, a quote, a backslash' says out \
		'name="a\nb\"c\\d",class='
	ok '... in a command' says out 'comm="a\"b\\c{},",cgroup='
	ok '... other languages are let be' says out 'name="grün"'
	ok '... a backslash' has 'kvmwarden_cgroup_vms{cgroup="/a\\x1b"} 1'
	ok '... is not taken for what it stands for' has \
		'kvmwarden_cgroup_vms{cgroup="escaped:/a\\x1b"} 2'
	ok '... no text' has \
		'kvmwarden_cgroup_vms{cgroup="escaped:/b\\xff\\x5c\\x22z"} 3'
	ok '... control characters of UTF-8' has \
		'kvmwarden_cgroup_vms{cgroup="escaped:/c\\xc2\\x9b"} 4'
	ok '... what only looks like UTF-8' has \
		'kvmwarden_cgroup_vms{cgroup="escaped:/d\\xed\\xa0\\x80"} 5'
	ok 'an account that comes again while it is read' has \
		'kvmwarden_user_vms{uid="0",user="root"} 2'
	ok '... is there once' is "$(grep -c '^kvmwarden_user_vms{' "$dir/out")" 1
	ok '... as is each sample' is "$(sed 's/ [0-9]*$//' "$dir/out" |
		grep -v '^#' | sort | uniq -d)" ''
}

not_hostile_utf8() { ! LC_ALL=C grep -q $'[^\n -~\xc3\xbc]' "$dir/out"; }

test_metrics_failed() {
	rm "$FAKE_MODULE"
	ok 'metrics without a module' exits 0 metrics
	ok '... say that it is not up' has 'kvmwarden_up 0'
	ok '... and nothing else' is "$(grep -vc '^#' "$dir/out")" 1
	ok '... not even an error' test ! -s "$dir/err"
	ok_valid '... are valid'
	echo 'error 25' | module
	ok 'metrics of a module that is too old' exits 1 metrics
	ok '... say that it is not up' has 'kvmwarden_up 0'
	ok '... and why' says err 'older than this tool'
	ok_valid '... are valid'
	echo 'error 1' | module
	ok 'metrics without rights' refuses 4 'no permission' metrics
	ok 'metrics takes no argument' refuses 2 'too many' metrics x
	ok '... has no JSON' refuses 2 'has no option --json' metrics -j
	ok '... -o is for metrics' refuses 2 'has no option --output' list -o x
}

# --- metrics -o --------------------------------------------------------------

# alone FILE...: in the directory there are these and no more
alone() { is "$(ls -A "$dir/prom")" "$(printf '%s\n' "$@")"; }

# writes STATUS FILE
writes() { exits "$1" metrics -o "$2" && [[ ! -s $dir/out ]]; }

# cannot_write TEXT FILE: which then is as it was
cannot_write() {
	exits 1 metrics -o "$2" && says err "$1" && [[ ! -s $dir/out ]]
}

test_metrics_file() {
	local file=$dir/prom/kvmwarden.prom

	mkdir "$dir/prom"
	sound_states 'armed canary'
	ok 'metrics -o' writes 0 "$file"
	ok '... leaves that file alone' alone kvmwarden.prom
	ok '... to be read by all' is "$(stat -c %a "$file")" 644
	ok '... which is what is printed without' exits 0 metrics
	ok '... to the letter' cmp "$dir/out" "$file"
	echo old >"$file"
	chmod 640 "$file"
	ln "$file" "$dir/prom/old"
	ok 'metrics -o over a file' writes 0 "$file"
	ok '... which is not written to' is "$(<"$dir/prom/old")" old
	ok '... but replaced' grep -qx 'kvmwarden_up 1' "$file"
	ok '... as readable as it was' is "$(stat -c %a "$file")" 640
	rm "$dir/prom/old"
	ok '... and no other' alone kvmwarden.prom
	ok 'a name without a directory' in_prom 0 short.prom
	rm "$dir/prom/short.prom"
	rm "$FAKE_MODULE"
	ok 'metrics -o without a module' writes 0 "$file"
	ok '... says so there' grep -qx 'kvmwarden_up 0' "$file"
}

# in_prom STATUS FILE: from within
in_prom() { cd "$dir/prom" && writes "$@" && [[ -s $2 ]]; }

test_metrics_no_file() {
	local file=$dir/prom/kvmwarden.prom

	echo 'error 1' | module
	echo old >"$file"
	ok 'metrics -o without rights' refuses 4 'no permission' metrics -o "$file"
	ok '... leaves it as it was' is "$(<"$file")" old
	sound_states 'armed canary'
	ok 'onto a full disk' full "$file"
	ok '... leaves it as it was' is "$(<"$file")" old
	ok '... and nothing else' alone kvmwarden.prom
	ok 'into a directory that is not there' \
		cannot_write 'No such file or directory; it was not changed' \
		"$dir/nowhere/x.prom"
	ok 'over a directory' cannot_write 'not a regular file' "$dir/prom"
	ok 'over a device' cannot_write 'not a regular file' /dev/null
	ok '... which is still there' test -c /dev/null
	ln -s "$file" "$dir/link"
	ok 'over a link' cannot_write 'not a regular file' "$dir/link"
	ok '... which is still there' test -L "$dir/link"
	ok 'without a name' cannot_write 'No such file' ''
	ok 'a hostile name' cannot_write '\x1b[31m' "$dir/"$'\e[31m/x'
}

full() {
	local said rc=0

	said=$(
		trap '' XFSZ
		ulimit -f 0
		"$tool" metrics -o "$1" 2>&1
	) || rc=$?
	is "$rc $said" "1 kvmwarden: cannot write $1: File too large; it was not changed"
}

# --- all of it ---------------------------------------------------------------

fake_set_up
promtool=$("$bed_dir/promtool") || promtool=
for test in names list wide_list show_name many_namesakes set_name show \
	show_json show_differs show_no_files show_hostile metrics metrics_vms \
	metrics_documented metrics_states metrics_hostile metrics_failed \
	metrics_file metrics_no_file; do
	"test_$test"
done
tap_done
