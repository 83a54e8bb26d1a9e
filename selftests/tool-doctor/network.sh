# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # who sources it sets and calls them
# Checks of networks that guests are in; sourced by ../tool-doctor.sh.

test_isolation() {
	local id

	finds 'isolated taps' ok bridge-isolation 'no two guests do by a bridge'
	set_to 0 "$net/tap1/brport/isolated"
	finds 'one that is not' warning bridge-isolation \
		'guests reach each other on br0 (2 taps)' \
		'bridge link set dev TAP isolated on'
	set_to 1 "$net/br0/bridge/vlan_filtering"
	finds '... with VLANs' note bridge-isolation \
		'not known: guests reach each other on br0 (2 taps), if in one VLAN' \
		'bridge vlan show'
	sound_host
	rm "$root$net/tap0/brport/isolated" "$root$net/tap1/brport/isolated"
	finds 'a kernel without' warning bridge-isolation 'guests reach each other'
	rm -r "$root$net/br0/brif/tap0"
	finds 'one tap' ok bridge-isolation 'no two guests'
	set_to 0x1001 "$net/tap0/tun_flags"
	mkdir "$root$net/br0/brif/tap0"
	finds 'a tun, which is no tap' ok bridge-isolation 'no two guests'
	rm -r "$root$net"
	for id in bridge-isolation bridge-flooding bridge-routing \
		bridge-localnet promiscuous macvtap; do
		finds "no /sys/class/net, $id" note "$id" \
			'not known: there is no /sys/class/net'
	done
}

test_flooding() {
	finds 'a bridge that learns' ok bridge-flooding 'none that guests are on'
	set_to 0 "$net/br0/bridge/ageing_time"
	finds 'one that does not' warning bridge-flooding \
		'each guest sees all there is on br0' 'ageing_time 30000'
	fixed 'it' bridge-flooding \
		"+ echo 30000 >$root$net/br0/bridge/ageing_time"
	set_to 0 "$net/br0/bridge/ageing_time"
	rm -r "$root$net/br0/brif/tap0"
	finds 'one with one guest' ok bridge-flooding 'none that guests are on'
}

# networked LINE: the host has an address on the bridge
networked() { printf '%b\n' "$1" >>"$root/proc/1/net/route"; }

test_routing() {
	local forwarding=/proc/sys/net/ipv4/conf/br0/forwarding

	finds 'no forwarding' ok bridge-routing \
		'the host forwards for none of 1 bridges with guests'
	set_to 1 "$forwarding"
	finds 'no address' ok bridge-routing 'the host forwards for none'
	networked 'br0\t00000000\t017AA8C0\t0003'
	finds 'a router elsewhere' ok bridge-routing 'the host forwards for none'
	networked 'br0\t007AA8C0\t00000000\t0001'
	finds 'a router without rules' warning bridge-routing \
		'no rule limits whom guests reach from br0' 'nft list ruleset'
	mkdir -p "$root/sys/module/nf_tables"
	finds 'one that may have some' note bridge-routing \
		'not known: which rules limit whom guests reach from br0'
	rm -r "$root/sys/module/nf_tables"
	set_to filter /proc/1/net/ip_tables_names
	finds '... by iptables' note bridge-routing 'not known: which rules'
	sound_host
	set_to 1 /proc/sys/net/ipv6/conf/br0/forwarding
	set_to 'fe80000000000000000000000000beef 05 40 20 80      br0' \
		/proc/1/net/if_inet6
	finds 'a link-local address' ok bridge-routing 'the host forwards for none'
	set_to 'fd000000000000000000000000000001 05 40 00 80      br0' \
		/proc/1/net/if_inet6
	finds 'a router by IPv6' warning bridge-routing 'no rule limits'
}

test_localnet() {
	finds 'localhost for the host' ok bridge-localnet 'guests do not reach it'
	set_to 1 /proc/sys/net/ipv4/conf/br0/route_localnet
	finds '... for guests' warning bridge-localnet 'guests reach it from br0' \
		'route_localnet=0'
	set_to 0 /proc/sys/net/ipv4/conf/br0/route_localnet
	set_to 1 /proc/sys/net/ipv4/conf/all/route_localnet
	finds '... for all' warning bridge-localnet 'guests reach it from br0'
}

test_promiscuous() {
	finds 'ports of bridges' ok promiscuous 'none does'
	set_to 0x1103 "$net/eth0/flags"
	finds 'a link of the host' ok promiscuous 'none does'
	set_to 0x1103 "$net/br0/flags" "$net/macvtap0/flags"
	finds 'a bridge and a macvtap' warning promiscuous \
		'they do: br0, macvtap0' 'promisc off'
	sound_host
	set_to 0x1002 "$net/tap7/tun_flags"
	set_to 0x1103 "$net/tap7/flags"
	finds 'a tap that is on no bridge' warning promiscuous 'they do: tap7'
}

test_macvtap() {
	finds 'one' ok macvtap 'no two guests share a link by macvtap'
	macvtap macvtap1 eth1
	finds 'two on a link' note macvtap \
		'by macvtap they share eth1 (2 guests); whether they reach each other' \
		'mode private'
	rm -r "$root$net/macvtap1/lower_eth1"
	mkdir "$root$net/macvtap1/lower_eth0"
	finds 'two on two' ok macvtap 'no two guests share'
}

test_zero_copy() {
	local zcopy=/sys/module/vhost_net/parameters/experimental_zcopytx

	finds 'copies' ok vhost-zerocopy 'vhost_net.experimental_zcopytx=0'
	set_to 1 "$zcopy"
	finds 'no copies' note vhost-zerocopy \
		'guests'\'' packets are sent from their memory as it is' \
		'Then load vhost_net anew'
	rm "$root$zcopy"
	finds 'no vhost' n/a vhost-zerocopy 'there is no vhost_net.experimental'
}
