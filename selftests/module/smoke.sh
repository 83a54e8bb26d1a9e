#!/bin/bash
# The least that must work on a kernel before anything is said of it: load,
# self-test, one quota of each kind, KVM reloaded, unload. In the test bed:
#   selftests/boot --no-load -- selftests/module/smoke.sh

set -uo pipefail
# shellcheck source=selftests/module/common.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"

quota() {
	local what=$1 limit=$2
	local -a ask=("${@:3}")

	ok "$what: a policy is accepted" policy enforce "$limit"
	ok "$what: up to the limit, and no further" says "2 EDQUOT" "${ask[@]}"
	ok "$what: a policy without it is accepted" policy permissive
	ok "$what: without it, everything passes" says 4 "${ask[@]}"
}

main() {
	echo "TAP version 13"
	ok "the module loads, its self-test having passed" load_warden
	ok "every hook is armed" hooks_are armed
	quota "VM quota" "total.vms = 2" vms 4
	quota "memory quota" "memory = 1M" slots 4 0x80000
	quota "vCPU quota" "vcpus = 2" vcpus 4
	limits enforce >/dev/null
	if loaded kvm; then
		ok "KVM can be unloaded" unload_kvm
		ok "every hook waits" hooks_are waiting
		ok "KVM can be loaded again" load_kvm
		ok "a VM created at once is limited" limits_hold
	else
		tap_skip "KVM can be reloaded" "KVM is built in"
	fi
	ok "nothing is charged" used_nothing
	ok "the module can be unloaded" unload_warden
	ok "nothing is left behind" no_hooks_left
	ok "without it everything passes" no_limits
	tap_done
}

main
