#!/bin/bash
# The KUnit suites, as TAP. For the test bed's debug kernel:
#   selftests/boot --kernel debug -- selftests/module/kunit.sh [PARAMETER=VALUE]

set -euo pipefail

suites=$(dirname -- "${KVMWARDEN_KO:?is set by selftests/boot}")/kvmwarden_kunit.ko
messages=$(mktemp)
trap 'rm -f "$messages"' EXIT

skip_all() {
	echo "TAP version 13"
	echo "1..0 # SKIP $*"
	exit 4
}

# KTAP from the kernel log to TAP: a case is indented by four columns and
# becomes a test; a suite's own result, not indented, says nothing new.
to_tap() {
	awk '
	function result(line) {
		match(line, /^(not )?ok [0-9]+/)
		rest = substr(line, RLENGTH + 1)
		sub(/^ -/, "", rest)
		sub(/^ */, "", rest)
		status = line ~ /^not/ ? "not ok" : "ok"
		printf "%s %d - %s: %s\n", status, ++tests, suite, rest
		failed += line ~ /^not/
	}
	{ sub(/^\[ *[0-9.]+\] /, "") }
	/^ *# Subtest: / { suite = $0; sub(/.*: /, "", suite); planned = -1; next }
	/^    1\.\.[0-9]+/ { expected += substr($0, 8); suites++; next }
	/^    (not )?ok / { sub(/^ +/, ""); result($0); next }
	/^(not )?ok / { if (/^not/) failed_suites++; next }
	/^K?TAP version|^ *1\.\.|^    KTAP/ { next }
	/^    ?# .*(pass|fail):[0-9]+/ || /^# (kvmwarden|Totals)/ { next }
	{ sub(/^ +/, ""); sub(/^# /, ""); print "# " $0 }
	END {
		if (tests != expected) {
			print "# " expected " cases were planned, " \
				tests + 0 " reported"
			failed++
		}
		printf "1..%d\n", tests
		exit !(tests && !failed && !failed_suites)
	}'
}

[[ -e $suites ]] || skip_all "no kvmwarden_kunit.ko: this kernel has no KUnit"

dmesg -c >"$messages"
insmod "$suites" "$@"
dmesg -c >"$messages"
rmmod kvmwarden_kunit
echo "TAP version 13"
to_tap <"$messages"
