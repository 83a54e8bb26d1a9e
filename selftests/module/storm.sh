#!/bin/bash
# Cycles of load, apply, disarm and unload, like cycles.sh, in any weather:
# while VMs come and go that ask for all there is to ask for, KVM is reloaded,
# and tracers, probes, BPF programs and a rival for the hooks come and go at
# random. In the test bed:
#   selftests/boot --turns -- selftests/module/storm.sh [CYCLES [SEED \
#	[SECONDS]]]
#
# SEED may be -, for any. Ends after CYCLES or SECONDS, whichever comes first.

# shellcheck disable=SC2317 # functions are run by their names

set -uo pipefail
# shellcheck source=selftests/module/common.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"

cycles=${1-20} seed=${2--} seconds=${3-86400}
[[ $seed != - ]] || seed=$((RANDOM * 32768 + RANDOM))
RANDOM=$((seed % 32768))

# Who is there besides: by kind, what takes it away again
declare -A others=()
churn_pid='' churn_said=$(mktemp) bpf_pid='' step=''
# the function that the rival has
held=''
declare -A met=()

# In this shell: another one has random numbers of its own.
one_in() { ((RANDOM % $1 == 0)); }
met() { met[$1]=$((${met[$1]-0} + 1)); }

# wrong WHAT: of the step it is at; ends the cycles, also where nobody asks
wrong() {
	gone_wrong=yes
	echo "$step: $*"
	kvmwarden status 2>&1 | tail -n 40
	return 1
}

# --- those who come and go ----------------------------------------------------

some_function() { function=${functions[RANDOM % ${#functions[@]}]}; }

come_function() { come_tracer function; }
go_function() { go_tracer; }
come_function_graph() { come_tracer function_graph; }
go_function_graph() { go_tracer; }

# There is only one at a time, and that of KVM's functions, if KVM is there.
come_tracer() {
	[[ $(<"$tracing/current_tracer") == nop ]] || return 1
	printf '%s\n' "${functions[@]}" >"$tracing/set_ftrace_filter" 2>/dev/null
	echo "$1" >"$tracing/current_tracer"
}

go_tracer() {
	echo nop >"$tracing/current_tracer"
	echo >"$tracing/set_ftrace_filter"
	: >"$tracing/trace"
}

come_kprobe() { come_probe p; }
go_kprobe() { go_probe p; }
come_kretprobe() { come_probe r; }
go_kretprobe() { go_probe r; }

come_probe() {
	local function

	some_function
	echo "$1:storm$1/it $function" >>"$tracing/kprobe_events" &&
		echo 1 >"$tracing/events/storm$1/enable"
}

go_probe() {
	echo 0 >"$tracing/events/storm$1/enable"
	echo "-:storm$1/it" >>"$tracing/kprobe_events"
}

# A BPF program on a function, by ftrace (fentry) where there is BTF, or a
# kprobe.
come_bpf() {
	local function ready

	some_function
	if [[ -e /sys/kernel/btf/kvm ]] && one_in 2; then
		function="kfunc:kvm:$function"
	else
		function="kprobe:$function"
	fi
	exec {ready}< <(exec bpftrace -e "BEGIN { printf(\"ready\\n\"); }
		$function { @ = count(); }" 2>&1)
	bpf_pid=$!
	read -r -t 120 -u "$ready" _ && read -r -t 120 -u "$ready" _
	exec {ready}<&-
	kill -0 "$bpf_pid" 2>/dev/null && met "bpf, ${function%%:*}"
}

go_bpf() {
	end_process "$bpf_pid" >&2
	bpf_pid=
}

# Gets the function, or not if we have it.
come_rival() {
	local function said

	some_function
	if said=$(insmod "$rival" function="$function" 2>&1); then
		held=$function
		[[ $(hook_state "$function" 2>/dev/null) != armed ]] ||
			wrong "$function is armed, and the rival's"
		return
	fi
	[[ $said == *busy* ]] || wrong "rival: $said"
	[[ $(hook_state "$function") == armed ]] ||
		wrong "the rival is refused $function, which is not armed"
	met "rival refused"
	return 1
}

go_rival() {
	rmmod rival
	held=
}

kinds=(function function_graph kprobe kretprobe rival rival)
[[ -z $(command -v bpftrace) ]] || kinds+=(bpf)

# One comes, or one goes.
weather() {
	local kind=${kinds[RANDOM % ${#kinds[@]}]}

	one_in 2 || return 0
	# it takes its time
	[[ $kind != bpf ]] || one_in 2 || return 0
	if [[ -n ${others[$kind]-} ]]; then
		unset "others[$kind]"
		"go_$kind"
	elif "come_$kind"; then
		others[$kind]=yes
		met "$kind"
	fi
	return 0
}

all_go() {
	local kind

	for kind in "${!others[@]}"; do
		"go_$kind"
	done
	others=()
}

# --- VMs ---------------------------------------------------------------------

start_churn() {
	if one_in 2; then
		"$mkvm" churn 100000 >"$churn_said" &
	else
		"$here/../kvm/races" churn >"$churn_said" &
	fi
	churn_pid=$!
}

end_churn() {
	[[ -n $churn_pid ]] || return 0
	kill -TERM "$churn_pid" 2>/dev/null
	wait "$churn_pid" || wrong "VMs: $(<"$churn_said")" || return
	tap_note "VMs: $(<"$churn_said")" >&2
	churn_pid=
}

# --- a cycle -----------------------------------------------------------------

# Either all is enforced, or we are told what stands in the way. What the rival had
# before and has no more is ours by the same apply.
enforce() {
	local said

	step="apply, with ${!others[*]}"
	if said=$(limits enforce 2>&1); then
		[[ -z $held ]] ||
			wrong "accepted, though $held is not ours" || return
		limits_hold || wrong "not enforced"
		return
	fi
	[[ -n $held && $said == *"$held"* ]] || wrong "refused: $said" ||
		return
	met "apply refused"
}

permit() {
	step="apply permissive, with ${!others[*]}"
	limits permissive >/dev/null || wrong "refused"
}

# Only while there is no VM; whoever just opens /dev/kvm delays it.
reload() {
	local modules=("$vendor") tries

	[[ -n $kvm_module ]] || return 0
	step="reload, with ${!others[*]}"
	end_churn || return
	# its probes keep kvm in the kernel, and its tracers' filters go with it
	if one_in 2; then
		all_go
		modules+=(kvm)
	fi
	for tries in 1 2 3 4 5 6 7 8 9 10; do
		rmmod "${modules[@]}" 2>/dev/null && break
		((tries < 10)) || { wrong "rmmod ${modules[*]}"; return 1; }
		sleep 0.2
	done
	met "${modules[-1]} reloaded"
	if modprobe "$vendor" 2>/dev/null; then
		start_churn
		return
	fi
	wrong "modprobe $vendor"
}

cycle() {
	step=load
	weather
	load_warden || wrong "not loaded" || return
	weather
	enforce || return
	weather
	! one_in 4 || { reload && enforce; } || return
	permit || return
	weather
	enforce || return
	step="disarm, with ${!others[*]}"
	kvmwarden disarm >/dev/null || wrong "not disarmed" || return
	weather
	step="unload, with ${!others[*]}"
	rmmod kvmwarden || wrong "not unloaded" || return
	no_hooks_left || wrong "hooks are left"
}

done_cycles=0 gone_wrong=''

all_cycles() {
	local begun=$SECONDS

	while ((done_cycles < cycles && SECONDS - begun < seconds)); do
		if ! cycle || [[ -n $gone_wrong ]]; then
			echo "cycle $done_cycles"
			return 1
		fi
		done_cycles=$((done_cycles + 1))
		((done_cycles % 10)) ||
			say "$done_cycles cycles, $((SECONDS - begun)) s"
	done
}

tell_met() {
	local what

	for what in "${!met[@]}"; do
		tap_note "$what: ${met[$what]} times"
	done | sort
}

no_reports() {
	! dmesg | grep -E 'WARNING|BUG|Oops|Call Trace'
}

main() {
	echo "TAP version 13"
	tap_note "to do it again: storm.sh $cycles $seed"
	unload_warden
	dmesg -c >/dev/null
	start_churn
	# not ok(): that would be in a shell of its own
	all_cycles >&2
	tap_result $? "cycles in any weather"
	tap_note "$done_cycles cycles, seed $seed"
	tell_met
	end_churn >&2
	tap_result $? "VMs did not notice"
	all_go
	unload_warden
	load_warden
	ok "limits are accepted" limits enforce
	ok "limits are enforced" limits_hold
	ok "nothing is charged" used_nothing
	ok "unload" unload_warden
	ok "no hook is left" no_hooks_left
	ok "the kernel has nothing to report" no_reports
	rm -f "$churn_said"
	tap_done
}

main
