#!/bin/bash
# An hour of trouble, and an explanation of all of it: what the log tells of each
# VM and reason adds up to what the module has counted, and explain has an answer
# to each event. In the test bed:
#   selftests/boot --turns -- selftests/module/explain.sh

# shellcheck disable=SC2317 # ok() runs functions by their names

set -uo pipefail
# shellcheck source=selftests/module/common.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"

dir=$(mktemp -d)

trouble() { "$here/../kvm/trouble" >"$dir/trouble" || { cat "$dir/trouble"; return 1; }; }

the_log() { kvmwarden log -j >"$dir/log"; }

# Of each reason, refused or not: as the log tells, and as it was counted.
told() {
	jq -rn '[inputs | select(.type == "denial")]
		| group_by([.reason, .refused])[]
		| "\(.[0].reason) \(.[0].refused) \(map(.count) | add)"' "$dir/log"
}

counted() {
	kvmwarden status -j | jq -r '.denials[]
		| (select(.denied > 0) | "\(.reason) true \(.denied)"),
		  (select(.permitted > 0) | "\(.reason) false \(.permitted)")'
}

log_is_whole() { diff <(told | sort) <(counted | sort); }

nothing_lost() { ! jq -e 'select(.type == "events-lost")' "$dir/log"; }

# One event of each reason and each other kind, a line each; all would take their
# time.
one_of_each() {
	jq -rn '[inputs] | group_by([.type, .reason, .refused])[][0]
		| "\(.seq) \(.type) \(.reason // "")"' "$dir/log"
}

explains() {
	local said line longest=0

	kvmwarden explain "$1" >"$dir/said" || { cat "$dir/said"; return 1; }
	mapfile -t said <"$dir/said"
	for line in "${said[@]}"; do
		((${#line} <= longest)) || longest=${#line}
	done
	((longest <= 80 && ${#said[@]} > 2)) && return
	printf '%s\n' "${said[@]}"
	return 1
}

main() {
	local seq what kinds=0

	echo "TAP version 13"
	unload_warden
	load_warden
	ok "an hour of trouble" trouble
	ok "a log of it" the_log
	ok "nothing is lost" nothing_lost
	ok "all that was counted is in it" log_is_whole
	while read -r seq what; do
		ok "explain #$seq: $what" explains "$seq"
		kinds=$((kinds + 1))
	done < <(one_of_each)
	ok "$kinds kinds are more than forty" test "$kinds" -gt 40
	rm -rf "$dir"
	tap_done
}

main
