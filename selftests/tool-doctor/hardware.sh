# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # who sources it sets and calls them
# Checks of processor and chipset; sourced by ../tool-doctor.sh.

test_virtualization() {
	finds 'AMD-V' ok virtualization 'the processor has AMD-V'
	intel
	finds 'VT-x' ok virtualization 'the processor has VT-x'
	mkdir -p "$root/sys/module/vboxdrv"
	finds 'VirtualBox beside it' warning virtualization \
		'VirtualBox (vboxdrv) is loaded beside KVM' \
		'out of kvmwarden'\''s sight'
	sound_host
	mkdir -p "$root/sys/module/vmmon"
	finds 'VMware beside it' warning virtualization 'VMware (vmmon) is'
	processor intel 'svx xvm'
	rm "$root/proc/100/fd/9"
	finds 'neither, and a QEMU' warning virtualization \
		'the processor shows neither VT-x nor AMD-V' \
		'1 QEMU is running without' 'firmware'
	rm -r "$root/proc/100"
	finds '... and none' note virtualization \
		'the processor shows neither VT-x nor AMD-V' 'its hooks wait'
	processor intel 'hypervisor svx'
	finds '... in a VM' note virtualization \
		'this is a VM, whose host lets it have neither' \
		'allow it nested virtualization'
	set_to xen /sys/hypervisor/type
	finds '... in a domain of Xen' note virtualization \
		'this is a domain of Xen' 'booted without Xen'
	rm "$root/proc/cpuinfo"
	finds 'another architecture' n/a virtualization 'it is about x86'
}

test_paging() {
	finds 'NPT' ok paging 'npt is on'
	set_to N /sys/module/kvm_amd/parameters/npt
	finds 'no NPT' problem paging \
		'npt is off: every guest runs on shadow page tables' \
		'modprobe -r kvm_amd; modprobe kvm_amd npt=1'
	finds '... which is as if nested were allowed' ok fixes-nested 'Linux 6.1.192'
	debian 6.1.176-1
	finds '... on an older kernel' problem fixes-nested 'linux 6.1.176-1'
	intel
	finds 'EPT' ok paging 'ept is on'
	set_to 0 /sys/module/kvm_intel/parameters/ept
	finds 'no EPT' problem paging 'ept is off' 'modprobe kvm_intel ept=1'
	rm "$root/sys/module/kvm_intel/parameters/ept"
	finds 'no word of it' note paging \
		'kvm_intel does not tell whether ept is on'
}

test_iommu() {
	finds 'an IOMMU' ok iommu '1 in use, 1 device for guests'
	rm -r "$root/sys/class/iommu/ivhd0"
	finds 'none, and a device for guests' problem iommu \
		'no IOMMU is in use, but devices are meant for guests: 0000:01:00.0' \
		'intel_iommu=on'
	rm -r "$root/sys/bus/pci/drivers/vfio-pci"
	finds '... and no device' note iommu 'no IOMMU is in use' \
		'Give no device to a guest'
	rm -r "$root/sys"
	finds 'no /sys' note iommu 'not known: there is no /sys'
}

test_vfio() {
	finds 'vfio' ok vfio 'nothing weakens it'
	set_to ' pcie_acs_override=downstream quiet' /proc/cmdline
	finds 'an ACS override' warning vfio \
		'devices that reach each other are said to be apart (pcie_acs' \
		'whole IOMMU groups'
	set_to Y /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts
	finds 'unsafe interrupts' warning vfio \
		"a guest's device may forge interrupts of others (allow_unsafe_interrupts=Y)" \
		/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts
	set_to Y /sys/module/vfio/parameters/enable_unsafe_noiommu_mode
	finds 'no IOMMU needed' problem vfio \
		'devices may be given to guests without an IOMMU' 'echo N >'
	sound_host
	rm -r "$root/sys/module/vfio"
	finds 'no vfio' n/a vfio 'vfio is not loaded'
}

test_l1tf() {
	finds 'not affected' ok l1tf 'Not affected'
	set_to 'Mitigation: PTE Inversion; VMX: conditional cache flushes, SMT disabled' \
		"$faults/l1tf"
	finds 'flushes' ok l1tf 'Mitigation: PTE Inversion; VMX: conditional'
	set_to 'Mitigation: PTE Inversion; VMX: vulnerable' "$faults/l1tf"
	finds 'no flushes' problem l1tf \
		'Mitigation: PTE Inversion; VMX: vulnerable' \
		'echo cond >/sys/module/kvm_intel/parameters/vmentry_l1d_flush'
	set_to Vulnerable "$faults/l1tf"
	finds 'nothing at all' problem l1tf Vulnerable
	rm "$root$faults/l1tf"
	finds 'an older kernel' n/a l1tf 'this kernel does not know of it'
}

test_cpu() {
	local text

	finds 'no leak' ok cpu-leaks 'none of 3 is open'
	for text in Vulnerable 'Vulnerable: Clear CPU buffers attempted, no microcode'; do
		set_to "$text" "$faults/mds"
		finds "a leak: $text" problem cpu-leaks 'open: mds' 'grep .'
	done
	set_to 'Unknown: No mitigations' "$faults/mmio_stale_data"
	set_to 'Not affected' "$faults/mds"
	finds 'a leak of which nothing is known' note cpu-leaks \
		'not known: mmio_stale_data'
	finds 'no fault of branches' ok cpu-branches 'none of 2 is open'
	set_to 'Vulnerable: Safe RET, no microcode' "$faults/spec_rstack_overflow"
	set_to 'Vulnerable' "$faults/vmscape"
	finds 'two' problem cpu-branches 'open: spec_rstack_overflow, vmscape'
	finds 'no other fault' ok cpu-other 'none of 2 is open'
	set_to Vulnerable "$faults/spec_store_bypass"
	finds 'another' warning cpu-other 'open: spec_store_bypass'
	set_to Vulnerable "$faults"/{a,b,c,d,e}
	finds 'new ones' warning cpu-other 'open: a, b, c, d, ...'
	set_to Vulnerable "$faults"/$'\e[31m'
	finds 'a hostile name' warning cpu-other 'open: \x1b[31m, a, b, c, ...'
	rm -r "$root$faults"
	for id in cpu-leaks cpu-branches cpu-other; do
		finds "an older kernel, $id" n/a "$id" 'this kernel knows of none'
	done
}

test_microcode() {
	finds 'microcode' ok microcode 'no fault is open for want of it'
	set_to 0xa1 /sys/devices/system/cpu/cpu1/microcode/version
	finds 'two of them' warning microcode \
		'1 processor has another one than the first' amd64-microcode
	set_to 'Vulnerable: No microcode' "$faults/srbds"
	finds 'an old one' warning microcode 'it is too old for: srbds' \
		intel-microcode
	set_to 'Vulnerable' "$faults/old_microcode"
	finds '... as the kernel says' warning microcode \
		'it is too old for: old_microcode, srbds'
	processor amd 'svm npt hypervisor'
	finds 'in a VM' n/a microcode 'this is a VM: its host has the microcode'
	sound_host
	rm -r "$root$faults"
	finds 'an older kernel' n/a microcode 'this kernel does not tell'
}

test_smt() {
	finds 'no threads' ok smt 'no two threads share a core'
	set_to 1 /sys/devices/system/cpu/smt/active
	finds 'threads' note smt 'threads share cores' nosmt
	set_to 'Mitigation: Clear CPU buffers; SMT vulnerable' "$faults/mds"
	finds '... that leak' warning smt \
		'threads share cores, which is open to: mds' 'echo off'
	rm -r "$root/sys/devices/system/cpu/smt"
	finds 'an older kernel' n/a smt 'this kernel does not tell'
}

test_mitigations() {
	local option

	finds 'no options' ok mitigations 'none was switched off at boot'
	for option in mitigations=off nopti spectre_v2=off mds=off \
		kvm.nx_huge_pages=off kvm-intel.vmentry_l1d_flush=never; do
		set_to "quiet $option ro" /proc/cmdline
		finds "$option" warning mitigations \
			"switched off at boot: $option" /etc/default/grub
	done
	set_to 'mitigations=off mitigations=auto' /proc/cmdline
	finds 'the last one counts' ok mitigations 'none was'
	set_to 'mitigations=auto mitigations=off nosmap' /proc/cmdline
	finds '... either way' warning mitigations \
		'switched off at boot: nosmap, mitigations=off'
	set_to 'nopti_ xnopti mitigations=offer' /proc/cmdline
	finds 'words that are like them' ok mitigations 'none was'
	rm "$root/proc/cmdline"
	finds 'no /proc/cmdline' note mitigations 'not known: there is no'
}
