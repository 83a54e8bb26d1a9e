# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # who sources it sets and calls them
# Checks of the kernel's settings, and of what it takes; sourced by
# ../tool-doctor.sh.

test_ftrace() {
	finds 'ftrace' ok ftrace 'ftrace is on'
	set_to 0 /proc/sys/kernel/ftrace_enabled
	finds 'ftrace is off' problem ftrace 'ftrace is switched off' \
		'sysctl kernel.ftrace_enabled=1'
	rm "$root/proc/sys/kernel/ftrace_enabled"
	finds 'no ftrace' problem ftrace 'this kernel has no ftrace' \
		CONFIG_FUNCTION_TRACER
	rm -r "$root/proc"
	finds 'no /proc' note ftrace 'not known: there is no /proc/sys'
}

# sysctl ID NAME GOOD BAD MEND TEXT
sysctl() {
	local file=/proc/sys/${2//.//}

	set_to "$3" "$file"
	finds "$2=$3" ok "$1" "$2=$3"
	set_to "$4" "$file"
	finds "$2=$4" warning "$1" "$6 ($2=$4)" \
		"sysctl $2=$5 echo $2=$5 \\ >>/etc/sysctl.d/90-kvm-host.conf"
	rm "$root$file"
	[[ $1 == ptrace ]] || finds "no $2" n/a "$1" "there is no $2 here"
	set_to "$3" "$file"
}

test_sysctls() {
	sysctl userfaultfd vm.unprivileged_userfaultfd 0 1 0 \
		'every user may stop the kernel in the middle of an access'
	sysctl unprivileged-bpf kernel.unprivileged_bpf_disabled 2 0 2 \
		'every user may load BPF programs'
	sysctl unprivileged-bpf kernel.unprivileged_bpf_disabled 1 0 2 \
		'every user may load BPF programs'
	sysctl kptr kernel.kptr_restrict 1 0 1 \
		'files show users the kernel'\''s addresses'
	sysctl dmesg kernel.dmesg_restrict 1 0 1 \
		'every user may read the kernel log'
	sysctl ptrace kernel.yama.ptrace_scope 1 0 1 \
		'a process may take over others of its user'
	sysctl perf-events kernel.perf_event_paranoid 3 1 2 \
		'users may measure the kernel, and others'\'' processes'
	sysctl perf-events kernel.perf_event_paranoid 2 -1 2 \
		'users may measure the kernel, and others'\'' processes'
	sysctl panic-on-warn kernel.panic_on_warn 0 1 0 \
		'the host panics at each warning of its kernel'
	sysctl suid-dumpable fs.suid_dumpable 2 1 0 \
		'processes that changed their user leave core dumps'
	sysctl overcommit vm.overcommit_memory 2 1 0 \
		'the kernel promises any amount of memory'
	sysctl panic-on-oom vm.panic_on_oom 0 2 0 \
		'the host panics when memory runs out'
	rm -r "$root/proc/sys/kernel/yama"
	finds 'no Yama' note ptrace 'Yama is not on'
	rm -r "$root/proc/sys"
	finds 'no /proc/sys' note kptr 'not known: there is no /proc/sys'
}

test_userns() {
	finds 'none for users' ok user-namespaces \
		'kernel.unprivileged_userns_clone=0'
	set_to 1 /proc/sys/kernel/unprivileged_userns_clone
	set_to 31337 /proc/sys/user/max_user_namespaces
	finds 'for all' note user-namespaces \
		'every user may create user namespaces' \
		'sysctl kernel.unprivileged_userns_clone=0'
	set_to 1 /proc/sys/kernel/apparmor_restrict_unprivileged_userns
	finds 'restricted by AppArmor' ok user-namespaces \
		'kernel.apparmor_restrict_unprivileged_userns=1'
	rm "$root"/proc/sys/kernel/*userns*
	finds 'for all, elsewhere' note user-namespaces \
		'every user may' 'sysctl user.max_user_namespaces=0'
	set_to 0 /proc/sys/user/max_user_namespaces
	finds 'for none' ok user-namespaces 'user.max_user_namespaces=0'
	rm -r "$root/proc/sys/user"
	finds 'no such thing' n/a user-namespaces 'this kernel has none'
}

test_lockdown() {
	local lockdown=/sys/kernel/security/lockdown

	finds 'locked down' ok lockdown 'lockdown is integrity'
	set_to '[none] integrity confidentiality' "$lockdown"
	finds 'not locked down' note lockdown 'the kernel is not locked down' \
		lockdown=integrity
	rm "$root$lockdown"
	finds 'no lockdown' n/a lockdown 'this kernel does not tell'
}

test_signatures() {
	local enforce=/sys/module/module/parameters/sig_enforce

	set_to OE /sys/module/kvmwarden/taint
	set_to OP /sys/module/zfs/taint
	finds 'signatures' ok module-signing 'the kernel takes none without'
	set_to N "$enforce"
	finds '... by lockdown' ok module-signing 'the kernel takes none without'
	set_to '[none] integrity' /sys/kernel/security/lockdown
	finds 'no need for them' note module-signing \
		'none is without, but the kernel would take it' \
		module.sig_enforce=1
	set_to OE /sys/module/rootkit/taint
	finds 'a module without' warning module-signing \
		'loaded without one: rootkit' 'modinfo MODULE'
	rm -r "$root/sys"
	finds 'no /sys' note module-signing 'not known: there is no /sys'
}

test_livepatch() {
	local patches=$root/sys/kernel/livepatch

	finds 'no livepatch' ok livepatch 'none has any'
	mkdir -p "$patches/fix/vmlinux/do_exit,1" "$patches/fix/ext4/ext4_x,1"
	finds 'one of others' ok livepatch 'none has any'
	mkdir -p "$patches/fix/kvm_intel/vmx_exit,1"
	finds 'one of KVM' note livepatch 'one has functions of KVM: vmx_exit' \
		'kvmwarden doctor hooks'
	mkdir -p "$patches/fix2/kvm_amd/svm_allocate_nested,1"
	finds 'one of what is hooked' warning livepatch \
		'one has what kvmwarden hooks: svm_allocate_nested'
	no_module
	finds '... without the module' note livepatch \
		'one has functions of KVM: vmx_exit, svm_allocate_nested'
	rm -r "$patches"
	finds 'no livepatches' n/a livepatch 'this kernel takes none'
}
