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

# One event of each reason and each other kind; all would take their time.
one_of_each() {
	jq -rn '[inputs] | group_by([.type, .reason, .refused])[][0].seq' \
		"$dir/log"
}

explains() {
	kvmwarden explain "$1" >"$dir/said" && (($(wc -l <"$dir/said") > 2)) &&
		! awk 'length > 80 { print; bad = 1 } END { exit !bad }' "$dir/said" &&
		return
	cat "$dir/said"
	return 1
}

main() {
	local seq kinds=0

	echo "TAP version 13"
	unload_warden
	load_warden
	ok "an hour of trouble" trouble
	ok "a log of it" the_log
	ok "nothing is lost" nothing_lost
	ok "all that was counted is in it" log_is_whole
	for seq in $(one_of_each); do
		ok "explain #$seq: $(jq -r "select(.seq == $seq) |
			[.type, .reason // empty] | join(\" \")" "$dir/log")" explains "$seq"
		kinds=$((kinds + 1))
	done
	ok "$kinds kinds are more than forty" test "$kinds" -gt 40
	rm -rf "$dir"
	tap_done
}

main
