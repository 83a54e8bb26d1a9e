# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # who sources it sets and calls them
# Checks of what will be in force after a reboot; sourced by ../tool-doctor.sh.

test_lock() {
	finds 'locked' ok lock 'policy and module stay until a reboot'
	edit 's/ locked//'
	finds 'not locked' note lock 'policy and module can be changed' \
		'kvmwarden lock'
	edit 's/armed canary/canary/'
	finds 'disarmed' n/a lock 'the module is disarmed'
}

test_boot() {
	finds 'before kvm' ok boot 'before kvm, whenever that is loaded'
	set_to '# softdep kvm pre: kvmwarden' /etc/modprobe.d/kvmwarden.conf
	finds 'a comment' warning boot 'nothing loads kvmwarden at boot' \
		'softdep kvm pre: kvmwarden'
	set_to 'softdep kvm pre: msr kvmwarden' /usr/lib/modprobe.d/kvmwarden
	finds 'a file that is not read' warning boot 'nothing loads'
	mv "$root"/usr/lib/modprobe.d/kvmwarden{,.conf}
	finds 'one that is' ok boot 'before kvm'
	rm -r "$root/usr/lib/modprobe.d"
	for file in /etc/modules /etc/modules-load.d/guard.conf \
		/etc/initramfs-tools/modules; do
		set_to kvmwarden "$file"
		finds "$file" ok boot 'with the first modules'
		rm "$root$file"
	done
	rm -r "${root:?}/etc"
	finds 'no /etc' note boot 'not known: there is no /etc'
	finds '... for the policy' note boot-policy 'not known: there is no /etc'
}

test_boot_policy() {
	local units=/etc/systemd/system

	finds 'a service' ok boot-policy 'a service applies it'
	mv "$root$units/multi-user.target.wants" "$root$units/x.target.requires"
	finds '... that is required' ok boot-policy 'a service applies it'
	rm "$root$units/x.target.requires/guard.service"
	finds '... that is not enabled' warning boot-policy \
		'no service applies it' 'ExecStart=/usr/local/sbin/kvmwarden apply' \
		'options kvmwarden closed=1'
	ln -s ../other "$root$units/x.target.requires/other.service"
	set_to '#ExecStart=kvmwarden apply' "$units/other.service"
	finds 'one that does not' warning boot-policy 'no service applies it'
	set_to 'ExecStart=-/sbin/kvmwarden apply --force' \
		/usr/lib/systemd/system/other.service
	rm "$root$units/other.service"
	finds "the distribution's" ok boot-policy 'a service applies it'
	rm -r "$root/usr/lib/systemd"
	set_to 'options kvmwarden closed=1' /etc/modprobe.d/kvmwarden.conf
	finds 'closed until then' note boot-policy \
		'no service applies it; no VM is created before somebody does (closed=1)' \
		ExecStart
	set_to 'options kvmwarden closed=0' /etc/modprobe.d/kvmwarden.conf
	finds '... or not' warning boot-policy 'no service applies it'
	set_to 'quiet kvmwarden.closed=1' /proc/cmdline
	finds 'closed by the command line' note boot-policy 'no service applies it; no VM'
}

test_drift() {
	local policy=/etc/kvmwarden/policy.conf

	finds 'files as in force' ok drift 'the files say the same'
	edit "\$a vm trusted enforce moved\nvm trusted enforce own deny"
	finds 'settings by hand' note drift \
		'the files say the same; 2 VMs have settings of their own' \
		'kvmwarden diff'
	sed -i 's/8G/9G/' "$root$policy"
	finds 'another limit' warning drift \
		'the files say something else in 1 section' 'kvmwarden apply'
	set_to nonsense "$policy"
	finds 'a file with errors' warning drift \
		'the files cannot be put in force again:' 'kvmwarden check'
	rm "$root$policy"
	finds 'a file less' warning drift 'the files say something else in 4'
	rm -r "$root"/etc/kvmwarden/policy.d
	finds 'no file' warning drift \
		'the files cannot be put in force again: does not exist' \
		'kvmwarden export'
	edit 's/^status enforce 3/status enforce 0/'
	finds 'no policy' n/a drift 'no policy is in force'
	no_module
	finds 'no module' n/a drift 'no policy is in force'
}

test_policy_files() {
	local policy=$root/etc/kvmwarden

	finds "root's" ok policy-files 'only root may write them'
	chmod 666 "$policy/policy.conf"
	chmod 777 "$policy/policy.d"
	finds "everybody's" problem policy-files \
		'others may write: /etc/kvmwarden/policy.conf, /etc/kvmwarden/policy.d' \
		'chmod -R go-w /etc/kvmwarden'
	fixed 'they' policy-files '+ chmod go-w '
	chmod 664 "$policy/policy.conf"
	finds 'of group root' ok policy-files 'only root may write them'
	if chown 0:108 "$policy/policy.conf" 2>/dev/null; then
		finds 'of another group' problem policy-files 'others may write:'
		chown 1000:0 "$policy/policy.conf"
		finds "a user's" problem policy-files \
			"not root's: /etc/kvmwarden/policy.conf" 'chown -R root:'
	else
		tap_skip 'policies of others' 'only root can give files away'
	fi
	put /etc/elsewhere </dev/null
	chmod 666 "$root/etc/elsewhere"
	rm "$policy/policy.conf"
	mkfifo "$policy/policy.conf"
	chmod 666 "$policy/policy.conf"
	ok 'what is no file is left alone' exits 7 --fix policy-files
	ok '... as it is' test "$(stat -c %a "$policy/policy.conf")" = 666
	rm -r "$policy"
	finds 'none' n/a policy-files 'there is no /etc/kvmwarden'
}

test_policy_age() {
	finds 'of today' ok policy-age 'last changed 0 days ago'
	touch -d '-400 days' "$root"/etc/kvmwarden/policy.{conf,d/*}
	finds 'of last year' note policy-age 'last changed 400 days ago' touch
	touch -d '-300 days' "$root/etc/kvmwarden/policy.d/classes.conf"
	finds 'one of them is of this' ok policy-age 'last changed 300 days ago'
	touch -d '+1 day' "$root/etc/kvmwarden/policy.conf"
	finds 'of tomorrow' ok policy-age 'last changed 0 days ago'
	rm -r "$root/etc/kvmwarden"
	finds 'none' n/a policy-age 'there is no policy file'
}
