# shellcheck shell=bash
# shellcheck disable=SC2154 # from lib.sh
# The control tool with a text file for a module (see tool-doctor/module.c);
# sourced after lib.sh and lib/tap.sh, never run.

fakes=$(dirname -- "$(realpath "${KVMWARDEN:-$tree/tools/kvmwarden/kvmwarden}")")/fake
tool=$fakes/kvmwarden
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99 LC_ALL=C

fake_set_up() {
	need jq
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	export FAKE_MODULE=$dir/module FAKE_ETC=$dir/etc
	touch "$dir/out" "$dir/err" "$FAKE_MODULE.log"
}

# --- a module ----------------------------------------------------------------

# module: standard input is what it says; what was done to it before is forgotten
module() {
	cat >"$FAKE_MODULE"
	: >"$FAKE_MODULE.log"
}

# did TEXT: a line of what was done to it
did() { grep -qF -- "$1" "$FAKE_MODULE.log" || show_output "$1"; }

did_nothing() { [[ ! -s $FAKE_MODULE.log ]] || show_output; }

# --- the tool ----------------------------------------------------------------

show_output() {
	(($# == 0)) || echo "not found: $1"
	sed 's/^/out: /' "$dir/out"
	sed 's/^/err: /' "$dir/err"
	sed 's/^/did: /' "$FAKE_MODULE.log"
	return 1
}

# exits STATUS ARGUMENT...
exits() {
	local want=$1 rc=0

	: >"$FAKE_MODULE.log"
	timeout 20 "$tool" "${@:2}" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	((rc == want)) && return
	echo "exit status $rc, wanted $want"
	show_output
}

# says out|err TEXT: of the last run
says() { grep -qF -- "$2" "$dir/$1" || show_output "$2"; }

# refuses STATUS TEXT ARGUMENT...: and leaves the module alone
refuses() {
	exits "$1" "${@:3}" && says err "$2" && did_nothing &&
		[[ ! -s $dir/out ]]
}

narrow() { ! awk 'length > 80 { print; bad = 1 } END { exit !bad }' "$dir/out"; }

# json FILTER: of the last run
json() { jq -e "$1" "$dir/out" >/dev/null || show_output "$1"; }
