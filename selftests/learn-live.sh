#!/bin/bash
# kvmwarden learn on the loaded module: what guests need of a class that allows
# nothing is learned, and then enforced; the same guests are denied nothing, and
# each limit that was learned is the smallest that would do. And log and explain
# of real events. TAP; for the test bed only:
#   selftests/boot --turns --timeout 600 -- selftests/learn-live.sh
# shellcheck disable=SC2317 # nearly all is called by ok, with its name

set -uo pipefail
# shellcheck source=selftests/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"
# shellcheck source=selftests/lib/tap.sh
. "$bed_dir/lib/tap.sh"
# shellcheck source=selftests/lib/await.sh
. "$bed_dir/lib/await.sh"

scopes='/machine.slice/machine-qemu\x2d*.scope'
jobs=()

# --- the tool ----------------------------------------------------------------

show_output() {
	head -n 80 "$dir/out" | sed 's/^/out: /'
	head -n 20 "$dir/err" | sed 's/^/err: /'
	return 1
}

# exits STATUS ARGUMENT...
exits() {
	local want=$1 rc=0

	shift
	kvmwarden "$@" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	((rc == want)) && return
	echo "exit status $rc, wanted $want"
	show_output
}

# says TEXT: of the last run
says() { grep -qF -- "$1" "$dir/out" || show_output; }

narrow() { ! awk 'length > 80 { print; bad = 1 } END { exit !bad }' "$dir/out"; }

is() {
	[[ $1 == "$2" ]] && return
	printf 'got:    %s\nwanted: %s\n' "$1" "$2"
	return 1
}

last_seq() { kvmwarden log -j | jq -s '.[-1].seq // 0'; }

# denials SEQ: reasons of all that came after that, in words
denials() {
	kvmwarden log -j | jq -rs "map(select(.type == \"denial\" and .seq > $1) |
		.reason) | unique | join(\" \")"
}

# The last one's number. Under emulation, to start jq takes a second.
last_denial() {
	kvmwarden log -j | sed -n '/"type": *"denial"/h
		${ x; s/.*"seq": *\([0-9]*\).*/\1/p; }'
}

# --- guests ------------------------------------------------------------------

# soon COMMAND...: within minutes, for an emulated processor is a slow one and
# may have to share
soon() { await 240 "$@"; }

in_cgroup() {
	[[ -d /sys/fs/cgroup/$1 ]] || mkdir -p "/sys/fs/cgroup/$1"
	echo "$BASHPID" >"/sys/fs/cgroup/$1/cgroup.procs"
	shift
	exec "$@"
}

# guest NAME USER CGROUP VCPUS BYTES ORDER...: a VM that does as it is told, and
# stays until all are there; its answers are in $dir/NAME.said
guest() {
	local name=$1 user=$2 cgroup=$3 vcpus=$4 bytes=$5

	shift 5
	: >"$dir/$name.said"
	orders[$name]=$#
	{
		printf '%s\n' "$@"
		until [[ -e $dir/over ]]; do pause; done
	} | in_cgroup "$cgroup" "$dir/asuser" "${uid[$user]}" "$kvm" \
		"$dir/holdvm" "$vcpus" "$bytes" irqchip >"$dir/$name.said" 2>&1 &
	jobs+=($!)
	soon is_done "$name" || echo "$name is stuck" >>"$dir/$name.said"
}

# It has answered all, or was not created at all.
is_done() {
	local lines

	mapfile -t lines <"$dir/$1.said"
	((${#lines[@]})) || return
	[[ ${lines[0]} != ready ]] || ((${#lines[@]} == 1 + orders[$1]))
}

declare -A orders uid

# scene NUMBER: the same three guests, in scopes with other numbers; what any of
# them was refused is in $dir/refused
scene() {
	rm -f "$dir/over"
	jobs=()
	guest web nobody "machine.slice/machine-qemu\\x2d$1\\x2dweb.scope" 2 \
		2097152 vcpu 'slot 4096' 'slot 8192' ioeventfd ioeventfd zone \
		irqfd irqfd irqfd 'routes 40' nest
	guest db nobody "machine.slice/machine-qemu\\x2d$(($1 + 1))\\x2ddb.scope" \
		3 1048576 'slot 4096' zone zone
	guest other daemon "other/vm$1" 4 8388608 'slot 4096'
	: >"$dir/over"
	wait "${jobs[@]}"
	grep -v -e '^ready$' -e '^ok$' "$dir"/{web,db,other}.said >"$dir/refused"
	# a VM's end is told when KVM is done with it
	soon no_vms
}

no_vms() { [[ $(kvmwarden list) == 'no VMs on record' ]]; }

all_well() { [[ ! -s $dir/refused ]] || { cat "$dir/refused"; false; }; }

# --- tests -------------------------------------------------------------------

# A class that allows nothing and lets all pass, and sums beside it.
put_in_force() {
	cat >"$dir/base" <<-END
		[policy]
		version = 1
		mode = enforce
		[host]
		vms = 2
		memory = 4M
		per-user.vcpus = 5
		[cgroup /machine.slice]
		vcpus = 3
		[cgroup /machine.slice/*]
		memory = 1M
		[class tenants]
		match.user = nobody
		mode = permissive
		nested = deny
		vcpus = 0
		memory = 0
		memslots = 0
		ioeventfds = 0
		coalesced = 0
		irqfds = 0
		irq-routes = 0
		total.vms = 0
		total.memory = 0
		per-user.memory = 1M
		[class default]
		mode = permissive
		vcpus = 1
	END
	ok 'a permissive policy' exits 0 apply --force "$dir/base"
}

test_seen() {
	scene 5
	ok 'all that guests ask for passes' all_well
	ok 'log' exits 0 log
	ok '... tells of it' says 'would deny: vCPU limit of the VM'
	ok '... with names' says 'KVM_SET_USER_MEMORY_REGION'
	ok '... within 80 columns' narrow
	ok 'log -j' exits 0 log -j
	ok '... of each reason that is there to be met' is "$(denials 0)" \
		'class-vms host-memory host-vms nested vm-coalesced vm-ioeventfds vm-irq-routes vm-irqfds vm-memory vm-memslots vm-vcpus'
	ok '... and none was refused' is "$(jq -s \
		'map(select(.refused)) | length' "$dir/out")" 0
}

test_explain() {
	local seq

	seq=$(kvmwarden log -j | jq -s 'map(select(.reason == "vm-irqfds"))[0].seq')
	mkdir -p /etc/kvmwarden
	cp "$dir/base" /etc/kvmwarden/policy.conf
	ok 'explain' exits 0 explain "$seq"
	ok '... says which line' says \
		"That is line $(grep -n '^irqfds' "$dir/base" | cut -d: -f1) of /etc/kvmwarden/policy.conf."
	ok '... and what would do' says '    irqfds = 1'
	ok '... within 80 columns' narrow
	rm -r /etc/kvmwarden
}

test_learn() {
	ok 'learn' exits 0 learn --enforce
	cp "$dir/out" "$dir/learned"
	sed 's/^/# /' "$dir/learned"
	ok '... makes a policy that is right' exits 0 check "$dir/learned"
	ok '... with a class for the scopes' grep -qxF "match.cgroup = $scopes" \
		"$dir/learned"
	ok '... and one for the other user' grep -qxF 'match.user = daemon' \
		"$dir/learned"
	ok 'learn -j' exits 0 learn --enforce -j
	cp "$dir/out" "$dir/learned.json"
	ok 'apply' exits 0 apply "$dir/learned"
}

test_replay() {
	local before

	before=$(last_seq)
	scene 17
	ok 'the same guests, enforced, are refused nothing' all_well
	ok '... and nothing is told of them' is "$(denials "$before")" ''
	ok '... but that they were there' is "$(kvmwarden log -j | jq -s \
		"map(select(.type == \"vm-create\" and .seq > $before)) | length")" 3
}

# less KEY VALUE: one less
less() {
	case $1 in
	nested) echo deny ;;
	*memory) echo $(($(numfmt --from=iec "$2") - 1)) ;;
	*) echo $(($2 - 1)) ;;
	esac
}

# lowered SECTION KEY VALUE: that is too little for them
lowered() {
	local name=${1#class } before

	[[ $1 != cgroup* ]] || name=cgroup:${1#cgroup }
	before=$(last_denial)
	exits 0 set "$name" "$2=$(less "$2" "$3")" || return
	scene 29
	exits 0 set "$name" "$2=$3" || return
	[[ -s $dir/refused ]] && [[ $(last_denial) != "$before" ]] && return
	echo "nothing was refused"
	show_output
	return 1
}

# Every limit that was raised is the smallest that would do.
test_smallest() {
	local section key value

	while IFS=$'\t' read -r section key value; do
		ok "one less is refused: [$section] $key = $value" \
			lowered "$section" "$key" "$value"
	done < <(jq -r '.raised[] | [.section, .key, .to // "allow"] | @tsv' \
		"$dir/learned.json")
	scene 41
	ok 'with all of them back, nothing is refused' all_well
}

# --- a real VMM --------------------------------------------------------------

# QEMU, until its firmware has found nothing to boot. Without kvmwarden too, one
# in ten stays where it is, at the firmware's IRET, forever: the emulated
# processor's doing. So there may be several.
qemu() {
	local try

	for try in 1 2 3 4 5; do
		! boot_qemu || break
		echo "# QEMU number $try has not got anywhere"
	done
}

# whether it was done, or ended by itself
boot_qemu() {
	local rc=0

	: >"$dir/firmware"
	chmod 666 "$dir/firmware"
	in_cgroup qemu.slice/100.scope "$dir/asuser" "${uid[nobody]}" "$kvm" \
		qemu-system-x86_64 -accel kvm -M pc -m 64 -smp 2 \
		-nodefaults -display none -device virtio-blk-pci,drive=disk \
		-blockdev null-co,node-name=disk,size=1048576,read-zeroes=on \
		-device isa-debugcon,iobase=0x402,chardev=d \
		-chardev "file,id=d,path=$dir/firmware" >"$dir/qemu" 2>&1 &
	watch_firmware $! || rc=1
	kill -TERM $! 2>/dev/null
	wait $! 2>/dev/null
	soon no_vms
	return "$rc"
}

# watch_firmware PID: until it is done, or has said nothing more for a minute
watch_firmware() {
	local said

	until firmware_done "$1"; do
		said=$(<"$dir/firmware")
		await 60 firmware_moves "$1" "$said" || return
	done
}

firmware_moves() { firmware_done "$1" || [[ $(<"$dir/firmware") != "$2" ]]; }
boots() { [[ $(<"$dir/firmware") == *'No bootable device'* ]]; }
firmware_done() { boots || ! kill -0 "$1" 2>/dev/null; }

booted() {
	boots && return
	cat "$dir/qemu"
	tail -n 20 "$dir/firmware"
	return 1
}

test_qemu() {
	local before vcpus

	sed -e '/^\[host\]/,/^\[class/{/^\[class/!d}' -e '/^total/d' \
		-e '/^per-user/d' "$dir/base" >"$dir/only"
	ok 'a permissive policy' exits 0 apply --force "$dir/only"
	before=$(last_seq)
	qemu
	ok 'QEMU finds nothing to boot' booted
	ok 'learn' exits 0 learn --enforce
	cp "$dir/out" "$dir/learned"
	sed 's/^/# /' "$dir/learned"
	ok 'apply' exits 0 apply "$dir/learned"
	ok '... for the scopes of its slice' grep -qxF \
		'match.cgroup = /qemu.slice/*.scope' "$dir/learned"
	before=$(last_seq)
	qemu
	ok 'QEMU finds nothing to boot once more' booted
	ok '... and is denied nothing' is "$(denials "$before")" ''
	vcpus=$(awk '/^\[class tenants.2\]/ { in_c = 1 } in_c && /^vcpus/ {
		print $3; exit }' "$dir/learned")
	ok 'QEMU got its vCPUs' is "$vcpus" 2
	ok 'one less' exits 0 set tenants.2 vcpus=1
	qemu
	ok '... is too little for QEMU' is "$(denials "$before")" vm-vcpus
	ok '... which says so' grep -q 'quota' "$dir/qemu"
}

# --- the journal -------------------------------------------------------------

test_journal() {
	local journald=/lib/systemd/systemd-journald out

	if [[ ! -x $journald ]] || ! command -v journalctl >/dev/null; then
		tap_skip 'log --journal' 'no systemd-journald'
		return
	fi
	mkdir -p /run/systemd/journal /run/log/journal
	"$journald" >"$dir/journald" 2>&1 &
	soon test -S /run/systemd/journal/socket
	ok 'log --journal' exits 0 log --journal
	out=$(kvmwarden log -j | wc -l)
	ok 'the journal has each event' soon journal_has "$out"
	ok '... by its fields' is "$(journalctl -o json KVMWARDEN_REASON=vm-vcpus \
		MESSAGE_ID=62ec0ca4f993416dbd9ce8c04460a0df | jq -r \
		.KVMWARDEN_OPERATION | sort -u)" KVM_CREATE_VCPU
	kill %% 2>/dev/null
}

journal_has() {
	[[ $(journalctl -o json SYSLOG_IDENTIFIER=kvmwarden | wc -l) == "$1" ]]
}

# --- all of it ---------------------------------------------------------------

[[ -n ${KVMWARDEN_KO-} && -d /run/bed ]] || {
	echo '1..0 # SKIP only in the test bed: it changes the policy'
	exit 4
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
make -s -C "$bed_dir/tool-live" >&2 || die 125 "holdvm: cannot be built"
cp "$bed_dir"/tool-live/{asuser,holdvm} "$dir/"
for user in nobody daemon; do uid[$user]=$(id -u "$user"); done
kvm=$(stat -c %g /dev/kvm)
chmod 660 /dev/kvm
put_in_force
for test in seen explain learn replay smallest qemu journal; do
	tap_note "$test, after $SECONDS s"
	"test_$test"
done
tap_done
