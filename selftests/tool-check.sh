#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the control tool does without any module: `check', usage, exit codes,
# and every error of the policy language. TAP on standard output.
#
# usage: tool-check.sh         KVMWARDEN: the tool to test
set -u

here=$(cd "$(dirname "$0")" && pwd)
tool=${KVMWARDEN:-$here/../tools/kvmwarden/kvmwarden}
tool=$(realpath "$tool") || exit 1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

count=0
failed=0
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99
export LC_ALL=C

result() { # ok|bad NAME
	count=$((count + 1))
	if [ "$1" = ok ]; then
		echo "ok $count $2"
	else
		failed=$((failed + 1))
		echo "not ok $count $2"
		echo "# exit code $code, expected $want"
		sed 's/^/# out: /' out
		sed 's/^/# err: /' err
		[ ! -s expected ] || sed 's/^/# expected: /' expected
	fi
}

run() { # ARGUMENT...: sets $code, fills out and err
	"$tool" "$@" >out 2>err </dev/null
	code=$?
}

# The file f is wrong in exactly these lines, and says so on stderr
wrong() { # NAME LINE...
	name=$1
	shift
	: >expected
	for line; do
		printf '%s\n' "f:$line" >>expected
	done
	want=5
	run check f
	if [ $code = 5 ] && [ ! -s out ] && cmp -s err expected; then
		result ok "$name"
	else
		result bad "$name"
	fi
}

bad() { # NAME TEXT LINE...
	name=$1
	printf '%b' "$2" >f
	shift 2
	wrong "$name" "$@"
}

right() { # NAME CLASSES
	echo "f: ok, $2" >expected
	want=0
	run check f
	if [ $code = 0 ] && [ ! -s err ] && cmp -s out expected; then
		result ok "$1"
	else
		result bad "$1"
	fi
}

good() { # NAME TEXT CLASSES
	printf '%b' "$2" >f
	right "$1" "$3"
}

# The tool exits with CODE and writes PATTERN (grep -E) to out or err
says() { # NAME CODE STREAM PATTERN ARGUMENT...
	name=$1 want=$2 stream=$3 pattern=$4
	shift 4
	run "$@"
	echo "$pattern" >expected
	if [ $code = "$want" ] && grep -Eq -e "$pattern" "$stream"; then
		result ok "$name"
	else
		result bad "$name"
	fi
	: >expected
}

# The tool exits with 0 and writes just TEXT to out
tells() { # NAME TEXT ARGUMENT...
	name=$1 want=0
	printf '%s\n' "$2" >expected
	shift 2
	run "$@"
	if [ $code = 0 ] && [ ! -s err ] && cmp -s out expected; then
		result ok "$name"
	else
		result bad "$name"
	fi
	: >expected
}

# What is in force is exported as TEXT, which an x may end, into out-exported
exports() { # NAME TEXT
	want=0
	printf '%s' "${2%x}" >expected
	run export
	cp out out-exported
	if [ $code = 0 ] && [ ! -s err ] && cmp -s out expected; then
		result ok "$1"
	else
		result bad "$1"
	fi
	: >expected
}

# Nothing went to out, in the last run
silent() { # NAME
	if [ ! -s out ]; then
		result ok "$1"
	else
		result bad "$1"
	fi
}

repeat() { # COUNT TEXT
	awk -v n="$1" -v s="$2" 'BEGIN { while (n-- > 0) printf "%s", s }'
}

NUMBER="write a whole number, or \`unlimited'"
SIZE="write bytes, or a whole number with K, M, G, T, P or E, or \`unlimited'"
class_keys='match.user, match.group, match.cgroup, match.exe, match.label, mode, vcpus, memory, memslots, ioeventfds, coalesced, irqfds, hv-events, irq-routes, guest-memfd, total.vms, total.vcpus, total.memory, per-user.vms, per-user.vcpus, per-user.memory, nested, nested.revoke'
SECTIONS='[policy], [host], [cgroup PATTERN] or [class NAME]'
M='match.user = 0\n'

# --- files that are right

good 'an empty file' '' '1 class'
good 'only comments' '# one\n; two\n\n   # three\n' '1 class'
good 'no newline at the end' '[policy]\nmode = off' '1 class'
good 'CR LF' '[policy]\r\nmode = off\r\n[host]\r\nvms = 1\r\n' '1 class'
good 'a byte order mark' '\0357\0273\0277[policy]\nversion = 1\n' '1 class'
good 'indented lines are lines' '[policy]\n  mode = off\n\tversion = 2\n' \
	'1 class'
good 'comments at the end of lines' \
	'[policy] # a\nmode = off # b\nversion=1\t; c\n[host] ; d\n' '1 class'
good 'a # inside of a word is no comment' \
	'[class a]\nmatch.cgroup = /a#b;c\n' '2 classes'
good 'a colon for the equal sign' '[policy]\nmode: enforce\n' '1 class'
good 'space within headers' '[ policy ]\n[\tclass \t a ]\n'"$M" '2 classes'
good 'sections without keys' '[policy]\n[host]\n[class default]\n' '1 class'
good 'an added default is counted' "[class a]\n$M" '2 classes'
good 'sections in any order' "[class a]\n${M}[host]\n[policy]\n" '2 classes'
good 'the same keys in two classes' \
	"[class a]\n${M}[class b]\nmatch.user = 1\n" '3 classes'
good 'a user by name' '[class a]\nmatch.user = root\n' '2 classes'
good 'the largest user id' '[class a]\nmatch.user = 4294967294\n' '2 classes'
good 'all keys' "[policy]\nversion = 18446744073709551615\nmode = enforce
[host]\nvms = 200\nvcpus = 400\nmemory = 192G
[class a]\n${M}match.cgroup = /x/**\nmode = off\nmemory = 0\nvcpus = 8
total.vms = 4\ntotal.vcpus = 16\ntotal.memory = 32G\nnested = allow
nested.revoke = fail\n[class b]\n${M}nested.revoke = kill\nnested = deny
[class default]\nmode = permissive\nvcpus = 1\nnested = deny\n" '3 classes'
good 'a way to revoke what is not denied' '[class default]\nnested.revoke = kill\n' \
	'1 class'
good 'unlimited, everywhere' "[host]\nvms = unlimited\nvcpus = unlimited
memory = unlimited\n[class a]\n${M}memory = unlimited\nvcpus = unlimited
total.vms = unlimited\ntotal.vcpus = unlimited\ntotal.memory = unlimited\n" \
	'2 classes'
cp "$here/fuzz/seeds/all-keys.conf" f
right 'all keys there are' '2 classes'
good 'limits on cgroups' '[cgroup /a]\nvms = 1\n[cgroup /a/**]\nvcpus = 1
memory = 1G\n[cgroup /b c]\n[ cgroup\t/ ] # all\nmemory = unlimited\n' '1 class'
good 'brackets in a pattern' '[cgroup /a]b[c]\n[class a]\nmatch.cgroup = /]\n' \
	'2 classes'
good 'the same limits for cgroups and classes' \
	'[cgroup /a]\nvms = 1\n[class a]\nmatch.cgroup = /a\n' '2 classes'
good 'a group by name and by number' \
	'[class a]\nmatch.group = root\n[class b]\nmatch.group = 4294967294\n' \
	'3 classes'
good 'an executable' '[class a]\nmatch.exe = /bin/sh\n' '2 classes'
good 'a label' '[class a]\nmatch.label = system_u:*:s0:c?,c2 = "x"\n' '2 classes'
good 'unlimited, where it is not by default' '[class default]
memslots = unlimited\nioeventfds = unlimited\ncoalesced = unlimited
irqfds = unlimited\nhv-events = unlimited\nirq-routes = unlimited
guest-memfd = unlimited\n' '1 class'
for share in 1 9 90 100; do
	good "$share% of the RAM" "[host]\nmemory = $share%\nper-user.memory = $share%
[cgroup /a]\nmemory = $share%\n[class a]\n${M}total.memory = $share%
per-user.memory = $share%\n" '2 classes'
done
deep=$(repeat 1300 '**/')
good 'a pattern of nothing but stars' \
	"[cgroup /$deep]\n[class a]\nmatch.cgroup = /$deep\nmatch.label = $deep\n" \
	'2 classes'
awk 'BEGIN { for (i = 0; i < 1000; i++) printf "[cgroup /c%d]\n", i }' >f
right '1000 cgroups' '1 class'
for size in 0 1 0K 512M 1K 1M 1G 1T 1P 15E 16383P 18446744073709551614 007; do
	good "size $size" "[host]\nmemory = $size\n" '1 class'
done
good 'a class name of 63 bytes' "[class $(repeat 63 x)]\n$M" '2 classes'
good 'all letters of class names' "[class Az09._-]\n$M" '2 classes'
good 'a pattern of 4095 bytes' \
	"[class a]\nmatch.cgroup = /$(repeat 4094 x)\n" '2 classes'
good 'bytes beyond ASCII in a pattern' \
	'[class a]\nmatch.cgroup = /\0303\0244\n' '2 classes'
good 'a line of 8192 bytes' "#$(repeat 8191 x)\n" '1 class'
awk 'BEGIN { for (i = 0; i < 9999; i++)
	printf "[class c%d]\nmatch.user = %d\n", i, i }' >f
right '9999 classes and the added default' '10000 classes'
printf '[class default]\n' >>f
right '10000 classes' '10000 classes'

# --- lines

bad 'neither a section nor a key' '[policy]\nmode enforce\nfoo\n' \
	"2: neither a section nor a key; write \`[section]' or \`key = value'" \
	"3: neither a section nor a key; write \`[section]' or \`key = value'"
bad 'neither, outside of sections' 'foo\n' \
	"1: neither a section nor a key; write \`[section]' or \`key = value'"
bad 'neither, in the last line, without newline' '[host]\nfoo' \
	"2: neither a section nor a key; write \`[section]' or \`key = value'"
bad 'a value on an indented line of its own' '[policy]\nmode =\n  off\n' \
	"2: \`mode' has no value; write \`mode = ...'" \
	"3: neither a section nor a key; write \`[section]' or \`key = value'"
bad 'no key' '[policy]\n= 5\n' \
	"2: no key before \`='; write \`key = value'"
bad 'a NUL byte' '[policy]\nmode = off\0000\n' \
	'2: a NUL byte; a policy is plain text'
bad 'a control character' '[policy]\nmode = \0033off\n' \
	'2: a control character, 0x1b; a policy is plain text'
bad 'a line too long' "[policy]\n#$(repeat 8192 x)\nfoo = 1\n" \
	'2: a line of 8193 bytes is too long; write at most 8192' \
	"3: [policy] has no key \`foo'; its keys are version, mode"
bad 'strange bytes are not sent to the terminal' '[policy]\n\0233\0303 = 1\n' \
	"2: [policy] has no key \`\\x9b\\xc3'; its keys are version, mode"

# --- sections

bad 'a key before any section' 'mode = off\n[policy]\n' \
	"1: \`mode' stands before any section; begin with $SECTIONS"
bad 'unknown section' '[tenant]\nfoo = 1\n' \
	"1: unknown section [tenant]; write $SECTIONS"
bad 'unknown section, nearly right' '[polcy]\n[hosts]\n[clas a]\n[Policy]\n' \
	'1: unknown section [polcy]; did you mean [policy]?' \
	'2: unknown section [hosts]; did you mean [host]?' \
	'3: unknown section [clas]; did you mean [class NAME]?' \
	'4: unknown section [Policy]; did you mean [policy]?'
bad 'empty section' '[]\n' \
	"1: unknown section []; write $SECTIONS"
bad 'unterminated section' '[policy\nfoo = 1\n[\n' \
	"1: a section without its \`]'; write \`[NAME]'" \
	"3: a section without its \`]'; write \`[NAME]'"
bad 'text after a section' '[policy] mode = off\n' \
	"1: \`mode = off' follows \`]'; write it in a line of its own"
bad 'a name for a section that has none' '[policy a]\nmode = x\n[host b]\n' \
	"1: [policy] has no name; write \`[policy]'" \
	"2: mode: \`x' is not a mode; write \`off', \`permissive' or \`enforce'" \
	"3: [host] has no name; write \`[host]'"
bad 'a second section' '[policy]\n[host]\n[policy]\n[host]\nvms = x\n' \
	'3: a second [policy], after line 1; write both as one' \
	'4: a second [host], after line 2; write both as one' \
	"5: vms: \`x' is not a number; $NUMBER"
bad 'a class without a name' '[class]\n[class ]\n' \
	"1: a class without a name; write \`[class NAME]'" \
	"2: a class without a name; write \`[class NAME]'"
bad 'bad class names' '[class a b]\n[class a/b]\n[class \0303\0244]\n' \
	"1: \`a b' is not a class name; write only A-Z, a-z, 0-9, \`.', \`_' and \`-'" \
	"2: \`a/b' is not a class name; write only A-Z, a-z, 0-9, \`.', \`_' and \`-'" \
	"3: \`\\xc3\\xa4' is not a class name; write only A-Z, a-z, 0-9, \`.', \`_' and \`-'"
bad 'a class name too long' "[class $(repeat 64 x)]\n$M" \
	'1: a class name of 64 bytes is too long; write at most 63'
bad 'a second class of the name' "[class a]\n${M}[class b]\n${M}[class a]\nvms = 1\n" \
	'5: a second class a, after line 1; write both as one, or rename one' \
	"6: [class NAME] has no key \`vms'; did you mean \`total.vms'?"
bad 'a second default' '[class default]\n[class default]\n' \
	'2: a second class default, after line 1; write both as one, or rename one'
bad 'a class without criteria' '[class a]\nmemory = 8G\n' \
	"1: class a has no \`match.' key, such as \`match.user'; say whose VMs it takes"
bad 'Default is not default' '[class Default]\n' \
	"1: class Default has no \`match.' key; did you mean [class default]?"
bad 'default with other criteria' \
	'[class default]\nmatch.group = 0\nmatch.exe = /bin/sh\nmatch.label = a\n' \
	"2: class default takes all the rest and has no \`match.group'; remove it, or rename the class" \
	"3: class default takes all the rest and has no \`match.exe'; remove it, or rename the class" \
	"4: class default takes all the rest and has no \`match.label'; remove it, or rename the class"
bad 'default with criteria' '[class default]\nmatch.cgroup = /a\nmatch.user = 0\n' \
	"2: class default takes all the rest and has no \`match.cgroup'; remove it, or rename the class" \
	"3: class default takes all the rest and has no \`match.user'; remove it, or rename the class"
bad 'default is not the last' "[class default]\n[class a]\n${M}[class b]\n$M" \
	'1: class default must be the last, or class b in line 4 would never match; move it to the end'
awk 'BEGIN { for (i = 0; i < 10005; i++)
	printf "[class c%d]\nmatch.user = 1\n", i }' >f
wrong 'too many classes' \
	'20001: too many classes; a policy has at most 10000'
awk 'BEGIN { for (i = 0; i < 10000; i++)
	printf "[class c%d]\nmatch.user = 1\n", i }' >f
wrong 'too many classes with the added default' \
	"19999: too many classes; a policy has at most 10000 with \`default', which is added if missing"

bad 'bad cgroups' "[cgroup]\n[cgroup a]\nvms = x\n[cgroup /$(repeat 4095 x)]
[cgroups /a]\n[cgroup /a]\n[cgroup /a]\nmode = off\n" \
	"1: a cgroup without a pattern; write \`[cgroup PATTERN]'" \
	"2: \`a' does not begin with \`/'; write the path from the root of the cgroup v2 hierarchy, such as /machine.slice/*" \
	"3: vms: \`x' is not a number; $NUMBER" \
	'4: a pattern of 4096 bytes is too long; write at most 4095' \
	'5: unknown section [cgroups]; did you mean [cgroup PATTERN]?' \
	'7: a second [cgroup /a], after line 6; write both as one' \
	"8: [cgroup PATTERN] has no key \`mode'; it belongs in [policy]"
awk 'BEGIN { for (i = 0; i < 1005; i++) printf "[cgroup /c%d]\n", i }' >f
wrong 'too many cgroups' '1001: too many cgroups; a policy has at most 1000'

# --- keys

bad 'unknown keys, nearly right' "[policy]\nmodes = off\nversoin = 1
[host]\nmemroy = 1\nMemory = 1\nvm = 1\ncpus = 1
[class a]\n${M}totalvms = 1\nuser = 0\ncgroup = /a\nvms = 4\nmatch.usr = 0\nnestd = deny
nested.revok = kill\nrevoke = kill\n" \
	"2: [policy] has no key \`modes'; did you mean \`mode'?" \
	"3: [policy] has no key \`versoin'; did you mean \`version'?" \
	"5: [host] has no key \`memroy'; did you mean \`memory'?" \
	"6: [host] has no key \`Memory'; did you mean \`memory'?" \
	"7: [host] has no key \`vm'; did you mean \`vms'?" \
	"8: [host] has no key \`cpus'; did you mean \`vcpus'?" \
	"11: [class NAME] has no key \`totalvms'; did you mean \`total.vms'?" \
	"12: [class NAME] has no key \`user'; did you mean \`match.user'?" \
	"13: [class NAME] has no key \`cgroup'; did you mean \`match.cgroup'?" \
	"14: [class NAME] has no key \`vms'; did you mean \`total.vms'?" \
	"15: [class NAME] has no key \`match.usr'; did you mean \`match.user'?" \
	"16: [class NAME] has no key \`nestd'; did you mean \`nested'?" \
	"17: [class NAME] has no key \`nested.revok'; did you mean \`nested.revoke'?" \
	"18: [class NAME] has no key \`revoke'; did you mean \`nested.revoke'?"
bad 'unknown keys, not nearly right' \
	"[policy]\ncolour = red\n[host]\n$(repeat 60 y) = 1\n[class a]\n${M}colour = red\n" \
	"2: [policy] has no key \`colour'; its keys are version, mode" \
	"4: [host] has no key \`$(repeat 48 y)...'; its keys are vms, vcpus, memory, per-user.vms, per-user.vcpus, per-user.memory" \
	"7: [class NAME] has no key \`colour'; its keys are $class_keys"
bad 'keys of other sections' "[policy]\nvms = 1\n[host]\nmode = off\ntotal.vms = 1
match.user = 0\n[class a]\n${M}version = 1\n" \
	"2: [policy] has no key \`vms'; it belongs in [host]" \
	"4: [host] has no key \`mode'; it belongs in [policy]" \
	"5: [host] has no key \`total.vms'; it belongs in [class NAME]" \
	"6: [host] has no key \`match.user'; it belongs in [class NAME]" \
	"9: [class NAME] has no key \`version'; it belongs in [policy]"
bad 'keys of classes in the section of a cgroup' '[cgroup /a]\nper-user.vms = 1
total.vms = 1\nmemslots = 1\nmatch.cgroup = /a\n' \
	"2: [cgroup PATTERN] has no key \`per-user.vms'; it belongs in [host]" \
	"3: [cgroup PATTERN] has no key \`total.vms'; it belongs in [class NAME]" \
	"4: [cgroup PATTERN] has no key \`memslots'; it belongs in [class NAME]" \
	"5: [cgroup PATTERN] has no key \`match.cgroup'; it belongs in [class NAME]"
bad 'new keys, nearly right' "[class a]\n${M}group = 0\nexe = /bin/sh\nlabel = x
memslot = 1\nirqfd = 1\nhv_events = 1\nirqroutes = 1\nguest_memfd = 1
per-user.vm = 1\nperuser.memory = 1\n" \
	"3: [class NAME] has no key \`group'; did you mean \`match.group'?" \
	"4: [class NAME] has no key \`exe'; did you mean \`match.exe'?" \
	"5: [class NAME] has no key \`label'; did you mean \`match.label'?" \
	"6: [class NAME] has no key \`memslot'; did you mean \`memslots'?" \
	"7: [class NAME] has no key \`irqfd'; did you mean \`irqfds'?" \
	"8: [class NAME] has no key \`hv_events'; did you mean \`hv-events'?" \
	"9: [class NAME] has no key \`irqroutes'; did you mean \`irq-routes'?" \
	"10: [class NAME] has no key \`guest_memfd'; did you mean \`guest-memfd'?" \
	"11: [class NAME] has no key \`per-user.vm'; did you mean \`per-user.vms'?" \
	"12: [class NAME] has no key \`peruser.memory'; did you mean \`per-user.memory'?"
bad 'nested is each class'\''s own' '[policy]\nnested = deny\n[host]\nnested = deny\n' \
	"2: [policy] has no key \`nested'; it belongs in [class NAME]" \
	"4: [host] has no key \`nested'; it belongs in [class NAME]"
bad '... and so is what becomes of it' \
	'[policy]\nnested.revoke = kill\n[host]\nnested.revoke = kill\n' \
	"2: [policy] has no key \`nested.revoke'; it belongs in [class NAME]" \
	"4: [host] has no key \`nested.revoke'; it belongs in [class NAME]"
bad 'a key twice' '[host]\nvms = 1\n\nvms = 1\nvms = x\n' \
	"4: a second \`vms' in this section, after line 2; remove one" \
	"5: a second \`vms' in this section, after line 2; remove one"
bad 'keys without a value' '[policy]\nversion=\n[host]\nvms = # none\n' \
	"2: \`version' has no value; write \`version = ...'" \
	"4: \`vms' has no value; write \`vms = ...'"

# --- values

for value in x 1x 8K 1.5 0x10 +1 - '1 2' Unlimited; do
	bad "number '$value'" "[host]\nvms = $value\n" \
		"2: vms: \`$value' is not a number; $NUMBER"
done
for value in -1 -8K; do
	bad "number '$value'" "[host]\nvms = $value\n" \
		"2: vms: \`$value' is negative; $NUMBER"
done
# the largest of 64 bits stands for unlimited
for value in 18446744073709551615 18446744073709551616 99999999999999999999999; do
	bad "number '$value'" "[class a]\n${M}total.vms = $value\n" \
		"3: total.vms: \`$value' is too large for 64 bits; $NUMBER"
done
for value in x G 8g 8GB 8GiB '8 G' 1.5G 8KK 0x10 '1,000' 8-; do
	bad "size '$value'" "[host]\nmemory = $value\n" \
		"2: memory: \`$value' is not a size; $SIZE"
done
bad 'a negative size' '[host]\nmemory = -5G\n' \
	"2: memory: \`-5G' is negative; $SIZE"
for value in 18446744073709551615 18446744073709551616 16E 16384P 99E \
	18014398509481984K 99999999999999999999999G; do
	bad "size '$value'" "[class a]\n${M}total.memory = $value\n" \
		"3: total.memory: \`$value' is too large for 64 bits; $SIZE"
done
bad 'versions' '[policy]\nversion = unlimited\n' \
	"2: version: \`unlimited' is not a version; write a whole number"
bad 'a negative version' '[policy]\nversion = -1\n' \
	"2: version: \`-1' is negative; write a whole number"
bad 'a version too large' '[policy]\nversion = 18446744073709551616\n' \
	"2: version: \`18446744073709551616' is too large for 64 bits; write a whole number"
bad 'modes' "[policy]\nmode = enforced\n[class a]\n${M}mode = Off\n[class b]\n${M}mode = 2\n" \
	"2: mode: \`enforced' is not a mode; did you mean \`enforce'?" \
	"5: mode: \`Off' is not a mode; did you mean \`off'?" \
	"8: mode: \`2' is not a mode; write \`off', \`permissive' or \`enforce'"
for value in Deny DENY deni dney; do
	bad "nested '$value'" "[class a]\n${M}nested = $value\n" \
		"3: nested: \`$value' is neither \`allow' nor \`deny'; did you mean \`deny'?"
done
for value in Allow allowed alow; do
	bad "nested '$value'" "[class default]\nnested = $value\n" \
		"2: nested: \`$value' is neither \`allow' nor \`deny'; did you mean \`allow'?"
done
for value in 0 1 yes no off denied permissive unlimited 'deny allow'; do
	bad "nested '$value'" "[class a]\n${M}nested = $value\n" \
		"3: nested: \`$value' is not an answer; write \`allow' or \`deny'"
done
bad 'nested without a value' '[class default]\nnested =\n' \
	"2: \`nested' has no value; write \`nested = ...'"
bad 'nested twice' '[class default]\nnested = allow\nnested = deny\n' \
	"3: a second \`nested' in this section, after line 2; remove one"
for value in Kill KILL kil klil killed; do
	bad "nested.revoke '$value'" "[class a]\n${M}nested.revoke = $value\n" \
		"3: nested.revoke: \`$value' is neither \`fail' nor \`kill'; did you mean \`kill'?"
done
for value in Fail fails fial; do
	bad "nested.revoke '$value'" "[class default]\nnested.revoke = $value\n" \
		"2: nested.revoke: \`$value' is neither \`fail' nor \`kill'; did you mean \`fail'?"
done
for value in 0 1 yes no deny allow stop terminate 'fail kill'; do
	bad "nested.revoke '$value'" "[class a]\n${M}nested.revoke = $value\n" \
		"3: nested.revoke: \`$value' is not an answer; write \`fail' or \`kill'"
done
bad 'nested.revoke without a value' '[class default]\nnested.revoke =\n' \
	"2: \`nested.revoke' has no value; write \`nested.revoke = ...'"
bad 'nested.revoke twice' \
	'[class default]\nnested.revoke = kill\nnested.revoke = kill\n' \
	"3: a second \`nested.revoke' in this section, after line 2; remove one"
bad 'an unknown user' '[class a]\nmatch.user = no-such-user\n' \
	"2: match.user: this host has no user \`no-such-user'; write an existing name, or a number"
bad 'users and groups, nearly right' \
	'[class a]\nmatch.user = roto\nmatch.group = dameon\n' \
	"2: match.user: this host has no user \`roto'; did you mean \`root'?" \
	"3: match.group: this host has no group \`dameon'; did you mean \`daemon'?"
bad 'an unknown group' '[class a]\nmatch.group = no-such-group\n' \
	"2: match.group: this host has no group \`no-such-group'; write an existing name, or a number"
for value in 4294967295 4294967296 18446744073709551616 -1; do
	bad "user id '$value'" "[class a]\nmatch.user = $value\n" \
		"2: match.user: \`$value' is not a user id; write 0 to 4294967294, or a name"
	bad "group id '$value'" "[class a]\nmatch.group = $value\n" \
		"2: match.group: \`$value' is not a group id; write 0 to 4294967294, or a name"
done
for value in 0% 101% 1.5% -1% 5%% %5 % '50 %' x% 18446744073709551617%; do
	bad "share '$value'" "[host]\nmemory = $value\n" \
		"2: memory: \`$value' is not a share of RAM; write 1% to 100%"
done
bad 'shares of what each VM may have' \
	"[class a]\n${M}memory = 50%\nguest-memfd = 50%\nvcpus = 50%\n" \
	"3: memory: \`50%' is not a size; $SIZE" \
	"4: guest-memfd: \`50%' is not a size; $SIZE" \
	"5: vcpus: \`50%' is not a number; $NUMBER"
for key in memslots ioeventfds coalesced irqfds hv-events irq-routes \
	per-user.vms per-user.vcpus; do
	bad "$key '1G'" "[class default]\n$key = 1G\n" \
		"2: $key: \`1G' is not a number; $NUMBER"
	bad "$key '-1'" "[class default]\n$key = -1\n" \
		"2: $key: \`-1' is negative; $NUMBER"
done
for key in guest-memfd per-user.memory total.memory; do
	bad "$key '16E'" "[class default]\n$key = 16E\n" \
		"2: $key: \`16E' is too large for 64 bits; $SIZE"
done
mkdir -p directory
ln -s nowhere dangling
bad 'executables' "[class a]\nmatch.exe = sh\n[class b]\nmatch.exe = $dir/none
[class c]\nmatch.exe = $dir/directory\n[class d]\nmatch.exe = /dev/null
[class e]\nmatch.exe = $dir/dangling\n[class f]\nmatch.exe = /$(repeat 4095 x)\n" \
	"2: match.exe: \`sh' does not begin with \`/'; write the whole path of the executable" \
	"4: match.exe: \`$dir/none' cannot be found: No such file or directory" \
	"6: match.exe: \`$dir/directory' is not a regular file; write the path of an executable" \
	"8: match.exe: \`/dev/null' is not a regular file; write the path of an executable" \
	"10: match.exe: \`$dir/dangling' cannot be found: No such file or directory" \
	'12: match.exe: a path of 4096 bytes is too long; write at most 4095'
bad 'labels' "[class a]\nmatch.label=#a\n[class b]\nmatch.label =
[class c]\nmatch.label = $(repeat 4096 x)\n" \
	"2: match.label: \`#a' begins as a comment does; no label does" \
	"4: \`match.label' has no value; write \`match.label = ...'" \
	'6: match.label: a label of 4096 bytes is too long; write at most 4095'
bad 'a pattern without /' '[class a]\nmatch.cgroup = machine.slice/*\n' \
	"2: match.cgroup: \`machine.slice/*' does not begin with \`/'; write the path from the root of the cgroup v2 hierarchy, such as /machine.slice/*"
bad 'a pattern of 4096 bytes' \
	"[class a]\nmatch.cgroup = /$(repeat 4095 x)\n" \
	'2: match.cgroup: a pattern of 4096 bytes is too long; write at most 4095'

# --- warnings

# What is in f is right, but these lines of it are warned of
warned() { # NAME LINE...
	name=$1
	shift
	: >expected
	for line; do
		printf '%s\n' "f:${line%%: *}: warning: ${line#*: }" >>expected
	done
	want=0
	run check f
	if [ $code = 0 ] && [ -s out ] && cmp -s err expected; then
		result ok "$name"
	else
		result bad "$name"
	fi
}

printf '%s\n' '[class a]' 'match.user = root' '[class b]' 'match.cgroup = /b' \
	'match.user = 0' 'match.label = b' '[class c]' 'match.cgroup = /b' \
	'match.exe = /bin/sh' '[class d]' 'match.cgroup = /b' '[class e]' \
	'match.label = e' 'match.cgroup = /b' '[class f]' 'match.cgroup = /b' \
	'[class g]' 'match.group = 0' '[class h]' 'match.exe = /bin/sh' \
	'[class default]' >f
warned 'classes that take no VM' \
	'3: class b takes no VM: class a, in f:1, takes them before' \
	'12: class e takes no VM: class d, in f:10, takes them before' \
	'15: class f takes no VM: class d, in f:10, takes them before'
says '... JSON has them' 0 out '"text": "class e takes no VM' check -j f
awk 'BEGIN { for (i = 0; i < 2000; i++) printf "[class c%d]\nmatch.user = 1\n", i }' >f
says 'no more than 1000 warnings' 0 err '^f: and 999 more warnings$' check f

# --- the file as a whole

says 'no such file' 5 err '^none: cannot be opened: No such file' check none
says 'too large' 5 err '^/dev/zero: too large; a policy has at most 16 MB$' \
	check /dev/zero
mkfifo fifo
repeat 100 '#\n' >fifo &
says 'a pipe' 0 out '^fifo: ok, 1 class$' check fifo
kill $! 2>/dev/null
repeat 1500 'x
' >f
says 'no more than 1000 errors' 5 err '^f: and 500 more errors$' check f
code=0
want=1001
code=$(wc -l <err)
if [ "$code" = 1001 ]; then
	result ok '1000 errors and a last line'
else
	result bad '1000 errors and a last line'
fi
printf '[policy]\nversion = 3\n' | "$tool" check - >out 2>err
code=$? want=0
if [ $code = 0 ] && grep -q '^standard input: ok, 1 class$' out; then
	result ok 'standard input'
else
	result bad 'standard input'
fi
printf 'x\n' | "$tool" check - >out 2>err
code=$? want=5
if [ $code = 5 ] && grep -q '^standard input:1: neither' err; then
	result ok 'errors of standard input'
else
	result bad 'errors of standard input'
fi

repeat 1048577 '0123456789abcde
' >f
says 'one line too large' 5 err '^f: too large; a policy has at most 16 MB$' check f
says 'a file that is not read' 5 err '^/proc/self/mem: cannot be read: ' \
	check /proc/self/mem
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 711 "$dir"
	mkdir -m 755 e
	cp "$tool" tool
	printf '' >e/1.conf
	chmod 0 f e/1.conf
	nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'
	for file in f e; do
		printf '%s: cannot be opened: Permission denied\n' \
			"$dir/$file" | sed 's#e:#e/1.conf:#' >expected
		want=5
		$nobody "$dir/tool" check "$dir/$file" >out 2>err
		code=$?
		if [ $code = 5 ] && [ ! -s out ] && cmp -s err expected; then
			result ok "not allowed to read $file"
		else
			result bad "not allowed to read $file"
		fi
	done
	rm -rf e tool
fi
rm -f f

# --- directories

into() { # FILE TEXT
	mkdir -p "$(dirname "$1")"
	printf '%b' "$2" >"$1"
}

# The policy in DIRECTORY, or the host's own, has these errors
amiss() { # NAME DIRECTORY LINE...
	name=$1 where=$2
	shift 2
	printf '%s\n' "$@" >expected
	want=5
	run check ${where:+"$where"}
	if [ $code = 5 ] && [ ! -s out ] && cmp -s err expected; then
		result ok "$name"
	else
		result bad "$name"
	fi
	: >expected
}

amiss 'a directory without any policy' directory \
	'directory: is a directory without any *.conf; name a file, or a directory that has some'
into d/10-a.conf '[policy]\nmode = enforce\n[class a]\nmatch.user = 0
[class default]\nvcpus = 1\n'
tells 'a directory with one file' 'd: ok, 2 classes' check d
into d/9-b.conf '[class a]\nvcpus = 4\n[class b]\nmatch.user = 2\n'
for other in .hidden.conf README b.conf~ b.conf.bak b.conf.dpkg-old .conf conf; do
	into "d/$other" 'junk\n'
done
tells 'only *.conf counts' 'd (2 files): ok, 3 classes' check d
into d/B.conf '[class default]\n[class a]\nmatch.user = 0\n'
tells 'default and then a class of another file' 'd (3 files): ok, 3 classes' \
	check d
into d/B.conf '[class default]\n[class z]\nmatch.user = 0\n'
amiss 'default and then a new class' d \
	'd/B.conf:1: class default must be the last, or class z in line 2 would never match; move it to the end'
into d/10-a.conf '[polcy]\n[host]\nvms = x\n[class c]\n'
into d/9-b.conf '[class a]\nvcpus = 4\nvcpus = 5\n[class a]\n'
into d/B.conf '[class default]\nmatch.user = 0\nfoo\n'
amiss 'errors of all files, by file and line' d/ \
	'd/10-a.conf:1: unknown section [polcy]; did you mean [policy]?' \
	"d/10-a.conf:3: vms: \`x' is not a number; $NUMBER" \
	"d/10-a.conf:4: class c has no \`match.' key, such as \`match.user'; say whose VMs it takes" \
	"d/9-b.conf:1: class a has no \`match.' key, such as \`match.user'; say whose VMs it takes" \
	"d/9-b.conf:3: a second \`vcpus' in this section, after line 2; remove one" \
	'd/9-b.conf:4: a second class a, after line 1; write both as one, or rename one' \
	"d/B.conf:2: class default takes all the rest and has no \`match.user'; remove it, or rename the class" \
	"d/B.conf:3: neither a section nor a key; write \`[section]' or \`key = value'"
rm d/*.conf
# the second is the policy that the first goes on with
awk '/^```/ { out = /ini$/; n -= out; next }
     out { sub(/libvirt-qemu|www-data/, "root"); print >"d/" 9 + n ".conf" }' \
	"$here/../Documentation/policy.md"
tells 'the examples of the documentation' 'd (2 files): ok, 4 classes' check d
rm d/*.conf
into d/1.conf '[class a]\nmatch.user = nobody-knows-him\n'
into d/2.conf '[class a]\nmatch.user = 0\n'
amiss 'what is overridden must be right, too' d \
	"d/1.conf:2: match.user: this host has no user \`nobody-knows-him'; write an existing name, or a number"
into d/1.conf '[class a]\nvcpus = 1\n'
mkfifo d/3.conf
mkdir d/4.conf
ln -s nowhere d/5.conf
ln -s /dev/zero d/6.conf
ln -s 2.conf d/7.conf
regular="is not a regular file; remove it, or rename it so that it does not end in \`.conf'"
amiss 'only files are read in a directory' d "d/3.conf: $regular" \
	"d/4.conf: $regular" 'd/5.conf: cannot be opened: No such file or directory' \
	"d/6.conf: $regular"
rm -r d/[3-6].conf
tells 'links to files are' 'd (3 files): ok, 2 classes' check d
head -c 16777216 /dev/zero | tr '\0' '\n' >d/0.conf
amiss 'too large together' d 'd/1.conf: too large; a policy has at most 16 MB' \
	'd/2.conf: too large; a policy has at most 16 MB' \
	'd/7.conf: too large; a policy has at most 16 MB'
rm d/*.conf
awk 'BEGIN { for (i = 0; i < 5000; i++)
	printf "[class a%d]\nmatch.user = %d\n", i, i }' >d/1.conf
awk 'BEGIN { for (i = 4999; i >= 0; i--)
	printf "[class a%d]\nvcpus = 1\n[class b%d]\nmatch.user = 2\n", i, i }' \
	>d/2.conf
amiss 'too many classes in all files' d \
	"d/2.conf:19999: too many classes; a policy has at most 10000 with \`default', which is added if missing"
rm d/2.conf
tells 'enough in one' 'd: ok, 5001 classes' check d
rm d/1.conf

# --- JSON

printf '[policy]\nversion = 3\nmode = enforce\n[class a]\n%b' "$M" >f
says 'JSON: ok' 0 out '"ok": true' check -j f
says 'JSON: classes' 0 out '"classes": 2' check f --json
says 'JSON: mode' 0 out '"mode": "enforce"' -j check f
printf '[policy]\nmode = "\\\377\n' >f
says 'JSON: not ok' 5 out '"ok": false' check -j f
says 'JSON: line' 5 out '"line": 2' check -j f
says 'JSON: text, escaped' 5 out '`\\"\\\\\\\\xff. is not a mode' check -j f
says 'JSON: no line' 5 out '"line": null' check -j none
says 'JSON: version' 0 out '"abi": 1' version -j
if command -v python3 >/dev/null; then
	"$tool" check -j f >out 2>err
	want=0
	python3 -c 'import json; d = json.load(open("out"))
assert d["schema"] == 1 and len(d["errors"]) == 1' 2>>err
	code=$?
	if [ $code = 0 ]; then
		result ok 'JSON: parses'
	else
		result bad 'JSON: parses'
	fi
fi

# --- with a module that is a file; see tool-doctor/module.c

fake=$(dirname "$tool")/fake/kvmwarden
real=$tool
[ ! -x "$fake" ] || tool=$fake
export FAKE_MODULE="$dir/module"
if [ "$tool" = "$fake" ]; then
	cat >module <<-END
		status enforce 3 armed canary
		class a enforce 0
		class b off 0 deny limited
		class default permissive 0 deny kill
		vm a enforce deny own
		vm a enforce own
		vm b enforce deny
		vm b enforce kill
		vm default permissive deny own kill
		vm b off deny
		vm default permissive
		hook first kvm missing 2
		hook second kvm missing 2 two
		hook third kvm missing 2 all
		hook fourth kvm missing 2 all newer
	END
	# criteria are not the fake's to tell
	printf '%s\n' '[policy]' 'version = 3' 'mode = enforce' '' '[class a]' \
		'' '[class b]' 'mode = off' 'vcpus = 1' 'nested = deny' '' \
		'[class default]' 'mode = permissive' 'nested = deny' \
		'nested.revoke = kill' >expected
	want=0
	run export
	if [ $code = 0 ] && cmp -s out expected; then
		result ok 'export: nested where it is denied'
	else
		result bad 'export: nested where it is denied'
	fi
	: >expected
	sed "s/^\[class a\]/&\nmatch.user = 0/; s/^\[class b\]/&\nmatch.user = 1/" \
		out >f
	right '... is read back' '3 classes'
	says '... and can be applied' 0 out '^f: can be put in force' apply -n f
	says '... JSON has it' 0 out '"nested": "deny"' export -j
	says '... and where it is not' 0 out '"nested": "allow"' export -j
	says '... how it is revoked' 0 out '"nested_revoke": "kill"' export -j
	says '... by default, too' 0 out '"nested_revoke": "fail"' export -j

	for lost in memory 'VMs and memory' 'VMs, vCPUs, memory and nesting' \
		'VMs, vCPUs, memory, nesting and more'; do
		says "status: without a hook, no limits on $lost" 0 out \
			"lost without it: limits on $lost$" status
	done

	tells 'set deny' 'VM 1 ([0], class a): nested = deny' set 1 nested=deny
	tells 'set allow' 'VM 2 ([0], class a): nested = allow' \
		set 2 nested=allow
	tells 'set class, which denies' \
		'VM 3 ([0], class b): nested = deny, as its class has it' \
		set 3 nested=class
	tells 'set class, which allows' \
		'VM 4 ([0], class b): nested = allow, as its class has it' \
		set 4 nested=class
	tells 'set deny in a class that only tells' \
		'VM 5 ([0], class default): nested = deny
Its class is in mode permissive: nothing is refused.' set 5 nested=deny
	tells 'set class in a class that is off' \
		'VM 6 ([0], class b): nested = deny, as its class has it
Its class is in mode off: nothing is refused.' set 6 nested=class
	tells 'what is allowed is not refused anyway' \
		'VM 7 ([0], class default): nested = allow, as its class has it' \
		set 7 nested=class
	says 'show: of the VM itself' 0 out \
		'^nested +deny, set for this VM, whatever its class says$' show 1
	says '... allowed' 0 out \
		'^nested +allow, set for this VM, whatever its class says$' show 2
	says '... of its class' 0 out '^nested +deny$' show 3
	says '... JSON: denied' 0 out '"nested": "deny"' show -j 1
	says '... JSON: allowed' 0 out '"nested": "allow"' show -j 2
	says '... JSON: its own' 0 out '"nested_own": true' show -j 2
	says '... JSON: of its class' 0 out '"nested_own": false' show -j 3
	says '... JSON: fail' 0 out '"nested_revoke": "fail"' show -j 1
	says '... JSON: kill' 0 out '"nested_revoke": "kill"' show -j 5
	says 'set: a VM that is gone meanwhile' 1 err \
		'^kvmwarden: no VM 8 on record; .kvmwarden list. shows them$' \
		set 8 nested=deny
	for refusal in \
		'2|no VM 1 on record; .kvmwarden list. shows them$' \
		'95 nested_svm_vmrun|this kernel cannot deny it: nested_svm_vmrun is not hooked$' \
		'95|cannot set it: ' \
		'5|nothing can be denied: hooks do not fire; see .kvmwarden status.$' \
		'12|cannot set it: the kernel has not enough memory$' \
		'22|cannot set it: the module does not accept the request' \
		'25|cannot set it: the module in the kernel is older than this tool'; do
		sed -i '/^set/d' module
		echo "set ${refusal%%|*}" >>module
		says "set: refused with ${refusal%%|*}" 1 err \
			"^kvmwarden: ${refusal#*|}" set 1 nested=deny
		silent '... and nothing is said to be set'
	done
	sed -i '/^set/d' module
	echo 'set 1' >>module
	says 'set: no permission' 4 err 'no permission; run as root' \
		set 1 nested=deny
	sed -i '/^set/d' module
	# KVMWARDEN_FIELD_DENY
	echo 'refuse 9' >>module
	says 'a module that does not know it: by line' 1 err \
		'^kvmwarden: f:12: refused by the kernel: class b denies what this module does not know$' \
		apply f
	sed -i 's/^nested = .*//' f
	says '... or of the class, without a line' 1 err \
		'^kvmwarden: f:8: refused by the kernel: class b denies' apply f
	# KVMWARDEN_FIELD_REVOKE
	sed -i 's/^refuse .*/refuse 10/' module
	says 'one that cannot revoke it so: by class' 1 err \
		'^kvmwarden: f:8: refused by the kernel: class b revokes in a way that this module does not know$' \
		apply f
	sed -i 's/^vcpus = 1/nested.revoke = kill/' f
	says '... or by line' 1 err \
		'^kvmwarden: f:11: refused by the kernel: class b revokes' apply f

	# --- the files in /etc

	export FAKE_ETC="$dir/etc"
	amiss 'no policy at all' '' \
		'/etc/kvmwarden/policy.conf: does not exist, and there is no /etc/kvmwarden/policy.d/*.conf; write one, or name a file'
	mkdir -p etc/policy.d
	amiss '... and an empty policy.d' '' \
		'/etc/kvmwarden/policy.conf: does not exist, and there is no /etc/kvmwarden/policy.d/*.conf; write one, or name a file'
	into etc/policy.conf "[policy]\nversion = 3\n[class a]\n${M}[class default]
vcpus = 8\n"
	tells 'policy.conf alone' '/etc/kvmwarden/policy.conf: ok, 2 classes' check
	rmdir etc/policy.d
	tells '... without a policy.d' '/etc/kvmwarden/policy.conf: ok, 2 classes' \
		check
	into etc/policy.d/20-b.conf '[class b]\nmatch.user = 1\n'
	tells '... and with one file in it' '/etc/kvmwarden (2 files): ok, 3 classes' \
		check
	into etc/policy.d/10-a.conf '[policy]\nversion = 4\n[class default]\nfoo = 1\n'
	amiss 'errors are in the file that has them' '' \
		"/etc/kvmwarden/policy.d/10-a.conf:4: [class NAME] has no key \`foo'; its keys are $class_keys"
	rm etc/policy.d/10-a.conf etc/policy.conf
	tells 'policy.d alone' \
		'/etc/kvmwarden/policy.d/20-b.conf: ok, 2 classes' check
	into etc/policy.d/30-c.conf '[class b]\nvcpus = 1\n'
	tells '... with two files' '/etc/kvmwarden/policy.d (2 files): ok, 2 classes' \
		check
	says '... JSON names them' 0 out '"/etc/kvmwarden/policy.d/30-c.conf"' \
		check -j
	into etc/policy.d/30-c.conf '[class b]\nvcpu = 1\n'
	says '... JSON: errors by file' 5 out \
		'"file": "/etc/kvmwarden/policy.d/30-c.conf"' check -j
	rm -r etc/policy.d
	into etc/policy.d ''
	amiss 'a file in the place of policy.d' '' \
		'/etc/kvmwarden/policy.d: cannot be opened: Not a directory'
	rm -r etc

	# --- what is put in force is told again

	printf '%s\n' 'status permissive 0 armed canary' 'class default permissive 0' \
		"store $dir/store" >module
	into etc/policy.conf "[policy]\nversion = 3\nmode = enforce\n[class a]\n$M
vcpus = 2\nmemory = 1G\n[class b]\nmatch.cgroup = /b\n[class default]\nmode = off\n"
	into etc/policy.d/10-x.conf '[class c]\nmatch.label = c\n[class a]\nvcpus = 4
[host]\nvms = 7\n[class default]\nvcpus = 1\n'
	into etc/policy.d/9-y.conf '[policy]\nversion = 4\n[class c]\nmatch.group = 0
[class a]\nmatch.user = 1\n'
	says 'three files are put in force' 0 out \
		'^in force: version 4, generation 1, 4 classes, mode enforce$' apply
	exports 'later ones add and override, default stays last' '[policy]
version = 4
mode = enforce

[host]
vms = 7

[class a]
match.user = daemon
vcpus = 4
memory = 1G

[class b]
match.cgroup = /b

[class c]
match.group = root
match.label = c

[class default]
mode = off
vcpus = 1
'
	into etc/policy.d/9-y.conf '[policy]\nversion = 2\n'
	says 'a version too old: by the file that has it' 1 err \
		'^kvmwarden: /etc/kvmwarden/policy.d/9-y.conf:2: version 2 is older than 4, which is in force' \
		apply
	echo 'refuse 4' >>module
	sed -i '/^store/d' module
	sed -i 's/version = 2/version = 5/' etc/policy.d/9-y.conf
	says 'what the kernel refuses: by file' 1 err \
		'^kvmwarden: /etc/kvmwarden/policy.conf:9: refused by the kernel: class b has bad criteria$' \
		apply
	sed -i '/^refuse/d' module
	echo "store $dir/store" >>module
	unset FAKE_ETC

	cat >canonical <<-END
		[policy]
		version = 18446744073709551615
		mode = enforce

		[host]
		vms = 0
		memory = 192G
		per-user.vms = 18446744073709551614
		per-user.memory = 16383P

		[cgroup /machine.slice/a]b]
		vms = 1

		[cgroup /user.slice/a b**/c#d;e]
		vcpus = 4097
		memory = 4097

		[cgroup /]

		[class all.2_x-Y]
		match.user = root
		match.group = daemon
		match.cgroup = /machine.slice/*
		match.exe = $dir/exe
		match.label = system_u:*:s0:c1,c2	= "?"
		mode = off
		vcpus = 18446744073709551614
		memory = 1023K
		memslots = 0
		ioeventfds = unlimited
		coalesced = 255
		irqfds = 8193
		hv-events = 1
		irq-routes = 4095
		guest-memfd = 64G
		total.vms = 4
		total.vcpus = 16
		total.memory = 15E
		per-user.vms = 1
		per-user.vcpus = 2
		per-user.memory = 3
		nested = deny
		nested.revoke = kill

		[class nobody.knows]
		match.user = 4294967294
		match.group = 4294967294
		memory = 0
		nested.revoke = kill

		[class default]
		mode = permissive
		guest-memfd = unlimited
	END
	: >exe
	# as people write it
	sed -e 's/^version =/ version\t:/' -e 's/192G/196608M/' \
		-e 's/1023K/1047552 # bytes/' -e 's/15E/15360P/' -e 's/64G/65536M/' \
		-e 's/user = root/user = 0/' -e 's/group = daemon/group = 1/' \
		-e 's/^vms = 0/vms = 0\nvcpus = unlimited/' \
		-e 's/^total.vms/; here too\ntotal.vms/' \
		-e 's/^memory = 0/memory = 0\nnested=allow\nmemslots = 8192/' \
		-e 's/^nested = deny/&\t# so/' canonical >f
	says 'a policy with all there is' 0 out '^in force: ' apply f
	exports 'export writes it in one way' "$(cat canonical; echo x)"
	says 'what was exported is applied' 0 out '^in force: ' apply out-exported
	exports '... and exported the same' "$(cat canonical; echo x)"
	says '... JSON has the group' 0 out '"group": "daemon"' export -j
	says '... the executable' 0 out '"executable": ".*/exe"' export -j
	says '... the label' 0 out '"label": "system_u' export -j
	says '... cgroups' 0 out '"pattern": "/user.slice/a b..?/c#d;e"' export -j
	says '... limits on users' 0 out '"per_user": \{' export -j
	says '... each limit on a VM' 0 out '"irq-routes": 4095' export -j
	"$tool" export >/dev/full 2>err
	code=$? want=1
	: >out
	if [ $code = 1 ] && grep -q 'cannot write the output' err; then
		result ok 'export to a full disk'
	else
		result bad 'export to a full disk'
	fi
	rm exe
	says 'an executable that is gone' 5 err \
		"^f:[0-9]*: match.exe: \`.*/exe' cannot be found: No such file" apply f
	says '... also when something else is set' 1 err \
		"^kvmwarden: the policy in force: class all.2_x-Y: \`.*/exe' cannot be opened: No such file or directory; nothing was changed$" \
		set nobody.knows memory=1
	: >exe
	for pattern in 'system_u: #' 'system_u: ;' 'system_u\x01:' \
		'system_u\n:' '#ystem_u:*' ' ystem_u:*'; do
		LC_ALL=C sed "s/system_u:\*/$pattern/" store >other
		sed "s/^store .*/store other/" module >module2
		FAKE_MODULE=module2
		says "a label that no file can hold: $pattern" 1 err \
			"^kvmwarden: class all.2_x-Y has a \`match.label' that a policy file cannot hold: " \
			export
		silent '... and nothing is printed'
		FAKE_MODULE="$dir/module"
	done
	rm store
fi
tool=$real
unset FAKE_MODULE

# --- usage

says '--help' 0 out '^Usage: kvmwarden' --help
says '-h' 0 out '^Usage: kvmwarden' -h
says 'help' 0 out '^Usage: kvmwarden' help
says 'help on a verb' 0 out '^Usage: kvmwarden apply' help apply
says '--version' 0 out '^kvmwarden [0-9].* \(ABI [0-9]+\)$' --version
says 'version' 0 out '^kvmwarden [0-9].* \(ABI [0-9]+\)$' version
for verb in status list accounts show metrics check diff apply confirm rollback \
	export set lock doctor disarm version help; do
	says "$verb --help" 0 out "^Usage: kvmwarden $verb" $verb --help
	says "--help $verb" 0 out "^Usage: kvmwarden $verb" --help $verb
done
says 'unknown verb, nearly right' 2 err "did you mean \`list'\?" lst
says 'unknown verb' 2 err "unknown verb \`frobnicate'; see" frobnicate
says 'help on an unknown verb' 2 err 'did you mean' help stats
says 'unknown option' 2 err "unrecognized option '--colour'" list --colour
says 'an option of another verb' 2 err 'has no option --dry-run' list -n
says 'JSON of a verb that writes none' 2 err 'has no option --json' apply -j
says 'too few arguments' 2 err 'usage: kvmwarden show VM' show
says 'too many arguments' 2 err 'usage: kvmwarden show VM' show 1 2
says 'too many arguments for none' 2 err 'too many' status 1
for id in '' vm: 18446744073709551616; do
	says "id '$id'" 2 err 'is not the id of a VM' show -- "$id"
done
for option in --json --force --dry-run; do
	says "set $option" 2 err "has no option $option" set $option 1 nested=deny
done
for value in Deny deni dney ' deny'; do
	says "set nested=$value" 2 err \
		"^kvmwarden: nested: \`$value' is neither \`allow' nor \`deny'; did you mean \`deny'\?$" \
		set 1 "nested=$value"
	says '... or ...' 2 err "^Or \`class', to undo what was set\.$" \
		set 1 "nested=$value"
done
for value in Allow allowed alow; do
	says "set nested=$value" 2 err "did you mean \`allow'\?$" \
		set 1 "nested=$value"
done
for value in '' 0 1 yes off permissive Class clas 'deny allow' unlimited; do
	says "set 'nested=$value'" 2 err \
		"^kvmwarden: nested: \`$value' is not an answer; write \`allow' or \`deny'$" \
		set 1 "nested=$value"
	silent '... with nothing printed'
done

# --- without the module

printf '[policy]\nmodee = off\n' >f
says 'apply reads the file first' 5 err "^f:2: \[policy\] has no key" apply f
says 'apply says that nothing was changed' 5 err 'nothing was changed' apply f
printf '[policy]\n' >f
if [ ! -e /dev/kvmwarden ] && [ ! -e /sys/module/kvmwarden ]; then
	for verb in status list 'show 1' 'set 1 nested=deny' \
		'set 0 nested=class' 'set a vcpus=1' 'set host vms=1' \
		'apply f' 'apply -n f' 'apply f -f' 'apply -c 60 f' 'diff f' \
		confirm rollback 'lock -y' accounts export disarm 'status -j' 'list -j' 'show 1 -j' 'export -j'; do
		# shellcheck disable=SC2086
		says "$verb: no module" 3 err '^Load it: modprobe' $verb
	done
	says 'no verb is status' 3 err 'module is not loaded'
	says 'only options are status' 3 err 'module is not loaded' -j
fi

# --- output that cannot be written

if [ -c /dev/full ]; then
	"$tool" help >/dev/full 2>err
	code=$? want=1
	: >out
	if [ $code = 1 ] && grep -q 'cannot write the output' err; then
		result ok 'disk full'
	else
		result bad 'disk full'
	fi
	"$tool" check f >/dev/full 2>err
	code=$?
	if [ $code = 1 ] && grep -q 'cannot write the output' err; then
		result ok 'disk full for check'
	else
		result bad 'disk full for check'
	fi
fi
"$tool" help >&- 2>err
code=$? want=1
if [ $code = 1 ]; then
	result ok 'closed standard output'
else
	result bad 'closed standard output'
fi

echo "1..$count"
[ $failed = 0 ]
