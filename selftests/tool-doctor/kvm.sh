# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # who sources it sets and calls them
# Checks of KVM and who reaches it; sourced by ../tool-doctor.sh.

test_kvm() {
	finds 'KVM' ok kvm '/dev/kvm is there, and the processor has AMD-V'
	rm "$root/dev/kvm"
	finds 'no /dev/kvm' warning kvm 'KVM is there, but /dev/kvm is not' \
		'udevadm trigger --name-match=kvm'
	finds 'no /dev/kvm, kvm-access' n/a kvm-access 'there is no /dev/kvm'
	finds 'no /dev/kvm, kvm-acl' n/a kvm-acl 'there is no /dev/kvm'
	rm -r "$root/sys/module/kvm_amd"
	finds 'no kvm_amd' note kvm \
		'the processor has AMD-V, but kvm_amd is not loaded' \
		'modprobe kvm_amd' 'the firmware has switched it off'
	processor intel 'svx xvm'
	for id in kvm nested paging fixes-nested fixes-kvm confidential; do
		finds "no virtualization, $id" n/a "$id" ''
	done
	rm "$root/proc/cpuinfo"
	finds 'no x86, no /dev/kvm' note kvm 'there is no /dev/kvm'
	put /dev/kvm </dev/null
	finds 'no x86' ok kvm '/dev/kvm is there'
}

test_access() {
	finds '/dev/kvm for a group' ok kvm-access '/dev/kvm has mode 0660'
	for mode in 666 662 664; do
		chmod "$mode" "$root/dev/kvm"
		finds "... for all, $mode" warning kvm-access \
			"every user of the host may open /dev/kvm (mode 0$mode)"
	done
	ok '... and helps: udev' says 'MODE="0660"'"'"
	ok '... and helps: a policy' says '[class default] mode = enforce total.vms = 0'
	fixed '/dev/kvm for all' kvm-access '+ chmod o-rwx '
	if ! chown 0:108 "$root/dev/kvm" 2>/dev/null; then
		tap_skip 'other owners of /dev/kvm' 'only root can give it away'
		return
	fi
	finds "the group's" ok kvm-access '/dev/kvm has mode 0660'
	chown 0:109 "$root/dev/kvm"
	finds "another group's" warning kvm-access \
		'/dev/kvm belongs to group 109' 'chown root:kvm /dev/kvm'
	chown 1000:108 "$root/dev/kvm"
	finds "a user's" warning kvm-access '/dev/kvm belongs to user 1000'
}

test_acl() {
	finds 'no access list' ok kvm-acl '/dev/kvm has none'
	if ! setfacl -m u:0:rw "$root/dev/kvm" 2>/dev/null; then
		tap_skip 'an access list' 'not to be had here'
		seen_bad[kvm-acl]=skipped
		return
	fi
	finds 'an access list' warning kvm-acl \
		'an access list lets others open /dev/kvm: u::rw-,u:root:rw-' \
		'setfacl -b /dev/kvm' uaccess
}

# parameter ID LEVEL FILE GOOD BAD TEXT
parameter() {
	local name=${3##*/}

	set_to "$4" "$3"
	finds "$name=$4" ok "$1" "${3:12:3}" # kvm, of its name
	set_to "$5" "$3"
	finds "$name=$5" "$2" "$1" "$6" "grep -rw $name"
	rm "$root$3"
	finds "no $name" n/a "$1" 'there is no '
}

test_parameters() {
	local kvm=/sys/module/kvm/parameters

	parameter ignore-msrs warning "$kvm/ignore_msrs" N Y \
		'KVM lets guests use MSRs that it does not know (kvm.ignore_msrs=1)'
	parameter vmware-backdoor warning "$kvm/enable_vmware_backdoor" N Y \
		'KVM emulates VMware'\''s backdoor'
	parameter force-emulation warning "$kvm/force_emulation_prefix" 0 1 \
		'guests can have KVM emulate any instruction'
	parameter force-emulation warning "$kvm/force_emulation_prefix" N Y \
		'guests can have KVM emulate any instruction'
	parameter eager-page-split note "$kvm/eager_page_split" Y N \
		'huge pages are split by vCPUs'
	parameter halt-polling note "$kvm/halt_poll_ns" 500000 500001 \
		'an idle vCPU keeps its processor busy'
	set_to nonsense "$kvm/halt_poll_ns"
	finds 'halt_poll_ns=nonsense' note halt-polling \
		'not known: kvm.halt_poll_ns cannot be read'
	parameter dump-invalid note \
		/sys/module/kvm_amd/parameters/dump_invalid_vmcb N Y \
		'a VM that cannot be entered is written to the kernel log'
	intel
	parameter dump-invalid note \
		/sys/module/kvm_intel/parameters/dump_invalid_vmcs N Y \
		'a VM that cannot be entered is written to the kernel log'
	parameter intel-pt warning \
		/sys/module/kvm_intel/parameters/pt_mode 0 1 \
		'guests may use Intel PT'
	set_to 1 /sys/module/kvm_intel/parameters/pt_mode
	finds '... only changed by loading it anew' warning intel-pt \
		'guests may use Intel PT (kvm_intel.pt_mode=1)' \
		'Then load kvm_intel anew'
}

test_huge_pages() {
	local nx=/sys/module/kvm/parameters/nx_huge_pages value

	finds 'nx_huge_pages=Y' ok nx-huge-pages 'nx_huge_pages=Y'
	for value in N never; do
		set_to "$value" "$nx"
		finds "nx_huge_pages=$value" problem nx-huge-pages \
			"guests may execute from huge pages (nx_huge_pages=$value)" \
			"echo force >$nx"
	done
	set_to 'Not affected' "$faults/itlb_multihit"
	finds 'a processor that is not affected' n/a nx-huge-pages \
		'the processor is not affected'
	rm "$root$nx"
	finds 'no kvm' n/a nx-huge-pages 'kvm is not loaded'
}

test_confidential() {
	finds 'no SEV' ok confidential 'none is on'
	set_to Y /sys/module/kvm_amd/parameters/{sev,sev_es}
	finds 'SEV' note confidential 'on, for every VMM: sev, sev_es' \
		'options kvm_amd sev=0'
	intel
	set_to Y /sys/module/kvm_intel/parameters/tdx
	finds 'TDX' note confidential 'on, for every VMM: tdx' \
		'options kvm_intel tdx=0'
}

# node ID FILE: is closed on a sound host
node() {
	finds "$2" ok "$1" "$2 has mode 0"
	chmod o+r "$root$2"
	finds "$2 for all" warning "$1" "every user may open $2 (mode 0" \
		"chmod o-rwx $2"
	fixed "$2" "$1" '+ chmod o-rwx '
	rm -r "${root:?}$2"
	finds "no $2" n/a "$1" "there is no $2"
}

test_nodes() {
	node debugfs /sys/kernel/debug
	mkdir "$root/sys/kernel/debug"
	finds 'no debugfs' n/a debugfs 'nothing is mounted at /sys/kernel/debug'
	node tracefs /sys/kernel/tracing
	node vhost-net /dev/vhost-net
	node vhost-vsock /dev/vhost-vsock
	node userfaultfd-dev /dev/userfaultfd
}
