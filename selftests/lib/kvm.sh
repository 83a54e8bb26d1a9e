# shellcheck shell=bash
# shellcheck disable=SC2034 # those who source it use the variable
# KVM's modules, for tests that load and unload them; sourced, never run.

# The half of KVM that is for this processor.
vendor_module() {
	if grep -qw vmx /proc/cpuinfo; then
		echo kvm_intel
	else
		echo kvm_amd
	fi
}

vendor=$(vendor_module)
