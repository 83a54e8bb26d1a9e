#!/bin/bash
# Quotas of memory where KVM has all the slots of its own that it ever has: on
# Intel's processors, made not to run real mode as it is. In the test bed:
#   selftests/boot --cpu vmx -- selftests/module/own-slots.sh

set -uo pipefail
# shellcheck source=selftests/module/common.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"

if ! loaded kvm_intel; then
	echo "1..0 # SKIP this processor makes KVM have no slots of its own"
	exit 4
fi
rmmod kvm_intel && modprobe kvm_intel unrestricted_guest=0 || exit 125
rc=0
"$here/../kvm/run" quota_memory || rc=$?
rmmod kvm_intel && modprobe kvm_intel || exit 125
exit "$rc"
