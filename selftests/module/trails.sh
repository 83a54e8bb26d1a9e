#!/bin/bash
# Events where operators look already: the audit trail and tracepoints, by the
# tools that read them. In the test bed:
#   selftests/boot --turns -- selftests/module/trails.sh

# shellcheck disable=SC2317 # ok() runs functions by their names

set -uo pipefail
# shellcheck source=selftests/module/common.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"
# shellcheck source=selftests/lib/await.sh
. "$here/../lib/await.sh"

dir=$(mktemp -d)
auditd_pid=

# --- audit -------------------------------------------------------------------

start_auditd() {
	mkdir "$dir/audit"
	cat >"$dir/audit/auditd.conf" <<-END
		local_events = yes
		write_logs = yes
		log_file = $dir/audit/audit.log
		log_format = ENRICHED
		log_group = root
		flush = DATA
		name_format = NONE
		disk_full_action = IGNORE
		disk_error_action = IGNORE
		space_left_action = IGNORE
		admin_space_left_action = IGNORE
		space_left = 2
		admin_space_left = 1
	END
	chmod 640 "$dir/audit/auditd.conf"
	auditd -n -c "$dir/audit" >"$dir/auditd.said" 2>&1 &
	auditd_pid=$!
	await 60 grep -qs DAEMON_START "$dir/audit/audit.log" ||
		{ cat "$dir/auditd.said"; return 1; }
	auditctl -e 1
}

# audited TEXT: by then, and as ausearch reads it
audited() {
	await 60 found "$1" && return
	ausearch --input "$dir/audit/audit.log" -m KERNEL_OTHER | tail -n 20
	echo "what kvmwarden, audit and auditd have to say:"
	kvmwarden log | tail -n 5
	auditctl -s
	tail -n 5 "$dir/audit/audit.log" "$dir/auditd.said"
	return 1
}

# A record that auditd had no room for just then is kept by the kernel until the
# next one comes: so there is one.
found() {
	auditctl -m "still waiting" >/dev/null
	# not -q: ausearch would write on, to nobody, and that it failed would count
	ausearch --input "$dir/audit/audit.log" -m KERNEL_OTHER 2>/dev/null |
		grep -E -- "$1" >/dev/null
}

digest_of_policy() { kvmwarden status -j | jq -r .digest; }

test_audit() {
	local digest

	start_auditd
	tap_result $? "auditd runs"
	unload_warden
	ok "the module is loaded" load_warden
	ok "... audited" audited ' kvmwarden op=arm seq=[0-9]+ '
	ok "limits are set" limits enforce
	digest=$(digest_of_policy)
	ok "... audited, old and new digest, and who" audited \
		"op=policy-commit .* old_digest=0{64} digest=$digest .*auid=.* comm=\"kvmwarden\""
	ok "a VM has too many vCPUs" says "2 EDQUOT" vcpus 4
	ok "its beginning" audited \
		'op=vm-create .* class="default" pid=[0-9]+ uid=0 auid=[0-9]+ ses=[0-9]+ comm="mkvm" exe="/[^"]*mkvm" cgroup="/[^"]*" res=1'
	ok "what it was denied" audited \
		'op=denial .* operation=KVM_CREATE_VCPU reason=vm-vcpus count=1 total=1 limit=2 used=2 asked=1 .* res=0'
	ok "its end" audited 'op=vm-destroy .* comm="mkvm"'
	ok "a denial that would be" permissive_denial
	ok "... says so" audited 'op=denial .* reason=vm-vcpus .* res=1'
	test_forged
	ok "hooks are taken off" kvmwarden disarm
	ok "... audited" audited 'op=disarm .* comm="kvmwarden"'
	ok "... each" audited 'op=hook .* state=0 error=0 function="kvm_arch_destroy_vm"'
	kill "$auditd_pid"
	wait "$auditd_pid"
}

permissive_denial() { limits permissive && says 3 vcpus 3; }

# Names are the VMM's choice.
test_forged() {
	local evil=$dir/$'a" op=vm'

	cp "$mkvm" "$evil"
	limits enforce
	"$evil" vms 1 >"$dir/evil.said"
	ok "a name that would be another field" audited \
		'op=vm-create .* comm=61[ 0-9a-f]*6d exe=2f[ 0-9a-f]+ '
}

# --- tracepoints -------------------------------------------------------------

trace_kinds=(kvmwarden_denial kvmwarden_hook kvmwarden_policy kvmwarden_vm_adopted
	kvmwarden_vm_created kvmwarden_vm_destroyed kvmwarden_vm_set)

# trouble: one of each kind but adoption and setting
trouble() {
	limits enforce
	"$mkvm" vcpus 4
	kvmwarden disarm
}

perf_sees() {
	perf script -i "$dir/perf.data" 2>/dev/null >"$dir/perf.out"
	grep -E "$1" "$dir/perf.out" && return
	head -n 20 "$dir/perf.out"
	return 1
}

test_perf() {
	local kind

	for kind in "${trace_kinds[@]}"; do
		ok "tracepoint $kind" test -d "$tracing/events/kvmwarden/$kind"
	done
	ok "perf record" perf record -q -a -e 'kvmwarden:*' \
		-o "$dir/perf.data" -- bash -c \
		"$(declare -f trouble limits policy); mkvm=$mkvm; trouble"
	ok "a policy" perf_sees \
		'kvmwarden_policy: op=policy-commit pid=[0-9]+ uid=0 comm=kvmwarden mode=2'
	ok "a VM" perf_sees 'kvmwarden_vm_created: vm=[0-9]+ .* comm=mkvm class=default'
	ok "a denial, with its names" perf_sees \
		'kvmwarden_denial: .* operation=KVM_CREATE_VCPU reason=vm-vcpus refused=1 limit=2 used=2 asked=1 total=1'
	ok "the VM's end" perf_sees 'kvmwarden_vm_destroyed: .* comm=mkvm'
	ok "a hook" perf_sees 'kvmwarden_hook: function=kvm_arch_destroy_vm state=0 error=0'
	ok "perf trace" perf trace -a --no-syscalls -e 'kvmwarden:kvmwarden_vm*' \
		-o "$dir/perf.trace" -- "$mkvm" vms 1
}

# bpftrace says that it attaches before it has: a denial may come too early for it
denied_until_gone() {
	"$mkvm" vcpus 4 >/dev/null
	! kill -0 "$1" 2>/dev/null
}

test_bpftrace() {
	if ! command -v bpftrace >/dev/null; then
		tap_skip "bpftrace" "there is none"
		return
	fi
	if [[ ! -e /sys/kernel/btf/vmlinux ]]; then
		tap_skip "bpftrace" "this kernel does not tell its types"
		return
	fi
	limits enforce >/dev/null
	bpftrace -e 'tracepoint:kvmwarden:kvmwarden_denial
		{ printf("%d %s %s\n", args->vm, args->operation, args->reason); exit(); }' \
		>"$dir/bpf.out" 2>"$dir/bpf.err" &
	await 60 denied_until_gone $! || { cat "$dir/bpf.err"; kill $!; }
	wait $!
	ok "bpftrace" grep -qE '^[0-9]+ KVM_CREATE_VCPU vm-vcpus$' "$dir/bpf.out"
}

main() {
	echo "TAP version 13"
	dmesg -c >/dev/null
	test_audit
	test_perf
	test_bpftrace
	ok "unload" unload_warden
	rm -rf "$dir"
	tap_done
}

main
