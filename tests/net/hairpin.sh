#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Inside hosts reach each other by the outside address: fragments in every order, and the ICMP errors that
# path-MTU discovery and traceroute live by, of this host and of those behind it.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
. tests/lib/far_end.sh
sandbox_enter "$0" "$@"

hairpin() { tests/net/hairpin.py "$@"; }

# A -- in0, router, in1 -- B -- C; up0 is the uplink.
make_network() {
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	uplink_and_inside
	far_end other in1
	ip netns add deep
	ip -n other link add deep0 type veth peer name eth0 netns deep
	ip addr add 10.80.0.1/24 dev in1
	ip -n other addr add 10.80.0.3/24 dev eth0
	ip -n other addr add 10.81.0.3/24 dev deep0
	ip -n other route add default via 10.80.0.1
	ip -n other link set deep0 mtu 1000 up
	ip -n deep link set eth0 mtu 1000 up
	ip -n deep addr add 10.81.0.4/24 dev eth0
	ip -n deep route add default via 10.81.0.3
	at deep ethtool -K eth0 tx off >/dev/null
	at other ethtool -K deep0 tx off >/dev/null
	at other sysctl -q net.ipv4.ip_forward=1
	ip route add 10.80.0.3/32 dev in1 mtu 1300
	ip route add 10.81.0.0/24 via 10.80.0.3
	# A neighbour that does not answer is given up at once.
	sysctl -q net.ipv4.neigh.in1.mcast_solicit=1 net.ipv4.neigh.in1.retrans_time_ms=100
	cat >$CONFIG <<-END
		[interfaces]
		uplink = up0
		inside = in0 in1
		[nat]
		behaviour = rfc
		[forward]
		udp uplink:7100-7101 = 10.80.0.3:7000-7001
		udp uplink:7200 = 10.81.0.4:7000
		tcp uplink:7200 = 10.81.0.4:7000
	END
}

# What the case before has taught A about the way to the outside address.
forgotten() {
	ip -n inside route flush cache
	hairpin "$@"
}

gone() {
	local status=0
	ip -n other link set eth0 down
	ip neigh flush dev in1
	hairpin host_unreachable || status=$?
	ip -n other link set eth0 up
	ip -n other route add default via 10.80.0.1
	return $status
}

run_mode() { # MODE RULES
	TAP_NAME="hairpin $1, $2"
	tap_case "attach" erxdp attach -c $CONFIG --mode "$1"
	tap_case "fragments in every order, both ways [RFC 4787 REQ-14]" hairpin fragments
	tap_case "too large for the route: the sender is told [RFC 4787 REQ-13]" forgotten too_big
	tap_case "too large, to be fragmented [RFC 4787 REQ-13a]" forgotten may_be_fragmented
	tap_case "too large behind the other host [RFC 5508 REQ-7]" forgotten too_big_behind
	tap_case "TCP finds the path's MTU" forgotten tcp
	tap_case "the TTL ends here, and behind the other host" hairpin ttl
	tap_case "the other host's port is closed [RFC 5508 REQ-7]" hairpin port_unreachable
	tap_case "the other host does not answer" gone
	tap_case "detach" erxdp detach
}

tap_begin "hairpin"
make_network
for mode in $TEST_MODES; do
	run_mode $mode "no rules"
done
# Connection tracking puts fragments together before they are routed.
nft 'table ip user { chain post { type nat hook postrouting priority 100; oif "up0" masquerade; }; }'
run_mode "${TEST_MODES%% *}" "a MASQUERADE rule"
tap_end
