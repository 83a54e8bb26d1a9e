#!/bin/bash
# kvmwarden doctor on a real host, which is first made as bad as can be and then
# kept well: it finds each fault, mends those it can, and in the end nothing
# that is worth a warning but what an emulated machine cannot have. TAP; reloads
# KVM and changes whatever it can, so for the test bed only:
#   selftests/boot --turns --append mitigations=auto --timeout 600 -- \
#       selftests/tool-doctor-live.sh
# shellcheck disable=SC2317 # nearly all is called by ok, with its name
# shellcheck disable=SC2016 # what is quoted is evaluated later

set -uo pipefail
# shellcheck source=selftests/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"
# shellcheck source=selftests/lib/tap.sh
. "$bed_dir/lib/tap.sh"
# shellcheck source=selftests/lib/await.sh
. "$bed_dir/lib/await.sh"

tenant='libvirt-qemu'
libvirt=/var/lib/libvirt
declare -A level
declare -a vmms=()

# --- the tool ----------------------------------------------------------------

show_output() {
	sed 's/^/out: /' "$dir/out"
	sed 's/^/err: /' "$dir/err"
	return 1
}

# exits STATUS ARGUMENT...
exits() {
	local rc=0

	kvmwarden "${@:2}" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	((rc == $1)) && return
	echo "exit status $rc, wanted $1"
	show_output
}

# examine: sets ${level[ID]} of each check
examine() {
	local word id rest

	kvmwarden doctor >"$dir/out" 2>"$dir/err" </dev/null
	level=()
	while read -r word id rest; do
		[[ ! $word =~ ^(note|warning|problem)$ ]] ||
			level[${id%:}]=$word
	done < <(grep -E '^[a-z]' "$dir/out")
}

# is_found LEVEL ID
is_found() {
	[[ ${level[$2]-} == "$1" ]] && return
	echo "$2: ${level[$2]-not found}, wanted $1"
	kvmwarden doctor "$2"
	return 1
}

# --- settings and modes --------------------------------------------------------

# What is wrong: id, level, how it is made so, how it is mended: - by --fix.
faults=(
	'kptr|warning|sysctl kernel.kptr_restrict=0|-'
	'dmesg|warning|sysctl kernel.dmesg_restrict=0|-'
	'ptrace|warning|sysctl kernel.yama.ptrace_scope=0|-'
	'perf-events|warning|sysctl kernel.perf_event_paranoid=-1|-'
	'unprivileged-bpf|warning|sysctl kernel.unprivileged_bpf_disabled=0|-'
	'userfaultfd|warning|sysctl vm.unprivileged_userfaultfd=1|-'
	'userfaultfd-dev|warning|chmod 666 /dev/userfaultfd|-'
	'suid-dumpable|warning|sysctl fs.suid_dumpable=1|-'
	'panic-on-oom|warning|sysctl vm.panic_on_oom=1|-'
	'panic-on-warn|warning|sysctl kernel.panic_on_warn=1|-'
	'user-namespaces|note|:|sysctl kernel.unprivileged_userns_clone=0'
	'overcommit|warning|sysctl vm.overcommit_memory=1|sysctl vm.overcommit_memory=0'
	'ksm|warning|echo 1 >/sys/kernel/mm/ksm/run|-'
	'hugepages|warning|more_huge_pages 999999|more_huge_pages 0'
	'debugfs|warning|chmod 755 /sys/kernel/debug|-'
	'tracefs|warning|chmod 755 /sys/kernel/tracing|-'
	'swap|warning|swap_on|swap_off'
	'ignore-msrs|warning|kvm_badly|-'
	'force-emulation|warning|:|-'
	'eager-page-split|note|:|-'
	'halt-polling|note|:|-'
	'dump-invalid|note|:|-'
	'kvm-access|warning|chmod 666 /dev/kvm|-'
	'kvm-acl|warning|setfacl -m u:nobody:rw /dev/kvm|setfacl -b /dev/kvm'
	'vmware-backdoor|warning|:|kvm_well'
	'paging|problem|:|:'
	'vhost-net|warning|vhost 1; chmod 666 /dev/vhost-net|-'
	'vhost-vsock|warning|chmod 666 /dev/vhost-vsock|-'
	'vhost-zerocopy|note|:|vhost 0'
	'bridge-isolation|warning|networks|isolate'
	'bridge-flooding|warning|:|-'
	'bridge-routing|warning|:|sysctl net.ipv4.conf.br0.forwarding=0'
	'bridge-localnet|warning|:|sysctl net.ipv4.conf.br0.route_localnet=0'
	'promiscuous|warning|:|ip link set tap9 promisc off'
	'macvtap|note|:|ip link delete mvt1'
	'saved-state|problem|files|-'
	'disk-images|warning|:|chmod 600 $libvirt/images/disk.raw'
	'libvirt-socket|problem|libvirt_badly|libvirt_well'
	'libvirt-tcp|problem|:|:'
	'libvirt-migration|warning|:|:'
	'libvirt-screens|warning|:|:'
	'libvirt-confined|warning|:|:'
	'fixes-nested|problem|list_fix nested|rm /etc/kvmwarden/kvm-fixes'
	'policy-age|note|old_policy|touch /etc/kvmwarden/policy.conf'
	'policy-files|problem|chmod 666 /etc/kvmwarden/policy.conf|-'
	'policy|warning|:|apply_policy'
	'nested|warning|:|:'
	'boot|warning|:|set_up_boot'
	'boot-policy|warning|:|:'
	'vnc|problem|vmms_badly|vmms_well'
	'spice|problem|:|:'
	'incoming|problem|:|:'
	'qemu-control|problem|:|:'
	'nbd|problem|:|:'
	'vmm-root|warning|:|:'
	'vmm-seccomp|note|:|:'
	'vmm-oom|warning|:|:'
	'vmm-ports|note|:|:'
	'core-dumps|warning|:|:'
	'lock|note|:|kvmwarden lock --yes'
)

# What nobody can mend here, none of it worth more than a note.
beyond=(
	'vmm-confined: no security module has a profile for QEMU here'
	'iommu: QEMU would have to emulate one'
	'fixes-kvm: of one, Debian 12 has no fix'
	'lockdown: then no module of ours could be loaded again'
	'module-signing: nobody has signed kvmwarden.ko'
)

more_huge_pages() {
	echo "$1" >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_overcommit_hugepages
}

swap_on() {
	truncate -s 8M /run/swap
	modprobe loop
	losetup /dev/loop0 /run/swap
	mkswap /dev/loop0
	swapon /dev/loop0
}

swap_off() {
	swapoff /dev/loop0
	losetup -d /dev/loop0
}

# --- KVM ---------------------------------------------------------------------

kvm_badly() {
	modprobe -r kvm_amd kvm
	modprobe kvm ignore_msrs=1 enable_vmware_backdoor=1 \
		force_emulation_prefix=1 eager_page_split=0 halt_poll_ns=900000
	modprobe kvm_amd npt=0 dump_invalid_vmcb=1
}

# With all VMs stopped, as the doctor says.
kvm_well() {
	kill -KILL "${vmms[@]}"
	await 20 not kill -0 "${vmms[@]}"
	modprobe -r kvm_amd kvm
	modprobe kvm_amd
	# udev's part
	chgrp "$kvm" /dev/kvm
	chmod 660 /dev/kvm
}

# vhost ZEROCOPY
vhost() {
	modprobe -r vhost_net vhost_vsock
	modprobe -a vhost_vsock tun
	modprobe vhost_net experimental_zcopytx="$1"
	chmod 660 /dev/vhost-net /dev/vhost-vsock
}

# --- networks ------------------------------------------------------------------

tap() {
	ip tuntap add "$1" mode tap
	ip link set "$1" up
}

networks() {
	modprobe -a bridge dummy macvtap
	ip link add br0 type bridge ageing_time 0
	ip address add 192.0.2.1/24 dev br0
	ip link set br0 up
	tap tap0
	tap tap1
	tap tap9
	ip link set tap0 master br0
	ip link set tap1 master br0
	ip link set tap9 promisc on
	sysctl net.ipv4.conf.br0.forwarding=1 net.ipv4.conf.br0.route_localnet=1
	ip link add dummy0 type dummy
	ip link add link dummy0 name mvt0 type macvtap mode bridge
	ip link add link dummy0 name mvt1 type macvtap mode bridge
}

# As `bridge link set dev TAP isolated on' does it
isolate() {
	echo 1 >/sys/class/net/tap0/brport/isolated
	echo 1 >/sys/class/net/tap1/brport/isolated
}

# --- files ---------------------------------------------------------------------

# into FILE: standard input
into() {
	mkdir -p "${1%/*}"
	cat >"$1"
}

files() {
	into "$libvirt/qemu/save/guest.save" <<<memory
	into "$libvirt/images/disk.raw" <<<disk
	into "$libvirt/images/install.iso" <<<'what all may read'
	chmod 644 "$libvirt"/{qemu/save/guest.save,images/disk.raw}
}

libvirt_badly() {
	into /etc/libvirt/libvirtd.conf <<-'END'
		listen_tcp = 1
		auth_tcp = "none"
		auth_unix_rw = "none"
		unix_sock_rw_perms = "0777"
	END
	into /etc/libvirt/qemu.conf <<-'END'
		security_driver = "none"
		vnc_listen = "0.0.0.0"
	END
}

libvirt_well() {
	into /etc/libvirt/libvirtd.conf <<<'auth_unix_rw = "polkit"'
	into /etc/libvirt/qemu.conf <<<'migrate_tls_force = 1'
}

# list_fix PATH: one that no kernel has
list_fix() {
	into /etc/kvmwarden/kvm-fixes <<-END
		date 2026-01-01
		CVE-2026-0000 $1 any 5.0 99.0 6.1.999
	END
}

old_policy() {
	into /etc/kvmwarden/policy.conf <<-END
		[policy]
		version = 1
		mode = enforce
		[host]
		memory = 1G
		[class tenant]
		match.user = $tenant
		memory = 512M
		[class default]
		nested = deny
		vcpus = 8
		memory = 1G
	END
	sed -i '/^memory = 512M/a nested = deny' /etc/kvmwarden/policy.conf
	touch -d '-2 years' /etc/kvmwarden/policy.conf
}

apply_policy() { kvmwarden apply; }

set_up_boot() {
	into /etc/modprobe.d/kvmwarden.conf <<<'softdep kvm pre: kvmwarden'
	into /etc/systemd/system/kvmwarden.service <<<'ExecStart=kvmwarden apply'
	mkdir -p /etc/systemd/system/multi-user.target.wants
	ln -s ../kvmwarden.service /etc/systemd/system/multi-user.target.wants/
}

# --- VMMs ----------------------------------------------------------------------

# vmm COMMAND...: runs until it is told to end
vmm() {
	"$@" </dev/null >>"$dir/vmms" 2>&1 &
	vmms+=($!)
	disown
}

# One that only looks like it: what is not installed, or would not start here.
named() { exec -a "$1" bash "$dir/sleep" "${@:2}"; }

# listening PORT: by now
listening() {
	grep -qE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") .* 0A " \
		/proc/net/tcp /proc/net/tcp6
}

not() { ! "$@" 2>/dev/null; }

vmms_badly() {
	ulimit -c unlimited
	vmm qemu-system-x86_64 -accel kvm -M none -nodefaults \
		-vnc 0.0.0.0:0 -incoming tcp:0.0.0.0:4444 \
		-qmp tcp::4445,server=on,wait=off
	ulimit -c 0
	await 90 listening 4444
	echo -1000 >"/proc/${vmms[0]}/oom_score_adj"
	vmm named qemu-system-x86_64 -spice port=5930,disable-ticketing=on
	vmm named qemu-nbd -b 0.0.0.0 disk.raw
}

# A good one in their place.
vmms_well() {
	install -d -o "$tenant" /run/vm
	vmm setpriv --reuid="$tenant" --regid="$kvm" --clear-groups \
		qemu-system-x86_64 -accel kvm -M none,dump-guest-core=off \
		-nodefaults -vnc unix:/run/vm/vnc \
		-qmp unix:/run/vm/qmp,server=on,wait=off \
		-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny
	await 90 test -S /run/vm/qmp
}

# --- tests -------------------------------------------------------------------

# done_well COMMAND: what it says is shown if it fails
done_well() { eval "$1"; } >&2

test_planted() {
	local id want plant

	for fault in "${faults[@]}"; do
		IFS='|' read -r id want plant _ <<<"$fault"
		[[ $plant == : ]] || done_well "$plant" 2>"$dir/plant" ||
			tap_note "$plant: $(<"$dir/plant")"
	done
	examine
	tap_note "VMMs: $(<"$dir/vmms")"
	ok 'a bad host has problems' exits 7 doctor
	for fault in "${faults[@]}"; do
		IFS='|' read -r id want plant _ <<<"$fault"
		ok "$id: $want" is_found "$want" "$id"
	done
}

test_mended() {
	local id mend

	for fault in "${faults[@]}"; do
		IFS='|' read -r id _ _ mend <<<"$fault"
		case $mend in
		-) ok "--fix $id" exits 0 doctor --fix "$id"
			ok '... says what it does' grep -q '^+ ' "$dir/out" ;;
		:) ;;
		*) ok "mending $id" done_well "$mend" ;;
		esac
	done
	examine
	for fault in "${faults[@]}"; do
		IFS='|' read -r id _ <<<"$fault"
		ok "$id: no more" test -z "${level[$id]-}"
	done
	ok 'nothing else is wrong' nothing_else
	ok 'a well-kept host has no problem, nor a warning' exits 0 doctor
	tap_note "what is left: $(for id in "${!level[@]}"; do
		echo "$id (${level[$id]})"
	done)"
}

# But what nobody can mend here.
nothing_else() {
	local id bad=0

	for id in "${!level[@]}"; do
		[[ " ${beyond[*]} " == *" $id: "* ]] && continue
		kvmwarden doctor "$id"
		bad=1
	done
	return "$bad"
}

# As it is while the module does not guard: VMs run, and nothing holds them.
test_unguarded() {
	kvmwarden disarm >/dev/null
	ok 'disarmed, it has problems' exits 7 doctor armed
	ok '... and knows of VMs' exits 6 doctor unguarded
	ok '... by name' grep -q 'no policy holds: qemu-system-x86_64\[' \
		"$dir/out"
	rmmod kvmwarden
	ok 'without the module it has problems' exits 7 doctor module
	ok '... and knows of VMs' exits 6 doctor unguarded
	insmod "$KVMWARDEN_KO"
	ok 'with it, it has not' exits 0 doctor module armed unguarded
	kvmwarden disarm >/dev/null
	sysctl kernel.ftrace_enabled=0 >/dev/null
	ok 'ftrace is off' exits 7 doctor ftrace
	sysctl kernel.ftrace_enabled=1 >/dev/null
	ok '... and on' exits 0 doctor ftrace
}

bed_only() {
	[[ -n ${KVMWARDEN_KO-} && -d /run/bed ]] && return
	echo '1..0 # SKIP only in the test bed: it spoils the host'
	exit 4
}

set_up() {
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	echo 'sleep 1000; :' >"$dir/sleep"
	kvm=$(stat -c %g /dev/kvm)
	getent passwd "$tenant" >/dev/null ||
		echo "$tenant:x:64055:$kvm::/:/bin/false" >>/etc/passwd
	dmesg -n 1
}

bed_only
set_up
for test in planted unguarded mended; do
	tap_note "$test, after $SECONDS s"
	"test_$test"
done
tap_note "in $SECONDS s"
tap_done
