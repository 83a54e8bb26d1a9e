# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # who sources it sets and calls them
# shellcheck disable=SC2016 # what is quoted is evaluated later
# doctor --fix; sourced by ../tool-doctor.sh.

declare -A mended

# What --fix is to mend, and how it is broken.
broken=(
	"l1tf|set_to never /sys/module/kvm_intel/parameters/vmentry_l1d_flush; set_to 'Mitigation: PTE Inversion; VMX: vulnerable' $faults/l1tf"
	'policy-files|chmod 777 $root/etc/kvmwarden'
	'kvm-access|chmod 666 $root/dev/kvm'
	'ignore-msrs|set_to Y /sys/module/kvm/parameters/ignore_msrs'
	'force-emulation|set_to 1 /sys/module/kvm/parameters/force_emulation_prefix'
	'nx-huge-pages|set_to N /sys/module/kvm/parameters/nx_huge_pages'
	'eager-page-split|set_to N /sys/module/kvm/parameters/eager_page_split'
	'halt-polling|set_to 900000 /sys/module/kvm/parameters/halt_poll_ns'
	'dump-invalid|set_to Y /sys/module/kvm_amd/parameters/dump_invalid_vmcb'
	'debugfs|chmod 755 $root/sys/kernel/debug'
	'tracefs|chmod 755 $root/sys/kernel/tracing'
	'userfaultfd|set_to 1 /proc/sys/vm/unprivileged_userfaultfd'
	'userfaultfd-dev|chmod 666 $root/dev/userfaultfd'
	'unprivileged-bpf|set_to 0 /proc/sys/kernel/unprivileged_bpf_disabled'
	'kptr|set_to 0 /proc/sys/kernel/kptr_restrict'
	'dmesg|set_to 0 /proc/sys/kernel/dmesg_restrict'
	'ptrace|set_to 0 /proc/sys/kernel/yama/ptrace_scope'
	'perf-events|set_to -1 /proc/sys/kernel/perf_event_paranoid'
	'panic-on-warn|set_to 1 /proc/sys/kernel/panic_on_warn'
	'ksm|set_to 1 /sys/kernel/mm/ksm/run'
	'suid-dumpable|set_to 1 /proc/sys/fs/suid_dumpable'
	'panic-on-oom|set_to 1 /proc/sys/vm/panic_on_oom'
	'bridge-flooding|set_to 0 $net/br0/bridge/ageing_time'
	'vhost-net|chmod 666 $root/dev/vhost-net'
	'vhost-vsock|chmod 666 $root/dev/vhost-vsock'
	'saved-state|chmod 644 $root/var/lib/libvirt/qemu/save/one.save'
)

# A file here does not do what the kernel's does: these are only written to
inert='^(l1tf|nx-huge-pages)$'

# All that the host is made of, times of access apart.
mark() { tar -C "$root" -c --sort=name . | sha256sum; }

# fixed NAME ID TEXT: what is broken, with TEXT for what is done
fixed() {
	ok "$1 is fixed" exits 0 --fix "$2"
	ok '... shows what it does' says "$3"
	ok '... and what came of it' says "ok $2:"
	ok '... which lasts' exits 0 "$2"
}

test_fix() {
	local entry id

	for entry in "${broken[@]}"; do
		id=${entry%%|*}
		ok "$id: nothing to fix" fixes_nothing 0 "$id"
		eval "${entry#*|}"
		if [[ $id =~ $inert ]]; then
			ok "$id: not fixed by words" exits 7 --fix "$id"
			ok '... shows what it does' says '+ echo '
			ok '... and that it did' written
			sound_host
		else
			fixed "$id" "$id" '+ '
		fi
		mended[$id]=yes
	done
	ok 'what was written' is_force
}

# The last words that were written are in the file that was named
written() {
	local line

	line=$(grep '^+ echo' "$dir/out")
	[[ $(<"${line#*>}") == "$(cut -d' ' -f3 <<<"$line")" ]]
}

is_force() {
	sound_host
	set_to N /sys/module/kvm/parameters/nx_huge_pages
	doctor --fix nx-huge-pages
	[[ $(<"$root/sys/module/kvm/parameters/nx_huge_pages") == force ]]
}

# fixes_nothing STATUS ID...: and changes nothing
fixes_nothing() {
	local before

	before=$(mark)
	exits "$1" --fix "${@:2}" || return
	[[ $(mark) == "$before" ]] && return
	echo 'the host has changed'
	return 1
}


test_no_fix() {
	local id title before

	before=$(mark)
	while read -r id title; do
		if [[ $title == *'(--fix)' ]]; then
			ok "$id: is known to be fixed" test -n "${mended[$id]-}"
			continue
		fi
		ok "$id: no fix" exits 1 --fix "$id"
		ok '... says so' grep -qF \
			"there is no safe fix for \`$id'" "$dir/err"
	done < <("$fakes/kvmwarden" doctor --list)
	ok 'none of that changed anything' test "$(mark)" = "$before"
	set_to 1 /proc/sys/vm/overcommit_memory
	ok 'no fix for what is wrong' fixes_nothing 1 overcommit
	ok '... says so' grep -qF 'no safe fix for `overcommit'\''; this helps:' \
		"$dir/err"
	ok '... and what helps' says 'sysctl vm.overcommit_memory=0'
}

test_fix_several() {
	set_to 0 /proc/sys/kernel/kptr_restrict /proc/sys/kernel/dmesg_restrict
	ok 'one of two has no fix' fixes_nothing 1 kptr swap
	ok 'two at once' exits 0 --fix kptr dmesg
	ok '... both' says 'ok dmesg: kernel.dmesg_restrict=1'
	ok '... are done' exits 0 kptr dmesg
	chmod 000 "$root/dev/kvm"
	ok 'what is closed already' fixes_nothing 0 kvm-access
	rm -r "${root:?}"/*
	ok 'a host that tells nothing' fixes_nothing 1 kptr
	ok '... says why' grep -q 'No such file or directory' "$dir/err"
}

# What is below the root may lead out of it, but no further.
test_fix_root() {
	local kptr=/proc/sys/kernel/kptr_restrict

	echo 0 >"$dir/victim"
	ln -sf "$dir/victim" "$root$kptr"
	ok 'a link to elsewhere' exits 0 kptr
	ok '... is not followed' says 'n/a kptr:'
	ok '... nor written to' exits 0 --fix kptr
	ok '... at all' test "$(<"$dir/victim")" = 0
	ln -sf ../../../../../../../../../../../../"$dir/victim" "$root$kptr"
	ok 'a link upwards' exits 0 --fix kptr
	ok '... ends at the root' test "$(<"$dir/victim")" = 0
	rm -r "${root:?}/dev"
	ln -s "$dir" "$root/dev"
	cp -p "$dir/victim" "$dir/kvm"
	chmod 666 "$dir/kvm"
	ok 'a directory that leads elsewhere' exits 0 --fix kvm-access
	ok '... is none' test "$(stat -c %a "$dir/kvm")" = 666
	mkdir -p "$root/aim"
	ln -sfn /aim "$root/dev"
	cp -p "$dir/kvm" "$root/aim/kvm"
	fixed 'what a link leads to within' kvm-access '+ chmod o-rwx '
}

test_fix_usage() {
	usage '--fix of what there is not' 'unknown check' --fix nestled
	usage '--fix of nothing' '--fix: which?' --fix
	usage '--fix with --json' 'goes neither with' --fix -j kptr
	usage '--fix with --list' 'goes neither with' -l --fix kptr
	set_to 0 /proc/sys/kernel/kptr_restrict
	if setpriv --reuid=65534 --clear-groups true 2>/dev/null; then
		ok '--fix by users' users_cannot
	else
		tap_skip '--fix by users' 'no other user to be had'
	fi
}

users_cannot() {
	local rc=0

	setpriv --reuid=65534 --regid=65534 --clear-groups "$fakes/kvmwarden" \
		doctor --fix kptr >"$dir/out" 2>"$dir/err" || rc=$?
	((rc == 4)) && grep -q 'only root can' "$dir/err" && [[ ! -s $dir/out ]]
}
