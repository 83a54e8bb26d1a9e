# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # who sources it sets and calls them
# Checks of where guests' memory goes; sourced by ../tool-doctor.sh.

test_ksm() {
	local ksm=/sys/kernel/mm/ksm

	finds 'no KSM' ok ksm 'it is off'
	set_to 1 "$ksm/run"
	set_to 77 "$ksm/pages_shared"
	finds 'KSM' warning ksm 'it is on (77 pages are shared)' \
		'echo 2 >/sys/kernel/mm/ksm/run' ksmtuned
	set_to 0 "$ksm/run"
	finds 'what it left' warning ksm \
		'it is off, but 77 pages are still shared'
	set_to 2 "$ksm/run"
	set_to 0 "$ksm/pages_shared"
	finds 'parted' ok ksm 'it is off'
	rm -r "$root$ksm"
	finds 'none in the kernel' n/a ksm 'this kernel has none'
}

# swaps: standard input is what is in use
swaps() {
	{
		echo $'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority'
		cat
	} | put /proc/swaps
}

device() { mkdir -p "$root/sys/class/block/$1"; }

test_swap() {
	local block=/sys/class/block

	finds 'encrypted swap' ok swap '1 in use, none that is not encrypted'
	swaps </dev/null
	finds 'no swap' ok swap '0 in use'
	swaps <<<$'/dev/sda2 partition\t1 0 -2'
	device sda2
	finds 'a partition' warning swap 'it is not encrypted: /dev/sda2' \
		/etc/crypttab
	swaps <<<$'/dev/dm-3 partition\t1 0 -2'
	set_to LVM-abcd "$block/dm-3/dm/uuid"
	set_to CRYPT-LUKS2-x "$block/dm-3/slaves/dm-0/dm/uuid"
	finds 'a volume on an encrypted device' ok swap '1 in use'
	mkdir -p "$root$block/dm-3/slaves/sdb1"
	finds '... and on one that is not' warning swap \
		'it is not encrypted: /dev/dm-3'
	swaps <<<$'/dev/zram0 partition\t1 0 100'
	set_to none "$block/zram0/backing_dev"
	finds 'in memory' ok swap '1 in use'
	set_to /dev/sda2 "$block/zram0/backing_dev"
	finds '... and behind it a disk' warning swap 'it is not encrypted: /dev/zram0'
	swaps <<<$'/dev/gone partition\t1 0 100'
	finds 'a device that is not to be seen' note swap \
		'not known: what is below /dev/gone cannot be seen'
	rm "$root/proc/swaps"
	finds 'none in the kernel' n/a swap 'this kernel has none'
}

test_swap_file() {
	swaps <<<$'/var/swap\\040file file\t1 0 -2'
	put /proc/1/mountinfo <<-'END'
		1 0 8:1 / / rw - ext4 /dev/sda1 rw
		2 1 254:0 / /var rw - ext4 /dev/dm-0 rw
		3 1 8:2 / /variety rw - ext4 /dev/sda2 rw
		4 2 8:3 / /var/swap\040file2 rw - ext4 /dev/sda3 rw
	END
	set_to CRYPT-LUKS2-x /sys/dev/block/254:0/dm/uuid
	finds 'a file on an encrypted device' ok swap '1 in use'
	rm "$root/sys/dev/block/254:0/dm/uuid"
	finds 'a file on another' warning swap \
		'it is not encrypted: /var/swap\040file'
	sed -i 's/254:0/0:26/' "$root/proc/1/mountinfo"
	finds 'a file on btrfs' note swap 'not known: what is below /var/swap'
	rm "$root/proc/1/mountinfo"
	finds 'a file, anywhere' note swap 'not known: what is below /var/swap'
}

# core_limit LIMIT: of the VMM
core_limit() {
	put /proc/100/limits <<-END
		Limit                     Soft Limit           Hard Limit           Units
		Max core file size        $1            unlimited            bytes
	END
}

test_core_dumps() {
	local pattern=/proc/sys/kernel/core_pattern

	core_limit unlimited
	finds 'a dump without the guest' ok core-dumps \
		'1 VMM, none of which leaves any'
	qemu -name one
	finds 'no dump by its limit' ok core-dumps '1 VMM, none'
	core_limit unlimited
	finds 'a dump' warning core-dumps \
		'if it crashes, guest memory goes to disk: qemu-system-x86_64[100]' \
		dump-guest-core=off 'prlimit --core=0: --pid PID'
	core_limit 4096
	finds '... be it small' warning core-dumps 'if it crashes'
	set_to '|/bin/false' "$pattern"
	finds 'a dump to nowhere' ok core-dumps '1 VMM, none'
	core_limit 0
	set_to '|/usr/lib/systemd/systemd-coredump %P %u' "$pattern"
	finds 'a program that keeps to the limit' ok core-dumps '1 VMM, none'
	set_to '|/usr/share/apport/apport -p%p' "$pattern"
	finds 'one that may not' warning core-dumps \
		'if it crashes, guest memory goes to a program' \
		'(/proc/sys/kernel/core_pattern): |/usr/share/apport/apport'
	rm -r "$root/proc/100"
	finds 'no VMM' n/a core-dumps 'no VMM runs'
	rm -r "$root/proc/sys"
	finds 'no /proc/sys' note core-dumps 'not known: there is no /proc/sys'
}

test_crash_dump() {
	local loaded=/sys/kernel/kexec_crash_loaded

	finds 'no crash dumps' ok crash-dump 'no kernel is loaded'
	set_to 1 "$loaded"
	finds 'crash dumps' note crash-dump \
		'should the host crash, its memory is written to disk' '-d 31'
	rm "$root$loaded"
	finds 'none in the kernel' n/a crash-dump 'this kernel has none'
}

test_hugepages() {
	local pages=/sys/kernel/mm/hugepages

	finds 'a few' ok hugepages 'they may take 1% of memory'
	set_to 7000 "$pages/hugepages-2048kB/nr_hugepages"
	finds 'many' ok hugepages 'they may take 87% of memory'
	set_to 1 "$pages/hugepages-1048576kB/nr_overcommit_hugepages"
	finds 'too many, with those of another size' warning hugepages \
		'they may take 93% of the host'\''s memory' 'Leave the host a tenth'
	rm "$root/proc/meminfo"
	finds 'no /proc/meminfo' n/a hugepages 'this kernel has none'
	sound_host
	rm -r "$root$pages"
	finds 'none in the kernel' n/a hugepages 'this kernel has none'
}

test_memory() {
	finds 'a limit on all VMs' ok memory 'they may be given no more'
	edit 's/memory=8589934592/memory=17179869184/'
	finds 'one that is too high' note memory \
		'they may be given more than the host has' \
		'[host] memory = 14400M'
	edit 's/memory=17179869184//'
	finds 'none' note memory 'no limit: they may be given more'
	edit 's/^status .*/& used-memory=17179869184/'
	finds 'more than there is' warning memory \
		'VMs have been given more than the host has'
	rm "$root/proc/meminfo"
	finds 'no /proc/meminfo' note memory 'not known: the host does not tell'
	edit 's/armed canary/canary/'
	finds 'disarmed' n/a memory 'the module is disarmed'
}
