# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # who sources it sets and calls them
# Checks of what QEMU opens, of files and of libvirt; sourced by
# ../tool-doctor.sh.

# started LEVEL ID TEXT ARGUMENT...: a QEMU that was started so
started() {
	qemu "${@:4}"
	finds "${*:4}" "$1" "$2" "$3"
}

test_vnc() {
	local all='it is open to the network: qemu-system-x86_64[100]'
	local plain='it goes over the network as it is: qemu'

	started problem vnc "$all (0.0.0.0:0)" -vnc 0.0.0.0:0
	ok '... and helps' says 'tls-creds=ID,sasl=on'
	started problem vnc "$all (:1,to=9)" -vnc :1,to=9
	started problem vnc "$all ([::]:1)" --vnc '[::]:1'
	started problem vnc "$all (vnc=:2)" -display vnc=:2
	started problem vnc "$all (:1,password=off)" -vnc :1,password=off
	started problem vnc "$all (10.0.0.1:1,tls=off)" -vnc 10.0.0.1:1,tls=off
	started warning vnc "$plain" -vnc :1,password=on
	started warning vnc "$plain" -vnc :1,password
	started warning vnc "$plain" -vnc :1,password-secret=s
	started warning vnc "$plain" -vnc :1,sasl=on
	started ok vnc 'no QEMU has one that is open' \
		-vnc :1,tls-creds=t,sasl=on
	started note vnc 'any user of the host may use it' -vnc 127.0.0.1:1
	started note vnc 'any user of the host may use it' -vnc localhost:1
	started note vnc 'any user of the host may use it' -vnc '[::1]:1'
	started ok vnc 'no QEMU has' -vnc 127.0.0.1:1,password=on
	started ok vnc 'no QEMU has' -vnc none
	started ok vnc 'no QEMU has' -vnc unix:/run/vnc:1
	started ok vnc 'no QEMU has' -name vnc -display gtk
	started ok vnc 'no QEMU has' -vnc
	qemu -vnc 127.0.0.1:1
	process 200 /usr/libexec/qemu-kvm -vnc :7
	process 201 kvm -vnc $':8,\e[1m'
	finds 'the worst of three' problem vnc \
		'it is open to the network: qemu-kvm[200] (:7), kvm[201] (:8,\x1b[1m)'
	rm -r "$root"/proc/{100,101,200,201}
	finds 'no QEMU' n/a vnc 'no QEMU runs'
}

test_spice() {
	local all='it is open to the network: qemu'

	finds 'SPICE by TLS' ok spice 'no QEMU has one that is open'
	started problem spice "$all" -spice port=5900,disable-ticketing=on
	started problem spice "$all" -spice addr=::,port=5900,disable-ticketing
	started warning spice 'it goes over the network as it is' \
		-spice port=5900,password=x
	started note spice 'any user of the host may use it' \
		-spice port=5900,addr=127.0.0.1,disable-ticketing=on
	started ok spice 'no QEMU has' \
		-spice unix=on,addr=/run/spice,disable-ticketing=on,port=1
	started ok spice 'no QEMU has' -spice gl=on
}

test_incoming() {
	local all='anybody may send it a guest, and read it on the way: qemu'

	finds 'by a socket file' ok incoming 'no QEMU awaits'
	started problem incoming "$all" -incoming tcp:0:4444
	started problem incoming "$all" -incoming 'tcp:[::]:4444'
	started problem incoming "$all" -incoming rdma:host:4444
	started problem incoming "$all" -incoming tcp:0:4444 \
		-global migration.tls-creds=
	started ok incoming 'no QEMU awaits' -incoming tcp:0:4444 \
		-global migration.tls-creds=t
	started note incoming 'any user of the host may send it a guest' \
		-incoming tcp:127.0.0.1:4444
	started ok incoming 'no QEMU awaits' -incoming unix:/run/tcp:0:1
	started ok incoming 'no QEMU awaits' -incoming tcp:
	started ok incoming 'no QEMU awaits' -incoming exec:tcp:0:1
}

test_control() {
	local all='the network has its monitor or debugger: qemu'
	local some='any user of the host has its monitor or debugger: qemu'

	finds 'monitors on socket files' ok qemu-control 'no QEMU can be told'
	started problem qemu-control "$all" -monitor telnet:0.0.0.0:1,server
	started problem qemu-control "$all" -qmp tcp::4444,server=on
	started problem qemu-control "$all" -gdb tcp::1234
	started problem qemu-control "$all" -s
	started warning qemu-control "$some" -qmp-pretty tcp:localhost:4,server
	started problem qemu-control "$all" -chardev \
		socket,id=m,host=0.0.0.0,port=1,server=on -mon chardev=m,mode=control
	started problem qemu-control "$all" -chardev \
		socket,port=1,server=on,id=m -mon m
	started warning qemu-control "$some" -chardev \
		socket,id=m,host=127.0.0.1,port=1,server=on -mon chardev=m
	started ok qemu-control 'no QEMU can be told' -chardev \
		socket,id=m,host=::,port=1,server=on,tls-creds=t -mon chardev=m
	started ok qemu-control 'no QEMU can be told' -chardev \
		socket,id=other,host=::,port=1,server=on -mon chardev=m
	started ok qemu-control 'no QEMU can be told' -chardev \
		socket,id=m,path=/run/a,,port=1,server=on -mon chardev=m
	started ok qemu-control 'no QEMU can be told' -monitor stdio
}

# nbd LEVEL TEXT ARGUMENT...
nbd() {
	rm -rf "$root/proc/101"
	process 101 /usr/bin/qemu-nbd "${@:3}"
	finds "qemu-nbd ${*:3}" "$1" nbd "$2"
}

test_nbd() {
	local all='the network may have its disk: qemu-nbd[101]'

	finds 'a socket file' ok nbd 'no qemu-nbd gives disks'
	nbd problem "$all (all addresses)" disk.qcow2
	ok '... and helps' says 'qemu-nbd -k'
	nbd problem "$all (0.0.0.0)" --bind=0.0.0.0 disk.qcow2
	nbd ok 'no qemu-nbd gives' --tls-creds tls0 disk.qcow2
	nbd ok 'no qemu-nbd gives' --tls-creds=tls0 disk.qcow2
	nbd ok 'no qemu-nbd gives' --socket=/run/x disk.qcow2
	nbd ok 'no qemu-nbd gives' -c /dev/nbd0 disk.qcow2
	nbd note 'any user of the host may have its disk' -b 127.0.0.1 disk
	rm -r "$root/proc/100" "$root/proc/101"
	finds 'no qemu-nbd' n/a nbd 'no qemu-nbd runs'
}

test_saved_state() {
	local save=$root/var/lib/libvirt/qemu/save

	finds 'closed to users' ok saved-state 'none of 1 that users get to'
	chmod 644 "$save/one.save"
	finds 'open to them' problem saved-state \
		'every user may read /var/lib/libvirt/qemu/save/one.save' \
		'find /var/lib/libvirt/qemu'
	put /var/lib/libvirt/qemu/save/$'\e[31m\n' </dev/null
	finds '... with a hostile name' problem saved-state \
		'every user may read /var/lib/libvirt/qemu/save/'
	ok '... that does no harm' no_control_bytes
	fixed 'both' saved-state '+ chmod o-rwx '
	chmod 602 "$save/one.save"
	finds 'one to write' problem saved-state \
		'every user may change /var/lib/libvirt/qemu/save/one.save'
	chmod 750 "${save%/*}"
	finds 'a directory that is closed' ok saved-state \
		'none of 0 that users get to'
	chmod 755 "${save%/*}"
	mv "$save/one.save" "$root/elsewhere"
	ln -s /elsewhere "$save/link"
	finds 'a link' ok saved-state 'none of 1'
	ln "$root/elsewhere" "$save/other"
	chmod 644 "$root/elsewhere"
	finds 'another name of a file' problem saved-state \
		'every user may read /var/lib/libvirt/qemu/save/other'
	ok '... is not fixed' exits 7 --fix saved-state
	ok '... says why' grep -q 'has other names, and is left alone' "$dir/err"
	ok '... and stays' test "$(stat -c %a "$root/elsewhere")" = 644
	mkdir -p "$save"/1/2/3/4/5/6/7/8/9
	rm "$save/other"
	finds 'a deep tree' note saved-state 'not known: some cannot be seen'
	rm -r "$root/var/lib/libvirt/qemu"
	finds 'none' n/a saved-state 'there are none where they usually are'
}

no_control_bytes() { ! LC_ALL=C grep -qP '[^\x20-\x7e]' "$dir/out"; }

test_images() {
	local images=$root/var/lib/libvirt/images

	finds 'closed to users' ok disk-images 'none of 1 that users get to'
	put /var/lib/libvirt/images/pool/deep.raw <<<disk
	chmod 644 "$images/disk.qcow2"
	finds 'open to them' warning disk-images \
		'every user may read /var/lib/libvirt/images/' 'chmod o-rwx IMAGE'
	chmod 666 "$images/pool/deep.raw"
	finds 'one to write' problem disk-images \
		'every user may change /var/lib/libvirt/images/pool/deep.raw'
	chmod 711 "$images"
	finds 'names that cannot be listed' problem disk-images 'every user may'
	chmod 700 "$images"
	finds 'a directory that is closed' ok disk-images 'none of 0'
	rm -r "$images"
	finds 'none' n/a disk-images 'there are none where they usually are'
	put /var/lib/vz/images/100/disk.raw <<<disk
	finds "Proxmox's" warning disk-images \
		'every user may read /var/lib/vz/images/100/disk.raw'
}

# --- libvirt -----------------------------------------------------------------

test_libvirt_socket() {
	local conf=/etc/libvirt/libvirtd.conf

	finds 'polkit' ok libvirt-socket 'it asks who is there'
	set_to 'auth_unix_rw = "none"' "$conf"
	finds 'nobody is asked' problem libvirt-socket \
		'every user may give it orders, unasked' 'auth_unix_rw = "polkit"'
	chmod 770 "$root/run/libvirt/libvirt-sock"
	finds '... of a group' ok libvirt-socket \
		'it asks nobody, but is closed to others'
	printf '%s\n' 'auth_unix_rw="none"' 'unix_sock_rw_perms = "0777"' |
		put "$conf"
	finds '... of all, as it is set' problem libvirt-socket 'every user may'
	rm "$root$conf"
	set_to "auth_unix_rw = 'none'" /etc/libvirt/virtqemud.conf
	put /run/libvirt/virtqemud-sock </dev/null
	chmod 777 "$root/run/libvirt/virtqemud-sock"
	finds "another daemon's" problem libvirt-socket 'every user may'
	without_libvirt libvirt-socket
}

# without_libvirt ID
without_libvirt() {
	rm -r "$root/etc/libvirt"
	finds "no libvirt, $1" n/a "$1" 'there is no /etc/libvirt'
	sound_host
}

test_libvirt_tcp() {
	finds 'no TCP' ok libvirt-tcp 'it does not listen without TLS'
	listens 99 0100007F:407D
	finds 'TCP for the host' ok libvirt-tcp 'it does not listen'
	listens 99 00000000:407D
	finds 'TCP' warning libvirt-tcp 'it takes orders by TCP, without TLS' \
		virtproxyd-tls.socket
	set_to 'auth_tcp = "none"' /etc/libvirt/virtproxyd.conf
	finds '... unasked' problem libvirt-tcp \
		'it takes orders from the network, unasked' 'listen_tcp = 0'
	sound_host
	set_to 'listen_tcp=1' /etc/libvirt/libvirtd.conf
	finds 'TCP, as it is set' warning libvirt-tcp 'it takes orders by TCP'
	without_libvirt libvirt-tcp
}

test_libvirt_vms() {
	local conf=/etc/libvirt/qemu.conf

	finds 'migrations by TLS' ok libvirt-migration 'TLS is a must'
	set_to '#migrate_tls_force = 1' "$conf"
	finds '... or without' warning libvirt-migration 'TLS is not a must' \
		'migrate_tls_force = 1'
	finds 'no screens' ok libvirt-screens 'none is open by default'
	set_to 'vnc_listen = "0.0.0.0"' "$conf"
	finds 'screens for all' warning libvirt-screens \
		'without TLS, by default: vnc_listen = 0.0.0.0' 'vnc_tls = 1'
	printf '%s\n' 'vnc_listen = "::"' 'vnc_tls = 1' 'spice_listen = "::"' |
		put "$conf"
	finds '... with TLS, and another without' warning libvirt-screens \
		'without TLS, by default: spice_listen = ::'
	finds 'confined' ok libvirt-confined 'nothing that it has was switched off'
	printf '%s\n' 'security_driver = "none"' 'user = "root"' \
		'seccomp_sandbox = 0' 'user = "qemu"' | put "$conf"
	finds 'not confined' warning libvirt-confined \
		'security_driver = none, seccomp_sandbox = 0' 'Remove that'
	set_to 'user = "+0"' "$conf"
	finds 'as root' warning libvirt-confined 'user = +0'
	rm "$root$conf"
	for id in libvirt-migration libvirt-screens libvirt-confined; do
		finds "no libvirt, $id" n/a "$id" 'there is no /etc/libvirt/qemu.conf'
	done
}
