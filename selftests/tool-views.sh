#!/bin/bash
# What the control tool shows of VMs and their limits: names, list, show,
# metrics. The module is a text file; see tool-doctor/module.c. TAP.
#
# usage: tool-views.sh         KVMWARDEN: the tool, beside which `make fakes'
#                              has put fake/
# shellcheck disable=SC2317 # nearly all is called by ok, with its name

set -uo pipefail
# shellcheck source=selftests/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"
# shellcheck source=selftests/lib/tap.sh
. "$bed_dir/lib/tap.sh"

fakes=$(dirname -- "$(realpath "${KVMWARDEN:-$tree/tools/kvmwarden/kvmwarden}")")/fake
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99 LC_ALL=C

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

# --- all of it ---------------------------------------------------------------

test_names
tap_done
