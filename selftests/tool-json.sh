#!/bin/bash
# What -j prints and what Documentation/json.md says of it: each key of each verb
# is there, with its kind, and no other. The module is a text file; see
# tool-doctor/module.c. TAP.
#
# usage: tool-json.sh          KVMWARDEN: the tool, beside which `make fakes'
#                              has put fake/
# shellcheck disable=SC2317 # nearly all is called by ok, with its name

set -uo pipefail
# shellcheck source=selftests/lib.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/lib.sh"
# shellcheck source=selftests/lib/tap.sh
. "$bed_dir/lib/tap.sh"
# shellcheck source=selftests/lib/fake.sh
. "$bed_dir/lib/fake.sh"

document=$tree/Documentation/json.md

# --- what is documented ------------------------------------------------------

# "SECTION PATH KIND" of each row, separated by |
rows() {
	awk -F ' *[|] *' -v OFS='|' '
		/^###? / { section = $0; sub(/^#+ /, "", section) }
		/^[|] `/ { gsub(/`/, "", $2); print section, $2, $3 }' "$document"
}

# documented VERB: "PATH|KIND" of each key, those of objects put in
documented() {
	rows | awk -F '|' -v OFS='|' -v verb="$1" '
		function expand(section, before,	i, path) {
			for (i = 0; i < count[section]; i++) {
				path = before paths[section, i]
				if (paths[section, i] == ".")
					path = before
				kind = kinds[section, i]
				if (kind in count)
					expand(kind, path (path ? "." : ""))
				else
					print path, kind
			}
		}
		{
			paths[$1, count[$1] + 0] = $2
			kinds[$1, count[$1] + 0] = $3
			count[$1]++
		}
		END { expand(verb, "") }' | sort
}

# --- what is printed ---------------------------------------------------------

# printed: "PATH|TYPE" of each key of all objects on standard input
printed() {
	jq -r 'paths as $path | getpath($path) | type |
		select(. != "object" and . != "array") as $type |
		reduce $path[] as $step (""; if $step | type == "number"
			then . + "[]" elif . == "" then $step
			else . + "." + $step end) + "|" + $type' | sort -u
}

# prints VERB STATUS ARGUMENT...: keeps what it has printed
prints() {
	exits "$2" "$1" -j "${@:3}" && json .schema==1 &&
		cat "$dir/out" >>"$dir/all.$1"
}

# What json calls a kind
fits() {
	awk -F '|' 'BEGIN {
			type["text"] = "string"
			type["number"] = "number"
			type["flag"] = "boolean"
		}
		NR == FNR { kind[$1] = $2; next }
		!($1 in kind) { print $1 ": not documented"; bad = 1; next }
		{
			null = sub(/ or null$/, "", kind[$1]) || null_ok[$1]
			null_ok[$1] = null
		}
		$2 == "null" ? !null : $2 != type[kind[$1]] {
			print $1 ": " $2 ", documented as " kind[$1]
			bad = 1
		}
		END { exit bad }' <(documented "$1") <(printed <"$dir/all.$1")
}

# Nothing is documented that no one has ever seen.
complete() {
	is "$(comm -23 <(documented "$1" | grep -v '|list or null$' |
		cut -d'|' -f1 | sort -u) \
		<(printed <"$dir/all.$1" | cut -d'|' -f1 | sort -u))" ''
}

is() {
	[[ $1 == "$2" ]] && return
	printf 'got:    %s\nwanted: %s\n' "$1" "$2"
	return 1
}

# --- verbs -------------------------------------------------------------------

# One of everything
rich_module() {
	mkdir -p "$FAKE_ETC"
	cat >"$FAKE_ETC/policy.conf" <<-END
		[policy]
		version = 3
		mode = enforce
		[class web]
		match.cgroup = /web/*
		vcpus = 4
		memory = 8G
		nested = deny
	END
	module <<-END
		status enforce 3 armed canary confirm=42500 digest=1 vms=5 denied=5 permitted=6
		class web enforce 1 match.cgroup=/web/* vcpus=4 memory=8589934592 deny denied=5
		class default enforce 0
		vm web enforce deny cgroup=/web/a exe=/usr/bin/x label=y denied=1
		vm default enforce moved own deny own-memory=1 cgroup=/system.slice/db.service
		account user 0 1 4
		account user 0 1 4 web
		account cgroup /web/a 1 4
		cgroup /web/** 4
		hook kvm_arch_destroy_vm kvm armed
		hook handle_vmxon kvm_intel failed 16 two
		change 1 3 1 8589934592 1073741824 web
		digest 2
		${1-}
	END
}

verb_status() {
	rich_module
	ok 'status' prints status 0
	sound_module
	ok '... of a host that has nothing' prints status 0
}

sound_module() {
	printf '%s\n' 'status enforce 0 armed canary' \
		'class default enforce 0' | module
}

verb_list() {
	rich_module
	ok 'list' prints list 0
	rm -r "${FAKE_ETC:?}"
	ok '... without files' prints list 0
	sound_module
	ok '... of no VMs' prints list 0
}

verb_show() {
	rich_module
	ok 'show' prints show 0 1
	ok '... of another' prints show 0 db
	rm -r "${FAKE_ETC:?}"
	ok '... without files' prints show 0 1
}

verb_accounts() {
	rich_module
	ok 'accounts' prints accounts 0
	sound_module
	ok '... of which there are none' prints accounts 0
}

verb_check() {
	rich_module
	ok 'check' prints check 0
	printf '[class a]\nmatch.user = root\nvcpus = x\n[policyy]\n' >"$dir/bad"
	ok '... of a bad file' prints check 5 "$dir/bad"
	ok '... of none' prints check 5 "$dir/none"
	printf '%s\n' '[class a]' 'match.cgroup = /a/**' 'vcpus = 1' '[class b]' \
		'match.cgroup = /a/b' 'vcpus = 2' '[class c]' \
		'match.cgroup = /a/**' >"$dir/odd"
	ok '... of an odd file' prints check 0 "$dir/odd"
}

verb_diff() {
	rich_module
	ok 'diff' prints diff 1
	sed -i '/^vcpus/d; s/8G/9G/' "$FAKE_ETC/policy.conf"
	ok '... of other files' prints diff 1
	rich_module 'commit 16 1'
	ok '... where the kernel does not say' prints diff 1
}

# With a module that tells what it was given
verb_export() {
	printf '%s\n' '[host]' 'vms = 4' 'per-user.vms = 3' '[cgroup /x]' 'vms = 4' \
		'[class a]' 'match.user = root' 'match.group = root' \
		'match.cgroup = /a' 'match.exe = /bin/true' 'match.label = a*' \
		>"$dir/f"
	printf '%s\n' "store $dir/store" 'status enforce 0 armed canary' \
		'class default enforce 0' | module
	rm -f "$dir/store"
	ok 'a policy with all criteria' exits 0 apply "$dir/f"
	ok 'export' prints export 0
	rich_module
	ok '... of another' prints export 0
}

# One of every kind
rich_events() {
	local account='reason=1 limit=1 used=1 asked=1 level'

	{
		printf 'event type=%s\n' 0 2 4 5 7 10
		printf "event $account=%s\n" 0 1 2 3 4 5
		echo 'event vm=1 reason=10 auid=1 session=2 class_name=a' \
			'cgroup=/a exe=/b'
		echo 'event type=6 digest=%01 old_digest=%02'
		echo 'event type=12 hook_state=2'
		echo 'event type=13 hook_state=1'
		echo 'event type=77'
	} >"$FAKE_MODULE.events"
}

verb_log() {
	rich_events
	ok 'log' prints log 0
}

verb_explain() {
	local n

	rich_events
	"$tool" log -j | grep -v event-77 >"$dir/events"
	rich_module
	echo 'event vm=1 class_name=web reason=1 limit=8589934592 asked=1' \
		>>"$FAKE_MODULE.events"
	for n in 2 7 13 14 15 16 18; do
		ok "explain, event $n" prints explain 0 "$n"
	done
	"$tool" explain -j - <"$dir/events" >>"$dir/all.explain"
}

verb_learn() {
	printf '%s\n' '[class a]' 'match.user = root' 'match.group = root' \
		'match.cgroup = /a' 'match.exe = /bin/true' 'match.label = a*' \
		'mode = permissive' '[class default]' 'vcpus = 1' 'nested = deny' \
		'[cgroup /x]' 'vms = 4' >"$dir/f"
	printf '%s\n' "store $dir/store" 'status enforce 0 armed canary met=5:3' \
		'class default enforce 0' | module
	rm -f "$dir/store"
	ok 'a permissive policy' exits 0 apply "$dir/f"
	printf '%s\n' 'event seq=7 vm=1 class_name=default cgroup=/y asked=2' \
		'event vm=1 class_name=default cgroup=/y reason=10' \
		>"$FAKE_MODULE.events"
	ok 'learn' prints learn 0
	: >"$FAKE_MODULE.events"
	ok '... from nothing' prints learn 0
}

verb_doctor() {
	mkdir -p "$dir/host/sys/module"
	ok 'doctor' prints doctor 7 -r "$dir/host"
	ok '... of one thing' prints doctor 0 -r "$dir/host" unclassed
	ok '... of which checks there are' prints doctor 0 --list
}

verb_version() {
	ok 'version' prints version 0
}

# --- all of it ---------------------------------------------------------------

# Verbs that take -j, by their help
json_verbs() {
	local verb

	"$tool" help | awk '/^  [a-z]/ { print $1 }' | while read -r verb; do
		! "$tool" help "$verb" | grep -q -- '--json' || echo "$verb"
	done
}

test_verb() {
	ok "$1: is documented" grep -qx "## $1" "$document"
	if ! declare -F "verb_$1" >/dev/null; then
		ok "$1: is tested here" false
		return
	fi
	"verb_$1"
	ok "$1: each key is documented, with its kind" fits "$1"
	ok "$1: each documented key is there" complete "$1"
}

# The test itself: what it must not let through
test_finds() {
	sound_module
	ok 'a key that is not documented' finds 'x: not documented' '{"x": 1}'
	ok 'one of another kind' finds 'abi: string, documented as number' \
		'{"abi": "1"}'
	ok 'null where there is none' finds 'abi: null, documented as number' \
		'{"abi": null}'
	ok 'a key that is missing' misses abi '{"schema": 1, "version": "x"}'
}

finds() {
	echo "$2" >"$dir/all.version"
	is "$(fits version)" "$1"
}

misses() {
	echo "$2" >"$dir/all.version"
	[[ $(complete version) == *"$1"* ]]
}

fake_set_up
test_finds
rm "$dir/all.version"
mapfile -t verbs < <(json_verbs)
ok 'there are verbs with -j' test "${#verbs[@]}" -ge 9
for verb in "${verbs[@]}"; do
	test_verb "$verb"
done
ok 'no other verb is documented' is "$(sed -n 's/^## //p' "$document" |
	grep -v Objects | sort)" "$(printf '%s\n' "${verbs[@]}" | sort)"
tap_done
