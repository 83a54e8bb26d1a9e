# shellcheck shell=bash
# Waiting for what happens by itself; sourced, never run.

# What a read from there waits for never comes; sleep is a program to be started.
exec {never}<> <(:)
pause() { read -r -t 0.2 -u "$never" _ || true; }

# await SECONDS COMMAND...: until it succeeds
await() {
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		((SECONDS < end)) || return
		pause
	done
}
