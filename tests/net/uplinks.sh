#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two providers at once: what leaves by each bears an address of its own, chosen by the host or from a
# pool, with exemptions of its own; addresses, links and routes change while flows run, and only the
# flows that have lost something end.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
. tests/lib/far_end.sh
sandbox_enter "$0" "$@"

# Behind the first provider (EITHER: behind both), and behind the second.
FIRST=198.51.100.10 EITHER=198.51.100.20 FIRST_PRIVATE=172.16.8.8
SECOND=198.51.101.10 SECOND_EXEMPT=198.51.101.20 SECOND_PRIVATE=172.16.9.9
POOL=203.0.113.8

provider() { # NAMESPACE ADDRESS/LEN SERVERS...
	local server
	ip -n "$1" addr add "$2" dev eth0
	ip -n "$1" route add 10.79.0.0/24 via "${2%.*}.2"
	for server in "${@:3}"; do
		ip -n "$1" addr add "$server/32" dev lo
	done
	serve "$1" "${@:3}"
}

make_network() {
	local address
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	far_end net1 up0
	far_end net2 up1
	far_end inside in0
	ip addr add 192.0.2.2/24 dev up0
	ip addr add 192.0.3.2/24 dev up1
	ip addr add 10.79.0.1/24 dev in0
	provider net1 192.0.2.1/24 $FIRST $EITHER $FIRST_PRIVATE
	provider net2 192.0.3.1/24 $SECOND $EITHER $SECOND_EXEMPT $SECOND_PRIVATE
	ip -n net2 route add $POOL/30 via 192.0.3.2
	for address in 2 3 4; do
		ip -n inside addr add 10.79.0.$address/24 dev eth0
	done
	ip -n inside route add default via 10.79.0.1
	ip route add default via 192.0.2.1
	second_routes
	# While the second link is down nothing falls back to the first, which would end flows for good.
	ip route add unreachable 198.51.101.0/24 metric 1000
	sysctl -q net.ipv4.ip_forward=1
}

second_routes() {
	ip route add 198.51.101.0/24 via 192.0.3.1
	ip route add $SECOND_PRIVATE via 192.0.3.1
}

write_config() {
	cat >$CONFIG <<-END
		[interfaces]
		inside = in0
		[uplink up0]
		[uplink up1]
		source = $POOL-203.0.113.11
		exempt-destination = $SECOND_EXEMPT
		[inside 10.79.0.3]
		behaviour = rfc
		filtering = address
		[forward]
		tcp uplink:8080 = 10.79.0.2:80
		udp 203.0.113.9:5000-5003 = 10.79.0.3:6000-6003
	END
}

verdict() { erxdp stats --once -j | jq ".verdicts[\"$1\"].packets + .slow[\"$1\"].packets"; }
entries() { bpftool -j map dump pinned $PINS/"$1" | jq length; }
# Of the endpoints, those of forwardings: the programs' own are among them (struct endpoint_owner.kind).
forwards() { bpftool -j map dump pinned $PINS/endpoints | jq '[.[] | select(.value[22] == "0x02")] | length'; }
# The key of an endpoint as bpftool prints bytes.
has_endpoint() { # tcp|udp ADDRESS PORT
	local proto=0x06
	[ "$1" = tcp ] || proto=0x11
	# shellcheck disable=SC2086,SC2046
	bpftool map lookup pinned $PINS/endpoints key hex $(printf '%02x ' ${2//./ }) \
		$(printf '%02x %02x' $(($3 >> 8)) $(($3 & 255))) ${proto#0x} 00 >/dev/null 2>&1
}

# seen_as EXPECTED ask's arguments: an exact "ADDRESS PORT", or an address of the pool.
seen_as() {
	local seen
	seen=$(ask "${@:2}")
	equal "$seen" "$1" "as whom $SECOND and others see it"
}

pool_address() { # ADDRESS
	[[ $1 =~ ^203\.0\.113\.(8|9|10|11)$ ]]
}

case_attach() {
	erxdp attach -c $CONFIG --mode "$1"
	# The first packets find no neighbour yet.
	ask udp 10.79.0.2 39999 $FIRST
	ask udp 10.79.0.2 39998 $SECOND
	erxdp route show -j | jq -r '.. | .device? // empty' | sort -u
	erxdp status
}

case_each_its_own() {
	local before second
	before=$(fast)
	seen_as "192.0.2.2 40000" tcp 10.79.0.2 40000 $FIRST
	seen_as "192.0.2.2 40000" udp 10.79.0.2 40000 $FIRST
	second=$(ask tcp 10.79.0.2 40000 $SECOND)
	pool_address "${second% *}" || fail "seen as $second"
	[ $(($(fast) - before)) -ge 10 ] || fail "only $(($(fast) - before)) packets were fast"
}

case_paired() {
	local host port kind first
	for host in 2 3 4; do
		first=$(ask tcp 10.79.0.$host 40100 $SECOND)
		pool_address "${first% *}" || fail "seen as $first"
		for port in 40101 40102 40103; do
			for kind in tcp udp; do
				equal "$(ask $kind 10.79.0.$host $port $SECOND | cut -d' ' -f1)" "${first% *}"
			done
		done
		note "10.79.0.$host: ${first% *}"
	done
}

case_exemptions() {
	seen_as "10.79.0.2 40200" tcp 10.79.0.2 40200 $FIRST_PRIVATE
	seen_as "10.79.0.2 40200" tcp 10.79.0.2 40200 $SECOND_EXEMPT
	seen_as "10.79.0.2 40200" udp 10.79.0.2 40200 $SECOND_EXEMPT
	pool_address "$(ask tcp 10.79.0.2 40200 $SECOND_PRIVATE | cut -d' ' -f1)" || fail "not translated"
}

# The provider sends all of the pool here; what belongs to no session would be sent back to it.
case_pool_stray() {
	local before sent
	before=$(verdict drop-filtered)
	sent=$(cat /sys/class/net/up0/statistics/tx_packets)
	at net2 python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(8): s.sendto(b'?', ('203.0.113.10', 9000 + i))"
	wait_until 2 eval "[ \$(($(verdict drop-filtered) - before)) -ge 8 ]" ||
		equal "$(($(verdict drop-filtered) - before))" 8 "packets dropped"
	[ $(($(cat /sys/class/net/up0/statistics/tx_packets) - sent)) -lt 8 ] || fail "they left by up0"
}

case_maps() {
	equal "$(entries inside_policies)" 1
	# Six addresses that `uplink` means, and four ports of one.
	equal "$(forwards)" 10
	has_endpoint tcp 192.0.2.2 8080
	has_endpoint tcp 192.0.3.2 8080
	has_endpoint tcp 203.0.113.11 8080
	has_endpoint udp 203.0.113.9 5003
	fails has_endpoint udp 203.0.113.9 5004
	fails has_endpoint udp 192.0.3.2 5000
	# Three prefixes of the first uplink, one of the second.
	equal "$(entries exempt_dst)" 4
}

# What a server sends from a forwarded port: with rfc as the forwarding, whatever address of the pool it
# has else; with compat as anybody.
case_own_of_servers() {
	local port
	for port in 6000 6001 6002 6003; do
		seen_as "203.0.113.9 $((port - 1000))" udp 10.79.0.3 $port $SECOND
	done
	seen_as "192.0.2.2 6001" udp 10.79.0.3 6001 $FIRST
	seen_as "192.0.2.2 80" tcp 10.79.0.2 80 $FIRST
}

case_address_replaced() {
	begin_flow first udp 10.79.0.2 40300 $FIRST
	begin_flow second tcp 10.79.0.2 40300 $SECOND
	ip addr del 192.0.2.2/24 dev up0
	ip addr add 192.0.2.9/24 dev up0
	ip route add default via 192.0.2.1
	wait_until 5 eval "[ \"\$(ask udp 10.79.0.3 40301 $FIRST)\" = '192.0.2.9 40301' ]"
	flow_ended first
	end_flow second
	wait_until 2 has_endpoint tcp 192.0.2.9 8080
	fails has_endpoint tcp 192.0.2.2 8080
	seen_as "192.0.2.9 40302" tcp 10.79.0.2 40302 $FIRST
}

case_address_added() {
	begin_flow first udp 10.79.0.2 40400 $FIRST
	equal "$(flow_seen first)" "192.0.2.9 40400"
	ip addr add 192.0.2.77/24 dev up0
	ip addr add 192.0.4.2/24 dev up0
	wait_until 2 has_endpoint tcp 192.0.4.2 8080
	wait_until 2 has_endpoint tcp 192.0.2.77 8080
	# MASQUERADE's choice: the address of the gateway's subnet, whatever the route prefers.
	seen_as "192.0.2.9 40401" tcp 10.79.0.2 40401 $FIRST
	ip route replace default via 192.0.2.1 src 192.0.4.2
	seen_as "192.0.2.9 40402" tcp 10.79.0.2 40402 $FIRST
	end_flow first
}

case_address_removed() {
	begin_flow first udp 10.79.0.2 40500 $FIRST
	ip route replace default via 192.0.2.1
	ip addr del 192.0.4.2/24 dev up0
	wait_until 2 eval "! has_endpoint tcp 192.0.4.2 8080"
	seen_as "192.0.2.9 40501" tcp 10.79.0.2 40501 $FIRST
	end_flow first
}

case_link_flaps() {
	begin_flow first udp 10.79.0.2 40600 $FIRST
	begin_flow second tcp 10.79.0.2 40600 $SECOND
	ip link set up1 down
	ip link set up1 up
	second_routes
	pool_address "$(ask tcp 10.79.0.3 40601 $SECOND | cut -d' ' -f1)" || fail "not translated"
	end_flow second
	end_flow first
}

# The other provider's address must not leave: MASQUERADE ends such flows too.
case_route_moves() {
	local seen
	begin_flow first udp 10.79.0.2 40700 $EITHER
	equal "$(flow_seen first)" "192.0.2.9 40700"
	ip route add $EITHER via 192.0.3.1
	wait_until 3 eval "erxdp route get $EITHER | grep -q up1"
	seen=$(ask udp 10.79.0.2 40701 $EITHER)
	pool_address "${seen% *}" || fail "seen as $seen"
	flow_ended first
	ip route del $EITHER via 192.0.3.1
	wait_until 3 eval "erxdp route get $EITHER | grep -q up0"
	seen_as "192.0.2.9 40702" udp 10.79.0.2 40702 $EITHER
}

# The successor reads another file: one address less in the pool, no forwardings.
case_adopt_changed() {
	begin_flow first tcp 10.79.0.2 40800 $FIRST
	kill_daemon
	sed -i -e "s/$POOL-/203.0.113.10-/" -e '/^\[forward\]/,$d' $CONFIG
	erxdp attach -c $CONFIG --mode "$1"
	end_flow first
	equal "$(forwards)" 0
	for host in 2 3 4; do
		ask tcp 10.79.0.$host 40801 $SECOND | grep -qE '^203\.0\.113\.1[01] '
	done
	write_config
}

listening() { # FUNCTION...: with a service of this host's own on port 2222
	python3 -c "
import socket, sys, time
s = socket.create_server(('', 2222)); time.sleep(60)" &
	local service=$!
	wait_until 5 eval "[ \"\$(ss -Hltn 'sport = :2222' | wc -l)\" = 1 ]"
	"$@"
	kill $service
}

refused() {
	fails erxdp attach -c $CONFIG --mode tc 2>"$TAP_DIR/said"
	cat "$TAP_DIR/said"
	grep -q "test.conf:13: tcp uplink:2222-2223: a service of this host's own listens on port 2222" "$TAP_DIR/said"
	[ ! -e $PINS/control ] || fail "something is left"
}

case_service_refused() {
	echo 'tcp uplink:2222-2223 = 10.79.0.2:22-23' >>$CONFIG
	listening refused
	write_config
}

left_out() {
	erxdp attach -c $CONFIG --mode tc 2>"$TAP_DIR/said"
	cat "$TAP_DIR/said"
	grep -q "port 2222.*; left out" "$TAP_DIR/said"
	fails has_endpoint tcp 192.0.3.2 2222
	has_endpoint tcp 192.0.3.2 8080
}

case_service_left_out() {
	erxdp attach -c $CONFIG --mode tc
	kill_daemon
	echo 'tcp uplink:2222-2223 = 10.79.0.2:22-23' >>$CONFIG
	listening left_out
	erxdp detach
	write_config
}

case_not_an_uplink() {
	echo 'tcp in0:443 = 10.79.0.2:443' >>$CONFIG
	fails erxdp attach -c $CONFIG --mode tc 2>"$TAP_DIR/said"
	cat "$TAP_DIR/said"
	grep -q 'test.conf:13: tcp in0:443: in0 is not an uplink' "$TAP_DIR/said"
	write_config
}

restore_addresses() {
	ip addr flush dev up0
	ip addr add 192.0.2.2/24 dev up0
	ip route replace default via 192.0.2.1
}

run_mode() {
	TAP_NAME="uplinks $1"
	tap_case "attach to two uplinks" case_attach "$1"
	tap_case "each uplink translates to its own address, fast" case_each_its_own
	tap_case "a host has one address of the pool [RFC 4787 REQ-2]" case_paired
	tap_case "exemptions are an uplink's own" case_exemptions
	tap_case "a stray packet to the pool is not sent back" case_pool_stray
	tap_case "policies and forwardings are in the maps" case_maps
	tap_case "a server's own flows from a forwarded port [RFC 4787 REQ-1]" case_own_of_servers
	tap_case "an address is replaced: its flows end, the other uplink's go on" case_address_replaced
	tap_case "addresses are added and preferred: nothing ends" case_address_added
	tap_case "an address goes that no flow has: nothing ends" case_address_removed
	tap_case "a link goes down and up: flows go on" case_link_flaps
	tap_case "a route moves to the other uplink: no foreign address leaves" case_route_moves
	tap_case "the next daemon reads another file: flows go on" case_adopt_changed "$1"
	tap_case "detach" erxdp detach
	restore_addresses
}

tap_begin "uplinks"
write_config
make_network
for mode in $TEST_MODES; do
	run_mode $mode
done
TAP_NAME="uplinks"
tap_case "a forwarding of a service's port is refused" case_service_refused
tap_case "or left out, where an attach is taken over" case_service_left_out
tap_case "a forwarding by what is no uplink is refused" case_not_an_uplink
tap_end
