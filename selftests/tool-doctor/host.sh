# shellcheck shell=bash
# shellcheck disable=SC2154 # who sources it has set them
# A host of which there is nothing to say, as far as the doctor looks: a
# directory. Sourced, never run.

# put FILE: standard input into that file of the host
put() {
	mkdir -p "$root${1%/*}"
	cat >"$root$1"
}

# set_to VALUE FILE...
set_to() {
	local value=$1 file

	shift
	for file; do
		mkdir -p "$root${file%/*}"
		printf '%s\n' "$value" >"$root$file"
	done
}

# kernel RELEASE BUILD
kernel() {
	put /proc/sys/kernel/osrelease <<<"$1"
	put /proc/sys/kernel/version <<<"$2"
}

debian() { kernel "${1%.*}.0-1-amd64" "#1 SMP PREEMPT_DYNAMIC Debian $1 (2026-11-16)"; }

# processor VENDOR FLAGS: its half of KVM is loaded
processor() {
	rm -rf "$root"/sys/module/kvm_{amd,intel}
	printf 'processor\t: 0\nflags\t\t: fpu vme %s\n\n' "$2" |
		put /proc/cpuinfo
	put "/sys/module/kvm_$1/parameters/nested" <<<1
}

amd() {
	processor amd 'svm npt'
	set_to Y /sys/module/kvm_amd/parameters/npt
	set_to N /sys/module/kvm_amd/parameters/{dump_invalid_vmcb,sev,sev_es}
}

intel() {
	processor intel 'vmx ept'
	set_to Y /sys/module/kvm_intel/parameters/{nested,ept}
	set_to N /sys/module/kvm_intel/parameters/dump_invalid_vmcs
	set_to 0 /sys/module/kvm_intel/parameters/pt_mode
}

# module: standard input is what it says
module() {
	mkdir -p "$root/sys/module/kvmwarden"
	put /dev/kvmwarden
}

# edit SED: what the module says
edit() { sed -i "$1" "$root/dev/kvmwarden"; }

no_module() { rm -rf "$root"/dev/kvmwarden "$root"/sys/module/kvmwarden; }

sound_module() {
	module <<-END
		status enforce 3 armed canary locked memory=8589934592
		class trusted enforce 1 match.cgroup=/trusted/*
		class default enforce 0 deny limited
		vm trusted enforce
		hook kvm_arch_destroy_vm kvm armed
		hook svm_allocate_nested kvm_amd armed
		hook handle_vmxon kvm_intel waiting
	END
}

# What is in force, as a file; and what puts it there at boot.
sound_setup() {
	put /etc/kvmwarden/policy.conf <<-END
		[policy]
		version = 3
		mode = enforce
		[host]
		memory = 8G
	END
	put /etc/kvmwarden/policy.d/classes.conf <<-END
		[class trusted]
		match.cgroup = /trusted/*
		[class default]
		nested = deny
		vcpus = 1
	END
	set_to 'softdep kvm pre: kvmwarden' /etc/modprobe.d/kvmwarden.conf
	put /etc/systemd/system/guard.service <<-END
		[Service]
		ExecStart=/usr/sbin/kvmwarden apply
	END
	mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
	ln -s ../guard.service \
		"$root/etc/systemd/system/multi-user.target.wants/guard.service"
}

fixes() { put /etc/kvmwarden/kvm-fixes; }

some_fixes() {
	fixes <<-END
		# a comment
		date 2026-11-22
		CVE-1 nested any 5.0 7.2 6.1.177 6.12.95 # somewhere
		CVE-2 nested amd - 5.15 5.10.46-5 5.10.60 # somewhere
		CVE-3 nested intel - - 6.1.188
		CVE-4 nested any 6.2 7.1 6.12.86
		CVE-5 other any 5.0 7.3 6.1.183 7.2.5
		CVE-6 other any - 7.2 6.12.1
	END
}

faults=/sys/devices/system/cpu/vulnerabilities

sound_processor() {
	amd
	set_to 'Not affected' "$faults"/{l1tf,mds,meltdown,srbds,mmio_stale_data}
	set_to 'Mitigation: Retpolines; STIBP: disabled' "$faults/spectre_v2"
	set_to 'Mitigation: Safe RET' "$faults/spec_rstack_overflow"
	set_to 'Mitigation: usercopy/swapgs barriers' "$faults/spectre_v1"
	set_to 'KVM: Mitigation: Split huge pages' "$faults/itlb_multihit"
	set_to 0 /sys/devices/system/cpu/smt/active
	set_to 0xa2 /sys/devices/system/cpu/cpu{0,1}/microcode/version
	mkdir -p "$root/sys/class/iommu/ivhd0" \
		"$root/sys/bus/pci/drivers/vfio-pci/0000:01:00.0"
	set_to N /sys/module/vfio/parameters/enable_unsafe_noiommu_mode
}

sound_kvm() {
	local kvm=/sys/module/kvm/parameters

	put /dev/kvm </dev/null
	chmod 660 "$root/dev/kvm"
	set_to 'kvm:x:108:joe' /etc/group
	set_to N "$kvm"/{ignore_msrs,enable_vmware_backdoor}
	set_to 0 "$kvm/force_emulation_prefix"
	set_to Y "$kvm"/{nx_huge_pages,eager_page_split}
	set_to 200000 "$kvm/halt_poll_ns"
	set_to 1 /sys/kernel/debug/kvm/exits /sys/kernel/tracing/tracing_on
	chmod 700 "$root"/sys/kernel/{debug,tracing}
}

sound_kernel() {
	set_to 1 /proc/sys/kernel/ftrace_enabled
	set_to 'BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet' /proc/cmdline
	debian 6.1.192-2
	set_to 'none [integrity] confidentiality' /sys/kernel/security/lockdown
	set_to Y /sys/module/module/parameters/sig_enforce
	mkdir -p "$root/sys/kernel/livepatch"
	some_fixes
}

sound_settings() {
	set_to 0 /proc/sys/vm/{unprivileged_userfaultfd,overcommit_memory} \
		/proc/sys/vm/panic_on_oom /proc/sys/fs/suid_dumpable \
		/proc/sys/kernel/{panic_on_warn,unprivileged_userns_clone}
	set_to 1 /proc/sys/kernel/{kptr_restrict,dmesg_restrict} \
		/proc/sys/kernel/yama/ptrace_scope
	set_to 2 /proc/sys/kernel/{unprivileged_bpf_disabled,perf_event_paranoid}
	set_to core /proc/sys/kernel/core_pattern
	put /dev/userfaultfd </dev/null
	chmod 600 "$root/dev/userfaultfd"
}

sound_memory() {
	set_to 'MemTotal:       16384000 kB' /proc/meminfo
	set_to 0 /sys/kernel/mm/ksm/{run,pages_shared} \
		/sys/kernel/kexec_crash_loaded
	set_to 100 /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
	set_to 0 /sys/kernel/mm/hugepages/hugepages-2048kB/nr_overcommit_hugepages
	put /proc/swaps <<-END
		Filename				Type		Size		Used		Priority
		/dev/dm-1                               partition	8388604		0		-2
	END
	set_to CRYPT-LUKS2-0123-swap /sys/class/block/dm-1/dm/uuid
}

# process PID ARGUMENT...: a well-kept one, of which nothing else is known
process() {
	local pid=$1

	shift
	printf '%s\0' "$@" | put "/proc/$pid/cmdline"
	mkdir -p "$root/proc/$pid/fd"
	put "/proc/$pid/status" <<-END
		Name:	some
		Uid:	64055	64055	64055	64055
		Seccomp:	2
	END
	put "/proc/$pid/limits" <<-END
		Limit                     Soft Limit           Hard Limit           Units
		Max core file size        0                    unlimited            bytes
	END
	set_to 0 "/proc/$pid/oom_score_adj"
	set_to 'libvirt-1 (enforce)' "/proc/$pid/attr/current"
}

# fd PID NUMBER TARGET
fd() { ln -s "$3" "$root/proc/$1/fd/$2"; }

# qemu ARGUMENT...: in place of the one there was
qemu() {
	rm -rf "$root/proc/100"
	process 100 /usr/bin/qemu-system-x86_64 "$@"
	fd 100 9 anon_inode:kvm-vm
	fd 100 10 'socket:[4711]'
}

# listens INODE ADDRESS:PORT: in hexadecimal
listens() {
	echo "   0: $2 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 $1 1 0 100 0 0 10 0" \
		>>"$root/proc/1/net/tcp"
}

sound_processes() {
	process 1 /sbin/init
	put /proc/1/net/tcp <<<'  sl  local_address rem_address   st tx_queue'
	listens 4711 0100007F:170C
	qemu -name one -machine pc,dump-guest-core=off -vnc unix:/run/one \
		-spice tls-port=5901 -incoming defer -qmp unix:/run/one.qmp
	process 101 qemu-nbd -k /run/disk
	process 102 /bin/sh -c 'sleep 1'
}

net=/sys/class/net

# tap NAME BRIDGE: isolated there
tap() {
	set_to 0x1002 "$net/$1/tun_flags"
	set_to 0x1103 "$net/$1/flags"
	set_to 1 "$net/$1/brport/isolated"
	mkdir -p "$root$net/$2/brif/$1" "$root$net/$1/master"
}

bridge() {
	set_to 0x1003 "$net/$1/flags"
	set_to 30000 "$net/$1/bridge/ageing_time"
	set_to 0 "$net/$1/bridge/vlan_filtering" \
		"/proc/sys/net/ipv4/conf/$1/route_localnet" \
		"/proc/sys/net/ipv4/conf/$1/forwarding" \
		"/proc/sys/net/ipv6/conf/$1/forwarding"
}

# macvtap NAME LINK
macvtap() {
	set_to 0x1003 "$net/$1/flags"
	mkdir -p "$root$net/$1/macvtap/tap9" "$root$net/$1/lower_$2"
}

sound_network() {
	local name

	set_to 0x1003 "$net/eth0/flags" "$net/eth1/flags"
	bridge br0
	mkdir -p "$root$net/br0/brif/eth0"
	tap tap0 br0
	tap tap1 br0
	macvtap macvtap0 eth1
	put /proc/1/net/route <<<$'Iface\tDestination\tGateway\tFlags'
	put /proc/1/net/if_inet6 </dev/null
	for name in vhost-net vhost-vsock; do
		put "/dev/$name" </dev/null
		chmod 660 "$root/dev/$name"
	done
	set_to 0 /sys/module/vhost_net/parameters/experimental_zcopytx
}

sound_files() {
	local lib=/var/lib/libvirt

	put "$lib/images/disk.qcow2" <<<disk
	put "$lib/images/install.iso" <<<iso
	put "$lib/qemu/save/one.save" <<<memory
	chmod 600 "$root$lib"/{images/disk.qcow2,qemu/save/one.save}
}

sound_libvirt() {
	put /etc/libvirt/libvirtd.conf <<-'END'
		# a comment
		#listen_tcp = 1
		auth_unix_rw = "polkit"
	END
	put /etc/libvirt/qemu.conf <<-'END'
		migrate_tls_force = 1
		vnc_listen = "127.0.0.1"
		cgroup_device_acl = [
		    "/dev/null", "/dev/full"
		]
	END
	put /run/libvirt/libvirt-sock </dev/null
	chmod 777 "$root/run/libvirt/libvirt-sock"
}

# All of it, made once and copied.
sound_host() {
	local final=$root

	if [[ ! -d $dir/sound ]]; then
		root=$dir/sound
		umask 022
		sound_processor
		sound_kvm
		sound_kernel
		sound_settings
		sound_memory
		sound_processes
		sound_network
		sound_files
		sound_libvirt
		sound_setup
		sound_module
		root=$final
	fi
	rm -rf "$root"
	cp -a "$dir/sound" "$root"
}
