# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The network changes under running traffic: routes, nexthops, MAC addresses, links, BGP sessions.
# Each case leaves the network as it found it, also when it fails.

hairpins() {
	at provider nft -j list chain ip lab hairpin |
		jq '[.nftables[].rule.expr[]?.counter.packets? // empty] | add'
}

# 10.0.0.0/8 by way of the provider is the next-longest match of a withdrawn Azure network.
case_withdrawn() {
	local before
	trap 'msee_configure "router bgp 12076" "address-family ipv4 unicast" "network 10.0.0.0/16"' EXIT
	flow_begin other az2 tcp $INET1
	before=$(hairpins)
	msee_configure "router bgp 12076" "address-family ipv4 unicast" "no network 10.0.0.0/16"
	wait_for 15 "the route is withdrawn" route_is_gone 10.0.0.0/16
	stats_begin
	fails at az1 curl -s --max-time 3 $INET1
	[ "$(hairpins)" -gt "$before" ] || fail "the answers did not go to the provider's private gateway"
	reaches az2 $INET1
	flow_end other
	# az1's attempts went out, and the answers to the provider; az2's connection is as ever.
	expect_only_fast 10
}

case_announced_again() {
	wait_for 15 "the route is back" route_is_there 10.0.0.0/16
	stats_begin
	equal "$(curl_from az1 $INET1)" $PUBLIC
	expect_fast 8
}

second_nexthop_packets() {
	at msee ip -s -j link show second | jq '.[0].stats64.rx.packets'
}

second_nexthop_add() {
	ip -n msee link add second link up0.1000 type macvlan mode bridge
	ip -n msee addr add 192.168.0.6/32 dev second
	at msee sysctl -qw net.ipv4.conf.all.arp_ignore=1
	ip -n msee link set second up
}

announce_with() {
	msee_configure "route-map announce permit 10" "$1"
	at msee vtysh -N msee -c "clear bgp * soft out"
}

second_nexthop_remove() {
	announce_with "no set ip next-hop"
	ip -n msee link del second
	wait_for 15 "the old nexthop is back" route_goes_via 192.168.0.2
}

route_goes_via() {
	ip route show 10.0.0.0/16 | grep "via $1 dev bond0.1000"
}

case_nexthop() {
	local before
	trap second_nexthop_remove EXIT
	second_nexthop_add
	flow_begin running az1 tcp $INET1
	announce_with "set ip next-hop 192.168.0.6"
	wait_for 15 "the route has the new nexthop" route_goes_via 192.168.0.6
	reaches az1 $INET1
	before=$(second_nexthop_packets)
	stats_begin
	at az1 netpeer download udp $INET1 100000
	expect_fast 80
	[ $(($(second_nexthop_packets) - before)) -ge 80 ] || fail "the packets did not go to the new nexthop"
	flow_end running
}

# The neighbour announces its new address; a table that copies MAC addresses must follow.
case_gateway_mac() {
	local old
	old=$(ip -n msee -j link show up0.1000 | jq -r '.[0].address')
	# shellcheck disable=SC2064
	trap "ip -n msee link set up0.1000 address $old; wait_for 10 'the old address is learnt' reaches az1 $INET1" EXIT
	at msee sysctl -qw net.ipv4.conf.all.arp_notify=1
	flow_begin running az1 udp $INET1
	ip -n msee link set up0.1000 address 52:54:00:00:10:02
	wait_for 10 "the new address is learnt" neighbour_has_mac 52:54:00:00:10:02
	stats_begin
	reaches az1 $INET1
	flow_end running
	expect_fast 10
}

neighbour_has_mac() {
	ip neigh show 192.168.0.2 dev bond0.1000 | grep "$1"
}

# fail_slave NAME: many flows, so that every slave is somebody's, and a running one.
case_failed_slave() {
	local port
	# shellcheck disable=SC2064
	trap "ip link set $1 up; wait_for 60 'both slaves are back' bonds_have_ports 2" EXIT
	flow_begin running az1 tcp $INET2
	ip link set "$1" down
	wait_for 60 "the aggregate has one link, at both ends" bonds_have_ports 1
	for port in 1 2 3 4 5 6; do
		reaches az1 $INET1
	done
	stats_begin
	at az2 netpeer download udp $INET1 200000
	expect_fast 150
	flow_end running
}

bgp_sessions_so_far() {
	bgp_json "neighbors 192.168.0.2" | jq '."192.168.0.2".connectionsEstablished'
}

bgp_came_back_since() {
	[ "$(bgp_sessions_so_far)" -gt "$1" ] && bgp_routes_are_back
}

case_bgp_flap() {
	local before
	before=$(bgp_sessions_so_far)
	vtysh -c "clear bgp *"
	wait_for 30 "BGP comes back" bgp_came_back_since "$before"
	wait_for 10 "Azure has its default route again" reaches az1 $INET1
	stats_begin
	equal "$(curl_from az2 $INET2)" $PUBLIC
	expect_fast 8
}

vlan_up() {
	ip link set bond0.1000 up
	wait_for 60 "BGP's routes come back" bgp_routes_are_back
	wait_for 15 "Azure reaches the internet again" reaches az1 $INET1
}

case_vlan_down_up() {
	trap vlan_up EXIT
	ip link set bond0.1000 down
	wait_for 10 "the routes through bond0.1000 are gone" route_is_gone 10.0.0.0/16
	stats_begin_still
	# The far end sends on; native XDP sees those frames, which the kernel does not take any more.
	fails at az1 curl -s --max-time 2 $INET1
	reaches router $INET1
	expect_none_fast pass-local 3
	vlan_up
	stats_begin
	equal "$(curl_from az1 $INET1)" $PUBLIC
	expect_fast 8
}

is_unreachable() {
	! at "$1" ping -n -q -c 1 -W 1 "$2"
}

case_forwarding_off() {
	trap 'sysctl -qw net.ipv4.ip_forward=1' EXIT
	flow_begin running az1 tcp $INET1
	sysctl -qw net.ipv4.ip_forward=0
	wait_for 5 "nothing is forwarded" is_unreachable az1 $INET1
	stats_begin_still
	fails at az1 ping -n -q -c 2 -i 0.2 -W 1 $INET1
	reaches router $INET1
	expect_none_fast pass-forwarding 2
	sysctl -qw net.ipv4.ip_forward=1
	reaches az1 $INET1
	stats_begin
	reaches az1 $INET1
	flow_end running
	expect_fast 10
}

# The promise is 50 ms, of the middle one of seven: emulation stalls the machine now and then.
case_route_delay() {
	local -a delays
	stats_begin
	read -ra delays < <("$HERE/route-delay" $INET2 7)
	note "ms: ${delays[*]}"
	[ ${#delays[@]} = 7 ] || fail "no figures"
	expect_counted fast 14 drop-blackhole 7
	[ "$MODE" = kernel ] || [ "${delays[3]}" -lt 50 ] || fail "it took ${delays[3]} ms"
}

run_change() {
	local slave
	frames_begin change
	tap_case "a withdrawn route: traffic goes where the kernel would send it" case_withdrawn
	tap_case "the route is announced again" case_announced_again
	tap_case "FRR's route is used within 50 ms" case_route_delay
	tap_case "a changed nexthop" case_nexthop
	tap_case "the gateway has a new MAC address" case_gateway_mac
	for slave in eth0 eth1; do
		tap_case "slave $slave fails and comes back" case_failed_slave $slave
	done
	tap_case "the BGP session is cleared" case_bgp_flap
	tap_case "bond0.1000 goes down and up" case_vlan_down_up
	tap_case "ip_forward switched off and on" case_forwarding_off
	frames_case change
}
