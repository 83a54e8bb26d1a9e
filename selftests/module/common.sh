# shellcheck shell=bash
# shellcheck disable=SC2034 # those who source it use the variables
# What the module tests have in common; sourced, never run.

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
# shellcheck source=selftests/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=selftests/lib/kvm.sh
. "$here/../lib/kvm.sh"

mkvm=$here/mkvm
ko=${KVMWARDEN_KO:?is set by selftests/boot}
rival=$(rival_of "$ko")
tracing=/sys/kernel/tracing
functions=(kvm_arch_destroy_vm kvm_coalesced_mmio_init
	kvm_arch_prepare_memory_region kvm_arch_vcpu_precreate)

say() { printf '==> %s\n' "$*" >&2; }

loaded() { grep -q "^$1 " /proc/modules; }

# Elsewhere than on x86 KVM may be built into the kernel, and then it is
# neither in what modprobe would load, nor ever away.
kvm_module=''
! modprobe --show-depends kvm 2>/dev/null | grep -q ^insmod || kvm_module=yes

load_kvm() { [[ -z $kvm_module ]] || modprobe "$vendor"; }
unload_kvm() { [[ -n $kvm_module ]] && rmmod "$vendor" kvm; }

gone_within() { timeout "$1" tail -s 0.1 -f --pid="$2" /dev/null; }

what_it_does() {
	grep State "/proc/$1/status"
	cat "/proc/$1"/task/*/{comm,syscall,wchan,stack}
}

# end_process PID: a child. bpftrace misses a signal that comes while it does not
# wait for events, so it is asked again; what has not ended within a minute is
# told of, and killed.
end_process() {
	local tries=60

	while ((tries--)) && kill "$1" 2>/dev/null; do
		! gone_within 1 "$1" || break
	done
	if ((tries < 0)); then
		tap_note "process $1 has not ended: $(what_it_does "$1" 2>&1)"
		kill -KILL "$1"
		if ! gone_within 60 "$1"; then
			tap_result 1 "process $1 ends by SIGKILL"
			return
		fi
	fi
	wait "$1" 2>/dev/null
}

load_warden() { insmod "$ko"; }

unload_warden() {
	loaded kvmwarden || return 0
	kvmwarden disarm >/dev/null && rmmod kvmwarden
}

# policy MODE [LINE...]: puts a policy in force; the lines are of its class
# default, or begin another section
policy() {
	local mode=$1

	shift
	{
		printf '[policy]\nversion = 1\nmode = %s\n' "$mode"
		printf '[class default]\n'
		printf '%s\n' "$@"
	} | kvmwarden apply -f -
}

limits() { policy "$1" "vcpus = 2" "memory = 1M"; }

# What mkvm says, to be compared
says() {
	local wanted=$1 said

	said=$("$mkvm" "${@:2}" 2>&1) || true
	[[ $said == "$wanted" ]] && return
	echo "mkvm ${*:2}: '$said', wanted '$wanted'"
	return 1
}

limits_hold() {
	says "2 EDQUOT" vcpus 4 && says "2 EDQUOT" slots 4 0x80000 &&
		says 3 vms 3
}

no_limits() { says 4 vcpus 4 && says 4 slots 4 0x80000 && says 3 vms 3; }

# hook_state FUNCTION: as status tells it
hook_state() {
	kvmwarden status | awk -v function_="$1" '
		{ for (i = 1; i < NF; i++) if ($i == function_) {
			sub(/:$/, "", $(i + 2)); print $(i + 2) } }'
}

# hooks_are STATE: all of them
hooks_are() {
	local function state

	for function in "${functions[@]}"; do
		state=$(hook_state "$function")
		[[ $state == "$1" ]] && continue
		echo "$function is '$state'"
		return 1
	done
}

# used_nothing: no charge is left. RCU and delayed file closing may take a
# moment.
used_nothing() {
	local used

	for _ in 1 2 3 4 5 6 7 8 9 10; do
		used=$(kvmwarden status | grep -E '^(host)? +(VMs|vCPUs|memory) +[0-9]' |
			awk '{ sub(/^host/, ""); sub(/,/, "", $2); print $2 }' |
			tr '\n' ' ')
		[[ $used != "0 0 0 " ]] || return 0
		sleep 0.5
	done
	echo "VMs, vCPUs, memory in use: $used"
	return 1
}

no_hooks_left() {
	! grep -E 'kvmwarden|kw_canary|hook_callback' "$tracing/enabled_functions"
}

# kernel_says TEXT: in its log, since the last dmesg -c
kernel_says() {
	dmesg | grep -F -- "$1" && return
	dmesg | tail -n 20
	return 1
}
