#!/bin/bash
# The module's parameter "closed": no VM before there is a policy. In the test
# bed, with the rival module built:
#   selftests/boot --no-load -- selftests/module/closed.sh

# shellcheck disable=SC2317 # ok() runs functions by their names

set -uo pipefail
# shellcheck source=selftests/module/common.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"

function=kvm_coalesced_mmio_init

load_closed() { insmod "$ko" closed=1; }
parameter_is() { grep -qx "$1" /sys/module/kvmwarden/parameters/closed; }
no_vms() { says "0 EDQUOT" vms 2; }
all_vms() { says 2 vms 2; }
refused_policy() { policy enforce "no-such-key = 1"; }
alive() { kill -0 "$holder"; }

start_holder() {
	local ready

	exec {ready}< <(exec "$mkvm" hold 1)
	holder=$!
	read -r -t 60 -u "$ready"
}

end_holder() {
	kill "$holder" && wait "$holder"
	[[ $? == 143 ]]
}

closed_until_policy() {
	ok "the module loads, closed" load_closed
	ok "the parameter can be read" parameter_is Y
	ok "the kernel's log tells" kernel_says "no VM can be created until"
	ok "every hook is armed" hooks_are armed
	ok "no VM can be created" no_vms
	not_ok "a policy that is not in order is refused" refused_policy
	ok "nor can one be created after that" no_vms
	if loaded kvm; then
		ok "KVM can be reloaded" reload_kvm
		ok "nor does that open it" no_vms
	else
		tap_skip "KVM can be reloaded" "KVM is built in"
	fi
	ok "a policy is accepted that allows all" policy permissive
	ok "VMs can be created" all_vms
	ok "the module can be unloaded" unload_warden
}

reload_kvm() { unload_kvm && load_kvm; }

# What runs, runs on; it counts when the policy comes.
closed_over_running() {
	# not ok(): that would be in a shell of its own
	start_holder
	tap_result $? "a VM runs without the module"
	ok "the module loads, closed" load_closed
	ok "the VM runs still" alive
	ok "it is on record" eval 'kvmwarden list | grep -q mkvm'
	ok "no other can be created" no_vms
	ok "a policy is accepted that allows one more" \
		policy enforce "total.vms = 2"
	ok "one more, with what there is" says "1 EDQUOT" vms 2
	end_holder
	tap_result $? "the VM ends"
	ok "nothing is charged" used_nothing
	ok "the module can be unloaded" unload_warden
}

open_by_default() {
	ok "the module loads, open" load_warden
	ok "the parameter says so" parameter_is N
	ok "VMs can be created without any policy" all_vms
	ok "the module can be unloaded" unload_warden
	not_ok "a value that is none is refused" insmod "$ko" closed=maybe
	ok "without the module VMs can be created" all_vms
}

# Hooks are armed for a while all the same, and what they leave to be done later
# must not be done when the module is gone.
loads_in_vain() {
	for _ in 1 2 3; do
		! load_closed 2>/dev/null || return
	done
}

in_vain_while_asked() {
	local churn

	"$here/../kvm/races" churn >/dev/null &
	churn=$!
	ok "nor while VMs ask for all there is" loads_in_vain
	kill -TERM "$churn" && wait "$churn"
	tap_result $? "which do not notice"
}

# A door that cannot be closed is not said to be.
closed_in_vain() {
	ok "rival takes $function" insmod "$rival" function="$function"
	not_ok "closed, the module does not load" load_closed
	ok "the kernel's log tells" kernel_says "cannot be closed: $function"
	in_vain_while_asked
	ok "nothing is left behind" no_hooks_left
	ok "open, it loads" load_warden
	ok "VMs can be created" all_vms
	ok "and it can be unloaded" unload_warden
	ok "rival gives it back" rmmod rival
	ok "closed, the module loads" load_closed
	ok "no VM can be created" no_vms
	ok "the hooks can be taken off" eval 'kvmwarden disarm >/dev/null'
	ok "without them VMs can be created" all_vms
	ok "the module can be unloaded" unload_warden
}

main() {
	unload_warden
	dmesg -c >/dev/null
	echo "TAP version 13"
	closed_until_policy
	closed_over_running
	open_by_default
	closed_in_vain
	tap_done
}

main
