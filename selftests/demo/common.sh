# shellcheck shell=bash
# What the demos share, on the emulated host; sourced, never run.

cd "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" || exit 125
work=$(mktemp -d)
chmod 755 "$work"
failed=0
declare -A pids		# of each guest's QEMU, by the guest's name

# udev's part, for guests of any user
chmod 666 /dev/kvm
cp "$KVMWARDEN_DEMO_KERNEL" "$work/vmlinux"
cp "$KVMWARDEN_DEMO_INITRD" "$work/initrd"

title() { printf '\n== %s\n\n' "$*"; }

show() {
	local rc=0

	printf '# %s\n' "$*"
	"$@" || rc=$?
	echo
	return "$rc"
}

# verdict STATUS WHAT
verdict() {
	if (($1 == 0)); then
		printf 'ok: %s\n' "$2"
	else
		printf 'FAILED: %s\n' "$2"
		((failed++))
	fi
}

# guest USER NAME OPTION...: what a user's QEMU is started with
guest() {
	local user=$1 name=$2

	shift 2
	printf '$ qemu-system-x86_64 -accel kvm -M microvm %s ...\n' "$*"
	install -o "$user" -m 600 /dev/null "$work/$name.console"
	setpriv --reuid="$user" --clear-groups \
		qemu-system-x86_64 -accel kvm -cpu host -M microvm,rtc=on \
		-nodefaults -no-user-config -display none -no-reboot "$@" \
		-kernel "$work/vmlinux" -initrd "$work/initrd" \
		-append "console=ttyS0 quiet mitigations=off cryptomgr.notests" \
		-serial "file:$work/$name.console" \
		>"$work/$name.out" 2>&1 &
	pids[$name]=$!
}

# What a guest's console shows, without what is said to a terminal.
console() {
	sed -e 's/\r//g' -e 's/\x1b\[[0-9]*n//g' "$work/$1.console"
}

runs() { kill -0 "${pids[$1]}" 2>/dev/null; }

# says NAME WORDS: does a line of the guest's console begin with them? Within
# the shell: a process costs the guests a tenth of a second.
says() {
	local text

	text=$(<"$work/$1.console")
	[[ $'\n'$text == *$'\n'"$2"* ]]
}

# await NAME WORDS [SECONDS]: until the guest says so, or QEMU has ended
await() {
	local deadline=$((SECONDS + ${3-240}))

	while ((SECONDS < deadline)) && runs "$1"; do
		! says "$1" "$2" || return 0
		sleep 0.5
	done
	says "$1" "$2"
}

stop_guest() {
	kill "${pids[$1]}" 2>/dev/null
	wait "${pids[$1]}" 2>/dev/null
}

last_words() {
	printf 'The kernel log:\n'
	dmesg | sed -n 's/^\[[^]]*\] kvmwarden: denied/kvmwarden: denied/p' |
		tail -n 1 | fold -s -w 76 | sed 's/^/  /'
	echo
}

# To be followed by what has been shown, if it has.
summary() {
	title "Summary"
	((failed == 0)) && return
	echo "$failed steps FAILED"
	exit 1
}
