# shellcheck shell=bash
# TAP in shell, for single tests and for those who run them; sourced, never run.

tap_tests=0 tap_bad=0 tap_good=0 tap_skips=0

# result STATUS NAME [DIRECTIVE]: prints one test's
tap_result() {
	tap_tests=$((tap_tests + 1))
	if [[ $1 == 0 ]]; then
		echo "ok $tap_tests $2${3:+ # $3}"
	else
		tap_bad=$((tap_bad + 1))
		echo "not ok $tap_tests $2"
	fi
}

tap_note() { printf '%s\n' "$*" | sed 's/^/# /'; }

# ok NAME COMMAND...: the test is that the command succeeds; what it says is
# shown if it does not
ok() {
	local name=$1 said rc=0

	shift
	said=$("$@" 2>&1) || rc=$?
	tap_result "$rc" "$name"
	((rc == 0)) || tap_note "$* (status $rc)${said:+: $said}"
}

# not_ok NAME COMMAND...: the other way round
not_ok() {
	local name=$1 said rc=0

	shift
	said=$("$@" 2>&1) || rc=$?
	tap_result "$((rc == 0))" "$name"
	((rc != 0)) || tap_note "$* succeeded${said:+: $said}"
}

tap_skip() { tap_result 0 "$1" "SKIP $2"; }

# The last command of a test program.
tap_done() {
	echo "1..$tap_tests"
	exit $((tap_bad > 0))
}

# program COMMAND...: runs a test program, shows and counts its results
tap_program() {
	local rc=0 out

	out=$(mktemp)
	echo "# $(basename -- "$1")${2+ ${*:2}}"
	"$@" | tee "$out" || rc=$?
	tap_good=$((tap_good + $(grep -c '^ok ' "$out" || true)))
	tap_bad=$((tap_bad + $(grep -c '^not ok ' "$out" || true)))
	tap_skips=$((tap_skips + $(grep -ciE '^ok .*# SKIP' "$out" || true)))
	if ((rc == 4)) && grep -q '^1\.\.0 # SKIP' "$out"; then
		tap_skips=$((tap_skips + 1))
		tap_good=$((tap_good + 1))
	elif ((rc != 0)) && ! grep -q '^not ok ' "$out"; then
		echo "not ok - $(basename -- "$1"): exit status $rc"
		tap_bad=$((tap_bad + 1))
	fi
	rm -f "$out"
}

# The last command of a runner.
tap_summary() {
	echo "$((tap_good - tap_skips)) passed, $tap_bad failed, $tap_skips skipped"
	exit $((tap_bad > 0))
}
