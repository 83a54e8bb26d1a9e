# shellcheck shell=bash
# shellcheck disable=SC2034 # those who source it use the variable
# KVM's modules, and who is after the same functions as we are, for tests that
# load and unload them; sourced, never run.

# The half of KVM that is for this processor.
vendor_module() {
	if grep -qw vmx /proc/cpuinfo; then
		echo kvm_intel
	else
		echo kvm_amd
	fi
}

vendor=$(vendor_module)

# rival_of MODULE: built for the same kernel of the table, by selftests/module/build
rival_of() {
	local name=${1##*/module/}

	echo "${1%/module/*}/rival/${name%%/*}/rival.ko"
}
