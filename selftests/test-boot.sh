#!/bin/bash
# Does the test bed keep its word? TAP; takes about a minute and a half.
# Usage: selftests/test-boot.sh [KERNEL]

set -uo pipefail
# shellcheck source=selftests/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"

kernel=${1:-6.1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0 failures=0

# ok NAME COMMAND...: a test is a command that succeeds
ok() {
	local name=$1 result=ok

	shift
	((++count))
	"$@" || { result='not ok'; ((++failures)); }
	echo "$result $count - $name"
}

skip() { echo "ok $((++count)) - $1 # SKIP $2"; }

# boot ARG...: sets rc; output in $work/out, complaints in $work/err
boot() {
	"$bed_dir/boot" --kernel "$kernel" "$@" \
		>"$work/out" 2>"$work/err" </dev/null
	rc=$?
}

is() {
	[[ $1 == "$2" ]] && return
	printf '# got:    %q\n# wanted: %q\n' "$1" "$2"
	sed 's/^/# /' "$work/err"
	return 1
}

says() {
	grep -q -- "$1" "$work/err" && return
	echo "# not among the complaints: $1"
	sed 's/^/# /' "$work/err"
	return 1
}

refuses() {
	boot "${@:2}"
	is "$rc" 2 && says "$1"
}

test_usage() {
	local option

	ok 'an unknown option is refused' refuses unknown --colour -- true
	ok 'an unknown kernel is refused' refuses 'no kernel' \
		--kernel 0.99 -- true
	ok 'no command is refused' refuses 'no command' --no-module
	ok 'a share that is not there is refused' refuses 'no directory' \
		--share "$work/nowhere" -- true
	ok 'an unknown processor is refused' refuses 'svm or vmx' \
		--cpu alpha -- true
	ok 'what Bochs has no directories for is refused' refuses --share \
		--cpu vmx --share "$work" -- true
	for option in --turns --icount --kmemleak; do
		ok "so is $option" refuses "no $option" \
			--cpu vmx "$option" -- true
	done
	ok 'and more memory than it can have' refuses '512M to 2G' \
		--cpu vmx --mem 3G -- true
}

# Runs inside; what it prints after the data must reach us unchanged.
write_probe() {
	head -c 300000 /dev/urandom >"$work/share/data"
	cat >"$work/share/probe" <<'END'
printf '%s\0' "$@"
cat "$(dirname "$0")/data"
exec >"$(dirname "$0")/facts"
pwd
uname -r
id -u
wc -c </dev/stdin
(echo x >"$KVMWARDEN_TREE/planted") && echo wrote in memory
[[ -c /dev/kvm && -d /sys/kernel/tracing/events ]] && echo kvm, tracing
[[ -e /sys/fs/cgroup/cgroup.procs ]] && echo cgroup2
unshare --user true && echo user namespaces
[[ ! -d /sys/module/kvmwarden ]] && echo no kvmwarden
rmmod kvm_amd kvm && [[ ! -e /dev/kvm ]] && echo unloaded
modprobe kvm_amd && [[ -c /dev/kvm ]] && echo loaded
sleep 1000 &
exit 7
END
}

test_command() {
	local args=(a 'b  c' '' "d'e" 'f"g' $'h\ni' '*' --mem $'\\' $'\$0')

	mkdir "$work/share"
	write_probe
	cd "$work/share" || exit
	boot --no-module --share "$work/share" -- bash "$work/share/probe" \
		"${args[@]}"
	cd / || exit
	ok 'the exit status is the command'\''s' is "$rc" 7
	{ printf '%s\0' "${args[@]}"; cat "$work/share/data"; } >"$work/want"
	ok 'arguments arrive, output comes back, byte for byte' \
		cmp "$work/out" "$work/want"
	ok 'the bed is as promised, and --share keeps what is written' \
		is "$(<"$work/share/facts")" "$work/share
$(<"$("$bed_dir/kernels/get" "$kernel")/release")
0
0
wrote in memory
kvm, tracing
cgroup2
user namespaces
no kvmwarden
unloaded
loaded"
	ok 'nothing else on this machine changes' \
		test ! -e "$tree/planted"
	ok 'processes left behind do not hold it up' test "$rc" != 124
}

# A kernel's own warning, from a command that succeeds.
test_warning() {
	local headers

	headers=$("$bed_dir/kernels/get" "$kernel")/headers
	mkdir "$work/plant"
	echo 'obj-m := plant.o' >"$work/plant/Kbuild"
	cat >"$work/plant/plant.c" <<'END'
#include <linux/module.h>
static int __init plant(void)
{
	WARN(1, "planted\n");
	return 0;
}
module_init(plant);
MODULE_LICENSE("GPL");
END
	make -s -C "$headers" M="$work/plant" modules >"$work/err" 2>&1 || {
		ok 'a module with a warning can be built' is 1 0
		return
	}
	cd "$work/plant" || exit
	boot --no-module -- insmod plant.ko
	cd / || exit
	ok 'a kernel warning is status 99' is "$rc" 99
	ok 'and is shown' says 'WARNING: CPU: .*plant'
}

# race FRAME...: what KCSAN says of the kernel's own write beside one by FRAMEs
race() {
	printf '%s\n' ==================== \
		'BUG: KCSAN: data-race in one / other' '' \
		'write to 0xffff888001234567 of 4 bytes by task 1 on cpu 0:' \
		' one+0x1/0x10' '' \
		'write to 0xffff888001234567 of 4 bytes by task 2 on cpu 1:'
	printf ' %s\n' "$@" '' ====================
}

# reports WANTED TEXT: is there something that counts in such a log?
reports() {
	"$bed_dir/bed/reports" <<<"$2" >"$work/err"
	is "$?" "$1"
}

# no_cache ERROR: what the kernel says of a cache that it cannot make
no_cache() {
	printf '%s\n' "kmem_cache_create_usercopy(one) failed with error -$1" \
		'Call Trace:' ' one+0x1/0x10'
}

test_reports() {
	local ours='kw_ring_put+0x1/0x10 [kvmwarden]'

	ok 'a log without a report is no report' reports 1 'all is well'
	ok 'a data race of others is none' reports 1 "$(race other+0x1/0x10)"
	ok 'and is named' says 'not ours: BUG: KCSAN: data-race in one'
	ok 'one of ours is' reports 0 "$(race other+0x1/0x10 "$ours")"
	ok 'but not what an interrupt does there' reports 1 \
		"$(race other+0x1/0x10 asm_sysvec_call_function+0x1/0x10 "$ours")"
	ok 'nor a waiter that we wake' reports 1 \
		"$(race pollwake+0x1/0x10 __wake_up_common+0x1/0x10 "$ours")"
	ok 'but the queue that it is on' reports 0 \
		"$(race __wake_up_common+0x1/0x10 "$ours")"
	ok 'and one that is cut off' reports 0 \
		"$(race other+0x1/0x10 | head -n 4)"
	ok 'and what another processor has to say in between' reports 0 \
		"$(race other+0x1/0x10 | sed '3i WARNING: CPU: 1 PID: 2 at a.c:3')"
	ok 'and a slab that was written to' reports 0 \
		'BUG kmalloc-64 (Not tainted): Redzone overwritten'
	ok 'and a trace of arm64' reports 0 'Call trace:'
	ok 'an allocation that fails is none' reports 1 \
		"one: page allocation failure: order:9, mode:0xcc0
Call Trace:"
	ok 'nor a cache that there is no memory for' reports 1 "$(no_cache 12)"
	ok 'which the kernel has two errors for' reports 1 "$(no_cache 22)"
	ok 'but one that there is already' reports 0 "$(no_cache 17)"
	ok 'and any other trace after those' reports 0 "$(no_cache 12)
Call Trace:"
}

test_panic() {
	boot --no-module -- sh -c 'echo last words; sleep 1
		echo c >/proc/sysrq-trigger; sleep 100'
	ok 'a panic is status 99' is "$rc" 99
	ok 'and is shown' says 'Kernel panic'
	ok 'and output from before it is not lost' \
		is "$(<"$work/out")" 'last words'
}

# What is printed must be seen when it is printed, not at the end.
test_hang() {
	local start first

	start=$SECONDS
	"$bed_dir/boot" --kernel "$kernel" --no-module --timeout 30 -- \
		sh -c 'echo running; sleep 1000' 2>"$work/err" | {
		read -r _
		first=$((SECONDS - start))
		cat >/dev/null
		echo "$first" >"$work/first"
	}
	rc=${PIPESTATUS[0]}
	ok 'a hang is status 124' is "$rc" 124
	ok 'and its output was seen before' \
		test "$(<"$work/first")" -lt $((SECONDS - start - 2))
}

test_broken() {
	boot --no-module --mem 1M -- true
	ok 'a machine that cannot start is status 125' is "$rc" 125
}

# The whole point: KVM in there is real. Its guest is always a stock kernel:
# a debug kernel in a debug kernel takes minutes.
write_guest() {
	cat >"$work/guest" <<'END'
cd "$(mktemp -d)" || exit
mkdir bin proc
cp "$(command -v busybox)" bin/busybox
cat >init <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox grep -qw svm /proc/cpuinfo && /bin/busybox echo guest has svm
/bin/busybox reboot -f
INIT
chmod +x init
find . | cpio --quiet -o -H newc >/tmp/guest.cpio
exec timeout 200 qemu-system-x86_64 -nodefaults -display none -no-reboot \
	-M microvm -accel kvm -cpu host -m 256 -serial stdio \
	-kernel "$0" -initrd /tmp/guest.cpio -append "console=ttyS0 \
	quiet panic=-1 reboot=t mitigations=off cryptomgr.notests"
END
}

test_guest() {
	write_guest
	boot --no-module --smp 1 -- bash -c "$(<"$work/guest")" \
		"$("$bed_dir/kernels/get" 6.1)/vmlinux"
	ok 'a KVM guest boots a kernel inside' \
		grep -q 'guest has svm' "$work/out"
	ok 'and powers off without complaint' is "$rc" 0
}

test_module() {
	if [[ ! -e $tree/Kbuild ]]; then
		skip 'kvmwarden.ko is loaded' 'no Kbuild in the tree'
		return
	fi
	boot -- test -d /sys/module/kvmwarden
	ok 'kvmwarden.ko is loaded' is "$rc" 0
}

test_usage
test_command
test_warning
test_reports
test_panic
test_hang
test_broken
test_guest
test_module
echo "1..$count"
((failures == 0))
