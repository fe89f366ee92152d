# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Bulk transfers, fragments, path MTU, and clients that would clash behind one address.

BULK_BYTES=4000000

# In native mode every packet counts for itself. The other hooks come after the kernel has merged a
# TCP stream's segments, so that LACP's two packets a second are a greater part of what is counted.
case_bulk() {
	local percent=99
	[ "$MODE" = native ] || percent=95
	stats_begin
	note "$(at az1 netpeer "$1" "$2" $INET1 $BULK_BYTES)"
	expect_fast_percent $percent
}

case_fragments() {
	stats_begin
	ping_from az1 $INET1 -s 4000
	ping_from az1 172.16.5.10 -s 4000
	ping_from private $AZ1 -s 4000
	equal "$(at az1 netpeer talk udp $INET1 --size 5000 --repeat 5 | cut -d' ' -f1)" $PUBLIC
	# Twelve, or ten, fragments of 4 kB each way; the kernel puts them together and forwards.
	expect_slow 60
}

# Translated and not, in one breath: what a resolver with EDNS does.
case_mixed_sizes() {
	flow_begin mixed az1 udp $INET1 --from-port 42000
	equal "$(flow_seen mixed)" "$PUBLIC 42000"
	at az2 netpeer talk udp $INET1 --size 3000 --repeat 3
	flow_end mixed
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
	expect_fast_percent 95
}

# A packet too big for the route's own MTU is the kernel's: it fragments, or says why not.
case_route_mtu() {
	trap 'ip route del 198.51.100.0/24' EXIT
	ip route add 198.51.100.0/24 via 147.75.94.194 dev bond0 mtu lock 1300
	at az1 ip route flush cache
	at az1 ping -n -c 1 -W 2 -M do -s 1400 $INET2 >"$TAP_DIR/ping" && fail "1400 octets passed an MTU of 1300"
	grep 'From 192.168.0.1 .*mtu = 1300' "$TAP_DIR/ping" || fail "$(cat "$TAP_DIR/ping")"
	at az2 ip route flush cache
	ping_from az2 $INET2 -M dont -s 1400
	at az2 netpeer upload tcp $INET2 300000
}

# Two clients, one source port, one destination: the first keeps the port, the second gets another.
case_clash() {
	flow_begin first az1 "$1" $INET1 --from-port 40000
	flow_begin second az2 "$1" $INET1 --from-port 40000
	equal "$(flow_seen first)" "$PUBLIC 40000"
	equal "$(flow_seen second | cut -d' ' -f1)" $PUBLIC
	fails equal "$(flow_seen second)" "$(flow_seen first)" "address and port of the second flow"
	flow_end first
	flow_end second
}

# A connection of the router's own that meets a translated one gives way.
case_clash_with_router() {
	flow_begin azure az1 "$1" $INET1 --from-port 41000
	equal "$(flow_seen azure)" "$PUBLIC 41000"
	flow_begin own router "$1" $INET1 --from-port 41000
	equal "$(flow_seen own | cut -d' ' -f1)" $PUBLIC
	flow_end own
	flow_end azure
}

case_clash_ping() {
	local first
	at az1 ping -n -q -c 5 -i 0.2 -W 2 -e 4242 $INET1 &
	first=$!
	at az2 ping -n -q -c 5 -i 0.2 -W 2 -e 4242 $INET1 | grep '5 received'
	wait $first
}

run_transfer() {
	local protocol
	for protocol in tcp udp; do
		tap_case "bulk upload, $protocol" case_bulk upload $protocol
		tap_case "bulk download, $protocol" case_bulk download $protocol
	done
	tap_case "fragments, both ways" case_fragments
	tap_case "whole and fragmented datagrams of two clients" case_mixed_sizes
	tap_case "a smaller MTU behind the provider is reported" case_path_mtu_reported
	tap_case "transfers adapt to the smaller MTU" case_path_mtu_transfer
	tap_case "a smaller MTU of the router's own route" case_route_mtu
	for protocol in tcp udp; do
		tap_case "two clients with one source port, $protocol" case_clash $protocol
		tap_case "a client and the router with one source port, $protocol" case_clash_with_router $protocol
	done
	tap_case "two clients with one ICMP identifier" case_clash_ping
}
