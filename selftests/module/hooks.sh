#!/bin/bash
# Hooks: on and off, with KVM coming and going, with tracers beside them, and
# with somebody else who wants the same functions. In the test bed:
#   selftests/boot -- selftests/module/hooks.sh [PART...]

# shellcheck disable=SC2317 # parts are run by their names

set -uo pipefail
# shellcheck source=selftests/module/common.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"

refused_as() {
	local wanted=$1 said

	said=$("${@:2}" 2>&1) && { echo "not refused: ${*:2}"; return 1; }
	[[ $said == *$wanted* ]] && return
	echo "refused, but not with '$wanted': $said"
	return 1
}

listed() {
	local function

	ok "every hook is armed" hooks_are armed
	ok "limits are accepted" limits enforce
	ok "limits are enforced" limits_hold
	ok "permissive: limits are not enforced" limits permissive
	ok "permissive: everything passes" no_limits
	limits enforce >/dev/null
	for function in "${functions[@]}"; do
		ok "ftrace knows of $function" \
			grep -q "^$function .* I" "$tracing/enabled_functions"
	done
}

# Of what enabled_functions and kprobes/list say
hooked_in() { awk '/ I( |$)/ { print $1 }' | sort -u; }
probed_in() { awk '{ sub(/\+.*/, "", $3); print $3 }' | sort -u; }

# look_at_arming PID: what is hooked first and has a kprobe then has had both at a
# time. Nothing is started in between, or it would see the end only.
look_at_arming() {
	local hooked probed

	while kill -0 "$1" 2>/dev/null; do
		mapfile -t hooked <"$tracing/enabled_functions"
		mapfile -t probed </sys/kernel/debug/kprobes/list
		((${#hooked[@]} > 0 && ${#hooked[@]} < all)) || continue
		halfway=$((halfway + 1))
		both+=" $(comm -12 <(printf '%s\n' "${hooked[@]}" | hooked_in) \
			<(printf '%s\n' "${probed[@]}" | probed_in) | xargs)"
	done
}

# A breakpoint that the kernel does not know for ftrace's belongs to the kprobe at
# the same place.
searched() {
	local all tries=10 halfway=0 both='' pid

	all=$(grep -c . "$tracing/enabled_functions")
	while ((tries-- && halfway < 3)); do
		kvmwarden disarm >/dev/null
		limits enforce >/dev/null &
		pid=$!
		look_at_arming "$pid"
		wait "$pid"
	done
	ok "hooks are looked at while they are armed" test "$halfway" -ge 3
	ok "where ftrace patches is no kprobe of ours" test -z "${both// /}"
}

ftrace_off() { echo 0 >/proc/sys/kernel/ftrace_enabled; }
ftrace_is_on() { [[ $(</proc/sys/kernel/ftrace_enabled) == 1 ]]; }

switched_off() {
	not_ok "kernel.ftrace_enabled=0 is refused" ftrace_off
	ok "kernel.ftrace_enabled stays 1" ftrace_is_on
	ok "limits are still enforced" limits_hold
}

reloaded() {
	ok "KVM can be unloaded" unload_kvm
	ok "every hook waits" hooks_are waiting
	ok "KVM can be loaded" load_kvm
	ok "a VM created at once is limited" limits_hold
	ok "every hook is armed again" hooks_are armed
	ok "nothing is charged" used_nothing
	unload_kvm
	ok "a policy is accepted without KVM" limits enforce
	load_kvm
	ok "and enforced as soon as it is there" limits_hold
}

kill_and_wait() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

in_use() {
	local pid ready

	not_ok "rmmod is refused while armed" rmmod kvmwarden
	ok "limits are enforced all the same" limits_hold
	exec {ready}< <(exec "$mkvm" hold 2)
	pid=$!
	read -r -u "$ready" _
	ok "disarm, with a VM" kvmwarden disarm
	ok "every hook is off" hooks_are off
	ok "ftrace has forgotten us" no_hooks_left
	ok "nothing is enforced" no_limits
	ok "nothing is charged" used_nothing
	ok "apply arms" limits enforce
	ok "every hook is armed" hooks_are armed
	ok "limits are enforced" limits_hold
	ok "the VM is on record again" grep -q mkvm <(kvmwarden list)
	kill_and_wait "$pid"
	exec {ready}<&-
	ok "nothing is charged once it is dead" used_nothing
	ok "rmmod after disarm" unload_warden
	ok "no device is left" test ! -e /dev/kvmwarden
	ok "nothing is enforced without it" no_limits
}

before_kvm() {
	unload_warden
	unload_kvm
	ok "load before KVM" load_warden
	ok "every hook waits" hooks_are waiting
	limits enforce >/dev/null
	load_kvm
	ok "every hook is armed as KVM comes" hooks_are armed
	ok "limits are enforced" limits_hold
	unload_warden
	load_warden
	ok "load after KVM: every hook is armed" hooks_are armed
	limits enforce >/dev/null
}

filter_on() {
	printf '%s\n' "${functions[@]}" >"$tracing/set_ftrace_filter"
	echo "$1" >"$tracing/current_tracer"
}

traced() { grep -qE "$1" "$tracing/trace"; }

# As the function graph tracer shows it: "f();" or "f() {" and later "}", with
# the name in a comment if that is on another processor. A refused call returns,
# too.
all_returned() {
	awk '/\(\);/ { seen++ }
	     /\{$/ { seen++; open++ }
	     /\}( \/\*.*)?$/ { open-- }
	     END { if (open || !seen) {
		     print seen + 0 " calls, not returned: " open + 0
		     system("cat " FILENAME)
		     exit 1
	     } }' "$tracing/trace"
}

with_tracer() {
	local tracer=$1

	: >"$tracing/trace"
	ok "$tracer: can be switched on" filter_on "$tracer"
	ok "$tracer: limits are enforced" limits_hold
	ok "$tracer: has seen it" traced kvm_arch_vcpu_precreate
	ok "$tracer: apply meanwhile" limits permissive
	ok "$tracer: permissive, everything passes" no_limits
	limits enforce >/dev/null
	kvmwarden disarm >/dev/null
	ok "$tracer: disarmed, everything passes" no_limits
	ok "$tracer: armed anew" limits enforce
	: >"$tracing/trace"
	ok "$tracer: limits are enforced after it" limits_hold
	[[ $tracer != function_graph ]] ||
		ok "$tracer: has seen every call return" all_returned
	echo nop >"$tracing/current_tracer"
	echo >"$tracing/set_ftrace_filter"
	ok "$tracer off: limits are enforced" limits_hold
}

# probe KIND: on all functions
probe() {
	local function

	for function in "${functions[@]}"; do
		echo "$1:kw/$1_$function $function" || return
	done >>"$tracing/kprobe_events"
	echo 1 >"$tracing/events/kw/enable"
}

unprobe() {
	echo 0 >"$tracing/events/kw/enable"
	: >"$tracing/kprobe_events"
}

# start_bpf KIND FUNCTION: a program on it, in its place when this returns
start_bpf() {
	local said

	exec {bpf_said}< <(exec bpftrace -e "BEGIN { printf(\"ready\\n\"); }
		$1:kvm:$2 { @ = count(); }" 2>&1)
	bpf_pid=$!
	while read -r -t 120 -u "$bpf_said" said; do
		[[ $said != ready ]] || return 0
		echo "$said"
	done
	return 1
}

end_bpf() {
	end_process "$bpf_pid"
	exec {bpf_said}<&-
}

# By ftrace's direct calls, which a hook has to share the function with
with_bpf() {
	local kind=$1 function

	if [[ ! -e /sys/kernel/btf/kvm || -z $(command -v bpftrace) ]]; then
		tap_skip "$kind" "no bpftrace here, or no BTF for it"
		return
	fi
	for function in "${functions[@]}"; do
		start_bpf "$kind" "$function" >&2
		tap_result $? "$kind on $function: can be set"
		ok "$kind on $function: limits are enforced" limits_hold
		kvmwarden disarm >/dev/null
		ok "$kind on $function: armed with it in place" limits enforce
		ok "$kind on $function: limits are enforced after it" limits_hold
		end_bpf
		ok "$kind off $function: limits are enforced" limits_hold
	done
}

hit() {
	awk -v name="$1" '$1 == name && $2 > 0 { hit = 1 } END { exit !hit }' \
		"$tracing/kprobe_profile"
}

with_probe() {
	local kind=$1 name=$2

	ok "$name: can be set" probe "$kind"
	ok "$name: limits are enforced" limits_hold
	ok "$name: was hit" hit "${kind}_kvm_arch_vcpu_precreate"
	kvmwarden disarm >/dev/null
	ok "$name: disarmed, everything passes" no_limits
	ok "$name: armed with it in place" limits enforce
	ok "$name: every hook is armed" hooks_are armed
	ok "$name: limits are enforced after it" limits_hold
	unprobe
	ok "$name off: limits are enforced" limits_hold
}

rival_holds() {
	local function=kvm_arch_vcpu_precreate

	unload_warden
	ok "rival takes $function" insmod "$rival" function="$function"
	dmesg -c >/dev/null
	ok "load beside it" load_warden
	ok "its hook has failed" test "$(hook_state "$function")" = failed
	ok "another hook is armed" \
		test "$(hook_state kvm_coalesced_mmio_init)" = armed
	ok "the kernel log names it" kernel_says "$function cannot be hooked"
	ok "status shows what is lost" \
		grep -q "lost without it: .*vCPU" <(kvmwarden status)
	ok "a policy that needs it is refused and names it" \
		refused_as "$function" policy enforce "vcpus = 2"
	ok "so is one for the whole host" \
		refused_as "$function" policy enforce "[host]" "vcpus = 9"
	ok "a policy that does not need it is accepted" \
		policy enforce "memory = 1M"
	ok "and enforced" says "2 EDQUOT" slots 4 0x80000
	ok "a refused one changes nothing" \
		refused_as "$function" policy enforce "vcpus = 2"
	ok "of what is in force" says "2 EDQUOT" slots 4 0x80000
	ok "permissive, limits that need it are accepted" limits permissive
	ok "rival gives it back" rmmod rival
	ok "given back, it is accepted" limits enforce
	ok "every hook is armed" hooks_are armed
	ok "and all is enforced" limits_hold
}

# A record would stay for ever if the end of its VM was not seen.
rival_destroys() {
	local function=kvm_arch_destroy_vm pid ready

	unload_warden
	ok "rival takes $function" insmod "$rival" function="$function"
	ok "load beside it" load_warden
	ok "its hook has failed" test "$(hook_state "$function")" = failed
	not_ok "a policy of any kind is refused" policy enforce "memslots = 5"
	ok "permissive, limits are accepted" limits permissive
	ok "VMs come and go" says 3 vms 3
	ok "a VM that is there is asked, but not on record" no_limits
	ok "none is on record" test "$(kvmwarden list | grep -c mkvm)" = 0
	ok "nothing is charged" used_nothing
	rmmod rival
	exec {ready}< <(exec "$mkvm" hold 2)
	pid=$!
	read -r -u "$ready" _
	ok "$function free: it is accepted" limits enforce
	ok "$function free: a VM from before is on record" \
		grep -q mkvm <(kvmwarden list)
	ok "$function free: limits are enforced" limits_hold
	kill_and_wait "$pid"
	exec {ready}<&-
}

rival_late() {
	local function

	for function in "${functions[@]}"; do
		ok "rival does not get $function" \
			refused_as "busy" insmod "$rival" function="$function"
	done
	ok "limits are enforced" limits_hold
}

rival_coming() {
	local function

	for function in "${functions[@]}"; do
		unload_kvm
		insmod "$rival" function="$function" when=coming
		dmesg -c >/dev/null
		not_ok "$function taken: KVM is not loaded" load_kvm
		ok "$function taken: the kernel log says why" \
			kernel_says "module kvm is refused"
		not_ok "$function taken: no VM to be had" "$mkvm" vms 1
		ok "$function taken: no kvm in the kernel" not_loaded kvm
		ok "$function taken: every hook waits" hooks_are waiting
		rmmod rival
		ok "$function free: KVM is loaded" load_kvm
		ok "$function free: limits are enforced" limits_hold
	done
}

not_loaded() { ! loaded "$1"; }

rival_permissive() {
	local function=kvm_arch_vcpu_precreate

	unload_kvm
	limits permissive >/dev/null
	insmod "$rival" function="$function" when=coming
	ok "permissive, taken: KVM is loaded" load_kvm
	ok "permissive, taken: its hook has failed" \
		test "$(hook_state "$function")" = failed
	ok "permissive, taken: a policy that needs it is refused" \
		refused_as "$function" limits enforce
	ok "permissive, taken: everything passes" no_limits
	unload_kvm
	rmmod rival
	load_kvm
	ok "permissive, free: every hook is armed" hooks_are armed
	ok "permissive, free: limits are accepted" limits enforce
	ok "permissive, free: limits are enforced" limits_hold
}

# The same for a module that KVM's own can do without
rival_vendor() {
	local function=nested_svm_vmrun

	[[ $vendor == kvm_amd ]] || function=handle_vmlaunch
	ok "nested is denied" policy enforce "nested = deny"
	rmmod "$vendor"
	insmod "$rival" function="$function" module="$vendor" when=coming
	dmesg -c >/dev/null
	not_ok "$function taken: $vendor is not loaded" modprobe "$vendor"
	ok "$function taken: the kernel log says why" \
		kernel_says "module $vendor is refused"
	ok "$function taken: no $vendor in the kernel" not_loaded "$vendor"
	rmmod rival
	ok "$function free: $vendor is loaded" modprobe "$vendor"
	ok "$function free: it is hooked" test "$(hook_state "$function")" = armed

	unload_warden
	insmod "$rival" function="$function" module="$vendor"
	load_warden
	ok "$function held: its hook has failed" \
		test "$(hook_state "$function")" = failed
	ok "$function held: to deny nested is refused" \
		refused_as "$function" policy enforce "nested = deny"
	ok "$function held: all else is accepted" limits enforce
	ok "$function held: and enforced" limits_hold
	rmmod rival
	ok "$function free: nested can be denied" policy enforce "nested = deny"
}

main() {
	local part parts=(listed searched switched_off reloaded in_use before_kvm
		"with_tracer function" "with_tracer function_graph"
		"with_probe p kprobe" "with_probe r kretprobe"
		"with_bpf kfunc" "with_bpf kretfunc"
		rival_late rival_holds rival_destroys rival_coming rival_permissive
		rival_vendor)
	local reloads=" reloaded before_kvm rival_coming rival_permissive "

	reloads+="rival_vendor "
	((!$#)) || parts=("$@")
	limits enforce >/dev/null
	echo "TAP version 13"
	# where a test left off is nowhere to begin
	for part in "${parts[@]}"; do
		if [[ -z $kvm_module && $reloads == *" $part "* ]]; then
			tap_skip "$part" "KVM is built into this kernel"
			continue
		fi
		tap_note "$part"
		# shellcheck disable=SC2086 # a function and its arguments
		$part
		[[ -z $kvm_module ]] || loaded "$vendor" || load_kvm
		! loaded rival || rmmod rival
		loaded kvmwarden || load_warden
		limits enforce >/dev/null
	done
	unload_warden
	ok "nothing is left behind" no_hooks_left
	tap_done
}

main "$@"
