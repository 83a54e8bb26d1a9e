#!/bin/bash
# Loads, arms, disarms and unloads the module again and again while VMs run.
# In the test bed:
#   selftests/boot --timeout 900 -- selftests/module/cycles.sh [CYCLES]

# shellcheck disable=SC2317 # ok() runs functions by their names

set -uo pipefail
# shellcheck source=selftests/module/common.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"

cycles=${1-200}
done_cycles=0 churn_pid=

cycle() {
	load_warden &&
		limits enforce >/dev/null &&
		limits permissive >/dev/null &&
		kvmwarden disarm >/dev/null &&
		rmmod kvmwarden
}

all_cycles() {
	local start=$SECONDS

	while ((done_cycles < cycles)); do
		cycle || { echo "cycle $done_cycles failed"; return 1; }
		done_cycles=$((done_cycles + 1))
		((done_cycles % 10)) ||
			say "cycle $done_cycles of $cycles, $((SECONDS - start)) s"
	done
}

# Cycles first: what is armed at the end sees the rest of the VMs' lives.
start_churn() {
	"$mkvm" churn 100000 >"$said" &
	churn_pid=$!
}

end_churn() {
	kill -TERM "$churn_pid" && wait "$churn_pid" && cat "$said"
}

both_alive() { kill -0 "$churn_pid"; }

clean_log() {
	! dmesg | grep -E 'WARNING|BUG|Oops|Call Trace|kvmwarden: .*(broken|cannot|not fire|release)'
}

per_cycle() {
	local ms=$(((${EPOCHREALTIME/./} - begun) / 1000 / done_cycles))

	tap_note "$done_cycles cycles, $ms ms each"
}

main() {
	said=$(mktemp)
	unload_warden
	dmesg -c >/dev/null
	echo "TAP version 13"
	start_churn
	begun=${EPOCHREALTIME/./}
	# not ok(): that would be in a shell of its own
	all_cycles >&2
	tap_result $? "$cycles cycles while VMs run"
	((done_cycles == 0)) || per_cycle
	ok "VMs run still" both_alive
	ok "no hook is left" no_hooks_left
	ok "load once more" load_warden
	ok "apply limits that allow all that runs" limits enforce
	sleep 1
	tap_note "$(kvmwarden status | grep -A2 '^host')"
	end_churn >&2
	tap_result $? "VMs did not notice"
	tap_note "$(cat "$said")"
	ok "nothing is charged once they are dead" used_nothing
	ok "no VM is on record" test "$(kvmwarden list | grep -c mkvm)" = 0
	ok "unload" unload_warden
	ok "no hook is left after all" no_hooks_left
	ok "the kernel log is clean" clean_log
	rm -f "$said"
	tap_done
}

main
