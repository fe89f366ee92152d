# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Bulk transfers, fragments, path MTU, and clients that would clash behind one address.

BULK_BYTES=1500000

case_bulk() {
	stats_begin
	note "$(at az1 netpeer "$1" "$2" $INET1 $BULK_BYTES)"
	expect_fast_percent 99
}

case_fragments() {
	stats_begin_still
	ping_from az1 $INET1 -s 4000
	ping_from az1 172.16.5.10 -s 4000
	ping_from private $AZ1 -s 4000
	equal "$(at az1 netpeer talk udp $INET1 --size 5000 --repeat 5 | cut -d' ' -f1)" $PUBLIC
	# Three of each echo and its reply, four of each datagram and its answer; none is whole.
	expect_none_fast pass-fragment 94
}

# Translated and not, in one breath: what a resolver with EDNS does.
case_mixed_sizes() {
	stats_begin
	flow_begin mixed az1 udp $INET1 --from-port 42000
	equal "$(flow_seen mixed)" "$PUBLIC 42000"
	at az2 netpeer talk udp $INET1 --size 3000 --repeat 3
	flow_end mixed
	expect_counted fast 2 pass-fragment 18
}

case_path_mtu_reported() {
	at az1 ip route flush cache
	stats_begin
	at az1 ping -n -c 1 -W 2 -M do -s 1472 $INET3 >"$TAP_DIR/ping" && fail "a packet of 1500 passed an MTU of 1400"
	grep 'From 10.253.104.12 .*mtu = 1400' "$TAP_DIR/ping" || fail "$(cat "$TAP_DIR/ping")"
	expect_fast 2
}

case_path_mtu_transfer() {
	at az2 ip route flush cache
	at inet3 ip route flush cache
	stats_begin
	at az2 netpeer upload tcp $INET3 1000000
	at az2 netpeer download tcp $INET3 1000000
	expect_fast_percent 99
}

# A packet too big for the route's own MTU is the kernel's: it fragments, or says why not.
case_route_mtu() {
	trap 'ip route del 198.51.100.0/24' EXIT
	ip route add 198.51.100.0/24 via 147.75.94.194 dev bond0 mtu lock 1300
	at az1 ip route flush cache
	stats_begin
	at az1 ping -n -c 1 -W 2 -M do -s 1400 $INET2 >"$TAP_DIR/ping" && fail "1400 octets passed an MTU of 1300"
	grep 'From 192.168.0.1 .*mtu = 1300' "$TAP_DIR/ping" || fail "$(cat "$TAP_DIR/ping")"
	at az2 ip route flush cache
	ping_from az2 $INET2 -M dont -s 1400
	at az2 netpeer upload tcp $INET2 300000
	# The pings and the first segments; what has adapted to the MTU, and the answers, are fast.
	expect_counted fast 60 pass-too-big 5
}

# How many packets a flow has at the least, both ways.
least_packets() {
	# TCP: handshake, two questions with their answers, and the end.
	[ "$1" = udp ] && echo 2 || echo 8
}

# Two clients, one source port, one destination: the first keeps the port, the second gets another.
case_clash() {
	stats_begin
	flow_begin first az1 "$1" $INET1 --from-port 40000
	flow_begin second az2 "$1" $INET1 --from-port 40000
	equal "$(flow_seen first)" "$PUBLIC 40000"
	equal "$(flow_seen second | cut -d' ' -f1)" $PUBLIC
	fails equal "$(flow_seen second)" "$(flow_seen first)" "address and port of the second flow"
	flow_end first
	flow_end second
	expect_only_fast $((2 * $(least_packets "$1")))
}

# A connection of the router's own that meets a translated one gives way.
case_clash_with_router() {
	local least
	# What the mode before had moved, and handed to the kernel, the kernel would move again.
	[ "$MODE" = kernel ] || conntrack -F
	stats_begin
	flow_begin azure az1 "$1" $INET1 --from-port 41000
	equal "$(flow_seen azure)" "$PUBLIC 41000"
	flow_begin own router "$1" $INET1 --from-port 41000
	equal "$(flow_seen own | cut -d' ' -f1)" $PUBLIC
	flow_end own
	flow_end azure
	least=$(least_packets "$1")
	# Half of the router's packets come in; of the other half, the port is moved.
	expect_counted fast "$least" pass-own-session $((least / 2)) slow/slow-own-moved $((least / 2))
}

case_clash_ping() {
	local first
	stats_begin
	at az1 ping -n -q -c 5 -i 0.2 -W 2 -e 4242 $INET1 &
	first=$!
	at az2 ping -n -q -c 5 -i 0.2 -W 2 -e 4242 $INET1 | grep '5 received'
	wait $first
	expect_only_fast 20
}

gro() {
	ethtool -K eth0 gro "$1"
	ethtool -K eth1 gro "$1"
}

# Some of everything: translated, exempt, in fragments, for the router, dropped, answered by it.
case_every_frame() {
	trap 'gro on' EXIT
	gro off
	stats_begin
	frames_begin batch
	at az1 netpeer download tcp $INET1 300000
	at az2 netpeer upload udp $INET2 100000
	at az1 netpeer upload tcp 10.99.0.10 300000
	ping_from az1 $INET1
	ping_from az2 $INET1 -s 4000
	fails ping_from az1 $INET1 -t 2
	fails ping_from az1 192.168.100.5
	equal "$(at inet1 netpeer talk udp $PUBLIC --port 53 | cut -d' ' -f1)" $INET1
	at router netpeer download tcp $INET2 300000
	ping_from provider 2001:db8:94::195
	frames_expect_all batch
	# 300000 octets are 208 segments, 100000 are 84 datagrams.
	expect_counted fast 500 pass-local 209 pass-fragment 18 pass-ttl 3 pass-ipv6 3 drop-blackhole 3
}

run_transfer() {
	local protocol
	frames_begin transfer
	for protocol in tcp udp; do
		tap_case "bulk upload, $protocol" case_bulk upload $protocol
		tap_case "bulk download, $protocol" case_bulk download $protocol
	done
	tap_case "fragments, both ways" case_fragments
	tap_case "whole and fragmented datagrams of two clients" case_mixed_sizes
	tap_case "a smaller MTU behind the provider is reported" case_path_mtu_reported
	tap_case "transfers adapt to the smaller MTU" case_path_mtu_transfer
	tap_case "a smaller MTU of the router's own route [RFC 4787 REQ-13] [RFC 4787 REQ-13a]" case_route_mtu
	for protocol in tcp udp; do
		tap_case "two clients with one source port, $protocol" case_clash $protocol
		tap_case "a client and the router with one source port, $protocol" case_clash_with_router $protocol
	done
	tap_case "two clients with one ICMP identifier" case_clash_ping
	tap_case "each frame of a mixed batch is counted once" case_every_frame
	frames_case transfer
}
