# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # who sources it sets and calls them
# Checks of the VMMs that run; sourced by ../tool-doctor.sh.

test_unguarded() {
	finds 'a guarded host' ok unguarded '1 VMs are on record'
	edit 's/^status .*/& permitted=8/'
	finds 'a VM without a record' warning unguarded \
		'1 VMs were created without a record' 'mode = enforce'
	edit 's/armed canary/canary/'
	finds 'disarmed, with a VM' warning unguarded \
		'no policy holds: qemu-system-x86_64[100]' 'modprobe kvmwarden'
	no_module
	finds 'no module, with a VM' warning unguarded 'no policy holds: qemu'
	rm "$root/proc/100/fd/9"
	process 200 $'firecracker\e[31m' --id x
	fd 200 4 anon_inode:kvm-vm
	finds '... of somebody with a hostile name' warning unguarded \
		'no policy holds: firecracker\x1b[31m[200]'
	rm "$root/proc/200/fd/4"
	fd 200 4 anon_inode:kvm-vcpu:0
	fd 200 5 'anon_inode:kvm-vmx'
	finds 'no VM' n/a unguarded 'no VM runs'
	echo 'error 1' | module
	status=4 finds 'no rights' note unguarded 'not known: the module cannot'
}

test_vmm_root() {
	finds 'a VMM with a user' ok vmm-root 'none of 1'
	sed -i 's/^Uid:.*/Uid:\t64055\t0\t0\t0/' "$root/proc/100/status"
	finds "one that is root's" warning vmm-root \
		'as root: qemu-system-x86_64[100]' '-runas'
	sed -i 's/^Uid:.*/Uid:\t0\t64055\t0\t0/' "$root/proc/100/status"
	finds 'one that was' ok vmm-root 'none of 1'
	no_vmm vmm-root
}

# no_vmm ID
no_vmm() {
	rm -rf "$root/proc/100"
	finds "no VMM, $1" n/a "$1" 'no VMM runs'
	sound_host
}

test_vmm_sandbox() {
	finds 'seccomp' ok vmm-seccomp 'all of 1 have it'
	sed -i 's/^Seccomp:.*/Seccomp:\t0/' "$root/proc/100/status"
	finds 'no seccomp' note vmm-seccomp \
		'without seccomp: qemu-system-x86_64[100]' '-sandbox on'
	no_vmm vmm-seccomp
	finds 'a label' ok vmm-confined 'none of 1 is said to be unconfined'
	set_to unconfined /proc/100/attr/current
	finds 'no label' note vmm-confined \
		'unconfined: qemu-system-x86_64[100]' security_driver
	set_to system_u:system_r:unconfined_service_t:s0 /proc/100/attr/current
	finds "... by SELinux's words" note vmm-confined 'unconfined: qemu'
	rm "$root/proc/100/attr/current"
	finds 'no security module' ok vmm-confined 'none of 1 is said'
	no_vmm vmm-confined
}

test_vmm_oom() {
	finds 'one as all others' ok vmm-oom 'none of 1 is spared'
	set_to -999 /proc/100/oom_score_adj
	finds 'one that is last' ok vmm-oom 'none of 1 is spared'
	set_to -1000 /proc/100/oom_score_adj
	finds 'one that is spared' warning vmm-oom \
		'never killed for memory: qemu-system-x86_64[100]' \
		'choom -n 0 -p PID'
	no_vmm vmm-oom
}

test_vmm_ports() {
	finds 'a port for the host' ok vmm-ports \
		'none of 1 listens to the network'
	listens 4712 00000000:170D
	finds "another's port" ok vmm-ports 'none of 1'
	fd 100 11 'socket:[4712]'
	finds 'a port for all' note vmm-ports \
		'to the network: port 5901 of qemu-system-x86_64[100]' 'ss -ltnp'
	sed -i '$d' "$root/proc/1/net/tcp"
	cp "$root/proc/1/net/tcp" "$root/proc/1/net/tcp6"
	rm "$root/proc/1/net/tcp"
	listens 4712 0000000000000000FFFF00000100007F:170D
	finds 'a port for the host, by IPv6' ok vmm-ports 'none of 1'
	listens 4712 00000000000000000000000001000000:170D
	finds '... as it is there' ok vmm-ports 'none of 1'
	listens 4712 0000000000000000FFFF00000101000A:170D
	finds 'a port for others, by IPv6' note vmm-ports \
		'to the network: port 5901 of qemu-system-x86_64[100]'
	no_vmm vmm-ports
}

# What can be seen of others' processes is their names at most.
test_hidden() {
	rm -rf "$root/proc/100" "$root/proc/101" "$root/dev/kvmwarden" \
		"$root/sys/module/kvmwarden"
	chmod 000 "$root/proc/102/fd"
	if ls "$root/proc/102/fd" >/dev/null 2>&1; then
		chmod 755 "$dir" "$dir/root"
		as_nobody vmm-root
		as_nobody unguarded
		as_nobody core-dumps
	else
		finds 'hidden processes' note vmm-root 'not known: users'
	fi
	chmod 755 "$root/proc/102/fd"
}

# as_nobody ID: it is not known
as_nobody() {
	if ! setpriv --reuid=65534 --clear-groups true 2>/dev/null; then
		tap_skip "hidden processes, $1" 'no other user to be had'
		return
	fi
	ok "hidden processes, $1" nobody_knows "$1"
}

nobody_knows() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$fakes/kvmwarden" \
		doctor --root "$root" "$1" >"$dir/out" 2>"$dir/err"
	says "note $1: not known: users' processes cannot be seen"
}
